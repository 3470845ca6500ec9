//! What is left of a layout when its faults are taken out, so that the rest can still be looked at.

use serde_json::Value;

use crate::{
    layer::Written,
    template::{
        json::unescape,
        violation::{Sort, Violation},
    },
};

/// Takes the member that a violation names out of a layout, or the child of a container in which it stands. False when
/// that is not possible, or when what is left would be another thing.
pub(super) fn take_out(layout: &mut Value, violation: &Violation) -> bool {
    let Some((parent, name)) = violation.pointer.rsplit_once('/') else { return false };
    let child = child_around(&violation.pointer);
    // A child has no place that could be taken away.
    let decides = name == "type"
        || Written::ALTERNATIVES.iter().any(|names| names.contains(&name))
        || violation.sort == Sort::Missing
        || child.is_none() && matches!(name, "at" | "box");
    match layout.pointer_mut(parent) {
        Some(Value::Object(object)) if !decides => {
            // It may be gone: two violations can name the same member.
            object.shift_remove(&unescape(name));
            true
        }
        _ => match child.and_then(|child| layout.pointer_mut(child)) {
            Some(child) => {
                // The other children keep their numbers.
                *child = serde_json::json!({ "type": "shape" });
                true
            }
            None => false,
        },
    }
}

/// The pointer of the innermost child of a container that a pointer leads into.
fn child_around(pointer: &str) -> Option<&str> {
    const STEP: &str = "/children/";
    let start = pointer.rfind(STEP)? + STEP.len();
    let end = pointer[start..].find('/').map_or(pointer.len(), |length| start + length);
    pointer.starts_with("/layers/").then(|| &pointer[..end])
}

/// Whether a pointer names the thing at `outer` or something within it.
pub(super) fn within(pointer: &str, outer: &str) -> bool {
    pointer.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
