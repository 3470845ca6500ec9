//! `layout.json`: its types. `haibao schema` prints their JSON Schema, so doc comments here are the designer's help text.
//!
//! Names and meanings are CSS's where CSS has the thing; numbers are px of the canvas at scale 1.

mod canvas;
mod code;
mod flow;
mod text;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

pub use canvas::{Canvas, Height, MAX_HEIGHT};
pub use code::{Code, CodeCenter, LineColor, Plate, PlateShow};
pub use flow::{AlignItems, Child, Flow, FlowBox, Item, JustifyContent, Length, Margin, Padding, Sides};
pub use text::{Span, Text};

use super::expr::Expr;
use crate::{
    asset::OnError,
    code::{EnvVersion, Kind},
    style::{Border, BoxShadow, Color, ObjectFit, ObjectPosition, Radius},
};

/// A poster template.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Path or URL of this schema, for editors.
    #[serde(rename = "$schema", default)]
    pub schema: Option<String>,
    /// Name shown to people.
    pub title: String,
    /// Size and background.
    pub canvas: Canvas,
    /// SVG file of the template's folder: the artwork. Without it the poster has its background only.
    #[serde(default)]
    pub artwork: Option<String>,
    /// JSON Schema of the parameters. `"format": "image"` marks a picture.
    #[serde(default)]
    pub params: serde_json::Map<String, serde_json::Value>,
    /// What the mini-program code opens.
    #[serde(default)]
    pub code: Option<CodeTarget>,
    /// What is drawn, in order. A layer with `at` takes the place of an element of the artwork, others lie above it.
    #[serde(default)]
    pub layers: Vec<Layer>,
}

/// What the code opens when it is scanned. Each string may use parameters.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeTarget {
    /// `unlimited` (default): round, with `page` and `scene`; `limited`: round, with `path`; `square`: with `path`, of
    /// the same 100 000 as limited ones; `qr`: a plain QR code with `text`, drawn without WeChat.
    #[serde(default)]
    pub kind: Option<Kind>,
    /// Name of an app of the settings (`[apps.NAME]`). Default `default`.
    #[serde(default)]
    pub app: Option<Expr<String>>,
    /// The page, without a leading `/` and without a query. Default: the home page.
    #[serde(default)]
    pub page: Option<Expr<String>>,
    /// The scene: a string of at most 32 legal characters, or a map that is written as `k=v&k=v`.
    #[serde(default)]
    pub scene: Option<SceneExpr>,
    /// The path with its query, for `limited` (at most 1024 characters) and `square` (128).
    #[serde(default)]
    pub path: Option<Expr<String>>,
    /// What a plain QR code says, such as a URL, for `qr`.
    #[serde(default)]
    pub text: Option<Expr<String>>,
    /// `release` (default), `trial` or `develop`.
    #[serde(default)]
    pub env_version: Option<Expr<EnvVersion>>,
    /// Whether WeChat checks that the page is published. Default true.
    #[serde(default)]
    pub check_path: Option<bool>,
}

/// The scene of a code: as it is, or from parts.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SceneExpr {
    /// As it is.
    Text(Expr<String>),
    /// Written as `k=v&k=v` in this order; empty values are left out.
    Map(#[schemars(with = "BTreeMap<String, String>")] serde_json::Map<String, serde_json::Value>),
}

/// One layer. The kind is its `type`.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(tag = "type", rename_all = "snake_case")]
pub enum Layer {
    /// A picture.
    Image(Image),
    /// A paragraph.
    Text(Text),
    /// The mini-program code.
    Code(Code),
    /// A rectangle.
    Shape(Shape),
    /// Layers beside each other.
    Row(Flow),
    /// Layers below each other.
    Column(Flow),
}

/// A box on the canvas: `[x, y, width, height]` in px at scale 1.
pub type BoxPx = [f32; 4];

/// A picture: a product photo, an avatar, a logo.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// `#id` of the SVG element whose box and place in the order this layer takes.
    #[serde(default)]
    pub at: Option<String>,
    /// The box, when there is no `at`.
    #[serde(default, rename = "box")]
    pub rect: Option<BoxPx>,
    /// Drawn only when this is neither empty, `false` nor `0`.
    #[serde(default)]
    pub when: Option<Expr<String>>,
    /// An http(s) URL, a `data:` URI, or a file of the template's folder.
    pub src: Expr<String>,
    /// How the picture fills its box. Default `cover`.
    #[serde(default)]
    pub object_fit: ObjectFit,
    /// Which part is seen (`cover`), or where it stands (`contain`, `blur-fill`): as in CSS `center`, `top`,
    /// `left bottom`, `30% 70%`; or `attention`: the interesting part. Default `center`.
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
    /// Share of grey, 0 to 1: at 1 no colour is left. Default 0.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub grayscale: f32,
    /// Factor of the picture's light, 0 to 3. Default 1.
    #[serde(default = "one")]
    #[schemars(range(min = 0.0, max = 3.0))]
    pub brightness: f32,
    /// Degrees clockwise by which the layer is turned about its box's centre, -360 to 360. Default 0.
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
    /// What happens when the picture cannot be had. Default `fail`.
    #[serde(default)]
    pub on_error: OnError,
    /// File of the template's folder that is drawn when `src` is empty, or fails with `on_error: "fallback"`.
    #[serde(default)]
    pub fallback: Option<String>,
}

/// A rectangle, rounded or round.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// `#id` of the SVG element whose box and place in the order this layer takes.
    #[serde(default)]
    pub at: Option<String>,
    /// The box, when there is no `at`.
    #[serde(default, rename = "box")]
    pub rect: Option<BoxPx>,
    /// Drawn only when this is neither empty, `false` nor `0`.
    #[serde(default)]
    pub when: Option<Expr<String>>,
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

fn center() -> Expr<ObjectPosition> {
    Expr::value(ObjectPosition::At(0.5, 0.5))
}

fn one() -> f32 {
    1.0
}
