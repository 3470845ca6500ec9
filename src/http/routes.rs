//! Every path of the service, one line each. The router and the hint of a 404 are made from this list.

use std::sync::Arc;

use axum::routing::{MethodRouter, get, post};

use super::{assets, codes, exports, index, kept, legacy, links, posters, scenes, templates};
use crate::service::App;

/// The paths with their methods.
#[rustfmt::skip]
pub(super) fn routes(app: &App) -> Vec<(&'static str, MethodRouter<Arc<App>>)> {
    vec![
        ("/", get(index::page)),
        ("/healthz", get(|| async { "ok\n" })),
        ("/api/health", get(legacy::health)),
        ("/api/qrcode", post(legacy::create)),
        ("/qrcode", get(legacy::page)),
        ("/qrcode.js", get(legacy::script)),
        ("/exports", get(exports::page::page)),
        ("/exports.js", get(exports::page::script)),
        ("/exports.css", get(exports::page::style)),
        ("/v1/assets", assets::upload(app)),
        ("/v1/assets/{hash}", get(assets::one)),
        ("/v1/codes", post(codes::create)),
        ("/v1/exports", get(exports::list).merge(exports::upload(app))),
        ("/v1/exports/{id}", get(exports::one).delete(exports::cancel)),
        ("/v1/exports/{id}/events", get(exports::events::events)),
        ("/v1/exports/{id}/download", get(exports::download::archive)),
        ("/v1/exports/{id}/failures.csv", get(exports::download::failures)),
        ("/v1/exports/{id}/manifest.csv", get(exports::download::manifest)),
        ("/v1/exports/{id}/pause", post(exports::pause)),
        ("/v1/exports/{id}/resume", post(exports::resume)),
        ("/v1/posters", post(posters::create)),
        ("/v1/posters/explain", post(posters::explain)),
        ("/v1/posters/links", post(links::create)),
        ("/v1/posters/{file}", get(links::poster)),
        ("/v1/posters/kept/{file}", get(kept::poster)),
        ("/v1/scenes", post(scenes::create)),
        ("/v1/scenes/{id}", get(scenes::one)),
        ("/v1/templates", get(templates::list)),
        ("/v1/templates/{id}", get(templates::one)),
        ("/v1/templates/{id}/blank.xlsx", get(exports::download::blank)),
        ("/v1/templates/{id}/samples/{file}", get(templates::sample)),
    ]
}
