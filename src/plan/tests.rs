//! Planning: what becomes of expressions, sources, the code, and of every fault.

mod flow;

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use serde_json::{Value, json};

use super::*;
use crate::{code::Opens, error::Result, scene::Scene, text::FontSet};

const PARAMS: &str = r#"{ "type": "object", "properties": {
    "title": { "type": "string" }, "price": { "type": "integer" }, "photo": { "type": "string", "format": "image" },
    "tint": { "type": "string" }, "id": { "type": "string" }, "buyers": { "type": "array" },
    "shop": { "type": "object", "properties": { "name": { "type": "string" } } } } }"#;

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
    plan(Arc::new(template), &Request { params, code, scale: 1.0 }, &FontSet::embedded())
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

use crate::error::Finding;

fn text_layer(text: &str) -> Template {
    template("", &json!({ "type": "text", "box": [0, 0, 9, 9], "text": text, "font_size": 10 }).to_string())
}

fn text_of(template: Template, params: Value) -> String {
    let plan = ask(template, params, json!({})).unwrap_or_else(|error| panic!("{:#?}", error.all_findings()));
    match &plan.layers[0].kind {
        LayerKind::Text(text) => text.spans.iter().map(|span| span.text.as_str()).collect(),
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
fn spans_are_as_the_layer_unless_they_say_otherwise() {
    let layer = json!({ "type": "text", "box": [0, 0, 9, 9], "font_size": 10, "color": "#f00", "font_weight": 700, "spans": [
        { "text": "{{title}}" },
        { "when": "{{price}}", "text": "{{money price}}", "font_size": 20, "color": "#00f" },
        { "text": "!", "letter_spacing": 2, "text_decoration": "underline" } ] });
    let layout = || template("", &layer.to_string());
    assert_eq!(text_of(layout(), json!({ "title": "a", "price": 100 })), "a¥1!");
    let plan = ask(layout(), json!({ "title": "a" }), json!({})).unwrap_or_else(|e| panic!("{:#?}", e.all_findings()));
    let LayerKind::Text(text) = &plan.layers[0].kind else { panic!("a text layer") };
    let brief: Vec<_> =
        text.spans.iter().map(|s| (s.pointer.as_str(), s.font_size, s.font_weight, s.letter_spacing)).collect();
    assert_eq!(brief, [("/layers/0/spans/0", 10.0, 700, 0.0), ("/layers/0/spans/2", 10.0, 700, 2.0)]);
    assert_eq!((text.line_height, text.min_font_size), (14.0, 5.0), "the hidden span counts for nothing");
    assert_eq!(text.spans[0].fill, super::Fill::Color(Color { r: 255, g: 0, b: 0, a: 255 }));
}

#[test]
fn a_parameter_that_is_not_given_is_no_text() {
    let text = |source: &str| text_of(text_layer(source), json!({}));
    assert_eq!(text("[{{title}}{{money price}}]"), "[]");
    assert_eq!(text("{{#if title}}yes{{else}}no{{/if}}"), "no");
    assert_eq!(text("{{#unless title}}none{{/unless}}"), "none");
    assert_eq!(text("[{{#each buyers}}x{{/each}}{{#with shop}}{{name}}{{/with}}]"), "[]");
    assert_eq!(text("{{#each buyers}}x{{else}}nobody{{/each}}"), "nobody");
    assert_eq!(text("{{#if (eq price null)}}free{{/if}}"), "free");
    let nested = only(ask(text_layer("{{shop.name}}"), json!({}), json!({})));
    assert_eq!(nested, ("value_invalid", "/layers/0/text".into(), "`shop.name` is not given".into()));
}

#[test]
fn helpers_refuse_with_the_parameter_to_blame() {
    let params = json!({ "title": "a" });
    let fault = only(ask(text_layer("{{money title}}"), params, json!({})));
    let message = "money: expected an integer number of fen, got string \"a\"".to_owned();
    assert_eq!(fault, ("value_invalid", "/layers/0/text".into(), message));
}

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
    for (when, params) in [
        ("{{title}}", json!({})),
        ("{{title}}", json!({ "title": " " })),
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
fn pictures_are_told_apart_and_fall_back() {
    let image = |src: &str, params: Value| {
        let layer = json!({ "type": "image", "box": [0, 0, 9, 9], "src": src, "fallback": "b.jpg" });
        let plan = ask(template("", &layer.to_string()), params, json!({})).unwrap();
        match &plan.layers[0].kind {
            LayerKind::Image(image) => (image.source.clone().unwrap(), image.pointer.clone()),
            other => panic!("{other:?}"),
        }
    };
    let own = "/layers/0/src".to_owned();
    assert_eq!(image("a.jpg", json!({})), (Source::File("a.jpg".into()), own.clone()));
    assert_eq!(image("{{photo}}", json!({})), (Source::File("b.jpg".into()), "/params/photo".into()));
    let url = json!({ "photo": "https://a.cn/b" });
    assert_eq!(image("{{photo}}", url), (Source::Url("https://a.cn/b".into()), "/params/photo".into()));
    let large = format!("data:image/png;base64,{}", "A".repeat(1 << 20));
    assert_eq!(image("{{photo}}", json!({ "photo": large })).0, Source::Data(large));
    assert_eq!(image("{{title}}.jpg", json!({ "title": "a" })), (Source::File("a.jpg".into()), own));
    let layer = json!({ "type": "image", "box": [0, 0, 9, 9], "src": "{{title}}.jpg" });
    let fault = only(ask(template("", &layer.to_string()), json!({ "title": "../c" }), json!({})));
    assert_eq!((fault.0, fault.1.as_str()), ("asset_invalid", "/layers/0/src"));
}

#[test]
fn colours_may_come_from_parameters() {
    let shape = || template("", r#"{ "type": "shape", "box": [0, 0, 9, 9], "background": "{{tint}}" }"#);
    let background = |params: Value| match &ask(shape(), params, json!({})).unwrap().layers[0].kind {
        LayerKind::Shape(shape) => shape.background,
        other => panic!("{other:?}"),
    };
    assert_eq!(background(json!({ "tint": " #fff " })), Some(Color::white()));
    assert_eq!(background(json!({})), None);
    let fault = only(ask(shape(), json!({ "tint": "red" }), json!({})));
    let message = "\"red\" is no colour; write #rgb, #rrggbb or #rrggbbaa".to_owned();
    assert_eq!(fault, ("value_invalid", "/params/tint".into(), message));
    assert!(only(ask(shape(), json!({ "tint": "r".repeat(9000) }), json!({}))).2.len() < 150);
}

#[test]
fn a_line_is_as_high_as_one_and_a_half_characters_less_a_tenth() {
    let plan = ask(text_layer("a"), json!({}), json!({})).unwrap();
    let LayerKind::Text(text) = &plan.layers[0].kind else { panic!("{plan:?}") };
    assert_eq!(text.line_height, 14.0);
}

const CODE: &str = r#"{ "type": "code", "box": [0, 0, 200, 190] }"#;

fn opens(page: &str, scene: &str, check_path: bool) -> Opens {
    Opens::Unlimited { page: page.to_owned(), scene: Scene::Text(scene.to_owned()), check_path }
}

fn need(code: &str, layers: &str, params: Value, request: Value) -> CodeNeed {
    let plan = ask(template(code, layers), params, request);
    plan.unwrap_or_else(|error| panic!("{:#?}", error.all_findings())).code.expect("a code")
}

#[test]
fn the_code_is_the_layouts_with_the_requests_fields_in_their_place() {
    let layout = r#""code": { "page": "pages/a", "scene": { "id": "{{id}}", "from": "{{title}}" } },"#;
    let params = || json!({ "id": "7" });
    let own = CodeNeed {
        app: "default".into(),
        opens: opens("pages/a", "id=7", true),
        env_version: EnvVersion::Release,
        width: 280,
        auto_color: false,
        line_color: None,
        is_hyaline: true,
    };
    assert_eq!(need(layout, CODE, params(), json!({})), own);
    let request = json!({ "app": "b", "page": "", "scene": { "b": 1, "a": null, "c": true }, "env_version": "trial",
        "check_path": false, "auto_color": true, "line_color": "#102030", "is_hyaline": false });
    let other = CodeNeed {
        app: "b".into(),
        opens: opens("", "b=1&c=true", false),
        env_version: EnvVersion::Trial,
        width: 280,
        auto_color: true,
        line_color: Some([0x10, 0x20, 0x30]),
        is_hyaline: false,
    };
    assert_eq!(need(layout, CODE, params(), request), other);
    assert_eq!(need("", CODE, json!({}), json!({ "scene": "x" })).opens, opens("", "x", true));
}

#[test]
fn the_code_is_asked_for_at_least_as_large_as_it_is_drawn() {
    let request = || json!({ "scene": "x" });
    let width = |layer: &str| need("", layer, json!({}), request()).width;
    assert_eq!(width(r#"{ "type": "code", "box": [0, 0, 300.2, 400] }"#), 301);
    assert_eq!(width(r#"{ "type": "code", "box": [0, 0, 400, 400], "plate": { "padding": 20 } }"#), 360);
    assert_eq!(width(r#"{ "type": "code", "box": [0, 0, 5000, 5000] }"#), 1280);
    let two = r#"{ "type": "code", "box": [0, 0, 300, 300] }, { "type": "code", "box": [0, 0, 310, 310] }"#;
    assert_eq!(width(two), 310);
    let slot = r##"{ "type": "code", "at": "#code", "plate": { "padding": 10 } }"##;
    assert_eq!(width(slot), 730, "a slot that nobody measured");
    let mut measured = template("", slot);
    measured.slots.insert("code".into(), [5.0, 5.0, 400.0, 410.0]);
    assert_eq!(ask(measured, json!({}), request()).unwrap().code.unwrap().width, 380);
    let mut small = template("", slot);
    small.slots.insert("code".into(), [5.0, 5.0, 20.0, 20.0]);
    assert_eq!(only(ask(small, json!({}), request())).0, "plate_padding");
    let code = serde_json::from_value(request()).unwrap();
    let request = Request { params: json!({}), code, scale: 2.5 };
    assert_eq!(plan(Arc::new(template("", CODE)), &request, &FontSet::embedded()).unwrap().code.unwrap().width, 475);
}

#[test]
fn a_code_needs_a_target_and_a_target_a_code() {
    let fault = only(ask(template("", CODE), json!({}), json!({})));
    assert_eq!((fault.0, fault.1.as_str()), ("code_missing", "/code"));
    assert_eq!(only(ask(template("", CODE), json!({}), json!({ "page": "a" }))).0, "scene_missing");
    assert_eq!(only(ask(template("", ""), json!({}), json!({ "scene": "a" }))).0, "code_unused");
    let hidden = r#"{ "type": "code", "box": [0, 0, 9, 9], "when": "{{title}}" }"#;
    assert_eq!(ask(template("", hidden), json!({}), json!({ "scene": "a" })).unwrap().code, None);
}

fn scene_of(params: Value, request: Value) -> Scene {
    let layout = r#""code": { "scene": { "id": "{{id}}", "from": "{{title}}" } },"#;
    match need(layout, CODE, params, request).opens {
        Opens::Unlimited { scene, .. } => scene,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_map_always_becomes_a_scene() {
    let text = |text: &str| Scene::Text(text.to_owned());
    assert_eq!(scene_of(json!({ "id": "商" }), json!({})), text("id=~E5~95~86"));
    assert_eq!(scene_of(json!({ "id": "a&b", "title": "" }), json!({})), text("id=a~26b"));
    assert_eq!(scene_of(json!({}), json!({ "scene": { "a": "%", "b": "", "c": null } })), text("a=~25"));
    let long = json!({ "id": "1".repeat(20), "title": "二维码" });
    let payload = r#"{"from":"二维码","id":"11111111111111111111"}"#;
    assert_eq!(scene_of(long, json!({})), Scene::Link(payload.to_owned()));
    let list = json!({ "scene": { "a": [1], "b": 2 } });
    assert_eq!(scene_of(json!({}), list), Scene::Link(r#"{"a":[1],"b":"2"}"#.to_owned()));
}

#[test]
fn a_scene_is_refused_before_wechat_is_asked() {
    let map = r#""code": { "scene": { "id": "{{id}}" } },"#;
    let string = r#""code": { "scene": "{{id}}" },"#;
    let scene = |layout: &str, params: Value, request: Value| {
        let fault = only(ask(template(layout, CODE), params, request));
        (fault.0, fault.1)
    };
    assert_eq!(scene(string, json!({ "id": "商" }), json!({})), ("scene_character", "/params/id".into()));
    assert_eq!(scene(string, json!({ "id": "1".repeat(33) }), json!({})), ("scene_too_long", "/params/id".into()));
    assert_eq!(scene(map, json!({}), json!({})), ("scene_empty", "/code/scene".into()));
    assert_eq!(scene(map, json!({ "id": "1".repeat(5000) }), json!({})), ("scene_too_large", "/code/scene".into()));
    assert_eq!(scene(map, json!({}), json!({ "scene": "a".repeat(33) })), ("scene_too_long", "/code/scene".into()));
    assert_eq!(scene(map, json!({}), json!({ "scene": "a%" })), ("scene_character", "/code/scene".into()));
    assert_eq!(scene(map, json!({}), json!({ "scene": { "a": "" } })), ("scene_empty", "/code/scene".into()));
}

#[test]
fn pages_are_as_wechat_wants_them() {
    let page = |page: &str| found(ask(template("", CODE), json!({}), json!({ "scene": "a", "page": page })));
    let codes = |text: &str| page(text).into_iter().map(|f| (f.0, f.1)).collect::<Vec<_>>();
    let here = |code| (code, "/code/page".to_owned());
    assert_eq!(codes("/pages/a"), [here("page_slash")]);
    assert_eq!(codes("pages/a?b=1"), [here("page_query")]);
    assert_eq!(codes("pages/scancode_time"), [here("page_reserved")]);
    assert_eq!(codes("pages/a "), [here("page_character")]);
    assert_eq!(codes("/pages/a?scancode_time=1"), [here("page_slash"), here("page_query"), here("page_reserved")]);
}

#[test]
fn everything_is_told_at_once() {
    let request = Request {
        params: json!({ "titel": "x" }),
        code: serde_json::from_value(json!({ "page": "/a", "scene": "%" })).unwrap(),
        scale: f32::NAN,
    };
    let codes: Vec<_> =
        found(plan(Arc::new(template("", CODE)), &request, &FontSet::embedded())).into_iter().map(|f| f.0).collect();
    assert_eq!(codes, ["param_unknown", "scale_invalid", "page_slash", "scene_character"]);
}

#[test]
fn the_scale_is_bounded() {
    let scale = |canvas: &str, scale: f32| {
        let layout = format!(r#"{{ "title": "t", "canvas": {canvas} }}"#);
        let files = [("layout.json".to_owned(), Bytes::from(layout))].into();
        let template = Arc::new(Template::load("t", files).unwrap());
        plan(template, &Request { params: json!({}), code: CodeRequest::default(), scale }, &FontSet::embedded())
    };
    for good in [1.0, 1.5, 3.0] {
        assert!(scale(r#"{ "width": 750, "height": 1334 }"#, good).is_ok(), "{good}");
    }
    for bad in [0.0, 0.99, 3.01, f32::INFINITY, f32::NAN, -1.0] {
        assert_eq!(only(scale(r#"{ "width": 750, "height": 1334 }"#, bad)).0, "scale_invalid", "{bad}");
    }
    assert_eq!(only(scale(r#"{ "width": 2000, "height": 4000 }"#, 3.0)).0, "scale_too_large");
}

#[test]
fn each_kind_of_code_has_its_own_fields() {
    let limited = need(
        r#""code": { "kind": "limited", "path": "pages/a?id={{id}}" },"#,
        CODE,
        json!({ "id": "7" }),
        json!({ "env_version": "trial" }),
    );
    assert_eq!(limited.opens, Opens::Limited { path: "pages/a?id=7".into() });
    assert_eq!((limited.env_version, limited.is_hyaline), (EnvVersion::Trial, true));
    let colored = r##"{ "type": "code", "box": [0, 0, 200, 190], "line_color": "#102030" }"##;
    let square = need(r#""code": { "kind": "square", "path": "pages/a" },"#, colored, json!({}), json!({}));
    assert_eq!(
        (square.opens, square.line_color, square.is_hyaline),
        (Opens::Square { path: "pages/a".into() }, None, false)
    );
    let qr =
        need(r#""code": { "kind": "qr", "text": "https://a.cn/{{id}}" },"#, colored, json!({ "id": "7" }), json!({}));
    assert_eq!(qr.opens, Opens::Qr { text: "https://a.cn/7".into() });
    assert_eq!((qr.app.as_str(), qr.line_color, qr.is_hyaline), ("", Some([0x10, 0x20, 0x30]), true));

    // The request may turn to another kind: what the layout says of its own is then left out.
    let layout = r#""code": { "page": "pages/a", "scene": "x", "app": "shop", "env_version": "trial" },"#;
    let turned = need(layout, CODE, json!({}), json!({ "kind": "square", "path": "pages/b" }));
    assert_eq!((turned.opens, turned.app.as_str()), (Opens::Square { path: "pages/b".into() }, "shop"));
    assert_eq!(turned.env_version, EnvVersion::Release);
}

#[test]
fn fields_of_another_kind_and_bad_paths_are_refused() {
    let asked = |layout: &str, request: Value| only(ask(template(layout, CODE), json!({}), request));
    let brief = |(code, pointer, _): (&'static str, String, String)| (code, pointer);
    let unlimited = r#""code": { "scene": "x" },"#;
    assert_eq!(brief(asked(unlimited, json!({ "path": "pages/a" }))), ("field_unused", "/code/path".into()));
    let square = r#""code": { "kind": "square", "path": "pages/{{id}}" },"#;
    assert_eq!(brief(asked(square, json!({ "scene": "a" }))), ("field_unused", "/code/scene".into()));
    assert_eq!(brief(asked(square, json!({ "line_color": "#000" }))), ("field_unused", "/code/line_color".into()));
    assert_eq!(brief(asked(square, json!({ "path": "a".repeat(129) }))), ("path_too_long", "/code/path".into()));
    let qr = r#""code": { "kind": "qr", "text": "{{id}}" },"#;
    assert_eq!(brief(asked(qr, json!({}))), ("qr_text_missing", "/code/text".into()));
    assert_eq!(brief(asked(qr, json!({ "kind": "limited" }))), ("path_empty", "/code/path".into()));
}

#[test]
fn a_layout_that_mixes_kinds_is_refused_when_it_is_loaded() {
    let faults = |code: Value| {
        let layout = json!({ "title": "t", "canvas": { "width": 9, "height": 9 }, "code": code });
        let files = BTreeMap::from([("layout.json".to_owned(), Bytes::from(layout.to_string()))]);
        let error = Template::load("t", files).expect_err("it is wrong");
        error.all_findings().iter().map(|f| (f.code, f.pointer.clone().unwrap_or_default())).collect::<Vec<_>>()
    };
    assert_eq!(faults(json!({ "kind": "qr", "text": "a", "page": "p" })), [("field_unused", "/code/page".into())]);
    assert_eq!(faults(json!({ "scene": "a", "path": "p" })), [("field_unused", "/code/path".into())]);
    assert_eq!(faults(json!({ "kind": "square", "path": "a".repeat(200) })), [("path_too_long", "/code/path".into())]);
    assert_eq!(faults(json!({ "kind": "round" })), [("layout_invalid", "/code/kind".into())]);
}

#[test]
fn a_code_that_a_layer_brings_is_not_asked_for() {
    let own = r#"{ "type": "code", "box": [0, 0, 200, 190], "src": "{{photo}}" }"#;
    let given = |params: Value, request: Value| ask(template("", own), params, request);
    let plan = given(json!({ "photo": "a.jpg" }), json!({})).unwrap();
    assert_eq!(plan.code, None);
    let LayerKind::Code(code) = &plan.layers[0].kind else { panic!("{plan:?}") };
    let expected = Given { source: Source::File("a.jpg".into()), pointer: "/params/photo".into() };
    assert_eq!(code.given, Some(expected));
    assert_eq!(only(given(json!({ "photo": "a.jpg" }), json!({ "scene": "a" }))).0, "code_unused");
    // Without the picture the code is asked for as ever.
    assert_eq!(given(json!({}), json!({ "scene": "a" })).unwrap().code.unwrap().opens, opens("", "a", true));
    assert_eq!(only(given(json!({}), json!({}))).0, "code_missing");
    assert_eq!(only(given(json!({ "photo": "c.jpg" }), json!({}))).0, "param_invalid");
}

#[test]
fn a_centre_covers_no_more_than_a_code_bears() {
    let layer = |size: &str| {
        format!(r#"{{ "type": "code", "box": [0, 0, 200, 190], "center": {{ "src": "{{{{photo}}}}"{size} }} }}"#)
    };
    let planned = |size: &str, photo: &str, request: Value| {
        let params = if photo.is_empty() { json!({}) } else { json!({ "photo": photo }) };
        ask(template("", &layer(size)), params, request)
    };
    let center = |plan: Plan| match &plan.layers[0].kind {
        LayerKind::Code(code) => code.center.as_ref().map(|center| center.size),
        other => panic!("{other:?}"),
    };
    let (round, qr) = (|| json!({ "scene": "a" }), || json!({ "kind": "qr", "text": "a" }));
    assert_eq!(center(planned("", "a.jpg", round()).unwrap()), Some(0.44));
    assert_eq!(center(planned("", "a.jpg", qr()).unwrap()), Some(0.2));
    assert_eq!(center(planned(r#", "size": 0.3"#, "a.jpg", round()).unwrap()), Some(0.3));
    assert_eq!(center(planned("", "", round()).unwrap()), None);
    let fault = only(planned(r#", "size": 0.3"#, "a.jpg", qr()));
    assert_eq!((fault.0, fault.1.as_str()), ("center_size", "/layers/0/center/size"));
}
