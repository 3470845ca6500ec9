//! Watchers of exports: one poller per export, however many watch it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::AbortHandle,
};

use crate::words;
use haibao_core::error::{Error, ErrorKind, Result, Retry};

/// Maximum number of watchers in this process.
const MAX_WATCHERS: usize = 500;

/// An export as watchers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The export as JSON.
    pub text: Arc<str>,
    /// Whether its state is final.
    pub is_over: bool,
}

/// Sends what the poller of an export sees.
pub type Snapshots = watch::Sender<Option<Snapshot>>;

/// Watched exports of this process.
#[derive(Debug)]
pub struct Watchers {
    feeds: Mutex<HashMap<String, Weak<Feed>>>,
    places: Arc<Semaphore>,
}

#[derive(Debug)]
struct Feed {
    latest: watch::Receiver<Option<Snapshot>>,
    poller: AbortHandle,
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.poller.abort();
    }
}

/// A watcher. The poller ends with the last one of its export.
#[derive(Debug)]
pub struct Watcher {
    /// The latest snapshot; `None` before the first poll. Closed when the export is gone or the process stops.
    pub latest: watch::Receiver<Option<Snapshot>>,
    _feed: Arc<Feed>,
    _place: OwnedSemaphorePermit,
}

impl Default for Watchers {
    fn default() -> Self {
        Self { feeds: Mutex::default(), places: Arc::new(Semaphore::new(MAX_WATCHERS)) }
    }
}

impl Watchers {
    /// Watches an export. `poll` becomes its poller, unless there is one.
    ///
    /// # Errors
    /// `watchers_full` (429).
    pub fn watch<F>(&self, id: &str, poll: impl FnOnce(Snapshots) -> F) -> Result<Watcher>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| {
            Error::of(ErrorKind::Limited, words::watchers_full(MAX_WATCHERS))
                .retry(Retry::After(Duration::from_secs(30)))
        })?;
        let mut feeds = self.feeds.lock().unwrap_or_else(PoisonError::into_inner);
        feeds.retain(|_, feed| feed.strong_count() > 0);
        let known = feeds.get(id).and_then(Weak::upgrade).filter(|feed| !feed.poller.is_finished());
        let feed = known.unwrap_or_else(|| {
            let (snapshots, latest) = watch::channel(None);
            let poller = tokio::spawn(poll(snapshots)).abort_handle();
            let feed = Arc::new(Feed { latest, poller });
            feeds.insert(id.to_owned(), Arc::downgrade(&feed));
            feed
        });
        let mut latest = feed.latest.clone();
        // The first snapshot counts as new for this watcher.
        latest.mark_changed();
        Ok(Watcher { latest, _feed: feed, _place: place })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn watchers_of_one_export_share_a_poller_and_are_bounded() {
        let (watchers, pollers) = (Watchers::default(), Arc::new(AtomicUsize::new(0)));
        let poll = |snapshots: Snapshots| {
            let pollers = Arc::clone(&pollers);
            async move {
                pollers.fetch_add(1, Ordering::SeqCst);
                snapshots.send_replace(Some(Snapshot { text: "{}".into(), is_over: false }));
                snapshots.closed().await;
            }
        };
        let mut all: Vec<_> = (0..MAX_WATCHERS).map(|_| watchers.watch("a", poll).expect("room")).collect();
        for watcher in &mut all {
            watcher.latest.wait_for(Option::is_some).await.expect("a snapshot");
        }
        assert_eq!(pollers.load(Ordering::SeqCst), 1);
        assert_eq!(watchers.watch("a", poll).expect_err("full").code(), "watchers_full");
        let poller = all[0]._feed.poller.clone();
        drop(all);
        while !poller.is_finished() {
            tokio::task::yield_now().await;
        }
        watchers.watch("a", poll).expect("room again");
    }
}
