//! Values of filter primitives that usvg reads otherwise than browsers: wrong counts of numbers, numbers out of range, and words that
//! it does not know.

use super::morphology::NONE;
use crate::{
    markup::{
        notes::Notes,
        parameter::has_parameter,
        tree::{Document, NodeId},
    },
    words,
};

/// Rows and columns of a kernel without a valid `order`.
const USUAL_ORDER: f64 = 3.0;
/// Most numbers of a kernel that browsers draw.
const MAX_KERNEL: f64 = 256.0;
/// Most octaves of noise that browsers draw.
const MAX_OCTAVES: i64 = 9;
/// Range of the exponents of lights.
const EXPONENTS: [f64; 2] = [1.0, 128.0];
/// Shares of red, green and blue in a grey.
const GREY: [f64; 3] = [0.213, 0.715, 0.072];
/// The matrix of `luminanceToAlpha`, without its last number.
const LUMINANCE: &str = "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 .2125 .7154 .0721 0";
/// A level of 255, and a little more.
const LEVEL: f64 = 0.004;
/// Nodes among which the input of a primitive is looked for.
const MAX_BACK: usize = 64;
/// Inputs that browsers do not have: for them, they are names that no result has.
const UNKNOWN_INPUTS: [&str; 4] = ["BackgroundImage", "BackgroundAlpha", "FillPaint", "StrokePaint"];

/// Rewrites values, and notes what is drawn otherwise. Values with parameters stay: only their expansion is drawn.
pub fn rewrite(document: &mut Document<'_>, notes: &mut Notes) {
    for id in document.all() {
        if document.budget.is_exceeded() {
            return;
        }
        let node = &document.nodes[id];
        if !node.name.starts_with("fe") || node.attributes.iter().any(|one| has_parameter(&one.value)) {
            continue;
        }
        let is_known = |input: &str| !UNKNOWN_INPUTS.contains(&input);
        keep_if(document, id, "in", is_known);
        keep_if(document, id, "in2", is_known);
        match document.nodes[id].name {
            "feColorMatrix" => color_matrix(document, id),
            "feConvolveMatrix" => convolve_matrix(document, id, notes),
            "feDisplacementMap" => {
                let is_channel = |name: &str| matches!(name, "R" | "G" | "B" | "A");
                keep_if(document, id, "xChannelSelector", is_channel);
                keep_if(document, id, "yChannelSelector", is_channel);
            }
            "feDropShadow" if !matches!(numbers(document, id, "stdDeviation").len(), 1 | 2) => {
                document.nodes[id].unset("stdDeviation");
            }
            "feFuncR" | "feFuncG" | "feFuncB" | "feFuncA" => function(document, id),
            "feMorphology" => morphology(document, id),
            "feSpecularLighting" => limit_exponent(document, id),
            "feSpotLight" => {
                limit_exponent(document, id);
                // No cone, as without one.
                keep_if(document, id, "limitingConeAngle", |angle| angle.trim().parse() != Ok(0.0_f64));
            }
            "feTurbulence" => turbulence(document, id, notes),
            _ => {}
        }
    }
}

/// Removes an attribute if its value does not meet a condition.
fn keep_if(document: &mut Document<'_>, id: NodeId, name: &str, is_kept: impl Fn(&str) -> bool) {
    if document.attribute(id, name).is_some_and(|value| !is_kept(value)) {
        document.nodes[id].unset(name);
    }
}

/// The numbers of an attribute. None without it, and if it is no list of numbers.
fn numbers(document: &Document<'_>, id: NodeId, name: &str) -> Vec<f64> {
    let value = document.attribute(id, name).unwrap_or_default().trim();
    svgtypes::NumberListParser::from(value).collect::<Result<_, _>>().unwrap_or_default()
}

/// A single number.
fn number(document: &Document<'_>, id: NodeId, name: &str) -> Option<f64> {
    match numbers(document, id, name)[..] {
        [number] => Some(number),
        _ => None,
    }
}

/// usvg reads the first of several amounts, and limits a saturation to that of the input. Browsers round luminances, which
/// resvg cuts: half a level more has the same effect. Of noise, it has cut the colours before.
fn color_matrix(document: &mut Document<'_>, id: NodeId) {
    let saturates = match document.attribute(id, "type") {
        Some("saturate") => true,
        Some("hueRotate") => false,
        Some("luminanceToAlpha") => {
            document.set(id, "type", "matrix");
            let more = if is_of_noise(document, id) { LEVEL } else { LEVEL / 2.0 };
            document.set(id, "values", format!("{LUMINANCE} {more}"));
            return;
        }
        _ => return,
    };
    match numbers(document, id, "values")[..] {
        [amount] if saturates && !(0.0..=1.0).contains(&amount) => {
            let share = |row: usize, column: usize| {
                let own = if row == column { 1.0 } else { 0.0 };
                GREY[column] + (own - GREY[column]) * amount
            };
            let rows = [0, 1, 2].map(|row| format!("{} {} {} 0 0", share(row, 0), share(row, 1), share(row, 2)));
            document.set(id, "type", "matrix");
            document.set(id, "values", format!("{} 0 0 0 1 0", rows.join(" ")));
        }
        [] | [_] => {}
        _ => document.nodes[id].unset("values"),
    }
}

/// Whether the input of a primitive is noise.
fn is_of_noise(document: &Document<'_>, id: NodeId) -> bool {
    let Some(filter) = document.nodes[id].parent else { return false };
    let primitives = &document.nodes[filter].children;
    let at = primitives.iter().position(|one| *one == id).unwrap_or_default();
    // So many primitives before it were visited.
    document.budget.visit(at);
    let is_primitive = |one: &NodeId| document.nodes[*one].name.starts_with("fe");
    let mut before = primitives[..at].iter().copied().rev().take(MAX_BACK).filter(is_primitive);
    let input = match document.attribute(id, "in") {
        Some(name) => before.find(|one| document.attribute(*one, "result") == Some(name)),
        None => before.next(),
    };
    input.is_some_and(|one| document.nodes[one].name == "feTurbulence")
}

/// usvg draws nothing for a divisor of 0, reads the first numbers of an order that has too many, and rounds targets.
fn convolve_matrix(document: &mut Document<'_>, id: NodeId, notes: &mut Notes) {
    if number(document, id, "divisor").is_some_and(|divisor| (divisor as f32).abs() < f32::MIN_POSITIVE) {
        document.nodes[id].unset("divisor");
    }
    let order = match numbers(document, id, "order")[..] {
        [both] => [both; 2],
        [x, y] => [x, y],
        [] => [USUAL_ORDER; 2],
        _ => {
            document.nodes[id].unset("order");
            [USUAL_ORDER; 2]
        }
    };
    let [columns, rows] = if order.iter().any(|side| *side < 1.0) { [USUAL_ORDER; 2] } else { order.map(f64::trunc) };
    let size = columns * rows;
    if size > MAX_KERNEL && numbers(document, id, "kernelMatrix").len() as f64 == size {
        let finding = words::artwork_primitive("order", "feConvolveMatrix");
        notes.add(document.nodes[id].range_of("order"), finding);
    }
    for name in ["targetX", "targetY"] {
        if document.attribute(id, name).is_some_and(|target| target.trim().parse::<i32>().is_err()) {
            document.set(id, name, "0");
        }
    }
}

/// usvg keeps an earlier function of the channel if the last one has no valid type.
fn function(document: &mut Document<'_>, id: NodeId) {
    let kind = document.attribute(id, "type");
    if !matches!(kind, Some("identity" | "table" | "discrete" | "linear" | "gamma")) {
        document.set(id, "type", "identity");
    }
}

/// usvg takes radii of 0 for 1, and so it does with invalid and negative ones.
fn morphology(document: &mut Document<'_>, id: NodeId) {
    let radii = match numbers(document, id, "radius")[..] {
        [both] => [both; 2],
        [x, y] => [x, y],
        _ => [0.0; 2],
    };
    let none = f64::from(NONE);
    if radii.iter().all(|radius| *radius < none) {
        return nothing_changed(document, id);
    }
    if radii.iter().any(|radius| *radius < none) {
        let [x, y] = radii.map(|radius| radius.max(none) as f32);
        document.set(id, "radius", format!("{x} {y}"));
    }
}

/// Makes a primitive one that draws its input.
fn nothing_changed(document: &mut Document<'_>, id: NodeId) {
    let node = &mut document.nodes[id];
    node.name = "feOffset";
    node.children.clear();
    node.attributes.retain(|one| !matches!(&*one.name, "dx" | "dy"));
}

/// Keeps the exponent of a light within its range.
fn limit_exponent(document: &mut Document<'_>, id: NodeId) {
    let [least, most] = EXPONENTS;
    if let Some(exponent) = number(document, id, "specularExponent")
        && !(least..=most).contains(&exponent)
    {
        document.set(id, "specularExponent", exponent.clamp(least, most).to_string());
    }
}

/// usvg rounds octaves, and draws a grey for a negative number of them. As a map, browsers take that as white, which is noted.
fn turbulence(document: &mut Document<'_>, id: NodeId, notes: &mut Notes) {
    let Some(octaves) = document.attribute(id, "numOctaves") else { return };
    match octaves.trim().parse::<i64>() {
        Err(_) => document.nodes[id].unset("numOctaves"),
        Ok(..0) => {
            let is_map = |other: &NodeId| document.nodes[*other].name == "feDisplacementMap";
            let siblings = document.nodes[id].parent.map_or(&[][..], |filter| &document.nodes[filter].children[..]);
            if document.budget.visit(siblings.len()) && siblings.iter().any(is_map) {
                let finding = words::artwork_primitive("numOctaves", "feTurbulence");
                notes.add(document.nodes[id].range_of("numOctaves"), finding);
            }
            // Without octaves, this kind of noise is transparent.
            document.set(id, "type", "turbulence");
            document.set(id, "numOctaves", "0");
        }
        Ok(0..=MAX_OCTAVES) => {}
        Ok(_) => document.set(id, "numOctaves", MAX_OCTAVES.to_string()),
    }
}
