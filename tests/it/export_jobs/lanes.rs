//! Slow steps of exports do not hold up other work.

use std::{net::TcpListener, time::Instant};

use serde_json::json;

use super::{Fixture, sheet, small};
use crate::support::{Node, send};

#[test]
fn checks_of_many_sheets_do_not_hold_up_other_work() {
    let fixture = Fixture::new();
    let node = fixture.start(&[("HAIBAO_POOL__WORKERS", "6"), ("HAIBAO_EXPORTS__MAX_CONCURRENT", "20")]);
    let sheet = sheet(600);
    let ids: Vec<String> = (0..12).map(|_| node.begin(&small(), &sheet)).collect();
    let checking = || ids.iter().filter(|id| node.export(id)["state"] == "checking").count();
    let mut before = checking();
    for n in 0..20 {
        assert_eq!(node.get("/v1/templates").status, 200, "{}", node.log());
        let body = json!({ "kind": "qr", "text": format!("https://example.com/{n}") }).to_string();
        let code = send(node.addr, "POST", "/v1/codes", &[("Content-Type", "application/json")], body.as_bytes());
        assert_eq!(code.status, 200, "{}", code.text());
        let after = checking();
        assert!(before - after < ids.len() / 2, "the checks of {} sheets ended first", before - after);
        before = after;
    }
    for id in &ids {
        node.until(id, "checked", |export| export["state"] != "checking");
        assert_eq!(node.ask("DELETE", &format!("/v1/exports/{id}")).status, 204);
    }
}

#[test]
fn silent_webhook_hosts_do_not_hold_up_exports() {
    // Connections are accepted by the system and never answered.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("an address").to_string();
    let fixtures = [Fixture::new(), Fixture::new()];
    let settings = [
        ("HAIBAO_EXPORTS__WORKERS", "2"),
        ("HAIBAO_EXPORTS__WEBHOOK_SECRET", "a-secret-of-the-test"),
        ("HAIBAO_EXPORTS__WEBHOOK_ALLOW_PRIVATE", address.as_str()),
    ];
    let [alone, node] = fixtures.each_ref().map(|fixture| fixture.start(&settings));
    let mut options = small();
    options["webhook"] = format!("http://{address}/").into();
    let ids: Vec<String> = (0..12).map(|_| node.begin(&options, &sheet(1))).collect();
    for id in &ids {
        node.until_state(id, "done");
    }
    let time = |node: &Node| {
        let start = Instant::now();
        let id = node.begin(&small(), &sheet(1));
        node.until_state(&id, "done");
        start.elapsed()
    };
    // Its first export creates the store.
    time(&alone);
    // Alternately, so that whatever else the machine does slows both down.
    let times: Vec<_> = (0..3).map(|_| (time(&alone), time(&node))).collect();
    let (longest, shortest) = (times.iter().map(|time| time.0).max(), times.iter().map(|time| time.1).min());
    // One that waits for a webhook waits for 5 s, and there are six of them for each worker.
    assert!(shortest < longest.map(|alone| alone * 3), "alone and beside the webhooks: {times:?}");
}
