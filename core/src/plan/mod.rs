//! Planning: resolves a template with its parameters to a [`Plan`] of drawn layers and required pictures. Does not
//! fetch or draw.

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
pub use canvas::PlannedCanvas;
pub use poster::{plan, sources};
pub use request::Request;

use crate::{
    asset::AssetSource,
    code::CodeNeed,
    error::Finding,
    layer::Planned,
    template::{ExpandedArtwork, Template},
};

/// Everything that determines a poster's pixels, except the bytes of its pictures and its code.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Template that was planned; the renderer reads its slots and fonts.
    pub template: Arc<Template>,
    /// Size in px at scale 1, and background.
    pub canvas: PlannedCanvas,
    /// Output px per px of the canvas, 1 to 3.
    pub scale: f32,
    /// The artwork, with parameters expanded.
    pub artwork: Option<ExpandedArtwork>,
    /// The layers whose `when` holds, in the order of layout.json. The children of a container follow its background.
    pub layers: Vec<PlannedLayer>,
    /// The mini-program code to request, if a layer shows one.
    pub code: Option<CodeNeed>,
    /// Whether the colour of its rays is chosen from the pixels beneath it. [`CodeNeed::line_color`] is none then.
    pub auto_line_color: bool,
    /// Warnings: `flow_overflow`, `layer_empty`, `canvas_overflow`.
    pub findings: Vec<Finding>,
}

/// A resolved layer.
#[derive(Debug, Clone)]
pub struct PlannedLayer {
    /// JSON pointer of the layer: `/layers/3`, `/layers/3/children/1`. Copies of a repeated layer share it.
    pub pointer: String,
    /// Position.
    pub at: At,
    /// Resolved fields of its kind.
    pub kind: Planned,
}

/// Position of a layer.
#[derive(Debug, Clone, PartialEq)]
pub enum At {
    /// Replaces the artwork's element with this id (without `#`).
    Slot(String),
    /// `[x, y, width, height]` in px at scale 1, above the artwork.
    Box([f32; 4]),
    /// In the place of an artwork's element in the order of drawing, with a box of its own.
    Moved {
        /// The element's id (without `#`).
        slot: String,
        /// As [`At::Box`].
        rect: [f32; 4],
    },
    /// In a container that replaces an element of the artwork.
    Within {
        /// The element's id (without `#`).
        slot: String,
        /// As [`At::Box`], relative to the top left corner of the element.
        rect: [f32; 4],
    },
}

impl Plan {
    /// The sources of pictures without which there is no poster, each with the JSON pointer to report when it fails.
    pub fn required_sources(&self) -> impl Iterator<Item = (&AssetSource, &str)> {
        required(&self.layers)
    }

    /// Whether some appearance of a code depends on the pixels beneath it, so that pictures are required before the
    /// code.
    pub fn is_auto(&self) -> bool {
        self.auto_line_color || self.layers.iter().any(|layer| layer.kind.is_auto())
    }
}

/// Sources of pictures without which there is no poster, each with the JSON pointer to report when it fails.
fn required(layers: &[PlannedLayer]) -> impl Iterator<Item = (&AssetSource, &str)> {
    let needs = layers.iter().flat_map(|layer| layer.kind.needs()).filter(|need| need.is_required);
    needs.map(|need| (need.source, need.pointer))
}

#[cfg(test)]
mod tests;
