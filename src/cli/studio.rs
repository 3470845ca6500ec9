//! `haibao studio`: serves the studio on this machine, with codes of an emulated WeChat and templates that may be edited.

use std::net::SocketAddr;

use super::{ServiceFlags, report, sample, serve};
use crate::{config::Loaded, words};
use haibao_core::error::Result;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) service: ServiceFlags,
}

pub(super) fn run(mut loaded: Loaded) -> Result<()> {
    let _emulator = sample::emulate(&mut loaded.settings)?;
    loaded.settings.studio.edit = true;
    // The page of all templates, from which each one is opened.
    let tell = |addr: SocketAddr| report::tell(&words::studio_at(serve::url(addr) + "/"));
    serve::serve(&loaded, true, tell)
}
