//! Finds the schemas that apply to a value, and to the values within it.

use std::{collections::HashSet, ptr};

use serde_json::{Map, Value};

use crate::template::json::escape;

/// Which schemas count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Applied {
    /// Schemas that every valid value satisfies: no alternatives, no conditions.
    Certainly,
    /// Every schema that may apply, whether or not its condition holds.
    Possibly,
}

/// Calls `found` for each schema that applies to `value` or to a value within it, with the value and its JSON pointer,
/// beginning with `schema`.
///
/// References that are not JSON pointers are not followed.
pub(super) fn visit<'p>(
    document: &'p Value,
    schema: &'p Value,
    value: &'p Value,
    which: Applied,
    found: impl FnMut(&'p Map<String, Value>, &'p Value, &str),
) {
    Visit { document, which, seen: HashSet::new(), found }.value(schema, value, "");
}

struct Visit<'p, F> {
    document: &'p Value,
    which: Applied,
    /// Visited pairs of a schema and a value: references may be cyclic, and several schemas may lead to the same one.
    seen: HashSet<(*const Value, *const Value)>,
    found: F,
}

impl<'p, F: FnMut(&'p Map<String, Value>, &'p Value, &str)> Visit<'p, F> {
    fn value(&mut self, schema: &'p Value, value: &'p Value, pointer: &str) {
        let Value::Object(keywords) = schema else { return };
        if self.seen.insert((ptr::from_ref(schema), ptr::from_ref(value))) {
            (self.found)(keywords, value, pointer);
            self.same(keywords, value, pointer);
            self.within(keywords, value, pointer);
        }
    }

    /// Schemas that apply to the value itself.
    fn same(&mut self, schema: &'p Map<String, Value>, value: &'p Value, pointer: &str) {
        let reference = schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
        let target = reference.and_then(|pointer| self.document.pointer(pointer));
        let list = |key: &str| schema.get(key).and_then(Value::as_array).into_iter().flatten();
        for schema in target.into_iter().chain(list("allOf")) {
            self.value(schema, value, pointer);
        }
        if self.which == Applied::Possibly {
            let conditional = ["if", "then", "else"].into_iter().filter_map(|key| schema.get(key));
            let dependent = schema.get("dependentSchemas").and_then(Value::as_object).into_iter().flat_map(Map::values);
            for schema in list("anyOf").chain(list("oneOf")).chain(conditional).chain(dependent) {
                self.value(schema, value, pointer);
            }
        }
    }

    /// Schemas that apply to members and elements of the value.
    fn within(&mut self, schema: &'p Map<String, Value>, value: &'p Value, pointer: &str) {
        let possibly = self.which == Applied::Possibly;
        let others = |keys: &'static [&str]| keys.iter().filter(move |_| possibly).filter_map(|key| schema.get(*key));
        match value {
            Value::Object(members) => {
                let patterns = schema.get("patternProperties").and_then(Value::as_object);
                for (name, value) in members {
                    let own = schema.get("properties").and_then(|properties| properties.get(name));
                    let rest = schema.get("additionalProperties");
                    let rest = rest.filter(|_| possibly || own.is_none() && patterns.is_none());
                    let patterns = patterns.filter(|_| possibly).into_iter().flat_map(Map::values);
                    let others = others(&["unevaluatedProperties"]);
                    for schema in own.into_iter().chain(rest).chain(patterns).chain(others) {
                        self.value(schema, value, &format!("{pointer}/{}", escape(name)));
                    }
                }
            }
            Value::Array(elements) => {
                for (index, value) in elements.iter().enumerate() {
                    let own = schema.get("prefixItems").and_then(|schemas| schemas.get(index));
                    let rest = schema.get("items").filter(|_| possibly || own.is_none());
                    for schema in own.into_iter().chain(rest).chain(others(&["contains", "unevaluatedItems"])) {
                        self.value(schema, value, &format!("{pointer}/{index}"));
                    }
                }
            }
            _ => {}
        }
    }
}
