//! Every layout property with a golden picture: one box per example value, side by side.
//!
//! `HAIBAO_GOLDEN=accept cargo test -p haibao-core --test render properties` updates the pictures and docs/properties.md.

mod kinds;
mod picture;
mod values;

use std::{fmt::Write, fs};

use haibao_core::template::schema;
use serde_json::{Map, Value};

use self::{
    picture::{draw, layout},
    values::{INVISIBLE, PARTS, values},
};
use crate::{
    golden::{assert_all_same, compare},
    kit,
};

/// Maximum size of a picture, bytes.
const MAX_BYTES: u64 = 20 << 10;

/// Name of the golden picture of a property.
fn picture(name: &str) -> String {
    format!("property/{}", name.replace([' ', '.'], "-"))
}

/// Every property with the first sentence of its description in the schema, in schema order: `image.blur`, and nested
/// ones as `border.width`.
fn properties(schema: &Value) -> Vec<(String, String)> {
    let summary = |property: &Value| {
        let description = property["description"].as_str().unwrap_or_default().replace('\n', " ");
        description.split(". ").next().unwrap_or_default().trim_end_matches('.').replace('|', "\\|")
    };
    let list = |name: &str, all: &Map<String, Value>| {
        all.iter().map(|(property, about)| (format!("{name}.{property}"), summary(about))).collect::<Vec<_>>()
    };
    let kinds = kinds::kinds().into_iter().flat_map(|kind| list(kind.name, &kinds::properties(schema, kind.name)));
    let parts = PARTS.iter().flat_map(|(part, name)| {
        list(name, schema["$defs"][part]["properties"].as_object().unwrap_or_else(|| panic!("no {part} in the schema")))
    });
    kinds.chain(parts).collect()
}

/// Name of the property whose picture shows `property`: itself, or for nested properties the first value that uses it.
fn shown_by<'v>(property: &str, values: &'v [(&'static str, Value)]) -> Option<&'v str> {
    fn uses(value: &Value, owner: &str, part: &str) -> bool {
        match value {
            Value::Object(all) => {
                all.get(owner).is_some_and(|own| own.get(part).is_some())
                    || all.values().any(|value| uses(value, owner, part))
            }
            Value::Array(all) => all.iter().any(|value| uses(value, owner, part)),
            _ => false,
        }
    }
    let (owner, part) = property.split_once('.').expect("a kind and a name");
    let own = values.iter().find(|(name, _)| *name == property);
    let used = || {
        let is_part = PARTS.iter().any(|(_, name)| *name == owner);
        values.iter().find(|(_, value)| is_part && uses(value, owner, part))
    };
    own.or_else(used).map(|(name, _)| *name)
}

#[test]
fn every_property_of_the_schema_has_a_picture() {
    let (values, schema) = (values(), schema());
    assert!(kinds::missing(&schema).is_empty(), "layer kinds without pictures: {:?}", kinds::missing(&schema));
    let all = properties(&schema);
    let invisible = |name: &str| INVISIBLE.iter().find(|(property, _)| *property == name).map(|(_, why)| *why);
    let missing: Vec<&str> = all
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| invisible(name).is_none() && shown_by(name, &values).is_none())
        .collect();
    assert!(missing.is_empty(), "without a picture: {missing:?}");
    let known = |name: &str| all.iter().any(|(property, _)| property == name);
    let unknown: Vec<&str> = values
        .iter()
        .map(|(name, _)| *name)
        .chain(INVISIBLE.map(|(name, _)| name))
        .filter(|name| !known(name))
        .collect();
    assert!(unknown.is_empty(), "not in the schema: {unknown:?}");

    let (kinds, mut failures) = (kinds::kinds(), Vec::new());
    for (name, values) in &values {
        let (kind, _) = name.split_once('.').expect("a kind and a name");
        let kind = kinds.iter().find(|known| known.name == kind).expect("a kind");
        let png = draw(name, &layout(kind, values));
        assert!(png.len() as u64 <= MAX_BYTES, "{name}: {} bytes", png.len());
        failures.extend(compare(&picture(name), &png).err());
    }
    assert_all_same(&failures);

    let mut text = "# Properties\n\nEvery property of layout.json with a small picture; [templates](templates.md) has the \
        meaning, range and default of each.\nA `column` has the properties of a `row`; a child of either has those of its layer kind and the ones below.\n\
        [中文](zh/properties.md)\n"
        .to_owned();
    let mut last_kind = "";
    for (name, summary) in &all {
        let (kind, property) = name.split_once('.').expect("a kind and a name");
        if kind != last_kind {
            let _ = write!(text, "\n## {kind}\n\n| property | | |\n|---|---|---|\n");
            last_kind = kind;
        }
        let shown = match (invisible(name), shown_by(name, &values)) {
            (None, Some(by)) => format!("![{name}](../tests/golden/{}.png)", picture(by)),
            (why, _) => format!("not visible: {}", why.unwrap_or_default()),
        };
        let _ = writeln!(text, "| `{property}` | {summary} | {shown} |");
    }
    let path = kit::root().join("docs/properties.md");
    if std::env::var_os("HAIBAO_GOLDEN").is_some_and(|value| value == "accept") {
        fs::write(&path, &text).expect("written");
    }
    assert!(
        fs::read_to_string(&path).expect("docs/properties.md") == text,
        "docs/properties.md is out of date; update it with HAIBAO_GOLDEN=accept"
    );
}
