//! Fields of the mini-program code, its plate and its centre.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::{
    error::Message,
    layer::place::BoxPx,
    style::{Color, Radius},
    template::expr::Expr,
};

/// Position of a code, as the JSON Schema describes it.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read as `PlaceFields`")]
pub struct CodePlace {
    /// `#id` of the SVG element whose box and place in the order this layer takes. The box of a rotated element is its
    /// axis-aligned bounding box; its rotation is not applied to the layer.
    #[serde(default)]
    at: Option<String>,
    /// The box, with `at` instead of that of the element. The code is the largest centred square in it.
    #[serde(default, rename = "box")]
    rect: Option<BoxPx>,
    /// Drawn (and fetched) only when this is neither empty, `false` nor `0`.
    #[serde(default)]
    when: Option<Expr<String>>,
}

/// The mini-program code.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// An existing picture of the code, as `src` of an image, instead of one from WeChat. If it is empty, the
    /// code is fetched as usual.
    #[serde(default)]
    pub src: Option<Expr<String>>,
    /// An avatar or logo in the code's middle.
    #[serde(default)]
    pub center: Option<CodeCenter>,
    /// Transparent background. Default true.
    #[serde(default = "yes")]
    pub is_hyaline: bool,
    /// Colour of the rays, when WeChat does not choose it; `auto` is a dark colour of the hue beneath the code. Default
    /// black.
    #[serde(default)]
    pub line_color: Option<Expr<LineColor>>,
    /// WeChat chooses the colour (`line_color` is then ignored). Default false.
    #[serde(default)]
    pub auto_color: bool,
    /// A plate under the code; `"auto"` is `{ "show": "auto" }`.
    #[serde(default, deserialize_with = "plate")]
    #[schemars(with = "PlateForm")]
    pub plate: Option<Plate>,
}

/// The colour of a code's rays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineColor {
    /// Chosen from what lies beneath the code.
    Auto,
    /// This one.
    Color(Color),
}

impl FromStr for LineColor {
    type Err = Message;

    fn from_str(s: &str) -> Result<Self, Message> {
        if s == "auto" { Ok(Self::Auto) } else { s.parse().map(Self::Color) }
    }
}

impl JsonSchema for LineColor {
    fn schema_name() -> Cow<'static, str> {
        "LineColor".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "#rgb, #rrggbb or auto",
            "pattern": "^(auto|#([0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8}))$",
            "patternErrorMessage": "requirement_line_color"
        })
    }
}

/// A round picture with a white ring in the code's middle, where scanners do not read or can repair.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeCenter {
    /// An http(s) URL, a `data:` URI, `asset:HASH`, or a file of the template's folder. Nothing is drawn when it is
    /// empty, or when it fails, which is a warning.
    pub src: Expr<String>,
    /// Diameter with the ring, as a fraction of the code's side: 0.05 to 0.44 in a round code, to 0.2 in a QR code.
    /// Default: the maximum.
    #[serde(default)]
    #[schemars(range(min = 0.05, max = 0.44))]
    pub size: Option<f32>,
}

/// A plate under the code: the layer's box filled with a colour, the code inset by the padding.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plate {
    /// When it is drawn. Default `always`.
    #[serde(default)]
    pub show: PlateShow,
    /// Default `#fff`.
    #[serde(default = "Color::white")]
    pub background: Color,
    /// px between the plate's edge and the code, 0 to 1000. Default 0.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub padding: f32,
    /// Corner radius in px, or `"50%"`. Default 0.
    #[serde(default)]
    pub border_radius: Radius,
}

/// When a plate is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlateShow {
    /// Always.
    #[default]
    Always,
    /// Only where the code could not be read without it. The code has the same place in both cases.
    Auto,
}

/// The forms of `plate`: [`Plate`], or `"auto"`.
struct PlateForm;

impl JsonSchema for PlateForm {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "PlateForm".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [generator.subschema_for::<Plate>(), { "const": "auto" }] })
    }
}

fn plate<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Plate>, D::Error> {
    struct V;
    impl<'de> de::Visitor<'de> for V {
        type Value = Plate;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("an object, or \"auto\"")
        }

        fn visit_str<E: de::Error>(self, v: &str) -> Result<Plate, E> {
            match v {
                "auto" => Ok(Plate {
                    show: PlateShow::Auto,
                    background: Color::white(),
                    padding: 0.0,
                    border_radius: Radius::default(),
                }),
                other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
            }
        }

        fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Plate, A::Error> {
            Plate::deserialize(de::value::MapAccessDeserializer::new(map))
        }
    }
    d.deserialize_any(V).map(Some)
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use schemars::{Schema, schema_for};

    use super::*;
    use crate::{code::CodeFields, template::layout::CodeTarget};

    /// What a request overrides, a layout has: in `code`, or in the layer of the code.
    #[test]
    fn layouts_have_every_field_of_a_code() {
        let (target, layer) = (schema_for!(CodeTarget), schema_for!(Code));
        let has = |schema: &Schema, name: &str| schema.get("properties").is_some_and(|all| all.get(name).is_some());
        let all = serde_json::to_value(CodeFields::default()).expect("JSON");
        let all = all.as_object().expect("an object");
        let missing: Vec<_> = all.keys().filter(|name| !has(&target, name) && !has(&layer, name)).collect();
        assert!(missing.is_empty(), "a layout cannot set {missing:?}");
    }
}
