//! Planning of texts.

use super::{
    color::TextColor,
    fields::{self, LINE_HEIGHT},
    words,
};
use crate::{
    layer::content::{BYTES_PER_PIXEL, Content, Resolve},
    plan::{limits::MAX_CHARACTERS, resolver::Resolver},
    style::{TextAlign, WritingMode},
    text::{Fill, MAX_PARAGRAPH_CHARACTERS, StyledSpan, StyledText},
};

/// Default minimum of a shrunk font size, in font sizes.
const MIN_FONT_SIZE: f32 = 0.5;

impl Resolve for fields::Text {
    type Planned = StyledText;

    fn resolve(&self, pointer: &str, resolver: &mut Resolver<'_>) -> Option<StyledText> {
        let mut spans = match (&self.spans, &self.text) {
            (Some(spans), _) => {
                let mut all = Vec::with_capacity(spans.len());
                let inherited = spans.iter().any(|span| span.color.is_none());
                let fill = if inherited { resolver.fill(pointer, &self.color) } else { None };
                // Resolve all spans before failing, to report all faults.
                for (at, span) in spans.iter().enumerate() {
                    let own = format!("{pointer}/spans/{at}");
                    if resolver.holds(&own, span.when.as_ref()) {
                        all.push(resolver.span(own, self, span, fill.clone()));
                    }
                }
                all.into_iter().collect::<Option<Vec<_>>>()?
            }
            (None, Some(text)) => {
                let (text, fill) =
                    (resolver.text(&format!("{pointer}/text"), text), resolver.fill(pointer, &self.color));
                vec![StyledSpan {
                    pointer: pointer.to_owned(),
                    text: text?,
                    font_families: self.font_family.clone().into_iter().collect(),
                    font_size: self.font_size,
                    font_weight: self.font_weight,
                    font_features: self.font_features.clone(),
                    fill: fill?,
                    letter_spacing: self.letter_spacing,
                    text_decoration: self.text_decoration,
                }]
            }
            // Rejected when the template was loaded.
            (None, None) => return None,
        };
        resolver.count(&spans)?;
        resolver.fonts.settle(&mut spans);
        let largest = spans.iter().map(|span| span.font_size).reduce(f32::max).unwrap_or(self.font_size);
        let across = match self.writing_mode {
            WritingMode::HorizontalTb => TextAlign::Left,
            WritingMode::VerticalRl => TextAlign::Right,
        };
        Some(StyledText {
            spans,
            font_size: self.font_size,
            min_font_size: self.min_font_size.unwrap_or(self.font_size * MIN_FONT_SIZE),
            stroke: self.stroke.filter(|stroke| stroke.width > 0.0),
            text_shadow: self.text_shadow,
            writing_mode: self.writing_mode,
            text_align: self.text_align.unwrap_or(across),
            vertical_align: self.vertical_align,
            text_box: self.text_box,
            line_height: self.line_height.unwrap_or(largest * LINE_HEIGHT),
            max_lines: self.max_lines,
            line_break: self.line_break,
            text_wrap: self.text_wrap,
            text_overflow: self.text_overflow,
            opacity: self.opacity,
        })
    }
}

impl Resolver<'_> {
    /// Counts the characters of a text. None, with a finding, if there are too many.
    fn count(&mut self, spans: &[StyledSpan]) -> Option<()> {
        let characters =
            spans.iter().map(|span| span.text.chars().count()).sum::<usize>().min(MAX_PARAGRAPH_CHARACTERS);
        match self.characters.checked_sub(characters) {
            Some(left) => self.characters = left,
            None => {
                self.findings.push(words::text_too_long(MAX_CHARACTERS).pointer("/layers"));
                return None;
            }
        }
        Some(())
    }

    /// A span with the fields that it inherits from its layer, of which `fill` is already resolved.
    fn span(
        &mut self,
        own: String,
        layer: &fields::Text,
        span: &fields::Span,
        fill: Option<Fill>,
    ) -> Option<StyledSpan> {
        let text = self.text(&format!("{own}/text"), &span.text);
        let fill = match &span.color {
            Some(color) => self.fill(&own, color),
            None => fill,
        };
        Some(StyledSpan {
            text: text?,
            font_families: span.font_family.clone().or_else(|| layer.font_family.clone()).into_iter().collect(),
            font_size: span.font_size.unwrap_or(layer.font_size),
            font_weight: span.font_weight.unwrap_or(layer.font_weight),
            font_features: span.font_features.clone().unwrap_or_else(|| layer.font_features.clone()),
            fill: fill?,
            letter_spacing: span.letter_spacing.unwrap_or(layer.letter_spacing),
            text_decoration: span.text_decoration.unwrap_or(layer.text_decoration),
            pointer: own,
        })
    }

    fn fill(&mut self, pointer: &str, color: &TextColor) -> Option<Fill> {
        Some(match color {
            TextColor::Solid(expr) => Fill::Color(self.value(&format!("{pointer}/color"), expr)?),
            TextColor::Gradient(gradient) => Fill::Gradient(gradient.clone()),
        })
    }
}

impl Content for StyledText {
    const KIND: &'static str = "text";

    fn text(&self) -> Option<&StyledText> {
        Some(self)
    }

    fn is_blank(&self) -> bool {
        self.spans.iter().all(|span| span.text.trim().is_empty())
    }

    fn pixel_bytes(&self, area: f64) -> f64 {
        if has_effects(self) { BYTES_PER_PIXEL * area } else { 0.0 }
    }
}

/// Whether the paragraph is drawn to pixels of its own, which are blended as one.
pub(super) fn has_effects(text: &StyledText) -> bool {
    let has_gradient = text.spans.iter().any(|span| matches!(span.fill, Fill::Gradient(_)));
    has_gradient || text.text_shadow.is_some() || text.stroke.is_some() || text.opacity < 1.0
}
