//! Ids: of several elements with the same id, references mean the first. usvg takes the last.

use std::collections::HashSet;

use crate::markup::tree::Document;

/// Removes ids that occur before.
pub fn rewrite(document: &mut Document<'_>) {
    let mut known = HashSet::new();
    for node in document.all() {
        if let Some(id) = document.attribute(node, "id")
            && !known.insert(id.to_owned())
        {
            document.nodes[node].unset("id");
        }
    }
}
