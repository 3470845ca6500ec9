//! Loopback server that replies with bytes chosen by the test.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::sleep,
};

/// A received request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// `GET /path?query`
    pub line: String,
    /// Header lines, unparsed.
    pub head: String,
    /// Request body.
    pub body: Vec<u8>,
}

/// Reply of the server.
pub(crate) enum Reply {
    /// Sends raw bytes, then closes the connection.
    Raw(Vec<u8>),
    /// As [`Reply::Raw`], after a delay.
    Late(Duration, Vec<u8>),
    /// Sends a head, then `total` zero bytes in chunks of 64 KiB, one chunk `every` interval.
    Drip { head: String, total: usize, every: Duration },
    /// Sends nothing for an hour.
    Stall,
    /// Closes the connection without a response.
    Reset,
}

/// The server. Stops when dropped.
pub(crate) struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    /// Starts the server. `answer` receives the index of the request, from 0, and the request.
    pub async fn start(answer: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port on loopback");
        Self::on(listener, answer)
    }

    /// As [`Server::start`], on a socket.
    pub fn on(listener: TcpListener, answer: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static) -> Self {
        let address = listener.local_addr().expect("its address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (Arc::clone(&requests), Arc::new(answer));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                tokio::spawn(async move { serve(stream, &log, answer.as_ref()).await });
            }
        });
        Self { address, requests, task }
    }

    /// `http://127.0.0.1:port`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `127.0.0.1:port`
    pub fn endpoint(&self) -> String {
        self.address.to_string()
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Stops listening.
    pub fn stop(&self) {
        self.task.abort();
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("the log").clone()
    }

    /// Number of requests whose request line contains `part`.
    pub fn count(&self, part: &str) -> usize {
        self.requests().iter().filter(|r| r.line.contains(part)).count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, log: &Mutex<Vec<Request>>, answer: &(dyn Fn(usize, &Request) -> Reply + Sync)) {
    let Some(request) = read(&mut stream).await else { return };
    let number = {
        let mut log = log.lock().expect("the log");
        log.push(request.clone());
        log.len() - 1
    };
    // Write errors are ignored: the client may close the connection early.
    match answer(number, &request) {
        Reply::Raw(bytes) => drop(stream.write_all(&bytes).await),
        Reply::Late(pause, bytes) => {
            sleep(pause).await;
            drop(stream.write_all(&bytes).await);
        }
        Reply::Drip { head, total, every } => {
            if stream.write_all(head.as_bytes()).await.is_err() {
                return;
            }
            for _ in 0..total.div_ceil(65_536) {
                if stream.write_all(&[0; 65_536]).await.is_err() {
                    return;
                }
                sleep(every).await;
            }
        }
        Reply::Stall => sleep(Duration::from_secs(3600)).await,
        Reply::Reset => {}
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let (line, head) = text.split_once("\r\n").unwrap_or((&text, ""));
            let length = head
                .lines()
                .find_map(|l| {
                    l.to_ascii_lowercase().strip_prefix("content-length:").and_then(|n| n.trim().parse().ok())
                })
                .unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                let line = line.trim_end_matches(" HTTP/1.1").to_owned();
                let body = bytes[end + 4..].to_vec();
                return Some(Request { line, head: head.to_owned(), body });
            }
        }
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(n) => bytes.extend_from_slice(&chunk[..n]),
        }
    }
}

/// A response with a status (`200 OK`), a content type and a body.
pub(crate) fn answer(status: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = head(status, content_type, body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// The head of such a response.
pub(crate) fn head(status: &str, content_type: &str, length: usize) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )
}

/// A redirect response.
pub(crate) fn redirect(to: &str) -> Vec<u8> {
    redirect_with(302, to)
}

/// A redirect response with a status.
pub(crate) fn redirect_with(status: u16, to: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").into_bytes()
}
