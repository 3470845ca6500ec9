//! Events about the files of a template.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    time::Duration,
};

use super::*;

/// An open stream of events.
struct Events(BufReader<TcpStream>);

impl Events {
    fn open(node: &Node, headers: &str) -> Self {
        let mut stream = TcpStream::connect(node.addr).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
        let request =
            format!("GET {}/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n", path(TEMPLATE));
        stream.write_all(request.as_bytes()).expect("sent");
        Self(BufReader::new(stream))
    }

    /// The data of the next event.
    fn read(&mut self) -> Value {
        let mut name = String::new();
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).expect("an event in time") > 0, "the stream has ended");
            if let Some(data) = line.strip_prefix("data: ") {
                assert_eq!(name, "change");
                return serde_json::from_str(data).expect("JSON");
            }
            if let Some(event) = line.strip_prefix("event: ") {
                name = event.trim().to_owned();
            }
        }
    }

    /// The first of the next events for which a condition holds: programs write in several steps.
    fn until(&mut self, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..20 {
            let event = self.read();
            if holds(&event) {
                return event;
            }
        }
        panic!("{what}");
    }
}

fn has_hash(event: &Value, path: &str, content: &str) -> bool {
    let files = event["files"].as_array().expect("files");
    files.iter().any(|file| file["path"] == path && file["hash"] == blake3::hash(content.as_bytes()).to_hex().as_str())
}

#[test]
fn edits_are_told_at_once() {
    // A poll would come too late.
    let service = Service::set(&[("HAIBAO_STUDIO__EDIT", "true"), ("HAIBAO_CATALOG__RELOAD_MS", "600000")]);
    wait_for("the service is ready", || service.get("/readyz").status == 200);
    let folder = service.folder.path().join("templates/my");
    let (layout, hash) = text(&service, "layout.json");
    let mut events = Events::open(&service, "");
    let mut chinese = Events::open(&service, "Accept-Language: zh\r\n");
    let first = events.read();
    assert!(has_hash(&first, "layout.json", &layout) && first["findings"] == json!([]), "{first:#}");
    assert_eq!(first["version"], open(&service, TEMPLATE)["version"]);
    chinese.read();

    let edited = format!("{layout}\n");
    fs::write(folder.join("layout.json"), &edited).expect("a file");
    let is_new = |event: &Value| has_hash(event, "layout.json", &edited) && event["findings"] == json!([]);
    let second = events.until("an edit", is_new);
    assert!(second["version"].is_string() && second["version"] != first["version"], "{second:#}");

    let broken = layout.replace("\"layers\"", "\"layerz\"");
    fs::write(folder.join("layout.json"), &broken).expect("a file");
    let is_broken = |event: &Value| has_hash(event, "layout.json", &broken) && event["findings"] != json!([]);
    let third = events.until("a broken edit", is_broken);
    assert_eq!(third["version"], second["version"], "the version before it is in use");
    let translated = chinese.until("a broken edit", is_broken);
    assert_ne!(translated["findings"][0]["message"], third["findings"][0]["message"]);

    // As editors save: the new content replaces the file.
    fs::write(folder.join("layout.json~"), &layout).expect("a file");
    fs::rename(folder.join("layout.json~"), folder.join("layout.json")).expect("renamed");
    events.until("a repaired template", |event| {
        has_hash(event, "layout.json", &layout) && event["findings"] == json!([])
    });
    fs::create_dir_all(folder.join("assets")).expect("a folder");
    fs::write(folder.join("assets/a.txt"), "a").expect("a file");
    events.until("a file in a new folder", |event| has_hash(event, "assets/a.txt", "a"));
    fs::remove_file(folder.join("assets/a.txt")).expect("removed");
    events.until("a removed file", |event| !has_hash(event, "assets/a.txt", "a"));

    // Another browser.
    let tag = format!("\"{hash}\"");
    assert_eq!(write::put(&service, TEMPLATE, "layout.json", &[("If-Match", &tag)], &edited).status, 200);
    events.until("a written file", |event| has_hash(event, "layout.json", &edited));
    service.get(&format!("{}/events", path("mi"))).problem(404, "template_unknown");
}

#[test]
fn a_written_file_is_told_also_if_templates_are_not_reloaded() {
    let service = Service::set(&[("HAIBAO_STUDIO__EDIT", "true"), ("HAIBAO_CATALOG__RELOAD_MS", "0")]);
    wait_for("the service is ready", || service.get("/readyz").status == 200);
    let (layout, hash) = text(&service, "layout.json");
    let mut events = Events::open(&service, "");
    events.read();
    let (tag, edited) = (format!("\"{hash}\""), format!("{layout}\n"));
    assert_eq!(write::put(&service, TEMPLATE, "layout.json", &[("If-Match", &tag)], &edited).status, 200);
    events.until("a written file", |event| has_hash(event, "layout.json", &edited));
}
