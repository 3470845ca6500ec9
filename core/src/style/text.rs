//! Style values of text: features, colours and gradients, strokes, shadows.

use std::{borrow::Cow, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::Color;
use crate::{
    error::Message,
    words::{self, quote},
};

/// CSS `text-align`, as it looks on the poster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TextAlign {
    /// Flush left.
    #[default]
    Left,
    /// Centred.
    Center,
    /// Flush right.
    Right,
    /// Lines fill the width (columns the height), but for the last one and those before a hard break: between
    /// ideographs and after spaces.
    Justify,
}

/// Vertical alignment of lines in their box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerticalAlign {
    /// At the top.
    #[default]
    Top,
    /// In the middle.
    Middle,
    /// At the bottom.
    Bottom,
}

/// How text that does not fit ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TextOverflow {
    /// With `…`.
    #[default]
    Ellipsis,
    /// After the last character that fits.
    Clip,
    /// Set smaller until it fits, down to `min_font_size`; then with `…`.
    Shrink,
}

/// Which characters may begin a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineBreak {
    /// Not `·`, `～`, `／` and a single `—` (GB/T 15834), nor small kana and `ー`.
    #[default]
    Strict,
    /// These, too.
    Normal,
}

/// CSS `text-wrap-style`: how lines are filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TextWrap {
    /// Each as far as possible.
    #[default]
    Auto,
    /// In about equal lengths, without more lines, and preferably after punctuation.
    Balance,
}

/// Which part of the lines fits into the box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TextBox {
    /// Whole lines, with the space above the letters of the first and below those of the last one.
    #[default]
    Line,
    /// The letters alone.
    Ink,
}

/// CSS `text-decoration`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TextDecoration {
    /// No line.
    #[default]
    None,
    /// A line under the text (left of vertical text).
    Underline,
    /// A line through the text: a struck-out price.
    LineThrough,
}

/// CSS `writing-mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WritingMode {
    /// Lines from top to bottom.
    #[default]
    HorizontalTb,
    /// Columns from right to left: ideographs upright, words rotated, numbers of one or two digits upright.
    VerticalRl,
}

/// An OpenType feature and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FontFeature {
    /// Four ASCII letters or digits.
    pub tag: [u8; 4],
    /// 0 is off, 1 is on; higher values select alternates of some features.
    pub value: u16,
}

impl FromStr for FontFeature {
    type Err = Message;

    /// `tnum`, or `liga=0`.
    fn from_str(s: &str) -> Result<Self, Message> {
        let bad = || words::not_a_feature(quote(s));
        let (tag, value) = s.split_once('=').unwrap_or((s, "1"));
        let tag: [u8; 4] = tag.as_bytes().try_into().map_err(|_| bad())?;
        if !tag.iter().all(u8::is_ascii_alphanumeric) || !value.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad());
        }
        Ok(Self { tag, value: value.parse().map_err(|_| bad())? })
    }
}

impl<'de> Deserialize<'de> for FontFeature {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(d)?.parse().map_err(|error: Message| de::Error::custom(error.text()))
    }
}

impl JsonSchema for FontFeature {
    fn schema_name() -> Cow<'static, str> {
        "FontFeature".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "tag of an OpenType feature, `tnum`, or with a value, `liga=0`",
            "pattern": "^[0-9a-zA-Z]{4}(=[0-9]{1,3})?$",
            "patternErrorMessage": "requirement_feature",
        })
    }
}

/// Colours along a line (CSS Images 3, section 3.1: `linear-gradient`).
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gradient {
    /// Degrees, clockwise, -360 to 360: 0 towards the top, 90 towards the right. Default 180, towards the bottom.
    #[serde(default = "downwards")]
    #[schemars(range(min = -360.0, max = 360.0))]
    pub angle: f32,
    /// 2 to 16 stops `[position, colour]`, positions from 0 to 1 in ascending order.
    #[schemars(length(min = 2, max = 16))]
    pub stops: Vec<Stop>,
}

/// A colour at a position of a gradient, `[0, "#f00"]`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
pub struct Stop(
    /// Position, 0 (start) to 1 (end).
    #[schemars(range(min = 0.0, max = 1.0))]
    pub f32,
    /// Colour at this position.
    pub Color,
);

fn downwards() -> f32 {
    180.0
}

/// A stroke around letters, under their fill (CSS `-webkit-text-stroke` with `paint-order: stroke`).
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TextStroke {
    /// Width in px, 0 to 200. The stroke is centred on the letters' edge, so half of it is visible.
    #[schemars(range(min = 0.0, max = 200.0))]
    pub width: f32,
    /// Colour.
    pub color: Color,
}

/// A shadow under letters (CSS `text-shadow`).
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TextShadow {
    /// px to the right, -1000 to 1000. Default 0.
    #[serde(default)]
    #[schemars(range(min = -1000.0, max = 1000.0))]
    pub x: f32,
    /// px down, -1000 to 1000. Default 0.
    #[serde(default)]
    #[schemars(range(min = -1000.0, max = 1000.0))]
    pub y: f32,
    /// Blur radius in px, 0 to 200; the Gaussian's sigma is half of it. Default 0.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 200.0))]
    pub blur: f32,
    /// Colour, usually with alpha.
    pub color: Color,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_have_a_tag_and_a_value() {
        assert_eq!("tnum".parse(), Ok(FontFeature { tag: *b"tnum", value: 1 }));
        assert_eq!("liga=0".parse(), Ok(FontFeature { tag: *b"liga", value: 0 }));
        for bad in ["", "tn", "tnums", "tnum=", "tnum=+1", "tnum=99999", "价格", "tnum on"] {
            assert!(bad.parse::<FontFeature>().is_err(), "{bad:?}");
        }
    }
}
