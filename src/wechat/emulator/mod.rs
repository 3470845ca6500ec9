//! Emulator of the WeChat API on loopback, for demos, development and tests.
//!
//! It implements WeChat's documentation and shares no code with the client, so that each checks the other. Where the
//! documentation is ambiguous, the emulator takes the stricter reading; such assumptions are marked (A). Its codes look
//! like WeChat's, are marked as samples, and encode their payload in their rays: [`haibao_core::sample::decode`] reads it
//! from a finished poster. WeChat cannot scan them.
//!
//! | | |
//! |---|---|
//! | `GET /cgi-bin/token`, `POST /cgi-bin/stable_token` | tokens |
//! | `POST /wxa/getwxacodeunlimit`, `POST /wxa/getwxacode` | round codes |
//! | `POST /cgi-bin/wxaapp/createwxaqrcode` | square codes |
//! | `POST /wxa/msg_sec_check` | check of a text: risky and questionable words are options |
//! | `GET /_emulator/counters`, `GET /_emulator/log` | [`Counters`]; list of [`LoggedCall`] |
//! | `GET`, `POST`, `DELETE /_emulator/faults` | lists, adds (one or a list) and clears [`Injection`]s |

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
pub use log::{Counters, LoggedCall};
pub use options::{App, Clock, ClockHand, Options, Pages, SAMPLE_SECRET, User, Users};

/// A running emulator. Has its own thread and runtime, so it can be started from any context. Dropping it closes all
/// connections, including stalled and slow ones.
pub struct Emulator {
    addr: SocketAddr,
    server: Server,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Emulator {
    /// Starts an emulator, which accepts calls as soon as this returns.
    ///
    /// # Errors
    /// If the address is not a loopback address or is in use, or if no thread can be started.
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
                // Infallible: the listener is non-blocking and the runtime has its I/O driver.
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                let service = router.into_make_service_with_connect_info::<wire::Reset>();
                tokio::select! {
                    _ = axum::serve(wire::Wires(listener), service) => {}
                    _ = stopped => {}
                }
            });
            // Drops all connections, without waiting for pictures that are being drawn.
            runtime.shutdown_background();
        })?;
        Ok(Self { addr, server, stop: Some(stop), thread: Some(thread) })
    }

    /// Base URL, without a trailing slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Address of the listener.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Event counts since the start.
    pub fn counters(&self) -> Counters {
        self.server.state().counters()
    }

    /// The last 10 000 calls, oldest first.
    pub fn log(&self) -> Vec<LoggedCall> {
        self.server.state().log.calls()
    }

    /// Injects a fault: `emulator.fault(Fault::Busy)` into the next call, `emulator.fault(Fault::Busy.times(3))` into
    /// the next three. The oldest fault applies first. A call uses up its fault even if it fails for another reason.
    pub fn fault(&self, injection: impl Into<Injection>) {
        self.server.state().faults.add(injection.into());
    }

    /// Removes all faults that have not been used up.
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
            // Fails only if the thread has already ended.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Runs an emulator until `stop` completes. Calls `started` with the URL first.
///
/// # Errors
/// As [`Emulator::start`].
pub async fn serve(options: Options, started: impl FnOnce(&str), stop: impl Future<Output = ()>) -> io::Result<()> {
    let emulator = Emulator::start(options)?;
    started(&emulator.url());
    stop.await;
    Ok(())
}
