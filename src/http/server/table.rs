//! Open connections: a maximum, with a reserve for health checks. At the maximum, the connection that has been idle for
//! longest makes room for a new one.

use std::{
    collections::HashMap,
    fs,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

use super::{super::access_log::Interruption, reading::Reading};

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
    regular: Connections,
    reserved: Connections,
}

/// Connections by id.
type Connections = HashMap<u64, Arc<ConnectionState>>;

/// What a connection is doing.
pub(super) struct ConnectionState {
    /// Requests whose response has not been sent completely.
    active: AtomicUsize,
    /// Number of requests so far.
    started: AtomicU64,
    /// End of the last request, ms after `opened`.
    idle_since: AtomicU64,
    reading: Arc<Reading>,
    /// Whether the client may send nothing more and still wait for a response.
    waits_for_response: AtomicBool,
    /// Whether the service waits for a part of the request's body that has not arrived.
    wants_body: AtomicBool,
    opened: Instant,
    /// Whether reading or writing has failed.
    has_failed: AtomicBool,
    is_evicted: AtomicBool,
    /// Whether the service ends before the responses have been sent.
    is_shut_down: AtomicBool,
    evict: Notify,
}

/// A connection's place in the table. Given up when dropped.
pub(super) struct Registration {
    table: Arc<Table>,
    state: Arc<ConnectionState>,
    id: u64,
    is_reserved: bool,
}

/// A request in progress. Ended when dropped.
pub(super) struct Activity(Arc<ConnectionState>);

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
    pub(super) fn admit(self: &Arc<Self>) -> Option<Registration> {
        let mut open = self.lock();
        let (id, state) = (open.next, ConnectionState::new());
        open.next += 1;
        let is_reserved = open.regular.len() >= self.max && !evict(&mut open.regular);
        if is_reserved {
            if open.reserved.len() >= RESERVE && !evict(&mut open.reserved) {
                return None;
            }
            open.reserved.insert(id, Arc::clone(&state));
        } else {
            open.regular.insert(id, Arc::clone(&state));
        }
        self.count.send_modify(|count| *count += 1);
        Some(Registration { table: Arc::clone(self), state, id, is_reserved })
    }

    /// Closes the connection that has been idle for longest.
    pub(super) fn make_room(&self) {
        evict(&mut self.lock().regular);
    }

    /// Closes the connection whose client reads a large response most slowly, see [`Reading::slow_rate`]. Returns whether there was one.
    pub(super) fn close_slowest(&self, pause: Duration) -> bool {
        let mut open = self.lock();
        let slow = open.regular.iter().filter_map(|(id, state)| Some((*id, state.reading.slow_rate(pause)?)));
        let Some((id, rate)) = slow.min_by_key(|(_, rate)| *rate) else { return false };
        tracing::debug!(rate, "closed a connection that reads its response slowly");
        remove(&mut open.regular, id);
        true
    }

    /// Resolves when there is no connection.
    pub(super) async fn emptied(&self) {
        // `self` owns the sender, so this cannot fail.
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes the connection that has been idle for longest and tells it to close. Returns whether there was one.
fn evict(connections: &mut Connections) -> bool {
    let idle = connections.iter().filter(|(_, state)| !state.is_active());
    let Some(id) = idle.min_by_key(|(_, state)| state.idle_since()).map(|(id, _)| *id) else { return false };
    remove(connections, id);
    true
}

/// Removes a connection and tells it to close.
fn remove(connections: &mut Connections, id: u64) {
    if let Some(state) = connections.remove(&id) {
        state.is_evicted.store(true, Relaxed);
        state.evict.notify_one();
    }
}

impl ConnectionState {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            active: AtomicUsize::new(0),
            started: AtomicU64::new(0),
            idle_since: AtomicU64::new(0),
            reading: Arc::default(),
            waits_for_response: AtomicBool::new(false),
            wants_body: AtomicBool::new(true),
            opened: Instant::now(),
            has_failed: AtomicBool::new(false),
            is_evicted: AtomicBool::new(false),
            is_shut_down: AtomicBool::new(false),
            evict: Notify::new(),
        })
    }

    /// Begins a request.
    pub(super) fn begin(self: &Arc<Self>) -> Activity {
        self.active.fetch_add(1, Relaxed);
        self.started.fetch_add(1, Relaxed);
        self.waits_for_response.store(false, Relaxed);
        self.wants_body.store(true, Relaxed);
        Activity(Arc::clone(self))
    }

    /// Whether a request is in progress, its response included.
    pub(super) fn is_active(&self) -> bool {
        self.active.load(Relaxed) > 0
    }

    /// Whether the end of the client's data does not end the request: it has been received completely, and its response
    /// ends.
    pub(super) fn waits_for_response(&self) -> bool {
        self.waits_for_response.load(Relaxed)
    }

    /// See [`ConnectionState::waits_for_response`].
    pub(super) fn set_waits_for_response(&self, waits: bool) {
        self.waits_for_response.store(waits, Relaxed);
    }

    /// Whether the service waits for a part of the request's body that has not arrived. Of a body that is not followed: always.
    pub(super) fn wants_body(&self) -> bool {
        self.wants_body.load(Relaxed)
    }

    /// See [`ConnectionState::wants_body`].
    pub(super) fn set_wants_body(&self, wants: bool) {
        self.wants_body.store(wants, Relaxed);
    }

    /// Number of requests so far.
    pub(super) fn started(&self) -> u64 {
        self.started.load(Relaxed)
    }

    /// Reading or writing has failed: what was not written never will be.
    pub(super) fn fail(&self) {
        self.has_failed.store(true, Relaxed);
    }

    /// The service ends: what was not sent never will be.
    pub(super) fn shut_down(&self) {
        self.is_shut_down.store(true, Relaxed);
    }

    /// Resolves when the connection must make room for another one.
    pub(super) async fn evicted(&self) {
        while !self.is_evicted.load(Relaxed) {
            self.evict.notified().await;
        }
    }

    fn idle_since(&self) -> Instant {
        self.opened + Duration::from_millis(self.idle_since.load(Relaxed))
    }

    /// How fast the client reads large responses.
    pub(super) fn reading(&self) -> &Arc<Reading> {
        &self.reading
    }

    /// ms after `opened`.
    fn now(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Activity {
    /// Why the connection ended while the request was in progress.
    pub(super) fn interruption(&self) -> Option<Interruption> {
        let ConnectionState { is_shut_down, has_failed, is_evicted, .. } = &*self.0;
        let has_gone = has_failed.load(Relaxed) || is_evicted.load(Relaxed);
        is_shut_down.load(Relaxed).then_some(Interruption::Shutdown).or(has_gone.then_some(Interruption::Client))
    }
}

impl Drop for Activity {
    fn drop(&mut self) {
        self.0.idle_since.store(self.0.now(), Relaxed);
        self.0.active.fetch_sub(1, Relaxed);
    }
}

impl Registration {
    pub(super) fn state(&self) -> &Arc<ConnectionState> {
        &self.state
    }

    /// Whether only health checks are answered.
    pub(super) fn is_reserved(&self) -> bool {
        self.is_reserved
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut open = self.table.lock();
        let connections = if self.is_reserved { &mut open.reserved } else { &mut open.regular };
        connections.remove(&self.id);
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
    async fn the_clients_that_read_slowest_make_room_for_responses() {
        let table = table(5);
        let [trickling, stalled, fast, unwritten, idle] = [0; 5].map(|_| table.admit().expect("room"));
        let _responses = [&trickling, &stalled, &fast, &unwritten].map(|place| place.state().reading().begin());
        // What the system's buffers take at first.
        trickling.state().reading().was_read(1 << 20);
        for place in [&trickling, &stalled, &fast] {
            place.state().reading().was_blocked();
        }
        assert!(!table.close_slowest(Duration::from_secs(60)), "all have had no time to read");
        let pause = Duration::from_millis(300);
        tokio::time::sleep(pause).await;
        // At the moment when room is needed.
        trickling.state().reading().was_read(2048);
        fast.state().reading().was_read(256 << 20);
        let is_closed = |place: &Registration| place.state().evicted().now_or_never().is_some();
        assert!(table.close_slowest(pause));
        assert!(is_closed(&stalled) && !is_closed(&trickling), "it reads nothing");
        assert!(table.close_slowest(pause));
        assert!(is_closed(&trickling), "it reads a little now and then");
        assert!(!table.close_slowest(pause), "the others read fast, wait for this service, or have no response");
        assert!(!is_closed(&fast) && !is_closed(&unwritten) && !is_closed(&idle));
    }

    #[tokio::test]
    async fn health_checks_have_a_reserve() {
        let table = table(1);
        let busy = table.admit().expect("room");
        let _request = busy.state().begin();
        let reserve: Vec<_> = (0..RESERVE).map(|_| table.admit().expect("a place of the reserve")).collect();
        assert!(reserve.iter().all(Registration::is_reserved));
        let requests: Vec<_> = reserve.iter().map(|place| place.state().begin()).collect();
        assert!(table.admit().is_none());
        drop(requests);
        assert!(table.admit().expect("an idle one makes room").is_reserved());
        drop(reserve);
        assert!(table.emptied().now_or_never().is_none());
        drop(busy);
        table.emptied().await;
    }
}
