//! `GET /v1/exports/{id}/events`: progress as server-sent events (WHATWG HTML 9.2). The state is read from the database, so
//! every instance reports the same.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{Stream, stream};
use serde_json::json;
use tokio::time::{Instant, timeout_at};

use super::{super::problem::Problem, own::OwnExport, view::Export};
use crate::service::{
    App,
    export::jobs::{Snapshot, Snapshots, Watcher},
};
use haibao_core::error::ErrorKind;

/// Interval between polls of the database.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// Reconnection delay sent to clients.
const RETRY: Duration = Duration::from_secs(2);
/// Interval of keep-alive comments while nothing changes; without them, proxies close idle connections.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Longest lifetime of a stream; clients reconnect after it.
const MAX_LIFE: Duration = Duration::from_secs(30 * 60);

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
    let events = Sse::new(changes(watcher, MAX_LIFE)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    Ok(([("cache-control", "no-store"), ("x-accel-buffering", "no")], events).into_response())
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

/// The events of one client, for at most `life`.
fn changes(watcher: Watcher, life: Duration) -> impl Stream<Item = Result<Event, Infallible>> {
    let end = Instant::now() + life;
    stream::unfold((watcher, 0_u64, false), move |(mut watcher, number, is_over)| async move {
        if is_over {
            return None;
        }
        let snapshot = loop {
            // An error means that the poller has ended, and the last snapshot was sent.
            timeout_at(end, watcher.latest.changed()).await.ok()?.ok()?;
            if let Some(snapshot) = watcher.latest.borrow_and_update().clone() {
                break snapshot;
            }
        };
        let number = number + 1;
        let event = Event::default().event("export").id(number.to_string()).data(&*snapshot.text);
        let event = if number == 1 { event.retry(RETRY) } else { event };
        Some((Ok(event), (watcher, number, snapshot.is_over)))
    })
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;

    use super::*;
    use crate::service::export::jobs::Watchers;

    #[tokio::test]
    async fn a_stream_ends_after_its_longest_life_and_gives_back_its_place() {
        let watchers = Watchers::default();
        let poll = |snapshots: Snapshots| async move {
            for n in 0_u64.. {
                snapshots.send_replace(Some(Snapshot { text: n.to_string().into(), is_over: false }));
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let watcher = watchers.watch("a", poll).expect("room");
        let mut latest = watcher.latest.clone();
        let events = changes(watcher, Duration::from_millis(200)).count();
        let events = tokio::time::timeout(Duration::from_secs(20), events).await.expect("it ends");
        assert!((1..=11).contains(&events), "{events} events of 20 ms in 200 ms");
        let ended = async { while latest.changed().await.is_ok() {} };
        tokio::time::timeout(Duration::from_secs(20), ended).await.expect("the poller ends with the last watcher");
    }
}
