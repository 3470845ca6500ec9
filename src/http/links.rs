//! Signed links: `POST /v1/posters/links` creates one, `GET /v1/posters/{payload}.png` responds with its poster.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Path, RawQuery, State, rejection::PathRejection},
    http::HeaderMap,
    response::Response,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    access::Access::{Key, Open},
    body::{JsonBody, Members},
    caching::{self, File},
    created::{base_url, created, now, since_epoch},
    fields::{BodyFields, Seconds, fields},
    openapi::operation::{Operation, Tag, fails},
    posters::{PosterBody, add_findings, at_template, check, check_with_poster, picture, read, request},
    problem::Problem,
    route::Route,
};
use crate::{
    access::Scope,
    service::{App, Author, ComposeRequest, check_findings, check_link, checked_plan, compose, link_findings},
    words,
};
use haibao_core::{
    encode::Format,
    error::{Error, ErrorKind, Result},
    plan,
};

/// Lifetime of a link whose request does not set one, s.
const DEFAULT_EXPIRES_IN: u64 = 86_400;
/// Extensions of other pictures. If there is no such format, the error names those that there are.
const OTHER_PICTURES: [&str; 3] = ["jpg", "jpeg", "webp"];

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new("/v1/posters/links", Key(Scope::Posters)).post(create, |schemas| {
            let example = json!({
                "template": "product-share",
                "params": { "product": "assets/vase.jpg", "title": "天青釉手作花瓶", "price": 12800, "goods_id": "8801" },
                "expires_in": 86_400,
            });
            Operation::new("signLink", Tag::Posters, "Sign a link to a poster")
                .about("Equal requests within the grid of the settings give equal URLs, so that a CDN can cache them.")
                .body::<LinkBody>(schemas, example)
                .json::<SignedLink>(schemas, 201, "The link.")
                .with(201, "Location", "Path of the link.")
                .with(201, "X-Haibao-Findings", "Number of warnings that are known before the poster is drawn.")
                .with(201, "X-Haibao-Finding-Codes", "Codes of these warnings, each once; at most 20.")
                .with(201, "X-Haibao-Texts", "`review` or `masked`: the result of the check of users' texts.")
                .fails(fails::POSTER)
        }),
        Route::new("/v1/posters/{file}", Open).draws().get(poster, |_| {
            let operation = Operation::new("getSignedPoster", Tag::Posters, "The poster of a signed link")
                .path("file", "Payload of the link and extension.")
                .query("sig", "Signature of the payload.");
            caching::describe(operation, &Format::media_types())
                .with_findings(200)
                .with(200, "Server-Timing", "ms per stage.")
                .fails(&[403])
                .fails(fails::POSTER)
        }),
    ]
}

/// A signed link.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct SignedLink {
    /// URL of the poster.
    url: String,
    /// When the link expires, s since 1970-01-01 UTC.
    expires_at: u64,
}

/// Signs a link to a poster; responds 201. The request is planned and checked, so that its errors show before a client opens
/// the link.
async fn create(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let mut members = body.as_object().cloned().unwrap_or_default();
    let (request, expires_in) = read_link(&app, body).await?;
    let (format, strict) = (request.format, request.strict);
    // Texts are checked here, once; the link has the result.
    members.remove("openid");
    let mut link = app.signer.sign(&members, now(), expires_in)?;
    let template = app.template(&request.template).await.map_err(at_template)?;
    let plan = plan::Request { params: request.params, code: request.code, scale: request.scale };
    let checked = checked_plan(&app, template, plan, request.author).await?;
    if members.get_mut("params").is_some_and(|params| checked.mask(params)) {
        link = app.signer.sign(&members, now(), expires_in)?;
    }
    check_link(&app, &checked.plan).await?;
    let mut findings = checked.plan.findings.clone();
    let life = Duration::from_secs(link.expires_at).saturating_sub(since_epoch());
    findings.extend(link_findings(&app, &checked.plan, life).await);
    if strict {
        check_findings(&findings)?;
    }
    app.keep_for_link(&request.template).await.map_err(at_template)?;
    let path = format!("/v1/posters/{}.{}?sig={}", link.payload, format.extension(), link.signature);
    let url = format!("{}{path}", base_url(&app, &headers));
    let mut response = created(&path, true, SignedLink { url, expires_at: link.expires_at });
    add_findings(response.headers_mut(), &findings);
    Ok(response)
}

fields! {
    /// A poster and the lifetime of the link to it.
    struct LinkBody {
        @flat poster: PosterBody;
        /// Lifetime of the link in seconds, rounded up to the grid of the settings. Default: one day.
        #[schemars(range(min = 1))]
        expires_in: Seconds, want_seconds;
    }
}

async fn read_link(app: &App, body: Value) -> Result<(ComposeRequest, u64)> {
    let max_seconds = app.signer.max_seconds();
    let mut members = Members::of(body, "");
    let LinkBody { poster, expires_in } = LinkBody::read(&mut members);
    let request = ComposeRequest { is_link: true, ..request(poster, &mut members) };
    let expires_in = expires_in.map(|seconds| seconds.0);
    if expires_in.is_some_and(|seconds| !(1..=max_seconds).contains(&seconds)) {
        members.fault("expires_in", words::value_range(1_u64, max_seconds));
    }
    let request = check_with_poster(app, members, request).await?;
    Ok((request, expires_in.unwrap_or(DEFAULT_EXPIRES_IN.min(max_seconds))))
}

/// Verifies a link and composes its poster. A link that expires meanwhile was valid when it was opened: its poster is sent, but
/// no cache may keep it.
async fn poster(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path(name) = path.map_err(caching::unknown_file)?;
    let (payload, format) = file(&name)?;
    let signature = caching::parameter(query.as_deref(), "sig").unwrap_or_default();
    let link = app.signer.open(payload, &signature, now())?;
    let request = read_request(link.request)?;
    let request = ComposeRequest { format, is_hashed: true, ..request };
    let composed = compose(&app, request).await.map_err(at_template)?;
    // Drawing may have taken a part of the link's life. A missing picture may be available for the next client.
    let max_age = app.signer.max_age(link.expires_at, since_epoch()).filter(|_| !composed.is_degraded);
    let cache = max_age.map_or_else(|| "no-store".to_owned(), |seconds| format!("public, max-age={seconds}"));
    let file = File {
        media_type: format.media_type(),
        extension: format.extension(),
        tag: &caching::tag(composed.file().hash),
        cache: &cache,
    };
    Ok(caching::respond(&file, &headers, query.as_deref(), || picture(&composed)))
}

fn read_request(request: Map<String, Value>) -> Result<ComposeRequest> {
    let mut members = Members::of(Value::Object(request), "");
    let request = read(&mut members);
    check(members)?;
    // The signer of a link has checked its texts.
    Ok(ComposeRequest { author: Author::Trusted, is_link: true, ..request })
}

/// Splits a file name into payload and format.
///
/// # Errors
/// `path_unknown`; `format_unsupported`.
fn file(name: &str) -> Result<(&str, Format)> {
    let unknown = || Error::of(ErrorKind::NotFound, words::link_unknown());
    let (payload, extension) = name.rsplit_once('.').filter(|(payload, _)| !payload.is_empty()).ok_or_else(unknown)?;
    match Format::of_file(name) {
        Some((_, format)) => Ok((payload, format)),
        None if OTHER_PICTURES.contains(&extension) => {
            let finding = words::format_unsupported(words::quote(extension), Format::names());
            let extensions: Vec<_> = Format::ALL.iter().map(|format| format!(".{}", format.extension())).collect();
            Err(Error::of(ErrorKind::Invalid, finding).hint(words::use_extension(extensions.join(", "))))
        }
        None => Err(unknown()),
    }
}
