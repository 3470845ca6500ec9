//! `GET /v1/exports/{id}/events`: how far it is, told as it changes (server-sent events, WHATWG HTML 9.2). Everything
//! comes from the database, so that any instance tells the same.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::{Path, State as Extract},
    http::{HeaderMap, StatusCode},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{Stream, stream};
use serde_json::Value;

use super::{super::problem::Problem, view};
use crate::service::App;

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(500);
/// After how long a client comes again whose connection broke.
const RETRY: Duration = Duration::from_secs(2);
/// How often something is said when nothing changes, so that proxies keep the connection.
const ALIVE: Duration = Duration::from_secs(15);

/// `event: export` with the export as JSON, at most twice a second and only when it changed; the last one tells how it
/// ended.
pub async fn events(
    Extract(app): Extract<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let seen = app.exports.get(&id).await?;
    // A client that comes again after the end need not come again: 204 says so.
    if headers.contains_key("last-event-id") && seen.export.state.is_over() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let told = Sse::new(changes(app, id)).keep_alive(KeepAlive::new().interval(ALIVE));
    Ok(([("cache-control", "no-store"), ("x-accel-buffering", "no")], told).into_response())
}

/// What was told last.
struct Told {
    app: Arc<App>,
    id: String,
    number: u64,
    last: Option<Value>,
    is_over: bool,
}

fn changes(app: Arc<App>, id: String) -> impl Stream<Item = Result<Event, Infallible>> {
    let first = Told { app, id, number: 0, last: None, is_over: false };
    stream::unfold(first, |mut told| async move {
        if told.is_over {
            return None;
        }
        loop {
            if told.number > 0 {
                tokio::select! {
                    () = tokio::time::sleep(PAUSE) => {}
                    // The client comes again, to another instance.
                    () = told.app.exports.closing() => return None,
                }
            }
            let view = match view::whole(&told.app.exports, &told.id).await {
                Ok(view) => view,
                // It was removed.
                Err(error) if error.code() == "export_unknown" => return None,
                // The database is away: it will be back.
                Err(_) => {
                    told.number += 1;
                    continue;
                }
            };
            if told.last.as_ref() == Some(&view) {
                continue;
            }
            told.is_over = ["done", "cancelled", "failed", "expired"].iter().any(|state| view["state"] == *state);
            told.number += 1;
            let event = Event::default().event("export").id(told.number.to_string()).data(view.to_string());
            let event = if told.number == 1 { event.retry(RETRY) } else { event };
            told.last = Some(view);
            return Some((Ok(event), told));
        }
    })
}
