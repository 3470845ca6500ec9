//! Elements that draw nothing although they are part of the artwork.

use super::{
    bounds,
    tree::{self, Document, NodeId},
};

/// Why nothing of an element is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hidden {
    /// `visibility` of the element, or of one around it.
    Invisible(NodeId),
    /// Opacity 0 of the element, or of one around it.
    Transparent(NodeId),
    /// An effect of the element, or of one around it, that leaves nothing: which.
    Empty(NodeId, &'static str),
}

/// Why nothing of an element is seen. `None` if it may be.
pub fn hidden(document: &Document<'_>, id: NodeId) -> Option<Hidden> {
    let invisible = |value: &str| matches!(value, "hidden" | "collapse");
    if bounds::inherited(document, id, "visibility").is_some_and(invisible)
        && !document.descendants(id).any(|inside| document.attribute(inside, "visibility") == Some("visible"))
    {
        let around = document.within(id).find(|up| document.attribute(*up, "visibility").is_some());
        return around.map(Hidden::Invisible);
    }
    let is_transparent = |up: &NodeId| {
        document.attribute(*up, "opacity").is_some_and(|value| value.trim_end_matches('%').parse() == Ok(0.0_f32))
    };
    if let Some(around) = document.within(id).find(is_transparent) {
        return Some(Hidden::Transparent(around));
    }
    let ids = document.ids();
    document.within(id).find_map(|up| {
        ["clip-path", "filter", "mask"].into_iter().find_map(|name| {
            let &target = ids.get(document.nodes[up].link(name)?)?;
            is_empty(document, target).then_some(Hidden::Empty(up, name))
        })
    })
}

/// Whether a clip, mask or filter leaves nothing.
fn is_empty(document: &Document<'_>, id: NodeId) -> bool {
    let is_drawn = |child: &NodeId| {
        let node = &document.nodes[*child];
        let shapes = ["rect", "circle", "ellipse", "line", "polyline", "polygon", "path", "text", "use"];
        let is_shape = match document.nodes[id].name {
            "clipPath" => shapes.contains(&node.name),
            "filter" => node.name.starts_with("fe"),
            _ => tree::is_drawn(node.name),
        };
        is_shape && node.attribute("display") != Some("none")
    };
    !document.nodes[id].children.iter().any(is_drawn)
}
