//! Memory that is taken while data arrives, with a reserve: of several receivers that wait for memory, one can always
//! complete.

use std::sync::Arc;

use tokio::time::Instant;

use super::budget::{Budget, Permit};
use haibao_core::error::Result;

/// Smallest amount taken, bytes.
const STEP: u64 = 64 << 10;

/// A budget whose last part is taken as a whole, by one receiver at a time.
#[derive(Debug, Clone)]
pub(crate) struct Memory {
    pub shared: Budget,
    pub reserve: Budget,
}

/// Memory of one receiver. Returned when it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Growing {
    permits: Vec<Permit>,
    /// The reserve.
    pub turn: Option<Permit>,
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
    /// Memory that is already taken.
    pub fn of(permit: Permit) -> Self {
        Self { permits: vec![permit], turn: None }
    }

    /// Takes memory for a caller so that `needed` bytes are covered, in steps that double, but not beyond `expected`. Without free
    /// memory waits for it or for the reserve, at most until `until`. Returns whether it holds the reserve from now on.
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
        tokio::select! {
            biased;
            permit = memory.shared.take(caller, self.step(needed, expected), until) => self.permits.push(permit?),
            turn = memory.reserve.take(caller, u64::MAX, until) => self.turn = Some(turn?),
        }
        Ok(self.turn.is_some())
    }

    /// As [`Growing::grow`], without waiting. Returns whether `needed` bytes are covered.
    pub fn try_grow(&mut self, memory: &Memory, caller: &Arc<str>, needed: u64, expected: u64) -> bool {
        if self.turn.is_some() || needed <= self.taken() {
            return true;
        }
        let permit = memory.shared.try_take(caller, self.step(needed, expected));
        let is_covered = permit.is_some();
        self.permits.extend(permit);
        is_covered
    }

    fn step(&self, needed: u64, expected: u64) -> u64 {
        let taken = self.taken();
        (needed - taken).max(taken.min(expected.saturating_sub(taken))).max(STEP)
    }

    /// Keeps what complete data needs, and leaves the reserve to those that wait if possible.
    pub fn settle(&mut self, memory: &Memory, caller: &Arc<str>, needed: u64) {
        let taken = self.taken();
        if self.turn.is_some()
            && let Some(permit) = memory.shared.take_free(caller, needed.saturating_sub(taken))
        {
            self.permits.push(permit);
            self.turn = None;
        }
        let mut surplus = taken.saturating_sub(needed);
        for permit in self.permits.iter_mut().rev() {
            let before = permit.bytes();
            permit.shrink_to(before.saturating_sub(surplus));
            surplus = surplus.saturating_sub(before);
        }
    }

    fn taken(&self) -> u64 {
        self.permits.iter().map(Permit::bytes).sum()
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
}
