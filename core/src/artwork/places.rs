//! Where layers and groups draw below other nodes.

use resvg::tiny_skia::{Rect, Transform};

use super::cut::{Isolated, Part};
use crate::paint::geometry::PxRect;

/// Disjoint rectangles, in output px, in which a layer or a group may draw below other nodes.
pub fn over_slots(parts: &[Part<'_>], root: Transform) -> Vec<PxRect> {
    let mut places: Vec<PxRect> = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let (Part::Slot { ink: Some(ink), .. } | Part::Group(Isolated { ink: Some(ink), .. })) = part else { continue };
        if !parts[index + 1..].iter().any(|above| above.has_nodes_at(*ink)) {
            continue;
        }
        let mut place = around(*ink, root);
        while let Some(met) = places.iter().position(|known| !known.intersect(&place).is_empty()) {
            place = place.union(&places.swap_remove(met));
        }
        places.push(place);
    }
    places
}

/// Pixels around a rectangle in the artwork's units.
pub fn around(rect: Rect, root: Transform) -> PxRect {
    PxRect::around([rect.left() * root.sx, rect.top() * root.sy, rect.right() * root.sx, rect.bottom() * root.sy])
}
