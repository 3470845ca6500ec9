//! Single flight: concurrent callers for one key share one task.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared, pending},
};
use tokio::sync::oneshot;
use tracing::Instrument;

use haibao_core::error::{Error, Result};

/// Running tasks by key. Results are not cached: an entry is removed when its task ends.
///
/// # Cancel safety
/// The work runs in a detached task, so a cancelled caller neither stops it nor affects other callers. The work must
/// enforce its own deadline, and may give up when [`abandoned`] completes. If it panics, every caller gets an `internal`
/// error.
pub(crate) struct Flight<K, V> {
    running: Running<K, V>,
}

type Running<K, V> = Arc<Mutex<HashMap<K, (SharedResult<V>, Weak<Callers>)>>>;
type SharedResult<V> = Shared<BoxFuture<'static, Result<V>>>;

/// Held by the callers of a task. Dropped with the last one.
struct Callers {
    _sender: oneshot::Sender<()>,
}

tokio::task_local! {
    /// Completes when the callers of the current task are gone.
    static GONE: Shared<BoxFuture<'static, ()>>;
}

/// Completes when all callers of the current flight have gone away; never outside of one.
pub(crate) async fn abandoned() {
    match GONE.try_with(Clone::clone) {
        Ok(gone) => gone.await,
        Err(_) => pending().await,
    }
}

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
    /// Joins the running task for `key`, or starts one.
    ///
    /// If callers check a cache first, `work` must check it again: an earlier task may have ended between the caller's
    /// check and this call.
    ///
    /// # Errors
    /// The error of the work, shared by all callers; `internal` if the work panicked.
    pub async fn run<F>(&self, key: K, work: impl FnOnce() -> F) -> Result<V>
    where
        F: Future<Output = Result<V>> + Send + 'static,
    {
        let (report, outcome) = oneshot::channel();
        let outcome: SharedResult<V> =
            outcome.map(|received| received.unwrap_or_else(|_| Err(stopped()))).boxed().shared();
        let (sender, gone) = oneshot::channel();
        let callers = Arc::new(Callers { _sender: sender });
        let joined = {
            let mut running = lock(&self.running);
            // One without callers may be giving up.
            match running.get(&key).and_then(|(earlier, callers)| Some((earlier.clone(), callers.upgrade()?))) {
                Some(earlier) => Some(earlier),
                None => {
                    running.insert(key.clone(), (outcome.clone(), Arc::downgrade(&callers)));
                    None
                }
            }
        };
        if let Some((earlier, _callers)) = joined {
            return earlier.await;
        }
        // From here on `entry` removes the map entry, even if the work panics or is dropped. The lock must be released
        // first: a runtime that is shutting down drops the task, and `entry` with it, inside `spawn`.
        let entry = Entry { running: Arc::clone(&self.running), key, callers: Arc::downgrade(&callers) };
        let gone = gone.map(drop).boxed().shared();
        let work = GONE.scope(gone, work());
        tokio::spawn(
            async move {
                let result = work.await;
                drop(entry);
                // All callers may have been cancelled.
                let _ = report.send(result);
            }
            .in_current_span(),
        );
        let result = outcome.await;
        drop(callers);
        result
    }
}

/// Guard that removes the map entry when its task ends, panics or is dropped.
struct Entry<K: Eq + Hash, V> {
    running: Running<K, V>,
    key: K,
    callers: Weak<Callers>,
}

impl<K: Eq + Hash, V> Drop for Entry<K, V> {
    fn drop(&mut self) {
        let mut running = lock(&self.running);
        // An abandoned task may have been replaced.
        if running.get(&self.key).is_some_and(|(_, callers)| callers.ptr_eq(&self.callers)) {
            running.remove(&self.key);
        }
    }
}

/// Locks the map. Poisoning is ignored: each critical section is a single map operation, so the map stays consistent.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn stopped() -> Error {
    Error::internal("the task ended without a result")
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        time::Duration,
    };

    use futures_util::future::join_all;
    use tokio::{sync::Semaphore, time::timeout};

    use super::*;
    use haibao_core::error::{ErrorKind, Message};

    /// The time is paused, and passes as soon as no task can go on.
    async fn in_time<T>(future: impl Future<Output = T>) -> T {
        timeout(Duration::from_secs(5), future).await.expect("no caller waits indefinitely")
    }

    #[tokio::test(start_paused = true)]
    async fn concurrent_callers_share_one_task_and_its_failure() {
        let flight = Flight::<u8, ()>::default();
        let (calls, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
        let call = || {
            let (calls, gate) = (Arc::clone(&calls), Arc::clone(&gate));
            flight.run(1, || async move {
                calls.fetch_add(1, Ordering::SeqCst);
                let _open = gate.acquire().await.expect("never closed");
                Err(Error::new(ErrorKind::Upstream, "down", Message::verbatim("it is down"))
                    .hint(Message::verbatim("wait")))
            })
        };
        let mut callers: Vec<_> = (0..1000).map(|_| Box::pin(call())).collect();
        assert!(callers.iter_mut().all(|caller| caller.now_or_never().is_none()));
        gate.add_permits(1);
        let results = in_time(join_all(callers)).await;
        assert_eq!(calls.load(Ordering::SeqCst), 1);
        assert_eq!(results.len(), 1000);
        assert!(results.iter().all(|r| matches!(r, Err(e) if e.code() == "down" && e.hint_text() == Some("wait"))));
        assert!(in_time(call()).await.is_err());
        assert_eq!(calls.load(Ordering::SeqCst), 2, "a failure is not cached");
    }

    #[tokio::test(start_paused = true)]
    async fn a_cancelled_leader_does_not_affect_followers() {
        let flight = Flight::<u8, u32>::default();
        let (open, gate) = oneshot::channel();
        let work = || async {
            gate.await.expect("it is opened");
            Ok(7)
        };
        let mut leader = Box::pin(flight.run(1, work));
        let mut follower = Box::pin(flight.run(1, || async { Ok(8) }));
        assert!((&mut leader).now_or_never().is_none() && (&mut follower).now_or_never().is_none());
        drop(leader);
        open.send(()).expect("the work goes on");
        assert_eq!(in_time(follower).await.expect("a value"), 7);
        assert_eq!(in_time(flight.run(1, || async { Ok(9) })).await.expect("a value"), 9, "the entry is removed");
    }

    #[tokio::test(start_paused = true)]
    async fn an_abandoned_task_can_give_up_and_is_replaced() {
        let flight = Flight::<u8, u32>::default();
        let (ended, end) = oneshot::channel();
        let work = || async {
            abandoned().await;
            let _ = ended.send(());
            // Still running when the next caller comes.
            pending().await
        };
        let mut first = Box::pin(flight.run(1, work));
        assert!((&mut first).now_or_never().is_none());
        drop(first);
        in_time(end).await.expect("it gives up");
        assert_eq!(in_time(flight.run(1, || async { Ok(2) })).await.expect("a value"), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_is_an_error_for_every_caller() {
        let flight = Flight::<u8, u32>::default();
        let call = || flight.run(1, || async { panic!("on purpose") });
        let (a, b) = in_time(async { tokio::join!(call(), call()) }).await;
        for result in [a, b] {
            assert_eq!(result.expect_err("the work panicked").kind(), ErrorKind::Internal);
        }
        assert_eq!(in_time(flight.run(1, || async { Ok(1) })).await.expect("a value"), 1);
    }
}
