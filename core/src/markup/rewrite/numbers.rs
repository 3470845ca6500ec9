//! Numbers far beyond any canvas, and regions that are empty. usvg computes a region in boxes of its element without a look
//! at the result, which ends the program when it is infinite or empty; and it follows a circle by more curves, the larger
//! it is.

use svgtypes::{Length, LengthUnit, NumberListParser};

use crate::markup::{
    parameter::has_parameter,
    tree::{Document, Node, NodeId},
};

/// Largest number of a shape, a region or a picture, px. What reaches so far is refused once it is drawn.
const MAX_NUMBER: f64 = 1e12;
/// Largest number of a region, px. Regions are cut at the canvas.
const MAX_REGION: f64 = 1e9;
/// Largest number of a region, in boxes of its element.
const MAX_BOXES: f64 = 1e6;
/// Smallest side of a region that can be seen, in boxes, and as a share of its distance from the box.
const MIN_BOX: f64 = 1e-4;
const MIN_SHARE: f64 = 1e-5;
/// Names of the numbers that are limited.
const GEOMETRY: [&str; 13] = ["x", "y", "width", "height", "cx", "cy", "r", "rx", "ry", "x1", "y1", "x2", "y2"];
/// Numbers of filter primitives, their functions and lights.
const PRIMITIVE: [&str; 33] = [
    "amplitude",
    "azimuth",
    "baseFrequency",
    "bias",
    "diffuseConstant",
    "divisor",
    "dx",
    "dy",
    "elevation",
    "exponent",
    "intercept",
    "k1",
    "k2",
    "k3",
    "k4",
    "kernelMatrix",
    "limitingConeAngle",
    "numOctaves",
    "offset",
    "order",
    "pointsAtX",
    "pointsAtY",
    "pointsAtZ",
    "radius",
    "scale",
    "seed",
    "slope",
    "specularConstant",
    "specularExponent",
    "stdDeviation",
    "surfaceScale",
    "tableValues",
    "values",
];
/// Largest number of a primitive: the product with a box of its element is finite.
const MAX_PRIMITIVE: f64 = 1e9;
/// Most rows and columns of a convolution.
const MAX_ORDER: f64 = 1000.0;
/// Length of numbers up to which they are small if they have no exponent.
const SHORT: usize = 12;

/// Limits the numbers of elements.
pub fn rewrite(document: &mut Document<'_>) {
    for id in document.all() {
        let node = &document.nodes[id];
        let boxes = match node.name {
            "filter" => is_in_boxes(node, "filterUnits", true),
            "mask" => is_in_boxes(node, "maskUnits", true),
            "pattern" => is_in_boxes(node, "patternUnits", true),
            name if name.starts_with("fe") => {
                document.nodes[id]
                    .attributes
                    .retain(|one| has_parameter(&one.value) || is_drawable(&one.name, &one.value));
                let node = &document.nodes[id];
                node.parent.is_some_and(|filter| is_in_boxes(&document.nodes[filter], "primitiveUnits", false))
            }
            "circle" | "ellipse" | "foreignObject" | "image" | "line" | "rect" | "svg" | "symbol" | "use" => {
                limit(document, id, MAX_NUMBER);
                continue;
            }
            _ => continue,
        };
        limit(document, id, if boxes { MAX_BOXES } else { MAX_REGION });
        if boxes {
            empty(document, id);
        }
    }
}

/// Whether an attribute of a filter primitive has numbers that can be drawn. Others are ignored, as browsers ignore what is not
/// a finite number.
pub fn is_drawable(name: &str, value: &str) -> bool {
    let maximum = if name == "order" { MAX_ORDER } else { MAX_PRIMITIVE };
    let is_small = |number: Result<f64, _>| number.is_ok_and(|number: f64| number.abs() <= maximum);
    !PRIMITIVE.contains(&name) || NumberListParser::from(value.trim()).all(is_small)
}

/// Whether the units of an element are the boxes of others.
fn is_in_boxes(node: &Node<'_>, units: &str, initial: bool) -> bool {
    match node.attribute(units) {
        Some("userSpaceOnUse") => false,
        Some("objectBoundingBox") => true,
        _ => initial,
    }
}

/// Limits the numbers of an element.
fn limit(document: &mut Document<'_>, id: NodeId, maximum: f64) {
    let is_short = |value: &str| maximum == MAX_NUMBER && value.len() < SHORT && !value.contains(['e', 'E']);
    for attribute in &mut document.nodes[id].attributes {
        let is_limited = GEOMETRY.iter().any(|name| *name == attribute.name);
        if !is_limited || is_short(&attribute.value) {
            continue;
        }
        // A side that begins at the lower limit may end at the upper one.
        let maximum = if ["width", "height"].contains(&&*attribute.name) { 2.0 * maximum } else { maximum };
        if let Some(number) = number(&attribute.value).filter(|number| number.abs() > maximum) {
            attribute.value = maximum.copysign(number).to_string().into();
        }
    }
}

/// Makes sides that are too small to be seen empty, which usvg knows.
fn empty(document: &mut Document<'_>, id: NodeId) {
    for (start, side) in [("x", "width"), ("y", "height")] {
        let own = |name: &str| document.attribute(id, name).and_then(number);
        let Some(length) = own(side) else { continue };
        if length > 0.0 && length < MIN_BOX.max(MIN_SHARE * own(start).unwrap_or_default().abs()) {
            document.nodes[id].put(side, "0");
        }
    }
}

/// A length without its unit; a percentage as a share.
fn number(value: &str) -> Option<f64> {
    let Length { number, unit } = value.trim().parse().ok()?;
    Some(if unit == LengthUnit::Percent { number / 100.0 } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_primitives_are_finite() {
        assert!(PRIMITIVE.is_sorted());
        for (name, value) in [("radius", "2 3"), ("values", " "), ("order", "3,5"), ("dx", "-1e9"), ("in", "1e39")] {
            assert!(is_drawable(name, value), "{name}={value}");
        }
        for (name, value) in
            [("radius", "1e39"), ("radius", "1 1e400"), ("order", "70000"), ("dx", "NaN"), ("seed", "a"), ("k1", "inf")]
        {
            assert!(!is_drawable(name, value), "{name}={value}");
        }
    }
}
