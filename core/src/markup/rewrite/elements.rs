//! Elements: links and `<switch>` become groups, and what is not drawn is removed.

use crate::{
    markup::{
        notes::Notes,
        tree::{Document, NodeId},
    },
    words,
};

/// Elements of SVG that usvg reads.
const DRAWN: [&str; 53] = [
    "a",
    "circle",
    "clipPath",
    "defs",
    "ellipse",
    "feBlend",
    "feColorMatrix",
    "feComponentTransfer",
    "feComposite",
    "feConvolveMatrix",
    "feDiffuseLighting",
    "feDisplacementMap",
    "feDistantLight",
    "feDropShadow",
    "feFlood",
    "feFuncA",
    "feFuncB",
    "feFuncG",
    "feFuncR",
    "feGaussianBlur",
    "feImage",
    "feMerge",
    "feMergeNode",
    "feMorphology",
    "feOffset",
    "fePointLight",
    "feSpecularLighting",
    "feSpotLight",
    "feTile",
    "feTurbulence",
    "filter",
    "g",
    "image",
    "line",
    "linearGradient",
    "marker",
    "mask",
    "path",
    "pattern",
    "polygon",
    "polyline",
    "radialGradient",
    "rect",
    "stop",
    "style",
    "svg",
    "switch",
    "symbol",
    "text",
    "textPath",
    "tspan",
    "use",
    "view",
];
/// Elements that describe others, and draw nothing in any browser.
const SILENT: [&str; 7] = ["title", "desc", "metadata", "style", "view", "cursor", "hatchpath"];
/// Languages of readers, for `systemLanguage`.
const LANGUAGES: [&str; 2] = ["zh", "en"];
/// The namespace whose elements browsers draw in a `<foreignObject>`.
const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// Rewrites elements.
pub fn rewrite(document: &mut Document<'_>, notes: &mut Notes) {
    let mut open = vec![0];
    while let Some(id) = open.pop() {
        if element(document, id, notes) {
            open.extend(document.nodes[id].children.iter().rev());
        }
    }
}

/// Rewrites an element. False if it is removed.
fn element(document: &mut Document<'_>, id: NodeId, notes: &mut Notes) -> bool {
    if document.nodes[id].name.is_empty() {
        return false;
    }
    // Browsers evaluate no features.
    document.nodes[id].unset("requiredFeatures");
    if document.nodes[id].name == "switch" {
        choose(document, id, notes);
        return true;
    }
    if id == 0 {
        return true;
    }
    if !is_understood(document, id) {
        document.remove(id);
        return false;
    }
    match document.nodes[id].name {
        "a" => {
            let in_text = document.within(id).any(|up| document.nodes[up].name == "text");
            document.nodes[id].name = if in_text { "tspan" } else { "g" };
            document.nodes[id].unset("href");
            true
        }
        name if DRAWN.contains(&name) && !SILENT.contains(&name) => true,
        name => {
            note(document, id, name, notes);
            document.remove(id);
            false
        }
    }
}

fn note(document: &Document<'_>, id: NodeId, name: &str, notes: &mut Notes) {
    let node = &document.nodes[id];
    let finding = match name {
        _ if SILENT.contains(&name) => return,
        "script" => words::artwork_script(),
        "animate" | "animateMotion" | "animateTransform" | "animateColor" | "set" | "discard" | "mpath" => {
            words::artwork_animation(format!("<{name}>"))
        }
        "foreignObject" => match backdrop(document, id) {
            Some(radius) => words::artwork_backdrop(radius),
            None => words::artwork_html(name),
        },
        "iframe" | "video" | "audio" | "canvas" | "div" | "span" | "p" | "img" | "embed" | "object" => {
            words::artwork_html(name)
        }
        _ => {
            let near = words::nearest(name, DRAWN);
            words::artwork_element(name).with_hint(near.map(words::did_you_mean))
        }
    };
    notes.add(node.range.clone(), finding);
}

/// The radius of Figma's background blur, which stands on the element after its `<foreignObject>`.
fn backdrop(document: &Document<'_>, id: NodeId) -> Option<String> {
    let siblings = &document.nodes[document.nodes[id].parent?].children;
    let at = siblings.iter().position(|child| *child == id)?;
    let next = *siblings.get(at + 1)?;
    let radius = document.attribute(next, "data-figma-bg-blur-radius")?;
    // Figma's radius is twice the blur's.
    let radius: f64 = radius.trim().parse().ok()?;
    Some((radius / 2.0).to_string())
}

/// Whether the conditions of an element hold (SVG 2, section 5.7).
fn is_understood(document: &Document<'_>, id: NodeId) -> bool {
    let node = &document.nodes[id];
    let extensions = node.attribute("requiredExtensions").unwrap_or_default();
    let languages = node.attribute("systemLanguage");
    let known = |tag: &str| {
        let tag = tag.trim().to_ascii_lowercase();
        LANGUAGES.iter().any(|own| tag == *own || tag.strip_prefix(own).is_some_and(|rest| rest.starts_with('-')))
    };
    extensions.split_ascii_whitespace().all(|extension| extension == XHTML)
        && languages.is_none_or(|languages| languages.split(',').any(known))
}

/// Turns a `<switch>` into a group of the first child that is understood. HTML gives way to what stands after it.
fn choose(document: &mut Document<'_>, id: NodeId, notes: &mut Notes) {
    let children = document.nodes[id].children.clone();
    let mut understood =
        children.iter().copied().filter(|child| document.nodes[*child].is_element() && is_understood(document, *child));
    let drawn = |child: &NodeId| DRAWN.contains(&document.nodes[*child].name);
    let first = understood.next();
    let chosen = match first {
        Some(child) if !drawn(&child) => understood.find(drawn).or(first),
        first => first,
    };
    if let (Some(first), true) = (first, first != chosen) {
        note(document, first, document.nodes[first].name, notes);
    }
    for child in children {
        if Some(child) != chosen {
            document.remove(child);
        }
    }
    document.nodes[id].name = "g";
}
