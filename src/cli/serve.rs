//! `haibao serve`: serves posters over HTTP until a stop signal.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{net::TcpListener, sync::watch};

use super::{Flags, Listen, block_on, report, sample};
use crate::{
    config::Settings,
    http,
    service::{App, export::jobs::Workers},
};
use haibao_core::error::{Error, ErrorKind, Result};

/// Grace period for requests in flight after a stop signal.
const GRACE: Duration = Duration::from_secs(10);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) listen: Listen,
    #[command(flatten)]
    pub(super) flags: Flags,
    /// Take codes from an emulated WeChat in this process
    #[arg(long)]
    demo: bool,
}

pub(super) fn run(args: &Args, mut settings: Settings) -> Result<()> {
    let _emulator = args.demo.then(|| sample::emulate(&mut settings)).transpose()?;
    block_on(async {
        // Handle signals before the address is printed: a supervisor may send one as soon as it reads that line.
        let stop = Stop::listen()?;
        settings.http.check()?;
        let app = Arc::new(App::new(&settings.service())?);
        let listener = TcpListener::bind(&settings.addr).await.map_err(|e| unusable(&settings.addr, &e))?;
        let addr = listener.local_addr().map_err(|e| unusable(&settings.addr, &e))?;
        report::say(&format!("serving {}\n", url(addr)));
        check_templates(&app);
        until_stopped(listener, app, settings.http.clone(), stop).await
    })
}

/// Loads every template in the background and reports broken ones.
fn check_templates(app: &Arc<App>) {
    let catalog = Arc::clone(&app.catalog);
    tokio::task::spawn_blocking(move || {
        catalog.all().into_iter().filter_map(|(_, template)| template.err()).for_each(|error| report::error(&error));
    });
}

/// Serves until a stop signal, then waits at most [`GRACE`] for requests in flight.
pub(super) async fn until_stopped(
    listener: TcpListener,
    app: Arc<App>,
    config: http::Config,
    stop: Stop,
) -> Result<()> {
    let handle = Arc::clone(&app);
    let workers = Workers::start(Arc::clone(&app));
    let sweeper = tokio::spawn(Arc::clone(&app).sweep_periodically());
    let server = axum::serve(listener, http::router(app, config)).with_graceful_shutdown(stop.clone().requested());
    let grace_over = async {
        stop.clone().requested().await;
        tokio::time::sleep(GRACE).await;
    };
    // Export chunks in progress finish in parallel with the last requests.
    let stopped = stop.clone();
    let stopping = tokio::spawn(async move {
        stopped.requested().await;
        workers.stop().await;
    });
    let result = tokio::select! {
        served = server => served.map_err(|e| Error::internal("serving failed").source(e)),
        () = grace_over => Ok(()),
    };
    if result.is_ok() {
        let _ = stopping.await;
    }
    sweeper.abort();
    // Write the scan counts of the last second.
    handle.links.flush().await;
    result
}

/// Stop signal: SIGINT (Ctrl-C) or SIGTERM.
#[derive(Debug, Clone)]
pub(super) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Installs the signal handlers. Must be called within a runtime.
    pub(super) fn listen() -> Result<Self> {
        let failed = |e| Error::internal("cannot install signal handlers").source(e);
        let (sender, receiver) = watch::channel(false);
        #[cfg(unix)]
        let signal = {
            use tokio::signal::unix::{SignalKind, signal};
            let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
            let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
            async move {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
            }
        };
        #[cfg(windows)]
        let signal = {
            let mut interrupt = tokio::signal::windows::ctrl_c().map_err(failed)?;
            async move { drop(interrupt.recv().await) }
        };
        tokio::spawn(async move {
            signal.await;
            let _ = sender.send(true);
        });
        Ok(Self(receiver))
    }

    /// Resolves when a stop signal arrives.
    pub(super) async fn requested(mut self) {
        let _ = self.0.wait_for(|requested| *requested).await;
    }
}

/// URL of a listening address; an unspecified IP becomes 127.0.0.1.
pub(super) fn url(addr: SocketAddr) -> String {
    let host = if addr.ip().is_unspecified() { "127.0.0.1".to_owned() } else { addr.ip().to_string() };
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    format!("http://{host}:{}", addr.port())
}

pub(super) fn unusable(addr: &str, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Invalid, "address_unusable", format!("cannot listen on {addr}: {error}"))
        .hint("choose another one with --addr HOST:PORT; port 0 selects a free port")
}
