//! Validates parameters against the template's JSON Schema, and reports every finding.

mod marked;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::{
    error::{Finding, Message},
    template::{
        assets::{self, Names},
        json::escape,
        schema::resolve,
        source::nearest,
        validator::{self, Validator},
        violation::{Sort, Violation},
    },
    words,
};

/// Maximum elements of one list, and maximum members of one object. Bounds the work of a template's loops.
pub const MAX_ELEMENTS: usize = 256;
/// Maximum nesting depth of parameters.
const MAX_DEPTH: usize = 32;

/// Converts a violation to a finding, with its pointer below `base`.
pub(crate) fn finding(violation: Violation, base: &str) -> Finding {
    let code = match violation.sort {
        Sort::Unknown => "param_unknown",
        Sort::Missing => "param_missing",
        Sort::Type => "param_type",
        Sort::Invalid => "param_invalid",
    };
    Finding::error(code, violation.message).pointer(format!("{base}{}", violation.pointer))
}

/// The compiled JSON Schema of a template's parameters (Draft 2020-12).
#[derive(Debug)]
pub struct Schema {
    /// The document as written, except that objects with `properties` reject other properties unless they allow them.
    validator: Validator,
    files: Arc<Names>,
    /// Whether it marks texts of users.
    marks: bool,
}

impl Schema {
    /// Compiles `params` of a layout. `files` are the files that a `"format": "image"` may name.
    ///
    /// # Errors
    /// Every fault of the schema, with pointers within it.
    pub fn compile(params: &Map<String, Value>, files: Arc<Names>) -> Result<Self, Vec<Violation>> {
        let mut document = Value::Object(params.clone());
        if params.is_empty() {
            document = json!({ "type": "object", "properties": {} });
        }
        let mut found = validator::faults(&document);
        let mut fault =
            |pointer: String, message: Message| found.push(Violation { sort: Sort::Invalid, pointer, message });
        if document.get("type") != Some(&json!("object")) {
            fault("/type".to_owned(), words::params_not_an_object());
        }
        let mut marks = false;
        // References that are not JSON pointers: the search for marked texts could not follow them.
        let mut anchors = Vec::new();
        walk("", &document, &mut |pointer, schema| {
            marks |= schema.get(marked::KEYWORD) == Some(&json!(true));
            if let Some(message) = marked::fault(schema) {
                fault(format!("{pointer}/{}", marked::KEYWORD), message);
            }
            for name in schema.keys() {
                let near = || nearest(name, KEYWORDS.iter().copied());
                if !KEYWORDS.contains(&name.as_str())
                    && let Some(near) = near()
                {
                    let message = words::schema_keyword_unknown(name).with_hint(words::did_you_mean(near));
                    fault(format!("{pointer}/{}", escape(name)), message);
                }
            }
            anchors.extend(marked::unfollowed(&document, schema).map(|key| format!("{pointer}/{key}")));
            for key in ["$ref", "$dynamicRef"] {
                if schema.get(key).and_then(Value::as_str).is_some_and(|target| !target.starts_with('#')) {
                    fault(format!("{pointer}/{key}"), words::schema_reference_outside());
                }
            }
            if let Some(format) = schema.get("format").and_then(Value::as_str)
                && !FORMATS.contains(&format)
            {
                let hint = nearest(format, FORMATS.iter().copied()).map(words::did_you_mean);
                fault(format!("{pointer}/format"), words::schema_format_unknown(words::quote(format)).with_hint(hint));
            }
        });
        if marks {
            anchors.into_iter().for_each(|pointer| fault(pointer, words::schema_mark_anchor()));
        }
        if !found.is_empty() {
            return Err(found);
        }
        close(&mut document);
        let validator = Validator::compile(document).map_err(|fault| vec![fault])?;
        let schema = Self { validator, files, marks };
        let found = schema.check_defaults();
        if found.is_empty() { Ok(schema) } else { Err(found) }
    }

    /// The document of the schema used for validation.
    pub fn document(&self) -> &Value {
        self.validator.document()
    }

    /// Validates parameters and fills in absent ones: the `default`, otherwise null.
    ///
    /// # Errors
    /// Every violation, with pointers within `params`.
    pub fn check(&self, params: &Value) -> Result<Map<String, Value>, Vec<Violation>> {
        let mut found = Vec::new();
        check_bounds(params, "", 0, &mut found);
        if !found.is_empty() {
            return Err(found);
        }
        let mut filled = params.clone();
        self.fill(self.document(), &mut filled, Fill::Default);
        let found = self.violations(&filled);
        if !found.is_empty() {
            return Err(found);
        }
        self.fill(self.document(), &mut filled, Fill::Null);
        match filled {
            Value::Object(map) => Ok(map),
            // The schema's type is object.
            _ => Ok(Map::new()),
        }
    }

    fn violations(&self, params: &Value) -> Vec<Violation> {
        let mut found = self.validator.violations(params);
        self.images(self.document(), params, "", 0, &mut found);
        found
    }

    /// Adds a violation for every string of `"format": "image"` that is not a picture's source. It is the only format that
    /// is asserted: in Draft 2020-12 the others are annotations (validation, 7.2.1).
    fn images(&self, schema: &Value, value: &Value, pointer: &str, depth: usize, found: &mut Vec<Violation>) {
        let schema = resolve(self.document(), schema);
        // References through `allOf` may be cyclic.
        if depth > 2 * MAX_DEPTH {
            return;
        }
        if let Some(text) = value.as_str().filter(|_| schema.get("format") == Some(&json!("image")))
            && let Err(message) = assets::source(text, &self.files)
        {
            found.push(Violation { sort: Sort::Invalid, pointer: pointer.to_owned(), message });
        }
        for schema in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.images(schema, value, pointer, depth + 1, found);
        }
        let (properties, items) = (schema.get("properties"), schema.get("items"));
        for (name, value) in value.as_object().into_iter().flatten() {
            if let Some(schema) = properties.and_then(|properties| properties.get(name)) {
                self.images(schema, value, &format!("{pointer}/{}", escape(name)), depth + 1, found);
            }
        }
        for (index, value) in value.as_array().into_iter().flatten().enumerate() {
            if let Some(schema) = items {
                self.images(schema, value, &format!("{pointer}/{index}"), depth + 1, found);
            }
        }
    }

    /// Returns a violation for every default that its own schema rejects.
    fn check_defaults(&self) -> Vec<Violation> {
        let properties = self.document().get("properties").and_then(Value::as_object);
        let mut found = Vec::new();
        for (name, schema) in properties.into_iter().flatten() {
            let Some(default) = resolve(self.document(), schema).get("default").or_else(|| schema.get("default"))
            else {
                continue;
            };
            let below = format!("/{}", escape(name));
            let own = self.violations(&json!({ name: default })).into_iter();
            found.extend(
                own.filter(|v| v.sort != Sort::Missing && v.pointer.starts_with(&below))
                    .map(|v| Violation { pointer: format!("/properties{below}/default"), ..v }),
            );
        }
        found
    }

    /// Fills in absent properties of objects, recursively.
    fn fill(&self, schema: &Value, value: &mut Value, how: Fill) {
        let schema = resolve(self.document(), schema);
        match value {
            Value::Object(object) => {
                for (name, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
                    if let Some(present) = object.get_mut(name) {
                        self.fill(schema, present, how);
                        continue;
                    }
                    // A default is not filled in turn, which might not terminate.
                    let default = schema.get("default").or_else(|| resolve(self.document(), schema).get("default"));
                    match (how, default) {
                        (Fill::Default, Some(default)) => drop(object.insert(name.clone(), default.clone())),
                        (Fill::Default, None) => {}
                        (Fill::Null, _) => drop(object.insert(name.clone(), Value::Null)),
                    }
                }
            }
            Value::Array(list) => {
                if let Some(items) = schema.get("items") {
                    list.iter_mut().for_each(|element| self.fill(items, element, how));
                }
            }
            _ => {}
        }
    }
}

/// The value of absent properties.
#[derive(Clone, Copy)]
enum Fill {
    /// The schema's `default`; without one, the property stays absent.
    Default,
    /// Null.
    Null,
}

/// Adds a violation for every list or object with more than [`MAX_ELEMENTS`] elements, or nested deeper than
/// [`MAX_DEPTH`].
fn check_bounds(value: &Value, pointer: &str, depth: usize, found: &mut Vec<Violation>) {
    let mut refuse = |message| found.push(Violation { sort: Sort::Invalid, pointer: pointer.to_owned(), message });
    let size = match value {
        Value::Array(list) => list.len(),
        Value::Object(object) => object.len(),
        _ => return,
    };
    if depth > MAX_DEPTH {
        return refuse(words::nested_too_deep(MAX_DEPTH));
    }
    if size > MAX_ELEMENTS {
        return refuse(words::schema_max_items(size, MAX_ELEMENTS));
    }
    let list = value.as_array().into_iter().flatten().enumerate().map(|(index, value)| (index.to_string(), value));
    let object = value.as_object().into_iter().flatten().map(|(name, value)| (escape(name), value));
    for (step, value) in list.chain(object) {
        if value.is_array() || value.is_object() {
            check_bounds(value, &format!("{pointer}/{step}"), depth + 1, found);
        }
    }
}

/// Sets `additionalProperties: false` on objects that list their properties, unless another keyword decides about others.
fn close(schema: &mut Value) {
    let Value::Object(object) = schema else { return };
    let decided = |object: &Map<String, Value>| {
        let deciding = ["additionalProperties", "unevaluatedProperties", "patternProperties"];
        let composed = ["allOf", "anyOf", "oneOf", "if", "$ref", "$dynamicRef", "dependentSchemas"];
        deciding.iter().chain(&composed).any(|key| object.contains_key(*key))
    };
    if object.contains_key("properties") && !decided(object) {
        object.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        properties.values_mut().for_each(close);
    }
    if let Some(items) = object.get_mut("items") {
        close(items);
    }
}

/// Visits a schema and every schema within it.
fn walk(pointer: &str, schema: &Value, visit: &mut impl FnMut(&str, &Map<String, Value>)) {
    let Value::Object(object) = schema else { return };
    visit(pointer, object);
    for (name, value) in object {
        let below = format!("{pointer}/{}", escape(name));
        match (name.as_str(), value) {
            ("properties" | "patternProperties" | "$defs" | "dependentSchemas", Value::Object(schemas)) => {
                for (name, schema) in schemas {
                    walk(&format!("{below}/{}", escape(name)), schema, visit);
                }
            }
            ("allOf" | "anyOf" | "oneOf" | "prefixItems", Value::Array(schemas)) => {
                for (index, schema) in schemas.iter().enumerate() {
                    walk(&format!("{below}/{index}"), schema, visit);
                }
            }
            (
                "items"
                | "additionalProperties"
                | "contains"
                | "not"
                | "if"
                | "then"
                | "else"
                | "propertyNames"
                | "unevaluatedItems"
                | "unevaluatedProperties",
                schema,
            ) => walk(&below, schema, visit),
            _ => {}
        }
    }
}

/// The formats of Draft 2020-12 (validation, 7.3), and `image`.
const FORMATS: [&str; 20] = [
    "date-time",
    "date",
    "time",
    "duration",
    "email",
    "idn-email",
    "hostname",
    "idn-hostname",
    "ipv4",
    "ipv6",
    "uri",
    "uri-reference",
    "iri",
    "iri-reference",
    "uuid",
    "uri-template",
    "json-pointer",
    "relative-json-pointer",
    "regex",
    "image",
];

/// The keywords of Draft 2020-12 (core 8, applicators 10 and 11, validation 6 to 9), those used by editors, and haibao's own
/// `x-check`. Others are allowed as annotations, unless they look like a misspelt keyword.
#[rustfmt::skip]
const KEYWORDS: &[&str] = &[
    "$schema", "$id", "$ref", "$anchor", "$dynamicRef", "$dynamicAnchor", "$vocabulary", "$comment", "$defs",
    "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "prefixItems", "items", "contains",
    "properties", "patternProperties", "additionalProperties", "propertyNames", "unevaluatedItems",
    "unevaluatedProperties", "type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum",
    "exclusiveMinimum", "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "maxContains",
    "minContains", "maxProperties", "minProperties", "required", "dependentRequired", "title", "description",
    "default", "deprecated", "readOnly", "writeOnly", "examples", "format", "contentEncoding", "contentMediaType",
    "contentSchema", "errorMessage", "patternErrorMessage", "x-check",
];

#[cfg(test)]
mod tests;
