//! Filters. usvg cuts functions off at half the size of an element around its box, or at a tenth of it, so that they become
//! `<filter>` elements with all the room that they need.

mod shades;

use std::{collections::HashMap, ops::Range};

use resvg::tiny_skia::Rect;

use crate::markup::{
    bounds::{self, Extent, reach},
    css::scan::Scanner,
    notes::Notes,
    style::values::{Link, link},
    tree::{Document, NodeId},
};
use crate::words;

/// Replaces functions. A group's filter has room for all that its content draws, also by filters of its own.
pub fn rewrite(document: &mut Document<'_>, notes: &mut Notes) {
    if !document.nodes.iter().any(|node| node.attribute("filter").is_some_and(has_function)) {
        return;
    }
    let mut count = 0;
    let (ids, uses) = (document.ids(), document.uses());
    for id in document.all() {
        if document.budget.is_exceeded() {
            return;
        }
        let value = document.attribute(id, "filter").unwrap_or_default();
        if !has_function(value) {
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
                document.set(id, "filter", filters);
            }
            None if document.descendants(id).any(|part| spreads(document, part)) => {
                let finding = words::css_undrawn("filter far beyond an element of unknown size");
                notes.add(document.nodes[id].range_of("filter"), finding);
            }
            // usvg's room is enough.
            None => {}
        }
    }
}

/// Whether a value of `filter` contains a function other than `url()`.
fn has_function(value: &str) -> bool {
    let mut scanner = Scanner::new(value);
    while scanner.peek().is_some() {
        scanner.gap();
        match scanner.function() {
            Some((name, _)) if name != "url" => return true,
            Some(_) => {}
            None => scanner.component(),
        }
    }
    false
}

/// Whether an element has a function that draws beside it.
fn spreads(document: &Document<'_>, id: NodeId) -> bool {
    let value = document.attribute(id, "filter").unwrap_or_default();
    value.contains("blur(") || value.contains("drop-shadow(")
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

fn filters(
    document: &mut Document<'_>,
    id: NodeId,
    value: &str,
    mut area: Rect,
    ids: &HashMap<String, NodeId>,
    count: &mut u32,
) -> String {
    let (mut scanner, mut all, ink) = (Scanner::new(value), Vec::new(), area);
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
            // What is drawn so far may be larger than the element.
            let shade = shades::read(&name, args.text);
            let Some(shade) = shade else {
                all.push(scanner.text[start..scanner.at].to_owned());
                continue;
            };
            let room = if area == ink { with_edge(area) } else { area };
            let filter = filter(document, id, room, ids, count);
            shades::write(document, filter.node, filter.range, &shade);
            all.push(filter.link);
            continue;
        };
        area = grown;
        let filter = filter(document, id, area, ids, count);
        all.push(filter.link);
        let primitive = if name == "blur" { "feGaussianBlur" } else { "feDropShadow" };
        let primitive = document.push(Some(filter.node), primitive, filter.range);
        document.set(primitive, "stdDeviation", deviation.to_string());
        if parts.len() > numbers.len() {
            let color = match parts.first() {
                Some(color) if !color.eq_ignore_ascii_case("currentcolor") => (*color).to_owned(),
                _ => bounds::inherited(document, id, "color").unwrap_or("#000").to_owned(),
            };
            document.set(primitive, "flood-color", color);
            document.set(primitive, "dx", x.to_string());
            document.set(primitive, "dy", y.to_string());
        }
    }
    all.join(" ")
}

/// An area with room around it, as usvg gives to functions: resvg's regions begin and end at whole px.
fn with_edge(area: Rect) -> Rect {
    /// Share of the size on each side, and at least as much.
    const SHARE: f32 = 0.1;
    const LEAST: f32 = 1.0;
    let (x, y) = ((SHARE * area.width()).max(LEAST), (SHARE * area.height()).max(LEAST));
    Rect::from_ltrb(area.left() - x, area.top() - y, area.right() + x, area.bottom() + y).unwrap_or(area)
}

/// A `<filter>` without primitives.
struct Empty {
    node: NodeId,
    /// As `filter` refers to it.
    link: String,
    /// Where the source has its function.
    range: Range<usize>,
}

/// A new filter with this region, for an element.
fn filter(
    document: &mut Document<'_>,
    id: NodeId,
    area: Rect,
    ids: &HashMap<String, NodeId>,
    count: &mut u32,
) -> Empty {
    let range = document.nodes[id].range_of("filter");
    let node = document.push(Some(0), "filter", range.clone());
    let name = document.free_id("haibao-filter", ids, count);
    let link = format!("url(#{name})");
    document.set(node, "id", name);
    document.set(node, "filterUnits", "userSpaceOnUse");
    document.set(node, "color-interpolation-filters", "sRGB");
    for (name, side) in [("x", area.x()), ("y", area.y()), ("width", area.width()), ("height", area.height())] {
        document.set(node, name, side.to_string());
    }
    Empty { node, link, range }
}
