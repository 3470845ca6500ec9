//! Gradients and patterns whose `href` leads back to them, which usvg refuses. Browsers follow it up to the first one again,
//! so that each has what the others have.

use std::collections::HashMap;

use crate::{
    markup::{
        notes::Notes,
        tree::{Document, NodeId},
    },
    words,
    words::quote,
};

/// Attributes that a gradient or a pattern has from others.
const PASSED_ON: [&str; 21] = [
    "gradientUnits",
    "spreadMethod",
    "transform",
    "x1",
    "y1",
    "x2",
    "y2",
    "cx",
    "cy",
    "r",
    "fx",
    "fy",
    "fr",
    "x",
    "y",
    "width",
    "height",
    "patternUnits",
    "patternContentUnits",
    "preserveAspectRatio",
    "viewBox",
];

/// Gives each gradient and pattern of a circle what it has from the others, and notes the circles. `ids`: the elements by their
/// ids.
pub fn rewrite(document: &mut Document<'_>, ids: &HashMap<String, NodeId>, notes: &mut Notes) {
    for circle in circles(document, ids) {
        if document.budget.is_exceeded() {
            return;
        }
        if let [first, _, ..] = circle[..]
            && let Some(id) = document.attribute(first, "id")
        {
            notes.add(document.nodes[first].range_of("href"), words::artwork_link_circle(quote(id)));
        }
        join(document, &circle);
    }
}

/// Elements of which each refers to the next one, and the last one to the first.
fn circles(document: &Document<'_>, ids: &HashMap<String, NodeId>) -> Vec<Vec<NodeId>> {
    let is_passing = |id: &NodeId| matches!(document.nodes[*id].name, "linearGradient" | "radialGradient" | "pattern");
    let next = |id: NodeId| document.nodes[id].target().and_then(|target| ids.get(target)).copied();
    // The walk on which an element was visited first.
    let (mut visited, mut all) = (HashMap::<NodeId, NodeId>::new(), Vec::new());
    for start in document.descendants(0).filter(is_passing) {
        let mut at = Some(start);
        while let Some(id) = at.filter(is_passing) {
            match visited.get(&id) {
                Some(walk) if *walk == start => {
                    let others = std::iter::successors(next(id), |at| next(*at));
                    all.push([id].into_iter().chain(others.take_while(|other| *other != id)).collect());
                    break;
                }
                Some(_) => break,
                None => visited.insert(id, start),
            };
            at = next(id);
        }
    }
    all
}

/// Gives each element of a circle what is nearest of the others, and removes references that lead on.
fn join(document: &mut Document<'_>, circle: &[NodeId]) {
    let holders: Vec<bool> = circle.iter().map(|id| has_content(document, *id)).collect();
    // What the elements after one have, the nearest first.
    let mut values: [Option<String>; PASSED_ON.len()] = std::array::from_fn(|_| None);
    let mut content: Option<String> = None;
    for (at, id) in circle.iter().copied().enumerate().rev().chain(circle.iter().copied().enumerate().rev()) {
        if document.budget.is_exceeded() {
            return;
        }
        for (name, value) in PASSED_ON.into_iter().zip(&mut values) {
            // Without a transform of its own, it has that of another.
            if let Some(own) = document.attribute(id, name).filter(|own| *own != "none") {
                *value = Some(own.to_owned());
            } else if let Some(value) = value.clone() {
                document.set(id, name, value);
            }
        }
        if holders[at] {
            document.nodes[id].unset("href");
            content = document.attribute(id, "id").map(str::to_owned);
        } else {
            match &content {
                Some(content) => document.set(id, "href", format!("#{content}")),
                None => document.nodes[id].unset("href"),
            }
        }
    }
}

/// Whether a gradient has stops, or a pattern something to draw.
fn has_content(document: &Document<'_>, id: NodeId) -> bool {
    let is_pattern = document.nodes[id].name == "pattern";
    document.nodes[id].children.iter().any(|child| match document.nodes[*child].name {
        "stop" => !is_pattern,
        "" | "desc" | "metadata" | "title" => false,
        _ => is_pattern,
    })
}
