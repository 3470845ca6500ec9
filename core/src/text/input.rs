//! Input of text layout: a text layer with all properties resolved.

use crate::style::{
    Color, FontFeature, Gradient, LineBreak, TextAlign, TextBox, TextDecoration, TextOverflow, TextShadow, TextStroke,
    TextWrap, VerticalAlign, WritingMode,
};

/// A text with its styles, such as a text layer. Lengths in px at scale 1.
#[derive(Debug, Clone, PartialEq)]
pub struct StyledText {
    /// Content, split into parts of uniform style.
    pub spans: Vec<StyledSpan>,
    /// Font size of the layer, px. Spans may have other sizes.
    pub font_size: f32,
    /// Minimum of `font_size` for [`TextOverflow::Shrink`], px. Spans shrink in proportion.
    pub min_font_size: f32,
    /// Outline of the glyphs.
    pub stroke: Option<TextStroke>,
    /// Shadow under the glyphs.
    pub text_shadow: Option<TextShadow>,
    /// Horizontal lines or vertical columns.
    pub writing_mode: WritingMode,
    /// Alignment along the width of the box.
    pub text_align: TextAlign,
    /// Alignment along the height of the box.
    pub vertical_align: VerticalAlign,
    /// Part of the lines that fits into the box.
    pub text_box: TextBox,
    /// Distance between baselines or columns, px.
    pub line_height: f32,
    /// Maximum number of lines or columns; `None` limits them by the box only.
    pub max_lines: Option<u16>,
    /// Which characters may begin a line.
    pub line_break: LineBreak,
    /// How lines are filled.
    pub text_wrap: TextWrap,
    /// Handling of text that does not fit.
    pub text_overflow: TextOverflow,
    /// Opacity, 0 to 1.
    pub opacity: f32,
}

/// A part of a text in one style. Lengths in px at scale 1.
#[derive(Debug, Clone, PartialEq)]
pub struct StyledSpan {
    /// JSON pointer to its definition in the layout: `/layers/0`, or `/layers/0/spans/1`.
    pub pointer: String,
    /// Content.
    pub text: String,
    /// Font families in the order of preference, before the default family.
    pub font_families: Vec<String>,
    /// Font size, px.
    pub font_size: f32,
    /// Font weight, 100 to 900.
    pub font_weight: u16,
    /// OpenType features.
    pub font_features: Vec<FontFeature>,
    /// Fill of the glyphs.
    pub fill: Fill,
    /// Space after each character, px. May be negative.
    pub letter_spacing: f32,
    /// Underline or strikethrough.
    pub text_decoration: TextDecoration,
}

/// Fill of glyphs.
#[derive(Debug, Clone, PartialEq)]
pub enum Fill {
    /// A single colour.
    Color(Color),
    /// A gradient over the block of lines.
    Gradient(Gradient),
}

impl StyledSpan {
    /// A black span without spacing and decoration.
    pub fn plain(text: String, font_families: Vec<String>, font_size: f32, font_weight: u16) -> Self {
        Self {
            pointer: String::new(),
            text,
            font_families,
            font_size,
            font_weight,
            font_features: Vec::new(),
            fill: Fill::Color(Color { r: 0, g: 0, b: 0, a: 255 }),
            letter_spacing: 0.0,
            text_decoration: TextDecoration::None,
        }
    }
}

impl StyledText {
    /// A single line of spans that is set by [`super::shaped_line`].
    pub fn line(spans: Vec<StyledSpan>, writing_mode: WritingMode) -> Self {
        let font_size = spans.iter().map(|span| span.font_size).fold(0.0, f32::max);
        Self {
            spans,
            font_size,
            min_font_size: font_size,
            stroke: None,
            text_shadow: None,
            writing_mode,
            text_align: TextAlign::Left,
            vertical_align: VerticalAlign::Top,
            text_box: TextBox::Line,
            line_height: font_size,
            max_lines: Some(1),
            line_break: LineBreak::Strict,
            text_wrap: TextWrap::Auto,
            text_overflow: TextOverflow::Clip,
            opacity: 1.0,
        }
    }

    /// Largest font size of all spans, px. Determines the position of the lines.
    pub fn largest(&self) -> f32 {
        self.spans.iter().map(|span| span.font_size).fold(0.0, f32::max)
    }
}
