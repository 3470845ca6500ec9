//! Regions of filters. Some design tools write px for shares of the element's box, so that a region is hundreds of times
//! larger than the canvas, and resvg computes all of it. What lies so far beyond the canvas that no primitive moves it there
//! is cut off.

use std::collections::HashMap;

use resvg::tiny_skia::Rect;

use crate::markup::{
    bounds::{self, reach},
    budget::Cost,
    css::scan::Scanner,
    style::values::{Link, link},
    tree::{Attribute, Document, NodeId},
};

/// Multiple of the part that is needed from which a region is cut.
const MUCH_LARGER: f32 = 1.5;
/// Distance that a blur reaches, in standard deviations.
const BLUR: f32 = 3.0;
/// Pixels around what primitives reach, for rounding.
const MARGIN: f32 = 4.0;

/// Gives elements whose filter has a region far beyond the canvas a copy of it with a smaller one.
pub fn rewrite(document: &mut Document<'_>) {
    let has_filters = document.nodes.iter().any(|node| node.name == "filter");
    if !has_filters {
        return;
    }
    let (ids, uses, mut count) = (document.ids(), document.uses(), 0);
    let mut distances = HashMap::new();
    for id in document.all() {
        if document.budget.is_exceeded() {
            return;
        }
        if let Some((filter, region)) = smaller(document, id, &ids, &uses, &mut distances)
            && document.budget.spend(Cost::Written, bytes(document, filter))
        {
            let name = document.free_id("haibao-region", &ids, &mut count);
            let copied = copy(document, filter, name.clone());
            document.set(copied, "filterUnits", "userSpaceOnUse");
            place(document, copied, region);
            document.set(id, "filter", format!("url(#{name})"));
        }
    }
}

/// The filter of an element and the part of its region that can be seen, if that is much smaller. `distances`: the largest by
/// which filters move pixels, as far as they are known.
fn smaller(
    document: &Document<'_>,
    id: NodeId,
    ids: &HashMap<String, NodeId>,
    uses: &HashMap<String, Vec<NodeId>>,
    distances: &mut HashMap<NodeId, Option<f32>>,
) -> Option<(NodeId, Rect)> {
    let mut scanner = Scanner::new(document.attribute(id, "filter")?);
    let Link::Id(name) = link(&mut scanner).filter(|_| id != 0 && scanner.is_at_end())? else { return None };
    let filter = *ids.get(&*name)?;
    if document.attribute(filter, "primitiveUnits") == Some("objectBoundingBox") {
        return None;
    }
    let region = reach::region(document, &name, bounds::fill_box(document, id))?;
    let canvas = reach::canvas(document, id, |id| uses.contains_key(id))?;
    let children = || document.nodes[filter].children.iter();
    let by = *distances.entry(filter).or_insert_with(|| children().map(|child| distance(document, *child)).sum());
    let by = by?;
    let sides = [canvas.left() - by, canvas.top() - by, canvas.right() + by, canvas.bottom() + by];
    let seen = Rect::from_ltrb(sides[0], sides[1], sides[2], sides[3])?.intersect(&region)?;
    let area = |rect: Rect| rect.width() * rect.height();
    (area(region) > MUCH_LARGER * area(seen)).then_some((filter, seen))
}

/// The largest distance that a primitive moves pixels by. `None`: any, or what it draws depends on the region.
fn distance(document: &Document<'_>, id: NodeId) -> Option<f32> {
    let largest = |name: &str| {
        let value = document.attribute(id, name).unwrap_or_default();
        let numbers = svgtypes::NumberListParser::from(value).map_while(Result::ok);
        numbers.fold(0.0_f32, |largest, number| largest.max((number as f32).abs()))
    };
    let moved = match document.nodes[id].name {
        "feGaussianBlur" => BLUR * largest("stdDeviation"),
        "feDropShadow" => {
            let deviation =
                if document.attribute(id, "stdDeviation").is_some() { largest("stdDeviation") } else { 2.0 };
            let offset = |name: &str| if document.attribute(id, name).is_some() { largest(name) } else { 2.0 };
            BLUR * deviation + offset("dx").max(offset("dy"))
        }
        "feOffset" => largest("dx").max(largest("dy")),
        "feMorphology" => largest("radius"),
        "feDisplacementMap" => largest("scale"),
        "feDiffuseLighting" | "feSpecularLighting" => 1.0,
        "feBlend"
        | "feColorMatrix"
        | "feComponentTransfer"
        | "feComposite"
        | "feFlood"
        | "feMerge"
        | "feTurbulence" => 0.0,
        name if name.starts_with("fe") => return None,
        _ => return Some(0.0),
    };
    Some(moved + MARGIN)
}

/// Bytes of the attributes of a filter and of what it contains.
pub fn bytes(document: &Document<'_>, filter: NodeId) -> usize {
    let nodes = document.descendants(filter).map(|id| &document.nodes[id]);
    let attributes = nodes.flat_map(|node| node.attributes.iter().chain(&node.styles));
    attributes.map(|attribute| size_of::<Attribute<'_>>() + attribute.value.len()).sum()
}

/// Gives a filter or a primitive its region.
pub fn place(document: &mut Document<'_>, id: NodeId, region: Rect) {
    for (name, side) in [("x", region.x()), ("y", region.y()), ("width", region.width()), ("height", region.height())] {
        document.set(id, name, side.to_string());
    }
}

/// Copies a filter with what it contains, with another id.
pub fn copy(document: &mut Document<'_>, filter: NodeId, name: String) -> NodeId {
    let range = document.nodes[filter].range.clone();
    // Where the filter stands, whose properties its primitives inherit.
    let parent = document.nodes[filter].parent;
    let copied = document.push(parent, "filter", range);
    let (attributes, styles) = (document.nodes[filter].attributes.clone(), document.nodes[filter].styles.clone());
    (document.nodes[copied].attributes, document.nodes[copied].styles) = (attributes, styles);
    document.set(copied, "id", name);
    let mut open: Vec<(NodeId, NodeId)> =
        document.nodes[filter].children.iter().map(|child| (*child, copied)).rev().collect();
    while let Some((from, into)) = open.pop() {
        let node = document.nodes[from].clone();
        let to = document.push(Some(into), node.name, node.range);
        document.nodes[to].attributes = node.attributes;
        document.nodes[to].styles = node.styles;
        document.nodes[to].text = node.text;
        document.nodes[to].unset("id");
        open.extend(node.children.iter().map(|child| (*child, to)).rev());
    }
    copied
}
