//! Pictures of properties: a layer with each example value, side by side.

use std::{collections::BTreeMap, sync::OnceLock};

use bytes::Bytes;
use haibao_core::{
    artwork::svg,
    code::{CodeNeed, Opens, qr},
    encode::Format,
};
use serde_json::{Value, json};

use super::kinds::Kind;
use crate::{images::photo, kit};

/// Gap between boxes, px.
const GAP: u32 = 8;

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
pub fn layout(kind: &Kind, values: &Value) -> Value {
    let values = values.as_array().expect("a list of values");
    let Kind { name: kind, size: [width, height], base } = kind;
    let layer = |(at, values): (usize, &Value)| {
        let mut layer = base.clone();
        layer["box"] = json!([GAP + at as u32 * (width + GAP), GAP, width, height]);
        match *kind {
            "canvas" | "code target" => {}
            "span" => merge(&mut layer["spans"][1], values),
            "child" => merge(&mut layer["children"][1], values),
            _ => merge(&mut layer, values),
        }
        layer
    };
    let layers: Vec<Value> = values.iter().enumerate().map(layer).collect();
    let count = values.len() as u32;
    let mut canvas =
        json!({ "width": GAP + count * (width + GAP), "height": height + 2 * GAP, "background": "#f4f1ea" });
    let mut target = json!({ "page": "pages/a", "scene": "id=7" });
    match *kind {
        "canvas" => merge(&mut canvas, &values[0]),
        "code target" => target = values[0].clone(),
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

/// Draws a layout to PNG.
pub fn draw(name: &str, layout: &Value) -> Vec<u8> {
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
    let [logo, code] = pictures();
    let files = [
        ("layout.json", text.into()),
        ("artwork.svg", svg.into()),
        ("assets/photo.png", photo()),
        ("assets/logo.png", logo),
        ("assets/broken.png", photo().slice(..200)),
        ("assets/code.png", code),
    ];
    let files = files.map(|(name, bytes)| (name.to_owned(), bytes));
    let plan = kit::plan(&kit::compile(name, BTreeMap::from(files)), json!({}), 1.0);
    let rendered = kit::renderer().render(&plan, &kit::gather(&plan), Format::Png);
    rendered.unwrap_or_else(|e| panic!("{name}: {e} {:#?}", e.all_findings())).bytes.to_vec()
}

/// A logo of 96 px and a QR code. Drawn once.
fn pictures() -> [Bytes; 2] {
    static DRAWN: OnceLock<[Bytes; 2]> = OnceLock::new();
    let draw = || {
        let need = CodeNeed { width: 300, ..CodeNeed::new("", Opens::Qr { text: String::new() }) };
        let code = qr::draw(&need, "https://example.com/given").expect("a code");
        let logo = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"96\" height=\"96\"><rect width=\"96\" height=\"96\" fill=\"#c33\"/><circle cx=\"48\" cy=\"48\" r=\"26\" fill=\"#fff\"/></svg>";
        [raster(logo).into(), code.into()]
    };
    DRAWN.get_or_init(draw).clone()
}

/// Renders an SVG of 96 px to PNG.
fn raster(svg: &str) -> Vec<u8> {
    let tree = svg::parse(svg, &BTreeMap::new(), &kit::fonts()).expect("SVG");
    let mut pixmap = resvg::tiny_skia::Pixmap::new(96, 96).expect("a size");
    resvg::render(&tree, resvg::tiny_skia::Transform::identity(), &mut pixmap.as_mut());
    pixmap.encode_png().expect("encodes")
}
