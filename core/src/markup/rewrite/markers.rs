//! Markers: usvg draws them on all shapes, browsers only on those that are given by their vertices.

use crate::markup::tree::Document;

/// The properties that refer to markers.
const PROPERTIES: [&str; 3] = ["marker-start", "marker-mid", "marker-end"];

/// Removes markers from other shapes, and from texts, whose letters become paths. They may be inherited, also through
/// `<use>`.
pub fn rewrite(document: &mut Document<'_>) {
    if !document.nodes.iter().any(|node| PROPERTIES.iter().any(|name| node.attribute(name).is_some())) {
        return;
    }
    for id in document.all() {
        if matches!(document.nodes[id].name, "rect" | "circle" | "ellipse" | "text") {
            for name in PROPERTIES {
                document.set(id, name, "none");
            }
        }
    }
}
