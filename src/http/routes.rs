//! Every path of the service, one line each: who may use it, its handlers, and the description of each method. The router,
//! the hint of a 404 and the API document are made from this list.

use std::sync::Arc;

use axum::routing::{MethodRouter, get, post};

use super::{
    access::Access::{self, Key, Open, Page},
    assets, codes, docs, exports, index, kept, legacy, links, login, metrics,
    openapi::{self, operation::Describe, operations as op},
    posters, ready, scenes, templates,
};
use crate::{access::Scope, service::App};

/// A path, who may use it, its handlers and the description of each of its methods.
pub(super) type Route = (&'static str, Access, MethodRouter<Arc<App>>, &'static [Describe]);

/// All paths. In keyed services, only [`Open`] paths can be used without a key. `max_sheet_bytes` and `max_asset_bytes` are the
/// size limits of uploaded sheets and pictures.
#[rustfmt::skip]
pub(super) fn routes(max_sheet_bytes: usize, max_asset_bytes: usize) -> Vec<Route> {
    vec![
        ("/", Page(Scope::Templates), get(index::page), &[op::service::index]),
        ("/healthz", Open, get(|| async { "ok\n" }), &[op::service::health]),
        ("/readyz", Open, get(ready::ready), &[op::service::ready]),
        ("/metrics", Key(Scope::Admin), get(metrics::metrics), &[op::service::metrics]),
        ("/openapi.json", Open, get(openapi::serve), &[op::service::document]),
        ("/docs", Open, get(docs::page), &[op::service::docs]),
        ("/docs.js", Open, get(docs::script), &[op::service::docs_script]),
        ("/docs.css", Open, get(docs::style), &[op::service::docs_style]),
        ("/api/health", Open, get(legacy::health), &[op::service::tutorial_health]),
        ("/api/qrcode", Key(Scope::Codes), post(legacy::create), &[op::codes::tutorial]),
        ("/qrcode", Page(Scope::Codes), get(legacy::page), &[op::service::qrcode]),
        ("/qrcode.js", Key(Scope::Codes), get(legacy::script), &[op::service::qrcode_script]),
        ("/exports", Page(Scope::Exports), get(exports::page::page), &[op::service::exports]),
        ("/exports.js", Key(Scope::Exports), get(exports::page::script), &[op::service::exports_script]),
        ("/exports.css", Key(Scope::Exports), get(exports::page::style), &[op::service::exports_style]),
        ("/login", Open, login::routes(), &[op::service::login, op::service::log_in]),
        ("/logout", Open, login::log_out(), &[op::service::log_out]),
        ("/v1/assets", Key(Scope::Assets), assets::upload(max_asset_bytes), &[op::assets::create]),
        ("/v1/assets/{hash}", Key(Scope::Assets), get(assets::one), &[op::assets::one]),
        ("/v1/codes", Key(Scope::Codes), post(codes::create), &[op::codes::create]),
        ("/v1/exports", Key(Scope::Exports), get(exports::list).merge(exports::upload(max_sheet_bytes)), &[op::exports::list, op::exports::create]),
        ("/v1/exports/{id}", Key(Scope::Exports), get(exports::one).delete(exports::cancel), &[op::exports::one, op::exports::cancel]),
        ("/v1/exports/{id}/events", Key(Scope::Exports), get(exports::events::events), &[op::exports::events]),
        ("/v1/exports/{id}/download", Key(Scope::Exports), get(exports::download::archive), &[op::exports::archive]),
        ("/v1/exports/{id}/failures.csv", Key(Scope::Exports), get(exports::download::failures), &[op::exports::failures]),
        ("/v1/exports/{id}/manifest.csv", Key(Scope::Exports), get(exports::download::manifest), &[op::exports::manifest]),
        ("/v1/exports/{id}/pause", Key(Scope::Exports), post(exports::pause), &[op::exports::pause]),
        ("/v1/exports/{id}/resume", Key(Scope::Exports), post(exports::resume), &[op::exports::resume]),
        ("/v1/posters", Key(Scope::Posters), post(posters::create), &[op::posters::create]),
        ("/v1/posters/explain", Key(Scope::Posters), post(posters::explain), &[op::posters::explain]),
        ("/v1/posters/links", Key(Scope::Posters), post(links::create), &[op::links::create]),
        ("/v1/posters/{file}", Open, get(links::poster), &[op::links::poster]),
        ("/v1/posters/kept/{file}", Open, get(kept::poster), &[op::links::kept]),
        ("/v1/scenes", Key(Scope::Scenes), get(scenes::list).post(scenes::create), &[op::scenes::list, op::scenes::create]),
        ("/v1/scenes/{id}", Open, get(scenes::one), &[op::scenes::one]),
        ("/v1/templates", Key(Scope::Templates), get(templates::list), &[op::templates::list]),
        ("/v1/templates/{id}", Key(Scope::Templates), get(templates::one), &[op::templates::one]),
        ("/v1/templates/{id}/blank.xlsx", Key(Scope::Exports), get(exports::download::blank), &[op::templates::blank]),
        ("/v1/templates/{id}/samples/{file}", Key(Scope::Templates), get(templates::sample), &[op::templates::sample]),
    ]
}
