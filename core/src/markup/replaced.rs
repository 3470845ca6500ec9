//! Elements of which nothing is drawn because layers take their places.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{
    style::values::targets,
    tree::{Document, NodeId, is_drawn},
};

/// The nodes that only the elements with the ids of `slots` draw: those in them, and what only those use. None in artwork without text:
/// only texts are looked up. `slots`: ids of the elements that layers replace.
pub fn replaced(document: &Document<'_>, slots: &BTreeSet<&str>) -> HashSet<NodeId> {
    if slots.is_empty() || !document.nodes.iter().any(|node| node.name == "text") {
        return HashSet::new();
    }
    let ids = document.ids();
    let all = reached(document, &ids, &BTreeSet::new());
    let drawn = reached(document, &ids, slots);
    (0..document.nodes.len()).filter(|node| all[*node] && !drawn[*node]).collect()
}

/// Whether each node is drawn, or used by what is drawn. Elements with the ids of `skipped` are left out, unless others use them.
fn reached(document: &Document<'_>, ids: &HashMap<String, NodeId>, skipped: &BTreeSet<&str>) -> Vec<bool> {
    let mut found = vec![false; document.nodes.len()];
    let mut open: Vec<NodeId> = vec![0];
    while let Some(id) = open.pop() {
        if std::mem::replace(&mut found[id], true) {
            continue;
        }
        let node = &document.nodes[id];
        let values = node.attributes.iter().chain(&node.styles).flat_map(|one| targets(&one.value));
        open.extend(values.chain(node.target()).filter_map(|target| ids.get(target)));
        let is_placed = |child: &NodeId| {
            let child = &document.nodes[*child];
            let is_slot = || child.attribute("id").is_some_and(|id| skipped.contains(id));
            (is_drawn(child.name) || !child.text.is_empty()) && !is_slot()
        };
        open.extend(node.children.iter().copied().filter(is_placed));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markup::{Markup, parse};

    /// The texts that are not drawn, in the order of the source.
    fn undrawn(body: &str) -> Vec<String> {
        let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{body}</svg>");
        let xml = parse(&svg).expect("XML");
        let document = Markup::styled(&svg, &xml).expect("styles").document;
        let nodes = replaced(&document, &BTreeSet::from(["a", "b"]));
        let mut texts: Vec<NodeId> =
            nodes.into_iter().filter(|node| !document.nodes[*node].text.trim().is_empty()).collect();
        texts.sort_unstable();
        texts.into_iter().map(|node| document.nodes[node].text.to_string()).collect()
    }

    #[test]
    fn what_a_layer_replaces_is_not_drawn() {
        for (body, expected) in [
            ("<text id=\"a\">1</text><text>2</text>", &["1"][..]),
            ("<g id=\"a\"><rect/><g><text>1<tspan>2</tspan></text></g></g><text id=\"b\">3</text>", &["1", "2", "3"]),
            ("<defs><text id=\"t\">1</text></defs><g id=\"a\"><use href=\"#t\"/></g>", &["1"]),
            ("<defs><text id=\"t\">1</text></defs><g id=\"a\"><use href=\"#t\"/></g><use href=\"#t\"/>", &[]),
            ("<g id=\"a\"><text id=\"t\">1</text></g><g><use href=\"#t\"/></g>", &[]),
            ("<text id=\"a\">1</text><use href=\"#a\"/>", &[]),
            ("<mask id=\"m\"><text>1</text></mask><g id=\"a\" mask=\"url(#m)\"/><rect/>", &["1"]),
            ("<mask id=\"m\"><text>1</text></mask><g id=\"a\" mask=\"url(#m)\"/><rect style=\"mask:url(#m)\"/>", &[]),
            ("<pattern id=\"p\"><text>1</text></pattern><rect id=\"a\" fill=\"url(#p)\"/>", &["1"]),
            // Nothing draws it, with or without layers.
            ("<defs><text>1</text></defs><g id=\"a\"/>", &[]),
            ("<text>1</text>", &[]),
        ] {
            assert_eq!(undrawn(body), expected, "{body}");
        }
    }
}
