//! `GET /healthz`: whether the service is listening. `GET /readyz`: whether this instance can compose posters, and the state
//! of each part.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::{
    sync::Mutex,
    time::{error::Elapsed, timeout},
};

use super::{
    access::Access::Open,
    openapi::{
        operation::{Operation, Tag},
        schemas::absent,
    },
    route::Route,
};
use crate::{service::App, words};
use haibao_core::error::{Error, ErrorKind, Result};

/// Time after which a store counts as unreachable.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Time for which the state of the stores is reused, so that frequent checks do not load them.
const MAX_AGE: Duration = Duration::from_secs(1);

/// Names of what failed: database, blob store.
type Failures = [Option<&'static str>; 2];

/// Results of the last check of the stores.
static STORES: Mutex<Option<(Instant, Failures)>> = Mutex::const_new(None);

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new("/healthz", Open).health().get(
            || async { "ok\n" },
            |_| {
                Operation::new("getHealth", Tag::Service, "Whether the service is listening").file(
                    200,
                    "`ok`",
                    "text/plain",
                )
            },
        ),
        Route::new("/readyz", Open).health().get(ready, |schemas| {
            let about = "State of each part.";
            Operation::new("getReadiness", Tag::Service, "Whether the service can compose posters")
                .json::<Readiness>(schemas, 200, about)
                .json::<Readiness>(schemas, 503, about)
        }),
    ]
}

/// Whether the service can compose posters.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Readiness {
    ready: bool,
    /// Version of haibao.
    version: &'static str,
    parts: BTreeMap<&'static str, PartState>,
}

/// State of one part: `templates`, `fonts`, `store`, `blobs`, `process`.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct PartState {
    state: PartHealth,
    /// Code of the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = absent)]
    code: Option<&'static str>,
    /// Codes of the errors of templates whose files are broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = absent)]
    broken: Option<BTreeMap<String, &'static str>>,
}

/// Health of a part.
#[derive(Serialize, JsonSchema, PartialEq)]
#[serde(rename_all = "snake_case")]
enum PartHealth {
    Ok,
    /// Works in part: some templates are broken.
    Degraded,
    Failed,
}

/// 200 if the service can compose posters, else 503.
async fn ready(State(app): State<Arc<App>>) -> Response {
    let [store, blobs] = stores(&app).await;
    let closing = app.exports.is_closing().then_some("shutting_down");
    let fonts = app.renderer.fonts().face(0).is_none().then_some("fonts_missing");
    let parts = BTreeMap::from([
        ("process", PartState::of(closing)),
        ("templates", templates(&app)),
        ("fonts", PartState::of(fonts)),
        ("store", PartState::of(store)),
        ("blobs", PartState::of(blobs)),
    ]);
    let ready = parts.values().all(|part| part.state != PartHealth::Failed);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = Readiness { ready, version: env!("CARGO_PKG_VERSION"), parts };
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl PartState {
    /// The state of a part that works, or fails with a code.
    fn of(code: Option<&'static str>) -> Self {
        Self { state: if code.is_some() { PartHealth::Failed } else { PartHealth::Ok }, code, broken: None }
    }
}

/// Broken templates degrade the service: the others, and their own previous versions, are served. Until all have been loaded once,
/// requests would wait for theirs.
fn templates(app: &App) -> PartState {
    if !app.catalog.is_loaded() {
        return PartState::of(Some("starting"));
    }
    let broken = app.catalog.broken();
    if app.catalog.usable() == 0 {
        return PartState::of(Some("templates_missing"));
    }
    if broken.is_empty() {
        return PartState::of(None);
    }
    let codes = broken.iter().map(|(id, error)| (id.clone(), error.code())).collect();
    PartState { state: PartHealth::Degraded, code: None, broken: Some(codes) }
}

/// Codes of the errors of database and blob store. Messages are left to the log: they name folders and hosts.
async fn stores(app: &App) -> Failures {
    let mut last = STORES.lock().await;
    if let Some((at, parts)) = &*last
        && at.elapsed() < MAX_AGE
    {
        return *parts;
    }
    let store = async {
        app.exports.records.check().await?;
        app.codes.store().check_writable().await
    };
    let blobs = async {
        app.exports.blobs.size("ready").await?;
        app.exports.blobs.check_writable().await
    };
    let store = async { outcome("store", timeout(TIMEOUT, store).await) };
    let blobs = async { outcome("blobs", timeout(TIMEOUT, blobs).await) };
    let (store, blobs) = tokio::join!(store, blobs);
    *last = Some((Instant::now(), [store, blobs]));
    [store, blobs]
}

/// The code of the error, if the part does not work.
fn outcome<T>(part: &str, result: Result<Result<T>, Elapsed>) -> Option<&'static str> {
    let error = match result {
        Ok(result) => result.err()?,
        Err(_) => Error::of(ErrorKind::Busy, words::no_answer()),
    };
    tracing::warn!(part, code = error.code(), error = error.message(), "a part is not ready");
    Some(error.code())
}
