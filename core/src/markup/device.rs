//! Filters at the size at which they are drawn. resvg computes a region from its rounded left edge and its rounded width, so
//! that it may end one px too early; light falls on a surface of its px instead of the artwork's units, so that bevels are
//! flatter in larger posters; and noise lies elsewhere.

use resvg::tiny_skia::{Rect, Transform};

use super::{
    bounds::{self, reach},
    budget::Cost,
    rewrite::{
        noise::{self, only_filter},
        regions, root,
    },
    tree::{Document, NodeId},
};

/// Distance of the edges of a region from those of px, within them, px.
const INSET: f32 = 0.01;
/// Largest difference of a scale from 1 that is not seen in lights.
const SAME: f32 = 0.01;

/// Fits filters to a canvas. `width`: of the artwork on it, output px.
pub fn fit(document: &mut Document<'_>, width: u32) {
    if !document.nodes.iter().any(|node| node.name == "filter") {
        return;
    }
    let Some((area, view)) = root::place(&document.nodes[0]) else { return };
    let zoom = width as f32 / area.width();
    if !zoom.is_finite() || zoom <= 0.0 {
        return;
    }
    let root = view.post_scale(zoom, zoom);
    document.forget_ids();
    let (ids, uses, mut count) = (document.ids(), document.uses(), 0);
    let mut moved = Vec::new();
    for id in document.all() {
        if document.budget.is_exceeded() {
            return;
        }
        let Some(filter) = only_filter(document, id, &ids) else { continue };
        let placed = noise::placed(document, id, &uses).map(|placed| placed.post_concat(root));
        let by = placed.filter(|_| id != 0).and_then(|placed| noise::distance(document, filter, placed));
        let region = placed.and_then(|placed| region(document, id, filter, placed, by.is_some()));
        let places = placed.map_or_else(Vec::new, |placed| places(document, filter, placed, by.is_some()));
        let light = placed.unwrap_or(root).get_scale().0;
        let has_light = document.nodes[filter].children.iter().any(|one| is_light(document, *one));
        let is_lit = has_light && (light - 1.0).abs() > SAME;
        if region.is_none() && places.is_empty() && !is_lit && by.is_none() {
            continue;
        }
        if !document.budget.spend(Cost::Written, regions::bytes(document, filter)) {
            return;
        }
        let name = document.free_id("haibao-device", &ids, &mut count);
        let copied = regions::copy(document, filter, name.clone());
        if let Some(region) = region {
            document.set(copied, "filterUnits", "userSpaceOnUse");
            regions::place(document, copied, region);
        }
        for (index, place) in places {
            let primitive = document.nodes[copied].children[index];
            regions::place(document, primitive, place);
        }
        if is_lit {
            scale(document, copied, light);
        }
        if let Some(by) = by {
            noise::keep_places(document, copied, by);
            moved.push((id, by));
        }
        document.set(id, "filter", format!("url(#{name})"));
    }
    for (id, by) in moved {
        noise::shift(document, id, by);
    }
}

fn is_light(document: &Document<'_>, id: NodeId) -> bool {
    matches!(document.nodes[id].name, "feDiffuseLighting" | "feSpecularLighting")
}

/// The region of an element's filter, if resvg would compute another one. `is_moved`: or might, since its units are moved.
fn region(document: &Document<'_>, id: NodeId, filter: NodeId, placed: Transform, is_moved: bool) -> Option<Rect> {
    if document.attribute(filter, "primitiveUnits") == Some("objectBoundingBox") {
        return None;
    }
    let name = document.attribute(filter, "id")?;
    fitted(reach::region(document, name, bounds::fill_box(document, id))?, placed, is_moved)
}

/// A rectangle that resvg rounds to all px that it touches, if it would, or might, round it otherwise.
fn fitted(rect: Rect, placed: Transform, is_moved: bool) -> Option<Rect> {
    if placed.has_skew() || placed.sx <= 0.0 || placed.sy <= 0.0 {
        return None;
    }
    let device = rect.transform(placed)?;
    let side = |start: f32, end: f32| {
        let (first, last) = ((start + INSET).floor(), (end - INSET).ceil());
        let is_exact = start.floor() == first && start.floor() + (end - start).ceil() == last;
        (first, last.max(first + 1.0), is_exact)
    };
    let (left, right, is_exact_across) = side(device.left(), device.right());
    let (top, bottom, is_exact_down) = side(device.top(), device.bottom());
    if is_exact_across && is_exact_down && !is_moved {
        return None;
    }
    Rect::from_ltrb(left + INSET, top + INSET, right - INSET, bottom - INSET)?.transform(placed.invert()?)
}

/// The places of primitives that resvg would round otherwise, with their positions in the filter. `is_moved`: as for its region.
fn places(document: &Document<'_>, filter: NodeId, placed: Transform, is_moved: bool) -> Vec<(usize, Rect)> {
    if document.attribute(filter, "primitiveUnits") == Some("objectBoundingBox") {
        return Vec::new();
    }
    let children = document.nodes[filter].children.iter().enumerate();
    let fitted = children.filter_map(|(index, id)| {
        let side = |name: &str| bounds::px(document.attribute(*id, name)?).map(|px| px as f32);
        let rect = Rect::from_xywh(side("x")?, side("y")?, side("width")?, side("height")?)?;
        Some((index, fitted(rect, placed, is_moved)?))
    });
    fitted.collect()
}

/// Makes the surface under a light as steep in px as it is in the artwork's units.
fn scale(document: &mut Document<'_>, filter: NodeId, by: f32) {
    for id in document.nodes[filter].children.clone() {
        if is_light(document, id) {
            let surface = document.attribute(id, "surfaceScale").and_then(|scale| scale.trim().parse::<f32>().ok());
            document.set(id, "surfaceScale", (surface.unwrap_or(1.0) * by).to_string());
        }
    }
}
