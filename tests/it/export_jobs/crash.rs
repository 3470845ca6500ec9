//! Kills: nothing is lost, nothing is done twice, and a row that kills its worker does not keep the others.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use super::*;

#[test]
fn a_kill_at_the_end_leaves_nothing_behind() {
    let place = Place::new();
    let mut node = place.start(&[]);
    let id = node.begin(&small(), &sheet(64));
    node.until(&id, "at its end", |export| {
        ["finishing", "done"].contains(&export["state"].as_str().unwrap_or_default())
    });
    drop(node);
    node = place.start(&[]);
    node.until_state(&id, "done");
    assert_rows(&node.archive(&id), 64, &[]);
    assert_tidy(&place, &id);
}

#[test]
fn what_is_in_hand_is_given_back_when_the_service_is_asked_to_stop() {
    let place = Place::new();
    // A lease that would keep a dead process's chunks for minutes.
    let lease = [("HAIBAO_EXPORTS__LEASE_SECONDS", "300")];
    let mut node = place.start(&lease);
    let id = node.begin(&small(), &sheet(160));
    node.until(&id, "begun", |export| export["done"].as_i64() > Some(0));
    let pid = node.child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().is_ok_and(|s| s.success()));
    let start = Instant::now();
    assert_eq!(node.child.wait().expect("it ends").code(), Some(0), "{}", node.log());
    assert!(start.elapsed() < Duration::from_secs(15), "it takes its time: {:?}", start.elapsed());
    let node = place.start(&lease);
    node.until_state(&id, "done");
    assert_rows(&node.archive(&id), 160, &[]);
}

/// A host of pictures. It tells when one is asked for, and never answers.
fn trap() -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = listener.local_addr().expect("an address");
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let mut kept = Vec::new();
        for stream in listener.incoming().map_while(Result::ok) {
            let mut line = String::new();
            let _ = BufReader::new(&stream).read_line(&mut line);
            let _ = tell.send(line);
            kept.push(stream);
        }
    });
    (addr.to_string(), told)
}

#[test]
fn a_row_that_ends_its_process_again_and_again_is_given_up_and_the_others_are_drawn() {
    const ROWS: usize = 40;
    const EVIL: usize = 7;
    let place = Place::new();
    let (host, asked) = trap();
    // Whoever asks for this row's picture is killed: what a picture does that crashes its decoder.
    let settings = [("HAIBAO_ASSETS__ALLOW_PRIVATE", host.as_str()), ("HAIBAO_ASSETS__TIMEOUT_MS", "30000")];
    let mut text = "昵称,id,file_name,photo\n".to_owned();
    for id in 1..=ROWS {
        let photo = if id == EVIL { format!("http://{host}/evil.jpg") } else { String::new() };
        text += &format!("第{id}位,{id},r{id}.png,{photo}\n");
    }
    let mut node = place.start(&settings);
    let id = node.begin(&small(), &text);
    let mut kills = 0;
    let export = loop {
        if asked.recv_timeout(Duration::from_millis(50)).is_ok() {
            drop(node);
            while asked.try_recv().is_ok() {}
            kills += 1;
            assert!(kills < 9, "it is tried without end");
            node = place.start(&settings);
        }
        let export = node.export(&id);
        if export["state"] == "done" {
            break export;
        }
    };
    println!("{kills} kills");
    assert!((4..=5).contains(&kills), "twice with its chunk, three times alone: {kills}");
    assert_eq!((&export["done"], &export["failed"]), (&json!(ROWS - 1), &json!(1)), "{export:#}");
    let failure = &export["failures"][0];
    assert_eq!(
        (&failure["row"], &failure["reasons"][0]["code"]),
        (&json!(EVIL + 1), &json!("row_crashed")),
        "{export:#}"
    );
    assert_rows(&node.archive(&id), ROWS, &[EVIL]);
    assert_tidy(&place, &id);
}

#[test]
fn what_every_row_would_meet_pauses_the_export_and_says_why() {
    let place = Place::new();
    let node = place.start(&[("HAIBAO_APPS__DEFAULT__SECRET", "00000000000000000000000000000000")]);
    let id = node.begin(&small(), &sheet(40));
    let export = node.until_state(&id, "paused");
    assert_eq!(export["reason"]["code"], "wechat_credential", "{export:#}");
    assert!(export["reason"]["hint"].is_string() && export["done"] == 0, "{export:#}");
    drop(node);
    let node = place.start(&[]);
    assert_eq!(node.export(&id)["state"], "paused", "until somebody says so");
    assert_eq!(node.ask("POST", &format!("/v1/exports/{id}/resume")).status, 200);
    let export = node.until_state(&id, "done");
    assert_eq!((&export["done"], &export["reason"]), (&json!(40), &Value::Null), "{export:#}");
}
