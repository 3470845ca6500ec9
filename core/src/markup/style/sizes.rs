//! Font sizes, viewports and the sizes that percentages are shares of.

use super::{Context, length::Length};
use crate::markup::{
    css::scan::Scanner,
    tree::{Attribute, Document},
};

/// Width and height of the artwork in px, from the root's attributes.
pub fn size(document: &Document<'_>) -> [f64; 2] {
    let root = &document.nodes[0].attributes;
    let context = Context { is_attribute: true, ..Context::default() };
    let inside = viewport(root, [100.0; 2]);
    let side = |name: &str, inside: f64| {
        let written = root.iter().find(|one| one.name == name);
        let length = written.and_then(|one| Length::read(&mut Scanner::new(one.value.trim()), &context));
        length.map_or(inside, |length| length.resolve(inside))
    };
    [side("width", inside[0]), side("height", inside[1])]
}

/// What 100 % of a property is in a viewport.
pub fn whole(property: &str, [width, height]: [f64; 2]) -> Option<f64> {
    Some(match property {
        "x" | "cx" | "rx" | "width" => width,
        "y" | "cy" | "ry" | "height" => height,
        "r" | "stroke-width" | "stroke-dasharray" | "stroke-dashoffset" => {
            width.hypot(height) / std::f64::consts::SQRT_2
        }
        _ => return None,
    })
}

/// A font size in px.
pub fn font_size(value: &str, parent: f64) -> f64 {
    let words = [
        ("xx-small", 9.0),
        ("x-small", 10.0),
        ("small", 13.0),
        ("medium", 16.0),
        ("large", 18.0),
        ("x-large", 24.0),
        ("xx-large", 32.0),
        ("smaller", parent / 1.2),
        ("larger", parent * 1.2),
    ];
    if let Some((_, px)) = words.iter().find(|(word, _)| *word == value) {
        return *px;
    }
    match Scanner::new(value).dimension() {
        Some((percent, "%")) => parent * percent / 100.0,
        Some((px, _)) => px,
        None => parent,
    }
}

/// Size of the coordinate system that an `<svg>` establishes.
pub fn viewport(attributes: &[Attribute<'_>], around: [f64; 2]) -> [f64; 2] {
    let find = |name: &str| attributes.iter().find(|one| one.name == name).map(|one| &*one.value);
    if let Some(view_box) = find("viewBox") {
        let numbers = view_box.split([' ', ',', '\t', '\n']).filter_map(|part| part.parse::<f64>().ok());
        if let [_, _, width, height] = numbers.collect::<Vec<_>>()[..]
            && width > 0.0
            && height > 0.0
        {
            return [width, height];
        }
    }
    let context = Context { is_attribute: true, ..Context::default() };
    let side = |name: &str, around: f64| {
        let length = find(name).and_then(|value| Length::read(&mut Scanner::new(value), &context));
        length.map_or(around, |length| length.resolve(around))
    };
    [side("width", around[0]), side("height", around[1])]
}
