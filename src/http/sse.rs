//! Server-sent events (WHATWG HTML 9.2) of what a client watches.

use std::{convert::Infallible, time::Duration};

use axum::response::{
    IntoResponse, Response,
    sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, stream};
use tokio::time::{Instant, timeout_at};

use crate::service::watchers::Watcher;

/// Reconnection delay sent to clients.
const RETRY: Duration = Duration::from_secs(2);
/// Interval of keep-alive comments while nothing changes; without them, proxies close idle connections.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Longest lifetime of a stream; clients reconnect after it.
const MAX_LIFE: Duration = Duration::from_secs(30 * 60);

/// Sends an event of this name for each state that a watcher sees. The current one is the first.
pub(super) fn respond(watcher: Watcher, name: &'static str) -> Response {
    let events = Sse::new(events(watcher, name, MAX_LIFE)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    ([("cache-control", "no-store"), ("x-accel-buffering", "no")], events).into_response()
}

/// The events of one client, for at most `life`.
fn events(watcher: Watcher, name: &'static str, life: Duration) -> impl Stream<Item = Result<Event, Infallible>> {
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
        let event = Event::default().event(name).id(number.to_string()).data(&*snapshot.text);
        let event = if number == 1 { event.retry(RETRY) } else { event };
        Some((Ok(event), (watcher, number, snapshot.is_over)))
    })
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;

    use super::*;
    use crate::service::watchers::{Snapshot, Snapshots, Watchers};

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
        let events = events(watcher, "n", Duration::from_millis(200)).count();
        let events = tokio::time::timeout(Duration::from_secs(20), events).await.expect("it ends");
        assert!((1..=11).contains(&events), "{events} events of 20 ms in 200 ms");
        let ended = async { while latest.changed().await.is_ok() {} };
        tokio::time::timeout(Duration::from_secs(20), ended).await.expect("the poller ends with the last watcher");
    }
}
