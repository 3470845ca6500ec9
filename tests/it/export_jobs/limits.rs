//! Tests of limits, invalid requests, unreadable sheets and expiry.

use super::*;
use crate::support::{BOUNDARY, errors, wait_for};

#[test]
fn limits_are_enforced_before_rendering() {
    let fixture = Fixture::new();
    let settings = [
        ("HAIBAO_EXPORTS__MAX_BYTES", "2000"),
        ("HAIBAO_EXPORTS__MAX_ROWS", "50"),
        ("HAIBAO_EXPORTS__MAX_CONCURRENT", "2"),
        ("HAIBAO_EXPORTS__WORKERS", "0"),
    ];
    let node = fixture.start(&settings);
    let large = format!("昵称,id\n{},1\n", "a".repeat(3000));
    let problem = node.upload(&small(), "a.csv", large.as_bytes()).problem(413, "sheet_too_large");
    assert!(problem["hint"].as_str().expect("a hint").contains("exports.max_bytes"), "{problem:#}");
    let first = node.begin(&small(), &sheet(3));
    node.begin(&small(), &sheet(3));
    let full = node.upload(&small(), "a.csv", sheet(3).as_bytes());
    full.problem(429, "exports_full");
    assert!(!full.header("retry-after").is_empty());
    assert_eq!(node.ask("DELETE", &format!("/v1/exports/{first}")).status, 204);
    node.begin(&small(), &sheet(3));
    drop(node);
    let node = fixture.start(&settings[1..2]);
    let id = node.begin(&small(), &sheet(51));
    let export = node.until_state(&id, "failed");
    assert_eq!(export["reason"]["code"], "sheet_too_large", "{export:#}");
    let left = files(&fixture.data().join("blobs/exports").join(&id));
    assert!(left.iter().all(|file| !file.contains("rows/")), "{left:?}");
}

#[test]
fn all_invalid_options_are_reported_together() {
    let fixture = Fixture::new();
    let node = fixture.start(&[]);
    let csv = sheet(1);
    let options = json!({
        "map": { "nick": 7 }, "scale": 9, "format": "bmp", "strict": "yes", "webhook": "https://example.com/x",
        "expires_in": 5, "colour": 1, "code": { "pages": "a" },
    });
    let problem = node.upload(&options, "a.csv", csv.as_bytes()).problem(422, "request_invalid");
    let mut found = errors(&problem);
    found.sort_unstable();
    let expected = [
        ("field_missing", "/template"),
        ("field_type", "/map"),
        ("field_type", "/strict"),
        ("field_unknown", "/code/pages"),
        ("field_unknown", "/colour"),
        ("format_unsupported", "/format"),
        ("scale_invalid", "/scale"),
        ("value_range", "/expires_in"),
        ("webhook_refused", "/webhook"),
    ];
    assert_eq!(found, expected, "{problem:#}");
    node.upload(&json!({ "template": "smal" }), "a.csv", csv.as_bytes()).problem(404, "template_unknown");
    for (pattern, place) in
        [("{{", "character"), ("名-{{nope}}", "character 5"), ("{{#each 昵称}}", "character 4"), ("{{row", "character")]
    {
        let mut options = small();
        options["file_name"] = json!(pattern);
        let problem = node.upload(&options, "a.csv", csv.as_bytes()).problem(422, "file_name_invalid");
        assert_eq!(problem["errors"][0]["pointer"], "/file_name", "{problem:#}");
        let message = problem["errors"][0]["message"].as_str().expect("a message");
        assert!(message.contains(place), "{pattern}: {message}");
    }
    let form = |body: &str| send(node.addr, "POST", "/v1/exports", &[FORM], body.as_bytes());
    let part = "Content-Disposition: form-data; name=\"options\"\r\n\r\n";
    form(&format!("--{BOUNDARY}\r\n{part}{{]\r\n--{BOUNDARY}--\r\n")).problem(400, "json_invalid");
    form(&format!("--{BOUNDARY}\r\n{part}{{\"template\":\"small\"}}\r\n--{BOUNDARY}--\r\n"))
        .problem(422, "request_invalid");
    form(&format!("--{BOUNDARY}\r\n{part}{{\"template\"")).problem(400, "body_unreadable");
    send(node.addr, "POST", "/v1/exports", &[("Content-Type", "text/csv")], csv.as_bytes())
        .problem(415, "content_type");
    assert_eq!(node.get("/v1/exports").json(), json!([]), "rejected requests create no export");
}

#[test]
fn unreadable_sheets_fail_with_a_reason() {
    let fixture = Fixture::new();
    let node = fixture.start(&[]);
    for (name, bytes, code) in [
        ("a.csv", &b"\xe6\x98\xb5\xe7\xa7\xb0,id\n"[..], "sheet_empty"),
        ("a.csv", b"", "sheet_empty"),
        ("a.xlsx", b"PK\x03\x04nothing", "sheet_broken"),
        ("a.csv", b"nick,identity\na,1\n", "sheet_columns"),
    ] {
        let response = node.upload(&small(), name, bytes);
        assert_eq!(response.status, 202, "{}", response.text());
        let id = response.json()["id"].as_str().expect("an id").to_owned();
        let export = node.until_state(&id, "failed");
        assert_eq!(export["reason"]["code"], code, "{export:#}");
        node.get(&format!("/v1/exports/{id}/failures.csv")).problem(409, "export_state");
    }
}

#[test]
fn expired_exports_are_deleted() {
    let fixture = Fixture::new();
    // The setting allows 2 s; `expires_in` of a request allows no less than 60 s.
    let node = fixture.start(&[("HAIBAO_EXPORTS__EXPIRES_SECONDS", "2")]);
    let id = node.begin(&small(), &sheet(2));
    node.until_state(&id, "done");
    node.until_state(&id, "expired");
    node.get(&format!("/v1/exports/{id}/download")).problem(410, "export_expired");
    wait_for("the removal of its files", || files(&fixture.data().join("blobs/exports")).is_empty());
}
