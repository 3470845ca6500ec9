//! `GET /v1/exports/{id}/events`: progress as server-sent events. The state is read from the database, so every instance reports
//! the same.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{
    super::{problem::Problem, sse},
    own::OwnExport,
    view::Export,
};
use crate::service::{
    App,
    watchers::{Snapshot, Snapshots},
};
use haibao_core::error::ErrorKind;

/// Interval between polls of the database.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// Sends `event: export` with the export as JSON whenever it changes, at most twice a second. The last event has the final
/// state.
pub async fn events(
    State(app): State<Arc<App>>,
    OwnExport(id): OwnExport,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let seen = app.exports.get(&id).await?;
    // The client has the final state already; 204 stops it from reconnecting.
    if headers.contains_key("last-event-id") && seen.export.state.is_over() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let poll = |snapshots| poll(Arc::clone(&app), id.clone(), snapshots);
    let watcher = app.exports.watchers.watch(&id, poll)?;
    Ok(sse::respond(watcher, "export"))
}

/// Polls the database until the export has ended or is gone.
async fn poll(app: Arc<App>, id: String, snapshots: Snapshots) {
    loop {
        match Export::load(&app.exports, &id).await {
            Ok(view) => {
                let is_over = view.state.is_over();
                let snapshot = Some(Snapshot { text: json!(view).to_string().into(), is_over });
                snapshots.send_if_modified(|latest| {
                    let is_new = *latest != snapshot;
                    *latest = snapshot;
                    is_new
                });
                if is_over {
                    return;
                }
            }
            // The export was removed.
            Err(error) if error.kind() == ErrorKind::NotFound => return,
            // The database is unavailable: retry at the next poll.
            Err(_) => {}
        }
        tokio::select! {
            () = tokio::time::sleep(POLL_INTERVAL) => {}
            // On shutdown, the clients reconnect to another instance.
            () = app.exports.closing() => return,
        }
    }
}
