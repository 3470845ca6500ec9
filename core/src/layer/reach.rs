//! Ink bounds: how far layers may draw beyond their slots.

use std::collections::BTreeMap;

use super::SlotSize;
use crate::{plan::PlannedCanvas, template::Template};

/// Ids of a layout's slots (without `#`), each with the distance by which its layers may draw beyond its box, px at
/// scale 1.
pub fn reaches(template: &Template) -> BTreeMap<&str, f32> {
    let canvas = PlannedCanvas::tallest(&template.layout.canvas);
    let mut reaches = BTreeMap::new();
    for layer in &template.layout.layers {
        let Some(id) = layer.slot() else { continue };
        let slot = match template.slot(id) {
            Some([_, _, width, height]) if !template.artwork_varies() => {
                SlotSize { min: [width, height], max: [width, height] }
            }
            _ => SlotSize { min: [0.0; 2], max: [canvas.width as f32, canvas.height as f32] },
        };
        let reach = reaches.entry(id).or_insert(0.0_f32);
        // Antialiased edges extend by another px.
        *reach = reach.max(layer.kind.reach(slot) + 1.0);
    }
    reaches
}
