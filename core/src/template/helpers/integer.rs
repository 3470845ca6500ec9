//! Integers among the arguments of helpers.

use serde_json::Value;

/// Reads an integer. JSON Schema accepts 1280.0 as one (2020-12, validation 6.1.1); beyond 2^53 a float is not exact.
pub(super) fn integer(value: &Value) -> Option<i64> {
    let exact = |float: f64| (float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0).then_some(float as i64);
    let number = value.as_number()?;
    number.as_i64().or_else(|| number.as_f64().and_then(exact))
}
