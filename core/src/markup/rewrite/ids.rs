//! Ids: of several elements with the same id, references mean the first. usvg takes the last.

use std::collections::HashSet;

use super::BACKDROP;
use crate::{
    markup::{
        notes::Notes,
        tree::{Document, NodeId},
    },
    words,
    words::quote,
};

/// Removes ids that background blurs have.
pub fn reserve(document: &mut Document<'_>, notes: &mut Notes) {
    for node in &mut document.nodes {
        if node.attribute("id").is_some_and(|id| id.starts_with(BACKDROP)) {
            let finding = words::artwork_id_reserved(quote(node.attribute("id").unwrap_or_default()));
            notes.add(node.range_of("id"), finding);
            node.unset("id");
        }
    }
}

/// Removes ids that occur before.
pub fn rewrite(document: &mut Document<'_>) {
    for node in repeated(document) {
        document.nodes[node].unset("id");
    }
}

/// Elements whose ids occur before.
fn repeated(document: &Document<'_>) -> Vec<NodeId> {
    let mut known = HashSet::new();
    let is_repeated = |node: &NodeId| document.attribute(*node, "id").is_some_and(|id| !known.insert(id));
    document.descendants(0).filter(is_repeated).collect()
}
