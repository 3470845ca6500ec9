//! Hostile input through the service: pictures and addresses. Every response is documented, memory is bounded, and the
//! next poster is right.

use std::{
    collections::BTreeMap,
    fs,
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use haibao::wechat::emulator::Options;
use serde::Deserialize;
use serde_json::json;
use url::{Host, Url};

use self::pictures::{SAMPLES, sample, with_size};
use crate::support::{Random, Response, Service, send, workspace};

#[path = "../kit/hostile.rs"]
mod pictures;

/// Bound of the peak memory of a service, MiB. Debug builds take more than release builds.
const PEAK_MIB: usize = 400;

/// A service with the template `photo` of one picture.
fn service(settings: &[(&str, &str)]) -> Service {
    let folder = workspace();
    let layout = json!({
        "title": "photo", "canvas": { "width": 100, "height": 100 },
        "params": { "type": "object", "properties": { "photo": { "type": "string", "format": "image" } } },
        "layers": [{ "type": "image", "box": [0, 0, 100, 100], "src": "{{photo}}" }],
    });
    let own = folder.path().join("templates/photo");
    fs::create_dir_all(&own).expect("a folder");
    fs::write(own.join("layout.json"), layout.to_string()).expect("a file");
    Service::with(settings, Options::default(), folder)
}

fn poster(service: &Service, photo: &str) -> Response {
    service.post(&json!({ "template": "photo", "params": { "photo": photo } }))
}

fn data(bytes: &[u8]) -> String {
    format!("data:image/png;base64,{}", STANDARD.encode(bytes))
}

/// Pictures for the service: the other damages are tried on the decoder in `tests/render/hostile.rs`.
fn hostile() -> Vec<pictures::Sample> {
    let mut all = pictures::bombs();
    all.extend(pictures::orientations());
    all.extend(pictures::polyglots());
    let mut random = Random::new();
    for (name, bytes) in SAMPLES {
        all.extend([1, 10, 25, 49].map(|n| (format!("{n}/50 of {name}"), bytes[..bytes.len() * n / 50].to_vec())));
        all.extend(with_size(name, 500, 400).map(|bytes| (format!("{name} as 500 x 400"), bytes)));
        let mut damaged = sample(name);
        for _ in 0..4 {
            let at = random.below(damaged.len() as u64) as usize;
            damaged[at] ^= 1 << random.below(8);
        }
        all.push((format!("damaged {name}"), damaged));
    }
    all
}

#[test]
fn hostile_pictures_do_no_harm() {
    let service = service(&[]);
    let good = data(&sample("baseline.jpg"));
    let expected = poster(&service, &good).poster().to_vec();
    let codes = ["picture_broken", "picture_format", "picture_large", "picture_small", "picture_web_page"];
    for (name, bytes) in hostile() {
        let response = poster(&service, &data(&bytes));
        match response.status {
            200 => drop(image::load_from_memory(response.poster()).unwrap_or_else(|e| panic!("{name}: {e}"))),
            422 => {
                let code = response.json()["code"].as_str().unwrap_or_default().to_owned();
                // No bytes at all are an invalid data: URI.
                assert!(codes.contains(&&*code) || bytes.is_empty() && code == "data_uri_invalid", "{name}: {code}");
            }
            status => panic!("{name}: {status} {}", response.text()),
        }
        assert!(poster(&service, &good).poster() == expected, "the poster after {name} differs");
    }
    let peak = service.peak_mib();
    println!("peak: {peak} MiB");
    assert!(peak < PEAK_MIB, "{peak} MiB");
}

#[test]
fn hostile_uploads_are_stored_as_pictures_or_refused() {
    let service = service(&[]);
    let good = sample("baseline.jpg");
    for (name, bytes) in hostile() {
        let response = send(service.addr, "POST", "/v1/assets", &[("Content-Type", "text/html")], &bytes);
        match response.status {
            200 | 201 => {}
            415 => drop(response.problem(415, "picture_unsupported")),
            413 => drop(response.problem(413, "asset_too_large")),
            status => panic!("{name}: {status} {}", response.text()),
        }
        if response.status >= 400 {
            continue;
        }
        let body = response.json();
        let path = format!("/v1/assets/{}", body["asset"].as_str().expect("a name").replace("asset:", ""));
        let got = send(service.addr, "GET", &path, &[("Accept", "text/html")], b"");
        assert!(got.body == bytes, "{name}: other bytes");
        assert!(["image/jpeg", "image/png", "image/webp", "image/gif"].contains(&got.header("content-type")), "{name}");
        assert_eq!(got.header("x-content-type-options"), "nosniff", "{name}");
        assert!(got.header("content-security-policy").contains("sandbox"), "{name}");
        let drawn = poster(&service, body["asset"].as_str().expect("a name"));
        assert!([200, 422].contains(&drawn.status), "{name}: {} {}", drawn.status, drawn.text());
    }
    let upload = send(service.addr, "POST", "/v1/assets", &[], &good).json();
    let drawn = poster(&service, upload["asset"].as_str().expect("a name"));
    assert!(drawn.poster() == poster(&service, &data(&good)).poster());
    let peak = service.peak_mib();
    assert!(peak < PEAK_MIB, "{peak} MiB");
}

#[derive(Deserialize)]
struct Vectors {
    urls: BTreeMap<String, Vec<String>>,
}

#[test]
fn hostile_addresses_are_refused() {
    let canary = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = canary.local_addr().expect("its address").port().to_string();
    let connections = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&connections);
    thread::spawn(move || {
        for _ in canary.incoming() {
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    let service = service(&[("HAIBAO_ASSETS__ALLOW_PORTS", &format!("80,443,{port}"))]);
    let vectors: Vectors = serde_json::from_str(include_str!("../vectors/addresses.json")).expect("the file");
    let mut failures = Vec::new();
    let mut tried = 0;
    for text in vectors.urls.values().flatten() {
        let url = text.replace("{port}", &port);
        // Names would be looked up at the machine's name servers; `fetch/tests/hostile.rs` has a name server for them.
        let is_name = Url::parse(&url).is_ok_and(|url| matches!(url.host(), Some(Host::Domain(_))));
        if is_name || url.is_empty() || url.to_ascii_lowercase().starts_with("data:") {
            continue;
        }
        tried += 1;
        let response = poster(&service, &url);
        let code = response.json()["errors"][0]["code"].as_str().unwrap_or_default().to_owned();
        if response.status != 422 || !["asset_refused", "param_invalid"].contains(&&*code) {
            failures.push(format!("{url:?}: {} {}", response.status, response.text()));
        }
        if connections.swap(0, Ordering::SeqCst) > 0 {
            failures.push(format!("{url:?} reached the canary"));
        }
    }
    assert!(tried >= 150, "{tried} addresses");
    assert!(failures.is_empty(), "{} addresses:\n{}", failures.len(), failures.join("\n"));
    let good = poster(&service, &data(&sample("rgb.png")));
    assert_eq!(good.status, 200, "{}", good.text());
}
