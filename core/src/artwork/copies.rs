//! Counts what artwork consists of once usvg has copied what `<use>`, markers, clips and masks repeat, before it does so.

use std::collections::HashMap;

use crate::{
    artwork::effort::MAX_COORDINATE,
    error::{Error, ErrorKind, Result},
    markup::{
        bounds::arcs,
        targets,
        tree::{Document, Node, NodeId},
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
/// Inherited properties whose values usvg copies for each element that they apply to.
const INHERITED: [&str; 4] = ["fill", "stroke", "stroke-dasharray", "font-family"];
/// Those that apply to shapes and to texts, by their positions in [`INHERITED`].
const OF_SHAPES: [usize; 3] = [0, 1, 2];
const OF_TEXTS: [usize; 4] = [0, 1, 2, 3];
/// Bytes that usvg takes for a vertex, a stop of a gradient, a byte of a list of numbers, and one of a list of fonts.
const VERTEX: u64 = 25;
const STOP: u64 = 16;
const NUMBER: u64 = 2;
const FAMILY: u64 = 16;

/// Rejects too many elements, huge arcs, or too much text, which may come from a parameter. Expects references without
/// cycles.
///
/// # Errors
/// `artwork_invalid`.
pub fn check(document: &Document<'_>) -> Result<()> {
    let ids = document.ids();
    // Most artwork has few copies, and passes without its paths being read.
    check_with(document, &ids, |_, data| data.len() as u64).or_else(|_| check_with(document, &ids, vertices))
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

/// What an element draws.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    nodes: u64,
    chars: u64,
    bytes: u64,
    /// Vertices of shapes that have no markers.
    bare: u64,
    /// Elements to which each of [`INHERITED`] applies, and that have no value of it.
    open: [u64; 4],
}

impl Size {
    /// Adds what inherits its properties elsewhere.
    fn add(&mut self, other: Self, times: u64) {
        self.nodes = self.nodes.saturating_add(other.nodes.saturating_mul(times));
        self.chars = self.chars.saturating_add(other.chars.saturating_mul(times));
        self.bytes = self.bytes.saturating_add(other.bytes.saturating_mul(times));
        self.bare = self.bare.saturating_add(other.bare.saturating_mul(times));
    }

    /// Adds what inherits its properties from the element.
    fn add_inside(&mut self, other: Self) {
        self.add(other, 1);
        for (open, other) in self.open.iter_mut().zip(other.open) {
            *open = open.saturating_add(other);
        }
    }
}

/// What a value of an inherited property costs for each element that it applies to.
#[derive(Debug, Clone, Copy)]
struct Each {
    /// The gradient or pattern that it names.
    server: Option<NodeId>,
    bytes: u64,
}

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
        let applied: &[usize] = match node.name {
            "path" | "rect" | "circle" | "ellipse" | "line" | "polyline" | "polygon" => &OF_SHAPES,
            "text" | "tspan" | "textPath" => &OF_TEXTS,
            _ => &[],
        };
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

/// Maximum number of gradients and patterns that are followed one after another.
const MAX_LINKS: usize = 8;

/// Whether usvg makes a definition anew for each element that it applies to: what it draws depends on the element's box.
fn is_relative(node: &Node<'_>) -> bool {
    let is_absolute = |name: &str| node.attribute(name) == Some("userSpaceOnUse");
    let is_boxed = |name: &str| node.attribute(name) == Some("objectBoundingBox");
    match node.name {
        "pattern" => !is_absolute("patternUnits") || is_boxed("patternContentUnits"),
        "filter" => !is_absolute("filterUnits") || is_boxed("primitiveUnits"),
        _ => !is_absolute("gradientUnits"),
    }
}

/// Whether usvg makes a clip or a mask once for all elements.
fn is_shared(node: &Node<'_>) -> bool {
    let is_boxed = |name: &str| node.attribute(name) == Some("objectBoundingBox");
    match node.name {
        "clipPath" => !is_boxed("clipPathUnits"),
        "mask" => node.attribute("maskUnits") == Some("userSpaceOnUse") && !is_boxed("maskContentUnits"),
        _ => false,
    }
}

/// Bytes of lists and pictures in an element's attributes.
fn own_bytes(node: &Node<'_>) -> u64 {
    match node.name {
        "stop" => STOP,
        "image" => node.attribute("href").map_or(0, str::len) as u64,
        name if name.starts_with("fe") => {
            node.attributes.iter().map(|attribute| attribute.value.len() as u64).sum::<u64>() * NUMBER
        }
        _ => 0,
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
        let shapes = |attributes: &str| format!("<rect width=\"9\" height=\"9\" {attributes}/>").repeat(1000);
        let mut groups = "<rect id=\"g0\" width=\"9\" height=\"9\"/>".to_owned();
        for n in 1..9 {
            groups += &format!("<g id=\"g{n}\">{}</g>", format!("<use href=\"#g{}\"/>", n - 1).repeat(10));
        }
        for body in [
            format!("{marker}{}", path("marker-mid=\"url(#m)\"", 10_000)),
            format!("{marker}<g style=\"marker: url(#m)\">{}</g>", path("", 10_000)),
            format!("{mask}{}", "<rect width=\"9\" height=\"9\" mask=\"url(#k)\"/>".repeat(1000)),
            format!("<use href=\"#p\"/><g style=\"marker: url(#m)\">{}</g>{marker}", path("id=\"p\"", 10_000)),
            format!(
                "{marker}<defs>{}</defs><use href=\"#p\" style=\"marker-mid: url(#m)\"/>",
                path("id=\"p\"", 10_000)
            ),
            format!("<defs>{groups}</defs><use href=\"#g8\"/>"),
            format!("<pattern id=\"k\" width=\"1\" height=\"1\">{many}</pattern>{}", shapes("fill=\"url(#k)\"")),
            format!(
                "<pattern id=\"k\" width=\"1\" height=\"1\">{many}</pattern><g stroke=\"url(#k)\">{}</g>",
                shapes("")
            ),
            format!(
                "<pattern id=\"k\" width=\"1\" height=\"1\">{many}</pattern><defs><g id=\"g\">{}</g></defs><use href=\"#g\" fill=\"url(#k)\"/>",
                shapes("")
            ),
            format!(
                "<pattern id=\"o\">{many}</pattern><pattern id=\"k\" href=\"#o\" width=\"1\" height=\"1\"/>{}",
                shapes("fill=\"url(#k)\"")
            ),
            format!(
                "<filter id=\"k\">{}</filter>{}",
                "<feOffset dx=\"1\"/>".repeat(1000),
                shapes("filter=\"url(#k)\"")
            ),
            format!(
                "<filter id=\"k\"><feImage href=\"#g\"/></filter><g id=\"g\">{many}</g>{}",
                shapes("filter=\"url(#k)\"")
            ),
            format!("<clipPath id=\"k\">{many}</clipPath>{}", shapes("clip-path=\"url(#k)\"")),
        ] {
            // References in quotation marks are followed, too.
            let quoted = body.replace("id=\"k\"", "id=\"k k\"").replace("url(#k)", "url('#k k')");
            for body in [&body, &quoted] {
                let fault = fault(body);
                assert!(fault.starts_with("the artwork takes too long"), "{fault}: {}", &body[..80]);
            }
        }
        assert_eq!(
            fault(&format!(
                "<marker id=\"m\"><path d=\"M0 0h1v1z\"/></marker>{}",
                path("marker-mid=\"url(#m)\"", 1000)
            )),
            ""
        );
        assert_eq!(fault("<g id=\"a\"><use href=\"#a\"/></g>"), "", "usvg ignores it");
    }

    #[test]
    fn copies_of_long_values_are_bounded() {
        let uses = "<use href=\"#p\"/>".repeat(2000);
        let path = format!("<defs><path id=\"p\" d=\"M0 0{}\"/></defs>", "h1".repeat(20_000));
        let dashes = format!("stroke-dasharray=\"{}\"", "1 ".repeat(50_000));
        let paths = "<path d=\"M0 0h1\"/>".repeat(3000);
        let stops = "<stop/>".repeat(20_000);
        let list = "serif,".repeat(5000);
        let picture = format!("<image id=\"p\" href=\"data:image/png;base64,{}\"/>", "A".repeat(500_000));
        for body in [
            format!("{path}{uses}"),
            format!("<g {dashes}>{paths}</g>"),
            format!("<defs><g id=\"p\">{paths}</g></defs><use href=\"#p\" {dashes}/>"),
            format!("<linearGradient id=\"k\">{stops}</linearGradient><g fill=\"url(#k)\">{paths}</g>"),
            format!("<text font-family=\"{list}\">{}</text>", "<tspan>a</tspan>".repeat(3000)),
            format!("{picture}{uses}"),
            format!(
                "<filter id=\"k\"><feComponentTransfer><feFuncR type=\"table\" tableValues=\"{}\"/></feComponentTransfer></filter><g>{}</g>",
                "0 ".repeat(50_000),
                paths.replace("/>", " filter=\"url(#k)\"/>")
            ),
        ] {
            let fault = fault(&body);
            assert!(fault.starts_with("the artwork takes too long"), "{fault}: {}", &body[..80]);
        }
        let own = paths.replace("/>", " stroke-dasharray=\"none\"/>");
        assert_eq!(fault(&format!("<g {dashes}>{own}</g>")), "", "values that do not apply cost nothing");
    }

    #[test]
    fn vertices_are_counted() {
        for (data, count) in [
            ("M0 0h1h1", 7),
            ("M0,0 1 1-2-2.5.5", 4),
            ("M.5.5.5.5", 3),
            ("M0 0v1 2 3 4", 8),
            ("M0 0c1 1 2 2 3 3", 6),
            ("M0 0L1 1Z", 5),
        ] {
            assert_eq!(vertices("path", data), count, "{data}");
        }
        assert_eq!(vertices("polyline", "0,0 1,1 2,2"), 3);
    }
}
