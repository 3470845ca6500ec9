//! Notes what has no effect: attributes that SVG does not have, and values that are not read. Only for templates that are
//! loaded; posters are drawn without it.

mod attributes;
mod values;

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use super::{
    bounds,
    notes::Notes,
    parameter::has_parameter,
    rewrite,
    style::properties::{self, Role, property_named},
    tree::{Document, NodeId},
};
use crate::{words, words::quote};

/// What is checked.
#[derive(Clone, Copy)]
pub enum Extent<'e> {
    /// All attributes and ids.
    Whole,
    /// All attributes of a source with parameters. Those with [`PARAMETER`](super::PARAMETER) are checked by their names. An id may be
    /// in each branch of a condition.
    Source,
    /// Attributes of an expanded source for whose bytes this holds, and all ids.
    Where(&'e dyn Fn(&Range<usize>) -> bool),
}

/// Notes attributes, values and ids. Expects resolved styles.
pub fn check(document: &Document<'_>, extent: Extent<'_>, notes: &mut Notes) {
    let is_checked = |range: &Range<usize>| match extent {
        Extent::Whole | Extent::Source => true,
        Extent::Where(holds) => holds(range),
    };
    let mut ids: HashMap<&str, usize> = HashMap::new();
    for id in document.all() {
        let node = &document.nodes[id];
        if !rewrite::is_read(node.name) {
            continue;
        }
        for attribute in &node.attributes {
            let (name, value) = (&*attribute.name, &*attribute.value);
            let range = attribute.range.clone();
            if name == "id" {
                let count = ids.entry(value).or_default();
                *count += 1;
                if *count == 2 && !matches!(extent, Extent::Source) {
                    notes.add(range, words::artwork_id(quote(value)));
                }
            } else if !is_checked(&range) {
                // It was checked before its source was expanded.
            } else if node.name == "use" && matches!(name, "width" | "height") && value.trim() == "auto" {
                // Browsers draw nothing.
                notes.add(range, words::artwork_value(quote(value), name));
            } else if node.name == "textPath" && name == "side" && value.trim() == "right" {
                notes.add(range, words::artwork_side());
            } else if name == "textLength" && has_length_around(document, id) {
                notes.add(range, words::artwork_nested_length());
            } else if is_property(name, node.name) {
                // Styles are noted when they are resolved.
            } else if attributes::is_known(name) {
                if !values::is_valid(node.name, name, value) && !has_parameter(value) {
                    notes.add(
                        range,
                        match (name, value.trim()) {
                            // Background blurs of MasterGo and 即时设计.
                            ("in" | "in2", "BackgroundImage" | "BackgroundAlpha") => {
                                words::artwork_background(quote(value))
                            }
                            _ => words::artwork_value(quote(value), name),
                        },
                    );
                }
            } else if attributes::is_metadata(name) {
                // Nothing is drawn by it.
            } else if attributes::is_event(name) {
                notes.add(range, words::artwork_event(quote(name)));
            } else {
                notes.add_once(range, name, || {
                    let known = || attributes::names().chain(properties::names());
                    words::artwork_attribute(quote(name)).with_hint(match property_named(name) {
                        Some(_) => Some(words::write_as_style(name)),
                        None => words::nearest(name, known()).map(words::did_you_mean),
                    })
                });
            }
        }
    }
}

/// Whether an element is a part of a text, or of a part of it, whose length is set.
fn has_length_around(document: &Document<'_>, id: NodeId) -> bool {
    let is_text = |up: &NodeId| matches!(document.nodes[*up].name, "text" | "tspan" | "textPath");
    let mut around = document.within(id).skip(1).take_while(is_text);
    is_text(&id) && around.any(|up| document.attribute(up, "textLength").is_some())
}

/// Whether an attribute is the resolved value of a property.
fn is_property(name: &str, element: &str) -> bool {
    // Data of paths is checked as an attribute.
    name != "d"
        && property_named(name).is_some_and(|property| match property.role {
            Role::Attribute => true,
            Role::Geometry(elements) => elements.contains(&element),
            Role::Style | Role::Undrawn(_) => false,
        })
}

/// The font families of texts that are not in `replaced`: each list as written, with an element that has it.
pub fn families(document: &Document<'_>, replaced: &HashSet<NodeId>) -> Vec<(String, Range<usize>)> {
    let (mut found, mut known) = (Vec::new(), HashSet::new());
    for id in document.all().into_iter().filter(|id| !replaced.contains(id)) {
        let node = &document.nodes[id];
        let Some(parent) = node.parent.filter(|_| !node.text.trim().is_empty()) else { continue };
        let Some(list) = bounds::inherited(document, parent, "font-family") else { continue };
        if !known.insert(list) {
            continue;
        }
        let declared = document.within(parent).find(|up| document.attribute(*up, "font-family").is_some());
        let range = document.nodes[declared.unwrap_or(parent)].range_of("font-family");
        found.push((list.to_owned(), range));
    }
    found
}
