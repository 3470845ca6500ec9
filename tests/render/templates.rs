//! Starter templates and the generated schema file.

use haibao_core::{encode::Format, template::schema};
use serde_json::{Map, Value, json};

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
    for id in &kit::templates() {
        let template = kit::template(id);
        for name in kit::SAMPLES {
            assert!(template.samples().contains_key(name), "{id} has no sample {name}");
        }
    }
}

/// The declared parameters of a starter template, and one of its samples.
fn declared(id: &str, sample: &str) -> (Map<String, Value>, Value) {
    let template = kit::template(id);
    let properties = &template.params().document()["properties"];
    (properties.as_object().expect("parameters").clone(), kit::sample(&template, sample))
}

/// Finds the maxima of a schema that a value does not reach: characters of a text, an amount, elements of a list.
fn below(schema: &Value, value: &Value, name: &str, found: &mut Vec<String>) {
    let reached: [(_, Option<Value>); 3] = [
        ("maxLength", value.as_str().map(|text| text.chars().count().into())),
        ("maximum", Some(value.clone())),
        ("maxItems", value.as_array().map(|items| items.len().into())),
    ];
    for (keyword, reached) in reached {
        let Some(most) = schema.get(keyword) else { continue };
        if reached.as_ref().and_then(Value::as_f64) != most.as_f64() {
            found.push(format!("{name}: {reached:?} of {keyword} {most}"));
        }
    }
    for item in value.as_array().into_iter().flatten() {
        below(&schema["items"], item, &format!("{name}[]"), found);
    }
    for (key, part) in value.as_object().into_iter().flatten() {
        below(&schema["properties"][key], part, &format!("{name}.{key}"), found);
    }
}

#[test]
fn the_longest_sample_reaches_every_maximum() {
    for id in &kit::templates() {
        let template = kit::template(id);
        let (properties, sample) = declared(id, "longest");
        let mut found = Vec::new();
        for (name, schema) in &properties {
            let Some(value) = sample.get(name) else {
                // A group that wants two members has no pictures of them.
                if schema["format"] != "image" {
                    found.push(format!("{name} is missing"));
                }
                continue;
            };
            below(schema, value, name, &mut found);
            if schema.get("pattern").is_some() {
                let mut longer = sample.clone();
                longer[name] = json!(format!("{}0", value.as_str().expect("a text")));
                if template.check(&longer).is_ok() {
                    found.push(format!("{name}: {value} may be longer"));
                }
            }
        }
        assert!(found.is_empty(), "{id}: {found:#?}");
    }
}

#[test]
fn the_poorest_sample_leaves_out_what_is_optional() {
    for id in &kit::templates() {
        let template = kit::template(id);
        let (properties, sample) = declared(id, "poorest");
        let required = template.params().document()["required"].as_array().expect("a list").clone();
        for name in properties.keys().filter(|name| sample.get(name.as_str()).is_some()) {
            assert!(required.contains(&json!(name)), "{id}: {name} is optional");
        }
    }
}

#[test]
fn vip_levels_of_member_cards_are_upright() {
    let template = kit::template("member-card");
    let plan = |level: &str| {
        let mut params = kit::sample(&template, "poorest");
        params["level"] = json!(level);
        kit::plan(&template, params, 1.0)
    };
    // What is drawn follows from the plan.
    let texts = |level: &str| {
        let plan = plan(level);
        (plan.layers.iter().map(|layer| layer.kind.text().cloned()).collect::<Vec<_>>(), plan.artwork)
    };
    let levels = ["VIP", "SVIP", "VIP会员", "SVIP会员"];
    for (level, upright) in levels.into_iter().zip(["ＶＩＰ", "ＳＶＩＰ", "ＶＩＰ会员", "ＳＶＩＰ会员"])
    {
        assert_eq!(texts(level), texts(upright), "{level}");
    }
    let poster = |level: &str| {
        let plan = plan(level);
        kit::renderer().render(&plan, &kit::gather(&plan), Format::Png).expect("a poster").bytes
    };
    assert!(poster("PLUS") != poster("ＰＬＵＳ"), "other words are turned");
}
