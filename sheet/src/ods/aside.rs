//! Elements of an OpenDocument sheet that are no cells.

use super::super::xml::Tag;

/// Elements in or beside cells whose texts are not those of cells: notes, shapes and their text boxes, form controls.
const ASIDE: [&str; 20] = [
    "annotation",
    "caption",
    "circle",
    "connector",
    "control",
    "custom-shape",
    "ellipse",
    "forms",
    "frame",
    "g",
    "line",
    "measure",
    "object",
    "path",
    "polygon",
    "polyline",
    "rect",
    "regular-polygon",
    "scene",
    "shapes",
];

/// Skips elements of [`ASIDE`] with all in them.
#[derive(Default)]
pub(super) struct Aside {
    /// The outermost one, and how many of its kind are open.
    pub open: Option<(&'static str, usize)>,
}

impl Aside {
    /// Whether a tag belongs to such an element.
    pub fn has(&mut self, tag: &Tag<'_>) -> bool {
        match &mut self.open {
            Some((name, depth)) => {
                if tag.is(name) && !tag.is_empty {
                    *depth = if tag.is_closing { *depth - 1 } else { *depth + 1 };
                }
                if *depth == 0 {
                    self.open = None;
                }
                true
            }
            None => {
                let name = ASIDE.into_iter().find(|name| tag.opens(name));
                self.open = name.filter(|_| !tag.is_empty).map(|name| (name, 1));
                name.is_some()
            }
        }
    }
}
