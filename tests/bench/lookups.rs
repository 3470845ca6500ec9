//! Latency of a stored code and of a scan's scene over a persistent HTTP connection. An empty response (`/healthz`) measures
//! the cost of the connection, which is subtracted.

use std::time::{Duration, Instant};

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::server::{Server, client};

/// Target for the service's own time per request.
const MAX_OWN_TIME: Duration = Duration::from_millis(1);

/// Measures both with `runs` requests each. A full run fails if the target is missed.
pub async fn run(runs: usize, full: bool) {
    let client = client();
    // No memory cache: every code is read from the store.
    let server = Server::start(&client, &[("HAIBAO_WECHAT__CACHE_BYTES", "0")]).await;
    let base = &server.base;
    let post = |path: &str, body: &Value| {
        let request = client.post(format!("{base}{path}")).header("content-type", "application/json");
        request.body(body.to_string())
    };
    let code = json!({ "page": "pages/a", "scene": "id=8801" });
    assert!(post("/v1/codes", &code).send().await.expect("a response").status().is_success());
    let link = json!({ "params": { "note": "一段放不进三十二个字符的参数".repeat(4) } });
    let link = post("/v1/scenes", &link).send().await.expect("a response").bytes().await.expect("a body");
    let link: Value = serde_json::from_slice(&link).expect("JSON");
    let id = link["id"].as_str().expect("a short link").to_owned();

    let empty = median(runs, || client.get(format!("{base}/healthz"))).await;
    let code = median(runs, || post("/v1/codes", &code)).await;
    let scene = median(runs, || client.get(format!("{base}/v1/scenes/{id}"))).await;
    let own = |total: Duration| total.saturating_sub(empty);
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!("\n| over HTTP, median of {runs} | ms | minus the empty response |\n|---|---:|---:|");
    println!("| empty response | {:.3} | |", ms(empty));
    println!("| code from the store | {:.3} | {:.3} |", ms(code), ms(own(code)));
    println!("| scene of a scan | {:.3} | {:.3} |", ms(scene), ms(own(scene)));
    if full {
        assert!(
            own(code) < MAX_OWN_TIME && own(scene) < MAX_OWN_TIME,
            "the target is less than {} ms",
            MAX_OWN_TIME.as_millis()
        );
    }
}

/// Median time from sending a request to the end of its response.
async fn median(runs: usize, request: impl Fn() -> RequestBuilder) -> Duration {
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs {
        let start = Instant::now();
        let response = request().send().await.expect("a response");
        assert!(response.status().is_success(), "{}", response.status());
        response.bytes().await.expect("a body");
        times.push(start.elapsed());
    }
    times.sort();
    times[runs / 2]
}
