//! Counts what artwork consists of once usvg has copied what `<use>`, markers, clips and masks repeat, before it does so.

mod cost;

use std::collections::HashMap;

use self::cost::{Each, FAMILY, INHERITED, NUMBER, Size, VERTEX, applied, is_relative, is_shared, own_bytes, vertices};
use crate::{
    artwork::effort::MAX_COORDINATE,
    error::{Error, ErrorKind, Result},
    markup::{
        bounds::arcs,
        targets,
        tree::{Document, NodeId},
    },
    words,
};

/// Maximum number of elements with their copies. usvg takes half a kilobyte for each.
const MAX_NODES: u64 = 400_000;
/// Maximum bytes of what they consist of, with its copies: vertices, stops, dashes, lists, pictures.
const MAX_BYTES: u64 = 256 * 1024 * 1024;
/// Maximum number of characters of text in one artwork. usvg lays out what is left to it in quadratic time: 20 000 characters
/// take 2 s.
const MAX_TEXT: u64 = 20_000;
/// Properties that place a marker, which are inherited.
const MARKERS: [&str; 3] = ["marker-start", "marker-mid", "marker-end"];
/// Maximum number of gradients and patterns that are followed one after another.
const MAX_LINKS: usize = 8;

/// Rejects too many elements, huge arcs, or too much text, which may come from a parameter. Expects references without
/// cycles. `ids`: those of the document.
///
/// # Errors
/// `artwork_invalid`.
pub fn check(document: &Document<'_>, ids: &HashMap<String, NodeId>) -> Result<()> {
    // Most artwork has few copies, and passes without its paths being read.
    check_with(document, ids, |_, data| data.len() as u64).or_else(|_| check_with(document, ids, vertices))
}

/// As [`check`], with a function that returns the most vertices of an element with data of a path or a polygon.
fn check_with(document: &Document<'_>, ids: &HashMap<String, NodeId>, vertices: Vertices) -> Result<()> {
    let count = document.nodes.len();
    let (markers, inherited) = (vec![[None; 3]; count], vec![[None; 4]; count]);
    let known = vec![None; count];
    let mut counter = Counter { document, ids, vertices, markers, inherited, known, has_huge_arcs: false };
    counter.inherit();
    let Size { nodes, chars, bytes, .. } = counter.of(0);
    let finding = match () {
        () if counter.has_huge_arcs => words::artwork_far(MAX_COORDINATE),
        () if chars > MAX_TEXT => words::artwork_long_text(chars, MAX_TEXT),
        () if nodes > MAX_NODES || bytes > MAX_BYTES => words::artwork_slow(),
        () => return Ok(()),
    };
    Err(Error::of(ErrorKind::Invalid, finding))
}

/// The most vertices that an element with this name and data may have.
type Vertices = fn(&str, &str) -> u64;

struct Counter<'d, 'a> {
    document: &'d Document<'a>,
    ids: &'d HashMap<String, NodeId>,
    vertices: Vertices,
    /// Markers of elements, own and inherited ones.
    markers: Vec<[Option<NodeId>; 3]>,
    /// Values of [`INHERITED`] of elements, own and inherited ones.
    inherited: Vec<[Option<Each>; 4]>,
    /// Sizes of elements. Those of elements that are being counted are empty, as usvg ignores a reference to them.
    known: Vec<Option<Size>>,
    /// Whether an arc is too large to be drawn.
    has_huge_arcs: bool,
}

impl<'d> Counter<'d, '_> {
    /// Finds the inherited properties of elements, of which parents come before their children.
    fn inherit(&mut self) {
        for id in self.document.descendants(0) {
            let node = &self.document.nodes[id];
            let mut markers = node.parent.map_or([None; 3], |parent| self.markers[parent]);
            let mut inherited = node.parent.map_or([None; 4], |parent| self.inherited[parent]);
            for attribute in &node.attributes {
                if let Some(marker) = MARKERS.iter().position(|name| *name == attribute.name) {
                    markers[marker] = self.target(&attribute.value);
                } else if let Some(property) = INHERITED.iter().position(|name| *name == attribute.name) {
                    let length = attribute.value.len() as u64;
                    inherited[property] = Some(match property {
                        2 => Each { server: None, bytes: length * NUMBER },
                        3 => Each { server: None, bytes: length * FAMILY },
                        _ => Each { server: self.target(&attribute.value), bytes: 0 },
                    });
                }
            }
            (self.markers[id], self.inherited[id]) = (markers, inherited);
        }
    }

    /// Size of an element with its copies.
    fn of(&mut self, id: NodeId) -> Size {
        if let Some(known) = self.known[id] {
            return known;
        }
        self.known[id] = Some(Size::default());
        let document: &'d Document<'_> = self.document;
        let node = &document.nodes[id];
        let markers = self.markers[id];
        let mut size = Size { nodes: 1, chars: node.text.chars().count() as u64, ..Size::default() };
        for child in &node.children {
            size.add_inside(self.of(*child));
        }
        let href = node.target().and_then(|href| self.ids.get(href)).copied();
        if let Some(used) = href.filter(|_| node.name == "use") {
            size.add_inside(self.of(used));
        }
        let around = ["clip-path", "mask"].map(|name| node.link(name).and_then(|id| self.ids.get(id).copied()));
        let drawn = href.filter(|_| node.name == "feImage");
        for target in around.into_iter().chain([drawn]).flatten() {
            let mut target_size = self.of(target);
            target_size.bytes = if is_shared(&document.nodes[target]) { 0 } else { target_size.bytes };
            size.add(target_size, 1);
        }
        for filter in targets(node.attribute("filter").unwrap_or_default()) {
            if let Some(filter) = self.ids.get(filter).copied().filter(|filter| is_relative(&document.nodes[*filter])) {
                size.add(self.of(filter), 1);
            }
        }
        size.bytes += own_bytes(node);
        let data = match node.name {
            "path" => node.attribute("d"),
            "polyline" | "polygon" => node.attribute("points"),
            "line" => Some(""),
            _ => None,
        };
        let arcs = data.map_or(Some(0), arcs::vertices);
        self.has_huge_arcs |= arcs.is_none();
        let vertices = data.map_or(0, |data| 2 + (self.vertices)(node.name, data)) + arcs.unwrap_or_default();
        size.bare += vertices;
        size.bytes += vertices * VERTEX;
        // What a `<use>` draws inherits its markers.
        if data.is_some() || node.name == "use" {
            let bare = size.bare;
            for (marker, name) in markers.into_iter().zip(MARKERS) {
                let Some(marker) = marker else { continue };
                let marker = self.of(marker);
                size.add(marker, if name == "marker-mid" || data.is_none() { bare } else { 1 });
                size.bare = 0;
            }
        }
        let applied = applied(node.name);
        applied.iter().for_each(|property| size.open[*property] += 1);
        if !applied.is_empty() || node.name == "use" {
            for property in 0..INHERITED.len() {
                self.apply(id, property, &mut size);
            }
        }
        self.known[id] = Some(size);
        size
    }

    /// Adds what the value of an inherited property of an element costs for those that have none.
    fn apply(&mut self, id: NodeId, property: usize, size: &mut Size) {
        let Some(Each { server, bytes }) = self.inherited[id][property] else { return };
        let times = std::mem::take(&mut size.open[property]);
        let mut each = Size { bytes, ..Size::default() };
        let document: &'d Document<'_> = self.document;
        // Patterns and gradients take over from others what they lack.
        let mut server = server.filter(|server| is_relative(&document.nodes[*server]));
        for _ in 0..MAX_LINKS {
            let Some(own) = server else { break };
            let mut own_size = self.of(own);
            // What a pattern draws is copied, but not what that consists of.
            own_size.bytes = if document.nodes[own].name == "pattern" { 0 } else { own_size.bytes };
            each.add(own_size, 1);
            server = document.nodes[own].target().and_then(|target| self.ids.get(target)).copied();
        }
        each.bare = 0;
        size.add(each, times);
    }

    /// The element that a property refers to.
    fn target(&self, value: &str) -> Option<NodeId> {
        self.ids.get(targets(value).next()?).copied()
    }
}

#[cfg(test)]
mod tests;
