//! The HTTP service: the list of resources, one file or folder each, and the router with its middleware.

mod accepts;
mod access;
mod body;
mod caching;
mod code_fields;
mod cors;
mod created;
mod fields;
mod host;
mod local;
mod media;
mod openapi;
mod origin;
mod pace;
mod problem;
mod receive;
mod request_id;
mod route;
mod server;
mod session;
#[cfg(test)]
mod tests;

use std::{
    any::Any,
    sync::{Arc, LazyLock},
    time::Duration,
};

use access::Access;
use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{HeaderValue, Method, StatusCode, Uri, header},
    middleware::{self, Next},
    response::Response,
    routing::any,
};
use problem::Problem;
use receive::Intake;
use request_id::{REQUEST_ID, RequestIds};
use route::Route;
use serde::Deserialize;
use serde_json::Value;
use tower_http::{
    catch_panic::CatchPanicLayer,
    request_id::{PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    trace::{DefaultOnResponse, OnResponse, TraceLayer},
};

pub use index::curl;
pub use server::serve;

use crate::service::{self, App, call::Call};
use haibao_core::{
    error::{Error, ErrorKind},
    template::suggest::nearest,
};

/// Declares the module of each resource and joins their routes.
macro_rules! resources {
    ($($resource:ident),+ $(,)?) => {
        $(mod $resource;)+

        /// All routes, in the order of the list.
        fn routes() -> Vec<Route> {
            [$($resource::routes()),+].into_iter().flatten().collect()
        }
    };
}

// The order of the API document, and of the paths that the hint of a 404 lists.
resources! {
    index,
    health,
    metrics,
    docs,
    pages,
    legacy,
    exports,
    login,
    assets,
    codes,
    posters,
    links,
    kept,
    scenes,
    templates,
}

/// Limits of the HTTP service (`[http]`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Maximum request body, bytes. Default: 20 MiB, for a photo as a `data:` URI.
    pub max_body_bytes: usize,
    /// Memory for request bodies and the values read from them, all requests together, bytes. Default: 56 MiB.
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
            body_budget_bytes: 56 << 20,
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
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| openapi::base(&routes()));
    &DOCUMENT
}

/// All routes and middleware.
pub fn router(app: Arc<App>, config: Config) -> Router {
    metrics::start();
    let routes = routes();
    let paths: Arc<[&str]> = routes.iter().map(|route| route.path).filter(|path| is_suggested(path)).collect();
    let pages = routes.iter().filter(|route| matches!(route.access, Access::Page(_))).map(|route| route.path);
    // A login may return to the document, which needs no key.
    let pages = login::Pages(pages.chain(["/docs"]).collect());
    let explain = middleware::from_fn_with_state(app.keys.clone(), pages::refusal::explain);
    let limit = |route: &Route| route.accepts.limit(&app, config.max_body_bytes);
    let largest = routes.iter().map(|route| limit(route).memory()).max().unwrap_or_default();
    let intake = Arc::new(Intake::new(largest, config.body_budget_bytes));
    let router = routes.into_iter().fold(Router::new(), |router, route| {
        let timeout = Timeout { time: Duration::from_millis(config.timeout_ms), is_upload: route.accepts.is_upload() };
        let enforce = middleware::from_fn_with_state((app.keys.clone(), route.access), access::enforce);
        // Innermost first: a body is read only if the caller is admitted.
        let limit = limit(&route);
        let mut methods = intake.bound(route.methods, limit);
        if route.draws {
            methods = methods.layer(middleware::from_fn_with_state(Arc::clone(&app), admit));
        }
        let methods = methods.layer(enforce);
        router.route(route.path, methods.layer(middleware::from_fn_with_state(timeout, deadline)))
    });
    // A service without keys answers nothing but programs of its own machine.
    let open = middleware::from_fn_with_state((app.keys.clone(), Access::Open), access::enforce);
    let router = router
        .fallback(any(move |uri| unknown_path(uri, paths)).layer(open.clone()))
        .method_not_allowed_fallback(any(unknown_method).layer(open))
        .with_state(app)
        // Layers, innermost first.
        // Each route has its own limit, see `accepts::Accepts`.
        .layer(DefaultBodyLimit::disable())
        .layer(Extension(docs::Base(document())))
        .layer(Extension(pages))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(Arc::<[String]>::from(config.cors_origins.clone()), origin::enforce))
        .layer(middleware::from_fn(problem::replace_other_errors))
        .layer(explain)
        .layer(middleware::from_fn(metrics::measure))
        .layer(middleware::map_response(no_sniffing));
    let router = match cors::layer(&config.cors_origins) {
        Some(cors) => router.layer(cors),
        None => router,
    };
    router
        .layer(TraceLayer::new_for_http().make_span_with(span).on_response(record_status).on_failure(()))
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

/// Timeout of the requests of a path.
#[derive(Debug, Clone, Copy)]
struct Timeout {
    time: Duration,
    /// Whether a `POST` may take [`UPLOAD_TIMEOUT`].
    is_upload: bool,
}

async fn deadline(State(timeout): State<Timeout>, request: Request, next: Next) -> Result<Response, Problem> {
    let is_upload = timeout.is_upload && request.method() == Method::POST;
    let limit = if is_upload { timeout.time.max(UPLOAD_TIMEOUT) } else { timeout.time };
    let call = Call::new("", limit);
    tokio::time::timeout(limit, call.scope(next.run(request))).await.map_err(|_| {
        let message = format!("the request took longer than {} ms", limit.as_millis());
        Error::new(ErrorKind::Deadline, "deadline", message).hint("try again, or raise `http.timeout_ms`").into()
    })
}

async fn admit(State(app): State<Arc<App>>, request: Request, next: Next) -> Result<Response, Problem> {
    service::admit(&app)?;
    Ok(next.run(request).await)
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

fn record_status(response: &Response, took: Duration, span: &tracing::Span) {
    span.record("status", response.status().as_u16());
    DefaultOnResponse::default().on_response(response, took, span);
}

fn span(request: &Request) -> tracing::Span {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok()).unwrap_or("");
    // Log the matched route, not the path: paths and queries contain user data.
    let route = request.extensions().get::<MatchedPath>().map_or("?", MatchedPath::as_str);
    tracing::info_span!("request", method = %request.method(), route, id, key = tracing::field::Empty, status = tracing::field::Empty)
}
