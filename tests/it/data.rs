//! The data folder: who may read it, what remains after a stop, and what happens if it cannot be written.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

use haibao::wechat::emulator::{Emulator, Options, SAMPLE_SECRET};
use haibao_core::sample::SAMPLE_APPID;
use serde_json::{Value, json};

use crate::support::{Disk, Node, Service, TEMPLATE, haibao, run, send, talk, workspace};

const JSON: [(&str, &str); 1] = [("Content-Type", "application/json")];

/// A short link and a poster with a code, so that every store has been used.
fn use_everything(service: &Node) {
    let link = json!({ "params": { "id": "x".repeat(60) } }).to_string();
    assert_eq!(send(service.addr, "POST", "/v1/scenes", &JSON, link.as_bytes()).status, 201);
    let kept = json!({ "template": TEMPLATE, "params": { "title": "a", "id": "1" }, "respond": "url" }).to_string();
    assert_eq!(send(service.addr, "POST", "/v1/posters", &JSON, kept.as_bytes()).status, 201);
}

fn stop(mut service: Service) -> tempfile::TempDir {
    let sent = Command::new("kill").args(["-TERM", &service.child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success() && service.child.wait().expect("a child").success(), "{}", service.log());
    service.folder
}

/// Everything in a folder, that itself included.
fn all(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() { found.extend(all(&entry)) } else { found.push(entry) }
    }
    found
}

fn assert_private(data: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let all = all(data);
    assert!(all.len() > 1, "{all:?}");
    for path in all {
        let mode = fs::metadata(&path).expect("it exists").permissions().mode() & 0o777;
        assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
    }
}

/// Names of the files beside the blobs.
fn databases(data: &Path) -> Vec<String> {
    let entries = fs::read_dir(data).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut names: Vec<_> = entries
        .filter(|path| path.is_file())
        .map(|path| path.file_name().expect("a name").display().to_string())
        .collect();
    names.sort();
    names
}

#[test]
fn the_data_is_private_and_one_file_after_a_stop() {
    let service = Service::start();
    use_everything(&service);
    let data = service.folder.path().join("data");
    assert_private(&data);
    assert!(databases(&data).contains(&"haibao.db-wal".to_owned()), "{:?}", databases(&data));
    let folder = stop(service);
    assert_eq!(databases(&data), ["haibao.db", "jobs.db"]);
    assert_private(&data);
    // What is in the file is complete.
    let listed = run(folder.path(), &["keys", "add", "shop"]);
    assert!(listed.status.success(), "{}", talk(&listed));
    assert_eq!(databases(&data), ["haibao.db", "jobs.db"]);
}

#[test]
fn the_data_is_private_whichever_command_comes_first() {
    let wechat = Emulator::start(Options::default()).expect("an emulator");
    let long = format!("id={}", "x".repeat(40));
    for command in [
        &["keys", "add", "shop"][..],
        &["scene", "encode", "--link", &long],
        &["code", "--page", "pages/a/a", "--scene", "id=1", "-o", "code.png"],
        &["render", TEMPLATE, "--sample", "usual", "-o", "poster.png"],
    ] {
        let folder = workspace();
        let output = haibao(folder.path())
            .args(command)
            .env("HAIBAO_WECHAT__BASE_URL", wechat.url())
            .env("HAIBAO_APPS__DEFAULT__APPID", SAMPLE_APPID)
            .env("HAIBAO_APPS__DEFAULT__SECRET", SAMPLE_SECRET)
            .output()
            .expect("the binary runs");
        assert!(output.status.success(), "{command:?}: {}", talk(&output));
        let data = folder.path().join("data");
        assert!(all(&data).len() > 1, "{command:?} writes nothing");
        assert_private(&data);
        assert!(databases(&data).iter().all(|name| name.ends_with(".db")), "{command:?}: {:?}", databases(&data));
    }
}

#[test]
fn serve_stops_if_the_data_folder_cannot_be_written() {
    let folder = workspace();
    fs::write(folder.path().join("taken"), b"").expect("a file");
    for data in ["taken", "taken/data"] {
        let mut serve = haibao(folder.path());
        let output = serve.args(["serve", "--addr", "127.0.0.1:0"]).env("HAIBAO_DATA", data).output().expect("it runs");
        let text = talk(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains("taken") && text.contains("hint: ") && !text.contains("serving"), "{text}");
    }
}

fn parts(service: &Node) -> Value {
    let response = service.get("/readyz");
    let body = response.json();
    assert_eq!(response.status == 200, body["ready"] == true, "{body:#}");
    body
}

fn until_ready_is(service: &Node, expected: bool) -> Value {
    for _ in 0..150 {
        let body = parts(service);
        if body["ready"] == expected {
            return body;
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("not within 15 s: {:#}", parts(service));
}

#[test]
fn a_full_disk_is_not_ready_and_callers_learn_no_paths() {
    let folder = workspace();
    let data = folder.path().join("data");
    let Some(disk) = Disk::mount(&data, "16m") else { return };
    let service = Service::with(&[], Default::default(), folder);
    use_everything(&service);
    until_ready_is(&service, true);
    disk.fill();
    let body = until_ready_is(&service, false);
    for part in ["store", "blobs"] {
        assert_eq!(
            (&body["parts"][part]["state"], &body["parts"][part]["code"]),
            (&json!("failed"), &json!("store_failed"))
        );
    }
    let picture = send(service.addr, "POST", "/v1/assets", &[("Content-Type", "image/png")], &png());
    // The log of the database may have some room.
    let link = |n: usize| {
        let link = json!({ "params": { "id": format!("{n}{}", "y".repeat(3000)) } }).to_string();
        send(service.addr, "POST", "/v1/scenes", &JSON, link.as_bytes())
    };
    let link = (0..2000).map(link).find(|response| response.status != 201).expect("there is no room");
    for response in [link, picture] {
        let problem = response.problem(500, "store_failed");
        assert!(problem["hint"].as_str().is_some_and(|hint| hint.contains("disk space")), "{problem:#}");
        assert!(
            !problem.to_string().contains(&data.display().to_string()) && !problem.to_string().contains("SQL"),
            "{problem:#}"
        );
    }
    assert!(service.log().contains("data/blobs cannot be written"), "{}", service.log());
    disk.make_room();
    until_ready_is(&service, true);
    drop(service);
}

fn png() -> Vec<u8> {
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(64, 64).write_to(&mut png, image::ImageFormat::Png).expect("a PNG");
    png.into_inner()
}

#[test]
fn a_data_folder_that_is_gone_is_not_ready() {
    let service = Service::start();
    use_everything(&service);
    until_ready_is(&service, true);
    let data = service.folder.path().join("data");
    fs::rename(&data, service.folder.path().join("away")).expect("renamed");
    fs::write(&data, b"").expect("a file");
    let body = until_ready_is(&service, false);
    assert_eq!(body["parts"]["store"]["code"], "store_failed", "{body:#}");
    assert!(!body.to_string().contains("cannot"), "reasons are left to the log: {body:#}");
    assert_eq!(service.get("/healthz").status, 200);
}
