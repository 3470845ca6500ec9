//! A connection's socket with timeouts for idling, headers and stalled responses.

use std::{
    io::{self, ErrorKind, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep},
};

use super::{
    super::request_id::REQUEST_ID,
    half_closed::{HalfClosed, PROBE},
    length::LengthScan,
    table::ConnectionState,
};

/// Time in which a client that does not read fast enough must take [`STALL_BYTES`].
const STALL: Duration = Duration::from_secs(30);
/// Bytes that a client must take in [`STALL`].
const STALL_BYTES: usize = 64 << 10;

/// The start of what a client of HTTP/2 sends first (RFC 9113, section 3.4): hyper rejects what follows.
const PREFACE: &[u8] = b"PRI * HTTP/2";

#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    /// From the first byte of a request, or the start of the connection, to the end of the headers.
    pub(super) header: Duration,
    /// Between two requests.
    pub(super) idle: Duration,
}

impl Timeouts {
    /// Timeouts of connections in the reserve.
    pub(super) fn short() -> Self {
        Self { header: Duration::from_secs(2), idle: Duration::from_secs(1) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Waits for a request.
    Idle,
    /// Reads headers.
    Head,
    /// Serves a request.
    Busy,
}

/// Why the server ended the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// By the protocol: after the last response, or because the client closed it.
    Normally,
    /// The headers are invalid or too large; hyper's response, which was not sent, has this status.
    Rejected(u16),
    /// The headers declare a body whose length is no number of 64 bits.
    HugeBody,
    /// The client speaks HTTP/2, which hyper closes without a response.
    OtherVersion,
    /// The headers did not arrive in time.
    HeaderTimeout,
    /// The client read too slowly.
    Stalled,
}

/// The socket. Shutting it down has no effect: [`super::close`] does that.
pub(super) struct Stream {
    socket: TcpStream,
    state: Arc<ConnectionState>,
    timeouts: Timeouts,
    phase: Phase,
    /// Number of requests when `phase` was last set.
    seen: u64,
    reading: Pin<Box<Sleep>>,
    /// Set while the client does not take what was written.
    writing: Option<Pin<Box<Sleep>>>,
    written: usize,
    /// Number of requests when something was last written.
    wrote_for: u64,
    lengths: LengthScan,
    /// Number of bytes of the head that are those of [`PREFACE`]. `None` once one differs.
    preface: Option<usize>,
    /// Whether something was read since the last request.
    has_data: bool,
    /// Set when the client sends nothing more, until its request ends.
    half_closed: Option<HalfClosed>,
    ended: Ended,
}

impl Stream {
    pub(super) fn new(socket: TcpStream, state: Arc<ConnectionState>, timeouts: Timeouts) -> Self {
        Self {
            socket,
            state,
            timeouts,
            phase: Phase::Head,
            seen: 0,
            reading: Box::pin(sleep(timeouts.header)),
            writing: None,
            written: 0,
            wrote_for: 0,
            lengths: LengthScan::default(),
            preface: Some(0),
            has_data: false,
            half_closed: None,
            ended: Ended::Normally,
        }
    }

    pub(super) fn into_parts(self) -> (TcpStream, Ended) {
        (self.socket, self.ended)
    }

    /// Whether what is written is hyper's own response to invalid headers; if so, keeps its status. All other responses
    /// have a request id.
    fn is_rejection(&mut self, bytes: &[u8]) -> bool {
        if self.phase == Phase::Busy || self.state.started() != self.seen {
            return false;
        }
        let status = bytes.strip_prefix(b"HTTP/1.1 ").or_else(|| bytes.strip_prefix(b"HTTP/1.0 "));
        let status = status.and_then(|rest| std::str::from_utf8(rest.get(..3)?).ok()?.parse().ok());
        let is_ours = |bytes: &[u8]| memchr::memmem::find(bytes, REQUEST_ID.as_str().as_bytes()).is_some();
        let Some(status) = status.filter(|_| !is_ours(bytes)) else { return false };
        self.ended = match status {
            _ if self.preface == Some(PREFACE.len()) => Ended::OtherVersion,
            _ if self.lengths.is_huge() => Ended::HugeBody,
            status => Ended::Rejected(status),
        };
        true
    }

    /// Applies the timeout of stalled responses to the result of writing `length` bytes.
    fn written(
        &mut self,
        cx: &mut Context<'_>,
        length: usize,
        is_interim: bool,
        result: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if !is_interim {
            self.wrote_for = self.state.started();
        }
        match result {
            Poll::Ready(Ok(written)) => {
                self.state.reading().was_read(written);
                self.written += written;
                if written == length || self.written >= STALL_BYTES {
                    self.writing = None;
                }
            }
            Poll::Pending => {
                self.state.reading().was_blocked();
                if self.writing.is_none() {
                    self.written = 0;
                }
                let timer = self.writing.get_or_insert_with(|| Box::pin(sleep(STALL)));
                if timer.as_mut().poll(cx).is_ready() {
                    self.ended = Ended::Stalled;
                    self.state.fail();
                    return Poll::Ready(Err(ErrorKind::TimedOut.into()));
                }
            }
            Poll::Ready(Err(_)) => self.state.fail(),
        }
        result
    }
}

/// Whether what is written is the interim response for which a client waits before it sends a body, and nothing else.
fn is_interim(bytes: &[u8]) -> bool {
    bytes == PROBE
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        if this.state.is_active() {
            this.phase = Phase::Busy;
            let result = Pin::new(&mut this.socket).poll_read(cx, buffer);
            let is_end = matches!(result, Poll::Ready(Ok(()))) && buffer.filled().len() == before;
            if !is_end {
                return result;
            }
            let half_closed = this.half_closed.get_or_insert_with(HalfClosed::new);
            let waits = this.state.waits_for_response();
            // While the service does not ask for more of the body, what it needs may have been read already.
            if !waits && half_closed.is_final() && this.state.wants_body() {
                return result;
            }
            // What was written for an earlier request may not have been sent completely.
            let may_probe = waits && this.writing.is_none() && this.wrote_for < this.state.started();
            return half_closed.poll(cx, &this.socket, may_probe);
        }
        if this.seen != this.state.started() {
            this.seen = this.state.started();
            this.phase = Phase::Idle;
            this.has_data = false;
            this.half_closed = None;
            this.reading.as_mut().reset(Instant::now() + this.timeouts.idle);
        }
        let result = Pin::new(&mut this.socket).poll_read(cx, buffer);
        if buffer.filled().len() > before && this.phase == Phase::Idle {
            this.phase = Phase::Head;
            this.lengths = LengthScan::default();
            this.preface = Some(0);
            this.reading.as_mut().reset(Instant::now() + this.timeouts.header);
        }
        let data = &buffer.filled()[before..];
        this.has_data |= !data.is_empty();
        this.lengths.read(data);
        this.preface = this.preface.and_then(|known| {
            let rest = &PREFACE[known..];
            let compared = rest.len().min(data.len());
            (rest[..compared] == data[..compared]).then_some(known + compared)
        });
        if this.preface == Some(PREFACE.len()) {
            this.ended = Ended::OtherVersion;
        }
        if matches!(result, Poll::Ready(Ok(()))) && data.is_empty() && this.has_data {
            // hyper looks for the end of the data before it begins a request that it has read.
            let half_closed = this.half_closed.get_or_insert_with(HalfClosed::new);
            if !half_closed.is_final() {
                return half_closed.poll(cx, &this.socket, false);
            }
        }
        if result.is_pending() && this.reading.as_mut().poll(cx).is_ready() {
            if this.phase == Phase::Head {
                this.ended = Ended::HeaderTimeout;
            }
            return Poll::Ready(Err(ErrorKind::TimedOut.into()));
        }
        result
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.is_rejection(bytes) {
            return Poll::Ready(Ok(bytes.len()));
        }
        let result = Pin::new(&mut self.socket).poll_write(cx, bytes);
        self.written(cx, bytes.len(), is_interim(bytes), result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let length = slices.iter().map(|slice| slice.len()).sum();
        let first = slices.iter().find(|slice| !slice.is_empty());
        if first.is_some_and(|first| self.is_rejection(first)) {
            return Poll::Ready(Ok(length));
        }
        let is_interim = first.is_some_and(|first| is_interim(first));
        let result = Pin::new(&mut self.socket).poll_write_vectored(cx, slices);
        self.written(cx, length, is_interim, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
