//! Texts of users: string parameters that the schema marks with `"x-check": true`, to be checked before they are drawn.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::applied::{self, Applied};
use crate::{error::Message, words};

/// The keyword that marks a string.
pub(super) const KEYWORD: &str = "x-check";

/// The non-blank marked texts of parameters, by JSON pointer.
pub(super) fn texts<'p>(document: &'p Value, params: &'p Value) -> BTreeMap<String, &'p str> {
    let mut found = BTreeMap::new();
    applied::visit(document, document, params, Applied::Possibly, |schema, value, pointer| {
        if let (Some(Value::Bool(true)), Value::String(text)) = (schema.get(KEYWORD), value)
            && !text.trim().is_empty()
        {
            found.insert(pointer.to_owned(), text.as_str());
        }
    });
    found
}

/// The fault of a schema's mark, if there is one.
pub(super) fn fault(schema: &Map<String, Value>) -> Option<Message> {
    let mark = schema.get(KEYWORD)?;
    let is_text = |name: &Value| name == "string" || name == "null";
    let can_be_text = match schema.get("type") {
        None => true,
        Some(Value::Array(types)) => types.iter().all(is_text),
        Some(one) => is_text(one),
    };
    match mark {
        Value::Bool(false) => None,
        Value::Bool(true) if can_be_text => None,
        Value::Bool(true) => Some(words::schema_mark_not_text()),
        _ => Some(words::schema_mark_not_boolean()),
    }
}

/// The keyword that keeps [`texts`] from following the references of a schema, if there is one.
pub(super) fn unfollowed(document: &Value, pointer: &str, schema: &Map<String, Value>) -> Option<&'static str> {
    // References within a schema with an `$id` start from it instead of the document.
    if schema.contains_key("$id") && !pointer.is_empty() {
        return Some("$id");
    }
    if schema.contains_key("$dynamicRef") {
        return Some("$dynamicRef");
    }
    let reference = schema.get("$ref")?.as_str()?;
    let target = reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
    target.is_none().then_some("$ref")
}
