//! Byte budget: bounds the memory that one kind of work takes across all requests.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

use crate::words;
use haibao_core::error::{Error, ErrorKind, Result, Retry};

/// Bytes per unit. Semaphores count in `u32`; whole KiB keep every size within it.
const UNIT: u64 = 1 << 10;

/// A number of bytes shared by all holders of a clone. Waiting requests are served in order of arrival.
///
/// Take all that a task needs with one call: tasks that hold a part while they wait for more can block each other.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    free: Arc<Semaphore>,
    units: u32,
}

/// Bytes taken from a [`Budget`]. They are returned when it is dropped.
#[derive(Debug)]
#[must_use = "the bytes are returned when the permit is dropped"]
pub(crate) struct Permit(OwnedSemaphorePermit);

impl Budget {
    /// A budget of `bytes`, rounded up to whole KiB, at least 1 KiB.
    pub(crate) fn new(bytes: u64) -> Self {
        let units = units(bytes).max(1);
        Self { free: Arc::new(Semaphore::new(units as usize)), units }
    }

    /// Takes `bytes`; waits until they are free, at most until `until`. A request larger than the budget takes all of it.
    ///
    /// # Cancel safety
    /// A dropped call takes nothing and loses its place in the queue.
    ///
    /// # Errors
    /// `busy` at `until`.
    pub(crate) async fn take(&self, bytes: u64, until: Instant) -> Result<Permit> {
        let taken = timeout_at(until, Arc::clone(&self.free).acquire_many_owned(self.clamp(bytes))).await;
        taken.ok().and_then(|permit| permit.ok()).map(Permit).ok_or_else(busy)
    }

    /// Takes `bytes` if they are free now and no earlier request waits for them.
    pub(crate) fn try_take(&self, bytes: u64) -> Option<Permit> {
        Arc::clone(&self.free).try_acquire_many_owned(self.clamp(bytes)).ok().map(Permit)
    }

    /// Size of the budget, bytes.
    #[cfg(test)]
    pub(crate) fn capacity(&self) -> u64 {
        u64::from(self.units) * UNIT
    }

    /// Bytes that are not taken.
    #[cfg(test)]
    pub(crate) fn available(&self) -> u64 {
        self.free.available_permits() as u64 * UNIT
    }

    fn clamp(&self, bytes: u64) -> u32 {
        units(bytes).min(self.units)
    }
}

impl Permit {
    /// Bytes held, in whole KiB.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.num_permits() as u64 * UNIT
    }

    /// Returns all but `bytes`. Has no effect if fewer are held.
    pub(crate) fn shrink_to(&mut self, bytes: u64) {
        let surplus = self.0.num_permits().saturating_sub(units(bytes) as usize);
        drop(self.0.split(surplus));
    }
}

fn units(bytes: u64) -> u32 {
    // Half of the range, which also fits a semaphore on 32-bit systems.
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX).min(u32::MAX >> 4)
}

fn busy() -> Error {
    Error::of(ErrorKind::Busy, words::memory_full()).retry(Retry::After(Duration::from_secs(1)))
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[tokio::test]
    async fn bytes_are_returned_on_drop_and_by_shrinking() {
        let budget = Budget::new(10 * UNIT);
        let mut permit = budget.take(6 * UNIT - 5, soon()).await.expect("free");
        assert_eq!((permit.bytes(), budget.available()), (6 * UNIT, 4 * UNIT));
        assert!(budget.try_take(5 * UNIT).is_none());
        permit.shrink_to(UNIT + 1);
        assert_eq!((permit.bytes(), budget.available()), (2 * UNIT, 8 * UNIT));
        permit.shrink_to(9 * UNIT);
        assert_eq!(permit.bytes(), 2 * UNIT);
        drop(permit);
        assert_eq!(budget.available(), budget.capacity());
    }

    #[tokio::test]
    async fn a_request_waits_for_its_turn() {
        let budget = Budget::new(4 * UNIT);
        let held = budget.take(3 * UNIT, soon()).await.expect("free");
        let mut large = Box::pin(budget.take(4 * UNIT, soon()));
        assert!((&mut large).now_or_never().is_none());
        assert!(budget.try_take(UNIT).is_none(), "the earlier request comes first");
        drop(held);
        assert_eq!(large.await.expect("its turn").bytes(), 4 * UNIT);
    }

    #[tokio::test]
    async fn a_deadline_ends_the_wait_and_frees_the_place() {
        let budget = Budget::new(2 * UNIT);
        let held = budget.take(2 * UNIT, soon()).await.expect("free");
        let late = budget.take(UNIT, Instant::now() + Duration::from_millis(20)).await.expect_err("occupied");
        assert_eq!((late.kind(), late.code()), (ErrorKind::Busy, "busy"));
        assert!(matches!(late.retry_advice(), Retry::After(_)));
        drop(held);
        assert!(budget.try_take(2 * UNIT).is_some());
    }

    #[tokio::test]
    async fn a_request_beyond_the_budget_takes_all_of_it() {
        let budget = Budget::new(3 * UNIT);
        assert_eq!(budget.take(u64::MAX, soon()).await.expect("clamped").bytes(), 3 * UNIT);
        assert!(Budget::new(u64::MAX).try_take(u64::MAX).is_some());
        assert!(Budget::new(0).try_take(1).is_some());
    }
}
