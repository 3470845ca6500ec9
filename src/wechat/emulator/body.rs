//! Request bodies, parsed strictly: a wrong JSON type, `null` and a duplicate field are 47001; unknown fields are
//! ignored.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};

use super::errcode::Errcode;

/// Fields of `/wxa/getwxacodeunlimit`. `path` is not one of them: WeChat ignores it and opens the home page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Unlimited {
    #[serde(default, deserialize_with = "not_null")]
    pub(super) scene: Option<String>,
    #[serde(default, deserialize_with = "not_null")]
    pub(super) page: Option<String>,
    #[serde(default, deserialize_with = "not_null")]
    pub(super) check_path: Option<bool>,
    #[serde(flatten)]
    pub(super) style: RoundStyle,
}

/// Fields of `/wxa/getwxacode`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Limited {
    #[serde(default, deserialize_with = "not_null")]
    pub(super) path: Option<String>,
    #[serde(flatten)]
    pub(super) style: RoundStyle,
}

/// Fields of `/cgi-bin/wxaapp/createwxaqrcode`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Square {
    #[serde(default, deserialize_with = "not_null")]
    pub(super) path: Option<String>,
    #[serde(default, deserialize_with = "not_null")]
    pub(super) width: Option<i64>,
}

/// Fields of `/wxa/msg_sec_check`. `nickname`, `title` and `signature` are optional and not rated (A).
#[derive(Debug, Default, Deserialize)]
pub(super) struct Text {
    #[serde(default, deserialize_with = "not_null")]
    pub(super) version: Option<u32>,
    #[serde(default, deserialize_with = "not_null")]
    pub(super) scene: Option<i64>,
    #[serde(default, deserialize_with = "not_null")]
    pub(super) openid: Option<String>,
    #[serde(default, deserialize_with = "not_null")]
    pub(super) content: Option<String>,
}

/// Style of both round codes.
#[derive(Debug, Default, Deserialize)]
pub(super) struct RoundStyle {
    #[serde(default, deserialize_with = "not_null")]
    pub(super) env_version: Option<String>,
    #[serde(default, deserialize_with = "not_null")]
    pub(super) width: Option<i64>,
    #[serde(default, deserialize_with = "not_null")]
    pub(super) auto_color: Option<bool>,
    #[serde(default, deserialize_with = "not_null")]
    pub(super) line_color: Option<LineColor>,
    #[serde(default, deserialize_with = "not_null")]
    pub(super) is_hyaline: Option<bool>,
}

/// `{"r": 0, "g": 0, "b": 0}`: all three are required, each as a number or as a string of digits. The documentation of
/// WeChat has strings, as SDKs send them, and numbers work as well.
#[derive(Debug, Default, Deserialize)]
pub(super) struct LineColor {
    #[serde(deserialize_with = "channel")]
    pub(super) r: u8,
    #[serde(deserialize_with = "channel")]
    pub(super) g: u8,
    #[serde(deserialize_with = "channel")]
    pub(super) b: u8,
}

/// Fields of `/cgi-bin/stable_token`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct StableToken {
    #[serde(default, deserialize_with = "not_null")]
    pub(super) grant_type: Option<String>,
    #[serde(default, deserialize_with = "not_null")]
    pub(super) appid: Option<String>,
    #[serde(default, deserialize_with = "not_null")]
    pub(super) secret: Option<String>,
    #[serde(default, deserialize_with = "not_null")]
    pub(super) force_refresh: Option<bool>,
}

/// Rejects `null`, which serde would accept as an absent field.
fn not_null<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads a channel of a colour: 0 to 255, as a number or as a string of digits.
fn channel<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Channel {
        Number(u8),
        Text(String),
    }
    match Channel::deserialize(deserializer)? {
        Channel::Number(value) => Ok(value),
        // `parse` alone would accept a sign.
        Channel::Text(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            text.parse().map_err(serde::de::Error::custom)
        }
        Channel::Text(_) => Err(serde::de::Error::custom("not a number")),
    }
}

/// Parses a body.
///
/// # Errors
/// 44002 if it is empty, 47001 if it is not an object with fields of the right types.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Errcode> {
    if body.is_empty() {
        return Err(Errcode::EmptyBody);
    }
    let value: serde_json::Value = serde_json::from_slice(body).map_err(|_| Errcode::NotJson)?;
    // serde would accept arrays as structures.
    if !value.is_object() || value.get("line_color").is_some_and(serde_json::Value::is_array) {
        return Err(Errcode::NotJson);
    }
    serde_json::from_slice(body).map_err(|_| Errcode::NotJson)
}

/// Whether the scene of a body, which must be valid JSON, contains a `\uXXXX` escape. WeChat reads the raw text.
pub(super) fn scene_is_escaped(body: &[u8]) -> bool {
    let mut depth = 0;
    let (mut key, mut at) = (None, 0);
    while let Some(byte) = body.get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b',' => key = None,
            b'"' => {
                let text = string_at(&body[at..]);
                at += text.len();
                match key {
                    None if depth == 1 => key = serde_json::from_slice::<String>(text).ok(),
                    Some(ref name) if depth == 1 && name == "scene" => return has_escape(text),
                    _ => {}
                }
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    false
}

/// The string literal at the start of the text, including its quotation marks.
fn string_at(text: &[u8]) -> &[u8] {
    let mut end = 1;
    while end < text.len() && text[end] != b'"' {
        end += if text[end] == b'\\' { 2 } else { 1 };
    }
    &text[..(end + 1).min(text.len())]
}

/// Whether a literal contains `\u` that is not part of `\\u`.
fn has_escape(literal: &[u8]) -> bool {
    let mut bytes = literal.iter();
    while let Some(byte) = bytes.next() {
        if *byte == b'\\' && bytes.next() == Some(&b'u') {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_type_is_47001() {
        for body in [
            r#"{"scene": 1}"#,
            r#"{"scene": null}"#,
            r#"{"scene": "a", "scene": "b"}"#,
            r#"{"page": ["a"]}"#,
            r#"{"check_path": "false"}"#,
            r#"{"check_path": 0}"#,
            r#"{"width": "430"}"#,
            r#"{"width": 430.5}"#,
            r#"{"width": 430, "width": 280}"#,
            r#"{"auto_color": "true"}"#,
            r#"{"is_hyaline": 1}"#,
            r#"{"line_color": {"r": "x", "g": 0, "b": 0}}"#,
            r#"{"line_color": {"r": "", "g": "0", "b": "0"}}"#,
            r#"{"line_color": {"r": "+1", "g": "0", "b": "0"}}"#,
            r#"{"line_color": {"r": "256", "g": "0", "b": "0"}}"#,
            r#"{"line_color": {"r": "1.5", "g": "0", "b": "0"}}"#,
            r#"{"line_color": {"r": null, "g": 0, "b": 0}}"#,
            r#"{"line_color": {"r": 0, "g": 0}}"#,
            r#"{"line_color": {"r": 0, "g": 0, "b": 256}}"#,
            r#"{"line_color": [0, 0, 0]}"#,
            r#"{"env_version": true}"#,
            r#"["id=1"]"#,
            r#""scene""#,
            "scene=id",
            "{",
            " ",
            "{} {}",
            "\u{feff}{}",
        ] {
            assert_eq!(read::<Unlimited>(body.as_bytes()).err(), Some(Errcode::NotJson), "{body}");
        }
        assert_eq!(read::<Limited>(br#"["pages/a"]"#).err(), Some(Errcode::NotJson));
        assert_eq!(read::<Square>(br#"["pages/a", 430]"#).err(), Some(Errcode::NotJson));
        assert_eq!(read::<StableToken>(br#"{"force_refresh": "true"}"#).err(), Some(Errcode::NotJson));
        assert_eq!(read::<Unlimited>(b"\xff").err(), Some(Errcode::NotJson));
        assert_eq!(read::<Unlimited>(b"").err(), Some(Errcode::EmptyBody));
    }

    #[test]
    fn colours_are_numbers_or_strings_of_digits() {
        for (body, expected) in [
            (r#"{"line_color": {"r": "0", "g": "0", "b": "0"}}"#, [0, 0, 0]),
            (r#"{"line_color": {"r": "18", "g": "183", "b": "245"}}"#, [18, 183, 245]),
            (r#"{"line_color": {"r": 18, "g": 183, "b": 245}}"#, [18, 183, 245]),
            (r#"{"line_color": {"r": "018", "g": 183, "b": "245", "a": "x"}}"#, [18, 183, 245]),
        ] {
            let color = read::<Unlimited>(body.as_bytes()).unwrap().style.line_color.unwrap();
            assert_eq!([color.r, color.g, color.b], expected, "{body}");
            assert!(read::<Limited>(body.as_bytes()).is_ok(), "{body}");
        }
    }

    #[test]
    fn unknown_fields_are_ignored() {
        let body = br#"{"scene": "a", "checkPath": "no", "path": 5, "envVersion": null, "width": -3}"#;
        let read = read::<Unlimited>(body).unwrap();
        assert_eq!((read.scene.as_deref(), read.check_path, read.style.width), (Some("a"), None, Some(-3)));
    }

    #[test]
    fn escapes_count_in_the_scene_only() {
        for (body, escaped) in [
            (r#"{"scene": "a\u0026b"}"#, true),
            (r#"{"page": "p", "x": {"y": [1, "}"]}, "scene" : "\u0061"}"#, true),
            (r#"{"sc\u0065ne": "a\u0026b"}"#, true),
            (r#"{"scene": "a&b"}"#, false),
            (r#"{"scene": "a\/b"}"#, false),
            (r#"{"scene": "a\\u0026b"}"#, false),
            (r#"{"page": "\u0061", "scene": "a"}"#, false),
            (r#"{"x": {"scene": "\u0061"}, "scene": "a"}"#, false),
            (r#"{"page": "scene", "env_version": "\u0061"}"#, false),
            (r#"{"x": ["scene", "\u0061"], "scene": "\"a"}"#, false),
            (r#"{}"#, false),
        ] {
            assert_eq!(scene_is_escaped(body.as_bytes()), escaped, "{body}");
        }
    }
}
