//! Under load: heavy requests do not hold up light ones, and memory is bounded.

mod fair;
mod together;

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use haibao::wechat::emulator::Options;
use serde_json::{Value, json};

use crate::support::{Service, TEMPLATE, send, workspace};

/// Held by each test of this module: two floods on the same cores would measure each other.
fn alone() -> MutexGuard<'static, ()> {
    static FLOODS: Mutex<()> = Mutex::new(());
    FLOODS.lock().unwrap_or_else(PoisonError::into_inner)
}

const JSON: (&str, &str) = ("Content-Type", "application/json");

/// A service with the template `photo` of one picture, which may be fetched from `pictures`.
pub(crate) fn service(pictures: SocketAddr, settings: &[(&str, &str)]) -> Service {
    let image = json!({ "type": "image", "box": [0, 0, 200, 200], "src": "{{photo}}" });
    service_of(200, &json!([image]), pictures, settings)
}

/// As [`service`], with the side of the canvas and the layers of the template.
fn service_of(side: u32, layers: &Value, pictures: SocketAddr, settings: &[(&str, &str)]) -> Service {
    let folder = workspace();
    let layout = json!({
        "title": "photo", "canvas": { "width": side, "height": side }, "layers": layers,
        "params": { "type": "object", "properties": { "photo": { "type": "string", "format": "image" } } },
    });
    let own = folder.path().join("templates/photo");
    fs::create_dir_all(&own).expect("a folder");
    fs::write(own.join("layout.json"), layout.to_string()).expect("a file");
    let private = pictures.to_string();
    let mut all = vec![("HAIBAO_ASSETS__ALLOW_PRIVATE", private.as_str())];
    all.extend(settings);
    Service::with(&all, Options::default(), folder)
}

fn code(service: &Service, n: usize) {
    let body = json!({ "kind": "qr", "text": format!("https://example.com/{n}") }).to_string();
    let response = send(service.addr, "POST", "/v1/codes", &[JSON], body.as_bytes());
    assert_eq!(response.status, 200, "{}", response.text());
}

/// Posters of a flood that were drawn: all, and during each light request beside it.
struct Beside {
    drawn: usize,
    passed: Vec<usize>,
}

/// Sends a flood of requests at once, and light ones one after another until it is over. Counts the posters of the flood that are drawn
/// during each light one: unlike its time, their number does not depend on the speed of the machine. `heavy` returns whether a poster was
/// drawn.
fn beside<T: Send>(
    flood: impl IntoIterator<Item = T>,
    heavy: impl Fn(T) -> bool + Sync,
    mut light: impl FnMut(usize) + Send,
) -> Beside {
    let (drawn, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        let (drawn, is_over, heavy) = (&drawn, &is_over, &heavy);
        let send = |one: T| {
            scope.spawn(move || {
                if heavy(one) {
                    drawn.fetch_add(1, Ordering::SeqCst);
                }
            })
        };
        let running: Vec<_> = flood.into_iter().map(send).collect();
        let lights = scope.spawn(move || {
            let mut passed = Vec::new();
            while !is_over.load(Ordering::SeqCst) {
                let before = drawn.load(Ordering::SeqCst);
                light(passed.len());
                passed.push(drawn.load(Ordering::SeqCst) - before);
            }
            passed
        });
        let failed = running.into_iter().filter_map(|task| task.join().err()).count();
        is_over.store(true, Ordering::SeqCst);
        assert_eq!(failed, 0, "requests of the flood failed");
        Beside { drawn: drawn.load(Ordering::SeqCst), passed: lights.join().expect("no panic") }
    })
}

/// Serves every request with `serve` on its own thread.
pub(crate) fn server(serve: impl Fn(TcpStream) + Send + Sync + Clone + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let serve = serve.clone();
            thread::spawn(move || serve(stream));
        }
    });
    addr
}

/// Reads a request.
pub(crate) fn request(stream: &mut TcpStream) {
    let mut head = [0; 2048];
    let _ = stream.read(&mut head);
}

/// A grey JPEG of 4800 x 4800 px: 69 MB decoded.
fn large_jpeg() -> Vec<u8> {
    grey_jpeg(4800)
}

/// A grey JPEG.
fn grey_jpeg(side: u32) -> Vec<u8> {
    let (mut jpeg, pixels) = (Vec::new(), vec![0x80; (side * side) as usize]);
    let encoder = image::codecs::jpeg::JpegEncoder::new(&mut jpeg);
    image::ImageEncoder::write_image(encoder, &pixels, side, side, image::ExtendedColorType::L8).expect("a picture");
    jpeg
}

#[test]
fn explaining_goes_through_the_queue() {
    let _alone = alone();
    let service = service("127.0.0.1:1".parse().expect("an address"), &[("HAIBAO_HTTP__TIMEOUT_MS", "120000")]);
    code(&service, 0);
    let explain = |n: usize| {
        let mut body = json!({ "template": TEMPLATE, "params": { "title": format!("第 {n} 张") } });
        body["scale"] = json!(3);
        let png = [JSON, ("Accept", "image/png")];
        let response = send(service.addr, "POST", "/v1/posters/explain", &png, body.to_string().as_bytes());
        assert_eq!(response.status, 200, "{}", response.text());
        true
    };
    let Beside { passed, .. } = beside(0..40, explain, |n| code(&service, n));
    let most = *passed.iter().max().expect("some");
    println!("{} codes, at most {most} of 40 posters were explained during one", passed.len());
    assert!(most < 40 / 3, "a code waited while {most} of 40 posters were explained");
}

#[test]
fn large_pictures_do_not_hold_up_other_posters() {
    let _alone = alone();
    let jpeg = large_jpeg();
    let pictures = server(move |mut stream| {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", jpeg.len() + 1);
        // A trailing byte makes each picture another one for the caches.
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let tail = NUMBER.fetch_add(1, Ordering::SeqCst) as u8;
        request(&mut stream);
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&jpeg));
        let _ = stream.write_all(&[tail]);
    });
    let service = service(pictures, &[("HAIBAO_POOL__WORKERS", "2"), ("HAIBAO_HTTP__TIMEOUT_MS", "120000")]);
    let small = || service.post(&json!({ "template": TEMPLATE, "params": { "title": "x" } })).status;
    assert_eq!(small(), 200);
    let done = AtomicUsize::new(0);
    thread::scope(|scope| {
        for n in 0..12 {
            let (service, done) = (&service, &done);
            scope.spawn(move || {
                let photo = format!("http://{pictures}/{n}.jpg");
                let response = service.post(&json!({ "template": "photo", "params": { "photo": photo } }));
                assert_eq!(response.status, 200, "{}", response.text());
                done.fetch_add(1, Ordering::SeqCst);
            });
        }
        while done.load(Ordering::SeqCst) == 0 {
            thread::sleep(Duration::from_millis(5));
        }
        for _ in 0..3 {
            assert_eq!(small(), 200);
        }
        assert!(done.load(Ordering::SeqCst) < 12, "the small posters waited for all the large ones");
    });
    assert!(service.peak_mib() < 600, "{} MiB", service.peak_mib());
}

/// A JPEG of 12 megapixels.
fn photo() -> Vec<u8> {
    let picture = image::RgbImage::from_fn(4000, 3000, |x, y| {
        image::Rgb([(x / 16) as u8, (y / 12) as u8, ((x / 40 + y / 40) % 2 * 90) as u8])
    });
    let mut jpeg = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 60).encode_image(&picture).expect("a JPEG");
    jpeg
}

#[test]
fn phone_photos_do_not_hold_up_small_posters() {
    let _alone = alone();
    let jpeg = photo();
    let served = jpeg.clone();
    let pictures = server(move |mut stream| {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", served.len() + 1);
        static NUMBER: AtomicUsize = AtomicUsize::new(100);
        request(&mut stream);
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&served));
        let _ = stream.write_all(&[NUMBER.fetch_add(1, Ordering::SeqCst) as u8]);
    });
    let service = service(pictures, &[("HAIBAO_POOL__WORKERS", "2"), ("HAIBAO_HTTP__TIMEOUT_MS", "120000")]);
    // A trailing byte makes each picture another one for the caches.
    let other = |number: u8| [&jpeg[..], &[number]].concat();
    let uri = |number| format!("data:image/jpeg;base64,{}", STANDARD.encode(other(number)));
    let upload = |number| {
        let response = send(service.addr, "POST", "/v1/assets", &[], &other(number)).json();
        response["asset"].as_str().expect("a name").to_owned()
    };
    let source = |n: u8| match n % 3 {
        0 => uri(n),
        1 => upload(n),
        _ => format!("http://{pictures}/{n}.jpg"),
    };
    let photos: Vec<_> = (0..20).map(source).collect();
    let small = |number: usize| {
        let response = service.post(&json!({ "template": TEMPLATE, "params": { "title": format!("{number}") } }));
        assert_eq!(response.status, 200, "{}", response.text());
    };
    small(0);
    let large = |photo: String| {
        let response = service.post(&json!({ "template": "photo", "params": { "photo": photo } }));
        assert_eq!(response.status, 200, "{}", response.text());
        true
    };
    let Beside { passed, .. } = beside(photos, large, |number| small(number + 1));
    let most = *passed.iter().max().expect("some");
    println!("{} small posters, at most {most} of 20 photos were drawn during one", passed.len());
    assert!(most < 20 / 3, "a small poster waited for {most} of 20 photos");
    assert!(service.peak_mib() < 600, "{} MiB", service.peak_mib());
}

#[test]
fn pictures_in_flight_are_bounded() {
    let _alone = alone();
    // Each sends 14 of 15 MB, then stalls.
    let slow = server(|mut stream| {
        request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 15000000\r\n\r\n");
        for _ in 0..14 {
            if stream.write_all(&[1; 1_000_000]).is_err() {
                return;
            }
        }
        thread::sleep(Duration::from_secs(60));
    });
    let service = service(slow, &[("HAIBAO_ASSETS__MAX_PER_HOST", "1000"), ("HAIBAO_ASSETS__TIMEOUT_MS", "3000")]);
    let before = service.peak_mib();
    let statuses: Vec<Value> = thread::scope(|scope| {
        let send = |n: usize| {
            let photo = format!("http://{slow}/{n}.jpg");
            service.post(&json!({ "template": "photo", "params": { "photo": photo } })).json()["code"].clone()
        };
        let running: Vec<_> = (0..60).map(|n| scope.spawn(move || send(n))).collect();
        running.into_iter().map(|task| task.join().expect("no panic")).collect()
    });
    // A picture that gets memory at last has what is left of the request's time: its host is not blamed for the rest.
    assert!(
        statuses.iter().all(|code| ["busy", "asset_timeout", "deadline"].contains(&code.as_str().unwrap_or_default()))
    );
    assert!(statuses.iter().any(|code| code == "busy") && statuses.iter().any(|code| code == "asset_timeout"));
    let grown = service.peak_mib() - before;
    assert!(grown < 300, "60 pictures of 14 MB took {grown} MiB");
}

#[test]
fn the_layers_of_large_posters_are_bounded() {
    let _alone = alone();
    let pictures = server(|mut stream| {
        request(&mut stream);
        let mut photo = Vec::new();
        image::codecs::jpeg::JpegEncoder::new(&mut photo).encode_image(&image::RgbImage::new(64, 64)).expect("a JPEG");
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", photo.len());
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&photo));
    });
    // At scale 3, each layer has 36 MB of pixels.
    let shape = |radius: u32| json!({ "type": "shape", "box": [0, 0, 1000, 1000], "background": "#ffffff80", "border_radius": radius });
    let image = json!({ "type": "image", "box": [0, 0, 1000, 1000], "src": "{{photo}}" });
    let layers = json!([image, shape(40), shape(80)]);
    let settings = [
        ("HAIBAO_POOL__WORKERS", "6"),
        // The default of two threads.
        ("HAIBAO_POOL__MEMORY_BYTES", "150994944"),
        ("HAIBAO_HTTP__TIMEOUT_MS", "120000"),
    ];
    let service = service_of(1000, &layers, pictures, &settings);
    thread::scope(|scope| {
        for n in 0..8 {
            let service = &service;
            scope.spawn(move || {
                let params = json!({ "photo": format!("http://{pictures}/{n}.jpg") });
                let response = service.post(&json!({ "template": "photo", "params": params, "scale": 3 }));
                assert_eq!(response.status, 200, "{}", response.text());
            });
        }
    });
    let peak = service.peak_mib();
    println!("peak: {peak} MiB");
    assert!(peak < 400, "{peak} MiB");
}

/// A picture of noise, which no encoder makes smaller: 3 bytes per pixel.
fn noise(side: u32) -> Vec<u8> {
    let mut seed = 1_u32;
    let picture = image::RgbImage::from_fn(side, side, |_, _| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [r, g, b, _] = seed.to_be_bytes();
        image::Rgb([r, g, b])
    });
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).expect("a PNG");
    png.into_inner()
}

#[test]
fn finished_posters_of_an_export_are_not_kept_in_memory() {
    let _alone = alone();
    let image = json!({ "type": "image", "box": [0, 0, 1000, 1000], "src": "{{photo}}" });
    let settings = [("HAIBAO_POOL__WORKERS", "2"), ("HAIBAO_HTTP__TIMEOUT_MS", "120000")];
    let service = service_of(1000, &json!([image]), "127.0.0.1:1".parse().expect("an address"), &settings);
    let uploaded = send(service.addr, "POST", "/v1/assets", &[], &noise(2000)).json();
    let asset = uploaded["asset"].as_str().unwrap_or_else(|| panic!("{uploaded}"));
    // A chunk of 32 posters of 12 MB each.
    let sheet = format!("photo\n{}", format!("{asset}\n").repeat(32));
    let part = |name: &str, text: &str| format!("--b\r\ncontent-disposition: form-data; {name}\r\n\r\n{text}\r\n");
    let options = part("name=options", &json!({ "template": "photo", "scale": 2 }).to_string());
    let body = format!("{options}{}--b--\r\n", part("name=file; filename=a.csv", &sheet));
    let form = [("Content-Type", "multipart/form-data; boundary=b")];
    let started = send(service.addr, "POST", "/v1/exports", &form, body.as_bytes());
    assert_eq!(started.status, 202, "{}", started.text());
    let path = format!("/v1/exports/{}", started.json()["id"].as_str().expect("an id"));
    let start = Instant::now();
    let export = loop {
        let export = service.get(&path).json();
        if export["state"] == "done" {
            break export;
        }
        assert!(start.elapsed() < Duration::from_secs(240), "{export:#}");
        thread::sleep(Duration::from_millis(100));
    };
    assert_eq!((&export["done"], &export["failed"]), (&json!(32), &json!(0)), "{export:#}");
    let peak = service.peak_mib();
    println!("peak: {peak} MiB, {:?}", start.elapsed());
    assert!(peak < 400, "{peak} MiB");
}
