//! The HTTP service: posters, templates and invalid requests.

mod overload;

use std::{collections::BTreeSet, fs};

use haibao::wechat::emulator::Options;
use haibao_core::sample::{Payload, SAMPLE_APPID};
use serde_json::{Value, json};

use crate::support::{Service, TEMPLATE, errors, payload, scaffold_with, send, workspace};

/// Body, status, code, (code, pointer) of each error, part of a hint.
type Case = (Value, u16, &'static str, &'static [(&'static str, &'static str)], &'static str);

fn poster(params: Value) -> Value {
    json!({ "template": TEMPLATE, "params": params })
}

#[test]
fn a_poster_carries_the_requested_code() {
    let service = Service::start();
    let response = service.post(&poster(json!({ "title": "山里的秋天", "price": 39900, "id": "2048" })));
    let png = response.poster();
    assert_eq!(payload(png).scene, "id=2048");
    assert_eq!(payload(png).digest, Payload::digest_of(SAMPLE_APPID, "pages/index/index", "release"));
    assert_eq!(response.header("x-haibao-findings"), "0");
    for stage in ["plan", "code", "pictures", "queue", "place", "draw", "encode", "total"] {
        let timing = response.header("server-timing");
        assert!(timing.contains(&format!("{stage};dur=")), "{stage} is missing in {timing}");
    }
    let again = service.post(&poster(json!({ "title": "山里的秋天", "price": 39900, "id": "2048" })));
    assert!(again.poster() == png, "the same request returned different bytes");
    assert_eq!(service.wechat.counters().code_calls, 1, "a cached code was fetched again");
}

#[test]
fn the_request_overrides_the_templates_code() {
    let service = Service::start();
    let mut request = poster(json!({ "title": "x" }));
    request["code"] = json!({ "page": "pages/a/b", "scene": { "u": 7, "c": "wx" }, "env_version": "trial" });
    let got = payload(service.post(&request).poster());
    assert_eq!(got.scene, "u=7&c=wx");
    assert_eq!(got.digest, Payload::digest_of(SAMPLE_APPID, "pages/a/b", "trial"));
    request["code"] = json!({ "scene": "a!#$&'()*+,/:;=?@-._~z" });
    assert_eq!(payload(service.post(&request).poster()).scene, "a!#$&'()*+,/:;=?@-._~z");
    request["code"] = json!({ "line_color": "#c00", "auto_color": false, "is_hyaline": false });
    assert_eq!(payload(service.post(&request).poster()).scene, "id=1");
    request["scale"] = json!(2);
    let large = image::load_from_memory(service.post(&request).poster()).expect("a PNG");
    assert_eq!((large.width(), large.height()), (1500, 2500));
}

#[test]
fn samples_of_built_in_templates_are_rendered() {
    let service = Service::start();
    let list = service.get("/v1/templates").json();
    let ids: Vec<_> = list.as_array().expect("a list").iter().map(|t| t["id"].as_str().expect("an id")).collect();
    let entries = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/templates")).expect("a folder");
    let folders = entries.map(|entry| entry.expect("an entry")).filter(|entry| entry.path().is_dir());
    let built_in = folders.map(|entry| entry.file_name().into_string().expect("UTF-8"));
    let all: BTreeSet<String> = built_in.chain([TEMPLATE.to_owned()]).collect();
    assert!(all.len() > 1, "no built-in templates");
    assert_eq!(ids, all.iter().collect::<Vec<_>>());
    for id in ids {
        let one = service.get(&format!("/v1/templates/{id}")).json();
        assert_eq!(one["id"], id);
        assert!(one["title"].is_string() && one["version"].is_string(), "{one:#}");
        assert!(one["canvas"]["width"].is_u64() && one["params"]["properties"].is_object(), "{one:#}");
        let samples = one["samples"].as_object().expect("samples");
        for name in ["usual", "longest", "poorest"] {
            assert!(samples[name].is_object(), "{id} has no sample {name}");
            // Golden tests cover every sample; this test covers only how they are served.
            if name != "usual" && id != TEMPLATE {
                continue;
            }
            let path = format!("/v1/templates/{id}/samples/{name}.png");
            let picture = service.get(&path);
            payload(picture.poster());
            let tag = picture.header("etag");
            let again = send(service.addr, "GET", &path, &[("If-None-Match", tag)], b"");
            assert_eq!((again.status, again.body.len()), (304, 0), "{path} with {tag}");
            assert_eq!(again.header("etag"), tag);
        }
    }
    let page = service.get("/");
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(service.get("/healthz").status, 200);
}

#[test]
fn invalid_requests_are_reported_with_location_and_suggestion() {
    let service = Service::start();
    let cases: &[Case] = &[
        (
            json!({ "template": "mi" }),
            404,
            "template_unknown",
            &[("template_unknown", "/template")],
            "did you mean \"my\"?",
        ),
        (
            json!({ "template": "my@0000000000000000" }),
            404,
            "template_version_unknown",
            &[("template_version_unknown", "/template")],
            "",
        ),
        (json!({ "template": "../my" }), 404, "template_unknown", &[("template_unknown", "/template")], "my"),
        (json!({}), 422, "request_invalid", &[("field_missing", "/template")], ""),
        (json!([1]), 422, "request_invalid", &[("field_type", "")], ""),
        (
            json!({ "template": TEMPLATE, "parms": {}, "scale": "2", "code": { "pag": 1, "env_version": "prod" } }),
            422,
            "request_invalid",
            &[
                ("field_type", "/scale"),
                ("field_unknown", "/parms"),
                ("field_type", "/code/env_version"),
                ("field_unknown", "/code/pag"),
            ],
            "did you mean `params`?",
        ),
        (
            json!({ "template": TEMPLATE, "params": { "titel": 1, "price": "12" }, "scale": 7 }),
            422,
            "request_invalid",
            &[
                ("param_type", "/params/price"),
                ("param_unknown", "/params/titel"),
                ("param_missing", "/params/title"),
                ("scale_invalid", "/scale"),
            ],
            "did you mean `title`?",
        ),
        (
            json!({ "template": TEMPLATE, "params": { "title": "x" }, "format": "jpeg" }),
            422,
            "request_invalid",
            &[("format_unsupported", "/format")],
            "",
        ),
        (
            json!({ "template": TEMPLATE, "params": { "titel": 1, "photo": "http://127.0.0.1/a.jpg" },
                "code": { "scene": 5 }, "format": "jpeg", "colour": 1 }),
            422,
            "request_invalid",
            &[
                ("field_type", "/code/scene"),
                ("format_unsupported", "/format"),
                ("field_unknown", "/colour"),
                ("param_unknown", "/params/titel"),
                ("param_missing", "/params/title"),
                ("asset_refused", "/params/photo"),
            ],
            "did you mean `title`?",
        ),
        (
            json!({ "template": TEMPLATE, "params": { "title": "x", "photo": "http://127.0.0.1/a.jpg" }, "scale": 7 }),
            422,
            "request_invalid",
            &[("scale_invalid", "/scale"), ("asset_refused", "/params/photo")],
            "",
        ),
        (
            json!({ "template": TEMPLATE, "params": { "title": "x", "photo": "data:image/png,text" }, "format": "jpeg" }),
            422,
            "request_invalid",
            &[("format_unsupported", "/format"), ("picture_format", "/params/photo")],
            "",
        ),
        (
            json!({ "template": TEMPLATE, "params": { "title": "x", "photo": "http://127.0.0.1/a.jpg" },
                "code": { "app": "shop" }, "format": "jpeg" }),
            422,
            "request_invalid",
            &[("format_unsupported", "/format"), ("asset_refused", "/params/photo"), ("app_unknown", "/code/app")],
            "",
        ),
        (
            json!({ "template": "mi", "params": { "title": "x" }, "format": "jpeg" }),
            422,
            "request_invalid",
            &[("format_unsupported", "/format"), ("template_unknown", "/template")],
            "did you mean \"my\"?",
        ),
        (
            json!({ "template": TEMPLATE, "params": { "title": "x" }, "code": { "scene": "a%b" } }),
            422,
            "scene_character",
            &[("scene_character", "/code/scene")],
            "short id",
        ),
        (
            json!({ "template": TEMPLATE, "params": { "title": "x" }, "code": { "scene": "a".repeat(33) } }),
            422,
            "scene_too_long",
            &[("scene_too_long", "/code/scene")],
            "32",
        ),
        (
            json!({ "template": TEMPLATE, "params": { "title": "x" }, "code": { "page": "/a?b=1" } }),
            422,
            "request_invalid",
            &[("page_slash", "/code/page"), ("page_query", "/code/page")],
            "",
        ),
        (
            json!({ "template": TEMPLATE, "params": { "title": "x" }, "code": { "app": "shop" } }),
            422,
            "app_unknown",
            &[("app_unknown", "/code/app")],
            "default",
        ),
    ];
    for (body, status, code, expected, hint) in cases {
        let response = service.post(body);
        let problem = response.problem(*status, code);
        let json = [("Content-Type", "application/json")];
        let explained = send(service.addr, "POST", "/v1/posters/explain", &json, body.to_string().as_bytes());
        assert_eq!(errors(&explained.problem(*status, code)), errors(&problem), "{body}");
        let (mut got, mut expected) = (errors(&problem), expected.to_vec());
        got.sort_unstable();
        expected.sort_unstable();
        assert_eq!(got, expected, "{body}\n{problem:#}");
        assert!(response.text().contains(&hint.replace('"', "\\\"")), "{hint:?} is missing in {problem:#}");
    }
    assert_eq!(service.wechat.counters().code_calls, 0, "WeChat was called for an invalid request");
}

#[test]
fn invalid_bodies_paths_and_methods_are_problems_too() {
    let service = Service::set(&[("HAIBAO_HTTP__MAX_BODY_BYTES", "2000")]);
    let problem = service.post_text("{\n  \"template\": \"my\",\n  oops\n}").problem(400, "json_invalid");
    assert!(problem["detail"].as_str().is_some_and(|d| d.contains("3:3")), "{problem:#}");
    service.post_text("").problem(400, "json_invalid");
    service.post_text(&"[".repeat(1000)).problem(400, "json_invalid");
    service.post_text(&" ".repeat(5000)).problem(413, "body_too_large");
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    send(service.addr, "POST", "/v1/posters", &form, b"a=b").problem(415, "content_type");
    send(service.addr, "POST", "/v1/posters", &[], b"{}").problem(415, "content_type");
    let problem = service.get("/v1/poster").problem(404, "path_unknown");
    assert!(problem["hint"].as_str().is_some_and(|h| h.contains("/v1/posters")), "{problem:#}");
    let wrong = send(service.addr, "PUT", "/v1/posters", &[], b"");
    wrong.problem(405, "method_not_allowed");
    assert_eq!(wrong.header("allow"), "POST");
    service.get("/v1/templates/%ff").problem(404, "path_unknown");
    service.get("/v1/templates/my/samples/%ff.png").problem(404, "path_unknown");
    service.get("/v1/templates/mi").problem(404, "template_unknown");
    service.get("/v1/templates/my/samples/usal.png").problem(404, "sample_unknown");
    service.get("/v1/templates/my/samples/usual.jpg").problem(404, "sample_unknown");
    let own = send(service.addr, "GET", "/nothing", &[("X-Request-Id", "abc-1")], b"");
    assert_eq!(own.header("x-request-id"), "abc-1");
    assert!(!service.get("/nothing").header("x-request-id").is_empty());
}

#[test]
fn findings_are_counted_and_rejected_if_strict() {
    let service = Service::start();
    let mut request = poster(json!({ "title": "很长的标题".repeat(16) }));
    let response = service.post(&request);
    response.poster();
    assert_eq!(response.header("x-haibao-findings"), "1");
    assert_eq!(response.header("x-haibao-finding-codes"), "text_truncated");
    request["strict"] = json!(true);
    let problem = service.post(&request).problem(422, "findings");
    assert_eq!(problem["errors"][0]["severity"], "warning", "{problem:#}");
    assert_eq!(problem["errors"].as_array().map(Vec::len), Some(1), "{problem:#}");
}

#[test]
fn a_broken_template_is_reported_by_line_and_the_others_work() {
    const TITLE: &str = "<rect id=\"title\" x=\"60\" y=\"756\" width=\"630\" height=\"124\" fill=\"none\"/>";
    let folder = workspace();
    let cases: &[(&str, &str, &str, &str, &str, &str)] = &[
        // Name, file, original text, replacement; the error's code, part of its hint.
        ("json", "layout.json", "\"layers\": [", "\"layers\": [,", "json_syntax", ""),
        ("key", "layout.json", "\"max_lines\": 2", "\"max_line\": 2", "layout_unknown", "max_lines"),
        ("param", "layout.json", "\"text\": \"{{title}}\"", "\"text\": \"{{titel}}\"", "name_unknown", "title"),
        ("id", "layout.json", "\"at\": \"#title\"", "\"at\": \"#titel\"", "slot_missing", "title"),
        ("svg", "artwork.svg", "</svg>", "</svgg>", "artwork_syntax", ""),
        ("hidden", "artwork.svg", TITLE, "<g display=\"none\">TITLE</g>", "slot_hidden", ""),
        ("symbol", "artwork.svg", TITLE, "<symbol><g>TITLE</g></symbol>", "slot_inside", ""),
    ];
    for (name, file, from, to, _, _) in cases {
        scaffold_with(folder.path(), name, file, from, &to.replace("TITLE", TITLE));
    }
    let service = Service::with(&[], Options::default(), folder);
    for (name, file, _, _, code, hint) in cases {
        let response = service.post(&json!({ "template": name, "params": { "title": "x" } }));
        let problem = response.problem(422, "template_invalid");
        let error = &problem["errors"][0];
        assert_eq!(error["code"], *code, "{name}: {problem:#}");
        assert!(error["place"]["line"].as_u64() > Some(1), "{name}: {problem:#}");
        assert!(error["place"]["column"].is_u64(), "{name}: {problem:#}");
        // A missing slot is reported at the layer that names it.
        let file = if code.starts_with("slot") { "layout.json" } else { file };
        assert_eq!(error["place"]["file"], file, "{name}: {problem:#}");
        assert!(error["hint"].as_str().unwrap_or_default().contains(hint), "{name}: {problem:#}");
    }
    service.post(&poster(json!({ "title": "x" }))).poster();
    let list = service.get("/v1/templates").json();
    let broken = list.as_array().expect("a list").iter().filter(|t| t["error"]["code"] == "template_invalid");
    assert_eq!(broken.count(), cases.len(), "{list:#}");
    let log = service.log();
    assert!(cases.iter().all(|(name, ..)| log.contains(&format!("template \"{name}\" is broken"))), "{log}");
}

#[test]
fn a_poster_is_explained_layer_by_layer() {
    let service = Service::start();
    let body = poster(json!({ "title": "天青釉手作花瓶", "id": "2048" })).to_string();
    let json = [("Content-Type", "application/json")];
    let report = send(service.addr, "POST", "/v1/posters/explain", &json, body.as_bytes()).json();
    let layers = report["layers"].as_array().expect("layers");
    let kinds: Vec<_> = layers.iter().filter_map(|layer| layer["type"].as_str()).collect();
    assert!(kinds.contains(&"text") && kinds.contains(&"code"), "{report:#}");
    let text = layers.iter().find(|layer| layer["type"] == "text").expect("a text");
    let text_of_runs: String =
        text["fonts"].as_array().expect("fonts").iter().filter_map(|run| run["text"].as_str()).collect();
    let family = &text["fonts"][0]["family"];
    assert!(family == "Noto Sans SC" && text["fonts"][0]["weight"].as_u64() >= Some(400), "{text:#}");
    assert!(
        !text_of_runs.is_empty() && text["text"].as_str().is_some_and(|text| text.starts_with(&text_of_runs)),
        "{text:#}"
    );
    let code = layers.iter().find(|layer| layer["type"] == "code").expect("a code");
    assert_eq!(code["from"], "wechat", "{code:#}");
    assert!(layers.iter().all(|layer| layer["ms"].as_f64().is_some_and(|ms| ms >= 0.0)), "{report:#}");
    assert!(layers.iter().any(|layer| layer["ms"].as_f64() > Some(0.0)), "{report:#}");
    let again = send(service.addr, "POST", "/v1/posters/explain", &json, body.as_bytes()).json();
    let again = again["layers"].as_array().expect("layers").iter().find(|layer| layer["type"] == "code");
    assert_eq!(again.expect("a code")["from"], "memory");
    assert!(text["lines"].as_u64().is_some_and(|lines| lines > 0) && text["text"].is_string(), "{text:#}");
    assert!(report["codes"][0]["contrast"].as_f64().is_some_and(|contrast| contrast > 4.5), "{report:#}");
    let png = [("Content-Type", "application/json"), ("Accept", "image/png")];
    let overlay = send(service.addr, "POST", "/v1/posters/explain", &png, body.as_bytes());
    assert_eq!(overlay.header("content-type"), "image/png", "{}", overlay.text());
    for (accept, media_type) in
        [("image/*", "image/png"), ("image/png;q=0", "application/json"), ("*/*", "application/json")]
    {
        let headers = [("Content-Type", "application/json"), ("Accept", accept)];
        let response = send(service.addr, "POST", "/v1/posters/explain", &headers, body.as_bytes());
        assert_eq!(response.header("content-type"), media_type, "{accept}");
    }
    let overlay = image::load_from_memory(&overlay.body).expect("a picture");
    assert_eq!(u64::from(overlay.width()), report["width"].as_u64().expect("a width"));
}
