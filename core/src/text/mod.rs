//! Text: the font set, shaping, and fitting a paragraph into its box.
//!
//! parley does the shaping and the line breaking. This module adds the line limit, the ellipsis, shrinking, justified
//! and vertical layout, and reports truncated text and missing glyphs. The inline dimension of a paragraph is called
//! *length* and the block dimension *breadth*: in vertical text they are the height and the width of the box.

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
pub use paragraph::{FontRun, Line, MAX_PARAGRAPH_CHARACTERS, Paragraph, PlacedGlyph, Rule, fit};
pub use shape::Shaper;
