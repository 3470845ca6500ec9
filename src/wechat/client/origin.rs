//! Token source of an app: the setting `apps.NAME.token`.

use std::fmt;

use reqwest::header::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, Visitor},
    ser::SerializeMap,
};
use url::Url;

use crate::{causes, words};
use haibao_core::error::Message;

/// Token source of an app. Written as `"stable"`, `"classic"`, `{ url = "..." }` or `{ value = "..." }`. Secrets are
/// redacted in `Debug` and serialised output.
#[derive(Debug, Clone, Default)]
pub enum TokenOrigin {
    /// WeChat's `stable_token`: several programs can fetch it without invalidating each other's tokens.
    #[default]
    Stable,
    /// WeChat's older `token`: each fetch invalidates the previous token within 5 minutes.
    Classic,
    /// The user's own token server, which returns the same token to all programs.
    Server(TokenServer),
    /// A fixed token that is renewed elsewhere, for example by a third-party platform.
    Fixed(SecretString),
}

/// Token server: responds to `GET` with JSON that contains the token.
#[derive(Debug, Clone)]
pub struct TokenServer {
    /// http or https URL; may contain credentials.
    pub url: SecretString,
    /// JSON pointer (RFC 6901) to the token. Default `/access_token`. A sibling field `expires_in` gives the token's
    /// lifetime in seconds; without one, the lifetime is taken as 60 s.
    pub pointer: String,
    /// Additional request header, such as `Authorization: Bearer ...`.
    pub header: Option<SecretString>,
}

/// Default pointer: the field in WeChat's own response.
const DEFAULT_POINTER: &str = "/access_token";
/// Accepted forms, for error messages.
const EXPECTED: &str = "\"stable\", \"classic\", { url = \"https://...\" } or { value = \"...\" }";

/// Parsed settings of a token server.
pub(super) struct TokenServerTarget {
    pub url: Url,
    pub header: Option<(HeaderName, HeaderValue)>,
}

impl TokenServer {
    /// Parses URL, pointer and header.
    ///
    /// # Errors
    /// Name of the invalid setting, and the problem. Values are not quoted.
    pub(super) fn target(&self) -> Result<TokenServerTarget, (&'static str, Message)> {
        let mut url = Url::parse(self.url.expose_secret().trim())
            .map_err(|error| ("url", words::url_invalid(causes::url(error))))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(("url", words::url_scheme()));
        }
        url.set_fragment(None);
        if !self.pointer.is_empty() && !self.pointer.starts_with('/') {
            return Err(("pointer", words::pointer_invalid()));
        }
        let header = self.header.as_ref().map(|line| header(line.expose_secret())).transpose();
        Ok(TokenServerTarget { url, header: header.map_err(|message| ("header", message))? })
    }
}

fn header(line: &str) -> Result<(HeaderName, HeaderValue), Message> {
    let (name, value) = line.split_once(':').ok_or_else(words::header_form)?;
    let name = name.trim().parse().map_err(|_| words::header_name())?;
    let mut value: HeaderValue = value.trim().parse().map_err(|_| words::header_value())?;
    value.set_sensitive(true);
    Ok((name, value))
}

/// URL of a token server without user, password, query and fragment, for display. `None` if it cannot be parsed.
pub(crate) fn shown_url(url: &str) -> Option<String> {
    let mut url = Url::parse(url.trim()).ok().filter(Url::has_host)?;
    // Infallible: the URL has a host.
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    url.set_query(None);
    url.set_fragment(None);
    Some(url.into())
}

impl<'de> Deserialize<'de> for TokenOrigin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OriginVisitor;
        impl<'de> Visitor<'de> for OriginVisitor {
            type Value = TokenOrigin;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            // The text is not quoted: it may be the token itself, entered by mistake.
            fn visit_str<E: de::Error>(self, text: &str) -> Result<TokenOrigin, E> {
                match text.trim() {
                    "stable" => Ok(TokenOrigin::Stable),
                    "classic" => Ok(TokenOrigin::Classic),
                    _ => Err(E::custom(format_args!("unknown token source, expected {EXPECTED}"))),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<TokenOrigin, A::Error> {
                let (mut url, mut pointer, mut header, mut value) = (None, None, None, None);
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "url" => url = Some(map.next_value()?),
                        "pointer" => pointer = Some(map.next_value()?),
                        "header" => header = Some(map.next_value()?),
                        "value" => value = Some(map.next_value()?),
                        _ => return Err(de::Error::unknown_field(&key, &["url", "pointer", "header", "value"])),
                    }
                }
                match (url, value) {
                    (Some(url), None) => {
                        let pointer = pointer.unwrap_or_else(|| DEFAULT_POINTER.to_owned());
                        Ok(TokenOrigin::Server(TokenServer { url, pointer, header }))
                    }
                    (None, Some(value)) if pointer.is_none() && header.is_none() => Ok(TokenOrigin::Fixed(value)),
                    _ => Err(de::Error::custom(format_args!(
                        "the token needs either a url (optionally with pointer and header) or a value: {EXPECTED}"
                    ))),
                }
            }
        }
        deserializer.deserialize_any(OriginVisitor)
    }
}

impl Serialize for TokenOrigin {
    /// Replaces secrets by asterisks and strips credentials from the URL.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Stable => serializer.serialize_str("stable"),
            Self::Classic => serializer.serialize_str("classic"),
            Self::Server(server) => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("url", &shown_url(server.url.expose_secret()).unwrap_or_default())?;
                map.serialize_entry("pointer", &server.pointer)?;
                if server.header.is_some() {
                    map.serialize_entry("header", "********")?;
                }
                map.end()
            }
            Self::Fixed(_) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("value", "********")?;
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> serde_json::Result<TokenOrigin> {
        serde_json::from_str(json)
    }

    #[test]
    fn all_forms_are_parsed() {
        assert!(matches!(read(r#""stable""#), Ok(TokenOrigin::Stable)));
        assert!(matches!(read(r#""classic""#), Ok(TokenOrigin::Classic)));
        assert!(matches!(read(r#"{"value": "v"}"#), Ok(TokenOrigin::Fixed(v)) if v.expose_secret() == "v"));
        let Ok(TokenOrigin::Server(server)) = read(r#"{"url": "http://h/t?k=1#x"}"#) else { panic!("a server") };
        assert_eq!((server.pointer.as_str(), server.header.is_none()), ("/access_token", true));
        assert_eq!(server.target().map(|t| t.url.to_string()).expect("a URL"), "http://h/t?k=1");
        let full = r#"{"url": "https://h", "pointer": "/data/t", "header": "Authorization: Bearer b"}"#;
        let Ok(TokenOrigin::Server(server)) = read(full) else { panic!("a server") };
        let (name, value) = server.target().ok().and_then(|t| t.header).expect("a header");
        assert_eq!(
            (name.as_str(), value.to_str().ok(), value.is_sensitive()),
            ("authorization", Some("Bearer b"), true)
        );
    }

    #[test]
    fn error_messages_do_not_quote_values() {
        for json in [
            r#""88_hush""#,
            r#"{"value": "hush", "url": "https://h/hush"}"#,
            r#"{"value": "hush", "pointer": "/hush"}"#,
            r#"{"pointer": "/hush"}"#,
            r#"{"value": "hush", "more": "hush"}"#,
            "{}",
            "5",
        ] {
            let error = read(json).expect_err(json).to_string();
            assert!(!error.contains("hush"), "{error}");
        }
        for (field, url, pointer, header) in [
            ("url", "hush", "", None),
            ("url", "ftp://hush/", "", None),
            ("pointer", "https://h/hush", "hush", None),
            ("header", "https://h/hush", "", Some("hush")),
            ("header", "https://h/hush", "", Some("a b: hush")),
            ("header", "https://h/hush", "", Some("a: hush\u{7}")),
        ] {
            let (url, pointer) = (url.into(), pointer.to_owned());
            let server = TokenServer { url, pointer, header: header.map(Into::into) };
            let (named, message) = server.target().err().expect(field);
            let message = message.text();
            assert_eq!(named, field, "{message}");
            assert!(!message.contains("hush"), "{message}");
        }
    }

    #[test]
    fn secrets_are_redacted() {
        let url = "https://hush:hush@host:1/path?key=hush#hush";
        assert_eq!(shown_url(url).as_deref(), Some("https://host:1/path"));
        assert_eq!(shown_url("hush"), None);
        let server = TokenServer { url: url.into(), pointer: "/t".into(), header: Some("a: hush".into()) };
        for origin in [TokenOrigin::Server(server), TokenOrigin::Fixed("hush".into())] {
            let text = format!("{origin:?} {}", serde_json::to_string(&origin).expect("JSON"));
            assert!(!text.contains("hush"), "{text}");
        }
    }
}
