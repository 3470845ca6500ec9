//! Kinds of objects with properties: layer kinds, and the other objects of a layout.

use serde_json::{Map, Value, json};

/// A kind of object.
pub struct Kind {
    /// Name in the docs; that of a layer kind is its `type`.
    pub name: &'static str,
    /// Box size in the pictures, px.
    pub size: [u32; 2],
    /// The layer that shows the properties, without its box and without the example values.
    pub base: Value,
}

/// Layer kinds with the properties of another one.
const SAME: [(&str, &str); 1] = [("column", "row")];

/// All kinds in the order of the docs. A layer kind is one line.
pub fn kinds() -> Vec<Kind> {
    let leaf = |width: u32, height: u32, color: &str| json!({ "type": "shape", "width": width, "height": height, "background": color, "border_radius": 4 });
    let text = json!({ "type": "text", "text": "秋日手作", "font_size": 20, "line_height": 28 });
    let row = json!({ "type": "row", "gap": 6, "background": "#e9e2d3",
        "children": [leaf(30, 40, "#c33"), leaf(24, 24, "#36c"), leaf(36, 30, "#24352f")] });
    let spans = json!({ "type": "text", "font_size": 20, "line_height": 36,
        "spans": [{ "text": "立减" }, { "text": "十元" }, { "text": "起" }] });
    let kind = |name, size, base| Kind { name, size, base };
    vec![
        kind("canvas", [120, 28], text.clone()),
        kind("code target", [120, 120], json!({ "type": "code" })),
        kind("image", [64, 64], json!({ "type": "image", "src": "assets/photo.png" })),
        kind("text", [118, 60], text),
        kind("span", [150, 44], spans),
        kind("code", [120, 120], json!({ "type": "code" })),
        kind("shape", [64, 48], json!({ "type": "shape", "background": "#c9a66b" })),
        kind("barcode", [226, 72], json!({ "type": "barcode", "value": "VIP-0042" })),
        kind("row", [130, 72], row.clone()),
        kind("child", [150, 64], row),
    ]
}

/// Properties of a kind in the schema. A child has those of its layer kind, too; only the additional ones are returned.
pub fn properties(schema: &Value, kind: &str) -> Map<String, Value> {
    let definition = |name: &str| &schema["$defs"][name];
    let own =
        |object: &Value| object["properties"].as_object().unwrap_or_else(|| panic!("no {kind} in the schema")).clone();
    match kind {
        "canvas" => own(definition("Canvas")),
        "code target" => own(definition("CodeTarget")),
        "span" => own(definition("Span")),
        "child" => {
            let shared = own(of_type(definition("Layer"), "shape"));
            own(of_type(definition("Child"), "shape"))
                .into_iter()
                .filter(|(name, _)| !shared.contains_key(name))
                .collect()
        }
        _ => own(of_type(definition("Layer"), kind)),
    }
}

/// Layer kinds of the schema that are neither a kind here nor the same as one.
pub fn missing(schema: &Value) -> Vec<String> {
    let kinds: Vec<&str> = kinds().iter().map(|kind| kind.name).chain(SAME.map(|(name, _)| name)).collect();
    for (name, other) in SAME {
        let keys = |name| {
            of_type(&schema["$defs"]["Layer"], name)["properties"].as_object().map(|all| all.keys().cloned().collect())
        };
        let (one, two): (Option<Vec<String>>, _) = (keys(name), keys(other));
        assert!(one.is_some() && one == two, "{name} has other properties than {other}");
    }
    let layers = schema["$defs"]["Layer"]["oneOf"].as_array().expect("kinds").iter();
    let types = layers.map(|layer| layer["properties"]["type"]["const"].as_str().expect("a type"));
    types.filter(|name| !kinds.contains(name)).map(str::to_owned).collect()
}

/// The alternative of a definition with this `type`.
fn of_type<'s>(definition: &'s Value, name: &str) -> &'s Value {
    let mut all = definition["oneOf"].as_array().expect("alternatives").iter();
    all.find(|one| one["properties"]["type"]["const"] == name).unwrap_or(&Value::Null)
}
