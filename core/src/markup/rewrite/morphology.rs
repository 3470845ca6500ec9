//! `feMorphology`: resvg compares each px with all those within both radii. The largest of a rectangle is the largest of its
//! rows' largest, so that one pass along rows and one along columns draw the same, in far less time.

use crate::markup::{
    bounds,
    budget::Cost,
    tree::{Document, NodeId},
};

/// Start of the names that results get.
const OWN: &str = "haibao-morphology";
/// Product of the radii, in units of the filtered element, from which two passes take less time than one.
const MIN_AREA: f32 = 4.0;
/// A radius that is less than half a px, up to 500 000 px per unit. usvg takes a radius of 0 for 1.
pub const NONE: f32 = 1e-6;

/// Gives each primitive a pass along rows before its own along columns.
pub fn rewrite(document: &mut Document<'_>) {
    if !document.nodes.iter().any(|node| node.name == "feMorphology") {
        return;
    }
    let mut count = 0;
    for filter in document.all() {
        if document.nodes[filter].name != "filter" {
            continue;
        }
        // Radii in boxes of the element, which is far larger.
        let is_share = document.attribute(filter, "primitiveUnits") == Some("objectBoundingBox");
        let mut index = 0;
        while let Some(&id) = document.nodes[filter].children.get(index).filter(|_| !document.budget.is_exceeded()) {
            index += 1;
            if document.nodes[id].name == "feMorphology"
                && let Some((x, y)) = radii(document, id)
                && (is_share || x * y >= MIN_AREA)
            {
                count += 1;
                split(document, filter, index - 1, (x, y), count);
                index += 1;
            }
        }
    }
}

/// The radii of a primitive, if both are larger than 0.
fn radii(document: &Document<'_>, id: NodeId) -> Option<(f32, f32)> {
    let numbers = svgtypes::NumberListParser::from(document.attribute(id, "radius")?);
    let numbers: Vec<f32> = numbers.map(|number| number.ok().map(|number| number as f32)).collect::<Option<_>>()?;
    let (x, y) = match numbers[..] {
        [both] => (both, both),
        [x, y] => (x, y),
        _ => return None,
    };
    (x > 0.0 && y > 0.0).then_some((x, y))
}

/// Inserts the pass along rows, which has the whole region of the filter.
fn split(document: &mut Document<'_>, filter: NodeId, index: usize, (x, y): (f32, f32), count: u32) {
    let id = document.nodes[filter].children[index];
    let range = document.nodes[id].range.clone();
    // Inserting moves those after it.
    document.budget.spend(Cost::Steps, document.nodes[filter].children.len() / 16);
    let rows = document.push(None, "feMorphology", range);
    document.nodes[rows].parent = Some(filter);
    document.nodes[filter].children.insert(index, rows);
    let space = bounds::inherited(document, id, "color-interpolation-filters").map(str::to_owned);
    for name in ["in", "operator"] {
        if let Some(value) = document.attribute(id, name).map(str::to_owned) {
            document.set(rows, name, value);
        }
    }
    if let Some(space) = space {
        document.set(rows, "color-interpolation-filters", space);
    }
    let result = format!("{OWN}-{count}");
    document.set(rows, "radius", format!("{x} {NONE}"));
    document.set(rows, "result", result.clone());
    document.set(id, "radius", format!("{NONE} {y}"));
    document.set(id, "in", result);
}
