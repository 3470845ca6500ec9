//! The templates in the API document: a schema for the parameters of each, and a request for each.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::service::catalog::version;
use haibao_core::template::{Template, money};

/// Bodies that name a template, with the prefix of their schemas for each template.
const BODIES: &[(&str, &str)] = &[("PosterBody", "Poster"), ("ComposeBody", "NewPoster"), ("LinkBody", "Link")];

/// Adds the templates to a document. A body that names a template becomes one of the requests for a template.
pub fn add(document: &mut Value, templates: &[Arc<Template>]) {
    let schemas = &mut document["components"]["schemas"];
    for template in templates {
        let name = format!("Params.{}", template.id);
        schemas[&name] = parameters(template, &name);
    }
    for (body, prefix) in BODIES.iter().filter(|_| !templates.is_empty()) {
        let general = schemas[*body].take();
        let mut requests = Vec::new();
        for template in templates {
            let name = format!("{prefix}.{}", template.id);
            requests.push(reference(&name));
            schemas[&name] = request(template, general.clone());
        }
        let description = [general["description"].as_str().unwrap_or_default(), DESCRIPTION].join(" ");
        schemas[*body] = json!({ "description": description, "oneOf": requests });
    }
}

/// What the description of a body adds once it has the templates.
pub const DESCRIPTION: &str = "`template` selects the schema of `params`. `name@version` with an older version of a template is \
    accepted, too; this document has the current versions.";

/// A body for one template.
fn request(template: &Template, mut body: Value) -> Value {
    let title = template.layout.display_name();
    body["title"] = title.own().into();
    body["x-titles"] = json!(template.layout.titles);
    body["description"] = format!("With the template {}: {}.", template.id, title.text("en")).into();
    // The name with its version fixes the schema, too.
    let names = [template.id.clone(), format!("{}@{}", template.id, version(template))];
    body["properties"]["template"] =
        json!({ "type": "string", "enum": names, "description": "The template, or its current version." });
    body["properties"]["params"] = reference(&format!("Params.{}", template.id));
    if let Some(required) = body["required"].as_array_mut()
        && template.params().document()["required"].as_array().is_some_and(|names| !names.is_empty())
    {
        required.push("params".into());
    }
    body
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The schema of a template's parameters, with its references relative to the document.
fn parameters(template: &Template, name: &str) -> Value {
    let mut schema = template.params().document().clone();
    rebase(&mut schema, &format!("#/components/schemas/{name}"));
    amounts(&mut schema);
    if let Some(schema) = schema.as_object_mut() {
        // They would change how references are resolved.
        schema.remove("$schema");
        schema.remove("$id");
        schema.entry("title").or_insert_with(|| template.layout.title.clone().into());
        if let Some(sample) = template.samples().get("usual").or_else(|| template.samples().values().next()) {
            schema.insert("examples".to_owned(), json!([sample]));
        }
    }
    schema
}

/// Amounts of money may be strings with a unit, which are converted to fen.
fn amounts(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if object.get("format").is_some_and(|format| format == money::FORMAT) {
                object.insert("type".to_owned(), json!(["integer", "string"]));
            }
            object.values_mut().for_each(amounts);
        }
        Value::Array(list) => list.iter_mut().for_each(amounts),
        _ => {}
    }
}

/// Prefixes the references within a schema.
fn rebase(schema: &mut Value, base: &str) {
    match schema {
        Value::Object(object) => {
            for (key, value) in object.iter_mut() {
                match value {
                    Value::String(target) if key == "$ref" => {
                        if let Some(inner) = target.strip_prefix('#') {
                            *target = format!("{base}{inner}");
                        }
                    }
                    value if !["default", "examples", "const", "enum"].contains(&key.as_str()) => rebase(value, base),
                    _ => {}
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|item| rebase(item, base)),
        _ => {}
    }
}
