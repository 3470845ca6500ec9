//! Containers: rows and columns that lay out their children (CSS Flexible Box Layout).

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned},
};

use super::{
    item::FlexItem,
    sides::{AlignItems, JustifyContent, Padding},
};
use crate::{
    layer::place::FlowBox,
    style::{Border, BoxShadow, Color, Radius},
    template::expr::Expr,
};

/// Position of a container, as the JSON Schema describes it.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read as `PlaceFields`")]
pub struct FlowPlace {
    /// `#id` of the SVG element whose box and place in the order this layer takes. The box of a rotated element is its
    /// axis-aligned bounding box; its rotation is not applied to the layer.
    #[serde(default)]
    at: Option<String>,
    /// The box, with `at` instead of that of the element: `[x, y, width, height]`; the height may be `"auto"`, what the children need.
    #[serde(default, rename = "box")]
    rect: Option<FlowBox>,
    /// Drawn only when this is neither empty, `false` nor `0`.
    #[serde(default)]
    when: Option<Expr<String>>,
}

/// A row or a column of layers. What does not fit leaves the container, with a warning.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, bound(deserialize = "L: DeserializeOwned"))]
pub struct Flow<L> {
    /// Whether it is a column.
    #[serde(skip)]
    pub is_column: bool,
    /// px between children, and between lines of children; 0 to 10000. Default 0.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 10_000.0))]
    pub gap: f32,
    /// px between the edge and the children: a number, `[vertical, horizontal]`, or `[top, right, bottom, left]`.
    /// Default 0.
    #[serde(default)]
    pub padding: Padding,
    /// Alignment of children across the container: in a row from top to bottom. Default `stretch`.
    #[serde(default)]
    pub align_items: AlignItems,
    /// Distribution of children along the container: in a row from left to right. Default `start`.
    #[serde(default)]
    pub justify_content: JustifyContent,
    /// Whether children that do not fit wrap to a new line (CSS `flex-wrap`). Lines share the free space across the
    /// container (CSS `align-content: stretch`). Default false.
    #[serde(default)]
    pub wrap: bool,
    /// Fill colour under the children. Default: none.
    #[serde(default)]
    pub background: Option<Expr<Color>>,
    /// Corner radius in px, or `"50%"`. Default 0.
    #[serde(default)]
    pub border_radius: Radius,
    /// A line inside the box's edge; it does not reduce the space of the children.
    #[serde(default)]
    pub border: Option<Border>,
    /// A shadow under the box.
    #[serde(default)]
    pub box_shadow: Option<BoxShadow>,
    /// Children in order: at most 256 layers, each of any kind; containers nest 8 deep.
    #[schemars(length(max = 256))]
    pub children: Vec<Child<L>>,
}

/// A layer in a container: the layer, and how it takes part in the row or column.
#[derive(Debug, Clone)]
pub struct Child<L> {
    /// How it takes part.
    pub item: FlexItem,
    /// The layer; it has neither `at` nor `box`.
    pub layer: L,
}

impl<'de, L: DeserializeOwned> Deserialize<'de> for Child<L> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let mut layer = serde_json::Map::<String, serde_json::Value>::deserialize(d)?;
        let own = FlexItem::KEYS.iter().filter_map(|key| Some(((*key).to_owned(), layer.shift_remove(*key)?)));
        let item = serde_json::Value::Object(own.collect());
        let item = FlexItem::deserialize(item).map_err(de::Error::custom)?;
        let layer = L::deserialize(serde_json::Value::Object(layer)).map_err(de::Error::custom)?;
        Ok(Self { item, layer })
    }
}

/// The schema of a child is that of the layer with these properties instead of its place; [`crate::template::schema()`]
/// joins them.
impl<L> JsonSchema for Child<L> {
    fn schema_name() -> Cow<'static, str> {
        "Child".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        FlexItem::json_schema(generator)
    }
}

/// The fields of a container: a column, or else a row.
#[derive(Debug, Clone)]
pub struct Container<L, const COLUMN: bool>(pub Flow<L>);

impl<'de, L: DeserializeOwned, const COLUMN: bool> Deserialize<'de> for Container<L, COLUMN> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(Self(Flow { is_column: COLUMN, ..Flow::deserialize(d)? }))
    }
}

impl<L: JsonSchema, const COLUMN: bool> JsonSchema for Container<L, COLUMN> {
    fn schema_name() -> Cow<'static, str> {
        if COLUMN { "Column".into() } else { "Row".into() }
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Flow::<L>::json_schema(generator);
        let description = if COLUMN { "Layers below each other." } else { "Layers beside each other." };
        schema.insert("description".to_owned(), description.into());
        schema
    }
}
