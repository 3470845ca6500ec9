//! The poster's size and background.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::style::Color;

/// Maximum number of pixels of a canvas, before and after scaling: 32 million. At RGB8 that is 96 MB uncompressed.
pub const MAX_PIXELS: u64 = 32_000_000;
/// Maximum height of a canvas, px.
pub const MAX_HEIGHT: u32 = 8192;

/// The poster's size and background.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Canvas {
    /// Width in px, 1 to 4096.
    #[schemars(range(min = 1, max = 4096))]
    pub width: u32,
    /// Height in px, 1 to 8192, or `"auto"`: the canvas ends below the lowest layer.
    pub height: Height,
    /// Minimum height in px if the height is automatic, 1 to 8192. Default 1.
    #[serde(default)]
    #[schemars(range(min = 1, max = 8192))]
    pub min_height: Option<u32>,
    /// Maximum height in px if the height is automatic, 1 to 8192. Default 8192.
    #[serde(default)]
    #[schemars(range(min = 1, max = 8192))]
    pub max_height: Option<u32>,
    /// Space in px below the lowest layer if the height is automatic, 0 to 8192. Default 0.
    #[serde(default)]
    #[schemars(range(min = 0, max = 8192))]
    pub padding_bottom: Option<u32>,
    /// Opaque background colour. Default `#fff`.
    #[serde(default = "Color::white")]
    pub background: Color,
}

/// The height of a canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Height {
    /// px.
    Px(u32),
    /// Determined by the layers.
    Auto,
}

impl Serialize for Height {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Px(px) => s.serialize_u32(*px),
            Self::Auto => s.serialize_str("auto"),
        }
    }
}

impl<'de> Deserialize<'de> for Height {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl de::Visitor<'_> for V {
            type Value = Height;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("px from 1 to 8192, or \"auto\"")
            }

            fn visit_u64<E: de::Error>(self, v: u64) -> Result<Height, E> {
                u32::try_from(v).map(Height::Px).map_err(|_| E::invalid_value(de::Unexpected::Unsigned(v), &self))
            }

            fn visit_f64<E: de::Error>(self, v: f64) -> Result<Height, E> {
                // 1334.0 is an integer to JSON Schema.
                if v.fract() == 0.0 && (0.0..=f64::from(MAX_HEIGHT)).contains(&v) {
                    Ok(Height::Px(v as u32))
                } else {
                    Err(E::invalid_value(de::Unexpected::Float(v), &self))
                }
            }

            fn visit_str<E: de::Error>(self, v: &str) -> Result<Height, E> {
                if v == "auto" { Ok(Height::Auto) } else { Err(E::invalid_value(de::Unexpected::Str(v), &self)) }
            }
        }
        d.deserialize_any(V)
    }
}

impl JsonSchema for Height {
    fn schema_name() -> Cow<'static, str> {
        "CanvasHeight".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "type": "integer", "minimum": 1, "maximum": MAX_HEIGHT }, { "const": "auto" }] })
    }
}
