//! Shares of a number of places or bytes, given to callers fairly.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    sync::oneshot,
    time::{Instant, timeout_at},
};

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
    free: u32,
    /// See [`TIMES_FREE`].
    leaves_room: bool,
    /// Units held by each caller that holds any.
    held: HashMap<Arc<str>, u32>,
    /// By order of arrival.
    waiting: BTreeMap<u64, Waiting>,
    arrivals: u64,
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
}

impl Shares {
    /// This many units, of which one caller may take all.
    pub fn new(units: u32) -> Self {
        let (held, waiting) = (HashMap::new(), BTreeMap::new());
        Self(Arc::new(Mutex::new(State { free: units, leaves_room: false, held, waiting, arrivals: 0 })))
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
        if let Some(share) = self.try_take(caller, units) {
            return Some(share);
        }
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
        (is_next && state.allows(caller, units)).then(|| self.grant(&mut state, Arc::clone(caller), units))
    }

    /// Takes units for a caller if they are free, also if others wait for them: for what gives them something better in exchange.
    pub fn take_free(&self, caller: &Arc<str>, units: u32) -> Option<Share> {
        let mut state = self.lock();
        (units <= state.free).then(|| self.grant(&mut state, Arc::clone(caller), units))
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
        Share { from: self.clone(), caller, units }
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

    fn give_back(&mut self, caller: &Arc<str>, units: u32) {
        self.free += units;
        if let Some(held) = self.held.get_mut(caller) {
            *held -= units;
            if *held == 0 {
                self.held.remove(caller);
            }
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
        let withdrawn = self.from.lock().waiting.remove(&self.place);
        if withdrawn.is_some() {
            // It may have been next, and too large for what is free.
            self.from.serve();
        }
    }
}

impl Share {
    /// Units held.
    pub fn units(&self) -> u32 {
        self.units
    }

    /// Returns all but `units`. Has no effect if fewer are held.
    pub fn shrink_to(&mut self, units: u32) {
        self.give_back(self.units.saturating_sub(units));
    }

    fn give_back(&mut self, units: u32) {
        if units > 0 {
            self.units -= units;
            self.from.lock().give_back(&self.caller, units);
            self.from.serve();
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.give_back(self.units);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt;

    use super::*;

    fn caller(name: &str) -> Arc<str> {
        name.into()
    }

    #[tokio::test]
    async fn a_request_waits_for_its_turn() {
        let (shares, me) = (Shares::new(4), caller("me"));
        let held = shares.try_take(&me, 3).expect("free");
        let mut large = Box::pin(shares.take(&me, 4, None));
        assert!((&mut large).now_or_never().is_none());
        assert!(shares.try_take(&me, 1).is_none(), "the earlier request comes first");
        let mut small = Box::pin(shares.take(&me, 1, None));
        assert!((&mut small).now_or_never().is_none(), "it does not overtake");
        drop(held);
        assert_eq!(large.await.expect("its turn").units(), 4);
        assert_eq!(small.await.expect("its turn").units(), 1);
    }

    #[tokio::test]
    async fn the_caller_that_holds_least_is_served_next() {
        let (shares, flood, light) = (Shares::new(8), caller("flood"), caller("light"));
        let mut held: Vec<_> = (0..8).map(|_| shares.try_take(&flood, 1).expect("free")).collect();
        let mut waiting: Vec<_> = (0..100).map(|_| Box::pin(shares.take(&flood, 1, None))).collect();
        assert!(waiting.iter_mut().all(|one| one.now_or_never().is_none()));
        let mut other = Box::pin(shares.take(&light, 2, None));
        assert!((&mut other).now_or_never().is_none(), "nothing is free");
        held.pop();
        assert!((&mut waiting[0]).now_or_never().is_none(), "what is free is kept for the other caller");
        held.pop();
        let own = (&mut other).now_or_never().expect("it waits for two returns, not for a hundred").expect("granted");
        assert_eq!((shares.free(), own.units()), (0, 2));
        drop(own);
        assert!((&mut waiting[0]).now_or_never().is_some());
    }

    #[tokio::test]
    async fn callers_leave_room_to_others() {
        let (shares, light) = (Shares::with_room(1000), caller("light"));
        let take_all = |name: &str| {
            let flood = caller(name);
            std::iter::from_fn(|| shares.try_take(&flood, 1)).collect::<Vec<_>>()
        };
        let one = take_all("one");
        assert_eq!(one.len(), 750);
        let two = take_all("two");
        assert!((180..=190).contains(&two.len()), "{}", two.len());
        let three = take_all("three");
        assert!((40..=50).contains(&three.len()), "{}", three.len());
        let rest = shares.free();
        assert!(rest >= 10, "{rest}");
        drop(shares.try_take(&light, rest).expect("all of the rest, for a caller without any"));
        drop(one);
        assert!(shares.free() > 700);
        drop((two, three));
        assert_eq!(shares.try_take(&light, 1000).expect("all").units(), 1000);
    }

    #[tokio::test]
    async fn what_is_free_goes_at_once_to_a_caller_with_less() {
        let (shares, flood, light) = (Shares::new(4), caller("flood"), caller("light"));
        let held = shares.try_take(&flood, 2).expect("free");
        let mut large = Box::pin(shares.take(&flood, 4, None));
        assert!((&mut large).now_or_never().is_none());
        let own = shares.try_take(&light, 1).expect("it holds less than the one that waits");
        drop((own, held));
        assert!(large.now_or_never().is_some());
    }

    #[tokio::test]
    async fn dropped_calls_leave_their_place_and_what_they_were_granted() {
        let (shares, me) = (Shares::new(2), caller("me"));
        let held = shares.try_take(&me, 1).expect("free");
        let mut large = Box::pin(shares.take(&me, 2, None));
        let mut small = Box::pin(shares.take(&me, 1, None));
        assert!((&mut large).now_or_never().is_none() && (&mut small).now_or_never().is_none());
        drop(large);
        drop(small.now_or_never().expect("the one before has gone").expect("granted"));
        let mut granted = Box::pin(shares.take(&me, 2, None));
        assert!((&mut granted).now_or_never().is_none());
        let late = shares.take(&me, 1, Some(Instant::now() + Duration::from_millis(10))).await;
        assert!(late.is_none(), "occupied");
        drop(held);
        drop(granted);
        assert_eq!(shares.free(), 2);
        assert!(shares.lock().held.is_empty(), "callers that hold nothing are forgotten");
    }
}
