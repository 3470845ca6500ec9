//! Ink bounds: how far layers may draw beyond their slots.

use std::collections::BTreeMap;

use crate::{plan::Canvas, template::Template};

/// Ids of a layout's slots (without `#`), each with the distance by which its layers may draw beyond its box, px at
/// scale 1.
pub fn reaches(template: &Template) -> BTreeMap<&str, f32> {
    let canvas = Canvas::tallest(&template.layout.canvas);
    let mut reaches = BTreeMap::new();
    for layer in &template.layout.layers {
        let Some(id) = layer.at().and_then(|at| at.strip_prefix('#')) else { continue };
        let slot = template.slot(id).map(|[_, _, width, height]| [width, height]);
        // Parameters may change the artwork, and with it the size of the slot.
        let slot = slot.filter(|_| !template.artwork_varies()).unwrap_or([canvas.width as f32, canvas.height as f32]);
        let known = reaches.entry(id).or_insert(0.0_f32);
        *known = known.max(layer.kind.reach(slot) + 1.0);
    }
    reaches
}
