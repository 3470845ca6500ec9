//! The endpoints that the emulator has.

use serde::{Deserialize, Serialize};

/// An endpoint of the emulated API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Endpoint {
    /// Tokens, older endpoint.
    #[serde(rename = "/cgi-bin/token")]
    Token,
    /// Stable tokens: a request returns the current one instead of replacing it.
    #[serde(rename = "/cgi-bin/stable_token")]
    StableToken,
    /// Unlimited codes, by scene.
    #[serde(rename = "/wxa/getwxacodeunlimit")]
    Unlimited,
    /// Limited codes, by path.
    #[serde(rename = "/wxa/getwxacode")]
    Limited,
    /// Square codes, by path.
    #[serde(rename = "/cgi-bin/wxaapp/createwxaqrcode")]
    Square,
    /// Check of users' texts (`msg_sec_check`).
    #[serde(rename = "/wxa/msg_sec_check")]
    TextCheck,
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
            "/wxa/msg_sec_check" => Some(Self::TextCheck),
            _ => None,
        }
    }

    /// Whether the endpoint returns tokens.
    pub fn is_token(self) -> bool {
        matches!(self, Self::Token | Self::StableToken)
    }

    /// Whether the endpoint returns codes.
    pub fn is_code(self) -> bool {
        matches!(self, Self::Unlimited | Self::Limited | Self::Square)
    }
}
