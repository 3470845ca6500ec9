//! Clients that close their side of the connection after a request.
//!
//! The end of their data may mean that they have gone away, or that they have nothing more to send and wait for the
//! response, as `nc -N` does. An interim response `100 Continue`, which clients skip (RFC 9110, section 15.2), tells the two
//! apart: a client that has gone away resets the connection.

use std::{
    io::{self, ErrorKind},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    net::TcpStream,
    time::{Instant, Sleep, sleep},
};

/// The interim response.
pub(super) const PROBE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
/// Time until the first look for a reset: more than a round trip on one machine.
const FIRST_LOOK: Duration = Duration::from_millis(5);
/// Time in which the service takes a body that has arrived. Until then, the end of the data may be that of the request.
const GRACE: Duration = Duration::from_millis(100);
/// Time between further looks.
const LOOK: Duration = Duration::from_millis(200);
/// Time between probes, because the client may go away later.
const PROBE_EVERY: Duration = Duration::from_secs(5);

/// A connection whose client sends nothing more.
pub(super) struct HalfClosed {
    since: Instant,
    timer: Pin<Box<Sleep>>,
    /// When the next probe is due.
    probe_at: Instant,
}

impl HalfClosed {
    pub(super) fn new() -> Self {
        let since = Instant::now();
        Self { since, timer: Box::pin(sleep(FIRST_LOOK)), probe_at: since }
    }

    /// Whether a request that is not complete by now will never be.
    pub(super) fn is_final(&self) -> bool {
        self.since.elapsed() >= GRACE
    }

    /// Pending while the client waits for its response. `may_probe`: its request is complete, and nothing of a response has
    /// been written, so a probe is not in its midst.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, socket: &TcpStream, may_probe: bool) -> Poll<io::Result<()>> {
        loop {
            if let Some(error) = socket.take_error()? {
                return Poll::Ready(Err(error));
            }
            if may_probe && self.probe_at <= Instant::now() {
                let next = match socket.try_write(PROBE) {
                    Ok(written) if written == PROBE.len() => PROBE_EVERY,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => LOOK,
                    _ => return Poll::Ready(Err(ErrorKind::ConnectionReset.into())),
                };
                self.probe_at = Instant::now() + next;
                self.timer.as_mut().reset(Instant::now() + FIRST_LOOK);
            }
            if self.timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            let next = if self.is_final() { LOOK } else { FIRST_LOOK };
            self.timer.as_mut().reset(Instant::now() + next);
        }
    }
}
