//! Removes faulty members from a layout, so that the rest can still be checked.

use serde_json::Value;

use crate::{
    layer::Written,
    template::{
        json::unescape,
        violation::{Violation, ViolationKind},
    },
};

/// Removes the member that a violation points at, or replaces the child of a container around it. False if neither is
/// possible, or the rest would mean something else.
pub(super) fn take_out(layout: &mut Value, violation: &Violation) -> bool {
    let Some((parent, name)) = violation.pointer.rsplit_once('/') else { return false };
    let child = child_around(&violation.pointer);
    // `at` and `box` of a child are never valid, so removing them changes nothing.
    let decides = name == "type"
        || Written::ALTERNATIVES.iter().any(|names| names.contains(&name))
        || violation.kind == ViolationKind::Missing
        || child.is_none() && matches!(name, "at" | "box");
    match layout.pointer_mut(parent) {
        Some(Value::Object(object)) if !decides => {
            // Two violations can point at the same member.
            object.shift_remove(&unescape(name));
            true
        }
        _ => match child.and_then(|child| layout.pointer_mut(child)) {
            Some(child) => {
                // The other children keep their indices.
                *child = Written::spacer();
                true
            }
            None => false,
        },
    }
}

/// The pointer of the innermost child of a container that contains a pointer.
fn child_around(pointer: &str) -> Option<&str> {
    const STEP: &str = "/children/";
    let start = pointer.rfind(STEP)? + STEP.len();
    let end = pointer[start..].find('/').map_or(pointer.len(), |length| start + length);
    pointer.starts_with("/layers/").then(|| &pointer[..end])
}

/// Whether a pointer is `outer` or below it.
pub(super) fn within(pointer: &str, outer: &str) -> bool {
    pointer.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
