//! Boxes of elements in their own coordinates, as far as they can be known without fonts.

pub mod arcs;
pub mod perimeter;
pub mod reach;

use resvg::tiny_skia::{LineCap, LineJoin, Path, PathBuilder, Rect, Stroke, Transform};

use super::{
    css::scan::Scanner,
    style::{self, Context, length::Length},
    tree::{self, Document, NodeId},
};

/// Maximum number of elements that one box is made of.
const MAX_ELEMENTS: usize = 2000;
/// Maximum number of elements within each other that one box is made of.
const MAX_LEVELS: usize = 256;
/// Maximum bytes of outlines that are measured for one artwork.
const MAX_MEASURED: usize = 16 * 1024 * 1024;

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
    let mut left = Left::default();
    inner(document, id, Part::Fill, &mut left).rect()
}

/// The box including strokes.
pub fn stroke_box(document: &Document<'_>, id: NodeId) -> Option<Rect> {
    let mut left = Left::default();
    inner(document, id, Part::Stroke, &mut left).rect()
}

/// A box that contains all that an element draws, without its own filter and transform.
pub fn ink(document: &Document<'_>, id: NodeId) -> Extent {
    let mut left = Left::default();
    inner(document, id, Part::Ink, &mut left)
}

/// What one box may still consist of.
struct Left {
    elements: usize,
    /// Elements within each other, with those that `<use>` draws.
    levels: usize,
}

impl Default for Left {
    fn default() -> Self {
        Self { elements: MAX_ELEMENTS, levels: MAX_LEVELS }
    }
}

fn inner(document: &Document<'_>, id: NodeId, part: Part, left: &mut Left) -> Extent {
    let (Some(elements), Some(levels)) = (left.elements.checked_sub(1), left.levels.checked_sub(1)) else {
        return Extent::Unknown;
    };
    *left = Left { elements, levels };
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

/// The radii of a circle, an ellipse or a rectangle's corners.
fn radii(document: &Document<'_>, id: NodeId) -> [f32; 2] {
    let node = &document.nodes[id];
    if node.name == "circle" {
        return [length(document, id, "r"); 2];
    }
    let own = |name: &str| node.attribute(name).filter(|value| *value != "auto").map(|_| length(document, id, name));
    // One radius is that of both directions.
    let (rx, ry) = (own("rx"), own("ry"));
    [rx.or(ry).unwrap_or_default(), ry.or(rx).unwrap_or_default()]
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

/// Whether no more outlines are measured.
pub fn is_exhausted(document: &Document<'_>) -> bool {
    document.measured.get() > MAX_MEASURED
}

/// Counts bytes that are measured. `None` when there are too many.
fn measure(document: &Document<'_>, bytes: usize) -> Option<()> {
    document.measured.set(document.measured.get().saturating_add(bytes));
    (!is_exhausted(document)).then_some(())
}

/// The path of path data. `None` when it is empty, has huge arcs, or too much is measured.
pub fn path(document: &Document<'_>, data: &str) -> Option<Path> {
    use svgtypes::SimplePathSegment as Segment;
    measure(document, data.len().saturating_add(usize::try_from(arcs::vertices(data)?).ok()?))?;
    let mut builder = PathBuilder::new();
    for segment in svgtypes::SimplifyingPathParser::from(data) {
        // What follows an error is not drawn.
        let Ok(segment) = segment else { break };
        match segment {
            Segment::MoveTo { x, y } => builder.move_to(x as f32, y as f32),
            Segment::LineTo { x, y } => builder.line_to(x as f32, y as f32),
            Segment::Quadratic { x1, y1, x, y } => builder.quad_to(x1 as f32, y1 as f32, x as f32, y as f32),
            Segment::CurveTo { x1, y1, x2, y2, x, y } => {
                builder.cubic_to(x1 as f32, y1 as f32, x2 as f32, y2 as f32, x as f32, y as f32);
            }
            Segment::ClosePath => builder.close(),
        }
    }
    builder.finish()
}

/// The path of a shape.
pub fn outline(document: &Document<'_>, id: NodeId) -> Option<Path> {
    let node = &document.nodes[id];
    if node.name == "path" {
        return path(document, node.attribute("d")?);
    }
    measure(document, node.attribute("points").unwrap_or_default().len())?;
    let mut builder = PathBuilder::new();
    match node.name {
        "line" => {
            builder.move_to(length(document, id, "x1"), length(document, id, "y1"));
            builder.line_to(length(document, id, "x2"), length(document, id, "y2"));
        }
        "polyline" | "polygon" => {
            for (index, (x, y)) in svgtypes::PointsParser::from(node.attribute("points")?).enumerate() {
                match index {
                    0 => builder.move_to(x as f32, y as f32),
                    _ => builder.line_to(x as f32, y as f32),
                }
            }
            if node.name == "polygon" {
                builder.close();
            }
        }
        "rect" => push_rect(&mut builder, fill_box(document, id)?, radii(document, id)),
        "circle" | "ellipse" => builder.push_oval(fill_box(document, id)?),
        _ => return None,
    }
    builder.finish()
}

/// Adds a rectangle with the radii of its corners: from the top left one clockwise, as SVG 2 has it.
fn push_rect(builder: &mut PathBuilder, rect: Rect, [rx, ry]: [f32; 2]) {
    let (rx, ry) = (rx.clamp(0.0, rect.width() / 2.0), ry.clamp(0.0, rect.height() / 2.0));
    if rx == 0.0 || ry == 0.0 {
        return builder.push_rect(rect);
    }
    /// Distance of the control points of a quarter of a circle, in radii.
    const QUARTER: f32 = 0.552_284_8;
    let (left, top, right, bottom) = (rect.left(), rect.top(), rect.right(), rect.bottom());
    let (x, y) = (rx * (1.0 - QUARTER), ry * (1.0 - QUARTER));
    builder.move_to(left + rx, top);
    builder.line_to(right - rx, top);
    builder.cubic_to(right - x, top, right, top + y, right, top + ry);
    builder.line_to(right, bottom - ry);
    builder.cubic_to(right, bottom - y, right - x, bottom, right - rx, bottom);
    builder.line_to(left + rx, bottom);
    builder.cubic_to(left + x, bottom, left, bottom - y, left, bottom - ry);
    builder.line_to(left, top + ry);
    builder.cubic_to(left, top + y, left + x, top, left + rx, top);
    builder.close();
}

/// A length attribute in px; 0 if it is absent.
pub fn length(document: &Document<'_>, id: NodeId, name: &str) -> f32 {
    let value = document.attribute(id, name);
    value.and_then(|value| resolved(document, id, name, value)).unwrap_or_default()
}

/// A length in px, of which percentages are shares of the viewport.
pub fn resolved(document: &Document<'_>, id: NodeId, name: &str, value: &str) -> Option<f32> {
    let context = Context { is_attribute: true, ..Context::default() };
    let length = Length::read(&mut Scanner::new(value.trim()), &context)?;
    if !matches!(length, Length::Percent(_)) {
        return Some(length.resolve(0.0) as f32);
    }
    let [width, height] = viewport(document, id);
    Some(length.resolve(match name {
        "x" | "cx" | "rx" | "width" | "x1" | "x2" => width,
        "y" | "cy" | "ry" | "height" | "y1" | "y2" => height,
        _ => width.hypot(height) / std::f64::consts::SQRT_2,
    }) as f32)
}

/// A length in px that is no share of anything.
pub fn px(value: &str) -> Option<f64> {
    let context = Context { is_attribute: true, ..Context::default() };
    let length = Length::read(&mut Scanner::new(value.trim()), &context)?;
    (!matches!(length, Length::Percent(_))).then(|| length.resolve(0.0))
}

/// Width and height of the coordinate system that an element is in.
pub fn viewport(document: &Document<'_>, id: NodeId) -> [f64; 2] {
    let establishes = |up: &NodeId| match document.nodes[*up].name {
        "svg" => true,
        "symbol" => document.attribute(*up, "viewBox").is_some(),
        _ => false,
    };
    let svg = document.within(id).skip(1).find(establishes).unwrap_or(0);
    let around = if svg == 0 { [100.0; 2] } else { viewport(document, svg) };
    style::viewport(&document.nodes[svg].attributes, around)
}

/// Width and height of the root's coordinate system.
pub fn canvas(document: &Document<'_>) -> [f64; 2] {
    style::viewport(&document.nodes[0].attributes, [f64::INFINITY; 2])
}

/// All that the canvas shows, in the coordinates of the root's content: its `viewBox`, and what lies beside it. `None` if
/// the root is transformed or has no size.
pub fn shown(document: &Document<'_>) -> Option<Rect> {
    let root = &document.nodes[0];
    let is_moved = root.attribute("transform").is_some_and(|transform| transform != "none")
        || ["translate", "rotate", "scale"].iter().any(|name| root.style(name).is_some_and(|value| value != "none"));
    if is_moved {
        return None;
    }
    let side = |name: &str| root.attribute(name).and_then(px);
    let view = root.attribute("viewBox").and_then(|view| view.parse::<svgtypes::ViewBox>().ok());
    let Some(view) = view else {
        return Rect::from_xywh(0.0, 0.0, side("width")? as f32, side("height")? as f32);
    };
    let (width, height) = (side("width").unwrap_or(view.w), side("height").unwrap_or(view.h));
    let stretches = root.attribute("preserveAspectRatio").is_some_and(|aspect| aspect.contains("none"));
    let scale = (width / view.w).min(height / view.h);
    let (beside, below) = match stretches {
        true => (0.0, 0.0),
        false => ((width / scale - view.w).max(0.0), (height / scale - view.h).max(0.0)),
    };
    let rect = [view.x - beside, view.y - below, view.x + view.w + beside, view.y + view.h + below];
    let [left, top, right, bottom] = rect.map(|side| side as f32);
    Rect::from_ltrb(left, top, right, bottom)
}

/// Whether a box in the coordinates of the root's content covers all that the canvas shows.
pub fn covers_canvas(document: &Document<'_>, area: Rect) -> bool {
    // Rounding of the `viewBox`'s scale.
    let by = |side: f32| side * 1e-4;
    shown(document).is_some_and(|canvas| {
        let (x, y) = (by(canvas.width()), by(canvas.height()));
        area.left() <= canvas.left() + x
            && area.top() <= canvas.top() + y
            && area.right() >= canvas.right() - x
            && area.bottom() >= canvas.bottom() - y
    })
}

/// An element's own transform.
pub fn transform(document: &Document<'_>, id: NodeId) -> Transform {
    let text = document.attribute(id, "transform").unwrap_or_default();
    let parsed = text.parse::<svgtypes::Transform>().unwrap_or_default();
    let [a, b, c, d, e, f] = [parsed.a, parsed.b, parsed.c, parsed.d, parsed.e, parsed.f].map(|number| number as f32);
    Transform::from_row(a, b, c, d, e, f)
}

/// An element's own transform, and the position of a `<use>` or a nested `<svg>`, which its own coordinates include.
pub fn placement(document: &Document<'_>, id: NodeId) -> Transform {
    let own = transform(document, id);
    match document.nodes[id].name {
        "svg" if document.attribute(id, "viewBox").is_some() => own,
        "use" | "svg" => own.pre_translate(length(document, id, "x"), length(document, id, "y")),
        _ => own,
    }
}

/// The value of an inherited property.
pub fn inherited<'d>(document: &'d Document<'_>, id: NodeId, name: &str) -> Option<&'d str> {
    document.within(id).find_map(|up| document.attribute(up, name))
}
