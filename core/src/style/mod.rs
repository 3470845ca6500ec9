//! Style values that several layers share: colours, radii, borders, shadows.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    error::Message,
    words::{self, quote},
};

pub mod font_names;
mod image;
mod text;

pub use image::ObjectFit;
pub use text::{
    FontFeature, Gradient, LineBreak, Stop, TextAlign, TextBox, TextDecoration, TextOverflow, TextShadow, TextStroke,
    TextWrap, VerticalAlign, WritingMode,
};

/// A colour, not premultiplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Color {
    /// Red, 0 to 255.
    pub r: u8,
    /// Green, 0 to 255.
    pub g: u8,
    /// Blue, 0 to 255.
    pub b: u8,
    /// Opacity, 0 to 255.
    pub a: u8,
}

impl Color {
    /// `#000`.
    pub const BLACK: Self = Self { r: 0, g: 0, b: 0, a: 255 };

    /// `#fff`.
    pub const fn white() -> Self {
        Self { r: 255, g: 255, b: 255, a: 255 }
    }
}

impl FromStr for Color {
    type Err = Message;

    /// `#rgb`, `#rgba`, `#rrggbb`, `#rrggbbaa` (CSS Color 4, section 5.2).
    fn from_str(s: &str) -> Result<Self, Message> {
        let bad = || words::not_a_color(quote(s));
        let hex = s.strip_prefix('#').filter(|h| h.bytes().all(|b| b.is_ascii_hexdigit())).ok_or_else(bad)?;
        let digit = |i: usize| u8::from_str_radix(&hex[i..=i], 16).map(|v| v * 17).map_err(|_| bad());
        let pair = |i: usize| u8::from_str_radix(&hex[i..i + 2], 16).map_err(|_| bad());
        Ok(match hex.len() {
            3 => Self { r: digit(0)?, g: digit(1)?, b: digit(2)?, a: 255 },
            4 => Self { r: digit(0)?, g: digit(1)?, b: digit(2)?, a: digit(3)? },
            6 => Self { r: pair(0)?, g: pair(2)?, b: pair(4)?, a: 255 },
            8 => Self { r: pair(0)?, g: pair(2)?, b: pair(4)?, a: pair(6)? },
            _ => return Err(bad()),
        })
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.r, self.g, self.b)?;
        if self.a < 255 { write!(f, "{:02x}", self.a) } else { Ok(()) }
    }
}

impl<'de> Deserialize<'de> for Color {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(d)?.parse().map_err(|error: Message| de::Error::custom(error.text()))
    }
}

impl Serialize for Color {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl JsonSchema for Color {
    fn schema_name() -> Cow<'static, str> {
        "Color".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "#rgb, #rgba, #rrggbb or #rrggbbaa",
            "pattern": "^#([0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$",
            "patternErrorMessage": "requirement_color"
        })
    }
}

/// A corner radius.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Radius {
    /// px at scale 1.
    Px(f32),
    /// Half of each side: a circle or ellipse (`"50%"`).
    Half,
    /// px at scale 1: top left, top right, bottom right, bottom left.
    Corners([f32; 4]),
}

impl Radius {
    /// Whether all corners are sharp.
    pub fn is_zero(self) -> bool {
        match self {
            Self::Px(radius) => radius <= 0.0,
            Self::Half => false,
            Self::Corners(radii) => radii.iter().all(|radius| *radius <= 0.0),
        }
    }

    /// The radii of a box that is larger by `spread` px on each side. Sharp corners stay sharp (CSS Backgrounds 3,
    /// section 7.1.1).
    pub fn spread(self, spread: f32) -> Self {
        let grown = |r: f32| if r > 0.0 { (r + spread).max(0.0) } else { r };
        match self {
            Self::Px(r) => Self::Px(grown(r)),
            Self::Half => Self::Half,
            Self::Corners(all) => Self::Corners(all.map(grown)),
        }
    }
}

impl Default for Radius {
    fn default() -> Self {
        Self::Px(0.0)
    }
}

impl<'de> Deserialize<'de> for Radius {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> de::Visitor<'de> for V {
            type Value = Radius;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("px from 0 up, \"50%\", or four px: top left, top right, bottom right, bottom left")
            }

            fn visit_f64<E: de::Error>(self, v: f64) -> Result<Radius, E> {
                if v >= 0.0 { Ok(Radius::Px(v as f32)) } else { Err(E::invalid_value(de::Unexpected::Float(v), &self)) }
            }

            fn visit_u64<E: de::Error>(self, v: u64) -> Result<Radius, E> {
                self.visit_f64(v as f64)
            }

            fn visit_i64<E: de::Error>(self, v: i64) -> Result<Radius, E> {
                self.visit_f64(v as f64)
            }

            fn visit_str<E: de::Error>(self, v: &str) -> Result<Radius, E> {
                if v == "50%" { Ok(Radius::Half) } else { Err(E::invalid_value(de::Unexpected::Str(v), &self)) }
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Radius, A::Error> {
                let mut corners = [0.0; 4];
                for (i, corner) in corners.iter_mut().enumerate() {
                    *corner = seq.next_element()?.ok_or_else(|| de::Error::invalid_length(i, &self))?;
                    if *corner < 0.0 {
                        return Err(de::Error::invalid_value(de::Unexpected::Float(f64::from(*corner)), &self));
                    }
                }
                match seq.next_element::<f32>()? {
                    None => Ok(Radius::Corners(corners)),
                    Some(_) => Err(de::Error::invalid_length(5, &self)),
                }
            }
        }
        d.deserialize_any(V)
    }
}

impl JsonSchema for Radius {
    fn schema_name() -> Cow<'static, str> {
        "Radius".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "px, \"50%\" for a circle, or four px: top left, top right, bottom right, bottom left",
            "anyOf": [
                { "type": "number", "minimum": 0 },
                { "const": "50%" },
                { "type": "array", "items": { "type": "number", "minimum": 0 }, "minItems": 4, "maxItems": 4 }
            ],
            "errorMessage": "requirement_radius"
        })
    }
}

/// Which part of a picture is visible, or where it lies in its box (CSS `object-position`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ObjectPosition {
    /// Shares of the free space to the left and above: `(0, 0)` is the top left corner, `(0.5, 0.5)` the centre.
    At(f32, f32),
    /// The most interesting part, detected by detail, colour and skin hue.
    Attention,
}

impl Default for ObjectPosition {
    fn default() -> Self {
        Self::At(0.5, 0.5)
    }
}

impl FromStr for ObjectPosition {
    type Err = Message;

    /// `attention`, or one or two of `left`, `center`, `right`, `top`, `bottom` and percentages from 0 to 100 (CSS
    /// Values 4, section 8.2, `<position>` without lengths).
    fn from_str(s: &str) -> Result<Self, Message> {
        let bad = || words::not_a_position(quote(s));
        /// The share, and its axis if it is a keyword of one axis (`true`: horizontal).
        fn part(word: &str) -> Option<(f32, Option<bool>)> {
            let percent = |n: &str| n.parse::<f32>().ok().filter(|n| (0.0..=100.0).contains(n)).map(|n| n / 100.0);
            Some(match word {
                "left" => (0.0, Some(true)),
                "right" => (1.0, Some(true)),
                "top" => (0.0, Some(false)),
                "bottom" => (1.0, Some(false)),
                "center" => (0.5, None),
                other => (percent(other.strip_suffix('%')?)?, None),
            })
        }
        if s == "attention" {
            return Ok(Self::Attention);
        }
        let words: Vec<&str> = s.split_ascii_whitespace().collect();
        match words[..] {
            [one] => match part(one).ok_or_else(bad)? {
                (share, Some(false)) => Ok(Self::At(0.5, share)),
                (share, _) => Ok(Self::At(share, 0.5)),
            },
            [first, second] => {
                let is_keyword = |word: &str| !word.ends_with('%');
                match (part(first).ok_or_else(bad)?, part(second).ok_or_else(bad)?) {
                    ((x, Some(true) | None), (y, Some(false) | None)) => Ok(Self::At(x, y)),
                    // Only keywords may be in reverse order.
                    ((y, Some(false) | None), (x, Some(true) | None)) if is_keyword(first) && is_keyword(second) => {
                        Ok(Self::At(x, y))
                    }
                    _ => Err(bad()),
                }
            }
            _ => Err(bad()),
        }
    }
}

impl JsonSchema for ObjectPosition {
    fn schema_name() -> Cow<'static, str> {
        "ObjectPosition".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        const PERCENT: &str = "(?:100(?:\\.0+)?|[0-9]{1,2}(?:\\.[0-9]+)?)%";
        let across = format!("(?:left|center|right|{PERCENT})");
        let down = format!("(?:top|center|bottom|{PERCENT})");
        let swapped = "(?:top|bottom|center) (?:left|right|center)";
        json_schema!({
            "type": "string",
            "description": "\"attention\" (the interesting part), or as in CSS: \"top\", \"left center\", \"30% 70%\"",
            "pattern": format!("^(?:attention|{across}|{down}|{across} {down}|{swapped})$"),
            "patternErrorMessage": "requirement_position"
        })
    }
}

/// A line inside a box's edge (CSS `border`, solid).
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Border {
    /// px, 0 to 1000.
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub width: f32,
    /// Colour.
    pub color: Color,
}

/// A blurred shadow under a box (CSS `box-shadow`).
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BoxShadow {
    /// px to the right, -1000 to 1000. Default 0.
    #[serde(default)]
    #[schemars(range(min = -1000.0, max = 1000.0))]
    pub x: f32,
    /// px down, -1000 to 1000. Default 0.
    #[serde(default)]
    #[schemars(range(min = -1000.0, max = 1000.0))]
    pub y: f32,
    /// Blur radius in px, 0 to 200; the Gaussian's sigma is half of it (CSS Backgrounds 3, section 7.1.1). Default 0.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 200.0))]
    pub blur: f32,
    /// px that the shadow extends beyond the box, -1000 to 1000. Default 0.
    #[serde(default)]
    #[schemars(range(min = -1000.0, max = 1000.0))]
    pub spread: f32,
    /// Colour, usually with alpha.
    pub color: Color,
}
