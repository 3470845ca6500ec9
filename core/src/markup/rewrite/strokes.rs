//! Strokes: `vector-effect: non-scaling-stroke` keeps their width where the artwork scales, and `pathLength` is the unit of
//! dashes.

use std::collections::HashMap;

use resvg::tiny_skia::Transform;

use crate::{
    markup::{
        bounds,
        notes::Notes,
        tree::{self, Document, NodeId},
    },
    words,
};

/// Maximum number of `<use>` elements whose scales are compared for one element.
const MAX_USES: usize = 16;

/// For each id that `<use>` elements draw, these elements.
type Uses = HashMap<String, Vec<NodeId>>;

/// Divides the lengths of strokes by the scale of their elements.
pub fn rewrite(document: &mut Document<'_>, notes: &mut Notes) {
    let uses = document.uses();
    for id in document.all() {
        dashes(document, id);
        let Some(effect) = document.attribute(id, "vector-effect") else { continue };
        // Browsers stroke texts without it.
        if effect == "none" || matches!(document.nodes[id].name, "text" | "tspan" | "textPath") {
            continue;
        }
        let scale = (effect == "non-scaling-stroke").then(|| scale(document, id, &uses)).flatten();
        let Some(scale) = scale else {
            notes.add(document.nodes[id].range_of("vector-effect"), words::css_undrawn("vector-effect"));
            continue;
        };
        for (name, initial) in [("stroke-width", "1"), ("stroke-dasharray", "none"), ("stroke-dashoffset", "0")] {
            divide(document, id, name, initial, scale);
        }
    }
}

/// Divides the numbers of a property.
fn divide(document: &mut Document<'_>, id: NodeId, name: &'static str, initial: &str, by: f32) {
    let value = bounds::inherited(document, id, name).unwrap_or(initial);
    let numbers = value.split_ascii_whitespace().map(|one| one.parse::<f32>().ok());
    let divided: Option<Vec<String>> = numbers.map(|one| Some((one? / by).to_string())).collect();
    if let Some(divided) = divided {
        document.nodes[id].set(name, divided.join(" "));
    }
}

/// Makes the dashes of an element with a `pathLength` relative to its real length.
fn dashes(document: &mut Document<'_>, id: NodeId) {
    let Some(length) = document.attribute(id, "pathLength").and_then(|length| length.trim().parse::<f32>().ok()) else {
        return;
    };
    if bounds::inherited(document, id, "stroke-dasharray").is_none_or(|dashes| dashes == "none") || length <= 0.0 {
        return;
    }
    if let Some(real) = bounds::perimeter::perimeter(document, id).filter(|real| *real > 0.0) {
        for (name, initial) in [("stroke-dasharray", "none"), ("stroke-dashoffset", "0")] {
            divide(document, id, name, initial, length / real);
        }
    }
}

/// Whether a `<use>` draws an element at another scale than that of its own place.
fn is_scaled(document: &Document<'_>, id: NodeId, uses: &Uses) -> bool {
    let Some(used) = document.attribute(id, "id").and_then(|id| uses.get(id)) else { return false };
    // Scales of used elements that others use are not followed.
    let own = document.nodes[id].parent.and_then(|parent| scale(document, parent, &Uses::new()));
    used.len() > MAX_USES || used.iter().any(|one| scale(document, *one, &Uses::new()) != own)
}

/// Scale from an element to the canvas, if it is the same in all directions.
fn scale(document: &Document<'_>, id: NodeId, uses: &Uses) -> Option<f32> {
    let mut whole = Transform::identity();
    for up in document.within(id) {
        if !tree::is_drawn(document.nodes[up].name) || is_scaled(document, up, uses) {
            return None;
        }
        if document.nodes[up].name == "svg" {
            whole = whole.post_concat(view(document, up)?);
        }
        whole = whole.post_concat(bounds::transform(document, up));
    }
    let (x, y) = (whole.sx.hypot(whole.ky), whole.kx.hypot(whole.sy));
    let is_square = (whole.sx * whole.kx + whole.ky * whole.sy).abs() < 1e-3 * x * y;
    (is_square && x > 0.0 && (x / y - 1.0).abs() < 1e-3).then_some(x)
}

/// Scale of an `<svg>`'s `viewBox`.
fn view(document: &Document<'_>, id: NodeId) -> Option<Transform> {
    let node = &document.nodes[id];
    let Some(view_box) = node.attribute("viewBox") else { return Some(Transform::identity()) };
    let view_box: svgtypes::ViewBox = view_box.parse().ok()?;
    let side = |name: &str| bounds::px(node.attribute(name)?);
    let (Some(width), Some(height)) = (side("width"), side("height")) else {
        return (id == 0).then(Transform::identity);
    };
    let (x, y) = (width / view_box.w, height / view_box.h);
    let stretches = node.attribute("preserveAspectRatio").is_some_and(|aspect| aspect.contains("none"));
    let slices = node.attribute("preserveAspectRatio").is_some_and(|aspect| aspect.contains("slice"));
    Some(match (stretches, slices) {
        (true, _) => Transform::from_scale(x as f32, y as f32),
        (_, true) => Transform::from_scale(x.max(y) as f32, x.max(y) as f32),
        _ => Transform::from_scale(x.min(y) as f32, x.min(y) as f32),
    })
}
