//! What clips and masks leave of elements.

use resvg::{
    tiny_skia::Rect,
    usvg::{Group, Node, Path},
};

use super::outline::Outline;

/// Share of the sum of a box's sides that clips may take away before a layer needs a box of its own.
const NEAR: f32 = 0.01;

/// Whether so little of a box is seen that a layer cannot take its place.
pub fn is_less(seen: Rect, rect: Rect) -> bool {
    let near = NEAR * (rect.width() + rect.height());
    let cut = [
        seen.left() - rect.left(),
        seen.top() - rect.top(),
        rect.right() - seen.right(),
        rect.bottom() - seen.bottom(),
    ];
    seen.width() > 0.0 && seen.height() > 0.0 && cut.into_iter().any(|length| length > near)
}

/// The boxes outside of which the clip and the mask of a group leave nothing.
pub fn limits(group: &Group) -> Vec<Rect> {
    let own = group.abs_transform();
    let clip =
        group.clip_path().and_then(|clip| clip.root().bounding_box().transform(own.pre_concat(clip.transform())));
    let mask = group.mask().into_iter().flat_map(|mask| {
        let content = mask.root().stroke_bounding_box();
        [content.transform(own), mask.rect().to_rect().transform(own)].into_iter().flatten()
    });
    clip.into_iter().chain(mask).collect()
}

/// The only shape in a group.
fn only(group: &Group) -> Option<&Path> {
    match group.children() {
        [Node::Path(path)] => Some(path),
        [Node::Group(inner)] if inner.clip_path().is_none() && inner.mask().is_none() => only(inner),
        _ => None,
    }
}

/// The outline of a group's mask, if that is one shape.
pub fn of_mask(group: &Group) -> Option<Outline> {
    let path = only(group.mask()?.root())?;
    let is_opaque = path.fill().is_some_and(|fill| fill.opacity().get() >= 1.0);
    Outline::of(path.data(), group.abs_transform().pre_concat(path.abs_transform())).filter(|_| is_opaque)
}

/// The outline of a group's clip, if that is one shape.
pub fn of_clip(group: &Group) -> Option<Outline> {
    let clip = group.clip_path()?;
    let path = only(clip.root())?;
    let transform = group.abs_transform().pre_concat(clip.transform());
    Outline::of(path.data(), transform.pre_concat(path.abs_transform()))
}
