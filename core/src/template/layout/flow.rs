//! Containers: rows and columns whose children find their places by themselves (CSS Flexible Box Layout).

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::{BoxPx, Layer};
use crate::{
    style::{Border, BoxShadow, Color, Radius},
    template::expr::Expr,
};

/// A row or a column of layers. What does not fit leaves the container, with a warning.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// `#id` of the SVG element whose box and place in the order this layer takes.
    #[serde(default)]
    pub at: Option<String>,
    /// The box, when there is no `at`: `[x, y, width, height]`; the height may be `"auto"`, what the children need.
    #[serde(default, rename = "box")]
    pub rect: Option<FlowBox>,
    /// Drawn only when this is neither empty, `false` nor `0`.
    #[serde(default)]
    pub when: Option<Expr<String>>,
    /// px between children, and between lines of children; 0 to 10000. Default 0.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 10_000.0))]
    pub gap: f32,
    /// px between the edge and the children: a number, `[vertical, horizontal]`, or `[top, right, bottom, left]`.
    /// Default 0.
    #[serde(default)]
    pub padding: Padding,
    /// Where children stand across the container: in a row from top to bottom. Default `stretch`.
    #[serde(default)]
    pub align_items: AlignItems,
    /// Where children stand along the container: in a row from left to right. Default `start`.
    #[serde(default)]
    pub justify_content: JustifyContent,
    /// Whether children that do not fit go on in a new line (CSS `flex-wrap`); lines are packed at the start. Default
    /// false.
    #[serde(default)]
    pub wrap: bool,
    /// Fill colour under the children. Default: none.
    #[serde(default)]
    pub background: Option<Expr<Color>>,
    /// Corner radius in px, or `"50%"`. Default 0.
    #[serde(default)]
    pub border_radius: Radius,
    /// A line inside the box's edge; it takes no room from the children.
    #[serde(default)]
    pub border: Option<Border>,
    /// A shadow under the box.
    #[serde(default)]
    pub box_shadow: Option<BoxShadow>,
    /// What it holds, in order: at most 256 layers, each of any kind; containers nest 8 deep.
    #[schemars(length(max = 256))]
    pub children: Vec<Child>,
}

/// A layer in a container: the layer, and how it takes part in the row or column.
#[derive(Debug, Clone)]
pub struct Child {
    /// How it takes part.
    pub item: Item,
    /// What it is; it has neither `at` nor `box`.
    pub layer: Layer,
}

/// How a layer takes part in the row or column that holds it.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Item {
    /// px, a part of the container's inner width (`"50%"`), or `"auto"`: what the content needs. Default `auto`.
    pub width: Length,
    /// px, a part of the container's inner height (`"50%"`), or `"auto"`: what the content needs. Default `auto`.
    pub height: Length,
    /// Width divided by height, for a layer of which only one of them is given. Default: none; 1 for a code.
    #[schemars(range(min = 0.01, max = 100.0))]
    pub aspect_ratio: Option<f32>,
    /// Share of the room that is left along the container, 0 to 1000. Default 0.
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub grow: f32,
    /// Share of what is lacking along the container, 0 to 1000. Default: 1 for texts and containers in a row, else 0.
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub shrink: Option<f32>,
    /// px around the layer: a number, `[vertical, horizontal]`, or `[top, right, bottom, left]`; a negative margin moves
    /// neighbours together. Default 0.
    pub margin: Margin,
    /// Where this layer stands across the container. Default: the container's `align_items`.
    pub align_self: Option<AlignItems>,
    /// A list of the parameters, such as `items` or `item.tags`: the layer is drawn once for each of its elements, at
    /// most 64 times. Strings of the layer then also know `item` (the element) and `index` (from 0).
    #[schemars(regex(pattern = r"^[\p{L}_][\p{L}\p{N}_-]*(\.[\p{L}\p{N}_-]+)*$"))]
    #[schemars(extend("patternErrorMessage" = "expected the name of a list, such as items or item.tags"))]
    pub repeat: Option<String>,
    /// The name that stands for the element, instead of `item`.
    #[serde(rename = "as")]
    #[schemars(regex(pattern = r"^[\p{L}_][\p{L}\p{N}_]*$"))]
    #[schemars(extend("patternErrorMessage" = "expected a name of letters, digits and _"))]
    pub element: Option<String>,
}

impl Item {
    /// Its keys in layout.json, in the order of its fields.
    pub const KEYS: [&'static str; 9] =
        ["width", "height", "aspect_ratio", "grow", "shrink", "margin", "align_self", "repeat", "as"];

    /// The name that stands for an element of `repeat`.
    pub fn element(&self) -> &str {
        self.element.as_deref().unwrap_or("item")
    }
}

impl<'de> Deserialize<'de> for Child {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let mut layer = serde_json::Map::<String, serde_json::Value>::deserialize(d)?;
        let own = Item::KEYS.iter().filter_map(|key| Some(((*key).to_owned(), layer.shift_remove(*key)?)));
        let item = serde_json::Value::Object(own.collect());
        let item = Item::deserialize(item).map_err(de::Error::custom)?;
        let layer = Layer::deserialize(serde_json::Value::Object(layer)).map_err(de::Error::custom)?;
        Ok(Self { item, layer })
    }
}

/// The schema of a child is that of the layer with these properties instead of its place; [`crate::template::schema()`]
/// joins them.
impl JsonSchema for Child {
    fn schema_name() -> Cow<'static, str> {
        "Child".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Item::json_schema(generator)
    }
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
    /// Height, px; none for what the children need.
    pub height: Option<f32>,
}

impl FlowBox {
    /// As other layers' boxes; an automatic height is infinite.
    pub fn rect(self) -> BoxPx {
        [self.x, self.y, self.width, self.height.unwrap_or(f32::INFINITY)]
    }
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
            "errorMessage": "expected px or \"auto\""
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
            "errorMessage": "expected px from 0 up, a part such as \"50%\", or \"auto\""
        })
    }
}

/// Lengths of the four sides, px.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sides {
    /// Top.
    pub top: f32,
    /// Right.
    pub right: f32,
    /// Bottom.
    pub bottom: f32,
    /// Left.
    pub left: f32,
}

impl<'de> Deserialize<'de> for Sides {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a number, [vertical, horizontal], or [top, right, bottom, left]")]
        enum Written {
            All(f32),
            Axes([f32; 2]),
            Each([f32; 4]),
        }
        let [top, right, bottom, left] = match Written::deserialize(d)? {
            Written::All(px) => [px; 4],
            Written::Axes([vertical, horizontal]) => [vertical, horizontal, vertical, horizontal],
            Written::Each(each) => each,
        };
        Ok(Self { top, right, bottom, left })
    }
}

/// px between a container's edge and its children.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
pub struct Padding(pub Sides);

/// px around a child.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
pub struct Margin(pub Sides);

impl JsonSchema for Padding {
    fn schema_name() -> Cow<'static, str> {
        "Padding".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        sides(0)
    }
}

impl JsonSchema for Margin {
    fn schema_name() -> Cow<'static, str> {
        "Margin".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        sides(-10_000)
    }
}

fn sides(minimum: i32) -> Schema {
    let px = json_schema!({ "type": "number", "minimum": minimum, "maximum": 10_000 });
    let forms = "a number, [vertical, horizontal], or [top, right, bottom, left]";
    json_schema!({
        "description": format!("px: {forms}"),
        "anyOf": [
            px,
            { "type": "array", "items": px, "minItems": 2, "maxItems": 2 },
            { "type": "array", "items": px, "minItems": 4, "maxItems": 4 }
        ],
        "errorMessage": format!("expected {forms}, each {minimum} to 10000 px")
    })
}

/// CSS `align-items`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlignItems {
    /// As wide (in a column) or high (in a row) as the container, unless the layer has a size of its own.
    #[default]
    Stretch,
    /// At the start: the top of a row, the left of a column.
    Start,
    /// In the middle.
    Center,
    /// At the end.
    End,
    /// First baselines of texts on one line, in a row; in a column as `start`.
    Baseline,
}

/// CSS `justify-content`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum JustifyContent {
    /// At the start.
    #[default]
    Start,
    /// In the middle.
    Center,
    /// At the end.
    End,
    /// The first at the start, the last at the end, equal room between.
    SpaceBetween,
    /// Equal room around each.
    SpaceAround,
}
