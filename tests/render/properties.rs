//! Every layout property with a golden picture: one box per example value, side by side.
//!
//! `HAIBAO_GOLDEN=accept cargo test -p haibao-core --test render properties` updates the pictures and docs/properties.md.

use std::{collections::BTreeMap, fmt::Write, fs};

use bytes::Bytes;
use haibao_core::{
    artwork::svg,
    code::{CodeNeed, Opens, qr},
    encode::Format,
    render::{Config, Renderer},
    template::schema::schema,
};
use serde_json::{Map, Value, json};

use crate::{golden::compare, images::photo, kit};

/// Gap between boxes, px.
const GAP: u32 = 8;
/// Maximum size of a picture, bytes.
const MAX_BYTES: u64 = 20 << 10;

/// Kinds of objects with properties: name in the docs, JSON pointer into the schema, and box size in the pictures.
const KINDS: [(&str, &str, [u32; 2]); 10] = [
    ("canvas", "/$defs/Canvas", [0, 0]),
    ("code target", "/$defs/CodeTarget", [0, 0]),
    ("image", "/$defs/Layer/oneOf/0", [64, 64]),
    ("text", "/$defs/Layer/oneOf/1", [118, 60]),
    ("span", "/$defs/Span", [150, 44]),
    ("code", "/$defs/Layer/oneOf/2", [120, 120]),
    ("shape", "/$defs/Layer/oneOf/3", [64, 48]),
    ("barcode", "/$defs/Layer/oneOf/4", [226, 72]),
    ("row", "/$defs/Layer/oneOf/5", [130, 72]),
    ("child", "/$defs/Child/oneOf/3", [150, 64]),
];

/// Nested objects: schema definition, and name of the property that contains it.
const PARTS: [(&str, &str); 7] = [
    ("Border", "border"),
    ("BoxShadow", "box_shadow"),
    ("TextStroke", "stroke"),
    ("TextShadow", "text_shadow"),
    ("Gradient", "gradient"),
    ("CodeCenter", "center"),
    ("Plate", "plate"),
];

/// Properties without a visible effect, and what they affect.
const INVISIBLE: [(&str, &str); 8] = [
    ("code target.app", "the app of the code"),
    ("code target.page", "the page that the code opens"),
    ("code target.scene", "the payload of the code"),
    ("code target.path", "the path that the code opens"),
    ("code target.text", "the content of the code"),
    ("code target.env_version", "the version that the code opens"),
    ("code target.check_path", "whether WeChat checks the page"),
    ("code.auto_color", "WeChat chooses the colour"),
];

/// Example values of each property. A layer with each value is drawn, side by side; its other properties come from
/// [`base`].
fn values() -> Vec<(&'static str, Value)> {
    let shadow = json!({ "y": 3, "blur": 6, "color": "#0008" });
    let spread = json!({ "x": 4, "y": 4, "spread": 3, "color": "#c338" });
    let border =
        json!([{ "border": { "width": 1, "color": "#24352f" } }, { "border": { "width": 6, "color": "#c33" } }]);
    let shadows = json!([{ "box_shadow": shadow }, { "box_shadow": spread }]);
    let radius = json!([{ "border_radius": 16 }, { "border_radius": "50%" }, { "border_radius": [0, 24, 8, 24] }]);
    let long = "秋日手作天青釉花瓶限时开窑";
    vec![
        ("canvas.width", json!([{ "width": 120 }])),
        ("canvas.height", json!([{ "height": 40 }])),
        ("canvas.min_height", json!([{ "height": "auto", "min_height": 90 }])),
        ("canvas.max_height", json!([{ "height": "auto", "max_height": 44 }])),
        ("canvas.padding_bottom", json!([{ "height": "auto", "padding_bottom": 30 }])),
        ("canvas.background", json!([{ "background": "#dbe7dd" }])),
        ("code target.kind", json!([{ "kind": "qr", "text": "https://example.com" }])),
        ("image.type", json!([{}])),
        ("image.at", json!([{ "at": "#slot" }])),
        ("image.box", json!([{}])),
        ("image.when", json!([{ "when": "{{yes}}" }, { "when": "{{no}}" }])),
        ("image.src", json!([{}, { "src": "assets/logo.png" }])),
        ("image.object_fit", json!(["cover", "contain", "fill", "blur-fill"].map(|fit| json!({ "object_fit": fit })))),
        (
            "image.object_position",
            json!(["left", "right", "attention"].map(|place| json!({ "object_position": place }))),
        ),
        ("image.border_radius", radius.clone()),
        ("image.mask", json!([{ "mask": "#heart" }])),
        ("image.border", border.clone()),
        ("image.box_shadow", shadows.clone()),
        ("image.blur", json!([{ "blur": 2 }, { "blur": 8 }])),
        ("image.grayscale", json!([{ "grayscale": 0.5 }, { "grayscale": 1 }])),
        ("image.brightness", json!([{ "brightness": 0.5 }, { "brightness": 1.5 }])),
        ("image.rotate", json!([{ "rotate": 8 }, { "rotate": -20 }])),
        ("image.opacity", json!([{ "opacity": 0.7 }, { "opacity": 0.3 }])),
        ("image.background", json!([{ "object_fit": "contain", "background": "#24352f" }])),
        ("image.on_error", json!([{ "src": "assets/broken.png", "on_error": "hide", "background": "#ddd5c4" }])),
        (
            "image.fallback",
            json!([{ "src": "assets/broken.png", "on_error": "fallback", "fallback": "assets/logo.png" }]),
        ),
        ("text.type", json!([{}])),
        ("text.at", json!([{ "at": "#slot" }])),
        ("text.box", json!([{}])),
        ("text.when", json!([{ "when": "{{yes}}" }, { "when": "{{no}}" }])),
        ("text.text", json!([{ "text": "{{list.0}}与{{list.1}}" }])),
        (
            "text.spans",
            json!([{ "text": null, "spans": [{ "text": "¥", "font_size": 14 }, { "text": "99", "font_size": 30 }] }]),
        ),
        ("text.font_family", json!([{}, { "font_family": "Noto Color Emoji", "text": "😀" }])),
        ("text.font_size", json!([{ "font_size": 14 }, { "font_size": 26 }])),
        (
            "text.min_font_size",
            json!([{ "text": long, "text_overflow": "shrink", "min_font_size": 8, "max_lines": 1 }]),
        ),
        ("text.font_weight", json!([{ "font_weight": 400 }, { "font_weight": 700 }])),
        ("text.font_features", json!([{ "text": "11:17" }, { "text": "11:17", "font_features": ["fwid"] }])),
        (
            "text.color",
            json!([{ "color": "#c33" }, { "color": { "gradient": { "angle": 90, "stops": [[0, "#c33"], [1, "#36c"]] } } }]),
        ),
        ("text.stroke", json!([{ "color": "#fff", "stroke": { "width": 4, "color": "#c33" } }])),
        (
            "text.text_shadow",
            json!([{ "text_shadow": { "x": 2, "y": 2, "color": "#0006" } }, { "text_shadow": { "y": 2, "blur": 6, "color": "#c33" } }]),
        ),
        ("text.writing_mode", json!([{}, { "writing_mode": "vertical-rl" }])),
        (
            "text.text_align",
            json!(
                ["left", "center", "right", "justify"]
                    .map(|align| json!({ "text_align": align, "text": "秋日手作天青釉花瓶" }))
            ),
        ),
        ("text.vertical_align", json!(["top", "middle", "bottom"].map(|align| json!({ "vertical_align": align })))),
        (
            "text.line_height",
            json!([{ "text": "秋日手作天青釉花瓶", "line_height": 22 }, { "text": "秋日手作天青釉花瓶", "line_height": 30 }]),
        ),
        ("text.letter_spacing", json!([{ "letter_spacing": 4 }, { "letter_spacing": -2 }])),
        ("text.max_lines", json!([{ "text": long, "max_lines": 1 }, { "text": long, "max_lines": 2 }])),
        (
            "text.text_overflow",
            json!(
                ["ellipsis", "clip", "shrink"].map(|how| json!({ "text": long, "text_overflow": how, "max_lines": 1 }))
            ),
        ),
        ("text.text_decoration", json!([{ "text_decoration": "underline" }, { "text_decoration": "line-through" }])),
        ("text.opacity", json!([{ "opacity": 0.7 }, { "opacity": 0.3 }])),
        ("span.when", json!([{ "when": "{{yes}}" }, { "when": "{{no}}" }])),
        ("span.text", json!([{ "text": "{{list.0}}" }])),
        ("span.font_family", json!([{ "font_family": "Noto Color Emoji", "text": "🎁" }])),
        ("span.font_size", json!([{ "font_size": 30 }])),
        ("span.font_weight", json!([{ "font_weight": 700 }])),
        ("span.font_features", json!([{ "text": "11", "font_features": ["fwid"] }])),
        ("span.color", json!([{ "color": "#c33" }])),
        ("span.letter_spacing", json!([{ "letter_spacing": 6 }])),
        ("span.text_decoration", json!([{ "text_decoration": "line-through" }])),
        ("code.type", json!([{}])),
        ("code.at", json!([{ "at": "#slot" }])),
        ("code.box", json!([{}])),
        ("code.when", json!([{ "when": "{{no}}" }])),
        ("code.src", json!([{ "src": "assets/code.png" }])),
        ("code.center", json!([{ "center": { "src": "assets/logo.png", "size": 0.36 } }])),
        ("code.is_hyaline", json!([{ "is_hyaline": false }])),
        ("code.line_color", json!([{ "line_color": "#7a1f2b" }])),
        (
            "code.plate",
            json!([{ "plate": { "show": "always", "background": "#fff", "padding": 8, "border_radius": 16 } }]),
        ),
        ("shape.type", json!([{}])),
        ("shape.at", json!([{ "at": "#slot" }])),
        ("shape.box", json!([{}])),
        ("shape.when", json!([{ "when": "{{yes}}" }, { "when": "{{no}}" }])),
        ("shape.background", json!([{ "background": "#24352f" }, { "background": "#36c8" }])),
        ("shape.border_radius", radius.clone()),
        ("shape.border", border.clone()),
        ("shape.box_shadow", shadows.clone()),
        ("shape.opacity", json!([{ "opacity": 0.7 }, { "opacity": 0.3 }])),
        ("barcode.type", json!([{}])),
        ("barcode.at", json!([{ "at": "#slot", "value": "7" }])),
        ("barcode.box", json!([{}])),
        ("barcode.when", json!([{ "when": "{{yes}}" }, { "when": "{{no}}" }])),
        ("barcode.value", json!([{ "value": "0042" }])),
        ("barcode.format", json!([{ "format": "ean13", "value": "400399415548", "digits": true }])),
        ("barcode.color", json!([{ "color": "#24352f" }])),
        ("barcode.background", json!([{ "background": "#e9d9b8" }])),
        ("barcode.border_radius", json!([{ "border_radius": 12 }])),
        ("barcode.digits", json!([{ "digits": true }])),
        ("barcode.font_size", json!([{ "digits": true, "font_size": 9 }])),
        ("row.type", json!([{}, { "type": "column" }])),
        ("row.at", json!([{ "at": "#slot" }])),
        ("row.box", json!([{}])),
        ("row.when", json!([{ "when": "{{yes}}" }, { "when": "{{no}}" }])),
        ("row.gap", json!([{ "gap": 2 }, { "gap": 14 }])),
        ("row.padding", json!([{ "padding": 4 }, { "padding": [20, 30] }])),
        ("row.align_items", json!(["start", "center", "end"].map(|align| json!({ "align_items": align })))),
        (
            "row.justify_content",
            json!(["start", "center", "space-between"].map(|how| json!({ "justify_content": how }))),
        ),
        ("row.wrap", json!([{ "wrap": true, "gap": 30 }])),
        ("row.background", json!([{ "background": "#ddd5c4" }])),
        ("row.border_radius", radius),
        ("row.border", border),
        ("row.box_shadow", shadows),
        ("row.children", json!([{ "children": [{ "type": "text", "text": "{{list.0}}", "font_size": 24 }] }])),
        ("child.width", json!([{ "width": 20 }, { "width": "50%" }])),
        ("child.height", json!([{ "height": 12 }])),
        ("child.aspect_ratio", json!([{ "width": 40, "height": "auto", "aspect_ratio": 2 }])),
        ("child.grow", json!([{ "grow": 1 }])),
        ("child.shrink", json!([{ "width": 200, "shrink": 1 }])),
        ("child.margin", json!([{ "margin": [0, 16] }])),
        ("child.align_self", json!([{ "align_self": "end" }])),
        ("child.repeat", json!([{ "repeat": "list", "width": 12 }])),
        (
            "child.as",
            json!([{ "type": "text", "background": null, "border_radius": null, "width": "auto", "height": "auto", "repeat": "list", "as": "word", "text": "{{word}} ", "font_size": 20 }]),
        ),
    ]
}

/// A layer of a kind in a box, without the example values.
fn base(kind: &str, rect: [u32; 4]) -> Value {
    let leaf = |width: u32, height: u32, color: &str| json!({ "type": "shape", "width": width, "height": height, "background": color, "border_radius": 4 });
    match kind {
        "image" => json!({ "type": "image", "box": rect, "src": "assets/photo.png" }),
        "text" | "canvas" => {
            json!({ "type": "text", "box": rect, "text": "秋日手作", "font_size": 20, "line_height": 28 })
        }
        "code" | "code target" => json!({ "type": "code", "box": rect }),
        "shape" => json!({ "type": "shape", "box": rect, "background": "#c9a66b" }),
        "barcode" => json!({ "type": "barcode", "box": rect, "value": "VIP-0042" }),
        _ => json!({ "type": "row", "box": rect, "gap": 6, "background": "#e9e2d3",
            "children": [leaf(30, 40, "#c33"), leaf(24, 24, "#36c"), leaf(36, 30, "#24352f")] }),
    }
}

fn merge(layer: &mut Value, values: &Value) {
    let layer = layer.as_object_mut().expect("an object");
    for (name, value) in values.as_object().expect("an object") {
        if value.is_null() {
            layer.remove(name)
        } else {
            layer.insert(name.clone(), value.clone())
        };
    }
    if layer.contains_key("at") {
        layer.remove("box");
    }
}

/// The layout for the picture of a property.
fn layout(kind: &str, size: [u32; 2], values: &Value) -> Value {
    let values = values.as_array().expect("a list of values");
    let [width, height] = if size == [0, 0] { [120, 28] } else { size };
    let layer = |(at, values): (usize, &Value)| {
        let rect = [GAP + at as u32 * (width + GAP), GAP, width, height];
        let mut layer = base(kind, rect);
        match kind {
            "canvas" | "code target" => {}
            "span" => {
                let mut spans = json!([{ "text": "立减" }, { "text": "十元" }, { "text": "起" }]);
                merge(&mut spans[1], values);
                layer = json!({ "type": "text", "box": rect, "font_size": 20, "line_height": 36, "spans": spans });
            }
            "child" => merge(&mut layer["children"][1], values),
            _ => merge(&mut layer, values),
        }
        if kind == "code target" {
            layer["box"] = json!([GAP, GAP, 120, 120]);
        }
        layer
    };
    let layers: Vec<Value> = values.iter().enumerate().map(layer).collect();
    let count = values.len() as u32;
    let mut canvas =
        json!({ "width": GAP + count * (width + GAP), "height": height + 2 * GAP, "background": "#f4f1ea" });
    let mut target = json!({ "page": "pages/a", "scene": "id=7" });
    match kind {
        "canvas" => merge(&mut canvas, &values[0]),
        "code target" => (target, canvas["height"]) = (values[0].clone(), json!(136)),
        _ => {}
    }
    let mut layout = json!({
        "title": "properties", "canvas": canvas, "artwork": "artwork.svg", "layers": layers,
        "params": { "type": "object", "properties": {
            "yes": { "type": "string", "default": "1" }, "no": { "type": "string", "default": "" },
            "list": { "type": "array", "items": { "type": "string" }, "default": ["花瓶", "茶席", "香插"] } } },
    });
    let needs_code = layers.iter().any(|layer| layer["type"] == "code" && layer.get("src").is_none());
    if needs_code {
        layout["code"] = target;
    }
    layout
}

fn draw(name: &str, layout: &Value) -> Vec<u8> {
    let [width, height] = ["width", "height"].map(|side| layout["canvas"][side].as_u64().unwrap_or(100));
    let mut artwork = String::new();
    let text = layout.to_string();
    if text.contains("#slot") {
        artwork += "<ellipse id=\"slot\" cx=\"44\" cy=\"40\" rx=\"34\" ry=\"24\" fill=\"#36c\"/>";
    }
    if text.contains("#heart") {
        artwork += "<path id=\"heart\" fill=\"none\" d=\"M32 60 C0 36 4 8 20 8 28 8 32 16 32 18 32 16 36 8 44 8 60 8 64 36 32 60z\"/>";
    }
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">{artwork}</svg>"
    );
    let need = CodeNeed { width: 300, ..CodeNeed::new("", Opens::Qr { text: String::new() }) };
    let logo = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"96\" height=\"96\"><rect width=\"96\" height=\"96\" fill=\"#c33\"/><circle cx=\"48\" cy=\"48\" r=\"26\" fill=\"#fff\"/></svg>";
    let files = [
        ("layout.json", text.into_bytes()),
        ("artwork.svg", svg.clone().into_bytes()),
        ("assets/photo.png", photo()),
        ("assets/logo.png", raster(logo)),
        ("assets/broken.png", photo()[..200].to_vec()),
        ("assets/code.png", qr::draw(&need, "https://example.com/given").expect("a code")),
    ];
    let files = files.map(|(name, bytes)| (name.to_owned(), Bytes::from(bytes)));
    let plan = kit::plan(&kit::compile(name, BTreeMap::from(files)), json!({}), 1.0);
    let renderer = Renderer::new(kit::fonts(), Config::default());
    let rendered = renderer.render(&plan, &kit::gather(&plan), Format::Png);
    rendered.unwrap_or_else(|e| panic!("{name}: {e} {:#?}", e.all_findings())).bytes.to_vec()
}

/// Renders an SVG of 96 px to PNG.
fn raster(svg: &str) -> Vec<u8> {
    let tree = svg::parse(svg, &BTreeMap::new(), &kit::fonts()).expect("SVG");
    let mut pixmap = resvg::tiny_skia::Pixmap::new(96, 96).expect("a size");
    resvg::render(&tree, resvg::tiny_skia::Transform::identity(), &mut pixmap.as_mut());
    pixmap.encode_png().expect("encodes")
}

/// Name of the golden picture of a property.
fn picture(name: &str) -> String {
    format!("property/{}", name.replace([' ', '.'], "-"))
}

/// Every property with the first sentence of its description in the schema, in schema order: `image.blur`, and nested
/// ones as `border.width`.
fn properties(schema: &Value) -> Vec<(String, String)> {
    let list = |name: &str, pointer: &str| {
        let all = schema.pointer(&format!("{pointer}/properties")).and_then(Value::as_object);
        let all = all.unwrap_or_else(|| panic!("the schema has no {pointer} for {name}"));
        let summary = |property: &Value| {
            let description = property["description"].as_str().unwrap_or_default().replace('\n', " ");
            description.split(". ").next().unwrap_or_default().trim_end_matches('.').replace('|', "\\|")
        };
        all.iter().map(|(property, about)| (format!("{name}.{property}"), summary(about))).collect::<Vec<_>>()
    };
    let kinds = KINDS.iter().flat_map(|(name, pointer, _)| list(name, pointer));
    // A child has all properties of its layer kind; only the additional ones are listed.
    let shape: Map<_, _> = schema["$defs"]["Layer"]["oneOf"][3]["properties"].as_object().expect("shapes").clone();
    let own = |name: &str| name.strip_prefix("child.").is_none_or(|name| !shape.contains_key(name));
    let kinds = kinds.filter(|(name, _)| own(name));
    let parts = PARTS.iter().flat_map(|(part, name)| list(name, &format!("/$defs/{part}")));
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
    let kinds: Vec<&str> = schema["$defs"]["Layer"]["oneOf"]
        .as_array()
        .expect("kinds")
        .iter()
        .filter_map(|kind| kind["properties"]["type"]["const"].as_str())
        .collect();
    assert_eq!(
        kinds,
        ["image", "text", "code", "shape", "barcode", "row", "column"],
        "a new kind of layer needs pictures"
    );
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

    let mut failures = Vec::new();
    for (name, values) in &values {
        let (kind, _) = name.split_once('.').expect("a kind and a name");
        let (.., size) = KINDS.iter().find(|(known, ..)| *known == kind).expect("a kind");
        let png = draw(name, &layout(kind, *size, values));
        assert!(png.len() as u64 <= MAX_BYTES, "{name}: {} bytes", png.len());
        failures.extend(compare(&picture(name), &png).err());
    }
    assert!(failures.is_empty(), "\n{}\nTo accept the new pictures: HAIBAO_GOLDEN=accept", failures.join("\n"));

    let mut text = "# Properties\n\nEvery property of layout.json with a small picture; [templates](templates.md) has the \
        meaning, range and default of each.\nA `column` has the properties of a `row`; a child of either has those of its layer kind and the ones below.\n"
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
