//! Wraps every outline outside of other elements in a group, which does not change the rendering. resvg positions a single
//! node by its bounding box, and the box of a horizontal or vertical line has no area; a group's box has one.

use crate::markup::tree::Document;

/// Wraps lines and paths.
pub fn rewrite(document: &mut Document<'_>) {
    for parent in document.all() {
        if !document.within(parent).all(|up| matches!(document.nodes[up].name, "svg" | "g")) {
            continue;
        }
        for index in 0..document.nodes[parent].children.len() {
            let child = document.nodes[parent].children[index];
            if matches!(document.nodes[child].name, "line" | "path" | "polyline" | "polygon") {
                document.wrap(parent, index, "g");
            }
        }
    }
}
