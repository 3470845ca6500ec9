//! Shaping of a paragraph with parley.

use std::{borrow::Cow, collections::HashMap, ops::Range};

use parley::{
    FontContext, FontFamily, FontFamilyName, FontFeature, FontFeatures, FontWeight, GenericFamily, Layout,
    LayoutContext, OverflowWrap, TextStyle, setting::Tag,
};

use super::{
    fit::SLACK,
    fontset::FontSet,
    input,
    line_break::Shaped,
    opportunities::Opportunities,
    presentation::{self, Presentation},
    source::SourceText,
    vertical::{self, PieceOrientation},
};
use crate::style::WritingMode;

/// Style of a glyph, carried through shaping as parley's brush.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Mark {
    /// Index of its span.
    pub span: u16,
    /// How the glyph is set in vertical text.
    pub orientation: GlyphOrientation,
    /// Space after it, px: the span's letter spacing, loosened where glyphs would otherwise overlap completely.
    pub spacing: f32,
}

/// How a glyph is set.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) enum GlyphOrientation {
    /// Horizontal text.
    #[default]
    Horizontal,
    /// Upright in vertical text.
    Upright,
    /// Rotated a quarter turn clockwise in vertical text.
    Rotated,
    /// A digit of a short number that is combined into one cell of vertical text.
    Combined {
        /// Byte offset of the number in the text; identifies it.
        start: usize,
        /// Sum of the digits' advances, px.
        width: f32,
        /// Space after each digit, px, that makes the number advance by one cell. May be negative.
        spacing: f32,
    },
}

/// Minimum advance of a cluster with negative letter spacing, as a fraction of its natural advance. Keeps glyphs in text
/// order.
pub(super) const MIN_ADVANCE: f32 = 0.1;

/// A range of the text in one style.
#[derive(Clone)]
struct Piece {
    range: Range<usize>,
    mark: Mark,
}

/// A style already pushed to the builder: its mark, its presentation, and its index.
type PushedStyle = (Mark, Presentation, u16);

/// Reusable shaping context. Not shared: each thread borrows one with [`FontSet::with_shaper`].
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
    /// A shaping context for a font set.
    pub fn new(fonts: &FontSet) -> Self {
        Self { fonts: fonts.context(), layouts: LayoutContext::new() }
    }

    pub(super) fn paragraph(&mut self, fonts: &FontSet, style: &input::StyledText, source: &SourceText) -> Shaped {
        let text = &source.text;
        let opportunities = Opportunities::new(text, style.line_break);
        let mut pieces = match style.writing_mode {
            WritingMode::HorizontalTb => horizontal(style, source),
            WritingMode::VerticalRl => self.vertical(style, source, true),
        };
        let mut layout = self.shape(style, text, &pieces, &opportunities);
        if style.spans.iter().any(|span| span.letter_spacing < 0.0) {
            // Two passes: splitting a cluster off its piece removes its kerning, which changes advances again.
            for _ in 0..2 {
                let Some(loosened) = loosen(&mut layout, &pieces) else { break };
                pieces = loosened;
                layout = self.shape(style, text, &pieces, &opportunities);
            }
        }
        layout.break_all_lines(None);
        Shaped::new(fonts, style, text, layout, opportunities)
    }

    /// Shapes a text as one line. In vertical text, words and numbers are rotated.
    pub(super) fn line(&mut self, style: &input::StyledText, source: &SourceText) -> Layout<Mark> {
        let pieces = match style.writing_mode {
            WritingMode::HorizontalTb => horizontal(style, source),
            WritingMode::VerticalRl => self.vertical(style, source, false),
        };
        let mut layout = self.shape(style, &source.text, &pieces, &Opportunities::default());
        layout.break_all_lines(None);
        layout
    }

    fn shape(
        &mut self,
        style: &input::StyledText,
        text: &str,
        pieces: &[Piece],
        opportunities: &Opportunities,
    ) -> Layout<Mark> {
        let decide = opportunities.decide(text);
        let mut builder = self.layouts.style_run_builder(&mut self.fonts, text, 1.0, false);
        builder.set_line_break_override(Some(&decide));
        // Vertical text and emoji alternate between a few styles, so pushed styles are reused.
        let mut styles: Vec<PushedStyle> = Vec::new();
        for Piece { range, mark } in pieces {
            for (range, presentation) in presentation::parts(text, range.clone()) {
                let pushed = styles.iter().rev().find(|(pushed, of, _)| pushed == mark && *of == presentation);
                let index = match pushed {
                    Some(&(.., index)) => index,
                    None => {
                        let span = &style.spans[usize::from(mark.span)];
                        let features = features(span, mark.orientation);
                        let index = builder.push_style(text_style(span, *mark, presentation, &features));
                        // The style of a combined number is used once.
                        if !matches!(mark.orientation, GlyphOrientation::Combined { .. }) {
                            styles.push((*mark, presentation, index));
                        }
                        index
                    }
                };
                builder.push_style_run(index, range);
            }
        }
        builder.build(text)
    }

    /// Splits vertical text into pieces by span and orientation. `combines`: short numbers take one cell.
    fn vertical(&mut self, style: &input::StyledText, source: &SourceText, combines: bool) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut widths = HashMap::new();
        let mut spans = source.spans().peekable();
        for (mut range, mut orientation) in vertical::pieces(&source.text) {
            // Pieces are split at span boundaries. A number is combined only if it lies within one span.
            while let Some((span, own)) = spans.peek().cloned() {
                let end = range.end.min(own.end);
                if (end < range.end || !combines) && orientation == PieceOrientation::Combined {
                    orientation = PieceOrientation::Rotated;
                }
                let glyph_orientation = match orientation {
                    PieceOrientation::Upright => GlyphOrientation::Upright,
                    PieceOrientation::Rotated => GlyphOrientation::Rotated,
                    PieceOrientation::Combined => {
                        let number = &source.text[range.clone()];
                        let width = *widths.entry((span, number)).or_insert_with(|| self.measure(style, span, number));
                        let own = &style.spans[span];
                        let cell = (own.font_size + own.letter_spacing).max(own.font_size * MIN_ADVANCE);
                        let spacing = (cell - width) / number.len() as f32;
                        GlyphOrientation::Combined { start: range.start, width, spacing }
                    }
                };
                pieces.push(Piece { range: range.start..end, mark: mark(style, span, glyph_orientation) });
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

    /// Width of the digits of a short number side by side, px.
    fn measure(&mut self, style: &input::StyledText, span: usize, number: &str) -> f32 {
        let orientation = GlyphOrientation::Combined { start: 0, width: 0.0, spacing: 0.0 };
        let mark = mark(style, span, orientation);
        let piece = Piece { range: 0..number.len(), mark };
        let mut layout = self.shape(style, number, &[piece], &Opportunities::default());
        layout.break_all_lines(None);
        layout.full_width()
    }
}

/// Loosens the spacing of each cluster that would advance by less than [`MIN_ADVANCE`] of its natural advance. Returns
/// the new pieces, or `None` when there is no such cluster.
fn loosen(layout: &mut Layout<Mark>, pieces: &[Piece]) -> Option<Vec<Piece>> {
    layout.break_all_lines(None);
    let mut tight: Vec<(Range<usize>, f32)> = Vec::new();
    for line in layout.lines() {
        for run in line.runs() {
            for cluster in run.clusters() {
                let mark = cluster.style().brush;
                let advance = cluster.glyphs().map(|glyph| glyph.advance).sum::<f32>();
                let own = (advance - mark.spacing).max(0.0);
                let is_set =
                    cluster.glyphs().next().is_some() && !matches!(mark.orientation, GlyphOrientation::Combined { .. });
                if is_set && advance < own * MIN_ADVANCE - SLACK {
                    tight.push((cluster.text_range(), -own * (1.0 - MIN_ADVANCE)));
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
        // Clusters never span pieces.
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

fn horizontal(style: &input::StyledText, source: &SourceText) -> Vec<Piece> {
    let piece = |(span, range)| Piece { range, mark: mark(style, span, GlyphOrientation::Horizontal) };
    source.spans().map(piece).collect()
}

fn mark(style: &input::StyledText, span: usize, orientation: GlyphOrientation) -> Mark {
    // A layer has at most 64 spans, a text of artwork at most as many as it may have characters.
    Mark { span: u16::try_from(span).unwrap_or_default(), orientation, spacing: style.spans[span].letter_spacing }
}

/// OpenType features of a span, and those required by the orientation.
fn features(span: &input::StyledSpan, orientation: GlyphOrientation) -> Vec<FontFeature> {
    let on = |tag| FontFeature::new(Tag::new(tag), 1);
    let own = span.font_features.iter().map(|feature| FontFeature::new(Tag::new(&feature.tag), feature.value));
    match orientation {
        GlyphOrientation::Horizontal | GlyphOrientation::Rotated => own.collect(),
        GlyphOrientation::Upright => std::iter::once(on(b"vert")).chain(own).collect(),
        // Half-width digits, where the font has them.
        GlyphOrientation::Combined { .. } => own.chain([on(b"hwid")]).collect(),
    }
}

fn text_style<'a>(
    span: &'a input::StyledSpan,
    mark: Mark,
    presentation: Presentation,
    features: &'a [FontFeature],
) -> TextStyle<'a, 'a, Mark> {
    let mut families = Vec::with_capacity(6 + span.font_families.len());
    let (first, last) = FontSet::default_families();
    if presentation == Presentation::Emoji {
        families.push(FontFamilyName::Generic(GenericFamily::Emoji));
    }
    families.extend(span.font_families.iter().map(|own| FontFamilyName::Named(Cow::Borrowed(own.as_str()))));
    families.extend(first.map(|name| FontFamilyName::Named(Cow::Borrowed(name))));
    // Signs that are text by default (`✔`, `❤`) are drawn as the signs beside them (`✗`), which no emoji font has.
    if presentation == Presentation::Text {
        families.push(FontFamilyName::Named(Cow::Borrowed(last)));
    }
    families.push(FontFamilyName::Generic(GenericFamily::Emoji));
    if presentation == Presentation::Emoji {
        families.push(FontFamilyName::Named(Cow::Borrowed(last)));
    }
    TextStyle {
        font_family: FontFamily::List(families.into()),
        font_size: span.font_size,
        font_weight: FontWeight::new(f32::from(span.font_weight)),
        font_features: FontFeatures::List(Cow::Borrowed(features)),
        brush: mark,
        letter_spacing: match mark.orientation {
            GlyphOrientation::Combined { spacing, .. } => spacing,
            _ => mark.spacing,
        },
        overflow_wrap: OverflowWrap::Anywhere,
        ..TextStyle::default()
    }
}
