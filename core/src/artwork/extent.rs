//! Extents of artwork's elements: where they draw, and whether they depend on what is beneath them.

use resvg::{
    tiny_skia::Rect,
    usvg::{BlendMode, Group, Node},
};

/// Whether a node blends with what is beneath it in another way than by its opacity.
pub fn blends(node: &Node) -> bool {
    let Node::Group(group) = node else { return false };
    group.blend_mode() != BlendMode::Normal || !group.should_isolate() && group.children().iter().any(blends)
}

/// Bounds of what a node may draw, in the artwork's units.
pub fn ink(node: &Node) -> Rect {
    match node {
        Node::Group(group) => group.abs_layer_bounding_box().to_rect(),
        other => other.abs_stroke_bounding_box(),
    }
}

/// The part of a group's ink that its clip path and its filters' regions let through, in the artwork's units.
pub fn seen(group: &Group, ink: Option<Rect>) -> Option<Rect> {
    let limit = |limit: Option<Rect>, ink: Option<Rect>| match (limit, ink) {
        // An empty intersection is left to drawing.
        (Some(limit), Some(ink)) => ink.intersect(&limit).or(Some(limit)),
        (limit, ink) => limit.or(ink),
    };
    let filter = group.filters_bounding_box().and_then(|rect| rect.to_rect().transform(group.abs_transform()));
    let ink = filter.or(ink);
    let clip = group.clip_path().and_then(|clip| {
        let transform = group.abs_transform().pre_concat(clip.transform());
        clip.root().stroke_bounding_box().transform(transform).and_then(|rect| outset(rect, 1.0))
    });
    limit(clip, ink)
}

/// The smallest rectangle that contains both.
pub fn union(a: Rect, b: Rect) -> Option<Rect> {
    Rect::from_ltrb(a.left().min(b.left()), a.top().min(b.top()), a.right().max(b.right()), a.bottom().max(b.bottom()))
}

pub fn outset(rect: Rect, by: f32) -> Option<Rect> {
    Rect::from_ltrb(rect.left() - by, rect.top() - by, rect.right() + by, rect.bottom() + by)
}
