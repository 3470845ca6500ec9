//! A template and its parameters become a [`Plan`]: what is drawn, with every string resolved, and what must be
//! fetched first. Nothing is fetched here and nothing is drawn.

mod arrange;
mod assets;
mod canvas;
mod flow;
pub(crate) mod limits;
mod measure;
mod poster;
mod request;
pub(crate) mod resolver;

use std::sync::Arc;

pub use assets::ResolvedAssets;
pub use canvas::Canvas;
pub use poster::plan;
pub use request::{CodeRequest, Request};

use crate::{code::CodeNeed, error::Finding, layer::Planned, template::Template};

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
    pub layers: Vec<PlannedLayer>,
    /// The mini-program code that must be at hand, when a layer draws one.
    pub code: Option<CodeNeed>,
    /// Whether the colour of its rays is to be chosen from what lies beneath it: [`CodeNeed::line_color`] is none then.
    pub auto_line_color: bool,
    /// Warnings: `flow_overflow`, `layer_empty`, `canvas_overflow`.
    pub findings: Vec<Finding>,
}

/// One layer, ready to be placed.
#[derive(Debug, Clone)]
pub struct PlannedLayer {
    /// JSON pointer of what it was made from: `/layers/3`, `/layers/3/children/1`. Copies of a repeated layer have the
    /// same.
    pub pointer: String,
    /// Where it stands.
    pub at: At,
    /// What it draws.
    pub kind: Planned,
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

impl Plan {
    /// Whether something of a code is to be chosen from what lies beneath it, so that the pictures must be there first.
    pub fn is_auto(&self) -> bool {
        self.auto_line_color || self.layers.iter().any(|layer| layer.kind.is_auto())
    }
}

#[cfg(test)]
mod tests;
