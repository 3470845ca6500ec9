//! The JSON Schema of layout.json. Editors and the loader use the same one, so help texts, ranges and checks agree.

use std::sync::LazyLock;

use schemars::{Schema, generate::SchemaSettings, transform::RecursiveTransform};
use serde_json::{Value, json};

use super::{
    layout::Layout,
    suggest::suggest,
    validator::Validator,
    violation::{Violation, ViolationKind, show},
};
use crate::{error::Message, number, words};

/// Maximum absolute value of a length, px: far outside the largest canvas, and `f32` still holds 1/64 px there.
const MAX_LENGTH: f64 = 100_000.0;

/// The JSON Schema (Draft 2020-12) of layout.json, as `haibao schema` prints it.
pub fn schema() -> Value {
    let mut schema = generated();
    say(&mut schema);
    schema
}

/// Keywords whose values are ids of sentences.
const SENTENCES: [&str; 2] = ["errorMessage", "patternErrorMessage"];

/// Replaces the ids of sentences by the sentences, for editors.
fn say(schema: &mut Value) {
    match schema {
        Value::Object(members) => members.iter_mut().for_each(|(name, value)| match value {
            Value::String(id) if SENTENCES.contains(&name.as_str()) => *id = words::requirement(id).text(),
            value => say(value),
        }),
        Value::Array(elements) => elements.iter_mut().for_each(say),
        _ => {}
    }
}

fn generated() -> Value {
    let settings = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(tidy));
    let mut schema = settings.into_generator().into_root_schema_for::<Layout>().to_value();
    schema["$defs"]["Child"] = child(&schema["$defs"]);
    schema
}

/// The schema of a layer in a container: that of each kind of layer, with the properties of a child instead of `at` and
/// `box`. JSON Schema cannot combine two objects that each disallow additional properties.
fn child(definitions: &Value) -> Value {
    let own = definitions["Child"]["properties"].as_object().cloned().unwrap_or_default();
    let kinds = definitions["Layer"]["oneOf"].as_array().cloned().unwrap_or_default();
    let kinds = kinds.into_iter().map(|mut kind| {
        if let Some(properties) = kind["properties"].as_object_mut() {
            properties.retain(|name, _| !["at", "box"].contains(&name.as_str()));
            properties.extend(own.clone());
        }
        kind
    });
    json!({ "description": definitions["Child"]["description"], "oneOf": kinds.collect::<Vec<_>>() })
}

/// All violations of the schema. Each layer is checked against the schema of its own `type`.
pub fn check(layout: &Value) -> Vec<Violation> {
    let checks = &*CHECKS;
    let mut found = checks.root.violations(layout);
    within(layout.get("layers"), "/layers", &checks.layers, &mut found);
    found
}

/// Checks each layer of a list against the schema of its kind, and children against the schemas of children.
fn within(layers: Option<&Value>, base: &str, kinds: &[(String, Validator)], found: &mut Vec<Violation>) {
    let layers = layers.and_then(Value::as_array).into_iter().flatten();
    for (index, layer) in layers.enumerate().filter(|(_, layer)| layer.is_object()) {
        let pointer = format!("{base}/{index}");
        let names = || kinds.iter().map(|(kind, ..)| kind.as_str());
        let Some(kind) = layer.get("type") else {
            let message = words::layer_type_missing(names().collect::<Vec<_>>().join(", "));
            found.push(Violation { kind: ViolationKind::Missing, pointer: format!("{pointer}/type"), message });
            continue;
        };
        match kinds.iter().find(|(name, ..)| Some(name.as_str()) == kind.as_str()) {
            Some((_, validator)) => {
                for violation in validator.violations(layer) {
                    let message = violation.message.clone().with_hint(place_of_child(base, &violation));
                    found.push(Violation { pointer: format!("{pointer}{}", violation.pointer), message, ..violation });
                }
            }
            None => {
                let hint = suggest(kind.as_str().unwrap_or_default(), names());
                let message = words::layer_type_unknown(show(kind)).with_hint(hint);
                found.push(Violation { kind: ViolationKind::Unknown, pointer: format!("{pointer}/type"), message });
            }
        }
        // Terminates: the parser limits nesting to 64 levels.
        within(layer.get("children"), &format!("{pointer}/children"), &CHECKS.children, found);
    }
}

/// Hint for a child with `at` or `box`.
fn place_of_child(base: &str, violation: &Violation) -> Option<Message> {
    let is_place = violation.kind == ViolationKind::Unknown && ["/at", "/box"].contains(&violation.pointer.as_str());
    (is_place && base.ends_with("/children")).then(words::child_place)
}

/// Whether layers of a kind may have a member with this value.
pub fn allows(kind: &str, name: &str, value: Value) -> bool {
    let Some((_, validator)) = CHECKS.layers.iter().find(|(known, _)| known == kind) else { return false };
    let layer = Value::Object([("type".to_owned(), json!(kind)), (name.to_owned(), value)].into_iter().collect());
    let is_of_member = |violation: &Violation| violation.pointer.split('/').nth(1) == Some(name);
    !validator.violations(&layer).iter().any(is_of_member)
}

struct Checks {
    /// The layout, except its layers.
    root: Validator,
    /// `type` and schema of each kind of layer.
    layers: Vec<(String, Validator)>,
    /// `type` and schema of each kind of layer in a container.
    children: Vec<(String, Validator)>,
}

static CHECKS: LazyLock<Checks> = LazyLock::new(|| {
    let mut document = generated();
    // Layers, and the children of containers, are checked one by one.
    let any = json!({ "type": "object" });
    document["properties"]["layers"]["items"] = any.clone();
    let (mut names, mut pointers) = (Vec::new(), Vec::new());
    for of in ["Layer", "Child"] {
        let kinds = document["$defs"][of]["oneOf"].as_array_mut().into_iter().flatten();
        for (index, kind) in kinds.enumerate() {
            if let Some(children) = kind["properties"].get_mut("children") {
                children["items"] = any.clone();
            }
            names.push((of, kind["properties"]["type"]["const"].as_str().unwrap_or_default().to_owned()));
            pointers.push(format!("/$defs/{of}/oneOf/{index}"));
        }
    }
    let (root, kinds) = validators(document, &pointers);
    let kinds = names.into_iter().zip(kinds);
    let (layers, children): (Vec<_>, Vec<_>) = kinds.partition(|((of, _), _)| *of == "Layer");
    let named = |kinds: Vec<((&str, String), Validator)>| {
        kinds.into_iter().map(|((_, name), validator)| (name, validator)).collect()
    };
    Checks { root, layers: named(layers), children: named(children) }
});

#[expect(clippy::expect_used, reason = "the schema is made from this crate's own types, and a test compiles it")]
fn validators(schema: Value, pointers: &[String]) -> (Validator, Vec<Validator>) {
    Validator::compile_parts(schema, pointers).expect("the schema of layout.json")
}

/// Simplifies a schema: optional members may be absent but not null, and every length is bounded.
fn tidy(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [one] = &types[..] {
            object["type"] = one.clone();
        }
    }
    if let Some(Value::Array(any)) = object.get_mut("anyOf") {
        any.retain(|one| one != &json!({ "type": "null" }));
        if let [Value::Object(one)] = &any[..] {
            let one = one.clone();
            object.remove("anyOf");
            object.extend(one);
        }
    }
    if object.get("default") == Some(&Value::Null) {
        object.remove("default");
    }
    object.remove("format");
    if object.get("type") == Some(&json!("number")) {
        object.entry("minimum").or_insert(json!(-MAX_LENGTH));
        object.entry("maximum").or_insert(json!(MAX_LENGTH));
    }
    object.values_mut().filter(|value| value.is_number()).for_each(number::normalize);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentences<'s>(schema: &'s Value, all: &mut Vec<&'s str>) {
        match schema {
            Value::Object(members) => {
                all.extend(SENTENCES.into_iter().filter_map(|name| members.get(name)?.as_str()));
                members.values().for_each(|value| sentences(value, all));
            }
            Value::Array(elements) => elements.iter().for_each(|element| sentences(element, all)),
            _ => {}
        }
    }

    #[test]
    fn requirements_are_rows() {
        let rows: Vec<_> = words::rows().filter(|row| row.id.starts_with("requirement_")).collect();
        let (ids, said) = (generated(), schema());
        let (mut own, mut texts) = (Vec::new(), Vec::new());
        sentences(&ids, &mut own);
        sentences(&said, &mut texts);
        assert_eq!(own.iter().find(|id| !rows.iter().any(|row| row.id == **id)), None);
        assert_eq!(texts.iter().find(|text| !rows.iter().any(|row| row.message == **text)), None);
        assert_eq!(rows.iter().map(|row| row.id).find(|id| !own.contains(id)), None, "rows that nothing says");
    }
}
