//! What the kinds of layers have in common, and how the kind is told by `type`.

use serde::Deserialize;

use super::{
    expr::Expr,
    layout::{BoxPx, Code, Flow, FlowBox, Image, Layer, Layout, Shape, Text},
};

impl Layer {
    /// `#id` of the SVG element whose place the layer takes.
    pub fn at(&self) -> Option<&str> {
        match self {
            Self::Image(Image { at, .. })
            | Self::Text(Text { at, .. })
            | Self::Code(Code { at, .. })
            | Self::Shape(Shape { at, .. })
            | Self::Row(Flow { at, .. })
            | Self::Column(Flow { at, .. }) => at.as_deref(),
        }
    }

    /// The layer's box, when it is not that of an SVG element. A container's automatic height is infinite.
    pub fn rect(&self) -> Option<BoxPx> {
        match self {
            Self::Image(Image { rect, .. })
            | Self::Text(Text { rect, .. })
            | Self::Code(Code { rect, .. })
            | Self::Shape(Shape { rect, .. }) => *rect,
            Self::Row(Flow { rect, .. }) | Self::Column(Flow { rect, .. }) => rect.map(FlowBox::rect),
        }
    }

    /// Whether it is drawn, when that depends on the parameters.
    pub fn when(&self) -> Option<&Expr<String>> {
        match self {
            Self::Image(Image { when, .. })
            | Self::Text(Text { when, .. })
            | Self::Code(Code { when, .. })
            | Self::Shape(Shape { when, .. })
            | Self::Row(Flow { when, .. })
            | Self::Column(Flow { when, .. }) => when.as_ref(),
        }
    }

    /// The container, when it is one.
    pub fn flow(&self) -> Option<&Flow> {
        match self {
            Self::Row(flow) | Self::Column(flow) => Some(flow),
            _ => None,
        }
    }

    /// Calls `visit` with this layer and every layer within it, each with its JSON pointer.
    pub fn visit<'a>(&'a self, pointer: &str, visit: &mut dyn FnMut(&str, &'a Layer)) {
        visit(pointer, self);
        for (index, child) in self.flow().iter().flat_map(|flow| flow.children.iter().enumerate()) {
            child.layer.visit(&format!("{pointer}/children/{index}"), visit);
        }
    }
}

impl Layout {
    /// Every layer with its JSON pointer, containers before what they hold.
    pub fn all_layers(&self) -> Vec<(String, &Layer)> {
        let mut all = Vec::new();
        for (index, layer) in self.layers.iter().enumerate() {
            layer.visit(&format!("/layers/{index}"), &mut |pointer, layer| all.push((pointer.to_owned(), layer)));
        }
        all
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
            Some("row") => Flow::deserialize(fields).map(Self::Row),
            Some("column") => Flow::deserialize(fields).map(Self::Column),
            _ => Err(serde_json::Error::custom(format!("unknown type {kind}"))),
        }
        .map_err(D::Error::custom)
    }
}
