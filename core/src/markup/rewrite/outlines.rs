//! Wraps every outline outside of other elements in a group, which does not change the rendering. resvg positions a single
//! node by its bounding box, and the box of a horizontal or vertical line has no area; a group's box has one.

use crate::markup::tree::Document;

/// Wraps lines and paths.
pub fn rewrite(document: &mut Document<'_>) {
    for node in document.all() {
        let is_outline = matches!(document.nodes[node].name, "line" | "path" | "polyline" | "polygon");
        let is_drawn = |up: usize| matches!(document.nodes[up].name, "svg" | "g");
        if is_outline && document.within(node).skip(1).all(is_drawn) {
            document.wrap(node, "g");
        }
    }
}
