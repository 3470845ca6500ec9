//! Integers among the arguments of helpers.

use serde_json::Value;

use crate::number;

/// Reads an integer.
pub(super) fn integer(value: &Value) -> Option<i64> {
    value.as_number().and_then(number::integer)
}
