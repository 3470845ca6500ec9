//! Blurs at the edges of filters' regions. resvg blurs in several passes and cuts each off at the region: what one spreads
//! beyond an edge is missing in the next, so that the glow inside a shape is too strong when the region is the shape's box, as
//! Figma exports it. A larger region makes room for the passes, in which each primitive keeps the place that it had.

use std::collections::HashMap;

use resvg::tiny_skia::Rect;

use super::{places, regions};
use crate::markup::{
    bounds::{self, reach},
    budget::Cost,
    css::scan::Scanner,
    style::values::{Link, link},
    tree::{Document, NodeId},
};

/// Distance of ink from an edge, in standard deviations, from which the passes lose nothing that can be seen.
const NEAR: f32 = 1.75;
/// Room that the passes need, in standard deviations.
const ROOM: f32 = 3.0;
/// Part of the longer side of a region that is the largest room.
const MAX_ROOM: f32 = 0.25;
/// Distance by which ink may lie outside of a region that contains it, for rounded numbers.
const ROUNDING: f32 = 0.1;

/// Gives elements whose filter blurs ink at an edge of its region a copy of the filter with room.
pub fn rewrite(document: &mut Document<'_>) {
    if !document.nodes.iter().any(|node| node.name == "feGaussianBlur") {
        return;
    }
    document.forget_ids();
    let (ids, mut count) = (document.ids(), 0);
    for id in document.all() {
        if document.budget.is_exceeded() {
            return;
        }
        if let Some((filter, region, larger)) = tight(document, id, &ids)
            && document.budget.spend(Cost::Written, regions::bytes(document, filter))
        {
            let name = document.free_id("haibao-edges", &ids, &mut count);
            let copied = regions::copy(document, filter, name.clone());
            document.set(copied, "filterUnits", "userSpaceOnUse");
            regions::place(document, copied, larger);
            keep(document, copied, region);
            document.set(id, "filter", format!("url(#{name})"));
        }
    }
}

/// The filter of an element, its region, and the one with room for its blurs, if that is larger.
fn tight(document: &Document<'_>, id: NodeId, ids: &HashMap<String, NodeId>) -> Option<(NodeId, Rect, Rect)> {
    let mut scanner = Scanner::new(document.attribute(id, "filter")?);
    let Link::Id(name) = link(&mut scanner).filter(|_| id != 0 && scanner.is_at_end())? else { return None };
    let filter = *ids.get(&*name)?;
    if document.attribute(filter, "primitiveUnits") == Some("objectBoundingBox") {
        return None;
    }
    let children = document.nodes[filter].children.iter().copied();
    let primitives: Vec<NodeId> = children.filter(|child| document.nodes[*child].name.starts_with("fe")).collect();
    // A blur alone is drawn without resvg, unless it is one of several colours in linear light. A shape without a name, which cannot
    // be a slot, is taken to have one colour.
    let is_shape =
        matches!(document.nodes[id].name, "rect" | "circle" | "ellipse" | "line" | "path" | "polygon" | "polyline");
    let has_one_color = is_shape && document.attribute(id, "id").is_none();
    let in_srgb = |one: NodeId| bounds::inherited(document, one, "color-interpolation-filters") == Some("sRGB");
    let is_own = |one: NodeId| has_one_color || in_srgb(one);
    let is_drawn_here = matches!(primitives[..], [one] if is_own(one));
    if primitives.is_empty() || is_drawn_here || !primitives.iter().all(|one| is_movable(document, *one)) {
        return None;
    }
    let region = reach::region(document, &name, bounds::fill_box(document, id))?;
    let ink = bounds::ink(document, id).rect()?;
    // The region cuts what lies outside of it.
    if distances(ink, region).iter().any(|distance| *distance < -ROUNDING) {
        return None;
    }
    let most = MAX_ROOM * region.width().max(region.height());
    let mut rooms = [0.0_f32; 4];
    for (index, blur) in primitives.iter().enumerate() {
        if document.nodes[*blur].name == "feGaussianBlur" {
            let deviation = numbers(document, *blur, "stdDeviation").into_iter().fold(0.0, f32::max);
            let blurred = moved(document, &primitives[..=index], ink)?;
            for (room, distance) in rooms.iter_mut().zip(distances(blurred, region)) {
                if distance < NEAR * deviation {
                    *room = room.max((ROOM * deviation).min(most));
                }
            }
        }
    }
    let [left, top, right, bottom] = rooms;
    let sides = [region.left() - left, region.top() - top, region.right() + right, region.bottom() + bottom];
    let larger = Rect::from_ltrb(sides[0], sides[1], sides[2], sides[3])?;
    (larger != region).then_some((filter, region, larger))
}

/// Distances of the edges of a rectangle from those of one around it; negative outside.
fn distances(inner: Rect, outer: Rect) -> [f32; 4] {
    [
        inner.left() - outer.left(),
        inner.top() - outer.top(),
        outer.right() - inner.right(),
        outer.bottom() - inner.bottom(),
    ]
}

/// Whether a primitive has the filter's region as its place, and draws the same there in a larger one.
fn is_movable(document: &Document<'_>, id: NodeId) -> bool {
    let is_placed = ["x", "y", "width", "height"].iter().any(|side| document.attribute(id, side).is_some());
    let is_known = matches!(
        document.nodes[id].name,
        "feBlend"
            | "feColorMatrix"
            | "feComponentTransfer"
            | "feComposite"
            | "feFlood"
            | "feGaussianBlur"
            | "feMerge"
            | "feMorphology"
            | "feOffset"
    );
    is_known && !is_placed
}

/// Where the ink is that the last of these primitives blurs: moved by those whose results follow from the element.
fn moved(document: &Document<'_>, primitives: &[NodeId], ink: Rect) -> Option<Rect> {
    let [mut x, mut y, mut grown] = [0.0_f32; 3];
    for pair in primitives.windows(2).rev() {
        if document.attribute(pair[1], "in").is_some() {
            break;
        }
        match document.nodes[pair[0]].name {
            "feOffset" => {
                x += numbers(document, pair[0], "dx").first().unwrap_or(&0.0);
                y += numbers(document, pair[0], "dy").first().unwrap_or(&0.0);
            }
            "feMorphology" if document.attribute(pair[0], "operator") == Some("dilate") => {
                grown += numbers(document, pair[0], "radius").into_iter().fold(0.0, f32::max);
            }
            "feColorMatrix" | "feComponentTransfer" | "feMorphology" => {}
            _ => break,
        }
    }
    let (left, top) = (ink.left() + x - grown, ink.top() + y - grown);
    Rect::from_ltrb(left, top, ink.right() + x + grown, ink.bottom() + y + grown)
}

fn numbers(document: &Document<'_>, id: NodeId, name: &str) -> Vec<f32> {
    let numbers = svgtypes::NumberListParser::from(document.attribute(id, name).unwrap_or_default());
    numbers.map_while(Result::ok).map(|number| number as f32).collect()
}

/// Keeps the primitives of a filter at their place.
fn keep(document: &mut Document<'_>, filter: NodeId, place: Rect) {
    let mut index = 0;
    while let Some(&id) = document.nodes[filter].children.get(index).filter(|_| !document.budget.is_exceeded()) {
        index += 1;
        if !document.nodes[id].name.starts_with("fe") {
            continue;
        }
        regions::place(document, id, place);
        let moves = |name: &str| numbers(document, id, name).iter().any(|by| *by != 0.0);
        if document.nodes[id].name == "feOffset" && (moves("dx") || moves("dy")) {
            let same = places::cut(document, filter, index);
            regions::place(document, same, place);
            index += 1;
        }
    }
}
