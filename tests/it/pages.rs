//! Pages: errors as pages for browsers, languages, and all pages in Chromium.

use std::{
    fs,
    io::{self, Write},
    process::Command,
};

use haibao::wechat::emulator::Options;

use crate::{
    exports::market,
    keys::Fixture,
    support::{Node, Response, Service, TEMPLATE, scaffold, scaffold_with, send, talk, workspace},
};

/// What browsers send when they open an address.
const HTML: (&str, &str) = ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
const ENGLISH: (&str, &str) = ("Accept-Language", "en-GB,en;q=0.9");

/// Logs in with a key; returns the cookie of the session.
fn log_in(node: &Node, key: &str, headers: &[(&str, &str)]) -> String {
    let own = format!("http://{}", node.addr);
    let headers = [&[("Origin", own.as_str())], headers].concat();
    let done = send(node.addr, "POST", "/login", &headers, format!("key={key}").as_bytes());
    assert_eq!(done.status, 303, "{}", done.text());
    done.header("set-cookie").split(';').next().expect("a cookie").to_owned()
}

fn open(node: &Node, path: &str, headers: &[(&str, &str)]) -> (Response, String) {
    let page = send(node.addr, "GET", path, &[&[HTML], headers].concat(), b"");
    let html = String::from_utf8(page.body.clone()).expect("UTF-8");
    (page, html)
}

#[test]
fn templates_have_their_name_in_the_language_of_the_reader() {
    let service = Service::start();
    let names = ["Product share", "商品分享"];
    for (language, [shown, other]) in [("en-GB,en;q=0.9", names), ("zh-CN", [names[1], names[0]])] {
        let page = send(service.addr, "GET", "/", &[HTML, ("Accept-Language", language)], b"");
        let html = String::from_utf8_lossy(&page.body);
        let heading = |name: &str| html.contains(&format!(">{name}</h2>"));
        assert!(heading(shown) && !heading(other), "{language}: {html}");
    }
    let list = service.get("/v1/templates").json();
    let template = list.as_array().into_iter().flatten().find(|template| template["id"] == "product-share");
    let template = template.expect("a built-in template");
    assert_eq!([&template["titles"]["en"], &template["title"]], names);
}

#[test]
fn a_key_without_the_scope_of_a_page_gets_words_and_a_way_on() {
    let (fixture, _) = Fixture::with_key(&[]);
    let node = &fixture.node;
    let session = log_in(node, &fixture.add("only", &["--scopes", "codes"]), &[]);
    let cookie = ("Cookie", session.as_str());
    for (path, scope) in [("/", "templates"), ("/exports?template=my", "exports")] {
        let (page, html) = open(node, path, &[cookie]);
        assert_eq!((page.status, page.header("content-type")), (403, "text/html; charset=utf-8"), "{path}");
        assert_eq!(page.header("cache-control"), "no-store");
        assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
        assert!(html.contains(&format!("密钥“only”缺少权限 {scope}")), "{html}");
        assert!(
            html.contains("href=\"/qrcode\"") && !html.contains("href=\"/exports\""),
            "pages that it may open: {html}"
        );
        assert!(html.contains("/login?next&#x3D;%2F") && html.contains("/logout"), "{html}");
        assert!(html.contains("key_scope") && html.contains(page.header("x-request-id")), "{html}");
    }
    let (_, html) = open(node, "/exports", &[cookie, ENGLISH]);
    assert!(html.contains("The key “only” lacks the scope exports (exports)."), "{html}");
    // Programs get the problem.
    send(node.addr, "GET", "/exports", &[cookie], b"").problem(403, "key_scope");
    let fetched = [cookie, HTML, ("Sec-Fetch-Mode", "cors")];
    send(node.addr, "GET", "/exports", &fetched, b"").problem(403, "key_scope");
    let (page, _) = open(node, "/qrcode", &[cookie]);
    assert_eq!(page.status, 200);
}

#[test]
fn browsers_get_errors_as_pages() {
    let (fixture, key) = Fixture::with_key(&["--rate", "1/min", "--burst", "1"]);
    let node = &fixture.node;
    let (page, html) = open(node, "/exprots?a=%3Cb%3E", &[]);
    assert_eq!((page.status, page.header("content-type")), (404, "text/html; charset=utf-8"));
    assert!(html.contains("没有这个页面") && html.contains("是不是 /exports？"), "{html}");
    let (page, html) = open(node, "/v1/templates", &[]);
    assert_eq!(page.status, 401);
    assert_eq!(page.header("www-authenticate"), "Bearer realm=\"haibao\"");
    assert!(html.contains("请先登录") && html.contains("/login?next&#x3D;"), "{html}");
    let session = log_in(node, &key, &[]);
    let cookie = ("Cookie", session.as_str());
    assert_eq!(open(node, "/qrcode", &[cookie]).0.status, 200);
    let (page, html) = open(node, "/qrcode?a=1", &[cookie, ENGLISH]);
    assert_eq!(page.status, 429);
    let wait = page.header("retry-after");
    assert!(html.contains(&format!("Try again in {wait} s.")) && html.contains("href=\"/qrcode?a&#x3D;1\""), "{html}");
    // The page is complete without further requests, which a busy service would reject too.
    assert!(html.contains("<style>") && !html.contains("stylesheet"), "{html}");
    let links = "<ul class=\"links\">";
    let (page, html) = open(node, "/v1/posters/x.png?sig=y", &[]);
    assert!(page.status == 403 && html.contains("signature_wrong"), "{html}");
    assert!(!html.contains(links), "a customer cannot open the pages: {html}");
    let (_, html) = open(node, "/v1/posters/x.png?sig=y", &[cookie]);
    assert!(html.contains(links), "pages that the key may open: {html}");
}

#[test]
fn error_pages_of_a_service_without_keys_have_no_login() {
    let service = Service::start();
    for path in ["/nothing", "/v1/templates/nothing"] {
        let (page, html) = open(&service, path, &[ENGLISH]);
        assert_eq!((page.status, page.header("content-type")), (404, "text/html; charset=utf-8"), "{path}");
        assert!(!html.contains("/login"), "{path}: there is no key to log in with: {html}");
        assert!(html.contains("<ul class=\"links\">"), "{path}: every page can be opened: {html}");
    }
}

#[test]
fn pages_have_the_language_of_the_reader() {
    let service = Service::start();
    let get = |path: &str, headers: &[(&str, &str)]| {
        let page = send(service.addr, "GET", path, headers, b"");
        assert_eq!((page.status, page.header("vary")), (200, "Accept-Language, Cookie"), "{path}");
        let html = String::from_utf8(page.body.clone()).expect("UTF-8");
        (page, html)
    };
    for (path, chinese, english) in [
        ("/", "搜索模板", "Search templates"),
        ("/exports", "下载空白表格", "Download its blank sheet"),
        ("/qrcode", "透明背景", "Transparent background"),
        ("/docs", "第一张海报", "First poster"),
    ] {
        let (_, html) = get(path, &[("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.8")]);
        assert!(
            html.contains("lang=\"zh-CN\">") && html.contains(chinese) && !html.contains(english),
            "{path}: {html}"
        );
        let (_, html) = get(path, &[ENGLISH]);
        assert!(
            html.contains("<html lang=\"en\">") && html.contains(english) && !html.contains(chinese),
            "{path}: {html}"
        );
        // The same header on every page; a service without keys has no session to end.
        assert!(html.contains("class=\"brand\"") && html.contains("aria-current=\"page\""), "{path}: {html}");
        assert!(!html.contains("/logout") && !html.contains("/login"), "{path}: {html}");
    }
    let (page, html) = get("/qrcode?lang=en", &[("Accept-Language", "zh")]);
    let chosen = page.header("set-cookie");
    assert!(html.contains("Transparent background") && chosen.starts_with("haibao_language=en;"), "{chosen}");
    let (_, html) = get("/exports", &[("Accept-Language", "zh"), ("Cookie", "haibao_language=en")]);
    assert!(html.contains("Download its blank sheet"), "{html}");
    let meanings = service.get("/errors.json").json();
    assert_eq!(meanings["codes"]["page_slash"]["zh"], "页面路径开头不能是 /");
    assert!(meanings["sentences"].as_array().is_some_and(|all| all.len() > 50), "{meanings}");
}

#[test]
fn the_page_of_templates_shows_a_picture_of_each_and_what_is_wrong() {
    let folder = workspace();
    scaffold(folder.path(), "empty");
    fs::remove_dir_all(folder.path().join("templates/empty/samples")).expect("a folder");
    scaffold_with(folder.path(), "odd", "artwork.svg", "</svg>", "<foreignObject/></svg>");
    scaffold_with(folder.path(), "broken", "layout.json", "\"type\": \"code\"", "\"type\": \"coode\"");
    let service = Service::with(&[], Options::default(), folder);
    let (_, html) = open(&service, "/", &[ENGLISH]);
    let card = |id: &str| {
        let link = format!("href=\"/studio/{id}\"");
        html.split("<section").find(|card| card.contains(&link)).unwrap_or_else(|| panic!("no {id}: {html}"))
    };
    let [my, empty, odd, broken] = ["my", "empty", "odd", "broken"].map(card);
    assert!(my.contains("src=\"/v1/templates/my/samples/usual.png\"") && !my.contains("class=\"found"), "{my}");
    assert!(my.contains("loading=\"lazy\"") && my.contains("href=\"/exports?template=my\""), "{my}");
    assert!(empty.contains("No samples") && !empty.contains("<img"), "{empty}");
    assert!(odd.contains(">1 finding</span>"), "{odd}");
    assert!(broken.contains("found wrong") && broken.contains("class=\"error\""), "{broken}");
    assert!(broken.contains("layout.json:") && !broken.contains("is broken"), "{broken}");
    assert!(!broken.contains('`') && !broken.contains("&#x60;"), "{broken}");
    assert!(broken.contains("Cannot be used") && !broken.contains("/exports?"), "{broken}");
}

#[test]
fn a_designer_uses_the_studio_in_a_browser() {
    if is_browser_missing() {
        return;
    }
    use_studio(&Service::set(&[("HAIBAO_STUDIO__EDIT", "true")]), "studio.js", &[]);
}

#[test]
fn a_designer_types_in_a_browser() {
    if is_browser_missing() {
        return;
    }
    use_studio(&Service::set(&[("HAIBAO_STUDIO__EDIT", "true")]), "studio-typing.js", &[]);
}

#[test]
fn a_designer_edits_layers_in_a_browser() {
    if is_browser_missing() {
        return;
    }
    use_studio(&Service::set(&[("HAIBAO_STUDIO__EDIT", "true")]), "studio-edit.js", &[]);
}

#[test]
fn a_designer_looks_at_layers_that_cannot_be_edited() {
    if is_browser_missing() {
        return;
    }
    use_studio(&Service::start(), "studio-edit.js", &["read-only"]);
}

/// Runs a script of tests/browser on the studio of a service.
fn use_studio(service: &Service, script: &str, more: &[&str]) {
    let script = format!("{}/tests/browser/{script}", env!("CARGO_MANIFEST_DIR"));
    let template = service.folder.path().join("templates").join(TEMPLATE);
    // The screenshots stay.
    let shots = concat!(env!("CARGO_TARGET_TMPDIR"), "/studio");
    let mut command = Command::new("node");
    let output =
        command.args([script, format!("http://{}", service.addr)]).arg(template).arg(shots).args(more).output();
    let output = output.expect("node runs");
    assert!(output.status.success(), "{}\n{}", talk(&output), service.log());
}

#[test]
fn a_designer_stresses_a_template_and_exports_a_sheet_in_a_browser() {
    if is_browser_missing() {
        return;
    }
    let keys = format!("2026a:{}", "k".repeat(32));
    let service = Service::set(&[("HAIBAO_STUDIO__EDIT", "true"), ("HAIBAO_LINKS__KEYS", &keys)]);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/studio-bulk.js");
    let template = service.folder.path().join("templates").join(TEMPLATE);
    let sheets = tempfile::tempdir().expect("a folder");
    fs::write(sheets.path().join("活动.xlsx"), market::workbook()).expect("a file");
    fs::write(sheets.path().join("photos.zip"), market::photos()).expect("a file");
    let shots = concat!(env!("CARGO_TARGET_TMPDIR"), "/studio-bulk");
    let mut command = Command::new("node");
    let command =
        command.args([script, &format!("http://{}", service.addr)]).arg(template).arg(sheets.path()).arg(shots);
    let output = command.output().expect("node runs");
    assert!(output.status.success(), "{}\n{}", talk(&output), service.log());
}

#[test]
fn a_designer_makes_templates_of_exports_in_a_browser() {
    if is_browser_missing() {
        return;
    }
    let service = Service::set(&[("HAIBAO_STUDIO__EDIT", "true")]);
    let root = env!("CARGO_MANIFEST_DIR");
    let script = format!("{root}/tests/browser/studio-new.js");
    let shots = concat!(env!("CARGO_TARGET_TMPDIR"), "/studio");
    let mut command = Command::new("node");
    command.args([&script, &format!("http://{}", service.addr), &format!("{root}/tests/exports")]);
    let output = command.arg(service.folder.path().join("templates")).arg(shots).output().expect("node runs");
    assert!(output.status.success(), "{}\n{}", talk(&output), service.log());
}

/// Whether the tests in a browser must be skipped; prints why.
pub fn is_browser_missing() -> bool {
    let has =
        |program: &str| Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success());
    let is_missing = !has("chromium") || !has("node");
    if is_missing {
        // Not `eprintln!`: its output is captured and hidden for passing tests.
        writeln!(io::stderr(), "chromium or node is missing: the browser test is skipped").expect("stderr");
    }
    is_missing
}

#[test]
fn a_browser_uses_the_pages_with_a_key() {
    if is_browser_missing() {
        return;
    }
    let (fixture, key) = Fixture::with_key(&[]);
    let only = fixture.add("only", &["--scopes", "codes"]);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/pages.js");
    let url = format!("http://{}", fixture.node.addr);
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("活动.xlsx"), market::workbook()).expect("a file");
    fs::write(folder.path().join("photos.zip"), market::photos()).expect("a file");
    let mut command = Command::new("node");
    let output = command.args([script, &url, &key, &only]).arg(folder.path()).output().expect("node runs");
    assert!(output.status.success(), "{}\n{}", talk(&output), fixture.node.log());
}
