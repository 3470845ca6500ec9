//! Single flight: concurrent callers for one key share one task.

use std::{
    collections::HashMap,
    hash::Hash,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared, pending, poll_immediate},
};
use tokio::sync::{oneshot, watch};
use tracing::Instrument;

use haibao_core::error::{Error, ErrorKind, Result};

#[cfg(test)]
mod tests;

/// Running tasks by key. Results are not cached: an entry is removed when its task ends.
///
/// A task waits for its turn in queues on behalf of the caller that started it. Until it has had its turn ([`queued`]), callers with
/// another name do not wait for it: each of them has a task of its own in the queue, and the first one that has its turn is joined by
/// all.
///
/// # Cancel safety
/// The work runs in a detached task, so a cancelled caller neither stops it nor affects other callers. The work must
/// enforce its own deadline, and may give up when [`abandoned`] completes. If it panics, every caller gets an `internal`
/// error.
pub(crate) struct Flight<K, V> {
    running: Running<K, V>,
}

type Running<K, V> = Arc<Mutex<HashMap<K, Tasks<V>>>>;
type SharedResult<V> = Shared<BoxFuture<'static, Result<V>>>;

/// The tasks of a key.
struct Tasks<V> {
    all: Vec<Task<V>>,
    /// Tells the callers that a task has another stage or has ended.
    changed: watch::Sender<()>,
}

struct Task<V> {
    caller: Arc<str>,
    stage: Stage,
    /// Whether it has begun and waits in a further queue.
    is_paused: bool,
    outcome: SharedResult<V>,
    callers: Weak<Callers>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    New,
    /// In a queue, in the turn of its caller.
    Waits,
    /// It has had its turn. Of the tasks of a key that have callers, one at most.
    Begun,
}

/// Held by the callers of a task. Dropped with the last one.
struct Callers {
    _sender: oneshot::Sender<()>,
}

/// How far the task is that a call waits for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Progress {
    /// Whether the call has started it.
    pub is_own: bool,
    /// Whether it has had its turn and waits in no further queue.
    pub is_working: bool,
}

/// A task that a call waits for.
struct Joined<V> {
    outcome: SharedResult<V>,
    callers: Arc<Callers>,
    changed: watch::Receiver<()>,
    /// Whether the call has started it.
    is_own: bool,
    /// Whether another caller has started it.
    is_of_another: bool,
}

/// What a task knows of itself.
#[derive(Clone)]
struct Current {
    /// Completes when its callers are gone.
    gone: Shared<BoxFuture<'static, ()>>,
    /// Enters a stage. `false` if it must not begin, because another task of its key has.
    enter: Arc<dyn Fn(Stage) -> bool + Send + Sync>,
    /// See [`Tasks::changed`].
    changed: watch::Receiver<()>,
}

tokio::task_local! {
    static CURRENT: Current;
}

/// Completes when all callers of the current flight have gone away; never outside of one.
pub(crate) async fn abandoned() {
    match CURRENT.try_with(|current| current.gone.clone()) {
        Ok(gone) => gone.await,
        Err(_) => pending().await,
    }
}

/// Waits for the turn of the current flight in the queue of its caller. Once it has begun, further queues do not change that, but its
/// callers see that it [does not work](Progress::is_working). If another flight of its key has begun, its callers join that one: then
/// this does not complete before it is [`abandoned`].
pub(crate) async fn queued<T>(turn: impl Future<Output = Result<T>>) -> Result<T> {
    let Ok(mut current) = CURRENT.try_with(Clone::clone) else { return turn.await };
    let mut turn = pin!(turn);
    let granted = match poll_immediate(turn.as_mut()).await {
        Some(granted) => granted?,
        None => {
            (current.enter)(Stage::Waits);
            turn.await?
        }
    };
    loop {
        current.changed.mark_unchanged();
        if (current.enter)(Stage::Begun) || current.changed.changed().await.is_err() {
            return Ok(granted);
        }
    }
}

impl<K, V> Default for Flight<K, V> {
    fn default() -> Self {
        Self { running: Arc::default() }
    }
}

impl<K, V> Flight<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Joins the running task for `key`, or starts one. For work without queues.
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
        let Joined { outcome, callers, .. } = self.join(&key, &Arc::default(), true, work);
        let result = outcome.await;
        drop(callers);
        result
    }

    /// As [`Flight::run`], for work that waits for the turn of its caller with [`queued`]. A call whose task was refused for a reason of
    /// another call (its time, or the rights and the quota of another caller) makes one attempt more. `progress` follows the task that it
    /// waits for.
    ///
    /// # Errors
    /// As [`Flight::run`].
    pub async fn run_for<F>(
        &self,
        key: K,
        caller: &Arc<str>,
        progress: &watch::Sender<Progress>,
        work: impl Fn() -> F,
    ) -> Result<V>
    where
        F: Future<Output = Result<V>> + Send + 'static,
    {
        let mut is_second = false;
        let mut joined = self.join(&key, caller, true, &work);
        loop {
            progress.send_replace(Progress { is_own: joined.is_own, is_working: self.is_working(&key, &joined) });
            let next = tokio::select! {
                biased;
                result = &mut joined.outcome => match result {
                    Err(error) if !is_second && joined.is_refusal_of_others(&error) => {
                        is_second = true;
                        Some(self.join(&key, caller, false, &work))
                    }
                    result => return result,
                },
                Ok(()) = joined.changed.changed() => self.better(&key, caller, &joined, &work),
            };
            if let Some(next) = next {
                joined = next;
            }
        }
    }

    fn is_working(&self, key: &K, joined: &Joined<V>) -> bool {
        let running = lock(&self.running);
        let task = running.get(key).and_then(|tasks| tasks.find(joined));
        task.is_some_and(|task| task.stage == Stage::Begun && !task.is_paused)
    }

    /// The task that a call should wait for instead of the one that it has joined.
    fn better<F>(&self, key: &K, caller: &Arc<str>, joined: &Joined<V>, work: impl FnOnce() -> F) -> Option<Joined<V>>
    where
        F: Future<Output = Result<V>> + Send + 'static,
    {
        {
            let running = lock(&self.running);
            let tasks = running.get(key)?;
            // If it has ended, its result comes.
            let task = tasks.find(joined)?;
            let may_stay = match task.stage {
                Stage::New => true,
                Stage::Waits => !joined.is_of_another,
                Stage::Begun => return None,
            };
            if may_stay && !tasks.all.iter().any(|task| task.is_joined_by_all()) {
                return None;
            }
        }
        let next = self.join(key, caller, true, work);
        let is_own = next.is_own || (joined.is_own && Arc::ptr_eq(&next.callers, &joined.callers));
        Some(Joined { is_own, ..next })
    }

    /// Joins a task of the key, or starts one. `may_share`: also one of another caller that has not begun.
    fn join<F>(&self, key: &K, caller: &Arc<str>, may_share: bool, work: impl FnOnce() -> F) -> Joined<V>
    where
        F: Future<Output = Result<V>> + Send + 'static,
    {
        let (report, outcome) = oneshot::channel();
        let (sender, gone) = oneshot::channel();
        let callers = Arc::new(Callers { _sender: sender });
        let joined = {
            let mut running = lock(&self.running);
            let tasks = running.entry(key.clone()).or_default();
            if let Some(joined) = tasks.choose(caller, may_share) {
                return joined;
            }
            let outcome: SharedResult<V> =
                outcome.map(|received| received.unwrap_or_else(|_| Err(stopped()))).boxed().shared();
            let task = Task {
                caller: Arc::clone(caller),
                stage: Stage::New,
                is_paused: false,
                outcome: outcome.clone(),
                callers: Arc::downgrade(&callers),
            };
            tasks.all.push(task);
            Joined { outcome, callers, changed: tasks.changed.subscribe(), is_own: true, is_of_another: false }
        };
        // From here on `entry` removes the task, even if the work panics or is dropped. The lock must be released
        // first: a runtime that is shutting down drops the task, and `entry` with it, inside `spawn`.
        let entry =
            Entry { running: Arc::clone(&self.running), key: key.clone(), callers: Arc::downgrade(&joined.callers) };
        let (running, key, callers) = (Arc::clone(&self.running), key.clone(), Arc::downgrade(&joined.callers));
        let current = Current {
            gone: gone.map(drop).boxed().shared(),
            enter: Arc::new(move |stage: Stage| {
                lock(&running).get_mut(&key).is_none_or(|tasks| tasks.enter(&callers, stage))
            }),
            changed: joined.changed.clone(),
        };
        let work = CURRENT.scope(current, work());
        tokio::spawn(
            async move {
                let result = work.await;
                drop(entry);
                // All callers may have been cancelled.
                let _ = report.send(result);
            }
            .in_current_span(),
        );
        joined
    }
}

impl<V> Joined<V> {
    /// Whether an error is a refusal that another call of the same task, or another caller, would perhaps not get.
    fn is_refusal_of_others(&self, error: &Error) -> bool {
        match error.kind() {
            ErrorKind::Busy => !self.is_own,
            ErrorKind::Limited | ErrorKind::Forbidden => self.is_of_another,
            _ => false,
        }
    }
}

impl<V> Default for Tasks<V> {
    fn default() -> Self {
        Self { all: Vec::new(), changed: watch::Sender::new(()) }
    }
}

impl<V> Tasks<V> {
    /// The task that a caller joins.
    fn choose(&self, caller: &Arc<str>, may_share: bool) -> Option<Joined<V>> {
        // One without callers may be giving up.
        let find =
            |is_right: &dyn Fn(&Task<V>) -> bool| self.all.iter().find(|task| task.has_callers() && is_right(task));
        let task = find(&|task| task.is_joined_by_all())
            .or_else(|| find(&|task| task.caller == *caller))
            .or_else(|| find(&|task| may_share && task.stage == Stage::New))?;
        Some(Joined {
            outcome: task.outcome.clone(),
            callers: task.callers.upgrade()?,
            changed: self.changed.subscribe(),
            is_own: false,
            is_of_another: task.caller != *caller,
        })
    }

    fn find(&self, joined: &Joined<V>) -> Option<&Task<V>> {
        self.all.iter().find(|task| task.callers.as_ptr() == Arc::as_ptr(&joined.callers))
    }

    /// Changes the stage of a task. `false` if it must not begin, because another one has.
    fn enter(&mut self, callers: &Weak<Callers>, stage: Stage) -> bool {
        let is_late = self.all.iter().any(|task| task.is_joined_by_all() && !task.callers.ptr_eq(callers));
        let Some(task) = self.all.iter_mut().find(|task| task.callers.ptr_eq(callers)) else { return true };
        match (task.stage, stage) {
            (Stage::Begun, _) => {
                let is_paused = stage == Stage::Waits;
                if std::mem::replace(&mut task.is_paused, is_paused) != is_paused {
                    self.changed.send_replace(());
                }
                true
            }
            (_, Stage::Begun) if is_late => false,
            _ => {
                task.stage = stage;
                self.changed.send_replace(());
                true
            }
        }
    }
}

impl<V> Task<V> {
    fn has_callers(&self) -> bool {
        self.callers.strong_count() > 0
    }

    fn is_joined_by_all(&self) -> bool {
        self.stage == Stage::Begun && self.has_callers()
    }
}

/// Guard that removes a task when it ends, panics or is dropped.
struct Entry<K: Eq + Hash, V> {
    running: Running<K, V>,
    key: K,
    callers: Weak<Callers>,
}

impl<K: Eq + Hash, V> Drop for Entry<K, V> {
    fn drop(&mut self) {
        let mut running = lock(&self.running);
        let Some(tasks) = running.get_mut(&self.key) else { return };
        tasks.all.retain(|task| !task.callers.ptr_eq(&self.callers));
        tasks.changed.send_replace(());
        if tasks.all.is_empty() {
            running.remove(&self.key);
        }
    }
}

/// Locks the map. Poisoning is ignored: each critical section leaves the map consistent.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn stopped() -> Error {
    Error::internal("the task ended without a result")
}
