//! Tests of the export service: upload, rendering, download, crashes, outages and several instances.

mod away;
mod crash;
mod disk;
mod kills;
mod lanes;
mod limits;
mod shared;
mod sheets;
mod version;
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
    store::{Store, exports::ExportStore},
    wechat::emulator::{Emulator, Options},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::support::{FORM, Node, Random, Response, Servers, form, payload, send};

/// Template with a nickname, a picture and a code.
const SMALL: &str = "small";
/// Timeout for an export.
const TIMEOUT: Duration = Duration::from_secs(180);

/// Environment that outlives a service: a folder with the small template, an emulated WeChat, and optionally a database
/// and a bucket.
struct Fixture {
    folder: TempDir,
    wechat: Emulator,
    servers: Option<Servers>,
}

impl Fixture {
    /// With records and files in the data folder.
    fn new() -> Self {
        Self::with(None)
    }

    /// With records and files on servers shared by several instances. `None` if no servers are configured.
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
        let template = folder.path().join("templates").join(SMALL);
        fs::create_dir_all(template.join("samples")).expect("a folder");
        fs::create_dir_all(folder.path().join("tmp")).expect("a folder");
        fs::write(template.join("layout.json"), layout.to_string()).expect("a file");
        fs::write(template.join("samples/usual.json"), json!({ "nick": "小满", "id": "8801" }).to_string())
            .expect("a file");
        Self { folder, wechat: Emulator::start(Options::default()).expect("an emulator"), servers }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Folder for temporary files.
    fn temporary(&self) -> PathBuf {
        self.folder.path().join("tmp")
    }

    /// Starts a service in this environment.
    fn start(&self, settings: &[(&str, &str)]) -> Node {
        let temporary = self.temporary();
        // A short lease, so that work of killed instances is taken over quickly.
        let mut all = vec![("HAIBAO_EXPORTS__LEASE_SECONDS", "1"), ("TMPDIR", temporary.to_str().expect("UTF-8"))];
        all.extend(self.servers.iter().flat_map(Servers::settings));
        all.extend(settings.iter().copied());
        Node::start(self.folder.path(), &self.wechat.url(), &all)
    }

    /// Store used by the services.
    fn store(&self) -> Store {
        let url = SecretString::from(self.servers.as_ref().map_or("", |servers| &servers.store));
        Store::new(&url, self.data()).expect("a URL")
    }

    /// Blob store used by the services.
    fn blobs(&self) -> Blobs {
        let url = SecretString::from(self.servers.as_ref().map_or("", |servers| &servers.blobs));
        Blobs::new(&url, self.data()).expect("a URL")
    }
}

impl Node {
    /// Uploads a sheet.
    fn upload(&self, options: &Value, name: &str, sheet: &[u8]) -> Response {
        self.upload_to("/v1/exports", options, (name, sheet), None)
    }

    /// Uploads a sheet and an archive of pictures.
    fn upload_to(
        &self,
        path: &str,
        options: &Value,
        (name, sheet): (&str, &[u8]),
        pictures: Option<&[u8]>,
    ) -> Response {
        let options = options.to_string();
        let mut parts = vec![("options", "", options.as_bytes()), ("file", name, sheet)];
        parts.extend(pictures.map(|pictures| ("pictures", "photos.zip", pictures)));
        send(self.addr, "POST", path, &[FORM], &form(&parts))
    }

    /// Uploads a sheet, which must be accepted. Returns the export's id.
    fn begin(&self, options: &Value, sheet: &str) -> String {
        let response = self.upload(options, "八月.csv", sheet.as_bytes());
        assert_eq!(response.status, 202, "{}", response.text());
        let id = response.json()["id"].as_str().expect("an id").to_owned();
        assert_eq!(response.header("location"), format!("/v1/exports/{id}"));
        id
    }

    fn export(&self, id: &str) -> Value {
        let response = self.get(&format!("/v1/exports/{id}"));
        assert_eq!(response.status, 200, "{}\n{}", response.text(), self.log());
        response.json()
    }

    /// Polls an export until it satisfies a condition, described by `what`.
    fn until(&self, id: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let export = self.export(id);
            if is(&export) {
                return export;
            }
            assert!(start.elapsed() < TIMEOUT, "never {what}: {export:#}\n{}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn until_state(&self, id: &str, state: &str) -> Value {
        self.until(id, state, |export| export["state"] == state)
    }

    /// Downloads the archive. Returns its members by name.
    fn archive(&self, id: &str) -> BTreeMap<String, Vec<u8>> {
        let response = self.get(&format!("/v1/exports/{id}/download"));
        assert_eq!((response.status, response.header("content-type")), (200, "application/zip"), "{}", response.text());
        members(&response.body)
    }
}

fn members(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).expect("a ZIP file");
    let mut all = BTreeMap::new();
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).expect("a member");
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).expect("a valid checksum");
        let name = member.name().expect("UTF-8").into_owned();
        assert!(all.insert(name.clone(), bytes).is_none(), "duplicate member {name}");
    }
    all
}

/// CSV sheet with the ids `1` to `count`.
fn sheet(count: usize) -> String {
    repeating(count, count)
}

/// CSV sheet of `count` different rows with `codes` distinct ids. A poster with a cached code takes a fifth of the time.
fn repeating(count: usize, codes: usize) -> String {
    let rows = (1..=count).map(|row| format!("第{row}位,{},r{row}.png\n", (row - 1) % codes + 1));
    std::iter::once("昵称,id,file_name\n".to_owned()).chain(rows).collect()
}

fn small() -> Value {
    json!({ "template": SMALL })
}

/// Decodes the scene of a poster's code. Results are cached by content, because many tests render the same rows.
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

/// Checks that an archive contains every row of [`sheet`] once with the correct code, except for the `failed` ones.
fn assert_rows(members: &BTreeMap<String, Vec<u8>>, count: usize, failed: &[usize]) {
    assert_posters(members, count, count, failed);
}

/// Same as [`assert_rows`] for the rows of [`repeating`].
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
    // All posters differ, because nicknames do, even where codes are equal.
    let distinct: std::collections::HashSet<_> = members.values().collect();
    assert_eq!(distinct.len(), members.len(), "two names have the same poster");
    let manifest = String::from_utf8(members["manifest.csv"].clone()).expect("UTF-8");
    let files: Vec<&str> = manifest.lines().skip(1).filter_map(|line| line.split(',').nth(1)).collect();
    let named: Vec<String> = expected.iter().map(|row| format!("r{row}.png")).collect();
    assert_eq!(files, named, "each row once, in row order");
}

/// Relative paths of all files below a folder, sorted.
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

/// Checks that a finished export has left no intermediate files, records or tasks.
fn assert_tidy(fixture: &Fixture, id: &str) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let (start, store, blobs) = (Instant::now(), fixture.store(), fixture.blobs());
        let records = ExportStore::new(store.clone(), "test".into(), Duration::from_secs(1));
        let queue = Queue::new(store);
        // The final step removes files after the export is reported as done, so poll.
        loop {
            let chunks = records.winners(id).await.expect("a readable store");
            let tasks = queue.counts().await.expect("a readable store");
            let waiting: i64 = ["Pending", "Queued", "Running"].iter().filter_map(|status| tasks.get(*status)).sum();
            let prefix = format!("exports/{id}/");
            let mut left = blobs.list(&prefix).await.expect("a readable store");
            let kept = ["export.zip", "failures.csv", "failures.xlsx", "manifest.csv", "notices.json"];
            left.retain(|key| !kept.contains(&&key[prefix.len()..]));
            let mut parts = files(&fixture.data().join("blobs/.part"));
            parts.retain(|name| name != "lock");
            let temporary = files(&fixture.temporary());
            if chunks.is_empty() && waiting == 0 && left.is_empty() && parts.is_empty() && temporary.is_empty() {
                break;
            }
            assert!(
                start.elapsed() < Duration::from_secs(30),
                "left over: {} chunks, tasks {tasks:?}, files {left:?}, partial files {parts:?}, temporary {temporary:?}",
                chunks.len()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        for file in ["export.zip", "failures.csv", "manifest.csv"] {
            assert!(blobs.size(&format!("exports/{id}/{file}")).await.expect("a readable store").is_some(), "{file} is missing");
        }
    });
    if fixture.servers.is_some() {
        assert_eq!(files(&fixture.data()), Vec::<String>::new(), "instances keep no local files");
    }
}
