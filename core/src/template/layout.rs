//! Types of `layout.json`, except those of the kinds of layers ([`crate::layer`]). `haibao schema` prints their JSON
//! Schema, so their doc comments are the designer's help text.
//!
//! Names and meanings follow CSS where CSS has an equivalent. Lengths are px of the canvas at scale 1.

mod canvas;
mod target;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

pub use canvas::{Canvas, Height, MAX_HEIGHT, MAX_PIXELS};
pub use target::{CodeTarget, SceneExpr};

use crate::{error::Title, layer::Layer};

/// A poster template.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Path or URL of this schema, for editors.
    #[serde(rename = "$schema", default)]
    pub schema: Option<String>,
    /// Display name.
    pub title: String,
    /// Display names in other languages, by their tags: `{ "en": "Product share" }`. Pages and the command line show that of the
    /// reader's language.
    #[serde(default)]
    pub titles: BTreeMap<String, String>,
    /// Size and background.
    pub canvas: Canvas,
    /// The artwork: an SVG file in the template's folder. Default: none.
    #[serde(default)]
    pub artwork: Option<String>,
    /// JSON Schema of the parameters. `"format": "image"` marks a picture.
    #[serde(default)]
    pub params: serde_json::Map<String, serde_json::Value>,
    /// What the mini-program code opens.
    #[serde(default)]
    pub code: Option<CodeTarget>,
    /// Layers in the order of drawing. A layer with `at` replaces an element of the artwork; others are drawn above it.
    #[serde(default)]
    pub layers: Vec<Layer>,
}

impl Layout {
    /// The display name in each language that the layout has.
    pub fn display_name(&self) -> Title {
        Title::new(&self.title, self.titles.iter().map(|(tag, title)| (tag.as_str(), title.as_str())))
    }

    /// Every layer with its JSON pointer, containers before their children.
    pub fn all_layers(&self) -> Vec<(String, &Layer)> {
        let mut all = Vec::new();
        for (index, layer) in self.layers.iter().enumerate() {
            layer.visit(&format!("/layers/{index}"), &mut |pointer, layer| all.push((pointer.to_owned(), layer)));
        }
        all
    }
}
