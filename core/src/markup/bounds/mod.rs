//! Boxes of elements in their own coordinates, as far as they can be known without fonts.

pub mod arcs;
mod outline;
pub mod perimeter;
pub mod reach;
mod viewport;

use resvg::tiny_skia::{LineCap, LineJoin, Rect, Stroke, Transform};

use self::outline::radii;
pub use self::{
    outline::{is_exhausted, outline, path},
    viewport::{canvas, covers_canvas, length, placement, px, resolved, shown, transform, viewport},
};
use super::tree::{self, Document, NodeId};

/// Maximum number of elements that one box is made of.
const MAX_ELEMENTS: usize = 2000;
/// Maximum number of elements within each other that one box is made of.
const MAX_LEVELS: usize = 256;
/// Inherited properties that the box of an element depends on.
const PROPERTIES: usize = 8;

/// What is known of a box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Extent {
    /// Nothing is drawn.
    Nothing,
    /// Where it is drawn.
    Known(Rect),
    /// Anywhere.
    Unknown,
}

impl Extent {
    /// The box, if it is known.
    pub fn rect(self) -> Option<Rect> {
        if let Self::Known(rect) = self { Some(rect) } else { None }
    }

    /// A box from its sides.
    pub fn of(rect: Option<Rect>) -> Self {
        rect.map_or(Self::Unknown, Self::Known)
    }

    fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing, one) | (one, Self::Nothing) => one,
            (Self::Known(a), Self::Known(b)) => Self::of(Rect::from_ltrb(
                a.left().min(b.left()),
                a.top().min(b.top()),
                a.right().max(b.right()),
                a.bottom().max(b.bottom()),
            )),
            _ => Self::Unknown,
        }
    }

    fn transform(self, by: Transform) -> Self {
        if let Self::Known(rect) = self { Self::of(rect.transform(by)) } else { self }
    }
}

/// What a box contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The geometry.
    Fill,
    /// The geometry and its stroke.
    Stroke,
    /// At least all that is drawn, but for the element's own filter.
    Ink,
}

/// The box of an element's geometry, without its stroke and its own transform. `None` when it draws nothing, or text,
/// or what another element defines.
pub fn fill_box(document: &Document<'_>, id: NodeId) -> Option<Rect> {
    whole(document, id, Part::Fill).rect()
}

/// The box including strokes.
pub fn stroke_box(document: &Document<'_>, id: NodeId) -> Option<Rect> {
    whole(document, id, Part::Stroke).rect()
}

/// A box that contains all that an element draws, without its own filter and transform.
pub fn ink(document: &Document<'_>, id: NodeId) -> Extent {
    whole(document, id, Part::Ink)
}

fn whole(document: &Document<'_>, id: NodeId, part: Part) -> Extent {
    let mut left = Left::default();
    let extent = inner(document, id, part, &mut left);
    // Boxes of groups within each other consist of the same elements.
    let parts = (MAX_ELEMENTS - left.elements).saturating_sub(1);
    if parts > 0 {
        document.budget.visit(PROPERTIES * (parts * document.within(id).count() + left.below));
    }
    extent
}

/// Counts the visit of a part of an element. Each property is looked for in all elements around it. False as
/// [`super::budget::Budget::spend`].
fn visit(document: &Document<'_>, id: NodeId) -> bool {
    document.budget.visit(PROPERTIES * document.within(id).count())
}

/// What one box may still consist of.
struct Left {
    elements: usize,
    /// Elements within each other, with those that `<use>` draws.
    levels: usize,
    /// Sum of the levels of the elements so far, below the first one.
    below: usize,
}

impl Default for Left {
    fn default() -> Self {
        Self { elements: MAX_ELEMENTS, levels: MAX_LEVELS, below: 0 }
    }
}

fn inner(document: &Document<'_>, id: NodeId, part: Part, left: &mut Left) -> Extent {
    let (Some(elements), Some(levels)) = (left.elements.checked_sub(1), left.levels.checked_sub(1)) else {
        return Extent::Unknown;
    };
    *left = Left { elements, levels, below: left.below + MAX_LEVELS - 1 - levels };
    let extent = within(document, id, part, left);
    left.levels += 1;
    extent
}

fn within(document: &Document<'_>, id: NodeId, part: Part, left: &mut Left) -> Extent {
    if let Some((_, area)) = document.framed.filter(|(framed, _)| *framed == id) {
        return Extent::Known(area);
    }
    let node = &document.nodes[id];
    if !tree::is_drawn(node.name) || node.attribute("display") == Some("none") {
        return Extent::Nothing;
    }
    match node.name {
        "g" | "a" => {
            let mut all = Extent::Nothing;
            for child in node.children.iter().copied() {
                let mut own = inner(document, child, part, left);
                if part == Part::Ink {
                    own = reach::filtered(document, child, own);
                }
                all = all.join(own.transform(placement(document, child)));
                if all == Extent::Unknown {
                    break;
                }
            }
            all
        }
        "use" => {
            let Some(target) = node.target() else { return Extent::Nothing };
            let Some(target) = document.find(target) else { return Extent::Unknown };
            match document.nodes[target].name {
                "symbol" | "svg" if part == Part::Ink => Extent::of(reach::viewport(document, id)),
                "symbol" | "svg" => Extent::Unknown,
                _ => {
                    let mut own = inner(document, target, part, left);
                    if part == Part::Ink {
                        own = reach::filtered(document, target, own);
                    }
                    own.transform(placement(document, target))
                }
            }
        }
        "svg" if part == Part::Ink => Extent::of(reach::viewport(document, id)),
        "text" if part == Part::Ink => reach::text(document, id),
        _ => stroked(document, id, part, geometry(document, id)),
    }
}

/// The box of a shape's geometry.
fn geometry(document: &Document<'_>, id: NodeId) -> Extent {
    let node = &document.nodes[id];
    let number = |name: &str| length(document, id, name);
    let has = |name: &str| node.attribute(name).is_some_and(|value| value != "auto");
    match node.name {
        "image" if !has("width") || !has("height") => Extent::Unknown,
        "rect" | "image" => {
            let (width, height) = (number("width"), number("height"));
            if width <= 0.0 || height <= 0.0 {
                return Extent::Nothing;
            }
            Extent::of(Rect::from_xywh(number("x"), number("y"), width, height))
        }
        "circle" | "ellipse" => {
            let [rx, ry] = radii(document, id);
            if rx <= 0.0 || ry <= 0.0 {
                return Extent::Nothing;
            }
            let (cx, cy) = (number("cx"), number("cy"));
            Extent::of(Rect::from_ltrb(cx - rx, cy - ry, cx + rx, cy + ry))
        }
        "path" if node.attribute("d").is_none_or(|d| d.trim().is_empty()) => Extent::Nothing,
        "polyline" | "polygon" if !has("points") => Extent::Nothing,
        _ => Extent::of(outline(document, id).and_then(|path| path.compute_tight_bounds())),
    }
}

/// A shape's box with its stroke.
fn stroked(document: &Document<'_>, id: NodeId, part: Part, geometry: Extent) -> Extent {
    let Extent::Known(rect) = geometry else { return geometry };
    let name = document.nodes[id].name;
    let property = |name: &str| inherited(document, id, name);
    let is_outline = matches!(name, "path" | "line" | "polyline" | "polygon");
    let marks = |name: &&str| property(name).is_some_and(|marker| marker != "none");
    if part == Part::Ink && is_outline && ["marker-start", "marker-mid", "marker-end"].iter().any(marks) {
        return Extent::Unknown;
    }
    if part == Part::Fill || name == "image" || property("stroke").is_none_or(|stroke| stroke == "none") {
        return geometry;
    }
    let width = property("stroke-width").map_or(Some(1.0), |width| resolved(document, id, "stroke-width", width));
    let width = width.unwrap_or(1.0).max(0.0);
    if is_outline && width > 0.0 {
        let limit = property("stroke-miterlimit").and_then(|limit| limit.trim().parse::<f32>().ok());
        let line_cap = match property("stroke-linecap") {
            Some("round") => LineCap::Round,
            Some("square") => LineCap::Square,
            _ => LineCap::Butt,
        };
        let line_join = match property("stroke-linejoin") {
            Some("round") => LineJoin::Round,
            Some("bevel") => LineJoin::Bevel,
            _ => LineJoin::Miter,
        };
        let stroke = Stroke { width, miter_limit: limit.unwrap_or(4.0), line_cap, line_join, dash: None };
        let path = outline(document, id).and_then(|path| path.stroke(&stroke, 1.0));
        return geometry.join(Extent::of(path.and_then(|path| path.compute_tight_bounds())));
    }
    let half = width / 2.0;
    Extent::of(Rect::from_ltrb(rect.left() - half, rect.top() - half, rect.right() + half, rect.bottom() + half))
}

/// The value of an inherited property.
pub fn inherited<'d>(document: &'d Document<'_>, id: NodeId, name: &str) -> Option<&'d str> {
    document.within(id).find_map(|up| document.attribute(up, name))
}
