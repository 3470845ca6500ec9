//! Chinese messages have no English words in them.

mod libraries;

use std::fs;

use serde_json::json;

use crate::support::{BOUNDARY, FORM, Service, TEMPLATE, form, run, send, talk, workspace};

/// Words of English sentences, which no Chinese message has outside of code and quotations.
const ENGLISH: [&str; 40] = [
    "a",
    "an",
    "and",
    "archive",
    "are",
    "at",
    "be",
    "cannot",
    "character",
    "denied",
    "does",
    "end",
    "expected",
    "failed",
    "find",
    "for",
    "from",
    "got",
    "has",
    "have",
    "in",
    "invalid",
    "is",
    "it",
    "line",
    "missing",
    "no",
    "not",
    "of",
    "on",
    "or",
    "such",
    "the",
    "this",
    "type",
    "unexpected",
    "unknown",
    "while",
    "with",
    "without",
];

/// A text without what stands in backticks and quotation marks.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut close = None;
    for c in text.chars() {
        match close {
            Some(end) if c == end => close = None,
            Some(_) => {}
            None => match c {
                '`' | '"' => close = Some(c),
                '“' => close = Some('”'),
                c => plain.push(c),
            },
        }
    }
    plain
}

/// English words of a text, without what stands in backticks and quotation marks.
fn english(text: &str) -> Vec<String> {
    let plain = plain(text);
    let words = plain.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.' | '/' | '='));
    words.filter(|word| ENGLISH.contains(&word.to_ascii_lowercase().as_str())).map(str::to_owned).collect()
}

/// Every text in a value under one of these names.
fn said<'v>(value: &'v serde_json::Value, names: &[&str], found: &mut Vec<&'v str>) {
    match value {
        serde_json::Value::Object(members) => {
            for (name, member) in members {
                match member.as_str() {
                    Some(text) if names.contains(&name.as_str()) => found.push(text),
                    _ => said(member, names, found),
                }
            }
        }
        serde_json::Value::Array(all) => all.iter().for_each(|one| said(one, names, found)),
        _ => {}
    }
}

#[test]
fn no_english_stands_in_chinese_answers() {
    let service = Service::start();
    let options = json!({ "template": TEMPLATE }).to_string();
    let sheet = |name: &str, content: &[u8]| form(&[("options", "", options.as_bytes()), ("file", name, content)]);
    let pictures = form(&[
        ("options", "", options.as_bytes()),
        ("file", "a.csv", b"title\nx\n"),
        ("pictures", "a.zip", b"PK\x03\x04no"),
    ]);
    let broken_xlsx = [&b"PK\x03\x04"[..], &[0; 64], b"xl/workbook.xml"].concat();
    let broken_xls = [
        &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1][..],
        &[9; 600],
        &"Workbook\0".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
    ]
    .concat();
    let (json_type, form_type) = ("application/json", FORM.1);
    let wrong = json!({ "template": 5, "params": [], "format": true, "scale": "x", "strict": 1, "openid": {}, "respond": 5,
        "code": { "kind": 5, "app": [], "page": 1, "scene": [], "path": 1, "text": 1, "env_version": 2, "check_path": "x",
            "auto_color": {}, "line_color": 5, "is_hyaline": 5 } });
    let wrong_export = json!({ "template": [], "map": 5, "strict_columns": "x", "hidden": 1, "file_name": 5, "format": {},
        "scale": null, "expires_in": 1.5, "webhook": 5 });
    let requests: Vec<(&str, &str, &str, Vec<u8>)> = vec![
        ("POST", "/v1/posters", json_type, wrong.to_string().into()),
        ("POST", "/v1/posters", json_type, b"{\"template\": \"my\",}".to_vec()),
        ("POST", "/v1/posters", json_type, b"{'a': 1}".to_vec()),
        ("POST", "/v1/posters", json_type, b"{\"a\": nul}".to_vec()),
        ("POST", "/v1/posters", json_type, b"{\"a\": \"\\ud800\"}".to_vec()),
        ("POST", "/v1/posters", json_type, b"\xff\xfe{".to_vec()),
        ("POST", "/v1/posters", json_type, b"[1]".to_vec()),
        ("POST", "/v1/posters", json_type, Vec::new()),
        ("POST", "/v1/posters", "text/plain", b"{}".to_vec()),
        (
            "POST",
            "/v1/posters",
            json_type,
            json!({ "template": TEMPLATE, "params": { "title": 5, "x": [] } }).to_string().into(),
        ),
        ("POST", "/v1/codes", json_type, json!({ "wait": "x", "width": "y", "scene": 5 }).to_string().into()),
        (
            "POST",
            "/v1/scenes",
            json_type,
            json!({ "params": 5, "expires_in": "x", "count_scans": 1 }).to_string().into(),
        ),
        (
            "POST",
            "/v1/exports",
            form_type,
            form(&[("options", "", wrong_export.to_string().as_bytes()), ("file", "a.csv", b"a\n1\n")]),
        ),
        ("POST", "/v1/exports", form_type, form(&[("options", "", b"{\"a\" 1}"), ("file", "a.csv", b"a\n1\n")])),
        ("POST", "/v1/exports", form_type, form(&[("nothing", "", b"1")])),
        ("POST", "/v1/exports", form_type, form(&[("options", "", options.as_bytes())])),
        ("POST", "/v1/exports", form_type, format!("--{BOUNDARY}\r\nno part").into()),
        ("POST", "/v1/exports", "multipart/form-data", b"x".to_vec()),
        ("POST", "/v1/exports", json_type, b"{}".to_vec()),
        ("POST", "/v1/exports/preview", form_type, sheet("a.xlsx", &broken_xlsx)),
        ("POST", "/v1/exports/preview", form_type, sheet("a.xls", &broken_xls)),
        ("POST", "/v1/exports/preview", form_type, sheet("a.pdf", b"%PDF-1.7")),
        ("POST", "/v1/exports/preview", form_type, sheet("a.csv", b"titel,no\nx,1\n")),
        ("POST", "/v1/exports/preview", form_type, sheet("a.csv", b"title\n#REF!\n\"open\nx\n")),
        ("POST", "/v1/exports/preview", form_type, sheet("a.json", b"{\"title\": 1}\n{\"title\n")),
        ("POST", "/v1/exports/preview", form_type, pictures),
        ("POST", "/v1/assets", "image/png", b"not a picture".to_vec()),
        ("GET", "/v1/exports/%ff", json_type, Vec::new()),
        ("GET", "/v1/templates/nothing", json_type, Vec::new()),
        ("GET", "/v1/templates/my/samples/none.png", json_type, Vec::new()),
        ("GET", "/v1/posters/x.png", json_type, Vec::new()),
        ("PATCH", "/v1/exports", json_type, Vec::new()),
        ("GET", "/nowhere", json_type, Vec::new()),
    ];
    for (method, path, kind, body) in requests {
        let headers = [("content-type", kind), ("accept-language", "zh-CN")];
        let answer = send(service.addr, method, path, &headers, &body);
        let problem = answer.json();
        // Previews have their sentences in both languages.
        let names = match problem.get("status") {
            Some(_) => ["detail", "hint", "message"],
            None => ["message_zh", "hint_zh", "message_zh"],
        };
        let mut texts = Vec::new();
        said(&problem, &names, &mut texts);
        assert!(!texts.is_empty(), "{method} {path}: {problem}");
        for text in texts {
            assert_eq!(english(text), Vec::<String>::new(), "{method} {path}: {text}\n{problem:#}");
        }
    }
}

#[test]
fn no_english_stands_in_chinese_messages_of_commands() {
    let folder = workspace();
    fs::write(folder.path().join("broken.json"), "{\"title\": }").expect("a file");
    fs::write(folder.path().join("broken.xlsx"), [&b"PK\x03\x04"[..], &[0; 64], b"xl/workbook.xml"].concat())
        .expect("a file");
    fs::write(folder.path().join("rows.csv"), "title\nx\n").expect("a file");
    fs::write(folder.path().join("wrong.toml"), "addr = 5\n[http]\ntimeout_ms = \"x\"\n[exports]\nworkers = -1\n")
        .expect("a file");
    fs::write(folder.path().join("broken.toml"), "addr = \n").expect("a file");
    // A folder in the place of the database, and a file in that of the folder of files.
    fs::create_dir_all(folder.path().join("wrong/haibao.db")).expect("a folder");
    fs::write(folder.path().join("folder.toml"), "data = 'wrong'\n").expect("a file");
    fs::write(folder.path().join("blobs.toml"), "data = 'data'\n").expect("a file");
    assert_eq!(run(folder.path(), &["keys", "add", "shop", "--config", "blobs.toml"]).status.code(), Some(0));
    fs::write(folder.path().join("data/blobs"), "").expect("a file");
    for arguments in [
        &["render", TEMPLATE, "--params", "none.json", "-o", "x.png"][..],
        &["render", TEMPLATE, "--params", "broken.json", "-o", "x.png"],
        &["render", TEMPLATE, "--sample", "usual", "--demo", "-o", "no/folder/x.png"],
        &["export", TEMPLATE, "--rows", "none.csv", "-o", "x.zip"],
        &["export", TEMPLATE, "--rows", "broken.xlsx", "-o", "x.zip"],
        &["export", TEMPLATE, "--rows", "rows.csv", "--pictures", "none", "-o", "x.zip"],
        &["export", TEMPLATE, "--rows", "rows.csv", "--pictures", "rows.csv", "-o", "x.zip"],
        &["code", "--demo", "--rows", "none.csv", "-o", "codes"],
        &["config", "--config", "none.toml"],
        &["config", "--config", "wrong.toml"],
        &["health", "--addr", "127.0.0.1:1"],
        &["backup", "/proc/copy"],
        &["backup", "copy"],
        &["backup", "copy", "--config", "folder.toml"],
        &["backup", "copy", "--config", "blobs.toml"],
    ] {
        let output = run(folder.path(), &[&["--lang", "zh"], arguments].concat());
        let text = talk(&output);
        assert_ne!(output.status.code(), Some(0), "{arguments:?}: {text}");
        assert_eq!(english(&text), Vec::<String>::new(), "{arguments:?}: {text}");
    }
    // What cannot be read is named, not the copy.
    let backup = talk(&run(folder.path(), &["backup", "copy", "--config", "blobs.toml"]));
    assert!(backup.contains("cannot read") && backup.contains("blobs"), "{backup}");
}
