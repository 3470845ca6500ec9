//! Two processes on one Postgres and one bucket, and an unreachable store. `tests/run` starts the servers; without them
//! (`HAIBAO_TEST_POSTGRES`, `HAIBAO_TEST_S3`) the tests that need them are skipped with a notice.

use std::net::TcpListener;

use haibao::wechat::emulator::Options;
use serde_json::{Value, json};

use crate::support::{Servers, Service, TEMPLATE, haibao, payload, talk, workspace};

fn poster(scene: &Value) -> Value {
    json!({ "template": TEMPLATE, "params": { "title": "x" }, "code": { "scene": scene } })
}

#[test]
fn two_processes_share_links_codes_and_tokens() {
    let Some(servers) = Servers::new() else { return };
    let settings = servers.settings();
    let first = Service::set(&settings);
    let wechat = first.wechat.url();
    let base = [("HAIBAO_WECHAT__BASE_URL", wechat.as_str())];
    let settings = settings.into_iter().chain(base).collect::<Vec<_>>();
    let (folder, calls) = (workspace(), || (first.wechat.counters().token_calls, first.wechat.counters().code_calls));
    let files = folder.path().to_owned();
    let second = Service::with(&settings, Options::default(), folder);

    let long = json!({ "id": "8801", "title": "山里的秋天，一张很长的标题" });
    let carried = payload(first.post(&poster(&long)).poster()).scene;
    let id = carried.strip_prefix("s=").unwrap_or_else(|| panic!("no short link: {carried}"));
    assert_eq!(calls(), (1, 1));
    assert_eq!(second.get(&format!("/v1/scenes/{id}")).json()["params"], long, "both processes know the link");
    assert_eq!(payload(second.post(&poster(&long)).poster()).scene, carried);
    assert_eq!(calls(), (1, 1), "the code comes from the bucket");
    let other = json!({ "id": "1" });
    assert_eq!(payload(second.post(&poster(&other)).poster()).scene, "id=1");
    assert_eq!(calls(), (1, 2), "the token comes from the database");
    assert!(!files.join("data").exists(), "nothing is written to the data folder");
    for log in [first.log(), second.log()] {
        let password = servers.store.split([':', '@']).nth(2).expect("postgres://user:password@host");
        assert!(!log.contains(password), "a password is logged: {log}");
    }
}

#[test]
fn an_unreachable_store_fails_fast_and_only_where_it_is_needed() {
    // A port without a listener.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
    let url = format!("postgres://me:hush@127.0.0.1:{port}/db");
    let service = Service::set(&[("HAIBAO_STORE", &url)]);
    let unavailable = service.post(&poster(&json!({ "title": "山里的秋天，一张很长的标题，写不进去" })));
    let problem = unavailable.problem(503, "store_busy");
    assert!(!unavailable.header("retry-after").is_empty() && problem["hint"].is_string(), "{problem:#}");
    service.get("/v1/scenes/0123456789ab").problem(503, "store_busy");
    assert_eq!(service.wechat.counters().code_calls, 0, "no code is requested without its link");
    let plain = json!({ "template": TEMPLATE, "params": { "title": "x" }, "code": { "kind": "qr", "text": "x" } });
    service.post(&plain).problem(503, "store_busy");
    assert!(service.log().contains("the API keys cannot be read yet"), "{}", service.log());
    assert_eq!(service.get("/healthz").status, 200, "what is open needs no keys");
    assert!(!service.log().contains("hush") && !problem.to_string().contains("hush"), "{}", service.log());
}

#[test]
fn a_missing_certificate_is_an_invalid_setting() {
    let folder = workspace();
    let url = "postgres://me:hush@127.0.0.1:1/db?sslmode=verify-full&sslrootcert=/no/ca.pem";
    let mut serve = haibao(folder.path());
    let output =
        serve.args(["serve", "--addr", "127.0.0.1:0"]).env("HAIBAO_STORE", url).output().expect("the binary runs");
    let stderr = talk(&output);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("/no/ca.pem") && stderr.contains("hint: ") && !stderr.contains("hush"), "{stderr}");
    assert!(!stderr.contains("serving"), "{stderr}");
}

#[test]
fn without_its_bucket_a_service_requests_codes_from_wechat() {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
    let url = format!("s3://hush:hush@bucket/?endpoint=http://127.0.0.1:{port}");
    let service = Service::set(&[("HAIBAO_BLOBS", &url)]);
    assert_eq!(payload(service.post(&poster(&json!({ "id": "1" }))).poster()).scene, "id=1");
    assert_eq!(service.wechat.counters().code_calls, 1);
    let log = service.log();
    assert!(log.contains("a code cannot be stored") && !log.contains("hush"), "{log}");
}
