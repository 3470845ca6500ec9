//! Where an app's token comes from: `apps.NAME.token` of the settings.

use std::fmt;

use reqwest::header::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, Visitor},
    ser::SerializeMap,
};
use url::Url;

/// Where the token of an app comes from. Written as `"stable"`, `"classic"`, `{ url = "..." }` or `{ value = "..." }`.
/// What it holds is shown nowhere.
#[derive(Debug, Clone, Default)]
pub enum TokenOrigin {
    /// WeChat's `stable_token`: several programs may ask for it without disturbing each other.
    #[default]
    Stable,
    /// WeChat's older `token`: whoever asks ends the token of all others after 5 minutes at most.
    Classic,
    /// The user's own server, which gives all programs the same token.
    Server(TokenServer),
    /// A token that somebody else renews, such as a third-party platform's. It is used as it stands.
    Fixed(SecretString),
}

/// A server of the user's that answers `GET` with JSON that holds the token.
#[derive(Debug, Clone)]
pub struct TokenServer {
    /// An http or https URL, which may carry a credential.
    pub url: SecretString,
    /// JSON pointer (RFC 6901) to the token. Default `/access_token`. An `expires_in` beside it, in seconds, is believed.
    pub pointer: String,
    /// One header of the request, as `Authorization: Bearer ...`.
    pub header: Option<SecretString>,
}

/// Where the pointer leads when none is given: WeChat's own form.
const POINTER: &str = "/access_token";
/// What may be written.
const EXPECTED: &str = "\"stable\", \"classic\", { url = \"https://...\" } or { value = \"...\" }";

/// A token server's settings, read.
pub(super) struct Target {
    pub url: Url,
    pub header: Option<(HeaderName, HeaderValue)>,
}

impl TokenServer {
    /// Reads URL, pointer and header. The error is the setting's name and what is wrong; it repeats no value.
    pub(super) fn target(&self) -> Result<Target, (&'static str, String)> {
        let mut url = Url::parse(self.url.expose_secret().trim()).map_err(|e| ("url", format!("it is no URL: {e}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(("url", "it is neither http nor https".to_owned()));
        }
        url.set_fragment(None);
        if !self.pointer.is_empty() && !self.pointer.starts_with('/') {
            return Err(("pointer", "a JSON pointer begins with /".to_owned()));
        }
        let header = self.header.as_ref().map(|line| header(line.expose_secret())).transpose();
        Ok(Target { url, header: header.map_err(|e| ("header", e.to_owned()))? })
    }
}

fn header(line: &str) -> Result<(HeaderName, HeaderValue), &'static str> {
    let (name, value) = line.split_once(':').ok_or("it is not written as \"Name: value\"")?;
    let name = name.trim().parse().map_err(|_| "the header's name has a character that is not allowed")?;
    let mut value: HeaderValue =
        value.trim().parse().map_err(|_| "the header's value has a character that is not allowed")?;
    value.set_sensitive(true);
    Ok((name, value))
}

/// A token server's URL as it may be shown: without user, password, query and fragment. None when it cannot be read.
pub(crate) fn shown_url(url: &str) -> Option<String> {
    let mut url = Url::parse(url.trim()).ok().filter(Url::has_host)?;
    // Cannot fail: it has a host.
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    url.set_query(None);
    url.set_fragment(None);
    Some(url.into())
}

impl<'de> Deserialize<'de> for TokenOrigin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = TokenOrigin;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            // The text is not repeated: somebody may have written the token itself.
            fn visit_str<E: de::Error>(self, text: &str) -> Result<TokenOrigin, E> {
                match text.trim() {
                    "stable" => Ok(TokenOrigin::Stable),
                    "classic" => Ok(TokenOrigin::Classic),
                    _ => Err(E::custom(format_args!("the token's source is none of {EXPECTED}"))),
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
                        let pointer = pointer.unwrap_or_else(|| POINTER.to_owned());
                        Ok(TokenOrigin::Server(TokenServer { url, pointer, header }))
                    }
                    (None, Some(value)) if pointer.is_none() && header.is_none() => Ok(TokenOrigin::Fixed(value)),
                    _ => Err(de::Error::custom(format_args!(
                        "the token needs either a url (with pointer and header if need be) or a value: {EXPECTED}"
                    ))),
                }
            }
        }
        deserializer.deserialize_any(Read)
    }
}

impl Serialize for TokenOrigin {
    /// Secrets are written as asterisks, a URL without its credentials.
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
    fn every_form_is_read() {
        assert!(matches!(read(r#""stable""#), Ok(TokenOrigin::Stable)));
        assert!(matches!(read(r#""classic""#), Ok(TokenOrigin::Classic)));
        assert!(matches!(read(r#"{"value": "v"}"#), Ok(TokenOrigin::Fixed(v)) if v.expose_secret() == "v"));
        let Ok(TokenOrigin::Server(server)) = read(r#"{"url": "http://h/t?k=1#x"}"#) else { panic!("a server") };
        assert_eq!((server.pointer.as_str(), server.header.is_none()), ("/access_token", true));
        assert_eq!(server.target().map(|t| t.url.to_string()).expect("a URL"), "http://h/t?k=1");
        let whole = r#"{"url": "https://h", "pointer": "/data/t", "header": "Authorization: Bearer b"}"#;
        let Ok(TokenOrigin::Server(server)) = read(whole) else { panic!("a server") };
        let (name, value) = server.target().ok().and_then(|t| t.header).expect("a header");
        assert_eq!(
            (name.as_str(), value.to_str().ok(), value.is_sensitive()),
            ("authorization", Some("Bearer b"), true)
        );
    }

    #[test]
    fn mistakes_are_told_without_repeating_what_was_written() {
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
            assert_eq!(named, field, "{message}");
            assert!(!message.contains("hush"), "{message}");
        }
    }

    #[test]
    fn nothing_secret_is_shown() {
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
