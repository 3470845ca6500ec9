//! Tests of the regular flow and its control: upload, download, events, pause, resume, cancel.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::*;

#[test]
fn sheet_becomes_an_archive_with_correct_codes() {
    let fixture = Fixture::new();
    let node = fixture.start(&[]);
    assert_eq!(node.get("/v1/exports").json(), json!([]));
    let id = node.begin(&small(), &sheet(70));
    let export = node.until_state(&id, "done");
    assert_eq!(
        (&export["rows"], &export["done"], &export["failed"]),
        (&json!(70), &json!(70), &json!(0)),
        "{export:#}"
    );
    assert_eq!((&export["sheet"], &export["template"]), (&json!("八月.csv"), &json!(SMALL)));
    assert_eq!(export["failures"], json!([]));
    assert_eq!(export["new_codes"], 70);
    assert_rows(&node.archive(&id), 70, &[]);
    assert_eq!(fixture.wechat.counters().code_calls, 70);
    assert_tidy(&fixture, &id);
    let listed = node.get("/v1/exports").json();
    assert_eq!((&listed[0]["id"], &listed[0]["state"]), (&json!(id), &json!("done")));
    let manifest = node.get(&format!("/v1/exports/{id}/manifest.csv"));
    assert_eq!((manifest.status, manifest.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert_eq!(node.get(&format!("/v1/exports/{id}/failures.csv")).text().lines().count(), 1, "a header");

    // A second export finds every code in the store and gives an equal archive.
    let again = node.begin(&small(), &sheet(70));
    assert_eq!(node.until_state(&again, "done")["new_codes"], 0);
    let bytes = |id: &str| node.get(&format!("/v1/exports/{id}/download")).body;
    assert!(bytes(&id) == bytes(&again), "equal sheets give equal bytes");
}

#[test]
fn invalid_rows_are_reported_and_fail_a_strict_export() {
    let fixture = Fixture::new();
    let node = fixture.start(&[]);
    let text = "昵称,id,file_name,photo\n甲,1,r1.png,\n,2,r2.png,\n丙,!,r3.png,\n丁,4,r4.png,http://127.0.0.1:1/x.png\n戊,5,r5.png,\n";
    let id = node.begin(&small(), text);
    let export = node.until_state(&id, "done");
    assert_eq!((&export["rows"], &export["done"], &export["failed"]), (&json!(5), &json!(2), &json!(3)), "{export:#}");
    let rows: Vec<_> = export["failures"].as_array().expect("a list").iter().map(|f| f["row"].clone()).collect();
    assert_eq!(rows, [3, 4, 5], "{export:#}");
    assert_eq!(export["failures"][2]["reasons"][0]["code"], "asset_refused", "{export:#}");
    let members = node.archive(&id);
    assert_eq!(
        members.keys().collect::<Vec<_>>(),
        ["failures.csv", "failures.xlsx", "manifest.csv", "r1.png", "r5.png"]
    );
    assert_eq!(payload(&members["r5.png"]).scene, "id=5");
    let failures = node.get(&format!("/v1/exports/{id}/failures.csv"));
    assert!(failures.body == members["failures.csv"], "{}", failures.text());
    assert!(failures.header("content-disposition").starts_with("attachment; filename=\"failures.csv\""));
    assert!(node.get(&format!("/v1/exports/{id}/failures.xlsx")).body == members["failures.xlsx"]);

    // The corrected list of failures can be exported.
    let repaired =
        failures.text().replace(",2,", "乙,2,").replace("丙,!", "丙,3").replace("http://127.0.0.1:1/x.png", "");
    let again = node.begin(&small(), &repaired);
    assert_eq!(node.until_state(&again, "done")["done"], 3);

    let calls = fixture.wechat.counters().code_calls;
    let strict = node.begin(&json!({ "template": SMALL, "strict": true }), text);
    let export = node.until_state(&strict, "failed");
    assert_eq!((&export["reason"]["code"], &export["failed"]), (&json!("rows_invalid"), &json!(3)), "{export:#}");
    assert_eq!(node.get(&format!("/v1/exports/{strict}/failures.csv")).text().lines().count(), 4);
    let book = node.get(&format!("/v1/exports/{strict}/failures.xlsx"));
    assert!(book.body.starts_with(b"PK") && book.header("content-type").ends_with("spreadsheetml.sheet"));
    node.get(&format!("/v1/exports/{strict}/download")).problem(409, "export_state");
    assert_eq!(fixture.wechat.counters().code_calls, calls, "no code is requested");
}

#[test]
fn workbook_of_failures_has_a_link_only_if_there_is_one() {
    let fixture = Fixture::new();
    let node = fixture.start(&[]);
    let id = node.begin(&small(), "昵称,id\n甲,1\n");
    let links = node.until_state(&id, "done")["links"].take();
    assert!(links["failures_xlsx"].is_null(), "every row has a poster: {links}");
    let id = node.begin(&small(), "昵称,id\n甲,!\n");
    let links = node.until_state(&id, "failed")["links"].take();
    assert_eq!(links["failures_xlsx"], format!("/v1/exports/{id}/failures.xlsx"), "{links}");

    // More cells than a workbook may have.
    let names: String = (0..254).map(|n| format!(",_{n}")).collect();
    let rows = format!("甲,!{}\n", ",".repeat(254)).repeat(1600);
    let id = node.begin(&small(), &format!("昵称,id{names}\n{rows}"));
    let export = node.until_state(&id, "failed");
    assert_eq!((&export["failed"], &export["links"]["failures_xlsx"]), (&json!(1600), &json!(null)), "{export}");
    assert!(export["links"]["failures"].is_string(), "{export}");
    assert!(node.get("/v1/exports").json()[0]["links"]["failures_xlsx"].is_null(), "the list has another link");
    node.get(&format!("/v1/exports/{id}/failures.xlsx")).problem(404, "export_unknown");
}

#[test]
fn download_supports_ranges_and_conditions() {
    let fixture = Fixture::new();
    let node = fixture.start(&[]);
    let id = node.begin(&small(), &sheet(3));
    node.get(&format!("/v1/exports/{id}/download")).problem(409, "export_state");
    node.until_state(&id, "done");
    let path = format!("/v1/exports/{id}/download");
    let whole = node.get(&path);
    let size = whole.body.len();
    assert_eq!(whole.header("accept-ranges"), "bytes");
    let name = "attachment; filename=\"small-__.zip\"; filename*=UTF-8''small-%E5%85%AB%E6%9C%88.zip";
    assert_eq!(whole.header("content-disposition"), name);
    let get = |headers: &[(&str, &str)]| send(node.addr, "GET", &path, headers, b"");
    let part = get(&[("Range", "bytes=100-299")]);
    assert_eq!((part.status, part.header("content-range")), (206, format!("bytes 100-299/{size}").as_str()));
    assert!(part.body == whole.body[100..300], "the requested bytes");
    let end = get(&[("Range", "bytes=-22")]);
    assert!(end.status == 206 && end.body == whole.body[size - 22..], "the last bytes");
    assert_eq!(get(&[("Range", &format!("bytes={size}-"))]).status, 416);
    let tag = whole.header("etag");
    assert_eq!(get(&[("If-None-Match", tag)]).status, 304);
    assert_eq!(get(&[("Range", "bytes=0-9"), ("If-Range", tag)]).status, 206);
    assert_eq!(get(&[("Range", "bytes=0-9"), ("If-Range", "\"old\"")]).status, 200, "whole file of another version");
    let head = send(node.addr, "HEAD", &path, &[], b"");
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, size.to_string().as_str(), 0));
}

/// Reads an event stream to its end. Returns the status, the data of each event and the elapsed time.
fn events(node: &Node, id: &str, headers: &str) -> (u16, Vec<Value>, Duration) {
    let start = Instant::now();
    let mut stream = TcpStream::connect(node.addr).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    let request =
        format!("GET /v1/exports/{id}/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).expect("sent");
    let (mut status, mut all) = (0, Vec::new());
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        if status == 0 {
            status = line.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
        }
        if let Some(data) = line.strip_prefix("data: ") {
            all.push(serde_json::from_str(data).expect("JSON"));
        }
    }
    (status, all, start.elapsed())
}

#[test]
fn events_report_progress_until_the_end() {
    let fixture = Fixture::new();
    let node = fixture.start(&[]);
    let id = node.begin(&small(), &sheet(100));
    let (status, all, took) = events(&node, &id, "");
    assert_eq!(status, 200);
    let last = all.last().expect("events");
    assert_eq!((&last["state"], &last["done"]), (&json!("done"), &json!(100)), "{last:#}");
    assert!(
        all.len() as f64 <= took.as_secs_f64() * 2.0 + 3.0,
        "more than two events per second: {} in {took:?}",
        all.len()
    );
    let done: Vec<i64> = all.iter().map(|event| event["done"].as_i64().expect("a count")).collect();
    assert!(done.is_sorted(), "{done:?}");
    assert!(all.windows(2).all(|pair| pair[0] != pair[1]), "equal consecutive events");
    let (status, all, _) = events(&node, &id, "");
    assert_eq!((status, all.len()), (200, 1), "one event with the final state");
    assert_eq!(events(&node, &id, "Last-Event-ID: 7\r\n").0, 204, "a finished stream must not be resumed");
    node.get("/v1/exports/00000000000000000000000000000000/events").problem(404, "export_unknown");
}

#[test]
fn exports_can_be_paused_resumed_and_cancelled() {
    let fixture = Fixture::new();
    let node = fixture.start(&[("HAIBAO_EXPORTS__WORKERS", "1")]);
    let id = node.begin(&small(), &sheet(160));
    let path = format!("/v1/exports/{id}");
    node.until(&id, "begun", |export| export["done"].as_i64() > Some(0));
    let paused = node.ask("POST", &format!("{path}/pause"));
    assert_eq!((paused.status, &paused.json()["state"]), (200, &json!("paused")));
    // Only chunks in flight are finished.
    let mut before = -1;
    let start = Instant::now();
    while node.export(&id)["done"].as_i64() != Some(before) {
        before = node.export(&id)["done"].as_i64().expect("a count");
        assert!(start.elapsed() < Duration::from_secs(60), "the paused export continues");
        thread::sleep(Duration::from_secs(4));
    }
    assert_eq!(node.export(&id)["state"], "paused");
    assert!(before < 160, "the export completed before the pause");
    let resumed = node.ask("POST", &format!("{path}/resume"));
    assert_eq!((resumed.status, &resumed.json()["state"]), (200, &json!("running")), "{}", resumed.text());
    node.until_state(&id, "done");
    assert_rows(&node.archive(&id), 160, &[]);
    node.ask("POST", &format!("{path}/pause")).problem(409, "export_state");

    let other = node.begin(&small(), &sheet(160));
    node.until(&other, "begun", |export| export["done"].as_i64() > Some(0));
    assert_eq!(node.ask("DELETE", &format!("/v1/exports/{other}")).status, 204);
    node.get(&format!("/v1/exports/{other}")).problem(404, "export_unknown");
    let all = node.get("/v1/exports").json();
    assert!(all.as_array().expect("a list").iter().all(|export| export["id"] != json!(other)), "{all:#}");
    let start = Instant::now();
    while !files(&fixture.data().join("blobs/exports").join(&other)).is_empty() {
        assert!(start.elapsed() < Duration::from_secs(40), "its files are not removed\n{}", node.log());
        thread::sleep(Duration::from_millis(50));
    }
    let log = node.log();
    assert_eq!(log.matches("export cancelled").count(), 1, "{log}");
    assert!(!log.contains("WARN") && !log.contains("ERROR"), "{log}");
    assert_tidy(&fixture, &id);
    assert_eq!(node.ask("DELETE", &path).status, 204, "a finished export can be deleted");
    node.get(&path).problem(404, "export_unknown");
    node.ask("DELETE", &path).problem(404, "export_unknown");
    assert_eq!(files(&fixture.data().join("blobs/exports")), Vec::<String>::new());
    node.ask("DELETE", "/v1/exports/nothing").problem(404, "export_unknown");
}

#[test]
fn page_and_its_resources_are_served() {
    let fixture = Fixture::new();
    let node = fixture.start(&[("HAIBAO_EXPORTS__WORKERS", "0")]);
    let page = node.get("/exports");
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").contains("script-src 'self'"));
    let html = String::from_utf8(page.body).expect("UTF-8");
    let script = node.get("/exports.js").text();
    let modules =
        ["/exports-list.js", "/studio/files/bytes.js", "/studio/files/exporting.js", "/studio/files/pictures.js"];
    let own = ["/exports.css", "/exports.js"].map(|path| (path, &html));
    for (path, from) in own.into_iter().chain(modules.map(|path| (path, &script))) {
        assert_eq!(node.get(path).status, 200, "{path}");
        assert!(from.contains(path), "{path}");
    }
    let blank = node.get("/v1/templates/small/blank.xlsx");
    assert!(blank.status == 200 && blank.body.starts_with(b"PK"), "{}", blank.text());
    assert!(blank.header("content-disposition").contains("small.xlsx"));
    let response = node.upload(&small(), "blank.xlsx", &blank.body);
    assert_eq!(response.status, 202, "{}", response.text());
    thread::sleep(Duration::from_millis(600));
    let id = response.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(node.export(&id)["state"], "checking", "this instance has no workers");
    let other = fixture.start(&[]);
    assert_eq!(other.until_state(&id, "done")["done"], 1, "another instance processes it");
}
