//! `feDisplacementMap`: resvg multiplies by the scale twice, and reads the map's colours multiplied by its opacity.

use crate::markup::{
    bounds,
    tree::{Document, NodeId},
};

/// Gives each map opaque colours, and the root of its scale. A negative scale becomes an inverted map.
pub fn rewrite(document: &mut Document<'_>) {
    let mut count = 0;
    for filter in document.all() {
        if document.nodes[filter].name != "filter" {
            continue;
        }
        let mut index = 0;
        while let Some(&id) = document.nodes[filter].children.get(index) {
            index += 1;
            let node = &document.nodes[id];
            let scale = node.attribute("scale").and_then(|scale| scale.trim().parse::<f64>().ok()).unwrap_or_default();
            let has_alpha =
                ["xChannelSelector", "yChannelSelector"].iter().any(|name| node.attribute(name).unwrap_or("A") == "A");
            if node.name != "feDisplacementMap" || scale == 0.0 {
                continue;
            }
            document.nodes[id].set("scale", scale.abs().sqrt().to_string());
            if scale > 0.0 && has_alpha {
                continue;
            }
            count += 1;
            name_inputs(document, filter, index - 1, count);
            opaque(document, filter, index - 1, scale < 0.0, count);
            index += 1;
        }
    }
}

/// Names the inputs of a primitive that are the result of the one before.
fn name_inputs(document: &mut Document<'_>, filter: NodeId, index: usize, count: u32) {
    let id = document.nodes[filter].children[index];
    let before = index.checked_sub(1).and_then(|before| document.nodes[filter].children.get(before).copied());
    for input in ["in", "in2"] {
        if document.attribute(id, input).is_some_and(|name| !name.is_empty()) {
            continue;
        }
        let name = match before {
            None => "SourceGraphic".to_owned(),
            Some(before) => match document.attribute(before, "result").filter(|name| !name.is_empty()) {
                Some(name) => name.to_owned(),
                None => {
                    let name = format!("haibao-before-{count}");
                    document.nodes[before].set("result", name.clone());
                    name
                }
            },
        };
        document.nodes[id].set(input, name);
    }
}

/// Inserts a primitive that makes a map opaque, and turns its colours if `inverts`.
fn opaque(document: &mut Document<'_>, filter: NodeId, index: usize, inverts: bool, count: u32) {
    let id = document.nodes[filter].children[index];
    let range = document.nodes[id].range.clone();
    let map = document.attribute(id, "in2").unwrap_or_default().to_owned();
    let space = bounds::inherited(document, id, "color-interpolation-filters").map(str::to_owned);
    let transfer = document.push(None, "feComponentTransfer", range.clone());
    document.nodes[transfer].parent = Some(filter);
    document.nodes[filter].children.insert(index, transfer);
    let name = format!("haibao-map-{count}");
    document.nodes[transfer].set("in", map);
    document.nodes[transfer].set("result", name.clone());
    if let Some(space) = space {
        document.nodes[transfer].set("color-interpolation-filters", space);
    }
    document.nodes[id].set("in2", name);
    let functions: &[(&'static str, &'static str, &'static str)] = match inverts {
        true => &[("feFuncR", "-1", "1"), ("feFuncG", "-1", "1"), ("feFuncB", "-1", "1"), ("feFuncA", "0", "1")],
        false => &[("feFuncA", "0", "1")],
    };
    for (name, slope, intercept) in functions {
        let function = document.push(Some(transfer), name, range.clone());
        document.nodes[function].set("type", "linear");
        document.nodes[function].set("slope", *slope);
        document.nodes[function].set("intercept", *intercept);
    }
}
