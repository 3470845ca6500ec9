//! Functions of `filter` that change colours, as primitives: Filter Effects Module Level 1, 12.

use std::ops::Range;

use crate::markup::tree::{Document, NodeId};

/// A function that changes each pixel by itself.
#[derive(Debug, Clone, PartialEq)]
pub enum Shade {
    /// Red, green and blue from red, green and blue.
    Matrix([[f64; 3]; 3]),
    /// `hueRotate`, degrees.
    Hue(f64),
    /// Slope and intercept of each colour.
    Linear(f64, f64),
    /// The values of no and of full colour.
    Table(f64, f64),
    /// The share of the opacity that is left.
    Opacity(f64),
}

/// A function with its only argument, as values are written.
pub fn read(name: &str, argument: &str) -> Option<Shade> {
    let amount: f64 = argument.trim().trim_end_matches("deg").parse().ok()?;
    let share = amount.min(1.0);
    // Between the colours as they are and those of a matrix.
    let mixed = |to: [[f64; 3]; 3], share: f64| {
        let one = |row: usize, column: usize| {
            let own = if row == column { 1.0 } else { 0.0 };
            own + (to[row][column] - own) * share
        };
        Shade::Matrix([0, 1, 2].map(|row| [0, 1, 2].map(|column| one(row, column))))
    };
    Some(match name {
        "grayscale" => mixed([[0.2126, 0.7152, 0.0722]; 3], share),
        "sepia" => mixed([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]], share),
        "saturate" => mixed([[0.213, 0.715, 0.072]; 3], 1.0 - amount),
        "hue-rotate" => Shade::Hue(amount),
        "brightness" => Shade::Linear(amount, 0.0),
        "contrast" => Shade::Linear(amount, 0.5 - 0.5 * amount),
        "invert" => Shade::Table(share, 1.0 - share),
        "opacity" => Shade::Opacity(share),
        _ => return None,
    })
}

/// Adds a function to a filter.
pub fn write(document: &mut Document<'_>, filter: NodeId, range: Range<usize>, shade: &Shade) {
    let is_matrix = matches!(shade, Shade::Matrix(_) | Shade::Hue(_));
    let name = if is_matrix { "feColorMatrix" } else { "feComponentTransfer" };
    let primitive = document.push(Some(filter), name, range.clone());
    let colors = ["feFuncR", "feFuncG", "feFuncB"];
    let (channels, attributes): (&[&'static str], Vec<(&'static str, String)>) = match shade {
        Shade::Linear(slope, intercept) => (
            &colors,
            vec![("type", "linear".into()), ("slope", slope.to_string()), ("intercept", intercept.to_string())],
        ),
        Shade::Table(none, full) => {
            (&colors, vec![("type", "table".into()), ("tableValues", format!("{none} {full}"))])
        }
        Shade::Opacity(share) => (&["feFuncA"], vec![("type", "table".into()), ("tableValues", format!("0 {share}"))]),
        Shade::Hue(degrees) => (&[], vec![("type", "hueRotate".into()), ("values", degrees.to_string())]),
        Shade::Matrix(rows) => {
            let rows = rows.map(|[r, g, b]| format!("{r} {g} {b} 0 0")).join(" ");
            (&[], vec![("type", "matrix".into()), ("values", format!("{rows} 0 0 0 1 0"))])
        }
    };
    let mut nodes: Vec<NodeId> = Vec::with_capacity(colors.len());
    for channel in channels {
        nodes.push(document.push(Some(primitive), channel, range.clone()));
    }
    if channels.is_empty() {
        nodes.push(primitive);
    }
    for node in nodes {
        for (name, value) in &attributes {
            document.set(node, name, value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_those_of_the_specification() {
        assert_eq!(read("saturate", "1"), Some(Shade::Matrix([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])));
        assert_eq!(read("sepia", "0"), read("saturate", "1"));
        assert_eq!(read("hue-rotate", "90deg"), Some(Shade::Hue(90.0)));
        assert_eq!(read("contrast", "2"), Some(Shade::Linear(2.0, -0.5)));
        assert_eq!(read("invert", "0"), Some(Shade::Table(0.0, 1.0)));
        assert_eq!([read("url", "#a"), read("opacity", ""), read("shine", "1")], [None, None, None]);
    }
}
