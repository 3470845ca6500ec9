//! Gradients that browsers mix in another space than sRGB. They get more stops, between which sRGB looks alike. And
//! degenerate gradients: of one colour, without a radius, or with a transform that cannot be inverted.

use std::collections::{HashMap, HashSet};

use crate::markup::{
    bounds,
    css::mixing::{self, Space},
    tree::{Document, Node, NodeId},
};

/// Number of parts that the way from one stop to the next is divided in.
const PARTS: u32 = 16;
/// Maximum number of gradients that are followed one after another.
const MAX_LINKS: usize = 16;

/// A stop of a gradient.
struct Stop {
    offset: f32,
    /// Components in the space of the gradient, the last one the opacity.
    color: [f32; 4],
}

/// Adds stops to gradients, and rewrites degenerate ones.
pub fn rewrite(document: &mut Document<'_>) {
    degenerate(document);
    let any = document.nodes.iter().any(|node| {
        node.attribute("stop-color").is_some_and(mixing::is_wide)
            || node.attribute("color-interpolation").is_some_and(|space| space == "linearRGB")
    });
    if !any {
        return;
    }
    let ids = document.ids();
    let gradients = document.descendants(0).filter(|id| is_gradient(&document.nodes[*id]));
    let (own, borrowed): (Vec<NodeId>, Vec<NodeId>) = gradients.partition(|id| !stops(document, *id).is_empty());
    // Those with the stops of others come first.
    for (id, is_own) in borrowed.into_iter().map(|id| (id, false)).chain(own.into_iter().map(|id| (id, true))) {
        if document.budget.is_exceeded() {
            return;
        }
        let source = stops(document, source(document, id, &ids));
        let has_wide = source.iter().any(|stop| document.attribute(*stop, "stop-color").is_some_and(mixing::is_wide));
        let is_linear = bounds::inherited(document, id, "color-interpolation") == Some("linearRGB");
        match (has_wide, is_linear) {
            (true, _) if is_own => mix(document, id, &source, Space::Oklab),
            (false, true) => mix(document, id, &source, Space::Linear),
            _ => {}
        }
    }
}

/// Rewrites gradients that usvg takes for a single colour. Those that pass their attributes on to others stay as they
/// are.
///
/// With a transform that cannot be inverted they draw nothing. Radial gradients without a radius that are repeated
/// become linear ones between equal points, of which the mean of the colours is drawn; usvg takes their last colour.
/// Those of one colour keep the box of the element as their unit, so that they draw nothing on an element whose box is
/// empty.
fn degenerate(document: &mut Document<'_>) {
    let found: Vec<NodeId> = document.descendants(0).filter(|id| may_be_degenerate(document, *id)).collect();
    if found.is_empty() {
        return;
    }
    let ids = document.ids();
    let targets: HashSet<String> =
        document.descendants(0).filter_map(|id| document.nodes[id].target()).map(str::to_owned).collect();
    for id in found {
        if document.budget.is_exceeded() {
            return;
        }
        if document.attribute(id, "id").is_some_and(|own| targets.contains(own)) {
            continue;
        }
        let linked = |id: &NodeId| document.nodes[*id].target().and_then(|target| ids.get(target)).copied();
        let chain: Vec<NodeId> = std::iter::successors(Some(id), linked).take(MAX_LINKS).collect();
        let find = |name: &str| chain.iter().find_map(|id| document.attribute(*id, name));
        if chain.iter().find_map(|id| transform(&document.nodes[*id])).is_some_and(is_singular) {
            document.nodes[id].children.clear();
            document.nodes[id].unset("href");
            continue;
        }
        let is_point = has_no_radius(&document.nodes[id]);
        if is_point && find("spreadMethod").is_some_and(|spread| matches!(spread, "repeat" | "reflect")) {
            document.nodes[id].name = "linearGradient";
            for name in ["x1", "y1", "x2", "y2"] {
                document.set(id, name, "0");
            }
            continue;
        }
        let is_of_box = find("gradientUnits") != Some("userSpaceOnUse");
        let stops = stops(document, source(document, id, &ids));
        if let Some(last) = stops.last().filter(|_| is_of_box && (is_point || stops.len() == 1)) {
            paint(document, id, *last);
        }
    }
}

/// Whether an element is a gradient that may be degenerate by itself or by what it has from another.
fn may_be_degenerate(document: &Document<'_>, id: NodeId) -> bool {
    let node = &document.nodes[id];
    is_gradient(node)
        && (node.target().is_some()
            || has_no_radius(node)
            || transform(node).is_some_and(is_singular)
            || stops(document, id).len() == 1)
}

/// The transform of a gradient, unless it takes over that of another one.
fn transform<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    node.attribute("transform").filter(|transform| *transform != "none")
}

/// Makes a gradient a linear one of the colour of a stop.
fn paint(document: &mut Document<'_>, id: NodeId, stop: NodeId) {
    let color = match document.attribute(stop, "stop-color") {
        Some("currentColor") => bounds::inherited(document, stop, "color"),
        color => color,
    };
    let color = color.unwrap_or("#000").to_owned();
    let opacity = document.attribute(stop, "stop-opacity").map(str::to_owned);
    let range = document.nodes[stop].range.clone();
    document.nodes[id].name = "linearGradient";
    document.nodes[id].children.clear();
    for (name, value) in [("x1", "0"), ("y1", "0"), ("x2", "1"), ("y2", "0")] {
        document.set(id, name, value);
    }
    for offset in ["0", "1"] {
        let copy = document.push(Some(id), "stop", range.clone());
        document.set(copy, "offset", offset);
        document.set(copy, "stop-color", color.clone());
        if let Some(opacity) = &opacity {
            document.set(copy, "stop-opacity", opacity.clone());
        }
    }
}

fn is_gradient(node: &Node<'_>) -> bool {
    matches!(node.name, "linearGradient" | "radialGradient")
}

/// Whether a transform cannot be inverted.
fn is_singular(transform: &str) -> bool {
    transform.parse::<svgtypes::Transform>().is_ok_and(|matrix| matrix.a * matrix.d - matrix.b * matrix.c == 0.0)
}

fn has_no_radius(node: &Node<'_>) -> bool {
    let is_zero = |r: &str| r.trim_end_matches(|c: char| c == '%' || c.is_ascii_alphabetic()).parse::<f32>() == Ok(0.0);
    node.name == "radialGradient" && node.attribute("r").is_some_and(|r| is_zero(r.trim()))
}

/// The stops that a gradient contains; none once the budget is exceeded. Each visit is counted: many gradients may have
/// the stops of one.
fn stops(document: &Document<'_>, id: NodeId) -> Vec<NodeId> {
    let children = document.nodes[id].children.as_slice();
    let children = if document.budget.visit(children.len()) { children } else { &[] };
    children.iter().copied().filter(|child| document.nodes[*child].name == "stop").collect()
}

/// The gradient whose stops a gradient has.
fn source(document: &Document<'_>, id: NodeId, ids: &HashMap<String, NodeId>) -> NodeId {
    let linked = |id: &NodeId| document.nodes[*id].target().and_then(|target| ids.get(target)).copied();
    let mut chain = std::iter::successors(Some(id), linked).take(MAX_LINKS);
    chain.find(|id| !stops(document, *id).is_empty()).unwrap_or(id)
}

/// Replaces the stops of a gradient.
fn mix(document: &mut Document<'_>, id: NodeId, source: &[NodeId], space: Space) {
    let mut all: Vec<Stop> = Vec::with_capacity(source.len());
    for stop in source {
        let least = all.last().map_or(0.0, |last| last.offset);
        let Some(stop) = read(document, *stop, space, least) else { return };
        all.push(stop);
    }
    document.nodes[id].children.clear();
    for (at, stop) in all.iter().enumerate() {
        write(document, id, space, stop.offset, stop.color);
        let Some(next) = all.get(at + 1).filter(|next| next.offset > stop.offset) else { continue };
        for part in 1..PARTS {
            let share = part as f32 / PARTS as f32;
            let between = |from: f32, to: f32| from + (to - from) * share;
            let color = std::array::from_fn(|at| between(stop.color[at], next.color[at]));
            write(document, id, space, between(stop.offset, next.offset), color);
        }
    }
}

/// A stop. `least`: the offset of the one before it.
fn read(document: &Document<'_>, id: NodeId, space: Space, least: f32) -> Option<Stop> {
    let share = |name: &str, initial: f32| {
        let Some(value) = document.attribute(id, name).map(str::trim) else { return initial };
        let number = match value.strip_suffix('%') {
            Some(percent) => percent.trim().parse::<f32>().map(|percent| percent / 100.0),
            None => value.parse(),
        };
        number.unwrap_or(initial).clamp(0.0, 1.0)
    };
    let color = match document.attribute(id, "stop-color") {
        Some("currentColor") => bounds::inherited(document, id, "color").unwrap_or("#000"),
        color => color.unwrap_or("#000"),
    };
    let mut color = space.read(color)?;
    color[3] *= share("stop-opacity", 1.0);
    Some(Stop { offset: share("offset", 0.0).max(least), color })
}

fn write(document: &mut Document<'_>, gradient: NodeId, space: Space, offset: f32, color: [f32; 4]) {
    let range = document.nodes[gradient].range.clone();
    let stop = document.push(Some(gradient), "stop", range);
    document.set(stop, "offset", offset.to_string());
    document.set(stop, "stop-color", space.write(color));
}
