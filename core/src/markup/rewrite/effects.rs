//! Effects of nested `<svg>`, and of `<use>` that draws a symbol. usvg applies them to what is clipped to the viewport, and
//! in other coordinates than browsers: a group around the element has them instead.

use crate::{
    markup::{
        bounds,
        notes::Notes,
        tree::{Document, NodeId},
    },
    words,
};

/// Attributes and styles that act on the element as a whole.
const ATTRIBUTES: [&str; 4] = ["clip-path", "filter", "mask", "opacity"];
const STYLES: [&str; 2] = ["isolation", "mix-blend-mode"];

/// Moves effects to groups.
pub fn rewrite(document: &mut Document<'_>, notes: &mut Notes) {
    document.forget_ids();
    let has_viewports = document.nodes.iter().skip(1).any(|node| matches!(node.name, "svg" | "use"));
    if !has_viewports {
        return;
    }
    let ids = document.ids();
    for parent in document.all() {
        if document.budget.is_exceeded() {
            return;
        }
        for index in 0..document.nodes[parent].children.len() {
            let id = document.nodes[parent].children[index];
            let is_symbol = |target: &NodeId| document.nodes[*target].name == "symbol";
            let node = &document.nodes[id];
            let target = node.target().and_then(|target| ids.get(target));
            let places = match node.name {
                "svg" => node.attribute("viewBox").is_none(),
                "use" if target.is_some_and(is_symbol) => true,
                _ => continue,
            };
            let has_effect = ATTRIBUTES.iter().any(|name| node.attribute(name).is_some())
                || STYLES.iter().any(|name| node.style(name).is_some());
            // Browsers scale these by the `viewBox`.
            let scaled = ["clip-path", "filter", "mask"].into_iter().find(|name| node.attribute(name).is_some());
            if let Some(name) = scaled.filter(|_| !places) {
                notes.add(node.range_of(name), words::css_undrawn(format!("{name} of an <svg> with a viewBox")));
            }
            if has_effect {
                wrap(document, parent, index, places, notes);
            }
        }
    }
}

/// Puts a group with the effects around an element; `places`: and with its position, which lies within the
/// coordinates of its effects.
fn wrap(document: &mut Document<'_>, parent: NodeId, index: usize, places: bool, notes: &mut Notes) {
    let id = document.nodes[parent].children[index];
    document.wrap(parent, index, "g");
    let outer = document.nodes[parent].children[index];
    let is_moved = |name: &str| ATTRIBUTES.contains(&name) || matches!(name, "id" | "transform");
    let node = &mut document.nodes[id];
    let (moved, kept) = std::mem::take(&mut node.attributes).into_iter().partition(|one| is_moved(&one.name));
    node.attributes = kept;
    let (styles, kept) = std::mem::take(&mut node.styles).into_iter().partition(|one| STYLES.contains(&&*one.name));
    node.styles = kept;
    (document.nodes[outer].attributes, document.nodes[outer].styles) = (moved, styles);
    if places {
        let number = |name: &str| match document.attribute(id, name) {
            None => Some(0.0),
            Some(value) => bounds::resolved(document, id, name, value),
        };
        let (x, y) = (number("x"), number("y"));
        if x.is_none() || y.is_none() {
            let name = if x.is_none() { "x" } else { "y" };
            let finding = words::css_undrawn(format!("an effect of an element with this {name}"));
            notes.add(document.nodes[id].range_of(name), finding);
        }
        if let (Some(x), Some(y)) = (x, y) {
            let around = document.attribute(outer, "transform").unwrap_or_default();
            let transform = format!("{around} translate({x} {y})").trim_start().to_owned();
            document.set(outer, "transform", transform);
            document.nodes[id].unset("x");
            document.nodes[id].unset("y");
        }
    }
}
