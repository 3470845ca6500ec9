//! Every path of the service and who may use it, one line each. The router and the hint of a 404 are made from this list.

use std::sync::Arc;

use axum::routing::{MethodRouter, get, post};

use super::{
    access::Access::{self, Key, Open, Page},
    codes, exports, index, legacy, login, posters, scenes, templates,
};
use crate::{access::Scope, service::App};

/// A path, who may use it, and its handlers.
pub(super) type Route = (&'static str, Access, MethodRouter<Arc<App>>);

/// All paths. In keyed services, only [`Open`] paths can be used without a key.
#[rustfmt::skip]
pub(super) fn routes(app: &App) -> Vec<Route> {
    vec![
        ("/", Page(Scope::Templates), get(index::page)),
        ("/healthz", Open, get(|| async { "ok\n" })),
        ("/api/health", Open, get(legacy::health)),
        ("/api/qrcode", Key(Scope::Codes), post(legacy::create)),
        ("/qrcode", Page(Scope::Codes), get(legacy::page)),
        ("/qrcode.js", Key(Scope::Codes), get(legacy::script)),
        ("/exports", Page(Scope::Exports), get(exports::page::page)),
        ("/exports.js", Key(Scope::Exports), get(exports::page::script)),
        ("/exports.css", Key(Scope::Exports), get(exports::page::style)),
        ("/login", Open, login::routes()),
        ("/logout", Open, login::log_out()),
        ("/v1/codes", Key(Scope::Codes), post(codes::create)),
        ("/v1/exports", Key(Scope::Exports), get(exports::list).merge(exports::upload(app))),
        ("/v1/exports/{id}", Key(Scope::Exports), get(exports::one).delete(exports::cancel)),
        ("/v1/exports/{id}/events", Key(Scope::Exports), get(exports::events::events)),
        ("/v1/exports/{id}/download", Key(Scope::Exports), get(exports::download::archive)),
        ("/v1/exports/{id}/failures.csv", Key(Scope::Exports), get(exports::download::failures)),
        ("/v1/exports/{id}/manifest.csv", Key(Scope::Exports), get(exports::download::manifest)),
        ("/v1/exports/{id}/pause", Key(Scope::Exports), post(exports::pause)),
        ("/v1/exports/{id}/resume", Key(Scope::Exports), post(exports::resume)),
        ("/v1/posters", Key(Scope::Posters), post(posters::create)),
        ("/v1/posters/explain", Key(Scope::Posters), post(posters::explain)),
        ("/v1/scenes", Key(Scope::Scenes), get(scenes::list).post(scenes::create)),
        ("/v1/scenes/{id}", Open, get(scenes::one)),
        ("/v1/templates", Key(Scope::Templates), get(templates::list)),
        ("/v1/templates/{id}", Key(Scope::Templates), get(templates::one)),
        ("/v1/templates/{id}/blank.xlsx", Key(Scope::Exports), get(exports::download::blank)),
        ("/v1/templates/{id}/samples/{file}", Key(Scope::Templates), get(templates::sample)),
    ]
}
