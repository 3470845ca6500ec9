//! Tests of webhooks: signature, retries and address restrictions.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::Duration,
};

use haibao::service::export::jobs::signature;

use super::*;

const SECRET: &str = "a-secret-of-the-test";

struct Call {
    signature: String,
    body: String,
}

/// HTTP server that responds to the first `failing` calls with status 500, then with 204. Returns its address and the
/// received calls.
fn receiver(failing: usize) -> (String, mpsc::Receiver<Call>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = listener.local_addr().expect("an address");
    let (sender, calls) = mpsc::channel();
    thread::spawn(move || {
        for (index, stream) in listener.incoming().map_while(Result::ok).enumerate() {
            let call = read(&stream);
            let status = if index < failing { "500 Internal Server Error" } else { "204 No Content" };
            let response = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            let _ = (&stream).write_all(response.as_bytes());
            let _ = sender.send(call);
        }
    });
    (addr.to_string(), calls)
}

fn read(stream: &TcpStream) -> Call {
    let mut lines = BufReader::new(stream);
    let (mut signature, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        lines.read_line(&mut line).expect("a head");
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("x-haibao-signature") => signature = value.to_owned(),
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().expect("a number")
            }
            None if line.trim().is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    lines.read_exact(&mut body).expect("a body");
    Call { signature, body: String::from_utf8(body).expect("UTF-8") }
}

#[test]
fn webhook_is_signed_and_retried() {
    let fixture = Fixture::new();
    let (host, calls) = receiver(2);
    let settings =
        [("HAIBAO_EXPORTS__WEBHOOK_SECRET", SECRET), ("HAIBAO_EXPORTS__WEBHOOK_ALLOW_PRIVATE", host.as_str())];
    let node = fixture.start(&settings);
    let id = node.begin(&json!({ "template": SMALL, "webhook": format!("http://{host}/hook") }), &sheet(3));
    for attempt in 0..3 {
        let call =
            calls.recv_timeout(Duration::from_secs(30)).unwrap_or_else(|e| panic!("{attempt}: {e}\n{}", node.log()));
        let (time, signed) = call.signature.split_once(",v1=").expect("a signature");
        let time: i64 = time.strip_prefix("t=").and_then(|t| t.parse().ok()).expect("a time");
        assert_eq!(signed, signature(SECRET, time, &call.body));
        let body: Value = serde_json::from_str(&call.body).expect("JSON");
        assert_eq!(
            (&body["event"], &body["id"], &body["done"]),
            (&json!("export.done"), &json!(id), &json!(3)),
            "{body:#}"
        );
    }
    assert!(calls.recv_timeout(Duration::from_secs(3)).is_err(), "no further call after a success");
    assert_eq!(node.export(&id)["state"], "done");
    assert!(!node.log().contains(SECRET), "the log contains the secret");

    // Failed exports are reported too.
    let options = json!({ "template": SMALL, "strict": true, "webhook": format!("http://{host}/hook") });
    node.begin(&options, "昵称,id\n甲,!\n");
    let call = calls.recv_timeout(Duration::from_secs(30)).expect("a call");
    let body: Value = serde_json::from_str(&call.body).expect("JSON");
    assert_eq!(
        (&body["event"], &body["reason"]["code"]),
        (&json!("export.failed"), &json!("rows_invalid")),
        "{body:#}"
    );
}

#[test]
fn webhooks_to_private_addresses_are_rejected_by_default() {
    let fixture = Fixture::new();
    let node = fixture.start(&[("HAIBAO_EXPORTS__WEBHOOK_SECRET", SECRET)]);
    for url in
        ["http://127.0.0.1:1/x", "http://10.0.0.1/x", "file:///etc/passwd", "http://[::1]/x", "http://u:p@example.com/"]
    {
        let response = node.upload(&json!({ "template": SMALL, "webhook": url }), "a.csv", sheet(1).as_bytes());
        let problem = response.problem(422, "request_invalid");
        assert_eq!(problem["errors"][0]["code"], "webhook_refused", "{url}: {problem:#}");
    }
}
