//! Places that callers take in turns, however many requests each of them has.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

/// A lock with one or several places, of which each caller has at most one. Of the callers that wait, the one whose last turn is the
/// longest ago is next; requests of one caller are served in order of arrival. Clones share it. Default: one place.
#[derive(Debug, Clone)]
pub(crate) struct FairLock(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    places: usize,
    /// Callers that have a place.
    holders: HashSet<Arc<str>>,
    waiting: HashMap<Arc<str>, Requests>,
    arrivals: u64,
    /// Number of the last turn of each caller. Cleared when no caller waits.
    last: HashMap<Arc<str>, u64>,
    turns: u64,
}

/// Requests of a caller by order of arrival; at least one.
type Requests = BTreeMap<u64, oneshot::Sender<FairGuard>>;

/// The lock, held. Released when it is dropped.
#[derive(Debug)]
#[must_use = "the lock is released when the guard is dropped"]
pub(crate) struct FairGuard {
    from: FairLock,
    holder: Arc<str>,
}

impl Default for FairLock {
    fn default() -> Self {
        Self::with_places(1)
    }
}

impl FairLock {
    /// A lock with this many places.
    pub fn with_places(places: usize) -> Self {
        let (holders, waiting, last) = (HashSet::new(), HashMap::new(), HashMap::new());
        Self(Arc::new(Mutex::new(State { places, holders, waiting, arrivals: 0, last, turns: 0 })))
    }

    /// Waits for a place.
    ///
    /// # Cancel safety
    /// A dropped call takes nothing and loses its place.
    pub async fn lock(&self, caller: &Arc<str>) -> FairGuard {
        if let Some(guard) = self.try_lock(caller) {
            return guard;
        }
        let (granted, grant) = oneshot::channel();
        let place = {
            let mut state = self.state();
            state.arrivals += 1;
            let place = state.arrivals;
            state.waiting.entry(Arc::clone(caller)).or_default().insert(place, granted);
            place
        };
        let _withdraw = Withdraw { from: self, caller, place };
        self.serve();
        match grant.await {
            Ok(guard) => guard,
            // A waiting request is removed by its own call only.
            Err(_) => std::future::pending().await,
        }
    }

    /// Takes a place if one is free and no request waits.
    fn try_lock(&self, caller: &Arc<str>) -> Option<FairGuard> {
        let mut state = self.state();
        let is_next = state.waiting.is_empty() && state.holders.len() < state.places && !state.holders.contains(caller);
        is_next.then(|| self.give(&mut state, Arc::clone(caller)))
    }

    /// Gives a free place to a caller.
    fn give(&self, state: &mut State, holder: Arc<str>) -> FairGuard {
        state.holders.insert(Arc::clone(&holder));
        state.turns += 1;
        state.last.insert(Arc::clone(&holder), state.turns);
        FairGuard { from: self.clone(), holder }
    }

    /// Number of turns before that of a request that the caller would make now, of a lock with one place: the current one, those of its
    /// own requests that wait, and as many of each other caller.
    pub fn ahead(&self, caller: &Arc<str>) -> usize {
        let state = self.state();
        let own = state.waiting.get(caller).map_or(0, BTreeMap::len);
        let others = state.waiting.iter().filter(|(other, _)| *other != caller);
        let others: usize = others.map(|(_, requests)| requests.len().min(own + 1)).sum();
        state.holders.len() + own + others
    }

    /// Gives a place to the request that is next, if one is free. Each free place has been offered before: one call serves one.
    fn serve(&self) {
        let (granted, guard) = {
            let mut state = self.state();
            if state.holders.len() >= state.places {
                return;
            }
            if state.waiting.is_empty() {
                state.last.clear();
            }
            let Some((caller, place)) = state.next() else { return };
            let Some(granted) = state.remove(&caller, place) else { return };
            (granted, self.give(&mut state, caller))
        };
        // Without the lock of the state: the guard of a call that was dropped meanwhile is released at once.
        let _ = granted.send(guard);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The request that is next: of a caller without a place.
    fn next(&self) -> Option<(Arc<str>, u64)> {
        let waiting = self.waiting.iter().filter(|(caller, _)| !self.holders.contains(*caller));
        let first = waiting.filter_map(|(caller, requests)| Some((caller, *requests.keys().next()?)));
        let next = first.min_by_key(|(caller, place)| (self.last.get(*caller).copied().unwrap_or_default(), *place));
        next.map(|(caller, place)| (Arc::clone(caller), place))
    }

    fn remove(&mut self, caller: &Arc<str>, place: u64) -> Option<oneshot::Sender<FairGuard>> {
        let requests = self.waiting.get_mut(caller)?;
        let removed = requests.remove(&place);
        if requests.is_empty() {
            self.waiting.remove(caller);
        }
        removed
    }
}

/// Removes a request that still waits when its call ends.
struct Withdraw<'a> {
    from: &'a FairLock,
    caller: &'a Arc<str>,
    place: u64,
}

impl Drop for Withdraw<'_> {
    fn drop(&mut self) {
        drop(self.from.state().remove(self.caller, self.place));
    }
}

impl Drop for FairGuard {
    fn drop(&mut self) {
        self.from.state().holders.remove(&self.holder);
        self.from.serve();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn caller(name: &str) -> Arc<str> {
        name.into()
    }

    #[tokio::test]
    async fn callers_take_turns() {
        let (lock, flood, light) = (FairLock::default(), caller("flood"), caller("light"));
        let held = lock.lock(&flood).await;
        let mut waiting: Vec<_> = (0..100).map(|_| Box::pin(lock.lock(&flood))).collect();
        assert!(waiting.iter_mut().all(|one| one.now_or_never().is_none()));
        let mut others = [Box::pin(lock.lock(&light)), Box::pin(lock.lock(&light))];
        assert!(others.iter_mut().all(|one| one.now_or_never().is_none()));
        drop(held);
        let [first, second] = others;
        let held = first.now_or_never().expect("the one that has had no turn is next");
        let mut second = second;
        assert!((&mut second).now_or_never().is_none());
        drop(held);
        let held = waiting.remove(0).now_or_never().expect("then the other caller, in order of arrival");
        assert!((&mut second).now_or_never().is_none());
        drop(held);
        drop(second.now_or_never().expect("its turn again"));
        for one in waiting {
            drop(one.now_or_never().expect("all are served"));
        }
        let state = lock.state();
        assert!(state.last.is_empty() && state.waiting.is_empty() && state.holders.is_empty());
    }

    #[tokio::test]
    async fn a_caller_has_one_of_several_places() {
        let (lock, [flood, other, light]) = (FairLock::with_places(2), ["flood", "other", "light"].map(caller));
        let first = lock.lock(&flood).await;
        let mut more: Vec<_> = (0..3).map(|_| Box::pin(lock.lock(&flood))).collect();
        assert!(more.iter_mut().all(|one| one.now_or_never().is_none()), "the second place is for others");
        let second = lock.lock(&other).now_or_never().expect("a free place");
        let mut late = Box::pin(lock.lock(&light));
        assert!((&mut late).now_or_never().is_none(), "both are taken");
        drop(first);
        let third = late.now_or_never().expect("it has had no turn");
        assert!(more.iter_mut().all(|one| one.now_or_never().is_none()));
        drop(second);
        let fourth = more.remove(0).now_or_never().expect("its next turn");
        drop(third);
        assert!(more.iter_mut().all(|one| one.now_or_never().is_none()), "one place each");
        drop(fourth);
        drop(more.remove(0).now_or_never().expect("its next turn"));
        drop(more.remove(0).now_or_never().expect("its last turn"));
        assert!(lock.state().holders.is_empty());
    }

    #[tokio::test]
    async fn turns_of_other_callers_come_before_a_new_request() {
        let (lock, [flood, light, new]) = (FairLock::default(), ["flood", "light", "new"].map(caller));
        assert_eq!(lock.ahead(&new), 0);
        let _held = lock.lock(&flood).await;
        assert_eq!(lock.ahead(&new), 1);
        let mut waiting: Vec<_> = (0..100).map(|_| Box::pin(lock.lock(&flood))).collect();
        waiting.extend((0..2).map(|_| Box::pin(lock.lock(&light))));
        assert!(waiting.iter_mut().all(|one| one.now_or_never().is_none()));
        // The current turn, one of each other caller, and two of its own.
        assert_eq!((lock.ahead(&new), lock.ahead(&light), lock.ahead(&flood)), (3, 1 + 2 + 3, 1 + 100 + 2));
    }

    #[tokio::test]
    async fn calls_that_are_dropped_lose_their_place() {
        let (lock, me) = (FairLock::default(), caller("me"));
        let held = lock.lock(&me).await;
        let mut gone = Box::pin(lock.lock(&me));
        let mut late = Box::pin(lock.lock(&me));
        let mut next = Box::pin(lock.lock(&me));
        assert!((&mut gone).now_or_never().is_none() && (&mut late).now_or_never().is_none());
        assert!((&mut next).now_or_never().is_none());
        drop(gone);
        drop(held);
        // It has the lock, and goes away before it knows.
        drop(late);
        drop(next.now_or_never().expect("it is next"));
    }
}
