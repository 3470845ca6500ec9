//! Planning of rows, columns and repeated layers.

use super::*;

const ITEMS: &str = r#""items": { "type": "array", "items": { "type": "object", "properties": {
    "name": { "type": "string" }, "photo": { "type": "string", "format": "image" },
    "tags": { "type": "array", "items": { "type": "string" } } } } }"#;

fn flow(layers: &str) -> Template {
    try_flow(layers).unwrap_or_else(|error| panic!("{:#?}", error.all_findings()))
}

fn try_flow(layers: &str) -> Result<Template> {
    let layout = format!(
        r#"{{ "title": "t", "canvas": {{ "width": 750, "height": 1000 }}, "params": {{ "type": "object", "properties": {{
           "title": {{ "type": "string" }}, "code": {{ "type": "string" }}, {ITEMS} }} }}, "layers": [{layers}] }}"#
    );
    let files = [("layout.json", layout), ("a.jpg", "x".to_owned())];
    Template::load("t", files.map(|(path, text)| (path.to_owned(), Bytes::from(text))).into())
}

fn planned(layers: &str, params: Value) -> Plan {
    ask(flow(layers), params, json!({})).unwrap_or_else(|error| panic!("{:#?}", error.all_findings()))
}

/// Pointer, and text or source, of each layer.
fn brief(plan: &Plan) -> Vec<(&str, String)> {
    let of = |layer: &Planned| match layer {
        Planned::Text(text) => text.spans.iter().map(|span| span.text.as_str()).collect(),
        Planned::Image(image) => format!("{} {:?}", image.pointer, image.source),
        other => other.name().to_owned(),
    };
    plan.layers.iter().map(|layer| (layer.pointer.as_str(), of(&layer.kind))).collect()
}

fn rect(plan: &Plan, layer: usize) -> [f32; 4] {
    match &plan.layers[layer].at {
        At::Box(rect) | At::Moved { rect, .. } | At::Within { rect, .. } => *rect,
        At::Slot(id) => panic!("{id} is a slot"),
    }
}

#[test]
fn a_column_of_text_keeps_its_width() {
    let plan = planned(
        r#"{ "type": "row", "box": [0, 0, 100, 300], "children": [
            { "type": "text", "text": "竖排的文字", "font_size": 28, "line_height": 36, "writing_mode": "vertical-rl" },
            { "type": "text", "text": "横排的文字让出所缺的地方", "font_size": 28 } ] }"#,
        json!({}),
    );
    assert_eq!(rect(&plan, 0)[2], 36.0, "narrower, it would be drawn to the left of its box");
    assert!(rect(&plan, 1)[2] <= 64.0, "{:?}", rect(&plan, 1));
}

#[test]
fn the_characters_of_all_texts_are_bounded() {
    let layers = r#"{ "type": "column", "box": [0, 0, 100, "auto"], "children": [
        { "type": "text", "repeat": "items", "text": "{{item.name}}", "font_size": 28 } ] }"#;
    let items = |count: usize| json!({ "items": vec![json!({ "name": "长".repeat(20_000) }); count] });
    let fault = only(ask(flow(layers), items(11), json!({})));
    assert_eq!((fault.0, fault.1.as_str()), ("text_too_long", "/layers"));
}

#[test]
fn children_become_layers_with_boxes() {
    let plan = planned(
        r##"{ "type": "column", "box": [10, 20, 300, 400], "padding": [5, 6, 7, 8], "gap": 9, "background": "#fff", "children": [
            { "type": "shape", "background": "#000", "height": 30 },
            { "type": "row", "children": [{ "type": "shape", "background": "#000", "width": "50%", "height": 40 }] },
            { "type": "shape", "height": 50 } ] },
           { "type": "text", "box": [0, 0, 9, 9], "text": "above", "font_size": 9 }"##,
        json!({}),
    );
    let expected = [
        ("/layers/0", "shape"),
        ("/layers/0/children/0", "shape"),
        ("/layers/0/children/1/children/0", "shape"),
        ("/layers/1", "above"),
    ];
    assert_eq!(brief(&plan), expected.map(|(pointer, what)| (pointer, what.to_owned())), "nothing is drawn for no ink");
    assert_eq!(rect(&plan, 0), [10.0, 20.0, 300.0, 400.0]);
    assert_eq!(rect(&plan, 1), [18.0, 25.0, 286.0, 30.0]);
    assert_eq!(rect(&plan, 2), [18.0, 64.0, 143.0, 40.0]);
}

#[test]
fn what_is_not_drawn_takes_no_room() {
    let layers = r##"{ "type": "column", "box": [0, 0, 300, 400], "gap": 10, "children": [
        { "type": "shape", "when": "{{title}}", "background": "#000", "height": 30 },
        { "type": "text", "text": "{{title}}", "font_size": 20 },
        { "type": "row", "children": [{ "type": "text", "repeat": "items", "text": "a", "font_size": 20 }] },
        { "type": "shape", "background": "#000", "height": 40 } ] }"##;
    assert_eq!(rect(&planned(layers, json!({})), 0), [0.0, 0.0, 300.0, 40.0]);
    let with = planned(layers, json!({ "title": "a" }));
    assert_eq!((rect(&with, 1)[1], rect(&with, 2)[1]), (40.0, 78.0));
}

#[test]
fn a_layer_is_repeated_over_a_list() {
    let layers = r#"{ "type": "column", "box": [0, 0, 300, 400], "children": [
        { "type": "row", "repeat": "items", "children": [
            { "type": "image", "when": "{{item.photo}}", "src": "{{item.photo}}", "width": 20, "height": 20 },
            { "type": "text", "text": "{{index}} {{item.name}} {{title}}", "font_size": 10 },
            { "type": "text", "repeat": "item.tags", "as": "tag", "text": "{{tag}}/{{index}}/{{item.name}}", "font_size": 10 } ] },
        { "type": "text", "text": "after {{title}}", "font_size": 10 } ] }"#;
    let params =
        json!({ "title": "t", "items": [{ "name": "a", "photo": "a.jpg" }, { "name": "b", "tags": ["x", "y"] }] });
    let plan = planned(layers, params);
    let child = "/layers/0/children/0/children/";
    let expected = [
        (format!("{child}0"), r#"/params/items/0/photo Some(File("a.jpg"))"#),
        (format!("{child}1"), "0 a t"),
        (format!("{child}1"), "1 b t"),
        (format!("{child}2"), "x/0/b"),
        (format!("{child}2"), "y/1/b"),
        ("/layers/0/children/1".to_owned(), "after t"),
    ];
    let found: Vec<_> = brief(&plan).into_iter().map(|(pointer, what)| (pointer.to_owned(), what)).collect();
    assert_eq!(found, expected.map(|(pointer, what)| (pointer, what.to_owned())));
    assert_eq!(planned(layers, json!({ "title": "t" })).layers.len(), 1, "no list, no copies");
}

#[test]
fn faults_of_copies_blame_the_element() {
    let layers = r##"{ "type": "column", "box": [0, 0, 300, 400], "children": [
        { "type": "text", "repeat": "items", "text": "a", "color": "{{item.name}}", "font_size": 10 } ] }"##;
    let params = json!({ "items": [{ "name": "#fff" }, { "name": "red" }] });
    let fault = only(ask(flow(layers), params, json!({})));
    assert_eq!((fault.0, fault.1.as_str()), ("value_invalid", "/params/items/1/name"));
}

#[test]
fn copies_are_bounded() {
    let one = r#"{ "type": "column", "box": [0, 0, 300, 400], "children": [
        { "type": "text", "repeat": "items", "text": "a", "font_size": 10 } ] }"#;
    let items = |count: usize| json!({ "items": vec![json!({ "tags": vec!["a"; 20] }); count] });
    assert_eq!(planned(one, items(64)).layers.len(), 64);
    let fault = only(ask(flow(one), items(65), json!({})));
    assert_eq!((fault.0, fault.1.as_str()), ("repeat_too_many", "/params/items"));
    let two = r#"{ "type": "column", "box": [0, 0, 300, 400], "children": [{ "type": "row", "repeat": "items", "children": [
        { "type": "text", "repeat": "item.tags", "as": "tag", "text": "{{tag}}", "font_size": 10 } ] }] }"#;
    assert_eq!(planned(two, items(24)).layers.len(), 480);
    let fault = only(ask(flow(two), items(25), json!({})));
    assert_eq!((fault.0, fault.1.as_str()), ("layers_too_many", "/layers"));
}

#[test]
fn hidden_copies_are_bounded_too() {
    let children = |count: usize| {
        let hidden = json!({ "type": "text", "repeat": "item.tags", "as": "tag", "when": "{{title}}", "text": "a", "font_size": 10 });
        json!({ "type": "column", "box": [0, 0, 300, 400], "children": [
            { "type": "row", "repeat": "items", "children": vec![hidden; count] } ] })
        .to_string()
    };
    let params = json!({ "items": vec![json!({ "tags": vec!["a"; 64] }); 64] });
    // 64 rows, and 64 * 3 or 64 * 4 texts in each.
    assert_eq!(planned(&children(3), params.clone()).layers.len(), 0);
    let fault = only(ask(flow(&children(4)), params, json!({})));
    assert_eq!((fault.0, fault.1.as_str()), ("layers_too_many", "/layers"));
    assert!(fault.2.contains("16384"), "{}", fault.2);
    let last = r##"{ "type": "column", "box": [0, 0, 300, 400], "children": [
        { "type": "row", "repeat": "items", "children": [
            { "type": "shape", "repeat": "item.tags", "as": "tag", "width": 1, "height": 1, "background": "#000" } ] },
        { "type": "shape", "when": "{{title}}", "width": 1, "height": 1 } ] }"##;
    let full = planned(last, json!({ "items": vec![json!({ "tags": vec!["a"; 63] }); 8] }));
    assert_eq!(full.layers.len(), 504, "a hidden layer after the 512th is no fault");
}

#[test]
fn a_code_is_requested_in_the_size_that_the_container_gives_it() {
    let layers = r#"{ "type": "row", "box": [0, 0, 700, 400], "children": [
        { "type": "text", "text": "扫码", "font_size": 20, "grow": 1 },
        { "type": "code", "when": "{{code}}", "width": 320, "plate": { "padding": 10 }, "align_self": "center" } ] }"#;
    let ask = |params: Value| ask(flow(layers), params, json!({ "scene": "a" })).unwrap();
    let plan = ask(json!({ "code": "yes" }));
    assert_eq!(rect(&plan, 1), [380.0, 40.0, 320.0, 320.0]);
    assert_eq!(plan.code.unwrap().width, 300);
    assert_eq!(ask(json!({})).code, None, "not drawn, not requested");
    let small = r#"{ "type": "row", "box": [0, 0, 300, 15], "children": [
        { "type": "code", "height": "100%", "plate": { "padding": 10 } } ] }"#;
    let fault = only(super::ask(flow(small), json!({}), json!({ "scene": "a" })));
    assert_eq!((fault.0, fault.1.as_str()), ("plate_padding", "/layers/0/children/0/plate/padding"));
}

#[test]
fn a_container_may_replace_a_slot() {
    let layers = r##"{ "type": "column", "at": "#code", "children": [{ "type": "shape", "background": "#000", "height": 9 }] }"##;
    let fault = only(ask(template("", layers), json!({}), json!({})));
    assert_eq!((fault.0, fault.1.as_str()), ("slot_unmeasured", "/layers/0/at"));
    let mut measured = template("", layers);
    measured = measured.with_slots([("code".into(), [5.0, 6.0, 70.0, 80.0])].into());
    let plan = ask(measured, json!({}), json!({})).unwrap();
    assert_eq!(plan.layers[0].at, At::Within { slot: "code".into(), rect: [0.0, 0.0, 70.0, 9.0] });
}

#[test]
fn children_that_do_not_fit_are_reported() {
    let codes = |layers: &str| -> Vec<(&'static str, String)> {
        let plan = planned(layers, json!({}));
        plan.findings.iter().map(|f| (f.code, f.pointer.clone().unwrap_or_default())).collect()
    };
    let row = |children: &str| format!(r#"{{ "type": "row", "box": [0, 0, 100, 50], "children": [{children}] }}"#);
    let wide = r##"{ "type": "shape", "background": "#000", "width": 101 }"##;
    assert_eq!(codes(&row(wide)), [("flow_overflow", "/layers/0".to_owned())]);
    let exact = r##"{ "type": "shape", "background": "#000", "width": 100 }"##;
    assert_eq!(codes(&row(exact)), []);
    let squeezed = format!(r#"{exact}, {{ "type": "text", "text": "gone", "font_size": 10 }}"#);
    assert_eq!(codes(&row(&squeezed)), [("layer_empty", "/layers/0/children/1".to_owned())]);
    let shape = |width: u32, margin: &str| {
        row(&format!(r##"{{ "type": "shape", "background": "#000", "width": {width}, "margin": {margin} }}"##))
    };
    assert_eq!(codes(&shape(120, "[0, -10, 0, -10]")), [], "moved out of the container on purpose");
    assert_eq!(codes(&shape(122, "[0, -10, 0, -10]")), [("flow_overflow", "/layers/0".to_owned())]);
    let right = shape(120, "[0, 0, 0, 5]").replace(r#""children""#, r#""justify_content": "end", "children""#);
    assert_eq!(codes(&right), [("flow_overflow", "/layers/0".to_owned())], "beyond the left edge");
    let padded = r#"{ "type": "row", "box": [0, 0, 100, 50], "padding": 60, "children": [] }"#;
    assert_eq!(codes(padded), [("flow_overflow", "/layers/0".to_owned())]);
}

/// Code, pointer and hint of each finding.
fn faults(layers: &str) -> Vec<(&'static str, String, String)> {
    let error = try_flow(layers).map(|_| ()).expect_err("a fault");
    let brief = |f: &Finding| {
        assert!(f.place.is_some(), "{f:?}");
        (f.code, f.pointer.clone().unwrap_or_default(), f.hint.clone().unwrap_or_default())
    };
    error.all_findings().iter().map(brief).collect()
}

#[test]
fn faults_of_children_have_their_places() {
    let children = r##"
        { "type": "text", "text": "{{titel}}", "font_size": 10 },
        { "type": "text", "text": "a", "font_size": 10, "box": [0, 0, 9, 9] },
        { "type": "text", "text": "a", "font_size": 10, "widht": 9 },
        { "type": "shape", "width": -5, "height": "50", "margin": [1, 2, 3], "grow": -1 },
        { "type": "image", "src": "a.jpg", "width": 20, "align_self": "start" },
        { "type": "code", "align_self": "start" },
        { "type": "row", "padding": -1, "align_items": "middle", "children": [{ "type": "txet" }] },
        { "type": "text", "text": "{{item.nmae}}", "repeat": "items", "font_size": 10 },
        { "type": "text", "text": "a", "repeat": "itmes", "font_size": 10 },
        { "type": "text", "text": "a", "repeat": "title", "font_size": 10 },
        { "type": "text", "text": "a", "repeat": "{{items}}", "font_size": 10 },
        { "type": "text", "text": "a", "repeat": "items", "as": "title", "font_size": 10 },
        { "type": "text", "text": "a", "as": "one", "font_size": 10 },
        { "type": "row", "repeat": "items", "children": [{ "type": "code", "width": 90 }] },
        { "type": "text", "text": "a", "repeat": "items", "as": "index", "font_size": 10 }"##;
    let found = faults(&format!(r#"{{ "type": "column", "box": [0, 0, 100, 50], "children": [{children}] }}"#));
    let place = "the container places its children: set `width` and `height` if they need a size";
    let expected = [
        ("name_unknown", "0/text", "did you mean `title`?"),
        ("layout_unknown", "1/box", place),
        ("layout_unknown", "2/widht", "did you mean `width`?"),
        ("layout_invalid", "3/width", ""),
        ("layout_invalid", "3/height", "write 50: numbers have no quotation marks"),
        ("layout_invalid", "3/margin", ""),
        ("layout_invalid", "3/grow", ""),
        ("child_size", "4", "add `width` and `height`, or one of them and `aspect_ratio`"),
        ("child_size", "5", "add `width`"),
        ("layout_invalid", "6/padding", ""),
        ("layout_invalid", "6/align_items", ""),
        ("layout_unknown", "6/children/0/type", "did you mean `text`?"),
        ("name_unknown", "7/text", "did you mean `name`?"),
        ("name_unknown", "8/repeat", "did you mean `items`?"),
        ("name_unknown", "9/repeat", "`repeat` must name a parameter of the type array"),
        ("layout_invalid", "10/repeat", ""),
        ("repeat_name", "11/as", "choose another one: \"as\": \"...\""),
        ("repeat_missing", "12/as", "add \"repeat\": \"NAME OF A LIST\", or remove `as`"),
        ("repeat_code", "13/children/0", "move it out of the repeated layer"),
        ("repeat_name", "14/as", "choose another one: \"as\": \"...\""),
    ];
    let expected = expected.map(|(code, at, hint)| (code, format!("/layers/0/children/{at}"), hint.to_owned()));
    assert_eq!(found, expected, "{found:#?}");
}

#[test]
fn containers_are_bounded_in_depth_and_in_number() {
    let nested = |depth: usize| {
        let mut layer = json!({ "type": "row", "children": [] });
        for _ in 1..depth {
            layer = json!({ "type": "row", "children": [layer] });
        }
        layer["box"] = json!([0, 0, 9, 9]);
        layer.to_string()
    };
    assert!(try_flow(&nested(8)).is_ok());
    assert_eq!(faults(&nested(9))[0].0, "flow_depth");
    let codes: Vec<_> = faults(&nested(25)).into_iter().map(|f| f.0).collect();
    assert_eq!(codes, vec!["flow_depth"; 17]);
    let shapes = vec![json!({ "type": "shape" }); 257];
    let many = json!({ "type": "row", "box": [0, 0, 9, 9], "children": shapes }).to_string();
    assert_eq!(faults(&many)[0].0, "layout_invalid");
}

#[test]
fn heights_of_canvases_are_checked() {
    let canvas = |canvas: &str| -> Vec<(&'static str, String)> {
        let layout = format!(r#"{{ "title": "t", "canvas": {canvas} }}"#);
        let files = [("layout.json".to_owned(), Bytes::from(layout))].into();
        let error = Template::load("t", files).map(|_| ()).err();
        let found = error.iter().flat_map(|error| error.all_findings());
        found.map(|f| (f.code, f.pointer.clone().unwrap_or_default())).collect()
    };
    assert_eq!(canvas(r#"{ "width": 750, "height": "auto", "min_height": 10, "max_height": 10 }"#), []);
    let fault = |code, at: &str| vec![(code, format!("/canvas/{at}"))];
    assert_eq!(canvas(r#"{ "width": 750, "height": "automatic" }"#), fault("layout_invalid", "height"));
    assert_eq!(canvas(r#"{ "width": 750, "height": 9000 }"#), fault("layout_invalid", "height"));
    assert_eq!(canvas(r#"{ "width": 750, "height": 90, "max_height": 90 }"#), fault("canvas_height", "max_height"));
    let order = canvas(r#"{ "width": 750, "height": "auto", "min_height": 11, "max_height": 10 }"#);
    assert_eq!(order, fault("canvas_height", "min_height"));
    let large = canvas(r#"{ "width": 4096, "height": "auto", "max_height": 8192 }"#);
    assert_eq!(large, [("canvas_too_large", "/canvas".to_owned())]);
    assert_eq!(canvas(r#"{ "width": 4096, "height": "auto" }"#), [], "as high as the pixels allow");
}
