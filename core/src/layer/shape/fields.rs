//! Fields of rectangles.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    style::{Border, BoxShadow, Color, Radius},
    template::expr::Expr,
};

/// A rectangle.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Fill colour. Default: none.
    #[serde(default)]
    pub background: Option<Expr<Color>>,
    /// Corner radius in px, or `"50%"`. Default 0.
    #[serde(default)]
    pub border_radius: Radius,
    /// A line inside the box's edge.
    #[serde(default)]
    pub border: Option<Border>,
    /// A shadow under the box.
    #[serde(default)]
    pub box_shadow: Option<BoxShadow>,
    /// 0 to 1. Default 1.
    #[serde(default = "one")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub opacity: f32,
}

fn one() -> f32 {
    1.0
}
