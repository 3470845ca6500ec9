//! Hints for values of layout.json that are written as in CSS.

use color::{Srgb, parse_color};
use serde_json::{Value, json};

use super::violation::ViolationKind;
use crate::{error::Message, style::Color, words};

/// Members that may be lengths, or something else.
const LENGTHS: [&str; 5] = ["border_radius", "height", "margin", "padding", "width"];

/// Names of members that mean a shadow of the box: those of design tools, and of CSS in JavaScript.
const SHADOWS: [&str; 6] = ["boxShadow", "dropShadow", "drop_shadow", "shadow", "shadows", "box_shadows"];

/// What to write instead of the value at a pointer, if it is CSS for it.
pub fn hint(kind: ViolationKind, pointer: &str, value: &Value) -> Option<Message> {
    let name = pointer.rsplit('/').find(|step| step.parse::<usize>().is_err())?;
    if kind == ViolationKind::Unknown && SHADOWS.contains(&name) {
        let (first, _) = first_shadow(value).unwrap_or_else(|| (SHADOW.to_owned(), false));
        return Some(words::write_member("box_shadow", first));
    }
    if name.ends_with("shadow") {
        let (first, has_others) = first_shadow(value)?;
        return Some(if has_others { words::write_one_shadow(first) } else { words::write_value(first) });
    }
    let text = value.as_str()?.trim();
    if name == "border" {
        return border(text).map(words::write_value);
    }
    if text.contains("gradient(") {
        let is_of_layer = pointer.rsplit('/').nth(1).is_some_and(|step| step.parse::<usize>().is_ok());
        return match gradient(text).filter(|_| name == "color" && is_of_layer) {
            Some(gradient) => Some(words::write_value(gradient)),
            None => Some(words::gradient_place()),
        };
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

/// A shadow as it is usual.
const SHADOW: &str = "{ \"y\": 4, \"blur\": 12, \"color\": \"#00000033\" }";

/// The first of the shadows of CSS or of a list, as an object, and whether there are others.
fn first_shadow(value: &Value) -> Option<(String, bool)> {
    match value {
        Value::String(text) => {
            let all = split(text.trim(), |c| c == ',');
            Some((shadow(all.first()?)?, all.len() > 1))
        }
        Value::Array(all) => {
            let (first, _) = first_shadow(all.first()?)?;
            Some((first, all.len() > 1))
        }
        Value::Object(members) => {
            let is_of_shadow = |name: &String| ["x", "y", "blur", "spread", "color"].contains(&name.as_str());
            let is_shadow = members.contains_key("color") && members.keys().all(is_of_shadow);
            is_shadow
                .then(|| object(members.iter().map(|(name, value)| (name.as_str(), value.to_string()))))
                .map(|object| (object, false))
        }
        _ => None,
    }
}

/// `[x y [blur [spread]]] COLOR` as an object.
fn shadow(text: &str) -> Option<String> {
    let (mut lengths, mut colour) = (Vec::new(), None);
    for word in split(text, char::is_whitespace) {
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
    let members = members.map(|(name, length)| (name, length.to_string()));
    Some(object(members.chain([("color", quoted(colour.unwrap_or(Color::BLACK)))])))
}

/// `WIDTH solid COLOR` in any order, as an object.
fn border(text: &str) -> Option<String> {
    let (mut width, mut colour, mut is_solid) = (None, None, false);
    for word in split(text, char::is_whitespace) {
        let named = [("thin", 1.0), ("medium", 3.0), ("thick", 5.0)].into_iter().find(|(name, _)| *name == word);
        match (px(word).or(named.map(|(_, width)| width)), color(word)) {
            _ if word == "solid" => is_solid = true,
            (Some(found), _) if width.is_none() && found >= 0.0 => width = Some(found),
            (None, Some(found)) if colour.is_none() => colour = Some(found),
            _ => return None,
        }
    }
    let width = width.or(is_solid.then_some(3.0))?;
    Some(object([("width", width.to_string()), ("color", quoted(colour.unwrap_or(Color::BLACK)))].into_iter()))
}

/// `linear-gradient(ANGLE, COLOR POSITION, ...)` as an object.
fn gradient(text: &str) -> Option<String> {
    let inner = text.strip_prefix("linear-gradient(")?.strip_suffix(')')?;
    let mut parts = split(inner, |c| c == ',');
    let angle = match parts.first()?.trim() {
        "to top" => Some(0.0),
        "to right" => Some(90.0),
        "to bottom" => Some(180.0),
        "to left" => Some(270.0),
        first => first.strip_suffix("deg").and_then(number),
    };
    if angle.is_some() {
        parts.remove(0);
    }
    let last = parts.len().checked_sub(1).filter(|last| (1..16).contains(last))?;
    let mut stops = Vec::new();
    for (index, part) in parts.into_iter().enumerate() {
        let (colour, position) = match split(part.trim(), char::is_whitespace)[..] {
            [colour] => (colour, index as f64 / last as f64),
            [colour, position] => (colour, number(position.strip_suffix('%')?)? / 100.0),
            _ => return None,
        };
        let position = (position * 1000.0).round() / 1000.0;
        stops.push(format!("[{position}, {}]", quoted(color(colour)?)));
    }
    let angle = angle.filter(|angle| *angle != 180.0).map(|angle| ("angle", angle.to_string()));
    let gradient = angle.into_iter().chain([("stops", format!("[{}]", stops.join(", ")))]);
    Some(object([("gradient", object(gradient))].into_iter()))
}

/// A colour as JSON.
fn quoted(color: Color) -> String {
    format!("\"{color}\"")
}

/// An object as JSON.
fn object<'n>(members: impl Iterator<Item = (&'n str, String)>) -> String {
    let members: Vec<String> = members.map(|(name, value)| format!("\"{name}\": {value}")).collect();
    format!("{{ {} }}", members.join(", "))
}

/// The parts of a text between characters outside of parentheses; empty ones are left out.
fn split(text: &str, is_between: impl Fn(char) -> bool) -> Vec<&str> {
    let mut depth = 0_usize;
    let is_end = |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && is_between(c)
    };
    text.split(is_end).filter(|part| !part.trim().is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn css_is_answered_with_what_to_write() {
        use ViolationKind::{Invalid, Number, Type, Unknown};
        const PX: &str = "write 44: lengths are numbers of px without a unit";
        const QUOTED: &str = "write 2: numbers have no quotation marks";
        const GRADIENT: &str = "write { \"gradient\": { \"angle\": 90, \"stops\": [[0, \"#ff0000\"], [0.25, \"#00ff00\"], [1, \"#0000ff\"]] } }";
        const PLACE: &str = "layers have one colour here: draw the gradient in the artwork";
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
            (
                Type,
                "/layers/0/box_shadow",
                "0 1px 2px red, 0 4px 8px rgb(0 0 0 / .5)",
                Some("a layer has one shadow: write { \"y\": 1, \"blur\": 2, \"color\": \"#ff0000\" }".to_owned()),
            ),
            (
                Type,
                "/layers/0/border",
                "1px solid red",
                Some("write { \"width\": 1, \"color\": \"#ff0000\" }".to_owned()),
            ),
            (Type, "/layers/0/border", "solid #abc", Some("write { \"width\": 3, \"color\": \"#aabbcc\" }".to_owned())),
            (Type, "/layers/0/border", "1px dashed red", None),
            (Type, "/layers/0/border", "red", None),
            (Invalid, "/layers/0/background", "linear-gradient(90deg, #f00, #00f)", Some(PLACE.to_owned())),
            (Invalid, "/layers/0/color", "radial-gradient(#f00, #00f)", Some(PLACE.to_owned())),
            (
                Invalid,
                "/layers/0/color",
                "linear-gradient(to right, red, rgb(0, 255, 0) 25%, blue)",
                Some(GRADIENT.to_owned()),
            ),
            (
                Unknown,
                "/layers/0/shadow",
                "0 2px 4px #0003",
                Some("write \"box_shadow\": { \"y\": 2, \"blur\": 4, \"color\": \"#00000033\" }".to_owned()),
            ),
            (Unknown, "/layers/0/glow", "0 2px 4px #0003", None),
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
        let shadow = json!({ "y": 2, "color": "#0003" });
        let written = "{ \"y\": 2, \"color\": \"#0003\" }";
        for (kind, name, value, expected) in [
            (Unknown, "shadows", json!([shadow]), Some(format!("write \"box_shadow\": {written}"))),
            (Unknown, "shadows", json!([]), Some(format!("write \"box_shadow\": {SHADOW}"))),
            (Type, "box_shadow", json!([shadow]), Some(format!("write {written}"))),
            (Type, "box_shadow", json!([shadow, shadow]), Some(format!("a layer has one shadow: write {written}"))),
            (Type, "box_shadow", json!(4), None),
        ] {
            let hint = hint(kind, &format!("/layers/0/{name}"), &value).map(|hint| hint.text());
            assert_eq!(hint, expected, "{name} {value}");
        }
    }
}
