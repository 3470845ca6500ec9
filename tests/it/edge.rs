//! The service at the edge of the network: floods, slow and broken clients, foreign pages, stop signals.

mod bodies;
mod clients;
mod connections;
mod requests;
mod stop;

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use serde_json::json;

use super::support::{Node, Service, TEMPLATE, send};

/// Bound of the peak memory of a service under a flood, MiB. Debug builds take more than release builds.
const PEAK_MIB: usize = 400;

/// A connection that has sent these bytes.
fn connect(node: &Node, sent: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(node.addr).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    stream.set_write_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    stream.write_all(sent).expect("sent");
    stream
}

/// Reads a connection until the server closes it.
fn rest(mut stream: &TcpStream) -> String {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("the server closes the connection in order");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Checks that a text is an HTTP response with a problem document.
fn assert_problem(text: &str, status: u16, code: &str) {
    assert!(text.starts_with(&format!("HTTP/1.1 {status} ")), "{text}");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let head = head.to_ascii_lowercase();
    assert!(head.contains("content-type: application/problem+json"), "{head}");
    assert!(head.contains("x-request-id: "), "{head}");
    assert!(head.contains("x-content-type-options: nosniff"), "{head}");
    let problem: serde_json::Value = serde_json::from_str(body).expect("JSON");
    assert_eq!((&problem["code"], &problem["status"]), (&json!(code), &json!(status)), "{problem:#}");
}

/// Head of a poster request with a body of `length` bytes.
fn head(length: usize) -> String {
    format!(
        "POST /v1/posters HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
}

fn poster() -> String {
    json!({ "template": TEMPLATE, "params": { "title": "x" } }).to_string()
}

/// Waits until a condition holds.
fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
