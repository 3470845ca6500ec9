//! Planning: results of expressions, sources and the code, and each fault.

mod code;
mod flow;

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use serde_json::{Value, json};

use super::*;
use crate::{
    asset::AssetSource,
    code::{CodeFields, EnvVersion, Opens},
    error::{Finding, Result},
    layer::code::LayerPicture,
    scene::Scene,
    style::Color,
};

const PARAMS: &str = r#"{ "type": "object", "properties": {
    "title": { "type": "string" }, "price": { "type": "integer" }, "photo": { "type": "string", "format": "image" },
    "tint": { "type": "string" }, "id": { "type": "string" }, "buyers": { "type": "array" },
    "shop": { "type": "object", "properties": { "name": { "type": "string" } } } } }"#;

/// A code layer.
const CODE: &str = r#"{ "type": "code", "box": [0, 0, 200, 190] }"#;

fn template(code: &str, layers: &str) -> Template {
    let layout = format!(
        r#"{{ "title": "t", "canvas": {{ "width": 750, "height": 1000 }}, "artwork": "a.svg", "params": {PARAMS},
           {code} "layers": [{layers}] }}"#
    );
    let svg = "<svg xmlns='http://www.w3.org/2000/svg'><rect id='code'/></svg>";
    let files = [("layout.json", layout.as_str()), ("a.svg", svg), ("a.jpg", "x"), ("b.jpg", "x")];
    let files: BTreeMap<_, _> = files.map(|(path, text)| (path.to_owned(), Bytes::from(text.to_owned()))).into();
    Template::load("t", files).unwrap_or_else(|error| panic!("{:#?}", error.all_findings()))
}

fn ask(template: Template, params: Value, code: Value) -> Result<Plan> {
    let code = serde_json::from_value(code).unwrap();
    plan(Arc::new(template), &Request { params, code, scale: 1.0 }, &crate::testing::fonts())
}

/// Code, pointer and message of each finding.
fn found(result: Result<Plan>) -> Vec<(&'static str, String, String)> {
    let error = result.map(|_| ()).expect_err("a fault");
    let brief = |f: &Finding| (f.code, f.pointer.clone().unwrap_or_default(), f.message.clone());
    error.all_findings().iter().map(brief).collect()
}

fn only(result: Result<Plan>) -> (&'static str, String, String) {
    let mut all = found(result);
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

fn text_layer(text: &str) -> Template {
    template("", &json!({ "type": "text", "box": [0, 0, 9, 9], "text": text, "font_size": 10 }).to_string())
}

fn text_of(template: Template, params: Value) -> String {
    let plan = ask(template, params, json!({})).unwrap_or_else(|error| panic!("{:#?}", error.all_findings()));
    match &plan.layers[0].kind {
        Planned::Text(text) => text.spans.iter().map(|span| span.text.as_str()).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn strings_are_expanded_and_nothing_is_escaped() {
    let text = |source: &str, params: Value| text_of(text_layer(source), params);
    assert_eq!(text("{{title}} {{money price}}", json!({ "title": "<A & B>", "price": 1280 })), "<A & B> ¥12.80");
    assert_eq!(text("a\n{{title}}\nb", json!({ "title": "x" })), "a\nx\nb");
    assert_eq!(text(r"\{{title}}", json!({})), "{{title}}");
}

#[test]
fn spans_inherit_what_they_do_not_set() {
    let layer = json!({ "type": "text", "box": [0, 0, 9, 9], "font_size": 10, "color": "#f00", "font_weight": 700, "spans": [
        { "text": "{{title}}" },
        { "when": "{{price}}", "text": "{{money price}}", "font_size": 20, "color": "#00f" },
        { "text": "!", "letter_spacing": 2, "text_decoration": "underline" } ] });
    let layout = || template("", &layer.to_string());
    assert_eq!(text_of(layout(), json!({ "title": "a", "price": 100 })), "a¥1!");
    let plan = ask(layout(), json!({ "title": "a" }), json!({})).unwrap_or_else(|e| panic!("{:#?}", e.all_findings()));
    let Planned::Text(text) = &plan.layers[0].kind else { panic!("a text layer") };
    let brief: Vec<_> =
        text.spans.iter().map(|s| (s.pointer.as_str(), s.font_size, s.font_weight, s.letter_spacing)).collect();
    assert_eq!(brief, [("/layers/0/spans/0", 10.0, 700, 0.0), ("/layers/0/spans/2", 10.0, 700, 2.0)]);
    assert_eq!((text.line_height, text.min_font_size), (14.0, 5.0), "the hidden span does not count");
    assert_eq!(text.spans[0].fill, crate::text::Fill::Color(Color { r: 255, g: 0, b: 0, a: 255 }));
}

#[test]
fn an_absent_parameter_expands_to_nothing() {
    let text = |source: &str| text_of(text_layer(source), json!({}));
    assert_eq!(text("[{{title}}{{money price}}]"), "[]");
    assert_eq!(text("{{#if title}}yes{{else}}no{{/if}}"), "no");
    assert_eq!(text("{{#unless title}}none{{/unless}}"), "none");
    assert_eq!(text("[{{#each buyers}}x{{/each}}{{#with shop}}{{name}}{{/with}}]"), "[]");
    assert_eq!(text("{{#each buyers}}x{{else}}nobody{{/each}}"), "nobody");
    assert_eq!(text("{{#if (eq price null)}}free{{/if}}"), "free");
    let nested = only(ask(text_layer("{{shop.name}}"), json!({}), json!({})));
    assert_eq!(nested, ("value_invalid", "/layers/0/text".into(), "`shop.name` has no value".into()));
}

#[test]
fn errors_of_helpers_report_the_field() {
    let params = json!({ "title": "a" });
    let fault = only(ask(text_layer("{{money title}}"), params, json!({})));
    let message = "money: expected an integer number of fen, got string \"a\"".to_owned();
    assert_eq!(fault, ("value_invalid", "/layers/0/text".into(), message));
}

#[test]
fn a_fault_of_a_parameter_is_reported_once() {
    let layer = json!({ "type": "shape", "box": [0, 0, 9, 9], "background": "{{tint}}" }).to_string();
    let fault = only(ask(template("", &[layer.as_str(); 3].join(",")), json!({ "tint": "reddish" }), json!({})));
    assert_eq!((fault.0, fault.1.as_str()), ("value_invalid", "/params/tint"));
}

#[expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "the test bounds a time")]
#[test]
fn expansion_is_bounded_in_size_and_time() {
    let long = json!({ "title": "x".repeat(70_000) });
    assert_eq!(only(ask(text_layer("{{title}}"), long, json!({}))).2, "longer than 65536 bytes");
    let start = std::time::Instant::now();
    let loops = text_layer("{{#each buyers}}{{#each ../buyers}}{{#if ../../title}}x{{/if}}{{/each}}{{/each}}");
    assert_eq!(text_of(loops, json!({ "buyers": vec![0; 256] })), "");
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

#[test]
fn when_decides() {
    let shown = |when: &str, params: Value| {
        let layer = json!({ "type": "shape", "box": [0, 0, 9, 9], "when": when });
        ask(template("", &layer.to_string()), params, json!({})).unwrap().layers.len() == 1
    };
    assert!(shown("{{title}}", json!({ "title": "x" })));
    assert!(shown("{{price}}", json!({ "price": 5 })));
    assert!(shown("yes", json!({})));
    assert!(shown("{{eq price 5}}", json!({ "price": 5 })));
    assert!(shown("{{buyers}}", json!({ "buyers": ["a"] })));
    for (when, params) in [
        ("{{title}}", json!({})),
        ("{{title}}", json!({ "title": " " })),
        ("{{buyers}}", json!({ "buyers": [] })),
        ("{{price}}", json!({ "price": 0 })),
        ("{{eq price 5}}", json!({ "price": 6 })),
        ("", json!({})),
    ] {
        assert!(!shown(when, params.clone()), "{when} {params}");
    }
    let hidden = json!({ "type": "text", "box": [0, 0, 9, 9], "when": "", "text": "{{money title}}", "font_size": 9 });
    assert!(ask(template("", &hidden.to_string()), json!({ "title": "x" }), json!({})).is_ok(), "not even expanded");
}

#[test]
fn sources_that_depend_on_an_invalid_parameter_are_unknown() {
    let image =
        |src: &str, when: &str| json!({ "type": "image", "box": [0, 0, 9, 9], "src": src, "when": when }).to_string();
    let layers = [
        image("{{photo}}", "yes"),
        image("https://{{price}}.example/a.jpg", "yes"),
        image("https://a.example/b.jpg", "{{#if price}}{{else}}yes{{/if}}"),
    ];
    let template = Arc::new(template("", &layers.join(",")));
    let pointers = |price: Value| {
        let params = json!({ "photo": "https://a.example/a.jpg", "price": price });
        let request = Request { params, code: CodeFields::default(), scale: 1.0 };
        let found = sources(Arc::clone(&template), &request, &crate::testing::fonts());
        found.into_iter().map(|(_, pointer)| pointer).collect::<Vec<_>>()
    };
    assert_eq!(pointers(json!(0)), ["/params/photo", "/layers/1/src", "/layers/2/src"]);
    assert_eq!(pointers(json!("x")), ["/params/photo"]);
}

#[test]
fn sources_of_pictures_are_distinguished_and_fall_back() {
    let image = |src: &str, params: Value| {
        let layer = json!({ "type": "image", "box": [0, 0, 9, 9], "src": src, "fallback": "b.jpg" });
        let plan = ask(template("", &layer.to_string()), params, json!({})).unwrap();
        match &plan.layers[0].kind {
            Planned::Image(image) => (image.source.clone().unwrap(), image.pointer.clone()),
            other => panic!("{other:?}"),
        }
    };
    let own = "/layers/0/src".to_owned();
    assert_eq!(image("a.jpg", json!({})), (AssetSource::File("a.jpg".into()), own.clone()));
    assert_eq!(image("{{photo}}", json!({})), (AssetSource::File("b.jpg".into()), "/params/photo".into()));
    let url = json!({ "photo": "https://a.cn/b" });
    assert_eq!(image("{{photo}}", url), (AssetSource::Url("https://a.cn/b".into()), "/params/photo".into()));
    let large = format!("data:image/png;base64,{}", "A".repeat(1 << 20));
    assert_eq!(image("{{photo}}", json!({ "photo": large })).0, AssetSource::Data(large));
    assert_eq!(image("{{title}}.jpg", json!({ "title": "a" })), (AssetSource::File("a.jpg".into()), own));
    let layer = json!({ "type": "image", "box": [0, 0, 9, 9], "src": "{{title}}.jpg" });
    let fault = only(ask(template("", &layer.to_string()), json!({ "title": "../c" }), json!({})));
    assert_eq!((fault.0, fault.1.as_str()), ("asset_invalid", "/layers/0/src"));
}

#[test]
fn colours_may_come_from_parameters() {
    let shape = || template("", r#"{ "type": "shape", "box": [0, 0, 9, 9], "background": "{{tint}}" }"#);
    let background = |params: Value| match &ask(shape(), params, json!({})).unwrap().layers[0].kind {
        Planned::Shape(shape) => shape.background,
        other => panic!("{other:?}"),
    };
    assert_eq!(background(json!({ "tint": " #fff " })), Some(Color::white()));
    assert_eq!(background(json!({})), None);
    let fault = only(ask(shape(), json!({ "tint": "red" }), json!({})));
    let message = "\"red\" is not a colour; write #rgb, #rrggbb or #rrggbbaa".to_owned();
    assert_eq!(fault, ("value_invalid", "/params/tint".into(), message));
    assert!(only(ask(shape(), json!({ "tint": "r".repeat(9000) }), json!({}))).2.len() < 150);
}

#[test]
fn a_value_is_parsed_as_a_whole() {
    let shape = || template("", r#"{ "type": "shape", "box": [0, 0, 9, 9], "background": "{{tint}}" }"#);
    let padded = format!("#fff{}red", " ".repeat(80));
    let fault = only(ask(shape(), json!({ "tint": padded }), json!({})));
    assert_eq!((fault.0, fault.1.as_str()), ("value_invalid", "/params/tint"));
    let image = r#"{ "type": "image", "box": [0, 0, 9, 9], "src": "a.jpg", "object_position": "{{title}}" }"#;
    let fault = only(ask(template("", image), json!({ "title": format!("left{}far", " ".repeat(80)) }), json!({})));
    assert_eq!((fault.0, fault.1.as_str()), ("value_invalid", "/params/title"));
}

#[test]
fn all_faults_of_a_layer_are_reported() {
    let pointers = |layer: Value| -> Vec<_> {
        let params = json!({ "title": "no", "tint": "red" });
        let faults = found(ask(template("", &layer.to_string()), params, json!({})));
        faults.into_iter().map(|fault| fault.1).collect()
    };
    let image = json!({ "type": "image", "box": [0, 0, 9, 9], "src": "{{title}}.jpg", "object_position": "{{title}}",
        "background": "{{tint}}" });
    assert_eq!(pointers(image), ["/layers/0/src", "/params/title", "/params/tint"]);
    let text = json!({ "type": "text", "box": [0, 0, 9, 9], "font_size": 9, "text": "{{money title}}",
        "color": "{{tint}}" });
    assert_eq!(pointers(text), ["/layers/0/text", "/params/tint"]);
}

#[test]
fn lines_are_1_4_font_sizes_high_by_default() {
    let plan = ask(text_layer("a"), json!({}), json!({})).unwrap();
    let Planned::Text(text) = &plan.layers[0].kind else { panic!("{plan:?}") };
    assert_eq!(text.line_height, 14.0);
}

#[test]
fn all_findings_are_reported_at_once() {
    let request = Request {
        params: json!({ "titel": "x" }),
        code: serde_json::from_value(json!({ "page": "/a", "scene": "%" })).unwrap(),
        scale: f32::NAN,
    };
    let codes: Vec<_> = found(plan(Arc::new(template("", CODE)), &request, &crate::testing::fonts()))
        .into_iter()
        .map(|f| f.0)
        .collect();
    assert_eq!(codes, ["param_unknown", "scale_invalid", "page_slash", "scene_character"]);
}

#[test]
fn the_scale_is_bounded() {
    let scale = |canvas: &str, scale: f32| {
        let layout = format!(r#"{{ "title": "t", "canvas": {canvas} }}"#);
        let files = [("layout.json".to_owned(), Bytes::from(layout))].into();
        let template = Arc::new(Template::load("t", files).unwrap());
        plan(template, &Request { params: json!({}), code: CodeFields::default(), scale }, &crate::testing::fonts())
    };
    for good in [1.0, 1.5, 3.0] {
        assert!(scale(r#"{ "width": 750, "height": 1334 }"#, good).is_ok(), "{good}");
    }
    for bad in [0.0, 0.99, 3.01, f32::INFINITY, f32::NAN, -1.0] {
        assert_eq!(only(scale(r#"{ "width": 750, "height": 1334 }"#, bad)).0, "scale_invalid", "{bad}");
    }
    assert_eq!(only(scale(r#"{ "width": 2000, "height": 4000 }"#, 3.0)).0, "scale_too_large");
}
