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
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use hyper::{body::Frame, service::Service};
use hyper_util::service::TowerToHyperService;
use tokio::{sync::watch, time::Instant};

use super::{
    super::{
        problem::Problem,
        request_id::{self, REQUEST_ID},
    },
    table::{Activity, State},
};
use crate::net::budget::{Budget, Permit};
use haibao_core::error::{Error, ErrorKind, Retry};

/// Paths that connections in the reserve may ask for.
const HEALTH: [&str; 3] = ["/healthz", "/readyz", "/api/health"];
/// Memory for responses that clients have not read yet, bytes.
const UNREAD_BYTES: u64 = 64 << 20;
/// Responses up to this size fit into the socket's buffer and are not counted, bytes.
const UNCOUNTED_BYTES: u64 = 64 << 10;
/// Time that a finished response waits for memory.
const UNREAD_WAIT: Duration = Duration::from_secs(2);

#[derive(Clone)]
pub(super) struct Answers {
    router: TowerToHyperService<Router>,
    unread: Budget,
    closing: watch::Receiver<bool>,
}

impl Answers {
    pub(super) fn new(router: Router, closing: watch::Receiver<bool>) -> Self {
        Self { router: TowerToHyperService::new(router), unread: Budget::new(UNREAD_BYTES), closing }
    }

    pub(super) async fn answer(
        self,
        mut request: Request,
        peer: SocketAddr,
        state: Arc<State>,
        is_reserved: bool,
    ) -> Result<Response, Infallible> {
        let activity = state.begin();
        let is_health = HEALTH.contains(&request.uri().path());
        let response = if *self.closing.borrow() && !is_health {
            refusal("the service is stopping")
        } else if is_reserved && !is_health {
            refusal("the maximum number of connections is open")
        } else {
            request.extensions_mut().insert(ConnectInfo(peer));
            self.router.call(request).await?
        };
        let id = response.headers().get(REQUEST_ID).cloned();
        let (mut response, permit) = self.count(response).await;
        let id = id.or_else(|| HeaderValue::try_from(request_id::generate()).ok());
        if let Some(id) = id {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        if is_reserved || *self.closing.borrow() {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(response.map(|body| Body::new(Tracked { body, _permit: permit, _activity: activity })))
    }

    /// Takes the memory of a response that is complete. Streamed ones hold one chunk at a time.
    async fn count(&self, response: Response) -> (Response, Option<Permit>) {
        let size = response.body().size_hint().exact().filter(|size| *size > UNCOUNTED_BYTES);
        let Some(size) = size else { return (response, None) };
        match self.unread.take(size, Instant::now() + UNREAD_WAIT).await {
            Ok(permit) => (response, Some(permit)),
            Err(error) => (Problem::from(error).into_response(), None),
        }
    }
}

fn refusal(message: &str) -> Response {
    let error = Error::new(ErrorKind::Busy, "busy", message)
        .hint("try again after the time in Retry-After, on a new connection")
        .retry(Retry::After(Duration::from_secs(1)));
    Problem::from(error).into_response()
}

/// A response body. The request counts as in progress until it has been sent or dropped.
struct Tracked {
    body: Body,
    _permit: Option<Permit>,
    _activity: Activity,
}

impl HttpBody for Tracked {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.body.size_hint()
    }
}
