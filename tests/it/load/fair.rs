//! The flood of one key: what it does to the requests of another one, and what it leaves behind.

use std::{fs, io::Cursor, path::Path, thread};

use base64::{Engine, engine::general_purpose::STANDARD};
use haibao::wechat::emulator::Options;
use serde_json::json;

use super::Beside;
use crate::support::{Node, Response, Service, haibao, send, workspace};

/// A service with keys, with the template `photo` of a large and `small` of a small canvas.
fn service(settings: &[(&str, &str)], keys: &[&str]) -> (Service, Vec<String>) {
    let folder = workspace();
    for (name, side) in [("photo", 1000), ("small", 200)] {
        let image = json!({ "type": "image", "box": [0, 0, side, side], "src": "{{photo}}" });
        let layout = json!({
            "title": name, "canvas": { "width": side, "height": side }, "layers": [image],
            "params": { "type": "object", "properties": { "photo": { "type": "string", "format": "image" } } },
        });
        let own = folder.path().join("templates").join(name);
        fs::create_dir_all(&own).expect("a folder");
        fs::write(own.join("layout.json"), layout.to_string()).expect("a file");
    }
    let keys = keys.iter().map(|name| add(folder.path(), name)).collect();
    (Service::with(settings, Options::default(), folder), keys)
}

fn add(folder: &Path, name: &str) -> String {
    let made = haibao(folder).args(["keys", "add", name]).output().expect("the binary runs");
    String::from_utf8(made.stdout).expect("a key").trim().to_owned()
}

fn ask(node: &Node, key: &str, template: &str, scale: u32, photo: &str) -> Response {
    let body = json!({ "template": template, "params": { "photo": photo }, "scale": scale }).to_string();
    let headers = [("Authorization", &*format!("Bearer {key}")), ("Content-Type", "application/json")];
    send(node.addr, "POST", "/v1/posters", &headers, body.as_bytes())
}

/// A picture as a `data:` URI; `number` makes it another one for the caches.
fn uri(picture: &[u8], number: usize) -> String {
    format!("data:image/png;base64,{}", STANDARD.encode([picture, &number.to_be_bytes()].concat()))
}

/// A PNG of 25 megapixels. A text chunk makes it larger than a body that is read without waiting.
fn large_png() -> Vec<u8> {
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 4990, 4990);
    encoder.set_color(png::ColorType::Rgba);
    encoder.add_text_chunk("Comment".to_owned(), "x".repeat(1 << 20)).expect("a text");
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(&vec![0x55; 4990 * 4990 * 4]).expect("a picture");
    writer.finish().expect("a PNG");
    png
}

fn small_jpeg(number: usize) -> String {
    let picture = image::RgbImage::from_fn(600, 600, |x, y| image::Rgb([(x * y) as u8, (x ^ y) as u8, number as u8]));
    let mut jpeg = Cursor::new(Vec::new());
    picture.write_to(&mut jpeg, image::ImageFormat::Jpeg).expect("a JPEG");
    uri(&jpeg.into_inner(), number)
}

#[test]
fn the_flood_of_a_key_does_not_hold_up_another_one() {
    let _alone = super::alone();
    let settings = [("HAIBAO_POOL__WORKERS", "2"), ("HAIBAO_HTTP__TIMEOUT_MS", "120000")];
    let (service, keys) = service(&settings, &["flood", "light"]);
    let (flood, light) = (&keys[0], &keys[1]);
    ask(&service, light, "small", 1, &small_jpeg(0)).poster();
    let png = large_png();
    let heavy = |number: usize| {
        let response = ask(&service, flood, "photo", 3, &uri(&png, number));
        assert!([200, 503].contains(&response.status), "{}", response.text());
        response.status == 200
    };
    let Beside { drawn, passed } = super::beside(0..24, heavy, |number| {
        ask(&service, light, "small", 1, &small_jpeg(number)).poster();
    });
    let most = *passed.iter().max().expect("some");
    println!("{} small posters, at most {most} of the flood's {drawn} were drawn during one: {passed:?}", passed.len());
    assert!(
        passed.len() > 10 && most * 4 < drawn,
        "small posters waited for so many of the flood's {drawn}: {passed:?}"
    );
}

#[test]
fn after_a_flood_what_fits_in_time_is_drawn_and_the_rest_is_told_when() {
    let _alone = super::alone();
    let settings = [("HAIBAO_POOL__WORKERS", "2"), ("HAIBAO_HTTP__TIMEOUT_MS", "20000")];
    let (service, keys) = service(&settings, &["shop"]);
    let key = &keys[0];
    let at_once = |count: usize, template: &str, scale: u32, picture: &[u8]| -> Vec<Response> {
        thread::scope(|scope| {
            let (service, template) = (&service, template);
            let running: Vec<_> =
                (0..count).map(|n| scope.spawn(move || ask(service, key, template, scale, &uri(picture, n)))).collect();
            running.into_iter().map(|task| task.join().expect("no panic")).collect()
        })
    };
    at_once(40, "photo", 3, &large_png());
    // 49 megapixels, as large as a photo's file.
    let mut photo = super::grey_jpeg(7000);
    photo.resize(3 << 20, 0);
    let responses = at_once(40, "small", 1, &photo);
    let drawn = responses.iter().filter(|response| response.status == 200).count();
    let statuses: Vec<_> = responses.iter().map(|response| response.status).collect();
    println!("{drawn} of 40 are drawn: {statuses:?}");
    assert!(drawn >= 4, "{statuses:?}");
    for response in responses.iter().filter(|response| response.status != 200) {
        response.problem(503, "busy");
        let wait: u64 = response.header("retry-after").parse().expect("seconds");
        assert!((1..=60).contains(&wait), "{wait}");
    }
    // The service is idle again: nothing of the flood remains.
    ask(&service, key, "small", 1, &uri(&photo, 99)).poster();
    assert!(service.peak_mib() < 400, "{} MiB", service.peak_mib());
}
