//! Golden pictures of rows, columns, repeated layers and growing canvases.

use std::{collections::BTreeMap, sync::Arc};

use haibao_core::{
    encode::Format,
    render::{Config, Rendered, Renderer},
    template::Template,
};
use serde_json::{Value, json};

use crate::{golden::assert_same, kit};

const ARTWORK: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" width="360" height="300" viewBox="0 0 360 300">
  <rect width="360" height="300" fill="#fdf3e4"/><circle cx="320" cy="20" r="60" fill="#f2d7a6"/>
  <rect id="points" x="20" y="60" width="320" height="80" fill="none"/>
  <rect y="290" width="360" height="10" fill="#b5651d"/></svg>"##;

fn template(layout: &Value) -> Arc<Template> {
    let mut files = BTreeMap::from([("layout.json".to_owned(), layout.to_string().into_bytes().into())]);
    if layout.get("artwork").is_some() {
        files.insert("artwork.svg".to_owned(), ARTWORK.into());
    }
    files.insert("a.png".to_owned(), picture().into());
    kit::compile("flow", files)
}

/// A picture with a gradient.
fn picture() -> Vec<u8> {
    let picture = image::RgbImage::from_fn(64, 64, |x, y| image::Rgb([220, 120 + x as u8, 60 + y as u8]));
    let mut bytes = Vec::new();
    picture.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png).expect("a PNG");
    bytes
}

fn draw(layout: &Value, params: Value) -> Rendered {
    let plan = kit::plan(&template(layout), params, 1.0);
    let renderer = Renderer::new(kit::fonts(), Config::default());
    renderer.render(&plan, &kit::gather(&plan), Format::Png).unwrap_or_else(|e| panic!("{e} {:#?}", e.all_findings()))
}

fn golden(name: &str, rendered: &Rendered) {
    assert!(rendered.bytes.len() <= 20 * 1024, "{name} has {} bytes", rendered.bytes.len());
    assert_same(&format!("flow/{name}"), &rendered.bytes);
}

fn layers(name: &str, [width, height]: [u32; 2], layers: Value) {
    let layout = json!({ "title": "t", "canvas": { "width": width, "height": height }, "layers": layers });
    let rendered = draw(&layout, json!({}));
    assert_eq!(rendered.findings, Vec::new(), "{name}");
    golden(name, &rendered);
}

/// Blocks of different sizes.
fn blocks() -> Value {
    json!([
        { "type": "shape", "width": 40, "height": 20, "background": "#e4393c" },
        { "type": "shape", "width": 60, "height": 34, "background": "#f2a33c" },
        { "type": "shape", "width": 30, "height": 12, "background": "#3c7be4" }
    ])
}

/// A text on a rounded background.
fn tag(text: &str) -> Value {
    json!({ "type": "row", "padding": [3, 10], "background": "#fdeceb", "border_radius": 6,
        "border": { "width": 1, "color": "#e4393c" },
        "children": [{ "type": "text", "text": text, "font_size": 16, "color": "#e4393c", "max_lines": 1 }] })
}

#[test]
fn prices_and_a_tag_share_a_baseline() {
    let row = |top: u32, price: &str, original: &str| {
        json!({ "type": "row", "box": [16, top, 368, 64], "gap": 12, "align_items": "baseline", "children": [
            { "type": "text", "text": price, "font_size": 46, "font_weight": 700, "color": "#e4393c", "max_lines": 1, "shrink": 0 },
            { "type": "text", "when": original, "text": original, "font_size": 22, "color": "#999", "max_lines": 1,
              "text_decoration": "line-through" },
            tag("限时直降") ] })
    };
    layers("price", [400, 152], json!([row(8, "¥39.90", "¥129"), row(80, "¥9", "")]));
}

#[test]
fn justify_content_positions_children() {
    let rows: Vec<Value> = ["start", "center", "end", "space-between", "space-around"]
        .iter()
        .enumerate()
        .map(|(index, justify)| {
            json!({ "type": "row", "box": [10, 10 + index * 54, 280, 44], "padding": 5, "gap": 8, "background": "#eee",
                "justify_content": justify, "align_items": "center", "children": blocks() })
        })
        .collect();
    layers("justify-content", [300, 280], rows.into());
}

#[test]
fn align_items_positions_children() {
    let texts = json!([
        { "type": "text", "text": "价格", "font_size": 14, "color": "#333" },
        { "type": "text", "text": "39", "font_size": 34, "color": "#e4393c" },
        { "type": "shape", "width": 20, "background": "#3c7be4" },
        { "type": "shape", "width": 20, "height": 20, "background": "#f2a33c", "align_self": "end" }
    ]);
    let rows: Vec<Value> = ["start", "center", "end", "stretch", "baseline"]
        .iter()
        .enumerate()
        .map(|(index, align)| {
            json!({ "type": "row", "box": [10, 10 + index * 74, 180, 64], "gap": 8, "background": "#eee",
                "align_items": align, "children": texts })
        })
        .collect();
    layers("align-items", [200, 380], rows.into());
}

#[test]
fn intrinsic_sizes_of_texts() {
    let backdrop = |child: Value| json!({ "type": "row", "padding": 4, "background": "#fdeceb", "children": [child] });
    let text = |more: Value| {
        let mut text = json!({ "type": "text", "font_size": 20, "line_height": 26, "color": "#b3261e" });
        text.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        text
    };
    let spaced = text(json!({ "text": "限时直降", "letter_spacing": 8, "max_lines": 1 }));
    let close = text(json!({ "text": "Weekend", "letter_spacing": -1, "max_lines": 1 }));
    let column = text(json!({ "text": "月圆人圆，万事皆圆", "writing_mode": "vertical-rl" }));
    let shrunk =
        text(json!({ "text": "到店自取第二杯半价", "text_overflow": "shrink", "min_font_size": 10, "max_lines": 1 }));
    let single = json!({ "type": "row", "box": [190, 96, 120, 64], "wrap": true, "align_items": "center",
        "background": "#eee", "children": [text(json!({ "text": "居中" }))] });
    layers(
        "texts",
        [320, 170],
        json!([
            { "type": "row", "box": [10, 10, 300, 40], "gap": 10, "align_items": "start",
                "children": [backdrop(spaced), backdrop(close)] },
            { "type": "row", "box": [10, 50, 60, 110], "align_items": "start", "children": [column] },
            { "type": "row", "box": [80, 60, 100, 40], "align_items": "start", "children": [backdrop(shrunk)] },
            single
        ]),
    );
}

#[test]
fn overflowing_children_wrap() {
    let words = ["现磨咖啡", "会员日", "第二杯半价", "可外带", "周一至周五", "到店自取", "限量"];
    let tags: Vec<Value> = words.iter().map(|word| tag(word)).collect();
    layers(
        "wrap",
        [300, 130],
        json!([{ "type": "row", "box": [10, 10, 280, "auto"], "padding": 8, "gap": 8, "wrap": true,
            "background": "#fff8ee", "border_radius": 10, "children": tags }]),
    );
}

#[test]
fn grow_and_shrink_share_the_space() {
    let bar = |grow: u32, color: &str| json!({ "type": "shape", "height": 20, "width": 20, "grow": grow, "background": color });
    let layout = json!({ "title": "t", "canvas": { "width": 320, "height": 116 }, "layers": [

            { "type": "row", "box": [10, 10, 300, 20], "gap": 4,
              "children": [bar(0, "#e4393c"), bar(1, "#f2a33c"), bar(3, "#3c7be4")] },
            { "type": "row", "box": [10, 40, 300, 20], "gap": 4, "children": [
              { "type": "shape", "width": "25%", "background": "#e4393c" },
              { "type": "shape", "width": "50%", "background": "#f2a33c", "margin": [0, 20] } ] },
            { "type": "row", "box": [10, 70, 300, 36], "gap": 8, "align_items": "center", "background": "#eee", "children": [
              { "type": "text", "text": "手冲咖啡套装送礼自用两相宜限时包邮", "font_size": 20, "max_lines": 1 },
              { "type": "text", "text": "¥39", "font_size": 24, "color": "#e4393c", "shrink": 0 } ] } ] });
    let rendered = draw(&layout, json!({}));
    let codes: Vec<_> = rendered.findings.iter().map(|finding| (finding.code, finding.pointer.as_deref())).collect();
    assert_eq!(codes, [("text_truncated", Some("/layers/2/children/0/text"))]);
    golden("grow-shrink", &rendered);
}

#[test]
fn images_and_columns_nest() {
    layers(
        "nested",
        [360, 130],
        json!([{ "type": "row", "box": [12, 12, 336, 106], "padding": 14, "gap": 14, "align_items": "center",
            "background": "#fff", "border_radius": 14, "box_shadow": { "y": 4, "blur": 12, "color": "#00000033" },
            "children": [
                { "type": "image", "src": "a.png", "width": 72, "aspect_ratio": 1, "border_radius": "50%" },
                { "type": "column", "gap": 6, "grow": 1, "children": [
                    { "type": "row", "gap": 8, "align_items": "center", "children": [
                        { "type": "text", "text": "林小满", "font_size": 22, "font_weight": 700, "shrink": 0 }, tag("店主") ] },
                    { "type": "text", "text": "邀请你来店里喝一杯云南咖啡", "font_size": 16, "color": "#777", "max_lines": 2 } ] },
                { "type": "row", "margin": [0, 0, 0, -6], "children": [
                    { "type": "image", "src": "a.png", "width": 36, "height": 36, "border_radius": "50%", "border": { "width": 2, "color": "#fff" } },
                    { "type": "image", "src": "a.png", "width": 36, "height": 36, "margin": [0, 0, 0, -14], "border_radius": "50%", "border": { "width": 2, "color": "#fff" } } ] }
            ] }]),
    );
}

/// A layout with a column of selling points from a list, in the slot of an element. The canvas grows with the list.
fn points() -> Value {
    json!({
        "title": "t",
        "canvas": { "width": 360, "height": "auto", "min_height": 160, "max_height": 420, "padding_bottom": 24, "background": "#fff" },
        "artwork": "artwork.svg",
        "params": { "type": "object", "properties": {
            "points": { "type": "array", "maxItems": 8, "items": { "type": "object", "required": ["name"], "properties": {
                "name": { "type": "string" }, "new": { "type": "boolean" } } } } } },
        "layers": [
            { "type": "text", "box": [20, 14, 260, 40], "text": "三个理由", "font_size": 26, "font_weight": 700 },
            { "type": "column", "at": "#points", "gap": 12, "children": [
                { "type": "row", "repeat": "points", "as": "point", "gap": 10, "align_items": "baseline", "children": [
                    { "type": "text", "text": "{{#eq index 0}}①{{/eq}}{{#eq index 1}}②{{/eq}}{{#gt index 1}}★{{/gt}}", "font_size": 18, "color": "#b5651d", "shrink": 0 },
                    { "type": "text", "text": "{{point.name}}", "font_size": 18, "line_height": 26, "color": "#5b4a36" },
                    { "type": "text", "when": "{{#if point.new}}yes{{/if}}", "text": "新", "font_size": 14, "color": "#e4393c", "shrink": 0 } ] } ] },
            { "type": "column", "box": [20, 150, 320, "auto"], "children": [
                { "type": "shape", "height": 1, "background": "#d9c3a0" } ] }
        ]
    })
}

#[test]
fn a_list_becomes_a_column_and_a_short_canvas() {
    let params = json!({ "points": [{ "name": "当日现烘", "new": true }, { "name": "两件包邮" }] });
    let rendered = draw(&points(), params);
    assert_eq!((rendered.height, &rendered.findings), (175, &Vec::new()));
    golden("repeat-short", &rendered);
}

#[test]
fn a_long_list_grows_the_canvas_below_the_artwork() {
    let mut layout = points();
    layout["layers"][1]["at"].take();
    layout["layers"][1] = json!({ "type": "column", "box": [20, 60, 320, "auto"], "gap": 12,
        "children": layout["layers"][1]["children"] });
    let long = "每包都在下单当天烘焙，装袋前称重两次";
    let params = json!({ "points": [{ "name": "当日现烘", "new": true }, { "name": long }, { "name": "两件包邮" }] });
    layout["layers"].as_array_mut().expect("layers").truncate(2);
    let rendered = draw(&layout, params);
    assert_eq!(rendered.findings, Vec::new());
    assert!(rendered.height > 180, "{}", rendered.height);
    golden("repeat-long", &rendered);
}

#[test]
fn a_canvas_may_end_above_or_below_the_artwork() {
    let mut layout = points();
    let mut pixels = |bottom: u32| {
        layout["layers"][2]["box"] = json!([20, bottom - 25, 320, "auto"]);
        let rendered = draw(&layout, json!({}));
        let picture = image::load_from_memory(&rendered.bytes).expect("a PNG").into_rgb8();
        assert_eq!(picture.height(), bottom);
        (
            picture.get_pixel(300, bottom - 1).0,
            picture.get_pixel(340, 20).0,
            picture.get_pixel(5, 280.min(bottom - 1)).0,
        )
    };
    let (circle, backdrop, bar, white) = ([0xf2, 0xd7, 0xa6], [0xfd, 0xf3, 0xe4], [0xb5, 0x65, 0x1d], [255; 3]);
    assert_eq!(pixels(200), (backdrop, circle, backdrop), "cropped");
    assert_eq!(pixels(300), (bar, circle, backdrop), "all of it");
    assert_eq!(pixels(400), (white, circle, backdrop), "background below the artwork");
}

#[test]
fn an_empty_list_gives_the_minimum_height() {
    let rendered = draw(&points(), json!({}));
    assert_eq!((rendered.height, rendered.findings), (175, Vec::new()), "the line at 150 px is the lowest layer");
    let mut layout = points();
    layout["layers"].as_array_mut().expect("layers").truncate(2);
    assert_eq!(draw(&layout, json!({})).height, 164, "the slot ends at 140 px");
    layout["layers"].as_array_mut().expect("layers").truncate(1);
    assert_eq!(draw(&layout, json!({})).height, 160, "min_height");
}

#[test]
fn a_canvas_that_cannot_grow_is_reported() {
    let mut layout = points();
    layout["layers"][2]["box"] = json!([20, 900, 320, "auto"]);
    let rendered = draw(&layout, json!({}));
    assert_eq!(rendered.height, 420);
    let codes: Vec<_> = rendered.findings.iter().map(|finding| (finding.code, finding.pointer.as_deref())).collect();
    assert_eq!(codes, [("canvas_overflow", Some("/canvas/max_height"))]);
}
