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
            let has_alpha =
                ["xChannelSelector", "yChannelSelector"].iter().any(|name| node.attribute(name).unwrap_or("A") == "A");
            if node.name != "feDisplacementMap" || scale == 0.0 {
                continue;
            }
            document.set(id, "scale", scale.abs().sqrt().to_string());
            if scale > 0.0 && has_alpha {
                continue;
            }
            count += 1;
            while own.contains(&before(count)) || own.contains(&map(count)) {
                count += 1;
            }
            inputs::name(document, filter, index - 1, &["in", "in2"], || before(count));
            opaque(document, filter, index - 1, scale < 0.0, count);
            index += 1;
        }
    }
}

/// Start of the names that results get.
const OWN: &str = "haibao-";

fn before(count: u32) -> String {
    format!("{OWN}before-{count}")
}

fn map(count: u32) -> String {
    format!("{OWN}map-{count}")
}

/// Inserts a primitive that makes a map opaque, and turns its colours if `inverts`.
fn opaque(document: &mut Document<'_>, filter: NodeId, index: usize, inverts: bool, count: u32) {
    let id = document.nodes[filter].children[index];
    let range = document.nodes[id].range.clone();
    let map = document.attribute(id, "in2").unwrap_or_default().to_owned();
    let space = bounds::inherited(document, id, "color-interpolation-filters").map(str::to_owned);
    // Inserting moves those after it.
    document.budget.spend(Cost::Steps, document.nodes[filter].children.len() / 16);
    let transfer = document.push(None, "feComponentTransfer", range.clone());
    document.nodes[transfer].parent = Some(filter);
    document.nodes[filter].children.insert(index, transfer);
    let name = self::map(count);
    document.set(transfer, "in", map);
    document.set(transfer, "result", name.clone());
    if let Some(space) = space {
        document.set(transfer, "color-interpolation-filters", space);
    }
    document.set(id, "in2", name);
    let functions: &[(&'static str, &'static str, &'static str)] = match inverts {
        true => &[("feFuncR", "-1", "1"), ("feFuncG", "-1", "1"), ("feFuncB", "-1", "1"), ("feFuncA", "0", "1")],
        false => &[("feFuncA", "0", "1")],
    };
    for (name, slope, intercept) in functions {
        let function = document.push(Some(transfer), name, range.clone());
        document.set(function, "type", "linear");
        document.set(function, "slope", *slope);
        document.set(function, "intercept", *intercept);
    }
}
