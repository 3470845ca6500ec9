//! Texts that `<use>` elements draw.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::markup::tree::{Document, NodeId};

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

/// Position of `font-size` in [`PROPERTIES`], on which lengths in other units than px depend.
const FONT_SIZE: usize = 5;
/// Properties whose values may depend on those around an element.
const DEPENDENT: [&str; 5] = ["font-size", "font-weight", "letter-spacing", "text-shadow", "word-spacing"];
/// Units and words of values that depend on the font size or the weight around an element.
const RELATIVE: [&str; 11] = ["em", "ex", "ch", "cap", "ic", "lh", "%", "larger", "smaller", "bolder", "lighter"];

/// Texts to which a `<use>`, or several one after another, pass another value of a property than they have where they stand,
/// each with the first property. `source`: the file.
pub fn of_texts(
    source: &str,
    document: &Document<'_>,
    ids: &HashMap<String, NodeId>,
) -> BTreeMap<NodeId, &'static str> {
    if !document.nodes.iter().any(|node| node.name == "use") {
        return BTreeMap::new();
    }
    let values = values(document);
    // Elements that are reached with other values, and the properties, as bits.
    let mut open: Vec<(NodeId, u32)> = Vec::new();
    for id in document.descendants(0).filter(|id| document.nodes[*id].name == "use") {
        let Some(target) = target(document, id, ids) else { continue };
        let around = document.nodes[target].parent.unwrap_or_default();
        let differs = |index: &usize| values[id][*index] != values[around][*index];
        open.push((target, (0..PROPERTIES.len()).filter(differs).map(|index| 1 << index).sum()));
    }
    let mut found = BTreeMap::new();
    // What each element was reached with, so that each is visited at most once for each property.
    let mut reached = vec![0_u32; document.nodes.len()];
    while let Some((id, unlike)) = open.pop() {
        if unlike & !reached[id] == 0 {
            continue;
        }
        reached[id] |= unlike;
        let unlike = inside(source, document, id, reached[id]);
        let node = &document.nodes[id];
        if node.name == "text" && unlike != 0 {
            found.insert(id, PROPERTIES[unlike.trailing_zeros() as usize]);
        }
        open.extend(node.children.iter().copied().chain(target(document, id, ids)).map(|inner| (inner, unlike)));
    }
    found
}

/// The values of [`PROPERTIES`] of all elements, own and inherited ones, as numbers; 0 for none.
fn values(document: &Document<'_>) -> Vec<[u32; PROPERTIES.len()]> {
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let mut all = vec![[0; PROPERTIES.len()]; document.nodes.len()];
    // Parents come before their children.
    for id in document.descendants(0) {
        let node = &document.nodes[id];
        let mut own = node.parent.map_or([0; PROPERTIES.len()], |parent| all[parent]);
        for attribute in node.styles.iter().chain(&node.attributes) {
            if let Some(property) = PROPERTIES.iter().position(|name| *name == attribute.name) {
                let next = numbers.len() as u32 + 1;
                own[property] = *numbers.entry(&*attribute.value).or_insert(next);
            }
        }
        all[id] = own;
    }
    all
}

/// The properties whose values differ within an element, when `unlike` differ around it.
fn inside(source: &str, document: &Document<'_>, id: NodeId, unlike: u32) -> u32 {
    let mut all = unlike;
    let node = &document.nodes[id];
    for attribute in node.attributes.iter().chain(&node.styles) {
        let Some(property) = PROPERTIES.iter().position(|name| *name == attribute.name) else { continue };
        let basis = if attribute.name == "font-weight" { property } else { FONT_SIZE };
        let written = source.get(attribute.range.clone()).unwrap_or_default();
        let value = written.split_once([':', '=']).map_or(written, |(_, value)| value).to_ascii_lowercase();
        let is_dependent = unlike & 1 << basis != 0 && DEPENDENT.contains(&PROPERTIES[property]);
        let depends = is_dependent && RELATIVE.iter().any(|unit| value.contains(unit));
        all = if depends { all | 1 << property } else { all & !(1 << property) };
    }
    all
}

/// The element that a `<use>` draws.
pub fn target(document: &Document<'_>, id: NodeId, ids: &HashMap<String, NodeId>) -> Option<NodeId> {
    let href = document.attribute(id, "href").filter(|_| document.nodes[id].name == "use")?;
    ids.get(href.trim().strip_prefix('#')?).copied()
}
