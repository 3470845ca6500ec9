//! Background blurs. Figma exports them as HTML in a `<foreignObject>`, whose style has the blur and the shape that it is
//! clipped to. They become groups with a name that [`crate::artwork`] knows, which draw nothing themselves.

use crate::markup::{
    bounds,
    css::{
        scan::Scanner,
        sheet::{self, SourceSpan},
    },
    notes::Notes,
    style::{
        Context,
        length::Length,
        values::{Link, link},
    },
    tree::{self, Attribute, Document, HTML_STYLE, NodeId},
};

/// Maximum number of background blurs. Each keeps its pixels while a poster is drawn.
const MAX_BACKDROPS: usize = 8;
/// Start of the names of these groups; the standard deviation follows.
pub const BACKDROP: &str = "haibao-backdrop-";

/// Turns a `<foreignObject>` that is a background blur into a group. False if it is something else.
pub fn rewrite(document: &mut Document<'_>, id: NodeId) -> bool {
    let Some((deviation, clip)) = blur(document, id) else { return false };
    // Effects of its own would change what is blurred, and nothing lies beneath the content of a mask.
    let has_effect = ["clip-path", "filter", "mask"].iter().any(|name| document.attribute(id, name).is_some());
    if has_effect || document.within(id).any(|up| !tree::is_drawn(document.nodes[up].name)) {
        return false;
    }
    if document.backdrops >= MAX_BACKDROPS {
        return false;
    }
    let [width, height] = bounds::viewport(document, id);
    let context = Context { is_attribute: true, ..Context::default() };
    let side = |name: &str, whole: f64| match document.attribute(id, name) {
        None => Some(0.0),
        Some(text) => Some(Length::read(&mut Scanner::new(text.trim()), &context)?.resolve(whole)),
    };
    let (Some(x), Some(y), Some(width), Some(height)) =
        (side("x", width), side("y", height), side("width", width), side("height", height))
    else {
        return false;
    };
    if document.nodes[id].children.iter().any(|child| !document.nodes[*child].children.is_empty()) {
        return false;
    }
    let around = document.attribute(id, "transform").unwrap_or_default();
    let transform = format!("{around} translate({x} {y})").trim_start().to_owned();
    document.backdrops += 1;
    let range = document.nodes[id].range.clone();
    let node = &mut document.nodes[id];
    node.name = "g";
    node.attributes.retain(|one| matches!(&*one.name, "opacity" | "display"));
    node.children.clear();
    document.set(id, "id", format!("{BACKDROP}{deviation}-{id}"));
    document.set(id, "transform", transform);
    if let Some(clip) = clip {
        document.set(id, "clip-path", Link::Id(clip.into()).text());
    }
    document.nodes[id].styles.push(Attribute {
        name: "isolation".into(),
        value: "isolate".into(),
        range: range.clone(),
    });
    let shown = document.push(Some(id), "rect", range);
    document.set(shown, "width", width.to_string());
    document.set(shown, "height", height.to_string());
    document.set(shown, "visibility", "hidden");
    true
}

/// The standard deviation of a blur, and the id of the shape that clips it.
fn blur(document: &Document<'_>, id: NodeId) -> Option<(f64, Option<String>)> {
    let style = document.attribute(id, HTML_STYLE)?;
    let span = SourceSpan { range: 0..0, exact: false };
    let (mut deviation, mut clip) = (None, None);
    for one in sheet::declarations(style, &span, &mut Notes::default()) {
        let mut scanner = Scanner::new(one.value);
        match &*one.name {
            "backdrop-filter" | "-webkit-backdrop-filter" => {
                let (name, mut args) = scanner.function()?;
                let Length::Px(px) = Length::read(&mut args, &Context::default())? else { return None };
                deviation = Some(px).filter(|px| name == "blur" && *px > 0.0 && scanner.is_at_end());
            }
            "clip-path" => match link(&mut scanner)? {
                Link::Id(target) => clip = Some(target.into_owned()),
                Link::Outside(_) => return None,
            },
            "height" | "width" if one.value == "100%" => {}
            _ => return None,
        }
    }
    Some((deviation?, clip))
}
