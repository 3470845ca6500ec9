//! What the threads of the pool and its callers share.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::{need::Need, queue::Queue};
use crate::{net::fair_lock::FairLock, service::call::Call};
use haibao_core::error::Result;

pub type Job = Box<dyn Work>;

/// A job of any result.
pub trait Work: Send {
    /// Runs the next step, or ends the job with the verdict why it may not. Returns what the step after it occupies, if there is one.
    fn step(&mut self, verdict: Result<()>) -> Option<Need>;

    /// The call that the job belongs to.
    fn call(&self) -> &Call;

    /// Whether the caller still waits for the result.
    fn is_wanted(&self) -> bool;
}

pub struct Shared {
    pub state: Mutex<State>,
    /// See [`Pool::start`](super::Pool::start).
    pub make_room: Box<dyn Fn(u64) + Send + Sync>,
    pub memory: u64,
    /// Signalled when a job may be able to run.
    pub changed: Condvar,
    /// Notified when memory is returned.
    pub freed: Notify,
    /// Notified when the next step of a job waits.
    pub queued: Notify,
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
    /// Tells all that wait for memory. Threads are woken only if it `is_awaited` by a job: that costs more than planning an equal
    /// poster.
    pub fn freed(&self, is_awaited: bool) {
        if is_awaited {
            self.changed.notify_all();
        }
        self.freed.notify_waiters();
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
