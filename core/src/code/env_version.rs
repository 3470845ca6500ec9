//! The version of the mini-program that a code opens.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    error::Message,
    words::{self, quote},
};

/// The version of the mini-program that a code opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EnvVersion {
    /// The published version.
    #[default]
    Release,
    /// The trial version.
    Trial,
    /// The development version.
    Develop,
}

impl std::str::FromStr for EnvVersion {
    type Err = Message;

    fn from_str(s: &str) -> Result<Self, Message> {
        match s {
            "release" => Ok(Self::Release),
            "trial" => Ok(Self::Trial),
            "develop" => Ok(Self::Develop),
            other => Err(words::not_an_env_version(quote(other))),
        }
    }
}
