//! Integers written as floating-point numbers: to JSON Schema, `8801.0` is an integer (2020-12, validation 6.1.1).

use serde_json::{Number, Value};

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
}
