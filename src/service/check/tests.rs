//! Tests of the template check: templates with one fault each have the expected findings, valid templates have none.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::{
    config::Loaded,
    language::Language,
    service::{call::Call, compose},
};

/// An app with the templates in this folder.
fn app(folder: &std::path::Path) -> App {
    let templates = folder.display().to_string();
    let flags = [("templates", templates), ("data", folder.join("data").display().to_string())];
    App::new(&Loaded::read(None, [], flags).expect("settings").settings.service()).expect("an app")
}

async fn found(layers: serde_json::Value, properties: serde_json::Value) -> Vec<(&'static str, Vec<String>)> {
    let all = tried(layers, properties).await;
    assert!(all.iter().all(|one| one.poster.is_some()), "{all:?}");
    codes_and_cases(&all)
}

/// Findings, also of cases without a poster.
async fn found_with(layers: serde_json::Value, properties: serde_json::Value) -> Vec<(&'static str, Vec<String>)> {
    codes_and_cases(&tried(layers, properties).await)
}

fn codes_and_cases(tried: &[CaseResult]) -> Vec<(&'static str, Vec<String>)> {
    grouped(tried).into_iter().map(|found| (found.finding.code, found.cases)).collect()
}

async fn tried(layers: serde_json::Value, properties: serde_json::Value) -> Vec<CaseResult> {
    let folder = tempfile::tempdir().expect("a folder");
    let template = folder.path().join("t");
    std::fs::create_dir_all(template.join("samples")).expect("a folder");
    let layout = json!({
        "title": "t", "canvas": { "width": 400, "height": 500, "background": "#fff" },
        "params": { "type": "object", "properties": properties },
        "code": { "page": "pages/a", "scene": "id=1" },
        "layers": layers,
    });
    std::fs::write(template.join("layout.json"), layout.to_string()).expect("a file");
    std::fs::write(template.join("samples/usual.json"), "{}").expect("a file");
    let app = app(folder.path());
    let template = app.template("t").await.unwrap_or_else(|e| panic!("{e} {:#?}", e.all_findings()));
    check(&app, &template).await.expect("tried")
}

fn code(rect: [u32; 4]) -> serde_json::Value {
    json!({ "type": "code", "box": rect, "is_hyaline": true })
}

#[tokio::test]
async fn a_poster_that_waits_to_be_looked_at_holds_no_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = app(folder.path());
    let template = app.template("product-share").await.expect("a template");
    let params = template.samples()["usual"].clone();
    let request = ComposeRequest { code_from: CodeFrom::Sample, ..ComposeRequest::new("product-share", params) };
    let mut composed = compose(&app, request).await.expect("a poster");
    composed.held = Some(Arc::new(app.pool.hold(1 << 30)));
    let (looked, ()) = tokio::join!(looked_at(&app, composed, false), async {
        assert!(app.pool.depth().memory_bytes < 1 << 29, "{:?}", app.pool.depth());
    });
    looked.expect("looked at");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_is_drawn_once_also_with_a_small_code() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(folder.path().join("t")).expect("a folder");
    let layout = json!({
        "title": "t", "canvas": { "width": 400, "height": 500, "background": "#fff" },
        "params": { "type": "object" }, "code": { "page": "pages/a", "scene": "id=1" }, "layers": [code([120, 200, 120, 120])],
    });
    std::fs::write(folder.path().join("t/layout.json"), layout.to_string()).expect("a file");
    let request = ComposeRequest::new("t", json!({}));
    let lookups = |app: &App| {
        let bands = app.renderer.caches().into_iter().find(|usage| usage.name == "bands").expect("a cache");
        bands.hits + bands.misses
    };
    let one = app(folder.path());
    let template = one.template("t").await.expect("a template");
    compose(&one, ComposeRequest { code_from: CodeFrom::Sample, ..request.clone() }).await.expect("a poster");
    let once = lookups(&one);
    let row = try_row(&one, &template, "row 2".to_owned(), request.clone()).await.expect("tried");
    assert!(row.poster.is_some() && row.findings.is_empty(), "{row:?}");
    assert_eq!(lookups(&one), 2 * once, "as many bands as one poster");
    // A check reads the code from a larger poster.
    let look = Look { is_usual: true, reads_small: true };
    try_one(&one, &template, "sample usual".to_owned(), request, look).await.expect("tried");
    assert!(lookups(&one) > 3 * once);
}

#[tokio::test]
async fn a_busy_service_is_no_finding() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = app(folder.path());
    let template = app.template("product-share").await.expect("a template");
    let request = ComposeRequest::new("product-share", template.samples()["usual"].clone());
    let row = Call::new("", Duration::ZERO).scope(try_row(&app, &template, "row 2".to_owned(), request));
    assert_eq!(row.await.expect_err("no time is left").code(), "busy");
    let all = Call::new("", Duration::ZERO).scope(check(&app, &template));
    assert_eq!(all.await.expect_err("no time is left").code(), "busy");
}

#[tokio::test]
async fn valid_template_has_no_findings() {
    let title =
        json!({ "type": "text", "box": [20, 20, 360, 120], "text": "{{title}}", "font_size": 30, "max_lines": 2 });
    let properties = json!({ "title": { "type": "string", "maxLength": 60 } });
    assert_eq!(found(json!([title, code([120, 200, 160, 160])]), properties).await, []);
}

#[tokio::test]
async fn truncated_price_is_found_in_cases_with_high_prices() {
    let price =
        json!({ "type": "text", "box": [20, 20, 170, 60], "text": "{{money price}}", "font_size": 40, "max_lines": 1 });
    let properties = json!({ "price": { "type": "integer", "maximum": 9999999, "examples": [1280] } });
    let all = found(json!([price, code([120, 200, 160, 160])]), properties).await;
    let expected = vec!["longest".to_owned(), "high price".to_owned()];
    assert_eq!(all, [("text_truncated", expected)]);
}

#[tokio::test]
async fn one_title_of_several_parameters_is_found() {
    let title =
        json!({ "type": "text", "box": [20, 20, 360, 120], "text": "{{a}}{{b}}", "font_size": 30, "max_lines": 2 });
    let text = json!({ "type": "string", "maxLength": 10, "title": "图片" });
    let all = found_with(json!([title, code([120, 200, 160, 160])]), json!({ "a": text, "b": text })).await;
    assert_eq!(all, [("title_twice", vec!["titles".to_owned()])]);
}

#[tokio::test]
async fn text_without_max_lines_must_fit() {
    let title = json!({ "type": "text", "box": [20, 20, 360, 60], "text": "{{title}}", "font_size": 30 });
    let properties = json!({ "title": { "type": "string", "maxLength": 60 } });
    let all = found(json!([title, code([120, 200, 160, 160])]), properties).await;
    assert!(
        all.iter().any(|(code, cases)| *code == "text_truncated" && cases.contains(&"longest".to_owned())),
        "{all:?}"
    );
}

#[tokio::test]
async fn spans_with_max_lines_may_be_truncated() {
    let code = code([120, 300, 160, 160]);
    let text = |content: &str| json!({ "type": "text", "box": [20, 20, 170, 60], "spans": [{ "text": content }], "font_size": 40, "max_lines": 1 });
    let properties = json!({ "title": { "type": "string", "maxLength": 60 } });
    assert_eq!(found(json!([text("{{title}}"), code]), properties).await, [], "the layout sets max_lines");
    let prices = json!({ "type": "row", "box": [20, 20, 170, 60], "children": [
        { "type": "text", "repeat": "prices", "text": "{{money item}}", "font_size": 40, "max_lines": 1 }] });
    let properties = json!({ "prices": { "type": "array", "maxItems": 1, "items": { "type": "integer" } } });
    let all = found(json!([prices, code]), properties).await;
    assert_eq!(
        all,
        [("text_truncated", vec!["longest".to_owned()])],
        "the money helper marks list elements as numbers"
    );
}

#[tokio::test]
async fn generated_parameters_are_valid() {
    let text = json!({ "type": "text", "box": [20, 20, 360, 200], "text": "{{rate}} {{price}} {{#each tags}}{{this}} {{/each}}{{title}}", "font_size": 30, "max_lines": 1 });
    let properties = json!({
        "rate": { "type": "number", "maximum": 5.0, "multipleOf": 0.5 }, "title": { "type": "string", "maxLength": 40 },
        "price": { "type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 100, "default": 12 },
        "tags": { "type": "array", "uniqueItems": true, "maxItems": 3, "items": { "type": "string", "maxLength": 2 } } });
    let all = found(json!([text, code([120, 300, 160, 160])]), properties).await;
    assert_eq!(
        all,
        [("text_truncated", ["longest", "unbroken", "rare"].map(str::to_owned).to_vec())],
        "cases in which valid parameters were generated"
    );
}

#[tokio::test]
async fn recursive_schema_is_checked() {
    let price = json!({ "type": "text", "box": [20, 20, 170, 60], "text": "{{price}}{{#with child}}{{price}}{{/with}}", "font_size": 40, "max_lines": 1 });
    let properties = json!({ "price": { "$ref": "#/properties/fen" }, "fen": { "type": "integer" }, "child": { "$ref": "#" },
        "list": { "type": "array", "maxItems": 64, "items": { "$ref": "#" } } });
    let all = found(json!([price, code([120, 300, 160, 160])]), properties).await;
    assert_eq!(all, [("text_truncated", vec!["longest".to_owned(), "high price".to_owned()])]);
}

#[tokio::test]
async fn text_outside_the_canvas_is_found_for_every_style() {
    let code = code([120, 300, 160, 160]);
    let text =
        |x: i32, y: i32| json!({ "type": "text", "box": [x, y, 300, 60], "text": "手冲咖啡套装", "font_size": 40 });
    let stroked = |x: i32, y: i32| {
        let mut text = text(x, y);
        text["stroke"] = json!({ "width": 2, "color": "#fff" });
        text
    };
    // One finding for each layer.
    let all = found(json!([text(300, 20), stroked(300, 100), stroked(-900, 180), code]), json!({})).await;
    assert_eq!(all.iter().map(|(code, _)| *code).collect::<Vec<_>>(), ["text_outside"; 3]);
}

#[tokio::test]
async fn texts_that_are_too_small_to_be_read_are_found() {
    let code = code([120, 300, 160, 160]);
    let text = |rest: serde_json::Value| {
        let mut text =
            json!({ "type": "text", "box": [20, 20, 60, 40], "text": "{{nickname}}", "font_size": 20, "max_lines": 1 });
        text.as_object_mut().expect("an object").extend(rest.as_object().cloned().expect("an object"));
        text
    };
    let properties = json!({ "nickname": { "type": "string", "maxLength": 12, "examples": ["小满"] } });
    for (rest, expected) in [
        (json!({}), None),
        // Down to 10 px, on a canvas of 400 px.
        (json!({ "text_overflow": "shrink" }), None),
        (json!({ "text_overflow": "shrink", "min_font_size": 5 }), Some(true)),
        (json!({ "font_size": 6 }), Some(true)),
        (json!({ "font_size": 6, "text": "「★」" }), None),
    ] {
        let all = found(json!([text(rest.clone()), code]), properties.clone()).await;
        let found = all.iter().find(|(code, _)| *code == "text_small");
        let in_longest = found.map(|(_, cases)| cases.contains(&"longest".to_owned()));
        assert_eq!(in_longest, expected, "{rest}: {all:?}");
    }
}

#[tokio::test]
async fn text_over_a_code_is_found() {
    let text = json!({ "type": "text", "box": [100, 260, 280, 60], "text": "长按识别小程序码", "font_size": 30 });
    let all = found(json!([code([120, 200, 160, 160]), text]), json!({})).await;
    assert!(all.iter().any(|(code, cases)| *code == "text_on_code" && cases.len() == 13), "{all:?}");
}

#[tokio::test]
async fn low_contrast_code_is_found_over_a_dark_photo() {
    let photo = json!({ "type": "image", "box": [0, 150, 400, 300], "src": "{{photo}}" });
    let properties = json!({ "photo": { "type": "string", "format": "image" } });
    let all = found(json!([photo, code([120, 200, 160, 160])]), properties).await;
    let contrast = all.iter().find(|(code, _)| *code == "code_contrast").expect("a finding");
    assert_eq!(contrast.1, ["dark pictures"], "{all:?}");
}

#[tokio::test]
async fn adaptive_code_has_no_findings_over_any_photo() {
    let photo = json!({ "type": "image", "box": [0, 150, 400, 300], "src": "{{photo}}" });
    let mut code = code([110, 190, 180, 180]);
    (code["line_color"], code["plate"]) = (json!("auto"), json!({ "show": "auto", "padding": 8 }));
    let properties = json!({ "photo": { "type": "string", "format": "image" } });
    assert_eq!(found(json!([photo, code]), properties).await, []);
}

#[test]
fn uses_matches_whole_words_inside_tags() {
    assert!(uses("{{money price}}", "price") && uses("{{#if price}}a{{/if}}", "price"));
    assert!(!uses("{{price_text}} price", "price"));
}

#[tokio::test]
async fn contact_sheet_shows_all_cases() {
    let poster = RgbImage::from_pixel(750, 1334, image::Rgb([200, 30, 30]));
    let one = |name: &str, poster| CaseResult {
        name: name.into(),
        poster,
        findings: Vec::new(),
        left_empty: Vec::new(),
        boxes: Vec::new(),
    };
    let tried = [one("usual", Some(poster)), one("<broken>", None)];
    let drawn = [Language::English, Language::Chinese].map(|language| {
        let png = sheet("t", &tried, &crate::service::fonts::embedded(), language).expect("a sheet");
        image::load_from_memory(&png).expect("a PNG").to_rgb8()
    });
    assert!(drawn.iter().all(|sheet| sheet.get_pixel(150, 300).0 == [200, 30, 30]));
    assert_ne!(drawn[0], drawn[1], "ok is 正常 in Chinese");
    let label = |name: &str| Language::Chinese.text(&case_label(name));
    assert_eq!(["high price", "sample usual", "titles", "row 5"].map(label), ["高价", "示例 usual", "标题", "row 5"]);
}
