//! The steps of a request between the server and its handler, and of its response on the way back. They are one handler of the
//! router: each layer of middleware would cost every request boxes, clones and polls, which count without optimisation.

use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    body::{Body, HttpBody},
    extract::Request,
    handler::Handler,
    http::{HeaderValue, Method, header, request::Parts},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use serde_json::Value;
use tokio::time::timeout;
use tracing::{Instrument, Span, field::Empty};

use super::{
    accepts::Limit,
    access::{self, Access},
    access_log::Facts,
    config::Config,
    cors,
    deadline::{self, Timeout},
    metrics, origin,
    problem::{self, Problem},
    query::QueryParameters,
    receive::Intake,
    route::{Answer, ErasedHandler, Route},
    session,
};
use crate::{
    metrics::Responses,
    service::{self, App, call::Call},
    words,
};
use haibao_core::error::Error;

/// What all endpoints share.
pub(super) struct Shared {
    app: Arc<App>,
    config: Config,
    intake: Intake,
}

impl Shared {
    /// `largest` is the size of the largest body in memory, bytes.
    pub(super) fn new(app: Arc<App>, config: Config, largest: usize) -> Arc<Self> {
        Arc::new(Self { app, intake: Intake::new(largest, config.body_budget_bytes), config })
    }
}

/// What requests of a path must be like.
pub(super) struct Rules {
    shared: Arc<Shared>,
    /// `None`: unknown paths.
    path: Option<&'static str>,
    access: Access,
    timeout: Timeout,
    /// The query parameters, if others are rejected.
    query: Option<QueryParameters>,
    draws: bool,
    limit: Limit,
    responses: Responses,
}

impl Rules {
    /// The rules of a route, whose query parameters are those of the API document.
    pub(super) fn of(shared: &Arc<Shared>, route: &Route, document: &'static Value) -> Self {
        let Route { path, access, accepts, draws, .. } = *route;
        let basic = Self::without_handler(shared, Some(path));
        Self {
            access,
            timeout: Timeout { is_upload: accepts.is_upload(), ..basic.timeout },
            query: (!access.ignores_unknown_parameters())
                .then(|| QueryParameters::of(document, &route.documented_path())),
            draws,
            limit: accepts.limit(&shared.app, shared.config.max_body_bytes),
            ..basic
        }
    }

    /// The rules of unknown paths, and of the unknown methods of a path. A service without keys answers nothing but programs of its own
    /// machine.
    pub(super) fn without_handler(shared: &Arc<Shared>, path: Option<&'static str>) -> Self {
        Self {
            shared: Arc::clone(shared),
            path,
            access: Access::Open,
            timeout: Timeout { time: Duration::from_millis(shared.config.timeout_ms), is_upload: false },
            query: None,
            draws: false,
            // It is not read.
            limit: Limit::Stream(0),
            responses: Responses::new(path.unwrap_or("unknown")),
        }
    }
}

/// A handler behind the rules of its path.
#[derive(Clone)]
pub(super) struct Endpoint {
    rules: Arc<Rules>,
    handler: ErasedHandler,
}

impl Handler<(), ()> for Endpoint {
    type Future = Answer;

    fn call(self, request: Request, (): ()) -> Answer {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let facts = Facts::of(&parts);
            // Neither path nor query: they contain data of users.
            let route = self.rules.path.unwrap_or("?");
            let _ = facts.route.set(route);
            let span = tracing::info_span!("request", method = %parts.method, route, id = facts.id(), key = Empty, status = Empty);
            self.respond(parts, body, &facts).instrument(span).await
        })
    }
}

impl Endpoint {
    pub(super) fn new(rules: &Arc<Rules>, handler: &ErasedHandler) -> Self {
        Self { rules: Arc::clone(rules), handler: Arc::clone(handler) }
    }

    /// The steps of every request.
    async fn respond(&self, parts: Parts, body: Body, facts: &Facts) -> Response {
        let origins = &self.rules.shared.config.cors_origins;
        let is_shared = !origins.is_empty();
        let is_preflight = is_shared && parts.method == Method::OPTIONS;
        let origin = parts.headers.get(header::ORIGIN).filter(|_| is_shared).cloned();
        let mut response = if is_preflight { Response::default() } else { self.measured(parts, body, facts).await };
        let headers = response.headers_mut();
        // Browsers must not guess another type than the declared one.
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if is_shared {
            cors::share(origins, origin, is_preflight, headers);
        }
        // Traces show it; the access log has a line of its own.
        if cfg!(feature = "otlp") {
            Span::current().record("status", response.status().as_u16());
        }
        // What happens while a stream is sent belongs to its request.
        if response.body().size_hint().exact().is_none() {
            response.extensions_mut().insert(Span::current());
        }
        response
    }

    /// The steps of all requests but those of a preflight.
    async fn measured(&self, parts: Parts, body: Body, facts: &Facts) -> Response {
        let Rules { shared, responses, .. } = &*self.rules;
        let (start, method) = (Instant::now(), metrics::method(&parts.method));
        let is_path_readable = problem::is_readable(&parts.uri);
        let outcome = match origin::check(&parts, &shared.config.cors_origins) {
            Ok(()) => AssertUnwindSafe(self.in_time(parts, body, facts)).catch_unwind().await,
            Err(error) => Ok(Err(error.into())),
        };
        let mut response = match outcome {
            Ok(Ok(response)) => response,
            Ok(Err(problem)) => problem.into_response(),
            // The panic hook has logged message and location; neither belongs in the response.
            Err(_) => Problem::from(Error::internal(words::request_failed()).hint(words::is_a_bug())).into_response(),
        };
        if response.status().is_client_error() || response.status().is_server_error() {
            response = problem::replace_other(response, is_path_readable);
            response = facts.audience.explain(response, facts.id(), &shared.app.keys).await;
        }
        responses.record(method, response.status().as_u16(), start.elapsed());
        response
    }

    /// The steps of requests that a page may send, within their deadline.
    async fn in_time(&self, parts: Parts, body: Body, facts: &Facts) -> Result<Response, Problem> {
        let (call, limit) = self.rules.timeout.begin(&parts.method);
        timeout(limit, self.handled(parts, body, call, facts)).await.map_err(|_| deadline::passed(limit))?
    }

    async fn handled(&self, mut parts: Parts, body: Body, call: Call, facts: &Facts) -> Result<Response, Problem> {
        let Rules { shared, access, query, draws, limit, .. } = &*self.rules;
        let Some(caller) = access::admit(&shared.app.keys, *access, &parts).await? else {
            return Ok(session::ask_to_log_in(&parts.uri));
        };
        let call = call.by(Arc::clone(caller.name()));
        let _ = facts.key.set(Arc::clone(&call.caller));
        if !call.caller.is_empty() {
            Span::current().record("key", &*call.caller);
        }
        parts.extensions.insert(caller);
        if let Some(known) = query {
            known.check(&parts.method, parts.uri.query().unwrap_or_default())?;
        }
        if *draws {
            service::admit(&shared.app, &call)?;
        }
        let request = Request::from_parts(parts, body);
        let (request, memory) = shared.intake.receive(request, *limit, &call).await?;
        let response = (self.handler)(request, Arc::clone(&shared.app));
        if memory.is_none() {
            return Ok(call.around(response).await);
        }
        let response = deadline::within(call, response).await;
        // The memory of the body is taken until there is a response.
        drop(memory);
        response
    }
}
