//! `blur()` and `drop-shadow()`: usvg cuts them off at half the size of an element around it, so that they become `<filter>`
//! elements with all the room that they need.

use resvg::tiny_skia::Rect;

use crate::markup::{
    bounds,
    css::scan::Scanner,
    tree::{Document, NodeId},
};

/// Standard deviations at which a blur has faded.
const REACH: f32 = 3.0;

/// Replaces functions whose element has a known box.
pub fn rewrite(document: &mut Document<'_>) {
    let mut count = 0;
    for id in document.all() {
        let value = document.attribute(id, "filter").unwrap_or_default();
        if !value.contains("blur(") && !value.contains("drop-shadow(") {
            continue;
        }
        let Some(area) = bounds::stroke_box(document, id) else { continue };
        let value = value.to_owned();
        let filters = filters(document, id, &value, area, &mut count);
        document.nodes[id].set("filter", filters);
    }
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
