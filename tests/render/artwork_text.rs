//! Text of artwork: set by the engine of text layers, and drawn as browsers draw it.

mod limits;
mod pictures;

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use haibao_core::{artwork::svg, encode::Format, error::Finding, template::Template};
use image::RgbImage;
use resvg::usvg::{Group, Node, Tree};
use serde_json::{Value, json};

use crate::kit;

/// Artwork with this content, on white.
fn artwork([width, height]: [u32; 2], body: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n{body}\n</svg>"
    )
}

fn template(size: [u32; 2], body: &str, params: Value, layers: Value) -> Arc<Template> {
    let layout = json!({ "title": "t", "canvas": { "width": size[0], "height": size[1] }, "artwork": "artwork.svg",
        "params": params, "layers": layers });
    let usual = json!({ "name": "小满" });
    let mut files = BTreeMap::from([
        ("layout.json".to_owned(), Bytes::from(layout.to_string())),
        ("artwork.svg".to_owned(), Bytes::from(artwork(size, body))),
    ]);
    if body.contains("{{") {
        files.insert("samples/usual.json".to_owned(), Bytes::from(usual.to_string()));
    }
    kit::compile("t", files)
}

fn fixed(size: [u32; 2], body: &str) -> Arc<Template> {
    template(size, body, json!({ "type": "object", "properties": {} }), json!([]))
}

fn tree(body: &str) -> Tree {
    svg::parse(&artwork([400, 200], body), &BTreeMap::new(), &kit::fonts()).expect("SVG")
}

/// Numbers of paths that are painted, of pictures, and of texts that usvg laid out.
fn count(group: &Group) -> [usize; 3] {
    let each = group.children().iter().map(|node| match node {
        Node::Group(inner) => count(inner),
        Node::Path(path) => [usize::from(path.is_visible()), 0, 0],
        Node::Image(_) => [0, 1, 0],
        Node::Text(_) => [0, 0, 1],
    });
    each.fold([0; 3], |sum, one| [sum[0] + one[0], sum[1] + one[1], sum[2] + one[2]])
}

/// Paths and pictures of a text with this content.
fn drawn(content: &str) -> [usize; 2] {
    let [paths, pictures, texts] = count(tree(&format!("<text y=\"50\">{content}</text>")).root());
    assert_eq!(texts, 0, "{content}");
    // The first path is the background.
    [paths - 1, pictures]
}

fn draw(template: &Arc<Template>, params: Value) -> (RgbImage, Vec<Finding>) {
    let plan = kit::plan(template, params, 1.0);
    let rendered = kit::renderer().render(&plan, &kit::gather(&plan), Format::Png).expect("renders");
    (image::load_from_memory(&rendered.bytes).expect("a picture").into_rgb8(), rendered.findings)
}

/// Left, top, right and bottom edges of what is not white.
fn ink(picture: &RgbImage) -> [u32; 4] {
    let dark = picture.enumerate_pixels().filter(|(.., pixel)| pixel.0.iter().any(|channel| *channel < 128));
    dark.fold([u32::MAX, u32::MAX, 0, 0], |[x0, y0, x1, y1], (x, y, _)| [x0.min(x), y0.min(y), x1.max(x), y1.max(y)])
}

/// Edges of the ink of a text element.
fn ink_of(attributes: &str, content: &str) -> [u32; 4] {
    let body = format!("<text font-size=\"40\" {attributes}>{content}</text>");
    let (picture, findings) = draw(&fixed([400, 200], &body), json!({}));
    assert_eq!(findings, [], "{body}");
    ink(&picture)
}

fn assert_near(got: [u32; 4], expected: [u32; 4], what: &str) {
    let is_near = got.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 1);
    assert!(is_near, "{what}: {got:?}, expected {expected:?}");
}

#[test]
fn an_emoji_of_several_code_points_is_one_picture() {
    for emoji in ["👨‍👩‍👧‍👦", "🇨🇳", "1️⃣", "❤️", "👍🏽", "🏳️‍🌈", "☎️", "⚽", "🈚"]
    {
        assert_eq!(drawn(emoji), [0, 1], "{emoji}");
        assert_eq!(drawn(&format!("第{emoji}12")), [1, 1], "{emoji}");
    }
    assert_eq!(drawn("☎︎ ▶ ©"), [1, 0], "text presentation");
    assert_eq!(drawn("😀12🎉88"), [1, 2], "digits after emoji are letters");
    // A position within an emoji does not tear it.
    let [_, pictures, _] = count(tree("<text y=\"50\" x=\"0 10 20 30 40 50 60\">👨‍👩‍👧‍👦</text>").root());
    assert_eq!(pictures, 1);
}

#[test]
fn letters_stand_where_those_of_a_text_layer_do() {
    // The baseline of a text layer: half-leading, then the ascent of the font.
    for text in ["《书名》（说）：「引」", "第12届 Hangzhou", "a😀12", "مرحبا", "₹99 𝓗", "12,800.00"]
    {
        let layer =
            json!({ "type": "text", "box": [20, 40, 380, 100], "text": text, "font_size": 40, "line_height": 58 });
        let plan = kit::plan_of([400, 200], json!([layer]), 1.0);
        let rendered = kit::renderer().render(&plan, &kit::gather(&plan), Format::Png).expect("renders");
        let of_layer = ink(&image::load_from_memory(&rendered.bytes).expect("a picture").into_rgb8());
        // The blank half of an opening bracket hangs outside of the layer's box, as in a paragraph.
        let x = if text.starts_with('《') { 0 } else { 20 };
        assert_near(ink_of(&format!("x=\"{x}\" y=\"86.5\""), text), of_layer, text);
    }
}

#[test]
fn positions_are_those_of_browsers() {
    let one = |attributes: &str| ink_of(attributes, "一");
    let origin = one("x=\"100\" y=\"100\"");
    for (attributes, x, y) in [
        ("x=\"100\" y=\"100\" dx=\"10\" dy=\"20\"", 10, 20),
        ("x=\"25%\" y=\"50%\"", 0, 0),
        ("x=\"2.5em\" y=\"1in\" dy=\"4\"", 0, 0),
        ("x=\"140\" y=\"100\" text-anchor=\"end\"", 0, 0),
        ("x=\"120\" y=\"100\" text-anchor=\"middle\"", 0, 0),
        // Letter spacing follows the letter, so it counts when the text is aligned.
        ("x=\"120\" y=\"100\" text-anchor=\"middle\" letter-spacing=\"20\"", -10, 0),
        ("x=\"100\" y=\"100\" transform=\"translate(7 9)\"", 7, 9),
        ("x=\"140\" y=\"100\" direction=\"rtl\"", 0, 0),
        ("x=\"100\" y=\"100\" baseline-shift=\"-8\"", 0, 8),
        // 0.288 em below the baseline.
        ("x=\"100\" y=\"112\" dominant-baseline=\"text-after-edge\"", 0, 0),
        ("x=\"100\" y=\"100\" dominant-baseline=\"central\"", 0, 17),
    ] {
        let mut expected = origin;
        for (edge, by) in expected.iter_mut().zip([x, y, x, y]) {
            *edge = edge.saturating_add_signed(by);
        }
        assert_near(one(attributes), expected, attributes);
    }
}

#[test]
fn characters_have_positions_of_their_own() {
    let row = |xs: &[u32]| {
        let spans = xs.iter().map(|x| format!("<tspan x=\"{x}\">一</tspan>")).collect::<String>();
        let body = format!("<text font-size=\"40\" y=\"100\">{spans}</text>");
        draw(&fixed([400, 200], &body), json!({})).0
    };
    for (attributes, content, xs) in [
        ("x=\"20 100 300\" y=\"100\"", "一一一", &[20, 100, 300][..]),
        ("x=\"20\" y=\"100\" dx=\"0 40\"", "一一", &[20, 100]),
        ("x=\"20\" y=\"100\" letter-spacing=\"40\"", "一一", &[20, 100]),
        ("x=\"20\" y=\"100\"", "<tspan>一</tspan><tspan dx=\"40\">一</tspan>", &[20, 100]),
        ("x=\"20\" y=\"100\" textLength=\"120\"", "一一", &[20, 100]),
        ("x=\"140\" y=\"100\" textLength=\"120\" text-anchor=\"end\"", "一一", &[20, 100]),
        ("x=\"20\" y=\"100\"", "一<tspan textLength=\"120\">一一</tspan>", &[20, 60, 140]),
        ("y=\"100\"", "<tspan x=\"1 2 3\"><tspan x=\"20\">一</tspan>一</tspan>", &[20, 2]),
        ("x=\"20\" y=\"100\"", "一<tspan display=\"none\">一</tspan><tspan dx=\"40\">一</tspan>", &[20, 100]),
        ("x=\"20\" y=\"100\" visibility=\"hidden\"", "一<tspan visibility=\"visible\">一</tspan>", &[60]),
    ] {
        let body = format!("<text font-size=\"40\" {attributes}>{content}</text>");
        let (picture, findings) = draw(&fixed([400, 200], &body), json!({}));
        assert_eq!(findings, [], "{body}");
        let worst = picture.as_raw().iter().zip(row(xs).as_raw()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(worst < Some(40), "{body}: {worst:?}");
    }
}

#[test]
fn a_ligature_is_stretched_as_one_letter() {
    let [left, _, right, _] = ink_of("x=\"20\" y=\"100\" textLength=\"200\"", "一ffi");
    assert!(left < 25 && (212..=220).contains(&right), "{left} to {right}");
}

#[test]
fn white_space_collapses() {
    let width = |content: &str, attributes: &str| {
        let [left, _, right, _] = ink_of(&format!("x=\"20\" y=\"100\" {attributes}"), content);
        [left, right]
    };
    let one = width("| |", "");
    for content in ["  |  |  ", "|\n\t|", "| <tspan> </tspan>|", "<tspan> | </tspan> |\n"] {
        assert_eq!(width(content, ""), one, "{content:?}");
    }
    let kept = width("|\u{a0}\u{a0}|", "");
    for preserve in ["xml:space=\"preserve\"", "style=\"white-space:pre\""] {
        assert_eq!(width("|\n |", preserve), kept, "{preserve}");
    }
}

#[test]
fn the_box_of_a_text_is_that_of_its_lines() {
    // Ascent and descent of Noto Sans SC are 1.16 and 0.288 em.
    let node = |body: &str| tree(body).node_by_id("t").expect("a text").abs_bounding_box();
    let near = |got: resvg::tiny_skia::Rect, [x, y, width, height]: [f32; 4]| {
        let got = [got.x(), got.y(), got.width(), got.height()];
        assert!(got.iter().zip([x, y, width, height]).all(|(a, b)| (a - b).abs() < 0.1), "{got:?}");
    };
    near(node("<text id=\"t\" x=\"10\" y=\"100\" font-size=\"50\">一二</text>"), [10.0, 42.0, 100.0, 72.4]);
    near(node("<text id=\"t\" x=\"10\" y=\"100\" font-size=\"50\">一😀</text>"), [10.0, 42.0, 112.4, 72.4]);
    let column = "<text id=\"t\" x=\"100\" y=\"10\" font-size=\"50\" writing-mode=\"vertical-rl\">一二</text>";
    near(node(column), [63.8, 10.0, 72.4, 100.0]);
}

#[test]
fn a_layer_takes_the_place_of_a_text() {
    let layers = json!([{ "type": "shape", "at": "#t", "background": "#e60012" }]);
    let body = "<text id=\"t\" x=\"10\" y=\"100\" font-size=\"50\">一二</text>";
    let params = json!({ "type": "object", "properties": {} });
    let (picture, _) = draw(&template([400, 200], body, params, layers), json!({}));
    let red: Vec<(u32, u32)> =
        picture.enumerate_pixels().filter(|(.., p)| p.0 == [0xe6, 0, 0x12]).map(|(x, y, _)| (x, y)).collect();
    assert_eq!((red.first(), red.last()), (Some(&(10, 42)), Some(&(109, 113))));
}
