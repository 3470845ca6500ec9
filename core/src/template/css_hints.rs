//! Hints for values of layout.json that are written as in CSS.

use color::{Srgb, parse_color};
use serde_json::{Value, json};

use super::violation::ViolationKind;
use crate::{error::Message, style::Color, words};

/// Members that may be lengths, or something else.
const LENGTHS: [&str; 5] = ["border_radius", "height", "margin", "padding", "width"];

/// What to write instead of the value at a pointer, if it is CSS for it.
pub fn hint(kind: ViolationKind, pointer: &str, value: &Value) -> Option<Message> {
    let text = value.as_str()?.trim();
    let name = pointer.rsplit('/').find(|step| step.parse::<usize>().is_err())?;
    if name.ends_with("shadow") {
        return shadow(text).map(words::write_value);
    }
    if name.ends_with("color") || matches!(name, "background" | "fill" | "stroke" | "stops") {
        return color(text).map(|color| words::write_value(json!(color)));
    }
    if name == "font_weight" {
        return weight(text).map(words::write_weight);
    }
    // Elsewhere, a string is required.
    let may_be_number = kind == ViolationKind::Number || (kind == ViolationKind::Invalid && LENGTHS.contains(&name));
    match text.strip_suffix("px") {
        _ if !may_be_number => None,
        Some(length) => number(length).map(words::write_number),
        None => number(text).map(words::write_unquoted),
    }
}

/// A colour of CSS that is not in hexadecimal digits.
fn color(text: &str) -> Option<Color> {
    let color = parse_color(text).ok()?;
    let [r, g, b, a] = color.to_alpha_color::<Srgb>().to_rgba8().to_u8_array();
    Some(Color { r, g, b, a })
}

fn weight(text: &str) -> Option<u16> {
    match text {
        "normal" | "regular" => Some(400),
        "medium" => Some(500),
        "bold" | "bolder" => Some(700),
        "lighter" | "light" => Some(300),
        number => number.parse().ok().filter(|weight| (100..=900).contains(weight)),
    }
}

/// A length in px, with or without the unit.
fn px(text: &str) -> Option<f64> {
    number(text.strip_suffix("px").unwrap_or(text))
}

fn number(text: &str) -> Option<f64> {
    text.trim_end().parse().ok().filter(|number: &f64| number.is_finite())
}

/// `[x y [blur [spread]]] COLOR` as an object.
fn shadow(text: &str) -> Option<String> {
    let (mut lengths, mut colour) = (Vec::new(), None);
    for word in split(text) {
        match (px(word), color(word)) {
            (Some(length), _) => lengths.push(length),
            (None, Some(found)) if colour.is_none() => colour = Some(found),
            _ => return None,
        }
    }
    if !(2..=4).contains(&lengths.len()) {
        return None;
    }
    let members = ["x", "y", "blur", "spread"].into_iter().zip(lengths).filter(|(_, length)| *length != 0.0);
    let mut members: Vec<String> = members.map(|(name, length)| format!("\"{name}\": {length}")).collect();
    members.push(format!("\"color\": \"{}\"", colour.unwrap_or(Color::BLACK)));
    Some(format!("{{ {} }}", members.join(", ")))
}

/// Words that are separated by spaces outside of parentheses.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    let is_end = move |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && c.is_whitespace()
    };
    text.split(is_end).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn css_is_answered_with_what_to_write() {
        use ViolationKind::{Invalid, Number, Type};
        const PX: &str = "write 44: lengths are numbers of px without a unit";
        const QUOTED: &str = "write 2: numbers have no quotation marks";
        const WEIGHT: &str = ": weights are numbers from 100 to 900";
        for (kind, pointer, value, expected) in [
            (Number, "/layers/0/font_size", "44px", Some(PX.to_owned())),
            (Number, "/layers/0/box/2", "44 px", Some(PX.to_owned())),
            (Invalid, "/layers/0/padding", "44px", Some(PX.to_owned())),
            (Invalid, "/layers/0/width", "2", Some(QUOTED.to_owned())),
            (Number, "/layers/0/max_lines", "2", Some(QUOTED.to_owned())),
            (Number, "/layers/0/font_weight", "bold", Some(format!("write 700{WEIGHT}"))),
            (Number, "/layers/0/font_weight", "600", Some(format!("write 600{WEIGHT}"))),
            (Invalid, "/layers/0/color", "red", Some("write \"#ff0000\"".to_owned())),
            (Invalid, "/canvas/background", "rgba(0, 0, 0, 0.5)", Some("write \"#00000080\"".to_owned())),
            (Invalid, "/layers/0/line_color", "hsl(0 100% 50%)", Some("write \"#ff0000\"".to_owned())),
            (
                Type,
                "/layers/0/box_shadow",
                "0 4px 12px rgba(0, 0, 0, .2)",
                Some("write { \"y\": 4, \"blur\": 12, \"color\": \"#00000033\" }".to_owned()),
            ),
            (
                Type,
                "/layers/0/text_shadow",
                "1px 1px red",
                Some("write { \"x\": 1, \"y\": 1, \"color\": \"#ff0000\" }".to_owned()),
            ),
            (Type, "/layers/0/box_shadow", "inset 0 0 4px red", None),
            (Type, "/layers/0/box_shadow", "4px", None),
            (Invalid, "/layers/0/color", "not a colour", None),
            (Number, "/layers/0/font_size", "2em", None),
            (Number, "/layers/0/font_size", "", None),
            (Number, "/layers/0/font_weight", "fat", None),
            // An array is expected.
            (Type, "/layers/0/box", "12", None),
            (Type, "/layers/0/box", "12px", None),
            (Invalid, "/layers/0/text_align", "12", None),
            (Invalid, "/layers/0/text_align", "12px", None),
            (Invalid, "/layers/0/object_position", "10px", None),
        ] {
            let hint = hint(kind, pointer, &value.into()).map(|hint| hint.text());
            assert_eq!(hint, expected, "{pointer} {value}");
        }
        assert_eq!(hint(Number, "/layers/0/font_size", &json!(44)), None);
    }
}
