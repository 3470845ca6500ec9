//! The happy way, and the ways that people send it.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::*;

#[test]
fn a_sheet_becomes_an_archive_in_which_every_row_has_its_own_code() {
    let place = Place::new();
    let node = place.start(&[]);
    assert_eq!(node.get("/v1/exports").json(), json!([]));
    assert!(!place.data().join("haibao.db").exists(), "a look makes nothing");
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
    assert_eq!(place.wechat.counters().code_calls, 70);
    assert_tidy(&place, &id);
    let listed = node.get("/v1/exports").json();
    assert_eq!((&listed[0]["id"], &listed[0]["state"]), (&json!(id), &json!("done")));
    let manifest = node.get(&format!("/v1/exports/{id}/manifest.csv"));
    assert_eq!((manifest.status, manifest.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert_eq!(node.get(&format!("/v1/exports/{id}/failures.csv")).text().lines().count(), 1, "a header");

    // The same again: every code is known, and the archive is the same.
    let again = node.begin(&small(), &sheet(70));
    assert_eq!(node.until_state(&again, "done")["new_codes"], 0);
    let bytes = |id: &str| node.get(&format!("/v1/exports/{id}/download")).body;
    assert!(bytes(&id) == bytes(&again), "the same sheet gives the same bytes");
}

#[test]
fn bad_rows_are_told_and_the_others_drawn_unless_it_is_strict() {
    let place = Place::new();
    let node = place.start(&[]);
    let text = "昵称,id,file_name,photo\n甲,1,r1.png,\n,2,r2.png,\n丙,!,r3.png,\n丁,4,r4.png,http://127.0.0.1:1/x.png\n戊,5,r5.png,\n";
    let id = node.begin(&small(), text);
    let export = node.until_state(&id, "done");
    assert_eq!((&export["rows"], &export["done"], &export["failed"]), (&json!(5), &json!(2), &json!(3)), "{export:#}");
    let told: Vec<_> = export["failures"].as_array().expect("a list").iter().map(|f| f["row"].clone()).collect();
    assert_eq!(told, [3, 4, 5], "{export:#}");
    assert_eq!(export["failures"][2]["reasons"][0]["code"], "asset_refused", "{export:#}");
    let members = node.archive(&id);
    assert_eq!(members.keys().collect::<Vec<_>>(), ["failures.csv", "manifest.csv", "r1.png", "r5.png"]);
    assert_eq!(payload(&members["r5.png"]).scene, "id=5");
    let failures = node.get(&format!("/v1/exports/{id}/failures.csv"));
    assert!(failures.body == members["failures.csv"], "{}", failures.text());
    assert!(failures.header("content-disposition").starts_with("attachment; filename=\"failures.csv\""));

    // What failed is a sheet again, once it is repaired.
    let repaired =
        failures.text().replace(",2,", "乙,2,").replace("丙,!", "丙,3").replace("http://127.0.0.1:1/x.png", "");
    let again = node.begin(&small(), &repaired);
    assert_eq!(node.until_state(&again, "done")["done"], 3);

    let calls = place.wechat.counters().code_calls;
    let strict = node.begin(&json!({ "template": SMALL, "strict": true }), text);
    let export = node.until_state(&strict, "failed");
    assert_eq!((&export["reason"]["code"], &export["failed"]), (&json!("rows_invalid"), &json!(2)), "{export:#}");
    assert_eq!(node.get(&format!("/v1/exports/{strict}/failures.csv")).text().lines().count(), 3);
    node.get(&format!("/v1/exports/{strict}/download")).problem(409, "export_state");
    assert_eq!(place.wechat.counters().code_calls, calls, "nothing was asked for it");
}

#[test]
fn an_archive_comes_in_parts_for_those_who_ask() {
    let place = Place::new();
    let node = place.start(&[]);
    let id = node.begin(&small(), &sheet(3));
    node.get(&format!("/v1/exports/{id}/download")).problem(409, "export_state");
    node.until_state(&id, "done");
    let path = format!("/v1/exports/{id}/download");
    let whole = node.get(&path);
    let size = whole.body.len();
    assert_eq!(whole.header("accept-ranges"), "bytes");
    let name = "attachment; filename=\"small-__.zip\"; filename*=UTF-8''small-%E5%85%AB%E6%9C%88.zip";
    assert_eq!(whole.header("content-disposition"), name);
    let ask = |headers: &[(&str, &str)]| send(node.addr, "GET", &path, headers, b"");
    let part = ask(&[("Range", "bytes=100-299")]);
    assert_eq!((part.status, part.header("content-range")), (206, format!("bytes 100-299/{size}").as_str()));
    assert!(part.body == whole.body[100..300], "those bytes");
    let end = ask(&[("Range", "bytes=-22")]);
    assert!(end.status == 206 && end.body == whole.body[size - 22..], "the end");
    assert_eq!(ask(&[("Range", &format!("bytes={size}-"))]).status, 416);
    let tag = whole.header("etag");
    assert_eq!(ask(&[("If-None-Match", tag)]).status, 304);
    assert_eq!(ask(&[("Range", "bytes=0-9"), ("If-Range", tag)]).status, 206);
    assert_eq!(ask(&[("Range", "bytes=0-9"), ("If-Range", "\"old\"")]).status, 200, "another version: all of it");
    let head = send(node.addr, "HEAD", &path, &[], b"");
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, size.to_string().as_str(), 0));
}

/// Reads events to their end: each event's data.
fn events(node: &Node, id: &str, headers: &str) -> (u16, Vec<Value>, Duration) {
    let start = Instant::now();
    let mut stream = TcpStream::connect(node.addr).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    let request = format!("GET /v1/exports/{id}/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
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
fn events_tell_of_the_way_and_end_at_the_end() {
    let place = Place::new();
    let node = place.start(&[]);
    let id = node.begin(&small(), &sheet(100));
    let (status, all, took) = events(&node, &id, "");
    assert_eq!(status, 200);
    let last = all.last().expect("events");
    assert_eq!((&last["state"], &last["done"]), (&json!("done"), &json!(100)), "{last:#}");
    assert!(all.len() as f64 <= took.as_secs_f64() * 2.0 + 3.0, "at most twice a second: {} in {took:?}", all.len());
    let done: Vec<i64> = all.iter().map(|event| event["done"].as_i64().expect("a count")).collect();
    assert!(done.is_sorted(), "{done:?}");
    assert!(all.windows(2).all(|pair| pair[0] != pair[1]), "only changes are told");
    let (status, all, _) = events(&node, &id, "");
    assert_eq!((status, all.len()), (200, 1), "how it ended");
    assert_eq!(events(&node, &id, "Last-Event-ID: 7\r\n").0, 204, "no need to come again");
    node.get("/v1/exports/00000000000000000000000000000000/events").problem(404, "export_unknown");
}

#[test]
fn an_export_pauses_goes_on_and_ends_when_people_say_so() {
    let place = Place::new();
    let node = place.start(&[("HAIBAO_EXPORTS__WORKERS", "1")]);
    let id = node.begin(&small(), &sheet(160));
    let path = format!("/v1/exports/{id}");
    node.until(&id, "begun", |export| export["done"].as_i64() > Some(0));
    let paused = node.ask("POST", &format!("{path}/pause"));
    assert_eq!((paused.status, &paused.json()["state"]), (200, &json!("paused")));
    // What was in hand is finished, and nothing else.
    let mut before = -1;
    let start = Instant::now();
    while node.export(&id)["done"].as_i64() != Some(before) {
        before = node.export(&id)["done"].as_i64().expect("a count");
        assert!(start.elapsed() < Duration::from_secs(60), "it goes on and on");
        thread::sleep(Duration::from_secs(4));
    }
    assert_eq!(node.export(&id)["state"], "paused");
    assert!(before < 160, "it was paused before its end");
    let resumed = node.ask("POST", &format!("{path}/resume"));
    assert_eq!((resumed.status, &resumed.json()["state"]), (200, &json!("running")), "{}", resumed.text());
    node.until_state(&id, "done");
    assert_rows(&node.archive(&id), 160, &[]);
    node.ask("POST", &format!("{path}/pause")).problem(409, "export_state");

    let other = node.begin(&small(), &sheet(160));
    node.until(&other, "begun", |export| export["done"].as_i64() > Some(0));
    assert_eq!(node.ask("DELETE", &format!("/v1/exports/{other}")).status, 204);
    let start = Instant::now();
    while node.get(&format!("/v1/exports/{other}")).status != 404 {
        assert!(start.elapsed() < Duration::from_secs(20), "it is never removed\n{}", node.log());
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(files(&place.data().join("blobs/exports").join(&other)), Vec::<String>::new());
    assert_tidy(&place, &id);
    assert_eq!(node.ask("DELETE", &path).status, 204, "one that is done, too");
    assert_eq!(files(&place.data().join("blobs/exports")), Vec::<String>::new());
    node.ask("DELETE", "/v1/exports/nothing").problem(404, "export_unknown");
}

#[test]
fn the_page_brings_all_that_it_needs() {
    let place = Place::new();
    let node = place.start(&[("HAIBAO_EXPORTS__WORKERS", "0")]);
    let page = node.get("/exports");
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").contains("script-src 'self'"));
    let html = String::from_utf8(page.body).expect("UTF-8");
    for path in ["/exports.css", "/exports.js"] {
        assert!(html.contains(path), "{path}");
        assert_eq!(node.get(path).status, 200, "{path}");
    }
    let blank = node.get("/v1/templates/small/blank.xlsx");
    assert!(blank.status == 200 && blank.body.starts_with(b"PK"), "{}", blank.text());
    assert!(blank.header("content-disposition").contains("small.xlsx"));
    let answer = node.upload(&small(), "blank.xlsx", &blank.body);
    assert_eq!(answer.status, 202, "{}", answer.text());
    thread::sleep(Duration::from_millis(600));
    let id = answer.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(node.export(&id)["state"], "checking", "nobody works on this instance");
    let other = place.start(&[]);
    assert_eq!(other.until_state(&id, "done")["done"], 1, "another one does");
}
