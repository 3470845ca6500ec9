//! `haibao demo`: composes a sample poster end to end with an emulated WeChat, then serves it.

use std::{
    fmt::Write as _,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::net::TcpListener;

use super::{ServiceFlags, output::Output, report, runtime::with_app, sample, serve};
use crate::{
    config::Loaded,
    http,
    service::{ComposeRequest, Composed, compose},
    words,
};
use haibao_core::{
    encode::Format,
    error::{Error, ErrorKind, Result},
};

const TEMPLATE: &str = "product-share";
const SAMPLE: &str = "usual";
/// Number of ports to try after the requested one.
const MAX_PORTS: u16 = 20;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Exit after writing the poster
    #[arg(long)]
    once: bool,
    /// Output file; `-` for standard output
    #[arg(short, long, value_name = "FILE", default_value = "poster.png")]
    output: PathBuf,
    #[command(flatten)]
    pub(super) service: ServiceFlags,
}

pub(super) fn run(args: Args, mut loaded: Loaded, start: Instant) -> Result<()> {
    let output = Output::from(args.output);
    output.check_for(&[Format::default().extension()])?;
    let _emulator = sample::emulate(&mut loaded.settings)?;
    loaded.check()?;
    let settings = loaded.settings;
    with_app(&settings, async |app| {
        let template = app.template(TEMPLATE).await?;
        let params = template
            .samples()
            .get(SAMPLE)
            .cloned()
            .ok_or_else(|| Error::of(ErrorKind::NotFound, words::sample_unknown(format!("{SAMPLE:?}"))))?;
        let loaded = start.elapsed();
        let composed = compose(app, ComposeRequest::new(TEMPLATE, params.clone())).await?;
        output.write(&composed.rendered.bytes)?;
        let name = match &output {
            Output::File(path) => path.display().to_string(),
            Output::Stdout => report::language().text(&words::standard_output()),
        };
        report::say(&summary(&name, &composed, loaded, start.elapsed()));
        report::findings(&composed.rendered.findings);
        if args.once {
            return Ok(());
        }
        app.check_folders().await?;
        let stop = serve::Stop::listen()?;
        let listener = listen(&settings.addr).await?;
        let addr = listener.local_addr().map_err(|e| serve::unusable(&settings.addr, &e))?;
        serve::check_access(app, addr, true).await?;
        let url = serve::url(addr);
        let command = http::curl(&url, TEMPLATE, &params, false);
        report::say(&format!("\n{}\n{command}\n", report::line(&words::demo_serving(&url))));
        serve::follow_templates(app, &settings);
        serve::until_stopped(listener, Arc::clone(app), settings.http.clone(), stop).await
    })
}

/// Binds the address, or the next free port if it is in use.
async fn listen(addr: &str) -> Result<TcpListener> {
    let first = match TcpListener::bind(addr).await {
        Ok(listener) => return Ok(listener),
        Err(error) => error,
    };
    let next = addr.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)));
    if let (std::io::ErrorKind::AddrInUse, Some((host, port))) = (first.kind(), next) {
        for port in (port..=port.saturating_add(MAX_PORTS)).skip(1) {
            if let Ok(listener) = TcpListener::bind(format!("{host}:{port}")).await {
                return Ok(listener);
            }
        }
    }
    Err(serve::unusable(addr, &first))
}

fn summary(name: &str, composed: &Composed, loaded: Duration, total: Duration) -> String {
    let rendered = &composed.rendered;
    let kib = rendered.bytes.len().div_ceil(1024);
    let mut text = format!("{name}: {} x {} px, {kib} KiB\n\n", rendered.width, rendered.height);
    let times = &composed.times;
    let stages = [
        ("start", loaded, words::stage_start()),
        ("plan", times.plan, words::stage_plan()),
        ("code", times.code, words::stage_code()),
        ("pictures", times.pictures, words::stage_pictures()),
        ("place", times.place, words::stage_place()),
        ("draw", times.draw, words::stage_draw()),
        ("encode", times.encode, words::stage_encode()),
        ("total", total, words::stage_total()),
    ];
    for (stage, took, what) in stages {
        let _ = write!(text, "  {stage:<9} {:>7.1} ms  {}", took.as_secs_f64() * 1e3, report::line(&what));
    }
    text
}
