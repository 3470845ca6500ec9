//! Texts of users: string parameters that the schema marks with `"x-check": true`, to be checked before they are drawn.

use std::{
    collections::{BTreeMap, HashSet},
    ptr,
};

use serde_json::{Map, Value};

use super::Schema;
use crate::{error::Message, template::json::escape, words};

/// The keyword that marks a string.
pub(super) const KEYWORD: &str = "x-check";

impl Schema {
    /// The non-blank marked texts of parameters, by JSON pointer. Defaults are the template's own texts and are not included.
    ///
    /// A string is included if any schema that may apply to it marks it, whether or not that schema's conditions hold.
    pub fn marked<'p>(&'p self, params: &'p Value) -> BTreeMap<String, &'p str> {
        let mut visit = Visit { document: self.document(), seen: HashSet::new(), found: BTreeMap::new() };
        if self.marks {
            visit.value(self.document(), params, "");
        }
        visit.found.retain(|_, text| !text.trim().is_empty());
        visit.found
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

/// The keyword of a schema's reference that [`Schema::marked`] does not follow, if there is one.
pub(super) fn unfollowed(document: &Value, schema: &Map<String, Value>) -> Option<&'static str> {
    if schema.contains_key("$dynamicRef") {
        return Some("$dynamicRef");
    }
    let reference = schema.get("$ref")?.as_str()?;
    let target = reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
    target.is_none().then_some("$ref")
}

/// Collects the marked strings of a value, and of the values within it.
struct Visit<'p> {
    document: &'p Value,
    /// Visited pairs of a schema and a value: references may be cyclic, and several schemas may lead to the same one.
    seen: HashSet<(*const Value, *const Value)>,
    found: BTreeMap<String, &'p str>,
}

impl<'p> Visit<'p> {
    fn value(&mut self, schema: &'p Value, value: &'p Value, pointer: &str) {
        let Value::Object(keywords) = schema else { return };
        if !self.seen.insert((ptr::from_ref(schema), ptr::from_ref(value))) {
            return;
        }
        if let (Some(Value::Bool(true)), Value::String(text)) = (keywords.get(KEYWORD), value) {
            self.found.insert(pointer.to_owned(), text);
        }
        self.same(keywords, value, pointer);
        self.within(keywords, value, pointer);
    }

    /// Schemas that apply to the value itself.
    fn same(&mut self, schema: &'p Map<String, Value>, value: &'p Value, pointer: &str) {
        let reference = schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
        let target = reference.and_then(|pointer| self.document.pointer(pointer));
        let composed = ["allOf", "anyOf", "oneOf"].iter().filter_map(|key| schema.get(*key)?.as_array()).flatten();
        let conditional = ["if", "then", "else"].iter().filter_map(|key| schema.get(*key));
        let dependent = schema.get("dependentSchemas").and_then(Value::as_object).into_iter().flat_map(Map::values);
        for schema in target.into_iter().chain(composed).chain(conditional).chain(dependent) {
            self.value(schema, value, pointer);
        }
    }

    /// Schemas that apply to members and elements of the value.
    fn within(&mut self, schema: &'p Map<String, Value>, value: &'p Value, pointer: &str) {
        match value {
            Value::Object(members) => {
                let patterns = schema.get("patternProperties").and_then(Value::as_object);
                for (name, value) in members {
                    let own = schema.get("properties").and_then(|properties| properties.get(name));
                    let patterns = patterns.into_iter().flat_map(Map::values);
                    let others =
                        ["additionalProperties", "unevaluatedProperties"].iter().filter_map(|key| schema.get(*key));
                    for schema in own.into_iter().chain(patterns).chain(others) {
                        self.value(schema, value, &format!("{pointer}/{}", escape(name)));
                    }
                }
            }
            Value::Array(elements) => {
                for (index, value) in elements.iter().enumerate() {
                    let own = schema.get("prefixItems").and_then(|schemas| schemas.get(index));
                    let others = ["items", "contains", "unevaluatedItems"].iter().filter_map(|key| schema.get(*key));
                    for schema in own.into_iter().chain(others) {
                        self.value(schema, value, &format!("{pointer}/{index}"));
                    }
                }
            }
            _ => {}
        }
    }
}
