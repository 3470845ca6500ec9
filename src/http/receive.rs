//! Reads request bodies into memory, within a limit for each and one budget for all.
//!
//! Memory is taken as bytes arrive, so that a connection holds no more than it has sent. When the budget is used up, one
//! body at a time may complete from a reserve; the others wait for it, or for memory of the others. The caller that holds least is
//! next.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{DefaultBodyLimit, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use tokio::time::{Instant, timeout_at};

use super::{
    accepts::{Limit, TooLarge},
    pace::Pace,
    problem::Problem,
};
use crate::{
    net::growing::{Expected, Growing, Memory},
    service::call::Call,
    words,
};
use haibao_core::error::{Error, ErrorKind};

/// First bytes of a body, which the number of connections bounds.
const UNCOUNTED: u64 = 16 << 10;
/// Bytes of memory per byte of a body: the body, and the values read from it.
const FACTOR: u64 = 2;
/// Maximum wait for the reserve.
const WAIT: Duration = Duration::from_secs(10);
/// Grace period and minimum rate (bytes per second) of the body that holds the reserve.
const TURN: (Duration, u64) = (Duration::from_secs(5), 1 << 20);

/// Memory for bodies.
#[derive(Debug)]
pub(super) struct Intake {
    memory: Memory,
}

impl Intake {
    /// Memory of `budget` bytes for bodies of at most `largest` bytes; more if that is not enough for one.
    pub(super) fn new(largest: usize, budget: u64) -> Self {
        Self { memory: Memory::with_room(budget, (largest as u64).saturating_mul(FACTOR)) }
    }

    /// A request with the bytes of its body, whose memory is taken until the second value is dropped; or with a bounded body, if the
    /// handler reads it.
    ///
    /// # Errors
    /// Those of the limit; `body_timeout`, `body_unreadable`, `busy`.
    pub(super) async fn receive(
        &self,
        mut request: Request,
        limit: Limit,
        call: &Call,
    ) -> Result<(Request, Option<Growing>), Problem> {
        if request.body().is_end_stream() {
            return Ok((request, None));
        }
        let (bytes, too_large) = match limit {
            Limit::Memory(bytes, too_large) => (bytes, too_large),
            Limit::Stream(bytes) => {
                DefaultBodyLimit::max(bytes).apply(&mut request);
                return Ok((request, None));
            }
        };
        DefaultBodyLimit::disable().apply(&mut request);
        let (parts, body) = request.into_parts();
        let sharer = (call.sharer(), call.until().map(Instant::from));
        match self.read(&parts.headers, body, (bytes, too_large), sharer).await {
            Ok((bytes, held)) => Ok((Request::from_parts(parts, Body::from(bytes)), Some(held))),
            // The rest of the body is discarded, so the connection cannot be used again.
            Err(problem) => Err(problem.header(header::CONNECTION, HeaderValue::from_static("close"))),
        }
    }

    /// Reads a body of a caller, who waits for memory until a time at the latest. The memory is taken until the permits are dropped.
    async fn read(
        &self,
        headers: &HeaderMap,
        mut body: Body,
        (limit, too_large): (usize, TooLarge),
        (caller, until): (Arc<str>, Option<Instant>),
    ) -> Result<(Bytes, Growing), Problem> {
        if body.size_hint().lower() > limit as u64 {
            return Err(too_large(limit).into());
        }
        let (mut bytes, mut held, mut pace) = (Vec::new(), Growing::default(), Pace::new());
        let expected = match body.size_hint().exact() {
            Some(bytes) => Expected::Exactly(bytes.saturating_mul(FACTOR)),
            None => Expected::AtMost((limit as u64).saturating_mul(FACTOR)),
        };
        while let Some(data) = chunk(&mut body, &mut pace).await? {
            if bytes.len() + data.len() > limit {
                return Err(too_large(limit).into());
            }
            let needed = ((bytes.len() + data.len()) as u64 * FACTOR).saturating_sub(UNCOUNTED);
            let start = Instant::now();
            let end = until.into_iter().fold(start + WAIT, Instant::min);
            let has_turn = held.grow(&self.memory, &caller, needed, expected, end).await?;
            pace.pause(start.elapsed());
            if has_turn {
                pace.hurry(TURN.0, TURN.1);
            }
            bytes.extend_from_slice(&data);
        }
        // A proxy that closes a connection early may leave fewer bytes than it has announced.
        let declared = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
        if declared.is_some_and(|declared| declared != bytes.len()) {
            return Err(unreadable());
        }
        held.settle(&self.memory, &caller, bytes.len() as u64 * FACTOR);
        Ok((bytes.into(), held))
    }
}

async fn chunk(body: &mut Body, pace: &mut Pace) -> Result<Option<Bytes>, Problem> {
    loop {
        let frame = std::future::poll_fn(|cx| std::pin::Pin::new(&mut *body).poll_frame(cx));
        match timeout_at(pace.deadline(), frame).await {
            Err(_) => return Err(slow()),
            Ok(None) => return Ok(None),
            Ok(Some(Err(_))) => return Err(unreadable()),
            Ok(Some(Ok(frame))) => {
                if let Ok(data) = frame.into_data() {
                    pace.add(data.len());
                    return Ok(Some(data));
                }
            }
        }
    }
}

fn unreadable() -> Problem {
    Error::of(ErrorKind::Malformed, words::body_unreadable()).into()
}

/// Error of a body that arrives too slowly.
pub(super) fn slow() -> Problem {
    Problem::from(Error::of(ErrorKind::Deadline, words::body_timeout())).status(StatusCode::REQUEST_TIMEOUT)
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    const MIB: usize = 1 << 20;

    fn body(bytes: usize) -> Body {
        let chunks = (0..bytes / 1024).map(|_| Ok::<_, std::io::Error>(Bytes::from(vec![b' '; 1024])));
        Body::from_stream(stream::iter(chunks))
    }

    fn too_large(_: usize) -> Error {
        Error::internal("too large")
    }

    async fn read(intake: &Intake, bytes: usize) -> Result<(Bytes, Growing), Problem> {
        intake.read(&HeaderMap::new(), body(bytes), (MIB, too_large), (Arc::default(), None)).await
    }

    #[tokio::test]
    async fn memory_is_taken_for_large_bodies_and_returned() {
        let intake = Intake::new(MIB, 8 << 20);
        let all = intake.memory.shared.available();
        let (small, held) = read(&intake, 4 << 10).await.expect("it fits");
        assert_eq!((small.len(), intake.memory.shared.available()), (4 << 10, all));
        drop(held);
        let (large, held) = read(&intake, 512 << 10).await.expect("it fits");
        let taken = all - intake.memory.shared.available();
        assert!((large.len() as u64..=2 * large.len() as u64).contains(&taken), "{taken}");
        drop(held);
        assert_eq!(intake.memory.shared.available(), all);
        assert!(read(&intake, MIB + 1024).await.is_err());
        assert_eq!(intake.memory.shared.available(), all);
    }

    #[tokio::test]
    async fn bodies_complete_one_by_one_without_shared_memory() {
        let intake = Arc::new(Intake::new(MIB, 0));
        let held = read(&intake, MIB).await.expect("from the reserve").1;
        assert!(held.is_reserve());
        let waiting = tokio::spawn({
            let intake = Arc::clone(&intake);
            async move { read(&intake, MIB).await.is_ok() }
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!waiting.is_finished());
        drop(held);
        assert!(waiting.await.expect("no panic"));
    }

    #[tokio::test]
    async fn a_body_waits_for_memory_only_as_long_as_its_call_has_time() {
        let intake = Intake::new(MIB, 0);
        let _held = read(&intake, MIB).await.expect("from the reserve").1;
        let (headers, soon) = (HeaderMap::new(), Instant::now() + Duration::from_millis(50));
        let late = intake.read(&headers, body(MIB), (MIB, too_large), (Arc::default(), Some(soon)));
        let refused = tokio::time::timeout(WAIT / 2, late).await.expect("its time is over").expect_err("no memory");
        assert_eq!(refused.outcome(), (StatusCode::SERVICE_UNAVAILABLE, "busy"));
    }
}
