//! Loading: valid templates, and every kind of fault with its position.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::json;

use super::*;
use crate::error::{Error, Finding, Severity};

mod artwork;
mod handlebars;
mod parameters;
mod text;

const SVG: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100">
  <rect id="photo" width="50" height="50"/>
  <g opacity="0.5"><rect id="faded" width="9" height="9"/></g>
  <defs><rect id="hidden" width="9" height="9"/></defs>
  <rect id="twice" width="9" height="9"/><rect id="twice" width="9" height="9"/>
</svg>"#;

/// The files of a template: a layout with these layers and params, the artwork above, and one picture.
fn files(params: &str, layers: &str) -> BTreeMap<String, Bytes> {
    let layout = format!(
        "{{\n  \"title\": \"t\",\n  \"canvas\": {{ \"width\": 100, \"height\": 100 }},\n  \"artwork\": \"artwork.svg\",\n  \
         \"params\": {params},\n  \"layers\": [\n{layers}\n  ]\n}}"
    );
    let all = [("layout.json", layout.as_str()), ("artwork.svg", SVG), ("assets/photo.jpg", "jpeg")];
    all.into_iter().map(|(path, text)| (path.to_owned(), Bytes::from(text.to_owned()))).collect()
}

const PARAMS: &str = r#"{ "type": "object", "properties": { "title": { "type": "string" }, "price": { "type": "integer" }, "buyers": { "type": "array", "items": { "type": "object", "properties": { "name": { "type": "string" } } } } } }"#;

fn load(layers: &str) -> Result<Template> {
    Template::load("t", files(PARAMS, layers))
}

fn with(path: &str, text: &str) -> Result<Template> {
    let mut files = files(PARAMS, "");
    files.insert(path.to_owned(), Bytes::from(text.to_owned()));
    Template::load("t", files)
}

fn findings(result: Result<Template>) -> Vec<Finding> {
    let error: Error = result.map(|_| ()).expect_err("a fault");
    assert_eq!(error.code(), "template_invalid");
    for finding in error.all_findings() {
        let place = finding.place.as_ref().unwrap_or_else(|| panic!("no place: {finding:?}"));
        assert!(place.snippet.contains('^'), "no caret: {finding:?}");
    }
    error.all_findings().to_vec()
}

/// Code, `file:line:column` and hint of each finding.
fn found(result: Result<Template>) -> Vec<(&'static str, String, String)> {
    let brief = |finding: &Finding| {
        let place = finding.place.as_ref().map(|p| format!("{}:{}:{}", p.file, p.line, p.column));
        (finding.code, place.unwrap_or_default(), finding.hint.clone().unwrap_or_default())
    };
    findings(result).iter().map(brief).collect()
}

/// The only finding's code and message.
fn only(result: Result<Template>) -> (&'static str, String) {
    match &findings(result)[..] {
        [one] => (one.code, one.message.clone()),
        all => panic!("{} findings: {all:#?}", all.len()),
    }
}

#[test]
fn a_valid_template_loads() {
    let template = load(
        r##"{ "type": "text", "box": [0, 0, 10, 10], "text": "{{title}}", "font_size": 10, "color": "#fff" }, // a comment
        { "type": "image", "at": "#photo", "src": "assets/photo.jpg" }"##,
    )
    .unwrap();
    assert_eq!(template.layout.layers.len(), 2);
    assert_eq!(template.slot_ids().into_iter().collect::<Vec<_>>(), ["photo"]);
    assert_eq!(template.files.keys().collect::<Vec<_>>(), ["artwork.svg", "assets/photo.jpg"]);
    let photo = template.asset("assets/photo.jpg").expect("a file");
    assert_eq!(photo.hash, blake3::hash(&template.files["assets/photo.jpg"]));
    assert!(template.asset("assets/other.jpg").is_none());
    let other = with("assets/photo.jpg", "another").unwrap();
    assert_ne!(other.version, with("assets/photo.jpg", "picture").unwrap().version);
    assert_eq!(other.version, with("assets/photo.jpg", "another").unwrap().version);
}

#[test]
fn an_unknown_key_has_a_caret_and_a_suggestion() {
    let all = findings(load(
        r##"    { "type": "text", "box": [0, 0, 10, 10], "text": "a", "font_size": 10, "colour": "#fff" }"##,
    ));
    assert_eq!(all.len(), 1, "{all:#?}");
    assert_eq!(all[0].message, "`colour` is not known here");
    assert_eq!(all[0].hint.as_deref(), Some("did you mean `color`?"));
    assert_eq!(all[0].pointer.as_deref(), Some("/layers/0/colour"));
    let place = all[0].place.as_ref().unwrap();
    let expected = r##" --> layout.json:7:76
  |
7 | ...text", "box": [0, 0, 10, 10], "text": "a", "font_size": 10, "colour": "#fff" }
  |                                                                ^^^^^^^^"##;
    assert_eq!(place.snippet, expected, "\n{}", place.snippet);
}

#[test]
fn all_faults_are_reported() {
    let layers = r##"{ "type": "text", "box": [0, 0, 10, 0], "text": "{{titel}}", "font_size": 10 },
{ "type": "txet", "text": "a" },
{ "type": "text", "text": 5, "font_size": "10", "text_align": "centre", "max_lines": 0 },
{ "type": "image", "at": "#phot", "src": "assets/foto.jpg", "border_radius": "40%", "opacity": 2 },
{ "type": "shape", "box": [0, 0, 10], "background": "red" },
{ "type": "code", "box": [0, 0, 10, 10], "plate": { "padding": 5 } },
{ "at": "#photo" }"##;
    let expected = [
        ("layer_place", "layout.json:7:26", "a box is [x, y, width, height]"),
        ("name_unknown", "layout.json:7:52", "did you mean `title`?"),
        ("layout_unknown", "layout.json:8:11", "did you mean `text`?"),
        ("layout_type", "layout.json:9:27", ""),
        ("layout_type", "layout.json:9:43", "write 10: numbers have no quotation marks"),
        ("layout_invalid", "layout.json:9:63", "did you mean `center`?"),
        ("layout_invalid", "layout.json:9:86", ""),
        ("slot_missing", "layout.json:10:26", "did you mean `photo`?"),
        ("asset_missing", "layout.json:10:42", "did you mean `assets/photo.jpg`?"),
        ("layout_invalid", "layout.json:10:78", ""),
        ("layout_invalid", "layout.json:10:96", ""),
        ("layout_invalid", "layout.json:11:27", ""),
        ("layout_invalid", "layout.json:11:53", "write \"#ff0000\""),
        ("plate_padding", "layout.json:12:64", ""),
        ("layout_missing", "layout.json:13:1", "one of image, text, code, shape, barcode, row, column"),
    ];
    let found = found(load(layers));
    let found: Vec<_> = found.iter().map(|(code, place, hint)| (*code, place.as_str(), hint.as_str())).collect();
    assert_eq!(found, expected, "{found:#?}");
}

#[test]
fn messages_are_in_plain_words() {
    let message = |layer: &str| only(load(layer)).1;
    let text = |field: &str| {
        message(&format!(r##"{{ "type": "text", "box": [0, 0, 9, 9], "text": "a", "font_size": 9, {field} }}"##))
    };
    assert_eq!(text(r#""max_lines": "2""#), "expected integer, got string \"2\"");
    assert_eq!(text(r#""opacity": 1.5"#), "1.5 is greater than the maximum of 1");
    assert_eq!(text(r#""color": "red""#), "expected a colour as #rgb, #rgba, #rrggbb or #rrggbbaa, got string \"red\"");
    assert_eq!(
        text(r#""text_align": "middle""#),
        "expected \"left\", \"center\", \"right\" or \"justify\", got string \"middle\""
    );
    assert_eq!(text(r#""letter_spacing": 1e38"#), "1e+38 is greater than the maximum of 1000");
    assert_eq!(text(r#""when": null"#), "expected string, got null");
    let shape = |field: &str| message(&format!(r##"{{ "type": "shape", "box": [0, 0, 9, 9], {field} }}"##));
    assert_eq!(
        shape(r#""border_radius": -1"#),
        "expected px from 0 up, \"50%\", or four px (top left, top right, bottom right, bottom left), got number -1"
    );
    assert_eq!(shape(r##""box_shadow": { "blur": 300, "color": "#000" }"##), "300 is greater than the maximum of 200");
    assert_eq!(shape(r#""border": { "width": 1 }"#), "`color` is missing");
}

#[test]
fn a_layer_has_a_slot_or_a_box() {
    let code = |place: &str| only(load(&format!(r#"{{ "type": "shape"{place} }}"#)));
    assert_eq!(code("").1, "the layer has neither `at` nor `box`");
    assert!(load(r##"{ "type": "shape", "at": "#photo", "box": [0, 0, 1, 1] }"##).is_ok());
    assert_eq!(code(r##", "at": "#photo", "box": [0, 0, -1, 1]"##).0, "layer_place");
    assert_eq!(code(r#", "at": "photo""#).0, "layer_place");
    assert_eq!(code(r#", "box": [0, 0, -1, 1]"#).0, "layer_place");
}

#[test]
fn broken_json_has_a_caret() {
    let all = findings(with("layout.json", "{\n  \"title\": \"t\",\n}"));
    assert_eq!(all[0].message, "trailing commas are not allowed");
    let snippet = &all[0].place.as_ref().unwrap().snippet;
    assert_eq!(snippet, " --> layout.json:2:15\n  |\n2 |   \"title\": \"t\",\n  |               ^", "\n{snippet}");
    let twice: Vec<_> = found(with("layout.json", "{ \"title\": 1, \"title\": 2 }")).iter().map(|f| f.0).collect();
    assert!(twice.contains(&"json_duplicate_key") && twice.contains(&"layout_missing"), "{twice:?}");
    let missing = Template::load("t", BTreeMap::new()).unwrap_err();
    assert_eq!(missing.all_findings()[0].code, "layout_missing");
}

#[test]
fn the_canvas_is_opaque_and_not_too_large() {
    let canvas = |canvas: &str| only(with("layout.json", &format!(r#"{{ "title": "t", "canvas": {canvas} }}"#))).0;
    assert_eq!(canvas(r##"{ "width": 10, "height": 10, "background": "#fff8" }"##), "canvas_transparent");
    assert_eq!(canvas(r#"{ "width": 4096, "height": 8192 }"#), "canvas_too_large");
    assert_eq!(canvas(r#"{ "width": 0, "height": 1 }"#), "layout_invalid");
    assert_eq!(canvas(r#"{ "width": 1.5, "height": 1 }"#), "layout_type");
}

#[test]
fn files_must_be_in_the_folder() {
    let image = |field: &str| only(load(&format!(r##"{{ "type": "image", "at": "#photo", {field} }}"##)));
    assert_eq!(image(r#""src": "foto.jpg""#).1, "\"foto.jpg\" is not a file of the template's folder");
    assert_eq!(image(r#""src": "../secret""#).1, "\"../secret\" leaves the template's folder");
    assert_eq!(image(r#""src": "{{title}}", "fallback": "x.png""#).0, "asset_missing");
    assert_eq!(image(r#""src": "{{title}}", "on_error": "fallback""#).0, "fallback_missing");
    let artwork = r#"{ "title": "t", "canvas": { "width": 1, "height": 1 }, "artwork": "artwrok.svg" }"#;
    assert_eq!(found(with("layout.json", artwork))[0].2, "did you mean `artwork.svg`?");
}

#[test]
fn code_layers_agree_and_the_target_is_checked() {
    let layers =
        r##"{ "type": "code", "box": [0, 0, 9, 9] }, { "type": "code", "box": [0, 0, 9, 9], "is_hyaline": false }"##;
    assert_eq!(only(load(layers)).1, "all code layers show the same code, but `is_hyaline` differs from layer 0");
    let code = |code: &str| {
        let layout = format!(r#"{{ "title": "t", "canvas": {{ "width": 1, "height": 1 }}, "code": {code} }}"#);
        found(with("layout.json", &layout)).into_iter().map(|f| f.0).collect::<Vec<_>>()
    };
    assert_eq!(code(r#"{ "page": "/pages/a?b=1", "scene": "%" }"#), ["page_slash", "page_query", "scene_character"]);
    assert_eq!(code(r#"{ "scene": "012345678901234567890123456789012" }"#), ["scene_too_long"]);
    assert_eq!(code(r#"{ "scene": { "id": "" } }"#), ["scene_empty"]);
    assert_eq!(code(r#"{ "env_version": "prod" }"#), ["layout_invalid"]);
    assert_eq!(code(r#"{ "scene": 5 }"#), ["layout_type"]);
}

#[test]
fn the_schema_of_the_params_is_checked() {
    let params = |params: &str| found(Template::load("t", files(params, "")));
    let codes = |text: &str| params(text).into_iter().map(|f| (f.0, f.1)).collect::<Vec<_>>();
    let one = |place: &str| [("params_schema", format!("layout.json:5:{place}"))];
    assert_eq!(codes(r#"{ "properties": {} }"#), one("13"));
    assert_eq!(codes(r#"{ "type": "object", "properties": { "a": { "type": "strng" } } }"#), one("64"));
    let typo = params(r#"{ "type": "object", "properties": { "a": { "maxlength": 3 } } }"#);
    assert_eq!(typo[0].2, "did you mean `maxLength`?");
    let remote = r#"{ "type": "object", "properties": { "a": { "$ref": "https://a.cn/b" } } }"#;
    assert_eq!(codes(remote), one("64"));
    assert_eq!(codes(r##"{ "type": "object", "properties": { "a": { "$ref": "#/$defs/b" } } }"##).len(), 1);
    assert_eq!(codes(r#"{ "type": "object", "properties": { "a": { "format": "imgae" } } }"#), one("66"));
    assert_eq!(codes(r#"{ "type": "object", "properties": { "a": { "pattern": "(" } } }"#).len(), 1);
    let default = r#"{ "type": "object", "properties": { "a": { "type": "integer", "default": "x" } } }"#;
    assert_eq!(codes(default), one("86"));
    let nested = r#"{ "type": "object", "properties": { "a b/%": { "type": "object", "properties": { "c": { "type": "string", "default": 1 } } } } }"#;
    assert_eq!(codes(nested), one("130"));
    let reference = r##"{ "type": "object", "$defs": { "a": { "default": "x" } }, "properties": { "a": { "$ref": "#/$defs/a", "type": "integer", "default": 1 } } }"##;
    Template::load("t", files(reference, "")).expect("the property's own default is used");
}

#[test]
fn samples_are_checked() {
    let template = with("samples/usual.json", r#"{ "title": "a" }"#).unwrap();
    assert_eq!(template.samples().get("usual"), Some(&json!({ "title": "a" })));
    let all = found(with("samples/usual.json", "{\n  \"titel\": \"a\",\n  \"price\": 1.5\n}"));
    let expected = [
        ("param_unknown", "samples/usual.json:2:3".to_owned(), "did you mean `title`?".to_owned()),
        ("param_type", "samples/usual.json:3:12".to_owned(), String::new()),
    ];
    assert_eq!(all, expected);
    assert_eq!(found(with("samples/usual.json", "{"))[0].0, "json_syntax");
    let mut all = files(PARAMS, "");
    for path in ["samples/a.json", "samples/samples/a.json", "samples/a.json.json", "samples/a.txt"] {
        all.insert(path.to_owned(), Bytes::from("{}"));
    }
    let template = Template::load("t", all).expect("valid");
    assert_eq!(template.samples().keys().collect::<Vec<_>>(), ["a", "a.json", "samples/a"]);
}

#[test]
fn the_scaffold_is_a_valid_template() {
    let files: BTreeMap<String, Bytes> = scaffold("my-first").unwrap().into_iter().collect();
    let template = Template::load("my-first", files).unwrap_or_else(|e| panic!("{:#?}", e.all_findings()));
    assert_eq!(template.layout.title, "my-first");
    assert_eq!(template.layout.schema.as_deref(), Some("../layout.schema.json"));
    assert_eq!(template.samples().keys().collect::<Vec<_>>(), ["longest", "poorest", "usual"]);
    let template = Arc::new(template);
    for (name, params) in template.samples() {
        let request = crate::plan::Request { params: params.clone(), code: Default::default(), scale: 1.0 };
        let plan = crate::plan::plan(template.clone(), &request, &crate::testing::fonts());
        plan.unwrap_or_else(|error| panic!("{name}: {:#?}", error.all_findings()));
    }
    for bad in ["", "-a", "A", "a/b", "..", "é", &"a".repeat(65)] {
        assert_eq!(scaffold(bad).unwrap_err().code(), "template_name", "{bad}");
    }
}

#[test]
fn every_kind_of_layer_shows_its_type() {
    let schema = schema();
    let kinds = schema["$defs"]["Layer"]["oneOf"].as_array().unwrap();
    let names: Vec<_> = kinds.iter().map(|kind| kind["properties"]["type"]["const"].as_str().unwrap()).collect();
    assert_eq!(names, ["image", "text", "code", "shape", "barcode", "row", "column"]);
    for kind in kinds {
        assert_eq!(kind["required"][0], "type");
        assert_eq!(kind["additionalProperties"], false);
    }
    assert!(!schema.to_string().contains("\"null\""), "an optional member is omitted, not null");
}

#[test]
fn all_faults_of_a_layer_are_reported() {
    let layer = r##"{ "type": "text", "box": [0, 0, 0, 9], "text": "{{titel}}", "font_size": 9, "colour": "#fff", "opacity": 2 }"##;
    let codes: Vec<_> = found(load(layer)).into_iter().map(|f| f.0).collect();
    assert_eq!(codes, ["layer_place", "name_unknown", "layout_unknown", "layout_invalid"]);
}

#[test]
fn what_designers_write_by_habit_is_explained() {
    let text = |members: &str| format!("{{ \"type\": \"text\", \"box\": [0, 0, 9, 9], \"text\": \"x\", {members} }}");
    assert!(found(load(&text("\"font_size\": \"44px\""))).remove(0).2.starts_with("write 44"));
    let text = |members: &str| text(&format!("\"font_size\": 9, {members}"));
    let hint = |members: &str| found(load(&text(members))).remove(0).2;
    assert!(hint("\"font_weight\": \"bold\"").starts_with("write 700"));
    assert_eq!(hint("\"color\": \"rgba(0, 0, 0, 0.5)\""), "write \"#00000080\"");
    assert_eq!(hint("\"text_shadow\": \"0 2px 4px black\""), "write { \"y\": 2, \"blur\": 4, \"color\": \"#000000\" }");
    assert!(hint("\"repeat\": \"buyers\"").contains("children of a row or a column"));

    let template = load(&text("\"opacity\": 1").replace("\"x\"", "\"${title}: ${other} {{price}}\"")).unwrap();
    let dollars = |template: &Template| -> Vec<_> {
        let found = template.warnings().iter().filter(|found| found.code == "text_dollar");
        found.map(|found| (found.message.clone(), found.hint.clone())).collect()
    };
    let expected = ("`${title}` is drawn as it is".to_owned(), Some("write {{title}}".to_owned()));
    assert_eq!(dollars(&template), [expected]);
    let template = load(&text("\"opacity\": 1").replace("\"x\"", "\"${price}\"")).unwrap();
    assert_eq!(dollars(&template).len(), 1, "a text without handlebars");
    let load_text = |written: &str| load(&text("\"opacity\": 1").replace("\"x\"", &format!("\"{written}\""))).unwrap();
    for (written, expected) in [
        ("{title} ｛｛title｝｝", vec!["`{title}` is drawn as it is", "`｛title｝` is drawn as it is"]),
        ("{other} {{title}} {{{title}}} { title", vec![]),
    ] {
        let found: Vec<_> = dollars(&load_text(written)).into_iter().map(|found| found.0).collect();
        assert_eq!(found, expected, "{written}");
    }
}

#[test]
fn layers_take_the_shadows_that_hints_name() {
    let child = r##"{ "type": "shape", "width": 9, "height": 9, "background": "#fff" }"##;
    for (fields, member) in [
        (r#""type": "text", "text": "a", "font_size": 9"#, Some("text_shadow")),
        (r#""type": "image", "src": "assets/photo.jpg""#, Some("box_shadow")),
        (r##""type": "shape", "background": "#fff""##, Some("box_shadow")),
        (&*format!(r#""type": "row", "children": [{child}]"#), Some("box_shadow")),
        (&*format!(r#""type": "column", "children": [{child}]"#), Some("box_shadow")),
        (r#""type": "barcode", "value": "8801""#, None),
    ] {
        let layer = |member: &str| load(&format!("{{ \"box\": [0, 0, 90, 90], {fields}, {member} }}"));
        for value in ["\"0 2px 4px 1px #0003\"", "\"none\"", "[]", "true"] {
            let all = found(layer(&format!("\"shadow\": {value}")));
            let hint = all.iter().find(|found| found.0 == "layout_unknown").map_or("", |found| found.2.as_str());
            match member {
                Some(member) => {
                    assert!(hint.starts_with(&format!("write \"{member}\": ")), "{fields}: {hint}");
                    assert!(layer(hint.trim_start_matches("write ")).is_ok(), "{fields}: {hint}");
                }
                None => assert!(hint.starts_with("known here: "), "{fields}: {hint}"),
            }
        }
    }
}

#[test]
fn amounts_that_a_layer_draws_in_fen_are_told() {
    let params = r#"{ "type": "object", "properties": { "price": { "type": "integer", "format": "money" } } }"#;
    let layer = |text: &str| {
        format!(
            "{{ \"type\": \"text\", \"box\": [0, 0, 9, 9], \"font_size\": 9, \"when\": \"{{{{price}}}}\", \"text\": \"{text}\" }}"
        )
    };
    for (text, expected) in [("¥{{price}}", 1), ("{{money price}}", 0)] {
        let template = Template::load("t", files(params, &layer(text))).unwrap();
        let found: Vec<_> = template.warnings().iter().filter(|found| found.code == "money_raw").collect();
        assert_eq!(found.len(), expected, "{text}");
        assert!(found.iter().all(|one| one.hint.as_deref() == Some("write {{money price}}")), "{found:?}");
    }
}
