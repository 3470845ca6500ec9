//! Isolation. The root isolates: what blends must not blend with the canvas' background. A group around what is blended has
//! the same effect, and leaves what lies above it alone. Groups that isolate nothing, which Illustrator writes, do not isolate.

use super::BACKDROP;
use crate::markup::{
    bounds,
    tree::{self, Attribute, Document, Node, NodeId},
};

/// Puts the root's children up to the last blended one into an isolated group.
pub fn rewrite(document: &mut Document<'_>) {
    if !document.nodes.iter().any(is_blended) {
        for node in &mut document.nodes {
            if node.attribute("id").is_none_or(|id| !id.starts_with(BACKDROP)) {
                node.styles.retain(|one| one.name != "isolation");
            }
        }
        return;
    }
    let blending = blending(document);
    for node in &mut document.nodes {
        let is_backdrop = node.attribute("id").is_some_and(|id| id.starts_with(BACKDROP));
        if !is_backdrop && !node.children.iter().any(|child| blending[*child]) {
            node.styles.retain(|one| one.name != "isolation");
        }
    }
    let children = document.nodes[0].children.clone();
    let drawn = |id: NodeId| tree::is_drawn(document.nodes[id].name);
    let Some(last) = children.iter().rposition(|child| drawn(*child) && blending[*child]) else { return };
    // Everything blends with what covers the canvas.
    if children[..=last].iter().copied().find(|child| drawn(*child)).is_some_and(|first| covers(document, first)) {
        return;
    }
    let range = document.nodes[0].range.clone();
    let group = document.push(None, "g", range.clone());
    document.nodes[group].parent = Some(0);
    document.nodes[group].styles.push(Attribute { name: "isolation".into(), value: "isolate".into(), range });
    for child in &children[..=last] {
        document.nodes[*child].parent = Some(group);
    }
    document.nodes[group].children = children[..=last].to_vec();
    document.nodes[0].children.splice(..=last, [group]);
}

fn is_blended(node: &Node<'_>) -> bool {
    node.style("mix-blend-mode").is_some_and(|mode| mode != "normal")
}

/// For each node, whether it blends with what lies outside of it.
fn blending(document: &Document<'_>) -> Vec<bool> {
    let ids = document.ids();
    let mut blending = vec![false; document.nodes.len()];
    let mut known = vec![false; document.nodes.len()];
    // Nodes that are visited next, the last first. The second visit of a node comes after those that it draws; a cycle of
    // references ends at a node that is being visited.
    let mut open = vec![(0, false)];
    while let Some((id, is_second)) = open.pop() {
        let node = &document.nodes[id];
        let target = node.target().filter(|_| node.name == "use").and_then(|target| ids.get(target)).copied();
        if !is_second {
            if !std::mem::replace(&mut known[id], true) {
                open.push((id, true));
                open.extend(node.children.iter().copied().chain(target).map(|inner| (inner, false)));
            }
            continue;
        }
        let drawn = |child: &NodeId| document.nodes[*child].name != "symbol" && blending[*child];
        let inside = target.is_some_and(|target| blending[target]) || node.children.iter().any(drawn);
        blending[id] = is_blended(node) || (inside && !isolates(node));
    }
    blending
}

/// Whether what an element contains does not blend with what lies outside of it.
fn isolates(node: &Node<'_>) -> bool {
    let is_defined = !tree::is_drawn(node.name) && node.name != "symbol";
    is_defined
        || node.name == "text"
        || node.style("isolation") == Some("isolate")
        || node.attribute("opacity").is_some_and(|opacity| opacity.parse() != Ok(1.0f32))
        || ["filter", "mask", "clip-path"].iter().any(|name| node.attribute(name).is_some_and(|value| value != "none"))
}

/// Whether an element is an opaque rectangle over the whole canvas.
fn covers(document: &Document<'_>, id: NodeId) -> bool {
    let node = &document.nodes[id];
    let plain = ["opacity", "transform", "filter", "mask", "clip-path", "rx", "ry", "display"];
    let fill = bounds::inherited(document, id, "fill").unwrap_or("#000");
    let is_opaque = matches!(fill.strip_prefix('#').map(str::len), Some(3 | 6));
    node.name == "rect"
        && is_opaque
        && plain.iter().all(|name| node.attribute(name).is_none())
        && node.style("mix-blend-mode").is_none()
        && ["fill-opacity", "visibility"].iter().all(|name| bounds::inherited(document, id, name).is_none())
        && bounds::fill_box(document, id).is_some_and(|area| bounds::covers_canvas(document, area))
}
