//! The shape of an artwork element, used as a mask for pictures.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use resvg::{
    tiny_skia::{self, FillRule, Path, Transform},
    usvg::{self, Node, Tree},
};

use crate::{
    error::{Error, ErrorKind, Finding, Result},
    words,
    words::quote,
};

/// Outlines scaled to the unit square. The element's fill and stroke are ignored.
#[derive(Debug, Clone, PartialEq)]
pub struct Silhouette {
    /// Paths, each with whether its fill rule is even-odd.
    outlines: Vec<(Path, bool)>,
}

/// Silhouettes by element id.
pub type Silhouettes = BTreeMap<String, Arc<Silhouette>>;

/// Returns the silhouettes of the elements with these ids.
///
/// # Errors
/// `artwork_invalid` with one `mask_missing` finding for each element that the artwork does not draw, or that has no width
/// or height.
pub fn silhouettes(tree: &Tree, ids: &BTreeSet<&str>) -> Result<Silhouettes> {
    let mut findings = Vec::new();
    let mut found = BTreeMap::new();
    for id in ids {
        match Silhouette::of(tree, id) {
            Ok(silhouette) => drop(found.insert((*id).to_owned(), Arc::new(silhouette))),
            Err(finding) => findings.push(*finding),
        }
    }
    if findings.is_empty() { Ok(found) } else { Err(Error::findings(ErrorKind::Invalid, "artwork_invalid", findings)) }
}

impl Silhouette {
    /// Returns the silhouette of an element: the outline of a shape, of all shapes of a group, or of a text's letters.
    ///
    /// # Errors
    /// `mask_missing` when the artwork does not draw the element, or it has no width or height.
    pub fn of(tree: &Tree, id: &str) -> Result<Self, Box<Finding>> {
        let node = tree.node_by_id(id).ok_or_else(|| Box::new(words::mask_not_drawn(quote(id))))?;
        let bounds = node.abs_bounding_box();
        let scale = |side: f32| if side > 0.0 { 1.0 / side } else { 0.0 };
        let (x, y) = (scale(bounds.width()), scale(bounds.height()));
        let unit = Transform::from_row(x, 0.0, 0.0, y, -bounds.x() * x, -bounds.y() * y);
        let mut outlines = Vec::new();
        collect(node, unit, &mut outlines);
        if outlines.is_empty() || x <= 0.0 || y <= 0.0 {
            return Err(Box::new(words::mask_empty(quote(id))));
        }
        Ok(Self { outlines })
    }

    /// Coverage when stretched to `width` x `height` px, row by row.
    pub fn coverage(&self, width: u32, height: u32) -> Vec<u8> {
        let Some(mut mask) = tiny_skia::Mask::new(width, height) else { return Vec::new() };
        let size = Transform::from_scale(width as f32, height as f32);
        for (path, even_odd) in &self.outlines {
            let rule = if *even_odd { FillRule::EvenOdd } else { FillRule::Winding };
            mask.fill_path(path, rule, true, size);
        }
        mask.take()
    }
}

fn collect(node: &Node, unit: Transform, outlines: &mut Vec<(Path, bool)>) {
    let mut group = |group: &usvg::Group| group.children().iter().for_each(|node| collect(node, unit, outlines));
    match node {
        Node::Group(inner) => group(inner),
        Node::Text(text) => group(text.flattened()),
        Node::Path(path) => {
            let even_odd = path.fill().is_some_and(|fill| fill.rule() == usvg::FillRule::EvenOdd);
            let placed = path.data().clone().transform(unit.pre_concat(path.abs_transform()));
            outlines.extend(placed.map(|path| (path, even_odd)));
        }
        Node::Image(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::artwork;

    fn coverage(body: &str, side: u32) -> Result<Vec<u8>, Box<Finding>> {
        let tree = artwork([100; 2], body).expect("draws");
        Ok(Silhouette::of(&tree, "m")?.coverage(side, side))
    }

    #[test]
    fn a_shape_is_stretched_to_the_box_regardless_of_its_fill() {
        for fill in ["", "fill=\"none\"", "fill=\"#0000\" transform=\"translate(3 9) scale(2)\""] {
            let mask = coverage(&format!("<ellipse id=\"m\" cx=\"30\" cy=\"20\" rx=\"10\" ry=\"5\" {fill}/>"), 40);
            let mask = mask.unwrap_or_else(|e| panic!("{fill}: {e:?}"));
            assert_eq!((mask[0], mask[39], mask[20 * 40], mask[20 * 40 + 20]), (0, 0, 255, 255), "{fill}");
            let ink: u32 = mask.iter().map(|v| u32::from(*v)).sum();
            let circle = 255.0 * 400.0 * std::f32::consts::PI;
            assert!((ink as f32 - circle).abs() < circle * 0.01, "{fill}: {ink} of {circle}");
        }
    }

    #[test]
    fn the_shapes_of_a_group_are_joined_and_holes_stay_open() {
        let group =
            "<g id=\"m\"><rect width=\"10\" height=\"10\"/><rect x=\"10\" y=\"10\" width=\"10\" height=\"10\"/></g>";
        let mask = coverage(group, 20).expect("a mask");
        assert_eq!((mask[0], mask[19], mask[19 * 20], mask[399]), (255, 0, 0, 255));
        let ring = "<path id=\"m\" fill-rule=\"evenodd\" d=\"M0 0h30v30h-30z M10 10h10v10h-10z\"/>";
        let mask = coverage(ring, 30).expect("a mask");
        assert_eq!((mask[0], mask[15 * 30 + 15]), (255, 0));
    }

    #[test]
    fn elements_without_a_shape_are_rejected() {
        for body in ["<rect width=\"9\" height=\"9\"/>", "<path id=\"m\" d=\"M0 9h50\" stroke=\"#000\"/>"] {
            assert_eq!(coverage(body, 9).expect_err(body).code, "mask_missing");
        }
    }
}
