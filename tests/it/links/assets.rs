//! Uploaded pictures over HTTP, and posters that name them.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{KEY, post, service};
use crate::support::{Service, errors, scaffold_with, send, workspace};

fn picture(side: u32, seed: u8) -> Vec<u8> {
    let image = image::RgbImage::from_fn(side, side, |x, y| image::Rgb([x as u8, y as u8, seed]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).expect("a PNG");
    bytes.into_inner()
}

fn form(name: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a.html\"\r\nContent-Type: text/html\r\n\r\n"
    );
    [head.as_bytes(), bytes, b"\r\n--b--\r\n"].concat()
}

#[test]
fn an_uploaded_picture_is_served_safely() {
    let service = service();
    let png = picture(40, 1);
    let upload = |kind: &str, body: &[u8]| send(service.addr, "POST", "/v1/assets", &[("Content-Type", kind)], body);
    let created = upload("text/html", &png);
    assert_eq!((created.status, created.header("cache-control")), (201, "no-store"), "{}", created.text());
    let body = created.json();
    let hash = blake3::hash(&png).to_hex().to_string();
    assert_eq!((&body["asset"], &body["type"]), (&json!(format!("asset:{hash}")), &json!("image/png")), "{body}");
    assert_eq!(body["bytes"], png.len());
    assert_eq!(created.header("location"), format!("/v1/assets/{hash}"));
    let form = form("file", &png);
    assert_eq!(upload("multipart/form-data; boundary=b", &form).status, 200, "the same content");
    let long = String::from_utf8_lossy(&form[..60]).replace("name=\"file\"", &format!("name=\"{}\"", "n".repeat(9000)));
    let long = [long.as_bytes(), &form[60..]].concat();
    upload("multipart/form-data; boundary=b", &long).problem(431, "part_headers_too_large");

    let path = format!("/v1/assets/{hash}");
    let got = service.get(&path);
    assert_eq!((got.status, got.header("content-type")), (200, "image/png"));
    assert!(got.body == png);
    assert_eq!(got.header("x-content-type-options"), "nosniff");
    assert!(got.header("content-security-policy").contains("sandbox"));
    assert!(got.header("cache-control").starts_with("private, max-age="));
    let known = send(service.addr, "GET", &path, &[("If-None-Match", got.header("etag"))], b"");
    assert_eq!((known.status, known.body.len()), (304, 0));
    for unknown in ["0".repeat(64), "x".into(), "%ff".into(), "..%2f..%2fsecrets%2fposters".into()] {
        assert_eq!(service.get(&format!("/v1/assets/{unknown}")).status, 404, "{unknown}");
    }
}

#[test]
fn other_uploads_are_rejected_with_the_reason() {
    let service = Service::set(&[("HAIBAO_ASSETS__MAX_BYTES", "100000")]);
    let upload = |kind: &str, body: &[u8]| send(service.addr, "POST", "/v1/assets", &[("Content-Type", kind)], body);
    for (bytes, reason) in [
        (&b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"[..], "HEIC"),
        (b"\0\0\0\x20ftypavif\0\0\0\0", "AVIF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "SVG"),
        (b"<!doctype html><script>alert(1)</script>", "web page"),
        (b"MZ\x90\0", "not a picture"),
    ] {
        for response in [upload("image/png", bytes), upload("multipart/form-data; boundary=b", &form("file", bytes))] {
            let problem = response.problem(415, "picture_unsupported");
            assert!(problem["detail"].as_str().is_some_and(|text| text.contains(reason)), "{problem}");
        }
    }
    send(service.addr, "POST", "/v1/assets", &[], b"").problem(415, "picture_unsupported");
    let large = [picture(40, 1), vec![0; 100_000]].concat();
    upload("image/png", &large).problem(413, "asset_too_large");
    upload("multipart/form-data; boundary=b", &form("file", &large)).problem(413, "asset_too_large");
    let problem = upload("multipart/form-data; boundary=b", &form("other", b"x")).problem(422, "request_invalid");
    assert_eq!(errors(&problem), [("field_unknown", "")]);
    let part = "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx\r\n";
    let twice = upload("multipart/form-data; boundary=b", format!("{part}{part}--b--\r\n").as_bytes());
    let problem = twice.problem(422, "request_invalid");
    assert_eq!(errors(&problem), [("field_repeated", "")]);
    assert!(problem["detail"].as_str().is_some_and(|text| text.contains("\"file\" is repeated")), "{problem}");
    let problem = upload("multipart/form-data; boundary=b", b"--b--\r\n").problem(422, "request_invalid");
    assert_eq!(errors(&problem), [("field_missing", "")]);
    for kind in ["multipart/form-data", "Multipart/Form-Data; charset=utf-8"] {
        let problem = upload(kind, b"x").problem(400, "boundary_missing");
        assert!(problem["hint"].as_str().is_some_and(|hint| hint.contains("FormData")), "{problem}");
    }
    upload("multipart/form-data; boundary=b", b"--b\r\nContent-Disp").problem(400, "body_unreadable");
}

#[test]
fn a_poster_names_an_uploaded_picture() {
    let folder = workspace();
    let at = r##""at": "#photo", "when": "{{photo}}","##;
    scaffold_with(folder.path(), "photo", "layout.json", at, "\"box\": [0, 0, 200, 200],");
    let mut service = Service::with(&[], Default::default(), folder);
    let upload = send(service.addr, "POST", "/v1/assets", &[], &picture(200, 7)).json();
    let poster = |photo: &Value| json!({ "template": "photo", "params": { "title": "x", "photo": photo } });
    let png = service.post(&poster(&upload["asset"]));
    let drawn = image::load_from_memory(png.poster()).expect("a PNG").to_rgb8();
    assert_eq!(drawn.get_pixel(100, 100).0, [100, 100, 7]);
    let explained = post(&service, "/v1/posters/explain", &poster(&upload["asset"])).json();
    assert!(explained.to_string().contains("\"from\":\"upload\""), "{explained}");

    let unknown = json!(format!("asset:{}", "0".repeat(64)));
    let problem = service.post(&poster(&unknown)).problem(422, "asset_unknown");
    assert_eq!(errors(&problem), [("asset_unknown", "/params/photo")]);
    let problem = service.post(&poster(&json!("asset:abc"))).problem(422, "param_invalid");
    assert_eq!(errors(&problem), [("param_invalid", "/params/photo")]);
    // The age of an upload is that of its file.
    let asset = upload["asset"].as_str().expect("a name");
    let file = service.folder.path().join("data/blobs/uploads").join(asset.trim_start_matches("asset:"));
    let file = std::fs::File::options().write(true).open(file).expect("its file");
    file.set_modified(SystemTime::now() - Duration::from_secs(3600)).expect("another time");
    service.restart(&[("HAIBAO_UPLOADS__EXPIRES_SECONDS", "3600")]);
    let problem = service.post(&poster(&upload["asset"])).problem(422, "asset_expired");
    assert_eq!(errors(&problem), [("asset_expired", "/params/photo")]);
}

#[test]
fn an_uploaded_picture_is_read_from_the_store_once() {
    let folder = workspace();
    let at = r##""at": "#photo", "when": "{{photo}}","##;
    scaffold_with(folder.path(), "photo", "layout.json", at, "\"box\": [0, 0, 200, 200],");
    let service = Service::with(&[], Default::default(), folder);
    let (kept, other) = (picture(200, 7), picture(200, 8));
    let upload = |bytes: &[u8]| send(service.addr, "POST", "/v1/assets", &[], bytes).json()["asset"].clone();
    // Another title each time, so that no band is known.
    let poster = |title: &str, photo: &Value| {
        service.post(&json!({ "template": "photo", "params": { "title": title, "photo": photo } }))
    };
    let (asset, unused) = (upload(&kept), upload(&other));
    let first = image::load_from_memory(poster("1", &asset).poster()).expect("a PNG").to_rgb8();
    std::fs::remove_dir_all(service.folder.path().join("data/blobs/uploads")).expect("the uploads");
    let second = image::load_from_memory(poster("2", &asset).poster()).expect("a PNG").to_rgb8();
    assert_eq!(first.get_pixel(100, 100), second.get_pixel(100, 100));
    poster("1", &unused).problem(422, "asset_unknown");
}

#[test]
fn a_link_that_outlives_its_uploaded_picture_is_reported() {
    let folder = workspace();
    let at = r##""at": "#photo", "when": "{{photo}}","##;
    scaffold_with(folder.path(), "photo", "layout.json", at, "\"box\": [0, 0, 200, 200],");
    let settings = [("HAIBAO_LINKS__KEYS", KEY), ("HAIBAO_UPLOADS__EXPIRES_SECONDS", "36000")];
    let service = Service::with(&settings, Default::default(), folder);
    let upload = send(service.addr, "POST", "/v1/assets", &[], &picture(200, 7)).json();
    let link = |hours: u64, strict: bool| {
        let params = json!({ "title": "x", "photo": upload["asset"] });
        let body = json!({ "template": "photo", "params": params, "strict": strict, "expires_in": hours * 3600 });
        post(&service, "/v1/posters/links", &body)
    };
    // The expiry is rounded up to the hour.
    assert_eq!((link(8, true).status, link(8, false).header("x-haibao-findings")), (201, "0"));
    assert_eq!(link(11, false).header("x-haibao-finding-codes"), "upload_expires");
    let problem = link(11, true).problem(422, "findings");
    assert_eq!(errors(&problem), [("upload_expires", "/params/photo")]);
}
