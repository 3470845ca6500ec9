//! `feDisplacementMap`: resvg multiplies by the scale twice, and reads the map's colours multiplied by its opacity.

use std::collections::HashSet;

use super::inputs;
use crate::markup::{
    bounds,
    budget::Cost,
    tree::{Document, NodeId},
};

/// Gives each map opaque colours, and the root of its scale. A negative scale becomes an inverted map.
pub fn rewrite(document: &mut Document<'_>) {
    if !document.nodes.iter().any(|node| node.name == "feDisplacementMap") {
        return;
    }
    // Names of results that the artwork has itself.
    let own = document.nodes.iter().filter_map(|node| node.attribute("result")).filter(|name| name.starts_with(OWN));
    let own: HashSet<String> = own.map(str::to_owned).collect();
    let mut count = 0;
    for filter in document.all() {
        if document.budget.is_exceeded() {
            return;
        }
        if document.nodes[filter].name != "filter" {
            continue;
        }
        let mut index = 0;
        while let Some(&id) = document.nodes[filter].children.get(index).filter(|_| !document.budget.is_exceeded()) {
            index += 1;
            let node = &document.nodes[id];
            let scale = node.attribute("scale").and_then(|scale| scale.trim().parse::<f64>().ok()).unwrap_or_default();
            let channels = SELECTORS.map(|name| channel(node.attribute(name).unwrap_or("A")));
            if node.name != "feDisplacementMap" || scale == 0.0 {
                continue;
            }
            document.set(id, "scale", scale.abs().sqrt().to_string());
            if scale > 0.0 && channels == [ALPHA; 2] {
                continue;
            }
            count += 1;
            while own.contains(&before(count)) || own.contains(&map(count)) {
                count += 1;
            }
            inputs::name(document, filter, index - 1, &["in", "in2"], || before(count));
            let map = insert(document, filter, index - 1, count);
            if channels.contains(&ALPHA) {
                select(document, map, id, channels, scale < 0.0);
            } else {
                opaque(document, map, scale < 0.0);
            }
            index += 1;
        }
    }
}

/// Start of the names that results get.
const OWN: &str = "haibao-";
/// The attributes that name channels of the map.
const SELECTORS: [&str; 2] = ["xChannelSelector", "yChannelSelector"];
/// The channels of a map.
const CHANNELS: [&str; 4] = ["R", "G", "B", "A"];
/// The last of them.
const ALPHA: usize = 3;

fn channel(name: &str) -> usize {
    CHANNELS.iter().position(|channel| *channel == name).unwrap_or(ALPHA)
}

fn before(count: u32) -> String {
    format!("{OWN}before-{count}")
}

fn map(count: u32) -> String {
    format!("{OWN}map-{count}")
}

/// Inserts an empty primitive between a displacement and its map. Returns it.
fn insert(document: &mut Document<'_>, filter: NodeId, index: usize, count: u32) -> NodeId {
    let id = document.nodes[filter].children[index];
    let range = document.nodes[id].range.clone();
    let map = document.attribute(id, "in2").unwrap_or_default().to_owned();
    let space = bounds::inherited(document, id, "color-interpolation-filters").map(str::to_owned);
    // Inserting moves those after it.
    document.budget.spend(Cost::Steps, document.nodes[filter].children.len() / 16);
    let inserted = document.push(None, "feComponentTransfer", range);
    document.nodes[inserted].parent = Some(filter);
    document.nodes[filter].children.insert(index, inserted);
    let name = self::map(count);
    document.set(inserted, "in", map);
    document.set(inserted, "result", name.clone());
    if let Some(space) = space {
        document.set(inserted, "color-interpolation-filters", space);
    }
    document.set(id, "in2", name);
    inserted
}

/// Makes a map opaque, and turns its colours if `inverts`.
fn opaque(document: &mut Document<'_>, map: NodeId, inverts: bool) {
    let range = document.nodes[map].range.clone();
    let functions: &[(&'static str, &'static str, &'static str)] = match inverts {
        true => &[("feFuncR", "-1", "1"), ("feFuncG", "-1", "1"), ("feFuncB", "-1", "1"), ("feFuncA", "0", "1")],
        false => &[("feFuncA", "0", "1")],
    };
    for (name, slope, intercept) in functions {
        let function = document.push(Some(map), name, range.clone());
        document.set(function, "type", "linear");
        document.set(function, "slope", *slope);
        document.set(function, "intercept", *intercept);
    }
}

/// Makes a map opaque whose red is the first channel, and whose green is the second one: an opacity cannot be kept beside colours.
fn select(document: &mut Document<'_>, map: NodeId, id: NodeId, channels: [usize; 2], inverts: bool) {
    /// Half a step of a channel, which resvg rounds down.
    const HALF: f64 = 0.5 / 255.0;
    let row = |channel: usize| {
        let mut numbers = [0.0; 5];
        (numbers[channel], numbers[4]) = if inverts { (-1.0, 1.0 + HALF) } else { (1.0, HALF) };
        numbers.map(|number| number.to_string()).join(" ")
    };
    let [red, green] = channels.map(row);
    document.nodes[map].name = "feColorMatrix";
    document.set(map, "values", format!("{red} {green} 0 0 0 0 0 0 0 0 0 1"));
    for (name, channel) in SELECTORS.into_iter().zip(["R", "G"]) {
        document.set(id, name, channel);
    }
}
