//! `GET /v1/exports/{id}/events`: progress as server-sent events (WHATWG HTML 9.2). The state is read from the database, so
//! every instance reports the same.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::State as Extract,
    http::{HeaderMap, StatusCode},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{Stream, stream};
use serde_json::Value;

use super::{super::problem::Problem, Own, view};
use crate::service::App;
use haibao_core::error::ErrorKind;

/// Interval between polls of the database.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// Reconnection delay sent to clients.
const RETRY: Duration = Duration::from_secs(2);
/// Interval of keep-alive comments while nothing changes; without them, proxies close idle connections.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Sends `event: export` with the export as JSON whenever it changes, at most twice a second. The last event has the final
/// state.
pub async fn events(Extract(app): Extract<Arc<App>>, Own(id): Own, headers: HeaderMap) -> Result<Response, Problem> {
    let seen = app.exports.get(&id).await?;
    // The client has the final state already; 204 stops it from reconnecting.
    if headers.contains_key("last-event-id") && seen.export.state.is_over() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let events = Sse::new(changes(app, id)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    Ok(([("cache-control", "no-store"), ("x-accel-buffering", "no")], events).into_response())
}

/// State of one client's event stream.
struct Feed {
    app: Arc<App>,
    id: String,
    /// Number of polls that led to an event or an error; also the event id.
    number: u64,
    last_sent: Option<Value>,
    is_over: bool,
}

fn changes(app: Arc<App>, id: String) -> impl Stream<Item = Result<Event, Infallible>> {
    let feed = Feed { app, id, number: 0, last_sent: None, is_over: false };
    stream::unfold(feed, |mut feed| async move {
        if feed.is_over {
            return None;
        }
        loop {
            if feed.number > 0 {
                tokio::select! {
                    () = tokio::time::sleep(POLL_INTERVAL) => {}
                    // On shutdown, the client reconnects to another instance.
                    () = feed.app.exports.closing() => return None,
                }
            }
            let view = match view::full(&feed.app.exports, &feed.id).await {
                Ok(view) => view,
                // The export was removed.
                Err(error) if error.kind() == ErrorKind::NotFound => return None,
                // The database is unavailable: retry at the next poll.
                Err(_) => {
                    feed.number += 1;
                    continue;
                }
            };
            if feed.last_sent.as_ref() == Some(&view) {
                continue;
            }
            feed.is_over = ["done", "cancelled", "failed", "expired"].iter().any(|state| view["state"] == *state);
            feed.number += 1;
            let event = Event::default().event("export").id(feed.number.to_string()).data(view.to_string());
            let event = if feed.number == 1 { event.retry(RETRY) } else { event };
            feed.last_sent = Some(view);
            return Some((Ok(event), feed));
        }
    })
}
