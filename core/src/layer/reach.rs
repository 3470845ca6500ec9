//! Ink bounds: how far layers may draw beyond the slots whose place they take.

use std::collections::BTreeMap;

use crate::{plan::Canvas, template::Template};

/// The ids of a layout's slots (without `#`), each with the px at scale 1 by which the layers in its place may leave ink
/// outside of its box.
pub fn reaches(template: &Template) -> BTreeMap<&str, f32> {
    let canvas = Canvas::tallest(&template.layout.canvas);
    let mut reaches = BTreeMap::new();
    for layer in &template.layout.layers {
        let Some(id) = layer.at().and_then(|at| at.strip_prefix('#')) else { continue };
        let slot = template.slot(id).map(|[_, _, width, height]| [width, height]);
        // Parameters may change the artwork, and the slot with it.
        let slot = slot.filter(|_| !template.artwork_varies()).unwrap_or([canvas.width as f32, canvas.height as f32]);
        let known = reaches.entry(id).or_insert(0.0_f32);
        *known = known.max(layer.kind.reach(slot) + 1.0);
    }
    reaches
}
