//! Text layers.

use super::resolve::Resolver;
use crate::{
    error::Finding,
    template::{
        layout::{self, TextAlign, TextDecoration, TextOverflow, VerticalAlign, WritingMode},
        style::Color,
        typography::{FontFeature, Gradient, TextColor, TextShadow, TextStroke},
    },
    text::MOST_CHARACTERS,
};

/// Most characters of all texts of a poster, of each text as many as are looked at. It bounds the work of shaping them.
pub(super) const MAX_CHARACTERS: usize = 200_000;
/// Distance of baselines in font sizes, when a text says nothing.
const LINE_HEIGHT: f32 = 1.4;
/// Share of the font size to which a text may shrink, when it says nothing.
const LEAST_SIZE: f32 = 0.5;

/// A text layer. Lengths in px at scale 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// What it says, in parts of one style each.
    pub spans: Vec<Span>,
    /// The font size of which `min_font_size` is the least, px.
    pub font_size: f32,
    /// px to which [`TextOverflow::Shrink`] may shrink `font_size`; spans shrink in proportion.
    pub min_font_size: f32,
    /// A line around the letters.
    pub stroke: Option<TextStroke>,
    /// A shadow under them.
    pub text_shadow: Option<TextShadow>,
    /// Lines or columns.
    pub writing_mode: WritingMode,
    /// Across the box.
    pub text_align: TextAlign,
    /// In the box's height.
    pub vertical_align: VerticalAlign,
    /// Distance of baselines or columns, px.
    pub line_height: f32,
    /// Most lines or columns, when limited by more than the box.
    pub max_lines: Option<u16>,
    /// How it ends when it does not fit.
    pub text_overflow: TextOverflow,
    /// 0 to 1.
    pub opacity: f32,
}

/// A part of a text in one style. Lengths in px at scale 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// JSON pointer of what describes it: `/layers/0`, or `/layers/0/spans/1`.
    pub pointer: String,
    /// What it says.
    pub text: String,
    /// Family, when one is named.
    pub font_family: Option<String>,
    /// px.
    pub font_size: f32,
    /// 100 to 900.
    pub font_weight: u16,
    /// OpenType features.
    pub font_features: Vec<FontFeature>,
    /// Colour.
    pub fill: Fill,
    /// px after each character.
    pub letter_spacing: f32,
    /// A line under or through it.
    pub text_decoration: TextDecoration,
}

/// What letters are filled with.
#[derive(Debug, Clone, PartialEq)]
pub enum Fill {
    /// One colour.
    Color(Color),
    /// Colours over the block of lines.
    Gradient(Gradient),
}

impl Text {
    /// The largest font size, px: lines are placed by it.
    pub fn largest(&self) -> f32 {
        self.spans.iter().map(|span| span.font_size).fold(0.0, f32::max)
    }
}

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
