//! `feDropShadow` of sRGB. resvg converts the colour of the shadow as if it were linear, so that it is too light; a shadow
//! that is the only effect of a group is drawn without resvg. Effects beside it become groups around it. Where resvg draws
//! it, the shadow becomes several primitives: among others, within another filter, and on what is skewed.

use std::collections::HashSet;

use resvg::tiny_skia::Transform;

use super::inputs;
use crate::markup::{
    bounds,
    budget::Cost,
    css::scan::Scanner,
    style::values::{Link, link},
    tree::{Attribute, Document, NodeId},
};

/// Attributes and styles that act after the filter, or on the element as a whole.
const ATTRIBUTES: [&str; 5] = ["clip-path", "display", "mask", "opacity", "transform"];
const STYLES: [&str; 2] = ["isolation", "mix-blend-mode"];
/// Where a primitive draws.
const REGION: [&str; 4] = ["x", "y", "width", "height"];
/// Start of the names that results get.
const OWN: &str = "haibao-shadow";

/// Rewrites shadows.
pub fn rewrite(document: &mut Document<'_>) {
    if !document.nodes.iter().any(|node| node.name == "feDropShadow") {
        return;
    }
    let mut count = 0;
    document.forget_ids();
    let expanded = drawn_by_resvg(document);
    for id in document.all() {
        if document.nodes[id].name == "filter" {
            primitives(document, id, expanded.contains(&id), &mut count);
        }
    }
    document.forget_ids();
    let uses = document.uses();
    for parent in document.all() {
        for index in 0..document.nodes[parent].children.len() {
            if document.budget.is_exceeded() {
                return;
            }
            let id = document.nodes[parent].children[index];
            let value = document.attribute(id, "filter").unwrap_or_default();
            if id != 0 && value.contains("url(") {
                let parts = parts(value);
                if parts.iter().any(|part| shadow(document, part).is_some())
                    && (parts.len() > 1 || has_effects(document, id))
                {
                    let is_used = document.attribute(id, "id").is_some_and(|id| uses.contains_key(id));
                    split(document, parent, index, parts, is_used);
                }
            }
        }
    }
}

/// The filters and functions of a list.
fn parts(value: &str) -> Vec<String> {
    let (mut scanner, mut all) = (Scanner::new(value), Vec::new());
    while scanner.peek().is_some() {
        scanner.gap();
        let start = scanner.at;
        if scanner.function().is_none() {
            scanner.component();
        }
        all.push(value[start..scanner.at].trim().to_owned());
    }
    all.retain(|part| !part.is_empty());
    all
}

/// The filter that a part of a list refers to, if it is a single shadow.
fn shadow(document: &Document<'_>, part: &str) -> Option<NodeId> {
    let Some(Link::Id(id)) = link(&mut Scanner::new(part)) else { return None };
    let filter = document.find(&id)?;
    let is_single =
        matches!(primitives_of(document, filter)[..], [only] if document.nodes[only].name == "feDropShadow");
    is_single.then_some(filter)
}

/// Filters of a single shadow that resvg draws for one of their elements: beside or within another filter, or on an element
/// that is skewed or scaled unevenly, where it stands or where a `<use>` draws it.
fn drawn_by_resvg(document: &Document<'_>) -> HashSet<NodeId> {
    let mut found = HashSet::new();
    // Elements that were visited as within another filter.
    let mut filtered = vec![false; document.nodes.len()];
    // Elements, whether they are within another filter, and the transform around them.
    let mut open = vec![(0, false, Transform::identity())];
    while let Some((id, mut is_filtered, outer)) = open.pop() {
        if is_filtered && std::mem::replace(&mut filtered[id], true) {
            continue;
        }
        let transform = outer.pre_concat(bounds::transform(document, id));
        let value = document.attribute(id, "filter").unwrap_or("none");
        if value != "none" {
            let parts = parts(value);
            let shadows = parts.iter().filter_map(|part| shadow(document, part));
            let shadows: Vec<NodeId> = shadows.filter(|filter| is_plain(document, *filter)).collect();
            let is_other = shadows.len() < parts.len() || !is_even(transform);
            if is_filtered || is_other {
                found.extend(shadows);
            }
            is_filtered |= is_other;
        }
        // Others are drawn as where they stand.
        if document.nodes[id].name == "use" && (is_filtered || !is_even(transform)) {
            let target = document.nodes[id].target().and_then(|target| document.find(target));
            open.extend(target.map(|target| (target, true, Transform::identity())));
        }
        open.extend(document.nodes[id].children.iter().map(|child| (*child, is_filtered, transform)));
    }
    found
}

/// Whether a transform moves, rotates, reflects and scales alike in all directions.
fn is_even(transform: Transform) -> bool {
    let Transform { sx, ky, kx, sy, .. } = transform;
    let scale = sx.hypot(ky);
    let is_alike = |x: f32, y: f32| (x - y).abs() <= 0.01 * scale;
    (is_alike(sx, sy) && is_alike(kx, -ky)) || (is_alike(sx, -sy) && is_alike(kx, ky))
}

fn has_effects(document: &Document<'_>, id: NodeId) -> bool {
    let node = &document.nodes[id];
    ["clip-path", "mask", "opacity"].iter().any(|name| node.attribute(name).is_some())
        || node.style("mix-blend-mode").is_some()
}

/// Puts groups around an element, of which each has one filter, and the outermost the other effects. The element keeps its
/// id, so that all of them apply to a layer in its place, unless it `is_used` by others.
fn split(document: &mut Document<'_>, parent: NodeId, index: usize, parts: Vec<String>, is_used: bool) {
    let id = document.nodes[parent].children[index];
    document.wrap(parent, index, "g");
    let outer = document.nodes[parent].children[index];
    let node = &mut document.nodes[id];
    let is_moved = |name: &str| ATTRIBUTES.contains(&name) || (is_used && name == "id");
    let (moved, kept) = std::mem::take(&mut node.attributes).into_iter().partition(|one| is_moved(&one.name));
    node.attributes = kept;
    let (styles, kept) = std::mem::take(&mut node.styles).into_iter().partition(|one| STYLES.contains(&&*one.name));
    node.styles = kept;
    (document.nodes[outer].attributes, document.nodes[outer].styles) = (moved, styles);
    let mut around = outer;
    let mut parts = parts.into_iter();
    let first = parts.next().unwrap_or_default();
    for part in parts.rev() {
        document.wrap(around, 0, "g");
        around = document.nodes[around].children[0];
        document.set(around, "filter", part);
    }
    document.set(id, "filter", first);
}

fn primitives_of(document: &Document<'_>, filter: NodeId) -> Vec<NodeId> {
    let children = document.nodes[filter].children.iter().copied();
    children.filter(|child| document.nodes[*child].name.starts_with("fe")).collect()
}

/// Replaces the shadows of a filter that are drawn by resvg. `is_drawn_by_resvg`: even if there is one shadow alone.
fn primitives(document: &mut Document<'_>, filter: NodeId, is_drawn_by_resvg: bool, count: &mut u32) {
    let is_kept = !is_drawn_by_resvg && is_plain(document, filter);
    for id in primitives_of(document, filter) {
        if !is_kept
            && !document.budget.is_exceeded()
            && document.nodes[id].name == "feDropShadow"
            && is_srgb(document, id)
        {
            *count += 1;
            expand(document, filter, id, *count);
        }
    }
}

/// Whether a filter is a single shadow of a group that is drawn without resvg.
fn is_plain(document: &Document<'_>, filter: NodeId) -> bool {
    let [id] = primitives_of(document, filter)[..] else { return false };
    let node = &document.nodes[id];
    let deviation = node.attribute("stdDeviation").unwrap_or_default();
    let numbers: Vec<&str> = deviation.split([' ', ',']).filter(|part| !part.is_empty()).collect();
    node.name == "feDropShadow"
        && is_srgb(document, id)
        && numbers.windows(2).all(|pair| pair[0] == pair[1])
        && REGION.iter().all(|name| node.attribute(name).is_none())
        && node.attribute("in").is_none_or(|input| input.is_empty() || input == "SourceGraphic")
}

fn is_srgb(document: &Document<'_>, primitive: NodeId) -> bool {
    bounds::inherited(document, primitive, "color-interpolation-filters") == Some("sRGB")
}

/// Replaces a shadow by a blur, an offset, its colour where the offset is, and what casts it.
fn expand(document: &mut Document<'_>, filter: NodeId, id: NodeId, count: u32) {
    let Some(index) = document.nodes[filter].children.iter().position(|child| *child == id) else { return };
    // Inserting moves those after it.
    document.budget.spend(Cost::Steps, document.nodes[filter].children.len() / 4);
    inputs::name(document, filter, index, &["in"], || format!("{OWN}-before-{count}"));
    let node = &document.nodes[id];
    let range = node.range.clone();
    let own = |name: &str, initial: &str| node.attribute(name).unwrap_or(initial).to_owned();
    let input = own("in", "SourceGraphic");
    let [blurred, moved, color, shadow] = ["blur", "offset", "flood", "in"].map(|part| format!("{OWN}-{part}-{count}"));
    let parts: [(&str, Vec<(&'static str, String)>); 4] = [
        (
            "feGaussianBlur",
            vec![("in", input.clone()), ("stdDeviation", own("stdDeviation", "2")), ("result", blurred.clone())],
        ),
        ("feOffset", vec![("in", blurred), ("dx", own("dx", "2")), ("dy", own("dy", "2")), ("result", moved.clone())]),
        (
            "feFlood",
            vec![
                ("flood-color", own("flood-color", "#000")),
                ("flood-opacity", own("flood-opacity", "1")),
                ("result", color.clone()),
            ],
        ),
        ("feComposite", vec![("in", color), ("in2", moved), ("operator", "in".to_owned()), ("result", shadow.clone())]),
    ];
    let kept = |one: &Attribute<'_>| REGION.contains(&&*one.name) || one.name == "result";
    document.nodes[id].attributes.retain(kept);
    document.nodes[id].name = "feMerge";
    document.nodes[id].children.clear();
    for name in [shadow, input] {
        let input = document.push(Some(id), "feMergeNode", range.clone());
        document.set(input, "in", name);
    }
    let mut added = vec![id];
    for (at, (name, attributes)) in parts.into_iter().enumerate() {
        let primitive = document.push(None, name, range.clone());
        document.nodes[primitive].parent = Some(filter);
        document.nodes[filter].children.insert(index + at, primitive);
        for (name, value) in attributes {
            document.set(primitive, name, value);
        }
        added.push(primitive);
    }
    for primitive in added {
        document.set(primitive, "color-interpolation-filters", "sRGB");
    }
}
