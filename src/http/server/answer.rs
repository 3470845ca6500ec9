//! Answers requests of a connection: from the router, or a refusal while the service is full or stopping.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::{self, HeaderValue, StatusCode, Version, header},
    response::{IntoResponse, Response},
};
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::time::Instant;
use tower::Service;
use tracing::Span;

use super::{
    super::{
        access_log::{AccessLine, Facts, Interruption},
        health_paths,
        posters::Finished,
        problem::Problem,
        request_id::REQUEST_ID,
    },
    protocol,
    reading::Unread,
    stage::{Stage, Stages},
    table::{Activity, ConnectionState, Table},
};
use crate::{
    net::budget::{Budget, Permit},
    service::pool::{Holder, MAX_UNREAD},
    words,
};
use haibao_core::error::{Error, ErrorKind, Finding, Retry};

/// Responses up to this size fit into the socket's buffer and are not counted, bytes.
const UNCOUNTED_BYTES: u64 = 64 << 10;
/// Time that a finished response waits for memory.
const UNREAD_WAIT: Duration = Duration::from_secs(2);
/// Interval at which connections whose clients read slowly are closed, and least time for which their rate is measured.
pub(super) const UNREAD_PAUSE: Duration = Duration::from_millis(500);

/// Number of chunks of a body from which they must have [`MIN_MEAN_CHUNK`] bytes on average.
const MAX_TINY_CHUNKS: u64 = 8192;
const MIN_MEAN_CHUNK: u64 = 256;

pub(super) struct Answers {
    router: Router,
    unread: Budget,
    /// Memory of drawing, of which `unread` is a part.
    drawing: Holder,
    table: Arc<Table>,
    stages: Stages,
}

impl Answers {
    pub(super) fn new(router: Router, table: Arc<Table>, stages: Stages, drawing: Holder) -> Self {
        Self { router, unread: Budget::with_room(MAX_UNREAD), drawing, table, stages }
    }

    pub(super) async fn answer(
        &self,
        request: http::Request<Incoming>,
        state: Arc<ConnectionState>,
        is_reserved: bool,
    ) -> http::Response<Tracked> {
        let activity = state.begin();
        let (mut parts, body) = request.into_parts();
        let is_health = health_paths().contains(&parts.uri.path());
        let facts = Facts::of(&parts);
        let mut line = AccessLine::begin(Arc::clone(&facts), parts.method.clone(), is_health);
        // Clients of HTTP/1.0 do not know interim responses.
        let is_followed = parts.version == Version::HTTP_11;
        let body = if is_followed { Received::follow(body, &state) } else { Body::new(body) };
        let mut counted = None;
        let mut response = if let Err(problem) = protocol::check(&parts) {
            let mut response = problem.into_response();
            // Another server before this one may understand the request otherwise.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            response
        } else if !is_health && self.stages.is_stopping() {
            facts.refuse(refusal(words::service_stopping()))
        } else if !is_health && is_reserved {
            facts.refuse(refusal(words::connections_full()))
        } else {
            parts.extensions.insert(Arc::clone(&facts));
            tokio::select! {
                biased;
                answered = self.route(Request::from_parts(parts, body), &facts, &state) => {
                    let (response, memory) = answered;
                    counted = memory;
                    response
                }
                () = self.stages.reached(Stage::Over) => {
                    line.end_by(Interruption::Shutdown);
                    facts.refuse(refusal(words::service_stopped()))
                }
            }
        };
        let headers = response.headers_mut();
        headers.insert(REQUEST_ID, facts.id.clone());
        if is_reserved || self.stages.is_stopping() {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        let is_bounded = headers.contains_key(header::CONTENT_LENGTH) || response.body().size_hint().exact().is_some();
        if !is_bounded {
            // A stream without end, such as the events of an export, ends with its client's data.
            state.set_waits_for_response(false);
        }
        // It is that of the empty body, not of the file (RFC 9110, section 8.6). To a HEAD, it would be sent.
        if response.status() == StatusCode::NOT_MODIFIED {
            response.headers_mut().remove(header::CONTENT_LENGTH);
        }
        line.answered(&response);
        let span = response.extensions_mut().remove();
        let held = Some(Held { counted, line, activity, span });
        response.map(|body| Tracked { body, held })
    }

    /// The response of the router, and the memory that it takes.
    async fn route(
        &self,
        request: Request,
        facts: &Facts,
        state: &Arc<ConnectionState>,
    ) -> (Response, Option<Counted>) {
        let Ok(response) = self.router.clone().call(request).await;
        self.count(response, facts, state).await
    }

    /// Takes the memory of a response that is complete. Streamed ones hold one chunk at a time. If the memory is used up,
    /// clients that read slowly make room.
    async fn count(
        &self,
        mut response: Response,
        facts: &Facts,
        state: &Arc<ConnectionState>,
    ) -> (Response, Option<Counted>) {
        let size = response.body().size_hint().exact().filter(|size| *size > UNCOUNTED_BYTES);
        let Some(size) = size else { return (response, None) };
        let (caller, end) = (facts.caller(), Instant::now() + UNREAD_WAIT);
        loop {
            match self.unread.take(&caller, size, end.min(Instant::now() + UNREAD_PAUSE)).await {
                Ok(permit) => {
                    let finished = response.extensions_mut().remove::<Finished>();
                    // Those of posters count since they were drawn.
                    let finished =
                        finished.unwrap_or_else(|| Finished { _held: Some(Arc::new(self.drawing.hold(size))) });
                    let counted = Counted { _permit: permit, _finished: finished, _unread: state.reading().begin() };
                    return (response, Some(counted));
                }
                Err(error) if Instant::now() >= end => return (facts.refuse(error.into()), None),
                Err(_) => {
                    self.table.close_slowest(UNREAD_PAUSE);
                }
            }
        }
    }
}

fn refusal(finding: Finding) -> Problem {
    Error::of(ErrorKind::Busy, finding).retry(Retry::After(Duration::from_secs(1))).into()
}

/// A request body. Records when it has been received completely. Ends with an error if it comes in many tiny chunks: each costs as
/// much as a large one.
struct Received {
    body: Incoming,
    state: Arc<ConnectionState>,
    /// Chunks and bytes so far, of a body without a length.
    chunks: Option<(u64, u64)>,
}

impl Received {
    fn follow(body: Incoming, state: &Arc<ConnectionState>) -> Body {
        state.set_wants_body(false);
        if body.is_end_stream() {
            state.set_waits_for_response(true);
            return Body::empty();
        }
        let chunks = body.size_hint().exact().is_none().then_some((0, 0));
        Body::new(Self { body, state: Arc::clone(state), chunks })
    }
}

impl HttpBody for Received {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx).map_err(axum::Error::new);
        self.state.set_wants_body(frame.is_pending());
        if let (Some((chunks, bytes)), Poll::Ready(Some(Ok(frame)))) = (&mut self.chunks, &frame) {
            *chunks += 1;
            *bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
            if *chunks > MAX_TINY_CHUNKS && *bytes < *chunks * MIN_MEAN_CHUNK {
                return Poll::Ready(Some(Err(axum::Error::new("too many tiny chunks"))));
            }
        }
        let is_over = match &frame {
            Poll::Ready(None) => true,
            Poll::Ready(Some(Ok(_))) => self.body.is_end_stream(),
            _ => false,
        };
        if is_over {
            self.state.set_waits_for_response(true);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Memory of a large response, held until the client has taken it.
struct Counted {
    _permit: Permit,
    /// It is part of the memory of drawing until it has been sent: a poster may be larger than what the permit can count.
    _finished: Finished,
    _unread: Unread,
}

/// A response body. The request counts as in progress until it has been sent or dropped.
pub(super) struct Tracked {
    body: Body,
    /// Moves to the data of a large response: hyper drops the body when it has buffered the last frame.
    held: Option<Held>,
}

/// What ends with a response.
struct Held {
    counted: Option<Counted>,
    line: AccessLine,
    activity: Activity,
    /// That of the request, for the logs of a stream.
    span: Option<Span>,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(interruption) = self.activity.interruption() {
            self.line.end_by(interruption);
        }
    }
}

/// Data that hyper drops when it has been written to the socket.
struct Unsent {
    data: Bytes,
    _held: Held,
}

impl AsRef<[u8]> for Unsent {
    fn as_ref(&self) -> &[u8] {
        &self.data
    }
}

impl HttpBody for Tracked {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Self { body, held } = &mut *self;
        let entered = held.as_ref().and_then(|held| held.span.as_ref()).map(Span::enter);
        let frame = Pin::new(body).poll_frame(cx);
        drop(entered);
        let Some(held) = held else { return frame };
        if let Poll::Ready(Some(Ok(frame))) = &frame {
            held.line.sent(frame.data_ref().map_or(0, Bytes::len));
        }
        if held.counted.is_none() || !self.body.is_end_stream() {
            return frame;
        }
        frame.map_ok(|frame| {
            frame.map_data(|data| match self.held.take() {
                Some(held) => Bytes::from_owner(Unsent { data, _held: held }),
                None => data,
            })
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Method;

    use super::*;
    use crate::service::pool::{Config, Pool};

    #[tokio::test]
    async fn a_large_response_holds_its_memory_until_its_data_is_dropped() {
        let table = Arc::new(Table::new(1));
        let state = Arc::clone(table.admit().expect("room").state());
        let router = Router::new();
        let pool = Pool::start(Config { workers: 1, ..Config::default() }, |_| ()).expect("a thread");
        let answers = Answers::new(router, table, Stages::new().1, pool.holder());
        let facts = Facts::of(&Request::new(()).into_parts().0);
        let drawing = || pool.depth().memory_bytes;
        let all: Vec<u8> = (0..300_000_u32).map(|n| (n / 7) as u8).collect();
        let free = answers.unread.available();
        let tracked = async |bytes: &[u8]| {
            let (response, counted) = answers.count(Response::new(Body::from(bytes.to_vec())), &facts, &state).await;
            let line = AccessLine::begin(Arc::clone(&facts), Method::GET, true);
            let held = Some(Held { counted, line, activity: state.begin(), span: None });
            Tracked { body: response.into_body(), held }
        };
        let data = async |mut body: Tracked| {
            assert!(!body.is_end_stream() && state.is_active());
            let frame = futures_util::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
            assert!(body.is_end_stream());
            // As hyper does while the data waits for the client.
            drop(body);
            frame.expect("a frame").expect("no error").into_data().expect("data")
        };
        let body = tracked(&all).await;
        assert_eq!(body.size_hint().exact(), Some(all.len() as u64));
        let sent = data(body).await;
        assert_eq!(sent, all);
        assert!(answers.unread.available() < free && state.is_active());
        assert_eq!(drawing(), all.len() as u64, "it is part of the memory of drawing");
        drop(sent);
        assert!(answers.unread.available() == free && !state.is_active());
        assert_eq!(drawing(), 0);

        // A client that goes away before anything is sent.
        drop(tracked(&all).await);
        assert!(answers.unread.available() == free && !state.is_active());

        let small = data(tracked(&all[..1000]).await).await;
        assert_eq!(small, all[..1000]);
        assert!(!state.is_active(), "the socket's buffer takes it");
    }
}
