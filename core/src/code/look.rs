//! Appearance that is chosen from the pixels beneath a code.

use crate::style::Color;

/// What was decided of a code whose `line_color` or `plate` is `auto`.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Look {
    /// Colour of the rays; none when it was not to be chosen.
    pub line_color: Option<Color>,
    /// Whether the plate is drawn; none when there is none that is `auto`.
    pub plate: Option<bool>,
    /// Contrast of the rays against what lies beneath them then, where it is lowest, 1 to 21 (WCAG 2.2).
    pub contrast: f32,
}
