//! Access of each path, and the middleware that enforces it.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{access_log::Facts, local, origin, problem::Problem, session};
use crate::{
    access::{Caller, Keys, Scope, no_scope},
    service::call::Call,
    words,
};
use haibao_core::error::{Error, ErrorKind, Finding, Result};

/// Who may use a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Everyone.
    Open,
    /// Keys with a scope, and sessions of such keys.
    Key(Scope),
    /// As [`Access::Key`]; browsers without a session are sent to the login page.
    Page(Scope),
}

impl Access {
    /// Whether unknown query parameters are ignored instead of rejected. The addresses of open paths and of pages are passed
    /// on by people: WeChat (`?from=singlemessage`), browsers, CDNs and monitors append parameters of their own.
    pub(super) fn ignores_unknown_parameters(self) -> bool {
        match self {
            Self::Open | Self::Page(_) => true,
            Self::Key(_) => false,
        }
    }
}

/// Why a request is rejected.
enum Rejection {
    /// The browser must log in.
    LogIn,
    Problem(Box<Problem>),
}

impl<T: Into<Problem>> From<T> for Rejection {
    fn from(problem: T) -> Self {
        Self::Problem(Box::new(problem.into()))
    }
}

/// Rejects requests that the path's access does not allow. Otherwise adds the [`Caller`] as an extension, to the span and
/// to the current [`Call`].
pub(super) async fn enforce(State((keys, access)): State<(Keys, Access)>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let caller = match admit(&keys, access, &parts).await {
        Ok(caller) => caller,
        Err(Rejection::LogIn) => return session::ask_to_log_in(&parts.uri),
        Err(Rejection::Problem(problem)) => return problem.into_response(),
    };
    tracing::Span::current().record("key", &**caller.name());
    if let Some(facts) = parts.extensions.get::<Arc<Facts>>() {
        let _ = facts.key.set(caller.name().clone());
    }
    let call = Call::current().by(caller.name().clone());
    parts.extensions.insert(caller);
    call.scope(next.run(Request::from_parts(parts, body))).await
}

async fn admit(keys: &Keys, access: Access, request: &Parts) -> Result<Caller, Rejection> {
    let headers = &request.headers;
    let is_open = match keys.is_open().await {
        Ok(is_open) => is_open,
        // What is open anyway needs no store.
        Err(_) if access == Access::Open => return Ok(Caller::public()),
        Err(error) => return Err(error.into()),
    };
    if is_open {
        local::check(headers, &request.uri, request.version)?;
        return Ok(Caller::operator());
    }
    let (Access::Key(scope) | Access::Page(scope)) = access else { return Ok(Caller::public()) };
    let Some(caller) = identify(keys, request).await? else {
        let is_reading = matches!(request.method, Method::GET | Method::HEAD);
        return Err(if matches!(access, Access::Page(_)) && is_reading { Rejection::LogIn } else { missing().into() });
    };
    if !caller.may(scope) {
        return Err(Problem::from(no_scope(caller.name(), scope)).lacking(scope).into());
    }
    caller.take()?;
    Ok(caller)
}

/// The caller by the key in `Authorization`, or by the session's cookie. `None` if there is neither.
async fn identify(keys: &Keys, request: &Parts) -> Result<Option<Caller>, Rejection> {
    let headers = &request.headers;
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let key = value.to_str().ok().and_then(bearer).unwrap_or_default();
        return keys.caller(key).await?.map(Some).ok_or_else(|| unknown().into());
    }
    let Some(cookie) = session::cookie(headers) else { return Ok(None) };
    let Some(caller) = keys.session(&cookie).await? else { return Ok(None) };
    if !request.method.is_safe() {
        origin::require_own_page(headers, &request.uri)?;
    }
    Ok(Some(caller))
}

/// The key in `Bearer KEY`.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
}

fn missing() -> Problem {
    unauthorized(words::key_missing(), "Bearer realm=\"haibao\"")
}

fn unknown() -> Problem {
    let challenge = "Bearer realm=\"haibao\", error=\"invalid_token\"";
    unauthorized(words::key_unknown(), challenge)
}

fn unauthorized(finding: Finding, challenge: &'static str) -> Problem {
    Problem::from(Error::of(ErrorKind::Forbidden, finding))
        .status(StatusCode::UNAUTHORIZED)
        .header(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_bearer_has_any_case() {
        for (value, key) in [
            ("Bearer hb_1", Some("hb_1")),
            ("bearer  hb_1 ", Some("hb_1")),
            ("Basic hb_1", None),
            ("hb_1", None),
            ("", None),
        ] {
            assert_eq!(bearer(value), key, "{value:?}");
        }
    }
}
