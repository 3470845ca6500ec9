//! Integers written as floating-point numbers: to JSON Schema, `8801.0` is an integer (2020-12, validation 6.1.1). And integers
//! that are read as such, because they need more than 64 bits.

use serde_json::{Map, Number, Value};

/// From here on, floating-point numbers exceed [`i64`]: 2^63.
const TOO_LARGE: f64 = 9_223_372_036_854_775_808.0;

/// The integer that a number is. From 2^53 on, floating-point numbers do not tell all integers apart: it is the one with the
/// fewest digits other than zero, as JavaScript writes it.
pub fn integer(number: &Number) -> Option<i64> {
    let shortest = |float: f64| {
        let is_integer = float.fract() == 0.0 && float.abs() < TOO_LARGE;
        is_integer.then(|| (float + 0.0).to_string().parse().ok()).flatten()
    };
    number.as_i64().or_else(|| number.as_f64().and_then(shortest))
}

/// Writes integers without a fraction, also in lists and objects: `8801.0` as `8801`.
pub fn normalize(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => {
            if let Some(integer) = integer(number) {
                *number = integer.into();
            }
        }
        Value::Array(list) => list.iter_mut().for_each(normalize),
        Value::Object(members) => members.values_mut().for_each(normalize),
        _ => {}
    }
}

/// The numbers in a value whose last digits are lost, by JSON pointer. Parsers of JSON read integers of more than 64 bits as
/// floating-point numbers, which would be written as `1.2345678901234568e+20`.
pub fn inexact(value: &Value) -> Vec<(String, &Number)> {
    match value {
        Value::Number(number) if is_inexact(number) => vec![(String::new(), number)],
        Value::Array(list) => {
            let mut all = Vec::new();
            for (at, element) in list.iter().enumerate() {
                all.extend(inexact(element).into_iter().map(|(inner, number)| (format!("/{at}{inner}"), number)));
            }
            all
        }
        Value::Object(members) => inexact_members(members),
        _ => Vec::new(),
    }
}

/// [`inexact`], of the members of an object.
pub fn inexact_members(members: &Map<String, Value>) -> Vec<(String, &Number)> {
    let mut all = Vec::new();
    for (name, member) in members {
        // RFC 6901
        let step = || name.replace('~', "~0").replace('/', "~1");
        all.extend(inexact(member).into_iter().map(|(inner, number)| (format!("/{}{inner}", step()), number)));
    }
    all
}

/// Whether a number is an integer of more than 64 bits: floating-point numbers of this size have no fraction.
fn is_inexact(number: &Number) -> bool {
    number.is_f64() && number.as_f64().is_some_and(|float| float.abs() >= TOO_LARGE)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn integers_lose_their_fraction() {
        let mut value = json!({ "a": 8801.0, "b": [1.5, -3.0, { "c": 1e3 }], "d": "1.0", "e": 9_007_199_254_740_992.0, "f": u64::MAX,
            "g": 1e17, "h": -4e18, "i": -0.0, "j": 1e30 });
        normalize(&mut value);
        let kept = json!({ "a": 8801, "b": [1.5, -3, { "c": 1000 }], "d": "1.0", "e": 9_007_199_254_740_992_i64, "f": u64::MAX,
            "g": 100_000_000_000_000_000_i64, "h": -4_000_000_000_000_000_000_i64, "i": 0, "j": 1e30 });
        assert_eq!(value.to_string(), kept.to_string());
    }

    #[test]
    fn integers_beyond_64_bits_are_found() {
        let text = r#"{ "a": 18446744073709551615, "b": [-9223372036854775808, 18446744073709551616, {"c/d~": 123456789012345678901}],
            "e": -9223372036854775809, "f": 9223372036854775808.0, "g": 0.1, "h": 9007199254740993.0, "i": "1e30", "j": null }"#;
        let value: Value = serde_json::from_str(text).expect("JSON");
        let found = inexact(&value);
        let pointers: Vec<&str> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, ["/b/1", "/b/2/c~1d~0", "/e", "/f"]);
        assert!(
            found.iter().all(|(pointer, number)| value.pointer(pointer) == Some(&Value::Number((*number).clone())))
        );
    }
}
