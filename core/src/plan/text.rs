//! Text layers.

use super::resolve::Resolver;
use crate::{
    error::Finding,
    style::{TextAlign, WritingMode},
    template::{layout, typography::TextColor},
    text::{Fill, MOST_CHARACTERS, Span, Text},
};

/// Most characters of all texts of a poster, of each text as many as are looked at. It bounds the work of shaping them.
pub(super) const MAX_CHARACTERS: usize = 200_000;
/// Distance of baselines in font sizes, when a text says nothing.
const LINE_HEIGHT: f32 = 1.4;
/// Share of the font size to which a text may shrink, when it says nothing.
const LEAST_SIZE: f32 = 0.5;

impl Resolver<'_> {
    pub(super) fn paragraph(&mut self, pointer: &str, text: &layout::Text) -> Option<Text> {
        let spans = match (&text.spans, &text.text) {
            (Some(spans), _) => {
                let mut all = Vec::with_capacity(spans.len());
                let inherited = spans.iter().any(|span| span.color.is_none());
                let fill = if inherited { self.fill(pointer, &text.color) } else { None };
                // Every part is resolved, so that every fault is told.
                for (at, span) in spans.iter().enumerate() {
                    let own = format!("{pointer}/spans/{at}");
                    if self.holds(&own, span.when.as_ref()) {
                        all.push(self.span(own, text, span, fill.clone()));
                    }
                }
                all.into_iter().collect::<Option<Vec<_>>>()?
            }
            (None, Some(says)) => vec![Span {
                pointer: pointer.to_owned(),
                text: self.text(&format!("{pointer}/text"), says)?,
                font_family: text.font_family.clone(),
                font_size: text.font_size,
                font_weight: text.font_weight,
                font_features: text.font_features.clone(),
                fill: self.fill(pointer, &text.color)?,
                letter_spacing: text.letter_spacing,
                text_decoration: text.text_decoration,
            }],
            // Refused when the template was loaded.
            (None, None) => return None,
        };
        self.count(&spans)?;
        let largest = spans.iter().map(|span| span.font_size).reduce(f32::max).unwrap_or(text.font_size);
        let across = match text.writing_mode {
            WritingMode::HorizontalTb => TextAlign::Left,
            WritingMode::VerticalRl => TextAlign::Right,
        };
        Some(Text {
            spans,
            font_size: text.font_size,
            min_font_size: text.min_font_size.unwrap_or(text.font_size * LEAST_SIZE),
            stroke: text.stroke.filter(|stroke| stroke.width > 0.0),
            text_shadow: text.text_shadow,
            writing_mode: text.writing_mode,
            text_align: text.text_align.unwrap_or(across),
            vertical_align: text.vertical_align,
            line_height: text.line_height.unwrap_or(largest * LINE_HEIGHT),
            max_lines: text.max_lines,
            text_overflow: text.text_overflow,
            opacity: text.opacity,
        })
    }

    /// Counts the characters of a text; none when there are too many.
    fn count(&mut self, spans: &[Span]) -> Option<()> {
        let characters = spans.iter().map(|span| span.text.chars().count()).sum::<usize>().min(MOST_CHARACTERS);
        match self.characters.checked_sub(characters) {
            Some(left) => self.characters = left,
            None => {
                let finding = Finding::error("text_too_long", format!("more than {MAX_CHARACTERS} characters of text"));
                self.findings.push(
                    finding.pointer("/layers").hint("give texts and lists a smaller \"maxLength\", \"maxItems\""),
                );
                return None;
            }
        }
        Some(())
    }

    fn span(&mut self, own: String, text: &layout::Text, span: &layout::Span, layer: Option<Fill>) -> Option<Span> {
        let says = self.text(&format!("{own}/text"), &span.text);
        let fill = match &span.color {
            Some(color) => self.fill(&own, color),
            None => layer,
        };
        Some(Span {
            text: says?,
            font_family: span.font_family.clone().or_else(|| text.font_family.clone()),
            font_size: span.font_size.unwrap_or(text.font_size),
            font_weight: span.font_weight.unwrap_or(text.font_weight),
            font_features: span.font_features.clone().unwrap_or_else(|| text.font_features.clone()),
            fill: fill?,
            letter_spacing: span.letter_spacing.unwrap_or(text.letter_spacing),
            text_decoration: span.text_decoration.unwrap_or(text.text_decoration),
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
