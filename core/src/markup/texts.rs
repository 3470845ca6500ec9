//! Properties of texts that depend on those of their parents, and their lists of positions.

use super::{
    bounds,
    css::scan::Scanner,
    style::{self, Context, length::Length},
    tree::{Document, NodeId},
};

/// Font size of the root, px.
const MEDIUM: f64 = 16.0;

/// The `<text>` elements that are in no other one.
pub fn outermost(document: &Document<'_>) -> impl Iterator<Item = NodeId> {
    let is_text = move |id: NodeId| document.nodes[id].name == "text";
    document.descendants(0).filter(move |id| is_text(*id) && !document.within(*id).skip(1).any(is_text))
}

/// The font size of an element, px.
pub fn font_size(document: &Document<'_>, id: NodeId) -> f32 {
    let declared: Vec<&str> = document.within(id).filter_map(|up| document.attribute(up, "font-size")).collect();
    declared.iter().rev().fold(MEDIUM, |around, value| style::font_size(value, around)) as f32
}

/// The font weight of an element, 1 to 1000.
pub fn font_weight(document: &Document<'_>, id: NodeId) -> u16 {
    let declared: Vec<&str> = document.within(id).filter_map(|up| document.attribute(up, "font-weight")).collect();
    // CSS Fonts 4, section 2.2.1.
    declared.iter().rev().fold(400, |around, value| match (*value, around) {
        ("normal", _) => 400,
        ("bold", _) => 700,
        ("bolder", ..350) => 400,
        ("bolder", 350..550) => 700,
        ("bolder", _) => 900.max(around),
        ("lighter", ..100) => around,
        ("lighter", 100..550) => 100,
        ("lighter", 550..750) => 400,
        ("lighter", _) => 700,
        (number, _) => number.parse().unwrap_or(around),
    })
}

/// Value of an inherited property that is no presentation attribute.
pub fn style<'d>(document: &'d Document<'_>, id: NodeId, name: &str) -> Option<&'d str> {
    document.within(id).find_map(|up| document.nodes[up].style(name))
}

/// Whether white space is kept as it is.
pub fn preserves_spaces(document: &Document<'_>, id: NodeId) -> bool {
    document
        .within(id)
        .find_map(|up| match (document.attribute(up, "white-space"), document.attribute(up, "xml:space")) {
            (Some(value), _) => Some(matches!(value, "pre" | "pre-wrap" | "break-spaces")),
            (None, Some(value)) => Some(value == "preserve"),
            (None, None) => None,
        })
        .unwrap_or(false)
}

/// A side of the viewport, of which percentages are shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// The width.
    X,
    /// The height.
    Y,
}

/// A list of lengths in an attribute, px. Empty if it has an error.
pub fn lengths(document: &Document<'_>, id: NodeId, name: &str, axis: Axis) -> Vec<f32> {
    let Some(value) = document.attribute(id, name) else { return Vec::new() };
    let font_size = f64::from(font_size(document, id));
    let viewport = bounds::viewport(document, id);
    let screen = style::size(document);
    let context = Context { font_size, viewport, screen, is_attribute: true, ..Context::default() };
    let (mut scanner, mut all) = (Scanner::new(value), Vec::new());
    scanner.gap();
    while let Some(length) = Length::read(&mut scanner, &context) {
        all.push(length.resolve(viewport[axis as usize]) as f32);
        if !scanner.comma() {
            scanner.gap();
        }
    }
    // A list with an error has no effect.
    if scanner.is_at_end() { all } else { Vec::new() }
}

/// The value of a property in px, of which percentages are shares of `whole`. `None` for words.
pub fn length(value: &str, font_size: f32, whole: f32) -> Option<f32> {
    let context = Context { font_size: f64::from(font_size), is_attribute: true, ..Context::default() };
    Length::read(&mut Scanner::new(value), &context).map(|length| length.resolve(f64::from(whole)) as f32)
}
