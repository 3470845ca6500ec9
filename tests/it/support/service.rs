//! Runs `haibao serve` as a child process.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    ops::{Deref, DerefMut},
    path::Path,
    process::{Child, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use haibao::wechat::emulator::{Emulator, Options, SAMPLE_SECRET};
use haibao_core::sample::SAMPLE_APPID;
use serde_json::Value;
use tempfile::TempDir;

use super::{Response, haibao, send, workspace};

/// A service process. Killed when dropped.
pub struct Node {
    pub addr: SocketAddr,
    pub child: Child,
    log: Arc<Mutex<String>>,
}

impl Node {
    /// Starts a service in a folder with `templates`, with the URL of WeChat's API and settings as environment
    /// variables. It accepts requests when this returns.
    pub fn start(folder: &Path, wechat: &str, settings: &[(&str, &str)]) -> Self {
        Self::listen("127.0.0.1:0", folder, wechat, settings)
    }

    /// As [`Node::start`], with the address to listen on.
    pub fn listen(addr: &str, folder: &Path, wechat: &str, settings: &[(&str, &str)]) -> Self {
        Self::run(&["serve", "--addr", addr], folder, wechat, settings)
    }

    /// As [`Node::start`], with the arguments of a command that serves.
    pub fn run(arguments: &[&str], folder: &Path, wechat: &str, settings: &[(&str, &str)]) -> Self {
        let mut child = haibao(folder)
            .args(arguments)
            .env("HAIBAO_WECHAT__BASE_URL", wechat)
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
        let addr = url.recv_timeout(Duration::from_secs(30)).unwrap_or_else(|_| {
            let _ = child.kill();
            panic!("the service does not start:\n{}", log.lock().expect("no panic"))
        });
        Self { addr: addr.parse().expect("an address"), child, log }
    }

    /// Standard error of the process so far.
    pub fn log(&self) -> String {
        self.log.lock().expect("no panic").clone()
    }

    /// Peak resident memory of the process, MiB. Linux only.
    pub fn peak_mib(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("Linux");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
        line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") / 1024
    }

    pub fn ask(&self, method: &str, path: &str) -> Response {
        send(self.addr, method, path, &[], b"")
    }

    pub fn get(&self, path: &str) -> Response {
        self.ask("GET", path)
    }

    pub fn post(&self, body: &Value) -> Response {
        self.post_text(&body.to_string())
    }

    pub fn post_text(&self, body: &str) -> Response {
        send(self.addr, "POST", "/v1/posters", &[("Content-Type", "application/json")], body.as_bytes())
    }
}

impl Drop for Node {
    /// Sends SIGKILL, so the process cannot clean up.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A service with its own folder and WeChat emulator.
pub struct Service {
    node: Node,
    pub wechat: Emulator,
    /// Working folder, with `templates` and `data`.
    pub folder: TempDir,
}

impl Service {
    pub fn start() -> Self {
        Self::with(&[], Options::default(), workspace())
    }

    /// Starts a service with settings as environment variables.
    pub fn set(settings: &[(&str, &str)]) -> Self {
        Self::with(settings, Options::default(), workspace())
    }

    pub fn with(settings: &[(&str, &str)], wechat: Options, folder: TempDir) -> Self {
        let wechat = Emulator::start(wechat).expect("an emulator");
        let node = Node::start(folder.path(), &wechat.url(), settings);
        Self { node, wechat, folder }
    }
}

impl Service {
    /// Kills the process and starts another one in the same folder.
    pub fn restart(&mut self, settings: &[(&str, &str)]) {
        self.node = Node::start(self.folder.path(), &self.wechat.url(), settings);
    }
}

impl Deref for Service {
    type Target = Node;

    fn deref(&self) -> &Node {
        &self.node
    }
}

impl DerefMut for Service {
    fn deref_mut(&mut self) -> &mut Node {
        &mut self.node
    }
}
