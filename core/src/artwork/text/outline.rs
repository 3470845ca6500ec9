//! Outlines of glyphs as the data of an SVG path.

use resvg::tiny_skia::{Path, PathSegment, Point, Rect, Transform};

/// Steps that coordinates are rounded to, per font size.
const STEPS_PER_EM: f32 = 2000.0;
/// Coordinates beyond this are left out, in steps.
const MAX_STEPS: f64 = 1e15;

/// Path data. Coordinates are rounded to a small part of the font size, and relative, which keeps them short.
#[derive(Debug, Clone)]
pub struct Outline {
    data: String,
    /// Decimal places.
    places: u32,
    /// Current point in steps.
    last: [i64; 2],
}

impl Outline {
    /// An empty path for letters of this size, px.
    pub fn new(size: f32) -> Self {
        let places = (STEPS_PER_EM / size.max(f32::MIN_POSITIVE)).log10().ceil().clamp(0.0, 9.0);
        Self { data: String::new(), places: places as u32, last: [0; 2] }
    }

    /// Whether it draws nothing.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// The outline in the syntax of the attribute `d`.
    pub fn into_data(self) -> String {
        self.data
    }

    /// Appends a path, transformed.
    pub fn add(&mut self, path: &Path, transform: Transform) {
        let Some(path) = path.clone().transform(transform) else { return };
        let bounds = path.bounds();
        let edges = [bounds.left(), bounds.top(), bounds.right(), bounds.bottom()];
        if edges.iter().any(|edge| f64::from(*edge).abs() * 10f64.powi(self.places as i32) > MAX_STEPS) {
            return;
        }
        let mut start = self.last;
        for segment in path.segments() {
            match segment {
                PathSegment::MoveTo(to) => {
                    self.to('m', &[to]);
                    start = self.last;
                }
                PathSegment::LineTo(to) => self.to('l', &[to]),
                PathSegment::QuadTo(a, to) => self.to('q', &[a, to]),
                PathSegment::CubicTo(a, b, to) => self.to('c', &[a, b, to]),
                PathSegment::Close => {
                    self.data.push('z');
                    self.last = start;
                }
            }
        }
    }

    /// Adds a filled rectangle.
    pub fn add_rect(&mut self, rect: Rect, transform: Transform) {
        self.add(&resvg::tiny_skia::PathBuilder::from_rect(rect), transform);
    }

    /// Adds contours without area at the corners of a box, so that paints see a path of its size.
    pub fn extend_to(&mut self, rect: Rect) {
        for corner in [(rect.left(), rect.top()), (rect.right(), rect.bottom())] {
            self.to('m', &[Point::from_xy(corner.0, corner.1)]);
            self.data.push('z');
        }
    }

    fn to(&mut self, command: char, points: &[Point]) {
        self.data.push(command);
        let (unit, from) = (10f64.powi(self.places as i32), self.last);
        let mut is_first = true;
        for point in points {
            let at = [point.x, point.y].map(|edge| (f64::from(edge) * unit).round() as i64);
            for (to, from) in at.into_iter().zip(from) {
                self.number(to - from, is_first);
                is_first = false;
            }
            self.last = at;
        }
    }

    fn number(&mut self, steps: i64, is_first: bool) {
        if steps < 0 {
            self.data.push('-');
        } else if !is_first {
            self.data.push(' ');
        }
        let unit = 10u64.pow(self.places);
        let (whole, mut part) = (steps.unsigned_abs() / unit, steps.unsigned_abs() % unit);
        if whole > 0 || part == 0 {
            self.data.push_str(&whole.to_string());
        }
        if part > 0 {
            self.data.push('.');
            let mut digit = unit / 10;
            while part > 0 {
                self.data.push(char::from(b'0' + (part / digit) as u8));
                part %= digit;
                digit = (digit / 10).max(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use resvg::tiny_skia::PathBuilder;

    use super::*;

    #[test]
    fn coordinates_are_relative_and_rounded() {
        let mut outline = Outline::new(20.0);
        let mut path = PathBuilder::new();
        path.move_to(1.0, -2.5);
        path.line_to(1.004, 7.0);
        path.quad_to(0.0, 0.25, 10.0, 7.0);
        path.close();
        outline.add(&path.finish().expect("a path"), Transform::identity());
        outline.extend_to(Rect::from_ltrb(0.0, 0.0, 10.0, 10.05).expect("a box"));
        assert_eq!(outline.into_data(), "m1-2.5l0 9.5q-1-6.75 9 0zm-1 2.5zm10 10.05z");
    }
}
