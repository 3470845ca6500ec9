//! A text as it is set: every property resolved.

use crate::style::{
    Color, FontFeature, Gradient, TextAlign, TextDecoration, TextOverflow, TextShadow, TextStroke, VerticalAlign,
    WritingMode,
};

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
