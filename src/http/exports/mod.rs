//! `/v1/exports`: background jobs that render a poster for every row of a sheet.

mod download;
mod events;
pub(super) mod form;
mod options;
mod own;
mod page;
mod upload;
mod view;

use std::sync::Arc;

use axum::{
    Extension,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use options::ExportBody;
use own::{ID, OwnExport};
use schemars::SchemaGenerator;
use serde_json::json;
use view::{Export, no_store};

use super::{
    accepts::Accepts,
    access::Access::{Key, Page},
    openapi::operation::{Operation, Tag, fails},
    pages,
    problem::Problem,
    route::Route,
};
use crate::{
    access::{Caller, Scope},
    service::App,
};

/// Maximum number of exports listed.
const MAX_LISTED: i64 = 50;
/// Bytes allowed in a multipart body in addition to the sheet.
const MULTIPART_OVERHEAD: usize = 1 << 20;

pub(super) fn routes() -> Vec<Route> {
    let access = Key(Scope::Exports);
    let sheet = Accepts::Stream {
        max_bytes: |app| {
            let pictures = upload::max_pictures(app).saturating_add(MULTIPART_OVERHEAD);
            app.exports.config.max_bytes.saturating_add(pictures)
        },
    };
    vec![
        Route::new("/exports", Page(Scope::Exports)).get(page::page, |_| {
            pages::describe_page("getExportsPage", "Upload sheets, watch progress, download archives")
        }),
        Route::new("/exports.js", access).get(
            || async { pages::script(include_str!("../exports.js")) },
            |_| pages::describe_script("getExportsScript", "Script of `/exports`"),
        ),
        Route::new("/exports-list.js", access).get(
            || async { pages::script(include_str!("../exports-list.js")) },
            |_| pages::describe_script("getExportsListScript", "Script of the list of `/exports`"),
        ),
        Route::new("/exports.css", access).get(
            || async { pages::style(include_str!("../exports.css")) },
            |_| pages::describe_style("getExportsStyle", "Style sheet of `/exports`"),
        ),
        Route::new("/v1/exports", access)
            .accepts(sheet)
            .get(list, |schemas| {
                Operation::new("listExports", Tag::Exports, "List the latest exports").json::<Vec<Export>>(
                    schemas,
                    200,
                    "At most 50, the latest first.",
                )
            })
            .post(upload::create, |schemas| {
                Operation::new("createExport", Tag::Exports, "Start an export")
                    .about(
                        "Upload a CSV, XLSX, JSON or HTML file, and a ZIP archive of the pictures that it names. Each row \
                         becomes a poster in a ZIP archive.",
                    )
                    .form::<ExportBody>(schemas, json!({ "template": "product-share" }))
                    .json::<Export>(schemas, 202, "The export has started.")
                    .with(202, "Location", "Path of the export.")
                    .fails(fails::LOOKUP)
                    .fails(&[429])
            }),
        Route::new("/v1/exports/preview", access).accepts(sheet).post(upload::look, |schemas| {
            Operation::new("previewExport", Tag::Exports, "Look at a sheet before its export")
                .about(
                    "What each column sets, how the sheet is read, the reasons of invalid rows, and posters of some rows \
                     with sample codes. Takes the same form as an export, and starts nothing.",
                )
                .form::<ExportBody>(schemas, json!({ "template": "product-share" }))
                .json::<view::SheetPreview>(schemas, 200, "The sheet.")
                .fails(fails::LOOKUP)
                .fails(&[429])
        }),
        Route::new("/v1/exports/{id}", access)
            .get(one, |schemas| describe_one(schemas, "getExport", "State of an export", "State, counts, rate, links."))
            .delete(cancel, |_| {
                Operation::new("cancelExport", Tag::Exports, "Cancel an export and remove its files")
                    .path("id", ID)
                    .empty(204, "Removed.")
                    .fails(fails::LOOKUP)
            }),
        Route::new("/v1/exports/{id}/events", access).get(events::events, |_| {
            Operation::new("watchExport", Tag::Exports, "Progress of an export as server-sent events")
                .about("Each `event: export` has the export as JSON, at most twice a second.")
                .path("id", ID)
                .header("Last-Event-ID", "Sent by browsers that reconnect.")
                .file(200, "Events until the export has ended.", "text/event-stream")
                .empty(204, "The export has ended and the client has its final state.")
                .fails(fails::LOOKUP)
        }),
        Route::new("/v1/exports/{id}/download", access).get(download::archive, |_| {
            download::describe("downloadExport", "ZIP archive of all posters", "application/zip")
        }),
        Route::new("/v1/exports/{id}/failures.csv", access).get(download::failures, |_| {
            download::describe("getFailures", "Rows without a poster, with reasons", "text/csv")
        }),
        Route::new("/v1/exports/{id}/failures.xlsx", access).get(download::failures_workbook, |_| {
            download::describe("getFailuresWorkbook", "Rows without a poster, with reasons, as a workbook", download::XLSX)
        }),
        Route::new("/v1/exports/{id}/manifest.csv", access)
            .get(download::manifest, |_| download::describe("getManifest", "List of all posters", "text/csv")),
        Route::new("/v1/exports/{id}/pause", access)
            .post(pause, |schemas| describe_one(schemas, "pauseExport", "Pause an export", "Paused.").fails(&[409])),
        Route::new("/v1/exports/{id}/resume", access).post(resume, |schemas| {
            describe_one(schemas, "resumeExport", "Resume an export", "Resumed.").fails(&[409])
        }),
    ]
}

fn describe_one(schemas: &mut SchemaGenerator, id: &str, summary: &str, about: &str) -> Operation {
    Operation::new(id, Tag::Exports, summary).path("id", ID).json::<Export>(schemas, 200, about).fails(fails::LOOKUP)
}

/// Lists the caller's latest exports, without their failed rows.
async fn list(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>) -> Result<Response, Problem> {
    let mut all = Vec::new();
    let owner = caller.owner().filter(|_| !caller.sees_all());
    for export in app.exports.records.latest(MAX_LISTED, owner).await? {
        // Skip exports removed since the query.
        if let Ok(seen) = app.exports.get(&export.id).await {
            all.push(Export::listed(&app.exports, &seen).await);
        }
    }
    Ok(no_store(all))
}

/// One export: state, counts, rate, how its sheet is read, first failed rows, links.
async fn one(State(app): State<Arc<App>>, OwnExport(id): OwnExport) -> Result<Response, Problem> {
    Ok(no_store(Export::load_all(&app.exports, &id).await?))
}

async fn pause(State(app): State<Arc<App>>, OwnExport(id): OwnExport) -> Result<Response, Problem> {
    app.exports.pause(&id).await?;
    Ok(no_store(Export::load(&app.exports, &id).await?))
}

async fn resume(State(app): State<Arc<App>>, OwnExport(id): OwnExport) -> Result<Response, Problem> {
    app.exports.resume(&id).await?;
    Ok(no_store(Export::load(&app.exports, &id).await?))
}

/// Cancels an export and removes it.
async fn cancel(State(app): State<Arc<App>>, OwnExport(id): OwnExport) -> Result<Response, Problem> {
    app.exports.cancel(&id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
