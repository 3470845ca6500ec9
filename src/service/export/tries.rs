//! Retry policy: which errors are retried, which are waited for, and which end an export.

use std::time::Duration;

use haibao_core::error::{Domain, Error, ErrorKind, Result, Retry};

/// Maximum quota pause that is waited for. A longer one ends the run.
const MAX_PAUSE: Duration = Duration::from_secs(300);
/// Maximum number of attempts per poster or code.
const MAX_TRIES: u32 = 4;
/// Maximum number of attempts after internal errors such as panics. The second attempt rules out a random fault.
const MAX_TRIES_INTERNAL: u32 = 2;
/// Maximum number of attempts while a store is unavailable. The waits add up to about 30 s, enough for a database or
/// bucket to restart.
const MAX_TRIES_STORE: u32 = 8;
/// Wait before the second attempt; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// Runs `step` until it succeeds, its error is permanent, or the attempts are used up. Quota pauses up to [`MAX_PAUSE`]
/// are waited for and do not count as attempts.
///
/// # Errors
/// The error of the last attempt.
pub(super) async fn with_retries<T, F: Future<Output = Result<T>>>(mut step: impl FnMut() -> F) -> Result<T> {
    let mut tries = 1;
    loop {
        let error = match step().await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        if let Some(pause) = pause(&error) {
            tokio::time::sleep(pause.max(FIRST_WAIT)).await;
            continue;
        }
        let max = match (error.kind(), error.retry_advice()) {
            _ if is_store_busy(&error) => MAX_TRIES_STORE,
            _ if is_fatal(&error) => return Err(error),
            (ErrorKind::Internal, _) => MAX_TRIES_INTERNAL,
            (_, Retry::No) => return Err(error),
            _ => MAX_TRIES,
        };
        if tries >= max {
            return Err(error);
        }
        let wait = FIRST_WAIT * 2_u32.pow(tries - 1);
        tokio::time::sleep(match error.retry_advice() {
            Retry::After(advised) => wait.max(advised.min(MAX_PAUSE)),
            _ => wait,
        })
        .await;
        tries += 1;
    }
}

/// Time to wait before requesting the same code again, if a quota is temporarily exhausted. `None` for other errors and
/// for waits over five minutes.
pub fn pause(error: &Error) -> Option<Duration> {
    match (error.kind(), error.retry_advice()) {
        (ErrorKind::Limited, Retry::After(wait)) if wait <= MAX_PAUSE => Some(wait),
        _ => None,
    }
}

/// Whether the error would affect every other row too.
pub fn is_fatal(error: &Error) -> bool {
    let affects_all = [Domain::App, Domain::Store, Domain::Output];
    matches!(error.kind(), ErrorKind::Limited | ErrorKind::Forbidden)
        || affects_all.into_iter().any(|origin| error.is_from(origin))
}

/// Whether the database, the job queue or the blob store is temporarily unavailable.
pub(super) fn is_store_busy(error: &Error) -> bool {
    error.kind() == ErrorKind::Busy && error.is_from(Domain::Store)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use haibao_core::error::Message;

    use super::*;
    use crate::service::pool::{Config, Kind, Need, Pool};

    /// Number of attempts of a step that always fails with `error`.
    async fn tries(error: Error) -> u32 {
        let count = Cell::new(0);
        let result: Result<()> = with_retries(|| {
            count.set(count.get() + 1);
            let error = error.clone();
            async { Err(error) }
        })
        .await;
        assert_eq!(result.expect_err("it always fails").code(), error.code());
        count.get()
    }

    #[tokio::test]
    async fn only_transient_errors_are_retried() {
        let soon = Retry::After(Duration::from_millis(1));
        assert_eq!(tries(Error::new(ErrorKind::Busy, "busy", Message::verbatim("full")).retry(soon)).await, 4);
        assert_eq!(
            tries(Error::new(ErrorKind::Upstream, "asset_status", Message::verbatim("503")).retry(Retry::Yes)).await,
            4
        );
        assert_eq!(tries(Error::new(ErrorKind::Upstream, "asset_status", Message::verbatim("404"))).await, 1);
        assert_eq!(tries(Error::new(ErrorKind::Invalid, "param_type", Message::verbatim("wrong"))).await, 1);
        assert_eq!(tries(Error::internal("a fault")).await, 2);
        assert_eq!(
            tries(
                Error::new(ErrorKind::Internal, "store_failed", Message::verbatim("no rights")).domain(Domain::Store)
            )
            .await,
            1
        );
        assert_eq!(
            tries(
                Error::new(ErrorKind::Upstream, "wechat_ip", Message::verbatim("not allowed"))
                    .domain(Domain::App)
                    .retry(Retry::Yes)
            )
            .await,
            1
        );
        let day = Retry::After(Duration::from_secs(9000));
        assert_eq!(
            tries(Error::new(ErrorKind::Limited, "wechat_quota", Message::verbatim("used up")).retry(day)).await,
            1
        );
    }

    #[tokio::test]
    async fn short_pauses_are_waited_for_and_not_counted() {
        let count = Cell::new(0);
        let result = with_retries(|| {
            count.set(count.get() + 1);
            let ready = count.get() > 6;
            let error = Error::new(ErrorKind::Limited, "quota_minute", Message::verbatim("wait"))
                .retry(Retry::After(Duration::from_millis(1)));
            async move { if ready { Ok(()) } else { Err(error) } }
        });
        result.await.expect("the seventh attempt succeeds");
    }

    #[tokio::test]
    async fn panics_are_retried_once_and_do_not_kill_the_thread() {
        let pool = Pool::start(Config { workers: 1, ..Config::default() }, |_| ()).expect("a thread");
        let count = Cell::new(0);
        let result: Result<()> = with_retries(|| {
            count.set(count.get() + 1);
            pool.run(Need::of(Kind::Draw), |_| panic!("like a faulty decoder"))
        })
        .await;
        assert_eq!((result.expect_err("it panics").code(), count.get()), ("internal", 2));
        assert_eq!(pool.run(Need::of(Kind::Draw), |_| Ok(1)).await.expect("the thread is alive"), 1);
    }
}
