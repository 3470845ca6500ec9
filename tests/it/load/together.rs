//! Posters with several pictures, which together have more than the memory for pictures.

use std::{io::Write, thread, time::Duration};

use serde_json::json;

/// One megabyte.
const PICTURE: usize = 1 << 20;

#[test]
fn posters_of_several_large_pictures_do_not_wait_for_each_other() {
    assert_complete(&format!("Content-Length: {PICTURE}\r\n"));
}

#[test]
fn posters_of_pictures_of_unknown_size_do_not_wait_for_each_other() {
    assert_complete("");
}

/// Draws posters of pictures whose responses have these headers.
fn assert_complete(headers: &str) {
    let _alone = super::alone();
    let head = format!("HTTP/1.1 200 OK\r\n{headers}Connection: close\r\n\r\n");
    let mut jpeg = Vec::new();
    image::codecs::jpeg::JpegEncoder::new(&mut jpeg).encode_image(&image::RgbImage::new(64, 64)).expect("a JPEG");
    // Bytes behind the end of a JPEG are ignored.
    jpeg.resize(PICTURE, 0);
    let pictures = super::server(move |mut stream| {
        super::request(&mut stream);
        let _ = stream.write_all(head.as_bytes());
        // Slow enough that all arrive at the same time.
        for part in jpeg.chunks(64 << 10) {
            if stream.write_all(part).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
    });
    let image =
        |n: usize| json!({ "type": "image", "box": [0, 60 * n, 60, 60], "src": format!("{{{{photo}}}}/{n}.jpg") });
    let layers = json!([image(0), image(1), image(2)]);
    let settings = [
        // Half of it is the reserve, in which the pictures of one poster have room.
        ("HAIBAO_ASSETS__MEMORY_BYTES", "8388608"),
        ("HAIBAO_ASSETS__MAX_BYTES", "4194304"),
        ("HAIBAO_ASSETS__CACHE_BYTES", "0"),
        ("HAIBAO_ASSETS__MAX_PER_HOST", "100"),
        ("HAIBAO_ASSETS__TIMEOUT_MS", "60000"),
        ("HAIBAO_HTTP__TIMEOUT_MS", "60000"),
    ];
    let service = super::service_of(200, &layers, pictures, &settings);
    thread::scope(|scope| {
        for n in 0..12 {
            let service = &service;
            scope.spawn(move || {
                let params = json!({ "photo": format!("http://{pictures}/{n}") });
                let response = service.post(&json!({ "template": "photo", "params": params }));
                assert_eq!(response.status, 200, "{}", response.text());
            });
        }
    });
}
