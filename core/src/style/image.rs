//! Properties of pictures.

use schemars::JsonSchema;
use serde::Deserialize;

/// How a picture fills its box (CSS `object-fit`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ObjectFit {
    /// Fills the box, cropped.
    #[default]
    Cover,
    /// All of it is seen.
    Contain,
    /// Stretched to the box.
    Fill,
    /// All of it is seen, above its own blurred and darkened cover.
    #[serde(rename = "blur-fill")]
    BlurFill,
}
