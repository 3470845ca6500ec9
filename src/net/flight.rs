//! Single flight: callers that want the same thing at the same time share one piece of work.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use tokio::sync::oneshot;
use tracing::Instrument;

use haibao_core::error::{Error, Kind, Result};

/// Work in progress, by key. Nothing is remembered once the work has ended: that is a cache's task.
///
/// The work runs in a task of its own. So a caller that goes away neither stops it nor leaves others waiting, and the
/// work itself must end by its own deadline. When it panics, every caller gets an `internal` error.
pub(crate) struct Flight<K, V> {
    running: Running<K, V>,
}

type Running<K, V> = Arc<Mutex<HashMap<K, Outcome<V>>>>;
type Outcome<V> = Shared<BoxFuture<'static, Result<V>>>;

impl<K, V> Default for Flight<K, V> {
    fn default() -> Self {
        Self { running: Arc::default() }
    }
}

impl<K, V> Flight<K, V>
where
    K: Clone + Eq + Hash + Send + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Joins the work that runs for `key`, or starts it.
    ///
    /// Work that looks into a cache must do so itself, too: between a caller's look and its call here the earlier work
    /// may have ended.
    pub async fn run<F>(&self, key: K, work: impl FnOnce() -> F) -> Result<V>
    where
        F: Future<Output = Result<V>> + Send + 'static,
    {
        let (report, outcome) = oneshot::channel();
        let outcome: Outcome<V> = outcome.map(|told| told.unwrap_or_else(|_| Err(stopped()))).boxed().shared();
        let joined = {
            let mut running = lock(&self.running);
            match running.get(&key) {
                Some(earlier) => Some(earlier.clone()),
                None => {
                    running.insert(key.clone(), outcome.clone());
                    None
                }
            }
        };
        if let Some(earlier) = joined {
            return earlier.await;
        }
        // From here on `landed` removes the entry, whatever becomes of the work. The lock is free: a runtime that is
        // shutting down drops the task, and `landed` with it, inside `spawn`.
        let landed = Landed { running: Arc::clone(&self.running), key };
        let work = work();
        tokio::spawn(
            async move {
                let result = work.await;
                drop(landed);
                // Nobody may be left to hear it.
                let _ = report.send(result);
            }
            .in_current_span(),
        );
        outcome.await
    }
}

/// Removes an entry when its work has ended, panicked or was dropped.
struct Landed<K: Eq + Hash, V> {
    running: Running<K, V>,
    key: K,
}

impl<K: Eq + Hash, V> Drop for Landed<K, V> {
    fn drop(&mut self) {
        lock(&self.running).remove(&self.key);
    }
}

/// A panic cannot leave the map half changed: each use is one call.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn stopped() -> Error {
    Error::new(Kind::Internal, "internal", "the work stopped before it had a result")
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        time::Duration,
    };

    use tokio::time::{sleep, timeout};

    use super::*;

    async fn in_time<T>(what: impl Future<Output = T>) -> T {
        timeout(Duration::from_secs(5), what).await.expect("nobody waits for ever")
    }

    #[tokio::test]
    async fn a_thousand_callers_share_one_piece_of_work_and_its_failure() {
        let flight = Flight::<u8, ()>::default();
        let calls = Arc::new(AtomicUsize::new(0));
        let one = || {
            let calls = Arc::clone(&calls);
            flight.run(1, || async move {
                calls.fetch_add(1, Ordering::SeqCst);
                sleep(Duration::from_millis(50)).await;
                Err(Error::new(Kind::Upstream, "down", "it is down").hint("wait"))
            })
        };
        let results = in_time(futures_util::future::join_all((0..1000).map(|_| one()))).await;
        assert_eq!(calls.load(Ordering::SeqCst), 1);
        assert_eq!(results.len(), 1000);
        assert!(results.iter().all(|r| matches!(r, Err(e) if e.code() == "down" && e.hint_text() == Some("wait"))));
        assert!(in_time(one()).await.is_err());
        assert_eq!(calls.load(Ordering::SeqCst), 2, "a failure is not remembered");
    }

    #[tokio::test]
    async fn a_cancelled_leader_leaves_nobody_waiting() {
        let flight = Arc::new(Flight::<u8, u32>::default());
        let work = || async {
            sleep(Duration::from_millis(100)).await;
            Ok(7)
        };
        let leader = tokio::spawn({
            let flight = Arc::clone(&flight);
            async move { flight.run(1, work).await }
        });
        sleep(Duration::from_millis(20)).await;
        let follower = tokio::spawn({
            let flight = Arc::clone(&flight);
            async move { flight.run(1, || async { Ok(8) }).await }
        });
        sleep(Duration::from_millis(20)).await;
        leader.abort();
        assert_eq!(in_time(follower).await.expect("the follower does not panic").expect("a value"), 7);
        assert_eq!(in_time(flight.run(1, || async { Ok(9) })).await.expect("a value"), 9, "the entry is gone");
    }

    #[tokio::test]
    async fn a_panic_is_an_error_for_all() {
        let flight = Flight::<u8, u32>::default();
        let burst = || flight.run(1, || async { panic!("on purpose") });
        let (a, b) = in_time(async { tokio::join!(burst(), burst()) }).await;
        for result in [a, b] {
            assert_eq!(result.expect_err("the work panicked").kind(), Kind::Internal);
        }
        assert_eq!(in_time(flight.run(1, || async { Ok(1) })).await.expect("a value"), 1);
    }
}
