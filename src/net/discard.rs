//! Values of requests that end early. To free thousands of them takes milliseconds, too long for the async runtime's threads.

use std::sync::LazyLock;

use serde_json::Value;

use super::{
    caller::waiting_until,
    lane::{Lane, Work},
};

/// Values that are freed at once: it takes microseconds.
const FEW: usize = 1000;

/// The thread that frees values.
pub(crate) static LANE: LazyLock<Lane> = LazyLock::new(|| Lane::of(Work::Values));

/// Frees a value, before the request that it came with has a response: until then its memory counts as that of the body.
pub(crate) async fn discard(value: Value) {
    if has_more(&value, &mut { FEW }) {
        // However little time the request has. Freeing does not fail.
        let _ = waiting_until(None, LANE.run(move || drop(value))).await;
    }
}

/// Whether a value consists of more than `left` values.
fn has_more(value: &Value, left: &mut usize) -> bool {
    if *left == 0 {
        return true;
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter().any(|item| has_more(item, left)),
        Value::Object(members) => members.values().any(|member| has_more(member, left)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_counted_as_far_as_needed() {
        let value = json!({ "a": [1, { "b": "x" }, []], "c": null });
        let count = (0..20).find(|left| !has_more(&value, &mut { *left }));
        assert_eq!(count, Some(7));
    }
}
