//! The HTTP service: the list of resources, one file or folder each, and the router.

mod accepts;
mod access;
mod access_log;
mod ascii;
mod body;
mod caching;
mod code_fields;
mod config;
mod cors;
mod created;
mod deadline;
mod endpoint;
mod excerpt;
mod fields;
mod host;
mod large;
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
mod sse;
#[cfg(test)]
mod tests;
mod throttle;
mod unknown;

use std::{
    future::ready,
    sync::{Arc, LazyLock},
};

use accepts::Limit;
use access::Access;
use axum::{Router, extract::Request, response::IntoResponse, routing::MethodRouter};
use endpoint::{Endpoint, Rules, Shared};
use problem::Problem;
use route::{ErasedHandler, Route};
use serde_json::Value;
use unknown::{is_suggested, unknown_method, unknown_path};

pub use config::Config;
pub use index::curl;
pub use server::serve;

use crate::service::App;

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

/// Paths of the pages, which a login may return to.
fn page_paths() -> &'static [&'static str] {
    static PATHS: LazyLock<Vec<&str>> = LazyLock::new(|| {
        let routes = routes();
        let pages = routes.iter().filter(|route| matches!(route.access, Access::Page(_))).map(|route| route.path);
        // The document needs no key.
        pages.chain(["/docs"]).collect()
    });
    &PATHS
}

/// All routes, each behind its rules.
pub fn router(app: Arc<App>, config: Config) -> Router {
    metrics::start();
    let routes = routes();
    let paths: Vec<_> = routes.iter().map(|route| route.path).filter(|path| is_suggested(path)).collect();
    let limits = routes.iter().map(|route| route.accepts.limit(&app, config.max_body_bytes));
    let largest = limits.map(Limit::memory).max().unwrap_or_default();
    let shared = Shared::new(app, config, largest);
    let other_method = refusing(|request| unknown_method(request.method(), request.uri()));
    let other_path = refusing(move |request| unknown_path(request.uri(), &paths));
    let router = routes.into_iter().fold(Router::new(), |router, route| {
        let rules = Arc::new(Rules::of(&shared, &route, document()));
        let other = Arc::new(Rules::without_handler(&shared, Some(route.path)));
        let methods = MethodRouter::new().fallback(Endpoint::new(&other, &other_method));
        let endpoints = route.handlers.iter().map(|(method, handler)| (*method, Endpoint::new(&rules, handler)));
        router.route(route.path, endpoints.fold(methods, |methods, (method, endpoint)| methods.on(method, endpoint)))
    });
    let unknown = Arc::new(Rules::without_handler(&shared, None));
    // With a state, axum makes the routes now instead of for each request.
    router.fallback(Endpoint::new(&unknown, &other_path)).with_state(())
}

/// A handler of requests that no route is for.
fn refusing(problem: impl Fn(&Request) -> Problem + Send + Sync + 'static) -> ErasedHandler {
    Arc::new(move |request, _| Box::pin(ready(problem(&request).into_response())))
}
