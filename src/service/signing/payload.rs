//! Payload of a signed link: the poster's request as canonical JSON in base64url.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Number, Value};

use crate::words;
use haibao_core::{
    error::{Error, ErrorKind, Message, Result},
    json,
};

/// Version of the payload.
const VERSION: u64 = 1;
/// Maximum length of a payload in base64url, characters. Longer URLs are cut by some proxies and clients.
pub const MAX_PAYLOAD: usize = 2048;
/// Members of a request that a link has.
const MEMBERS: [&str; 5] = ["template", "params", "code", "scale", "strict"];
/// Integers beyond this are not exact in a floating-point number.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// Encodes the members `template`, `params`, `code`, `scale` and `strict` of a valid request. Equal requests give equal
/// payloads: members are sorted, defaults and nulls are omitted, and numbers are written by their value (`1.0` as `1`).
pub(super) fn encode(request: &Map<String, Value>, expires_at: u64) -> String {
    let mut members = Map::new();
    for name in MEMBERS {
        let Some(value) = request.get(name) else { continue };
        let value = match (name, value) {
            ("code", Value::Object(code)) => {
                Value::Object(code.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), v.clone())).collect())
            }
            _ => value.clone(),
        };
        if !is_default(name, &value) {
            members.insert(name.to_owned(), value);
        }
    }
    members.insert("expires_at".to_owned(), expires_at.into());
    members.insert("v".to_owned(), VERSION.into());
    URL_SAFE_NO_PAD.encode(canonical(&Value::Object(members)).to_string())
}

/// Decodes a payload whose signature is valid. Returns the request's members and the expiry time.
///
/// # Errors
/// `payload_invalid` if it is not base64url without padding, not a JSON object, of another version, or has other
/// members or one twice.
pub(super) fn decode(payload: &str) -> Result<(Map<String, Value>, u64)> {
    let text = URL_SAFE_NO_PAD.decode(payload).map_err(|_| invalid(words::payload_base64()))?;
    let members = json::from_slice(&text).map_err(|error| match error.is_data() {
        true => invalid(words::payload_twice()),
        false => invalid(words::payload_json()),
    })?;
    let Value::Object(mut members) = members else { return Err(invalid(words::payload_object())) };
    if members.shift_remove("v").and_then(|version| version.as_u64()) != Some(VERSION) {
        return Err(invalid(words::payload_version()));
    }
    let expires_at = members.shift_remove("expires_at").and_then(|time| time.as_u64());
    let expires_at = expires_at.ok_or_else(|| invalid(words::payload_expiry()))?;
    if let Some(unknown) = members.keys().find(|name| !MEMBERS.contains(&name.as_str())) {
        let shown: String = unknown.chars().take(60).collect();
        return Err(invalid(words::payload_member(format!("{shown:?}"))));
    }
    Ok((members, expires_at))
}

pub(super) fn invalid(what: Message) -> Error {
    Error::of(ErrorKind::Invalid, words::payload_invalid(what))
}

fn is_default(name: &str, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(members) => members.is_empty(),
        Value::Number(scale) => name == "scale" && scale.as_f64() == Some(1.0),
        Value::Bool(strict) => name == "strict" && !strict,
        _ => false,
    }
}

/// Sorts members by code point and writes numbers by their value.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            Value::Object(sorted.into_iter().map(|(name, value)| (name.clone(), canonical(value))).collect())
        }
        Value::Array(all) => all.iter().map(canonical).collect(),
        Value::Number(number) => Value::Number(plain(number)),
        other => other.clone(),
    }
}

/// An integer without a fraction, if the number is one.
fn plain(number: &Number) -> Number {
    match number.as_f64() {
        #[expect(clippy::cast_possible_truncation, reason = "the value is an integer within the exact range")]
        Some(value) if number.is_f64() && value.fract() == 0.0 && value.abs() <= MAX_EXACT => (value as i64).into(),
        _ => number.clone(),
    }
}
