//! The endpoints that the emulator has.

use serde::{Deserialize, Serialize};

/// What can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Endpoint {
    /// Tokens of the older kind.
    #[serde(rename = "/cgi-bin/token")]
    Token,
    /// Stable tokens.
    #[serde(rename = "/cgi-bin/stable_token")]
    StableToken,
    /// Codes without limit, by scene.
    #[serde(rename = "/wxa/getwxacodeunlimit")]
    Unlimited,
    /// Codes by path.
    #[serde(rename = "/wxa/getwxacode")]
    Limited,
    /// Square codes by path.
    #[serde(rename = "/cgi-bin/wxaapp/createwxaqrcode")]
    Square,
}

impl Endpoint {
    /// The endpoint at a path.
    pub(super) fn at(path: &str) -> Option<Self> {
        match path {
            "/cgi-bin/token" => Some(Self::Token),
            "/cgi-bin/stable_token" => Some(Self::StableToken),
            "/wxa/getwxacodeunlimit" => Some(Self::Unlimited),
            "/wxa/getwxacode" => Some(Self::Limited),
            "/cgi-bin/wxaapp/createwxaqrcode" => Some(Self::Square),
            _ => None,
        }
    }

    /// Whether it gives tokens; otherwise it gives codes.
    pub fn is_token(self) -> bool {
        matches!(self, Self::Token | Self::StableToken)
    }
}
