//! The HTTP service: one file per resource, one line per path in `routes.rs`; this file has the middleware.

mod access;
mod body;
mod code_fields;
mod codes;
mod exports;
mod index;
mod legacy;
mod local;
mod login;
mod posters;
mod problem;
mod routes;
mod same_origin;
mod scenes;
mod templates;
#[cfg(test)]
mod tests;

use std::{any::Any, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, Uri},
    middleware::{self, Next},
    response::Response,
};
use problem::Problem;
use serde::Deserialize;
use tower_http::{
    catch_panic::CatchPanicLayer,
    request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    trace::TraceLayer,
};

pub use index::curl;

use crate::service::{App, call::Call};
use haibao_core::{
    error::{Error, ErrorKind},
    template::source::nearest,
};

/// Limits of the HTTP service (`[http]`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Maximum request body, bytes. Default: 1 MiB.
    pub max_body_bytes: usize,
    /// Request timeout, ms. Default: 30 000.
    pub timeout_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { max_body_bytes: 1 << 20, timeout_ms: 30_000 }
    }
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// All routes and middleware.
pub fn router(app: Arc<App>, config: Config) -> Router {
    let routes = routes::routes(&app);
    let paths: Arc<[&str]> = routes.iter().map(|(path, ..)| *path).filter(|path| is_suggested(path)).collect();
    let router = routes.into_iter().fold(Router::new(), |router, (path, access, methods)| {
        let enforce = middleware::from_fn_with_state((app.keys.clone(), access), access::enforce);
        router.route(path, methods.layer(enforce))
    });
    router
        .fallback(move |uri| unknown_path(uri, paths))
        .method_not_allowed_fallback(unknown_method)
        .with_state(app)
        // Layers, innermost first.
        .layer(DefaultBodyLimit::max(config.max_body_bytes))
        .layer(middleware::from_fn_with_state(Duration::from_millis(config.timeout_ms), deadline))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, RequestIds))
}

/// Whether the hint of a 404 may name a path: neither one with parameters, nor the files of a page.
fn is_suggested(path: &str) -> bool {
    !path.contains(['{', '.'])
}

async fn unknown_path(uri: Uri, paths: Arc<[&str]>) -> Problem {
    let path: String = uri.path().chars().take(100).collect();
    let error = Error::new(ErrorKind::NotFound, "path_unknown", format!("no resource at {path}"));
    let hint = match nearest(&path, paths.iter().copied()) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("known paths: {}", paths.join(", ")),
    };
    error.hint(hint).into()
}

async fn unknown_method(method: Method, uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(100).collect();
    let error = Error::new(ErrorKind::Invalid, "method_not_allowed", format!("{method} is not allowed on {path}"));
    Problem::from(error.hint("the `Allow` header lists the supported methods")).status(StatusCode::METHOD_NOT_ALLOWED)
}

/// Timeout of sheet uploads, unless `http.timeout_ms` is longer.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(600);

async fn deadline(State(limit): State<Duration>, request: Request, next: Next) -> Result<Response, Problem> {
    let is_upload = request.method() == Method::POST && request.uri().path() == "/v1/exports";
    let limit = if is_upload { limit.max(UPLOAD_TIMEOUT) } else { limit };
    let call = Call::new("", limit);
    tokio::time::timeout(limit, call.scope(next.run(request))).await.map_err(|_| {
        let message = format!("the request took longer than {} ms", limit.as_millis());
        Error::new(ErrorKind::Deadline, "deadline", message).hint("try again, or raise `http.timeout_ms`").into()
    })
}

fn panicked(_: Box<dyn Any + Send>) -> Response<axum::body::Body> {
    use axum::response::IntoResponse;
    // The panic hook has logged message and location; neither belongs in the response.
    let error = Error::internal("the request failed");
    Problem::from(error.hint("this is a bug in haibao; see its log for details")).into_response()
}

fn span(request: &Request) -> tracing::Span {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok()).unwrap_or("");
    // Log the matched route, not the path: paths and queries contain user data.
    let route = request.extensions().get::<MatchedPath>().map_or("?", MatchedPath::as_str);
    tracing::info_span!("request", method = %request.method(), route, id, key = tracing::field::Empty)
}

/// Generates ids for requests without an `x-request-id` header.
#[derive(Debug, Clone, Copy)]
struct RequestIds;

impl MakeRequestId for RequestIds {
    fn make_request_id<B>(&mut self, _: &axum::http::Request<B>) -> Option<RequestId> {
        use std::hash::{BuildHasher, RandomState};
        // Each `RandomState` has its own keys, so the hash is unpredictable and practically unique.
        let id = format!("{:016x}", RandomState::new().hash_one(()));
        HeaderValue::try_from(id).ok().map(RequestId::new)
    }
}
