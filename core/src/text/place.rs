//! Positions of glyphs in broken lines: alignment, justification, and columns.

use std::{collections::HashSet, ops::Range};

use parley::{BreakReason, Layout};

use super::{
    fit::{Frame, SLACK},
    fontset::{FontSet, Metrics},
    input,
    line_box::{Cell, LineBox},
    paragraph::{FontRun, Line, Paragraph, PlacedGlyph, Rule},
    shape::{GlyphOrientation, Mark},
    source::SourceText,
};
use crate::style::{TextAlign, VerticalAlign, WritingMode};

/// Central baseline of ideographs, em above the alphabetic baseline. The ideographic em box spans -0.12 to 0.88 em in Noto
/// Sans SC, as in most CJK fonts (OpenType, baseline tag `ideo`). Columns are aligned to it (CSS Writing Modes 4, section
/// 4.3).
pub(super) const CENTRAL: f32 = 0.38;

/// Largest stretch of a gap in a justified line, in font sizes. A line that needs more is not justified.
const MAX_STRETCH: f32 = 0.5;

/// Shares of the free space before aligned lines.
const START: f32 = 0.0;
const MIDDLE: f32 = 0.5;
const END: f32 = 1.0;

/// Places the first `max_lines` lines.
pub(super) fn place(
    fonts: &FontSet,
    style: &input::StyledText,
    source: SourceText,
    layout: &Layout<Mark>,
    max_lines: usize,
    frame: Frame,
) -> Paragraph {
    let shown = layout.len().min(max_lines);
    let mut paragraph =
        Paragraph { truncated: layout.len() > max_lines, trim: frame.trim.sums(), ..Paragraph::default() };
    let used = shown as f32 * style.line_height;
    let mut placer = Placer { fonts, style, frame, paragraph: &mut paragraph, missing: HashSet::new() };
    for (index, line) in layout.lines().take(shown).enumerate() {
        let row = LineBox::new(fonts, style, &source.text, &line, layout.is_rtl(), frame.length);
        let justified = style.text_align == TextAlign::Justify
            && !matches!(line.break_reason(), BreakReason::None | BreakReason::Explicit);
        placer.missing(&row);
        placer.line(&row, line.text_range(), index, used, justified);
    }
    paragraph.text = source.text;
    paragraph
}

struct Placer<'a, 't> {
    fonts: &'a FontSet,
    style: &'a input::StyledText,
    frame: Frame,
    paragraph: &'a mut Paragraph,
    /// Clusters that are in [`Paragraph::missing`].
    missing: HashSet<&'t str>,
}

impl<'t> Placer<'_, 't> {
    /// Records clusters without a glyph in any font.
    fn missing(&mut self, row: &LineBox<'t>) {
        for cell in &row.cells {
            if cell.missing
                && let cluster = row.text(cell)
                && !cluster.trim().is_empty()
                && self.missing.insert(cluster)
            {
                self.paragraph.missing.push(cluster.to_owned());
            }
        }
    }

    /// Places a line. `used` is the breadth of all lines, px.
    fn line(&mut self, row: &LineBox<'_>, range: Range<usize>, index: usize, used: f32, justified: bool) {
        let Frame { length, breadth, trim } = self.frame;
        let line_height = self.style.line_height;
        let vertical = self.style.writing_mode == WritingMode::VerticalRl;
        let free = length - row.length;
        let gaps = if justified && free > 0.0 { row.gaps() } else { 0 };
        let stretch = if gaps > 0 { free / gaps as f32 } else { 0.0 };
        // A line with few gaps is not torn apart.
        let stretch = if stretch <= self.style.font_size * MAX_STRETCH { stretch } else { 0.0 };
        let taken = if stretch > 0.0 { length } else { row.length.min(length) };

        let along = match (vertical, self.style.text_align, self.style.vertical_align) {
            (false, TextAlign::Left | TextAlign::Justify, _) | (true, _, VerticalAlign::Top) => START,
            (false, TextAlign::Center, _) | (true, _, VerticalAlign::Middle) => MIDDLE,
            (false, TextAlign::Right, _) | (true, _, VerticalAlign::Bottom) => END,
        };
        let start = (length - taken) * along - trim.side;
        let across = match (vertical, self.style.vertical_align, self.style.text_align) {
            (false, VerticalAlign::Top, _) | (true, _, TextAlign::Left) => START,
            (false, VerticalAlign::Middle, _) | (true, _, TextAlign::Center) => MIDDLE,
            (false, VerticalAlign::Bottom, _) | (true, _, TextAlign::Right | TextAlign::Justify) => END,
        };
        let block = (breadth - used) * across - trim.before;
        let axis = if vertical {
            block + used - (index as f32 + 0.5) * line_height
        } else {
            // Half-leading (CSS Inline 3, section 4.2). All lines use the metrics of the default face at the largest
            // size, so an emoji does not shift its line.
            let Metrics { ascent, descent } = self.fonts.metrics();
            let size = self.style.largest();
            block + index as f32 * line_height + (line_height - (ascent + descent) * size) / 2.0 + ascent * size
        };
        let reached = self.cells(row, start, axis, stretch, vertical);
        let taken = if row.length > length + SLACK { reached.min(length) } else { taken };
        let edge = if vertical { axis - line_height / 2.0 } else { block + index as f32 * line_height };
        let needs = row.length;
        self.paragraph.lines.push(if vertical {
            Line { range, x: edge, y: start, width: line_height, height: taken, baseline: axis, needs }
        } else {
            Line { range, x: start, y: edge, width: taken, height: line_height, baseline: axis, needs }
        });
    }

    /// Places the cells of a line beginning at `start`. Returns their visible extent from there, px.
    fn cells(&mut self, row: &LineBox<'_>, start: f32, axis: f32, stretch: f32, vertical: bool) -> f32 {
        let length = self.frame.length;
        let (mut pen, mut reached) = (start - row.trim.0, 0.0_f32);
        let mut combined: Option<(usize, f32)> = None;
        let mut rule: Option<(u16, (f32, f32), Range<f32>)> = None;
        for (at, cell) in row.cells.iter().enumerate() {
            let end = pen + cell.advance - cell.trailing();
            // Omits clusters beyond the edge of the box, so they are not drawn over neighbouring layers.
            if row.length > length + SLACK && end - start > length + SLACK {
                self.paragraph.truncated = true;
                pen += cell.advance;
                continue;
            }
            reached = reached.max(end - start);
            let cell_start = match cell.mark.orientation {
                GlyphOrientation::Combined { start: first, .. } => {
                    // All digits of a number share one cell, which starts at the first digit.
                    let (_, cell_start) = *combined.insert(match combined {
                        Some((number, at)) if number == first => (number, at),
                        _ => (first, pen),
                    });
                    cell_start
                }
                _ => pen,
            };
            self.glyphs(row, cell, pen, cell_start, axis);
            let (is_first, is_last) = (at == 0, at + 1 == row.cells.len());
            // A cell after a half-width bracket may begin before the line: `(（`.
            let inked = if is_first { start } else { pen.max(start) }..end - if is_last { row.trim.1 } else { 0.0 };
            match (&mut rule, cell.decoration) {
                (Some((span, _, along)), Some(_)) if *span == cell.mark.span => along.end = inked.end,
                (_, decoration) => {
                    let finished = std::mem::replace(&mut rule, decoration.map(|it| (cell.mark.span, it, inked)));
                    self.rule(finished, axis, vertical);
                }
            }
            pen += cell.advance;
            if stretch > 0.0 && row.is_gap(at) {
                pen += stretch;
            }
        }
        self.rule(rule, axis, vertical);
        reached
    }

    /// Places the glyphs of a cell and records its font run.
    fn glyphs(&mut self, row: &LineBox<'_>, cell: &Cell, pen: f32, cell_start: f32, axis: f32) {
        let Some(face) = cell.face else { return };
        match self.paragraph.fonts.last_mut() {
            Some(run) if run.face == face && run.range.end == cell.range.start => run.range.end = cell.range.end,
            _ => self.paragraph.fonts.push(FontRun { face, range: cell.range.clone() }),
        }
        let middle = pen + (cell.advance - cell.spacing) / 2.0;
        for &(along, down, id) in &row.glyphs[cell.glyphs.clone()] {
            let (x, y) = match cell.mark.orientation {
                GlyphOrientation::Horizontal => (pen + along, axis + down),
                GlyphOrientation::Upright => {
                    let half = (cell.advance - cell.spacing) / 2.0;
                    (axis - half + along, middle + CENTRAL * cell.size + down)
                }
                GlyphOrientation::Rotated => (axis - CENTRAL * cell.size - down, pen + along),
                GlyphOrientation::Combined { width, spacing, start } => {
                    // Distance from the first digit, without the spacing between digits.
                    let before = pen - cell_start - spacing * (cell.range.start - start) as f32;
                    (axis - width / 2.0 + before + along, cell_start + (0.5 + CENTRAL) * cell.size + down)
                }
            };
            let turned = cell.mark.orientation == GlyphOrientation::Rotated;
            self.paragraph.glyphs.push(PlacedGlyph { face, id, span: cell.mark.span, turned, size: cell.size, x, y });
        }
    }

    /// Adds a decoration: its span, offset above the baseline and thickness, and extent along the line, px.
    fn rule(&mut self, rule: Option<(u16, (f32, f32), Range<f32>)>, axis: f32, vertical: bool) {
        let Some((span, (offset, thickness), along)) = rule else { return };
        let size = self.style.spans[usize::from(span)].font_size;
        let (thickness, length) = (thickness.max(size / 20.0), along.end - along.start);
        if length <= 0.0 {
            return;
        }
        self.paragraph.rules.push(if vertical {
            // Strikethrough: on the central axis of the column, where ideographs and rotated words are centred.
            // Underline: on the left side, which is below the baseline of rotated words, outside the ideographs' em boxes.
            let through = offset > 0.0;
            let x = if through { axis - thickness / 2.0 } else { axis - (size - offset) / 2.0 - thickness };
            Rule { span, x, y: along.start, width: thickness, height: length }
        } else {
            Rule { span, x: along.start, y: axis - offset, width: length, height: thickness }
        });
    }
}
