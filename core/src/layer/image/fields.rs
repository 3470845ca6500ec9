//! Fields of pictures: product photos, avatars, logos.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    asset::OnError,
    style::{Border, BoxShadow, Color, ObjectFit, ObjectPosition, Radius},
    template::expr::Expr,
};

/// A picture.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// An http(s) URL, a `data:` URI, `asset:HASH`, or a file of the template's folder.
    pub src: Expr<String>,
    /// How the picture fills its box. Default `cover`.
    #[serde(default)]
    pub object_fit: ObjectFit,
    /// Which part is visible (`cover`), or where it is placed (`contain`, `blur-fill`): as in CSS `center`, `top`,
    /// `left bottom`, `30% 70%`; or `attention`: the salient part. Default `center`.
    #[serde(default = "center")]
    pub object_position: Expr<ObjectPosition>,
    /// Corner radius in px, `"50%"` for a circle or ellipse, or four radii: top left, top right, bottom right, bottom
    /// left. Default 0.
    #[serde(default)]
    pub border_radius: Radius,
    /// `#id` of an element of the artwork whose shape, stretched to the box, cuts the picture; usually that of `at`. Its
    /// fill and stroke do not matter. Excludes `border_radius`, `border` and `box_shadow`.
    #[serde(default)]
    pub mask: Option<String>,
    /// A line inside the box's edge.
    #[serde(default)]
    pub border: Option<Border>,
    /// A shadow under the box.
    #[serde(default)]
    pub box_shadow: Option<BoxShadow>,
    /// Blurs the picture by a Gaussian of this standard deviation in px (CSS `blur()`), 0 to 200; the box's edge stays
    /// sharp. Default 0.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 200.0))]
    pub blur: f32,
    /// Greyscale, 0 to 1: at 1 no colour is left. Default 0.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub grayscale: f32,
    /// Factor of the picture's light, 0 to 3. Default 1.
    #[serde(default = "one")]
    #[schemars(range(min = 0.0, max = 3.0))]
    pub brightness: f32,
    /// Clockwise rotation about the box's centre in degrees, -360 to 360. Default 0.
    #[serde(default)]
    #[schemars(range(min = -360.0, max = 360.0))]
    pub rotate: f32,
    /// 0 to 1. Default 1.
    #[serde(default = "one")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub opacity: f32,
    /// Colour behind the picture, seen where it is transparent or (`contain`) does not reach.
    #[serde(default)]
    pub background: Option<Expr<Color>>,
    /// What happens when the picture cannot be loaded. Default `fail`.
    #[serde(default)]
    pub on_error: OnError,
    /// Time to wait for a picture by URL in ms, 50 to 60000; afterwards `on_error` applies. Default: the service's.
    #[serde(default)]
    #[schemars(range(min = 50, max = 60000))]
    pub timeout_ms: Option<u32>,
    /// File of the template's folder that is drawn when `src` is empty, or fails with `on_error: "fallback"`.
    #[serde(default)]
    pub fallback: Option<String>,
}

fn center() -> Expr<ObjectPosition> {
    Expr::value(ObjectPosition::At(0.5, 0.5))
}

fn one() -> f32 {
    1.0
}
