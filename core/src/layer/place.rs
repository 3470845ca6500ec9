//! Position and condition of a layer: the fields that all kinds share.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::template::expr::Expr;

/// A box on the canvas: `[x, y, width, height]` in px at scale 1.
pub type BoxPx = [f32; 4];

/// Position and condition of a layer. [`super::Fields::Place`] describes these fields in the JSON Schema, where help
/// texts or forms differ by kind; all are read as this type.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceFields {
    /// `#id` of the SVG element whose box and place in the order this layer takes. The box of a rotated element is its
    /// axis-aligned bounding box; its rotation is not applied to the layer.
    #[serde(default)]
    pub at: Option<String>,
    /// The box, with `at` instead of that of the element.
    #[serde(default, rename = "box", deserialize_with = "any_box")]
    #[schemars(with = "Option<BoxPx>")]
    pub rect: Option<BoxPx>,
    /// Drawn only when this is neither empty, `false` nor `0`.
    #[serde(default)]
    pub when: Option<Expr<String>>,
}

impl PlaceFields {
    /// Keys in layout.json.
    pub const KEYS: [&'static str; 3] = ["at", "box", "when"];
}

/// Reads a box; an automatic height, which only containers may have, is infinite.
fn any_box<'de, D: Deserializer<'de>>(d: D) -> Result<Option<BoxPx>, D::Error> {
    let rect = Option::<FlowBox>::deserialize(d)?;
    Ok(rect.map(|FlowBox { x, y, width, height }| [x, y, width, height.unwrap_or(f32::INFINITY)]))
}

/// A container's box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FlowBox {
    /// Left edge, px.
    pub x: f32,
    /// Top edge, px.
    pub y: f32,
    /// Width, px.
    pub width: f32,
    /// Height, px; none for the height of the content.
    pub height: Option<f32>,
}

impl<'de> Deserialize<'de> for FlowBox {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Height {
            Px(f32),
            Word(String),
        }
        let (x, y, width, height) = <(f32, f32, f32, Height)>::deserialize(d)?;
        let height = match height {
            Height::Px(px) => Some(px),
            Height::Word(word) if word == "auto" => None,
            Height::Word(word) => return Err(de::Error::invalid_value(de::Unexpected::Str(&word), &"px or \"auto\"")),
        };
        Ok(Self { x, y, width, height })
    }
}

impl JsonSchema for FlowBox {
    fn schema_name() -> Cow<'static, str> {
        "FlowBox".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let height = json_schema!({
            "anyOf": [{ "type": "number" }, { "const": "auto" }],
            "errorMessage": "requirement_height"
        });
        json_schema!({
            "description": "`[x, y, width, height]` in px; the height may be \"auto\"",
            "type": "array",
            "prefixItems": [{ "type": "number" }, { "type": "number" }, { "type": "number" }, height],
            "minItems": 4,
            "maxItems": 4
        })
    }
}
