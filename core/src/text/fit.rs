//! Fitting a paragraph into a box: truncation, shrinking and the suffix of the last line.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::{
    Shaper, clean,
    fontset::{FontSet, Metrics},
    input,
    line_break::{LineEnd, Room, Shaped},
    paragraph::Paragraph,
    place, punctuation,
    shape::MIN_ADVANCE,
    source::SourceText,
};
use crate::style::{TextBox, TextOverflow, TextWrap, WritingMode};

/// Tolerance for a sum of advances that exceeds the box, px. Covers rounding and is far below anything visible.
pub(super) const SLACK: f32 = 0.01;
/// Step of the font size when shrinking, px.
const STEP: f32 = 0.25;
/// Number of larger sizes that are tried when shrinking has found one, in steps: 1 px.
const NEARBY: u32 = 4;

/// Maximum characters of a paragraph that are laid out; the rest is truncated.
pub const MAX_PARAGRAPH_CHARACTERS: usize = 20_000;

/// Maximum attempts to find a truncation point at which the text fits together with its suffix. Only runs of zero-width
/// characters need more than a few attempts; such a text is then shown without a suffix.
const MAX_ATTEMPTS: usize = 64;

/// Tolerance for letters that are smaller than those of the font's extents, such as those of a slot on outlined text, in
/// font sizes.
const INK_SLACK: f32 = 0.1;

/// Space beside the letters that lies outside of the box with [`TextBox::Ink`], in font sizes: the side bearing of most
/// letters.
const INK_SIDE: f32 = 0.05;

/// Space around the letters that lies outside of the box, px at full size. None with [`TextBox::Line`].
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Trim {
    /// Before the letters of the first line.
    pub before: f32,
    /// After the letters of the last line.
    pub after: f32,
    /// At each end of a line.
    pub side: f32,
}

impl Trim {
    fn new(fonts: &FontSet, style: &input::StyledText, text: &str) -> Self {
        let size = style.largest();
        match (style.text_box, style.writing_mode) {
            (TextBox::Line, _) => Self::default(),
            (TextBox::Ink, WritingMode::VerticalRl) => {
                let leading = (style.line_height - size) / 2.0;
                Self { before: leading, after: leading, side: size * INK_SIDE }
            }
            (TextBox::Ink, WritingMode::HorizontalTb) => {
                let Metrics { ascent, descent } = fonts.metrics();
                let ink = fonts.ink(text.chars().any(punctuation::is_ideograph));
                let leading = (style.line_height - (ascent + descent) * size) / 2.0;
                Self {
                    before: leading + (ascent - ink.ascent) * size,
                    after: leading + (descent - ink.descent) * size,
                    side: size * INK_SIDE,
                }
            }
        }
    }

    /// Along lines and across them.
    pub fn sums(self) -> [f32; 2] {
        [2.0 * self.side, self.before + self.after]
    }
}

/// Available space for lines, px.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// Inline dimension: the width of the box, in vertical text its height, with the space outside of it.
    pub length: f32,
    /// Block dimension: the height of the box, in vertical text its width, with the space outside of it.
    pub breadth: f32,
    /// Space outside of the box.
    pub trim: Trim,
}

impl Frame {
    fn new(style: &input::StyledText, trim: Trim, width: f32, height: f32) -> Self {
        let (length, breadth) = match style.writing_mode {
            WritingMode::HorizontalTb => (width, height),
            WritingMode::VerticalRl => (height, width),
        };
        let [along, across] = trim.sums();
        Self { length: length + along, breadth: breadth + across, trim }
    }

    /// The equivalent frame for text laid out at full size and drawn scaled by `zoom`.
    fn unzoomed(self, zoom: f32) -> Self {
        let [along, across] = self.trim.sums();
        let length = (self.length - along) / zoom + along;
        Self { length, breadth: (self.breadth - across) / zoom + across, ..self }
    }

    fn max_lines(self, style: &input::StyledText) -> usize {
        let slack = match style.text_box {
            TextBox::Line => 0.0,
            TextBox::Ink => style.largest() * INK_SLACK,
        };
        let room = ((self.breadth + slack) / style.line_height + 0.001).floor().max(1.0) as usize;
        style.max_lines.map_or(room, |max| room.min(usize::from(max).max(1)))
    }

    /// Upper bound of visible clusters, 64 to [`MAX_PARAGRAPH_CHARACTERS`]. Assumes that the narrowest letters advance by a
    /// fifth of an em, less negative letter spacing.
    fn max_clusters(self, style: &input::StyledText) -> usize {
        let narrowest = |span: &input::StyledSpan| {
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
pub fn fit(fonts: &FontSet, shaper: &mut Shaper, style: &input::StyledText, width: f32, height: f32) -> Paragraph {
    let source = SourceText::new(&style.spans);
    if source.text.is_empty() {
        return Paragraph { zoom: 1.0, ..Paragraph::default() };
    }
    let frame = Frame::new(style, Trim::new(fonts, style, &source.text), width, height);
    Fitter { fonts, shaper, style }.fit(source, frame)
}

struct Fitter<'a> {
    fonts: &'a FontSet,
    shaper: &'a mut Shaper,
    style: &'a input::StyledText,
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
        let mut shaped = self.shaper.paragraph(self.fonts, style, &source);
        let zoom = match min_zoom < 1.0 {
            // The text was cut before layout, so it does not fit even at the minimum size.
            true if cut => min_zoom,
            true => self.shrink(&source, &shaped, frame, min_zoom),
            false => 1.0,
        };

        let frame = frame.unzoomed(zoom);
        let max_lines = frame.max_lines(style);
        let mut lines = shaped.lines(&source.text, Room::of(frame.length));
        let mut source = source;
        let truncated = cut || lines.len() > max_lines;
        if truncated {
            (source, shaped, lines) = self.truncate(&source, &shaped, max_lines, frame.length);
        } else if style.text_wrap == TextWrap::Balance {
            lines = shaped.balanced(&source.text, lines, frame.length);
        }
        shaped.apply(&lines);
        let mut paragraph = place::place(self.fonts, style, source, &shaped.layout, max_lines, frame);
        paragraph.truncated |= truncated;
        paragraph.zoom(zoom);
        paragraph
    }

    /// Finds the largest zoom at which the text fits, or returns `min_zoom`. Shaping does not depend on the size, so the
    /// text keeps its full size and the box is enlarged instead.
    fn shrink(&self, source: &SourceText, shaped: &Shaped, frame: Frame, min_zoom: f32) -> f32 {
        let style = self.style;
        let zoom_of = |step: u32| (1.0 - step as f32 * STEP / style.font_size).max(min_zoom);
        let fits = |zoom: f32| {
            let frame = frame.unzoomed(zoom);
            let lines = shaped.lines(&source.text, Room::of(frame.length));
            lines.len() <= frame.max_lines(style) && all_fit(&lines, frame.length)
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
        // A slightly larger size may fit although one in between does not: its lines break elsewhere.
        let larger = |small: u32| {
            (1..=NEARBY).rev().filter_map(|steps| small.checked_sub(steps)).find(|step| fits(zoom_of(*step)))
        };
        while let Some(step) = larger(small) {
            small = step;
        }
        zoom_of(small)
    }

    /// Truncates the text to the longest prefix that fits together with its suffix. The last line ends neither after an
    /// opening bracket nor within a word or number that fits into a line, unless nothing precedes it.
    fn truncate(
        &mut self,
        source: &SourceText,
        shaped: &Shaped,
        max_lines: usize,
        length: f32,
    ) -> (SourceText, Shaped, Vec<LineEnd>) {
        let suffix = match self.style.text_overflow {
            TextOverflow::Ellipsis | TextOverflow::Shrink => "…",
            TextOverflow::Clip => "",
        };
        let room = Room { length, unbroken_from: Some(max_lines - 1) };
        let text = source.text.as_str();
        let lines = shaped.lines(text, room);
        let last = max_lines.min(lines.len()).saturating_sub(1);
        let (Range { start, end }, visible_end) = shaped.visible_end(&lines, last, length);
        let (end, visible_end) = (end.min(text.len()), visible_end.min(text.len()));
        let clusters: Vec<usize> = text[start..end].grapheme_indices(true).map(|(at, _)| start + at).collect();
        let ends = || std::iter::once(end).chain(clusters.iter().copied().rev()).filter(|at| *at <= visible_end);
        let prefix = |end: usize, suffix: &str| source.prefix(text[..end].trim_end().len(), suffix);
        let whole = |at: &usize| {
            let word = shaped.opportunities.word(text, *at);
            let within = word.start < *at && word.start > start && shaped.fits_alone(&word, length);
            let shown = text[start..*at].trim_end().chars().next_back();
            suffix.is_empty() || !within && shown.is_some_and(|last| !punctuation::introduces(last))
        };
        // Tries shorter prefixes. The suffix is at most one em wide, so a few attempts suffice.
        let ends = ends().filter(whole).take(MAX_ATTEMPTS).chain(ends().take(MAX_ATTEMPTS));
        for end in ends {
            let candidate = prefix(end, suffix);
            let shaped = self.shaper.paragraph(self.fonts, self.style, &candidate);
            // The lines before the last one stay: a shorter word might fit where the whole one did not.
            let lines = shaped.continued(&candidate.text, &lines[..last]);
            if lines.len() <= max_lines && all_fit(&lines, length) {
                return (candidate, shaped, lines);
            }
        }
        // The box is narrower than the suffix, or a cluster before the last line is wider than the box: `place` omits
        // clusters that exceed the edge.
        let first = clusters.iter().copied().find(|at| *at >= visible_end).unwrap_or(end);
        let shortened = prefix(first, "");
        let shaped = self.shaper.paragraph(self.fonts, self.style, &shortened);
        let lines = shaped.lines(&shortened.text, room);
        (shortened, shaped, lines)
    }
}

/// Whether no line is longer than `length` px. Lines break anywhere, so only a single cluster can be longer.
fn all_fit(lines: &[LineEnd], length: f32) -> bool {
    lines.iter().all(|line| line.length <= length + SLACK)
}
