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
/// Tolerance for edges that touch, px.
const SLACK: f32 = 1.0;

/// The side at which a text stays when it becomes longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Left,
    Center,
    Right,
}

impl Anchor {
    /// The side at which the text of a shape stays.
    pub fn of(shape: &Shape, canvas_width: f32) -> Self {
        let [x, _, w, _] = shape.rect;
        let is_drawn = shape.is_outlined || shape.tag == "text";
        let is_centered = is_drawn && (x + w / 2.0 - canvas_width / 2.0).abs() < canvas_width * 0.01;
        match shape.setting.as_ref().map_or(0.0, |setting| setting.anchor) {
            anchor if anchor > 0.75 => Self::Right,
            anchor if anchor > 0.25 || is_centered => Self::Center,
            _ => Self::Left,
        }
    }
}

/// The box of a text that may be as long as there is room for: up to its neighbours, and within what lies around it. `None` if there
/// is no more room than its own, and for elements that are no text of one line. `all`: the shapes of the design.
pub(super) fn wider(own: &Shape, all: &[Shape], canvas_width: f32) -> Option<[f32; 4]> {
    let [x, y, w, h] = own.rect;
    let is_text = own.tag == "text" || own.is_outlined;
    let outlines = MIN_SEVERAL_OUTLINES * canvas_width;
    let min_several = own.setting.as_ref().map_or(outlines, |setting| MIN_SEVERAL_LINES * setting.size);
    if !is_text || h >= min_several {
        return None;
    }
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
    let [before, after] = [x - left, right - x - w].map(|room| room.max(0.0));
    let [before, after] = match Anchor::of(own, canvas_width) {
        Anchor::Left => [0.0, after],
        Anchor::Right => [before, 0.0],
        Anchor::Center => [before.min(after); 2],
    };
    (before + after >= SLACK).then_some([x - before, y, w + before + after, h])
}

/// Whether a shape is neither this one, nor around it as a group, nor a part of it.
fn is_apart(own: &Shape, other: &Shape) -> bool {
    other.id != own.id && !own.within.contains(&other.id) && !other.within.contains(&own.id)
}
