//! HTTP/1.1 client that costs little CPU: it shares the machine with the service.

use std::{
    io::{Error, ErrorKind, Result},
    net::SocketAddr,
    sync::Mutex,
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Size from which headers of a response are an error, bytes.
const MAX_HEAD: usize = 16 << 10;

/// Client of one server. Keeps idle connections.
pub struct Client {
    addr: SocketAddr,
    idle: Mutex<Vec<TcpStream>>,
}

/// Response to a request.
pub struct Response {
    pub status: u16,
    /// Status line and headers.
    head: String,
    pub body: Vec<u8>,
}

impl Client {
    pub fn new(addr: SocketAddr) -> Self {
        Self { addr, idle: Mutex::default() }
    }

    /// Sends a complete request. A kept connection that the server has closed meanwhile is replaced by a new one.
    pub async fn send(&self, request: &[u8]) -> Result<Response> {
        let kept = self.idle.lock().expect("no panic").pop();
        if let Some(stream) = kept {
            match self.exchange(stream, request).await {
                Err(error) if is_closed(&error) => {}
                result => return result,
            }
        }
        let stream = TcpStream::connect(self.addr).await?;
        stream.set_nodelay(true)?;
        self.exchange(stream, request).await
    }

    /// `GET path`, with a JSON body as response.
    pub async fn json(&self, path: &str) -> Value {
        let response = self.send(&get(path)).await.expect("a response");
        assert_eq!(response.status, 200, "{path}: {}", response.text());
        serde_json::from_slice(&response.body).expect("JSON")
    }

    async fn exchange(&self, mut stream: TcpStream, request: &[u8]) -> Result<Response> {
        stream.write_all(request).await?;
        let mut bytes = Vec::with_capacity(16 << 10);
        let end = loop {
            if stream.read_buf(&mut bytes).await? == 0 {
                let kind = if bytes.is_empty() { ErrorKind::ConnectionAborted } else { ErrorKind::UnexpectedEof };
                return Err(kind.into());
            }
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            if bytes.len() > MAX_HEAD {
                return Err(Error::new(ErrorKind::InvalidData, "the headers do not end"));
            }
        };
        let body = bytes.split_off(end);
        let head = String::from_utf8(bytes).map_err(|_| Error::new(ErrorKind::InvalidData, "headers"))?;
        let status = head.get(9..12).and_then(|digits| digits.parse().ok());
        let mut response = Response { status: status.unwrap_or(0), head, body };
        let length = response.header("content-length").and_then(|length| length.parse::<usize>().ok()).unwrap_or(0);
        response.body.reserve_exact(length.saturating_sub(response.body.len()));
        while response.body.len() < length {
            if stream.read_buf(&mut response.body).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        if response.header("connection").is_none_or(|value| !value.eq_ignore_ascii_case("close")) {
            self.idle.lock().expect("no panic").push(stream);
        }
        Ok(response)
    }
}

/// Whether a kept connection was closed before the server read the request.
fn is_closed(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)
}

impl Response {
    /// Value of a header, whose name is given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// Code of an error.
    pub fn code(&self) -> String {
        let problem: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        problem["code"].as_str().unwrap_or("").to_owned()
    }

    /// The body, for messages.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body[..self.body.len().min(600)]).into_owned()
    }
}

/// A GET request.
pub fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").into_bytes()
}

/// A POST request with a JSON body.
pub fn post(path: &str, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let length = body.len();
    let head = "Host: 127.0.0.1\r\nContent-Type: application/json";
    format!("POST {path} HTTP/1.1\r\n{head}\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes()
}
