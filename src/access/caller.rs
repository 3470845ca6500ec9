//! The caller of a request.

use std::{
    fmt,
    sync::{Arc, LazyLock},
};

use super::{
    Rate, Scope, Scopes,
    limits::{Limiter, limited},
};
use crate::words;
use haibao_core::error::Result;

/// Name of callers without a key on a service that has keys. No key can have it.
pub(super) const PUBLIC: &str = "public";

/// Who sent a request. A request extension in handlers.
#[derive(Clone)]
pub struct Caller {
    name: Arc<str>,
    scopes: Scopes,
    limiter: Arc<Limiter>,
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Caller {
    /// The caller of a service without keys, and of the command line: may do everything.
    pub fn operator() -> Self {
        static OPERATOR: LazyLock<Caller> = LazyLock::new(|| Caller::unlimited("", Scopes::all()));
        OPERATOR.clone()
    }

    /// A caller without a key: may use what is open.
    pub fn public() -> Self {
        static CALLER: LazyLock<Caller> = LazyLock::new(|| Caller::unlimited(PUBLIC, Scopes::default()));
        CALLER.clone()
    }

    fn unlimited(name: &str, scopes: Scopes) -> Self {
        Self::of_key(name.into(), scopes, Arc::new(Limiter::new(Rate::NONE)))
    }

    pub(super) fn of_key(name: Arc<str>, scopes: Scopes, limiter: Arc<Limiter>) -> Self {
        Self { name, scopes, limiter }
    }

    pub(super) fn limiter(&self) -> &Arc<Limiter> {
        &self.limiter
    }

    /// Takes one request of the key's rate.
    ///
    /// # Errors
    /// `rate_limited` (429) with the time to wait.
    pub fn take(&self) -> Result<()> {
        self.limiter
            .take()
            .map_err(|wait| limited(words::key_rate(words::quote(&self.name), self.limiter.rate.per_minute), wait))
    }

    /// Name of the key; empty for the operator, `public` without a key. Appears in logs and metrics.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Whether the caller has no key on a service that has keys.
    pub fn is_public(&self) -> bool {
        &*self.name == PUBLIC
    }

    /// Whether the caller has a scope.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(scope)
    }

    /// Owner of what the caller creates. `None` for the operator.
    pub fn owner(&self) -> Option<&str> {
        (!self.name.is_empty()).then_some(&*self.name)
    }

    /// Whether the caller sees what every caller has created.
    pub fn sees_all(&self) -> bool {
        self.may(Scope::Admin)
    }

    /// Whether the caller sees what an owner has created.
    pub fn sees(&self, owner: Option<&str>) -> bool {
        self.sees_all() || (owner.is_some() && owner == self.owner())
    }
}
