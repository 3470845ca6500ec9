//! The characters of a text, with their elements and the positions that attributes give them.

use std::ops::Range;

use super::{
    case::{self, Case},
    style::{Families, Style},
};
use crate::{
    markup::{
        texts::{self, Axis},
        tree::{Document, NodeId},
    },
    text::{self, FontSet},
};

/// Maximum number of characters searched backwards for the one that precedes a letter.
const LOOK_BACK: usize = 32;

/// A text as characters.
#[derive(Debug, Default)]
pub struct TextContent {
    /// Characters, after white space is collapsed.
    pub chars: Vec<Char>,
    /// The text element and those in it that hold text, parents first.
    pub elements: Vec<Element>,
}

/// A character.
#[derive(Debug, Clone, Copy)]
pub struct Char {
    /// The character that is drawn.
    pub c: char,
    /// The node of text that it comes from, and its byte offset there.
    pub source: (NodeId, usize),
    /// Number of these bytes; none for all but the first of several characters that it became.
    pub bytes: usize,
    /// Index of the element that contains it.
    pub element: usize,
    /// Absolute position, horizontally.
    pub x: Option<f32>,
    /// Absolute position, vertically.
    pub y: Option<f32>,
    /// Horizontal shift of this character and those after it.
    pub dx: f32,
    /// Vertical shift of this character and those after it.
    pub dy: f32,
    /// Rotation, degrees clockwise.
    pub rotate: f32,
}

/// An element of a text.
#[derive(Debug)]
pub struct Element {
    /// The element.
    pub node: NodeId,
    /// How its letters are set.
    pub style: Style,
    /// Its characters, with those of elements in it.
    pub chars: Range<usize>,
    /// The `textPath` that it is, or is within.
    pub along: Option<NodeId>,
    /// `textLength`, and whether glyphs are stretched.
    pub length: Option<(f32, bool)>,
}

/// A character before white space is collapsed.
struct Raw {
    c: char,
    source: (NodeId, usize),
    bytes: usize,
    element: usize,
    preserved: bool,
}

impl TextContent {
    /// Reads a text element.
    pub fn of(document: &Document<'_>, id: NodeId, fonts: &FontSet, families: &Families) -> Self {
        let mut reader = Reader { document, fonts, families, text: id, raw: Vec::new(), elements: Vec::new() };
        reader.element(id, None);
        let Reader { raw, mut elements, .. } = reader;
        // Number of characters that are kept before each.
        let mut kept = Vec::with_capacity(raw.len() + 1);
        let mut chars: Vec<Char> = Vec::with_capacity(raw.len());
        let mut after_space = true;
        for Raw { c, source, bytes, element, preserved } in raw {
            kept.push(chars.len());
            let is_space = c == ' ' && !preserved;
            if is_space && after_space {
                continue;
            }
            after_space = is_space;
            chars.push(Char { c, source, bytes, element, x: None, y: None, dx: 0.0, dy: 0.0, rotate: 0.0 });
        }
        if after_space {
            chars.pop();
        }
        kept.push(chars.len());
        let at = |raw: usize| kept.get(raw).map_or(chars.len(), |at| (*at).min(chars.len()));
        for element in &mut elements {
            element.chars = at(element.chars.start)..at(element.chars.end);
        }
        let mut content = Self { chars, elements };
        (0..content.elements.len()).for_each(|index| content.position(document, index));
        content
    }

    /// Applies the lists of positions of an element.
    fn position(&mut self, document: &Document<'_>, index: usize) {
        let Element { node, ref chars, .. } = self.elements[index];
        let Some(own) = self.chars.get_mut(chars.clone()) else { return };
        // Coordinates of a text on a path are lengths along it.
        if document.nodes[node].name != "textPath" {
            let list = |name: &str, axis: Axis| texts::lengths(document, node, name, axis);
            written(own).zip(list("x", Axis::X)).for_each(|(char, x)| char.x = Some(x));
            written(own).zip(list("y", Axis::Y)).for_each(|(char, y)| char.y = Some(y));
            written(own).zip(list("dx", Axis::X)).for_each(|(char, dx)| char.dx = dx);
            written(own).zip(list("dy", Axis::Y)).for_each(|(char, dy)| char.dy = dy);
        }
        let angles = document.attribute(node, "rotate").unwrap_or_default();
        let angles: Result<Vec<f64>, _> = svgtypes::NumberListParser::from(angles).collect();
        if let Ok(angles) = angles
            && let Some(last) = angles.last()
        {
            let mut all = angles.iter().chain(std::iter::repeat(last));
            let mut angle = last;
            for char in own {
                if char.bytes > 0 {
                    angle = all.next().unwrap_or(last);
                }
                char.rotate = *angle as f32;
            }
        }
    }
}

/// The characters that the source has: letters that `text-transform` adds have no positions of their own.
fn written(chars: &mut [Char]) -> impl Iterator<Item = &mut Char> {
    chars.iter_mut().filter(|char| char.bytes > 0)
}

struct Reader<'r, 'a> {
    document: &'r Document<'a>,
    fonts: &'r FontSet,
    families: &'r Families,
    text: NodeId,
    raw: Vec<Raw>,
    elements: Vec<Element>,
}

impl Reader<'_, '_> {
    /// Reads an element. Nesting is limited when the document is built.
    fn element(&mut self, id: NodeId, along: Option<NodeId>) {
        let (document, start, index) = (self.document, self.raw.len(), self.elements.len());
        let along = if document.nodes[id].name == "textPath" { Some(id) } else { along };
        let adjusts = document.attribute(id, "lengthAdjust") == Some("spacingAndGlyphs");
        let length = texts::lengths(document, id, "textLength", Axis::X).first().copied();
        self.elements.push(Element {
            node: id,
            style: Style::of(document, id, self.text, self.fonts, self.families),
            chars: start..start,
            along,
            length: length.filter(|length| *length > 0.0).map(|length| (length, adjusts)),
        });
        let preserved = texts::preserves_spaces(document, id);
        let case = Case::of(document, id);
        for child in document.nodes[id].children.iter().copied() {
            let node = &document.nodes[child];
            if node.name.is_empty() {
                for (at, c) in node.text.char_indices() {
                    let Some(drawn) = text::character(c) else { continue };
                    let (source, mut bytes) = ((child, at), c.len_utf8());
                    let before = self.raw.iter().rev().take(LOOK_BACK).map(|raw| raw.c);
                    let last = before.into_iter().find(|c| !case::joins(*c));
                    for c in case.apply(drawn, last) {
                        self.raw.push(Raw { c, source, bytes, element: index, preserved });
                        bytes = 0;
                    }
                }
            } else if is_part(document, child) {
                self.element(child, along);
            }
        }
        self.elements[index].chars.end = self.raw.len();
    }
}

/// Whether an element in a text is drawn: a span, or a text along a path that there is.
pub fn is_part(document: &Document<'_>, id: NodeId) -> bool {
    let node = &document.nodes[id];
    let has_path = ["href", "path"].iter().any(|name| node.attribute(name).is_some());
    let is_known = node.name == "tspan" || (node.name == "textPath" && has_path);
    is_known && node.attribute("display") != Some("none")
}
