//! Markers: usvg draws them on all shapes, browsers only on those that are given by their vertices. Where a path is closed,
//! turns back, moves without a line or has a curve without a handle, and in arcs, they are drawn otherwise than in browsers,
//! which is noted.

use std::collections::HashMap;

use resvg::tiny_skia::{PathSegment, Point};
use svgtypes::{PathParser, SimplePathSegment, SimplifyingPathParser};

use crate::{
    markup::{
        bounds,
        budget::Cost,
        notes::Notes,
        style::values::targets,
        tree::{Document, Node, NodeId},
    },
    words,
};

/// The properties that refer to markers.
const PROPERTIES: [&str; 3] = ["marker-start", "marker-mid", "marker-end"];

/// Properties of `<marker>` elements that apply to what they draw.
const EFFECTS: [&str; 4] = ["clip-path", "filter", "mask", "opacity"];

/// Bytes of a value that are read in a step.
const STEP_BYTES: usize = 64;

/// Tangent of the angle by which a turn may differ from one of 180 degrees, as rounding does.
const STRAIGHT: f32 = 1e-5;

/// Removes markers from other shapes, and from texts, whose letters become paths. They may be inherited, also through
/// `<use>`.
pub fn rewrite(document: &mut Document<'_>, notes: &mut Notes) {
    if !document.nodes.iter().any(|node| PROPERTIES.iter().any(|name| node.attribute(name).is_some())) {
        return;
    }
    let ids = document.ids();
    for id in document.all() {
        if matches!(document.nodes[id].name, "rect" | "circle" | "ellipse" | "text") {
            for name in PROPERTIES {
                document.set(id, name, "none");
            }
        } else if matches!(document.nodes[id].name, "path" | "polygon" | "polyline") {
            note(document, id, &ids, notes);
        } else if document.nodes[id].name == "marker" {
            note_effects(&document.nodes[id], notes);
        }
    }
}

/// Notes what a marker does with its content as a whole, which usvg leaves out.
fn note_effects(marker: &Node<'_>, notes: &mut Notes) {
    for name in EFFECTS {
        if marker.attribute(name).is_some_and(|value| !matches!(value, "none" | "1" | "1.0" | "100%")) {
            notes.add(marker.range_of(name), words::css_undrawn(format!("{name} (<marker>)")));
        }
    }
}

/// Notes the markers of a shape that have another angle than in browsers, are missing, or are too many.
fn note(document: &Document<'_>, id: NodeId, ids: &HashMap<String, NodeId>, notes: &mut Notes) {
    // Whether each marker turns with the path.
    let turns = PROPERTIES.map(|name| {
        let value = bounds::inherited(document, id, name)?;
        // Each shape reads what it inherits.
        document.budget.spend(Cost::Steps, value.len() / STEP_BYTES).then_some(())?;
        let marker = targets(value).find_map(|target| ids.get(target))?;
        Some(document.attribute(*marker, "orient").is_some_and(|orient| orient.trim().starts_with("auto")))
    });
    if turns == [None; 3] {
        return;
    }
    let Some(path) = bounds::outline(document, id) else { return };
    let differs = differing(path.segments());
    for ((name, turns), (turned, all)) in PROPERTIES.into_iter().zip(turns).zip(differs) {
        if turns.is_some_and(|turns| all || (turns && turned)) {
            notes.add(document.nodes[id].range_of(name), words::artwork_marker(name));
        }
    }
    let node = &document.nodes[id];
    let handles = without_handle(path.segments());
    for (name, (turns, without)) in PROPERTIES.into_iter().zip(turns.into_iter().zip(handles)) {
        if without && turns == Some(true) {
            notes.add(node.range_of(name), words::artwork_marker_handle(name));
        }
    }
    let data = node.attribute("d").filter(|_| node.name == "path").unwrap_or_default();
    if turns[1].is_some() && splits_arcs(data) {
        notes.add(node.range_of("marker-mid"), words::artwork_marker_arcs());
    }
    if moves_alone(data) {
        notes.add(node.range_of("d"), words::artwork_marker_move());
    }
    if turns[1] == Some(true) && turns_back(path.segments()) {
        notes.add(node.range_of("marker-mid"), words::artwork_marker_turn());
    }
}

/// Whether an arc of path data becomes several curves: usvg draws markers between them.
fn splits_arcs(data: &str) -> bool {
    use svgtypes::PathSegment as Written;
    if memchr::memchr2(b'a', b'A', data.as_bytes()).is_none() {
        return false;
    }
    // What follows an error is not drawn.
    let written = PathParser::from(data)
        .map_while(Result::ok)
        .filter(|one| !matches!(one, Written::MoveTo { .. } | Written::ClosePath { .. }));
    let drawn = SimplifyingPathParser::from(data)
        .map_while(Result::ok)
        .filter(|one| !matches!(one, SimplePathSegment::MoveTo { .. } | SimplePathSegment::ClosePath));
    drawn.count() > written.count()
}

/// Whether path data moves twice, or at its end: browsers draw a marker at each place, usvg at the last one before a line.
fn moves_alone(data: &str) -> bool {
    let mut has_moved = false;
    for segment in PathParser::from(data).map_while(Result::ok) {
        let moves = matches!(segment, svgtypes::PathSegment::MoveTo { .. });
        if moves && has_moved {
            return true;
        }
        has_moved = moves;
    }
    has_moved
}

/// For each property, whether a marker stands where a curve's handle has no length, and points elsewhere than in browsers: they
/// take the other handle, usvg the end of the curve.
fn without_handle(segments: impl Iterator<Item = PathSegment>) -> [bool; 3] {
    let is_along = |one: Point, other: Point| {
        let along = one.dot(other);
        along > 0.0 && one.cross(other).abs() <= along * STRAIGHT
    };
    let (mut start, mut at, mut is_open) = (Point::zero(), Point::zero(), false);
    let [mut at_start, mut in_middle] = [false; 2];
    // Whether a curve has ended so, and whether usvg takes the axis for the direction of a curve without the first handle: after
    // another one without the last handle, and after a later move.
    let [mut ends, mut takes_axis] = [false; 2];
    for segment in segments {
        in_middle |= ends;
        ends = false;
        let (to, is_flat) = match segment {
            PathSegment::MoveTo(to) => {
                (start, at, takes_axis) = (to, to, is_open);
                continue;
            }
            PathSegment::LineTo(to) | PathSegment::QuadTo(_, to) => (to, false),
            PathSegment::Close => (start, false),
            PathSegment::CubicTo(first, last, to) => {
                if first == at {
                    let direction = if last == at { to - last } else { last - at };
                    let taken = if takes_axis { Point::from_xy(1.0, 0.0) } else { to - at };
                    let differs = !is_along(direction, taken);
                    at_start |= differs && !is_open;
                    in_middle |= differs && is_open;
                }
                ends = last == to && first != at && !is_along(to - first, to - at);
                (to, last == to)
            }
        };
        (at, is_open, takes_axis) = (to, true, is_flat);
    }
    [at_start, in_middle, false]
}

/// Whether a path turns back at a vertex within a subpath. Half of the angle there is on either side: browsers always take
/// the left one, unless they round, and usvg only after a line to the left or up.
fn turns_back(segments: impl Iterator<Item = PathSegment>) -> bool {
    let (mut start, mut at, mut came) = (Point::zero(), Point::zero(), Point::zero());
    for segment in segments {
        let (first, last, to) = match segment {
            PathSegment::MoveTo(to) => {
                (start, at, came) = (to, to, Point::zero());
                continue;
            }
            PathSegment::LineTo(to) => (to, at, to),
            PathSegment::QuadTo(control, to) => (control, control, to),
            PathSegment::CubicTo(first, last, to) => (first, last, to),
            PathSegment::Close => (start, at, start),
        };
        let direction = |all: [Point; 3]| all.into_iter().find(|one| *one != Point::zero()).unwrap_or_default();
        let goes = direction([first - at, last - at, to - at]);
        let is_same = (came.y == 0.0 && came.x < 0.0) || (came.x == 0.0 && came.y < 0.0);
        let along = came.dot(goes);
        if along < 0.0 && came.cross(goes).abs() <= -along * STRAIGHT && !is_same {
            return true;
        }
        came = direction([to - last, to - first, to - at]);
        at = to;
    }
    false
}

/// For each property, whether the markers that turn with a path differ from those of browsers, and whether all do.
fn differing(segments: impl Iterator<Item = PathSegment>) -> [(bool, bool); 3] {
    let [mut start, mut middle, mut end] = [(false, false); 3];
    // Starts of subpaths so far, the vertices of the last one, and whether it has ended with a curve, and been closed.
    let (mut subpaths, mut first, mut last) = (0, Point::zero(), Point::zero());
    let (mut is_curve, mut is_closed) = (false, false);
    for segment in segments {
        match segment {
            PathSegment::MoveTo(to) => {
                // The vertex where the one before is closed has no marker.
                middle = (middle.0 || is_closed, middle.1 || (is_closed && to != first));
                subpaths += 1;
                (first, last) = (to, to);
            }
            PathSegment::LineTo(to) => last = to,
            PathSegment::QuadTo(_, to) | PathSegment::CubicTo(_, _, to) => last = to,
            PathSegment::Close => {
                // Browsers turn a marker there halfway between the closing line, if it has a length, and the first one.
                start.0 |= subpaths == 1 && first != last;
                middle.0 |= is_curve || first == last;
            }
        }
        is_closed = segment == PathSegment::Close;
        end.0 = is_closed;
        is_curve = matches!(segment, PathSegment::QuadTo(..) | PathSegment::CubicTo(..));
    }
    [start, middle, end]
}
