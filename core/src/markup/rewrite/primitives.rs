//! Definitions that resvg draws otherwise than browsers. The colour of lights is converted to the filter's colour space, which
//! resvg leaves out. Filters do not inherit from others, and masks have no mask.

use std::collections::HashMap;

use resvg::tiny_skia::Transform;

use super::root;
use crate::{
    markup::{
        bounds,
        notes::Notes,
        style::values::targets,
        tree::{Document, NodeId},
    },
    words,
};

/// The region of a filter that has none.
const REGION: [(&str, &str); 4] = [("x", "-10%"), ("y", "-10%"), ("width", "120%"), ("height", "120%")];

/// Width of artwork whose size is not known, units.
const USUAL_WIDTH: f32 = 750.0;

/// Rewrites filters and masks, and notes what is drawn otherwise.
pub fn rewrite(document: &mut Document<'_>, notes: &mut Notes) {
    note_stitching(document, notes);
    for id in document.all() {
        element(document, id, notes);
    }
}

fn element(document: &mut Document<'_>, id: NodeId, notes: &mut Notes) {
    let inherits = |name: &str, value: &str| bounds::inherited(document, id, name) == Some(value);
    match document.nodes[id].name {
        "filter" => {
            document.nodes[id].unset("href");
            place_in_boxes(document, id, notes);
        }
        "mask" => {
            if inherits("color-interpolation", "linearRGB") {
                let range = document.nodes[id].range_of("color-interpolation");
                notes.add(range, words::css_mask_linear());
            }
            document.nodes[id].unset("mask");
        }
        "feDiffuseLighting" | "feSpecularLighting" if !inherits("color-interpolation-filters", "sRGB") => {
            let light =
                document.attribute(id, "lighting-color").and_then(|light| light.parse::<svgtypes::Color>().ok());
            if let Some(light) = light {
                let [r, g, b] = [light.red, light.green, light.blue].map(linear);
                document.set(id, "lighting-color", format!("#{r:02x}{g:02x}{b:02x}"));
            }
        }
        "feConvolveMatrix" if document.attribute(id, "bias").is_some_and(|bias| bias.trim().parse() != Ok(0.0_f64)) => {
            let finding = words::artwork_primitive("bias", "feConvolveMatrix");
            notes.add(document.nodes[id].range_of("bias"), finding);
        }
        "feBlend" => note_modes(document, id, notes),
        _ => {}
    }
}

/// Gives floods that are placed in boxes of the element the region of their filter, instead of the box that usvg gives them.
/// Notes the places of other primitives, of which usvg reads boxes as shares of the filter's region.
fn place_in_boxes(document: &mut Document<'_>, filter: NodeId, notes: &mut Notes) {
    if document.attribute(filter, "primitiveUnits") != Some("objectBoundingBox") {
        return;
    }
    let is_absolute = document.attribute(filter, "filterUnits") == Some("userSpaceOnUse");
    for id in document.nodes[filter].children.clone() {
        let name = document.nodes[id].name;
        note_lights(document, id, notes);
        for (side, initial) in REGION {
            let is_placed = document.attribute(id, side).is_some();
            let is_drawn = match name {
                "feFlood" => is_placed || !is_absolute,
                "feImage" => true,
                _ => !is_placed || !name.starts_with("fe"),
            };
            if !is_drawn {
                let finding = words::artwork_primitive(side, name.to_owned());
                notes.add(document.nodes[id].range_of(side), finding);
                break;
            }
            if name == "feFlood" && !is_placed {
                let value = document.attribute(filter, side).unwrap_or(initial).to_owned();
                document.set(id, side, value);
            }
        }
    }
}

/// Notes the places of a primitive's light in boxes of the element, which resvg reads as px.
fn note_lights(document: &Document<'_>, primitive: NodeId, notes: &mut Notes) {
    for id in document.nodes[primitive].children.iter().copied() {
        let node = &document.nodes[id];
        let is_placed =
            ["x", "y", "z", "pointsAtX", "pointsAtY", "pointsAtZ"].iter().any(|name| node.attribute(name).is_some());
        if matches!(node.name, "fePointLight" | "feSpotLight") && is_placed {
            notes.add(node.range.clone(), words::artwork_primitive("primitiveUnits", node.name.to_owned()));
        }
    }
}

/// Notes noise that is so coarse that its stitching can be seen: resvg fits its cells into the region's output px instead of
/// the artwork's units, so that at another scale they have another size.
fn note_stitching(document: &Document<'_>, notes: &mut Notes) {
    let is_stitched =
        |id: &NodeId| document.nodes[*id].name == "feTurbulence" && document.attribute(*id, "stitchTiles").is_some();
    let stitched: Vec<NodeId> = document.descendants(0).filter(is_stitched).collect();
    if stitched.is_empty() {
        return;
    }
    let scales = scales(document);
    let width = root::place(&document.nodes[0]).map_or(USUAL_WIDTH, |(area, view)| area.width() / view.sx);
    for id in stitched {
        let filter = document.nodes[id].parent.and_then(|filter| document.attribute(filter, "id"));
        let scale = filter.and_then(|filter| scales.get(filter)).copied().unwrap_or(1.0);
        if is_coarse(document, id, f64::from(width / scale)) {
            let node = &document.nodes[id];
            if node.attribute("stitchTiles").is_some_and(|value| value.trim() != "noStitch") {
                notes.add(node.range_of("stitchTiles"), words::artwork_primitive("stitchTiles", "feTurbulence"));
            }
        }
    }
}

/// For each filter, by its id, the largest scale of the elements that have it.
fn scales<'d>(document: &'d Document<'_>) -> HashMap<&'d str, f32> {
    let (mut all, mut placed) = (HashMap::new(), vec![Transform::identity(); document.nodes.len()]);
    for id in document.descendants(0) {
        let node = &document.nodes[id];
        if let Some(parent) = node.parent {
            placed[id] = placed[parent].pre_concat(bounds::transform(document, id));
        }
        let (x, y) = placed[id].get_scale();
        for filter in node.attribute("filter").into_iter().flat_map(targets) {
            let scale = all.entry(filter).or_insert(0.0);
            *scale = f32::max(*scale, x.max(y));
        }
    }
    all
}

/// Whether noise has few cells across the artwork, which is so wide in the noise's units.
fn is_coarse(document: &Document<'_>, id: NodeId, width: f64) -> bool {
    /// Cells of about 20 px in a poster.
    const FINE: f64 = 40.0;
    let frequencies = document.attribute(id, "baseFrequency").unwrap_or_default();
    let mut numbers = svgtypes::NumberListParser::from(frequencies).map_while(Result::ok);
    numbers.any(|frequency| frequency > 0.0 && frequency * width < FINE)
}

/// Notes the modes of `feBlend` that resvg does not draw as browsers do.
fn note_modes(document: &Document<'_>, id: NodeId, notes: &mut Notes) {
    let node = &document.nodes[id];
    if let Some(mode) =
        node.attribute("mode").filter(|mode| matches!(*mode, "hue" | "saturation" | "color" | "luminosity"))
    {
        let finding = words::artwork_primitive(format!("mode=\"{mode}\""), node.name.to_owned());
        notes.add(node.range_of("mode"), finding);
    }
}

/// A channel of sRGB, linear.
fn linear(channel: u8) -> u8 {
    let channel = f64::from(channel) / 255.0;
    let linear = if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) };
    (linear * 255.0).round() as u8
}
