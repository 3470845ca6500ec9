//! What is tried again, what is waited for, and what ends an export.

use std::time::Duration;

use haibao_core::error::{Error, Kind, Result, Retry};

/// The store cannot be reached for now.
const STORE_BUSY: &str = "store_busy";
/// Longest pause of WeChat's that is waited for; a longer one ends the run.
const MAX_PAUSE: Duration = Duration::from_secs(300);
/// Tries of one poster or code, the first included.
const TRIES: u32 = 4;
/// Tries of what failed for a fault of haibao, a panic: a second one tells chance from the row itself.
const TRIES_OF_FAULTS: u32 = 2;
/// Tries while a store cannot be reached: a minute, for a database or a bucket that starts anew.
const TRIES_OF_STORES: u32 = 8;
/// Before the second try; each further one waits twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// Tries until it works or does not help. Pauses that WeChat asks for count as no try.
///
/// # Errors
/// The last one.
pub(super) async fn tried<T, F: Future<Output = Result<T>>>(mut step: impl FnMut() -> F) -> Result<T> {
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
        let most = match (error.kind(), error.retry_advice()) {
            _ if error.code() == STORE_BUSY => TRIES_OF_STORES,
            _ if is_fatal(&error) => return Err(error),
            (Kind::Internal, _) => TRIES_OF_FAULTS,
            (_, Retry::No) => return Err(error),
            _ => TRIES,
        };
        if tries >= most {
            return Err(error);
        }
        let wait = FIRST_WAIT * 2_u32.pow(tries - 1);
        tokio::time::sleep(match error.retry_advice() {
            Retry::After(rest) => wait.max(rest.min(MAX_PAUSE)),
            _ => wait,
        })
        .await;
        tries += 1;
    }
}

/// How long to wait before the same code is asked for again, when WeChat's quota is used up for now; none when that does
/// not help or takes over five minutes.
pub fn pause(error: &Error) -> Option<Duration> {
    match (error.kind(), error.retry_advice()) {
        (Kind::Limited, Retry::After(wait)) if wait <= MAX_PAUSE => Some(wait),
        _ => None,
    }
}

/// Whether every other row would meet the error, too.
pub fn is_fatal(error: &Error) -> bool {
    error.kind() == Kind::Limited
        || matches!(
            error.code(),
            "app_unknown"
                | "wechat_credential"
                | "wechat_ip"
                | "wechat_account"
                | "wechat_token"
                | "store_failed"
                | STORE_BUSY
                | "output_failed"
        )
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::service::pool::{Config, Pool};

    /// How often a step that fails so is tried.
    async fn tries(error: Error) -> u32 {
        let count = Cell::new(0);
        let result: Result<()> = tried(|| {
            count.set(count.get() + 1);
            let error = error.clone();
            async { Err(error) }
        })
        .await;
        assert_eq!(result.expect_err("it always fails").code(), error.code());
        count.get()
    }

    #[tokio::test]
    async fn only_what_may_pass_is_tried_again() {
        let soon = Retry::After(Duration::from_millis(1));
        assert_eq!(tries(Error::new(Kind::Busy, "busy", "full").retry(soon)).await, 4);
        assert_eq!(tries(Error::new(Kind::Upstream, "asset_status", "503").retry(Retry::Yes)).await, 4);
        assert_eq!(tries(Error::new(Kind::Upstream, "asset_status", "404")).await, 1);
        assert_eq!(tries(Error::new(Kind::Invalid, "param_type", "wrong")).await, 1);
        assert_eq!(tries(Error::new(Kind::Internal, "internal", "a fault")).await, 2);
        assert_eq!(tries(Error::new(Kind::Internal, "store_failed", "no rights")).await, 1);
        assert_eq!(tries(Error::new(Kind::Upstream, "wechat_ip", "not allowed").retry(Retry::Yes)).await, 1);
        let day = Retry::After(Duration::from_secs(9000));
        assert_eq!(tries(Error::new(Kind::Limited, "wechat_quota", "used up").retry(day)).await, 1);
    }

    #[tokio::test]
    async fn a_short_pause_is_waited_for_and_is_no_try() {
        let count = Cell::new(0);
        let result = tried(|| {
            count.set(count.get() + 1);
            let past = count.get() > 6;
            let error = Error::new(Kind::Limited, "quota_minute", "wait").retry(Retry::After(Duration::from_millis(1)));
            async move { if past { Ok(()) } else { Err(error) } }
        });
        result.await.expect("the seventh");
    }

    #[tokio::test]
    async fn a_poster_whose_drawing_panics_is_tried_twice_and_the_threads_live_on() {
        let pool = Pool::start(Config { workers: 1, queue: 4 }).expect("a thread");
        let count = Cell::new(0);
        let result: Result<()> = tried(|| {
            count.set(count.get() + 1);
            pool.run(|| panic!("as a fault of a decoder would"))
        })
        .await;
        assert_eq!((result.expect_err("it panics").code(), count.get()), ("internal", 2));
        assert_eq!(pool.run(|| Ok(1)).await.expect("the thread lives"), 1);
    }
}
