//! Starter templates and the generated schema file.

use haibao_core::template::schema;
use serde_json::Value;

use crate::kit;

#[test]
fn the_schema_file_is_up_to_date() {
    let path = kit::root().join("templates/layout.schema.json");
    let regenerate = "regenerate it: cargo run -- schema > templates/layout.schema.json";
    let file = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; {regenerate}", path.display()));
    let file: serde_json::Value = serde_json::from_slice(&file).expect("JSON");
    assert!(file == schema(), "templates/layout.schema.json is not the schema of layout.json; {regenerate}");
}

#[test]
fn the_longest_samples_reach_every_limit() {
    for id in kit::TEMPLATES {
        let template = kit::template(id);
        reaches(id, template.params().document(), &template.samples()["longest"]);
    }
}

/// Texts are as long, numbers as large and lists as many as the schema allows.
fn reaches(at: &str, schema: &Value, value: &Value) {
    let limit = |name: &str| schema.get(name).and_then(Value::as_u64);
    if let Some(length) = limit("maxLength") {
        let text = value.as_str().unwrap_or_default();
        assert_eq!(text.chars().count() as u64, length, "{at}: the sample is shorter than its text may be: {text}");
    }
    if let Some(maximum) = limit("maximum") {
        assert_eq!(value.as_u64(), Some(maximum), "{at}: the sample is less than its number may be");
    }
    if let Some(elements) = limit("maxItems") {
        assert_eq!(value.as_array().map(Vec::len), Some(elements as usize), "{at}: the sample has fewer elements");
    }
    for element in value.as_array().into_iter().flatten() {
        reaches(at, &schema["items"], element);
    }
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        reaches(&format!("{at}/{name}"), inner, &value[name]);
    }
}

#[test]
fn every_starter_template_has_all_samples() {
    for id in kit::TEMPLATES {
        let template = kit::template(id);
        for name in kit::SAMPLES {
            assert!(template.samples().contains_key(name), "{id} has no sample {name}");
        }
    }
}
