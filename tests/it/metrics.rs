//! `/metrics`, `/readyz` and logs: they follow what the service does, and contain nothing of users.

use std::collections::BTreeSet;

use haibao::wechat::emulator::{Fault, Options, SAMPLE_SECRET};
use serde_json::{Value, json};

use crate::support::{Node, Service, TEMPLATE, scaffold, scaffold_with, send, wait_for, workspace};

const DASHBOARD: &str = include_str!("../../docs/grafana/haibao.json");
const PAGE: &str = include_str!("../../docs/metrics.md");

fn metrics(service: &Node) -> String {
    let response = service.get("/metrics");
    assert!(response.header("content-type").starts_with("application/openmetrics-text"));
    String::from_utf8(response.body).expect("UTF-8")
}

/// The value of the series whose line starts with this text.
fn value(text: &str, series: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.starts_with(series))?;
    line.rsplit(' ').next()?.parse().ok()
}

/// Names of all series, without labels.
fn names(text: &str) -> BTreeSet<&str> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split(['{', ' ']).next()).collect()
}

fn poster(params: Value) -> Value {
    json!({ "template": TEMPLATE, "params": params })
}

#[test]
fn metrics_count_what_was_done() {
    let service = Service::start();
    service.post(&poster(json!({ "title": "a", "id": "1" }))).poster();
    service.post(&poster(json!({ "title": "a", "id": "1" }))).poster();
    service.post(&poster(json!({ "titel": "a" })));
    service.post(&json!({ "template": "none-of-these" }));
    service.wechat.fault(Fault::Quota);
    service.post(&poster(json!({ "title": "a", "id": "2" })));
    service.get("/wp-login.php");
    let text = metrics(&service);
    let series = [
        (r#"haibao_posters_total{template="my",outcome="ok"}"#, 2.0),
        (r#"haibao_posters_total{template="my",outcome="invalid"}"#, 1.0),
        (r#"haibao_posters_total{template="unknown",outcome="not_found"}"#, 1.0),
        (r#"haibao_poster_stage_seconds_count{stage="total"}"#, 2.0),
        ("haibao_posters_waiting", 0.0),
        (r#"haibao_codes_total{outcome="wechat"}"#, 1.0),
        (r#"haibao_codes_total{outcome="memory"}"#, 1.0),
        (r#"haibao_cache_hits{cache="codes"}"#, 1.0),
        (r#"haibao_cache_misses{cache="codes"}"#, 2.0),
        (r#"haibao_wechat_calls_total{endpoint="wxa/getwxacodeunlimit",result="ok"}"#, 1.0),
        (r#"haibao_wechat_calls_total{endpoint="wxa/getwxacodeunlimit",result="45009"}"#, 1.0),
        (r#"haibao_http_requests_total{route="unknown",method="GET",status="404"}"#, 1.0),
        (r#"haibao_http_requests_total{route="/v1/posters",method="POST",status="200"}"#, 2.0),
    ];
    for (series, expected) in series {
        assert_eq!(value(&text, series), Some(expected), "{series}\n{text}");
    }
    let quota = value(&text, r#"haibao_wechat_quota_remaining{app="default",quota="codes"}"#).expect("a quota");
    assert!((4990.0..5000.0).contains(&quota), "{quota}");
    assert!(value(&text, r#"haibao_cache_bytes{cache="bands"}"#) > Some(10_000.0), "{text}");
    assert!(value(&text, r#"haibao_cache_hits{cache="bands"}"#) > Some(10.0), "{text}");
    for cache in ["artwork", "paints", "inks", "glyphs", "assets", "codes", "links", "templates"] {
        assert!(value(&text, &format!("haibao_cache_bytes{{cache=\"{cache}\"}}")).is_some(), "{cache}: {text}");
    }
    assert!(value(&text, "haibao_pool_workers") >= Some(1.0), "{text}");
    assert!(value(&text, "haibao_process_resident_memory_bytes") > Some(1e7), "{text}");
    assert!(text.ends_with("# EOF\n"), "{text}");
    for word in ["none-of-these", "wp-login"] {
        assert!(!text.contains(word), "{word} of a request became a label");
    }
}

#[test]
fn dashboard_and_documentation_use_exported_metrics() {
    let service = Service::start();
    service.post(&poster(json!({ "title": "a" }))).poster();
    service.get("/v1/templates/product-share/samples/usual.png").poster();
    let text = metrics(&service);
    let exported = names(&text);
    // Families without any series yet are declared.
    let declared: BTreeSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let is_known = |name: &str| {
        exported.contains(name)
            || declared.contains(name)
            || ["_total", "_bucket", "_sum", "_count", "_info"]
                .iter()
                .any(|end| name.strip_suffix(end).is_some_and(|base| declared.contains(base)))
    };
    for (source, expected) in [(DASHBOARD, 15), (PAGE, 15)] {
        let used: BTreeSet<String> = source
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .filter(|word| word.starts_with("haibao_"))
            .map(str::to_owned)
            .collect();
        assert!(used.len() >= expected, "{used:?}");
        for name in used {
            assert!(is_known(&name), "{name} is not exported");
        }
    }
    let dashboard: Value = serde_json::from_str(DASHBOARD).expect("JSON");
    assert!(dashboard["panels"].as_array().is_some_and(|panels| panels.len() > 12));
    // The documentation explains each exported family.
    for family in declared {
        assert!(PAGE.contains(family), "docs/metrics.md does not explain {family}");
    }
}

#[test]
fn readiness_has_the_state_of_each_part() {
    let service = Service::start();
    wait_for("readiness", || service.get("/readyz").status == 200);
    let ready = service.get("/readyz").json();
    assert_eq!(ready["ready"], true);
    for part in ["process", "templates", "fonts", "store", "blobs"] {
        assert_eq!(ready["parts"][part]["state"], "ok", "{ready:#}");
    }
}

#[test]
fn the_access_log_has_one_line_for_each_request() {
    let service = Service::start();
    let id = |id: &'static str| [("X-Request-Id", id), ("Content-Type", "application/json")];
    let good = json!({ "template": TEMPLATE, "params": { "title": "a" } }).to_string();
    send(service.addr, "POST", "/v1/posters", &id("one"), good.as_bytes()).poster();
    send(service.addr, "POST", "/v1/posters?secret=1", &id("two"), b"{}").problem(422, "request_invalid");
    send(service.addr, "GET", "/v1/scenes/none", &id("three"), b"").problem(404, "scene_unknown");
    send(service.addr, "GET", "/no/such", &id("four"), b"").problem(404, "path_unknown");
    send(service.addr, "GET", "/healthz", &id("five"), b"");
    service.wechat.fault(Fault::Quota);
    let failed = json!({ "template": TEMPLATE, "params": { "title": "a", "id": "9" } }).to_string();
    send(service.addr, "POST", "/v1/posters", &id("six"), failed.as_bytes());
    wait_for("the last line", || service.log().contains("id=six"));
    let log = service.log();
    let line = |id: &str| {
        let lines: Vec<_> = log
            .lines()
            .filter(|line| line.contains(" INFO haibao::access_log: request ") && line.contains(id))
            .collect();
        assert_eq!(lines.len(), 1, "{id}: {log}");
        lines[0].to_owned()
    };
    assert!(line("id=one").contains("method=POST route=/v1/posters status=200 ms="), "{log}");
    assert!(line("id=two").contains("status=422") && line("id=two").contains("code=request_invalid"), "{log}");
    assert!(line("id=three").contains("route=/v1/scenes/{id} status=404"), "{log}");
    assert!(line("id=four").contains("route=? status=404") && line("id=six").contains("status=4"), "{log}");
    assert!(!log.contains("id=five"), "health checks are at the level debug: {log}");
    assert!(!log.contains("secret") && !log.contains("/no/such"), "{log}");
}

#[test]
fn an_edited_template_is_reloaded_and_a_broken_edit_keeps_the_old_one() {
    let service = Service::set(&[("HAIBAO_CATALOG__RELOAD_MS", "100")]);
    let file = service.folder.path().join("templates/my/layout.json");
    let original = std::fs::read_to_string(&file).expect("a file");
    let version = || service.get("/v1/templates/my").json()["version"].as_str().expect("a version").to_owned();
    wait_for("readiness", || service.get("/readyz").json()["ready"] == true);
    let first = version();
    let before = service.post(&poster(json!({ "title": "a" })));

    std::fs::write(&file, original.replace("\"font_size\": ", "\"font_size\": 1")).expect("a file");
    wait_for("the reload", || version() != first);
    let second = version();
    let after = service.post(&poster(json!({ "title": "a" })));
    assert!(after.poster() != before.poster(), "the edit changes the poster");

    std::fs::write(&file, original.replace("\"layers\": [", "\"layers\": [,")).expect("a file");
    wait_for("the report", || service.get("/readyz").json()["parts"]["templates"]["state"] == "degraded");
    let ready = service.get("/readyz");
    assert_eq!(ready.status, 200, "the previous version works");
    assert_eq!(ready.json()["parts"]["templates"]["broken"]["my"], "template_invalid");
    assert_eq!(version(), second);
    assert!(service.post(&poster(json!({ "title": "a" }))).poster() == after.poster());
    let text = metrics(&service);
    assert_eq!(value(&text, "haibao_templates_broken"), Some(1.0), "{text}");
    assert_eq!(value(&text, r#"haibao_template_reloads_total{outcome="broken"}"#), Some(1.0), "{text}");
    let list = service.get("/v1/templates").json();
    let entry = list.as_array().expect("a list").iter().find(|entry| entry["id"] == "my").expect("it");
    assert_eq!((&entry["version"], &entry["error"]["code"]), (&json!(second), &json!("template_invalid")));
    assert!(service.log().contains("the edited template is broken"), "{}", service.log());

    // Versions are pinned by name, also after a restart.
    std::fs::write(&file, &original).expect("a file");
    wait_for("the reload", || version() == first);
    wait_for("the stored version", || {
        let pinned = service.post(&json!({ "template": format!("my@{second}"), "params": { "title": "a" } }));
        pinned.status == 200 && pinned.body == after.body
    });
    let gone = service.post(&json!({ "template": "my@0123456789abcdef", "params": { "title": "a" } }));
    gone.problem(404, "template_version_unknown");
    service.post(&json!({ "template": "mi@0123456789abcdef" })).problem(404, "template_unknown");
    service.get(&format!("/v1/templates/my@{second}")).json();

    scaffold(service.folder.path(), "another");
    wait_for("a new template", || service.get("/v1/templates/another").status == 200);
    std::fs::remove_dir_all(service.folder.path().join("templates/another")).expect("removed");
    wait_for("the removal", || service.get("/v1/templates/another").status == 404);
}

#[test]
fn versions_of_built_in_templates_are_stored_and_old_ones_removed() {
    let mut service = Service::start();
    let versions = service.folder.path().join("data/blobs/templates");
    wait_for("the versions", || versions.join("product-share").is_dir());
    let old = versions.join("product-share/0123456789abcdef");
    std::fs::write(old.with_extension("zip"), b"").expect("a file");
    std::fs::write(old.with_extension("seen"), b"1000").expect("a file");
    service.restart(&[]);
    wait_for("the removal", || !old.with_extension("zip").exists() && !old.with_extension("seen").exists());
    assert!(versions.join("product-share").read_dir().expect("a folder").count() >= 2, "the current version stays");
}

/// Values of requests that must appear neither in the log nor in the metrics.
#[test]
fn logs_and_metrics_contain_nothing_of_users() {
    let folder = workspace();
    scaffold_with(folder.path(), "broken", "layout.json", "\"layers\": [", "\"layers\": [,");
    let settings = [("HAIBAO_LOG", "trace"), ("HAIBAO_LOG_FORMAT", "json"), ("HAIBAO_HTTP__TIMEOUT_MS", "4000")];
    let service = Service::with(&settings, Options::default(), folder);
    let headers = [
        ("Content-Type", "application/json"),
        ("Authorization", "Bearer MARK-key"),
        ("Cookie", "session=MARK-cookie"),
        ("X-Request-Id", "request-7"),
    ];
    let title = "MARK-昵称";
    let picture = "https://img.invalid/photo.jpg?sig=MARK-query";
    let bodies = [
        json!({ "template": TEMPLATE, "params": { "title": title, "id": "MARK1" } }),
        json!({ "template": TEMPLATE, "params": { "title": title, "photo": picture } }),
        json!({ "template": TEMPLATE, "params": { "title": title, "MARK-param": 1 } }),
        json!({ "template": TEMPLATE, "params": { "title": title, "price": "MARK-price" } }),
        json!({ "template": "MARK-template", "params": {} }),
        json!({ "template": TEMPLATE, "params": { "title": title }, "code": { "app": "MARK-app" } }),
        json!({ "template": "broken", "params": { "title": title } }),
    ];
    for body in &bodies {
        send(service.addr, "POST", "/v1/posters", &headers, body.to_string().as_bytes());
    }
    let query = "/v1/posters?sig=MARK-sig&key=MARK-url-key&MARK-name=1";
    send(service.addr, "POST", query, &headers, bodies[0].to_string().as_bytes()).problem(422, "request_invalid");
    service.wechat.fault(Fault::Busy);
    let scene = json!({ "scene": "MARK=2", "page": "pages/MARK" }).to_string();
    send(service.addr, "POST", "/v1/codes", &headers, scene.as_bytes());
    send(
        service.addr,
        "POST",
        "/v1/scenes",
        &headers,
        json!({ "params": { "MARK": "x".repeat(80) } }).to_string().as_bytes(),
    );
    send(service.addr, "GET", "/v1/scenes/MARKscene", &headers, b"");
    send(service.addr, "GET", "/v1/posters/MARK-payload.png?sig=MARK-sig", &headers, b"");
    send(service.addr, "GET", "/MARK-path", &headers, b"");
    let (text, log) = (metrics(&service), service.log());
    assert!(log.contains("request-7"), "the log has the ids of requests: {log}");
    let lines: Vec<&str> = log.lines().filter(|line| line.starts_with('{')).collect();
    assert!(lines.len() > 20, "{log}");
    for line in lines {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert!(event["timestamp"].is_string() && event["level"].is_string() && event["target"].is_string(), "{line}");
    }
    for secret in ["MARK", SAMPLE_SECRET, "88_", "access_token="] {
        let found = log.lines().chain(text.lines()).find(|line| line.contains(secret));
        assert_eq!(found, None, "{secret:.6} has leaked");
    }
}

/// A collector that accepts every request and keeps the bodies.
#[cfg(feature = "otlp")]
fn collector() -> (String, std::sync::mpsc::Receiver<Vec<u8>>) {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/v1/traces", listener.local_addr().expect("an address"));
    let (sender, bodies) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = std::io::BufReader::new(stream);
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
            assert!(head.starts_with("post /v1/traces "), "{head}");
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
            let mut body = vec![0; length.parse().expect("a number")];
            stream.read_exact(&mut body).expect("a body");
            let _ = stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            let _ = sender.send(body);
        }
    });
    (url, bodies)
}

#[cfg(feature = "otlp")]
#[test]
fn a_collector_receives_spans_without_data_of_users() {
    let (url, bodies) = collector();
    let service = Service::set(&[("HAIBAO_OTLP", &url), ("OTEL_BSP_SCHEDULE_DELAY", "200")]);
    service.post(&poster(json!({ "title": "王小明的瓶子", "id": "8801" }))).poster();
    service.get("/v1/templates/none-of-these");
    let mut all = Vec::new();
    wait_for("the export of traces", || {
        all.extend(bodies.try_iter().flatten());
        let text = String::from_utf8_lossy(&all);
        ["haibao", "request", "plan", "code", "draw", "/v1/posters", "/v1/templates/{id}", "status"]
            .iter()
            .all(|name| text.contains(name))
    });
    let text = String::from_utf8_lossy(&all);
    for private in ["王小明", "8801", "none-of-these", SAMPLE_SECRET] {
        assert!(!text.contains(private), "{private} is in the traces: {text:?}");
    }
}

#[cfg(feature = "otlp")]
#[test]
fn a_collector_that_does_not_answer_stops_no_poster() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let service =
        Service::set(&[("HAIBAO_OTLP", &format!("http://{nobody}/v1/traces")), ("OTEL_BSP_SCHEDULE_DELAY", "50")]);
    for id in 0..20 {
        service.post(&poster(json!({ "title": "a", "id": id.to_string() }))).poster();
    }
}
