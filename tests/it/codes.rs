//! Codes without posters: over HTTP, from the command line, and their storage.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use haibao::wechat::emulator::{Emulator, Fault, Options, SAMPLE_SECRET};
use haibao_core::sample::SAMPLE_APPID;
use serde_json::{Value, json};

use super::support::{Response, Service, errors, haibao, payload, run, send, talk, workspace};

const JSON: (&str, &str) = ("Content-Type", "application/json");

fn post(service: &Service, path: &str, body: &Value, headers: &[(&str, &str)]) -> Response {
    send(service.addr, "POST", path, &[&[JSON], headers].concat(), body.to_string().as_bytes())
}

fn code(service: &Service, body: &Value) -> Response {
    post(service, "/v1/codes", body, &[])
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() { found.extend(files(&entry.path())) } else { found.push(entry.path()) }
    }
    found
}

#[test]
fn each_kind_is_returned_as_requested() {
    let service = Service::start();
    let unlimited = code(&service, &json!({ "scene": "id=1&t=a", "page": "pages/a", "is_hyaline": true }));
    assert_eq!((unlimited.status, unlimited.header("content-type")), (200, "image/png"), "{}", unlimited.text());
    assert_eq!(payload(&unlimited.body).scene, "id=1&t=a");
    let jpeg = code(&service, &json!({ "scene": { "id": 7 }, "width": 600 }));
    assert_eq!(jpeg.header("content-type"), "image/jpeg", "detected from the bytes, not from WeChat's header");
    assert_eq!(payload(&jpeg.body).scene, "id=7");
    let limited = code(&service, &json!({ "kind": "limited", "path": "pages/a?id=1" }));
    assert_eq!((limited.status, limited.header("x-haibao-num-used")), (200, "1"), "{}", limited.text());
    let square = code(&service, &json!({ "kind": "square", "path": "pages/a?id=1", "width": 300 }));
    assert_eq!((square.status, square.header("x-haibao-num-used")), (200, ""), "{}", square.text());
    assert_eq!(image::load_from_memory(&square.body).expect("a picture").width(), 300);
    let qr = code(&service, &json!({ "kind": "qr", "text": "https://example.com/a" }));
    assert_eq!((qr.status, qr.header("x-haibao-code-origin")), (200, "drawn"));
    assert_eq!(service.wechat.counters().code_calls, 4, "WeChat was called for a plain QR code");

    let response = post(
        &service,
        "/v1/codes",
        &json!({ "scene": "id=1&t=a", "page": "pages/a", "is_hyaline": true }),
        &[("Accept", "application/json")],
    );
    let body = response.json();
    let uri = body["image"].as_str().and_then(|image| image.strip_prefix("data:image/png;base64,")).expect("a PNG");
    assert_eq!(STANDARD.decode(uri).expect("base64"), unlimited.body);
    assert_eq!(body["launch_parameter"], "scene=id%3D1%26t%3Da");
    assert_eq!((&body["origin"], &body["scene"]), (&json!("memory"), &json!("id=1&t=a")));
}

#[test]
fn invalid_codes_are_rejected_without_calling_wechat() {
    let service = Service::start();
    let body = json!({ "scene": "商", "page": "/a?b", "width": 5, "colour": 1 });
    let problem = code(&service, &body).problem(422, "request_invalid");
    let expected = [
        ("field_unknown", "/colour"),
        ("page_slash", "/page"),
        ("page_query", "/page"),
        ("scene_character", "/scene"),
        ("width_invalid", "/width"),
    ];
    assert_eq!(errors(&problem), expected);
    let problem = code(&service, &json!({ "kind": "square", "path": "a".repeat(129), "scene": "a" }))
        .problem(422, "request_invalid");
    assert_eq!(errors(&problem), [("field_unused", "/scene"), ("path_too_long", "/path")]);
    assert_eq!(
        code(&service, &json!({ "scene": "a", "app": "mall" })).problem(422, "app_unknown")["errors"][0]["pointer"],
        "/app"
    );
    assert_eq!(service.wechat.counters().code_calls + service.wechat.counters().token_calls, 0);
}

#[test]
fn codes_are_stored_permanently_and_errors_never() {
    let data = tempfile::tempdir().expect("a folder");
    let at = data.path().join("kept").display().to_string();
    let start = || Service::set(&[("HAIBAO_DATA", &at), ("HAIBAO_WECHAT__TIMEOUT_MS", "60000")]);
    let (first, body) = (start(), json!({ "scene": "id=9" }));
    // Responses that are not a complete picture are rejected and leave no file.
    for fault in [Fault::ErrorAsImage, Fault::Truncated, Fault::EmptyBody, Fault::BadGateway] {
        first.wechat.fault(fault.always());
        let status = code(&first, &body).status;
        assert!(status == 502 || status == 504, "{fault:?}: {status}");
        assert_eq!(
            files(&Path::new(&at).join("blobs/codes")),
            Vec::<std::path::PathBuf>::new(),
            "{fault:?} left a file"
        );
        first.wechat.clear_faults();
    }
    let fetched = code(&first, &body);
    assert_eq!((fetched.status, fetched.header("x-haibao-code-origin")), (200, "wechat"), "{}", fetched.text());
    assert_eq!(code(&first, &body).header("x-haibao-code-origin"), "memory");
    let url = first.wechat.url();
    drop(first);

    // A new process with an emulator at another address: codes of another issuer are not reused.
    let second = start();
    assert_eq!(code(&second, &body).header("x-haibao-code-origin"), "wechat", "{url} is not {}", second.wechat.url());
    // The same address: the code is read from the store, unless its file is truncated.
    let again = |base: &str| {
        let settings = [("HAIBAO_DATA", at.as_str()), ("HAIBAO_WECHAT__BASE_URL", base)];
        code(&Service::set(&settings), &body)
    };
    let stored = again(&second.wechat.url());
    assert_eq!(stored.header("x-haibao-code-origin"), "store");
    assert_eq!(stored.body, code(&second, &body).body);
    for file in files(&Path::new(&at).join("blobs/codes")) {
        let bytes = fs::read(&file).expect("a code");
        fs::write(&file, &bytes[..bytes.len() / 2]).expect("a shorter file");
    }
    let fresh = again(&second.wechat.url());
    assert_eq!(fresh.header("x-haibao-code-origin"), "wechat");
    assert_eq!(payload(&fresh.body).scene, "id=9");
}

#[test]
fn an_unwritable_data_folder_does_not_fail_the_request() {
    let data = tempfile::tempdir().expect("a folder");
    let folder = data.path().join("data");
    let service = Service::set(&[("HAIBAO_DATA", &folder.display().to_string())]);
    // The service does not start without a folder that it can write; this one is lost later.
    fs::remove_dir_all(&folder).expect("a folder");
    fs::write(&folder, "x").expect("a file");
    assert_eq!(payload(&code(&service, &json!({ "scene": "id=1" })).body).scene, "id=1");
    assert!(service.log().contains("cannot be stored"), "{}", service.log());
}

#[test]
fn the_api_of_tutorials_is_supported() {
    let service = Service::start();
    let response =
        post(&service, "/api/qrcode", &json!({ "scene": "id=123&type=product", "page": "pages/index/index" }), &[]);
    let result = response.json();
    assert_eq!((response.status, &result["success"]), (200, &json!(true)), "{}", response.text());
    assert_eq!((&result["scene"], &result["page"]), (&json!("id=123&type=product"), &json!("pages/index/index")));
    let image = result["image"].as_str().and_then(|uri| uri.strip_prefix("data:image/jpeg;base64,")).expect("a JPEG");
    assert_eq!(payload(&STANDARD.decode(image).expect("base64")).scene, "id=123&type=product");

    for body in
        [json!({}), json!({ "scene": "" }), json!({ "scene": "a b" }), json!({ "scene": "a".repeat(33) }), json!([])]
    {
        let response = post(&service, "/api/qrcode", &body, &[]);
        let result = response.json();
        assert_eq!((response.status, &result["success"]), (400, &json!(false)), "{body}: {}", response.text());
        let message = result["error"].as_str().unwrap_or_default();
        assert!(message.contains("scene") || message.contains("object"), "{result}");
    }
    service.wechat.fault(Fault::Quota.always());
    let refused = post(&service, "/api/qrcode", &json!({ "scene": "x" }), &[]);
    assert_eq!((refused.status, &refused.json()["success"]), (429, &json!(false)), "{}", refused.text());
    assert!(!refused.header("retry-after").is_empty());

    let health = service.get("/api/health");
    assert_eq!((health.status, &health.json()["status"]), (200, &json!("ok")));
    let page = service.get("/qrcode");
    assert_eq!(page.status, 200);
    assert!(String::from_utf8_lossy(&page.body).contains("<form"), "{}", page.text());
    assert!(String::from_utf8_lossy(&service.get("/qrcode.js").body).contains("/v1/codes"));
}

fn emulator() -> Emulator {
    Emulator::start(Options::default()).expect("an emulator")
}

fn rows(folder: &Path, wechat: &Emulator, csv: &str) -> Command {
    fs::write(folder.join("rows.csv"), csv).expect("a file");
    let mut command = haibao(folder);
    command
        .args(["code", "--rows", "rows.csv", "-o", "out"])
        .env("HAIBAO_WECHAT__BASE_URL", wechat.url())
        .env("HAIBAO_APPS__DEFAULT__APPID", SAMPLE_APPID)
        .env("HAIBAO_APPS__DEFAULT__SECRET", SAMPLE_SECRET);
    command
}

#[test]
fn codes_are_prefetched_and_a_killed_run_is_resumed() {
    let (folder, wechat) = (workspace(), emulator());
    let csv: String = "\u{feff}scene,page,file_name\n".to_owned()
        + &(0..40).map(|i| format!("id={i},pages/a,门店-{i}\n")).collect::<String>();
    // Slow enough that the run is still in progress when it is killed.
    wechat.fault(Fault::Delay { ms: 200 }.always());
    let mut killed = rows(folder.path(), &wechat, &csv).stderr(Stdio::null()).spawn().expect("the binary starts");
    let start = Instant::now();
    let stored_codes = || files(&folder.path().join("data/blobs/codes")).len();
    while stored_codes() < 5 {
        assert!(start.elapsed() < Duration::from_secs(60), "no codes were fetched");
        std::thread::sleep(Duration::from_millis(5));
    }
    killed.kill().expect("killed");
    killed.wait().expect("gone");
    wechat.clear_faults();
    let stored = stored_codes();
    assert!(stored < 40, "{stored} codes were stored before the end");
    // Its last calls may still arrive; when they are answered does not matter.
    let mut before = u64::MAX;
    while before != wechat.counters().code_calls {
        before = wechat.counters().code_calls;
        std::thread::sleep(Duration::from_millis(300));
    }
    let resumed = rows(folder.path(), &wechat, &csv).output().expect("the binary runs");
    assert_eq!(resumed.status.code(), Some(0), "{}", talk(&resumed));
    let summary = String::from_utf8_lossy(&resumed.stdout).into_owned();
    assert_eq!(summary, format!("40 of 40 codes in out ({} fetched, {stored} known)\n", 40 - stored));
    assert_eq!(wechat.counters().code_calls - before, 40 - stored as u64, "stored codes were fetched again");
    for i in 0..40 {
        let bytes = fs::read(folder.path().join(format!("out/门店-{i}.jpg"))).expect("a file");
        assert_eq!(payload(&bytes).scene, format!("id={i}"));
    }
    let left = files(&folder.path().join("out"));
    let others = left.iter().filter(|path| path.extension().is_none_or(|e| e != "jpg"));
    // A file that was being written when the process was killed keeps its temporary name.
    assert!(others.clone().all(|path| path.to_string_lossy().contains(".haibao-")), "{:?}", others.collect::<Vec<_>>());
}

#[test]
fn rows_are_validated_before_fetching() {
    let (folder, wechat) = (workspace(), emulator());
    let bad = rows(folder.path(), &wechat, "scene,width\nid=1,\n商,\nid=2,9999\n").output().expect("the binary runs");
    assert_eq!(bad.status.code(), Some(1));
    let errors = talk(&bad);
    assert!(errors.contains("rows.csv:3: scene") && errors.contains("rows.csv:4: width"), "{errors}");
    assert_eq!(wechat.counters().token_calls, 0);
    let missing = run(folder.path(), &["code", "--rows", "no.csv", "-o", "out"]);
    assert!(talk(&missing).contains("cannot read no.csv"), "{}", talk(&missing));
}

#[test]
fn a_failed_row_does_not_stop_the_others() {
    let (folder, wechat) = (workspace(), emulator());
    wechat.fault(Fault::HugeBody);
    let output = rows(folder.path(), &wechat, "scene\nid=1\nid=2\nid=3\n").output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(1), "{}", talk(&output));
    assert!(
        talk(&output).contains("1 of 3 codes failed") && talk(&output).contains("wechat_bad_answer"),
        "{}",
        talk(&output)
    );
    assert_eq!(files(&folder.path().join("out")).len(), 2);
    let again = rows(folder.path(), &wechat, "scene\nid=1\nid=2\nid=3\n").output().expect("the binary runs");
    assert_eq!(again.status.code(), Some(0), "{}", talk(&again));
}
