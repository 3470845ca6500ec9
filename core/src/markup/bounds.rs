//! Boxes of elements in their own coordinates, as far as they can be known without fonts.

use resvg::tiny_skia::{Path, PathBuilder, PathSegment, Point, Rect, Transform};

use super::{
    css::scan::Scanner,
    style::{self, Context, length::Length},
    tree::{Document, NodeId},
};

/// Maximum number of elements that one box is made of.
const MAX_ELEMENTS: usize = 2000;
/// Maximum bytes of outlines that are measured for one artwork.
const MAX_MEASURED: usize = 16 * 1024 * 1024;
/// Lines that a curve is measured by.
const CURVE_STEPS: u32 = 32;

/// The box of an element's geometry, without its stroke and its own transform. `None` when it draws nothing, or text,
/// or what another element defines.
pub fn fill_box(document: &Document<'_>, id: NodeId) -> Option<Rect> {
    let mut left = MAX_ELEMENTS;
    inner(document, id, false, &mut left)
}

/// The box including strokes.
pub fn stroke_box(document: &Document<'_>, id: NodeId) -> Option<Rect> {
    let mut left = MAX_ELEMENTS;
    inner(document, id, true, &mut left)
}

fn inner(document: &Document<'_>, id: NodeId, with_stroke: bool, left: &mut usize) -> Option<Rect> {
    *left = left.checked_sub(1)?;
    let node = &document.nodes[id];
    let number = |name: &str, across: bool| length(document, id, name, across);
    let rect = match node.name {
        "g" | "a" => {
            let mut all: Option<Rect> = None;
            for child in node.children.iter().copied() {
                if is_definition(document, child) || document.attribute(child, "display") == Some("none") {
                    continue;
                }
                let own = inner(document, child, with_stroke, left)?.transform(placement(document, child))?;
                all = Some(match all {
                    Some(all) => all.join(&own)?,
                    None => own,
                });
            }
            return all;
        }
        "use" => {
            let target = find(document, node.attribute("href")?.strip_prefix('#')?)?;
            if matches!(document.nodes[target].name, "symbol" | "svg" | "text") {
                return None;
            }
            return inner(document, target, with_stroke, left)?.transform(placement(document, target));
        }
        "rect" | "image" => {
            Rect::from_xywh(number("x", true), number("y", false), number("width", true), number("height", false))?
        }
        "circle" | "ellipse" => {
            let (rx, ry) = match node.name {
                "circle" => (number("r", true), number("r", true)),
                _ => (number("rx", true), number("ry", false)),
            };
            let (cx, cy) = (number("cx", true), number("cy", false));
            Rect::from_ltrb(cx - rx, cy - ry, cx + rx, cy + ry)?
        }
        _ => outline(document, id)?.compute_tight_bounds()?,
    };
    if !with_stroke || inherited(document, id, "stroke").is_none_or(|stroke| stroke == "none") {
        return Some(rect);
    }
    let half = inherited(document, id, "stroke-width").and_then(|width| width.parse::<f32>().ok()).unwrap_or(1.0) / 2.0;
    Rect::from_ltrb(rect.left() - half, rect.top() - half, rect.right() + half, rect.bottom() + half)
}

/// The element with an id. Searching counts as measuring does.
fn find(document: &Document<'_>, id: &str) -> Option<NodeId> {
    let measured = document.measured.get().saturating_add(document.nodes.len());
    document.measured.set(measured);
    if measured > MAX_MEASURED {
        return None;
    }
    document.descendants(0).find(|node| document.attribute(*node, "id") == Some(id))
}

/// Whether an element draws nothing where it stands.
fn is_definition(document: &Document<'_>, id: NodeId) -> bool {
    let name = document.nodes[id].name;
    let defines =
        ["defs", "symbol", "clipPath", "mask", "filter", "linearGradient", "radialGradient", "pattern", "marker"];
    defines.contains(&name) || matches!(name, "title" | "desc" | "metadata" | "style" | "")
}

/// The path of a shape. `None` for rounded rectangles.
pub fn outline(document: &Document<'_>, id: NodeId) -> Option<Path> {
    let node = &document.nodes[id];
    let bytes = node.attribute("d").or(node.attribute("points")).unwrap_or_default().len();
    let measured = document.measured.get().saturating_add(bytes);
    document.measured.set(measured);
    if measured > MAX_MEASURED {
        return None;
    }
    let mut builder = PathBuilder::new();
    match node.name {
        "line" => {
            builder.move_to(length(document, id, "x1", true), length(document, id, "y1", false));
            builder.line_to(length(document, id, "x2", true), length(document, id, "y2", false));
        }
        "polyline" | "polygon" => {
            for (index, (x, y)) in svgtypes::PointsParser::from(node.attribute("points")?).enumerate() {
                match index {
                    0 => builder.move_to(x as f32, y as f32),
                    _ => builder.line_to(x as f32, y as f32),
                }
            }
        }
        "path" => {
            use svgtypes::SimplePathSegment as Segment;
            for segment in svgtypes::SimplifyingPathParser::from(node.attribute("d")?) {
                match segment.ok()? {
                    Segment::MoveTo { x, y } => builder.move_to(x as f32, y as f32),
                    Segment::LineTo { x, y } => builder.line_to(x as f32, y as f32),
                    Segment::Quadratic { x1, y1, x, y } => builder.quad_to(x1 as f32, y1 as f32, x as f32, y as f32),
                    Segment::CurveTo { x1, y1, x2, y2, x, y } => {
                        builder.cubic_to(x1 as f32, y1 as f32, x2 as f32, y2 as f32, x as f32, y as f32);
                    }
                    Segment::ClosePath => builder.close(),
                }
            }
        }
        "rect" if length(document, id, "rx", true) == 0.0 && length(document, id, "ry", false) == 0.0 => {
            builder.push_rect(fill_box(document, id)?);
        }
        "circle" | "ellipse" => builder.push_oval(fill_box(document, id)?),
        _ => return None,
    }
    builder.finish()
}

/// The length of a shape's outline.
pub fn length_of(document: &Document<'_>, id: NodeId) -> Option<f32> {
    let node = &document.nodes[id];
    let side = |name: &str, across: bool| length(document, id, name, across);
    match node.name {
        "circle" => return Some(std::f32::consts::TAU * side("r", true)),
        "rect" if side("rx", true) == 0.0 && side("ry", false) == 0.0 => {
            return Some(2.0 * (side("width", true) + side("height", false)));
        }
        _ => {}
    }
    let (mut total, mut last, mut start) = (0.0, Point::zero(), Point::zero());
    let mut curve = |at: &dyn Fn(f32) -> Point| {
        let points = (0..=CURVE_STEPS).map(|step| at(step as f32 / CURVE_STEPS as f32));
        let points: Vec<Point> = points.collect();
        total += points.windows(2).map(|pair| pair[0].distance(pair[1])).sum::<f32>();
    };
    for segment in outline(document, id)?.segments() {
        match segment {
            PathSegment::MoveTo(to) => (last, start) = (to, to),
            PathSegment::LineTo(to) => {
                curve(&|t| last + scaled(to - last, t));
                last = to;
            }
            PathSegment::QuadTo(a, to) => {
                curve(&|t| scaled(last, (1.0 - t) * (1.0 - t)) + scaled(a, 2.0 * t * (1.0 - t)) + scaled(to, t * t));
                last = to;
            }
            PathSegment::CubicTo(a, b, to) => {
                curve(&|t| {
                    let s = 1.0 - t;
                    scaled(last, s * s * s)
                        + scaled(a, 3.0 * s * s * t)
                        + scaled(b, 3.0 * s * t * t)
                        + scaled(to, t * t * t)
                });
                last = to;
            }
            PathSegment::Close => {
                curve(&|t| last + scaled(start - last, t));
                last = start;
            }
        }
    }
    Some(total)
}

fn scaled(point: Point, by: f32) -> Point {
    Point::from_xy(point.x * by, point.y * by)
}

/// A length attribute in px; 0 if it is absent.
fn length(document: &Document<'_>, id: NodeId, name: &str, across: bool) -> f32 {
    let Some(value) = document.attribute(id, name) else { return 0.0 };
    let context = Context { is_attribute: true, ..Context::default() };
    let [width, height] = viewport(document, id);
    let whole = if across { width } else { height };
    Length::read(&mut Scanner::new(value.trim()), &context).map_or(0.0, |length| length.resolve(whole) as f32)
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

/// Whether a box in the coordinates of the root covers its viewport.
pub fn covers_canvas(document: &Document<'_>, area: Rect) -> bool {
    let view_box = document.attribute(0, "viewBox").and_then(|view_box| view_box.parse::<svgtypes::ViewBox>().ok());
    let [width, height] = canvas(document);
    let (x, y) = view_box.map_or((0.0, 0.0), |view_box| (view_box.x, view_box.y));
    let [left, top, right, bottom] = [area.left(), area.top(), area.right(), area.bottom()].map(f64::from);
    left <= x && top <= y && right >= x + width && bottom >= y + height
}

/// An element's own transform.
pub fn transform(document: &Document<'_>, id: NodeId) -> Transform {
    let text = document.attribute(id, "transform").unwrap_or_default();
    let parsed = text.parse::<svgtypes::Transform>().unwrap_or_default();
    let [a, b, c, d, e, f] = [parsed.a, parsed.b, parsed.c, parsed.d, parsed.e, parsed.f].map(|number| number as f32);
    Transform::from_row(a, b, c, d, e, f)
}

/// An element's own transform, and the position of a `<use>`, which its own coordinates include.
fn placement(document: &Document<'_>, id: NodeId) -> Transform {
    let own = transform(document, id);
    match document.nodes[id].name {
        "use" => own.pre_translate(length(document, id, "x", true), length(document, id, "y", false)),
        _ => own,
    }
}

/// The value of an inherited property.
pub fn inherited<'d>(document: &'d Document<'_>, id: NodeId, name: &str) -> Option<&'d str> {
    document.within(id).find_map(|up| document.attribute(up, name))
}
