//! Starter templates and the generated schema file.

use haibao_core::template::schema;

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
fn every_starter_template_has_all_samples() {
    for id in kit::TEMPLATES {
        let template = kit::template(id);
        for name in kit::SAMPLES {
            assert!(template.samples().contains_key(name), "{id} has no sample {name}");
        }
    }
}
