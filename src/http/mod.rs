//! The HTTP service: one file per resource, one line per path in `routes.rs`; this file has the middleware.

mod access;
mod assets;
mod body;
mod caching;
mod code_fields;
mod codes;
mod cors;
mod created;
mod docs;
mod exports;
mod fields;
mod index;
mod kept;
mod legacy;
mod links;
mod local;
mod login;
mod metrics;
mod openapi;
mod origin;
mod pace;
mod posters;
mod problem;
mod ready;
mod receive;
mod request_id;
mod routes;

mod scenes;
mod server;
mod session;
mod templates;
#[cfg(test)]
mod tests;

use std::{
    any::Any,
    sync::{Arc, LazyLock},
    time::Duration,
};

use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{HeaderValue, Method, StatusCode, Uri, header},
    middleware::{self, Next},
    response::Response,
};
use problem::Problem;
use receive::Intake;
use request_id::{REQUEST_ID, RequestIds};
use serde::Deserialize;
use serde_json::Value;
use tower_http::{
    catch_panic::CatchPanicLayer,
    request_id::{PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    trace::TraceLayer,
};

pub use index::curl;
pub use server::serve;

use crate::service::{App, call::Call};
use haibao_core::{
    error::{Error, ErrorKind},
    template::source::nearest,
};

/// Limits of the HTTP service (`[http]`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Maximum request body, bytes. Default: 20 MiB, for a photo as a `data:` URI.
    pub max_body_bytes: usize,
    /// Memory for request bodies and the values read from them, all requests together, bytes. Default: 64 MiB.
    pub body_budget_bytes: u64,
    /// Request timeout, ms. Default: 30 000.
    pub timeout_ms: u64,
    /// Maximum number of open connections. Default: 1024.
    pub max_connections: usize,
    /// Timeout of a request's headers, ms. Default: 10 000.
    pub header_timeout_ms: u64,
    /// Time after which an idle connection is closed, ms. Default: 60 000.
    pub idle_timeout_ms: u64,
    /// Time for requests in progress after a stop signal, ms. Default: 10 000.
    pub shutdown_ms: u64,
    /// Origins of web pages that may read responses, such as `https://h5.example.com`, or `*`. Default: none.
    pub cors_origins: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_body_bytes: 20 << 20,
            body_budget_bytes: 64 << 20,
            timeout_ms: 30_000,
            max_connections: 1024,
            header_timeout_ms: 10_000,
            idle_timeout_ms: 60_000,
            shutdown_ms: 10_000,
            cors_origins: Vec::new(),
        }
    }
}

/// The API document without the templates: OpenAPI 3.1.
pub fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
        openapi::base(routes::routes(0, 0).into_iter().map(|(path, access, _, all)| (path, access, all)))
    });
    &DOCUMENT
}

/// All routes and middleware.
pub fn router(app: Arc<App>, config: Config) -> Router {
    let routes = routes::routes(app.exports.config.max_bytes, app.max_asset_bytes);
    let paths: Arc<[&str]> = routes.iter().map(|(path, ..)| *path).filter(|path| is_suggested(path)).collect();
    let intake = Arc::new(Intake::new(config.max_body_bytes, app.max_asset_bytes, config.body_budget_bytes));
    let router = routes.into_iter().fold(Router::new(), |router, (path, access, methods, _)| {
        let methods = match intake.limit(path) {
            Some(limit) => methods.layer(middleware::from_fn_with_state((Arc::clone(&intake), limit), receive::buffer)),
            None => methods,
        };
        // A body is read only if the caller is admitted.
        let enforce = middleware::from_fn_with_state((app.keys.clone(), access), access::enforce);
        router.route(path, methods.layer(enforce))
    });
    let router = router
        .fallback(move |uri| unknown_path(uri, paths))
        .method_not_allowed_fallback(unknown_method)
        .with_state(app)
        // Layers, innermost first.
        // The limit of each route is that of `receive::buffer`.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(Duration::from_millis(config.timeout_ms), deadline))
        .layer(Extension(openapi::Base(document())))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(Arc::<[String]>::from(config.cors_origins.clone()), origin::enforce))
        .layer(middleware::from_fn(problem::replace_other_errors))
        .layer(middleware::from_fn(metrics::measure))
        .layer(middleware::map_response(no_sniffing));
    let router = match cors::layer(&config.cors_origins) {
        Some(cors) => router.layer(cors),
        None => router,
    };
    router
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, RequestIds))
        .layer(middleware::map_request(request_id::remove_unusual))
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

/// Timeout of uploads, unless `http.timeout_ms` is longer.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(600);

async fn deadline(State(limit): State<Duration>, request: Request, next: Next) -> Result<Response, Problem> {
    let is_upload = request.method() == Method::POST && matches!(request.uri().path(), "/v1/exports" | "/v1/assets");
    let limit = if is_upload { limit.max(UPLOAD_TIMEOUT) } else { limit };
    let call = Call::new("", limit);
    tokio::time::timeout(limit, call.scope(next.run(request))).await.map_err(|_| {
        let message = format!("the request took longer than {} ms", limit.as_millis());
        Error::new(ErrorKind::Deadline, "deadline", message).hint("try again, or raise `http.timeout_ms`").into()
    })
}

/// Browsers must not guess another type than the declared one.
async fn no_sniffing(mut response: Response) -> Response {
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
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
