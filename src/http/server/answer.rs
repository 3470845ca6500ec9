//! Answers requests of a connection: from the router, or a refusal while the service is full or stopping.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    extract::{ConnectInfo, Request},
    http::{HeaderValue, Version, header},
    response::{IntoResponse, Response},
};
use hyper::{
    body::{Frame, SizeHint},
    service::Service,
};
use hyper_util::service::TowerToHyperService;
use tokio::{sync::watch, time::Instant};

use super::{
    super::{
        access_log::AccessLine,
        health_paths,
        pages::refusal::explain_refusal,
        problem::Problem,
        request_id::{self, REQUEST_ID},
    },
    protocol,
    table::{Activity, State, Table, Unread},
};
use crate::{
    net::budget::{Budget, Permit},
    words,
};
use haibao_core::error::{Error, ErrorKind, Finding, Retry};

/// Memory for responses that clients have not read yet, bytes.
const UNREAD_BYTES: u64 = 40 << 20;
/// Responses up to this size fit into the socket's buffer and are not counted, bytes.
const UNCOUNTED_BYTES: u64 = 64 << 10;
/// Time that a finished response waits for memory.
const UNREAD_WAIT: Duration = Duration::from_secs(2);
/// Interval at which it closes connections whose clients have read nothing for so long.
const UNREAD_PAUSE: Duration = Duration::from_millis(500);
/// Large responses are sent in parts of this size, bytes: a part in the connection's buffer is not counted any more.
const PART: usize = 32 << 10;

/// Number of chunks of a body from which they must have [`MIN_MEAN_CHUNK`] bytes on average.
const MAX_TINY_CHUNKS: u64 = 8192;
const MIN_MEAN_CHUNK: u64 = 256;

#[derive(Clone)]
pub(super) struct Answers {
    router: TowerToHyperService<Router>,
    unread: Budget,
    table: Arc<Table>,
    closing: watch::Receiver<bool>,
}

impl Answers {
    pub(super) fn new(router: Router, table: Arc<Table>, closing: watch::Receiver<bool>) -> Self {
        Self { router: TowerToHyperService::new(router), unread: Budget::new(UNREAD_BYTES), table, closing }
    }

    pub(super) async fn answer(
        self,
        mut request: Request,
        peer: SocketAddr,
        state: Arc<State>,
        is_reserved: bool,
    ) -> Result<Response, Infallible> {
        let activity = state.begin();
        let is_health = health_paths().contains(&request.uri().path());
        let mut line = AccessLine::begin(&mut request, is_health);
        // Clients of HTTP/1.0 do not know interim responses.
        if request.version() == Version::HTTP_11 {
            request = request.map(|body| Body::new(Received::new(body, Arc::clone(&state))));
        }
        let (mut id, mut counted) = (None, None);
        let mut response = if let Err(problem) = protocol::check(&request) {
            let mut response = problem.into_response();
            // Another server before this one may understand the request otherwise.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            response
        } else if *self.closing.borrow() && !is_health {
            explain_refusal(&request, refusal(words::service_stopping()))
        } else if is_reserved && !is_health {
            explain_refusal(&request, refusal(words::connections_full()))
        } else {
            request.extensions_mut().insert(ConnectInfo(peer));
            let head = head_of(&request);
            let response = self.router.call(request).await?;
            id = response.headers().get(REQUEST_ID).cloned();
            let (response, permit) = self.count(response, &head, &state).await;
            counted = permit;
            response
        };
        let is_bounded =
            response.body().size_hint().exact().is_some() || response.headers().contains_key(header::CONTENT_LENGTH);
        if !is_bounded {
            // A stream without end, such as the events of an export, ends with its client's data.
            state.set_waits_for_response(false);
        }
        let id = id.or_else(|| HeaderValue::try_from(request_id::generate()).ok());
        if let Some(id) = id {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        if is_reserved || *self.closing.borrow() {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        line.answered(&response);
        Ok(response.map(|body| Body::new(Tracked { body, rest: Bytes::new(), counted, line, _activity: activity })))
    }

    /// Takes the memory of a response that is complete. Streamed ones hold one chunk at a time. If the memory is used up,
    /// clients that do not read make room.
    async fn count(&self, response: Response, head: &Request<()>, state: &Arc<State>) -> (Response, Option<Counted>) {
        let size = response.body().size_hint().exact().filter(|size| *size > UNCOUNTED_BYTES);
        let Some(size) = size else { return (response, None) };
        let end = Instant::now() + UNREAD_WAIT;
        loop {
            match self.unread.take(size, end.min(Instant::now() + UNREAD_PAUSE)).await {
                Ok(permit) => return (response, Some(Counted { _permit: permit, _unread: state.begin_response() })),
                Err(error) if Instant::now() >= end => {
                    return (explain_refusal(head, Problem::from(error).into_response()), None);
                }
                Err(_) => {
                    self.table.close_stalled(UNREAD_PAUSE);
                }
            }
        }
    }
}

/// A request without its body, for a refusal after the router has taken the request.
fn head_of(request: &Request) -> Request<()> {
    let mut head = Request::new(());
    *head.method_mut() = request.method().clone();
    *head.uri_mut() = request.uri().clone();
    *head.headers_mut() = request.headers().clone();
    head
}

fn refusal(finding: Finding) -> Response {
    let error = Error::of(ErrorKind::Busy, finding).retry(Retry::After(Duration::from_secs(1)));
    Problem::from(error).into_response()
}

/// A request body. Records when it has been received completely. Ends with an error if it comes in many tiny chunks: each costs as
/// much as a large one.
struct Received {
    body: Body,
    state: Arc<State>,
    /// Chunks and bytes so far, of a body without a length.
    chunks: Option<(u64, u64)>,
}

impl Received {
    fn new(body: Body, state: Arc<State>) -> Self {
        let chunks = body.size_hint().exact().is_none().then_some((0, 0));
        let received = Self { body, state, chunks };
        received.state.set_wants_body(false);
        received.note();
        received
    }

    fn note(&self) {
        if self.body.is_end_stream() {
            self.state.set_waits_for_response(true);
        }
    }
}

impl HttpBody for Received {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        self.state.set_wants_body(frame.is_pending());
        if let (Some((chunks, bytes)), Poll::Ready(Some(Ok(frame)))) = (&mut self.chunks, &frame) {
            *chunks += 1;
            *bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
            if *chunks > MAX_TINY_CHUNKS && *bytes < *chunks * MIN_MEAN_CHUNK {
                return Poll::Ready(Some(Err(axum::Error::new("too many tiny chunks"))));
            }
        }
        match &frame {
            Poll::Ready(None) => self.state.set_waits_for_response(true),
            Poll::Ready(Some(Ok(_))) => self.note(),
            _ => {}
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

/// Memory of a large response.
struct Counted {
    _permit: Permit,
    _unread: Unread,
}

/// A response body. The request counts as in progress until it has been sent or dropped.
struct Tracked {
    body: Body,
    /// What remains of a large response. hyper buffers a part whatever its size, and drops the body then.
    rest: Bytes,
    counted: Option<Counted>,
    line: AccessLine,
    _activity: Activity,
}

impl HttpBody for Tracked {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) if self.counted.is_some() => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(frame) => return Poll::Ready(Some(Ok(frame))),
                },
                other => {
                    if let Poll::Ready(Some(Ok(frame))) = &other {
                        self.line.sent(frame.data_ref().map_or(0, Bytes::len));
                    }
                    return other;
                }
            }
        }
        let length = self.rest.len().min(PART);
        self.line.sent(length);
        // A slice would keep the entire response in memory.
        let part = Bytes::copy_from_slice(&self.rest.split_to(length));
        Poll::Ready(Some(Ok(Frame::data(part))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.len() as u64;
        self.body.size_hint().exact().map_or_else(SizeHint::default, |body| SizeHint::with_exact(body + rest))
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    #[tokio::test]
    async fn a_large_response_is_sent_in_parts_that_hold_its_memory_until_the_last() {
        let table = Arc::new(Table::new(1));
        let state = Arc::clone(table.admit().expect("room").state());
        let router = Router::new();
        let answers = Answers::new(router, table, watch::channel(false).1);
        let all: Vec<u8> = (0..300_000_u32).map(|n| (n / 7) as u8).collect();
        let free = answers.unread.available();
        let tracked = async |bytes: &[u8]| {
            let (response, counted) =
                answers.count(Response::new(Body::from(bytes.to_vec())), &Request::new(()), &state).await;
            let line = AccessLine::begin(&mut Request::default(), true);
            Tracked { body: response.into_body(), rest: Bytes::new(), counted, line, _activity: state.begin() }
        };
        let body = tracked(&all).await;
        assert_eq!(body.size_hint().exact(), Some(all.len() as u64));
        assert_eq!(to_bytes(Body::new(body), usize::MAX).await.expect("bytes"), all);
        assert_eq!(answers.unread.available(), free);

        let mut body = tracked(&all).await;
        let first = futures_util::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
        assert_eq!(first.expect("a part").expect("no error").into_data().expect("data").len(), PART);
        assert_eq!(body.size_hint().exact(), Some((all.len() - PART) as u64));
        assert!(answers.unread.available() < free && !body.is_end_stream());
        let small = tracked(&all[..1000]).await;
        assert!(small.counted.is_none());
    }
}
