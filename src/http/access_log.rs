//! The access log: one line for each request, once its response has been sent or its client has gone. A request that fails with
//! a fault of the service has a second line with the reason, from [`super::problem`].

use std::{
    sync::{Arc, OnceLock},
    time::Instant,
};

use axum::{
    body::HttpBody,
    extract::Request,
    http::{Method, StatusCode, header::HeaderValue},
    response::Response,
};

use super::{
    problem::{LoggedCode, Shown},
    request_id::REQUEST_ID,
};
use crate::log_filter::ACCESS_LOG;

/// Status in the log of a request whose client has gone before its response, as in nginx. It is never sent.
const CLIENT_GONE: u16 = 499;

/// Extension of a request with what the router finds out about it.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Path of the route. Not that of the request, which contains data of users.
    pub route: OnceLock<String>,
    /// Name of the caller's key.
    pub key: OnceLock<Arc<str>>,
    /// Id of the request.
    pub id: OnceLock<HeaderValue>,
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
    pub(super) fn begin(request: &mut Request, is_health: bool) -> Self {
        let facts = Arc::new(Facts::default());
        request.extensions_mut().insert(Arc::clone(&facts));
        let method = request.method().clone();
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
        if let Some(id) = response.headers().get(REQUEST_ID) {
            let _ = self.facts.id.set(id.clone());
        }
    }

    /// Name of the caller's key, if the router knows it; otherwise empty.
    pub(super) fn caller(&self) -> Arc<str> {
        self.facts.key.get().cloned().unwrap_or_default()
    }

    /// Records bytes of the response's body.
    pub(super) fn sent(&mut self, bytes: usize) {
        self.sent += bytes as u64;
    }

    /// Records why the response that was due is not sent, or not completely. Returns the id of the request, if it is known.
    pub(super) fn end_by(&mut self, interruption: Interruption) -> Option<HeaderValue> {
        self.interruption = Some(interruption);
        self.facts.id.get().cloned()
    }
}

impl Drop for AccessLine {
    fn drop(&mut self) {
        let Facts { route, key, id } = &*self.facts;
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
                    route = %route.get().map_or("?", String::as_str),
                    status,
                    ms,
                    bytes = self.sent,
                    cut = is_cut.then_some(true),
                    shutdown = by_shutdown.then_some(true),
                    code = self.code.map(display),
                    id = id.get().and_then(|id| id.to_str().ok()).map(display),
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
