//! Elements of artwork that layers can be bound to: those with an id and a box.

use std::collections::BTreeMap;

use resvg::usvg::{Group, Node, Tree};

use super::cut::scaling;
use crate::{
    markup::{self, Xml},
    plan::PlannedCanvas,
};

/// Maximum number of elements that are listed.
pub const MAX_SHAPES: usize = 2000;
/// Maximum length of a name, characters.
const MAX_NAME: usize = 100;
const INKSCAPE: &str = "http://www.inkscape.org/namespaces/inkscape";

/// An element that a layer can be bound to.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// Its id.
    pub id: String,
    /// Its kind in SVG: `rect`.
    pub tag: String,
    /// What the design tool calls it: Inkscape's label, Illustrator's `data-name`, or its `title`.
    pub name: Option<String>,
    /// Its box in px of the canvas at scale 1: x, y, width, height.
    pub rect: [f32; 4],
}

/// The elements of an artwork that have an id and a size, in the order of drawing; at most [`MAX_SHAPES`]. `svg`: the text that `tree`
/// was read from.
pub fn shapes(svg: &str, tree: &Tree, canvas: PlannedCanvas) -> Vec<Shape> {
    let Ok(xml) = markup::parse(svg) else { return Vec::new() };
    let known = described(&xml);
    let (x, y) = scaling(tree, canvas);
    let mut found: Vec<Shape> = Vec::new();
    visit(tree.root(), &mut |node: &Node| {
        let rect = node.abs_bounding_box();
        if rect.width() > 0.0
            && rect.height() > 0.0
            && let Some((tag, name)) = known.get(node.id())
            // Elements that are used more than once are found where they are drawn first.
            && found.iter().all(|shape| shape.id != node.id())
        {
            let rect = [rect.x() * x, rect.y() * y, rect.width() * x, rect.height() * y];
            found.push(Shape { id: node.id().to_owned(), tag: (*tag).to_owned(), name: name.clone(), rect });
        }
        found.len() < MAX_SHAPES
    });
    found
}

/// Calls a function with each node in the order of drawing, groups before their content, until it returns false.
fn visit<'a>(group: &'a Group, see: &mut impl FnMut(&'a Node) -> bool) -> bool {
    group.children().iter().all(|node| {
        see(node)
            && match node {
                Node::Group(inner) => visit(inner, see),
                _ => true,
            }
    })
}

/// Elements by id: their kinds and their names.
fn described<'a>(xml: &'a Xml<'_>) -> BTreeMap<&'a str, (&'a str, Option<String>)> {
    let mut all = BTreeMap::new();
    for node in xml.descendants().filter(|node| node.is_element()) {
        let Some(id) = node.attribute("id").filter(|id| !id.is_empty()) else { continue };
        let title = || node.children().find(|child| child.tag_name().name() == "title").and_then(|child| child.text());
        let name = node.attribute((INKSCAPE, "label")).or_else(|| node.attribute("data-name")).or_else(title);
        let name = name.map(|name| name.trim().chars().take(MAX_NAME).collect::<String>());
        all.entry(id).or_insert((node.tag_name().name(), name.filter(|name| !name.is_empty())));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{artwork::svg, style::Color, testing};

    #[test]
    fn elements_with_an_id_and_a_size_are_listed_in_the_order_of_drawing() {
        let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:i=\"http://www.inkscape.org/namespaces/inkscape\" \
                   width=\"100\" height=\"50\"><defs><rect id=\"unused\" width=\"9\" height=\"9\"/></defs>\
                   <rect width=\"9\" height=\"9\"/><g id=\"card\" i:label=\" Card \"><rect id=\"photo\" x=\"10\" y=\"5\" width=\"20\" height=\"15\"/></g>\
                   <circle id=\"avatar\" cx=\"50\" cy=\"25\" r=\"10\"><title>Face</title></circle><path id=\"empty\" d=\"\"/></svg>";
        let tree = svg::parse(svg, &BTreeMap::new(), &testing::fonts()).expect("SVG");
        let canvas = PlannedCanvas { width: 200, height: 100, tallest: None, background: Color::white() };
        let found = shapes(svg, &tree, canvas);
        let listed: Vec<_> =
            found.iter().map(|shape| (shape.id.as_str(), shape.tag.as_str(), shape.name.as_deref())).collect();
        assert_eq!(listed, [("card", "g", Some("Card")), ("photo", "rect", None), ("avatar", "circle", Some("Face"))]);
        assert_eq!(found[1].rect, [20.0, 10.0, 40.0, 30.0]);
        assert_eq!(found[2].rect.map(f32::round), [80.0, 30.0, 40.0, 40.0]);
    }
}
