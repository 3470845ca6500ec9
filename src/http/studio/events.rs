//! `GET /v1/studio/templates/{id}/events`: changes of a template's files as server-sent events.

use std::sync::Arc;

use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::HeaderMap,
    response::Response,
};

use super::{
    super::{caching::unknown_file, problem::Problem, sse},
    view::Change,
};
use crate::{
    language::Language,
    service::{
        App,
        catalog::Source,
        studio,
        watchers::{Snapshot, Snapshots},
    },
};
use haibao_core::error::ErrorKind;

/// Sends `event: change` with the state of a template at once, and whenever its files have changed.
pub(super) async fn events(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path(id) = path.map_err(unknown_file)?;
    studio::require(&app.catalog, &id).await?;
    let language = Language::of_client(&headers);
    // Findings are in the language of the client.
    let thing = format!("{id} {}", language.tag());
    let follow = |snapshots| follow(Arc::clone(&app), id.clone(), language, snapshots);
    let watcher = app.studio.watchers.watch(&thing, follow)?;
    Ok(sse::respond(watcher, "change"))
}

/// Reads the template whenever the catalog has read its files, until it is gone.
async fn follow(app: Arc<App>, id: String, language: Language, snapshots: Snapshots) {
    let mut changes = app.catalog.listen(&id);
    loop {
        let view = move |source: &Source| Change::of(source, language).to_json();
        match studio::source(&app.catalog, &id, view).await {
            Ok(text) => {
                let snapshot = Some(Snapshot { text: text.into(), is_over: false });
                snapshots.send_if_modified(|latest| {
                    let is_new = *latest != snapshot;
                    *latest = snapshot;
                    is_new
                });
            }
            // The template was removed.
            Err(error) if error.kind() == ErrorKind::NotFound => return,
            // Its files cannot be read: the next change may make them readable.
            Err(_) => {}
        }
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { return },
            // On shutdown, the clients reconnect.
            () = app.exports.closing() => return,
        }
    }
}
