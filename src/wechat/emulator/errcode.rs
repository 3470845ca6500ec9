//! Errcodes that the emulator returns, and the format of error bodies.

use serde_json::json;

/// An error of WeChat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Errcode {
    Busy = -1,
    TokenInvalid = 40001,
    GrantType = 40002,
    Openid = 40003,
    Appid = 40013,
    /// The path is not an endpoint (A).
    NoSuchUrl = 40066,
    EnvVersion = 40097,
    Secret = 40125,
    /// A character of a code's scene, or the number of a text's scene.
    SceneCharacter = 40129,
    PathLength = 40159,
    SceneLength = 40169,
    TokenMissing = 41001,
    AppidMissing = 41002,
    SecretMissing = 41004,
    Page = 41030,
    TokenExpired = 42001,
    /// `/cgi-bin/token` is documented as GET only.
    MustGet = 43001,
    MustPost = 43002,
    /// The openid belongs to another app.
    OtherApp = 43104,
    /// The text check has a separate errcode for GET.
    MustPostText = 43302,
    EmptyBody = 44002,
    Quota = 45009,
    TooOften = 45011,
    TotalUsed = 45029,
    NotJson = 47001,
    /// The user has not used the mini-program within two hours.
    NoVisit = 61010,
    ScancodeTime = 85096,
}

impl Errcode {
    pub(super) fn number(self) -> i32 {
        self as i32
    }

    fn message(self) -> &'static str {
        match self {
            Self::Busy => "system error",
            Self::TokenInvalid => "invalid credential, access_token is invalid or not latest",
            Self::GrantType => "invalid grant_type",
            Self::Openid => "invalid openid",
            Self::Appid => "invalid appid",
            Self::NoSuchUrl => "invalid url",
            Self::EnvVersion => "invalid env_version",
            Self::Secret => "invalid appsecret",
            Self::SceneCharacter => "invalid scene",
            Self::PathLength => "invalid path size",
            Self::SceneLength => "invalid length for scene, or the data is not json string",
            Self::TokenMissing => "access_token missing",
            Self::AppidMissing => "appid missing",
            Self::SecretMissing => "appsecret missing",
            Self::Page => "invalid page",
            Self::TokenExpired => "access_token expired",
            Self::MustGet => "require GET method",
            Self::MustPost | Self::MustPostText => "require POST method",
            Self::OtherApp => "appid and openid not match",
            Self::EmptyBody => "empty post data",
            Self::Quota => "reach max api daily quota limit",
            Self::TooOften => "api minute-quota reach limit, must slower, retry next minute",
            Self::TotalUsed => "qrcode count out of limit",
            Self::NotJson => "data format error",
            Self::NoVisit => "code is expired",
            Self::ScancodeTime => "scancode_time is reserved",
        }
    }

    /// `Content-Type` of the error body. WeChat's varies, so clients must not rely on it.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Quota | Self::TooOften => "text/plain",
            Self::Page => "application/json:UTF-8",
            _ => JSON,
        }
    }

    /// JSON body. `serial` makes the request id unique. Messages of some checks end with a `hint`, all others with a
    /// `rid`.
    pub(super) fn body(self, seconds: u64, serial: u64) -> Vec<u8> {
        let noise = blake3::hash(&serial.to_le_bytes());
        let noise = noise.to_hex();
        let tail = match self {
            Self::MustGet | Self::MustPost | Self::EmptyBody | Self::NotJson => format!("hint: [{}]", &noise[..14]),
            _ => format!("rid: {:08x}-{}-{}", seconds as u32, &noise[..8], &noise[8..16]),
        };
        json!({ "errcode": self.number(), "errmsg": format!("{} {tail}", self.message()) }).to_string().into_bytes()
    }
}

/// Usual `Content-Type` of JSON responses.
pub(super) const JSON: &str = "application/json; encoding=utf-8";
