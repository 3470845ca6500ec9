//! What the threads of the pool and its callers share.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::queue::Queue;
use crate::net::fair_lock::FairLock;
use haibao_core::error::Result;

/// Receives the verdict: whether the job may run, or why not.
pub type Job = Box<dyn FnOnce(Result<()>) + Send>;

pub struct Shared {
    pub state: Mutex<State>,
    /// See [`Pool::start`](super::Pool::start).
    pub make_room: Box<dyn Fn(u64) + Send + Sync>,
    pub memory: u64,
    /// Signalled when a job may be able to run.
    pub changed: Condvar,
    /// Notified when memory is returned.
    pub freed: Notify,
    /// Notified when a job may wait for finished posters.
    pub lacking: Notify,
    /// Turns of [`Pool::reserve`](super::Pool::reserve).
    pub reserving: FairLock,
}

pub struct State {
    pub queue: Queue<Job>,
    pub is_closed: bool,
}

impl Shared {
    /// Tells all that wait for memory. Threads are woken only for a job: that costs more than planning an equal poster.
    pub fn freed(&self) {
        let is_awaited = self.lock().queue.depth().0 > 0;
        if is_awaited {
            self.changed.notify_all();
        }
        self.freed.notify_waiters();
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
