//! Visible clusters of a broken line: advances, trimmed punctuation at its edges, and gaps for justification.

use std::ops::Range;

use ab_glyph::Font;
use icu_properties::{
    CodePointMapData,
    props::{GeneralCategory, GeneralCategoryGroup},
};
use parley::BreakReason;

use super::{
    fit::SLACK,
    fontset::FontSet,
    input,
    line_break::SOFT_HYPHEN,
    punctuation::{self, Blanks},
    shape::{GlyphOrientation, Mark},
};
use crate::style::{TextDecoration, WritingMode};

/// Offset above the baseline and thickness of underline and strikethrough for emoji, em: the values of Noto Sans SC
/// (OpenType, tables `post` and `OS/2`). With the metrics of the emoji font, a decoration that begins at an emoji would lie
/// far below the text.
const UNDER_EMOJI: (f32, f32) = (-0.125, 0.05);
const THROUGH_EMOJI: (f32, f32) = (0.325, 0.05);

/// Maximum offset of a stacked mark above or below its usual place, em. Two or three marks are within. Text layers reach
/// less than an em beyond their lines.
const MAX_STACK: f32 = 0.65;
/// Number of marks from which on a cluster is a stack. Letters of words have fewer.
const STACK: usize = 3;

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
    /// Letter spacing included in `advance`, less the blank removed before the next cell, px.
    pub spacing: f32,
    /// Indices of its glyphs in [`LineBox::glyphs`].
    pub glyphs: Range<usize>,
    /// Whether no font has a glyph for a part of it.
    pub missing: bool,
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
    /// Collects the visible cells of a line. `rtl` is the base direction of the paragraph. A soft hyphen at the end of the
    /// line becomes a hyphen if that fits into `max` px.
    pub fn new(
        fonts: &FontSet,
        style: &input::StyledText,
        text: &'t str,
        line: &parley::Line<'_, Mark>,
        rtl: bool,
        max: f32,
    ) -> Self {
        let mut row = Self::empty(text);
        row.collect(fonts, style, line);
        // Trailing white space is invisible. In right-to-left paragraphs it is on the left.
        let visible = |cell: &Cell| text.get(cell.range.clone()).is_some_and(|text| !hangs(text));
        if rtl {
            let start = row.cells.iter().position(visible).unwrap_or(row.cells.len());
            row.cells.drain(..start);
        } else {
            row.cells.truncate(row.cells.iter().rposition(visible).map_or(0, |last| last + 1));
        }
        let vertical = style.writing_mode == WritingMode::VerticalRl;
        row.measure(vertical, rtl);
        if line.break_reason() == BreakReason::Regular
            && row.cells.last().is_some_and(|last| row.text(last) == SOFT_HYPHEN)
        {
            row.hyphenate(fonts, line, max);
        }
        row
    }

    /// A line without cells.
    pub fn empty(text: &'t str) -> Self {
        LineBox { text, cells: Vec::new(), glyphs: Vec::new(), trim: (0.0, 0.0), length: 0.0 }
    }

    /// Adds the clusters of a line in visual order.
    pub fn collect(&mut self, fonts: &FontSet, style: &input::StyledText, line: &parley::Line<'_, Mark>) {
        let text = self.text;
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
                let first = self.glyphs.len();
                let own = text.get(cluster.text_range()).unwrap_or_default();
                let is_stack = is_stack(own);
                let (mut advance, mut missing) = (0.0, false);
                for (at, glyph) in cluster.glyphs().enumerate() {
                    missing |= glyph.id == 0;
                    if is_dropped(own, at, glyph.id) {
                        continue;
                    }
                    let is_too_far = is_stack && glyph.y.abs() > size * MAX_STACK;
                    if !is_too_far && let Ok(id) = u16::try_from(glyph.id) {
                        self.glyphs.push((advance + glyph.x, glyph.y, id));
                    }
                    advance += glyph.advance;
                }
                let spacing = match mark.orientation {
                    _ if self.glyphs.len() == first => 0.0,
                    GlyphOrientation::Combined { spacing, .. } => spacing,
                    _ => mark.spacing,
                };
                let decoration = match span.text_decoration {
                    TextDecoration::None => None,
                    TextDecoration::Underline => Some(under),
                    TextDecoration::LineThrough => Some(through),
                };
                let (range, glyphs) = (cluster.text_range(), first..self.glyphs.len());
                self.cells.push(Cell { range, mark, face, size, advance, spacing, glyphs, missing, decoration });
            }
        }
    }

    /// Draws the soft hyphen at the end of the line.
    fn hyphenate(&mut self, fonts: &FontSet, line: &parley::Line<'_, Mark>, max: f32) {
        let hyphen = line.runs().last().and_then(|run| hyphen(fonts, &run));
        if let (Some((id, advance)), Some(cell)) = (hyphen, self.cells.last_mut())
            && self.length + advance <= max + SLACK
        {
            self.glyphs.truncate(cell.glyphs.start);
            self.glyphs.push((0.0, 0.0, id));
            cell.glyphs.end = self.glyphs.len();
            (cell.advance, cell.spacing) = (advance, 0.0);
            self.length += advance;
        }
    }

    /// Source text of a cell. Empty if its range is outside of the text.
    pub fn text(&self, cell: &Cell) -> &'t str {
        self.text.get(cell.range.clone()).unwrap_or_default()
    }

    /// Removes blank halves of punctuation, and sets the visible length.
    pub fn measure(&mut self, vertical: bool, rtl: bool) {
        let text = self.text;
        // Blank halves are defined for left-to-right text only.
        let blanks = |cell: &Cell| match text.get(cell.range.clone()) {
            Some(own) if !rtl => Blanks::of(own, cell.advance - cell.spacing, cell.spacing, cell.size, vertical),
            _ => Blanks::default(),
        };
        let mut last = Blanks::default();
        let mut trim = (0.0, 0.0);
        for at in 0..self.cells.len() {
            let next = blanks(&self.cells[at]);
            let squeezed = last.between(next);
            if at == 0 {
                trim.0 = next.leading;
            } else if squeezed > 0.0 {
                self.cells[at - 1].advance -= squeezed;
                self.cells[at - 1].spacing -= squeezed;
            }
            last = next;
        }
        trim.1 = last.trailing;
        let Some(last) = self.cells.last() else { return };
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

/// Advance of a cluster including letter spacing: without boxes for marks that have no glyph, and with them.
pub(super) fn advance(cluster: &parley::Cluster<'_, Mark>, text: &str) -> (f32, f32) {
    let (mut advance, mut dropped) = (0.0, 0.0);
    for (at, glyph) in cluster.glyphs().enumerate() {
        if is_dropped(text, at, glyph.id) {
            dropped += glyph.advance;
        } else {
            advance += glyph.advance;
        }
    }
    (advance, advance + dropped)
}

/// Whether a glyph of a cluster is left out: the box of a mark that has no glyph.
fn is_dropped(cluster: &str, at: usize, id: u32) -> bool {
    id == 0 && (at > 0 || cluster.chars().next().is_some_and(is_mark))
}

/// Whether a cluster is a letter with many marks, or a part of them. Marks have two bytes or more.
fn is_stack(cluster: &str) -> bool {
    let is_part = !cluster.is_ascii() && cluster.chars().next().is_some_and(is_mark);
    is_part || cluster.len() > 2 * STACK && cluster.chars().filter(|c| is_mark(*c)).nth(STACK - 1).is_some()
}

fn is_mark(c: char) -> bool {
    GeneralCategoryGroup::Mark.contains(CodePointMapData::<GeneralCategory>::new().get(c))
}

/// Glyph and advance of a hyphen in the font of a run.
pub(super) fn hyphen(fonts: &FontSet, run: &parley::Run<'_, Mark>) -> Option<(u16, f32)> {
    let font = run.font();
    let face = fonts.face(fonts.face_index(font.data.id(), font.index)?)?;
    let id = face.font.glyph_id('-');
    (id.0 != 0).then(|| (id.0, face.font.h_advance_unscaled(id) / face.units_per_em * run.font_size()))
}

/// Whether a cluster is white space that hangs at the end of a line: all but no-break spaces.
pub(super) fn hangs(cluster: &str) -> bool {
    cluster.chars().all(|c| c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{202f}' | '\u{2007}'))
}
