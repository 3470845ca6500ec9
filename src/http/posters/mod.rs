//! `POST /v1/posters`: returns the poster synchronously. `POST /v1/posters/explain`: describes how it is composed.

mod body;
mod explanation;
mod picture;

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use self::body::{ComposeBody, Respond};
pub(super) use self::{
    body::{PosterBody, at_template, check, check_with_poster, format_of, formats, read, request},
    explanation::Explanation,
    picture::{DEGRADED, Finished, add_findings, add_outcome, picture},
};
use super::{
    accepts::Accepts,
    access::Access::Key,
    body::{JsonBody, Members},
    fields::BodyFields,
    kept::{self, KeptPoster},
    large,
    media::preferred,
    openapi::operation::{Operation, Tag, fails},
    problem::Problem,
    route::Route,
};
use crate::{
    access::Scope,
    language::Language,
    service::{
        self, App, ComposeRequest, Composed, compose,
        explain::OVERLAY_FORMAT,
        pool::{CancelToken, Kind, Need},
    },
};
use haibao_core::encode::Format;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new("/v1/posters", Key(Scope::Posters)).accepts(Accepts::Pictures).draws().post(create, |schemas| {
            let about = "The poster, or with `\"respond\": \"url\"` the address of a poster that was kept already.";
            Operation::new("createPoster", Tag::Posters, "Compose a poster")
                .about("Returns the finished picture. A poster that cannot be composed completely is an error, never a 200.")
                .body::<ComposeBody>(schemas, example())
                .json::<KeptPoster>(schemas, 200, about)
                .json::<KeptPoster>(schemas, 201, "The address of the kept poster.")
                .with(201, "Location", "Path of the kept poster.")
                .with_findings(201)
                .with(201, "X-Haibao-Texts", "`review` or `masked`: the result of the check of users' texts.")
                .files(200, about, &Format::media_types())
                .with_findings(200)
                .with(200, "X-Haibao-Texts", "`review` or `masked`: the result of the check of users' texts.")
                .with(200, "Server-Timing", "ms per stage.")
                .fails(fails::POSTER)
        }),
        Route::new("/v1/posters/explain", Key(Scope::Posters)).accepts(Accepts::Pictures).draws().post(explain, |schemas| {
            Operation::new("explainPoster", Tag::Posters, "Describe how a poster is composed")
                .about(&format!(
                    "If `Accept` prefers `{}`, the response is the poster with all boxes drawn over it.",
                    OVERLAY_FORMAT.media_type()
                ))
                .body::<PosterBody>(schemas, example())
                .json::<Explanation>(schemas, 200, "Boxes, lines, fonts, sources, timings and findings.")
                .file(
                    200,
                    "Boxes, lines, fonts, sources, timings and findings; or the poster with its boxes.",
                    OVERLAY_FORMAT.media_type(),
                )
                .with_findings(200)
                .with(200, "X-Haibao-Texts", "`review` or `masked`: the result of the check of users' texts.")
                .fails(fails::POSTER)
        }),
    ]
}

fn example() -> Value {
    json!({
        "template": "product-share",
        "params": { "product": "assets/vase.jpg", "title": "天青釉手作花瓶", "price": 12800, "goods_id": "8801" },
    })
}

/// Composes a poster; responds 200 with the file.
async fn create(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let mut members = Members::of(body, "");
    let ComposeBody { poster, respond } = ComposeBody::read(&mut members);
    let respond = respond.unwrap_or_default();
    let is_hashed = matches!(respond, Respond::Url);
    let request = ComposeRequest { is_hashed, ..request(poster, &mut members) };
    let request = check_with_poster(&app, members, request).await?;
    let composed = compose(&app, request).await.map_err(at_template)?;
    match respond {
        Respond::Url => kept::keep(&app, &headers, &composed).await,
        Respond::File => {
            let mut response = picture(&composed);
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            Ok(response)
        }
    }
}

/// Composes a poster and explains it: as JSON, or if `Accept` prefers `image/png`, as the poster with the layers' boxes drawn
/// over it.
async fn explain(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let mut members = Members::of(body, "");
    let request = read(&mut members);
    let request = check_with_poster(&app, members, request).await?;
    let composed = compose(&app, request).await.map_err(at_template)?;
    explained(&app, &headers, composed).await
}

/// The explanation of a poster, in the form that the client accepts.
pub(super) async fn explained(app: &App, headers: &HeaderMap, mut composed: Composed) -> Result<Response, Problem> {
    let language = Language::of_client(headers);
    composed.rendered.findings = composed.rendered.findings.iter().map(|found| language.finding(found)).collect();
    let mut outcome = HeaderMap::new();
    add_outcome(&mut outcome, &composed);
    let fonts = Arc::clone(app.renderer.fonts());
    let need = Need { bytes: composed.rendered.bytes.len() as u64, ..Need::of(Kind::Other) };
    // It counts as the input of a job from here on: a task that waits for memory must not hold any.
    composed.held = None;
    if preferred(headers, &["application/json", OVERLAY_FORMAT.media_type()]) == 0 {
        let report = large::json(app, need, move || service::explain::explain(&composed, &fonts)).await?;
        return Ok((outcome, report).into_response());
    }
    // The bands, and the file that they are joined into.
    let need = Need { memory: 2 * need.bytes, ..need };
    let draw = move |token: &CancelToken<'_>| service::explain::overlay(&composed, &fonts, || token.check());
    let overlay = app.pool.run(need, draw).await?;
    let held = Finished { _held: service::hold(app, &overlay) };
    let mut response = (outcome, [(header::CONTENT_TYPE, OVERLAY_FORMAT.media_type())], overlay).into_response();
    response.extensions_mut().insert(held);
    Ok(response)
}
