//! `/login` and `/logout`: sessions of the pages. The key is asked for once; a cookie identifies the session from then on.

use std::{borrow::Cow, sync::Arc};

use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::Response,
};
use secrecy::ExposeSecret;
use serde_json::json;

use super::{
    access::Access::Open,
    media,
    openapi::operation::{Operation, Tag},
    origin, page_paths,
    pages::{self, Page, reader::Reader},
    problem::Problem,
    route::Route,
    session::{COOKIE, cookie, see_other},
};
use crate::service::App;
use haibao_core::error::Result;

/// Maximum size of the form, bytes.
const MAX_FORM: usize = 4 << 10;
/// Maximum length of an address to return to, bytes.
const MAX_NEXT: usize = 500;
const PAGE: Page = Page { name: "login", title: ["登录", "Log in"] };

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new("/login", Open)
            .get(page, |_| {
                pages::describe_page("getLoginPage", "Log in with a key")
                    .empty(303, "To the pages: the service has no keys.")
                    .with(303, "Location", "Path of a page.")
            })
            .post(log_in, |_| {
                Operation::new("logIn", Tag::Pages, "Start a session")
                    .urlencoded(&["key", "next"])
                    .empty(303, "Logged in; to the page `next`.")
                    .with(303, "Location", "Path of a page.")
                    .with(303, "Set-Cookie", "The session.")
                    .fails(&[401, 413, 415, 429])
                    .file(401, "The key is unknown: the form again.", "text/html")
            }),
        Route::new("/logout", Open).post(log_out, |_| {
            Operation::new("logOut", Tag::Pages, "End the session").empty(303, "To the login page.").with(
                303,
                "Location",
                "Path of the login page.",
            )
        }),
    ]
}

async fn page(State(app): State<Arc<App>>, reader: Reader, uri: Uri) -> Result<Response, Problem> {
    let next = field(uri.query().unwrap_or_default().as_bytes(), "next");
    if app.keys.is_open().await? {
        return Ok(see_other(checked(&next)));
    }
    form(&reader, StatusCode::OK, checked(&next))
}

async fn log_in(
    State(app): State<Arc<App>>,
    reader: Reader,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    origin::require_own_page(&headers, &uri)?;
    media::check_encoding(&headers)?;
    let body = body.ok().filter(|body| body.len() <= MAX_FORM).unwrap_or_default();
    let (key, next) = (field(&body, "key"), field(&body, "next"));
    let Some(session) = app.keys.log_in(key.trim()).await? else {
        return form(&reader, StatusCode::UNAUTHORIZED, checked(&next));
    };
    // The session of another key ends.
    if let Some(previous) = cookie(&headers) {
        app.keys.log_out(&previous).await?;
    }
    let config = app.keys.config();
    let is_secure = config.secure_cookies || is_https(&headers);
    let secure = if is_secure { "; Secure" } else { "" };
    let (value, age) = (session.expose_secret(), config.session_seconds);
    let cookie = format!("{COOKIE}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{secure}");
    Ok(with_cookie(see_other(checked(&next)), &cookie))
}

async fn log_out(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    origin::require_own_page(&headers, &uri)?;
    if let Some(session) = cookie(&headers) {
        app.keys.log_out(&session).await?;
    }
    let cookie = format!("{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
    Ok(with_cookie(see_other("/login"), &cookie))
}

/// A field of a form; empty if it is missing.
fn field<'a>(form: &'a [u8], name: &str) -> Cow<'a, str> {
    let found = url::form_urlencoded::parse(form).find(|(given, _)| given == name);
    found.map(|(_, value)| value).unwrap_or_default()
}

/// Whether the browser uses https, as it or a proxy says.
fn is_https(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text("origin").starts_with("https://") || text("x-forwarded-proto").eq_ignore_ascii_case("https")
}

/// The address if it is one of the pages, otherwise `/`.
fn checked(next: &str) -> &str {
    let path = next.split('?').next().unwrap_or_default();
    let is_plain = next.len() <= MAX_NEXT && next.bytes().all(|byte| byte.is_ascii_graphic());
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let is_page = |page: &&str| match page.split_once('{') {
        // It ends with the name of a template.
        Some((start, _)) => path.strip_prefix(start).is_some_and(is_name),
        None => *page == path,
    };
    if is_plain && page_paths().iter().any(is_page) { next } else { "/" }
}

/// The form; with status 401, it says that the key is unknown.
fn form(reader: &Reader, status: StatusCode, next: &str) -> Result<Response, Problem> {
    let is_wrong = status == StatusCode::UNAUTHORIZED;
    let mut response = PAGE.show(reader, json!({ "next": next, "is_wrong": is_wrong }))?;
    *response.status_mut() = status;
    Ok(response)
}

fn with_cookie(mut response: Response, cookie: &str) -> Response {
    let cookie = HeaderValue::try_from(cookie).map(|mut value| {
        value.set_sensitive(true);
        (header::SET_COOKIE, value)
    });
    response.headers_mut().extend(cookie.ok());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_returns_to_pages_of_this_service_only() {
        for next in ["/", "/exports", "/exports?template=a%26b", "/qrcode", "/docs", "/studio/my_1-a?lang=en"] {
            assert_eq!(checked(next), next);
        }
        for next in [
            "",
            "//evil.example",
            "/\\evil",
            "https://evil.example/",
            "/v1/exports",
            "/exports?a=\r\nb",
            "/exports/",
            "/studio/",
            "/studio/../login",
            "/studio/a/b",
            "/studio/files/main.js",
        ] {
            assert_eq!(checked(next), "/", "{next}");
        }
    }
}
