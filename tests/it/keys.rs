//! API keys: the command, access over real sockets, sessions of the pages, quotas of limited codes, own exports.

use std::{path::Path, thread, time::Duration};

use haibao::wechat::emulator::{Emulator, Options};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    FORM, Node, Response, Servers, TEMPLATE, Way, form, haibao, run, send, talk, wait_for, workspace,
};

const JSON: (&str, &str) = ("Content-Type", "application/json");

/// A folder, an emulated WeChat, and a service in the folder.
pub(crate) struct Fixture {
    pub(crate) node: Node,
    wechat: Emulator,
    folder: TempDir,
}

impl Fixture {
    /// A service that has a key before it starts; returns the key too.
    pub(crate) fn with_key(arguments: &[&str]) -> (Self, String) {
        let folder = workspace();
        let key = add(folder.path(), "shop", arguments, &[]);
        let wechat = Emulator::start(Options::default()).expect("an emulator");
        let node = Node::start(folder.path(), &wechat.url(), &[]);
        (Self { node, wechat, folder }, key)
    }

    pub(crate) fn add(&self, name: &str, arguments: &[&str]) -> String {
        add(self.folder.path(), name, arguments, &[])
    }
}

/// Makes a key with the command line.
pub(crate) fn add(folder: &Path, name: &str, arguments: &[&str], settings: &[(&str, &str)]) -> String {
    let mut command = haibao(folder);
    command.args(["keys", "add", name]).args(arguments).envs(settings.iter().copied());
    let output = command.output().expect("the binary runs");
    assert!(output.status.success(), "{}", talk(&output));
    let key = String::from_utf8_lossy(&output.stdout);
    assert!(!talk(&output).contains(key.trim()) && talk(&output).contains("only once"), "{}", talk(&output));
    key.trim().to_owned()
}

fn ask(node: &Node, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
    send(node.addr, method, path, headers, body)
}

fn with_key(node: &Node, key: &str, method: &str, path: &str, body: &Value) -> Response {
    let authorization = format!("Bearer {key}");
    let body = if body.is_null() { String::new() } else { body.to_string() };
    ask(node, method, path, &[("Authorization", &authorization), JSON], body.as_bytes())
}

fn poster() -> Value {
    json!({ "template": TEMPLATE, "params": { "title": "x" } })
}

/// Waits for a text in the log, which another thread collects.
fn await_log(node: &Node, text: &str) {
    wait_for(&format!("{text:?} in the log"), || node.log().contains(text));
}

/// Starts an export of one row; returns its path.
fn export(node: &Node, key: &str) -> String {
    let options = json!({ "template": TEMPLATE }).to_string();
    let body = form(&[("options", "", options.as_bytes()), ("file", "a.csv", b"title\nx\n")]);
    let authorization = format!("Bearer {key}");
    let headers = [("Authorization", &*authorization), FORM];
    let started = ask(node, "POST", "/v1/exports", &headers, &body);
    assert_eq!(started.status, 202, "{}", started.text());
    started.header("location").to_owned()
}

#[test]
fn a_key_is_made_listed_used_and_revoked() {
    let (fixture, key) = Fixture::with_key(&["--rate", "10/s"]);
    let (node, folder) = (&fixture.node, fixture.folder.path());
    await_log(node, "API keys: 1");
    let missing = node.post(&poster());
    missing.problem(401, "key_missing");
    assert_eq!(missing.header("www-authenticate"), "Bearer realm=\"haibao\"");
    with_key(node, &key, "POST", "/v1/posters", &poster()).poster();
    let last = if key.ends_with('A') { 'E' } else { 'A' };
    with_key(node, &format!("{}{last}", &key[..key.len() - 1]), "POST", "/v1/posters", &poster())
        .problem(401, "key_unknown");
    assert_eq!(node.get("/healthz").status, 200);
    node.get("/v1/scenes/0123456789ab").problem(404, "scene_unknown");

    let taken = run(folder, &["keys", "add", "shop"]);
    assert!(!taken.status.success() && talk(&taken).contains("hint: "), "{}", talk(&taken));
    let list = run(folder, &["keys", "list", "--format", "json"]);
    let all: Value = serde_json::from_slice(&list.stdout).expect("JSON");
    let one = &all[0];
    assert_eq!(
        (one["name"].as_str(), one["per_minute"].as_u64(), one["burst"].as_u64()),
        (Some("shop"), Some(600), Some(60))
    );
    add(folder, "free", &["--rate", "none"], &[]);
    let list = run(folder, &["keys", "list", "--format", "json"]);
    let all: Value = serde_json::from_slice(&list.stdout).expect("JSON");
    let free = all.as_array().and_then(|all| all.iter().find(|key| key["name"] == "free")).expect("the key");
    assert!(free["per_minute"].is_null() && free["burst"].is_null(), "{free}");
    let burst = run(folder, &["keys", "add", "burst", "--rate", "none", "--burst", "5"]);
    assert!(!burst.status.success() && talk(&burst).contains("--burst needs a rate"), "{}", talk(&burst));
    for (name, reason, hint) in
        [("public", "is reserved", "choose another name"), ("Shop", "is not a name", "1 to 40 characters")]
    {
        let output = run(folder, &["keys", "add", name]);
        let said = talk(&output);
        let (message, advice) = said.split_once("hint: ").unwrap_or_default();
        assert!(!output.status.success() && message.contains(reason) && advice.contains(hint), "{said}");
    }
    let help = run(folder, &["keys", "add", "--help"]);
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    assert!(help.contains("a-z 0-9 . - _") && help.contains("public"), "{help}");
    let secret = &key[16..];
    let text = String::from_utf8(run(folder, &["keys", "list"]).stdout).expect("text");
    assert!(text.contains("shop") && text.contains("600/min") && !text.contains(secret), "{text}");
    let stored = std::fs::read(folder.join("data/haibao.db")).expect("the store");
    let has = |bytes: &[u8], part: &str| bytes.windows(part.len()).any(|window| window == part.as_bytes());
    assert!(!has(&stored, secret), "the key itself is stored");

    assert!(run(folder, &["keys", "revoke", "shop"]).status.success());
    assert!(!run(folder, &["keys", "revoke", "shop"]).status.success());
    let mut status = 0;
    for _ in 0..100 {
        status = with_key(node, &key, "GET", "/v1/templates", &Value::Null).status;
        if status == 401 {
            break;
        }
        thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(status, 401, "a revoked key still works after ten seconds");
    node.post(&poster()).problem(401, "key_missing");
    assert!(!node.log().contains(secret), "the log has the key: {}", node.log());
}

#[test]
fn only_a_loopback_address_may_be_open() {
    let folder = workspace();
    let refused = |arguments: &[&str]| {
        let output = run(folder.path(), arguments);
        let stderr = talk(&output);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(!stderr.contains("serving"), "{stderr}");
        stderr
    };
    let stderr = refused(&["serve", "--addr", "0.0.0.0:0"]);
    assert!(stderr.contains("there is no API key") && stderr.contains("haibao keys add"), "{stderr}");
    refused(&["serve", "--addr", "[::]:0"]);
    let key = add(folder.path(), "shop", &[], &[]);
    for arguments in [&["serve", "--demo", "--addr", "0.0.0.0:0"][..], &["demo", "-o", "p.png", "--addr", "0.0.0.0:0"]]
    {
        let stderr = refused(arguments);
        assert!(stderr.contains("demo") && stderr.contains("127.0.0.1"), "{stderr}");
    }
    let wechat = Emulator::start(Options::default()).expect("an emulator");
    let node = Node::listen("0.0.0.0:0", folder.path(), &wechat.url(), &[]);
    node.post(&poster()).problem(401, "key_missing");
    with_key(&node, &key, "POST", "/v1/posters", &poster()).poster();
    // A service with keys may be behind a proxy.
    let authorization = format!("Bearer {key}");
    let headers = [("Authorization", &*authorization), ("X-Forwarded-For", "1.2.3.4")];
    assert_eq!(ask(&node, "GET", "/v1/templates", &headers, b"").status, 200);
    // The last key is gone: nothing opens.
    assert!(run(folder.path(), &["keys", "revoke", "shop", "--forget"]).status.success());
    thread::sleep(Duration::from_secs(4));
    node.post(&poster()).problem(401, "key_missing");
    with_key(&node, &key, "POST", "/v1/posters", &poster()).problem(401, "key_unknown");
    drop(node);
    refused(&["serve", "--addr", "0.0.0.0:0"]);
}

#[test]
fn an_open_service_closes_with_its_first_key_and_serves_no_proxy() {
    let folder = workspace();
    let wechat = Emulator::start(Options::default()).expect("an emulator");
    let node = Node::start(folder.path(), &wechat.url(), &[]);
    await_log(&node, "open: there is no API key");
    node.post(&poster()).poster();
    ask(&node, "GET", "/v1/templates", &[("X-Forwarded-For", "1.2.3.4")], b"").problem(403, "host_forbidden");
    assert_eq!(node.get("/login").status, 303, "there is nothing to log in to");
    let key = add(folder.path(), "shop", &[], &[]);
    for _ in 0..100 {
        if node.post(&poster()).status == 401 {
            break;
        }
        thread::sleep(Duration::from_millis(100));
    }
    node.post(&poster()).problem(401, "key_missing");
    with_key(&node, &key, "POST", "/v1/posters", &poster()).poster();
}

#[test]
fn pages_ask_for_the_key_once() {
    let (fixture, key) = Fixture::with_key(&[]);
    let node = &fixture.node;
    let page = node.get("/exports?template=my");
    assert_eq!((page.status, page.header("location")), (303, "/login?next=%2Fexports%3Ftemplate%3Dmy"));
    let form = node.get(page.header("location"));
    assert!(form.text().contains("value=\"/exports?template&#x3D;my\""), "{}", form.text());
    assert!(form.header("content-security-policy").contains("form-action 'self'"));
    let own = format!("http://{}", node.addr);
    let own = own.as_str();
    let log_in = |key: &str, headers: &[(&str, &str)]| {
        let body = format!("key={key}&next=%2Fexports%3Ftemplate%3Dmy");
        ask(node, "POST", "/login", headers, body.as_bytes())
    };
    for foreign in [&[][..], &[("Origin", "http://evil.example")], &[("Sec-Fetch-Site", "cross-site"), ("Origin", own)]]
    {
        log_in(&key, foreign).problem(403, "origin_forbidden");
    }
    let wrong = log_in("hb_wrong", &[("Origin", own)]);
    assert_eq!((wrong.status, wrong.header("set-cookie")), (401, ""));
    assert!(wrong.text().contains("role=\"alert\">密钥"), "{}", wrong.text());
    let done = log_in(&key, &[("Origin", own)]);
    assert_eq!((done.status, done.header("location")), (303, "/exports?template=my"), "{}", done.text());
    let cookie = done.header("set-cookie").to_owned();
    for part in ["; Path=/", "; HttpOnly", "; SameSite=Strict", "; Max-Age=43200"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure") && !cookie.contains(&key[16..]), "{cookie}");
    let secure = log_in(&key, &[("Sec-Fetch-Site", "same-origin"), ("X-Forwarded-Proto", "https")]);
    assert!(secure.header("set-cookie").ends_with("; Secure"), "{}", secure.header("set-cookie"));

    let session = cookie.split(';').next().expect("a cookie");
    for path in ["/", "/exports", "/qrcode"] {
        let page = ask(node, "GET", path, &[("Cookie", session)], b"");
        assert!(page.status == 200 && page.body.windows(7).any(|w| w == b"/logout"), "{path}: {}", page.text());
    }
    assert_eq!(ask(node, "GET", "/v1/exports", &[("Cookie", session)], b"").json(), json!([]));
    let body = poster().to_string();
    let post = |headers: &[(&str, &str)]| {
        let headers = [&[("Cookie", session), JSON][..], headers].concat();
        ask(node, "POST", "/v1/posters", &headers, body.as_bytes())
    };
    post(&[]).problem(403, "origin_forbidden");
    post(&[("Origin", "http://evil.example")]).problem(403, "origin_forbidden");
    post(&[("Sec-Fetch-Site", "same-site")]).problem(403, "origin_forbidden");
    post(&[("Sec-Fetch-Site", "same-origin")]).poster();
    post(&[("Origin", own)]).poster();

    ask(node, "POST", "/logout", &[("Cookie", session)], b"").problem(403, "origin_forbidden");
    let ended = ask(node, "POST", "/logout", &[("Cookie", session), ("Origin", own)], b"");
    assert_eq!((ended.status, ended.header("location")), (303, "/login"));
    assert!(ended.header("set-cookie").contains("Max-Age=0"), "{}", ended.header("set-cookie"));
    post(&[("Origin", own)]).problem(401, "key_missing");
    let log = node.log();
    assert!(!log.contains(&key[16..]) && !log.contains(&session[session.len() - 20..]), "{log}");
}

#[test]
fn exports_and_links_belong_to_the_key_that_made_them() {
    let (fixture, key) = Fixture::with_key(&[]);
    let node = &fixture.node;
    let other = fixture.add("other", &[]);
    let admin = fixture.add("admin", &["--scopes", "exports,scenes,admin"]);
    let path = export(node, &key);
    for (method, suffix) in [
        ("GET", ""),
        ("GET", "/events"),
        ("GET", "/download"),
        ("GET", "/failures.csv"),
        ("GET", "/failures.xlsx"),
        ("GET", "/manifest.csv"),
        ("POST", "/pause"),
        ("POST", "/resume"),
        ("DELETE", ""),
    ] {
        with_key(node, &other, method, &format!("{path}{suffix}"), &Value::Null).problem(404, "export_unknown");
    }
    let ids = |key: &str| with_key(node, key, "GET", "/v1/exports", &Value::Null).json().as_array().map(Vec::len);
    assert_eq!((ids(&key), ids(&other), ids(&admin)), (Some(1), Some(0), Some(1)));
    let link = json!({ "params": { "t": "中秋限时拼团" }, "force_link": true });
    assert_eq!(with_key(node, &key, "POST", "/v1/scenes", &link).status, 201);
    let links = |key: &str| with_key(node, key, "GET", "/v1/scenes", &Value::Null).json().as_array().map(Vec::len);
    assert_eq!((links(&key), links(&other), links(&admin)), (Some(1), Some(0), Some(1)));
    with_key(node, &key, "GET", "/v1/exports/%ff", &Value::Null).problem(404, "path_unknown");
    for key in [&key, &admin] {
        assert_eq!(with_key(node, key, "GET", &path, &Value::Null).status, 200);
    }
    assert_eq!(with_key(node, &key, "DELETE", &path, &Value::Null).status, 204);
}

#[test]
fn limited_codes_have_a_scope_and_a_quota() {
    let (fixture, plain) = Fixture::with_key(&["--scopes", "posters,codes,exports"]);
    let (node, wechat) = (&fixture.node, &fixture.wechat);
    let limited = fixture.add("print", &["--scopes", "posters,codes,limited-codes", "--limited-codes", "2"]);
    let code = |path: &str| json!({ "kind": "limited", "path": path });
    let square = |path: &str| json!({ "template": TEMPLATE, "params": { "title": "x" }, "code": { "kind": "square", "path": path } });
    let ask = |key: &str, path: &str, body: &Value| with_key(node, key, "POST", path, body);
    ask(&plain, "/v1/codes", &code("pages/a")).problem(403, "key_scope");
    ask(&plain, "/v1/posters", &square("pages/a")).problem(403, "key_scope");
    assert_eq!(ask(&plain, "/api/qrcode", &code("pages/a")).status, 403);
    assert_eq!(wechat.counters().code_calls, 0);
    assert_eq!(ask(&limited, "/v1/codes", &code("pages/a")).status, 200);
    assert_eq!(ask(&limited, "/v1/codes", &code("pages/a")).status, 200, "a stored code is free");
    ask(&plain, "/v1/codes", &code("pages/a")).problem(403, "key_scope");
    ask(&limited, "/v1/posters", &square("pages/b")).poster();
    ask(&limited, "/v1/codes", &code("pages/c")).problem(403, "limited_quota");
    ask(&limited, "/v1/posters", &square("pages/c")).problem(403, "limited_quota");
    assert_eq!(wechat.counters().code_calls, 2);
    assert_eq!(ask(&limited, "/v1/codes", &json!({ "scene": "id=1" })).status, 200);
    let list = run(fixture.folder.path(), &["keys", "list"]);
    assert!(String::from_utf8_lossy(&list.stdout).contains("2/2"), "{}", String::from_utf8_lossy(&list.stdout));
}

#[test]
fn each_key_has_its_own_rate() {
    let (fixture, slow) = Fixture::with_key(&["--rate", "1/min", "--burst", "2"]);
    let node = &fixture.node;
    let fast = fixture.add("fast", &[]);
    let get = |key: &str| with_key(node, key, "GET", "/v1/templates/my", &Value::Null);
    assert_eq!((get(&slow).status, get(&slow).status), (200, 200));
    let limited = get(&slow);
    let problem = limited.problem(429, "rate_limited");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("shop")), "{problem:#}");
    let wait: u64 = limited.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");
    for _ in 0..20 {
        assert_eq!(get(&fast).status, 200);
    }
    get(&slow).problem(429, "rate_limited");
}

#[test]
fn processes_share_keys_and_sessions() {
    let Some(servers) = Servers::new() else { return };
    let settings = servers.settings();
    let folder = workspace();
    let wechat = Emulator::start(Options::default()).expect("an emulator");
    let key = add(folder.path(), "shop", &["--scopes", "all", "--limited-codes", "1"], &settings);
    let nodes = [(); 2].map(|()| Node::start(folder.path(), &wechat.url(), &settings));
    for node in &nodes {
        node.post(&poster()).problem(401, "key_missing");
        with_key(node, &key, "POST", "/v1/posters", &poster()).poster();
    }
    let log_in =
        ask(&nodes[0], "POST", "/login", &[("Sec-Fetch-Site", "same-origin")], format!("key={key}").as_bytes());
    let session = log_in.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
    assert_eq!(ask(&nodes[1], "GET", "/exports", &[("Cookie", &session)], b"").status, 200);
    let path = export(&nodes[0], &key);
    assert_eq!(with_key(&nodes[1], &key, "GET", &path, &Value::Null).status, 200);
    let code = |node: &Node, path: &str| {
        with_key(node, &key, "POST", "/v1/codes", &json!({ "kind": "limited", "path": path })).status
    };
    assert_eq!((code(&nodes[0], "pages/a"), code(&nodes[1], "pages/b")), (200, 403), "one quota");
}

#[test]
fn known_keys_stay_valid_while_the_database_is_away() {
    let Some(servers) = Servers::new() else { return };
    let folder = workspace();
    let key = add(folder.path(), "shop", &[], &servers.settings());
    let way = Way::to(servers.database());
    let servers = servers.database_by(way.addr);
    let wechat = Emulator::start(Options::default()).expect("an emulator");
    let node = Node::start(folder.path(), &wechat.url(), &servers.settings());
    let qr = json!({ "template": TEMPLATE, "params": { "title": "x" }, "code": { "kind": "qr", "text": "x" } });
    with_key(&node, &key, "POST", "/v1/posters", &qr).poster();
    thread::scope(|scope| {
        let cut = scope.spawn(|| way.cut_for(Duration::from_secs(6)));
        thread::sleep(Duration::from_millis(500));
        while !cut.is_finished() {
            with_key(&node, &key, "POST", "/v1/posters", &qr).poster();
            node.post(&qr).problem(401, "key_missing");
            thread::sleep(Duration::from_millis(200));
        }
    });
    let unknown = format!("hb_000000000000_{}", "A".repeat(43));
    thread::sleep(Duration::from_secs(3));
    with_key(&node, &unknown, "POST", "/v1/posters", &qr).problem(401, "key_unknown");
}
