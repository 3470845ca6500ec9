//! Noise. Chromium takes it half a unit and half a px further than resvg does, so that the units of its filter are moved as
//! much against those of its element. Where that is not possible, it is noted.

use std::collections::HashMap;

use resvg::tiny_skia::Transform;

use crate::{
    markup::{
        bounds,
        budget::Cost,
        css::scan::Scanner,
        notes::Notes,
        style::values::{Link, link, targets},
        tree::{Attribute, Document, NodeId},
    },
    words,
};

/// What is applied after a filter, in the units of the element.
const AROUND: [&str; 4] = ["clip-path", "mask", "opacity", "transform"];
/// Such properties.
const STYLES: [&str; 2] = ["isolation", "mix-blend-mode"];
/// Coordinates of lights.
const OF_LIGHTS: [[&str; 2]; 2] = [["x", "pointsAtX"], ["y", "pointsAtY"]];

/// Scale that is left of a side after a right turn.
const ROUNDING: f32 = 1e-5;

/// Notes noise that is not moved.
pub fn note(document: &Document<'_>, notes: &mut Notes) {
    if !document.nodes.iter().any(|node| node.name == "feTurbulence") {
        return;
    }
    let (ids, uses) = (document.ids(), document.uses());
    for id in document.descendants(0) {
        for name in document.attribute(id, "filter").into_iter().flat_map(targets) {
            let Some(&filter) = ids.get(name) else { continue };
            let Some(noise) = noise(document, filter) else { continue };
            let is_alone = only_filter(document, id, &ids) == Some(filter) && id != 0;
            let is_upright = |placed: Transform| !placed.has_skew() || placed.sx.abs().max(placed.sy.abs()) < ROUNDING;
            let is_known = placed(document, id, &uses).is_some_and(is_upright);
            if !(is_alone && is_known && is_movable(document, filter)) {
                notes.add(document.nodes[noise].range.clone(), words::artwork_noise());
            }
        }
    }
}

/// A primitive of a filter that draws noise.
fn noise(document: &Document<'_>, filter: NodeId) -> Option<NodeId> {
    let numbers = |id: NodeId| {
        let value = document.attribute(id, "baseFrequency").unwrap_or_default();
        svgtypes::NumberListParser::from(value).map_while(Result::ok)
    };
    let draws = |id: &NodeId| {
        document.nodes[*id].name == "feTurbulence"
            && document.attribute(*id, "numOctaves") != Some("0")
            && numbers(*id).any(|frequency| frequency > 0.0)
    };
    document.nodes[filter].children.iter().copied().find(draws)
}

/// The filter of an element that has one.
pub fn only_filter(document: &Document<'_>, id: NodeId, ids: &HashMap<String, NodeId>) -> Option<NodeId> {
    let mut scanner = Scanner::new(document.attribute(id, "filter")?);
    let Link::Id(name) = link(&mut scanner).filter(|_| scanner.is_at_end())? else { return None };
    ids.get(&*name).copied().filter(|filter| document.nodes[*filter].name == "filter")
}

/// Leads from an element's units to those of the root. `None` when that is not known.
pub fn placed(document: &Document<'_>, id: NodeId, uses: &HashMap<String, Vec<NodeId>>) -> Option<Transform> {
    let mut all = Transform::identity();
    for up in document.within(id).take_while(|up| *up != 0) {
        let node = &document.nodes[up];
        let is_plain = up == id || node.name == "g";
        if !is_plain
            || node.name == "svg"
            || node.name == "use"
            || node.attribute("id").is_some_and(|id| uses.contains_key(id))
        {
            return None;
        }
        all = all.post_concat(bounds::transform(document, up));
    }
    document.attribute(0, "transform").is_none().then_some(all)
}

/// Whether all places in the units of a filter are known.
fn is_movable(document: &Document<'_>, filter: NodeId) -> bool {
    let node = &document.nodes[filter];
    let is_px = |value: &str| bounds::px(value).is_some();
    let is_placed = |name: &&str| node.attribute(name).is_some_and(is_px);
    let is_absolute = node.attribute("filterUnits") == Some("userSpaceOnUse");
    let in_boxes = node.attribute("primitiveUnits") == Some("objectBoundingBox");
    let in_px = |id: &NodeId| ["x", "y"].iter().all(|name| document.attribute(*id, name).is_none_or(is_px));
    let mut primitives = node.children.iter();
    (!is_absolute || ["x", "y"].iter().all(is_placed))
        && primitives.all(|id| document.nodes[*id].name != "feImage" && (in_boxes || in_px(id)))
}

/// The distance by which the units of a filter are moved, if it draws noise. `placed`: leads from them to output px.
pub fn distance(document: &Document<'_>, filter: NodeId, placed: Transform) -> Option<[f32; 2]> {
    noise(document, filter).filter(|_| is_movable(document, filter))?;
    // As resvg scales layers.
    let by = [placed.sx.hypot(placed.ky), placed.kx.hypot(placed.sy)].map(|scale| 0.5 + 0.5 / scale);
    by.iter().all(|by| by.is_finite()).then_some(by)
}

/// Keeps what stands in the units of a filter where it is when they are moved back.
pub fn keep_places(document: &mut Document<'_>, filter: NodeId, by: [f32; 2]) {
    let mut moved = Vec::new();
    if document.attribute(filter, "filterUnits") == Some("userSpaceOnUse") {
        moved.extend(["x", "y"].into_iter().zip(by).map(|(name, by)| (filter, name, by)));
    }
    let in_boxes = document.attribute(filter, "primitiveUnits") == Some("objectBoundingBox");
    let primitives: &[NodeId] = if in_boxes { &[] } else { document.nodes[filter].children.as_slice() };
    for &primitive in primitives {
        moved.extend(["x", "y"].into_iter().zip(by).map(|(name, by)| (primitive, name, by)));
        for &light in &document.nodes[primitive].children {
            if matches!(document.nodes[light].name, "fePointLight" | "feSpotLight") {
                let names = OF_LIGHTS.into_iter().zip(by).flat_map(|(names, by)| names.map(|name| (light, name, by)));
                moved.extend(names);
            }
        }
    }
    for (id, name, by) in moved {
        let is_light = document.nodes[id].name.ends_with("Light");
        let at = document.attribute(id, name).map_or(is_light.then_some(0.0), bounds::px);
        if let Some(at) = at {
            document.set(id, name, (at + f64::from(by)).to_string());
        }
    }
}

/// Moves the units of an element's filter back by a distance, and what is filtered forth again.
pub fn shift(document: &mut Document<'_>, id: NodeId, [x, y]: [f32; 2]) {
    let Some(parent) = document.nodes[id].parent else { return };
    let Some(index) = document.nodes[parent].children.iter().position(|child| *child == id) else { return };
    document.budget.spend(Cost::Steps, index / 16);
    document.wrap(parent, index, "g");
    let outer = document.nodes[parent].children[index];
    let node = &mut document.nodes[id];
    let is_around = |one: &Attribute<'_>| AROUND.contains(&&*one.name);
    let (around, kept) = std::mem::take(&mut node.attributes).into_iter().partition(is_around);
    node.attributes = kept;
    let (styles, kept) = std::mem::take(&mut node.styles).into_iter().partition(|one| STYLES.contains(&&*one.name));
    node.styles = kept;
    (document.nodes[outer].attributes, document.nodes[outer].styles) = (around, styles);
    let (filtered, inner) = if document.nodes[id].name == "g" {
        // It keeps its name.
        let range = document.nodes[id].range.clone();
        let inner = document.push(None, "g", range);
        let children = std::mem::replace(&mut document.nodes[id].children, vec![inner]);
        for child in &children {
            document.nodes[*child].parent = Some(inner);
        }
        (document.nodes[inner].parent, document.nodes[inner].children) = (Some(id), children);
        (id, inner)
    } else {
        document.wrap(outer, 0, "g");
        let filtered = document.nodes[outer].children[0];
        let (filter, kept) =
            std::mem::take(&mut document.nodes[id].attributes).into_iter().partition(|one| one.name == "filter");
        (document.nodes[filtered].attributes, document.nodes[id].attributes) = (filter, kept);
        (filtered, id)
    };
    document.set(filtered, "transform", format!("translate({} {})", -x, -y));
    document.set(inner, "transform", format!("translate({x} {y})"));
}
