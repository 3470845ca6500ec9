//! The access log: one line for each request, once its response has been sent or its client has gone. A request that fails with
//! a fault of the service has a second line with the reason, from [`super::problem`].

use std::{
    sync::{Arc, OnceLock},
    time::Instant,
};

use axum::{
    body::HttpBody,
    http::{HeaderValue, Method, StatusCode, request::Parts},
    response::Response,
};

use super::{
    pages::refusal::Audience,
    problem::{LoggedCode, Problem, Shown},
    request_id,
};
use crate::log_filter::ACCESS_LOG;

/// Status in the log of a request whose client has gone before its response, as in nginx. It is never sent.
const CLIENT_GONE: u16 = 499;

/// What the access log and the words of errors need of a request. An extension of the request, so that the server knows what the
/// router finds out.
#[derive(Debug)]
pub(super) struct Facts {
    /// Id of the request.
    pub id: HeaderValue,
    /// Who reads its error.
    pub audience: Audience,
    /// Path of the route. Not that of the request, which contains data of users.
    pub route: OnceLock<&'static str>,
    /// Name of the caller's key.
    pub key: OnceLock<Arc<str>>,
}

impl Facts {
    /// The facts that a request carries; otherwise new ones.
    pub(super) fn of(request: &Parts) -> Arc<Self> {
        request.extensions.get::<Arc<Self>>().cloned().unwrap_or_else(|| {
            Arc::new(Self {
                id: request_id::of(&request.headers),
                audience: Audience::of(request),
                route: OnceLock::new(),
                key: OnceLock::new(),
            })
        })
    }

    /// Id of the request.
    pub(super) fn id(&self) -> &str {
        self.id.to_str().unwrap_or_default()
    }

    /// Name of the caller's key, if the router knows it; otherwise empty.
    pub(super) fn caller(&self) -> Arc<str> {
        self.key.get().cloned().unwrap_or_default()
    }

    /// The response to a request that the server refuses.
    pub(super) fn refuse(&self, problem: Problem) -> Response {
        self.audience.refuse(problem, self.id())
    }
}

/// Why a request ended before its response was complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interruption {
    /// Its client has gone.
    Client,
    /// The service ended.
    Shutdown,
}

/// A request in progress. Logged when dropped.
#[derive(Debug)]
pub(super) struct AccessLine {
    facts: Arc<Facts>,
    method: Method,
    started: Instant,
    status: Option<StatusCode>,
    /// Code of the error.
    code: Option<&'static str>,
    /// Bytes of the body that were taken from it, and its length if that is known.
    sent: u64,
    length: Option<u64>,
    interruption: Option<Interruption>,
    is_health: bool,
}

impl AccessLine {
    /// Begins the line of a request. Health checks that succeed are logged at the level debug.
    pub(super) fn begin(facts: Arc<Facts>, method: Method, is_health: bool) -> Self {
        Self {
            facts,
            method,
            started: Instant::now(),
            status: None,
            code: None,
            sent: 0,
            length: None,
            interruption: None,
            is_health,
        }
    }

    /// Records the response.
    pub(super) fn answered<B: HttpBody>(&mut self, response: &Response<B>) {
        self.status = Some(response.status());
        let extensions = response.extensions();
        let code = extensions.get::<Shown>().map(|shown| shown.code);
        self.code = code.or_else(|| extensions.get::<LoggedCode>().map(|code| code.0));
        self.length = response.body().size_hint().exact().filter(|_| self.method != Method::HEAD);
    }

    /// Records bytes of the response's body.
    pub(super) fn sent(&mut self, bytes: usize) {
        self.sent += bytes as u64;
    }

    /// Records why the response that was due is not sent, or not completely.
    pub(super) fn end_by(&mut self, interruption: Interruption) {
        self.interruption = Some(interruption);
    }
}

impl Drop for AccessLine {
    fn drop(&mut self) {
        let Facts { route, key, .. } = &*self.facts;
        let status = self.status.map_or(CLIENT_GONE, |status| status.as_u16());
        let ms = (self.started.elapsed().as_secs_f64() * 1e4).round() / 10.0;
        let by_shutdown = self.interruption == Some(Interruption::Shutdown);
        let is_incomplete = self.length.is_some_and(|length| self.sent < length);
        let is_cut = !by_shutdown && (self.interruption.is_some() || is_incomplete);
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    target: ACCESS_LOG,
                    method = %self.method,
                    route = %route.get().copied().unwrap_or("?"),
                    status,
                    ms,
                    bytes = self.sent,
                    cut = is_cut.then_some(true),
                    shutdown = by_shutdown.then_some(true),
                    code = self.code.map(display),
                    id = %self.facts.id(),
                    key = key.get().filter(|key| !key.is_empty()).map(display),
                    "request"
                )
            };
        }
        if self.is_health && status < 400 { line!(debug) } else { line!(info) }
    }
}

/// The line of a request that could not be read.
pub(super) fn unreadable(status: StatusCode, code: &str, id: &str) {
    tracing::info!(target: ACCESS_LOG, status = status.as_u16(), code = %code, id = %id, "request");
}
