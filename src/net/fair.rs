//! Shares of a number of places or bytes, given to callers fairly.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::oneshot,
    time::{Instant, timeout_at},
};

use super::estimate::Estimate;
use haibao_core::error::{Error, ErrorKind, Finding, Retry};

#[cfg(test)]
mod tests;

/// With room for others, a caller that holds units may hold at most this many times what it leaves free: alone three quarters, and
/// each of two callers three sevenths. So a caller that holds none seldom waits at all, whatever the others do with theirs.
const TIMES_FREE: u64 = 3;

/// Whether a caller that holds `held` units may take `more` of the `free` ones and leave room to others; one that holds none may
/// take all that is free.
pub(crate) fn leaves_room(held: u64, more: u64, free: u64) -> bool {
    let Some(rest) = free.checked_sub(more) else { return false };
    held == 0 || held.saturating_add(more) <= TIMES_FREE.saturating_mul(rest)
}

/// A number of units shared by all holders of a clone. Of several callers that wait, the one that holds the fewest units is served
/// next, so that the flood of one does not keep another waiting; requests of one caller are served in order of arrival. None
/// overtakes a request that is next and does not fit yet.
///
/// Take all that a task needs with one call: tasks that hold a part while they wait for more can block each other.
#[derive(Debug, Clone)]
pub(crate) struct Shares(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// All units, free and held.
    all: u32,
    free: u32,
    /// See [`TIMES_FREE`].
    leaves_room: bool,
    /// Units held by each caller that holds any.
    held: HashMap<Arc<str>, u32>,
    /// By order of arrival.
    waiting: BTreeMap<u64, Waiting>,
    arrivals: u64,
    /// How long each caller holds units, s: the hosts of one may be slow and those of another quick. Forgotten when it holds none and
    /// waits for none: another time, its work may be of another kind.
    holds: HashMap<Arc<str>, Estimate>,
}

#[derive(Debug)]
struct Waiting {
    caller: Arc<str>,
    units: u32,
    granted: oneshot::Sender<Share>,
}

/// Units taken from [`Shares`]. They are returned when it is dropped.
#[derive(Debug)]
#[must_use = "the units are returned when the share is dropped"]
pub(crate) struct Share {
    from: Shares,
    caller: Arc<str>,
    units: u32,
    /// When its request got it. `None`: how long it is held tells nothing.
    since: Option<Instant>,
}

/// Why units are not given: the time after which a request of the caller would be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Late(pub Duration);

impl Late {
    /// The error of a request that was late, with the advice when to come back.
    pub fn error(self, finding: Finding) -> Error {
        /// Longest advice. A guess further ahead is worth little.
        const MAX: Duration = Duration::from_secs(60);
        let wait = Duration::from_secs(self.0.as_secs_f64().ceil() as u64);
        let wait = wait.clamp(Duration::from_secs(1), MAX);
        Error::of(ErrorKind::Busy, finding).retry(Retry::After(wait))
    }
}

impl Shares {
    /// This many units, of which one caller may take all.
    pub fn new(units: u32) -> Self {
        Self(Arc::new(Mutex::new(State {
            all: units,
            free: units,
            leaves_room: false,
            held: HashMap::new(),
            waiting: BTreeMap::new(),
            arrivals: 0,
            holds: HashMap::new(),
        })))
    }

    /// This many units, of which callers leave a part to others. One that holds nothing may take all that is free.
    pub fn with_room(units: u32) -> Self {
        let shares = Self::new(units);
        shares.lock().leaves_room = true;
        shares
    }

    /// Takes units for a caller; waits until they are free. `None` at `until`, or never without one.
    ///
    /// # Cancel safety
    /// A dropped call takes nothing and loses its place in the queue.
    pub async fn take(&self, caller: &Arc<str>, units: u32, until: Option<Instant>) -> Option<Share> {
        match self.try_take(caller, units) {
            Some(share) => Some(share),
            None => self.turn(caller, units, until).await.map(Share::begun),
        }
    }

    /// Takes units for work that is to end by `end`. Waits as long as there is time for the work after that, which is estimated to take
    /// as long as earlier work of the caller. What would have to wait longer is refused at once. A caller none of whose work has ended
    /// waits until `end`, and the first request of a caller that waits is not judged by the time for its work, which may be of another
    /// kind.
    ///
    /// # Cancel safety
    /// As [`Shares::take`].
    ///
    /// # Errors
    /// If the units do not come in time.
    pub async fn take_by(&self, caller: &Arc<str>, units: u32, end: Instant) -> Result<Share, Late> {
        let now = Instant::now();
        if now < end
            && let Some(share) = self.try_take(caller, units)
        {
            return Ok(share);
        }
        let (until, is_first) = {
            let state = self.lock();
            let (wait, hold, rest) = (state.wait(caller), state.hold(caller), end.saturating_duration_since(now));
            let is_first = state.waiting.values().all(|other| other.caller != *caller);
            let end = wait.saturating_add(hold);
            if wait >= rest || (end > rest && !is_first) {
                return Err(Late(end.saturating_sub(rest)));
            }
            (if is_first { rest } else { rest - hold }, is_first)
        };
        let Some(share) = self.turn(caller, units, Some(now + until)).await else {
            return Err(Late(self.lock().wait(caller)));
        };
        // Others may have taken longer than it seemed. Its units are given to the next one.
        let hold = self.lock().hold(caller);
        if Instant::now() + hold > end && !is_first {
            let wait = self.lock().wait(caller);
            return Err(Late(wait));
        }
        Ok(share.begun())
    }

    /// Waits for units.
    async fn turn(&self, caller: &Arc<str>, units: u32, until: Option<Instant>) -> Option<Share> {
        let (granted, grant) = oneshot::channel();
        let place = {
            let mut state = self.lock();
            state.arrivals += 1;
            let place = state.arrivals;
            state.waiting.insert(place, Waiting { caller: Arc::clone(caller), units, granted });
            place
        };
        let _withdraw = Withdraw { from: self, place };
        self.serve();
        match until {
            Some(until) => timeout_at(until, grant).await.ok()?.ok(),
            None => grant.await.ok(),
        }
    }

    /// Takes units for a caller if they are free now and no other request comes first.
    pub fn try_take(&self, caller: &Arc<str>, units: u32) -> Option<Share> {
        let mut state = self.lock();
        let held = state.held(caller);
        let is_next = state.waiting.values().all(|other| state.held(&other.caller) > held);
        (is_next && state.allows(caller, units)).then(|| self.grant(&mut state, Arc::clone(caller), units).begun())
    }

    /// Takes units for a caller if they are free, also if others wait for them: for what gives them something better in exchange.
    pub fn take_free(&self, caller: &Arc<str>, units: u32) -> Option<Share> {
        let mut state = self.lock();
        (units <= state.free).then(|| self.grant(&mut state, Arc::clone(caller), units).begun())
    }

    /// Whether a request waits.
    pub fn is_awaited(&self) -> bool {
        !self.lock().waiting.is_empty()
    }

    /// Units that are not taken.
    #[cfg(test)]
    pub fn free(&self) -> u32 {
        self.lock().free
    }

    /// Whether nothing refers to it but this.
    pub fn is_idle(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    fn grant(&self, state: &mut State, caller: Arc<str>, units: u32) -> Share {
        state.free -= units;
        *state.held.entry(Arc::clone(&caller)).or_default() += units;
        Share { from: self.clone(), caller, units, since: None }
    }

    /// Grants what is free to those that are next.
    fn serve(&self) {
        loop {
            let (granted, share) = {
                let mut state = self.lock();
                let next = state.waiting.iter().min_by_key(|(place, one)| (state.held(&one.caller), **place));
                let next = next.filter(|(_, one)| state.allows(&one.caller, one.units)).map(|(place, _)| *place);
                let Some(place) = next else { return };
                let Some(Waiting { caller, units, granted }) = state.waiting.remove(&place) else { return };
                (granted, self.grant(&mut state, caller, units))
            };
            // Without the lock: the share of a call that was dropped meanwhile is returned at once.
            let _ = granted.send(share);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn held(&self, caller: &Arc<str>) -> u32 {
        self.held.get(caller).copied().unwrap_or_default()
    }

    fn allows(&self, caller: &Arc<str>, units: u32) -> bool {
        match self.leaves_room {
            true => leaves_room(self.held(caller).into(), units.into(), self.free.into()),
            false => units <= self.free,
        }
    }

    /// Estimated time that a caller holds units; 0 if it is not known.
    fn hold(&self, caller: &Arc<str>) -> Duration {
        let hold = self.holds.get(caller).map_or(0.0, |hold| hold.value);
        Duration::try_from_secs_f64(hold).unwrap_or_default()
    }

    /// Estimated time until a new request of a caller gets its units: those that wait before it, of this caller alone, get theirs as fast
    /// as it gives back the units that are its share.
    fn wait(&self, caller: &Arc<str>) -> Duration {
        let own = self.waiting.values().filter(|other| other.caller == *caller);
        let ahead: u64 = own.map(|other| u64::from(other.units)).sum();
        let waiting = self.waiting.values().map(|other| &other.caller);
        let callers = self.held.keys().chain(waiting).chain([caller]).collect::<HashSet<_>>().len() as u64;
        let all = u64::from(self.all);
        let equal = if self.leaves_room { TIMES_FREE * all / (1 + TIMES_FREE * callers) } else { all / callers };
        let share = equal.max(self.held(caller).into()).max(1);
        let wait = self.hold(caller).as_secs_f64() * ahead as f64 / share as f64;
        Duration::try_from_secs_f64(wait).unwrap_or(Duration::MAX)
    }

    fn give_back(&mut self, caller: &Arc<str>, units: u32) {
        self.free += units;
        if let Some(held) = self.held.get_mut(caller) {
            *held -= units;
            if *held == 0 {
                self.held.remove(caller);
            }
        }
        self.forget_idle(caller);
    }

    /// Learns how long a caller has held units.
    fn learn(&mut self, caller: &Arc<str>, held: Duration) {
        let hold = self.holds.entry(Arc::clone(caller)).or_insert_with(|| Estimate::first(0.0));
        hold.learn(held.as_secs_f64());
    }

    /// Forgets a caller that holds nothing and waits for nothing.
    fn forget_idle(&mut self, caller: &Arc<str>) {
        if !self.held.contains_key(caller) && self.waiting.values().all(|other| other.caller != *caller) {
            self.holds.remove(caller);
        }
    }
}

/// Removes a request that still waits when its call ends.
struct Withdraw<'a> {
    from: &'a Shares,
    place: u64,
}

impl Drop for Withdraw<'_> {
    fn drop(&mut self) {
        let withdrawn = {
            let mut state = self.from.lock();
            let withdrawn = state.waiting.remove(&self.place);
            if let Some(Waiting { caller, .. }) = &withdrawn {
                state.forget_idle(caller);
            }
            withdrawn
        };
        if withdrawn.is_some() {
            // It may have been next, and too large for what is free.
            self.from.serve();
        }
    }
}

impl Share {
    /// The same share, which is used from now on.
    fn begun(mut self) -> Self {
        self.since = Some(Instant::now());
        self
    }

    /// Returns the units of work that was refused, from which nothing is learned.
    pub fn forget(mut self) {
        self.since = None;
    }

    /// Units held.
    pub fn units(&self) -> u32 {
        self.units
    }

    /// Returns all but `units`. Has no effect if fewer are held.
    pub fn shrink_to(&mut self, units: u32) {
        let surplus = self.units.saturating_sub(units);
        if surplus > 0 {
            self.give_back(surplus);
        }
    }

    fn give_back(&mut self, units: u32) {
        self.units -= units;
        self.from.lock().give_back(&self.caller, units);
        self.from.serve();
    }

    /// Its end tells how long work takes.
    fn learn(&self) {
        if let Some(since) = self.since {
            self.from.lock().learn(&self.caller, since.elapsed());
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.learn();
        self.give_back(self.units);
    }
}
