//! Filters. `blur()` and `drop-shadow()`: usvg cuts them off at half the size of an element around it, so that they become
//! `<filter>` elements with all the room that they need. The colour of lights is converted to the filter's colour space, which
//! resvg leaves out. Filters do not inherit from others, and masks have no mask.

use resvg::tiny_skia::Rect;

use crate::markup::{
    bounds,
    css::scan::Scanner,
    notes::Notes,
    style::{Context, length::Length},
    tree::{Document, NodeId},
};
use crate::words;

/// Standard deviations at which a blur has faded.
const REACH: f32 = 3.0;

/// Replaces functions whose element has a known box.
pub fn rewrite(document: &mut Document<'_>, notes: &mut Notes) {
    let mut count = 0;
    for id in document.all() {
        browsers(document, id, notes);
        let value = document.attribute(id, "filter").unwrap_or_default();
        if !value.contains("blur(") && !value.contains("drop-shadow(") {
            continue;
        }
        let Some(area) = bounds::stroke_box(document, id).or_else(|| viewport(document, id)) else { continue };
        let value = value.to_owned();
        let filters = filters(document, id, &value, area, &mut count);
        document.nodes[id].set("filter", filters);
    }
}

/// The viewport of a nested `<svg>` or of a used symbol, to which what it draws is clipped.
fn viewport(document: &Document<'_>, id: NodeId) -> Option<Rect> {
    let node = &document.nodes[id];
    let is_use = node.name == "use";
    if id == 0 || !(is_use || node.name == "svg") || node.attribute("overflow").is_some_and(|one| one != "hidden") {
        return None;
    }
    let [width, height] = bounds::viewport(document, id);
    let context = Context { is_attribute: true, ..Context::default() };
    let side = |name: &str, whole: f64| match node.attribute(name) {
        None => Some(0.0),
        Some(text) => Some(Length::read(&mut Scanner::new(text.trim()), &context)?.resolve(whole) as f32),
    };
    // The coordinates of a `<use>` include its position, as those of an `<svg>` without a `viewBox`.
    let (x, y) = if is_use || node.attribute("viewBox").is_none() {
        (0.0, 0.0)
    } else {
        (side("x", width)?, side("y", height)?)
    };
    Rect::from_xywh(x, y, side("width", width)?, side("height", height)?)
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

fn filters(document: &mut Document<'_>, id: NodeId, value: &str, mut area: Rect, count: &mut u32) -> String {
    let (mut scanner, mut all) = (Scanner::new(value), Vec::new());
    while scanner.peek().is_some() {
        scanner.gap();
        let start = scanner.at;
        let Some((name, args)) = scanner.function() else {
            scanner.component();
            continue;
        };
        if name == "url" {
            // What the filter draws may lie anywhere around the element.
            let (x, y) = (area.width() / 2.0, area.height() / 2.0);
            let grown = Rect::from_ltrb(area.left() - x, area.top() - y, area.right() + x, area.bottom() + y);
            area = grown.unwrap_or(area);
        }
        let parts: Vec<&str> = args.text.split_ascii_whitespace().collect();
        let numbers: Vec<f32> = parts.iter().filter_map(|part| part.parse().ok()).collect();
        let (primitive, x, y, deviation) = match (name.as_str(), &numbers[..]) {
            ("blur", [deviation]) => ("feGaussianBlur", 0.0, 0.0, *deviation),
            ("drop-shadow", [x, y, deviation]) => ("feDropShadow", *x, *y, *deviation),
            _ => {
                all.push(scanner.text[start..scanner.at].to_owned());
                continue;
            }
        };
        let reach = REACH * deviation + 1.0;
        let grown = Rect::from_ltrb(
            area.left() + x.min(0.0) - reach,
            area.top() + y.min(0.0) - reach,
            area.right() + x.max(0.0) + reach,
            area.bottom() + y.max(0.0) + reach,
        );
        let Some(grown) = grown else {
            all.push(scanner.text[start..scanner.at].to_owned());
            continue;
        };
        area = grown;
        *count += 1;
        let range = document.nodes[id].range_of("filter");
        let filter = document.push(Some(0), "filter", range.clone());
        let node = &mut document.nodes[filter];
        let name = format!("haibao-filter-{count}");
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
