//! Texts that `<use>` elements draw.

use std::collections::{HashMap, HashSet};

use crate::markup::{
    bounds::inherited,
    tree::{Document, NodeId},
};

/// Inherited properties that decide where letters stand.
const PROPERTIES: [&str; 15] = [
    "direction",
    "dominant-baseline",
    "font-family",
    "font-kerning",
    "font-size",
    "font-stretch",
    "font-style",
    "font-variant",
    "font-weight",
    "letter-spacing",
    "text-anchor",
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
pub fn of_texts(document: &Document<'_>, ids: &HashMap<String, NodeId>) -> HashMap<NodeId, &'static str> {
    // Indexes of properties by target, so that each target is searched once.
    let mut unlike: HashMap<NodeId, HashSet<usize>> = HashMap::new();
    for id in document.descendants(0).filter(|id| document.nodes[*id].name == "use") {
        let Some(target) = target(document, id, ids) else { continue };
        let around = document.nodes[target].parent.unwrap_or_default();
        let differs = |name: &str| inherited(document, id, name) != inherited(document, around, name);
        let all = PROPERTIES.iter().enumerate().filter(|(_, name)| differs(name)).map(|(index, _)| index);
        let all: Vec<usize> = all.collect();
        if !all.is_empty() {
            unlike.entry(target).or_default().extend(all);
        }
    }
    let mut found = HashMap::new();
    for (target, unlike) in unlike {
        for text in document.descendants(target).filter(|text| document.nodes[*text].name == "text") {
            let around = document.nodes[target].parent;
            let inside: Vec<NodeId> = document.within(text).take_while(|up| Some(*up) != around).collect();
            let declared = |name: &str| inside.iter().any(|up| document.attribute(*up, name).is_some());
            let first = PROPERTIES.iter().enumerate().find(|(index, name)| unlike.contains(index) && !declared(name));
            if let Some((_, name)) = first {
                found.insert(text, *name);
            }
        }
    }
    found
}

/// The element that a `<use>` draws.
pub fn target(document: &Document<'_>, id: NodeId, ids: &HashMap<String, NodeId>) -> Option<NodeId> {
    let href = document.attribute(id, "href").filter(|_| document.nodes[id].name == "use")?;
    ids.get(href.trim().strip_prefix('#')?).copied()
}
