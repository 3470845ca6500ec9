//! `<symbol>` and nested `<svg>`: their sizes and positions, as SVG 2 has them.

use crate::markup::{
    css::scan::Scanner,
    style::{Context, length::Length},
    tree::{Document, NodeId},
};

/// Moves the geometry of symbols to the `<use>` elements that draw them, and completes nested `<svg>`.
pub fn rewrite(document: &mut Document<'_>) {
    let ids = document.ids();
    for id in document.all() {
        if document.nodes[id].name == "svg" && id != 0 {
            // Without a size it fills its viewport, and clips to it.
            for side in ["width", "height"] {
                if document.attribute(id, side).is_none_or(|length| length == "auto") {
                    document.nodes[id].set(side, "100%");
                }
            }
        }
        if document.nodes[id].name != "use" {
            continue;
        }
        let target = document.attribute(id, "href").and_then(|href| href.trim().strip_prefix('#'));
        let Some(&symbol) = target.and_then(|target| ids.get(target)) else { continue };
        for side in ["width", "height"] {
            if document.attribute(id, side) == Some("auto") {
                document.nodes[id].unset(side);
            }
            if document.nodes[symbol].name == "symbol"
                && document.attribute(id, side).is_none()
                && let Some(length) = document.attribute(symbol, side).filter(|length| *length != "auto")
            {
                let length = length.to_owned();
                document.nodes[id].set(side, length);
            }
        }
        for side in ["x", "y"] {
            if document.nodes[symbol].name == "symbol"
                && let Some(moved) = px(document, symbol, side).filter(|moved| *moved != 0.0)
                && let Some(own) = px(document, id, side).or(document.attribute(id, side).is_none().then_some(0.0))
            {
                document.nodes[id].set(side, (own + moved).to_string());
            }
        }
    }
}

fn px(document: &Document<'_>, id: NodeId, name: &str) -> Option<f64> {
    let context = Context { is_attribute: true, ..Context::default() };
    match Length::read(&mut Scanner::new(document.attribute(id, name)?.trim()), &context)? {
        Length::Percent(_) => None,
        length => Some(length.number()),
    }
}
