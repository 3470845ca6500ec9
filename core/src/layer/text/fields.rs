//! Fields of texts.

use schemars::JsonSchema;
use serde::Deserialize;

use super::color::TextColor;
use crate::{
    style::{
        FontFeature, LineBreak, TextAlign, TextBox, TextDecoration, TextOverflow, TextShadow, TextStroke, TextWrap,
        VerticalAlign, WritingMode,
    },
    template::expr::Expr,
};

/// Default distance of baselines, in font sizes.
pub(super) const LINE_HEIGHT: f32 = 1.4;

/// A paragraph.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// The text, when there are no `spans`. `\n` breaks the line.
    #[serde(default)]
    pub text: Option<Expr<String>>,
    /// Parts of the text with their own style, in one paragraph on one baseline.
    #[serde(default)]
    #[schemars(length(min = 1, max = 64))]
    pub spans: Option<Vec<Span>>,
    /// Family of the font set. Default `Noto Sans SC`; emoji and missing characters fall back by themselves.
    #[serde(default)]
    pub font_family: Option<String>,
    /// px, 1 to 1000.
    #[schemars(range(min = 1.0, max = 1000.0))]
    pub font_size: f32,
    /// px to which `text_overflow: "shrink"` may shrink `font_size`, spans in proportion; 1 to 1000. Default half of
    /// `font_size`.
    #[serde(default)]
    #[schemars(range(min = 1.0, max = 1000.0))]
    pub min_font_size: Option<f32>,
    /// 100 to 900; the nearest available weight is used. Default 400.
    #[serde(default = "regular")]
    #[schemars(range(min = 100, max = 900))]
    pub font_weight: u16,
    /// OpenType features, such as `tnum` (digits of equal width) or `palt`; `liga=0` turns one off. Default: the font's
    /// own.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub font_features: Vec<FontFeature>,
    /// A colour, or `{ "gradient": { "angle": 90, "stops": [[0, "#f00"], [1, "#00f"]] } }` over the block of lines.
    /// Default `#000`.
    #[serde(default = "TextColor::black")]
    pub color: TextColor,
    /// A line around the letters, under their fill.
    #[serde(default)]
    pub stroke: Option<TextStroke>,
    /// A shadow under the letters and their stroke.
    #[serde(default)]
    pub text_shadow: Option<TextShadow>,
    /// `horizontal-tb` (default), or `vertical-rl`: columns from right to left.
    #[serde(default)]
    pub writing_mode: WritingMode,
    /// Horizontal alignment of lines (in vertical text, of the columns as a block) in the box. Default `left`, in
    /// vertical text `right`.
    #[serde(default)]
    pub text_align: Option<TextAlign>,
    /// Vertical alignment of the lines (in vertical text, of each column) in the box. Default `top`.
    #[serde(default)]
    pub vertical_align: VerticalAlign,
    /// What fits into the box: whole lines (`line`, the default), or the letters alone (`ink`), for a slot on outlined text.
    #[serde(default)]
    pub text_box: TextBox,
    /// Distance of baselines, in vertical text of columns, in px. Default 1.4 times the largest font size.
    #[serde(default)]
    #[schemars(range(min = 1.0, max = 2000.0))]
    pub line_height: Option<f32>,
    /// Extra space after each character in px, -100 to 1000. Default 0. Each character advances by at least a tenth of
    /// its width.
    #[serde(default)]
    #[schemars(range(min = -100.0, max = 1000.0))]
    pub letter_spacing: f32,
    /// Maximum lines (in vertical text, columns). Never more than the box holds (at least one), which is the default.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1000))]
    pub max_lines: Option<u16>,
    /// Whether `·`, `～`, `／`, a single `—` and small kana are kept from the start of a line (`strict`, the default) or not
    /// (`normal`).
    #[serde(default)]
    pub line_break: LineBreak,
    /// Whether each line is filled (`auto`, the default), or lines get about equal lengths (`balance`): no single
    /// character on a line of its own.
    #[serde(default)]
    pub text_wrap: TextWrap,
    /// How text that does not fit ends. Default `ellipsis`.
    #[serde(default)]
    pub text_overflow: TextOverflow,
    /// Default `none`.
    #[serde(default)]
    pub text_decoration: TextDecoration,
    /// 0 to 1. Default 1.
    #[serde(default = "one")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub opacity: f32,
}

/// A part of a paragraph. Fields that are not set are those of the layer.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// Shown only when this is neither empty, `false` nor `0`.
    #[serde(default)]
    pub when: Option<Expr<String>>,
    /// The text. `\n` breaks the line.
    pub text: Expr<String>,
    /// Family of the font set.
    #[serde(default)]
    pub font_family: Option<String>,
    /// px, 1 to 1000.
    #[serde(default)]
    #[schemars(range(min = 1.0, max = 1000.0))]
    pub font_size: Option<f32>,
    /// 100 to 900; the nearest available weight is used.
    #[serde(default)]
    #[schemars(range(min = 100, max = 900))]
    pub font_weight: Option<u16>,
    /// OpenType features, instead of the layer's.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub font_features: Option<Vec<FontFeature>>,
    /// A colour or a gradient.
    #[serde(default)]
    pub color: Option<TextColor>,
    /// Extra space after each character in px, -100 to 1000.
    #[serde(default)]
    #[schemars(range(min = -100.0, max = 1000.0))]
    pub letter_spacing: Option<f32>,
    /// A line under or through it, in its colour.
    #[serde(default)]
    pub text_decoration: Option<TextDecoration>,
}

fn regular() -> u16 {
    400
}

fn one() -> f32 {
    1.0
}
