//! Automatic appearance of a code, chosen from the pixels beneath it.

use crate::style::Color;

/// Appearance chosen for a code whose `line_color` or `plate` is `auto`.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct CodeStyle {
    /// Chosen colour of the rays or modules; `None` when `line_color` is not `auto`.
    pub line_color: Option<Color>,
    /// Whether the plate is drawn; `None` when `plate` is not `auto`.
    pub plate: Option<bool>,
    /// Lowest local contrast of the code with the resulting background, 1 to 21 (WCAG 2.2).
    pub contrast: f32,
}
