//! Boxes of pictures: in browsers, that of an `<image>` is the place that it is given; in usvg, that of the pixels that are
//! fitted into it. A group with an invisible rectangle has the place, for slots, and for effects in shares of the box.

use crate::markup::tree::{Document, NodeId};

/// Attributes and styles that act on the element as a whole, or refer to it.
const ATTRIBUTES: [&str; 7] = ["clip-path", "display", "filter", "id", "mask", "opacity", "transform"];
const STYLES: [&str; 2] = ["isolation", "mix-blend-mode"];
/// Attributes that give it its place.
const PLACE: [&str; 4] = ["x", "y", "width", "height"];

/// Puts groups around pictures that may not fill their place.
pub fn rewrite(document: &mut Document<'_>) {
    if !document.nodes.iter().any(|node| node.name == "image") {
        return;
    }
    for parent in document.all() {
        for index in 0..document.nodes[parent].children.len() {
            if document.budget.is_exceeded() {
                return;
            }
            if is_fitted(document, document.nodes[parent].children[index]) {
                wrap(document, parent, index);
            }
        }
    }
}

/// Whether a picture is fitted into a place, instead of filling it.
fn is_fitted(document: &Document<'_>, id: NodeId) -> bool {
    let node = &document.nodes[id];
    let has = |name: &str| node.attribute(name).is_some_and(|length| length != "auto");
    let fills = |aspect: &str| aspect.contains("none") || aspect.contains("slice");
    node.name == "image" && has("width") && has("height") && !node.attribute("preserveAspectRatio").is_some_and(fills)
}

fn wrap(document: &mut Document<'_>, parent: NodeId, index: usize) {
    let id = document.nodes[parent].children[index];
    document.wrap(parent, index, "g");
    let outer = document.nodes[parent].children[index];
    let node = &mut document.nodes[id];
    let (moved, kept) =
        std::mem::take(&mut node.attributes).into_iter().partition(|one| ATTRIBUTES.contains(&&*one.name));
    node.attributes = kept;
    let (styles, kept) = std::mem::take(&mut node.styles).into_iter().partition(|one| STYLES.contains(&&*one.name));
    node.styles = kept;
    (document.nodes[outer].attributes, document.nodes[outer].styles) = (moved, styles);
    let range = document.nodes[id].range.clone();
    let place = document.push(None, "rect", range);
    document.nodes[place].parent = Some(outer);
    document.nodes[outer].children.insert(0, place);
    for name in PLACE {
        if let Some(value) = document.attribute(id, name).map(str::to_owned) {
            document.set(place, name, value);
        }
    }
    for name in ["fill", "stroke"] {
        document.set(place, name, "none");
    }
}
