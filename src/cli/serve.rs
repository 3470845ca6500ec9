//! `haibao serve`: serves posters over HTTP until a stop signal.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use futures_util::FutureExt;
use tokio::{net::TcpListener, sync::watch};

use super::{ServiceFlags, report, runtime::with_app, sample};
use crate::{
    causes,
    config::{Loaded, LogFormat, Settings},
    data_folder, http,
    service::{App, catalog, export::jobs::Workers},
    words,
};
use haibao_core::error::{Domain, Error, ErrorKind, Message, Result};

/// The mini-program of requests and templates that name none.
const DEFAULT_APP: &str = "default";
/// Time to write scan counts after the time for requests in progress.
const FLUSH: Duration = Duration::from_secs(1);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) service: ServiceFlags,
    /// Take codes from an emulated WeChat in this process
    #[arg(long)]
    demo: bool,
}

pub(super) fn run(args: &Args, mut loaded: Loaded) -> Result<()> {
    let _emulator = args.demo.then(|| sample::emulate(&mut loaded.settings)).transpose()?;
    serve(&loaded, args.demo, |_| ())
}

/// Serves with these settings until a stop signal. `tell` is called with the address once requests are accepted.
pub(super) fn serve(loaded: &Loaded, is_demo: bool, tell: impl FnOnce(SocketAddr)) -> Result<()> {
    loaded.check()?;
    let settings = &loaded.settings;
    with_app(settings, async |app| {
        // Handle signals before the address is printed: a supervisor may send one as soon as it reads that line.
        let stop = Stop::listen()?;
        app.check_folders().await?;
        let listener = TcpListener::bind(&settings.addr).await.map_err(|e| unusable(&settings.addr, &e))?;
        let addr = listener.local_addr().map_err(|e| unusable(&settings.addr, &e))?;
        let access = check_access(app, addr, is_demo).await?;
        report::tell(&words::serving(url(addr)));
        report::tell(&access);
        tell(addr);
        tell_limits(settings);
        follow_templates(app, settings);
        until_stopped(listener, Arc::clone(app), settings.http.clone(), stop).await
    })
}

/// Tells what cannot work with these settings.
fn tell_limits(settings: &Settings) {
    let mut limits = Vec::new();
    if settings.apps.is_empty() {
        limits.push(words::no_apps());
    } else if !settings.apps.contains_key(DEFAULT_APP) {
        let names: Vec<_> = settings.apps.keys().map(String::as_str).collect();
        limits.push(words::no_default_app(names.join(", ")));
    }
    #[cfg(unix)]
    if let Some(mode) = data_folder::open_mode(Path::new(&settings.data)) {
        limits.push(words::data_folder_open(&settings.data, format!("{mode:o}")));
    }
    report::findings(&limits);
}

/// Checks that only programs on this machine can reach a service without keys, and returns who may use the service.
pub(super) async fn check_access(app: &App, addr: SocketAddr, is_demo: bool) -> Result<Message> {
    let is_loopback = addr.ip().to_canonical().is_loopback();
    if is_demo && !is_loopback {
        return Err(Error::of(ErrorKind::Invalid, words::demo_loopback(addr)).domain(Domain::Settings));
    }
    if !is_loopback {
        app.keys.close();
        if app.keys.count().await? == 0 {
            return Err(Error::of(ErrorKind::Invalid, words::key_required(addr)).domain(Domain::Settings));
        }
    }
    Ok(match (app.keys.is_open().await, app.keys.count().await) {
        (Ok(true), _) => words::access_open(),
        (Ok(false), Ok(count)) => words::access_keys(count),
        (Err(error), _) | (_, Err(error)) => words::access_unknown(error.words().clone()),
    })
}

/// Loads every template in the background, reports broken ones, and reloads edited ones from then on.
pub(super) fn follow_templates(app: &App, settings: &Settings) {
    let (catalog, versions) = (Arc::clone(&app.catalog), Arc::clone(&app.versions));
    let is_human = settings.log_format == LogFormat::Human;
    let report = move |error: &Error| match is_human {
        true => report::error(error),
        false => tracing::error!(code = error.code(), error = error.message(), "a template is broken"),
    };
    tokio::spawn(catalog::follow(catalog, versions, settings.catalog, report));
}

/// Serves until a stop signal, then at most `http.shutdown_ms` longer for requests and export chunks in progress; a second
/// signal ends them at once. Requests that are ended get a response that says so.
pub(super) async fn until_stopped(
    listener: TcpListener,
    app: Arc<App>,
    config: http::Config,
    stop: Stop,
) -> Result<()> {
    let workers = Workers::start(Arc::clone(&app));
    let sweeper = tokio::spawn(Arc::clone(&app).sweep_periodically());
    let router = http::router(Arc::clone(&app), config.clone());
    let over = over(stop.clone(), Duration::from_millis(config.shutdown_ms)).boxed().shared();
    let serving = http::serve(listener, router, &app, config, stop.clone().requested(), over.clone());
    // Export chunks in progress finish in parallel with the last requests.
    let stopping = async {
        stop.requested().await;
        tokio::select! {
            () = workers.stop() => {}
            () = over => {}
        }
    };
    tokio::join!(serving, stopping);
    // Write the scan counts of the last second.
    let _ = tokio::time::timeout(FLUSH, app.links.flush()).await;
    sweeper.abort();
    Ok(())
}

/// Resolves when requests in progress must end: `shutdown` after the first stop signal, or at the second one.
async fn over(stop: Stop, shutdown: Duration) {
    stop.clone().requested().await;
    tokio::select! {
        () = stop.repeated() => tracing::warn!("a second stop signal: requests in progress end"),
        () = tokio::time::sleep(shutdown) => tracing::warn!("requests in progress end: `http.shutdown_ms` is over"),
    }
}

/// Stop signals so far: SIGINT (Ctrl-C) or SIGTERM.
#[derive(Debug, Clone)]
pub(super) struct Stop(watch::Receiver<usize>);

impl Stop {
    /// Installs the signal handlers. Must be called within a runtime.
    pub(super) fn listen() -> Result<Self> {
        let failed = |e| Error::internal("cannot install signal handlers").source(e);
        let (sender, receiver) = watch::channel(0);
        #[cfg(unix)]
        let mut signal = {
            use tokio::signal::unix::{SignalKind, signal};
            let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
            let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
            async move || {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
            }
        };
        #[cfg(windows)]
        let mut signal = {
            let mut interrupt = tokio::signal::windows::ctrl_c().map_err(failed)?;
            async move || drop(interrupt.recv().await)
        };
        tokio::spawn(async move {
            loop {
                signal().await;
                sender.send_modify(|count| *count += 1);
            }
        });
        Ok(Self(receiver))
    }

    /// Resolves when a stop signal arrives.
    pub(super) async fn requested(mut self) {
        let _ = self.0.wait_for(|count| *count > 0).await;
    }

    /// Resolves when a second stop signal arrives.
    pub(super) async fn repeated(mut self) {
        let _ = self.0.wait_for(|count| *count > 1).await;
    }
}

/// URL of a listening address; an unspecified IP becomes 127.0.0.1.
pub(super) fn url(addr: SocketAddr) -> String {
    let host = if addr.ip().is_unspecified() { "127.0.0.1".to_owned() } else { addr.ip().to_string() };
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    format!("http://{host}:{}", addr.port())
}

pub(super) fn unusable(addr: &str, error: &std::io::Error) -> Error {
    Error::of(ErrorKind::Invalid, words::address_unusable(addr, causes::io(error)))
}
