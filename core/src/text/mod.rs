//! Text: the font set, shaping, and fitting a paragraph into its box.
//!
//! parley does the shaping. This module breaks lines, and adds the line limit, the ellipsis, shrinking, justified and
//! vertical layout, and reports truncated text and missing glyphs. The inline dimension of a paragraph is called
//! *length* and the block dimension *breadth*: in vertical text they are the height and the width of the box.

mod clean;
mod cut;
mod fit;
mod fontset;
mod input;
mod line_box;
mod line_break;
mod opportunities;
mod paragraph;
mod place;
mod presentation;
mod punctuation;
mod quantity;
mod shape;
mod shaped_line;
mod source;
mod units;
mod vertical;

pub use clean::character;
pub use fit::{MAX_PARAGRAPH_CHARACTERS, fit};
pub use fontset::{Face, FontFile, FontOrigin, FontSet, Metrics, StaticFont};
pub use input::{Fill, StyledSpan, StyledText};
pub use paragraph::{FontRun, Line, Paragraph, PlacedGlyph, Rule};
pub use punctuation::is_ideograph;
pub use shape::Shaper;
pub use shaped_line::{Cluster, ClusterOrientation, ShapedLine, shaped_line};
