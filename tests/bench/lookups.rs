//! What the service itself takes for a code that it has and for a scan's scene, over HTTP on a kept connection; an empty
//! answer (`/healthz`) beside them is what the connection costs.

use std::time::{Duration, Instant};

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::server::{Server, client};

/// The product's promise, of the service's own time.
const MOST: Duration = Duration::from_millis(1);

/// Measures both, so many times; a full run fails when the promise is broken.
pub async fn run(runs: usize, full: bool) {
    let client = client();
    // Every code is read from the store.
    let server = Server::start(&client, &[("HAIBAO_WECHAT__CACHE_BYTES", "0")]).await;
    let base = &server.base;
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
