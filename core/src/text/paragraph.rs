//! A laid-out paragraph: lines, glyphs and decorations.

use std::ops::Range;

/// A laid-out paragraph. All lengths are px at scale 1, relative to the top left corner of the box.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Paragraph {
    /// Visible text: the whole text, or its beginning, usually followed by `…`.
    pub text: String,
    /// Visible lines.
    pub lines: Vec<Line>,
    /// Glyphs of the visible lines.
    pub glyphs: Vec<PlacedGlyph>,
    /// Underlines and strikethroughs.
    pub rules: Vec<Rule>,
    /// Font face of each part of the text, in visual order.
    pub fonts: Vec<FontRun>,
    /// Shrink factor, at most 1; 1 means full size.
    pub zoom: f32,
    /// Space of the lines outside of the box: along and across them.
    pub trim: [f32; 2],
    /// Whether a part of the text is not visible.
    pub truncated: bool,
    /// Grapheme clusters without a glyph in any font, without duplicates.
    pub missing: Vec<String>,
}

/// A line of horizontal text, or a column of vertical text.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Byte range in [`Paragraph::text`].
    pub range: Range<usize>,
    /// Left edge, px.
    pub x: f32,
    /// Top edge, px.
    pub y: f32,
    /// Line: sum of advances without trailing white space. Column: line height.
    pub width: f32,
    /// Line: line height. Column: sum of advances.
    pub height: f32,
    /// Line: y of the baseline. Column: x of the central axis.
    pub baseline: f32,
    /// Minimum box length that reproduces this line break: the length without justification.
    pub needs: f32,
}

/// One glyph.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlacedGlyph {
    /// Index of its face in the font set.
    pub face: u16,
    /// Glyph index in the face.
    pub id: u16,
    /// Index of its span.
    pub span: u16,
    /// Whether it is rotated a quarter turn clockwise around its origin.
    pub turned: bool,
    /// Font size, px.
    pub size: f32,
    /// x of the origin.
    pub x: f32,
    /// y of the origin: the baseline, except for offset glyphs such as combining marks.
    pub y: f32,
}

/// A range of the text in one face.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FontRun {
    /// Index of the face in the font set.
    pub face: u16,
    /// Byte range in [`Paragraph::text`].
    pub range: Range<usize>,
}

/// A filled rectangle of a text decoration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Index of the span that provides its colour.
    pub span: u16,
    /// Left edge, px.
    pub x: f32,
    /// Top edge, px.
    pub y: f32,
    /// Width, px.
    pub width: f32,
    /// Height (thickness), px.
    pub height: f32,
}

impl Paragraph {
    /// Scales all lengths by `zoom`.
    pub(super) fn zoom(&mut self, zoom: f32) {
        self.zoom = zoom;
        if zoom == 1.0 {
            return;
        }
        let scale = |lengths: &mut [&mut f32]| lengths.iter_mut().for_each(|length| **length *= zoom);
        self.trim = self.trim.map(|length| length * zoom);
        for line in &mut self.lines {
            scale(&mut [
                &mut line.x,
                &mut line.y,
                &mut line.width,
                &mut line.height,
                &mut line.baseline,
                &mut line.needs,
            ]);
        }
        for glyph in &mut self.glyphs {
            scale(&mut [&mut glyph.x, &mut glyph.y, &mut glyph.size]);
        }
        for rule in &mut self.rules {
            scale(&mut [&mut rule.x, &mut rule.y, &mut rule.width, &mut rule.height]);
        }
    }
}
