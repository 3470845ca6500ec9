//! Memory of the pool that is used beside its jobs.

use std::sync::Arc;

use super::shared::Shared;

/// Memory of the pool that is used outside of its jobs. Returned when it is dropped.
#[must_use = "the memory is returned when it is dropped"]
pub struct Held {
    shared: Arc<Shared>,
    bytes: u64,
    /// Whether it is that of work beside the pool, rather than of what a job has made.
    is_reserved: bool,
}

impl Held {
    /// Takes bytes whether there is room or not.
    pub(super) fn of(shared: &Arc<Shared>, bytes: u64) -> Self {
        shared.lock().queue.take_memory(bytes);
        Self { shared: Arc::clone(shared), bytes, is_reserved: false }
    }

    /// Takes bytes for work beside the pool if there is room.
    pub(super) fn try_of(shared: &Arc<Shared>, bytes: u64) -> Option<Self> {
        let is_taken = shared.lock().queue.try_reserve(bytes);
        is_taken.then(|| Self { shared: Arc::clone(shared), bytes, is_reserved: true })
    }

    /// Returns all but `bytes`. Has no effect if fewer are held.
    pub fn shrink_to(&mut self, bytes: u64) {
        let returned = self.bytes.saturating_sub(bytes);
        self.give_back(returned);
    }

    fn give_back(&mut self, bytes: u64) {
        self.bytes -= bytes;
        let mut state = self.shared.lock();
        if self.is_reserved {
            state.queue.return_reserved(bytes);
        } else {
            state.queue.return_memory(bytes);
        }
        let is_awaited = state.queue.depth().0 > 0;
        drop(state);
        self.shared.freed(is_awaited);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.give_back(self.bytes);
    }
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

/// Counts memory as [`Pool::hold`](super::Pool::hold), where there is no pool. Cheap to clone.
#[derive(Clone)]
pub struct Holder(Arc<Shared>);

impl Holder {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Self(Arc::clone(shared))
    }

    /// As [`Pool::hold`](super::Pool::hold).
    pub fn hold(&self, bytes: u64) -> Held {
        Held::of(&self.0, bytes)
    }
}

impl std::fmt::Debug for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Holder").finish_non_exhaustive()
    }
}

/// Memory that is waited for: jobs leave it free.
pub(super) struct Claim<'a> {
    shared: &'a Shared,
    bytes: u64,
}

impl<'a> Claim<'a> {
    pub fn new(shared: &'a Shared, bytes: u64) -> Self {
        shared.lock().queue.claim(bytes);
        Self { shared, bytes }
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.queue.unclaim(self.bytes);
        let is_awaited = state.queue.depth().0 > 0;
        drop(state);
        self.shared.freed(is_awaited);
    }
}
