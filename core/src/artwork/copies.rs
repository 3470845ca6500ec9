//! Counts what artwork consists of once usvg has copied what `<use>`, markers, clips, masks, filters, patterns and gradients
//! repeat, before it does so.

use std::collections::HashMap;

use super::references::targets;
use crate::{
    error::{Error, ErrorKind, Result},
    markup::tree::{Document, NodeId},
    words,
};

/// Maximum number of elements with their copies. usvg takes half a kilobyte for each.
const MAX_NODES: u64 = 400_000;
/// Maximum number of characters of text in one artwork. usvg lays out text in quadratic time: 20 000 characters take 2 s.
const MAX_TEXT: u64 = 20_000;
/// Properties that place a marker, which are inherited.
const MARKERS: [&str; 3] = ["marker-start", "marker-mid", "marker-end"];
/// Properties that paint, which are inherited.
const PAINTS: [&str; 2] = ["fill", "stroke"];
/// Elements that are painted.
const SHAPES: [&str; 8] = ["path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text"];
/// Stops of a gradient that take the memory of an element.
const STOPS: u64 = 16;

/// Rejects too many elements, or too much text, which may come from a parameter. Expects references without cycles.
///
/// # Errors
/// `artwork_invalid`.
pub fn check(document: &Document<'_>) -> Result<()> {
    let ids = document.ids();
    let count = document.nodes.len();
    let has_markers = document.nodes.iter().any(|node| node.name == "marker");
    let mut counter = Counter {
        has_markers,
        document,
        ids: &ids,
        markers: vec![[None; 3]; count],
        paints: vec![[None; 2]; count],
        known: vec![None; count],
    };
    counter.inherit();
    let Size { nodes, chars, .. } = counter.of(0);
    let finding = match () {
        () if chars > MAX_TEXT => words::artwork_long_text(chars, MAX_TEXT),
        () if nodes > MAX_NODES => words::artwork_slow(),
        () => return Ok(()),
    };
    Err(Error::of(ErrorKind::Invalid, finding))
}

/// What an element draws.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    nodes: u64,
    chars: u64,
    /// Vertices of shapes that have no markers.
    bare: u64,
    /// Shapes for which no fill, and no stroke, is declared.
    unpainted: [u64; 2],
}

impl Size {
    fn add(&mut self, other: Self, times: u64) {
        self.nodes = self.nodes.saturating_add(other.nodes.saturating_mul(times));
        self.chars = self.chars.saturating_add(other.chars.saturating_mul(times));
        self.bare = self.bare.saturating_add(other.bare.saturating_mul(times));
        for (own, other) in self.unpainted.iter_mut().zip(other.unpainted) {
            *own = own.saturating_add(other.saturating_mul(times));
        }
    }
}

struct Counter<'d, 'a> {
    /// Whether shapes may have markers: counting the vertices of all paths takes long.
    has_markers: bool,
    document: &'d Document<'a>,
    ids: &'d HashMap<String, NodeId>,
    /// Markers of elements, own and inherited ones.
    markers: Vec<[Option<NodeId>; 3]>,
    /// Fill and stroke of elements, own and inherited ones: the pattern or the gradient, if it is one.
    paints: Vec<[Option<Option<NodeId>>; 2]>,
    /// Sizes of elements. Those of elements that are being counted are empty, as usvg ignores a reference to them.
    known: Vec<Option<Size>>,
}

impl<'d> Counter<'d, '_> {
    /// Finds the markers and paints of elements, of which parents come before their children.
    fn inherit(&mut self) {
        for id in self.document.descendants(0) {
            let node = &self.document.nodes[id];
            let mut markers = node.parent.map_or([None; 3], |parent| self.markers[parent]);
            for (marker, name) in markers.iter_mut().zip(MARKERS) {
                if let Some(value) = node.attribute(name) {
                    *marker = self.target(value);
                }
            }
            self.markers[id] = markers;
            let mut paints = node.parent.map_or([None; 2], |parent| self.paints[parent]);
            for (paint, name) in paints.iter_mut().zip(PAINTS) {
                if let Some(value) = node.attribute(name) {
                    *paint = Some(targets(value).next().and_then(|target| self.ids.get(target)).copied());
                }
            }
            self.paints[id] = paints;
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
            let child = self.of(*child);
            size.add(child, 1);
        }
        let href = node.attribute("href").filter(|_| matches!(node.name, "use" | "feImage" | "pattern"));
        let used = href.and_then(|href| self.ids.get(href.trim().strip_prefix('#')?)).copied();
        let around = ["clip-path", "mask"].map(|name| node.attribute(name).and_then(|value| self.target(value)));
        let filters = node.attribute("filter").unwrap_or_default();
        let filters = targets(filters).filter_map(|target| self.ids.get(target)).copied().collect::<Vec<_>>();
        for target in [used, around[0], around[1]].into_iter().flatten().chain(filters) {
            let target = self.of(target);
            size.add(target, 1);
        }
        self.paint(id, &mut size);
        let data = match node.name {
            "path" => node.attribute("d"),
            "polyline" | "polygon" => node.attribute("points"),
            "line" => Some(""),
            _ => None,
        };
        if self.has_markers {
            size.bare += data.map_or(0, |data| 2 + vertices(node.name, data));
        }
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
        self.known[id] = Some(size);
        size
    }

    /// Adds the patterns and gradients that paint an element, or what a `<use>` draws.
    fn paint(&mut self, id: NodeId, size: &mut Size) {
        let name = self.document.nodes[id].name;
        if SHAPES.contains(&name) {
            size.unpainted.iter_mut().for_each(|count| *count += 1);
        }
        if !SHAPES.contains(&name) && name != "use" {
            return;
        }
        for at in 0..PAINTS.len() {
            let Some(paint) = self.paints[id][at] else { continue };
            let times = std::mem::take(&mut size.unpainted[at]);
            let Some(target) = paint.filter(|target| self.is_copied(*target)) else { continue };
            let mut copied = self.of(target);
            if self.document.nodes[target].name != "pattern" {
                copied.nodes /= STOPS;
            }
            size.add(Size { chars: copied.chars, nodes: copied.nodes, ..Size::default() }, times);
        }
    }

    /// Whether each element that is painted with a pattern or gradient has a copy of it: one whose units are those of the
    /// element's box, or may be.
    fn is_copied(&self, id: NodeId) -> bool {
        let node = &self.document.nodes[id];
        let is_absolute = |name: &str| node.attribute(name) == Some("userSpaceOnUse");
        match node.name {
            _ if node.attribute("href").is_some() => true,
            "pattern" => {
                !is_absolute("patternUnits") || node.attribute("patternContentUnits") == Some("objectBoundingBox")
            }
            _ => !is_absolute("gradientUnits"),
        }
    }

    /// The element that a property refers to.
    fn target(&self, value: &str) -> Option<NodeId> {
        targets(value).next().and_then(|id| self.ids.get(id)).copied()
    }
}

/// The most vertices that data of a path or a polygon may have.
fn vertices(element: &str, data: &str) -> u64 {
    let (mut numbers, mut commands, mut single, mut inside) = (0, 0, false, false);
    let mut has_point = false;
    for byte in data.bytes() {
        let is_digit = byte.is_ascii_digit();
        let starts = (is_digit && !inside) || (byte == b'.' && (!inside || has_point));
        numbers += u64::from(starts);
        has_point = byte == b'.' || (has_point && is_digit);
        inside = is_digit || byte == b'.';
        commands += u64::from(byte.is_ascii_alphabetic());
        single |= matches!(byte, b'h' | b'H' | b'v' | b'V');
    }
    if element == "path" && single { numbers + commands } else { numbers / 2 + commands }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::artwork::svg;

    fn fault(body: &str) -> String {
        let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"99\" height=\"99\">{body}</svg>");
        svg::parse(&svg, &BTreeMap::new(), &crate::testing::fonts())
            .map_or_else(|e| e.message().to_owned(), |_| String::new())
    }

    #[test]
    fn text_counts_as_often_as_it_is_drawn() {
        let text = |count: usize| format!("<text id=\"t\" y=\"50\">a<tspan>{}</tspan></text>", "报".repeat(count - 1));
        assert_eq!(fault(&text(500)), "");
        assert_eq!(fault(&text(20_001)), "the artwork has 20001 characters of text, at most 20000 are allowed");
        let used = format!("{}{}", text(500), "<use href=\"#t\"/>".repeat(40));
        assert_eq!(fault(&used), "the artwork has 20500 characters of text, at most 20000 are allowed");
        let nested = format!(
            "<defs>{}<g id=\"g\">{}</g></defs>{}",
            text(100),
            "<use href=\"#t\"/>".repeat(20),
            "<use href=\"#g\"/>".repeat(20)
        );
        assert!(fault(&nested).contains("characters of text"), "{}", fault(&nested));
    }

    #[test]
    fn copies_are_bounded() {
        let many = "<path d=\"M0 0h1v1z\"/>".repeat(1000);
        let marker = format!("<marker id=\"m\">{many}</marker>");
        let path = |attributes: &str, count: usize| format!("<path {attributes} d=\"M0 0{}\"/>", "h1".repeat(count));
        let mask = format!("<mask id=\"k\">{many}</mask>");
        let mut groups = "<rect id=\"g0\" width=\"9\" height=\"9\"/>".to_owned();
        for n in 1..9 {
            groups += &format!("<g id=\"g{n}\">{}</g>", format!("<use href=\"#g{}\"/>", n - 1).repeat(10));
        }
        let bodies = [
            format!("{marker}{}", path("marker-mid=\"url(#m)\"", 10_000)),
            format!("{marker}<g style=\"marker: url(#m)\">{}</g>", path("", 10_000)),
            format!("{mask}{}", "<rect width=\"9\" height=\"9\" mask=\"url(#k)\"/>".repeat(1000)),
            format!("<use href=\"#p\"/><g style=\"marker: url(#m)\">{}</g>{marker}", path("id=\"p\"", 10_000)),
            format!(
                "{marker}<defs>{}</defs><use href=\"#p\" style=\"marker-mid: url(#m)\"/>",
                path("id=\"p\"", 10_000)
            ),
            format!("<defs>{groups}</defs><use href=\"#g8\"/>"),
            format!(
                "<pattern id=\"p\" width=\".1\" height=\".1\">{many}</pattern>{}",
                "<rect width=\"9\" height=\"9\" fill=\"url(#p)\"/>".repeat(500)
            ),
            format!(
                "<pattern id=\"p\" width=\".1\" height=\".1\">{many}</pattern><defs><g id=\"q\">{}</g></defs>\
                 <g stroke=\"url(#p)\"><use href=\"#q\"/></g>",
                "<rect width=\"9\" height=\"9\"/>".repeat(500)
            ),
            format!(
                "<g id=\"many\">{many}</g><filter id=\"f\"><feImage href=\"#many\"/></filter>{}",
                "<rect width=\"9\" height=\"9\" filter=\"url(#f)\"/>".repeat(500)
            ),
            format!(
                "<linearGradient id=\"l\">{}</linearGradient>{}",
                "<stop/>".repeat(20_000),
                "<path d=\"M0 0h9v9z\" fill=\"url(#l)\"/>".repeat(500)
            ),
        ];
        // Also with ids that need quotation marks.
        let quoted = bodies.clone().map(|body| {
            ["m", "k", "p", "f", "l"].iter().fold(body, |body, id| {
                let body = body.replace(&format!("id=\"{id}\""), &format!("id=\"{id} x\""));
                let body = body.replace(&format!("href=\"#{id}\""), &format!("href=\"#{id} x\""));
                body.replace(&format!("url(#{id})"), &format!("url('#{id} x')"))
            })
        });
        for body in bodies.into_iter().chain(quoted) {
            assert!(fault(&body).starts_with("the artwork takes too long"), "{}", fault(&body));
        }
        assert_eq!(
            fault(&format!(
                "<marker id=\"m\"><path d=\"M0 0h1v1z\"/></marker>{}",
                path("marker-mid=\"url(#m)\"", 1000)
            )),
            ""
        );
        // One pattern for all, and gradients as design tools use them.
        let shared = format!(
            "<pattern id=\"p\" width=\"9\" height=\"9\" patternUnits=\"userSpaceOnUse\"><path d=\"M0 0h1v1z\"/></pattern>\
             <linearGradient id=\"l\">{}</linearGradient>{}{}",
            "<stop/>".repeat(30),
            "<path d=\"M0 0h9v9z\" fill=\"url(#p)\"/>".repeat(1000),
            "<path d=\"M0 0h9v9z\" fill=\"url(#l)\" stroke=\"url(#l)\"/>".repeat(1000)
        );
        assert_eq!(fault(&shared), "");
        assert_eq!(fault("<g id=\"a\"><use href=\"#a\"/></g>"), "", "usvg ignores it");
    }

    #[test]
    fn vertices_are_counted() {
        for (data, least) in [("M0 0h1h1", 3), ("M0,0 1 1-2-2.5.5", 4), ("M.5.5.5.5", 2), ("M0 0v1 2 3 4", 5)] {
            assert!((least..=3 * least).contains(&vertices("path", data)), "{data}: {}", vertices("path", data));
        }
        assert_eq!(vertices("polyline", "0,0 1,1 2,2"), 3);
    }
}
