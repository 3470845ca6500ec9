//! Artworks that posters draw now: other posters of the caller wait for them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{sync::watch, time::timeout_at};

use super::call::Call;
use haibao_core::paint::key::Key;

/// The caller, as it shares places with others, and the artwork. Callers do not wait for each other: the poster of the other one may
/// have to wait longer for its turn.
type Which = (Arc<str>, Key);

/// Artworks that are drawn now. The value is set when the poster that draws it is finished.
#[derive(Debug, Default)]
pub(super) struct Artworks(Mutex<HashMap<Which, watch::Receiver<bool>>>);

/// A poster that draws an artwork, for which others wait. If it is dropped before it is finished, the next one draws it.
#[derive(Debug)]
#[must_use = "others stop waiting when it is dropped"]
pub(super) struct Drawing<'a> {
    of: &'a Artworks,
    which: Which,
    finished: watch::Sender<bool>,
}

impl Artworks {
    /// Announces that the current call draws an artwork. `None` if another poster of the caller did: it is finished, or has not been
    /// when it is time for the call to go on without it.
    ///
    /// # Cancel safety
    /// A dropped call keeps none waiting.
    pub async fn first(&self, artwork: Key) -> Option<Drawing<'_>> {
        let call = Call::current();
        let which = (call.sharer(), artwork);
        loop {
            let mut other = match self.announce(&which) {
                Ok(drawing) => return Some(drawing),
                Err(other) => other,
            };
            // Fails when it is dropped.
            let is_finished = async move { other.wait_for(|is_finished| *is_finished).await.is_ok() };
            let is_finished = match call.until() {
                Some(until) => timeout_at(until.into(), is_finished).await.unwrap_or(true),
                None => is_finished.await,
            };
            if is_finished {
                return None;
            }
        }
    }

    fn announce(&self, which: &Which) -> Result<Drawing<'_>, watch::Receiver<bool>> {
        let mut known = self.lock();
        if let Some(other) = known.get(which) {
            return Err(other.clone());
        }
        let (finished, other) = watch::channel(false);
        known.insert(which.clone(), other);
        Ok(Drawing { of: self, which: which.clone(), finished })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Which, watch::Receiver<bool>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drawing<'_> {
    /// Lets the others go on, whether the artwork is cached now or not.
    pub fn finish(self) {
        self.finished.send_modify(|is_finished| *is_finished = true);
    }
}

impl Drop for Drawing<'_> {
    fn drop(&mut self) {
        self.of.lock().remove(&self.which);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use futures_util::FutureExt;

    use super::*;

    fn key(n: u8) -> Key {
        Key::from_bytes([n; 32])
    }

    #[tokio::test]
    async fn the_others_go_on_when_the_first_is_finished() {
        let artworks = Artworks::default();
        let first = artworks.first(key(1)).await.expect("the first");
        let mut second = std::pin::pin!(artworks.first(key(1)));
        assert!(second.as_mut().now_or_never().is_none(), "it waits");
        assert!(artworks.first(key(2)).await.is_some(), "another artwork");
        first.finish();
        assert!(second.await.is_none(), "it need not draw the artwork");
        assert!(artworks.first(key(1)).await.is_some(), "nothing is left of it");
        assert!(artworks.lock().is_empty());
    }

    #[tokio::test]
    async fn the_next_one_draws_it_if_the_first_is_dropped() {
        let artworks = Artworks::default();
        let first = artworks.first(key(1)).await.expect("the first");
        let mut second = std::pin::pin!(artworks.first(key(1)));
        let mut third = std::pin::pin!(artworks.first(key(1)));
        assert!(second.as_mut().now_or_never().is_none() && third.as_mut().now_or_never().is_none(), "both wait");
        drop(first);
        let second = second.await.expect("the next one");
        assert!(third.as_mut().now_or_never().is_none(), "it waits for the next one");
        second.finish();
        assert!(third.await.is_none());
    }

    #[tokio::test]
    async fn callers_and_exports_do_not_wait_for_each_other() {
        let artworks = Artworks::default();
        let minute = Duration::from_secs(60);
        let mut all = Vec::new();
        for call in [Call::new("a", minute), Call::new("b", minute), Call::export("a")] {
            all.push(call.scope(artworks.first(key(1))).await.expect("the first of its caller"));
        }
        let waits = Call::new("a", minute).scope(artworks.first(key(1)));
        assert!(waits.now_or_never().is_none(), "the second of its caller");
    }

    #[tokio::test]
    async fn a_call_waits_only_as_long_as_it_has_time() {
        let artworks = Artworks::default();
        let _first = artworks.first(key(1)).await.expect("the first");
        let call = Call::new("", Duration::from_millis(20));
        let deadline = call.deadline.expect("a deadline");
        assert!(call.scope(artworks.first(key(1))).await.is_none());
        assert!(Instant::now() >= deadline - Duration::from_millis(2), "a tenth of its time is left");
    }
}
