//! The canvas of a poster. Its height may depend on the layers.

use super::resolver::Resolver;
use crate::{
    style::Color,
    template::layout::{self, Height, MAX_HEIGHT, MAX_PIXELS},
    words,
};

/// Size and background of a poster.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlannedCanvas {
    /// Width in px at scale 1, 1 to 4096.
    pub width: u32,
    /// Height in px at scale 1, 1 to 8192.
    pub height: u32,
    /// Maximum height of a canvas with automatic height, px at scale 1; none for a fixed height. The artwork is then as
    /// wide as the canvas, keeps its proportions, starts at the top and is cropped at the bottom.
    pub tallest: Option<u32>,
    /// Opaque background colour.
    pub background: Color,
}

impl PlannedCanvas {
    /// The canvas of a layout. An automatic height has its maximum.
    pub fn tallest(canvas: &layout::Canvas) -> Self {
        let (height, tallest) = match canvas.height {
            Height::Px(height) => (height, None),
            Height::Auto => {
                let max = (MAX_PIXELS / u64::from(canvas.width.max(1))).min(u64::from(MAX_HEIGHT)) as u32;
                let max = canvas.max_height.unwrap_or(max);
                (max, Some(max))
            }
        };
        Self { width: canvas.width, height, tallest, background: canvas.background }
    }

    /// The canvas that the artwork is drawn on, independent of the height of the poster.
    pub fn of_artwork(self) -> Self {
        Self { height: self.tallest.unwrap_or(self.height), ..self }
    }
}

impl Resolver<'_> {
    /// The canvas, after all layers have their boxes.
    pub(super) fn canvas(&mut self) -> PlannedCanvas {
        let layout = &self.template.layout.canvas;
        let canvas = PlannedCanvas::tallest(layout);
        let Some(max) = canvas.tallest else { return canvas };
        let padding = layout.padding_bottom.unwrap_or(0);
        // Coordinates are bounded by the schema; `as` saturates.
        let needed = (self.bottom.max(0.0).ceil() as u32).saturating_add(padding);
        if needed > max {
            self.warnings.push(words::canvas_overflow(needed, max).pointer("/canvas/max_height"));
        }
        let min = layout.min_height.unwrap_or(1).min(max);
        PlannedCanvas { height: needed.clamp(min, max), ..canvas }
    }
}
