//! Memory that is taken while data arrives, with a reserve: of several receivers that wait for memory, one can always
//! complete.

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
        Self { shared: Budget::new(bytes.saturating_sub(reserve).max(STEP)), reserve: Budget::new(reserve) }
    }
}

impl Growing {
    /// Memory that is already taken.
    pub fn of(permit: Permit) -> Self {
        Self { permits: vec![permit], turn: None }
    }

    /// Takes memory so that `needed` bytes are covered, in steps that double, but not beyond `expected`. Without free memory
    /// waits for the reserve, at most until `until`, and returns true.
    ///
    /// # Errors
    /// `busy` at `until`.
    pub async fn grow(&mut self, memory: &Memory, needed: u64, expected: u64, until: Instant) -> Result<bool> {
        let taken = self.taken();
        if self.turn.is_some() || needed <= taken {
            return Ok(false);
        }
        let step = (needed - taken).max(taken.min(expected.saturating_sub(taken))).max(STEP);
        if let Some(permit) = memory.shared.try_take(step) {
            self.permits.push(permit);
            return Ok(false);
        }
        self.turn = Some(memory.reserve.take(u64::MAX, until).await?);
        Ok(true)
    }

    /// Keeps what complete data needs, and leaves the reserve to others if possible.
    pub fn settle(&mut self, memory: &Memory, needed: u64) {
        let taken = self.taken();
        if self.turn.is_some()
            && let Some(permit) = memory.shared.try_take(needed.saturating_sub(taken))
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

    use super::*;

    #[tokio::test]
    async fn receivers_that_share_all_memory_complete_one_by_one() {
        const SIZE: u64 = 4 << 20;
        let memory = Memory::new(2 * SIZE, SIZE);
        let until = Instant::now() + Duration::from_secs(20);
        let receive = async || {
            let mut growing = Growing::default();
            for needed in (STEP..=SIZE).step_by(STEP as usize) {
                growing.grow(&memory, needed, SIZE, until).await.expect("its turn");
                tokio::task::yield_now().await;
            }
            growing.settle(&memory, SIZE);
        };
        futures_util::future::join_all((0..16).map(|_| receive())).await;
        assert_eq!(memory.shared.available(), memory.shared.capacity());
        assert_eq!(memory.reserve.available(), memory.reserve.capacity());
    }

    #[tokio::test]
    async fn steps_end_at_the_expected_size_and_surplus_is_returned() {
        let memory = Memory::new(64 << 20, 16 << 20);
        let (until, all) = (Instant::now() + Duration::from_secs(20), memory.shared.capacity());
        let mut growing = Growing::default();
        for needed in [1, 100_000, 1 << 20, 5 << 20] {
            assert!(!growing.grow(&memory, needed, 5 << 20, until).await.expect("free"));
        }
        assert_eq!(all - memory.shared.available(), 5 << 20);
        growing.settle(&memory, 3 << 20);
        assert_eq!(all - memory.shared.available(), 3 << 20);
        drop(growing);
        assert_eq!(memory.shared.available(), all);
    }
}
