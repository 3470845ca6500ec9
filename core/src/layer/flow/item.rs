//! How a layer takes part in the container that holds it.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::sides::{AlignItems, Margin};

/// How a layer takes part in the row or column that holds it.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FlexItem {
    /// px, a part of the container's inner width (`"50%"`), or `"auto"`: what the content needs. Default `auto`.
    pub width: Length,
    /// px, a part of the container's inner height (`"50%"`), or `"auto"`: what the content needs. Default `auto`.
    pub height: Length,
    /// Width divided by height, for a layer of which only one of them is given. Default: none; 1 for a code.
    #[schemars(range(min = 0.01, max = 100.0))]
    pub aspect_ratio: Option<f32>,
    /// Share of the free space along the container, 0 to 1000. Default 0.
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub grow: f32,
    /// Share of the missing space along the container, 0 to 1000. Default: 1 for texts and containers in a row, else 0.
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub shrink: Option<f32>,
    /// px around the layer: a number, `[vertical, horizontal]`, or `[top, right, bottom, left]`; a negative margin moves
    /// neighbours together. Default 0.
    pub margin: Margin,
    /// Alignment of this layer across the container. Default: the container's `align_items`.
    pub align_self: Option<AlignItems>,
    /// A list of the parameters, such as `items` or `item.tags`: the layer is drawn once for each of its elements, at
    /// most 64 times. Strings of the layer then also know `item` (the element) and `index` (from 0).
    #[schemars(regex(pattern = r"^[\p{L}_][\p{L}\p{N}_-]*(\.[\p{L}\p{N}_-]+)*$"))]
    #[schemars(extend("patternErrorMessage" = "requirement_list"))]
    pub repeat: Option<String>,
    /// Name of the element in expressions, instead of `item`.
    #[serde(rename = "as")]
    #[schemars(regex(pattern = r"^[\p{L}_][\p{L}\p{N}_]*$"))]
    #[schemars(extend("patternErrorMessage" = "requirement_name"))]
    pub element: Option<String>,
}

impl FlexItem {
    /// Its keys in layout.json, in the order of its fields.
    pub const KEYS: [&'static str; 9] =
        ["width", "height", "aspect_ratio", "grow", "shrink", "margin", "align_self", "repeat", "as"];

    /// Name of an element of `repeat` in expressions.
    pub fn element(&self) -> &str {
        self.element.as_deref().unwrap_or("item")
    }
}

/// Width or height of a layer in a container.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Length {
    /// What the content needs.
    #[default]
    Auto,
    /// px.
    Px(f32),
    /// Part of the container's inner size, 0 to 1.
    Part(f32),
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl de::Visitor<'_> for V {
            type Value = Length;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("px from 0 up, a part such as \"50%\", or \"auto\"")
            }

            fn visit_f64<E: de::Error>(self, v: f64) -> Result<Length, E> {
                if v >= 0.0 { Ok(Length::Px(v as f32)) } else { Err(E::invalid_value(de::Unexpected::Float(v), &self)) }
            }

            fn visit_u64<E: de::Error>(self, v: u64) -> Result<Length, E> {
                self.visit_f64(v as f64)
            }

            fn visit_i64<E: de::Error>(self, v: i64) -> Result<Length, E> {
                self.visit_f64(v as f64)
            }

            fn visit_str<E: de::Error>(self, v: &str) -> Result<Length, E> {
                if v == "auto" {
                    return Ok(Length::Auto);
                }
                let percent = v.strip_suffix('%').and_then(|number| number.parse::<f32>().ok());
                let percent = percent.filter(|percent| (0.0..=100.0).contains(percent));
                percent.map(|p| Length::Part(p / 100.0)).ok_or_else(|| E::invalid_value(de::Unexpected::Str(v), &self))
            }
        }
        d.deserialize_any(V)
    }
}

impl JsonSchema for Length {
    fn schema_name() -> Cow<'static, str> {
        "Length".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "px, a part of the container such as \"50%\", or \"auto\"",
            "anyOf": [
                { "type": "number", "minimum": 0 },
                { "type": "string", "pattern": "^(auto|(100|[0-9]{1,2}(\\.[0-9]{1,4})?)%)$" }
            ],
            "errorMessage": "requirement_length"
        })
    }
}
