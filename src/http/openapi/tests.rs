//! The codes of the document are those of the sources and of the documentation; its texts have translations.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{codes, templates};
use crate::{http::document, words};

/// Codes that only settings, the command line and background work use. No response has them.
#[rustfmt::skip]
const LOCAL: &[&str] = &[
    "setting_invalid", "setting_unknown", "settings_unreadable", "feature_missing", "fonts_unreadable", "http_client",
    "pool_failed", "address_unusable", "templates_missing", "check_failed",
    "backup_exists", "backup_empty", "backup_server",
    "emulator_failed", "demo_loopback", "key_required", "key_name", "key_rate", "key_exists", "output_folder",
    "output_terminal", "output_failed", "file_too_large", "file_unreadable", "file_unwritable", "codes_failed", "cell_invalid",
    "service_unhealthy",
    // `haibao keys add`. In responses it is a 403.
    "key_scope",
    // Rows and exports: in the lists of failures and in the reason of an export.
    "archive_member", "archive_crashed", "sheet_crashed", "chunk_stuck", "chunk_deadline", "export_lost", "export_stopped",
    "export_differs", "export_running", "export_unfinished", "file_damaged", "file_missing", "rows_failed",
    "rows_invalid", "sheet_format", "sheet_broken", "sheet_columns", "sheet_empty", "sheet_encoding",
    "sheet_unknown", "picture_missing",
];

/// Status of a kind of error, by its name in the sources. `None` for the kinds of other crates.
fn status(kind: &str) -> Option<u16> {
    Some(match kind {
        "Malformed" => 400,
        "Unauthorized" => 401,
        "Forbidden" => 403,
        "NotFound" => 404,
        "Conflict" => 409,
        "Gone" => 410,
        "TooLarge" => 413,
        "Unsupported" => 415,
        "Invalid" => 422,
        "Limited" => 429,
        "Internal" => 500,
        "Upstream" => 502,
        "Busy" => 503,
        "Deadline" => 504,
        _ => return None,
    })
}

/// Status that replaces the one of the kind.
fn replaced(code: &str) -> Option<u16> {
    Some(match code {
        "key_missing" | "key_unknown" => 401,
        "method_not_allowed" => 405,
        "request_timeout" | "body_timeout" => 408,
        "file_changed" => 412,
        "precondition_missing" => 428,
        "transfer_coding" => 501,
        "headers_too_large" | "part_headers_too_large" => 431,
        _ => return None,
    })
}

#[test]
fn every_code_of_the_sources_is_documented() {
    let rows = words::rows().filter_map(|row| Some((row.id, row.finding?.0))).collect();
    let mut missing = Vec::new();
    let mut number = 0;
    for file in sources() {
        let text = fs::read_to_string(&file).expect("a source file");
        let text = text.split("\nmod tests {").next().unwrap_or_default();
        let calls = ["Error::new(", "Error::findings(", "Error::of("].map(|start| text.split(start).skip(1));
        for call in calls.into_iter().flatten() {
            let Some((kind, code)) = kind_and_code(call).or_else(|| kind_and_row(call, &rows)) else { continue };
            number += 1;
            // The status is set afterwards.
            let Some(status) = status(kind).map(|status| replaced(code).unwrap_or(status)) else {
                continue;
            };
            if !LOCAL.contains(&code) && !codes::of(status).contains(code) {
                missing.push(format!("{status} {code} ({})", file.display()));
            }
        }
        for call in text.split("Finding::error(").skip(1) {
            let code = call.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"'));
            let Some((code, _)) = code.filter(|(code, _)| !LOCAL.contains(code)) else { continue };
            if !codes::of(422).contains(code) {
                missing.push(format!("finding {code} ({})", file.display()));
            }
        }
    }
    assert!(number > 150, "only {number} errors found: the search is broken");
    assert!(missing.is_empty(), "add them to openapi/codes.rs, or to LOCAL if no response has them: {missing:#?}");
}

/// Parses `ErrorKind::Kind, "code"`.
fn kind_and_code(call: &str) -> Option<(&str, &str)> {
    let rest = call.trim_start().strip_prefix("ErrorKind::")?;
    let (kind, rest) = rest.split_once(',')?;
    let (code, _) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
    Some((kind.trim(), code))
}

/// Parses `ErrorKind::Kind, words::row(`; returns the code of the row.
fn kind_and_row<'c>(call: &'c str, rows: &BTreeMap<&str, &'c str>) -> Option<(&'c str, &'c str)> {
    let rest = call.trim_start().strip_prefix("ErrorKind::")?;
    let (kind, rest) = rest.split_once(',')?;
    let (row, _) = rest.trim_start().strip_prefix("words::")?.split_once('(')?;
    Some((kind.trim(), *rows.get(row)?))
}

fn sources() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            let name = entry.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if entry.is_dir() && name != "tests" {
                walk(&entry, found);
            } else if name.ends_with(".rs") && !name.contains("test") {
                found.push(entry);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    walk(&root.join("src"), &mut found);
    walk(&root.join("core/src"), &mut found);
    walk(&root.join("sheet/src"), &mut found);
    found
}

#[test]
fn every_documented_code_is_in_the_documentation() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let read = |name: &str| fs::read_to_string(docs.join(name)).expect("a document");
    let text: String = ["http.md", "exports.md", "templates.md", "codes.md", "scenes.md"].map(read).concat();
    let listed: BTreeSet<_> = codes::CODES.iter().flat_map(|(_, codes)| codes.iter()).collect();
    let missing: Vec<_> = listed.into_iter().filter(|code| !text.contains(&format!("`{code}`"))).collect();
    assert!(missing.is_empty(), "docs/http.md does not explain {missing:?}");
}

#[test]
fn every_text_of_the_document_has_a_chinese_translation() {
    fn walk<'d>(value: &'d Value, found: &mut BTreeSet<&'d str>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    match member {
                        Value::String(text) if ["summary", "description"].contains(&name.as_str()) => {
                            found.insert(text);
                        }
                        _ => walk(member, found),
                    }
                }
            }
            Value::Array(list) => list.iter().for_each(|one| walk(one, found)),
            _ => {}
        }
    }
    let document = document();
    let mut texts = BTreeSet::new();
    for part in ["tags", "paths"] {
        walk(&document[part], &mut texts);
    }
    for part in ["schemas", "responses"] {
        walk(&document["components"][part], &mut texts);
    }
    let chinese: BTreeMap<String, String> = serde_json::from_str(include_str!("../docs.zh.json")).expect("JSON");
    let missing: Vec<_> = texts.iter().filter(|text| !chinese.contains_key(**text)).collect();
    assert!(missing.is_empty(), "add them to docs.zh.json: {missing:#?}");
    // The script of the page has texts of its own, and bodies with the templates another description.
    let script = include_str!("../docs.js");
    let is_used = |text: &str| {
        let plain = text.strip_suffix(templates::DESCRIPTION).unwrap_or(text).trim_end();
        texts.contains(plain) || script.contains(text)
    };
    let unused: Vec<_> = chinese.keys().filter(|text| !is_used(text)).collect();
    assert!(unused.is_empty(), "the document has no {unused:#?}");
    for (english, text) in &chinese {
        let code = |text: &str| text.split('`').skip(1).step_by(2).map(str::to_owned).collect::<BTreeSet<_>>();
        assert_eq!(code(english), code(text), "{english}");
    }
}

#[test]
fn bodies_reject_unknown_fields_and_name_required_ones() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["PosterBody"]["required"], serde_json::json!(["template"]), "{:#}", schemas["PosterBody"]);
    assert_eq!(schemas["SceneBody"]["required"], serde_json::json!(["params"]));
    for name in ["PosterBody", "CodeFields", "CodeBody", "SingleCode", "SceneBody", "ExportBody"] {
        assert_eq!(schemas[name]["additionalProperties"], false, "{name}: {:#}", schemas[name]);
        assert!(schemas[name]["description"].is_string(), "{name}");
    }
    let code = &schemas["CodeBody"]["properties"];
    assert!(["page", "width", "wait"].iter().all(|field| code[field].is_object()), "{code:#}");
}
