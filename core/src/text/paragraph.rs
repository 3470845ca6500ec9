//! A paragraph in a box: how much of it is shown, how large, how the last line ends.

use std::ops::Range;

use parley::Layout;
use unicode_segmentation::UnicodeSegmentation;

use super::input;
use super::{
    Shaper, clean,
    fontset::FontSet,
    place,
    shape::{Mark, Room, TIGHTEST, break_lines},
    source::Source,
};
use crate::style::{TextOverflow, WritingMode};

/// px by which a sum of advances may pass the box's width: rounding of the sum, far below anything visible.
pub(super) const SLACK: f32 = 0.01;
/// Steps of font size by which text shrinks, px.
const STEP: f32 = 0.25;

/// Most characters of a paragraph that are looked at; what comes after them is not shown.
pub const MOST_CHARACTERS: usize = 20_000;

/// Most places at which a text is cut to see whether it fits with its ending. Only a row of characters without any width
/// takes more than a few; it is then shown without an ending.
const MOST_TRIES: usize = 64;

/// A laid out paragraph; all lengths in px at scale 1, from the box's top left corner.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Paragraph {
    /// What is shown: the text itself, or a start of it with `…`.
    pub text: String,
    /// The lines that are shown.
    pub lines: Vec<Line>,
    /// Their glyphs.
    pub glyphs: Vec<PlacedGlyph>,
    /// Lines under or through the text.
    pub rules: Vec<Rule>,
    /// Which face each part of the text is set in, in the order of placing.
    pub fonts: Vec<FontRun>,
    /// By what share it was shrunk: 1 when it was not.
    pub zoom: f32,
    /// Whether a part of the text is not shown.
    pub truncated: bool,
    /// Characters that no font has, each once.
    pub missing: Vec<String>,
}

/// One line, or one column of vertical text.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Bytes of [`Paragraph::text`].
    pub range: Range<usize>,
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Of a line the sum of advances, without the white space at its end; of a column the distance of columns.
    pub width: f32,
    /// Of a line the distance of lines; of a column the sum of advances.
    pub height: f32,
    /// Of a line its baseline, of a column its middle.
    pub baseline: f32,
    /// px along it that a box must have so that it breaks where it does: what is seen, and the blank halves of brackets
    /// and points at its edges.
    pub needs: f32,
}

/// One glyph.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlacedGlyph {
    /// Number of its face in the font set.
    pub face: u16,
    /// Number of the glyph in its face.
    pub id: u16,
    /// Number of its span.
    pub span: u16,
    /// Whether it is turned by a quarter, clockwise around its origin.
    pub turned: bool,
    /// Font size.
    pub size: f32,
    /// Origin.
    pub x: f32,
    /// Origin: the baseline but for marks.
    pub y: f32,
}

/// A part of a text in one face.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FontRun {
    /// Number of the face in the font set.
    pub face: u16,
    /// Bytes of [`Paragraph::text`].
    pub range: Range<usize>,
}

/// A filled rectangle: a decoration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Number of the span whose colour it has.
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

/// The room that lines have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// Along the lines: the width of the box, in vertical text its height.
    pub length: f32,
    /// From line to line.
    pub breadth: f32,
}

impl Frame {
    fn new(style: &input::Text, width: f32, height: f32) -> Self {
        match style.writing_mode {
            WritingMode::HorizontalTb => Self { length: width, breadth: height },
            WritingMode::VerticalRl => Self { length: height, breadth: width },
        }
    }

    /// The room that a text has which is set in its full size, and drawn smaller by `zoom`.
    fn unzoomed(self, zoom: f32) -> Self {
        Self { length: self.length / zoom, breadth: self.breadth / zoom }
    }

    fn most_lines(self, style: &input::Text) -> usize {
        let room = (self.breadth / style.line_height + 0.001).floor().max(1.0) as usize;
        style.max_lines.map_or(room, |most| room.min(usize::from(most).max(1)))
    }

    /// Clusters beyond which nothing can be seen: the narrowest letters take about a fifth of an em each, or, where
    /// letter spacing pulls them together, what it leaves of that.
    fn most_clusters(self, style: &input::Text) -> usize {
        let narrowest = |span: &input::Span| {
            let own = span.font_size * 0.2;
            (own + span.letter_spacing.min(0.0)).max(own * TIGHTEST)
        };
        let narrowest = style.spans.iter().map(narrowest).fold(f32::MAX, f32::min);
        let clusters = self.most_lines(style) as f32 * (self.length / narrowest + 2.0);
        clusters.clamp(64.0, MOST_CHARACTERS as f32) as usize
    }
}

/// Fits a text into a box of `width` x `height` px. Never fails: what does not fit is left out and said in
/// [`Paragraph::truncated`]. No line is longer than the box; at least one line is shown, however low the box is.
pub fn fit(fonts: &FontSet, shaper: &mut Shaper, style: &input::Text, width: f32, height: f32) -> Paragraph {
    let source = Source::new(&style.spans);
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
    fn fit(&mut self, source: Source, frame: Frame) -> Paragraph {
        let style = self.style;
        let least = match style.text_overflow {
            TextOverflow::Shrink => (style.min_font_size / style.font_size).min(1.0),
            TextOverflow::Ellipsis | TextOverflow::Clip => 1.0,
        };
        let start = clean::cut(&source.text, frame.unzoomed(least).most_clusters(style), MOST_CHARACTERS).len();
        let cut = start < source.text.len();
        let source = if cut { source.start(start, "") } else { source };
        let mut layout = self.shaper.lines(style, &source, Room::of(frame.length));
        let zoom = match least < 1.0 {
            // There is more text than the smallest size shows.
            true if cut => {
                break_lines(&mut layout, style, &source.text, Room::of(frame.unzoomed(least).length));
                least
            }
            true => self.shrink(&source, &mut layout, frame, least),
            false => 1.0,
        };

        let frame = frame.unzoomed(zoom);
        let most = frame.most_lines(style);
        let truncated = cut || layout.len() > most;
        let (source, layout) =
            if truncated { self.shorten(&source, layout, most, frame.length) } else { (source, layout) };
        let mut paragraph = place::place(self.fonts, style, source, &layout, most, frame);
        paragraph.truncated |= truncated;
        paragraph.zoom(zoom);
        paragraph
    }

    /// The largest zoom at which the text fits, or the least one; the lines are broken for it. Shaping does not depend
    /// on the size, so the text keeps its full size and the box becomes larger instead.
    fn shrink(&self, source: &Source, layout: &mut Layout<Mark>, frame: Frame, least: f32) -> f32 {
        let style = self.style;
        let zoom_of = |step: u32| (1.0 - step as f32 * STEP / style.font_size).max(least);
        let mut fits = |zoom: f32| {
            let frame = frame.unzoomed(zoom);
            break_lines(layout, style, &source.text, Room::of(frame.length));
            layout.len() <= frame.most_lines(style) && self.none_is_longer(source, layout, frame.length)
        };
        if fits(1.0) {
            return 1.0;
        }
        // Between a step that is too large and one that fits, or the last one.
        let (mut large, mut small) = (0, ((1.0 - least) * style.font_size / STEP).ceil() as u32);
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

    /// The longest start of the text that fits together with its ending. The last line is not broken between words but
    /// ends anywhere, as it does in CSS: what comes after its edge is what is left out.
    fn shorten(
        &mut self,
        source: &Source,
        mut layout: Layout<Mark>,
        most: usize,
        length: f32,
    ) -> (Source, Layout<Mark>) {
        let ending = match self.style.text_overflow {
            TextOverflow::Ellipsis | TextOverflow::Shrink => "…",
            TextOverflow::Clip => "",
        };
        let room = Room { length, endless: Some(most - 1) };
        let text = source.text.as_str();
        break_lines(&mut layout, self.style, text, room);
        let last = most.min(layout.len()).saturating_sub(1);
        let Range { start, end } = layout.get(last).map_or(0..text.len(), |line| line.text_range());
        let seen = self.seen(&layout, last, length);
        let clusters: Vec<usize> = text[start..end].grapheme_indices(true).map(|(at, _)| start + at).collect();
        let whole = clusters.iter().copied().find(|at| *at >= seen).unwrap_or(end);
        let shown = |end: usize, ending: &str| source.start(text[..end].trim_end().len(), ending);
        // From the end back, cluster by cluster; the ending is one em at most, so this takes a few tries.
        let ends = std::iter::once(whole).chain(clusters.iter().copied().rev().skip_while(|at| *at >= whole));
        for end in ends.take(MOST_TRIES) {
            let shown = shown(end, ending);
            let layout = self.shaper.lines(self.style, &shown, room);
            if layout.len() <= most && self.none_is_longer(&shown, &layout, length) {
                return (shown, layout);
            }
        }
        // The box is narrower than the ending, or a cluster before the last line is wider than the box: `place` leaves
        // out what passes the edge.
        let shown = shown(whole, "");
        let layout = self.shaper.lines(self.style, &shown, room);
        (shown, layout)
    }

    /// Where in the text the part of a line ends that a box of `length` px may show: never too early.
    fn seen(&self, layout: &Layout<Mark>, number: usize, length: f32) -> usize {
        let Some(line) = layout.get(number) else { return 0 };
        let mut clusters = Vec::new();
        for run in line.runs() {
            clusters.extend(run.clusters().map(|cluster| (cluster.text_range().end, cluster.advance())));
        }
        // Lines of both directions are not in the order of the text.
        clusters.sort_by_key(|(end, _)| *end);
        // The blank halves at both edges, and the last spacing, are not seen.
        let spacing = self.style.spans.iter().map(|span| span.letter_spacing).fold(0.0, f32::max);
        let mut left = length + self.style.largest() + spacing;
        let first_beyond = clusters.iter().find(|(_, advance)| {
            left -= advance;
            left < 0.0
        });
        first_beyond.map_or(line.text_range().end, |(end, _)| *end)
    }

    /// Whether no line is longer than `length` px. One can only be when it is a single cluster: lines break anywhere.
    fn none_is_longer(&self, source: &Source, layout: &Layout<Mark>, length: f32) -> bool {
        layout.lines().all(|line| {
            let metrics = line.metrics();
            // Blank halves and the last letter spacing are no part of what is seen: looked at where it matters.
            metrics.advance - metrics.hanging_advance <= length + SLACK
                || place::length(self.fonts, self.style, &source.text, layout, &line) <= length + SLACK
        })
    }
}

impl Paragraph {
    /// Makes everything smaller.
    fn zoom(&mut self, zoom: f32) {
        self.zoom = zoom;
        if zoom == 1.0 {
            return;
        }
        let shrink = |lengths: &mut [&mut f32]| lengths.iter_mut().for_each(|length| **length *= zoom);
        for line in &mut self.lines {
            shrink(&mut [
                &mut line.x,
                &mut line.y,
                &mut line.width,
                &mut line.height,
                &mut line.baseline,
                &mut line.needs,
            ]);
        }
        for glyph in &mut self.glyphs {
            shrink(&mut [&mut glyph.x, &mut glyph.y, &mut glyph.size]);
        }
        for rule in &mut self.rules {
            shrink(&mut [&mut rule.x, &mut rule.y, &mut rule.width, &mut rule.height]);
        }
    }
}
