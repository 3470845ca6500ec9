//! `haibao emulator`: emulates WeChat's API on this machine.

use std::net::SocketAddr;

use super::{block_on, output, report, serve};
use crate::{
    wechat::emulator::{self, Options, SAMPLE_SECRET},
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
}

pub(super) fn run(args: &Args) -> Result<()> {
    let options = Options { addr: args.addr, ..Options::default() };
    let started = |url: &str| {
        // Environment variables for a shell; the secret is a public sample.
        let settings = format!(
            "HAIBAO_WECHAT__BASE_URL={url}\nHAIBAO_APPS__DEFAULT__APPID={SAMPLE_APPID}\n\
             HAIBAO_APPS__DEFAULT__SECRET={SAMPLE_SECRET}\n"
        );
        report::say(&format!("emulating WeChat at {url} until Ctrl-C; to use it, set:\n\n"));
        // A closed pipe is no reason to stop.
        let _ = output::print(&settings);
    };
    block_on(async {
        let stop = serve::Stop::listen()?;
        emulator::serve(options, started, stop.requested())
            .await
            .map_err(|e| Error::of(ErrorKind::Invalid, words::emulator_address(args.addr, e)))
    })
}
