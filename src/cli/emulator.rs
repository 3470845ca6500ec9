//! `haibao emulator`: a stand-in for WeChat on this machine.

use std::net::SocketAddr;

use super::{block_on, output, report, serve};
use crate::wechat::emulator::{self, Options, SAMPLE_SECRET};
use haibao_core::{
    error::{Error, Kind, Result},
    sample::SAMPLE_APPID,
};

/// Where it listens.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Loopback address to listen on; port 0 takes a free one
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8090")]
    addr: SocketAddr,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let options = Options { addr: args.addr, ..Options::default() };
    let started = |url: &str| {
        // Settings for a shell; the secret is a published sample.
        let settings = format!(
            "HAIBAO_WECHAT__BASE_URL={url}\nHAIBAO_APPS__DEFAULT__APPID={SAMPLE_APPID}\n\
             HAIBAO_APPS__DEFAULT__SECRET={SAMPLE_SECRET}\n"
        );
        report::say(&format!("emulating WeChat at {url}; Ctrl-C stops. These settings use it:\n\n"));
        // A reader that has gone is no reason to stop.
        let _ = output::print(&settings);
    };
    block_on(async {
        let stop = serve::Stop::listen()?;
        emulator::serve(options, started, stop.asked()).await.map_err(|e| {
            Error::new(Kind::Invalid, "address_unusable", format!("cannot listen on {}: {e}", args.addr))
                .hint("use a loopback address whose port is free, such as --addr 127.0.0.1:0")
        })
    })
}
