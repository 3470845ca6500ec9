//! Tests of crashes: no row is lost or duplicated, and a row that crashes the process does not block the others.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    sync::mpsc,
    thread,
    time::Duration,
};

use haibao::wechat::emulator::Fault;

use super::*;
use crate::support::wait_for;

#[test]
fn kill_during_the_final_step_leaves_no_files() {
    let fixture = Fixture::new();
    let mut node = fixture.start(&[]);
    let id = node.begin(&small(), &sheet(64));
    node.until(&id, "finishing or done", |export| {
        ["finishing", "done"].contains(&export["state"].as_str().unwrap_or_default())
    });
    drop(node);
    node = fixture.start(&[]);
    node.until_state(&id, "done");
    assert_rows(&node.archive(&id), 64, &[]);
    assert_tidy(&fixture, &id);
}

#[test]
fn sigterm_releases_chunks_in_flight() {
    let fixture = Fixture::new();
    // With this lease, chunks that are not released would be blocked for minutes.
    let settings = [("HAIBAO_EXPORTS__LEASE_SECONDS", "300"), ("HAIBAO_WECHAT__TIMEOUT_MS", "600000")];
    // One chunk waits for a code and cannot end in time; some rows are drawn before.
    fixture.wechat.fault(Fault::Delay { ms: 0 }.times(40));
    fixture.wechat.fault(Fault::Stall);
    let mut node = fixture.start(&settings);
    let id = node.begin(&small(), &sheet(160));
    node.until(&id, "begun", |export| export["done"].as_i64() > Some(0));
    wait_for("the call without a response", || fixture.wechat.counters().faults > 40);
    let pid = node.child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().is_ok_and(|s| s.success()));
    wait_for("the end of the process", || node.child.try_wait().expect("a child").is_some());
    assert_eq!(node.child.wait().expect("it ends").code(), Some(0), "{}", node.log());
    let node = fixture.start(&settings);
    node.until_state(&id, "done");
    assert_rows(&node.archive(&id), 160, &[]);
}

/// HTTP server that reports each request and never responds.
fn unresponsive_host() -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = listener.local_addr().expect("an address");
    let (sender, requests) = mpsc::channel();
    thread::spawn(move || {
        let mut open = Vec::new();
        for stream in listener.incoming().map_while(Result::ok) {
            let mut line = String::new();
            let _ = BufReader::new(&stream).read_line(&mut line);
            let _ = sender.send(line);
            open.push(stream);
        }
    });
    (addr.to_string(), requests)
}

#[test]
fn row_that_repeatedly_crashes_the_process_fails_and_others_are_rendered() {
    const ROWS: usize = 40;
    const CRASHING: usize = 7;
    let fixture = Fixture::new();
    let (host, requests) = unresponsive_host();
    // The process is killed when it requests this row's picture, to simulate a picture that crashes its decoder.
    let settings = [("HAIBAO_ASSETS__ALLOW_PRIVATE", host.as_str()), ("HAIBAO_ASSETS__TIMEOUT_MS", "30000")];
    let mut text = "昵称,id,file_name,photo\n".to_owned();
    for id in 1..=ROWS {
        let photo = if id == CRASHING { format!("http://{host}/crash.jpg") } else { String::new() };
        text += &format!("第{id}位,{id},r{id}.png,{photo}\n");
    }
    let mut node = fixture.start(&settings);
    let id = node.begin(&small(), &text);
    let mut kills = 0;
    let export = loop {
        if requests.recv_timeout(Duration::from_millis(50)).is_ok() {
            drop(node);
            while requests.try_recv().is_ok() {}
            kills += 1;
            assert!(kills < 9, "the row is retried too often");
            node = fixture.start(&settings);
        }
        let export = node.export(&id);
        if export["state"] == "done" {
            break export;
        }
    };
    println!("{kills} kills");
    assert!((4..=5).contains(&kills), "expected two attempts with the whole chunk and three row by row: {kills}");
    assert_eq!((&export["done"], &export["failed"]), (&json!(ROWS - 1), &json!(1)), "{export:#}");
    let failure = &export["failures"][0];
    assert_eq!(
        (&failure["row"], &failure["reasons"][0]["code"]),
        (&json!(CRASHING + 1), &json!("row_crashed")),
        "{export:#}"
    );
    assert_rows(&node.archive(&id), ROWS, &[CRASHING]);
    assert_tidy(&fixture, &id);
}

#[test]
fn fatal_error_pauses_the_export_with_a_reason() {
    let fixture = Fixture::new();
    let node = fixture.start(&[("HAIBAO_APPS__DEFAULT__SECRET", "00000000000000000000000000000000")]);
    let id = node.begin(&small(), &sheet(40));
    let export = node.until_state(&id, "paused");
    assert_eq!(export["reason"]["code"], "wechat_credential", "{export:#}");
    assert!(export["reason"]["hint"].is_string() && export["done"] == 0, "{export:#}");
    drop(node);
    let node = fixture.start(&[]);
    assert_eq!(node.export(&id)["state"], "paused", "it stays paused after a restart");
    assert_eq!(node.ask("POST", &format!("/v1/exports/{id}/resume")).status, 200);
    let export = node.until_state(&id, "done");
    assert_eq!((&export["done"], &export["reason"]), (&json!(40), &Value::Null), "{export:#}");
}
