//! Shaping of one paragraph by parley.

use std::{borrow::Cow, collections::HashMap, ops::Range};

use parley::{
    FontContext, FontFamily, FontFamilyName, FontFeature, FontFeatures, FontWeight, GenericFamily, Layout,
    LayoutContext, LineBreakContext, OverflowWrap, TextStyle, setting::Tag,
};

use super::input;
use super::{
    fontset::FontSet,
    paragraph::SLACK,
    presentation, punctuation,
    source::Source,
    vertical::{self, Setting},
};
use crate::style::WritingMode;

/// What is known of a glyph's style once it is shaped.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Mark {
    /// Number of its span.
    pub span: u16,
    /// How it is set.
    pub set: Set,
    /// px after it: its span's letter spacing, less tight where a glyph would otherwise lie upon the one before.
    pub spacing: f32,
}

/// How a glyph is set.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) enum Set {
    /// On the line.
    #[default]
    Horizontal,
    /// Upright in a column.
    Upright,
    /// Turned clockwise in a column.
    Rotated,
    /// A figure of a short number that stands in one cell of a column.
    Together {
        /// First byte of the number.
        start: usize,
        /// Sum of the figures' own advances, px.
        width: f32,
        /// px after each figure, so that the number advances by one cell. May be negative.
        spacing: f32,
    },
}

/// Share of its own advance by which a cluster advances at the least, however negative the letter spacing is: text never
/// runs backwards.
pub(super) const TIGHTEST: f32 = 0.1;

/// A stretch of text in one style.
#[derive(Clone)]
struct Piece {
    range: Range<usize>,
    mark: Mark,
}

/// A style that has been pushed: what it was made for, whether it looks among the emoji first, and its number.
type Known = (Mark, bool, u16);

/// Scratch space for shaping; one is used by one thread at a time.
pub struct Shaper {
    fonts: FontContext,
    layouts: LayoutContext<Mark>,
}

impl std::fmt::Debug for Shaper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shaper")
    }
}

impl Shaper {
    /// Scratch space for a font set.
    pub fn new(fonts: &FontSet) -> Self {
        Self { fonts: fonts.context(), layouts: LayoutContext::new() }
    }

    /// Shapes a paragraph and breaks it into lines, as [`break_lines`] does.
    pub(super) fn lines(&mut self, style: &input::Text, source: &Source, room: Room) -> Layout<Mark> {
        let text = &source.text;
        let mut pieces = match style.writing_mode {
            WritingMode::HorizontalTb => horizontal(style, source),
            WritingMode::VerticalRl => self.vertical(style, source),
        };
        let mut layout = self.shape(style, text, &pieces);
        if style.spans.iter().any(|span| span.letter_spacing < 0.0) {
            // Once more, since what is taken out of its piece is no longer kerned with its neighbours.
            for _ in 0..2 {
                let Some(loosened) = loosened(&mut layout, &pieces) else { break };
                pieces = loosened;
                layout = self.shape(style, text, &pieces);
            }
        }
        break_lines(&mut layout, style, text, room);
        layout
    }

    fn shape(&mut self, style: &input::Text, text: &str, pieces: &[Piece]) -> Layout<Mark> {
        let mut builder = self.layouts.style_run_builder(&mut self.fonts, text, 1.0, false);
        builder.set_line_break_override(Some(&break_at_quotes));
        // Columns alternate between words and ideographs, and texts with emoji: few styles, however often they change.
        let mut styles: Vec<Known> = Vec::new();
        for Piece { range, mark } in pieces {
            for (range, emoji) in presentation::parts(text, range.clone()) {
                let known = styles.iter().rev().find(|(known, of, _)| known == mark && *of == emoji);
                let index = match known {
                    Some(&(.., index)) => index,
                    None => {
                        let span = &style.spans[usize::from(mark.span)];
                        let features = features(span, mark.set);
                        let index = builder.push_style(text_style(span, *mark, emoji, &features));
                        // A number's style is its own.
                        if !matches!(mark.set, Set::Together { .. }) {
                            styles.push((*mark, emoji, index));
                        }
                        index
                    }
                };
                builder.push_style_run(index, range);
            }
        }
        builder.build(text)
    }

    /// The pieces of vertical text.
    fn vertical(&mut self, style: &input::Text, source: &Source) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut widths = HashMap::new();
        let mut spans = source.spans().peekable();
        for (mut range, setting) in vertical::pieces(&source.text) {
            let mut setting = setting;
            // A piece that reaches over several spans is cut; a number is one only as a whole.
            while let Some((span, own)) = spans.peek().cloned() {
                let end = range.end.min(own.end);
                if end < range.end && setting == Setting::Together {
                    setting = Setting::Rotated;
                }
                let set = match setting {
                    Setting::Upright => Set::Upright,
                    Setting::Rotated => Set::Rotated,
                    Setting::Together => {
                        let number = &source.text[range.clone()];
                        let width = *widths.entry((span, number)).or_insert_with(|| self.measure(style, span, number));
                        let own = &style.spans[span];
                        let cell = (own.font_size + own.letter_spacing).max(own.font_size * TIGHTEST);
                        let spacing = (cell - width) / number.len() as f32;
                        Set::Together { start: range.start, width, spacing }
                    }
                };
                pieces.push(Piece { range: range.start..end, mark: mark(style, span, set) });
                if end == own.end {
                    spans.next();
                }
                range.start = end;
                if range.is_empty() {
                    break;
                }
            }
        }
        pieces
    }

    /// px that the figures of a short number take side by side.
    fn measure(&mut self, style: &input::Text, span: usize, number: &str) -> f32 {
        let set = Set::Together { start: 0, width: 0.0, spacing: 0.0 };
        let mark = mark(style, span, set);
        let mut layout = self.shape(style, number, &[Piece { range: 0..number.len(), mark }]);
        layout.break_all_lines(None);
        layout.full_width()
    }
}

/// Curly quotation marks break from ideographs as brackets do: `ideograph “`, `” ideograph`. To the line breaker they are
/// ambiguous, and glued on both sides (UAX #14, LB19; LB19a has it as here).
fn break_at_quotes(context: LineBreakContext) -> Option<bool> {
    let LineBreakContext { before, after, .. } = context;
    let opens = matches!(after, '“' | '‘') && punctuation::ends_phrase(before);
    let closes = matches!(before, '”' | '’') && punctuation::is_ideograph(after);
    (opens || closes).then_some(true)
}

/// The room in which lines are broken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// px along a line.
    pub length: f32,
    /// Number of the line that takes all that is left, however long it gets; none to break them all.
    pub endless: Option<usize>,
}

impl Room {
    /// All lines are of at most `length` px.
    pub fn of(length: f32) -> Self {
        Self { length, endless: None }
    }
}

/// Number of lines that gain the blank half of a bracket that begins them: each such line is broken once more.
pub(super) const LINES_WITHOUT_BLANKS: usize = 32;

/// Breaks into lines. A word that is longer than a line breaks between clusters. The spacing after a line's last letter is
/// no part of what is seen, so it may pass the edge; and a bracket that begins a line leaves out its blank half, so that
/// the line has so much more room.
pub(super) fn break_lines(layout: &mut Layout<Mark>, style: &input::Text, text: &str, room: Room) {
    let spacing = style.spans.iter().map(|span| span.letter_spacing).fold(f32::INFINITY, f32::min);
    let length = room.length + spacing.max(0.0);
    let mut blanks: Vec<f32> = Vec::new();
    loop {
        let mut lines = layout.break_lines();
        // Else the breaker refuses lines that are longer than others.
        lines.state_mut().set_layout_max_advance(f32::INFINITY);
        for number in 0.. {
            let endless = room.endless.is_some_and(|endless| number >= endless);
            let most = if endless { f32::MAX } else { length + blanks.get(number).unwrap_or(&0.0) };
            lines.state_mut().set_line_max_advance(most);
            if lines.break_next().is_none() {
                break;
            }
        }
        lines.finish();
        // What a line begins with is known once the lines before it are broken for good.
        let unknown = blanks.len()..layout.len().min(LINES_WITHOUT_BLANKS);
        let next = unknown.map(|number| (number, first_blank(layout, text, number))).find(|(_, blank)| *blank > 0.0);
        let Some((number, blank)) = next else { return };
        blanks.resize(number, 0.0);
        blanks.push(blank);
    }
}

/// px that the first character of a line leaves out.
fn first_blank(layout: &Layout<Mark>, text: &str, number: usize) -> f32 {
    let Some(line) = layout.get(number) else { return 0.0 };
    // Seldom; looked at before any cluster is.
    if !text.get(line.text_range()).is_some_and(punctuation::opens) || layout.is_rtl() {
        return 0.0;
    }
    let run = line.runs().next();
    let first = run.and_then(|run| run.clusters().next().map(|cluster| (run.font_size(), cluster)));
    first.map_or(0.0, |(size, cluster)| {
        let advance = cluster.glyphs().map(|glyph| glyph.advance).sum::<f32>() - cluster.style().brush.spacing;
        punctuation::blank_before(text.get(cluster.text_range()).unwrap_or_default(), advance, size)
    })
}

/// The pieces with less tight spacing after each cluster that would advance by less than [`TIGHTEST`] of its own advance;
/// none when there is no such cluster.
fn loosened(layout: &mut Layout<Mark>, pieces: &[Piece]) -> Option<Vec<Piece>> {
    layout.break_all_lines(None);
    let mut tight: Vec<(Range<usize>, f32)> = Vec::new();
    for line in layout.lines() {
        for run in line.runs() {
            for cluster in run.clusters() {
                let mark = cluster.style().brush;
                let advance = cluster.glyphs().map(|glyph| glyph.advance).sum::<f32>();
                let own = (advance - mark.spacing).max(0.0);
                let is_set = cluster.glyphs().next().is_some() && !matches!(mark.set, Set::Together { .. });
                if is_set && advance < own * TIGHTEST - SLACK {
                    tight.push((cluster.text_range(), -own * (1.0 - TIGHTEST)));
                }
            }
        }
    }
    if tight.is_empty() {
        return None;
    }
    tight.sort_by_key(|(range, _)| range.start);
    let mut tight = tight.into_iter().peekable();
    let mut loosened = Vec::new();
    for Piece { mut range, mark } in pieces.iter().cloned() {
        // A cluster lies within one piece.
        while let Some((cluster, spacing)) = tight.next_if(|(cluster, _)| cluster.start < range.end) {
            if range.start < cluster.start {
                loosened.push(Piece { range: range.start..cluster.start, mark });
            }
            range.start = cluster.end.min(range.end);
            loosened.push(Piece { range: cluster.start..range.start, mark: Mark { spacing, ..mark } });
        }
        if !range.is_empty() {
            loosened.push(Piece { range, mark });
        }
    }
    Some(loosened)
}

fn horizontal(style: &input::Text, source: &Source) -> Vec<Piece> {
    let piece = |(span, range)| Piece { range, mark: mark(style, span, Set::Horizontal) };
    source.spans().map(piece).collect()
}

fn mark(style: &input::Text, span: usize, set: Set) -> Mark {
    // There are at most 64 spans.
    Mark { span: u16::try_from(span).unwrap_or_default(), set, spacing: style.spans[span].letter_spacing }
}

/// A span's features, and those that its setting needs.
fn features(span: &input::Span, set: Set) -> Vec<FontFeature> {
    let on = |tag| FontFeature::new(Tag::new(tag), 1);
    let own = span.font_features.iter().map(|feature| FontFeature::new(Tag::new(&feature.tag), feature.value));
    match set {
        Set::Horizontal | Set::Rotated => own.collect(),
        Set::Upright => std::iter::once(on(b"vert")).chain(own).collect(),
        // Figures of half an em, where the font has them.
        Set::Together { .. } => own.chain([on(b"hwid")]).collect(),
    }
}

fn text_style<'a>(
    span: &'a input::Span,
    mark: Mark,
    emoji: bool,
    features: &'a [FontFeature],
) -> TextStyle<'a, 'a, Mark> {
    let mut families = Vec::with_capacity(5);
    if emoji {
        families.push(FontFamilyName::Generic(GenericFamily::Emoji));
    }
    if let Some(own) = &span.font_family {
        families.push(FontFamilyName::Named(Cow::Borrowed(own.as_str())));
    }
    families.extend(FontSet::default_families().map(|name| FontFamilyName::Named(Cow::Borrowed(name))));
    families.push(FontFamilyName::Generic(GenericFamily::Emoji));
    TextStyle {
        font_family: FontFamily::List(families.into()),
        font_size: span.font_size,
        font_weight: FontWeight::new(f32::from(span.font_weight)),
        font_features: FontFeatures::List(Cow::Borrowed(features)),
        brush: mark,
        letter_spacing: match mark.set {
            Set::Together { spacing, .. } => spacing,
            _ => mark.spacing,
        },
        overflow_wrap: OverflowWrap::Anywhere,
        ..TextStyle::default()
    }
}
