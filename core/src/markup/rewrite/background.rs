//! The background of the root: usvg draws it in the `viewBox`, browsers also beside it.

use crate::markup::{
    css::scan::Scanner,
    style::{Context, length::Length},
    tree::Document,
};

/// Replaces the background by a rectangle below everything, where the root is not as wide or high as its `viewBox`.
pub fn rewrite(document: &mut Document<'_>) {
    let root = &document.nodes[0];
    let stretches = root.attribute("preserveAspectRatio").is_some_and(|aspect| aspect.contains("none"));
    let Some(color) = root.attribute("background-color").filter(|_| !stretches) else { return };
    let Some(Ok(view)) = root.attribute("viewBox").map(|view| view.parse::<svgtypes::ViewBox>()) else { return };
    let context = Context { is_attribute: true, ..Context::default() };
    let side = |name: &str, whole: f64| {
        let length = Length::read(&mut Scanner::new(root.attribute(name)?), &context)?;
        Some(length.resolve(whole))
    };
    let (width, height) = (side("width", view.w).unwrap_or(view.w), side("height", view.h).unwrap_or(view.h));
    let scale = (width / view.w).min(height / view.h);
    let (beside, below) = (width / scale - view.w, height / scale - view.h);
    if !(beside.is_finite() && below.is_finite()) || beside + below < 1e-3 * (view.w + view.h) {
        return;
    }
    let (color, range) = (color.to_owned(), root.range_of("background-color"));
    document.nodes[0].unset("background-color");
    let rect = document.push(None, "rect", range);
    document.nodes[rect].parent = Some(0);
    document.nodes[0].children.insert(0, rect);
    let place = [
        ("x", view.x - beside),
        ("y", view.y - below),
        ("width", view.w + 2.0 * beside),
        ("height", view.h + 2.0 * below),
    ];
    for (name, length) in place {
        document.set(rect, name, length.to_string());
    }
    document.set(rect, "fill", color);
    document.set(rect, "stroke", "none");
    document.set(rect, "fill-opacity", "1");
    document.set(rect, "visibility", "visible");
}
