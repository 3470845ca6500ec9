//! `haibao config`: the settings in effect as TOML, or all defaults with their documentation.

use super::{ServiceFlags, block_on, output};
use crate::{config::Loaded, service::App};
use haibao_core::error::Result;

/// The flags of `serve`, to show the settings that they result in.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print all settings with their defaults and documentation, for a new haibao.toml. Reads no settings
    #[arg(long, conflicts_with_all = ["addr", "templates", "fonts"])]
    pub(super) default: bool,
    #[command(flatten)]
    pub(super) service: ServiceFlags,
}

/// Prints the settings if `serve` accepts them.
pub(super) fn run(loaded: &Loaded) -> Result<()> {
    check(loaded)?;
    output::print(&loaded.to_toml())
}

/// Checks the settings as `serve` does, by creating its components. They open no database and send nothing yet.
fn check(loaded: &Loaded) -> Result<()> {
    loaded.check()?;
    block_on(async { App::new(&loaded.settings.service()).map(drop) })
}
