//! Writing files: what is replaced, by whom, and what stays in use.

use std::{collections::BTreeSet, fs, path::Path};

use super::*;

pub(super) fn put(node: &Node, id: &str, file: &str, headers: &[(&str, &str)], text: &str) -> Response {
    send(node.addr, "PUT", &format!("{}/files/{file}", path(id)), headers, text.as_bytes())
}

/// Writes a file over a content; returns the hash of the new one.
fn replace(node: &Node, file: &str, hash: &str, text: &str) -> (String, Value) {
    let written = put(node, TEMPLATE, file, &[("If-Match", &format!("\"{hash}\""))], text);
    assert_eq!(written.status, 200, "{}", written.text());
    let body = written.json();
    let hash = body["hash"].as_str().expect("a hash").to_owned();
    assert_eq!(hash, blake3::hash(text.as_bytes()).to_hex().as_str());
    assert_eq!(written.header("etag"), format!("\"{hash}\""));
    (hash, body["findings"].clone())
}

/// All files of a folder, with their contents.
fn tree(folder: &Path) -> BTreeSet<(String, Vec<u8>)> {
    let mut all = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        match entry.is_dir() {
            true => all.extend(tree(&entry)),
            false => {
                all.insert((entry.display().to_string(), fs::read(&entry).expect("a file")));
            }
        }
    }
    all
}

#[test]
fn two_writers_do_not_lose_each_others_changes() {
    let service = editing();
    let layout = service.folder.path().join("templates/my/layout.json");
    let (text, first) = text(&service, "layout.json");
    let seen = format!("\"{first}\"");
    put(&service, TEMPLATE, "layout.json", &[], &text).problem(428, "precondition_missing");
    put(&service, TEMPLATE, "layout.json", &[("If-Match", "*")], &text).problem(428, "precondition_missing");
    let ours = format!("{text}\n// ours");
    let (second, findings) = replace(&service, "layout.json", &first, &ours);
    assert_eq!(findings, json!([]));
    let theirs = put(&service, TEMPLATE, "layout.json", &[("If-Match", &seen)], "theirs");
    let problem = theirs.problem(412, "file_changed");
    assert_eq!((&problem["hash"], theirs.header("etag")), (&json!(second), format!("\"{second}\"").as_str()));
    assert_eq!(fs::read_to_string(&layout).expect("a file"), ours);
    // An editor on this machine is a writer, too.
    fs::write(&layout, format!("{text}\n// editor")).expect("a file");
    let stale = put(&service, TEMPLATE, "layout.json", &[("If-Match", &format!("\"{second}\""))], &ours);
    stale.problem(412, "file_changed");
    // A new file.
    let new = [("If-None-Match", "*")];
    let sample = json!({ "title": "新的" }).to_string();
    assert_eq!(put(&service, TEMPLATE, "samples/new-1.json", &new, &sample).status, 200);
    put(&service, TEMPLATE, "samples/new-1.json", &new, "{}").problem(412, "file_changed");
    assert_eq!(file(&open(&service, TEMPLATE), "samples/new-1.json")["text"], sample.as_str());
    let gone = put(&service, TEMPLATE, "samples/new-2.json", &[("If-Match", &seen)], &sample);
    assert!(gone.problem(412, "file_changed")["hash"].is_null());
    let picture = [0x89, b'P', 0xff, 0];
    let path = format!("{}/files/assets/a_b-1.png", path(TEMPLATE));
    assert_eq!(send(service.addr, "PUT", &path, &new, &picture).status, 200);
    assert_eq!(fs::read(layout.with_file_name("assets/a_b-1.png")).expect("a file"), picture);
}

#[test]
fn a_broken_file_is_written_and_the_version_before_it_stays_in_use() {
    let service = editing();
    let before = open(&service, TEMPLATE)["version"].clone();
    let (good, hash) = text(&service, "layout.json");
    let broken = good.replace("\"layers\"", "\"layerz\"");
    let (hash, findings) = replace(&service, "layout.json", &hash, &broken);
    let found = |findings: &Value| {
        let all = findings.as_array().cloned().unwrap_or_default();
        all.iter().any(|one| one["excerpt"].as_str().is_some_and(|excerpt| excerpt.contains("layerz")))
    };
    assert!(found(&findings), "{findings:#}");
    let template = open(&service, TEMPLATE);
    assert_eq!((&template["version"], &file(&template, "layout.json")["text"]), (&before, &json!(broken)));
    assert!(found(&template["findings"]), "{template:#}");
    let poster = json!({ "template": TEMPLATE, "params": params() });
    payload(service.post(&poster).poster());
    // The designer sees the files as they are, and another draft over them.
    let problem = draft(&service, "preview", &json!({ "params": params() }), &[]).problem(422, "template_invalid");
    assert!(found(&problem["findings"]), "{problem:#}");
    draft(&service, "preview", &json!({ "params": params(), "files": { "layout.json": good } }), &[]).poster();
    let (_, findings) = replace(&service, "layout.json", &hash, &format!("{good}\n"));
    assert_eq!(findings, json!([]));
    let template = open(&service, TEMPLATE);
    assert!(template["version"].is_string() && template["version"] != before, "{template:#}");
    draft(&service, "preview", &json!({ "params": params() }), &[]).poster();
    payload(service.post(&poster).poster());
}

#[test]
fn a_built_in_template_gets_a_folder_of_its_own() {
    let service = editing();
    let id = "product-share";
    let folder = service.folder.path().join("templates").join(id);
    let template = open(&service, id);
    let usual = file(&template, "samples/usual.json");
    let tag = format!("\"{}\"", usual["hash"].as_str().expect("a hash"));
    put(&service, id, "samples/usual.json", &[], "{}").problem(428, "precondition_missing");
    assert!(!folder.exists(), "a refused file changes nothing");
    let text = usual["text"].as_str().expect("a text").to_owned() + "\n";
    let written = put(&service, id, "samples/usual.json", &[("If-Match", &tag)], &text);
    assert_eq!((written.status, &written.json()["findings"]), (200, &json!([])), "{}", written.text());
    let own = open(&service, id);
    assert_eq!(file(&own, "samples/usual.json")["text"], text.as_str());
    let paths = |template: &Value| {
        let files = template["files"].as_array().expect("files").iter();
        files.map(|file| file["path"].as_str().expect("a path").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(paths(&own), paths(&template));
    assert!(folder.join("artwork.svg").is_file() && own["version"] != template["version"]);
}

#[test]
fn no_path_leaves_the_folder_of_the_template() {
    let service = editing();
    let root = service.folder.path();
    fs::write(root.join("outside.json"), "{}").expect("a file");
    // Loaded, so that nothing else is written meanwhile.
    open(&service, TEMPLATE);
    let files = || (tree(&root.join("templates")), fs::read(root.join("outside.json")).expect("a file"));
    let before = files();
    for path in [
        "../../outside.json",
        "%2e%2e/%2e%2e/outside.json",
        "..%2f..%2foutside.json",
        "assets/../layout.json",
        "assets/%2e%2e/%2e%2e/my2/layout.json",
        "assets/..%2flayout.json",
        "assets%2f..%2flayout.json",
        "assets/a%2fb",
        "assets/a%5cb",
        "assets/%00",
        "assets/a%00.png",
        "assets/.hidden",
        "assets/.",
        "assets/a.",
        "assets/%E5%9B%BE.png",
        "samples/a.txt",
        "samples/.json",
        "samples/a/b.json",
        "fonts/a.ttf",
        "layout.json/a",
        "Layout.json",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "artwork.svg%20",
    ] {
        let refused = put(&service, TEMPLATE, path, &[("If-None-Match", "*")], "{}");
        assert_eq!(refused.status, 422, "{path}: {}", refused.text());
        refused.problem(422, "studio_path");
    }
    for id in ["..", "%2e%2e", "%2e%2e%2ftemplates%2fmy", ".", "my%00", "none"] {
        put(&service, id, "layout.json", &[("If-None-Match", "*")], "{}").problem(404, "template_unknown");
    }
    put(&service, TEMPLATE, "assets/%ff", &[], "{}").problem(404, "path_unknown");
    let large = "x".repeat((16 << 20) + 1);
    put(&service, TEMPLATE, "assets/large.bin", &[("If-None-Match", "*")], &large).problem(413, "body_too_large");
    let packed = [("If-None-Match", "*"), ("Content-Encoding", "gzip")];
    put(&service, TEMPLATE, "assets/a.txt", &packed, "x").problem(415, "content_encoding");
    let foreign = [("If-None-Match", "*"), ("Origin", "https://evil.example")];
    put(&service, TEMPLATE, "assets/a.txt", &foreign, "x").problem(403, "origin_forbidden");
    assert!(files() == before, "nothing was written");
}
