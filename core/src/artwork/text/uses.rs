//! Texts that `<use>` elements draw.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::markup::{
    bounds::inherited,
    texts,
    tree::{Document, Node, NodeId},
};

/// Inherited properties that decide where letters stand.
const PROPERTIES: [&str; 22] = [
    "direction",
    "dominant-baseline",
    "font-family",
    "font-feature-settings",
    "font-kerning",
    "font-size",
    "font-stretch",
    "font-style",
    "font-variant",
    "font-variant-caps",
    "font-variant-east-asian",
    "font-variant-ligatures",
    "font-variant-numeric",
    "font-weight",
    "letter-spacing",
    "text-anchor",
    "text-shadow",
    "text-transform",
    "white-space",
    "word-spacing",
    "writing-mode",
    "xml:space",
];

/// Texts that a clip consists of, which must be single shapes.
pub fn in_clips(document: &Document<'_>, ids: &HashMap<String, NodeId>) -> HashSet<NodeId> {
    let mut found = HashSet::new();
    for id in document.descendants(0).filter(|id| document.nodes[*id].name == "clipPath") {
        for child in document.nodes[id].children.iter().copied() {
            found.insert(child);
            found.extend(target(document, child, ids));
        }
    }
    found
}

/// Texts to which a `<use>` passes another value of a property than they have where they stand, each with the property.
/// Expects references without cycles.
pub fn of_texts(document: &Document<'_>, ids: &HashMap<String, NodeId>) -> HashMap<NodeId, &'static str> {
    let value = |id: NodeId, name: &str| inherited(document, id, name).or_else(|| texts::style(document, id, name));
    // Indexes of properties by target, so that each target is searched once for each.
    let mut unlike: BTreeMap<NodeId, BTreeSet<usize>> = BTreeMap::new();
    for id in document.descendants(0).filter(|id| document.nodes[*id].name == "use") {
        let Some(target) = target(document, id, ids) else { continue };
        let around = document.nodes[target].parent.unwrap_or_default();
        let differs = |name: &str| value(id, name) != value(around, name);
        let all = PROPERTIES.iter().enumerate().filter(|(_, name)| differs(name)).map(|(index, _)| index);
        unlike.entry(target).or_default().extend(all);
    }
    let mut found: BTreeMap<NodeId, usize> = BTreeMap::new();
    let mut open: Vec<(NodeId, BTreeSet<usize>)> = unlike.clone().into_iter().collect();
    while let Some((used, unlike_here)) = open.pop() {
        let around = document.nodes[used].parent;
        for inside in document.descendants(used) {
            let name = document.nodes[inside].name;
            if unlike_here.is_empty() || !matches!(name, "text" | "use") {
                continue;
            }
            let path: Vec<NodeId> = document.within(inside).take_while(|up| Some(*up) != around).collect();
            let has = |node: &Node<'_>, name: &str| node.attribute(name).or_else(|| node.style(name)).is_some();
            let declared = |name: &str| path.iter().any(|up| has(&document.nodes[*up], name));
            let passed = unlike_here.iter().copied().filter(|index| !declared(PROPERTIES[*index]));
            if name == "text" {
                if let Some(first) = passed.min() {
                    let known = found.entry(inside).or_insert(first);
                    *known = first.min(*known);
                }
                continue;
            }
            // What this one draws has these values, too.
            let Some(next) = target(document, inside, ids) else { continue };
            let known = unlike.entry(next).or_default();
            let new: BTreeSet<usize> = passed.filter(|index| known.insert(*index)).collect();
            if !new.is_empty() {
                open.push((next, new));
            }
        }
    }
    found.into_iter().map(|(text, index)| (text, PROPERTIES[index])).collect()
}

/// The element that a `<use>` draws.
pub fn target(document: &Document<'_>, id: NodeId, ids: &HashMap<String, NodeId>) -> Option<NodeId> {
    let href = document.attribute(id, "href").filter(|_| document.nodes[id].name == "use")?;
    ids.get(href.trim().strip_prefix('#')?).copied()
}
