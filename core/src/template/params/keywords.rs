//! Checks the keywords of a schema: misspelt ones, unknown formats, references, marks.

use serde_json::{Map, Value, json};

use super::{marked, patterns};
use crate::{
    error::Message,
    template::{
        json::escape,
        labels,
        money::FORMAT,
        price_unit,
        suggest::nearest,
        validator,
        violation::{Violation, ViolationKind},
    },
    words,
};

/// Returns every fault of a schema of parameters, and whether it marks texts of users.
pub(super) fn faults(document: &Value) -> (Vec<Violation>, bool) {
    let mut found = validator::faults(document);
    let mut fault =
        |pointer: String, message: Message| found.push(Violation { kind: ViolationKind::Invalid, pointer, message });
    if document.get("type") != Some(&json!("object")) {
        fault("/type".to_owned(), words::params_not_an_object());
    }
    let mut marks = false;
    // References that are not JSON pointers: the search for marked texts could not follow them.
    let mut anchors = Vec::new();
    let mut expressions = Vec::new();
    walk("", document, &mut |pointer, schema| {
        marks |= schema.get(marked::KEYWORD) == Some(&json!(true));
        if let Some(message) = marked::fault(schema) {
            fault(format!("{pointer}/{}", marked::KEYWORD), message);
        }
        if let Some(message) = labels::fault(schema) {
            fault(format!("{pointer}/{}", labels::KEYWORD), message);
        }
        if let Some(message) = price_unit::fault(document, pointer, schema) {
            fault(format!("{pointer}/{}", price_unit::KEYWORD), message);
        }
        if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
            expressions.push((format!("{pointer}/pattern"), pattern));
        }
        for name in schema.get("patternProperties").and_then(Value::as_object).into_iter().flat_map(Map::keys) {
            expressions.push((format!("{pointer}/patternProperties/{}", escape(name)), name.as_str()));
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
        anchors.extend(marked::unfollowed(document, pointer, schema).map(|key| format!("{pointer}/{key}")));
        for key in ["$ref", "$dynamicRef"] {
            if schema.get(key).and_then(Value::as_str).is_some_and(|target| !target.starts_with('#')) {
                fault(format!("{pointer}/{key}"), words::schema_reference_outside());
            }
        }
        if let Some(format) = schema.get("format").and_then(Value::as_str)
            && !FORMATS.contains(&format)
        {
            let hint = match format {
                "color" | "colour" => words::schema_format_color(),
                _ => match nearest(format, FORMATS.iter().copied()) {
                    Some(near) => words::did_you_mean(near),
                    None => words::known_here(FORMATS.map(|known| format!("`{known}`")).join(", ")),
                },
            };
            fault(
                format!("{pointer}/format"),
                words::schema_format_unknown(words::quote(format)).with_hint(Some(hint)),
            );
        }
        if schema.get("format") == Some(&json!(FORMAT)) && schema.get("type").is_some_and(|of| !is_integer(of)) {
            fault(format!("{pointer}/format"), words::schema_money_type());
        }
    });
    if marks {
        anchors.into_iter().for_each(|pointer| fault(pointer, words::schema_mark_anchor()));
    }
    for (pointer, pattern) in expressions {
        if let Some(message) = patterns::fault(pattern)
            // The meta-schema reports wrong syntax.
            && validator::faults(&json!({ "pattern": pattern })).is_empty()
        {
            found.push(Violation { kind: ViolationKind::Invalid, pointer, message });
        }
    }
    (found, marks)
}

/// Whether a `type` allows integers, besides null.
fn is_integer(of: &Value) -> bool {
    let is_one = |name: &Value| name == "integer";
    let mut others = of.as_array().into_iter().flatten().filter(|name| !is_one(name));
    is_one(of) || of.as_array().is_some_and(|all| all.iter().any(is_one)) && others.all(|name| name == "null")
}

/// Visits a schema and every schema within it.
pub(super) fn walk<'s>(pointer: &str, schema: &'s Value, visit: &mut impl FnMut(&str, &'s Map<String, Value>)) {
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

/// The formats of Draft 2020-12 (validation, 7.3), `image` and `money`.
const FORMATS: [&str; 21] = [
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
    FORMAT,
];

/// The keywords of Draft 2020-12 (core 8, applicators 10 and 11, validation 6 to 9), those used by editors, and haibao's own
/// `x-check`, `x-titles`, `x-labels` and `x-unit`. Others are allowed as annotations, unless they look like a misspelt keyword.
#[rustfmt::skip]
const KEYWORDS: &[&str] = &[
    "$schema", "$id", "$ref", "$anchor", "$dynamicRef", "$dynamicAnchor", "$vocabulary", "$comment", "$defs",
    "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "prefixItems", "items", "contains",
    "properties", "patternProperties", "additionalProperties", "propertyNames", "unevaluatedItems",
    "unevaluatedProperties", "type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum",
    "exclusiveMinimum", "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "maxContains",
    "minContains", "maxProperties", "minProperties", "required", "dependentRequired", "title", "description",
    "default", "deprecated", "readOnly", "writeOnly", "examples", "format", "contentEncoding", "contentMediaType",
    "contentSchema", "errorMessage", "patternErrorMessage", "x-check", "x-titles", "x-labels", "x-unit",
];
