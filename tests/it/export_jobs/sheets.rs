//! Tests of sheets as people have them: previews, mappings, pictures, hidden rows.

use std::io::{Cursor, Write};

use super::*;

/// A title, a spare column, a column with a name of its own, and names of pictures.
const SHEET: &str = "活动名单,,,\n序号,昵称,单号,图片\n1,小满,7,小满\n2,立秋,8,没有\n";

fn archive(names: &[&str]) -> Vec<u8> {
    let mut picture = Cursor::new(Vec::new());
    image::RgbImage::from_pixel(32, 32, image::Rgb([200, 30, 30]))
        .write_to(&mut picture, image::ImageFormat::Png)
        .expect("a picture");
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for name in names {
        let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        archive.start_file(*name, stored).expect("a member");
        archive.write_all(picture.get_ref()).expect("a member");
    }
    archive.finish().expect("an archive").into_inner()
}

fn codes(findings: &Value) -> Vec<&str> {
    findings.as_array().expect("a list").iter().map(|finding| finding["code"].as_str().expect("a code")).collect()
}

#[test]
fn a_sheet_is_previewed_mapped_and_exported_with_its_pictures() {
    let fixture = Fixture::new();
    let node = fixture.start(&[]);
    let photos = archive(&["a/小满.PNG"]);
    let look = |options: &Value| {
        let seen = node.upload_to("/v1/exports/preview", options, ("八月.csv", SHEET.as_bytes()), Some(&photos));
        assert_eq!(seen.status, 200, "{}", seen.text());
        seen.json()
    };
    let seen = look(&small());
    assert_eq!((&seen["rows"], &seen["header"]), (&json!(2), &json!(2)), "{seen:#}");
    assert_eq!(codes(&seen["errors"]), ["column_missing"], "{seen:#}");
    assert!(seen["posters"].is_null() && seen["params"][1]["required"] == true, "{seen:#}");

    let mapped = json!({ "template": SMALL, "map": { "单号": "id" } });
    let seen = look(&mapped);
    assert_eq!(
        (codes(&seen["errors"]), &seen["checked"], &seen["invalid"]),
        (vec![], &json!(2), &json!(1)),
        "{seen:#}"
    );
    assert_eq!(codes(&seen["notices"]), ["header_found", "columns_ignored"]);
    assert_eq!(seen["columns"][2]["sets"], "id");
    assert_eq!(seen["failures"][0]["reasons"][0]["code"], "picture_missing");
    assert_eq!((&seen["first"][0]["cells"][1], &seen["drawn"][0]["row"]), (&json!("小满"), &json!(3)));
    assert!(seen["posters"].as_str().is_some_and(|uri| uri.starts_with("data:image/png;base64,")));
    assert_eq!(fixture.wechat.counters().code_calls, 0, "sample codes");
    assert_eq!(node.get("/v1/exports").json(), json!([]), "nothing is started");

    let begin = |options: &Value| {
        let started = node.upload_to("/v1/exports", options, ("八月.csv", SHEET.as_bytes()), Some(&photos));
        assert_eq!(started.status, 202, "{}", started.text());
        let id = started.json()["id"].as_str().expect("an id").to_owned();
        node.until_state(&id, "done")
    };
    let export = begin(&mapped);
    assert_eq!((&export["done"], &export["failed"]), (&json!(1), &json!(1)), "{export:#}");
    assert_eq!(codes(&export["notices"]), ["header_found", "columns_ignored"]);
    let reason = &export["failures"][0]["reasons"][0];
    assert_eq!((&reason["column"], &reason["value"]), (&json!("图片"), &json!("没有")), "{export:#}");

    // The mapping is kept: the next sheet needs none.
    let seen = look(&small());
    assert_eq!(codes(&seen["notices"]), ["header_found", "column_mapped", "columns_ignored"], "{seen:#}");
    assert_eq!((&seen["columns"][2]["kept"], &seen["columns"][1]["kept"]), (&json!(true), &json!(false)), "{seen:#}");
    assert_eq!(begin(&small())["done"], 1);
    let strict = node.begin(&json!({ "template": SMALL, "strict_columns": true }), SHEET);
    assert_eq!(codes(&node.until_state(&strict, "failed")["reason"]["errors"]), ["column_unknown"]);

    // It can be taken back, in a look only for that look.
    let forgotten = json!({ "template": SMALL, "map": { "单号": "" } });
    assert_eq!(codes(&look(&forgotten)["errors"]), ["column_missing"]);
    assert_eq!(codes(&look(&small())["errors"]), [""; 0]);
    assert_eq!(begin(&json!({ "template": SMALL, "map": { "单号": "", "序号": "id" } }))["done"], 1);
    let seen = look(&small());
    assert_eq!((&seen["columns"][0]["sets"], &seen["columns"][2]["sets"]), (&json!("id"), &json!(null)), "{seen:#}");
}

#[test]
fn files_that_are_no_sheets_and_no_pictures_are_named() {
    let fixture = Fixture::new();
    let node = fixture.start(&[]);
    let path = "/v1/exports/preview";
    let rows = sheet(1);
    node.upload_to(path, &small(), ("a.xlsx", b"%PDF-1.7"), None).problem(415, "sheet_format");
    node.upload_to(path, &small(), ("a.xlsx", b"a,b\n"), None).problem(422, "sheet_empty");
    node.upload_to(path, &small(), ("a.csv", rows.as_bytes()), Some(b"no archive")).problem(422, "pictures_unreadable");
    let html = "<table><tr><td>昵称<td>id</tr><tr><td>小满<td>7</table>";
    let seen = node.upload_to(path, &small(), ("a.xls", html.as_bytes()), None).json();
    assert_eq!((&seen["rows"], &seen["invalid"]), (&json!(1), &json!(0)), "{seen:#}");
}
