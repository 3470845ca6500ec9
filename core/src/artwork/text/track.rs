//! A path that text runs along: points and directions by the length up to them.

use std::{cell::Cell, collections::HashMap};

use resvg::tiny_skia::{Path, PathSegment, Point};

use crate::markup::{
    bounds, texts,
    tree::{Document, NodeId},
};

/// Lines that a curve is measured by.
const STEPS: u16 = 64;
/// Maximum number of lines of all paths of an artwork.
pub const MAX_LINES: usize = 1_000_000;

/// A measured path.
#[derive(Debug)]
pub struct Track {
    lines: Vec<Line>,
    /// Its length, px.
    pub length: f32,
    /// Length along it at which the text begins, px.
    pub start: f32,
}

/// A part of a curve that is short enough to be measured as a line.
#[derive(Debug, Clone, Copy)]
struct Line {
    /// Length up to its beginning.
    before: f32,
    length: f32,
    ends: [Point; 2],
    /// Directions of the curve at its ends.
    directions: [Point; 2],
}

/// The paths of an artwork's texts are too long to be measured.
#[derive(Debug)]
pub struct TooLong;

impl Track {
    /// The path of a `textPath`: its own, or that of the element that it names. `None` if there is none. `left`: number of
    /// lines that it may still have.
    ///
    /// # Errors
    /// When it has more.
    pub fn of(
        document: &Document<'_>,
        id: NodeId,
        ids: &HashMap<String, NodeId>,
        left: &Cell<usize>,
    ) -> Result<Option<Self>, TooLong> {
        let path = match document.attribute(id, "path") {
            Some(data) => bounds::path(document, data),
            None => target(document, id, ids)
                .and_then(|target| bounds::outline(document, target)?.transform(bounds::transform(document, target))),
        };
        let Some(path) = path else { return if bounds::is_exhausted(document) { Err(TooLong) } else { Ok(None) } };
        let mut track = Self { lines: Vec::new(), length: 0.0, start: 0.0 };
        // Once too long, no other is measured.
        track.measure(&path, left.get()).inspect_err(|_| left.set(0))?;
        left.set(left.get().saturating_sub(track.lines.len()));
        let offset = document.attribute(id, "startOffset").unwrap_or("0");
        track.start = texts::length(offset, texts::font_size(document, id), track.length).unwrap_or(0.0);
        Ok((track.length > 0.0).then_some(track))
    }

    fn measure(&mut self, path: &Path, left: usize) -> Result<(), TooLong> {
        let (mut last, mut start) = (Point::zero(), Point::zero());
        for segment in path.segments() {
            if self.lines.len() > left {
                return Err(TooLong);
            }
            match segment {
                PathSegment::MoveTo(to) => (last, start) = (to, to),
                PathSegment::LineTo(to) => {
                    self.line([last, to], [to - last; 2]);
                    last = to;
                }
                PathSegment::QuadTo(a, to) => {
                    let (first, second) = (scaled(last, 1.0 / 3.0), scaled(to, 1.0 / 3.0));
                    let middle = scaled(a, 2.0 / 3.0);
                    self.curve([last, first + middle, middle + second, to]);
                    last = to;
                }
                PathSegment::CubicTo(a, b, to) => {
                    self.curve([last, a, b, to]);
                    last = to;
                }
                PathSegment::Close => {
                    self.line([last, start], [start - last; 2]);
                    last = start;
                }
            }
        }
        Ok(())
    }

    fn curve(&mut self, points: [Point; 4]) {
        let mut from = (points[0], direction(points, 0.0));
        for step in 1..=STEPS {
            let t = f32::from(step) / f32::from(STEPS);
            let to = (point(points, t), direction(points, t));
            self.line([from.0, to.0], [from.1, to.1]);
            from = to;
        }
    }

    fn line(&mut self, ends: [Point; 2], directions: [Point; 2]) {
        let length = ends[0].distance(ends[1]);
        if length > 0.0 && length.is_finite() {
            self.lines.push(Line { before: self.length, length, ends, directions });
            self.length += length;
        }
    }

    /// The point at a length, and the direction there in degrees. `None` beyond the ends.
    pub fn at(&self, length: f32) -> Option<(Point, f32)> {
        if !(0.0..=self.length).contains(&length) {
            return None;
        }
        let index = self.lines.partition_point(|line| line.before + line.length < length);
        let line = self.lines.get(index).or(self.lines.last())?;
        let share = ((length - line.before) / line.length).clamp(0.0, 1.0);
        let between = |[from, to]: [Point; 2]| from + scaled(to - from, share);
        let mut ahead = between(line.directions);
        if ahead.x == 0.0 && ahead.y == 0.0 {
            ahead = line.ends[1] - line.ends[0];
        }
        Some((between(line.ends), ahead.y.atan2(ahead.x).to_degrees()))
    }
}

/// The shape that a `textPath` names.
fn target(document: &Document<'_>, id: NodeId, ids: &HashMap<String, NodeId>) -> Option<NodeId> {
    ids.get(document.attribute(id, "href")?.trim().strip_prefix('#')?).copied()
}

fn scaled(point: Point, by: f32) -> Point {
    Point::from_xy(point.x * by, point.y * by)
}

fn point([a, b, c, d]: [Point; 4], t: f32) -> Point {
    let s = 1.0 - t;
    scaled(a, s * s * s) + scaled(b, 3.0 * s * s * t) + scaled(c, 3.0 * s * t * t) + scaled(d, t * t * t)
}

fn direction([a, b, c, d]: [Point; 4], t: f32) -> Point {
    let s = 1.0 - t;
    scaled(b - a, s * s) + scaled(c - b, 2.0 * s * t) + scaled(d - c, t * t)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markup::{Markup, parse};

    fn track(path: &str, left: usize) -> Result<Option<Track>, TooLong> {
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\">{path}<text><textPath href=\"#p\" startOffset=\"25%\"/></text></svg>"
        );
        let xml = parse(&svg).expect("XML");
        let document = Markup::styled(&svg, &xml).expect("styles").document;
        let along = document.descendants(0).find(|id| document.nodes[*id].name == "textPath").expect("a path");
        Track::of(&document, along, &document.ids(), &Cell::new(left))
    }

    #[test]
    fn points_follow_the_path() {
        let square = track("<path id=\"p\" d=\"M10 10h20v20h-20z\"/>", 100).expect("short").expect("a track");
        assert_eq!((square.length, square.start), (80.0, 20.0));
        for (length, x, y, angle) in
            [(0.0, 10.0, 10.0, 0.0), (5.0, 15.0, 10.0, 0.0), (30.0, 30.0, 20.0, 90.0), (70.0, 10.0, 20.0, -90.0)]
        {
            assert_eq!(square.at(length), Some((Point::from_xy(x, y), angle)), "{length}");
        }
        assert_eq!((square.at(-1.0), square.at(80.5)), (None, None), "beyond its ends");
        let moved =
            track("<path id=\"p\" d=\"M0 0h9\" transform=\"translate(1 2)\"/>", 100).expect("short").expect("a track");
        assert_eq!(moved.at(0.0), Some((Point::from_xy(1.0, 2.0), 0.0)));
        let arc = track("<path id=\"p\" d=\"M0 10A10 10 0 0 1 10 0\"/>", 1000).expect("short").expect("a track");
        let (middle, angle) = arc.at(arc.length / 2.0).expect("a point");
        assert!((arc.length - 15.708).abs() < 0.01 && (angle + 45.0).abs() < 0.5, "{} {angle}", arc.length);
        assert!(middle.distance(Point::from_xy(2.929, 2.929)) < 0.05, "{middle:?}");
    }

    #[test]
    fn paths_are_bounded() {
        let long = format!("<path id=\"p\" d=\"M0 0{}\"/>", "h1".repeat(500));
        assert!(track(&long, 100).is_err());
        assert!(track("<path id=\"p\" d=\"M0 0\"/>", 100).expect("short").is_none());
        assert!(track("", 100).expect("short").is_none());
    }
}
