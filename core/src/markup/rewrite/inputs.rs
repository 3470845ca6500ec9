//! Inputs of filter primitives.

use crate::markup::tree::Document;

/// Names the inputs of a primitive that are the result of the one before, which gets a name, if it has none.
pub fn name(
    document: &mut Document<'_>,
    filter: usize,
    index: usize,
    inputs: &[&'static str],
    before: impl Fn() -> String,
) {
    let id = document.nodes[filter].children[index];
    let earlier = document.nodes[filter].children[..index].iter().copied();
    let previous = earlier.rev().find(|child| document.nodes[*child].name.starts_with("fe"));
    for input in inputs {
        if document.attribute(id, input).is_some_and(|name| !name.is_empty()) {
            continue;
        }
        let name = match previous {
            None => "SourceGraphic".to_owned(),
            Some(previous) => match document.attribute(previous, "result").filter(|name| !name.is_empty()) {
                Some(name) => name.to_owned(),
                None => {
                    let name = before();
                    document.set(previous, "result", name.clone());
                    name
                }
            },
        };
        document.set(id, input, name);
    }
}
