//! Deadlines of requests. An upload may arrive for longer than `http.timeout_ms`; the work on it may not take longer, except
//! starting an export, which completes even without its client.

use std::{sync::Arc, time::Duration};

use axum::http::Method;
use tokio::time::timeout;

use super::problem::Problem;
use crate::{service::call::Call, words};
use haibao_core::error::{Error, ErrorKind};

/// Timeout of uploads with the work on them, unless `http.timeout_ms` is longer.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(600);

/// Timeout of the requests of a path.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeout {
    /// `http.timeout_ms`.
    pub(super) time: Duration,
    /// Whether a `POST` or `PUT` may take [`UPLOAD_TIMEOUT`]. Handlers bound what follows the arrival with [`work`], except starting an
    /// export.
    pub(super) is_upload: bool,
}

impl Timeout {
    /// The call of a request that begins now, and the time that it may take.
    pub(super) fn begin(self, method: &Method) -> (Call, Duration) {
        let Self { time, is_upload } = self;
        let is_upload = is_upload && matches!(*method, Method::POST | Method::PUT);
        let limit = if is_upload { time.max(UPLOAD_TIMEOUT) } else { time };
        (Call { work: is_upload.then_some(time), ..Call::new(Arc::<str>::default(), limit) }, limit)
    }
}

/// Work of a call on a body that has arrived: of an upload, it has the time of other requests from now on. Unlimited here for other
/// requests, whose deadline includes the body.
///
/// # Errors
/// `deadline`.
pub(super) async fn within<F: Future + Unpin>(call: Call, work: F) -> Result<F::Output, Problem> {
    let Some(limit) = call.work else { return Ok(call.around(work).await) };
    timeout(limit, call.received().around(work)).await.map_err(|_| passed(limit))
}

/// As [`within`], of the current call.
///
/// # Errors
/// `deadline`; those of the work.
pub(super) async fn work<T>(work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    within(Call::current(), Box::pin(work)).await?
}

/// The error of a request that took longer than it may.
pub(super) fn passed(limit: Duration) -> Problem {
    Error::of(ErrorKind::Deadline, words::deadline(limit.as_millis())).into()
}

#[cfg(test)]
mod tests {
    use std::{future::pending, time::Instant};

    use super::*;

    const WORK: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn work_on_an_upload_has_the_time_of_other_requests() {
        let upload = Call { work: Some(WORK), ..Call::new("", UPLOAD_TIMEOUT) };
        let problem = upload.clone().scope(work(pending::<Result<(), Problem>>())).await.expect_err("too long");
        assert_eq!(problem.outcome().1, "deadline");
        // Its jobs in the pool have the same deadline.
        let (inner, nested) =
            upload.scope(work(async { Ok((Call::current(), work(async { Ok(1) }).await)) })).await.expect("in time");
        assert!(inner.deadline.is_some_and(|deadline| deadline <= Instant::now() + WORK));
        assert!(matches!(nested, Ok(1)));
        let other = Call::new("", UPLOAD_TIMEOUT);
        let deadline = other.deadline;
        let kept = other.scope(work(async { Ok(Call::current().deadline) })).await.expect("in time");
        assert_eq!(kept, deadline, "the deadline of another request includes its body");
    }
}
