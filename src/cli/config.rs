//! `haibao config`: the settings in effect as TOML, or all defaults with their documentation.

use super::{Flags, Listen};

/// The flags of `serve`, to show the settings that they result in.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print all settings with their defaults and documentation, for a new haibao.toml. Reads no settings
    #[arg(long, conflicts_with_all = ["addr", "templates", "fonts"])]
    pub(super) default: bool,
    #[command(flatten)]
    pub(super) flags: Flags,
    #[command(flatten)]
    pub(super) listen: Listen,
}
