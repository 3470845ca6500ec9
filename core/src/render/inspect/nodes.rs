//! What is known of the drawn elements: their boxes, the outlines in them, and what lies beneath them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use resvg::{
    tiny_skia::{PathSegment, Pixmap, Transform},
    usvg::{Group, Node, Paint, Tree},
};

use crate::{artwork::node, style::Color};

/// Maximum side of the picture from which the colours beneath elements are taken, px.
const MAX_SIDE: f32 = 192.0;

/// An element as it is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Drawn {
    /// Left, top, width and height in the artwork's units.
    pub rect: [f32; 4],
    /// Number of closed or open outlines in it.
    pub outlines: usize,
    /// The colour of its first shape that has a single one.
    pub color: Option<Color>,
}

/// What a node and those within it consist of.
#[derive(Clone, Copy, Default)]
struct Content {
    outlines: usize,
    color: Option<Color>,
}

impl Content {
    fn and(self, other: Self) -> Self {
        Self { outlines: self.outlines + other.outlines, color: self.color.or(other.color) }
    }
}

/// The elements with ids that have a box. Of several with the same id, the first.
pub fn drawn(tree: &Tree) -> HashMap<String, Drawn> {
    let mut found = HashMap::new();
    walk(tree.root(), &mut found);
    found
}

fn walk(group: &Group, found: &mut HashMap<String, Drawn>) -> Content {
    let mut all = Content::default();
    for node in group.children() {
        let content = match node {
            Node::Group(inner) => walk(inner, found),
            Node::Text(text) => walk(text.flattened(), found),
            Node::Image(_) => Content::default(),
            Node::Path(path) => {
                let starts = path.data().segments().filter(|segment| matches!(segment, PathSegment::MoveTo(_)));
                let color = path.fill().and_then(|fill| match fill.paint() {
                    Paint::Color(color) => Some(Color { r: color.red, g: color.green, b: color.blue, a: 255 }),
                    _ => None,
                });
                Content { outlines: starts.count(), color }
            }
        };
        let rect = node.abs_bounding_box();
        if !node.id().is_empty() && rect.width() > 0.0 && rect.height() > 0.0 {
            let rect = [rect.x(), rect.y(), rect.width(), rect.height()];
            let drawn = Drawn { rect, outlines: content.outlines, color: content.color };
            found.entry(node.id().to_owned()).or_insert(drawn);
        }
        all = all.and(content);
    }
    all
}

/// The mean colour in each of these rectangles, in the artwork's units, without the elements with the ids of `skipped`, on white.
/// Effects of groups around those are left out.
pub fn beneath(tree: &Tree, skipped: &BTreeSet<&str>, rects: &BTreeMap<String, [f32; 4]>) -> BTreeMap<String, Color> {
    let size = tree.size();
    let scale = (MAX_SIDE / size.width().max(size.height())).min(1.0);
    let side = |length: f32| (length * scale).ceil().max(1.0) as u32;
    let Some(mut pixmap) = Pixmap::new(side(size.width()), side(size.height())) else { return BTreeMap::new() };
    pixmap.fill(resvg::tiny_skia::Color::WHITE);
    paint(tree.root(), skipped, Transform::from_scale(scale, scale), &mut pixmap);
    let (width, height) = (pixmap.width(), pixmap.height());
    let pixels = pixmap.pixels();
    let mean = |[x, y, w, h]: [f32; 4]| {
        // `as` saturates.
        let range = |from: f32, length: f32, end: u32| {
            let first = ((from * scale).round().max(0.0) as u32).min(end - 1);
            first..(((from + length) * scale).round().max(0.0) as u32).clamp(first + 1, end)
        };
        let (columns, rows) = (range(x, w, width), range(y, h, height));
        let mut sum = [0_u64; 3];
        for row in rows.clone() {
            for column in columns.clone() {
                let pixel = pixels[(row * width + column) as usize];
                // The picture is opaque.
                sum[0] += u64::from(pixel.red());
                sum[1] += u64::from(pixel.green());
                sum[2] += u64::from(pixel.blue());
            }
        }
        let count = (rows.len() * columns.len()).max(1) as u64;
        let [r, g, b] = sum.map(|channel| (channel / count) as u8);
        Color { r, g, b, a: 255 }
    };
    rects.iter().map(|(id, rect)| (id.clone(), mean(*rect))).collect()
}

fn paint(group: &Group, skipped: &BTreeSet<&str>, scale: Transform, pixmap: &mut Pixmap) {
    for node in group.children() {
        match node {
            _ if skipped.contains(node.id()) => {}
            Node::Group(inner) if has(inner, skipped) => paint(inner, skipped, scale, pixmap),
            _ => node::draw(node, scale.pre_concat(group.abs_transform()), pixmap),
        }
    }
}

fn has(group: &Group, skipped: &BTreeSet<&str>) -> bool {
    group
        .children()
        .iter()
        .any(|node| skipped.contains(node.id()) || matches!(node, Node::Group(inner) if has(inner, skipped)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::artwork;

    #[test]
    fn elements_are_measured_with_what_is_in_them() {
        let tree = artwork(
            [100; 2],
            "<rect id=\"r\" x=\"10\" y=\"20\" width=\"30\" height=\"40\" fill=\"none\"/>\
             <g id=\"g\" transform=\"scale(2)\"><path id=\"p\" fill=\"#a01020\" d=\"M1 1h4v4z M9 9h4v4z\"/><path d=\"M2 2h1v1z\"/></g>\
             <path id=\"line\" d=\"M0 9h50\" stroke=\"#000\"/>",
        );
        let found = drawn(&tree.expect("draws"));
        let of = |id: &str| (found[id].rect, found[id].outlines, found[id].color.map(|color| color.to_string()));
        assert_eq!((of("r").0, of("r").2), ([10.0, 20.0, 30.0, 40.0], None));
        assert_eq!(of("p"), ([2.0, 2.0, 24.0, 24.0], 2, Some("#a01020".to_owned())));
        assert_eq!((of("g").1, of("g").2), (3, Some("#a01020".to_owned())));
        assert!(!found.contains_key("line"), "it has no height");
    }

    #[test]
    fn colours_are_those_beneath_the_elements() {
        let tree = artwork(
            [400; 2],
            "<rect width=\"400\" height=\"200\" fill=\"#102030\"/>\
             <g opacity=\"0.5\"><rect id=\"a\" x=\"40\" y=\"40\" width=\"200\" height=\"80\" fill=\"#fff\"/></g>",
        )
        .expect("draws");
        let rects = |rect: [f32; 4]| BTreeMap::from([("a".to_owned(), rect)]);
        let color = |skipped: &[&str], rect| beneath(&tree, &skipped.iter().copied().collect(), &rects(rect))["a"];
        assert_eq!(color(&["a"], [40.0, 40.0, 200.0, 80.0]).to_string(), "#102030");
        assert_ne!(color(&[], [40.0, 40.0, 200.0, 80.0]).to_string(), "#102030");
        assert_eq!(color(&["a"], [40.0, 240.0, 200.0, 80.0]).to_string(), "#ffffff");
        assert_eq!(color(&["a"], [-900.0, 9000.0, 1.0, 1.0]).to_string(), "#ffffff", "outside");
    }
}
