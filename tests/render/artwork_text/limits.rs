//! Findings about text in artwork: missing glyphs, unknown fonts, text that is left to usvg.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use haibao_core::{artwork::svg, render};
use proptest::prelude::*;
use serde_json::json;

use super::{artwork, count, draw, fixed, template, tree};
use crate::kit;

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
    assert_eq!((finding.code, &*place.file, place.line, place.column), ("glyph_missing", "artwork.svg", 3, 14));
    assert_eq!(finding.pointer.as_deref(), Some("/params/name"));
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

#[test]
fn texts_that_layers_replace_lack_nothing() {
    let params = json!({ "type": "object", "properties": {
        "name": { "type": "string" }, "color": { "type": "string", "default": "red" } } });
    let layers = json!([{ "type": "text", "at": "#t", "text": "a", "font_size": 20 }]);
    let text =
        |id: &str| format!("<text id=\"{id}\" x=\"20\" y=\"100\" font-family=\"PingFang SC\">价格\u{10fffd}</text>");
    // With and without parameters in the artwork.
    for color in ["red", "{{color}}"] {
        for (body, expected) in [
            (text("t"), &[][..]),
            (format!("<g font-family=\"Georgia\"><g id=\"t\">{}<text>a</text></g></g>", text("u")), &[]),
            (format!("<defs>{}</defs><g id=\"t\"><use href=\"#u\"/></g>", text("u")), &[]),
            (text("t") + &text("u"), &["font_unknown", "glyph_missing"]),
            (text("u") + &text("t"), &["font_unknown", "glyph_missing"]),
        ] {
            let body = format!("{body}<rect fill=\"{color}\" width=\"9\" height=\"9\"/>");
            let found = template([400, 200], &body, params.clone(), layers.clone()).all_warnings();
            let codes: BTreeSet<_> = found.iter().map(|finding| finding.code).collect();
            let codes: Vec<_> =
                ["font_unknown", "glyph_missing"].into_iter().filter(|code| codes.contains(code)).collect();
            assert_eq!(codes, expected, "{body}");
        }
    }
}
