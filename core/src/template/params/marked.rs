//! Texts of users: string parameters that the schema marks with `"x-check": true`, to be checked before they are drawn.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{MAX_DEPTH, Schema};
use crate::{error::Message, template::json::escape, words};

/// The keyword that marks a string.
pub(super) const KEYWORD: &str = "x-check";

impl Schema {
    /// The non-blank marked texts of parameters, by JSON pointer. Defaults are the template's own texts and are not included.
    ///
    /// A string is included if any schema that may apply to it marks it, whether or not that schema's conditions hold.
    pub fn marked<'p>(&self, params: &'p Value) -> BTreeMap<String, &'p str> {
        let mut found = BTreeMap::new();
        if self.marks {
            visit(self.document(), self.document(), params, "", 0, &mut found);
            found.retain(|_, text| !text.trim().is_empty());
        }
        found
    }

    /// Whether the schema marks any text.
    pub fn marks(&self) -> bool {
        self.marks
    }
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

/// Collects the marked strings of a value, and of the values within it.
fn visit<'p>(
    document: &Value,
    schema: &Value,
    value: &'p Value,
    pointer: &str,
    depth: usize,
    found: &mut BTreeMap<String, &'p str>,
) {
    // References may be cyclic.
    if depth > 2 * MAX_DEPTH {
        return;
    }
    let Value::Object(schema) = schema else { return };
    if let (Some(Value::Bool(true)), Value::String(text)) = (schema.get(KEYWORD), value) {
        found.insert(pointer.to_owned(), text);
    }
    let target = schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
    let same = ["allOf", "anyOf", "oneOf"].iter().filter_map(|key| schema.get(*key)?.as_array()).flatten();
    let conditional = ["if", "then", "else"].iter().filter_map(|key| schema.get(*key));
    let dependent = schema.get("dependentSchemas").and_then(Value::as_object).into_iter().flat_map(Map::values);
    for schema in target.and_then(|pointer| document.pointer(pointer)).into_iter().chain(same).chain(conditional) {
        visit(document, schema, value, pointer, depth + 1, found);
    }
    for schema in dependent {
        visit(document, schema, value, pointer, depth + 1, found);
    }
    let below = |step: &str| format!("{pointer}/{}", escape(step));
    match value {
        Value::Object(members) => {
            let patterns = schema.get("patternProperties").and_then(Value::as_object);
            let others = ["additionalProperties", "unevaluatedProperties"];
            for (name, value) in members {
                let own = schema.get("properties").and_then(|properties| properties.get(name));
                let patterns = patterns.into_iter().flat_map(Map::values);
                let others = others.iter().filter_map(|key| schema.get(*key));
                for schema in own.into_iter().chain(patterns).chain(others) {
                    visit(document, schema, value, &below(name), depth + 1, found);
                }
            }
        }
        Value::Array(elements) => {
            for (index, value) in elements.iter().enumerate() {
                let own = schema.get("prefixItems").and_then(|schemas| schemas.get(index));
                let others = ["items", "contains", "unevaluatedItems"].iter().filter_map(|key| schema.get(*key));
                for schema in own.into_iter().chain(others) {
                    visit(document, schema, value, &below(&index.to_string()), depth + 1, found);
                }
            }
        }
        _ => {}
    }
}
