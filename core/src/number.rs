//! Integers written as floating-point numbers: to JSON Schema, `8801.0` is an integer (2020-12, validation 6.1.1).

use serde_json::{Number, Value};

/// From here on, floating-point numbers do not tell all integers apart: 2^53.
const INEXACT: f64 = 9_007_199_254_740_992.0;

/// The integer that a number is.
pub fn integer(number: &Number) -> Option<i64> {
    let exact = |float: f64| (float.fract() == 0.0 && float.abs() < INEXACT).then_some(float as i64);
    number.as_i64().or_else(|| number.as_f64().and_then(exact))
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
        let mut value = json!({ "a": 8801.0, "b": [1.5, -3.0, { "c": 1e3 }], "d": "1.0", "e": 9_007_199_254_740_992.0, "f": u64::MAX });
        normalize(&mut value);
        let kept = json!({ "a": 8801, "b": [1.5, -3, { "c": 1000 }], "d": "1.0", "e": 9_007_199_254_740_992.0, "f": u64::MAX });
        assert_eq!(value.to_string(), kept.to_string());
    }
}
