//! Deadlines of requests. An upload may arrive for longer than `http.timeout_ms`; the work on it may not take longer, except
//! starting an export, which completes even without its client.

use std::time::Duration;

use axum::{
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::Response,
};
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

/// Middleware of one path: ends requests at their deadline.
pub(super) async fn enforce(
    State(Timeout { time, is_upload }): State<Timeout>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let is_upload = is_upload && matches!(*request.method(), Method::POST | Method::PUT);
    let limit = if is_upload { time.max(UPLOAD_TIMEOUT) } else { time };
    let call = Call { work: is_upload.then_some(time), ..Call::new("", limit) };
    timeout(limit, call.scope(next.run(request))).await.map_err(|_| passed(limit))
}

/// Work on a body that has arrived: of an upload, it has the time of other requests from now on. Unlimited here for other requests,
/// whose deadline includes the body.
///
/// # Errors
/// `deadline`; those of the work.
pub(super) async fn work<T>(work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    let call = Call::current();
    let Some(limit) = call.work else { return work.await };
    timeout(limit, call.received().scope(work)).await.map_err(|_| passed(limit))?
}

fn passed(limit: Duration) -> Problem {
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
