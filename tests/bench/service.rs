//! `cargo bench --bench service`: the whole process. Measures the time until the first poster, memory and time of 2000 distinct
//! posters (photo, nickname and code) over HTTP with all assets fetched, and the latency of stored codes and scenes.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a benchmark that panics has failed")]

mod lookups;
mod server;

use std::{
    io::Cursor,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, extract::Path, http::header::CONTENT_TYPE, routing::get};
use serde_json::json;
use server::Server;

const POSTERS: usize = 2000;
/// Number of concurrent clients.
const CLIENTS: usize = 4;
/// Target for peak memory, MiB.
const MAX_MEMORY: u64 = 200;
/// Target for the time until the first poster.
const MAX_FIRST_POSTER: Duration = Duration::from_millis(500);

fn main() {
    let posters = if std::env::args().any(|arg| arg == "--bench") { POSTERS } else { 20 };
    let first = (0..5).map(|_| first_poster()).min().expect("five runs");
    println!("\nfirst poster: {} ms after the process starts", first.as_millis());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(lookups::run(posters / 2, posters == POSTERS));
    let (took, cpu, peak) = runtime.block_on(many(posters));
    println!(
        "{posters} distinct posters over HTTP, {CLIENTS} concurrent clients: {:.1} ms each, {:.1} ms of the service's CPU time \
         (including the emulator); peak memory {peak} MiB",
        took.as_secs_f64() * 1000.0 / posters as f64,
        cpu.as_secs_f64() * 1000.0 / posters as f64,
    );
    assert!(peak < MAX_MEMORY, "the target is less than {MAX_MEMORY} MiB");
    if posters == POSTERS {
        assert!(first < MAX_FIRST_POSTER, "the target is less than {} ms", MAX_FIRST_POSTER.as_millis());
    }
}

/// Time from the start of the process until it has written the poster and exited.
fn first_poster() -> Duration {
    let dir = tempfile::tempdir().expect("a folder");
    let start = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_haibao"))
        .args(["demo", "--once"])
        .current_dir(dir.path())
        .stderr(Stdio::null())
        .status()
        .expect("haibao runs");
    let took = start.elapsed();
    assert!(status.success() && dir.path().join("poster.png").is_file());
    took
}

async fn many(posters: usize) -> (Duration, Duration, u64) {
    let photo = image::open(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/product-share/assets/vase.jpg"));
    let photo = Arc::new(photo.expect("a photo").into_rgb8());
    let photos = move |Path(name): Path<String>| {
        let photo = photo.clone();
        async move {
            let number: u32 = name.trim_end_matches(".jpg").parse().expect("a number");
            ([(CONTENT_TYPE, "image/jpeg")], one(&photo, number))
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let host = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/{name}", get(photos))).await });

    let client = server::client();
    let server = Server::start(&client, &[("HAIBAO_ASSETS__ALLOW_PRIVATE", &host.to_string())]).await;
    let base = &server.base;

    let start = Instant::now();
    let clients = (0..CLIENTS).map(|index| {
        let (client, base) = (client.clone(), base.clone());
        tokio::spawn(async move {
            for i in (index..posters).step_by(CLIENTS) {
                let body = json!({
                    "template": "product-share",
                    "params": {
                        "product": format!("http://{host}/{i}.jpg"), "title": format!("天青釉手作花瓶 第 {i} 件"),
                        "price": 12800 + i, "original": 16800, "nickname": format!("第 {i} 位朋友"),
                        "goods_id": "8801", "sharer_id": format!("u{i}"),
                    },
                });
                let request = client.post(format!("{base}/v1/posters")).header(CONTENT_TYPE, "application/json");
                let response = request.body(body.to_string()).send().await.expect("a response");
                let status = response.status();
                let bytes = response.bytes().await.expect("a body");
                assert!(status.is_success(), "{status} {}", String::from_utf8_lossy(&bytes));
                assert!(bytes.starts_with(b"\x89PNG"));
            }
        })
    });
    for task in clients.collect::<Vec<_>>() {
        task.await.expect("all posters are made");
    }
    (start.elapsed(), cpu_time(server.id()), peak_mib(server.id()))
}

/// The photo with a corner that is unique to `number`.
fn one(photo: &image::RgbImage, number: u32) -> Vec<u8> {
    let mut photo = photo.clone();
    for (x, y) in (0..64).flat_map(|x| (0..64).map(move |y| (x, y))) {
        photo.put_pixel(x, y, image::Rgb([number as u8, (number >> 8) as u8, (number >> 4) as u8]));
    }
    let mut out = Cursor::new(Vec::new());
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 85);
    photo.write_with_encoder(encoder).expect("encodes");
    out.into_inner()
}

/// CPU time of a process, user and system. Linux counts it in ticks of 10 ms.
fn cpu_time(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("Linux");
    // Fields 14 and 15 (proc(5)), located after the parenthesised name, which may contain spaces.
    let ticks = stat.rsplit_once(") ").expect("a name").1.split(' ').skip(11).take(2);
    Duration::from_millis(ticks.map(|field| field.parse::<u64>().expect("a number") * 10).sum())
}

/// Peak memory of a process, MiB (`VmHWM` of Linux).
fn peak_mib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("Linux");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("VmHWM");
    peak.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024
}
