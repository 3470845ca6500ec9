//! Elements: links and `<switch>` become groups, and what is not drawn is removed.

use super::backdrops;
use crate::{
    markup::{
        notes::Notes,
        style::properties::property_named,
        tree::{Document, HTML_STYLE, NodeId},
    },
    words,
};

/// Elements of SVG that usvg reads, sorted.
const DRAWN: [&str; 51] = [
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
    "svg",
    "switch",
    "symbol",
    "text",
    "textPath",
    "tspan",
    "use",
];
/// Elements that describe others, and draw nothing in any browser; among them the fonts of SVG 1.1: text that names one has a
/// finding of its own.
const SILENT: [&str; 13] = [
    "title",
    "desc",
    "metadata",
    "style",
    "view",
    "cursor",
    "hatchpath",
    "font",
    "font-face",
    "glyph",
    "missing-glyph",
    "hkern",
    "vkern",
];
/// Languages of readers, for `systemLanguage`, and those among them that are written otherwise.
const LANGUAGES: [&str; 2] = ["zh", "en"];
const OTHER_SCRIPTS: [&str; 4] = ["hant", "tw", "hk", "mo"];
/// The namespace whose elements browsers draw in a `<foreignObject>`.
const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// Whether an element has attributes that matter.
pub fn is_read(name: &str) -> bool {
    DRAWN.binary_search(&name).is_ok()
}

/// Rewrites elements.
pub fn rewrite(document: &mut Document<'_>, notes: &mut Notes) {
    document.nodes[0].unset("requiredFeatures");
    // The root is always drawn.
    document.nodes[0].unset("display");
    undefer(document, 0);
    let mut open = vec![0];
    while let Some(id) = open.pop() {
        let mut children = std::mem::take(&mut document.nodes[id].children);
        if document.nodes[id].name == "switch" {
            children = choose(document, &children, notes);
            document.nodes[id].name = "g";
        }
        let mut kept = Vec::with_capacity(children.len());
        for (index, child) in children.iter().copied().enumerate() {
            if element(document, child, children.get(index + 1).copied(), notes) {
                kept.push(child);
            } else {
                document.nodes[child].parent = None;
            }
        }
        open.extend(kept.iter().rev());
        document.nodes[id].children = kept;
    }
}

/// Removes an aspect ratio with `defer`, which usvg reads and browsers do not.
fn undefer(document: &mut Document<'_>, id: NodeId) {
    let aspect = document.attribute(id, "preserveAspectRatio");
    if aspect.is_some_and(|aspect| aspect.trim_start().starts_with("defer")) {
        document.nodes[id].unset("preserveAspectRatio");
    }
}

/// Rewrites an element. False if it is removed.
fn element(document: &mut Document<'_>, id: NodeId, next: Option<NodeId>, notes: &mut Notes) -> bool {
    if document.nodes[id].name.is_empty() {
        return !document.nodes[id].text.is_empty();
    }
    // Browsers evaluate no features.
    document.nodes[id].unset("requiredFeatures");
    if !is_understood(document, id) {
        return false;
    }
    document.nodes[id].unset("requiredExtensions");
    document.nodes[id].unset("systemLanguage");
    undefer(document, id);
    if document.attribute(id, "display") == Some("contents") && !contents(document, id) {
        return false;
    }
    if document.nodes[id].name == "foreignObject" && backdrops::rewrite(document, id) {
        return true;
    }
    match document.nodes[id].name {
        "a" => {
            let in_text = document.within(id).any(|up| document.nodes[up].name == "text");
            document.nodes[id].name = if in_text { "tspan" } else { "g" };
            document.nodes[id].unset("href");
            links(document, id, notes);
            true
        }
        name if is_read(name) => true,
        _ => {
            note(document, id, next, notes);
            false
        }
    }
}

/// Removes links from a link: browsers do not draw those that are its children.
fn links(document: &mut Document<'_>, id: NodeId, notes: &mut Notes) {
    let children = std::mem::take(&mut document.nodes[id].children);
    let (links, kept): (Vec<NodeId>, _) = children.into_iter().partition(|child| document.nodes[*child].name == "a");
    document.nodes[id].children = kept;
    for link in links {
        document.nodes[link].parent = None;
        notes.add(document.nodes[link].range.clone(), words::artwork_nested_link());
    }
}

/// Replaces a `display: contents` element by a group of its children. False for an element that is no container.
fn contents(document: &mut Document<'_>, id: NodeId) -> bool {
    let node = &mut document.nodes[id];
    if !matches!(node.name, "g" | "a" | "switch" | "svg" | "use") {
        return false;
    }
    let own =
        |name: &str| matches!(name, "id" | "href") || property_named(name).is_some_and(|property| property.inherited);
    node.attributes.retain(|one| own(&one.name));
    node.styles.retain(|one| property_named(&one.name).is_some_and(|property| property.inherited));
    if !matches!(node.name, "switch" | "use") {
        node.name = "g";
    }
    true
}

fn note(document: &Document<'_>, id: NodeId, next: Option<NodeId>, notes: &mut Notes) {
    let node = &document.nodes[id];
    let name = node.name;
    let finding = match name {
        _ if SILENT.contains(&name) => return,
        "script" => words::artwork_script(),
        "animate" | "animateMotion" | "animateTransform" | "animateColor" | "set" | "discard" | "mpath" => {
            words::artwork_animation(format!("<{name}>"))
        }
        "foreignObject" => {
            let is_conic = node.attribute(HTML_STYLE).is_some_and(|style| style.contains("conic-gradient"));
            match next.and_then(|next| backdrop(document, next)) {
                Some(radius) => words::artwork_backdrop(radius),
                None if is_conic => words::artwork_conic(),
                None => words::artwork_html(name),
            }
        }
        "iframe" | "video" | "audio" | "canvas" | "div" | "span" | "p" | "img" | "embed" | "object" => {
            words::artwork_html(name)
        }
        _ => {
            return notes.add_once(node.range.clone(), name, || {
                let near = words::nearest(name, DRAWN).map(words::did_you_mean);
                let hint = if name.starts_with("flow") { Some(words::write_as_text()) } else { near };
                words::artwork_element(name.to_owned()).with_hint(hint.or_else(|| Some(words::leave_out())))
            });
        }
    };
    notes.add(node.range.clone(), finding);
}

/// The radius of Figma's background blur, which stands on the element after its `<foreignObject>`.
fn backdrop(document: &Document<'_>, next: NodeId) -> Option<String> {
    let radius = document.attribute(next, "data-figma-bg-blur-radius")?;
    // Figma's radius is twice the blur's.
    let radius: f64 = radius.trim().parse().ok()?;
    Some((radius / 2.0).to_string())
}

/// Whether the conditions of an element hold (SVG 2, section 5.7).
fn is_understood(document: &Document<'_>, id: NodeId) -> bool {
    let node = &document.nodes[id];
    let extensions = node.attribute("requiredExtensions");
    let languages = node.attribute("systemLanguage");
    let known = |tag: &str| {
        let tag = tag.trim().to_ascii_lowercase();
        let is_other = tag.split('-').any(|part| OTHER_SCRIPTS.contains(&part));
        let is_own = |own: &&str| tag == **own || tag.strip_prefix(*own).is_some_and(|rest| rest.starts_with('-'));
        !is_other && LANGUAGES.iter().any(is_own)
    };
    let has = |extensions: &str| {
        let mut all = extensions.split_ascii_whitespace().peekable();
        all.peek().is_some() && all.all(|extension| extension == XHTML)
    };
    extensions.is_none_or(has) && languages.is_none_or(|languages| languages.split(',').any(known))
}

/// The child of a `<switch>` that is drawn: the first that is understood. HTML is skipped if another child follows.
fn choose(document: &mut Document<'_>, children: &[NodeId], notes: &mut Notes) -> Vec<NodeId> {
    let drawn = |child: &NodeId| is_read(document.nodes[*child].name);
    let mut understood = children
        .iter()
        .copied()
        .filter(|child| !document.nodes[*child].name.is_empty() && is_understood(document, *child));
    let first = understood.next();
    // An element that draws nothing is chosen if it is the first.
    if first.is_some_and(|child| SILENT.contains(&document.nodes[child].name)) {
        children.iter().for_each(|child| document.nodes[*child].parent = None);
        return Vec::new();
    }
    let chosen = match first {
        Some(child) if !drawn(&child) => understood.find(drawn).or(first),
        first => first,
    };
    if let (Some(first), true) = (first, first != chosen) {
        note(document, first, None, notes);
    }
    for child in children {
        document.nodes[*child].parent = document.nodes[*child].parent.filter(|_| Some(*child) == chosen);
    }
    chosen.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_sorted() {
        assert!(DRAWN.is_sorted() && is_read("a") && is_read("use") && !is_read("video"));
    }
}
