//! Arcs of path data. Parsers turn each into curves, whose number grows with its radius without a bound.

use svgtypes::{PathParser, PathSegment};

/// Largest radius of an arc, px. Larger ones lie far beyond any canvas.
const MAX_RADIUS: f64 = 1e12;
/// Distance of the curves from the arc, px, as svgtypes has it.
const TOLERANCE: f64 = 0.1;
/// Radius up to which an arc becomes a line, px, as kurbo has it.
const STRAIGHT: f64 = 1e-5;
/// Vertices of a curve.
const VERTICES: u64 = 3;

/// The most vertices that the arcs of path data become. `None` if one is too large to be drawn.
pub fn vertices(data: &str) -> Option<u64> {
    if memchr::memchr2(b'a', b'A', data.as_bytes()).is_none() {
        return Some(0);
    }
    let (mut at, mut start, mut all) = ([0.0, 0.0], [0.0, 0.0], 0_u64);
    // What follows an error is not drawn.
    for segment in PathParser::from(data).map_while(Result::ok) {
        let from = if segment.is_abs() { [0.0, 0.0] } else { at };
        let to = end(&segment, at, from, start);
        if let PathSegment::EllipticalArc { rx, ry, x_axis_rotation, .. } = segment {
            let radius = radius([rx.abs(), ry.abs()], x_axis_rotation, [to[0] - at[0], to[1] - at[1]]);
            if !radius.is_finite() || radius > MAX_RADIUS {
                return None;
            }
            // As kurbo has it; at least a curve for each quarter.
            let curves = (1.1163 * radius / TOLERANCE).powf(1.0 / 6.0).max(4.0).ceil();
            all = all.saturating_add(curves as u64 * VERTICES);
        }
        if let PathSegment::MoveTo { .. } = segment {
            start = to;
        }
        at = to;
    }
    Some(all)
}

/// Where a segment ends. `from`: the origin of its numbers.
fn end(segment: &PathSegment, at: [f64; 2], from: [f64; 2], start: [f64; 2]) -> [f64; 2] {
    match *segment {
        PathSegment::HorizontalLineTo { x, .. } => [from[0] + x, at[1]],
        PathSegment::VerticalLineTo { y, .. } => [at[0], from[1] + y],
        PathSegment::ClosePath { .. } => start,
        PathSegment::MoveTo { x, y, .. }
        | PathSegment::LineTo { x, y, .. }
        | PathSegment::CurveTo { x, y, .. }
        | PathSegment::SmoothCurveTo { x, y, .. }
        | PathSegment::Quadratic { x, y, .. }
        | PathSegment::SmoothQuadratic { x, y, .. }
        | PathSegment::EllipticalArc { x, y, .. } => [from[0] + x, from[1] + y],
    }
}

/// The larger radius of an arc between points with this distance: SVG 2, appendix B.2.5.
fn radius([rx, ry]: [f64; 2], rotation: f64, [x, y]: [f64; 2]) -> f64 {
    if rx <= STRAIGHT || ry <= STRAIGHT {
        return 0.0;
    }
    let (sin, cos) = rotation.to_radians().sin_cos();
    let scale = ((cos * x + sin * y) / (2.0 * rx)).hypot((cos * y - sin * x) / (2.0 * ry));
    rx.max(ry) * scale.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arcs_are_counted() {
        for data in
            ["M0 0A9 9 0 1 1 18 0z", "M9 9a5 3 30 0 1 1 1 5 3 30 0 1-1-1", "M0 0a1 9 45 0 0 900 1A1e9 1e9 0 1 1 5 5"]
        {
            let curves = svgtypes::SimplifyingPathParser::from(data).map_while(Result::ok);
            let curves = curves.filter(|one| matches!(one, svgtypes::SimplePathSegment::CurveTo { .. })).count() as u64;
            let counted = vertices(data).expect("an arc of a size");
            assert!((curves * 3..=curves * 24).contains(&counted), "{data}: {counted} of {curves} curves");
        }
        assert_eq!(vertices("M0 0h9v9z"), Some(0));
    }

    #[test]
    fn huge_arcs_are_refused() {
        for data in ["M0 0A1e30 1e30 0 1 1 9 9", "M1e30 0a9 9 0 1 1-1e30 0", "M0 0A1e9 1e-4 0 1 1 0 1e9"] {
            assert_eq!(vertices(data), None, "{data}");
        }
        assert_eq!(vertices("M0 0A0 1e30 0 1 1 9 9"), Some(12));
    }
}
