//! Exports as a service: uploaded, drawn, downloaded; through kills, pauses, and by several instances.

mod away;
mod crash;
mod disk;
mod kills;
mod limits;
mod shared;
mod way;
mod webhook;

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    io::{Cursor, Read},
    path::{Path, PathBuf},
    sync::{LazyLock, Mutex},
    thread,
    time::{Duration, Instant},
};

use haibao::{
    blob::Blobs,
    service::export::jobs::queue::Queue,
    store::{Store, exports::Exports},
    wechat::emulator::{Emulator, Options},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::support::{Answer, Node, Random, Servers, payload, send};

/// A small poster with a nickname, a picture and a code.
const SMALL: &str = "small";
/// Longest time for an export.
const PATIENCE: Duration = Duration::from_secs(180);
const BOUNDARY: &str = "a-boundary-that-no-sheet-holds";

/// A folder with the small template, a WeChat, and maybe servers: what outlives a service.
struct Place {
    folder: TempDir,
    wechat: Emulator,
    servers: Option<Servers>,
}

impl Place {
    /// With its records and files in the data folder.
    fn new() -> Self {
        Self::with(None)
    }

    /// With its records and files on servers, so that several instances share them; none without servers.
    fn shared() -> Option<Self> {
        Servers::new().map(|servers| Self::with(Some(servers)))
    }

    fn with(servers: Option<Servers>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let layout = json!({
            "title": "small",
            "canvas": { "width": 120, "height": 140, "background": "#fff" },
            "params": { "type": "object", "required": ["nick", "id"], "properties": {
                "nick": { "type": "string", "minLength": 1, "maxLength": 20, "title": "昵称" },
                "id": { "type": "string", "pattern": "^[0-9a-z]+$", "title": "编号" },
                "photo": { "type": "string", "format": "image", "title": "图片" } } },
            "code": { "page": "pages/a", "scene": { "id": "{{id}}" } },
            "layers": [
                { "type": "text", "box": [4, 2, 86, 20], "text": "{{nick}}", "font_size": 14, "line_height": 20, "max_lines": 1 },
                { "type": "image", "box": [92, 2, 24, 20], "when": "{{photo}}", "src": "{{photo}}", "on_error": "fail" },
                { "type": "code", "box": [5, 25, 110, 110] } ],
        });
        let place = folder.path().join("templates").join(SMALL);
        fs::create_dir_all(place.join("samples")).expect("a folder");
        fs::create_dir_all(folder.path().join("tmp")).expect("a folder");
        fs::write(place.join("layout.json"), layout.to_string()).expect("a file");
        fs::write(place.join("samples/usual.json"), json!({ "nick": "小满", "id": "8801" }).to_string())
            .expect("a file");
        Self { folder, wechat: Emulator::start(Options::default()).expect("an emulator"), servers }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Where temporary files go.
    fn temporary(&self) -> PathBuf {
        self.folder.path().join("tmp")
    }

    /// Starts a service on it.
    fn start(&self, settings: &[(&str, &str)]) -> Node {
        let temporary = self.temporary();
        // So that a test need not wait: what a dead instance held is free after a second.
        let mut all = vec![("HAIBAO_EXPORTS__LEASE_SECONDS", "1"), ("TMPDIR", temporary.to_str().expect("UTF-8"))];
        all.extend(self.servers.iter().flat_map(Servers::settings));
        all.extend(settings.iter().copied());
        Node::start(self.folder.path(), &self.wechat.url(), &all)
    }

    /// Its records, as a service sees them.
    fn store(&self) -> Store {
        let url = SecretString::from(self.servers.as_ref().map_or("", |servers| &servers.store));
        Store::new(&url, self.data()).expect("a URL")
    }

    /// Its files.
    fn blobs(&self) -> Blobs {
        let url = SecretString::from(self.servers.as_ref().map_or("", |servers| &servers.blobs));
        Blobs::new(&url, self.data()).expect("a URL")
    }
}

impl Node {
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
            assert!(start.elapsed() < PATIENCE, "never {what}: {export:#}\n{}", self.log());
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
    repeating(count, count)
}

/// A CSV sheet of `count` rows, which differ, and `codes` ids: a poster whose code is drawn already takes a fifth of the
/// time.
fn repeating(count: usize, codes: usize) -> String {
    let rows = (1..=count).map(|row| format!("第{row}位,{},r{row}.png\n", (row - 1) % codes + 1));
    std::iter::once("昵称,id,file_name\n".to_owned()).chain(rows).collect()
}

fn small() -> Value {
    json!({ "template": SMALL })
}

/// What the code of a poster carries. Equal posters are read once: the same row is drawn for many tests.
fn scene(poster: &[u8]) -> String {
    static READ: LazyLock<Mutex<HashMap<blake3::Hash, String>>> = LazyLock::new(Mutex::default);
    let key = blake3::hash(poster);
    if let Some(scene) = READ.lock().expect("no panic").get(&key) {
        return scene.clone();
    }
    let scene = payload(poster).scene;
    READ.lock().expect("no panic").insert(key, scene.clone());
    scene
}

/// Checks that an archive holds every row of [`sheet`] once, each with its own code, but for those that failed.
fn assert_rows(members: &BTreeMap<String, Vec<u8>>, count: usize, failed: &[usize]) {
    assert_posters(members, count, count, failed);
}

/// The same for rows of [`repeating`].
fn assert_posters(members: &BTreeMap<String, Vec<u8>>, count: usize, codes: usize, failed: &[usize]) {
    let expected: Vec<usize> = (1..=count).filter(|row| !failed.contains(row)).collect();
    let posters = members.keys().filter(|name| name.ends_with(".png")).count();
    assert_eq!(posters, expected.len(), "{:?}", members.keys().collect::<Vec<_>>());
    let next = Mutex::new(expected.iter());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(row) = { next.lock().expect("no panic").next() } {
                    let poster = members.get(&format!("r{row}.png")).unwrap_or_else(|| panic!("row {row} is missing"));
                    assert_eq!(scene(poster), format!("id={}", (row - 1) % codes + 1), "the code of row {row}");
                }
            });
        }
    });
    // Nicknames differ, and so do posters, also where codes are equal.
    let differ: std::collections::HashSet<_> = members.values().collect();
    assert_eq!(differ.len(), members.len(), "a poster is there under two names");
    let manifest = String::from_utf8(members["manifest.csv"].clone()).expect("UTF-8");
    let files: Vec<&str> = manifest.lines().skip(1).filter_map(|line| line.split(',').nth(1)).collect();
    let named: Vec<String> = expected.iter().map(|row| format!("r{row}.png")).collect();
    assert_eq!(files, named, "each row once, in their order");
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
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let (start, store, blobs) = (Instant::now(), place.store(), place.blobs());
        let records = Exports::new(store.clone(), "test".into(), Duration::from_secs(1));
        let queue = Queue::new(store);
        // The last step removes files after it told of its end.
        loop {
            let chunks = records.winners(id).await.expect("a look");
            let tasks = queue.counts().await.expect("a look");
            let waiting: i64 = ["Pending", "Queued", "Running"].iter().filter_map(|status| tasks.get(*status)).sum();
            let prefix = format!("exports/{id}/");
            let mut left = blobs.list(&prefix).await.expect("a look");
            left.retain(|key| !["export.zip", "failures.csv", "manifest.csv"].contains(&&key[prefix.len()..]));
            let mut parts = files(&place.data().join("blobs/.part"));
            parts.retain(|name| name != "lock");
            let temporary = files(&place.temporary());
            if chunks.is_empty() && waiting == 0 && left.is_empty() && parts.is_empty() && temporary.is_empty() {
                break;
            }
            assert!(
                start.elapsed() < Duration::from_secs(30),
                "left over: {} chunks, tasks {tasks:?}, files {left:?}, half files {parts:?}, temporary {temporary:?}",
                chunks.len()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        for file in ["export.zip", "failures.csv", "manifest.csv"] {
            assert!(blobs.size(&format!("exports/{id}/{file}")).await.expect("a look").is_some(), "{file} is gone");
        }
    });
    if place.servers.is_some() {
        assert_eq!(files(&place.data()), Vec::<String>::new(), "nothing is kept on an instance");
    }
}
