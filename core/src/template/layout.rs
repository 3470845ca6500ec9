//! `layout.json`: its types, but for those of the layers' kinds. `haibao schema` prints their JSON Schema, so doc comments
//! here are the designer's help text.
//!
//! Names and meanings are CSS's where CSS has the thing; numbers are px of the canvas at scale 1.

mod canvas;
mod target;

use schemars::JsonSchema;
use serde::Deserialize;

pub use canvas::{Canvas, Height, MAX_HEIGHT, MAX_PIXELS};
pub use target::{CodeTarget, SceneExpr};

use crate::layer::Layer;

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
