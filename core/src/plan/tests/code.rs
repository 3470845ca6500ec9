//! Planning: the code that a poster carries, by its kind, its fields and its faults.

use super::*;

fn opens(page: &str, scene: &str, check_path: bool) -> Opens {
    Opens::Unlimited { page: page.to_owned(), scene: Scene::Text(scene.to_owned()), check_path }
}

fn need(code: &str, layers: &str, params: Value, request: Value) -> CodeNeed {
    let plan = ask(template(code, layers), params, request);
    plan.unwrap_or_else(|error| panic!("{:#?}", error.all_findings())).code.expect("a code")
}

#[test]
fn fields_of_the_request_override_those_of_the_layout() {
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
fn the_code_is_requested_at_least_as_large_as_it_is_drawn() {
    let request = || json!({ "scene": "x" });
    let width = |layer: &str| need("", layer, json!({}), request()).width;
    assert_eq!(width(r#"{ "type": "code", "box": [0, 0, 300.2, 400] }"#), 301);
    assert_eq!(width(r#"{ "type": "code", "box": [0, 0, 400, 400], "plate": { "padding": 20 } }"#), 360);
    assert_eq!(width(r#"{ "type": "code", "box": [0, 0, 5000, 5000] }"#), 1280);
    let two = r#"{ "type": "code", "box": [0, 0, 300, 300] }, { "type": "code", "box": [0, 0, 310, 310] }"#;
    assert_eq!(width(two), 310);
    let slot = r##"{ "type": "code", "at": "#code", "plate": { "padding": 10 } }"##;
    assert_eq!(width(slot), 730, "a slot without a known size");
    let mut measured = template("", slot);
    measured = measured.with_slots([("code".into(), [5.0, 5.0, 400.0, 410.0])].into());
    assert_eq!(ask(measured, json!({}), request()).unwrap().code.unwrap().width, 380);
    let mut small = template("", slot);
    small = small.with_slots([("code".into(), [5.0, 5.0, 20.0, 20.0])].into());
    assert_eq!(only(ask(small, json!({}), request())).0, "plate_padding");
    let code = serde_json::from_value(request()).unwrap();
    let request = Request { params: json!({}), code, scale: 2.5 };
    assert_eq!(
        plan(Arc::new(template("", CODE)), &request, &crate::testing::fonts()).unwrap().code.unwrap().width,
        475
    );
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
    assert_eq!(scene_of(long, json!({})), Scene::Long(payload.to_owned()));
    let list = json!({ "scene": { "a": [1], "b": 2 } });
    assert_eq!(scene_of(json!({}), list), Scene::Long(r#"{"a":[1],"b":"2"}"#.to_owned()));
}

#[test]
fn invalid_scenes_are_rejected() {
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
fn invalid_pages_are_rejected() {
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

    // The request may ask for another kind: the layout's fields of its own kind are then ignored.
    let layout = r#""code": { "page": "pages/a", "scene": "x", "app": "shop", "env_version": "trial" },"#;
    let other = need(layout, CODE, json!({}), json!({ "kind": "square", "path": "pages/b" }));
    assert_eq!((other.opens, other.app.as_str()), (Opens::Square { path: "pages/b".into() }, "shop"));
    assert_eq!(other.env_version, EnvVersion::Release);
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
fn a_code_given_by_a_layer_is_not_requested() {
    let own = r#"{ "type": "code", "box": [0, 0, 200, 190], "src": "{{photo}}" }"#;
    let given = |params: Value, request: Value| ask(template("", own), params, request);
    let plan = given(json!({ "photo": "a.jpg" }), json!({})).unwrap();
    assert_eq!(plan.code, None);
    let Planned::Code(code) = &plan.layers[0].kind else { panic!("{plan:?}") };
    let expected = LayerPicture { source: AssetSource::File("a.jpg".into()), pointer: "/params/photo".into() };
    assert_eq!(code.given, Some(expected));
    assert_eq!(only(given(json!({ "photo": "a.jpg" }), json!({ "scene": "a" }))).0, "code_unused");
    // Without the picture, the code is requested.
    assert_eq!(given(json!({}), json!({ "scene": "a" })).unwrap().code.unwrap().opens, opens("", "a", true));
    assert_eq!(only(given(json!({}), json!({}))).0, "code_missing");
    assert_eq!(only(given(json!({ "photo": "c.jpg" }), json!({}))).0, "param_invalid");
}

#[test]
fn the_plate_of_a_given_code_is_checked() {
    let row = r#"{ "type": "row", "box": [0, 0, 300, 15], "children": [
        { "type": "code", "src": "a.jpg", "height": "100%", "plate": { "padding": 10 } } ] }"#;
    let fault = only(ask(template("", row), json!({}), json!({})));
    assert_eq!((fault.0, fault.1.as_str()), ("plate_padding", "/layers/0/children/0/plate/padding"));
}

#[test]
fn a_centre_covers_no_more_than_scanners_tolerate() {
    let layer = |size: &str| {
        format!(r#"{{ "type": "code", "box": [0, 0, 200, 190], "center": {{ "src": "{{{{photo}}}}"{size} }} }}"#)
    };
    let planned = |size: &str, photo: &str, request: Value| {
        let params = if photo.is_empty() { json!({}) } else { json!({ "photo": photo }) };
        ask(template("", &layer(size)), params, request)
    };
    let center = |plan: Plan| match &plan.layers[0].kind {
        Planned::Code(code) => code.center.as_ref().map(|center| center.size),
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

#[test]
fn a_colour_is_chosen_only_where_none_is_set() {
    let layout = r#""code": { "page": "pages/a", "scene": "x" },"#;
    let asked = |layer: &str, request: Value| {
        let plan = ask(template(layout, layer), json!({}), request);
        let plan = plan.unwrap_or_else(|error| panic!("{:#?}", error.all_findings()));
        let need = plan.code.as_ref().expect("a code");
        assert!(need.line_color.is_none() || !plan.auto_line_color, "{need:?}");
        (plan.is_auto(), plan.auto_line_color, need.line_color)
    };
    let auto = r#"{ "type": "code", "box": [0, 0, 200, 190], "line_color": "auto" }"#;
    assert_eq!(asked(auto, json!({})), (true, true, None));
    assert_eq!(asked(auto, json!({ "line_color": "#102030" })), (false, false, Some([16, 32, 48])));
    assert_eq!(asked(auto, json!({ "auto_color": true })), (false, false, None));
    let by_parameter = auto.replace("\"auto\"", "\"{{#if true}}auto{{/if}}\"");
    assert_eq!(asked(&by_parameter, json!({})), (true, true, None));
    let plate = r#"{ "type": "code", "box": [0, 0, 200, 190], "plate": "auto" }"#;
    assert_eq!(asked(plate, json!({})), (true, false, None));
    let always = r#"{ "type": "code", "box": [0, 0, 200, 190], "plate": { "padding": 4 } }"#;
    assert_eq!(asked(always, json!({})), (false, false, None));
}
