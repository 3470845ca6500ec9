//! TCP proxy that can cut connections or inject HTTP errors.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// How connections are handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Forwarded to the server.
    Forward,
    /// Closed immediately.
    Cut,
    /// Each HTTP request is answered with status 500.
    Fail,
}

/// A proxy to a server.
pub struct Way {
    pub addr: SocketAddr,
    state: Arc<Mutex<State>>,
}

struct State {
    mode: Mode,
    /// Both ends of each open connection.
    open: Vec<TcpStream>,
    /// Number of requests answered with status 500.
    failed: usize,
}

impl Way {
    /// Starts a proxy to `host:port`.
    pub fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let addr = listener.local_addr().expect("an address");
        let state = Arc::new(Mutex::new(State { mode: Mode::Forward, open: Vec::new(), failed: 0 }));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let mode = shared.lock().expect("no panic").mode;
                match mode {
                    Mode::Forward => forward(near, &server, &shared),
                    Mode::Cut => {}
                    Mode::Fail => fail(near, &shared),
                }
            }
        });
        Self { addr, state }
    }

    /// Breaks existing and new connections for a time.
    pub fn cut_for(&self, time: Duration) {
        self.switch(Mode::Cut, time);
    }

    /// Answers requests with status 500 for a time. Returns the number of requests answered so far.
    pub fn fail_for(&self, time: Duration) -> usize {
        self.switch(Mode::Fail, time);
        self.state.lock().expect("no panic").failed
    }

    fn switch(&self, mode: Mode, time: Duration) {
        let open = {
            let mut state = self.state.lock().expect("no panic");
            state.mode = mode;
            std::mem::take(&mut state.open)
        };
        assert!(!open.is_empty(), "no connection used the proxy");
        for stream in open {
            let _ = stream.shutdown(Shutdown::Both);
        }
        thread::sleep(time);
        self.state.lock().expect("no panic").mode = Mode::Forward;
    }
}

fn forward(near: TcpStream, server: &str, state: &Mutex<State>) {
    let Ok(far) = TcpStream::connect(server) else { return };
    let pairs = [(near.try_clone(), far.try_clone()), (far.try_clone(), near.try_clone())];
    for (mut from, mut to) in pairs.map(|(from, to)| (from.expect("a stream"), to.expect("a stream"))) {
        thread::spawn(move || {
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Both);
        });
    }
    let mut state = state.lock().expect("no panic");
    // The mode may have changed meanwhile.
    if state.mode == Mode::Forward {
        state.open.extend([near, far]);
    } else {
        let _ = (near.shutdown(Shutdown::Both), far.shutdown(Shutdown::Both));
    }
}

/// Answers one request with status 500. Reads it to its end first, otherwise the client would see a broken connection.
fn fail(stream: TcpStream, state: &Arc<Mutex<State>>) {
    let state = Arc::clone(state);
    thread::spawn(move || {
        let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
        let mut lines = BufReader::new(&stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            if !lines.read_line(&mut line).is_ok_and(|n| n > 0) {
                return;
            }
            match line.trim_end().split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().unwrap_or(0)
                }
                None if line.trim().is_empty() => break,
                _ => {}
            }
        }
        let _ = io::copy(&mut lines.by_ref().take(length), &mut io::sink());
        state.lock().expect("no panic").failed += 1;
        // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
        let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>InternalError</Code>\
                    <Message>We encountered an internal error. Please try again.</Message></Error>";
        let head = format!("Content-Type: application/xml\r\nContent-Length: {}\r\nConnection: close", body.len());
        let _ = (&stream).write_all(format!("HTTP/1.1 500 Internal Server Error\r\n{head}\r\n\r\n{body}").as_bytes());
    });
}
