//! Minimal HTTP/1.1 client over a plain socket.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

/// An HTTP response.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body[..self.body.len().min(2000)]).into_owned()
    }

    /// Checks that this is a poster, and returns its bytes.
    pub fn poster(&self) -> &[u8] {
        assert_eq!((self.status, self.header("content-type")), (200, "image/png"), "{}", self.text());
        &self.body
    }

    /// Checks that this is a problem document with this status and code, and returns it.
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text());
        assert_eq!(self.header("x-content-type-options"), "nosniff", "{}", self.text());
        let problem = self.json();
        let got = (self.status, problem["code"].as_str().unwrap_or_default());
        assert_eq!(got, (status, code), "{problem:#}");
        assert_eq!(problem["status"], status);
        assert!(problem["title"].is_string() && problem["detail"].is_string(), "{problem:#}");
        let has_hint = |of: &Value| of["hint"].is_string();
        let only = problem["errors"].as_array().filter(|errors| errors.len() == 1).map(|errors| &errors[0]);
        assert!(only.is_none_or(|only| !has_hint(only) || has_hint(&problem)), "no hint of its own: {problem:#}");
        problem
    }
}

/// `(code, pointer)` of each error of a problem.
pub fn errors(problem: &Value) -> Vec<(&str, &str)> {
    let list = problem["errors"].as_array().map_or(&[][..], Vec::as_slice);
    list.iter().map(|e| (e["code"].as_str().unwrap_or(""), e["pointer"].as_str().unwrap_or(""))).collect()
}

/// Sends one request on a new connection.
pub fn send(addr: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    if !body.is_empty() {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    let mut stream = TcpStream::connect(addr).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(120))).expect("a timeout");
    stream.write_all(format!("{head}\r\n").as_bytes()).expect("sent");
    // The server may respond before it has read a rejected body to its end.
    let _ = stream.write_all(body);
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().and_then(|l| l.split(' ').nth(1)).and_then(|s| s.parse().ok()).expect("a status");
    let header = |line: &str| line.split_once(": ").map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned()));
    let response = Response { status, headers: lines.filter_map(header).collect(), body: bytes[end + 4..].to_vec() };
    super::contract::check(method, path, &response);
    response
}
