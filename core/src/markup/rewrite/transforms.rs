//! Transforms: their origin, and the properties `translate`, `rotate` and `scale`, become part of `transform`.

use resvg::tiny_skia::Rect;

use crate::{
    markup::{
        bounds,
        css::scan::Scanner,
        notes::Notes,
        style::{self, Context, length::Length},
        texts,
        tree::{Document, Node, NodeId},
    },
    words,
};

/// Folds origins and single transforms.
pub fn rewrite(document: &mut Document<'_>, notes: &mut Notes) {
    for id in document.all() {
        if document.budget.is_exceeded() {
            return;
        }
        let is_moved = |node: &Node<'_>| node.attributes.iter().any(|one| one.name.starts_with("transform"));
        if document.nodes[id].styles.is_empty() && !is_moved(&document.nodes[id]) {
            continue;
        }
        let target = target(document, id);
        let node = &document.nodes[id];
        let singles: Vec<&str> = ["translate", "rotate", "scale"]
            .into_iter()
            .filter_map(|name| node.style(name).filter(|value| *value != "none"))
            .collect();
        let own = node.attribute(target).filter(|value| *value != "none").unwrap_or_default();
        if singles.is_empty() && own.is_empty() {
            document.nodes[id].unset(target);
            document.nodes[id].unset("transform-origin");
            continue;
        }
        let has_origin = node.attribute("transform-origin").is_some();
        if id == 0 {
            for name in ["translate", "rotate", "scale"] {
                if node.style(name).is_some_and(|value| value != "none") {
                    notes.add(node.range_of(name), words::css_undrawn(format!("{name} of the root")));
                }
            }
        }
        // The origin of the root is its middle, and its viewport is that of the canvas: left to usvg.
        if id == 0 || (singles.is_empty() && !has_origin && node.style("transform-box").is_none()) {
            continue;
        }
        let is_unread = |property: &str| style::share_name(property).and_then(|share| node.style(share)) == Some("");
        if ["transform", "translate"].into_iter().any(is_unread) && own_box(document, id) != Some(None) {
            notes.add(node.range_of("transform-box"), words::css_undrawn("transform-box: fill-box"));
        }
        let of_box = |property: &str| share(document, id, property);
        let mut all: Vec<String> = singles.iter().map(|one| (*one).to_owned()).collect();
        if let (Some(first), Some(translate)) = (all.first_mut(), of_box("translate")) {
            *first = translate;
        }
        all.extend(of_box("transform").or_else(|| (!own.is_empty()).then(|| own.to_owned())));
        let (x, y) = match origin(document, id) {
            Some(origin) => origin,
            None => {
                notes.add(node.range_of("transform-box"), words::css_undrawn("transform-box"));
                (0.0, 0.0)
            }
        };
        if (x, y) != (0.0, 0.0) {
            all.insert(0, format!("translate({x} {y})"));
            all.push(format!("translate({} {})", -x, -y));
        }
        document.set(id, target, all.join(" "));
        document.nodes[id].unset("transform-origin");
    }
}

/// The attribute with the transform, as usvg knows it: gradients and patterns have their own one.
fn target(document: &mut Document<'_>, id: NodeId) -> &'static str {
    let node = &mut document.nodes[id];
    let name = style::transform_name(node.name);
    if let Some(transform) = node.attributes.iter_mut().find(|one| one.name == "transform") {
        transform.name = name.into();
    }
    name
}

/// The box that `transform-box` names, if it is not the viewport. `None` when it is not known here.
fn own_box(document: &Document<'_>, id: NodeId) -> Option<Option<Rect>> {
    Some(match document.nodes[id].style("transform-box") {
        Some("fill-box" | "content-box") => Some(bounds::fill_box(document, id)?),
        Some("stroke-box" | "border-box") => Some(bounds::stroke_box(document, id)?),
        _ => None,
    })
}

/// The value of a transform whose percentages are shares of the element's box.
fn share(document: &Document<'_>, id: NodeId, property: &str) -> Option<String> {
    let value = document.nodes[id].style(style::share_name(property)?)?;
    let area = own_box(document, id)??;
    let viewport = [area.width(), area.height()].map(f64::from);
    let (screen, font_size) = (style::size(document), texts::font_size(document, id).into());
    let context = Context { viewport, screen, font_size, ..Context::default() };
    if property == "translate" { style::translate(value, &context) } else { style::list(value, &context) }
}

/// Origin of an element's transform. `None` when it depends on a box that is not known here.
fn origin(document: &Document<'_>, id: NodeId) -> Option<(f64, f64)> {
    let node = &document.nodes[id];
    let area = own_box(document, id)?;
    let (left, top, width, height) = match area {
        Some(rect) => (rect.left(), rect.top(), rect.width(), rect.height()),
        None => {
            let [width, height] = bounds::viewport(document, id).map(|side| side as f32);
            (0.0, 0.0, width, height)
        }
    };
    let (x, y) = node.attribute("transform-origin").unwrap_or("0 0").split_once(' ')?;
    let context = Context { is_attribute: true, ..Context::default() };
    let read = |text: &str, start: f32, whole: f32| {
        Some(f64::from(start) + Length::read(&mut Scanner::new(text), &context)?.resolve(f64::from(whole)))
    };
    Some((read(x, left, width)?, read(y, top, height)?))
}
