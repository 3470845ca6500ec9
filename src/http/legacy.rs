//! `POST /api/qrcode` and `GET /api/health`: the API of common tutorials, so that front ends written for it work unchanged.
//! `/qrcode` is the matching HTML form.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::{
    access::Access::{self, Key, Open},
    body::{self, Members},
    code_fields::{self, SingleCode},
    codes,
    fields::BodyFields,
    openapi::operation::{Operation, Tag},
    pages::{self, Page, reader::Reader},
    problem::{LoggedCode, Problem, Shown, seconds},
    route::Route,
};
use crate::{access::Scope, language::Language, service::App, wechat::client::WaitPolicy};
use haibao_core::{
    error::{Error, ErrorKind, Result, Retry},
    scene::Scene,
};

const PAGE: Page = Page { name: "qrcode", title: ["小程序码", "Codes"] };

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new("/api/health", Open).health().get(health, |schemas| {
            Operation::new("getTutorialHealth", Tag::Tutorial, "Whether the service is listening")
                .json::<TutorialHealth>(schemas, 200, "Always `ok`.")
        }),
        Route::new("/api/qrcode", Key(Scope::Codes)).post(create, |schemas| {
            let operation = Operation::new("createTutorialCode", Tag::Tutorial, "Fetch a mini-program code")
                .about("Takes `{scene, page}` and the other fields of `/v1/codes` except `wait`.")
                .body::<SingleCode>(schemas, json!({ "scene": "id=8801", "page": "pages/detail/detail" }))
                .never_fails()
                .json::<TutorialCode>(schemas, 200, "The code.")
                // Outside of the handler, such as when the deadline passes, errors are problems.
                .fails(&[403, 408, 413, 431, 501, 503, 504]);
            [400, 403, 413, 429, 500, 502, 503, 504].into_iter().fold(operation, |operation, status| {
                operation.json::<TutorialError>(schemas, status, "The error as one sentence.")
            })
        }),
        Route::new("/qrcode", Access::Page(Scope::Codes))
            .get(page, |_| pages::describe_page("getCodePage", "A form for codes")),
        Route::new("/qrcode.js", Key(Scope::Codes)).get(
            || async { pages::script(include_str!("qrcode.js")) },
            |_| pages::describe_script("getCodeScript", "Script of `/qrcode`"),
        ),
    ]
}

/// A code in the tutorials' form.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct TutorialCode {
    success: bool,
    /// `data:` URI.
    image: String,
    scene: Option<String>,
    page: Option<String>,
}

/// An error in the tutorials' form.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct TutorialError {
    success: bool,
    error: String,
}

/// Health in the tutorials' form.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct TutorialHealth {
    success: bool,
    status: &'static str,
    version: &'static str,
}

/// `{scene, page}` and any other field of `/v1/codes` -> `{success, image, scene, page}`. Errors are
/// `{success: false, error}`, with status 400 for everything that the client can correct.
async fn create(State(app): State<Arc<App>>, headers: HeaderMap, body: Result<Bytes, BytesRejection>) -> Response {
    match fetch(&app, &headers, body).await {
        Ok(body) => Json(body).into_response(),
        Err(error) => error_response(error, Language::of_client(&headers)),
    }
}

async fn fetch(app: &App, headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<TutorialCode> {
    let mut members = Members::of(body::json(headers, body)?, "");
    let single = SingleCode::read(&mut members);
    let need = code_fields::need(members, single)?;
    let (need, picture) = app.codes.code(need, WaitPolicy::Wait).await?;
    let (page, scene) = need.page_and_scene().unzip();
    let scene = match scene {
        Some(Scene::Text(scene)) => Some(scene.to_string()),
        _ => None,
    };
    let page = page.map(|page| page.to_string());
    Ok(TutorialCode { success: true, image: codes::data_uri(&picture), scene, page })
}

/// Error response: message and hint in one line.
fn error_response(error: Error, language: Language) -> Response {
    let (kind, code, retry) = (error.kind(), error.code(), error.retry_advice());
    let (status, error) = match kind {
        ErrorKind::Malformed | ErrorKind::Invalid | ErrorKind::Unsupported | ErrorKind::NotFound => {
            (StatusCode::BAD_REQUEST, error)
        }
        _ => {
            // As with other errors, the response tells nothing about the machine.
            let problem = Problem::from(error.clone()).into_response();
            let shown = problem.extensions().get::<Shown>().map(|shown| shown.error.clone());
            (problem.status(), shown.unwrap_or(error))
        }
    };
    let error = language.error(error);
    let mut message = match error.all_findings() {
        [] | [_] => error.message().to_owned(),
        all => language.sentences(all.iter().map(|finding| finding.message.as_str())),
    };
    if let Some(hint) = error.hint_text().or(error.all_findings().iter().find_map(|finding| finding.hint.as_deref())) {
        message = language.of([format!("{message}（{hint}）"), format!("{message} ({hint})")]);
    }
    let mut response = (status, Json(TutorialError { success: false, error: message })).into_response();
    response.extensions_mut().insert(LoggedCode(code));
    if let Retry::After(wait) = retry {
        response.headers_mut().insert(header::RETRY_AFTER, seconds(wait).into());
    }
    response
}

/// Health check.
async fn health() -> Json<TutorialHealth> {
    Json(TutorialHealth { success: true, status: "ok", version: env!("CARGO_PKG_VERSION") })
}

/// HTML page of the form.
async fn page(reader: Reader) -> Result<Response, Problem> {
    PAGE.show(&reader, json!({}))
}

#[cfg(test)]
mod tests {
    use haibao_core::error::Domain;

    use super::*;

    #[tokio::test]
    async fn errors_name_nothing_of_the_machine() {
        let text = async |error: Error, language| {
            let response = error_response(error, language);
            assert!(response.extensions().get::<LoggedCode>().is_some_and(|code| code.0 == "store_failed"));
            let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
            String::from_utf8(body.to_vec()).unwrap()
        };
        let finding = crate::words::folder_failed("/var/lib/haibao", crate::words::blob_written(), "full");
        let error = Error::of(ErrorKind::Internal, finding).domain(Domain::Store);
        for language in [Language::English, Language::Chinese] {
            let text = text(error.clone(), language).await;
            assert!(!text.contains("/var/lib"), "{text}");
        }
    }
}
