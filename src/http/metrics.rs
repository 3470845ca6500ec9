//! `GET /metrics`: metrics as OpenMetrics text.

use std::{
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use axum::{
    extract::State,
    http::{Method, header},
    response::{IntoResponse, Response},
};
use tokio::time::timeout;

use super::{
    access::Access::Key,
    openapi::operation::{Operation, Tag},
    route::Route,
};
use crate::{
    access::Scope,
    metrics::{self, Level},
    service::App,
    store::exports,
};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Time after which the numbers of exports are left as they were.
const TIMEOUT: Duration = Duration::from_secs(1);
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

pub(super) fn routes() -> Vec<Route> {
    vec![Route::new("/metrics", Key(Scope::Admin)).get(metrics, |_| {
        Operation::new("getMetrics", Tag::Service, "Metrics for Prometheus").file(
            200,
            "OpenMetrics text.",
            "application/openmetrics-text",
        )
    })]
}

/// Starts the clock of the uptime.
pub(super) fn start() {
    LazyLock::force(&START);
}

/// Reads the gauges and returns all metrics.
async fn metrics(State(app): State<Arc<App>>) -> Response {
    read_gauges(&app);
    if let Ok(Ok(states)) = timeout(TIMEOUT, app.exports.records.by_state()).await {
        for state in exports::ExportState::ALL {
            let number = states.iter().find(|(name, _)| name == state.name()).map_or(0, |(_, number)| *number);
            metrics::exports(state.name(), number);
        }
    }
    ([(header::CONTENT_TYPE, OPEN_METRICS), (header::CACHE_CONTROL, "no-store")], metrics::text()).into_response()
}

fn read_gauges(app: &App) {
    let edges =
        [app.fetcher.cache_usage(), app.codes.cache_usage(), app.links.cache_usage(), app.versions.cache_usage()];
    app.renderer.caches().iter().chain(&edges).for_each(metrics::cache);
    for (name, quota, calls) in app.codes.quota_remaining() {
        metrics::quota_remaining(name, quota, calls);
    }
    let depth = app.pool.depth();
    metrics::set(Level::PoolWorkers, app.pool.workers());
    metrics::set(Level::PoolRunning, depth.running);
    metrics::set(Level::PoolWaiting, depth.waiting);
    metrics::set(Level::PostersWaiting, app.posters_waiting());
    metrics::set(Level::PoolMemory, usize::try_from(depth.memory_bytes).unwrap_or(usize::MAX));
    metrics::set(Level::Templates, app.catalog.usable());
    metrics::set(Level::TemplatesBroken, app.catalog.broken().len());
    if let Some(bytes) = resident_bytes() {
        metrics::set(Level::Memory, bytes);
    }
    metrics::uptime(START.elapsed());
}

/// Memory of the process. `None` where the system does not tell.
fn resident_bytes() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<usize>().ok()?.checked_mul(1024)
}

/// The method, if it is a known one: clients may send any text.
pub(super) fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_are_counted_by_route_method_and_status() {
        // A route has one for its handlers, and one for other methods.
        let both = ["/test"; 2].map(metrics::Responses::new);
        for (method, status) in [("GET", 200), ("GET", 200), ("HEAD", 200), ("GET", 404)] {
            both.iter().for_each(|responses| responses.record(method, status, Duration::from_millis(1)));
        }
        let text = metrics::text();
        for line in [
            r#"haibao_http_requests_total{route="/test",method="GET",status="200"} 4"#,
            r#"haibao_http_requests_total{route="/test",method="HEAD",status="200"} 2"#,
            r#"haibao_http_requests_total{route="/test",method="GET",status="404"} 2"#,
            r#"haibao_http_request_seconds_count{route="/test"} 8"#,
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
    }

    #[tokio::test]
    async fn the_memory_of_drawing_is_read_with_the_metrics() {
        let (app, _, _wechat, _folder) = crate::service::export::tests::app().await;
        let memory = || {
            read_gauges(&app);
            let text = metrics::text();
            let value = text.lines().find_map(|line| line.strip_prefix("haibao_pool_memory_bytes "));
            value.expect("a gauge").parse::<u64>().expect("bytes")
        };
        let before = memory();
        // A response that is not sent.
        let held = app.pool.hold(3 << 20);
        assert_eq!(memory(), before + (3 << 20));
        drop(held);
        assert_eq!(memory(), before);
    }
}
