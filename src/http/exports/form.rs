//! Body of a multipart upload, with bounds on part headers and rate.
//!
//! The parser collects a part's headers as long as bytes arrive. This stream delivers them in pieces, and fails if the
//! parser takes many without result.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

use axum::{
    body::{Body, BodyDataStream, Bytes},
    extract::{FromRequest, Multipart, Request},
    http::{HeaderMap, StatusCode},
};
use futures_util::Stream;
use tokio::time::{Sleep, sleep_until};

use super::super::{media, pace::Pace, problem::Problem, receive};
use crate::words;
use haibao_core::error::{Error, ErrorKind};

/// Maximum size of a part's headers, bytes.
const MAX_HEADERS: usize = 8 << 10;
/// Size of a piece, bytes.
const PIECE: usize = 8 << 10;
const SLOW: u8 = 1;
const HEADERS: u8 = 2;

/// Watches how the form is read.
#[derive(Debug, Clone, Default)]
pub(super) struct FormMeter(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    /// Bytes delivered since the parser returned something.
    pending: AtomicUsize,
    fault: AtomicU8,
}

impl FormMeter {
    pub(super) fn bound(&self, body: Body) -> Body {
        let pace = Pace::new();
        Body::from_stream(Pieces {
            body: body.into_data_stream(),
            rest: Bytes::new(),
            timer: Box::pin(sleep_until(pace.deadline())),
            pace,
            is_delivered: false,
            meter: self.clone(),
        })
    }

    /// Records that the parser has returned a part or a chunk of one.
    pub(super) fn progress(&self) {
        self.0.pending.store(0, Relaxed);
    }

    /// The reason why the body has ended early.
    pub(super) fn fault(&self) -> Option<Problem> {
        match self.0.fault.load(Relaxed) {
            SLOW => Some(receive::slow()),
            HEADERS => Some(headers_too_large()),
            _ => None,
        }
    }

    fn fail(&self, fault: u8) -> io::Error {
        self.0.fault.store(fault, Relaxed);
        io::ErrorKind::InvalidData.into()
    }
}

/// The form of a request.
///
/// # Errors
/// `content_type` (415) if the body is no form; `boundary_missing` (400).
pub(in crate::http) async fn multipart(request: Request) -> Result<Multipart, Problem> {
    let kind = media::content_type(request.headers());
    let error = match kind.as_str() {
        "multipart/form-data" => Error::of(ErrorKind::Malformed, words::boundary_missing()),
        _ => Error::of(ErrorKind::Unsupported, words::not_a_form()),
    };
    Multipart::from_request(request, &()).await.map_err(|_| error.into())
}

/// Checks the headers of a part.
///
/// # Errors
/// `part_headers_too_large` (431).
pub(in crate::http) fn check_headers(headers: &HeaderMap) -> Result<(), Problem> {
    let size: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if size > MAX_HEADERS { Err(headers_too_large()) } else { Ok(()) }
}

fn headers_too_large() -> Problem {
    Problem::from(Error::of(ErrorKind::TooLarge, words::part_headers_too_large(MAX_HEADERS)))
        .status(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
}

struct Pieces {
    body: BodyDataStream,
    rest: Bytes,
    pace: Pace,
    timer: Pin<Box<Sleep>>,
    is_delivered: bool,
    meter: FormMeter,
}

impl Stream for Pieces {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let this = &mut *self;
        if this.is_delivered {
            // The parser reads until a stream is pending, and only then looks at what it has read.
            this.is_delivered = false;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if this.rest.is_empty() {
            match Pin::new(&mut this.body).poll_next(cx) {
                Poll::Ready(Some(Ok(bytes))) => {
                    this.pace.add(bytes.len());
                    this.timer.as_mut().reset(this.pace.deadline());
                    this.rest = bytes;
                }
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(io::Error::other(error)))),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending if this.timer.as_mut().poll(cx).is_ready() => {
                    return Poll::Ready(Some(Err(this.meter.fail(SLOW))));
                }
                Poll::Pending => return Poll::Pending,
            }
        }
        let piece = this.rest.split_to(this.rest.len().min(PIECE));
        let pending = this.meter.0.pending.fetch_add(piece.len(), Relaxed) + piece.len();
        if pending > MAX_HEADERS + PIECE {
            return Poll::Ready(Some(Err(this.meter.fail(HEADERS))));
        }
        this.is_delivered = true;
        Poll::Ready(Some(Ok(piece)))
    }
}
