//! References: those to nothing, or to an element of the wrong kind, are removed, as browsers ignore them.

use std::collections::{HashMap, HashSet};

use super::circles;
use crate::{
    markup::{
        css::scan::Scanner,
        notes::Notes,
        parameter::has_parameter,
        style::values::{Link, link, plain_target},
        tree::{Document, Node, NodeId},
    },
    words,
    words::quote,
};

/// Properties that refer to an element, with the kinds of it.
const PROPERTIES: [(&str, &[&str]); 8] = [
    ("clip-path", &["clipPath"]),
    ("fill", &["linearGradient", "radialGradient", "pattern"]),
    ("filter", &["filter"]),
    ("marker-end", &["marker"]),
    ("marker-mid", &["marker"]),
    ("marker-start", &["marker"]),
    ("mask", &["mask"]),
    ("stroke", &["linearGradient", "radialGradient", "pattern"]),
];
/// Elements whose `href` names an element of the artwork.
const WITH_HREF: [(&str, &[&str]); 5] = [
    ("linearGradient", &["linearGradient", "radialGradient"]),
    ("radialGradient", &["linearGradient", "radialGradient"]),
    ("pattern", &["pattern"]),
    ("textPath", &["path", "rect", "circle", "ellipse", "line", "polyline", "polygon"]),
    ("use", &[]),
];

/// Maximum number of gradients that are followed one after another.
const MAX_LINKS: usize = 16;

/// Removes references that cannot be followed, and decodes percent signs in the others.
pub fn rewrite(document: &mut Document<'_>, notes: &mut Notes) {
    let ids = document.ids();
    let empty = empty_gradients(document, &ids);
    // A parameter may name an element.
    let is_open = document.nodes.iter().any(|node| node.attribute("id").is_some_and(has_parameter));
    let mut unread = Notes::default();
    let notes = if is_open { &mut unread } else { notes };
    for id in document.all() {
        for (name, kinds) in declared(&document.nodes[id]) {
            property(document, id, name, kinds, (&ids, &empty), notes);
        }
        let kinds = WITH_HREF.iter().find(|(name, _)| *name == document.nodes[id].name);
        if let Some((_, kinds)) = kinds
            && let Some(target) = document.nodes[id].target()
        {
            let target = target.to_owned();
            match find(&target, kinds, document, &ids) {
                Found::Id(found) if *found == target => {}
                Found::Id(found) => {
                    let found = format!("#{found}");
                    document.set(id, "href", found);
                }
                fault => {
                    let what = format!("<{}>", document.nodes[id].name);
                    tell(document, id, "href", &what, &target, &fault, notes);
                    document.nodes[id].unset("href");
                }
            }
        }
        if document.nodes[id].name == "textPath" {
            note_track(document, id, &ids, notes);
        }
    }
    circles::rewrite(document, &ids, notes);
}

/// Notes text along what only some browsers draw text along.
fn note_track(document: &Document<'_>, id: NodeId, ids: &HashMap<String, NodeId>, notes: &mut Notes) {
    let node = &document.nodes[id];
    if node.attribute("path").is_some() {
        return notes.add(node.range_of("path"), words::artwork_track_data());
    }
    let target = node.target().and_then(|target| ids.get(target)).map(|target| document.nodes[*target].name);
    if let Some(shape) = target.filter(|name| *name != "path") {
        notes.add(node.range_of("href"), words::artwork_track_shape(shape.to_owned()));
    }
}

/// Gradients without stops, of their own or of those that they refer to.
fn empty_gradients(document: &Document<'_>, ids: &HashMap<String, NodeId>) -> HashSet<NodeId> {
    let is_gradient = |id: &NodeId| matches!(document.nodes[*id].name, "linearGradient" | "radialGradient");
    let has_stops = |id: NodeId| document.nodes[id].children.iter().any(|child| document.nodes[*child].name == "stop");
    let linked =
        |id: &NodeId| document.nodes[*id].target().and_then(|target| ids.get(target)).copied().filter(is_gradient);
    let is_empty = |id: &NodeId| !std::iter::successors(Some(*id), linked).take(MAX_LINKS).any(has_stops);
    document.descendants(0).filter(is_gradient).filter(is_empty).collect()
}

/// The properties of an element that refer to something, each with the kinds of it.
fn declared(node: &Node<'_>) -> Vec<(&'static str, &'static [&'static str])> {
    let refers = |value: &str| memchr::memchr(b'(', value.as_bytes()).is_some() && value.contains("url(");
    let declared = node.attributes.iter().filter(|one| one.name != "d" && refers(&one.value));
    declared.filter_map(|one| PROPERTIES.into_iter().find(|(name, _)| *name == one.name)).collect()
}

/// What a reference leads to.
enum Found<'i> {
    Id(&'i str),
    Nothing,
    Other(&'i str),
}

fn find<'i>(target: &str, kinds: &[&str], document: &Document<'i>, ids: &'i HashMap<String, NodeId>) -> Found<'i> {
    let decoded = percent_encoding::percent_decode_str(target).decode_utf8_lossy();
    let Some((id, node)) = ids.get_key_value(target).or_else(|| ids.get_key_value(&*decoded)) else {
        return Found::Nothing;
    };
    let name = document.nodes[*node].name;
    if kinds.is_empty() || kinds.contains(&name) { Found::Id(id) } else { Found::Other(name) }
}

fn property(
    document: &mut Document<'_>,
    id: NodeId,
    name: &'static str,
    kinds: &[&str],
    (ids, empty): (&HashMap<String, NodeId>, &HashSet<NodeId>),
    notes: &mut Notes,
) {
    let value = document.attribute(id, name).unwrap_or_default();
    if let Some(found) = plain_target(value).and_then(|target| ids.get(target))
        && kinds.contains(&document.nodes[*found].name)
        && !empty.contains(found)
    {
        return;
    }
    let value = value.to_owned();
    let mut scanner = Scanner::new(&value);
    let mut text = String::new();
    while scanner.peek().is_some() {
        let at = scanner.at;
        let Some(link) = link(&mut scanner) else {
            scanner.component();
            text.push_str(&value[at..scanner.at]);
            continue;
        };
        let Link::Id(target) = link else { continue };
        match find(&target, kinds, document, ids) {
            // Nothing is painted, not even the fallback.
            Found::Id(found) if ids.get(found).is_some_and(|found| empty.contains(found)) => {
                text.replace_range(.., "none");
                break;
            }
            Found::Id(found) => text.push_str(&Link::Id(found.into()).text()),
            fault => {
                // References outside of the file are reported where they are declared.
                if !target.is_empty() {
                    tell(document, id, name, name, &target, &fault, notes);
                }
                match name {
                    // The fallback follows; without one, nothing is painted.
                    "fill" | "stroke" if scanner.is_at_end() => text.push_str("none"),
                    // The rest of a list of filters applies.
                    "fill" | "stroke" | "filter" => drop(scanner.gap()),
                    _ => {
                        document.nodes[id].unset(name);
                        return;
                    }
                }
            }
        }
    }
    text.truncate(text.trim_end().len());
    if name == "filter" && text.is_empty() {
        document.nodes[id].unset(name);
    } else if text != value {
        document.set(id, name, text);
    }
}

fn tell(
    document: &Document<'_>,
    id: NodeId,
    attribute: &str,
    what: &str,
    target: &str,
    fault: &Found<'_>,
    notes: &mut Notes,
) {
    if has_parameter(target) {
        return;
    }
    let finding = match fault {
        // Of the other effects, browsers ignore those.
        _ if id == 0 && attribute == "mask" => words::artwork_link_root(quote(target)),
        Found::Other(element) => words::artwork_link_kind(quote(target), what, element),
        _ => words::artwork_link(quote(target), what),
    };
    notes.add(document.nodes[id].range_of(attribute), finding);
}
