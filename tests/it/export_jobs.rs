//! Exports as a service: uploaded, drawn, downloaded; through kills, pauses, and by several instances.

mod crash;
mod limits;
mod shared;
mod way;
mod webhook;

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Cursor, Read},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use haibao::wechat::emulator::{Emulator, Options, SAMPLE_APPID, SAMPLE_SECRET};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::support::{Answer, haibao, payload, send};

/// A small poster with a nickname, a picture and a code.
const SMALL: &str = "small";
const BOUNDARY: &str = "a-boundary-that-no-sheet-holds";

/// A folder with the small template, and a WeChat: what outlives a service.
struct Place {
    folder: TempDir,
    wechat: Emulator,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let layout = json!({
            "title": "small",
            "canvas": { "width": 300, "height": 330, "background": "#fff" },
            "params": { "type": "object", "required": ["nick", "id"], "properties": {
                "nick": { "type": "string", "minLength": 1, "maxLength": 20, "title": "昵称" },
                "id": { "type": "string", "pattern": "^[0-9a-z]+$", "title": "编号" },
                "photo": { "type": "string", "format": "image", "title": "图片" } } },
            "code": { "page": "pages/a", "scene": { "id": "{{id}}" } },
            "layers": [
                { "type": "text", "box": [10, 2, 180, 28], "text": "{{nick}}", "font_size": 20, "line_height": 28, "max_lines": 1 },
                { "type": "image", "box": [200, 2, 60, 26], "when": "{{photo}}", "src": "{{photo}}", "on_error": "fail" },
                { "type": "code", "box": [10, 40, 280, 280] } ],
        });
        let place = folder.path().join("templates").join(SMALL);
        fs::create_dir_all(place.join("samples")).expect("a folder");
        fs::write(place.join("layout.json"), layout.to_string()).expect("a file");
        fs::write(place.join("samples/usual.json"), json!({ "nick": "小满", "id": "8801" }).to_string())
            .expect("a file");
        Self { folder, wechat: Emulator::start(Options::default()).expect("an emulator") }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts a service on the folder.
    fn start(&self, settings: &[(&str, &str)]) -> Node {
        let mut child = haibao(self.folder.path())
            .args(["serve", "--addr", "127.0.0.1:0"])
            .env("HAIBAO_WECHAT__BASE_URL", self.wechat.url())
            .env("HAIBAO_APPS__DEFAULT__APPID", SAMPLE_APPID)
            .env("HAIBAO_APPS__DEFAULT__SECRET", SAMPLE_SECRET)
            // So that a test need not wait: what a dead instance held is free after a second.
            .env("HAIBAO_EXPORTS__LEASE_SECONDS", "1")
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
        Node { addr: addr.parse().expect("an address"), child, log }
    }
}

/// A service in a process of its own. It is killed when this is dropped.
struct Node {
    addr: SocketAddr,
    child: Child,
    log: Arc<Mutex<String>>,
}

impl Drop for Node {
    /// SIGKILL, without any chance to tidy up.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Node {
    fn log(&self) -> String {
        self.log.lock().expect("no panic").clone()
    }

    fn ask(&self, method: &str, path: &str) -> Answer {
        send(self.addr, method, path, &[], b"")
    }

    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path)
    }

    /// Uploads a sheet.
    fn upload(&self, options: &Value, name: &str, sheet: &[u8]) -> Answer {
        let mut body = Vec::new();
        let part = |head: &str| format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n");
        body.extend(part("name=\"options\"").bytes());
        body.extend(options.to_string().bytes());
        body.extend(b"\r\n");
        body.extend(part(&format!("name=\"file\"; filename=\"{name}\"")).bytes());
        body.extend(sheet);
        body.extend(format!("\r\n--{BOUNDARY}--\r\n").bytes());
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        send(self.addr, "POST", "/v1/exports", &[("Content-Type", &kind)], &body)
    }

    /// Uploads a sheet that is taken: its id.
    fn begin(&self, options: &Value, sheet: &str) -> String {
        let answer = self.upload(options, "八月.csv", sheet.as_bytes());
        assert_eq!(answer.status, 202, "{}", answer.text());
        let id = answer.json()["id"].as_str().expect("an id").to_owned();
        assert_eq!(answer.header("location"), format!("/v1/exports/{id}"));
        id
    }

    fn export(&self, id: &str) -> Value {
        let answer = self.get(&format!("/v1/exports/{id}"));
        assert_eq!(answer.status, 200, "{}\n{}", answer.text(), self.log());
        answer.json()
    }

    /// Waits until an export is as it should be.
    fn until(&self, id: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let export = self.export(id);
            if is(&export) {
                return export;
            }
            assert!(start.elapsed() < Duration::from_secs(120), "never {what}: {export:#}\n{}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn until_state(&self, id: &str, state: &str) -> Value {
        self.until(id, state, |export| export["state"] == state)
    }

    /// The members of the archive by name.
    fn archive(&self, id: &str) -> BTreeMap<String, Vec<u8>> {
        let answer = self.get(&format!("/v1/exports/{id}/download"));
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/zip"), "{}", answer.text());
        members(&answer.body)
    }
}

fn members(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).expect("a ZIP file");
    let mut all = BTreeMap::new();
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).expect("a member");
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).expect("whole");
        let name = member.name().expect("UTF-8").into_owned();
        assert!(all.insert(name.clone(), bytes).is_none(), "{name} is there twice");
    }
    all
}

/// A CSV sheet of rows with the ids `1` to `count`.
fn sheet(count: usize) -> String {
    let rows = (1..=count).map(|id| format!("第{id}位,{id},r{id}.png\n"));
    std::iter::once("昵称,id,file_name\n".to_owned()).chain(rows).collect()
}

fn small() -> Value {
    json!({ "template": SMALL })
}

/// Checks that an archive holds every row of [`sheet`] once, each with its own code, but for those that failed.
fn assert_rows(members: &BTreeMap<String, Vec<u8>>, count: usize, failed: &[usize]) {
    let expected: Vec<usize> = (1..=count).filter(|id| !failed.contains(id)).collect();
    let posters = members.keys().filter(|name| name.ends_with(".png")).count();
    assert_eq!(posters, expected.len(), "{:?}", members.keys().collect::<Vec<_>>());
    let next = Mutex::new(expected.iter());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(id) = { next.lock().expect("no panic").next() } {
                    let poster = members.get(&format!("r{id}.png")).unwrap_or_else(|| panic!("row {id} is missing"));
                    assert_eq!(payload(poster).scene, format!("id={id}"), "the code of row {id}");
                }
            });
        }
    });
    let manifest = String::from_utf8(members["manifest.csv"].clone()).expect("UTF-8");
    assert_eq!(manifest.lines().count(), expected.len() + 1, "{manifest}");
}

/// Every file below a folder, relative to it.
fn files(folder: &Path) -> Vec<String> {
    fn walk(folder: &Path, root: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, root, found);
            } else if let Ok(path) = path.strip_prefix(root) {
                found.push(path.to_string_lossy().into_owned());
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, folder, &mut found);
    found.sort();
    found
}

/// Checks that nothing of the work is left of an export that is done: no files, no records, no tasks.
fn assert_tidy(place: &Place, id: &str) {
    let start = Instant::now();
    let folder = place.data().join("blobs/exports").join(id);
    // The last step removes files after it told of its end.
    while files(&folder) != ["export.zip", "failures.csv", "manifest.csv"] {
        assert!(start.elapsed() < Duration::from_secs(20), "left over: {:?}", files(&folder));
        thread::sleep(Duration::from_millis(50));
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = haibao::store::Store::open(place.data());
        let records = haibao::store::exports::Exports::new(store.clone(), "test".into(), Duration::from_secs(1));
        let queue = haibao::service::export::jobs::queue::Queue::new(store);
        loop {
            let chunks = records.winners(id).await.expect("a look");
            let tasks = queue.counts().await.expect("a look");
            let waiting: i64 = ["Pending", "Queued", "Running"].iter().filter_map(|status| tasks.get(*status)).sum();
            if chunks.is_empty() && waiting == 0 {
                break;
            }
            assert!(start.elapsed() < Duration::from_secs(30), "left over: {} chunks, tasks {tasks:?}", chunks.len());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
}
