//! Lengths, transforms and coordinate systems of elements.

use resvg::tiny_skia::{Rect, Transform};

use crate::markup::{
    css::scan::Scanner,
    style::{self, Context, length::Length},
    tree::{Document, NodeId},
};

/// A length attribute in px; 0 if it is absent.
pub fn length(document: &Document<'_>, id: NodeId, name: &str) -> f32 {
    let value = document.attribute(id, name);
    value.and_then(|value| resolved(document, id, name, value)).unwrap_or_default()
}

/// A length in px, of which percentages are shares of the viewport.
pub fn resolved(document: &Document<'_>, id: NodeId, name: &str, value: &str) -> Option<f32> {
    let context = Context { is_attribute: true, ..Context::default() };
    let length = Length::read(&mut Scanner::new(value.trim()), &context)?;
    if !matches!(length, Length::Percent(_)) {
        return Some(length.resolve(0.0) as f32);
    }
    let [width, height] = viewport(document, id);
    Some(length.resolve(match name {
        "x" | "cx" | "rx" | "width" | "x1" | "x2" => width,
        "y" | "cy" | "ry" | "height" | "y1" | "y2" => height,
        _ => width.hypot(height) / std::f64::consts::SQRT_2,
    }) as f32)
}

/// A length in px that is no share of anything.
pub fn px(value: &str) -> Option<f64> {
    let context = Context { is_attribute: true, ..Context::default() };
    let length = Length::read(&mut Scanner::new(value.trim()), &context)?;
    (!matches!(length, Length::Percent(_))).then(|| length.resolve(0.0))
}

/// Width and height of the coordinate system that an element is in.
pub fn viewport(document: &Document<'_>, id: NodeId) -> [f64; 2] {
    let establishes = |up: &NodeId| match document.nodes[*up].name {
        "svg" => true,
        "symbol" => document.attribute(*up, "viewBox").is_some(),
        _ => false,
    };
    let svg = document.within(id).skip(1).find(establishes).unwrap_or(0);
    let around = if svg == 0 { [100.0; 2] } else { viewport(document, svg) };
    style::viewport(&document.nodes[svg].attributes, around)
}

/// Width and height of the root's coordinate system.
pub fn canvas(document: &Document<'_>) -> [f64; 2] {
    style::viewport(&document.nodes[0].attributes, [f64::INFINITY; 2])
}

/// All that the canvas shows, in the coordinates of the root's content: its `viewBox`, and what lies beside it. `None` if
/// the root is transformed or has no size.
pub fn shown(document: &Document<'_>) -> Option<Rect> {
    let root = &document.nodes[0];
    let is_moved = root.attribute("transform").is_some_and(|transform| transform != "none")
        || ["translate", "rotate", "scale"].iter().any(|name| root.style(name).is_some_and(|value| value != "none"));
    if is_moved {
        return None;
    }
    let side = |name: &str| root.attribute(name).and_then(px);
    let view = root.attribute("viewBox").and_then(|view| view.parse::<svgtypes::ViewBox>().ok());
    let Some(view) = view else {
        return Rect::from_xywh(0.0, 0.0, side("width")? as f32, side("height")? as f32);
    };
    let (width, height) = (side("width").unwrap_or(view.w), side("height").unwrap_or(view.h));
    let stretches = root.attribute("preserveAspectRatio").is_some_and(|aspect| aspect.contains("none"));
    let scale = (width / view.w).min(height / view.h);
    let (beside, below) = match stretches {
        true => (0.0, 0.0),
        false => ((width / scale - view.w).max(0.0), (height / scale - view.h).max(0.0)),
    };
    let rect = [view.x - beside, view.y - below, view.x + view.w + beside, view.y + view.h + below];
    let [left, top, right, bottom] = rect.map(|side| side as f32);
    Rect::from_ltrb(left, top, right, bottom)
}

/// Whether a box in the coordinates of the root's content covers all that the canvas shows.
pub fn covers_canvas(document: &Document<'_>, area: Rect) -> bool {
    // Rounding of the `viewBox`'s scale.
    let by = |side: f32| side * 1e-4;
    shown(document).is_some_and(|canvas| {
        let (x, y) = (by(canvas.width()), by(canvas.height()));
        area.left() <= canvas.left() + x
            && area.top() <= canvas.top() + y
            && area.right() >= canvas.right() - x
            && area.bottom() >= canvas.bottom() - y
    })
}

/// An element's own transform.
pub fn transform(document: &Document<'_>, id: NodeId) -> Transform {
    let text = document.attribute(id, "transform").unwrap_or_default();
    let parsed = text.parse::<svgtypes::Transform>().unwrap_or_default();
    let [a, b, c, d, e, f] = [parsed.a, parsed.b, parsed.c, parsed.d, parsed.e, parsed.f].map(|number| number as f32);
    Transform::from_row(a, b, c, d, e, f)
}

/// An element's own transform, and the position of a `<use>` or a nested `<svg>`, which its own coordinates include.
pub fn placement(document: &Document<'_>, id: NodeId) -> Transform {
    let own = transform(document, id);
    match document.nodes[id].name {
        "svg" if document.attribute(id, "viewBox").is_some() => own,
        "use" | "svg" => own.pre_translate(length(document, id, "x"), length(document, id, "y")),
        _ => own,
    }
}
