//! Scopes of API keys.

use std::{fmt, str::FromStr};

/// What a key may be used for. Scopes do not include each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Compose posters and create signed links.
    Posters,
    /// Fetch codes that are neither limited nor square.
    Codes,
    /// Let codes be limited or square, in posters, exports and on their own.
    LimitedCodes,
    /// Create short links.
    Scenes,
    /// Upload and read pictures.
    Assets,
    /// List templates and render their samples.
    Templates,
    /// Start, read and cancel exports.
    Exports,
    /// Read metrics; see the exports of all keys.
    Admin,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 8] = [
        Self::Posters,
        Self::Codes,
        Self::LimitedCodes,
        Self::Scenes,
        Self::Assets,
        Self::Templates,
        Self::Exports,
        Self::Admin,
    ];

    /// The scope with a name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }

    /// Name on the command line and in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Posters => "posters",
            Self::Codes => "codes",
            Self::LimitedCodes => "limited-codes",
            Self::Scenes => "scenes",
            Self::Assets => "assets",
            Self::Templates => "templates",
            Self::Exports => "exports",
            Self::Admin => "admin",
        }
    }
}

/// A set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u16);

impl Scopes {
    /// Every scope.
    pub fn all() -> Self {
        Scope::ALL.into_iter().collect()
    }

    /// The scopes of a key that names none: all but `limited-codes` and `admin`.
    pub fn usual() -> Self {
        Scope::ALL.into_iter().filter(|scope| !matches!(scope, Scope::LimitedCodes | Scope::Admin)).collect()
    }

    /// Whether the set has a scope.
    pub fn contains(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u16) != 0
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | (1 << scope as u16)))
    }
}

impl fmt::Display for Scopes {
    /// Comma-separated names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = Scope::ALL.into_iter().filter(|scope| self.contains(*scope)).map(Scope::name).collect();
        f.write_str(&names.join(","))
    }
}

impl FromStr for Scopes {
    type Err = String;

    /// Parses comma-separated names. `all` is every scope. The error is a message.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim() == "all" {
            return Ok(Self::all());
        }
        let names: Vec<_> = text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        if names.is_empty() {
            return Err("no scope is given".into());
        }
        let scope = |name: &&str| {
            Scope::of(name).ok_or_else(|| {
                let all: Vec<_> = Scope::ALL.into_iter().map(Scope::name).collect();
                format!("unknown scope {name:?}; known scopes: {}, or all", all.join(", "))
            })
        };
        names.iter().map(scope).collect()
    }
}
