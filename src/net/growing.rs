//! Memory that is taken while data arrives, with a reserve: of several receivers that wait for memory, those of one group can
//! always complete, as far as they fit into the reserve together.

use std::{
    future::pending,
    sync::{Arc, Weak},
};

use tokio::{sync::watch, time::Instant};

use super::budget::{Budget, Permit};
use haibao_core::error::Result;

/// Smallest amount taken, bytes.
const STEP: u64 = 64 << 10;

/// A budget whose last part is taken as a whole, by one group of receivers at a time.
#[derive(Debug, Clone)]
pub(crate) struct Memory {
    pub shared: Budget,
    pub reserve: Budget,
}

/// Receivers whose data is used together, such as the pictures of a poster: what is complete is kept until the rest is. Without a
/// common turn, groups that hold a part of the memory each would wait for each other.
#[derive(Debug, Clone)]
pub(crate) struct Group(Arc<watch::Sender<Weak<Turn>>>);

/// The reserve, while a group has it.
#[derive(Debug)]
struct Turn {
    room: Budget,
    _permit: Permit,
}

/// Memory of one receiver. Returned when it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Growing {
    group: Group,
    /// Of the shared part.
    permits: Vec<Permit>,
    /// Of the reserve.
    reserved: Option<(Arc<Turn>, Vec<Permit>)>,
}

impl Default for Group {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Weak::new())))
    }
}

impl Group {
    /// Takes bytes of the reserve once it is this group's turn. Waits until `until`.
    async fn reserved(
        &self,
        memory: &Memory,
        caller: &Arc<str>,
        bytes: u64,
        until: Instant,
    ) -> Result<(Arc<Turn>, Permit)> {
        let turn = tokio::select! {
            biased;
            turn = self.turn() => turn,
            permit = memory.reserve.take(caller, u64::MAX, until) => {
                let permit = permit?;
                let turn = Arc::new(Turn { room: Budget::new(permit.bytes()), _permit: permit });
                self.0.send_replace(Arc::downgrade(&turn));
                turn
            }
        };
        let permit = turn.room.take(caller, bytes, until).await?;
        Ok((turn, permit))
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
        Self { shared: shared(bytes.saturating_sub(reserve).max(STEP)), reserve: Budget::new(reserve) }
    }
}

impl Growing {
    /// No memory yet, for a receiver of a group.
    pub fn in_group(group: Group) -> Self {
        Self { group, ..Self::default() }
    }

    /// Takes memory for a caller so that `needed` bytes are covered, in steps that double, but not beyond `expected`. Without free
    /// memory waits for it or for the turn of its group, at most until `until`. Returns whether it holds a part of the reserve from
    /// now on: all that is expected.
    ///
    /// # Errors
    /// `busy` at `until`.
    pub async fn grow(
        &mut self,
        memory: &Memory,
        caller: &Arc<str>,
        needed: u64,
        expected: u64,
        until: Instant,
    ) -> Result<bool> {
        if self.try_grow(memory, caller, needed, expected) {
            return Ok(false);
        }
        let (step, rest) = (self.step(needed, expected), self.rest(needed, expected));
        tokio::select! {
            biased;
            permit = memory.shared.take(caller, step, until) => self.permits.push(permit?),
            reserved = self.group.reserved(memory, caller, rest, until) => {
                let (turn, permit) = reserved?;
                self.reserved.get_or_insert_with(|| (turn, Vec::new())).1.push(permit);
            }
        }
        Ok(self.is_reserve())
    }

    /// As [`Growing::grow`], without waiting. Returns whether `needed` bytes are covered.
    pub fn try_grow(&mut self, memory: &Memory, caller: &Arc<str>, needed: u64, expected: u64) -> bool {
        if needed <= self.taken() {
            return true;
        }
        let (step, rest) = (self.step(needed, expected), self.rest(needed, expected));
        if let Some((turn, permits)) = &mut self.reserved
            && let Some(permit) = turn.room.try_take(caller, rest)
        {
            permits.push(permit);
            return true;
        }
        let permit = memory.shared.try_take(caller, step);
        let is_covered = permit.is_some();
        self.permits.extend(permit);
        is_covered
    }

    /// Next step of the shared memory.
    fn step(&self, needed: u64, expected: u64) -> u64 {
        let taken = self.taken();
        (needed - taken).max(taken.min(expected.saturating_sub(taken))).max(STEP)
    }

    /// All that is still expected, which is taken of the reserve at once: receivers of a group must not wait for each other.
    fn rest(&self, needed: u64, expected: u64) -> u64 {
        (needed.max(expected) - self.taken()).max(STEP)
    }

    /// Keeps what complete data needs, and leaves the reserve to those that wait if possible.
    pub fn settle(&mut self, memory: &Memory, caller: &Arc<str>, needed: u64) {
        let missing = needed.saturating_sub(total(&self.permits));
        shrink(&mut self.permits, needed);
        let Some((_, reserved)) = &mut self.reserved else { return };
        match memory.shared.take_free(caller, missing) {
            Some(permit) => {
                self.permits.push(permit);
                self.reserved = None;
            }
            None => shrink(reserved, missing),
        }
    }

    /// Whether it holds a part of the reserve, which others wait for.
    pub fn is_reserve(&self) -> bool {
        self.reserved.is_some()
    }

    fn taken(&self) -> u64 {
        total(&self.permits) + self.reserved.as_ref().map_or(0, |(_, permits)| total(permits))
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn receivers_that_share_all_memory_complete_one_by_one() {
        const SIZE: u64 = 4 << 20;
        let (memory, me) = (Memory::new(2 * SIZE, SIZE), Arc::from("me"));
        let until = Instant::now() + Duration::from_secs(20);
        let receive = async || {
            let mut growing = Growing::default();
            for needed in (STEP..=SIZE).step_by(STEP as usize) {
                growing.grow(&memory, &me, needed, SIZE, until).await.expect("its turn");
                tokio::task::yield_now().await;
            }
            growing.settle(&memory, &me, SIZE);
        };
        futures_util::future::join_all((0..16).map(|_| receive())).await;
        assert_eq!(memory.shared.available(), memory.shared.capacity());
        assert_eq!(memory.reserve.available(), memory.reserve.capacity());
    }

    #[tokio::test]
    async fn steps_end_at_the_expected_size_and_surplus_is_returned() {
        let (memory, me) = (Memory::new(64 << 20, 16 << 20), Arc::from("me"));
        let (until, all) = (Instant::now() + Duration::from_secs(20), memory.shared.capacity());
        let mut growing = Growing::default();
        for needed in [1, 100_000, 1 << 20, 5 << 20] {
            assert!(!growing.grow(&memory, &me, needed, 5 << 20, until).await.expect("free"));
        }
        assert_eq!(all - memory.shared.available(), 5 << 20);
        growing.settle(&memory, &me, 3 << 20);
        assert_eq!(all - memory.shared.available(), 3 << 20);
        drop(growing);
        assert_eq!(memory.shared.available(), all);
    }

    #[tokio::test]
    async fn a_small_receiver_of_another_caller_waits_for_one_of_a_flood() {
        const SIZE: u64 = 4 << 20;
        let (memory, flood, light) = (Memory::new(3 * SIZE, SIZE), Arc::from("flood"), Arc::from("light"));
        let until = Instant::now() + Duration::from_secs(20);
        // Complete, and kept until they are used.
        let mut held = Vec::new();
        for _ in 0..3 {
            let mut growing = Growing::default();
            growing.grow(&memory, &flood, SIZE, SIZE, until).await.expect("free, or the reserve");
            growing.settle(&memory, &flood, SIZE);
            held.push(growing);
        }
        let mut waiting: Vec<_> = (0..50)
            .map(|_| {
                let (memory, flood) = (&memory, &flood);
                Box::pin(async move {
                    let mut growing = Growing::default();
                    growing.grow(memory, flood, SIZE, SIZE, until).await.map(|_| growing)
                })
            })
            .collect();
        assert!(waiting.iter_mut().all(|one| one.now_or_never().is_none()));
        let mut own = Growing::default();
        {
            let mut grow = Box::pin(own.grow(&memory, &light, 300 << 10, 300 << 10, until));
            assert!((&mut grow).now_or_never().is_none());
            drop(held.remove(0));
            grow.now_or_never().expect("it is served next").expect("in time");
        }
        drop((held, waiting, own));
        assert_eq!(memory.shared.available(), memory.shared.capacity());
        assert_eq!(memory.reserve.available(), memory.reserve.capacity());
    }

    /// Each group needs its data at the same time, and all groups together need more than there is.
    #[tokio::test]
    async fn groups_complete_one_by_one() {
        const SIZE: u64 = 1 << 20;
        const EACH: usize = 3;
        let (memory, me) = (Memory::new(7 * SIZE, EACH as u64 * SIZE), Arc::from("me"));
        let until = Instant::now() + Duration::from_secs(20);
        let receive = async |group: Group| {
            let mut growing = Growing::in_group(group);
            for needed in (STEP..=SIZE).step_by(STEP as usize) {
                growing.grow(&memory, &me, needed, SIZE, until).await.expect("the group's turn");
                tokio::task::yield_now().await;
            }
            growing.settle(&memory, &me, SIZE);
            growing
        };
        let use_all = async || {
            let group = Group::default();
            let all = futures_util::future::join_all((0..EACH).map(|_| receive(group.clone()))).await;
            tokio::task::yield_now().await;
            drop(all);
        };
        futures_util::future::join_all((0..8).map(|_| use_all())).await;
        assert_eq!(memory.shared.available(), memory.shared.capacity());
        assert_eq!(memory.reserve.available(), memory.reserve.capacity());
    }

    /// Receivers of unknown size expect the largest one: they take the reserve one after another.
    #[tokio::test]
    async fn receivers_of_a_group_share_its_turn() {
        const SIZE: u64 = 1 << 20;
        let (memory, me) = (Memory::new(SIZE, SIZE), Arc::from("me"));
        let until = Instant::now() + Duration::from_secs(20);
        let _flood = memory.shared.take(&me, u64::MAX, until).await.expect("free");
        let (group, other) = (Group::default(), Group::default());
        let mut first = Growing::in_group(group.clone());
        assert!(first.grow(&memory, &me, 1, SIZE, until).await.expect("the reserve"));
        let mut second = Growing::in_group(group);
        let mut third = Growing::in_group(other);
        {
            let mut second = Box::pin(second.grow(&memory, &me, 1, SIZE, until));
            let mut third = Box::pin(third.grow(&memory, &me, 1, SIZE, until));
            assert!((&mut second).now_or_never().is_none() && (&mut third).now_or_never().is_none());
            first.settle(&memory, &me, SIZE / 2);
            assert!((&mut third).now_or_never().is_none(), "it is not the turn of its group");
            assert!((&mut second).now_or_never().is_none(), "it expects more than the rest");
            drop(first);
            assert!(second.now_or_never().expect("the turn continues").expect("in time"));
            assert!(third.now_or_never().is_none());
        }
        drop(second);
        assert!(third.grow(&memory, &me, 1, SIZE, until).await.expect("the reserve"));
    }
}
