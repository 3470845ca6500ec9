//! The HTTP service: the list of resources, one file or folder each, and the router with its middleware.

mod accepts;
mod access;
mod access_log;
mod body;
mod caching;
mod code_fields;
mod config;
mod cors;
mod created;
mod deadline;
mod excerpt;
mod fields;
mod host;
mod local;
mod media;
mod openapi;
mod origin;
mod pace;
mod problem;
mod query;
mod receive;
mod request_id;
mod route;
mod server;
mod session;
mod shared;
mod sse;
#[cfg(test)]
mod tests;
mod throttle;
mod unknown;

use std::{
    any::Any,
    sync::{Arc, LazyLock},
    time::Duration,
};

use access::Access;
use access_log::Facts;
use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::Response,
    routing::{MethodRouter, any},
};
use problem::Problem;
use receive::Intake;
use request_id::{REQUEST_ID, RequestIds};
use route::Route;
use serde_json::Value;
use shared::Shared;
use tower_http::{
    catch_panic::CatchPanicLayer,
    request_id::{PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    trace::TraceLayer,
};
use unknown::{is_suggested, unknown_method, unknown_path};

pub use config::Config;
pub use index::curl;
pub use server::serve;

use crate::{
    service::{self, App},
    words,
};
use haibao_core::error::Error;

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
    studio,
}

/// Paths that are answered while the service is full or stopping.
fn health_paths() -> &'static [&'static str] {
    static PATHS: LazyLock<Vec<&str>> =
        LazyLock::new(|| routes().iter().filter(|route| route.is_health).map(|route| route.path).collect());
    &PATHS
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
        let documented = route.documented_path();
        let time = Duration::from_millis(config.timeout_ms);
        let timeout = deadline::Timeout { time, is_upload: route.accepts.is_upload() };
        let enforce = middleware::from_fn_with_state((app.keys.clone(), route.access), access::enforce);
        // Innermost first: a body is read only if the caller is admitted.
        let limit = limit(&route);
        let mut methods = intake.bound(route.methods, limit);
        if route.draws {
            methods = methods.layer(middleware::from_fn_with_state(Arc::clone(&app), admit));
        }
        if !route.access.ignores_unknown_parameters() {
            let known = query::QueryParameters::of(document(), &documented);
            methods = methods.layer(middleware::from_fn_with_state(known, query::enforce));
        }
        let methods = methods.layer(enforce);
        let methods: MethodRouter<_> = methods.layer(middleware::from_fn_with_state(timeout, deadline::enforce));
        router.route(route.path, methods.layer(Shared::layer()))
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
        .layer(Shared::layer())
        .layer(middleware::from_fn_with_state(Arc::<[String]>::from(config.cors_origins.clone()), origin::enforce))
        .layer(middleware::from_fn(problem::replace_other_errors))
        .layer(middleware::from_fn(problem::translate))
        .layer(Shared::layer())
        .layer(explain)
        .layer(middleware::from_fn(metrics::measure));
    let router = match cors::layer(&config.cors_origins) {
        Some(cors) => router.layer(cors),
        None => router,
    };
    router
        // Also of answers to preflight requests.
        .layer(middleware::map_response(no_sniffing))
        .layer(Shared::layer())
        .layer(TraceLayer::new_for_http().make_span_with(span).on_request(()).on_response(record_status).on_failure(()))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, RequestIds))
        .layer(middleware::map_request(request_id::remove_unusual))
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
    Problem::from(Error::internal(words::request_failed()).hint(words::is_a_bug())).into_response()
}

/// The access log has a line of its own for each response.
fn record_status(response: &Response, _: Duration, span: &tracing::Span) {
    span.record("status", response.status().as_u16());
}

fn span(request: &Request) -> tracing::Span {
    let id = request.extensions().get::<RequestId>().map(|id| id.header_value().clone());
    // Log the matched route, not the path: paths and queries contain user data.
    let route = request.extensions().get::<MatchedPath>().map_or("?", MatchedPath::as_str);
    if let Some(facts) = request.extensions().get::<Arc<Facts>>() {
        let _ = facts.route.set(route.to_owned());
        id.iter().for_each(|id| drop(facts.id.set(id.clone())));
    }
    let id = id.as_ref().and_then(|id| id.to_str().ok()).unwrap_or("");
    tracing::info_span!("request", method = %request.method(), route, id, key = tracing::field::Empty, status = tracing::field::Empty)
}
