//! `haibao emulator`: emulates WeChat's API on this machine.

use std::net::SocketAddr;

use super::{block_on, output, report, serve};
use crate::{
    causes,
    wechat::emulator::{self, Options, Pages, SAMPLE_SECRET},
    words,
};
use haibao_core::{
    error::{Error, ErrorKind, Result},
    sample::SAMPLE_APPID,
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Loopback address to listen on; port 0 selects a free port
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8090")]
    addr: SocketAddr,
    /// A page of the released version; repeat it for each. Codes with check_path for others get errcode 41030. Without it,
    /// every page is released
    #[arg(long = "page", value_name = "PAGE")]
    pages: Vec<String>,
}

pub(super) fn run(args: &Args) -> Result<()> {
    // Written as in app.json, or with the slash that paths on pages begin with.
    let pages = args.pages.iter().map(|page| page.trim_start_matches('/').to_owned()).collect::<Vec<_>>();
    let pages = if pages.is_empty() { Pages::Any } else { Pages::Only(pages) };
    let options = Options { addr: args.addr, pages, ..Options::default() };
    let started = |url: &str| {
        // Environment variables for a shell; the secret is a public sample.
        let settings = format!(
            "HAIBAO_WECHAT__BASE_URL={url}\nHAIBAO_APPS__DEFAULT__APPID={SAMPLE_APPID}\n\
             HAIBAO_APPS__DEFAULT__SECRET={SAMPLE_SECRET}\n"
        );
        report::say(&format!("{}\n", report::line(&words::emulating(url))));
        // A closed pipe is no reason to stop.
        let _ = output::print(&settings);
    };
    let failed = |error: &std::io::Error| {
        let reason = if args.addr.ip().is_loopback() { causes::io(error) } else { words::cause_no_loopback() };
        Error::of(ErrorKind::Invalid, words::emulator_address(args.addr, reason))
    };
    block_on(async {
        let stop = serve::Stop::listen()?;
        emulator::serve(options, started, stop.requested()).await.map_err(|e| failed(&e))
    })
}
