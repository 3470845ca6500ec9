//! `/studio/{template}` and `/v1/studio`: the files of a template and posters of drafts, for designers.

mod cases;
mod create;
mod draft;
mod events;
mod files;
mod page;
mod pictures;
mod shapes;
mod versions;
mod view;
mod write;

use std::sync::Arc;

use axum::{
    Extension,
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use self::{
    cases::{CasesBody, StudioCase},
    create::{CreatedTemplate, NewTemplate, StudioArtwork},
    draft::DraftBody,
    shapes::ArtworkShape,
    versions::StudioVersion,
    view::{StudioTemplate, WrittenFile},
};
use super::{
    accepts::Accepts,
    access::Access::{Key, Open, Page},
    caching::unknown_file,
    openapi::operation::{Operation, Tag, fails},
    pages,
    posters::Explanation,
    problem::Problem,
    route::Route,
    session,
};
use crate::{
    access::{Caller, Scope},
    language::Language,
    service::{App, catalog::Source, explain::OVERLAY_FORMAT, keep::PictureFormat, studio},
    words,
};
use haibao_core::{
    encode::Format,
    error::{Error, ErrorKind},
    template::engine::MAX_ARTWORK,
};

/// Maximum size of a file that is written, bytes.
const MAX_FILE: usize = 16 << 20;
const ID: &str = "Name of the template.";

pub(super) fn routes() -> Vec<Route> {
    let file = Accepts::File {
        max_bytes: |_| MAX_FILE,
        too_large: |limit| Error::of(ErrorKind::TooLarge, words::template_file_too_large(limit)),
    };
    let artwork = Accepts::File {
        max_bytes: |_| MAX_ARTWORK,
        too_large: |limit| Error::of(ErrorKind::TooLarge, words::artwork_bytes(limit)),
    };
    let read = Key(Scope::Templates);
    vec![
        Route::new("/studio", Open).get(
            || async { session::see_other("/") },
            |_| {
                Operation::new("getStudio", Tag::Pages, "To the page of all templates")
                    .empty(303, "To the page of all templates.")
                    .with(303, "Location", "Path of a page.")
            },
        ),
        Route::new("/studio/new", Page(Scope::Templates)).get(page::new_page, |_| {
            pages::describe_page("getStudioNewPage", "A new template from a starter or an SVG")
        }),
        Route::new("/studio/{template}", Page(Scope::Templates)).get(page::page, |_| {
            pages::describe_page("getStudioPage", "A template with its source, and its posters as it is edited")
                .path("template", ID)
                .fails(fails::LOOKUP)
        }),
        Route::new("/studio/files/{*path}", Open).get(files::file, |_| {
            Operation::new("getStudioFile", Tag::Pages, "A file of the studio's page, or the schema of layout.json")
                .rest("path", "Name of the file.")
                .files(200, "The file.", &files::media_types())
                .revalidates()
                .fails(fails::LOOKUP)
        }),
        Route::new("/v1/studio/artworks", Key(Scope::Admin)).accepts(artwork).draws().post(create::artworks, |schemas| {
            let format = Format::default().media_type();
            Operation::new("listStudioShapes", Tag::Studio, "What an SVG consists of: elements that may become slots")
                .about(&format!("Nothing is kept. If `Accept` prefers `{format}`, the response is the SVG as it is drawn."))
                .bytes()
                .json::<StudioArtwork>(schemas, 200, "Its elements with their boxes, and what is not drawn as it was designed.")
                .file(200, "Its elements and what is not drawn as it was designed; or the SVG as it is drawn.", format)
                .with_findings(200)
                .with(200, "Server-Timing", "ms per stage.")
                .fails(fails::POSTER)
                .fails(&[415])
        }),
        Route::new("/v1/studio/templates", Key(Scope::Admin)).accepts(Accepts::Pictures).post(
            create::templates,
            |schemas| {
                Operation::new("createStudioTemplate", Tag::Studio, "Create a template")
                    .about(
                        "Needs the setting `studio.edit`. It is a copy of another one, or made of an SVG whose elements become slots. \
                         Its folder is complete or absent.",
                    )
                    .body::<NewTemplate>(schemas, json!({ "name": "autumn", "from": "product-share" }))
                    .json::<CreatedTemplate>(schemas, 201, "The template.")
                    .with(201, "Location", "Path of the template.")
                    .fails(fails::LOOKUP)
                    .fails(&[409])
            },
        ),
        Route::new("/v1/studio/templates/{id}", read).get(one, |schemas| {
            Operation::new("getStudioTemplate", Tag::Studio, "A template with its files, also a broken one")
                .path("id", ID)
                .json::<StudioTemplate>(schemas, 200, "Its files as they are on disk, and what is wrong with them.")
                .fails(fails::LOOKUP)
                .fails(&[422])
        }),
        Route::new("/v1/studio/templates/{id}/files/{*path}", Key(Scope::Admin)).accepts(file).put(
            write::put,
            |schemas| {
                Operation::new("putStudioFile", Tag::Studio, "Write a file of a template")
                    .about(
                        "Needs the setting `studio.edit`. The file is replaced as a whole, also if the template is broken by it: then \
                         its version in use stays. A built-in template gets a folder with all of its files first.",
                    )
                    .path("id", ID)
                    .rest("path", "`layout.json`, `artwork.svg`, `samples/NAME.json` or `assets/NAME`.")
                    .header("If-Match", "Hash of the content that is replaced, in quotation marks.")
                    .header("If-None-Match", "`*` for a new file.")
                    .bytes()
                    .json::<WrittenFile>(schemas, 200, "The file was written.")
                    .with(200, "ETag", "Identifies the content.")
                    .fails(fails::LOOKUP)
                    .fails(&[403, 412, 413, 415, 422, 428])
            },
        ),
        Route::new("/v1/studio/templates/{id}/preview", read).accepts(Accepts::Pictures).draws().post(
            draft::preview,
            |schemas| {
                Operation::new("previewDraft", Tag::Studio, "Draw a poster of a template with unsaved texts")
                    .about("Its code is a sample: it needs no app, uses no quota and opens nothing.")
                    .path("id", ID)
                    .body::<DraftBody>(schemas, example())
                    .files(200, "The poster.", &Format::media_types())
                    .with_findings(200)
                    .with(200, "ETag", "Identifies the content.")
                    .with(200, "Server-Timing", "ms per stage.")
                    .fails(fails::POSTER)
            },
        ),
        Route::new("/v1/studio/templates/{id}/explain", read).accepts(Accepts::Pictures).draws().post(
            draft::explain,
            |schemas| {
                Operation::new("explainDraft", Tag::Studio, "Describe how a poster with unsaved texts is composed")
                    .about(&format!(
                        "If `Accept` prefers `{}`, the response is the poster with all boxes drawn over it.",
                        OVERLAY_FORMAT.media_type()
                    ))
                    .path("id", ID)
                    .body::<DraftBody>(schemas, example())
                    .json::<Explanation>(schemas, 200, "Boxes, lines, fonts, sources, timings and findings.")
                    .file(
                        200,
                        "Boxes, lines, fonts, sources, timings and findings; or the poster with its boxes.",
                        OVERLAY_FORMAT.media_type(),
                    )
                    .fails(fails::POSTER)
            },
        ),
        Route::new("/v1/studio/templates/{id}/cases", read)
            .accepts(Accepts::Pictures)
            .draws()
            .get(cases::saved, |schemas| {
                Operation::new("getStudioCases", Tag::Studio, "Check a template with difficult parameters")
                    .about("What `haibao check` finds: in posters of the samples, and of parameters made from the schema.")
                    .path("id", ID)
                    .json::<Vec<StudioCase>>(schemas, 200, "One per poster.")
                    .fails(fails::LOOKUP)
                    .fails(&[422])
            })
            .post(cases::drafted, |schemas| {
                Operation::new("checkDraft", Tag::Studio, "Check a template with unsaved texts")
                    .about("What `haibao check` finds: in posters of the samples, and of parameters made from the schema.")
                    .path("id", ID)
                    .body::<CasesBody>(schemas, json!({ "only": ["longest"] }))
                    .json::<Vec<StudioCase>>(schemas, 200, "One per poster.")
                    .fails(fails::LOOKUP)
                    .fails(&[422])
            }),
        Route::new("/v1/studio/templates/{id}/versions", read).get(versions::list, |schemas| {
            Operation::new("getStudioVersions", Tag::Studio, "The versions of a template")
                .about("Requests may pin them: `name@version`.")
                .path("id", ID)
                .json::<Vec<StudioVersion>>(schemas, 200, "At most 50, the latest first.")
                .fails(fails::LOOKUP)
        }),
        Route::new("/v1/studio/templates/{id}/pictures/{*path}", read).get(pictures::one, |_| {
            Operation::new("getStudioPicture", Tag::Studio, "A picture of a template's folder")
                .path("id", ID)
                .rest("path", "Path within the template's folder.")
                .files(200, "The file.", &PictureFormat::ALL.map(PictureFormat::media_type))
                .revalidates()
                .fails(fails::LOOKUP)
                .fails(&[422])
        }),
        Route::new("/v1/studio/templates/{id}/shapes", read).get(shapes::shapes, |schemas| {
            Operation::new("listArtworkShapes", Tag::Studio, "List the elements of the artwork that layers can be bound to")
                .path("id", ID)
                .json::<Vec<ArtworkShape>>(schemas, 200, "Those with an id and a size, in the order of drawing; at most 2000.")
                .fails(fails::LOOKUP)
                .fails(&[422])
        }),
        Route::new("/v1/studio/templates/{id}/events", read).get(events::events, |_| {
            Operation::new("watchStudioTemplate", Tag::Studio, "Follow the files of a template as server-sent events")
                .about(
                    "Each `event: change` has the version in use, the hash of each file, and the findings, as JSON. The first one is \
                     sent at once.",
                )
                .path("id", ID)
                .file(200, "Events until the template is removed.", "text/event-stream")
                .fails(fails::LOOKUP)
        }),
    ]
}

fn example() -> serde_json::Value {
    json!({ "params": { "product": "assets/vase.jpg", "title": "天青釉手作花瓶", "price": 12800, "goods_id": "8801" } })
}

/// One template with its files.
async fn one(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path(id) = path.map_err(unknown_file)?;
    let (language, editable) = (Language::of_client(&headers), app.studio.edit && caller.may(Scope::Admin));
    let name = id.clone();
    let view = move |source: &Source| StudioTemplate::of(&name, source, editable, language).to_json();
    let body = studio::source(&app.catalog, &id, view).await?;
    Ok(([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], Body::from(body))
        .into_response())
}
