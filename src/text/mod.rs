//! Text: the font set, shaping, and the fit of a paragraph into its box.
//!
//! Shaping and line breaking are parley's; what is ours is the fit: most lines, the ellipsis, what is reported.

mod clean;
mod fontset;
mod paragraph;
mod shape;

pub use fontset::{Face, FontSet, Metrics};
pub use paragraph::{Line, Paragraph, PlacedGlyph, Rule, fit};
pub use shape::Shaper;
