//! Memory that the layers of a poster and their pictures take.

use super::Renderer;
use crate::{
    asset::Asset,
    paint::{blur, geometry::canvas_size, picture::decoded_bytes, rotate},
    plan::{At, Plan, PlannedLayer},
    style::BoxShadow,
};

impl Renderer {
    /// As [`decoded_bytes`], which reads all of a JPEG. Remembered for recent pictures.
    pub fn picture_memory(&self, asset: &Asset) -> u64 {
        *self.picture_memory.get_or(asset.hash, || decoded_bytes(&asset.bytes))
    }

    /// Memory of the fitted pictures, boxes and shadows of a plan, which are kept until the poster is finished, bytes. A layer
    /// whose box is not known before the artwork is drawn counts as the canvas.
    pub fn layer_memory(&self, plan: &Plan) -> u64 {
        let (width, height) = canvas_size(plan.canvas, plan.scale);
        let (canvas, scale) = (f64::from(width) * f64::from(height), f64::from(plan.scale));
        let rect = |layer: &PlannedLayer| match &layer.at {
            At::Box(rect) | At::Moved { rect, .. } | At::Within { rect, .. } => Some(*rect),
            At::Slot(id) => plan.template.slot(id),
        };
        let area = |layer: &PlannedLayer| {
            rect(layer).map_or(canvas, |[.., w, h]| f64::from(w.max(0.0)) * f64::from(h.max(0.0)) * scale * scale)
        };
        let shadow = |layer: &PlannedLayer| {
            let Some((BoxShadow { blur, spread, .. }, degrees)) = layer.kind.shadow() else { return 0.0 };
            let grown = 2.0 * (f64::from(spread) * scale + f64::from(blur::reach(blur * plan.scale / 2.0)));
            let area = rect(layer).map_or(canvas, |[.., w, h]| {
                (f64::from(w) * scale + grown).max(0.0) * (f64::from(h) * scale + grown).max(0.0)
            });
            // Coverage; rotated, it is kept as pixels, in a box that may be larger.
            if rotate::is_still(degrees) { area.min(canvas) } else { 4.0 * (2.0 * area).min(canvas) }
        };
        let bytes: f64 = plan.layers.iter().map(|layer| layer.kind.pixel_bytes(area(layer)) + shadow(layer)).sum();
        bytes as u64
    }
}
