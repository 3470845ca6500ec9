//! CPU pool: dedicated threads for everything that takes more than a millisecond of CPU, so that it never blocks the
//! async runtime.
//!
//! A request waits as long as it can still meet its deadline ([`Call::deadline`]); it is rejected with `busy` only if it
//! could not, or if the waiting work would occupy too much memory. `queue.rs` has the order.

mod held;
mod job;
mod memory;
mod need;
mod queue;
mod shared;
#[cfg(test)]
mod tests;
mod turn;
mod worker;

use std::{
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

use serde::Deserialize;
use tokio::{
    sync::{Notify, oneshot},
    time::timeout_at,
};

use super::call::Call;
use crate::{net::fair_lock::FairLock, words};
use haibao_core::error::{Error, ErrorKind, Result};
use held::Claim;
pub use held::{Held, Holder};
pub use job::{CancelToken, Step, Task};
use job::{Running, panicked};
pub use memory::{MAX_RESERVED, MAX_UNREAD};
pub use need::{Kind, Need};
use queue::{Queue, QueuePosition, Refused};
use shared::{Shared, State};
use turn::busy;
pub(super) use turn::{in_time, unless_refused};
use worker::work;

/// Maximum number of threads: far more than a machine has cores, and few enough to be created.
pub const MAX_WORKERS: usize = 1024;

/// Settings of the pool (`[pool]`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Number of threads, at most [`MAX_WORKERS`]. 0 (default): one per core.
    pub workers: usize,
    /// Maximum memory of waiting requests, bytes; besides their bodies and pictures, which have budgets of their own. One half is for
    /// those that wait for a thread, of which each caller may have an eighth, whatever the others have. The other half is for posters
    /// whose pictures and codes are fetched, as much again for every two threads beyond two; callers leave a part of it to others.
    /// Default: 24 MiB.
    pub waiting_bytes: u64,
    /// Memory of drawing, bytes: pictures and artwork that running jobs decode and draw, and the renderer's caches, which are evicted for
    /// them. Jobs that need more than the others leave wait, while smaller ones overtake them. At least what the largest
    /// picture needs, [`MAX_DECODED_BYTES`]. 0 (default): 144 MiB, and 64 MiB for each thread beyond two, but at most a third of
    /// the memory that the process may use.
    ///
    /// [`MAX_DECODED_BYTES`]: haibao_core::paint::picture::MAX_DECODED_BYTES
    pub memory_bytes: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { workers: 0, waiting_bytes: 24 << 20, memory_bytes: 0 }
    }
}

impl Config {
    /// Memory of requests that wait for a thread, bytes.
    fn queued_bytes(&self) -> u64 {
        self.waiting_bytes / 2
    }

    /// Memory of posters whose pictures and codes are fetched, bytes.
    pub(super) fn fetching_bytes(&self) -> u64 {
        self.waiting_bytes / 4 * self.threads().max(2) as u64
    }

    fn threads(&self) -> usize {
        match self.workers {
            0 => thread::available_parallelism().map_or(1, usize::from),
            workers => workers.min(MAX_WORKERS),
        }
    }

    /// Memory of drawing on a number of threads, bytes.
    pub fn memory(&self, threads: usize) -> u64 {
        match self.memory_bytes {
            0 => memory::automatic(threads, memory::available()),
            bytes => bytes.max(haibao_core::paint::picture::MAX_DECODED_BYTES),
        }
    }
}

/// State of the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depth {
    /// Number of waiting jobs.
    pub waiting: usize,
    /// Number of running jobs.
    pub running: usize,
    /// Memory of the waiting jobs' input, bytes.
    pub waiting_bytes: u64,
    /// Memory of the running jobs, bytes, without the caches.
    pub memory_bytes: u64,
}

/// Drawing threads and their queue. After it is dropped, the threads finish all queued jobs and exit.
pub struct Pool {
    shared: Arc<Shared>,
    workers: usize,
}

impl Pool {
    /// Starts the threads. `make_room` frees memory of caches: it receives the bytes that they may keep, before a job starts that
    /// needs memory, and after it.
    ///
    /// # Errors
    /// `pool_failed` if a thread cannot be created.
    pub fn start(config: Config, make_room: impl Fn(u64) + Send + Sync + 'static) -> Result<Self> {
        let workers = config.threads();
        let memory = config.memory(workers);
        let queue = Queue::new(workers, config.queued_bytes(), memory);
        let state = Mutex::new(State { queue, is_closed: false });
        let shared = Shared {
            state,
            make_room: Box::new(make_room),
            memory,
            changed: Condvar::new(),
            freed: Notify::new(),
            queued: Notify::new(),
            lacking: Notify::new(),
            reserving: FairLock::default(),
        };
        let pool = Self { shared: Arc::new(shared), workers };
        for index in 0..workers {
            let shared = Arc::clone(&pool.shared);
            thread::Builder::new()
                .name(format!("draw-{index}"))
                .spawn(move || work(&shared))
                .map_err(|e| Error::of(ErrorKind::Internal, words::pool_failed()).source(e))?;
        }
        Ok(pool)
    }

    /// Number of threads.
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// Maximum memory that a job waits for if the holder of a reservation waits for the job, bytes. A job that waits for more might
    /// never start.
    pub fn beside_reserved(&self) -> u64 {
        memory::beside_reserved(self.shared.memory)
    }

    /// Current number of jobs and their memory.
    pub fn depth(&self) -> Depth {
        let state = self.shared.lock();
        let ((waiting, running), (waiting_bytes, memory_bytes)) = (state.queue.depth(), state.queue.used());
        Depth { waiting, running, waiting_bytes, memory_bytes }
    }

    /// Whether a job of a call would be accepted now. Takes microseconds, so that work that will be refused need not be prepared.
    ///
    /// # Errors
    /// `busy`, as [`Pool::run`].
    pub fn admit(&self, call: &Call, need: Need) -> Result<()> {
        let admitted = self.shared.lock().queue.admit(call, need, Instant::now());
        admitted.map_err(|Refused(wait)| busy(wait))
    }

    /// Counts bytes that exist already as memory of a running job, until the result is dropped: a response that waits for its
    /// client. Small jobs, too, wait while there is more of it than memory.
    pub fn hold(&self, bytes: u64) -> Held {
        Held::of(&self.shared, bytes)
    }

    /// What counts bytes as [`Pool::hold`].
    pub fn holder(&self) -> Holder {
        Holder::new(&self.shared)
    }

    /// Resolves when a job waits for memory while finished posters have more than is left to them: clients that read slowly are to
    /// make room.
    pub async fn lacks_held(&self) {
        loop {
            let mut lacking = std::pin::pin!(self.shared.lacking.notified());
            lacking.as_mut().enable();
            if self.shared.lock().queue.lacks_held() {
                return;
            }
            lacking.await;
        }
    }

    /// Waits for memory of work beside the pool, until the result is dropped. Jobs that need memory wait for it, too, so that it
    /// becomes free. Callers take turns, and none overtakes another one that needs more. They also take turns with jobs that do not fit
    /// beside them. The work must not wait for a job that waits for more than [`Pool::beside_reserved`].
    pub async fn reserve(&self, bytes: u64) -> Held {
        let bytes = bytes.min(memory::reservable(self.shared.memory));
        let _turn = self.shared.reserving.lock(&Call::current().sharer()).await;
        let claim = Claim::new(&self.shared, bytes);
        loop {
            let mut freed = std::pin::pin!(self.shared.freed.notified());
            freed.as_mut().enable();
            if let Some(held) = Held::try_of(&self.shared, bytes) {
                drop(claim);
                (self.shared.make_room)(self.shared.memory.saturating_sub(self.depth().memory_bytes));
                return held;
            }
            freed.await;
        }
    }

    /// Runs `task` on a thread of the pool as part of the current [`Call`]. Long tasks must call [`CancelToken::check`] between
    /// their steps.
    ///
    /// # Cancel safety
    /// If the future is dropped before the task starts, the task is skipped; a running task ends at its next check.
    ///
    /// # Errors
    /// `busy` immediately if the task could not meet the call's deadline or too much work is waiting, and when its turn
    /// comes too late or has not come shortly before the deadline; `internal` if the task panics; the errors of the task itself.
    pub fn run<T: Send + 'static>(
        &self,
        need: Need,
        task: impl FnOnce(&CancelToken<'_>) -> Result<T> + Send + 'static,
    ) -> impl Future<Output = Result<T>> {
        self.run_steps(need, Box::new(move |token: &CancelToken<'_>| task(token).map(Step::Done)))
    }

    /// As [`Pool::run`], for a task of several steps. Each of them takes a turn, waits for its memory and may be refused as if it were a
    /// job of its own, also shortly before the deadline, but the caller is woken only once.
    ///
    /// # Errors
    /// As [`Pool::run`].
    pub async fn run_steps<T: Send + 'static>(&self, need: Need, task: Task<T>) -> Result<T> {
        let call = Call::current();
        let (job, result) = Running::new(&call, &self.shared, task);
        let pushed = self.shared.lock().queue.push(&call, need, Instant::now(), Box::new(job));
        let place = pushed.map_err(|(Refused(wait), _)| busy(wait))?;
        self.shared.changed.notify_one();
        let mut caller = Caller { shared: &self.shared, place: Some(place), result };
        let until = match need.kind {
            Kind::Draw => call.until_drawn(),
            Kind::Plan | Kind::Other => call.until(),
        };
        let in_time = match until {
            Some(until) => timeout_at(until.into(), &mut caller.result).await.ok(),
            None => Some((&mut caller.result).await),
        };
        let done = match in_time {
            Some(done) => done,
            None => caller.without_waiting(place, &call).await?,
        };
        // It does not wait any more.
        caller.place = None;
        done.unwrap_or_else(|_| Err(panicked()))
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().is_closed = true;
        self.shared.changed.notify_all();
    }
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("workers", &self.workers).finish_non_exhaustive()
    }
}

/// The result of a job, or that it was dropped.
type Received<T> = Result<Result<T>, oneshot::error::RecvError>;

/// The caller of a job. When it goes away, the job does not wait any more.
struct Caller<'a, T> {
    shared: &'a Shared,
    /// `None` once there is a result.
    place: Option<QueuePosition>,
    result: oneshot::Receiver<Result<T>>,
}

impl<T> Caller<'_, T> {
    /// The result of a job that has no time left to wait: that of the step which runs, if it is the last one.
    ///
    /// # Errors
    /// `busy` if the job waits for its turn, or would for that of the next step.
    async fn without_waiting(&mut self, place: QueuePosition, call: &Call) -> Result<Received<T>> {
        let shared = self.shared;
        loop {
            let mut queued = std::pin::pin!(shared.queued.notified());
            queued.as_mut().enable();
            if let Some(wait) = self.withdraw(place, call) {
                return Err(busy(wait));
            }
            // The next step may start at once.
            tokio::select! {
                received = &mut self.result => return Ok(received),
                () = queued => {}
            }
        }
    }

    /// Removes the job if it waits, and returns how long another one would wait for what this one has waited for.
    fn withdraw(&self, place: QueuePosition, call: &Call) -> Option<Duration> {
        let (job, wait) = {
            let mut state = self.shared.lock();
            let (job, need) = state.queue.withdraw(place)?;
            (job, state.queue.expected_wait(call, need, Instant::now()))
        };
        self.left();
        // After the lock is released: the job's input may be large.
        drop(job);
        Some(wait)
    }

    /// Others may have waited for the job to get its memory.
    fn left(&self) {
        self.shared.changed.notify_all();
        self.shared.freed.notify_waiters();
    }
}

impl<T> Drop for Caller<'_, T> {
    fn drop(&mut self) {
        let Some(place) = self.place else { return };
        // First: a step that ends from here on has no next one, and the next one of a step that has ended waits already.
        self.result.close();
        let job = self.shared.lock().queue.withdraw(place);
        if job.is_some() {
            self.left();
        }
    }
}
