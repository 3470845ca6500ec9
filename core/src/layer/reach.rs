//! Ink bounds: how far layers may draw beyond their slots.

use std::collections::BTreeMap;

use super::{BoxPx, SlotSize};
use crate::{plan::PlannedCanvas, template::Template};

/// Ids of a layout's slots (without `#`), each with the distance by which its layers may draw beyond its box, px at
/// scale 1.
pub fn reaches(template: &Template) -> BTreeMap<&str, f32> {
    let canvas = PlannedCanvas::tallest(&template.layout.canvas);
    let canvas = [canvas.width as f32, canvas.height as f32];
    let mut reaches = BTreeMap::new();
    for layer in &template.layout.layers {
        let Some(id) = layer.slot() else { continue };
        let slot = template.slot(id).filter(|_| !template.artwork_varies());
        let size = match layer.rect().or(slot) {
            Some([.., width, height]) if height.is_finite() => SlotSize { min: [width, height], max: [width, height] },
            _ => SlotSize { min: [0.0; 2], max: canvas },
        };
        let away = layer.rect().map_or(0.0, |rect| distance(slot, rect, canvas));
        let reach = reaches.entry(id).or_insert(0.0_f32);
        // Antialiased edges extend by another px.
        *reach = reach.max(layer.kind.reach(size) + away + 1.0);
    }
    reaches
}

/// How far a box reaches beyond a slot. Rounded to powers of two: the artwork is drawn anew for another distance, and designers drag
/// layers.
fn distance(slot: Option<BoxPx>, [x, y, width, height]: BoxPx, canvas: [f32; 2]) -> f32 {
    let Some([left, top, slot_width, slot_height]) = slot else { return canvas[0].max(canvas[1]) };
    let height = if height.is_finite() { height } else { canvas[1] };
    let beyond = [left - x, top - y, x + width - left - slot_width, y + height - top - slot_height];
    let farthest = beyond.into_iter().fold(0.0, f32::max);
    if farthest > 0.0 { farthest.log2().ceil().exp2() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_beside_its_slot_is_within_its_reach() {
        let slot = Some([100.0, 100.0, 50.0, 20.0]);
        for (rect, expected) in [
            ([100.0, 100.0, 50.0, 20.0], 0.0),
            ([110.0, 105.0, 10.0, 10.0], 0.0),
            ([97.0, 100.0, 50.0, 20.0], 4.0),
            ([100.0, 68.0, 50.0, 20.0], 32.0),
            ([100.0, 100.0, 83.0, 20.0], 64.0),
            ([100.0, 100.0, 50.0, f32::INFINITY], 1024.0),
        ] {
            assert_eq!(distance(slot, rect, [400.0, 600.0]), expected, "{rect:?}");
        }
        assert_eq!(distance(None, [0.0, 0.0, 9.0, 9.0], [400.0, 600.0]), 600.0);
    }
}
