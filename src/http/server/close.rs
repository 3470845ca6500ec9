//! The end of a connection: a response to invalid headers, and a lingering close.
//!
//! A socket that is closed while data arrives is reset, and the client may lose the response, for example 413 while it
//! still sends its body. So the server stops sending, and discards what arrives until the client closes the connection too.

use std::time::Duration;

use axum::http::StatusCode;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};

use super::{
    super::{access_log, problem::Problem, request_id},
    stream::{Ended, Stream},
};
use crate::words;
use haibao_core::error::{Error, ErrorKind};

/// Maximum time of a lingering close after a response. After invalid headers and in the reserve: [`LINGER_IDLE`].
const LINGER: Duration = Duration::from_secs(30);
/// Maximum time without data in a lingering close.
const LINGER_IDLE: Duration = Duration::from_secs(2);
/// Maximum number of bytes discarded.
const LINGER_BYTES: usize = 128 << 20;
/// Maximum time to write a response to invalid headers.
const WRITE: Duration = Duration::from_secs(2);

/// Closes a connection that hyper has finished; sooner if others need its place.
pub(super) async fn close(stream: Stream, is_reserved: bool) {
    let (mut socket, ended) = stream.into_parts();
    let problem = match ended {
        Ended::Normally => None,
        Ended::Rejected(status) => Some(rejection(status)),
        Ended::HugeBody => Some(Error::of(ErrorKind::TooLarge, words::declared_length()).into()),
        Ended::OtherVersion => Some(Error::of(ErrorKind::Malformed, words::http_version()).into()),
        Ended::HeaderTimeout => Some(
            Problem::from(Error::of(ErrorKind::Deadline, words::request_timeout())).status(StatusCode::REQUEST_TIMEOUT),
        ),
        Ended::Stalled => return,
    };
    let longest = if problem.is_some() || is_reserved { LINGER_IDLE } else { LINGER };
    if let Some(problem) = problem {
        let ((status, code), id) = (problem.outcome(), request_id::generate());
        access_log::unreadable(status, code, &id);
        let _ = timeout(WRITE, socket.write_all(&problem.to_http(&id))).await;
    }
    if socket.shutdown().await.is_ok() {
        linger(&mut socket, longest).await;
    }
}

fn rejection(status: u16) -> Problem {
    match StatusCode::from_u16(status) {
        Ok(status @ StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE) => {
            Problem::from(Error::of(ErrorKind::TooLarge, words::headers_too_large())).status(status)
        }
        _ => Error::of(ErrorKind::Malformed, words::not_http()).into(),
    }
}

async fn linger(socket: &mut TcpStream, longest: Duration) {
    let end = Instant::now() + longest;
    let mut discarded = [0; 8192];
    let mut total = 0;
    while total < LINGER_BYTES {
        let until = end.min(Instant::now() + LINGER_IDLE);
        match timeout_at(until, socket.read(&mut discarded)).await {
            Ok(Ok(read)) if read > 0 => total += read,
            _ => return,
        }
    }
}
