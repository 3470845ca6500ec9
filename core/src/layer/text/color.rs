//! The colour of text: a colour or a gradient.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::{
    style::{Color, Gradient},
    template::expr::Expr,
};

/// The colour of text: solid, or a gradient.
#[derive(Debug, Clone, PartialEq)]
pub enum TextColor {
    /// One colour.
    Solid(Expr<Color>),
    /// `{ "gradient": ... }`.
    Gradient(Gradient),
}

impl TextColor {
    /// `#000`.
    pub fn black() -> Self {
        Self::Solid(Expr::value(Color::BLACK))
    }

    /// The expression of one colour.
    pub fn solid(&self) -> Option<&Expr<Color>> {
        match self {
            Self::Solid(expr) => Some(expr),
            Self::Gradient(_) => None,
        }
    }
}

/// The form of a gradient in a `color`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GradientColor {
    /// Colours along a line.
    gradient: Gradient,
}

impl<'de> Deserialize<'de> for TextColor {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> de::Visitor<'de> for V {
            type Value = TextColor;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a colour, or an object with a `gradient`")
            }

            fn visit_str<E: de::Error>(self, v: &str) -> Result<TextColor, E> {
                Expr::deserialize(de::value::StrDeserializer::new(v)).map(TextColor::Solid)
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<TextColor, A::Error> {
                GradientColor::deserialize(de::value::MapAccessDeserializer::new(map))
                    .map(|color| TextColor::Gradient(color.gradient))
            }
        }
        d.deserialize_any(V)
    }
}

impl JsonSchema for TextColor {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "TextColor".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (color, gradient) = (generator.subschema_for::<Color>(), generator.subschema_for::<GradientColor>());
        json_schema!({ "anyOf": [color, { "type": "string", "pattern": "\\{\\{" }, gradient] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_text_or_a_gradient() {
        let read = |json: &str| serde_json::from_str::<TextColor>(json);
        assert_eq!(read("\"#000\"").ok(), Some(TextColor::black()));
        assert_eq!(read("\"{{ink}}\"").ok(), Some(TextColor::Solid(Expr::Template("{{ink}}".to_owned()))));
        let Ok(TextColor::Gradient(gradient)) = read(r##"{"gradient": {"stops": [[0, "#f00"], [1, "#00f"]]}}"##) else {
            panic!("a gradient is read");
        };
        assert_eq!((gradient.angle, gradient.stops.len(), gradient.stops[1].0), (180.0, 2, 1.0));
        assert!(read("\"red\"").is_err());
    }
}
