//! `<symbol>` and nested `<svg>`: their sizes and positions, as SVG 2 has them. Percentages become px, since usvg reads them as
//! shares of another viewport.

use crate::markup::{
    bounds,
    css::scan::Scanner,
    style::{Context, length::Length},
    tree::{Document, NodeId},
};

/// Shapes, and their lengths across, down, and along the diagonal.
const SHAPES: [&str; 7] = ["rect", "circle", "ellipse", "line", "image", "use", "svg"];
const ACROSS: [&str; 6] = ["x", "cx", "rx", "width", "x1", "x2"];
const DOWN: [&str; 6] = ["y", "cy", "ry", "height", "y1", "y2"];
const DIAGONAL: [&str; 2] = ["r", "stroke-width"];

/// Moves the geometry of symbols to the `<use>` elements that draw them, and completes nested `<svg>`.
pub fn rewrite(document: &mut Document<'_>) {
    if !document.nodes.iter().skip(1).any(|node| matches!(node.name, "svg" | "symbol" | "use")) {
        return;
    }
    let ids = document.ids();
    let all = document.all();
    for id in all.iter().copied() {
        if document.nodes[id].name == "svg" && id != 0 {
            // Without a size it fills its viewport, and clips to it.
            for side in ["width", "height"] {
                if document.attribute(id, side).is_none_or(|length| length == "auto") {
                    document.set(id, side, "100%");
                }
            }
            if is_without_size(document, id) || is_without_view(document, id) {
                document.set(id, "display", "none");
            }
        }
        percentages(document, id);
    }
    for id in all {
        if document.budget.is_exceeded() {
            return;
        }
        let target = document.nodes[id].target().filter(|_| document.nodes[id].name == "use");
        let Some(&symbol) = target.and_then(|target| ids.get(target)) else { continue };
        for side in ["width", "height"] {
            if document.attribute(id, side) == Some("auto") {
                document.nodes[id].unset(side);
            }
        }
        let is_symbol = document.nodes[symbol].name == "symbol";
        if is_symbol {
            place(document, id, symbol);
        }
        if (is_symbol && (is_without_size(document, id) || is_without_view(document, symbol)))
            || (document.nodes[symbol].name == "svg" && is_without_size(document, id))
        {
            document.set(id, "display", "none");
        }
    }
}

/// Gives a `<use>` the size and the position of its symbol.
fn place(document: &mut Document<'_>, id: NodeId, symbol: NodeId) {
    let [width, height] = bounds::viewport(document, id);
    for (side, whole) in [("width", width), ("height", height)] {
        let own = document.attribute(id, side).is_some();
        let from = if own { id } else { symbol };
        if let Some(length) = px(document, from, side, whole).filter(|_| !own || is_percentage(document, id, side)) {
            document.set(id, side, length.to_string());
        }
    }
    let own = |name: &str, whole: f64| match document.attribute(id, name) {
        None => Some(0.0),
        Some(_) => px(document, id, name, whole),
    };
    let moved = |name: &str, whole: f64| px(document, symbol, name, whole).unwrap_or_default();
    let (Some(x), Some(y)) = (own("x", width), own("y", height)) else { return };
    let (left, top) = (moved("x", width), moved("y", height));
    let transform = document.attribute(symbol, "transform").filter(|transform| !transform.is_empty());
    if let Some(transform) = transform {
        let around = document.attribute(id, "transform").unwrap_or_default();
        let all = format!("{around} translate({x} {y}) {transform}");
        document.set(id, "transform", all.trim_start().to_owned());
        document.set(id, "x", left.to_string());
        document.set(id, "y", top.to_string());
    } else if (left, top) != (0.0, 0.0) || is_percentage(document, id, "x") || is_percentage(document, id, "y") {
        document.set(id, "x", (x + left).to_string());
        document.set(id, "y", (y + top).to_string());
    }
}

/// Resolves percentages of what a symbol contains: shares of its `viewBox`.
fn percentages(document: &mut Document<'_>, id: NodeId) {
    let node = &document.nodes[id];
    if !SHAPES.contains(&node.name) || !node.attributes.iter().any(|one| one.value.ends_with('%')) {
        return;
    }
    let view = document.within(id).skip(1).find(|up| matches!(document.nodes[*up].name, "svg" | "symbol"));
    if view.is_none_or(|view| document.nodes[view].name == "svg" || document.attribute(view, "viewBox").is_none()) {
        return;
    }
    let [width, height] = bounds::viewport(document, id);
    let diagonal = width.hypot(height) / std::f64::consts::SQRT_2;
    for (names, whole) in [(&ACROSS[..], width), (&DOWN[..], height), (&DIAGONAL[..], diagonal)] {
        for name in names.iter().copied().filter(|name| is_percentage(document, id, name)).collect::<Vec<_>>() {
            if let Some(length) = px(document, id, name, whole) {
                document.set(id, name, length.to_string());
            }
        }
    }
}

/// Whether a side of a viewport is zero: it draws nothing.
fn is_without_size(document: &Document<'_>, id: NodeId) -> bool {
    ["width", "height"].iter().any(|side| px(document, id, side, 1.0) == Some(0.0))
}

/// Whether a side of a `viewBox` is zero: nothing of it is drawn.
fn is_without_view(document: &Document<'_>, id: NodeId) -> bool {
    let view = svgtypes::NumberListParser::from(document.attribute(id, "viewBox").unwrap_or_default());
    let numbers: Vec<f64> = view.map_while(Result::ok).collect();
    matches!(numbers[..], [_, _, width, height] if (width == 0.0 && height >= 0.0) || (height == 0.0 && width >= 0.0))
}

fn is_percentage(document: &Document<'_>, id: NodeId, name: &str) -> bool {
    document.attribute(id, name).is_some_and(|value| value.trim_end().ends_with('%'))
}

/// A length attribute in px, when 100 % are `whole`.
fn px(document: &Document<'_>, id: NodeId, name: &str, whole: f64) -> Option<f64> {
    let context = Context { is_attribute: true, ..Context::default() };
    Some(Length::read(&mut Scanner::new(document.attribute(id, name)?.trim()), &context)?.resolve(whole))
}
