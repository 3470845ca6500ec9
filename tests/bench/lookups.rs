//! `cargo bench --bench lookups`: what the service itself takes for a code that it has and for a scan's scene, over HTTP
//! on a kept connection; an empty answer (`/healthz`) beside them is what the connection costs.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a benchmark that panics has failed")]

use std::{
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

const RUNS: usize = 1000;
/// The product's promise, of the service's own time.
const MOST: Duration = Duration::from_millis(1);

/// A server that is stopped when the benchmark ends, however it ends.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn main() {
    let full = std::env::args().any(|arg| arg == "--bench");
    tokio::runtime::Runtime::new().expect("a runtime").block_on(run(if full { RUNS } else { 5 }, full));
}

async fn run(runs: usize, full: bool) {
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port");
    let child = Command::new(env!("CARGO_BIN_EXE_haibao"))
        .args(["serve", "--demo", "--addr", &free.to_string()])
        // Every code is read from the store.
        .env("HAIBAO_WECHAT__CACHE_BYTES", "0")
        .env("HAIBAO_LOG", "warn")
        .stderr(Stdio::null())
        .spawn()
        .expect("haibao serves");
    let _server = Server(child);
    let base = format!("http://{free}");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().no_proxy().build().expect("a client");
    let started = Instant::now();
    while client.get(format!("{base}/healthz")).send().await.is_err() {
        assert!(started.elapsed() < Duration::from_secs(20), "the service does not start");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let post = |path: &str, body: &Value| {
        let request = client.post(format!("{base}{path}")).header("content-type", "application/json");
        request.body(body.to_string())
    };
    let code = json!({ "page": "pages/a", "scene": "id=8801" });
    assert!(post("/v1/codes", &code).send().await.expect("an answer").status().is_success());
    let link = json!({ "params": { "note": "一段放不进三十二个字符的参数".repeat(4) } });
    let link = post("/v1/scenes", &link).send().await.expect("an answer").bytes().await.expect("a body");
    let link: Value = serde_json::from_slice(&link).expect("JSON");
    let id = link["id"].as_str().expect("a short link").to_owned();

    let empty = median(runs, || client.get(format!("{base}/healthz"))).await;
    let code = median(runs, || post("/v1/codes", &code)).await;
    let scene = median(runs, || client.get(format!("{base}/v1/scenes/{id}"))).await;
    let own = |whole: Duration| whole.saturating_sub(empty);
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!("\n| over HTTP, median of {runs} | ms | more than an empty answer |\n|---|---:|---:|");
    println!("| an empty answer | {:.3} | |", ms(empty));
    println!("| a code from the store | {:.3} | {:.3} |", ms(code), ms(own(code)));
    println!("| a scan's scene | {:.3} | {:.3} |", ms(scene), ms(own(scene)));
    if full {
        assert!(own(code) < MOST && own(scene) < MOST, "the promise is less than {} ms", MOST.as_millis());
    }
}

/// The median time of a request and its whole answer.
async fn median(runs: usize, request: impl Fn() -> RequestBuilder) -> Duration {
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs {
        let start = Instant::now();
        let response = request().send().await.expect("an answer");
        assert!(response.status().is_success(), "{}", response.status());
        response.bytes().await.expect("a body");
        times.push(start.elapsed());
    }
    times.sort();
    times[runs / 2]
}
