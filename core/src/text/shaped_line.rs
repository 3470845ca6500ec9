//! A single line as shaped clusters, to be placed one by one: text of artwork, whose characters have positions of their own.

use std::ops::Range;

use super::{FontSet, Shaper, input, line_box::LineBox, place::CENTRAL, shape::GlyphOrientation, source::SourceText};
use crate::style::WritingMode;

const LEFT_TO_RIGHT: char = '\u{200e}';
const RIGHT_TO_LEFT: char = '\u{200f}';

/// Whether a character may belong to a right-to-left script (the blocks that UAX #9 keeps for them).
fn is_of_rtl_script(c: char) -> bool {
    matches!(u32::from(c), 0x590..=0x8ff | 0xfb1d..=0xfdff | 0xfe70..=0xfeff | 0x1_0800..=0x1_0fff | 0x1_e800..=0x1_efff)
}

/// Clusters of a line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ShapedLine {
    /// Clusters in visual order.
    pub clusters: Vec<Cluster>,
    /// Glyphs: offsets from the cluster's origin, px (x right, y down), and indices in the face.
    pub glyphs: Vec<(f32, f32, u16)>,
}

/// A cluster of a line. Its origin is where it begins: on the baseline, or on the central axis of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// Byte range in the text of all spans.
    pub range: Range<usize>,
    /// Index of its span.
    pub span: u16,
    /// Index of its face in the font set.
    pub face: Option<u16>,
    /// Font size, px.
    pub size: f32,
    /// Distance along the line to the next cluster, px.
    pub advance: f32,
    /// How the cluster is set in vertical text.
    pub orientation: ClusterOrientation,
    /// Indices of its glyphs in [`ShapedLine::glyphs`].
    pub glyphs: Range<usize>,
    /// Whether no font has a glyph for a part of it.
    pub missing: bool,
}

/// Orientation of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClusterOrientation {
    /// In a horizontal line, or upright in a column.
    Upright,
    /// Rotated a quarter turn clockwise in a column. The offsets of its glyphs are those of a horizontal line.
    Rotated,
}

/// Shapes spans as one line, or one column. Letter spacing and decorations are left to the caller; adjacent punctuation is
/// squeezed as in a paragraph. `is_rtl`: the direction of the line; that of a paragraph would follow from its letters.
pub fn shaped_line(fonts: &FontSet, shaper: &mut Shaper, mut style: input::StyledText, is_rtl: bool) -> ShapedLine {
    // A mark before the text sets the direction.
    let mut offset = 0;
    if is_rtl || style.spans.iter().any(|span| span.text.chars().any(is_of_rtl_script)) {
        let mark = if is_rtl { RIGHT_TO_LEFT } else { LEFT_TO_RIGHT };
        if let Some(first) = style.spans.first_mut() {
            first.text.insert(0, mark);
            offset = mark.len_utf8();
        }
    }
    let source = SourceText::verbatim(&style.spans);
    if source.text.is_empty() {
        return ShapedLine::default();
    }
    let layout = shaper.line(&style, &source);
    let mut line = LineBox::empty(&source.text);
    layout.lines().for_each(|own| line.collect(fonts, &style, &own));
    line.cells.retain(|cell| cell.range.end > offset);
    line.measure(style.writing_mode == WritingMode::VerticalRl, layout.is_rtl());
    let LineBox { cells, mut glyphs, .. } = line;
    let mut clusters = Vec::with_capacity(cells.len());
    for cell in cells {
        let orientation = match cell.mark.orientation {
            GlyphOrientation::Rotated => ClusterOrientation::Rotated,
            _ => ClusterOrientation::Upright,
        };
        if cell.mark.orientation == GlyphOrientation::Upright {
            // From the baseline to the middle of the column.
            for (x, y, _) in glyphs.get_mut(cell.glyphs.clone()).into_iter().flatten() {
                (*x, *y) = (
                    *x - (cell.advance - cell.spacing) / 2.0,
                    *y + (cell.advance - cell.spacing) / 2.0 + CENTRAL * cell.size,
                );
            }
        } else if orientation == ClusterOrientation::Rotated {
            for (_, y, _) in glyphs.get_mut(cell.glyphs.clone()).into_iter().flatten() {
                *y += CENTRAL * cell.size;
            }
        }
        clusters.push(Cluster {
            range: cell.range.start.saturating_sub(offset)..cell.range.end - offset,
            span: cell.mark.span,
            face: cell.face,
            size: cell.size,
            advance: cell.advance,
            orientation,
            glyphs: cell.glyphs,
            missing: cell.missing,
        });
    }
    ShapedLine { clusters, glyphs }
}
