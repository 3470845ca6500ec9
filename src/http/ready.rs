//! `GET /readyz`: whether this instance can compose posters, and the state of each part.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};
use tokio::{
    sync::Mutex,
    time::{error::Elapsed, timeout},
};

use crate::service::App;
use haibao_core::error::{Error, ErrorKind, Result};

/// Time after which a store counts as unreachable.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Time for which the state of the stores is reused, so that frequent checks do not load them.
const MAX_AGE: Duration = Duration::from_secs(1);

/// State of one part.
enum Part {
    Ok,
    /// Works in part.
    Degraded(Value),
    Failed(&'static str),
}

/// Names of what failed: database, blob store.
type Failures = [Option<&'static str>; 2];

/// Results of the last check of the stores.
static STORES: Mutex<Option<(Instant, Failures)>> = Mutex::const_new(None);

/// 200 if the service can compose posters, else 503.
pub async fn ready(State(app): State<Arc<App>>) -> Response {
    let [store, blobs] = stores(&app).await;
    let part = |failed: Option<&'static str>| failed.map_or(Part::Ok, Part::Failed);
    let process = if app.exports.is_closing() { Part::Failed("shutting_down") } else { Part::Ok };
    let fonts = if app.renderer.fonts().face(0).is_none() { Part::Failed("fonts_missing") } else { Part::Ok };
    let parts = [
        ("process", process),
        ("templates", templates(&app)),
        ("fonts", fonts),
        ("store", part(store)),
        ("blobs", part(blobs)),
    ];
    let is_ready = !parts.iter().any(|(_, part)| matches!(part, Part::Failed(_)));
    let parts: Map<String, Value> = parts.into_iter().map(|(name, part)| (name.to_owned(), part.json())).collect();
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({ "ready": is_ready, "version": env!("CARGO_PKG_VERSION"), "parts": parts });
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl Part {
    fn json(self) -> Value {
        match self {
            Self::Ok => json!({ "state": "ok" }),
            Self::Degraded(broken) => json!({ "state": "degraded", "broken": broken }),
            Self::Failed(code) => json!({ "state": "failed", "code": code }),
        }
    }
}

/// Broken templates degrade the service: the others, and their own previous versions, are served.
fn templates(app: &App) -> Part {
    let broken = app.catalog.broken();
    if app.catalog.usable() == 0 {
        return Part::Failed("templates_missing");
    }
    if broken.is_empty() {
        return Part::Ok;
    }
    Part::Degraded(broken.iter().map(|(id, error)| (id.clone(), error.code().into())).collect::<Map<_, _>>().into())
}

/// Codes of the errors of database and blob store. Messages are left to the log: they name folders and hosts.
async fn stores(app: &App) -> Failures {
    let mut last = STORES.lock().await;
    if let Some((at, parts)) = &*last
        && at.elapsed() < MAX_AGE
    {
        return *parts;
    }
    let store = async { outcome("store", timeout(TIMEOUT, app.exports.records.check()).await) };
    let blobs = async { outcome("blobs", timeout(TIMEOUT, app.exports.blobs.size("ready")).await) };
    let (store, blobs) = tokio::join!(store, blobs);
    *last = Some((Instant::now(), [store, blobs]));
    [store, blobs]
}

/// The code of the error, if the part does not work.
fn outcome<T>(part: &str, result: Result<Result<T>, Elapsed>) -> Option<&'static str> {
    let error = match result {
        Ok(result) => result.err()?,
        Err(_) => Error::new(ErrorKind::Busy, "store_busy", "no answer in time"),
    };
    tracing::warn!(part, code = error.code(), message = error.message(), "a part is not ready");
    Some(error.code())
}
