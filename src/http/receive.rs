//! Reads request bodies into memory, within a limit for each and one budget for all.
//!
//! Memory is taken as bytes arrive, so that a connection holds no more than it has sent. When the budget is used up, one
//! body at a time may complete from a reserve; the others wait for it.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::time::{Instant, timeout_at};

use super::{assets, pace::Pace, problem::Problem};
use crate::net::growing::{Growing, Memory};
use haibao_core::error::{Error, ErrorKind};

/// Maximum size of bodies that carry no pictures, bytes.
const SMALL: usize = 64 << 10;
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
    max_bytes: usize,
    max_asset_bytes: usize,
}

/// Limit of the bodies of a route.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    bytes: usize,
    /// Error of a body over the limit.
    too_large: fn(usize) -> Error,
}

/// Paths whose bodies may contain pictures as `data:` URIs.
const WITH_PICTURES: [&str; 2] = ["/v1/posters", "/v1/posters/explain"];
/// Paths whose handlers read the body as a stream, with a limit of their own.
const STREAMED: [&str; 1] = ["/v1/exports"];

impl Intake {
    /// Memory of `budget` bytes for bodies of at most `max_bytes`, and for uploads of pictures of at most
    /// `max_asset_bytes`; more if that is not enough for one.
    pub(super) fn new(max_bytes: usize, max_asset_bytes: usize, budget: u64) -> Self {
        let largest = max_bytes.max(assets::max_body(max_asset_bytes));
        let memory = Memory::new(budget, (largest as u64).saturating_mul(FACTOR));
        Self { memory, max_bytes, max_asset_bytes }
    }

    /// Limit of the bodies of this route. `None`: its handler reads them.
    pub(super) fn limit(&self, route: &str) -> Option<Limit> {
        let (bytes, too_large): (_, fn(usize) -> Error) = match route {
            _ if STREAMED.contains(&route) => return None,
            "/v1/assets" => (assets::max_body(self.max_asset_bytes), assets::body_too_large),
            _ if WITH_PICTURES.contains(&route) => (self.max_bytes, too_large),
            _ => (self.max_bytes.min(SMALL), too_large),
        };
        Some(Limit { bytes, too_large })
    }

    /// Reads a body. The memory is taken until the permits are dropped.
    async fn read(&self, headers: &HeaderMap, mut body: Body, limit: Limit) -> Result<(Bytes, Growing), Problem> {
        let Limit { bytes: limit, too_large } = limit;
        if body.size_hint().lower() > limit as u64 {
            return Err(too_large(limit).into());
        }
        let (mut bytes, mut held, mut pace) = (Vec::new(), Growing::default(), Pace::new());
        let expected = body.size_hint().exact().unwrap_or(limit as u64).saturating_mul(FACTOR);
        while let Some(data) = chunk(&mut body, &mut pace).await? {
            if bytes.len() + data.len() > limit {
                return Err(too_large(limit).into());
            }
            let needed = ((bytes.len() + data.len()) as u64 * FACTOR).saturating_sub(UNCOUNTED);
            let start = Instant::now();
            if held.grow(&self.memory, needed, expected, start + WAIT).await? {
                pace.pause(start.elapsed());
                pace.hurry(TURN.0, TURN.1);
            }
            bytes.extend_from_slice(&data);
        }
        // A proxy that closes a connection early may leave fewer bytes than it has announced.
        let declared = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
        if declared.is_some_and(|declared| declared != bytes.len()) {
            return Err(unreadable());
        }
        held.settle(&self.memory, bytes.len() as u64 * FACTOR);
        Ok((bytes.into(), held))
    }
}

/// Middleware of one route: replaces the body by its bytes, and holds their memory until there is a response.
pub(super) async fn buffer(
    State((intake, limit)): State<(Arc<Intake>, Limit)>,
    request: Request,
    next: Next,
) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    match intake.read(&parts.headers, body, limit).await {
        Ok((bytes, held)) => {
            let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
            drop(held);
            response
        }
        Err(problem) => {
            let mut response = problem.into_response();
            // The rest of the body is discarded, so the connection cannot be used again.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            response
        }
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

fn too_large(limit: usize) -> Error {
    Error::new(ErrorKind::TooLarge, "body_too_large", format!("the body exceeds {limit} bytes"))
        .hint("pass pictures by URL instead of data:, or raise `http.max_body_bytes`")
}

fn unreadable() -> Problem {
    Error::new(ErrorKind::Malformed, "body_unreadable", "the body could not be read completely").into()
}

/// Error of a body that arrives too slowly.
pub(super) fn slow() -> Problem {
    let error = Error::new(ErrorKind::Deadline, "body_timeout", "the body arrives too slowly");
    Problem::from(error.hint("send the whole body at once")).status(StatusCode::REQUEST_TIMEOUT)
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

    async fn read(intake: &Intake, bytes: usize) -> Result<(Bytes, Growing), Problem> {
        intake.read(&HeaderMap::new(), body(bytes), Limit { bytes: MIB, too_large }).await
    }

    #[tokio::test]
    async fn memory_is_taken_for_large_bodies_and_returned() {
        let intake = Intake::new(MIB, 0, 8 << 20);
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
        let intake = Arc::new(Intake::new(MIB, 0, 0));
        let held = read(&intake, MIB).await.expect("from the reserve").1;
        assert!(held.turn.is_some());
        let waiting = tokio::spawn({
            let intake = Arc::clone(&intake);
            async move { read(&intake, MIB).await.is_ok() }
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!waiting.is_finished());
        drop(held);
        assert!(waiting.await.expect("no panic"));
    }

    #[test]
    fn only_bodies_with_pictures_may_be_large() {
        let intake = Intake::new(20 * MIB, MIB, 0);
        let limit = |route| intake.limit(route).map(|limit| limit.bytes);
        assert_eq!(limit("/v1/posters"), Some(20 * MIB));
        assert_eq!(limit("/v1/codes"), Some(SMALL));
        assert_eq!(limit("/v1/exports"), None);
        assert!(limit("/v1/assets").is_some_and(|bytes| (MIB..2 * MIB).contains(&bytes)));
    }
}
