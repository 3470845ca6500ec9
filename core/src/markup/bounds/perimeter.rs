//! Lengths of shapes' outlines.

use resvg::tiny_skia::{PathSegment, Point};

use super::{length, outline, outline::radii};
use crate::markup::tree::{Document, NodeId};

/// Lines that a curve is measured by.
const CURVE_STEPS: u32 = 32;

/// The length of a shape's outline, in the element's units.
pub fn perimeter(document: &Document<'_>, id: NodeId) -> Option<f32> {
    let node = &document.nodes[id];
    let side = |name: &str| length(document, id, name);
    match node.name {
        "circle" | "ellipse" => return Some(around(radii(document, id))),
        "rect" => {
            let (width, height, [rx, ry]) = (side("width"), side("height"), radii(document, id));
            let (rx, ry) = (rx.clamp(0.0, width.max(0.0) / 2.0), ry.clamp(0.0, height.max(0.0) / 2.0));
            return Some(2.0 * (width - 2.0 * rx + height - 2.0 * ry) + around([rx, ry]));
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

/// Length of an ellipse's outline, by Ramanujan's second approximation.
fn around([rx, ry]: [f32; 2]) -> f32 {
    if rx <= 0.0 || ry <= 0.0 {
        return 2.0 * (rx + ry).max(0.0);
    }
    let h = ((rx - ry) / (rx + ry)).powi(2);
    std::f32::consts::PI * (rx + ry) * (1.0 + 3.0 * h / (10.0 + (4.0 - 3.0 * h).sqrt()))
}

fn scaled(point: Point, by: f32) -> Point {
    Point::from_xy(point.x * by, point.y * by)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markup::{Markup, parse};

    #[test]
    fn outlines_have_lengths() {
        let around = std::f32::consts::TAU;
        for (shape, length) in [
            ("<rect width=\"10\" height=\"20\"/>", Some(60.0)),
            ("<rect width=\"10\" height=\"20\" rx=\"5\"/>", Some(20.0 + 5.0 * around)),
            ("<circle r=\"2\"/>", Some(2.0 * around)),
            ("<line x2=\"3\" y2=\"4\"/>", Some(5.0)),
            ("<polygon points=\"0,0 3,0 3,4\"/>", Some(12.0)),
            ("<path d=\"M0 0h3v4z m9 9h1\"/>", Some(13.0)),
            // A quarter of a circle, and a straight curve.
            ("<path d=\"M0 1A1 1 0 0 1 1 0\"/>", Some(around / 4.0)),
            ("<path d=\"M0 0Q3 4 6 8\"/>", Some(10.0)),
            ("<text/>", None),
        ] {
            let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{shape}</svg>");
            let xml = parse(&svg).expect("XML");
            let document = Markup::styled(&svg, &xml).expect("styles").document;
            let found = perimeter(&document, 1);
            let is_near = match (found, length) {
                (Some(a), Some(b)) => (a - b).abs() < 2e-3 * b,
                (a, b) => a == b,
            };
            assert!(is_near, "{shape}: {found:?}");
        }
    }
}
