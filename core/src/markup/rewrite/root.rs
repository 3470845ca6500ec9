//! Effects of the root. Browsers apply them to its box, in px, and usvg to its content, in units of its `viewBox`: a group of
//! that size around everything has them instead. And its clip: browsers transform what the viewport shows.

use resvg::tiny_skia::{Rect, Transform};
use svgtypes::{Align, AspectRatio, ViewBox};

use crate::markup::{
    bounds,
    css::scan::Scanner,
    style::{Context, length::Length},
    tree::{Document, Node},
};

/// Attributes that act on the box.
const EFFECTS: [&str; 3] = ["clip-path", "filter", "mask"];

/// Moves the effects to a group.
pub fn rewrite(document: &mut Document<'_>) {
    clip(document);
    let root = &mut document.nodes[0];
    EFFECTS.into_iter().for_each(|name| {
        if root.attribute(name) == Some("none") {
            root.unset(name);
        }
    });
    if EFFECTS.iter().all(|name| root.attribute(name).is_none()) {
        return;
    }
    let Some((area, view)) = place(root) else { return };
    let Some(back) = view.invert() else { return };
    let range = root.range.clone();
    let (moved, kept) = std::mem::take(&mut root.attributes).into_iter().partition(|one| EFFECTS.contains(&&*one.name));
    root.attributes = kept;
    let children = std::mem::take(&mut root.children);
    let outer = document.push(Some(0), "g", range.clone());
    document.nodes[outer].attributes = moved;
    let inside = document.push(Some(outer), "g", range.clone());
    for (group, transform) in [(outer, back), (inside, view)] {
        if !transform.is_identity() {
            let Transform { sx, ky, kx, sy, tx, ty } = transform;
            document.set(group, "transform", format!("matrix({sx} {ky} {kx} {sy} {tx} {ty})"));
        }
    }
    let frame = document.push(Some(outer), "rect", range);
    let (width, height) = (area.width().to_string(), area.height().to_string());
    for (name, value) in [("width", &*width), ("height", &*height), ("fill", "none"), ("stroke", "none")] {
        document.set(frame, name, value.to_owned());
    }
    for child in &children {
        document.nodes[*child].parent = Some(inside);
    }
    document.nodes[inside].children = children;
    document.framed = Some((outer, area));
}

/// Clips the content of a transformed root to its viewport.
fn clip(document: &mut Document<'_>) {
    let root = &document.nodes[0];
    if root.attribute("transform").is_none_or(|transform| matches!(transform, "" | "none")) {
        return;
    }
    let Some((area, view)) = place(root) else { return };
    let Some(Transform { sx, ky, kx, sy, tx, ty }) = view.invert() else { return };
    let range = root.range.clone();
    let name = document.free_id("haibao-clip", &document.ids(), &mut 0);
    let children = std::mem::take(&mut document.nodes[0].children);
    let outline = document.push(Some(0), "clipPath", range.clone());
    document.set(outline, "id", name.clone());
    let frame = document.push(Some(outline), "rect", range.clone());
    document.set(frame, "width", area.width().to_string());
    document.set(frame, "height", area.height().to_string());
    document.set(frame, "transform", format!("matrix({sx} {ky} {kx} {sy} {tx} {ty})"));
    let inside = document.push(Some(0), "g", range);
    document.set(inside, "clip-path", format!("url(#{name})"));
    for child in &children {
        document.nodes[*child].parent = Some(inside);
    }
    document.nodes[inside].children = children;
}

/// The box of the root in px, and the transform of its `viewBox`. `None` when its size is not known.
pub fn place(root: &Node<'_>) -> Option<(Rect, Transform)> {
    let Some(view) = root.attribute("viewBox").and_then(|view| view.parse::<ViewBox>().ok()) else {
        let side = |name: &str| bounds::px(root.attribute(name)?).map(|px| px as f32);
        return Some((Rect::from_xywh(0.0, 0.0, side("width")?, side("height")?)?, Transform::identity()));
    };
    let context = Context { is_attribute: true, ..Context::default() };
    let side =
        |name: &str, whole: f64| Some(Length::read(&mut Scanner::new(root.attribute(name)?), &context)?.resolve(whole));
    let (width, height) = match (side("width", view.w), side("height", view.h)) {
        (Some(width), Some(height)) => (width, height),
        (Some(width), None) => (width, view.h * width / view.w),
        (None, Some(height)) => (view.w * height / view.h, height),
        (None, None) => (view.w, view.h),
    };
    let aspect: AspectRatio =
        root.attribute("preserveAspectRatio").and_then(|one| one.parse().ok()).unwrap_or_default();
    let (mut x, mut y) = (width / view.w, height / view.h);
    if aspect.align != Align::None {
        let both = if aspect.slice { x.max(y) } else { x.min(y) };
        (x, y) = (both, both);
    }
    // The names are in the order of rows of three.
    let (across, down) = match (aspect.align as usize).checked_sub(1) {
        Some(at) => ((at % 3) as f64 / 2.0, (at / 3) as f64 / 2.0),
        None => (0.0, 0.0),
    };
    let (left, top) = (across * (width - view.w * x) - view.x * x, down * (height - view.h * y) - view.y * y);
    let area = Rect::from_xywh(0.0, 0.0, width as f32, height as f32)?;
    let numbers = [x, 0.0, 0.0, y, left, top].map(|number| number as f32);
    let [sx, ky, kx, sy, tx, ty] = numbers;
    numbers.iter().all(|number| number.is_finite()).then_some((area, Transform::from_row(sx, ky, kx, sy, tx, ty)))
}
