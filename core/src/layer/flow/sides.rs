//! Lengths around boxes and alignment of boxes.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

/// Lengths of the four sides, px.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sides {
    /// Upper side.
    pub top: f32,
    /// Right side.
    pub right: f32,
    /// Lower side.
    pub bottom: f32,
    /// Left side.
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
        "errorMessage": if minimum < 0 { "requirement_margins" } else { "requirement_sides" }
    })
}

/// CSS `align-items`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlignItems {
    /// As wide (in a column) or high (in a row) as the container, unless the layer sets a size.
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
