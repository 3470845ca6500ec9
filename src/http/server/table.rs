//! Open connections: a maximum, with a reserve for health checks. At the maximum, the connection that has been idle for
//! longest makes room for a new one.

use std::{
    collections::HashMap,
    fs,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
};

use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

/// Number of connections beyond the maximum that answer health checks only.
const RESERVE: usize = 16;
/// File descriptors left to databases, files and outgoing connections.
const DESCRIPTORS_KEPT: usize = 256;

pub(super) struct Table {
    max: usize,
    open: Mutex<Open>,
    count: watch::Sender<usize>,
}

#[derive(Default)]
struct Open {
    next: u64,
    regular: HashMap<u64, Arc<State>>,
    reserved: usize,
}

/// What a connection is doing.
pub(super) struct State {
    /// Requests whose response has not been sent completely.
    active: AtomicUsize,
    /// Number of requests so far.
    started: AtomicU64,
    /// End of the last request, ms after `opened`.
    idle_since: AtomicU64,
    opened: Instant,
    is_evicted: AtomicBool,
    evict: Notify,
}

/// A connection's place in the table. Given up when dropped.
pub(super) struct Place {
    table: Arc<Table>,
    state: Arc<State>,
    /// `None`: a place of the reserve.
    id: Option<u64>,
}

/// A request in progress. Ended when dropped.
pub(super) struct Activity(Arc<State>);

impl Table {
    /// A table of at most `max` connections, fewer if the process may not open that many files.
    pub(super) fn new(max: usize) -> Self {
        let possible = descriptors().map_or(usize::MAX, |all| all.saturating_sub(DESCRIPTORS_KEPT).max(all / 2));
        if possible < max {
            tracing::warn!(max, possible, "fewer connections than `http.max_connections`: raise `ulimit -n`");
        }
        Self { max: max.min(possible).max(1), open: Mutex::default(), count: watch::Sender::new(0) }
    }

    /// A place for a new connection. `None` if all are in use, those of the reserve too.
    pub(super) fn admit(self: &Arc<Self>) -> Option<Place> {
        let mut open = self.lock();
        if open.regular.len() >= self.max && !open.evict() {
            if open.reserved >= RESERVE {
                return None;
            }
            open.reserved += 1;
            return Some(self.place(&open, State::new(), None));
        }
        let (id, state) = (open.next, State::new());
        open.next += 1;
        open.regular.insert(id, Arc::clone(&state));
        Some(self.place(&open, state, Some(id)))
    }

    /// Closes the connection that has been idle for longest.
    pub(super) fn make_room(&self) {
        self.lock().evict();
    }

    /// Resolves when there is no connection.
    pub(super) async fn emptied(&self) {
        // `self` owns the sender, so this cannot fail.
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }

    fn place(self: &Arc<Self>, _: &MutexGuard<'_, Open>, state: Arc<State>, id: Option<u64>) -> Place {
        self.count.send_modify(|count| *count += 1);
        Place { table: Arc::clone(self), state, id }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Removes the connection that has been idle for longest and tells it to close. Returns whether there was one.
    fn evict(&mut self) -> bool {
        let idle = self.regular.iter().filter(|(_, state)| !state.is_active());
        let Some(id) = idle.min_by_key(|(_, state)| state.idle_since()).map(|(id, _)| *id) else { return false };
        if let Some(state) = self.regular.remove(&id) {
            state.is_evicted.store(true, Relaxed);
            state.evict.notify_one();
        }
        true
    }
}

impl State {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            active: AtomicUsize::new(0),
            started: AtomicU64::new(0),
            idle_since: AtomicU64::new(0),
            opened: Instant::now(),
            is_evicted: AtomicBool::new(false),
            evict: Notify::new(),
        })
    }

    /// Begins a request.
    pub(super) fn begin(self: &Arc<Self>) -> Activity {
        self.active.fetch_add(1, Relaxed);
        self.started.fetch_add(1, Relaxed);
        Activity(Arc::clone(self))
    }

    /// Whether a request is in progress, its response included.
    pub(super) fn is_active(&self) -> bool {
        self.active.load(Relaxed) > 0
    }

    /// Number of requests so far.
    pub(super) fn started(&self) -> u64 {
        self.started.load(Relaxed)
    }

    /// Resolves when the connection must make room for another one.
    pub(super) async fn evicted(&self) {
        while !self.is_evicted.load(Relaxed) {
            self.evict.notified().await;
        }
    }

    fn idle_since(&self) -> Instant {
        self.opened + std::time::Duration::from_millis(self.idle_since.load(Relaxed))
    }
}

impl Drop for Activity {
    fn drop(&mut self) {
        let now = u64::try_from(self.0.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0.idle_since.store(now, Relaxed);
        self.0.active.fetch_sub(1, Relaxed);
    }
}

impl Place {
    pub(super) fn state(&self) -> &Arc<State> {
        &self.state
    }

    /// Whether only health checks are answered.
    pub(super) fn is_reserved(&self) -> bool {
        self.id.is_none()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.table.lock();
        match self.id {
            Some(id) => drop(open.regular.remove(&id)),
            None => open.reserved -= 1,
        }
        self.table.count.send_modify(|count| *count -= 1);
    }
}

/// Number of files that the process may open, where the system tells it.
fn descriptors() -> Option<usize> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn table(max: usize) -> Arc<Table> {
        Arc::new(Table { max, open: Mutex::default(), count: watch::Sender::new(0) })
    }

    #[tokio::test]
    async fn the_longest_idle_connection_makes_room() {
        let table = table(2);
        let (busy, idle) = (table.admit().expect("room"), table.admit().expect("room"));
        let request = busy.state().begin();
        let third = table.admit().expect("the idle one makes room");
        assert!(!third.is_reserved());
        assert!(idle.state().evicted().now_or_never().is_some());
        assert!(busy.state().evicted().now_or_never().is_none());
        drop(idle);
        drop(request);
        assert!(table.lock().regular.len() == 2, "an evicted connection gives no second place");
    }

    #[tokio::test]
    async fn health_checks_have_a_reserve() {
        let table = table(1);
        let busy = table.admit().expect("room");
        let _request = busy.state().begin();
        let reserve: Vec<_> = (0..RESERVE).map(|_| table.admit().expect("a place of the reserve")).collect();
        assert!(reserve.iter().all(Place::is_reserved));
        assert!(table.admit().is_none());
        drop(reserve);
        assert!(table.admit().expect("the reserve is free again").is_reserved());
        assert!(table.emptied().now_or_never().is_none());
        drop(busy);
        table.emptied().await;
    }
}
