//! `haibao serve`: posters over HTTP until it is told to stop.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::net::TcpListener;

use super::{Flags, Listen, block_on, report, sample};
use crate::{
    config::Settings,
    error::{Error, Kind, Result},
    http,
    service::App,
};

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
        let app = Arc::new(App::new(&settings)?);
        let listener = TcpListener::bind(&settings.addr).await.map_err(|e| unusable(&settings.addr, &e))?;
        let addr = listener.local_addr().map_err(|e| unusable(&settings.addr, &e))?;
        report::say(&format!("serving {}\n", url(addr)));
        check_templates(&app);
        until_stopped(listener, app, settings.http).await
    })
}

/// Loads every template in the background, and says which are broken.
fn check_templates(app: &Arc<App>) {
    let app = Arc::clone(app);
    tokio::spawn(async move {
        let catalog = Arc::clone(&app.catalog);
        let broken = app.pool.run(move || Ok(catalog.all().into_iter().filter_map(|(_, t)| t.err()).collect())).await;
        let broken: Vec<Error> = broken.unwrap_or_default();
        broken.iter().for_each(report::error);
    });
}

/// Serves until a stop signal; requests that run then are finished.
pub(super) async fn until_stopped(listener: TcpListener, app: Arc<App>, config: http::Config) -> Result<()> {
    let server = axum::serve(listener, http::router(app, config)).with_graceful_shutdown(stop_signal());
    let patience = async {
        stop_signal().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = server => served.map_err(|e| Error::new(Kind::Internal, "internal", "serving failed").source(e)),
        () = patience => Ok(()),
    }
}

/// Ready when the process is asked to stop (SIGINT, SIGTERM).
pub(super) async fn stop_signal() {
    let interrupt = async {
        // Without a handler there is no way to be asked.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
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
