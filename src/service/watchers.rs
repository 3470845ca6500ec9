//! Watchers of exports and of templates: one poller for each thing that is watched, however many clients watch it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::{sync::watch, task::AbortHandle};

use super::call::Call;
use crate::{
    net::fair::{Share, Shares},
    words,
};
use haibao_core::error::{Error, ErrorKind, Result, Retry};

/// Maximum number of watchers of one kind in this process. Those of one key leave a part of the places to others.
const MAX_WATCHERS: u32 = 500;

/// State of a thing as its watchers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The state as JSON.
    pub text: Arc<str>,
    /// Whether its state is final.
    pub is_over: bool,
}

/// Sends what a poller sees.
pub type Snapshots = watch::Sender<Option<Snapshot>>;

/// Watched things of one kind in this process.
#[derive(Debug)]
pub struct Watchers {
    feeds: Mutex<HashMap<String, Weak<Feed>>>,
    places: Shares,
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

/// A watcher. The poller ends with the last one of its thing.
#[derive(Debug)]
pub struct Watcher {
    /// The latest snapshot; `None` before the first poll. Closed when the thing is gone or the process stops.
    pub latest: watch::Receiver<Option<Snapshot>>,
    _feed: Arc<Feed>,
    _place: Share,
}

impl Default for Watchers {
    fn default() -> Self {
        Self { feeds: Mutex::default(), places: Shares::with_room(MAX_WATCHERS) }
    }
}

impl Watchers {
    /// Watches the thing with this id for the current [`Call`]'s caller. `poll` becomes its poller, unless there is one.
    ///
    /// # Errors
    /// `watchers_full` (429) if all places are taken, or so many by the caller that it would not leave room to others.
    pub fn watch<F>(&self, id: &str, poll: impl FnOnce(Snapshots) -> F) -> Result<Watcher>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let call = Call::current();
        let place = match call.owner() {
            Some(_) => self.places.try_take(&call.caller, 1),
            // Without keys there are no others.
            None => self.places.take_free(&call.caller, 1),
        };
        let place = place.ok_or_else(|| {
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
    async fn watchers_of_one_thing_share_a_poller_and_are_bounded() {
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

    #[tokio::test]
    async fn watchers_of_one_key_leave_room_to_others() {
        let watchers = Watchers::default();
        let watch = async |key: &str| {
            let call = Call::new(key, Duration::from_secs(60));
            call.scope(async { watchers.watch("a", |snapshots| async move { snapshots.closed().await }) }).await
        };
        let mut all = Vec::new();
        let full = loop {
            match watch("flood").await {
                Ok(watcher) => all.push(watcher),
                Err(error) => break error,
            }
        };
        assert_eq!((full.code(), all.len()), ("watchers_full", 375));
        all.push(watch("shop").await.expect("room for another key"));
        assert_eq!(watch("flood").await.expect_err("its share is taken").code(), "watchers_full");
        all.truncate(300);
        watch("flood").await.expect("room again");
    }
}
