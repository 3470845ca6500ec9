//! Outlines of shapes as paths.

use resvg::tiny_skia::{Path, PathBuilder, Rect};

use super::{arcs, fill_box, viewport::length};
use crate::markup::tree::{Document, NodeId};

/// Maximum bytes of outlines that are measured for one artwork.
const MAX_MEASURED: usize = 16 * 1024 * 1024;

/// The radii of a circle, an ellipse or a rectangle's corners.
pub fn radii(document: &Document<'_>, id: NodeId) -> [f32; 2] {
    let node = &document.nodes[id];
    if node.name == "circle" {
        return [length(document, id, "r"); 2];
    }
    let own = |name: &str| node.attribute(name).filter(|value| *value != "auto").map(|_| length(document, id, name));
    // One radius is that of both directions.
    let (rx, ry) = (own("rx"), own("ry"));
    [rx.or(ry).unwrap_or_default(), ry.or(rx).unwrap_or_default()]
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
