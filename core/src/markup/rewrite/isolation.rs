//! Isolation. The root isolates: what blends must not blend with the canvas' background. A group around what is blended has
//! the same effect, and leaves what lies above it alone. Groups that isolate nothing, which Illustrator writes, do not isolate.

use crate::markup::{
    bounds,
    tree::{Attribute, Document, NodeId},
};

/// Puts the root's children up to the last blended one into an isolated group.
pub fn rewrite(document: &mut Document<'_>) {
    for id in document.all() {
        let node = &document.nodes[id];
        if node.style("isolation").is_some() && !node.children.iter().any(|child| blends(document, *child)) {
            document.nodes[id].styles.retain(|one| one.name != "isolation");
        }
    }
    let children = document.nodes[0].children.clone();
    let Some(last) = children.iter().rposition(|child| blends(document, *child)) else { return };
    // Everything blends with what covers the canvas.
    let drawn =
        |id: NodeId| !matches!(document.nodes[id].name, "" | "defs" | "symbol" | "clipPath" | "mask" | "filter");
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

/// Whether an element blends with what lies outside of it.
fn blends(document: &Document<'_>, id: NodeId) -> bool {
    let node = &document.nodes[id];
    if node.style("mix-blend-mode").is_some_and(|mode| mode != "normal") {
        return true;
    }
    if matches!(node.name, "defs" | "symbol" | "clipPath" | "mask" | "pattern" | "marker" | "filter" | "text") {
        return false;
    }
    let isolates = node.style("isolation") == Some("isolate")
        || node.attribute("opacity").is_some_and(|opacity| opacity.parse() != Ok(1.0f32))
        || ["filter", "mask", "clip-path"].iter().any(|name| node.attribute(name).is_some_and(|value| value != "none"));
    // Recursion ends at the maximum depth of elements.
    !isolates && node.children.iter().any(|child| blends(document, *child))
}

/// Whether an element is an opaque rectangle over the whole canvas.
fn covers(document: &Document<'_>, id: NodeId) -> bool {
    let node = &document.nodes[id];
    let plain =
        ["opacity", "fill-opacity", "transform", "filter", "mask", "clip-path", "rx", "ry", "display", "visibility"];
    let is_opaque =
        bounds::inherited(document, id, "fill").unwrap_or("#000").strip_prefix('#').is_some_and(|hex| hex.len() < 7);
    node.name == "rect"
        && is_opaque
        && plain.iter().all(|name| node.attribute(name).is_none())
        && node.style("mix-blend-mode").is_none()
        && bounds::fill_box(document, id).is_some_and(|area| bounds::covers_canvas(document, area))
}
