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
    /// The whole picture is visible.
    Contain,
    /// Stretched to the box.
    Fill,
    /// The whole picture is visible, above a blurred and darkened copy that covers the box.
    #[serde(rename = "blur-fill")]
    BlurFill,
}
