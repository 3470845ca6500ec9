//! Runs the binary, talks HTTP/1.1 to it over a plain socket, and keeps what it wrote to standard error.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use haibao::{
    template,
    wechat::emulator::{self, Emulator, Options, Payload, SAMPLE_APPID, SAMPLE_SECRET},
};
use serde_json::Value;
use tempfile::TempDir;

/// The template that `haibao new` starts, and that most tests use.
pub const TEMPLATE: &str = "my";

/// The binary in a folder, with no setting from outside.
pub fn haibao(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_haibao"));
    command.current_dir(folder).env_clear().stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    haibao(folder).args(arguments).output().expect("the binary runs")
}

/// Standard error as text.
pub fn talk(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder with `templates/my`.
pub fn workspace() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    scaffold(folder.path(), TEMPLATE);
    folder
}

/// Adds a template, whole.
pub fn scaffold(folder: &Path, name: &str) {
    for (path, bytes) in template::scaffold(name).expect("a name") {
        let path = folder.join("templates").join(name).join(path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }
}

/// Adds a template with a change in one of its files.
pub fn scaffold_with(folder: &Path, name: &str, file: &str, from: &str, to: &str) {
    scaffold(folder, name);
    let path = folder.join("templates").join(name).join(file);
    let text = fs::read_to_string(&path).expect("a text file");
    assert!(text.contains(from), "{file} does not hold {from:?}");
    fs::write(path, text.replacen(from, to, 1)).expect("a file");
}

/// What the code of a finished poster carries.
pub fn payload(png: &[u8]) -> Payload {
    let image = image::load_from_memory(png).expect("a whole PNG").to_rgba8();
    emulator::decode(&image).unwrap_or_else(|e| panic!("the poster's code cannot be read: {e}"))
}

/// A service in a process of its own, and the WeChat that it asks. It is killed when this is dropped.
pub struct Service {
    pub addr: SocketAddr,
    pub wechat: Emulator,
    _folder: TempDir,
    pub child: Child,
    log: Arc<Mutex<String>>,
}

impl Service {
    pub fn start() -> Self {
        Self::with(&[], Options::default(), workspace())
    }

    /// With settings from the environment.
    pub fn set(settings: &[(&str, &str)]) -> Self {
        Self::with(settings, Options::default(), workspace())
    }

    pub fn with(settings: &[(&str, &str)], wechat: Options, folder: TempDir) -> Self {
        let wechat = Emulator::start(wechat).expect("an emulator");
        let mut child = haibao(folder.path())
            .args(["serve", "--addr", "127.0.0.1:0"])
            .env("HAIBAO_WECHAT__BASE_URL", wechat.url())
            .env("HAIBAO_APPS__DEFAULT__APPID", SAMPLE_APPID)
            .env("HAIBAO_APPS__DEFAULT__SECRET", SAMPLE_SECRET)
            .envs(settings.iter().copied())
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let log = Arc::new(Mutex::new(String::new()));
        let (started, url) = mpsc::channel();
        let (mut lines, kept) = (BufReader::new(child.stderr.take().expect("piped")), Arc::clone(&log));
        thread::spawn(move || {
            let mut line = String::new();
            while lines.read_line(&mut line).is_ok_and(|n| n > 0) {
                if let Some(addr) = line.trim().strip_prefix("serving http://") {
                    let _ = started.send(addr.to_owned());
                }
                kept.lock().expect("no panic").push_str(&line);
                line.clear();
            }
        });
        let addr = url.recv_timeout(Duration::from_secs(20)).unwrap_or_else(|_| {
            let _ = child.kill();
            panic!("the service does not start:\n{}", log.lock().expect("no panic"))
        });
        let addr = addr.parse().expect("an address");
        Self { addr, wechat, _folder: folder, child, log }
    }

    /// All that it wrote to standard error so far.
    pub fn log(&self) -> String {
        self.log.lock().expect("no panic").clone()
    }

    pub fn get(&self, path: &str) -> Answer {
        send(self.addr, "GET", path, &[], b"")
    }

    pub fn post(&self, body: &Value) -> Answer {
        self.post_text(&body.to_string())
    }

    pub fn post_text(&self, body: &str) -> Answer {
        send(self.addr, "POST", "/v1/posters", &[("Content-Type", "application/json")], body.as_bytes())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body[..self.body.len().min(2000)]).into_owned()
    }

    /// The poster's bytes.
    pub fn poster(&self) -> &[u8] {
        assert_eq!((self.status, self.header("content-type")), (200, "image/png"), "{}", self.text());
        &self.body
    }

    /// Checks that this is a problem with this status and code, and returns it.
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text());
        let problem = self.json();
        let got = (self.status, problem["code"].as_str().unwrap_or_default());
        assert_eq!(got, (status, code), "{problem:#}");
        assert_eq!(problem["status"], status);
        assert!(problem["title"].is_string() && problem["detail"].is_string(), "{problem:#}");
        problem
    }
}

/// `(code, pointer)` of each error of a problem.
pub fn errors(problem: &Value) -> Vec<(&str, &str)> {
    let list = problem["errors"].as_array().map_or(&[][..], Vec::as_slice);
    list.iter().map(|e| (e["code"].as_str().unwrap_or(""), e["pointer"].as_str().unwrap_or(""))).collect()
}

/// One request on a connection of its own.
pub fn send(addr: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    if !body.is_empty() {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    let mut stream = TcpStream::connect(addr).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    stream.write_all(format!("{head}\r\n").as_bytes()).expect("sent");
    // A refused body may be answered before it is read to its end.
    let _ = stream.write_all(body);
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().and_then(|l| l.split(' ').nth(1)).and_then(|s| s.parse().ok()).expect("a status");
    let header = |line: &str| line.split_once(": ").map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned()));
    Answer { status, headers: lines.filter_map(header).collect(), body: bytes[end + 4..].to_vec() }
}

/// Serves pictures, good and bad, by path.
pub struct Pictures(pub SocketAddr);

impl Pictures {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let addr = listener.local_addr().expect("an address");
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                thread::spawn(move || answer(stream));
            }
        });
        Self(addr)
    }

    pub fn url(&self, name: &str) -> String {
        format!("http://{}/{name}", self.0)
    }
}

fn answer(mut stream: TcpStream) {
    let mut line = String::new();
    let _ = BufReader::new(&stream).read_line(&mut line);
    let (status, body) = match line.split(' ').nth(1).unwrap_or_default() {
        "/good.jpg" => ("200 OK", jpeg()),
        "/page.html" => ("200 OK", b"<!doctype html><title>Sign in</title>".to_vec()),
        "/cut.jpg" => ("200 OK", jpeg()[..300].to_vec()),
        "/dot.png" => ("200 OK", png_header(1, 1)),
        "/wide.png" => ("200 OK", png_header(20_000, 64)),
        "/bomb.png" => ("200 OK", png_header(15_000, 15_000)),
        "/text.txt" => ("200 OK", b"just some words".to_vec()),
        "/slow.jpg" => {
            thread::sleep(Duration::from_secs(5));
            ("200 OK", jpeg())
        }
        _ => ("404 Not Found", b"no".to_vec()),
    };
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}

fn jpeg() -> Vec<u8> {
    let picture = image::RgbImage::from_fn(200, 160, |x, y| image::Rgb([x as u8, y as u8, (x ^ y) as u8]));
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new(&mut bytes).encode_image(&picture).expect("a JPEG");
    bytes
}

/// A PNG of this size whose data is missing: what is refused for its size is refused before it is decoded.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8; 4], data: &[u8]| {
        bytes.extend((data.len() as u32).to_be_bytes());
        let body = [kind, data].concat();
        bytes.extend(&body);
        bytes.extend(crc32fast::hash(&body).to_be_bytes());
    };
    chunk(b"IHDR", &[&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat());
    chunk(b"IDAT", &[0x78, 0x01, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01]);
    chunk(b"IEND", b"");
    bytes
}
