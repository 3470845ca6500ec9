//! The room that a text of one line has in a design, which is as wide there as its example.

use haibao_core::artwork::shapes::Shape;

/// Height of an element from which it has several lines, in font sizes.
const MIN_SEVERAL_LINES: f32 = 2.148;
/// Height of outlines from which they have several lines, in widths of the canvas.
const MIN_SEVERAL_OUTLINES: f32 = 0.1;
/// Largest distance from an edge of what lies around the text, in widths of the canvas.
const MAX_MARGIN: f32 = 0.054;
/// Smallest distance from what lies beside the text, in widths of the canvas.
const MIN_GAP: f32 = 0.02;
/// Width of an ordinary value, in font sizes: a name of a few characters, an amount.
const ORDINARY: f32 = 6.0;
/// Tolerance for edges that are shared, in heights of the text.
const SHARED: f32 = 0.05;
/// Distance up to which an edge is shared with a neighbour, in heights of the text.
const NEAR: f32 = 3.0;
/// Height up to which a shape around a text is its button, in heights of the text.
const MAX_BUTTON: f32 = 3.0;
/// Width up to which a shape around a text is its button, in widths of the canvas.
const MAX_BUTTON_WIDTH: f32 = 0.9;
/// Tolerance for edges that touch, px.
const SLACK: f32 = 1.0;

/// The side at which a text stays when it becomes longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Left,
    Center,
    Right,
}

/// Where a text stands, and the room that it has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Room {
    pub anchor: Anchor,
    /// Its box, if that is larger than its own.
    pub rect: Option<[f32; 4]>,
}

impl Room {
    /// The room of a text that may be as long as there is room for: up to its neighbours, and within what lies around it. Elements
    /// that are no text of one line have their own box. `all`: the shapes of the design.
    pub fn of(own: &Shape, all: &[Shape], canvas_width: f32) -> Self {
        let [x, y, w, h] = own.rect;
        let (anchor, is_certain) = anchor(own, all, canvas_width);
        if !is_text(own) || h >= min_several(own, canvas_width) {
            return Self { anchor, rect: None };
        }
        let [before, after] = beside(own, all, canvas_width);
        let size = own.setting.as_ref().map_or(h, |setting| setting.size);
        // What is missing of the room for an ordinary value.
        let missing = |room: f32| (ORDINARY * size - w - room).max(0.0);
        let (anchor, [before, after]) = match anchor {
            Anchor::Left if !is_certain && missing(after) > 0.0 && missing(before) <= 0.0 => {
                (Anchor::Right, [before, 0.0])
            }
            Anchor::Left => (anchor, [0.0, after]),
            Anchor::Right => (anchor, [before, 0.0]),
            // It only happens to be in the middle.
            Anchor::Center if !is_certain && missing(2.0 * before.min(after)) > 0.0 => {
                if after >= before {
                    (Anchor::Left, [0.0, after])
                } else {
                    (Anchor::Right, [before, 0.0])
                }
            }
            Anchor::Center => {
                let same = before.min(after);
                let more = missing(2.0 * same);
                (anchor, [before.min(same + more), after.min(same + more)])
            }
        };
        let rect = (before + after >= SLACK).then_some([x - before, y, w + before + after, h]);
        Self { anchor, rect }
    }
}

/// The side at which the text of a shape stays, and whether the design shows it: by its own `text-anchor`, or by edges that it shares
/// with what is near, since design tools write all texts as if they stood at the left.
fn anchor(own: &Shape, all: &[Shape], canvas_width: f32) -> (Anchor, bool) {
    match own.setting.as_ref().map_or(0.0, |setting| setting.anchor) {
        anchor if anchor > 0.75 => return (Anchor::Right, true),
        anchor if anchor > 0.25 => return (Anchor::Center, true),
        _ => {}
    }
    if !is_text(own) {
        return (Anchor::Left, false);
    }
    let [x, y, w, h] = own.rect;
    let line = h.min(min_several(own, canvas_width));
    let slack = SLACK.max(SHARED * line);
    let (mut is_left, mut is_right, mut is_in_button) = (false, false, false);
    for other in all.iter().filter(|other| is_apart(own, other)) {
        let [from, top, width, height] = other.rect;
        let [before, after] = [x - from, from + width - x - w];
        let distance = (top - y - h).max(y - top - height);
        let is_around = before > -slack && after > -slack && top <= y + slack && top + height >= y + h - slack;
        is_in_button |= is_around
            && other.tag != "g"
            && height < MAX_BUTTON * h
            && width < MAX_BUTTON_WIDTH * canvas_width
            && before > slack
            && (before - after).abs() < 2.0 * slack;
        let [shares_left, shares_right] = [before, after].map(|distance| distance.abs() <= slack);
        // Texts of the same width share both edges, however they stand.
        if distance < NEAR * line && shares_left != shares_right {
            is_left |= shares_left;
            is_right |= shares_right && is_text(other);
        }
    }
    let is_centered = (x + w / 2.0 - canvas_width / 2.0).abs() < canvas_width * 0.01;
    match (is_left, is_right) {
        _ if is_in_button => (Anchor::Center, true),
        (true, false) => (Anchor::Left, true),
        (false, true) => (Anchor::Right, true),
        _ if is_centered => (Anchor::Center, false),
        _ => (Anchor::Left, is_left),
    }
}

/// The room before and after a text of one line.
fn beside(own: &Shape, all: &[Shape], canvas_width: f32) -> [f32; 2] {
    let [x, y, w, h] = own.rect;
    let [margin, gap] = [MAX_MARGIN, MIN_GAP].map(|share| share * canvas_width);
    let (mut left, mut right) = (x.min(margin), canvas_width - (canvas_width - x - w).min(margin));
    for other in all.iter().filter(|other| is_apart(own, other)) {
        let [from, top, width, height] = other.rect;
        let to = from + width;
        let is_beside = top + SLACK < y + h && top + height - SLACK > y;
        if !is_beside {
            continue;
        }
        if from <= x + SLACK && to >= x + w - SLACK {
            left = left.max(from + (x - from).min(margin));
            right = right.min(to - (to - x - w).min(margin));
        } else if from >= x + w - SLACK {
            right = right.min(from - gap);
        } else if to <= x + SLACK {
            left = left.max(to + gap);
        } else {
            // What lies partly beneath it may be anything.
            left = left.max(from.min(x));
            right = right.min(to.max(x + w));
        }
    }
    [x - left, right - x - w].map(|room| room.max(0.0))
}

/// Whether a shape is a text and nothing else.
fn is_text(own: &Shape) -> bool {
    let is_group = own.tag == "g" && own.setting.is_some();
    own.tag == "text" || (own.is_outlined || is_group) && !own.is_mixed
}

/// Height from which a text has several lines.
fn min_several(own: &Shape, canvas_width: f32) -> f32 {
    let outlines = MIN_SEVERAL_OUTLINES * canvas_width;
    own.setting.as_ref().map_or(outlines, |setting| MIN_SEVERAL_LINES * setting.size)
}

/// Whether a shape is neither this one, nor around it as a group, nor a part of it.
fn is_apart(own: &Shape, other: &Shape) -> bool {
    other.id != own.id && !own.within.contains(&other.id) && !other.within.contains(&own.id)
}
