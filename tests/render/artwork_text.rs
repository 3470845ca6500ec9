//! Text of artwork: set by the engine of text layers, and drawn as browsers draw it.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use haibao_core::{artwork::svg, encode::Format, error::Finding, render, template::Template};
use image::RgbImage;
use proptest::prelude::*;
use resvg::usvg::{Group, Node, Tree};
use serde_json::{Value, json};

use crate::{golden::compare, kit};

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

#[test]
fn missing_glyphs_are_reported_where_they_stand() {
    let body = "<g><text y=\"50\">好</text>\n<text y=\"90\">第\u{10fffd}行\u{10fffe}</text></g>";
    let template = fixed([400, 200], body);
    let [finding] = template.warnings() else { panic!("{:?}", template.warnings()) };
    let place = finding.place.as_ref().expect("a place");
    assert_eq!((finding.code, &*place.file, place.line, place.column), ("glyph_missing", "artwork.svg", 4, 15));
    assert!(finding.message.contains("U+10FFFD") && finding.message.contains("U+10FFFE"), "{}", finding.message);
}

#[test]
fn missing_glyphs_of_parameters_are_reported_with_the_poster() {
    let params = json!({ "type": "object", "properties": { "name": { "type": "string" } } });
    let template = template([400, 200], "<text y=\"90\">{{name}}</text>", params, json!([]));
    assert_eq!(template.warnings(), []);
    assert_eq!(draw(&template, json!({ "name": "小满😀" })).1, []);
    let (_, findings) = draw(&template, json!({ "name": "a\u{10fffd}" }));
    let [finding] = &findings[..] else { panic!("{findings:?}") };
    let place = finding.place.as_ref().expect("a place");
    assert_eq!((finding.code, place.line, place.column), ("glyph_missing", 3, 15));
}

#[test]
fn what_is_left_to_usvg_is_told() {
    for (body, reason) in [
        ("<defs><text id=\"a\" y=\"50\">a</text></defs><use href=\"#a\" font-size=\"40\"/>", "another font-size"),
        ("<text y=\"50\" unicode-bidi=\"bidi-override\">a</text>", "order of its letters"),
        (
            "<path id=\"p\" d=\"M0 9h99\"/><text writing-mode=\"tb\"><textPath href=\"#p\">a</textPath></text>",
            "along a path in a vertical writing mode",
        ),
    ] {
        let template = fixed([400, 200], body);
        let [finding] = template.warnings() else { panic!("{body}: {:?}", template.warnings()) };
        assert_eq!((finding.code, finding.place.as_ref().map(|place| place.line)), ("artwork_text", Some(3)), "{body}");
        assert!(finding.message.contains(reason), "{}", finding.message);
        assert_eq!(count(tree(body).root())[2], 1, "{body}");
    }
    let same = "<g font-size=\"40\"><text id=\"a\" y=\"50\">a</text><use href=\"#a\" y=\"50\"/></g>";
    assert_eq!(fixed([400, 200], same).warnings(), []);
}

fn golden(name: &str, size: [u32; 2], body: &str) {
    let template = fixed(size, body);
    assert_eq!(template.warnings(), [], "{name}");
    let plan = kit::plan(&template, json!({}), 1.0);
    let rendered = kit::renderer().render(&plan, &kit::gather(&plan), Format::Png).expect("renders");
    compare(&format!("artwork-text/{name}"), &rendered.bytes)
        .unwrap_or_else(|e| panic!("{e}; to accept: HAIBAO_GOLDEN=accept"));
}

#[test]
fn emoji_and_spacing() {
    golden(
        "emoji-spacing",
        [420, 250],
        "<g font-size=\"26\"><text x=\"10\" y=\"36\">一家👨‍👩‍👧‍👦🇨🇳1️⃣ ❤️▶️⚽12 👍🏽 ☎︎</text>\
         <text x=\"10\" y=\"80\" letter-spacing=\"6\">字间距 letter 😀a</text>\
         <text x=\"10\" y=\"120\" word-spacing=\"20\">word spacing 中 文</text>\
         <text x=\"10\" y=\"160\" textLength=\"400\">文字拉伸 length</text>\
         <text x=\"10\" y=\"200\" textLength=\"400\" lengthAdjust=\"spacingAndGlyphs\">字形拉伸 glyphs 😀</text>\
         <text x=\"10\" y=\"238\" rotate=\"0 15 30 45 -20\" fill=\"#e60012\">旋转字符abc😀</text></g>",
    );
}

#[test]
fn spans_and_baselines() {
    golden(
        "spans-baselines",
        [420, 220],
        "<path d=\"M0 40H420\" stroke=\"#f99\"/><g font-size=\"24\">\
         <text x=\"10\" y=\"40\">国g</text><text x=\"70\" y=\"40\" dominant-baseline=\"middle\">国g</text>\
         <text x=\"130\" y=\"40\" dominant-baseline=\"central\">国g</text>\
         <text x=\"190\" y=\"40\" dominant-baseline=\"hanging\">国g</text>\
         <text x=\"250\" y=\"40\" dominant-baseline=\"text-before-edge\">国g</text>\
         <text x=\"310\" y=\"40\" dominant-baseline=\"text-after-edge\">国g</text>\
         <text x=\"370\" y=\"40\" dominant-baseline=\"mathematical\">国g</text>\
         <text x=\"10\" y=\"110\">H<tspan baseline-shift=\"sub\" font-size=\"14\">2</tspan>O x<tspan baseline-shift=\"super\" font-size=\"14\">2</tspan> \
         <tspan font-weight=\"700\">粗</tspan><tspan font-style=\"italic\">斜 italic</tspan> <tspan style=\"font-variant:small-caps\">Small</tspan></text>\
         <text x=\"10\" y=\"150\" text-decoration=\"underline\">下划线 gypq <tspan fill=\"#e60012\" text-decoration=\"line-through\">¥199</tspan></text>\
         <text x=\"300\" y=\"150\" text-decoration=\"overline\">上划线</text>\
         <text x=\"10\" y=\"200\">前<tspan dy=\"-10\" fill=\"#e60012\">上</tspan><tspan dy=\"20\" fill=\"#06f\">下</tspan><tspan dy=\"-10\">平</tspan> 《书名》（说明）：「引」。</text></g>",
    );
}

#[test]
fn columns_and_paths() {
    golden(
        "columns-paths",
        [420, 300],
        "<g font-size=\"24\" fill=\"#333\"><text x=\"30\" y=\"10\" writing-mode=\"vertical-rl\">竖排，「引号」12月Text😀</text>\
         <text x=\"80\" y=\"140\" style=\"writing-mode:vertical-rl;text-anchor:middle\" letter-spacing=\"4\">居中竖排</text>\
         <path id=\"arc\" d=\"M120 150A140 120 0 0 1 400 150\" fill=\"none\" stroke=\"#ccc\"/>\
         <path id=\"wave\" d=\"M120 240Q190 180 260 240T400 240\" fill=\"none\" stroke=\"#ccc\"/>\
         <text text-anchor=\"middle\"><textPath href=\"#arc\" startOffset=\"50%\">沿着弧线的文字 Arc 😀</textPath></text>\
         <text fill=\"#e60012\"><textPath href=\"#wave\" startOffset=\"10\">波浪 wave <tspan dy=\"-8\">上移</tspan></textPath></text></g>",
    );
}

#[test]
fn paints_and_effects() {
    golden(
        "paints-effects",
        [420, 260],
        "<defs><linearGradient id=\"g\"><stop stop-color=\"red\"/><stop offset=\"1\" stop-color=\"blue\"/></linearGradient>\
         <pattern id=\"p\" width=\".05\" height=\".2\"><rect width=\"6\" height=\"8\" fill=\"green\"/></pattern>\
         <clipPath id=\"c\"><text x=\"10\" y=\"190\" font-size=\"48\" font-weight=\"700\">裁剪<tspan dx=\"8\">字</tspan></text></clipPath>\
         <mask id=\"m\"><text x=\"220\" y=\"190\" font-size=\"48\" fill=\"#fff\">蒙版😀</text></mask>\
         <filter id=\"s\"><feDropShadow dx=\"3\" dy=\"3\" stdDeviation=\"2\" flood-color=\"#00f\"/></filter></defs>\
         <g font-size=\"44\" font-weight=\"700\"><text x=\"10\" y=\"50\" fill=\"url(#g)\">渐变<tspan fill=\"url(#p)\" stroke=\"#000\">图案</tspan>文字😀</text>\
         <text x=\"10\" y=\"115\" fill=\"#fff\" stroke=\"#e60012\" stroke-width=\"6\" paint-order=\"stroke\" stroke-linejoin=\"round\">描边</text>\
         <text x=\"120\" y=\"115\" fill=\"none\" stroke=\"url(#g)\" stroke-linecap=\"round\">空心</text>\
         <text x=\"230\" y=\"115\" fill=\"#0008\">半😀</text><text x=\"340\" y=\"115\" fill-opacity=\".3\">透</text>\
         <text x=\"10\" y=\"245\" filter=\"url(#s)\">投影</text></g>\
         <rect clip-path=\"url(#c)\" y=\"140\" width=\"210\" height=\"70\" fill=\"#e60012\"/>\
         <rect mask=\"url(#m)\" x=\"210\" y=\"140\" width=\"210\" height=\"70\" fill=\"#080\"/>",
    );
}

#[test]
fn shadows_and_cases() {
    golden(
        "shadows-cases",
        [420, 300],
        "<rect id=\"round\" x=\"290\" y=\"20\" width=\"110\" height=\"90\" rx=\"30\" fill=\"none\" stroke=\"#ccc\"/>\
         <g font-size=\"40\" style=\"text-shadow:4px 4px 0 red\"><text x=\"10\" y=\"50\">阴影Ab</text>\
         <text x=\"10\" y=\"110\" fill=\"#080\" style=\"text-shadow:4px 4px 4px red,-6px 0 0 blue\">阴影Ab😀</text>\
         <text x=\"170\" y=\"50\" fill=\"none\" stroke=\"green\">空心</text></g>\
         <g font-size=\"22\"><text x=\"10\" y=\"150\" style=\"color:blue;text-shadow:3px 3px 1px\" text-decoration=\"underline\">下划gy<tspan fill=\"#e60012\" font-size=\"34\">大</tspan></text>\
         <text x=\"200\" y=\"150\" style=\"text-transform:uppercase\">straße it’s ﬁ</text>\
         <text x=\"10\" y=\"185\" style=\"text-transform:capitalize\">hello wörld it's a-b 3d</text>\
         <text x=\"10\" y=\"220\" style=\"font-variant-caps:all-small-caps\">Hello 12</text>\
         <text x=\"110\" y=\"220\" style=\"font-variant-caps:unicase\">Hello 12</text>\
         <text x=\"220\" y=\"220\" style=\"font-feature-settings:'fwid'\">111 fi</text>\
         <text x=\"10\" y=\"255\" style=\"font-style:oblique 30deg\">斜 30</text><text x=\"100\" y=\"255\" style=\"font-style:oblique -20deg\">斜 -20</text>\
         <text><textPath path=\"M200 255H400\">路径 path</textPath></text>\
         <text font-size=\"16\"><textPath href=\"#round\">沿着圆角矩形的文字 rounded 一圈</textPath></text>\
         <text x=\"10\" y=\"290\" font-family=\"NotoSansSC-Bold\">NotoSansSC-Bold</text></g>",
    );
}

#[test]
fn shadows_of_many_letters_are_told() {
    let shadows = vec!["1px 1px red"; 16].join(",");
    let text = |count: usize| format!("<text y=\"50\" style=\"text-shadow:{shadows}\">{}</text>", "报".repeat(count));
    assert_eq!(fixed([400, 200], &text(500)).warnings(), []);
    let template = fixed([400, 200], &text(5000));
    let [finding] = template.warnings() else { panic!("{:?}", template.warnings()) };
    assert_eq!((finding.code, finding.place.as_ref().map(|place| place.line)), ("css_undrawn", Some(3)));
}

#[test]
fn paths_beyond_the_bound_are_told() {
    let path = format!("M0 0{}", "c1 1 2 2 3 0".repeat(20_000));
    let body = format!("<path id=\"p\" d=\"{path}\" fill=\"none\"/><text><textPath href=\"#p\">a</textPath></text>");
    let template = fixed([400, 200], &body);
    let [finding] = template.warnings() else { panic!("{:?}", template.warnings()) };
    assert!(finding.code == "artwork_text" && finding.message.contains("left out"), "{}", finding.message);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_text_is_set(
        text in "[a1 中，（😀👨‍👩\u{301}\u{200d}\u{fe0f}\u{20e3}🇨שم\u{202e}\u{a0}\n]{0,24}",
        xs in prop::collection::vec(-50f32..450.0, 0..6),
        rotate in prop::collection::vec(-90f32..90.0, 0..4),
        attributes in prop::sample::subsequence(
            vec![
                "textLength=\"200\"", "lengthAdjust=\"spacingAndGlyphs\"", "text-anchor=\"middle\"", "letter-spacing=\"-4\"",
                "writing-mode=\"vertical-rl\"", "direction=\"rtl\"", "text-decoration=\"underline\"", "fill=\"none\"",
                "font-size=\"0\"", "font-size=\"1e9\"", "baseline-shift=\"1e30\"", "xml:space=\"preserve\"",
            ],
            0..5,
        ),
        split in 0usize..24,
    ) {
        let mut names: Vec<&str> = attributes.iter().filter_map(|one| one.split('=').next()).collect();
        names.dedup();
        prop_assume!(names.len() == attributes.len());
        let at = text.char_indices().nth(split).map_or(text.len(), |(at, _)| at);
        let list = |values: &[f32]| values.iter().map(f32::to_string).collect::<Vec<_>>().join(" ");
        let body = format!(
            "<text x=\"{}\" rotate=\"{}\" {}>{}<tspan dy=\"3 4\">{}</tspan></text>",
            list(&xs), list(&rotate), attributes.join(" "), &text[..at], &text[at..]
        );
        match svg::parse(&artwork([400, 200], &body), &BTreeMap::new(), &kit::fonts()) {
            Ok(tree) => prop_assert_eq!(count(tree.root())[2], 0),
            Err(error) => prop_assert!(error.message().contains("reaches farther"), "{}", error.message()),
        }
    }
}

#[test]
fn families_are_chosen_in_order() {
    let files = |family: &str| {
        let body = format!("<text x=\"20\" y=\"100\" font-family=\"{family}\">a中</text>");
        let template = render::compile(
            "t",
            BTreeMap::from([
                (
                    "layout.json".to_owned(),
                    Bytes::from(
                        "{\"title\":\"t\",\"canvas\":{\"width\":400,\"height\":200},\"artwork\":\"artwork.svg\",\"layers\":[]}",
                    ),
                ),
                ("artwork.svg".to_owned(), Bytes::from(artwork([400, 200], &body))),
            ]),
            &kit::fonts(),
        );
        template.expect("compiles").warnings().iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    assert_eq!(files("Inter, 'noto sans sc', sans-serif"), [""; 0]);
    assert_eq!(files("sans-serif"), [""; 0]);
    assert_eq!(files("Inter, PingFang SC"), ["font_unknown"]);
}
