//! A stand-in for WeChat on loopback, for demonstrations, development and tests.
//!
//! It is made from WeChat's documents alone and shares no code with the client, so that the two check each other; where
//! the documents leave room it takes the stricter reading (such places are marked with (A), an assumption). Its codes
//! look like WeChat's, say plainly that they are samples, and carry by their rays what they stand for: [`decode()`] tells
//! which code a finished poster holds. They cannot be scanned by WeChat.
//!
//! | | |
//! |---|---|
//! | `GET /cgi-bin/token`, `POST /cgi-bin/stable_token` | tokens |
//! | `POST /wxa/getwxacodeunlimit`, `POST /wxa/getwxacode` | round codes |
//! | `POST /cgi-bin/wxaapp/createwxaqrcode` | square codes |
//! | `GET /_emulator/counters`, `GET /_emulator/log` | [`Counters`], list of [`Call`] |
//! | `GET`, `POST`, `DELETE /_emulator/faults` | list of [`Injection`]; adds one or a list; clears |

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that panics has failed"))]

use std::{
    fmt, io,
    net::{SocketAddr, TcpListener},
    thread::JoinHandle,
};

use tokio::sync::oneshot;

use server::Server;
use state::State;

mod body;
mod endpoint;
mod errcode;
mod faults;
mod log;
mod options;
mod rules;
mod server;
mod state;
#[cfg(test)]
mod tests;
mod token;
mod wire;

pub use endpoint::Endpoint;
pub use faults::{Fault, Injection, On};
pub use log::{Call, Counters};
pub use options::{App, Clock, ClockHand, Options, Pages, SAMPLE_SECRET};

/// A running emulator. It has a thread and a runtime of its own, so it may be started from anywhere, and nothing of it
/// (a stalled answer, a slow drip) is left when it is dropped.
pub struct Emulator {
    addr: SocketAddr,
    server: Server,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Emulator {
    /// Starts one; it takes calls when this returns.
    ///
    /// # Errors
    /// When the address is not a loopback one, is taken, or the system gives no thread.
    pub fn start(options: Options) -> io::Result<Self> {
        if !options.addr.ip().is_loopback() {
            let message = format!("the emulator listens on loopback only, not on {}", options.addr);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let listener = TcpListener::bind(options.addr)?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let server = Server::new(State::new(options));
        let router = server.router();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("wechat-emulator".into()).spawn(move || {
            runtime.block_on(async {
                // Cannot fail: the listener is non-blocking and the runtime has its drivers.
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                let service = router.into_make_service_with_connect_info::<wire::Reset>();
                tokio::select! {
                    _ = axum::serve(wire::Wires(listener), service) => {}
                    _ = stopped => {}
                }
            });
            // Drops every connection; a picture that is being drawn is not waited for.
            runtime.shutdown_background();
        })?;
        Ok(Self { addr, server, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens: the base URL, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The address.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What was called how often.
    pub fn counters(&self) -> Counters {
        self.server.state().counters()
    }

    /// The last 10 000 calls, the oldest first.
    pub fn log(&self) -> Vec<Call> {
        self.server.state().log.calls()
    }

    /// Makes calls go wrong: `emulator.fault(Fault::Busy)` the next one, `emulator.fault(Fault::Busy.times(3))` the next
    /// three. Of several faults the oldest comes first. A fault is used up by the call that it meets, also when that
    /// call fails for another reason.
    pub fn fault(&self, injection: impl Into<Injection>) {
        self.server.state().faults.add(injection.into());
    }

    /// Takes back the faults that no call has met yet.
    pub fn clear_faults(&self) {
        self.server.state().faults.clear();
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").field("addr", &self.addr).finish_non_exhaustive()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread may have ended already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Runs an emulator until `stop` is ready; `started` is told its URL first.
///
/// # Errors
/// As [`Emulator::start`].
pub async fn serve(options: Options, started: impl FnOnce(&str), stop: impl Future<Output = ()>) -> io::Result<()> {
    let emulator = Emulator::start(options)?;
    started(&emulator.url());
    stop.await;
    Ok(())
}
