//! Encodes parameters as a scene.

use std::{borrow::Cow, fmt::Write};

use serde_json::{Map, Value};

use super::{MAX_LENGTH, SCANCODE_TIME, SHORT_KEY, Scene, is_legal};
use crate::{
    error::{Result, invalid},
    number, words,
};

/// Maximum size of the parameters of a short link as JSON, bytes.
pub const MAX_PAYLOAD: usize = 4096;

/// Encodes parameters as `k=v&k=v` if that fits into a scene ([`readable`]), otherwise as the payload of a short link
/// ([`payload`]).
///
/// Strings, numbers and booleans are converted to strings, so both forms decode to the same values. `null` is omitted.
/// Arrays and objects always need a short link.
///
/// # Errors
/// See [`payload`].
pub fn encode(params: &Map<String, Value>) -> Result<Scene> {
    check_digits(params)?;
    match readable(params) {
        Some(text) if !text.is_empty() && text.len() <= MAX_LENGTH => Ok(Scene::Text(text)),
        _ => payload(params).map(Scene::Long),
    }
}

/// Encodes parameters as `k=v&k=v` in order, without a length limit. `None` when a value is an array or an object.
///
/// Characters that WeChat does not allow, `~`, `&`, and `=` in keys are escaped as `~XX`: two upper-case hexadecimal
/// digits per byte of UTF-8. The first letter of a reserved key is escaped too: `s` as the only key (a short link) and
/// `scancode_time` (reserved by WeChat); so is a `?` at the very beginning, which decoders remove. The result is ASCII.
pub fn readable(params: &Map<String, Value>) -> Option<String> {
    let mut pairs = Vec::new();
    for (key, value) in params.iter().filter(|(_, value)| !value.is_null()) {
        pairs.push((key.as_str(), scalar(value)?));
    }
    let alone = pairs.len() == 1;
    let mut text = String::new();
    for (key, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        let reserved = key == SCANCODE_TIME || (alone && key == SHORT_KEY);
        for (at, c) in key.chars().enumerate() {
            let is_first = text.is_empty();
            write(&mut text, c, c == '=' || (reserved && at == 0) || (c == '?' && is_first));
        }
        text.push('=');
        value.chars().for_each(|c| write(&mut text, c, false));
    }
    Some(text)
}

/// Canonical JSON of the parameters behind a short link: a compact object with sorted keys, scalars as strings and no
/// `null` at the top level. Equivalent parameters have the same payload.
///
/// # Errors
/// `scene_empty` when no parameter is left, `scene_too_large` above [`MAX_PAYLOAD`] bytes, `param_invalid` for each integer of
/// more than 64 bits, with its pointer.
pub fn payload(params: &Map<String, Value>) -> Result<String> {
    check_digits(params)?;
    let present = params.iter().filter(|(_, value)| !value.is_null());
    let texts = present.map(|(key, value)| {
        let text = scalar(value).map(|text| Value::String(text.into_owned()));
        let mut value = text.unwrap_or_else(|| value.clone());
        number::normalize(&mut value);
        (key.clone(), value)
    });
    let mut object = Value::Object(texts.collect());
    if object.as_object().is_none_or(Map::is_empty) {
        return Err(invalid("scene_invalid", vec![words::scene_empty()]));
    }
    object.sort_all_objects();
    let text = object.to_string();
    if text.len() > MAX_PAYLOAD {
        return Err(invalid("scene_invalid", vec![words::scene_too_large(text.len(), MAX_PAYLOAD)]));
    }
    Ok(text)
}

/// Refuses numbers whose digits are lost.
fn check_digits(params: &Map<String, Value>) -> Result<()> {
    let lost = number::inexact_members(params).into_iter();
    let lost = lost.map(|(pointer, number)| words::scene_inexact(words::value_number(number)).pointer(pointer));
    let findings: Vec<_> = lost.collect();
    if findings.is_empty() { Ok(()) } else { Err(invalid("scene_invalid", findings)) }
}

fn scalar(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => {
            Some(Cow::Owned(number::integer(number).map_or_else(|| number.to_string(), |integer| integer.to_string())))
        }
        Value::Bool(_) => Some(Cow::Owned(value.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn write(text: &mut String, c: char, escape: bool) {
    if is_legal(c) && !escape && !matches!(c, '~' | '&') {
        text.push(c);
        return;
    }
    for byte in c.encode_utf8(&mut [0; 4]).bytes() {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "~{byte:02X}");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::check, *};

    fn encoded(params: Value) -> Scene {
        let object = params.as_object().unwrap();
        encode(object).unwrap_or_else(|e| panic!("{params}: {:?}", e.all_findings()))
    }

    fn text(params: Value) -> String {
        match encoded(params) {
            Scene::Text(text) => {
                assert!(check(&text).is_ok(), "check rejects {text:?}");
                text
            }
            Scene::Long(payload) => panic!("does not fit: {payload}"),
        }
    }

    #[test]
    fn short_parameters_are_readable_in_order() {
        assert_eq!(text(json!({ "type": "a=b", "id": 123, "ok": true, "none": null })), "type=a=b&id=123&ok=true");
        assert_eq!(text(json!({ "id": "", "n": -1.5 })), "id=&n=-1.5");
        assert_eq!(text(json!({ "id": 8801.0, "n": 1e3 })), "id=8801&n=1000");
    }

    #[test]
    fn integers_keep_their_digits_or_are_refused() {
        let parsed = |digits: &str| json!({ "id": serde_json::from_str::<Value>(digits).expect("a number"), "n": 1 });
        assert_eq!(text(parsed("18446744073709551615")), "id=18446744073709551615&n=1");
        for digits in ["18446744073709551616", "123456789012345678901", "-9223372036854775809", "[{\"a\": 1e20}]"] {
            let params = parsed(digits);
            let params = params.as_object().unwrap();
            for error in [encode(params).unwrap_err(), payload(params).unwrap_err()] {
                let pointer = error.all_findings()[0].pointer.as_deref();
                assert_eq!(error.code(), "param_invalid", "{digits}");
                assert!(pointer.is_some_and(|pointer| pointer.starts_with("/id")), "{digits}: {pointer:?}");
            }
        }
    }

    #[test]
    fn ambiguous_characters_are_escaped() {
        assert_eq!(text(json!({ "id": "商品" })), "id=~E5~95~86~E5~93~81");
        assert_eq!(text(json!({ "a": "x&y~41%" })), "a=x~26y~7E41~25");
        assert_eq!(text(json!({ "a=b&c~": "1" })), "a~3Db~26c~7E=1");
        assert_eq!(text(json!({ "s": "abc" })), "~73=abc", "not a short link");
        assert_eq!(text(json!({ "s": "abc", "t": 1 })), "s=abc&t=1");
        assert_eq!(text(json!({ "scancode_time": 1 })), "~73cancode_time=1");
        assert_eq!(text(json!({ "": "x" })), "=x");
        assert_eq!(text(json!({ "a": "\u{1F600}" })), "a=~F0~9F~98~80");
    }

    #[test]
    fn more_than_thirty_two_characters_need_a_link() {
        assert_eq!(text(json!({ "id": "1".repeat(29) })).len(), 32);
        let long = "1".repeat(30);
        assert_eq!(encoded(json!({ "id": long })), Scene::Long(format!("{{\"id\":\"{long}\"}}")));
    }

    #[test]
    fn equivalent_parameters_have_the_same_payload() {
        let expected = r#"{"a":"1","b":[1,{"x":1,"y":null}],"c":"true"}"#;
        for params in [
            json!({ "c": true, "b": [1, { "y": null, "x": 1 }], "a": 1, "d": null }),
            json!({ "a": "1", "b": [1, { "x": 1, "y": null }], "c": "true" }),
        ] {
            assert_eq!(encoded(params), Scene::Long(expected.to_owned()));
        }
    }

    #[test]
    fn empty_and_too_large_parameters_are_rejected() {
        let code = |params: Value| encode(params.as_object().unwrap()).unwrap_err().code();
        assert_eq!(code(json!({})), "scene_empty");
        assert_eq!(code(json!({ "a": null })), "scene_empty");
        assert_eq!(code(json!({ "a": "x".repeat(MAX_PAYLOAD) })), "scene_too_large");
        let largest = json!({ "a": "x".repeat(MAX_PAYLOAD - r#"{"a":""}"#.len()) });
        assert!(encode(largest.as_object().unwrap()).is_ok());
    }
}
