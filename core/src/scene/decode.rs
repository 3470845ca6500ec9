//! Decodes a scene into parameters, in the same way as `miniprogram/scene.js` does on the page.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::{SCANCODE_TIME, SHORT_KEY};

/// A decoded scene.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decoded {
    /// The parameters, all of them strings; for a short link those beside it.
    pub params: Map<String, Value>,
    /// Id of a short link, to be looked up for the parameters. Not empty, otherwise unchecked.
    pub short_id: Option<String>,
}

/// Decodes a scene, whether or not it is still encoded by `encodeURIComponent`, the query of a page, or the link of a plain QR
/// code. Never fails:
///
/// - A link is read as its query. A text that begins with `?`, or has an encoded `scene=` or `q=`, is a query. Any other is a scene.
/// - In a query, `scene` is a scene, and `q` with a link is read as its query. The other pairs are parameters, too; those of the
///   link and then those of the scene win. Each key and value is decoded by `decodeURIComponent`.
/// - A scene is decoded by `decodeURIComponent`, and once more if a `%` is left, which no scene contains. A text with an invalid
///   escape sequence is used unchanged.
/// - Both are split at `&`. Empty parts and `scancode_time` are skipped.
/// - `s=ID` as the only part is a short link.
/// - A part is a key and, after its first `=`, a value. A key without `=` has the value "". The last of equal keys wins.
/// - `~XX` (upper-case hexadecimal) is a byte of UTF-8. Invalid sequences are kept unchanged.
pub fn decode(scene: &str) -> Decoded {
    let Found { pairs, short_id } = read(scene);
    let params = pairs.into_iter().map(|(key, value)| (unescape(&key), Value::String(unescape(&value)))).collect();
    Decoded { params, short_id }
}

/// Pairs, still escaped, and the id of a short link.
#[derive(Default)]
struct Found {
    pairs: Vec<(String, String)>,
    short_id: Option<String>,
}

impl Found {
    fn of(pairs: Vec<(String, String)>) -> Self {
        match &pairs[..] {
            [(key, id)] if key == SHORT_KEY && !id.is_empty() => Self { pairs: Vec::new(), short_id: Some(id.clone()) },
            _ => Self { pairs, short_id: None },
        }
    }

    fn of_scene(scene: &str) -> Self {
        let once = decoded(scene);
        let twice = if once.contains('%') { decode_component(&once) } else { None };
        Self::of(pairs(&twice.unwrap_or(once)))
    }

    fn of_link(link: &str) -> Self {
        let page = link.split('#').next().unwrap_or_default();
        let query = page.split_once('?').map_or("", |(_, query)| query);
        Self::of_query(query, true)
    }

    fn of_query(query: &str, is_link: bool) -> Self {
        let (mut own, mut link, mut scene) = (Vec::new(), None, None);
        for (key, value) in pairs(query) {
            match decoded(&key).as_str() {
                "scene" => scene = Some(Self::of_scene(&value)),
                "q" if !is_link && link_of(&value).is_some() => link = link_of(&value).map(|link| Self::of_link(&link)),
                key => own.push((key.to_owned(), decoded(&value))),
            }
        }
        if link.is_none() && scene.is_none() {
            // A page may have an `s` of its own.
            return if is_link { Self::of(own) } else { Self { pairs: own, short_id: None } };
        }
        let (link, scene) = (link.unwrap_or_default(), scene.unwrap_or_default());
        own.extend(link.pairs);
        own.extend(scene.pairs);
        Self { pairs: own, short_id: scene.short_id.or(link.short_id) }
    }
}

fn read(text: &str) -> Found {
    let is_encoded = |part: &str| {
        let value = part.strip_prefix("scene=").or_else(|| part.strip_prefix("q="));
        value.is_some_and(|value| value.split('=').next().is_some_and(|start| start.contains('%')))
    };
    if let Some(link) = link_of(text) {
        Found::of_link(&link)
    } else if let Some(query) = text.strip_prefix('?') {
        Found::of_query(query, false)
    } else if text.split('&').any(is_encoded) {
        Found::of_query(text, false)
    } else {
        Found::of_scene(text)
    }
}

/// A link, which may be encoded. `None` for any other text.
fn link_of(text: &str) -> Option<String> {
    let has_scheme = |text: &str, end: &str| {
        let scheme = text.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '.' | '-'))?;
        let is_scheme = text.starts_with(|c: char| c.is_ascii_alphabetic());
        let rest = text.get(scheme..scheme + end.len())?;
        (is_scheme && rest.eq_ignore_ascii_case(end)).then_some(())
    };
    let link = if has_scheme(text, "%3A%2F%2F").is_some() { decoded(text) } else { text.to_owned() };
    has_scheme(&link, "://").map(|()| link)
}

/// Splits `k=v&k=v` into pairs.
fn pairs(text: &str) -> Vec<(String, String)> {
    let split = |part: &'_ str| match part.split_once('=') {
        Some((key, value)) => (key.to_owned(), value.to_owned()),
        None => (part.to_owned(), String::new()),
    };
    let parts = text.split('&').filter(|part| !part.is_empty()).map(split);
    parts.filter(|(key, _)| key != SCANCODE_TIME).collect()
}

/// A text without its encoding, or the text itself if that is invalid.
fn decoded(text: &str) -> String {
    decode_component(text).unwrap_or_else(|| text.to_owned())
}

/// JavaScript's `decodeURIComponent` (ECMA-262, 19.2.6.2). `None` where it would throw.
fn decode_component(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let escaped = |(at, _): (usize, _)| bytes.get(at + 1..at + 3).is_some_and(|x| x.iter().all(u8::is_ascii_hexdigit));
    if !text.match_indices('%').all(escaped) {
        return None;
    }
    percent_decode_str(text).decode_utf8().ok().map(Into::into)
}

/// Decodes every run of `~XX` as UTF-8. Runs that are not valid UTF-8 are kept.
fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('~') {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        let bytes = run(from);
        // A `~` that is not part of an escape is kept.
        let (taken, left) = from.split_at((bytes.len() * 3).max(1));
        match std::str::from_utf8(&bytes) {
            Ok(decoded) if !bytes.is_empty() => plain.push_str(decoded),
            _ => plain.push_str(taken),
        }
        rest = left;
    }
    plain + rest
}

/// Bytes of the escapes at the start of a text.
fn run(text: &str) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    };
    let byte = |escape: &[u8]| match escape {
        [b'~', high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    text.as_bytes().chunks(3).map_while(byte).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn params(scene: &str) -> Value {
        let decoded = decode(scene);
        assert_eq!(decoded.short_id, None, "{scene}");
        Value::Object(decoded.params)
    }

    /// The scenes that `parseScene` of the mini-program reads, too (tests/miniprogram).
    #[test]
    fn scenes_are_read_as_by_the_mini_program() {
        let vectors: Vec<Value> = serde_json::from_str(include_str!("../../../tests/vectors/scenes.json")).unwrap();
        assert!(vectors.len() > 20, "{} vectors", vectors.len());
        for vector in vectors {
            let decoded = decode(vector["scene"].as_str().unwrap());
            let found = json!({ "params": decoded.params, "shortId": decoded.short_id });
            assert_eq!(
                found,
                json!({ "params": vector["params"], "shortId": vector["shortId"] }),
                "{}",
                vector["scene"]
            );
        }
    }

    #[test]
    fn encoded_and_decoded_scenes_are_equal() {
        let expected = json!({ "id": "123", "type": "product" });
        assert_eq!(params("id%3D123%26type%3Dproduct"), expected);
        assert_eq!(params("id=123&type=product&scancode_time=1"), expected);
        assert_eq!(params("k=a=b==&flag&=x"), json!({ "k": "a=b==", "flag": "", "": "x" }));
        assert_eq!(params("a=1&&a=2"), json!({ "a": "2" }));
        assert_eq!(params(""), json!({}));
        assert_eq!(params("%E0%A4"), json!({ "%E0%A4": "" }), "an invalid escape sequence is kept");
        assert_eq!(params("a=%4"), json!({ "a": "%4" }));
    }

    #[test]
    fn only_valid_escapes_are_decoded() {
        assert_eq!(params("id=~E5~95~86~26~7E41"), json!({ "id": "商&~41" }));
        assert_eq!(params("a~3Db=1"), json!({ "a=b": "1" }));
        for kept in ["~", "~~", "~4", "~4g", "~e5", "~E5", "x~E5~95y", "~C0~80", "~ED~A0~80", "~商", "~4商"] {
            assert_eq!(params(&format!("a={kept}")), json!({ "a": kept }), "{kept} is kept");
        }
        assert_eq!(params("a=~~41"), json!({ "a": "~A" }));
    }

    #[test]
    fn a_short_link_is_a_single_part_with_an_unescaped_key() {
        let short = |scene: &str| decode(scene).short_id;
        assert_eq!(short("s=aB3x").as_deref(), Some("aB3x"));
        assert_eq!(short("s%3DaB3x").as_deref(), Some("aB3x"));
        assert_eq!(short("s=aB3x&scancode_time=1").as_deref(), Some("aB3x"));
        for other in ["s=", "s", "s=1&t=2", "~73=aB3x", "S=aB3x", "s=1&s=2"] {
            assert_eq!(short(other), None, "{other}");
        }
    }
}
