//! `haibao config`: the settings in effect as TOML.

use super::{Flags, Listen};

/// The flags of `serve`, to show the settings that they result in.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) flags: Flags,
    #[command(flatten)]
    pub(super) listen: Listen,
}
