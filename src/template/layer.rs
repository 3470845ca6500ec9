//! What the kinds of layers have in common, and how the kind is told by `type`.

use serde::Deserialize;

use super::{
    expr::Expr,
    layout::{BoxPx, Code, Image, Layer, Shape, Text},
};

impl Layer {
    /// `#id` of the SVG element whose place the layer takes.
    pub fn at(&self) -> Option<&str> {
        match self {
            Self::Image(Image { at, .. })
            | Self::Text(Text { at, .. })
            | Self::Code(Code { at, .. })
            | Self::Shape(Shape { at, .. }) => at.as_deref(),
        }
    }

    /// The layer's box, when it is not that of an SVG element.
    pub fn rect(&self) -> Option<BoxPx> {
        match self {
            Self::Image(Image { rect, .. })
            | Self::Text(Text { rect, .. })
            | Self::Code(Code { rect, .. })
            | Self::Shape(Shape { rect, .. }) => *rect,
        }
    }

    /// Whether it is drawn, when that depends on the parameters.
    pub fn when(&self) -> Option<&Expr<String>> {
        match self {
            Self::Image(Image { when, .. })
            | Self::Text(Text { when, .. })
            | Self::Code(Code { when, .. })
            | Self::Shape(Shape { when, .. }) => when.as_ref(),
        }
    }
}

impl<'de> Deserialize<'de> for Layer {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let mut fields = serde_json::Map::<String, serde_json::Value>::deserialize(d)?;
        let kind = fields.remove("type").ok_or_else(|| D::Error::missing_field("type"))?;
        let fields = serde_json::Value::Object(fields);
        match kind.as_str() {
            Some("image") => Image::deserialize(fields).map(Self::Image),
            Some("text") => Text::deserialize(fields).map(Self::Text),
            Some("code") => Code::deserialize(fields).map(Self::Code),
            Some("shape") => Shape::deserialize(fields).map(Self::Shape),
            _ => Err(serde_json::Error::custom(format!("unknown type {kind}"))),
        }
        .map_err(D::Error::custom)
    }
}
