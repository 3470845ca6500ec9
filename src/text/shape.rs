//! Shaping of one paragraph by parley.

use std::{borrow::Cow, collections::HashMap, ops::Range};

use parley::{
    FontContext, FontFamily, FontFamilyName, FontFeature, FontFeatures, FontWeight, GenericFamily, IndentOptions,
    Layout, LayoutContext, LineBreakContext, OverflowWrap, TextStyle, setting::Tag,
};

use super::{
    fontset::FontSet,
    punctuation,
    source::Source,
    vertical::{self, Setting},
};
use crate::{plan, template::layout::WritingMode};

/// What is known of a glyph's style once it is shaped.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Mark {
    /// Number of its span.
    pub span: u16,
    /// How it is set.
    pub set: Set,
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

/// A stretch of text in one style.
struct Piece {
    range: Range<usize>,
    mark: Mark,
}

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

    /// Shapes a paragraph and breaks it into lines of at most `length` px. A word that is longer than a line breaks
    /// between clusters.
    pub(super) fn lines(&mut self, style: &plan::Text, source: &Source, length: f32) -> Layout<Mark> {
        let pieces = match style.writing_mode {
            WritingMode::HorizontalTb => horizontal(source),
            WritingMode::VerticalRl => self.vertical(style, source),
        };
        let mut layout = self.shape(style, &source.text, &pieces);
        // A bracket that begins the text leaves out its blank half: the first line has so much more room.
        let blank = first_blank(style, &mut layout, &source.text);
        if blank > 0.0 {
            layout.set_text_indent(-blank, IndentOptions::default());
        }
        break_lines(&mut layout, style, length);
        layout
    }

    fn shape(&mut self, style: &plan::Text, text: &str, pieces: &[Piece]) -> Layout<Mark> {
        let mut builder = self.layouts.style_run_builder(&mut self.fonts, text, 1.0, false);
        builder.set_line_break_override(Some(&break_at_quotes));
        let mut last: Option<(Mark, u16)> = None;
        let mut upright: Option<(Mark, u16)> = None;
        for Piece { range, mark } in pieces {
            // Columns alternate between words and ideographs: two styles a span, however often they change.
            let known = [last, upright].into_iter().flatten().find(|(known, _)| known == mark);
            let index = match known {
                Some((_, index)) => index,
                None => {
                    let features = features(&style.spans[usize::from(mark.span)], mark.set);
                    builder.push_style(text_style(&style.spans[usize::from(mark.span)], *mark, &features))
                }
            };
            match mark.set {
                Set::Upright => upright = Some((*mark, index)),
                Set::Together { .. } => {}
                Set::Horizontal | Set::Rotated => last = Some((*mark, index)),
            }
            builder.push_style_run(index, range.clone());
        }
        builder.build(text)
    }

    /// The pieces of vertical text.
    fn vertical(&mut self, style: &plan::Text, source: &Source) -> Vec<Piece> {
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
                        let spacing = (own.font_size + own.letter_spacing - width) / number.len() as f32;
                        Set::Together { start: range.start, width, spacing }
                    }
                };
                // There are at most 64 spans.
                let mark = Mark { span: u16::try_from(span).unwrap_or_default(), set };
                pieces.push(Piece { range: range.start..end, mark });
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
    fn measure(&mut self, style: &plan::Text, span: usize, number: &str) -> f32 {
        let set = Set::Together { start: 0, width: 0.0, spacing: 0.0 };
        let mark = Mark { span: u16::try_from(span).unwrap_or_default(), set };
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

/// Breaks into lines of at most `length` px. The spacing after a line's last letter is no part of what is seen, so it may
/// pass the edge.
pub(super) fn break_lines(layout: &mut Layout<Mark>, style: &plan::Text, length: f32) {
    let spacing = style.spans.iter().map(|span| span.letter_spacing).fold(f32::INFINITY, f32::min);
    layout.break_all_lines(Some(length + spacing.max(0.0)));
}

/// px that the first character of a text leaves out at a line's start.
fn first_blank(style: &plan::Text, layout: &mut Layout<Mark>, text: &str) -> f32 {
    // Seldom; looked at before any cluster is.
    if !punctuation::opens(text) || layout.is_rtl() {
        return 0.0;
    }
    layout.break_all_lines(None);
    let run = layout.lines().next().and_then(|line| line.runs().next());
    let first = run.and_then(|run| run.clusters().next().map(|cluster| (run.font_size(), cluster)));
    first.map_or(0.0, |(size, cluster)| {
        let spacing = style.spans[usize::from(cluster.style().brush.span)].letter_spacing;
        let advance = cluster.glyphs().map(|glyph| glyph.advance).sum::<f32>() - spacing;
        punctuation::blank_before(text.get(cluster.text_range()).unwrap_or_default(), advance, size)
    })
}

fn horizontal(source: &Source) -> Vec<Piece> {
    let set = Set::Horizontal;
    let piece = |(span, range)| Piece { range, mark: Mark { span: u16::try_from(span).unwrap_or_default(), set } };
    source.spans().map(piece).collect()
}

/// A span's features, and those that its setting needs.
fn features(span: &plan::Span, set: Set) -> Vec<FontFeature> {
    let on = |tag| FontFeature::new(Tag::new(tag), 1);
    let own = span.font_features.iter().map(|feature| FontFeature::new(Tag::new(&feature.tag), feature.value));
    match set {
        Set::Horizontal | Set::Rotated => own.collect(),
        Set::Upright => std::iter::once(on(b"vert")).chain(own).collect(),
        // Figures of half an em, where the font has them.
        Set::Together { .. } => own.chain([on(b"hwid")]).collect(),
    }
}

fn text_style<'a>(span: &'a plan::Span, mark: Mark, features: &'a [FontFeature]) -> TextStyle<'a, 'a, Mark> {
    let mut families = Vec::with_capacity(4);
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
            _ => span.letter_spacing,
        },
        overflow_wrap: OverflowWrap::Anywhere,
        ..TextStyle::default()
    }
}
