//! Text: the font set, shaping, and the fit of a paragraph into its box.
//!
//! Shaping and line breaking are parley's; what is ours is the fit: most lines, the ellipsis, shrinking, justified and
//! vertical setting, what is reported. A paragraph flows along its lines (*length*) and from line to line (*breadth*):
//! in vertical text these are the box's height and width.

mod clean;
mod fontset;
mod input;
mod paragraph;
mod place;
mod presentation;
mod punctuation;
mod shape;
mod source;
mod vertical;

pub use fontset::{DEFAULT_FAMILY, EMOJI_FAMILY, Face, FontFile, FontSet, Metrics, StaticFont};
pub use input::{Fill, Span, Text};
pub use paragraph::{FontRun, Line, MOST_CHARACTERS, Paragraph, PlacedGlyph, Rule, fit};
pub use shape::Shaper;
