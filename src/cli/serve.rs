//! `haibao serve`: posters over HTTP until it is told to stop.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{net::TcpListener, sync::watch};

use super::{Flags, Listen, block_on, report, sample};
use crate::{
    config::Settings,
    http,
    service::{App, export::jobs::Workers},
};
use haibao_core::error::{Error, Kind, Result};

/// How long requests may go on after a stop signal.
const GRACE: Duration = Duration::from_secs(10);

/// Where and with what.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) listen: Listen,
    #[command(flatten)]
    pub(super) flags: Flags,
    /// Take codes from an emulated WeChat inside of the process
    #[arg(long)]
    demo: bool,
}

pub(super) fn run(args: &Args, mut settings: Settings) -> Result<()> {
    let _emulator = args.demo.then(|| sample::emulate(&mut settings)).transpose()?;
    block_on(async {
        // Before anybody is told that it serves: whoever is told may ask it to stop.
        let stop = Stop::listen()?;
        let app = Arc::new(App::new(&settings.service())?);
        let listener = TcpListener::bind(&settings.addr).await.map_err(|e| unusable(&settings.addr, &e))?;
        let addr = listener.local_addr().map_err(|e| unusable(&settings.addr, &e))?;
        report::say(&format!("serving {}\n", url(addr)));
        check_templates(&app);
        until_stopped(listener, app, settings.http, stop).await
    })
}

/// Loads every template in the background, and says which are broken.
fn check_templates(app: &Arc<App>) {
    let catalog = Arc::clone(&app.catalog);
    tokio::task::spawn_blocking(move || {
        catalog.all().into_iter().filter_map(|(_, template)| template.err()).for_each(|error| report::error(&error));
    });
}

/// Serves until a stop signal; requests that run then are finished.
pub(super) async fn until_stopped(
    listener: TcpListener,
    app: Arc<App>,
    config: http::Config,
    stop: Stop,
) -> Result<()> {
    let kept = Arc::clone(&app);
    let workers = Workers::start(Arc::clone(&app));
    let server = axum::serve(listener, http::router(app, config)).with_graceful_shutdown(stop.clone().asked());
    let patience = async {
        stop.clone().asked().await;
        tokio::time::sleep(GRACE).await;
    };
    // Chunks in hand end while the last requests do.
    let stopped = stop.clone();
    let stopping = tokio::spawn(async move {
        stopped.asked().await;
        workers.stop().await;
    });
    let result = tokio::select! {
        served = server => served.map_err(|e| Error::new(Kind::Internal, "internal", "serving failed").source(e)),
        () = patience => Ok(()),
    };
    if result.is_ok() {
        let _ = stopping.await;
    }
    // The scans of the last second.
    kept.links.flush().await;
    result
}

/// The wish that the process stops: SIGINT (Ctrl-C) or SIGTERM.
#[derive(Debug, Clone)]
pub(super) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Listens from now on; needs a runtime.
    pub(super) fn listen() -> Result<Self> {
        let failed = |e| Error::new(Kind::Internal, "internal", "cannot listen to signals").source(e);
        let (tell, told) = watch::channel(false);
        #[cfg(unix)]
        let asked = {
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
        let asked = {
            let mut interrupt = tokio::signal::windows::ctrl_c().map_err(failed)?;
            async move { drop(interrupt.recv().await) }
        };
        tokio::spawn(async move {
            asked.await;
            let _ = tell.send(true);
        });
        Ok(Self(told))
    }

    /// Ready when the process is asked to stop.
    pub(super) async fn asked(mut self) {
        let _ = self.0.wait_for(|asked| *asked).await;
    }
}

/// An address as people open it.
pub(super) fn url(addr: SocketAddr) -> String {
    let host = if addr.ip().is_unspecified() { "127.0.0.1".to_owned() } else { addr.ip().to_string() };
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    format!("http://{host}:{}", addr.port())
}

pub(super) fn unusable(addr: &str, error: &std::io::Error) -> Error {
    Error::new(Kind::Invalid, "address_unusable", format!("cannot listen on {addr}: {error}"))
        .hint("give another one with --addr HOST:PORT; port 0 takes a free one")
}
