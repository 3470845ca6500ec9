//! The version of the mini-program that a code opens.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        match s {
            "release" => Ok(Self::Release),
            "trial" => Ok(Self::Trial),
            "develop" => Ok(Self::Develop),
            other => Err(format!("{other:?} is none of release, trial, develop")),
        }
    }
}
