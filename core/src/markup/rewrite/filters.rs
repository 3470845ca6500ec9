//! Filters. `blur()` and `drop-shadow()`: usvg cuts them off at half the size of an element around it, so that they become
//! `<filter>` elements with all the room that they need. The colour of lights is converted to the filter's colour space, which
//! resvg leaves out. Filters do not inherit from others, and masks have no mask.

use std::collections::HashMap;

use resvg::tiny_skia::Rect;

use crate::markup::{
    bounds::{self, Extent, reach},
    css::scan::Scanner,
    notes::Notes,
    style::values::{Link, link},
    tree::{Document, NodeId},
};
use crate::words;

/// Replaces functions that need room around their element.
pub fn rewrite(document: &mut Document<'_>, notes: &mut Notes) {
    let mut count = 0;
    let (ids, uses) = (document.ids(), document.uses());
    for id in document.all() {
        browsers(document, id, notes);
        let value = document.attribute(id, "filter").unwrap_or_default();
        if !value.contains("blur(") && !value.contains("drop-shadow(") {
            continue;
        }
        let value = value.to_owned();
        let area = match bounds::ink(document, id) {
            Extent::Nothing => continue,
            Extent::Known(area) => Some(area),
            Extent::Unknown => {
                reach::canvas(document, id, |id| uses.contains_key(id)).and_then(|canvas| shown(canvas, &value))
            }
        };
        match area {
            Some(area) => {
                let filters = filters(document, id, &value, area, &ids, &mut count);
                document.nodes[id].set("filter", filters);
            }
            None => {
                let finding = words::css_undrawn("filter far beyond an element of unknown size");
                notes.add(document.nodes[id].range_of("filter"), finding);
            }
        }
    }
}

/// What can show on the canvas, itself or by its blurs and shadows.
fn shown(mut canvas: Rect, value: &str) -> Option<Rect> {
    let mut scanner = Scanner::new(value);
    while scanner.peek().is_some() {
        scanner.gap();
        let Some((name, args)) = scanner.function() else {
            scanner.component();
            continue;
        };
        if let Some([x, y, deviation]) = reach::function(&name, &reach::numbers(args.text)) {
            canvas = reach::grown(reach::grown(canvas, [x, y, deviation])?, [-x, -y, deviation])?;
        }
    }
    Some(canvas)
}

/// What resvg does otherwise than browsers.
fn browsers(document: &mut Document<'_>, id: NodeId, notes: &mut Notes) {
    let inherits = |name: &str, value: &str| bounds::inherited(document, id, name) == Some(value);
    match document.nodes[id].name {
        "filter" => document.nodes[id].unset("href"),
        "mask" => {
            if inherits("color-interpolation", "linearRGB") {
                let range = document.nodes[id].range_of("color-interpolation");
                notes.add(range, words::css_undrawn("color-interpolation: linearRGB"));
            }
            document.nodes[id].unset("mask");
        }
        "linearGradient" | "radialGradient" if inherits("color-interpolation", "linearRGB") => {
            let range = document.nodes[id].range_of("color-interpolation");
            notes.add(range, words::css_undrawn("color-interpolation: linearRGB"));
        }
        "feDiffuseLighting" | "feSpecularLighting" if !inherits("color-interpolation-filters", "sRGB") => {
            let light =
                document.attribute(id, "lighting-color").and_then(|light| light.parse::<svgtypes::Color>().ok());
            if let Some(light) = light {
                let [r, g, b] = [light.red, light.green, light.blue].map(linear);
                document.nodes[id].set("lighting-color", format!("#{r:02x}{g:02x}{b:02x}"));
            }
        }
        "feMorphology" => {
            let radius = document.attribute(id, "radius").unwrap_or("0");
            let zeros = radius.split([' ', ',']).filter(|one| one.trim().parse::<f64>() == Ok(0.0)).count();
            if zeros > 0 && zeros == radius.split([' ', ',']).filter(|one| !one.is_empty()).count() {
                // It does nothing.
                document.nodes[id].name = "feOffset";
            } else if zeros > 0 {
                notes.add(document.nodes[id].range_of("radius"), words::artwork_primitive("radius", "feMorphology"));
            }
        }
        "feTile" => {
            let has_place = |child: &NodeId| document.attribute(*child, "width").is_some();
            let filter = document.nodes[id].parent.unwrap_or(0);
            if document.nodes[filter].children.iter().filter(|child| has_place(child)).count() > 1 {
                notes.add(document.nodes[id].range.clone(), words::artwork_primitive("width", "feTile"));
            }
        }
        "feGaussianBlur" => told(document, id, "edgeMode", &["none"], notes),
        "feConvolveMatrix" => told(document, id, "bias", &["0"], notes),
        "feBlend" => told_modes(document, id, notes),
        _ => {}
    }
}

/// Notes an attribute of a primitive with another value than these.
fn told(document: &Document<'_>, id: NodeId, name: &str, drawn: &[&str], notes: &mut Notes) {
    let node = &document.nodes[id];
    if node.attribute(name).is_some_and(|value| !drawn.contains(&value.trim())) {
        notes.add(node.range_of(name), words::artwork_primitive(name.to_owned(), node.name.to_owned()));
    }
}

/// Notes the modes of `feBlend` that resvg does not draw as browsers do.
fn told_modes(document: &Document<'_>, id: NodeId, notes: &mut Notes) {
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

fn filters(
    document: &mut Document<'_>,
    id: NodeId,
    value: &str,
    mut area: Rect,
    ids: &HashMap<String, NodeId>,
    count: &mut u32,
) -> String {
    let (mut scanner, mut all) = (Scanner::new(value), Vec::new());
    while scanner.peek().is_some() {
        scanner.gap();
        let start = scanner.at;
        let Some((name, args)) = scanner.function() else {
            scanner.component();
            continue;
        };
        if name == "url" {
            let target = link(&mut Scanner::new(&scanner.text[start..scanner.at]));
            let region = match &target {
                Some(Link::Id(target)) => reach::region(document, target, bounds::fill_box(document, id)),
                _ => None,
            };
            // A region that is not known may lie anywhere around the element.
            let (x, y) = (area.width() / 2.0, area.height() / 2.0);
            let around = Rect::from_ltrb(area.left() - x, area.top() - y, area.right() + x, area.bottom() + y);
            area = region.or(around).unwrap_or(area);
        }
        let parts: Vec<&str> = args.text.split_ascii_whitespace().collect();
        let numbers = reach::numbers(args.text);
        let grown = reach::function(&name, &numbers).and_then(|one| Some((one, reach::grown(area, one)?)));
        let Some(([x, y, deviation], grown)) = grown else {
            all.push(scanner.text[start..scanner.at].to_owned());
            continue;
        };
        let primitive = if name == "blur" { "feGaussianBlur" } else { "feDropShadow" };
        area = grown;
        let range = document.nodes[id].range_of("filter");
        let filter = document.push(Some(0), "filter", range.clone());
        let name = document.free_id("haibao-filter", ids, count);
        let node = &mut document.nodes[filter];
        all.push(format!("url(#{name})"));
        node.set("id", name);
        node.set("filterUnits", "userSpaceOnUse");
        node.set("color-interpolation-filters", "sRGB");
        for (name, side) in [("x", area.x()), ("y", area.y()), ("width", area.width()), ("height", area.height())] {
            node.set(name, side.to_string());
        }
        let primitive = document.push(Some(filter), primitive, range);
        document.nodes[primitive].set("stdDeviation", deviation.to_string());
        if parts.len() > numbers.len() {
            let color = match parts.first() {
                Some(color) if !color.eq_ignore_ascii_case("currentcolor") => (*color).to_owned(),
                _ => bounds::inherited(document, id, "color").unwrap_or("#000").to_owned(),
            };
            let node = &mut document.nodes[primitive];
            node.set("flood-color", color);
            node.set("dx", x.to_string());
            node.set("dy", y.to_string());
        }
    }
    all.join(" ")
}
