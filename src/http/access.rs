//! Access of each path, and the check of it.

use axum::http::{HeaderValue, Method, StatusCode, header, request::Parts};

use super::{local, origin, problem::Problem, session};
use crate::{
    access::{Caller, Keys, Scope, no_scope},
    words,
};
use haibao_core::error::{Error, ErrorKind, Finding};

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

/// The caller of a request that a path's access allows. `None` if the browser must log in.
///
/// # Errors
/// `key_missing`, `key_unknown`, `key_scope`, `rate_limited`; `host_forbidden` and `origin_forbidden`; as [`Keys::is_open`].
pub(super) async fn admit(keys: &Keys, access: Access, request: &Parts) -> Result<Option<Caller>, Problem> {
    let is_open = match keys.is_open().await {
        Ok(is_open) => is_open,
        // What is open anyway needs no store.
        Err(_) if access == Access::Open => return Ok(Some(Caller::public())),
        Err(error) => return Err(error.into()),
    };
    if is_open {
        local::check(&request.headers, &request.uri, request.version)?;
        return Ok(Some(Caller::operator()));
    }
    let (Access::Key(scope) | Access::Page(scope)) = access else { return Ok(Some(Caller::public())) };
    let Some(caller) = identify(keys, request).await? else {
        let is_reading = matches!(request.method, Method::GET | Method::HEAD);
        return if matches!(access, Access::Page(_)) && is_reading { Ok(None) } else { Err(missing()) };
    };
    if !caller.may(scope) {
        return Err(Problem::from(no_scope(caller.name(), scope)).lacking(scope));
    }
    caller.take()?;
    Ok(Some(caller))
}

/// The caller by the key in `Authorization`, or by the session's cookie. `None` if there is neither.
async fn identify(keys: &Keys, request: &Parts) -> Result<Option<Caller>, Problem> {
    let headers = &request.headers;
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let key = value.to_str().ok().and_then(bearer).unwrap_or_default();
        return keys.caller(key).await?.map(Some).ok_or_else(unknown);
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
