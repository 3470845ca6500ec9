//! Every path of the service, one line each: its handlers, and the description of each method. The router, the hint of a 404
//! and the API document are made from this list.

use std::sync::Arc;

use axum::routing::{MethodRouter, get, post};

use super::{
    codes, docs, exports, index, legacy, metrics,
    openapi::{self, operation::Describe, operations as op},
    posters, ready, scenes, templates,
};
use crate::service::App;

/// A path, its handlers and the description of each of its methods.
pub(super) type Route = (&'static str, MethodRouter<Arc<App>>, &'static [Describe]);

/// All paths. `max_sheet_bytes` is the size limit of uploaded sheets.
#[rustfmt::skip]
pub(super) fn routes(max_sheet_bytes: usize) -> Vec<Route> {
    vec![
        ("/", get(index::page), &[op::service::index]),
        ("/healthz", get(|| async { "ok\n" }), &[op::service::health]),
        ("/readyz", get(ready::ready), &[op::service::ready]),
        ("/metrics", get(metrics::metrics), &[op::service::metrics]),
        ("/openapi.json", get(openapi::serve), &[op::service::document]),
        ("/docs", get(docs::page), &[op::service::docs]),
        ("/docs.js", get(docs::script), &[op::service::docs_script]),
        ("/docs.css", get(docs::style), &[op::service::docs_style]),
        ("/api/health", get(legacy::health), &[op::service::tutorial_health]),
        ("/api/qrcode", post(legacy::create), &[op::codes::tutorial]),
        ("/qrcode", get(legacy::page), &[op::service::qrcode]),
        ("/qrcode.js", get(legacy::script), &[op::service::qrcode_script]),
        ("/exports", get(exports::page::page), &[op::service::exports]),
        ("/exports.js", get(exports::page::script), &[op::service::exports_script]),
        ("/exports.css", get(exports::page::style), &[op::service::exports_style]),
        ("/v1/codes", post(codes::create), &[op::codes::create]),
        ("/v1/exports", get(exports::list).merge(exports::upload(max_sheet_bytes)), &[op::exports::list, op::exports::create]),
        ("/v1/exports/{id}", get(exports::one).delete(exports::cancel), &[op::exports::one, op::exports::cancel]),
        ("/v1/exports/{id}/events", get(exports::events::events), &[op::exports::events]),
        ("/v1/exports/{id}/download", get(exports::download::archive), &[op::exports::archive]),
        ("/v1/exports/{id}/failures.csv", get(exports::download::failures), &[op::exports::failures]),
        ("/v1/exports/{id}/manifest.csv", get(exports::download::manifest), &[op::exports::manifest]),
        ("/v1/exports/{id}/pause", post(exports::pause), &[op::exports::pause]),
        ("/v1/exports/{id}/resume", post(exports::resume), &[op::exports::resume]),
        ("/v1/posters", post(posters::create), &[op::posters::create]),
        ("/v1/posters/explain", post(posters::explain), &[op::posters::explain]),
        ("/v1/scenes", post(scenes::create), &[op::scenes::create]),
        ("/v1/scenes/{id}", get(scenes::one), &[op::scenes::one]),
        ("/v1/templates", get(templates::list), &[op::templates::list]),
        ("/v1/templates/{id}", get(templates::one), &[op::templates::one]),
        ("/v1/templates/{id}/blank.xlsx", get(exports::download::blank), &[op::templates::blank]),
        ("/v1/templates/{id}/samples/{file}", get(templates::sample), &[op::templates::sample]),
    ]
}
