//! The studio: files of templates, drafts, events, and who may do what.

mod browser;
mod cases;
mod create;
mod events;
mod write;

use std::fs;

use haibao::wechat::emulator::{Emulator, Options};
use serde_json::{Value, json};

use crate::{
    keys,
    support::{Node, Response, Service, TEMPLATE, errors, payload, run, send, talk, wait_for, workspace},
};

const JSON: (&str, &str) = ("Content-Type", "application/json");
const CHINESE: (&str, &str) = ("Accept-Language", "zh-CN");

/// A service that may write templates.
fn editing() -> Service {
    Service::set(&[("HAIBAO_STUDIO__EDIT", "true")])
}

fn path(id: &str) -> String {
    format!("/v1/studio/templates/{id}")
}

/// What the studio shows of a template.
fn open(node: &Node, id: &str) -> Value {
    let response = node.get(&path(id));
    assert_eq!((response.status, response.header("cache-control")), (200, "no-store"), "{}", response.text());
    response.json()
}

fn file<'t>(template: &'t Value, path: &str) -> &'t Value {
    let files = template["files"].as_array().expect("files");
    files.iter().find(|file| file["path"] == path).unwrap_or_else(|| panic!("{path} is missing: {template:#}"))
}

/// The text and the hash of a file.
fn text(node: &Node, path: &str) -> (String, String) {
    let template = open(node, TEMPLATE);
    let file = file(&template, path);
    (file["text"].as_str().expect("a text").to_owned(), file["hash"].as_str().expect("a hash").to_owned())
}

#[test]
fn pictures_of_a_template_are_sent_and_no_other_files() {
    let service = editing();
    let of = |name: &str| format!("{}/pictures/{name}", path("product-share"));
    let picture = service.get(&of("assets/vase.jpg"));
    assert_eq!((picture.status, picture.header("content-type")), (200, "image/jpeg"));
    assert!(image::load_from_memory(&picture.body).is_ok());
    assert_eq!(picture.header("content-security-policy"), "default-src 'none'; sandbox");
    let tag = picture.header("etag").to_owned();
    assert_eq!(send(service.addr, "GET", &of("assets/vase.jpg"), &[("If-None-Match", &tag)], b"").status, 304);
    for other in
        ["layout.json", "artwork.svg", "samples/usual.json", "assets/none.jpg", "assets", "assets/../assets/vase.jpg"]
    {
        service.get(&of(other)).problem(404, "path_unknown");
    }
    service.get("/v1/studio/templates/none/pictures/assets/vase.jpg").problem(404, "template_unknown");
}

/// Draws or explains a draft.
fn draft(node: &Node, action: &str, body: &Value, headers: &[(&str, &str)]) -> Response {
    let path = format!("{}/{action}", path(TEMPLATE));
    send(node.addr, "POST", &path, &[&[JSON], headers].concat(), body.to_string().as_bytes())
}

fn params() -> Value {
    json!({ "title": "山里的秋天", "price": 39900, "id": "2048" })
}

#[test]
fn a_template_is_opened_with_its_files() {
    let folder = workspace();
    let assets = folder.path().join("templates/my/assets");
    fs::create_dir_all(&assets).expect("a folder");
    fs::write(assets.join("x.bin"), [0xff_u8, 0]).expect("a file");
    let service = Service::with(&[("HAIBAO_STUDIO__EDIT", "true")], Options::default(), folder);
    let template = open(&service, TEMPLATE);
    let listed = service.get("/v1/templates/my").json();
    assert_eq!((&template["id"], &template["title"]), (&json!(TEMPLATE), &listed["title"]));
    assert_eq!((&template["version"], &template["schema"]), (&listed["version"], &listed["params"]));
    assert_eq!((&template["editable"], &template["findings"]), (&json!(true), &json!([])));
    for path in ["layout.json", "artwork.svg", "samples/usual.json"] {
        let content = fs::read(service.folder.path().join("templates/my").join(path)).expect("a file");
        let one = file(&template, path);
        assert_eq!(one["text"].as_str().map(str::as_bytes), Some(&content[..]), "{path}");
        assert_eq!(
            (&one["hash"], &one["too_large"]),
            (&json!(blake3::hash(&content).to_hex().as_str()), &json!(false))
        );
    }
    assert_eq!(file(&template, "assets/x.bin")["text"], Value::Null);
    let built_in = open(&service, "product-share");
    assert!(file(&built_in, "layout.json")["text"].is_string() && built_in["editable"] == true, "{built_in:#}");
    for id in ["mi", "..", "%2e%2e", "my%2f..%2fmy", "my@0000000000000000"] {
        service.get(&path(id)).problem(404, "template_unknown");
    }
}

#[test]
fn a_draft_is_drawn_without_being_saved() {
    let service = editing();
    let (layout, hash) = text(&service, "layout.json");
    let saved = draft(&service, "preview", &json!({ "params": params() }), &[]);
    let png = saved.poster();
    assert_eq!(payload(png).scene, "id=2048");
    assert_eq!((saved.header("x-haibao-findings"), saved.header("cache-control")), ("0", "no-store"));
    assert_eq!(saved.header("etag"), format!("\"{}\"", blake3::hash(png).to_hex()));
    let other = layout.replace("\"#24352f\"", "\"#902010\"");
    let body = json!({ "params": params(), "scale": 2, "files": { "layout.json": other } });
    let drawn = draft(&service, "preview", &body, &[]);
    let large = image::load_from_memory(drawn.poster()).expect("a PNG");
    assert_eq!((large.width(), large.height()), (1500, 2500));
    let body = json!({ "params": params(), "files": { "layout.json": other } });
    assert!(draft(&service, "preview", &body, &[]).poster() != png, "the text has another colour");
    let explained = draft(&service, "explain", &body, &[]).json();
    assert!(explained["layers"].as_array().is_some_and(|layers| layers.len() == 3), "{explained:#}");
    draft(&service, "explain", &body, &[("Accept", "image/png")]).poster();
    assert_eq!(text(&service, "layout.json"), (layout, hash), "nothing was written");
    assert_eq!(service.wechat.counters().code_calls, 0, "no code was fetched");
}

#[test]
fn faults_of_a_draft_have_the_lines_that_they_are_about() {
    let service = editing();
    let layout = text(&service, "layout.json").0.replace("\"layers\"", "\"layerz\"");
    let body = json!({ "params": params(), "files": { "layout.json": layout } });
    for action in ["preview", "explain"] {
        let problem = draft(&service, action, &body, &[]).problem(422, "template_invalid");
        let finding = &problem["findings"][0];
        let line = layout.lines().position(|line| line.contains("layerz")).expect("a line") + 1;
        let unknown = problem["findings"].as_array().expect("findings").iter().find(|one| one["line"] == line);
        let unknown = unknown.unwrap_or_else(|| panic!("{problem:#}"));
        assert_eq!((&unknown["file"], &unknown["severity"]), (&json!("layout.json"), &json!("error")), "{unknown:#}");
        let excerpt = unknown["excerpt"].as_str().expect("an excerpt");
        assert!(excerpt.contains("\"layerz\"") && excerpt.contains('^') && !excerpt.contains('\x1b'), "{excerpt}");
        assert!(finding["message"].is_string() && !problem["errors"].as_array().expect("errors").is_empty());
        let chinese = draft(&service, action, &body, &[CHINESE]).problem(422, "template_invalid");
        let message = chinese["findings"][0]["message"].as_str().expect("a message");
        assert!(message.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{message}");
    }
    // Those of parameters are as those of posters.
    let problem = draft(&service, "preview", &json!({ "params": { "title": 1 } }), &[]).problem(422, "param_type");
    assert_eq!(errors(&problem), [("param_type", "/params/title")]);
    assert!(problem["findings"].is_null(), "{problem:#}");
    for (body, pointer) in [
        (json!({ "parms": {} }), "/parms"),
        (json!({ "files": { "samples/usual.json": "{}" } }), "/files"),
        (json!({ "files": { "../my/layout.json": "{}" } }), "/files"),
        (json!({ "files": { "layout.json": 1 } }), "/files"),
        (json!({ "scale": "2" }), "/scale"),
    ] {
        let problem = draft(&service, "preview", &body, &[]).problem(422, "request_invalid");
        assert!(errors(&problem).iter().any(|(_, at)| *at == pointer), "{body}: {problem:#}");
    }
    let unknown = send(service.addr, "POST", &format!("{}/preview", path("mi")), &[JSON], b"{}");
    unknown.problem(404, "template_unknown");
}

#[test]
fn a_service_that_is_read_only_serves_all_but_writing() {
    let service = Service::start();
    let template = open(&service, TEMPLATE);
    assert_eq!(template["editable"], false);
    let (layout, hash) = text(&service, "layout.json");
    let tag = format!("\"{hash}\"");
    let written = write::put(&service, TEMPLATE, "layout.json", &[("If-Match", &tag)], "{}");
    written.problem(403, "studio_read_only");
    write::put(&service, "mi", "layout.json", &[], "{}").problem(404, "template_unknown");
    assert_eq!(text(&service, "layout.json"), (layout.clone(), hash));
    draft(&service, "preview", &json!({ "params": params() }), &[]).poster();
    // Without keys, only this machine is served.
    draft(&service, "preview", &json!({ "params": params(), "files": { "layout.json": layout } }), &[]).poster();
    let page = service.get("/studio/my").text();
    assert!(page.contains("data-editable=\"false\""), "{page}");
}

#[test]
fn only_an_administrator_writes_and_draws_unsaved_texts() {
    let folder = workspace();
    let key = |name: &str, scopes: &[&str]| {
        let key = keys::add(folder.path(), name, scopes, &[]);
        format!("Bearer {key}")
    };
    let (usual, admin) = (key("usual", &[]), key("admin", &["--scopes", "templates,admin"]));
    let wechat = Emulator::start(Options::default()).expect("an emulator");
    let node = Node::start(folder.path(), &wechat.url(), &[("HAIBAO_STUDIO__EDIT", "true")]);
    let ask = |method: &str, path: &str, key: &str, body: &[u8], more: &[(&str, &str)]| {
        send(node.addr, method, path, &[&[JSON, ("Authorization", key)], more].concat(), body)
    };
    node.get(&path(TEMPLATE)).problem(401, "key_missing");
    let opened = |key: &str| ask("GET", &path(TEMPLATE), key, b"", &[]).json();
    let template = opened(&usual);
    assert_eq!((&template["editable"], &opened(&admin)["editable"]), (&json!(false), &json!(true)));
    let layout = file(&template, "layout.json")["text"].as_str().expect("a text");
    let tag = format!("\"{}\"", file(&template, "layout.json")["hash"].as_str().expect("a hash"));
    let written = format!("{}/files/layout.json", path(TEMPLATE));
    ask("PUT", &written, &usual, layout.as_bytes(), &[("If-Match", &tag)]).problem(403, "key_scope");
    assert_eq!(ask("PUT", &written, &admin, layout.as_bytes(), &[("If-Match", &tag)]).status, 200);
    let preview = format!("{}/preview", path(TEMPLATE));
    let plain = json!({ "params": params() }).to_string();
    let unsaved = json!({ "params": params(), "files": { "layout.json": layout } }).to_string();
    ask("POST", &preview, &usual, plain.as_bytes(), &[]).poster();
    ask("POST", &preview, &usual, unsaved.as_bytes(), &[]).problem(403, "studio_read_only");
    ask("POST", &preview, &admin, unsaved.as_bytes(), &[]).poster();
    // A browser that has no session logs in and returns.
    let page = send(node.addr, "GET", "/studio/my", &[("Accept", "text/html")], b"");
    assert_eq!((page.status, page.header("location")), (303, "/login?next=%2Fstudio%2Fmy"));
    let page = ask("GET", "/studio/my", &usual, b"", &[]).text();
    assert!(page.contains("data-editable=\"false\"") && page.contains("data-key=\"true\""), "{page}");
    let page = ask("GET", "/studio/my", &admin, b"", &[]).text();
    assert!(page.contains("data-editable=\"true\""), "{page}");
    assert!(page.contains("&quot;path&quot;:&quot;/docs&quot;,&quot;zh&quot;:&quot;接口文档&quot;"), "{page}");
    assert_eq!(node.get("/studio/files/main.js").status, 200, "the files of the page are open");
}

#[test]
fn the_elements_of_the_artwork_are_listed_with_their_boxes() {
    let service = editing();
    let list = |id: &str| service.get(&format!("{}/shapes", path(id)));
    let shapes = list("product-share");
    assert_eq!((shapes.status, shapes.header("cache-control")), (200, "no-store"), "{}", shapes.text());
    let shapes = shapes.json();
    let shape = |id: &str| {
        let all = shapes.as_array().expect("a list");
        all.iter().find(|shape| shape["id"] == id).unwrap_or_else(|| panic!("no {id}: {shapes:#}"))
    };
    let explained = draft_of(&service, "product-share");
    let layers = explained["layers"].as_array().expect("layers");
    let photo = layers.iter().find(|layer| layer["layer"] == "/layers/3").expect("the product");
    let edges = |of: &Value| -> Vec<i64> {
        of["box"].as_array().expect("a box").iter().map(|px| px.as_f64().expect("a number").round() as i64).collect()
    };
    assert_eq!(edges(shape("product")), edges(photo), "the box of the layer that is bound to it");
    assert!(shape("product")["tag"].is_string() && shape("code")["name"].is_null(), "{shapes:#}");
    assert!(shape("product")["seen"].is_null(), "{shapes:#}");
    list("mi").problem(404, "template_unknown");
    let folder = service.folder.path().join("templates").join(TEMPLATE);
    let artwork = fs::read_to_string(folder.join("artwork.svg")).expect("an artwork");
    let masked = "<mask id=\"m1\"><rect x=\"30\" y=\"40\" width=\"200\" height=\"100\" fill=\"#fff\"/></mask>\
                  <g id=\"masked\"><rect mask=\"url(#m1)\" width=\"400\" height=\"300\"/></g></svg>";
    fs::write(folder.join("artwork.svg"), artwork.replace("</svg>", masked)).expect("a file");
    wait_for("what a mask leaves of a group", || {
        let shapes = list(TEMPLATE).json();
        let group = shapes.as_array().into_iter().flatten().find(|shape| shape["id"] == "masked");
        group.is_some_and(|group| group["seen"] == json!([30.0, 40.0, 200.0, 100.0]))
    });
    fs::write(folder.join("artwork.svg"), "<svg").expect("a file");
    wait_for("the broken artwork is seen", || list(TEMPLATE).status == 422);
}

/// Explains the usual poster of a built-in template.
fn draft_of(node: &Node, id: &str) -> Value {
    let sample = open(node, id);
    let params: Value = file(&sample, "samples/usual.json")["text"].as_str().expect("a text").parse().expect("JSON");
    let body = json!({ "params": params }).to_string();
    send(node.addr, "POST", &format!("{}/explain", path(id)), &[JSON], body.as_bytes()).json()
}

#[test]
fn the_page_loads_its_own_files_only() {
    let service = editing();
    let to = service.get("/studio");
    assert_eq!((to.status, to.header("location")), (303, "/"));
    let nonce = |headers: &[(&str, &str)], language: &str| {
        let page = send(service.addr, "GET", "/studio/my", headers, b"");
        let html = String::from_utf8(page.body.clone()).expect("UTF-8");
        assert_eq!((page.status, page.header("cache-control")), (200, "no-store"), "{html}");
        let expected =
            format!("data-template=\"my\" data-language=\"{language}\" data-editable=\"true\" data-key=\"false\"");
        assert!(html.contains(&expected), "{html}");
        let nonce =
            html.split("data-nonce=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a nonce").to_owned();
        let policy = page.header("content-security-policy").to_owned();
        assert!(
            policy.contains(&format!("style-src 'self' 'nonce-{nonce}'")) && !policy.contains("unsafe"),
            "{policy}"
        );
        assert!(policy.contains("script-src 'self';"), "{policy}");
        nonce
    };
    let (first, second) = (nonce(&[CHINESE], "zh"), nonce(&[("Accept-Language", "en")], "en"));
    assert!(first.len() == 32 && first != second, "{first} {second}");
    for (path, media_type) in [
        ("main.js", "text/javascript; charset=utf-8"),
        ("studio.css", "text/css; charset=utf-8"),
        ("layout.schema.json", "application/json"),
    ] {
        let path = format!("/studio/files/{path}");
        let got = service.get(&path);
        assert_eq!((got.status, got.header("content-type")), (200, media_type), "{path}");
        assert_eq!((got.header("cache-control"), got.body.is_empty()), ("no-cache", false), "{path}");
        let again = send(service.addr, "GET", &path, &[("If-None-Match", got.header("etag"))], b"");
        assert_eq!(again.status, 304, "{path}");
    }
    let schema = service.get("/studio/files/layout.schema.json").json();
    let printed = run(service.folder.path(), &["schema"]);
    assert_eq!(schema, serde_json::from_slice::<Value>(&printed.stdout).expect("JSON"));
    for path in ["none.js", "../http/mod.rs", "%2e%2e/http/mod.rs", "mod.rs", "main"] {
        service.get(&format!("/studio/files/{path}")).problem(404, "path_unknown");
    }
    service.get("/studio/mi").problem(404, "template_unknown");
}

#[test]
fn the_command_serves_templates_that_may_be_edited() {
    let folder = workspace();
    let node = Node::run(&["studio", "--addr", "127.0.0.1:0"], folder.path(), "http://127.0.0.1:1", &[]);
    assert_eq!(open(&node, TEMPLATE)["editable"], true);
    assert_eq!(write::put(&node, TEMPLATE, "assets/a.txt", &[("If-None-Match", "*")], "a").status, 200);
    // Its codes are those of an emulated WeChat.
    payload(node.post(&json!({ "template": TEMPLATE, "params": params() })).poster());
    let told = format!("studio: http://{}/", node.addr);
    wait_for("the address is told", || node.log().contains(&told));
    let published = run(folder.path(), &["studio", "--addr", "0.0.0.0:0"]);
    assert_eq!(published.status.code(), Some(2), "{}", talk(&published));
    assert!(talk(&published).contains("loopback"), "{}", talk(&published));
}
