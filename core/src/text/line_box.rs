//! Visible clusters of a broken line: advances, trimmed punctuation at its edges, and gaps for justification.

use std::ops::Range;

use super::{
    fontset::FontSet,
    input, punctuation,
    shape::{GlyphOrientation, Mark},
};
use crate::style::TextDecoration;

/// Offset above the baseline and thickness of underline and strikethrough for emoji, em: the values of Noto Sans SC
/// (OpenType, tables `post` and `OS/2`). With the metrics of the emoji font, a decoration that begins at an emoji would lie
/// far below the text.
const UNDER_EMOJI: (f32, f32) = (-0.125, 0.05);
const THROUGH_EMOJI: (f32, f32) = (0.325, 0.05);

/// A cluster of a line, in visual order.
pub(super) struct Cell {
    /// Byte range in the text.
    pub range: Range<usize>,
    pub mark: Mark,
    /// Index of its face in the font set; none if it is not a font of the set.
    pub face: Option<u16>,
    /// Font size, px.
    pub size: f32,
    /// Advance along the line including letter spacing, px.
    pub advance: f32,
    /// Letter spacing included in `advance`, px.
    pub spacing: f32,
    /// Indices of its glyphs in [`LineBox::glyphs`].
    pub glyphs: Range<usize>,
    /// Offset above the baseline and thickness of its decoration, px.
    pub decoration: Option<(f32, f32)>,
}

impl Cell {
    /// Invisible space at the end of a line that ends with this cell, px: letter spacing, except in combined numbers.
    pub fn trailing(&self) -> f32 {
        if matches!(self.mark.orientation, GlyphOrientation::Combined { .. }) { 0.0 } else { self.spacing.max(0.0) }
    }
}

/// The visible cells of a line and their extent.
pub(super) struct LineBox<'t> {
    text: &'t str,
    /// Clusters in visual order, without white space that hangs at the end.
    pub cells: Vec<Cell>,
    /// Offsets within the cell along and across the line, px, and glyph indices.
    pub glyphs: Vec<(f32, f32, u16)>,
    /// Blank removed before the first and after the last cell, px.
    pub trim: (f32, f32),
    /// Visible length along the line without the removed blank, px.
    pub length: f32,
}

impl<'t> LineBox<'t> {
    /// Collects the visible cells of a line. `rtl` is the base direction of the paragraph.
    pub fn new(fonts: &FontSet, style: &input::Text, text: &'t str, line: &parley::Line<'_, Mark>, rtl: bool) -> Self {
        let mut row = LineBox { text, cells: Vec::new(), glyphs: Vec::new(), trim: (0.0, 0.0), length: 0.0 };
        for run in line.runs() {
            let font = run.font();
            let face = fonts.face_index(font.data.id(), font.index);
            let (metrics, size) = (run.font_metrics(), run.font_size());
            let of_emoji = |(offset, thickness): (f32, f32)| (offset * size, thickness * size);
            let (under, through) = if face.is_some_and(|face| fonts.is_emoji(face)) {
                (of_emoji(UNDER_EMOJI), of_emoji(THROUGH_EMOJI))
            } else {
                let under = (metrics.underline_offset, metrics.underline_size);
                (under, (metrics.strikethrough_offset, metrics.strikethrough_size))
            };
            for cluster in run.visual_clusters() {
                let mark = cluster.style().brush;
                let span = &style.spans[usize::from(mark.span)];
                let first = row.glyphs.len();
                let mut advance = 0.0;
                for glyph in cluster.glyphs() {
                    if let Ok(id) = u16::try_from(glyph.id) {
                        row.glyphs.push((advance + glyph.x, glyph.y, id));
                    }
                    advance += glyph.advance;
                }
                let spacing = match mark.orientation {
                    _ if row.glyphs.len() == first => 0.0,
                    GlyphOrientation::Combined { spacing, .. } => spacing,
                    _ => mark.spacing,
                };
                let decoration = match span.text_decoration {
                    TextDecoration::None => None,
                    TextDecoration::Underline => Some(under),
                    TextDecoration::LineThrough => Some(through),
                };
                let (range, glyphs) = (cluster.text_range(), first..row.glyphs.len());
                row.cells.push(Cell { range, mark, face, size, advance, spacing, glyphs, decoration });
            }
        }
        // Trailing white space is invisible. In right-to-left paragraphs it is on the left.
        let visible = |cell: &Cell| text.get(cell.range.clone()).is_some_and(|text| !hangs(text));
        if rtl {
            let start = row.cells.iter().position(visible).unwrap_or(row.cells.len());
            row.cells.drain(..start);
        } else {
            row.cells.truncate(row.cells.iter().rposition(visible).map_or(0, |last| last + 1));
        }
        row.measure(rtl);
        row
    }

    /// Text of a cell.
    pub fn text(&self, cell: &Cell) -> &'t str {
        self.text.get(cell.range.clone()).unwrap_or_default()
    }

    /// Sets the visible length and the trimmed blank.
    fn measure(&mut self, rtl: bool) {
        let (Some(first), Some(last)) = (self.cells.first(), self.cells.last()) else { return };
        let natural_advance = |cell: &Cell| cell.advance - cell.spacing;
        // Blank halves are defined for left-to-right text only.
        let trim = if rtl {
            (0.0, 0.0)
        } else {
            (
                punctuation::blank_before(self.text(first), natural_advance(first), first.size),
                punctuation::blank_after(self.text(last), natural_advance(last), last.size),
            )
        };
        let spacing = last.trailing();
        let advances: f32 = self.cells.iter().map(|cell| cell.advance).sum();
        self.length = (advances - spacing - trim.0 - trim.1).max(0.0);
        self.trim = trim;
    }

    /// Whether a justified line may be stretched after the cell at index `at`.
    pub fn is_gap(&self, at: usize) -> bool {
        let next = self.cells.get(at + 1);
        next.is_some_and(|next| {
            let cell = &self.cells[at];
            let inside = matches!((cell.mark.orientation, next.mark.orientation),
                (GlyphOrientation::Combined { start: one, .. }, GlyphOrientation::Combined { start: other, .. }) if one == other);
            !inside && punctuation::stretches(self.text(cell), self.text(next))
        })
    }

    /// Number of places at which a justified line may be stretched.
    pub fn gaps(&self) -> usize {
        (0..self.cells.len()).filter(|&at| self.is_gap(at)).count()
    }
}

/// Whether a cluster is white space that hangs at the end of a line: all but no-break spaces.
fn hangs(cluster: &str) -> bool {
    cluster.chars().all(|c| c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{202f}' | '\u{2007}'))
}
