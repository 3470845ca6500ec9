//! Parameters become a scene.

use std::{borrow::Cow, fmt::Write};

use serde_json::{Map, Value};

use super::{MAX_LENGTH, SCANCODE_TIME, SHORT_KEY, Scene, check::empty, is_legal};
use crate::error::{Finding, Result, invalid};

/// Most bytes of the parameters of a short link, as JSON.
pub const MAX_PAYLOAD: usize = 4096;

/// Writes parameters as `k=v&k=v` when that fits into a scene ([`readable`]), else as the payload of a short link
/// ([`payload`]).
///
/// Strings, numbers and booleans become their text, so that the page reads the same strings from both forms; `null` is
/// left out; a list or an object is only possible in a short link.
///
/// # Errors
/// Those of [`payload`].
pub fn encode(params: &Map<String, Value>) -> Result<Scene> {
    match readable(params) {
        Some(text) if !text.is_empty() && text.len() <= MAX_LENGTH => Ok(Scene::Text(text)),
        _ => payload(params).map(Scene::Link),
    }
}

/// Parameters as `k=v&k=v`, in their order and of whatever length; none when a value is a list or an object.
///
/// Every character that WeChat does not allow, `~`, `&` and the `=` of a key are written as `~XX`, two upper-case
/// hexadecimal digits for each byte of UTF-8. So is the first letter of a key that would be read as something else:
/// `s` alone (a short link) and `scancode_time` (WeChat's own). The text is ASCII.
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
            write(&mut text, c, c == '=' || (reserved && at == 0));
        }
        text.push('=');
        value.chars().for_each(|c| write(&mut text, c, false));
    }
    Some(text)
}

/// Parameters as the JSON that a short link stands for: an object without spaces, keys sorted, scalars as strings, no
/// `null` at its top. Two maps that tell a page the same have the same payload.
///
/// # Errors
/// `scene_empty` when there is nothing to say, `scene_too_large` over [`MAX_PAYLOAD`] bytes.
pub fn payload(params: &Map<String, Value>) -> Result<String> {
    let given = params.iter().filter(|(_, value)| !value.is_null());
    let texts = given.map(|(key, value)| {
        let value = scalar(value).map_or_else(|| value.clone(), |text| Value::String(text.into_owned()));
        (key.clone(), value)
    });
    let mut object = Value::Object(texts.collect());
    if object.as_object().is_none_or(Map::is_empty) {
        return Err(invalid("scene_invalid", vec![empty()]));
    }
    object.sort_all_objects();
    let text = object.to_string();
    if text.len() > MAX_PAYLOAD {
        let message = format!("the scene's parameters have {} bytes, at most {MAX_PAYLOAD} are allowed", text.len());
        let hint = "pass an id, and let the page look up the rest";
        return Err(invalid("scene_invalid", vec![Finding::error("scene_too_large", message).hint(hint)]));
    }
    Ok(text)
}

fn scalar(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(_) | Value::Bool(_) => Some(Cow::Owned(value.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn write(text: &mut String, c: char, escape: bool) {
    if is_legal(c) && !escape && !matches!(c, '~' | '&') {
        text.push(c);
        return;
    }
    for byte in c.encode_utf8(&mut [0; 4]).bytes() {
        // Writing into a string cannot fail.
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
                assert!(check(&text).is_ok(), "{text:?} is refused by the check");
                text
            }
            Scene::Link(payload) => panic!("does not fit: {payload}"),
        }
    }

    #[test]
    fn what_fits_is_readable_in_its_order() {
        assert_eq!(text(json!({ "type": "a=b", "id": 123, "ok": true, "none": null })), "type=a=b&id=123&ok=true");
        assert_eq!(text(json!({ "id": "", "n": -1.5 })), "id=&n=-1.5");
    }

    #[test]
    fn what_would_be_misread_is_escaped() {
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
    fn thirty_two_characters_fit_and_one_more_is_a_link() {
        assert_eq!(text(json!({ "id": "1".repeat(29) })).len(), 32);
        let long = "1".repeat(30);
        assert_eq!(encoded(json!({ "id": long })), Scene::Link(format!("{{\"id\":\"{long}\"}}")));
    }

    #[test]
    fn one_meaning_has_one_payload() {
        let expected = r#"{"a":"1","b":[1,{"x":1,"y":null}],"c":"true"}"#;
        for params in [
            json!({ "c": true, "b": [1, { "y": null, "x": 1 }], "a": 1, "d": null }),
            json!({ "a": "1", "b": [1, { "x": 1, "y": null }], "c": "true" }),
        ] {
            assert_eq!(encoded(params), Scene::Link(expected.to_owned()));
        }
    }

    #[test]
    fn nothing_and_too_much_are_refused() {
        let code = |params: Value| encode(params.as_object().unwrap()).unwrap_err().code();
        assert_eq!(code(json!({})), "scene_empty");
        assert_eq!(code(json!({ "a": null })), "scene_empty");
        assert_eq!(code(json!({ "a": "x".repeat(MAX_PAYLOAD) })), "scene_too_large");
        let most = json!({ "a": "x".repeat(MAX_PAYLOAD - r#"{"a":""}"#.len()) });
        assert!(encode(most.as_object().unwrap()).is_ok());
    }
}
