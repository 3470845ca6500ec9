//! Fitting a paragraph into a box: truncation, shrinking and the suffix of the last line.

use std::ops::Range;

use parley::Layout;
use unicode_segmentation::UnicodeSegmentation;

use super::input;
use super::{
    Shaper, clean,
    fontset::FontSet,
    place,
    shape::{MIN_ADVANCE, Mark, Room, break_lines},
    source::SourceText,
};
use crate::style::{TextOverflow, WritingMode};

/// Tolerance for a sum of advances that exceeds the box, px. Covers rounding and is far below anything visible.
pub(super) const SLACK: f32 = 0.01;
/// Step of the font size when shrinking, px.
const STEP: f32 = 0.25;

/// Maximum characters of a paragraph that are laid out; the rest is truncated.
pub const MAX_PARAGRAPH_CHARACTERS: usize = 20_000;

/// Maximum attempts to find a truncation point at which the text fits together with its suffix. Only runs of zero-width
/// characters need more than a few attempts; such a text is then shown without a suffix.
const MAX_ATTEMPTS: usize = 64;

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
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Line: sum of advances without trailing white space. Column: line height.
    pub width: f32,
    /// Line: line height. Column: sum of advances.
    pub height: f32,
    /// Line: y of the baseline. Column: x of the central axis.
    pub baseline: f32,
    /// Minimum box length that reproduces this line break: the visible length, plus trimmed blank halves of punctuation
    /// where line breaking counts them.
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
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

/// Available space for lines, px.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// Inline dimension: the width of the box, in vertical text its height.
    pub length: f32,
    /// Block dimension: the height of the box, in vertical text its width.
    pub breadth: f32,
}

impl Frame {
    fn new(style: &input::Text, width: f32, height: f32) -> Self {
        match style.writing_mode {
            WritingMode::HorizontalTb => Self { length: width, breadth: height },
            WritingMode::VerticalRl => Self { length: height, breadth: width },
        }
    }

    /// The equivalent frame for text laid out at full size and drawn scaled by `zoom`.
    fn unzoomed(self, zoom: f32) -> Self {
        Self { length: self.length / zoom, breadth: self.breadth / zoom }
    }

    fn max_lines(self, style: &input::Text) -> usize {
        let room = (self.breadth / style.line_height + 0.001).floor().max(1.0) as usize;
        style.max_lines.map_or(room, |max| room.min(usize::from(max).max(1)))
    }

    /// Upper bound of visible clusters, 64 to [`MAX_PARAGRAPH_CHARACTERS`]. Assumes that the narrowest letters advance by a fifth
    /// of an em, less negative letter spacing.
    fn max_clusters(self, style: &input::Text) -> usize {
        let narrowest = |span: &input::Span| {
            let advance = span.font_size * 0.2;
            (advance + span.letter_spacing.min(0.0)).max(advance * MIN_ADVANCE)
        };
        let narrowest = style.spans.iter().map(narrowest).fold(f32::MAX, f32::min);
        let clusters = self.max_lines(style) as f32 * (self.length / narrowest + 2.0);
        clusters.clamp(64.0, MAX_PARAGRAPH_CHARACTERS as f32) as usize
    }
}

/// Fits a text into a box of `width` x `height` px. Never fails: text that does not fit is truncated, which
/// [`Paragraph::truncated`] reports. No line is longer than the box. At least one line is shown, even if the box is lower
/// than a line.
pub fn fit(fonts: &FontSet, shaper: &mut Shaper, style: &input::Text, width: f32, height: f32) -> Paragraph {
    let source = SourceText::new(&style.spans);
    if source.text.is_empty() {
        return Paragraph { zoom: 1.0, ..Paragraph::default() };
    }
    let frame = Frame::new(style, width, height);
    Fitter { fonts, shaper, style }.fit(source, frame)
}

struct Fitter<'a> {
    fonts: &'a FontSet,
    shaper: &'a mut Shaper,
    style: &'a input::Text,
}

impl Fitter<'_> {
    fn fit(&mut self, source: SourceText, frame: Frame) -> Paragraph {
        let style = self.style;
        let min_zoom = match style.text_overflow {
            TextOverflow::Shrink => (style.min_font_size / style.font_size).min(1.0),
            TextOverflow::Ellipsis | TextOverflow::Clip => 1.0,
        };
        let end =
            clean::cut(&source.text, frame.unzoomed(min_zoom).max_clusters(style), MAX_PARAGRAPH_CHARACTERS).len();
        let cut = end < source.text.len();
        let source = if cut { source.prefix(end, "") } else { source };
        let mut layout = self.shaper.lines(style, &source, Room::of(frame.length));
        let zoom = match min_zoom < 1.0 {
            // The text was cut before layout, so it does not fit even at the minimum size.
            true if cut => {
                break_lines(&mut layout, style, &source.text, Room::of(frame.unzoomed(min_zoom).length));
                min_zoom
            }
            true => self.shrink(&source, &mut layout, frame, min_zoom),
            false => 1.0,
        };

        let frame = frame.unzoomed(zoom);
        let max_lines = frame.max_lines(style);
        let truncated = cut || layout.len() > max_lines;
        let (source, layout) =
            if truncated { self.truncate(&source, layout, max_lines, frame.length) } else { (source, layout) };
        let mut paragraph = place::place(self.fonts, style, source, &layout, max_lines, frame);
        paragraph.truncated |= truncated;
        paragraph.zoom(zoom);
        paragraph
    }

    /// Finds the largest zoom at which the text fits, or returns `min_zoom`. Leaves the layout broken for the result.
    /// Shaping does not depend on the size, so the text keeps its full size and the box is enlarged instead.
    fn shrink(&self, source: &SourceText, layout: &mut Layout<Mark>, frame: Frame, min_zoom: f32) -> f32 {
        let style = self.style;
        let zoom_of = |step: u32| (1.0 - step as f32 * STEP / style.font_size).max(min_zoom);
        let mut fits = |zoom: f32| {
            let frame = frame.unzoomed(zoom);
            break_lines(layout, style, &source.text, Room::of(frame.length));
            layout.len() <= frame.max_lines(style) && self.lines_fit(source, layout, frame.length)
        };
        if fits(1.0) {
            return 1.0;
        }
        // Binary search between a size that is too large and one that fits (or the smallest size).
        let (mut large, mut small) = (0, ((1.0 - min_zoom) * style.font_size / STEP).ceil() as u32);
        while small - large > 1 {
            let middle = large + (small - large) / 2;
            if fits(zoom_of(middle)) {
                small = middle;
            } else {
                large = middle;
            }
        }
        let zoom = zoom_of(small);
        fits(zoom);
        zoom
    }

    /// Truncates the text to the longest prefix that fits together with its suffix. As in CSS, the last line may end
    /// within a word: everything after its edge is removed.
    fn truncate(
        &mut self,
        source: &SourceText,
        mut layout: Layout<Mark>,
        max_lines: usize,
        length: f32,
    ) -> (SourceText, Layout<Mark>) {
        let suffix = match self.style.text_overflow {
            TextOverflow::Ellipsis | TextOverflow::Shrink => "…",
            TextOverflow::Clip => "",
        };
        let room = Room { length, unbroken_from: Some(max_lines - 1) };
        let text = source.text.as_str();
        break_lines(&mut layout, self.style, text, room);
        let last = max_lines.min(layout.len()).saturating_sub(1);
        let Range { start, end } = layout.get(last).map_or(0..text.len(), |line| line.text_range());
        let visible_end = self.visible_end(&layout, last, length);
        let clusters: Vec<usize> = text[start..end].grapheme_indices(true).map(|(at, _)| start + at).collect();
        let first_end = clusters.iter().copied().find(|at| *at >= visible_end).unwrap_or(end);
        let prefix = |end: usize, suffix: &str| source.prefix(text[..end].trim_end().len(), suffix);
        // Tries shorter prefixes cluster by cluster. The suffix is at most one em wide, so a few attempts suffice.
        let ends = std::iter::once(first_end).chain(clusters.iter().copied().rev().skip_while(|at| *at >= first_end));
        for end in ends.take(MAX_ATTEMPTS) {
            let candidate = prefix(end, suffix);
            let layout = self.shaper.lines(self.style, &candidate, room);
            if layout.len() <= max_lines && self.lines_fit(&candidate, &layout, length) {
                return (candidate, layout);
            }
        }
        // The box is narrower than the suffix, or a cluster before the last line is wider than the box: `place` omits
        // clusters that exceed the edge.
        let shortened = prefix(first_end, "");
        let layout = self.shaper.lines(self.style, &shortened, room);
        (shortened, layout)
    }

    /// Byte offset in the text at which the visible part of a line in a box of `length` px ends. An upper bound: never
    /// too early.
    fn visible_end(&self, layout: &Layout<Mark>, line: usize, length: f32) -> usize {
        let Some(line) = layout.get(line) else { return 0 };
        let mut clusters = Vec::new();
        for run in line.runs() {
            clusters.extend(run.clusters().map(|cluster| (cluster.text_range().end, cluster.advance())));
        }
        // Clusters of bidirectional lines are not in text order.
        clusters.sort_by_key(|(end, _)| *end);
        // Blank halves at both edges and the last letter spacing are invisible, so they add to the available length.
        let spacing = self.style.spans.iter().map(|span| span.letter_spacing).fold(0.0, f32::max);
        let mut available = length + self.style.largest() + spacing;
        let first_beyond = clusters.iter().find(|(_, advance)| {
            available -= advance;
            available < 0.0
        });
        first_beyond.map_or(line.text_range().end, |(end, _)| *end)
    }

    /// Whether no line is longer than `length` px. Lines break anywhere, so only a single cluster can be longer.
    fn lines_fit(&self, source: &SourceText, layout: &Layout<Mark>, length: f32) -> bool {
        layout.lines().all(|line| {
            let metrics = line.metrics();
            // The exact length, without blank halves and the last letter spacing, is computed only if needed.
            metrics.advance - metrics.hanging_advance <= length + SLACK
                || place::length(self.fonts, self.style, &source.text, layout, &line) <= length + SLACK
        })
    }
}

impl Paragraph {
    /// Scales all lengths by `zoom`.
    fn zoom(&mut self, zoom: f32) {
        self.zoom = zoom;
        if zoom == 1.0 {
            return;
        }
        let scale = |lengths: &mut [&mut f32]| lengths.iter_mut().for_each(|length| **length *= zoom);
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
