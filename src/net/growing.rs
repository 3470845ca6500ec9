//! Memory that is taken while data arrives, with a reserve: of several receivers that wait for memory, those of one group can
//! always complete, as far as they fit into the reserve together.

use std::{
    fmt,
    future::pending,
    iter::successors,
    sync::{Arc, Weak},
};

use tokio::{sync::watch, time::Instant};

use super::budget::{Budget, Permit};
use haibao_core::error::Result;

#[cfg(test)]
mod tests;

/// Smallest amount taken of shared memory, bytes.
const STEP: u64 = 64 << 10;

/// A budget whose last part is taken as a whole, by one group of receivers at a time.
#[derive(Debug, Clone)]
pub(crate) struct Memory {
    pub shared: Budget,
    pub reserve: Budget,
    cache: Option<Evict>,
}

/// Evicts about this many bytes from a cache whose entries hold shared memory.
#[derive(Clone)]
struct Evict(Arc<dyn Fn(u64) + Send + Sync>);

impl fmt::Debug for Evict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evict").finish_non_exhaustive()
    }
}

/// Receivers whose data is used together, such as the pictures of a poster: what is complete is kept until the rest is. Without a
/// common turn, groups that hold a part of the memory each would wait for each other.
#[derive(Debug, Clone)]
pub(crate) struct Group(Arc<watch::Sender<Weak<Turn>>>);

/// How much a receiver will receive in all, bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Expected {
    Exactly(u64),
    /// It is not known.
    AtMost(u64),
}

/// The reserve, while a group has it.
#[derive(Debug)]
struct Turn {
    room: Budget,
    /// Held by the receiver that takes from the room: while it takes all that it expects, or until it is complete if that is not known.
    /// Receivers that hold a part of the room each and want more of it would wait for each other.
    filling: Budget,
    _permit: Permit,
}

/// Memory of one receiver. Returned when it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Growing {
    group: Group,
    /// Of the shared part.
    permits: Vec<Permit>,
    reserved: Option<Reserved>,
}

/// Memory of the reserve.
#[derive(Debug)]
struct Reserved {
    turn: Arc<Turn>,
    permits: Vec<Permit>,
    /// See [`Turn::filling`].
    filling: Option<Permit>,
}

/// What a receiver takes next, bytes.
#[derive(Debug, Clone, Copy)]
struct Ask {
    /// What it needs now.
    missing: u64,
    /// As much, or more to ask less often.
    step: u64,
    /// All that it will need, if that is known.
    rest: Option<u64>,
}

impl Default for Group {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Weak::new())))
    }
}

impl Group {
    /// Takes bytes from the reserve once it is this group's turn, and that of a receiver which is not `filling` the room already. Waits
    /// until `until`.
    async fn reserved(
        &self,
        memory: &Memory,
        caller: &Arc<str>,
        (ask, is_filling): (Ask, bool),
        until: Instant,
    ) -> Result<Reserved> {
        let turn = tokio::select! {
            biased;
            turn = self.turn() => turn,
            permit = memory.reserve.take(caller, u64::MAX, until) => {
                let permit = permit?;
                let room = Budget::new(permit.bytes());
                let turn = Arc::new(Turn { room, filling: Budget::new(1), _permit: permit });
                self.0.send_replace(Arc::downgrade(&turn));
                turn
            }
        };
        let filling = if is_filling { None } else { Some(turn.filling.take(caller, 1, until).await?) };
        let permit = match turn.try_take(caller, ask) {
            Some(permit) => permit,
            None => turn.room.take(caller, ask.rest.unwrap_or(ask.missing), until).await?,
        };
        Ok(Reserved { turn, permits: vec![permit], filling: filling.filter(|_| ask.rest.is_none()) })
    }

    /// Completes once a receiver of the group has the reserve.
    pub async fn has_turn(&self) {
        self.turn().await;
    }

    /// The turn of the group, once one of its receivers has it.
    async fn turn(&self) -> Arc<Turn> {
        let mut turns = self.0.subscribe();
        loop {
            let turn = turns.borrow_and_update().upgrade();
            if let Some(turn) = turn {
                return turn;
            }
            if turns.changed().await.is_err() {
                // The group owns the sender, so this does not happen.
                return pending().await;
            }
        }
    }
}

impl Turn {
    /// Takes free memory of the room: all of the rest if it is known, or else as much of a step as there is.
    fn try_take(&self, caller: &Arc<str>, ask: Ask) -> Option<Permit> {
        if let Some(rest) = ask.rest {
            return self.room.try_take(caller, rest);
        }
        let halves = successors(Some(ask.step), |step| Some(step / 2));
        let mut steps = halves.take_while(|step| *step > ask.missing).chain([ask.missing]);
        steps.find_map(|step| self.room.try_take(caller, step))
    }
}

impl Reserved {
    /// Takes what a receiver asks for, unless another one is filling the room or the room is full.
    fn try_fill(&mut self, caller: &Arc<str>, ask: Ask) -> bool {
        let filling = self.filling.take().or_else(|| self.turn.filling.try_take(caller, 1));
        let Some(filling) = filling else { return false };
        let permit = self.turn.try_take(caller, ask);
        let is_taken = permit.is_some();
        self.permits.extend(permit);
        self.filling = Some(filling).filter(|_| ask.rest.is_none());
        is_taken
    }

    /// Adds what the receiver has taken.
    fn add(&mut self, more: Self) {
        self.permits.extend(more.permits);
        self.filling = more.filling.or(self.filling.take());
    }
}

impl Memory {
    /// A budget of `bytes`, of which `reserve` are enough for the largest receiver; more if `bytes` are not.
    pub fn new(bytes: u64, reserve: u64) -> Self {
        Self::of(bytes, reserve, Budget::new)
    }

    /// As [`Memory::new`]; callers leave room to others, so that data must not be kept for long: see [`Budget::with_room`].
    pub fn with_room(bytes: u64, reserve: u64) -> Self {
        Self::of(bytes, reserve, Budget::with_room)
    }

    fn of(bytes: u64, reserve: u64, shared: fn(u64) -> Budget) -> Self {
        Self { shared: shared(bytes.saturating_sub(reserve).max(STEP)), reserve: Budget::new(reserve), cache: None }
    }

    /// The same memory, of which the entries of a cache hold a part. They give way to receivers: `evict` is called with the bytes
    /// that are missing. What others still use is returned when they drop it.
    pub fn with_cache(self, evict: impl Fn(u64) + Send + Sync + 'static) -> Self {
        Self { cache: Some(Evict(Arc::new(evict))), ..self }
    }

    /// Takes shared memory that is free now, or that the cache frees.
    fn try_take(&self, caller: &Arc<str>, bytes: u64) -> Option<Permit> {
        self.shared.try_take(caller, bytes).or_else(|| {
            let Evict(evict) = self.cache.as_ref()?;
            evict(bytes);
            self.shared.try_take(caller, bytes)
        })
    }
}

impl Growing {
    /// No memory yet, for a receiver of a group.
    pub fn in_group(group: Group) -> Self {
        Self { group, ..Self::default() }
    }

    /// Takes memory for a caller so that `needed` bytes are covered, in steps that double, but not beyond `expected`. Without free
    /// memory waits for it or for the turn of its group, at most until `until`. From the reserve it takes all that is expected at once;
    /// if that is not known, it fills the reserve alone until it is complete. Returns whether it had to wait, and holds a part of the
    /// reserve now.
    ///
    /// # Errors
    /// `busy` at `until`.
    pub async fn grow(
        &mut self,
        memory: &Memory,
        caller: &Arc<str>,
        needed: u64,
        expected: Expected,
        until: Instant,
    ) -> Result<bool> {
        if self.try_grow(memory, caller, needed, expected) {
            return Ok(false);
        }
        let ask = self.ask(needed, expected);
        let is_filling = self.reserved.as_ref().is_some_and(|reserved| reserved.filling.is_some());
        tokio::select! {
            biased;
            permit = memory.shared.take(caller, ask.step, until) => self.permits.push(permit?),
            more = self.group.reserved(memory, caller, (ask, is_filling), until) => match &mut self.reserved {
                Some(reserved) => reserved.add(more?),
                none => *none = Some(more?),
            },
        }
        Ok(self.is_reserve())
    }

    /// As [`Growing::grow`], without waiting. Returns whether `needed` bytes are covered.
    pub fn try_grow(&mut self, memory: &Memory, caller: &Arc<str>, needed: u64, expected: Expected) -> bool {
        if needed <= self.taken() {
            return true;
        }
        let ask = self.ask(needed, expected);
        if self.reserved.as_mut().is_some_and(|reserved| reserved.try_fill(caller, ask)) {
            return true;
        }
        let permit = memory.try_take(caller, ask.step);
        let is_covered = permit.is_some();
        self.permits.extend(permit);
        is_covered
    }

    fn ask(&self, needed: u64, expected: Expected) -> Ask {
        let (most, is_known) = match expected {
            Expected::Exactly(bytes) => (bytes, true),
            Expected::AtMost(bytes) => (bytes, false),
        };
        let taken = self.taken();
        let missing = needed - taken;
        let step = missing.max(taken.min(most.saturating_sub(taken))).max(STEP);
        Ask { missing, step, rest: is_known.then(|| needed.max(most) - taken) }
    }

    /// Keeps what complete data needs, and leaves the reserve to those that wait if possible.
    pub fn settle(&mut self, memory: &Memory, caller: &Arc<str>, needed: u64) {
        let missing = needed.saturating_sub(total(&self.permits));
        shrink(&mut self.permits, needed);
        let Some(reserved) = &mut self.reserved else { return };
        match memory.shared.take_free(caller, missing) {
            Some(permit) => {
                self.permits.push(permit);
                self.reserved = None;
            }
            None => {
                shrink(&mut reserved.permits, missing);
                reserved.filling = None;
            }
        }
    }

    /// Whether it holds a part of the reserve, which others wait for.
    pub fn is_reserve(&self) -> bool {
        self.reserved.is_some()
    }

    fn taken(&self) -> u64 {
        total(&self.permits) + self.reserved.as_ref().map_or(0, |reserved| total(&reserved.permits))
    }
}

fn total(permits: &[Permit]) -> u64 {
    permits.iter().map(Permit::bytes).sum()
}

/// Returns all but `bytes`, the last ones first.
fn shrink(permits: &mut [Permit], bytes: u64) {
    let mut surplus = total(permits).saturating_sub(bytes);
    for permit in permits.iter_mut().rev() {
        let before = permit.bytes();
        permit.shrink_to(before.saturating_sub(surplus));
        surplus = surplus.saturating_sub(before);
    }
}
