//! A template and its parameters become a [`Plan`]: what is drawn, with every string resolved, and what must be
//! fetched first. Nothing is fetched here and nothing is drawn.

mod arrange;
mod canvas;
mod code;
mod flow;
mod measure;
mod resolve;
mod text;

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use canvas::Canvas;
pub use resolve::plan;

use crate::{
    asset::{Asset, OnError, Source},
    code::{CodeNeed, EnvVersion, Kind, Look, SceneRequest},
    error::Finding,
    style::{Border, BoxShadow, Color, ObjectFit, ObjectPosition, Radius},
    template::Template,
    text::Text,
};

/// What is asked for: one poster of a template.
#[derive(Debug, Clone)]
pub struct Request {
    /// The parameters, a JSON object.
    pub params: Value,
    /// What the code is to open, where that differs from the layout.
    pub code: CodeRequest,
    /// Output px per px of the canvas, 1 to 3.
    pub scale: f32,
}

/// What the code opens and how it looks. Each field that is given wins over the layout's.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CodeRequest {
    /// Which kind; fields of the layout that belong to another kind are then left out.
    #[serde(default)]
    pub kind: Option<Kind>,
    /// Name of an app of the settings (`[apps.NAME]`).
    #[serde(default)]
    pub app: Option<String>,
    /// The page, without a leading `/` and without a query; empty for the home page.
    #[serde(default)]
    pub page: Option<String>,
    /// The scene.
    #[serde(default)]
    pub scene: Option<SceneRequest>,
    /// Path with query, of a limited or square code.
    #[serde(default)]
    pub path: Option<String>,
    /// What a plain QR code says.
    #[serde(default)]
    pub text: Option<String>,
    /// `release`, `trial` or `develop`.
    #[serde(default)]
    pub env_version: Option<EnvVersion>,
    /// Whether WeChat checks that the page is published.
    #[serde(default)]
    pub check_path: Option<bool>,
    /// WeChat chooses the colour of the rays.
    #[serde(default)]
    pub auto_color: Option<bool>,
    /// Colour of the rays, opaque.
    #[serde(default)]
    pub line_color: Option<Color>,
    /// Transparent background.
    #[serde(default)]
    pub is_hyaline: Option<bool>,
}

/// Everything that decides a poster's pixels, but for the bytes of its pictures and of its code.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The template it was made from.
    pub template: Arc<Template>,
    /// Size in px at scale 1, and background.
    pub canvas: Canvas,
    /// Output px per px of the canvas, 1 to 3.
    pub scale: f32,
    /// The artwork's SVG source with its parameters filled in.
    pub artwork: Option<Arc<str>>,
    /// The layers that are drawn (`when` is decided), in the order of layout.json. What a container holds follows its
    /// background, each layer in the box that it was given.
    pub layers: Vec<Layer>,
    /// The mini-program code that must be at hand, when a layer draws one.
    pub code: Option<CodeNeed>,
    /// Whether the colour of its rays is to be chosen from what lies beneath it: [`CodeNeed::line_color`] is none then.
    pub auto_line_color: bool,
    /// Warnings: `flow_overflow`, `layer_empty`, `canvas_overflow`.
    pub findings: Vec<Finding>,
}

/// One layer, ready to be placed.
#[derive(Debug, Clone)]
pub struct Layer {
    /// JSON pointer of what it was made from: `/layers/3`, `/layers/3/children/1`. Copies of a repeated layer have the
    /// same.
    pub pointer: String,
    /// Where it stands.
    pub at: At,
    /// What it draws.
    pub kind: LayerKind,
}

/// Where a layer stands.
#[derive(Debug, Clone, PartialEq)]
pub enum At {
    /// In the place of the artwork's element with this id (without `#`).
    Slot(String),
    /// `[x, y, width, height]` in px at scale 1, above the artwork.
    Box([f32; 4]),
    /// In a container that takes the place of an element.
    Within {
        /// The element's id (without `#`).
        slot: String,
        /// As [`At::Box`], from the top left corner of the element.
        rect: [f32; 4],
    },
}

/// What a layer draws.
#[derive(Debug, Clone)]
pub enum LayerKind {
    /// A picture.
    Image(Image),
    /// A paragraph.
    Text(Text),
    /// The code.
    Code(Code),
    /// A rectangle.
    Shape(Shape),
}

/// A picture layer. Lengths in px at scale 1.
#[derive(Debug, Clone)]
pub struct Image {
    /// JSON pointer to blame when the picture fails: `/params/product` when `src` is just that parameter, else
    /// `/layers/0/src`.
    pub pointer: String,
    /// What must be fetched; none when `src` is empty and no fallback is named: the background, border and shadow are
    /// drawn then.
    pub source: Option<Source>,
    /// File that stands in when `source` fails.
    pub fallback: Option<Source>,
    /// What happens when `source` fails.
    pub on_error: OnError,
    /// How it fills the box.
    pub object_fit: ObjectFit,
    /// Which part of it is seen, or where it stands.
    pub object_position: ObjectPosition,
    /// Corners.
    pub border_radius: Radius,
    /// Id (without `#`) of the artwork's element whose shape cuts it.
    pub mask: Option<String>,
    /// Standard deviation of its blur, 0 to 200.
    pub blur: f32,
    /// Share of grey, 0 to 1.
    pub grayscale: f32,
    /// Factor of its light, 0 to 3.
    pub brightness: f32,
    /// Degrees clockwise about the box's centre, -360 to 360.
    pub rotate: f32,
    /// Line inside the edge.
    pub border: Option<Border>,
    /// Shadow under the box.
    pub box_shadow: Option<BoxShadow>,
    /// 0 to 1.
    pub opacity: f32,
    /// Behind the picture.
    pub background: Option<Color>,
}

/// A code layer. Lengths in px at scale 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Code {
    /// The plate under it.
    pub plate: Option<Plate>,
    /// Its picture, when the layer brings one; else it is [`Plan::code`].
    pub given: Option<Given>,
    /// What stands in its middle.
    pub center: Option<Center>,
}

/// A picture that a layer brings, and whom to blame when it fails.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// Where its bytes come from.
    pub source: Source,
    /// JSON pointer of the parameter, or of the layout's `src`.
    pub pointer: String,
}

/// A round picture in a code's middle.
#[derive(Debug, Clone, PartialEq)]
pub struct Center {
    /// The picture.
    pub picture: Given,
    /// Its diameter with the ring, as a part of the code's side, 0.05 to 0.44.
    pub size: f32,
}

/// The plate under a code.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plate {
    /// Whether it is drawn only where the code could not be read without it.
    pub auto: bool,
    /// Fill.
    pub background: Color,
    /// px between its edge and the code.
    pub padding: f32,
    /// Corners.
    pub border_radius: Radius,
}

/// A shape layer. Lengths in px at scale 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// Fill.
    pub background: Option<Color>,
    /// Corners.
    pub border_radius: Radius,
    /// Line inside the edge.
    pub border: Option<Border>,
    /// Shadow under the box.
    pub box_shadow: Option<BoxShadow>,
    /// 0 to 1.
    pub opacity: f32,
}

/// What was fetched for a plan.
#[derive(Debug, Clone, Default)]
pub struct Gathered {
    /// One entry for each of [`Plan::layers`], in its order: the picture of an image layer, the code of a code layer.
    pub assets: Vec<Option<Asset>>,
    /// Pictures in the middle of codes, by the place of the layer in [`Plan::layers`]. One that is not here is not drawn.
    pub centers: BTreeMap<usize, Asset>,
    /// What was decided of codes, by the place of the layer in [`Plan::layers`]; needed where [`Plan::is_auto`]. A plate
    /// that nothing was decided of is drawn.
    pub looks: BTreeMap<usize, Look>,
}

impl Gathered {
    /// Gives the code that was asked for to every layer that draws it.
    pub fn put_code(&mut self, plan: &Plan, code: Option<Asset>) {
        self.assets.resize(plan.layers.len(), None);
        for (asset, layer) in self.assets.iter_mut().zip(&plan.layers) {
            if matches!(&layer.kind, LayerKind::Code(Code { given: None, .. })) {
                asset.clone_from(&code);
            }
        }
    }
}

impl Plan {
    /// Whether something of a code is to be chosen from what lies beneath it, so that the pictures must be there first.
    pub fn is_auto(&self) -> bool {
        let plate =
            |layer: &Layer| matches!(&layer.kind, LayerKind::Code(Code { plate: Some(Plate { auto: true, .. }), .. }));
        self.auto_line_color || self.layers.iter().any(plate)
    }
}

#[cfg(test)]
mod tests;
