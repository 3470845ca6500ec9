//! Links that expire while their posters are drawn.

use std::{
    io::{Read, Write},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use haibao::service::signing::{Config, Signer};
use serde_json::json;

use super::{KEY, max_age};
use crate::load::{server, service};

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a time")
}

#[test]
fn caches_keep_a_poster_only_for_the_rest_of_its_link() {
    // Responds at the time that the path names, s since 1970-01-01 UTC.
    let pictures = server(|mut stream| {
        let mut head = [0; 2048];
        let read = stream.read(&mut head).unwrap_or_default();
        let head = String::from_utf8_lossy(&head[..read]).into_owned();
        let at = head.split(['/', '.']).nth(1).and_then(|at| at.parse().ok()).expect("a time");
        thread::sleep(Duration::from_secs(at).saturating_sub(since_epoch()));
        let mut jpeg = Vec::new();
        image::codecs::jpeg::JpegEncoder::new(&mut jpeg).encode_image(&image::RgbImage::new(64, 64)).expect("a JPEG");
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", jpeg.len());
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&jpeg));
    });
    let settings = [("HAIBAO_LINKS__KEYS", KEY), ("HAIBAO_ASSETS__TIMEOUT_MS", "20000")];
    let service = service(pictures, &settings);
    let config = Config { keys: vec![KEY.into()], grid_seconds: 1, ..Config::default() };
    let signer = Signer::new(&config).expect("a signer");
    // A link that lives `seconds` to a poster whose picture arrives `after` s.
    let open = |seconds: u64, after: u64| {
        let now = since_epoch().as_secs();
        let photo = format!("http://{pictures}/{}.jpg", now + after);
        let request = json!({ "template": "photo", "params": { "photo": photo } });
        let link = signer.sign(request.as_object().expect("an object"), now, seconds).expect("a link");
        let path = format!("/v1/posters/{}.png?sig={}", link.payload, link.signature);
        (service.get(&path), path)
    };
    let (response, _) = open(60, 4);
    response.poster();
    assert!(max_age(&response) <= 60 - 4, "{}", response.header("cache-control"));
    let (late, path) = open(6, 7);
    late.poster();
    assert_eq!(late.header("cache-control"), "no-store", "the link has expired");
    service.get(&path).problem(403, "signature_expired");
}
