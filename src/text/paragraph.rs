//! A paragraph in a box: which lines are shown, how the last one ends, where each glyph stands.

use std::ops::Range;

use parley::{Layout, PositionedLayoutItem};
use unicode_segmentation::UnicodeSegmentation;

use super::{
    Shaper, clean,
    fontset::{FontSet, Metrics},
};
use crate::{
    plan,
    template::layout::{TextAlign, TextDecoration, TextOverflow, VerticalAlign},
};

/// px by which a sum of advances may pass the box's width: rounding of the sum, far below anything visible.
const SLACK: f32 = 0.01;

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
    /// Whether a part of the text is not shown.
    pub truncated: bool,
    /// Characters that no font has, each once.
    pub missing: Vec<String>,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Bytes of [`Paragraph::text`].
    pub range: Range<usize>,
    /// Left edge.
    pub x: f32,
    /// Sum of advances, without the white space at its end.
    pub width: f32,
    /// Baseline.
    pub baseline: f32,
}

/// One glyph.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlacedGlyph {
    /// Number of its face in the font set.
    pub face: u16,
    /// Number of the glyph in its face.
    pub id: u16,
    /// Origin.
    pub x: f32,
    /// Origin: the baseline but for marks.
    pub y: f32,
}

/// A filled rectangle: a decoration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

/// Fits a text into a box of `width` x `height` px. Never fails: what does not fit is left out and said in
/// [`Paragraph::truncated`]. No line is wider than the box; at least one line is shown, however low the box is.
pub fn fit(fonts: &FontSet, shaper: &mut Shaper, style: &plan::Text, width: f32, height: f32) -> Paragraph {
    let text = clean::clean(&style.text);
    let text = text.trim_end();
    let most = most_lines(style, height);
    // A line of the narrowest letters is about a fifth of an em each; what lies beyond cannot be seen.
    let visible = (most as f32 * (width / (style.font_size * 0.2) + 2.0)).clamp(64.0, 20_000.0) as usize;
    let start = clean::cut(text, visible);
    let cut = start.len() < text.len();
    let layout = shaper.lines(style, start, width);
    let (text, layout, truncated) = match overflow(&layout, start, most, cut) {
        None => (start.to_owned(), layout, false),
        Some(end) => {
            let (text, layout) = shorten(shaper, style, start, &layout, most, width, end);
            (text, layout, true)
        }
    };
    place(fonts, style, text, &layout, most, [width, height], truncated)
}

fn most_lines(style: &plan::Text, height: f32) -> usize {
    let room = (height / style.line_height + 0.001).floor().max(1.0) as usize;
    style.max_lines.map_or(room, |most| room.min(usize::from(most).max(1)))
}

/// Where the shown part must end at the latest, when not all of the text can be shown.
fn overflow(layout: &Layout<()>, text: &str, most: usize, cut: bool) -> Option<usize> {
    if layout.len() > most {
        return Some(layout.get(most - 1).map_or(0, |line| line.text_range().end));
    }
    cut.then_some(text.len())
}

/// The longest start of the text that fits together with its ending.
fn shorten(
    shaper: &mut Shaper,
    style: &plan::Text,
    text: &str,
    layout: &Layout<()>,
    most: usize,
    width: f32,
    end: usize,
) -> (String, Layout<()>) {
    let ending = match style.text_overflow {
        TextOverflow::Ellipsis => "…",
        TextOverflow::Clip => "",
    };
    let last = layout.get(most.min(layout.len()).saturating_sub(1)).map_or(0, |line| line.text_range().start);
    // From the end back, cluster by cluster; the ending is one em at most, so this takes two or three tries.
    let whole = std::iter::once(end);
    let ends = whole.chain(text[last..end].grapheme_indices(true).rev().map(|(at, _)| last + at));
    for end in ends {
        let shown = format!("{}{ending}", text[..end].trim_end());
        let layout = shaper.lines(style, &shown, width);
        let fits = layout.len() <= most && layout.lines().all(|line| line_width(style, &line) <= width + SLACK);
        if fits {
            return (shown, layout);
        }
    }
    // The box is narrower than the ending, or a cluster before the last line is wider than the box: `place` leaves
    // out what passes the edge.
    let shown = text[..end].trim_end().to_owned();
    let layout = shaper.lines(style, &shown, width);
    (shown, layout)
}

fn line_width(style: &plan::Text, line: &parley::Line<'_, ()>) -> f32 {
    let metrics = line.metrics();
    let width = metrics.advance - metrics.hanging_advance;
    // The space after the last letter is no part of what is seen.
    if width > 0.0 { (width - style.letter_spacing).max(0.0) } else { 0.0 }
}

fn place(
    fonts: &FontSet,
    style: &plan::Text,
    text: String,
    layout: &Layout<()>,
    most: usize,
    [width, height]: [f32; 2],
    truncated: bool,
) -> Paragraph {
    let Metrics { ascent, descent } = fonts.metrics();
    let shown = layout.len().min(most);
    let used = shown as f32 * style.line_height;
    let top = match style.vertical_align {
        VerticalAlign::Top => 0.0,
        VerticalAlign::Middle => (height - used) / 2.0,
        VerticalAlign::Bottom => height - used,
    };
    // Half-leading (CSS Inline 3, section 4.2). All lines take the default face's metrics, so that an emoji does not
    // move its line.
    let first = top + (style.line_height - (ascent + descent) * style.font_size) / 2.0 + ascent * style.font_size;
    let mut paragraph = Paragraph { truncated: truncated || layout.len() > most, ..Paragraph::default() };
    for (index, line) in layout.lines().take(shown).enumerate() {
        let natural = line_width(style, &line);
        let line_width = natural.min(width);
        let x = match style.text_align {
            TextAlign::Left => 0.0,
            TextAlign::Center => (width - line_width) / 2.0,
            TextAlign::Right => width - line_width,
        };
        let baseline = first + index as f32 * style.line_height;
        let narrow = natural > width + SLACK;
        let mut reached = 0.0_f32;
        for item in line.items() {
            let PositionedLayoutItem::GlyphRun(glyphs) = item else { continue };
            let run = glyphs.run();
            let font = run.font();
            let Some(face) = fonts.face_index(font.data.id(), font.index) else { continue };
            let origin = glyphs.baseline();
            for glyph in glyphs.positioned_glyphs() {
                // A cluster that is wider than the whole box is not drawn over its neighbours.
                if narrow && glyph.x + glyph.advance - style.letter_spacing > width + SLACK {
                    paragraph.truncated = true;
                    continue;
                }
                reached = reached.max(glyph.x + glyph.advance);
                let (Ok(id), y) = (u16::try_from(glyph.id), baseline + glyph.y - origin) else { continue };
                paragraph.glyphs.push(PlacedGlyph { face, id, x: x + glyph.x, y });
            }
        }
        missing(&line, &text, &mut paragraph.missing);
        let line_width = if narrow { reached.min(width) } else { line_width };
        if let Some(rule) = rule(style, &line, x, baseline, line_width) {
            paragraph.rules.push(rule);
        }
        paragraph.lines.push(Line { range: line.text_range(), x, width: line_width, baseline });
    }
    paragraph.text = text;
    paragraph
}

/// Clusters for which no font has a glyph.
fn missing(line: &parley::Line<'_, ()>, text: &str, found: &mut Vec<String>) {
    for run in line.runs() {
        for cluster in run.clusters() {
            if cluster.glyphs().any(|glyph| glyph.id == 0)
                && let Some(cluster) = text.get(cluster.text_range())
                && !cluster.trim().is_empty()
                && !found.iter().any(|known| known == cluster)
            {
                found.push(cluster.to_owned());
            }
        }
    }
}

fn rule(style: &plan::Text, line: &parley::Line<'_, ()>, x: f32, baseline: f32, width: f32) -> Option<Rule> {
    let run = line.runs().next()?;
    let metrics = run.font_metrics();
    let (offset, height) = match style.text_decoration {
        TextDecoration::None => return None,
        TextDecoration::Underline => (metrics.underline_offset, metrics.underline_size),
        TextDecoration::LineThrough => (metrics.strikethrough_offset, metrics.strikethrough_size),
    };
    (width > 0.0).then_some(Rule { x, y: baseline - offset, width, height: height.max(style.font_size / 20.0) })
}
