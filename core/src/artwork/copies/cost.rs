//! What elements cost in usvg: vertices, stops, lists and pictures, and what it copies of them.

use crate::markup::tree::{Node, NodeId};

/// Inherited properties whose values usvg copies for each element that they apply to.
pub const INHERITED: [&str; 4] = ["fill", "stroke", "stroke-dasharray", "font-family"];
/// Properties that apply to shapes and to texts, by their positions in [`INHERITED`].
const OF_SHAPES: [usize; 3] = [0, 1, 2];
const OF_TEXTS: [usize; 4] = [0, 1, 2, 3];
/// Bytes that usvg takes for a vertex, a stop of a gradient, a byte of a list of numbers, and one of a list of fonts.
pub const VERTEX: u64 = 25;
const STOP: u64 = 16;
pub const NUMBER: u64 = 2;
pub const FAMILY: u64 = 16;

/// What an element draws.
#[derive(Debug, Clone, Copy, Default)]
pub struct Size {
    pub nodes: u64,
    pub chars: u64,
    pub bytes: u64,
    /// Vertices of shapes that have no markers.
    pub bare: u64,
    /// Elements to which each of [`INHERITED`] applies, and that have no value of it.
    pub open: [u64; 4],
}

impl Size {
    /// Adds what inherits its properties elsewhere.
    pub fn add(&mut self, other: Self, times: u64) {
        self.nodes = self.nodes.saturating_add(other.nodes.saturating_mul(times));
        self.chars = self.chars.saturating_add(other.chars.saturating_mul(times));
        self.bytes = self.bytes.saturating_add(other.bytes.saturating_mul(times));
        self.bare = self.bare.saturating_add(other.bare.saturating_mul(times));
    }

    /// Adds what inherits its properties from the element.
    pub fn add_inside(&mut self, other: Self) {
        self.add(other, 1);
        for (open, other) in self.open.iter_mut().zip(other.open) {
            *open = open.saturating_add(other);
        }
    }
}

/// What a value of an inherited property costs for each element that it applies to.
#[derive(Debug, Clone, Copy)]
pub struct Each {
    /// The gradient or pattern that it names.
    pub server: Option<NodeId>,
    pub bytes: u64,
}

/// The inherited properties that apply to an element of this name, by their positions in [`INHERITED`].
pub fn applied(name: &str) -> &'static [usize] {
    match name {
        "path" | "rect" | "circle" | "ellipse" | "line" | "polyline" | "polygon" => &OF_SHAPES,
        "text" | "tspan" | "textPath" => &OF_TEXTS,
        _ => &[],
    }
}

/// Whether usvg copies a definition for each element that it applies to, because its drawing depends on the element's box.
pub fn is_relative(node: &Node<'_>) -> bool {
    let is_absolute = |name: &str| node.attribute(name) == Some("userSpaceOnUse");
    let is_boxed = |name: &str| node.attribute(name) == Some("objectBoundingBox");
    match node.name {
        "pattern" => !is_absolute("patternUnits") || is_boxed("patternContentUnits"),
        "filter" => !is_absolute("filterUnits") || is_boxed("primitiveUnits"),
        _ => !is_absolute("gradientUnits"),
    }
}

/// Whether usvg makes a clip or a mask once for all elements.
pub fn is_shared(node: &Node<'_>) -> bool {
    let is_boxed = |name: &str| node.attribute(name) == Some("objectBoundingBox");
    match node.name {
        "clipPath" => !is_boxed("clipPathUnits"),
        "mask" => node.attribute("maskUnits") == Some("userSpaceOnUse") && !is_boxed("maskContentUnits"),
        _ => false,
    }
}

/// Bytes of lists and pictures in an element's attributes.
pub fn own_bytes(node: &Node<'_>) -> u64 {
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
pub fn vertices(element: &str, data: &str) -> u64 {
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
