//! Waiting for what other requests occupy, within the time of a request.

use std::time::Duration;

use tokio::time::timeout_at;

use crate::{net::fair::Late, service::call::Call, words};
use haibao_core::error::{Error, Result};

/// How long others may still take is not known.
const ADVICE: Duration = Duration::from_secs(10);

/// The error of a request for which there is no room or no turn, with the time after which there may be.
pub(super) fn busy(wait: Duration) -> Error {
    Late(wait).error(words::overloaded())
}

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

/// Runs work that may wait for a turn of something else, such as of WeChat's quota. When the current [`Call`] has no time left to wait,
/// the work ends with the error of `refused`, if it still waits; otherwise it goes on.
///
/// # Errors
/// Those of the work, and of `refused`.
pub(in crate::service) async fn unless_refused<T>(
    work: impl Future<Output = Result<T>>,
    refused: impl FnOnce() -> Option<Error>,
) -> Result<T> {
    let mut work = std::pin::pin!(work);
    if let Some(until) = Call::current().until() {
        if let Ok(done) = timeout_at(until.into(), work.as_mut()).await {
            return done;
        }
        if let Some(error) = refused() {
            return Err(error);
        }
    }
    work.await
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

    #[tokio::test]
    async fn work_that_waits_when_the_time_is_over_is_refused() {
        let hurried = || Call::new("", Duration::from_millis(50));
        let waits = hurried().scope(unless_refused(pending::<Result<()>>(), || Some(busy(ADVICE))));
        assert_eq!(waits.await.expect_err("it waits").code(), "busy");
        let works = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            Ok(1)
        };
        assert_eq!(hurried().scope(unless_refused(works, || None)).await.expect("it works"), 1);
        let never = || -> Option<Error> { panic!("there is time") };
        assert_eq!(hurried().scope(unless_refused(ready(Ok(2)), never)).await.expect("at once"), 2);
        assert_eq!(unless_refused(ready(Ok(3)), never).await.expect("without a deadline"), 3);
    }
}
