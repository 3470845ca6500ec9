//! Byte budget: bounds the memory that one kind of work takes across all requests, and shares it fairly between callers.

use std::sync::Arc;

use tokio::time::Instant;

use super::fair::{Late, Share, Shares};
use crate::words;
use haibao_core::error::{Error, Finding, Result};

/// Bytes per unit. Whole KiB keep every size within `u32`.
const UNIT: u64 = 1 << 10;

/// A number of bytes shared by all holders of a clone, in the order of [`Shares`].
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    shares: Shares,
    units: u32,
    /// What its errors say.
    full: fn() -> Finding,
}

/// Bytes taken from a [`Budget`]. They are returned when it is dropped.
#[derive(Debug)]
#[must_use = "the bytes are returned when the permit is dropped"]
pub(crate) struct Permit(Share);

impl Budget {
    /// A budget of `bytes`, rounded up to whole KiB, at least 1 KiB.
    pub(crate) fn new(bytes: u64) -> Self {
        Self::of(bytes, Shares::new)
    }

    /// As [`Budget::new`]; callers leave room to others as [`Shares::with_room`] says.
    pub(crate) fn with_room(bytes: u64) -> Self {
        Self::of(bytes, Shares::with_room)
    }

    fn of(bytes: u64, shares: fn(u32) -> Shares) -> Self {
        let units = units(bytes).max(1);
        Self { shares: shares(units), units, full: words::memory_full }
    }

    /// The same budget, whose errors say this instead of that memory is in use.
    pub(crate) fn saying(self, full: fn() -> Finding) -> Self {
        Self { full, ..self }
    }

    /// Takes `bytes` for a caller; waits until they are free, at most until `until`. A request larger than the budget takes all of
    /// it.
    ///
    /// # Cancel safety
    /// A dropped call takes nothing and loses its place in the queue.
    ///
    /// # Errors
    /// `busy` at `until`, with the time waited as the advice when to come back.
    pub(crate) async fn take(&self, caller: &Arc<str>, bytes: u64, until: Instant) -> Result<Permit> {
        let start = Instant::now();
        let share = self.shares.take(caller, self.clamp(bytes), Some(until)).await;
        share.map(Permit).ok_or_else(|| self.busy(Late(start.elapsed())))
    }

    /// As [`Shares::take_by`].
    ///
    /// # Errors
    /// `busy`, with the time after which a request may be accepted.
    pub(crate) async fn take_by(&self, caller: &Arc<str>, bytes: u64, end: Instant) -> Result<Permit> {
        self.shares.take_by(caller, self.clamp(bytes), end).await.map(Permit).map_err(|late| self.busy(late))
    }

    /// Takes `bytes` for a caller if they are free now and no other request comes first.
    pub(crate) fn try_take(&self, caller: &Arc<str>, bytes: u64) -> Option<Permit> {
        self.shares.try_take(caller, self.clamp(bytes)).map(Permit)
    }

    /// Whether a request waits for bytes.
    pub(crate) fn is_awaited(&self) -> bool {
        self.shares.is_awaited()
    }

    /// As [`Shares::take_free`].
    pub(crate) fn take_free(&self, caller: &Arc<str>, bytes: u64) -> Option<Permit> {
        self.shares.take_free(caller, self.clamp(bytes)).map(Permit)
    }

    /// Size of the budget, bytes.
    #[cfg(test)]
    pub(crate) fn capacity(&self) -> u64 {
        u64::from(self.units) * UNIT
    }

    /// Bytes that are not taken.
    #[cfg(test)]
    pub(crate) fn available(&self) -> u64 {
        u64::from(self.shares.free()) * UNIT
    }

    fn clamp(&self, bytes: u64) -> u32 {
        units(bytes).min(self.units)
    }

    /// The error of a request that got nothing in time. It gives no hint about sizes, because a smaller request may fail, too.
    fn busy(&self, late: Late) -> Error {
        late.error((self.full)())
    }
}

impl Permit {
    /// Bytes held, in whole KiB.
    pub(crate) fn bytes(&self) -> u64 {
        u64::from(self.0.units()) * UNIT
    }

    /// As [`Share::forget`].
    pub(crate) fn forget(self) {
        self.0.forget();
    }

    /// Returns all but `bytes`. Has no effect if fewer are held.
    pub(crate) fn shrink_to(&mut self, bytes: u64) {
        self.0.shrink_to(units(bytes));
    }
}

fn units(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use haibao_core::error::{ErrorKind, Retry};

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    fn me() -> Arc<str> {
        "me".into()
    }

    #[tokio::test]
    async fn bytes_are_returned_on_drop_and_by_shrinking() {
        let (budget, me) = (Budget::new(10 * UNIT), me());
        let mut permit = budget.take(&me, 6 * UNIT - 5, soon()).await.expect("free");
        assert_eq!((permit.bytes(), budget.available()), (6 * UNIT, 4 * UNIT));
        assert!(budget.try_take(&me, 5 * UNIT).is_none());
        permit.shrink_to(UNIT + 1);
        assert_eq!((permit.bytes(), budget.available()), (2 * UNIT, 8 * UNIT));
        permit.shrink_to(9 * UNIT);
        assert_eq!(permit.bytes(), 2 * UNIT);
        drop(permit);
        assert_eq!(budget.available(), budget.capacity());
    }

    #[tokio::test]
    async fn a_deadline_ends_the_wait_and_frees_the_place() {
        let (budget, me) = (Budget::new(2 * UNIT), me());
        let held = budget.take(&me, 2 * UNIT, soon()).await.expect("free");
        let late = budget.take(&me, UNIT, Instant::now() + Duration::from_millis(20)).await.expect_err("occupied");
        assert_eq!((late.kind(), late.code()), (ErrorKind::Busy, "busy"));
        assert_eq!(late.retry_advice(), Retry::After(Duration::from_secs(1)));
        drop(held);
        assert!(budget.try_take(&me, 2 * UNIT).is_some());
    }

    #[tokio::test]
    async fn a_request_beyond_the_budget_takes_all_of_it() {
        let (budget, me) = (Budget::new(3 * UNIT), me());
        assert_eq!(budget.take(&me, u64::MAX, soon()).await.expect("clamped").bytes(), 3 * UNIT);
        assert!(Budget::new(u64::MAX).try_take(&me, u64::MAX).is_some());
        assert!(Budget::new(0).try_take(&me, 1).is_some());
    }
}
