//! Waiting for what other requests occupy, within the time of a request.

use std::time::Duration;

use tokio::time::timeout_at;

use super::{super::call::Call, busy};
use haibao_core::error::Result;

/// How long others may still take is not known.
const ADVICE: Duration = Duration::from_secs(10);

/// Waits for a turn or for room as long as the current [`Call`] can still meet its deadline.
///
/// # Errors
/// `busy`.
pub(in crate::service) async fn in_time<T>(turn: impl Future<Output = T>) -> Result<T> {
    match Call::current().until() {
        Some(until) => timeout_at(until.into(), turn).await.map_err(|_| busy(ADVICE)),
        None => Ok(turn.await),
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn a_turn_that_does_not_come_in_time_is_refused() {
        let call = Call::new("", Duration::from_millis(50));
        let error = call.scope(in_time(pending::<()>())).await.expect_err("it never comes");
        assert_eq!(error.code(), "busy");
        let call = Call::new("", Duration::from_secs(60));
        assert_eq!(call.scope(in_time(ready(1))).await.expect("in time"), 1);
        assert_eq!(in_time(ready(2)).await.expect("without a deadline"), 2);
    }
}
