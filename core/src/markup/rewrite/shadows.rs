//! `feDropShadow` of sRGB. resvg converts the colour of the shadow as if it were linear, so that it is too light; a shadow
//! that is the only effect of a group is drawn without resvg. Effects beside it become groups around it. Where resvg draws
//! it, the shadow becomes several primitives: among others, within another filter, and on what is skewed.

use std::collections::{HashMap, HashSet};

use resvg::tiny_skia::Transform;

use super::{inputs, root};
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
    let shadows = filters(document, |only| document.nodes[only].name == "feDropShadow");
    for parent in document.all() {
        for index in 0..document.nodes[parent].children.len() {
            if document.budget.is_exceeded() {
                return;
            }
            let id = document.nodes[parent].children[index];
            let value = document.attribute(id, "filter").unwrap_or_default();
            if id != 0 && value.contains("url(") {
                let parts = parts(value);
                let is_shadow = |part: &String| linked(document, part).is_some_and(|filter| shadows.contains(&filter));
                if parts.iter().any(is_shadow) && (parts.len() > 1 || has_effects(document, id)) {
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

/// What a part of a list refers to.
fn linked(document: &Document<'_>, part: &str) -> Option<NodeId> {
    let Some(Link::Id(id)) = link(&mut Scanner::new(part)) else { return None };
    document.find(&id)
}

/// Filters of a single primitive of a kind.
fn filters(document: &Document<'_>, is_of_kind: impl Fn(NodeId) -> bool) -> HashSet<NodeId> {
    let all = document.descendants(0).filter(|id| document.nodes[*id].name == "filter");
    all.filter(|id| only_primitive(document, *id).is_some_and(&is_of_kind)).collect()
}

/// Filters of a single shadow that resvg draws for one of their elements: beside or within another filter, or on an element
/// that is skewed or scaled unevenly, where it stands or where it is used. Once a shadow consists of several primitives,
/// resvg draws all elements with it, and what they contain.
fn drawn_by_resvg(document: &Document<'_>) -> HashSet<NodeId> {
    let plain = filters(document, |only| is_plain(document, only));
    // Plain shadows of elements, and elements of plain shadows.
    let (mut shadows, mut elements) = (HashMap::new(), HashMap::<NodeId, Vec<NodeId>>::new());
    // Elements that resvg draws as a whole.
    let mut by_resvg: Vec<NodeId> = Vec::new();
    let target = |id: NodeId| document.nodes[id].target().and_then(|target| document.find(target));
    // Elements, and the transform around them.
    let view = root::place(&document.nodes[0]).map_or(Transform::identity(), |(_, view)| view);
    let mut open = vec![(0, view)];
    while let Some((id, outer)) = open.pop() {
        let node = &document.nodes[id];
        let transform = outer.pre_concat(bounds::transform(document, id));
        let value = node.attribute("filter").unwrap_or("none");
        if value != "none" {
            let parts = parts(value);
            let own = parts.iter().filter_map(|part| linked(document, part));
            let own: Vec<NodeId> = own.filter(|filter| plain.contains(filter)).collect();
            if own.len() < parts.len() || !is_even(transform) {
                by_resvg.push(id);
            }
            for filter in &own {
                elements.entry(*filter).or_default().push(id);
            }
            shadows.insert(id, own);
        }
        match node.name {
            "use" if !is_even(transform) => by_resvg.extend(target(id)),
            "feImage" => by_resvg.extend(target(id)),
            _ if stretches(document, id) => by_resvg.extend(&node.children),
            _ => {}
        }
        open.extend(node.children.iter().map(|child| (*child, transform)));
    }
    let mut found = HashSet::new();
    let mut is_visited = vec![false; document.nodes.len()];
    while let Some(id) = by_resvg.pop() {
        if std::mem::replace(&mut is_visited[id], true) {
            continue;
        }
        let node = &document.nodes[id];
        by_resvg.extend(&node.children);
        if node.name == "use" {
            by_resvg.extend(target(id));
        }
        for filter in shadows.get(&id).into_iter().flatten() {
            if found.insert(*filter) {
                by_resvg.extend(elements.get(filter).into_iter().flatten());
            }
        }
    }
    found
}

/// Whether what an element contains may be scaled unevenly, besides its transforms.
fn stretches(document: &Document<'_>, id: NodeId) -> bool {
    let node = &document.nodes[id];
    match node.name {
        // Tiles have whole px.
        "pattern" => true,
        "mask" => node.attribute("maskContentUnits") == Some("objectBoundingBox"),
        _ => {
            let aspect = node.attribute("preserveAspectRatio").filter(|_| node.attribute("viewBox").is_some());
            // The transform of the root is known.
            id != 0 && aspect.is_some_and(|aspect| aspect.contains("none"))
        }
    }
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
    // Each group is reached through those around it.
    if !document.budget.spend(Cost::Steps, parts.len().saturating_mul(parts.len())) {
        return;
    }
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

/// The primitives of a filter; none once the budget is exceeded. Each visit is counted: in artwork with a long filter of
/// many elements, one per element exceeds the budget.
fn primitives_of(document: &Document<'_>, filter: NodeId) -> impl Iterator<Item = NodeId> {
    let children = document.nodes[filter].children.as_slice();
    let children = if document.budget.visit(children.len()) { children } else { &[] };
    children.iter().copied().filter(move |child| document.nodes[*child].name.starts_with("fe"))
}

/// The primitive of a filter that has one.
fn only_primitive(document: &Document<'_>, filter: NodeId) -> Option<NodeId> {
    let mut all = primitives_of(document, filter);
    let first = all.next()?;
    all.next().is_none().then_some(first)
}

/// Replaces the shadows of a filter that are drawn by resvg. `is_drawn_by_resvg`: even if there is one shadow alone.
fn primitives(document: &mut Document<'_>, filter: NodeId, is_drawn_by_resvg: bool, count: &mut u32) {
    let is_kept = !is_drawn_by_resvg && only_primitive(document, filter).is_some_and(|only| is_plain(document, only));
    if is_kept {
        return;
    }
    for id in primitives_of(document, filter).collect::<Vec<_>>() {
        if !document.budget.is_exceeded() && document.nodes[id].name == "feDropShadow" && is_srgb(document, id) {
            *count += 1;
            expand(document, filter, id, *count);
        }
    }
}

/// Whether a primitive, alone in its filter, is a shadow of a group that is drawn without resvg.
fn is_plain(document: &Document<'_>, id: NodeId) -> bool {
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
