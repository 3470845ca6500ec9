//! Hints for values of layout.json that are written as in CSS.

use color::{Srgb, parse_color};
use serde_json::{Value, json};

use super::{schema, violation::ViolationKind};
use crate::{error::Message, style::Color, words};

/// Members that may be lengths, or something else.
const LENGTH_MEMBERS: [&str; 5] = ["border_radius", "height", "margin", "padding", "width"];

/// Members that are shadows.
const SHADOWS: [&str; 2] = ["box_shadow", "text_shadow"];
/// A shadow as it is usual.
const SHADOW: &str = "{ \"y\": 4, \"blur\": 12, \"color\": \"#00000033\" }";
/// A gradient as it is usual.
const GRADIENT: &str = "{ \"gradient\": { \"angle\": 90, \"stops\": [[0, \"#ff6633\"], [1, \"#cc0033\"]] } }";

/// What to write instead of the value at a pointer, if it is CSS for it.
pub fn hint(kind: ViolationKind, pointer: &str, layout: &Value) -> Option<Message> {
    let value = layout.pointer(pointer)?;
    let name = pointer.rsplit('/').find(|step| step.parse::<usize>().is_err())?;
    let layer = layer_of(layout, pointer);
    if kind == ViolationKind::Unknown {
        return if is_shadow(name) { shadow_hint(layer?, value) } else { None };
    }
    // Hints for objects are values that the layer takes.
    let is_allowed = |written: &str| layer.is_none_or(|layer| allows(layer, name, written));
    if SHADOWS.contains(&name) {
        let (first, has_others) = first_shadow(value, name).filter(|(first, _)| is_allowed(first))?;
        return Some(if has_others { words::write_one_shadow(first) } else { words::write_value(first) });
    }
    let text = value.as_str()?.trim();
    if name == "border" {
        return border(text).filter(|border| is_allowed(border)).map(words::write_value);
    }
    if text.contains("gradient(") {
        // Spans have the colours of texts.
        let colored = if pointer.rsplit('/').nth(2) == Some("spans") { Some("text") } else { layer };
        let Some(layer) = colored.filter(|layer| name == "color" && allows(layer, name, GRADIENT)) else {
            return Some(words::gradient_place());
        };
        return Some(match gradient(text).filter(|gradient| allows(layer, name, gradient)) {
            Some(gradient) => words::write_value(gradient),
            None => words::gradient_example(GRADIENT),
        });
    }
    if name.ends_with("color") || matches!(name, "background" | "fill" | "stroke" | "stops") {
        return color(text).map(|color| words::write_value(json!(color)));
    }
    if name == "font_weight" {
        return weight(text).map(words::write_weight);
    }
    // Elsewhere, a string is required.
    let may_be_number =
        kind == ViolationKind::Number || (kind == ViolationKind::Invalid && LENGTH_MEMBERS.contains(&name));
    if may_be_number && let Some(length) = multiple(name, text).zip(font_size(layout, pointer)) {
        return Some(words::write_number((length.0 * length.1 * 100.0).round() / 100.0));
    }
    match text.strip_suffix("px") {
        _ if !may_be_number => None,
        Some(length) => number(length).map(words::write_number),
        None => number(text).map(words::write_unquoted),
    }
}

/// The multiple of the font size that a length of text is in CSS: `1.5em`, and the line height `150%`.
fn multiple(name: &str, text: &str) -> Option<f64> {
    match (name, text.strip_suffix("em"), text.strip_suffix('%')) {
        ("line_height" | "letter_spacing", Some(multiple), _) => number(multiple),
        ("line_height", None, Some(percent)) => number(percent).map(|percent| percent / 100.0),
        _ => None,
    }
}

/// The font size of the layer that has a member, px.
fn font_size(layout: &Value, pointer: &str) -> Option<f64> {
    let (layer, _) = pointer.rsplit_once('/')?;
    layout.pointer(layer)?.get("font_size")?.as_f64()
}

/// The kind of the layer that has a member.
fn layer_of<'l>(layout: &'l Value, pointer: &str) -> Option<&'l str> {
    let (layer, _) = pointer.rsplit_once('/')?;
    let is_layer = matches!(layer.rsplit('/').nth(1), Some("layers" | "children"));
    layout.pointer(layer).filter(|_| is_layer)?.get("type")?.as_str()
}

/// Whether layers of a kind take this JSON as a member.
fn allows(layer: &str, name: &str, written: &str) -> bool {
    serde_json::from_str(written).is_ok_and(|value| schema::allows(layer, name, value))
}

/// Whether an unknown name means a shadow: in CSS, in CSS of JavaScript, or in design tools.
fn is_shadow(name: &str) -> bool {
    let letters = name.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase());
    let name: String = letters.collect();
    matches!(name.strip_suffix('s').unwrap_or(&name), "shadow" | "boxshadow" | "dropshadow" | "textshadow")
}

/// What to write for an unknown name that means a shadow, if a layer has one.
fn shadow_hint(layer: &str, value: &Value) -> Option<Message> {
    let member = SHADOWS.into_iter().find(|member| allows(layer, member, SHADOW))?;
    let first = first_shadow(value, member).map(|(first, _)| first).filter(|first| allows(layer, member, first));
    Some(words::write_member(member, first.unwrap_or_else(|| SHADOW.to_owned())))
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

/// The lengths of a shadow of a box, in the order of CSS.
const SHADOW_LENGTHS: &[&str] = &["x", "y", "blur", "spread"];

/// The lengths of a shadow. Letters have no spread.
fn shadow_lengths(member: &str) -> &'static [&'static str] {
    if member == "text_shadow" { &SHADOW_LENGTHS[..3] } else { SHADOW_LENGTHS }
}

/// The first of the shadows of CSS or of a list, as an object, and whether there are others. `member`: what it is for.
fn first_shadow(value: &Value, member: &str) -> Option<(String, bool)> {
    match value {
        Value::String(text) => {
            let all = split(text.trim(), |c| c == ',');
            Some((shadow(all.first()?, member)?, all.len() > 1))
        }
        Value::Array(all) => {
            let (first, _) = first_shadow(all.first()?, member)?;
            Some((first, all.len() > 1))
        }
        Value::Object(members) => {
            let is_of_shadow = |name: &String| name == "color" || SHADOW_LENGTHS.contains(&name.as_str());
            let is_shadow = members.contains_key("color") && members.keys().all(is_of_shadow);
            let kept =
                members.iter().filter(|(name, _)| *name == "color" || shadow_lengths(member).contains(&name.as_str()));
            let kept = kept.map(|(name, value)| (name.as_str(), value.to_string()));
            is_shadow.then(|| (object(kept), false))
        }
        _ => None,
    }
}

/// `x y [blur [spread]] COLOR` as an object.
fn shadow(text: &str, member: &str) -> Option<String> {
    let (mut found, mut colour) = (Vec::new(), None);
    for word in split(text, char::is_whitespace) {
        match (px(word), color(word)) {
            (Some(length), _) => found.push(length),
            (None, Some(found)) if colour.is_none() => colour = Some(found),
            _ => return None,
        }
    }
    if !(2..=4).contains(&found.len()) {
        return None;
    }
    let members = shadow_lengths(member).iter().zip(found).filter(|(_, length)| *length != 0.0);
    let members = members.map(|(name, length)| (*name, length.to_string()));
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
    if parts.len() < 2 {
        return None;
    }
    let (mut colours, mut written) = (Vec::new(), Vec::new());
    for part in parts {
        let (colour, position) = match split(part.trim(), char::is_whitespace)[..] {
            [colour] => (colour, None),
            [colour, position] => (colour, Some(number(position.strip_suffix('%')?)? / 100.0)),
            _ => return None,
        };
        colours.push(color(colour)?);
        written.push(position);
    }
    let stops = positions(&written).into_iter().zip(colours).map(|(position, color)| {
        let position = (position * 1000.0).round() / 1000.0;
        format!("[{position}, {}]", quoted(color))
    });
    let stops: Vec<String> = stops.collect();
    let angle = angle.filter(|angle| *angle != 180.0).map(|angle| ("angle", angle.to_string()));
    let gradient = angle.into_iter().chain([("stops", format!("[{}]", stops.join(", ")))]);
    Some(object([("gradient", object(gradient))].into_iter()))
}

/// Positions of a gradient's stops (CSS Images 3, 3.4.3): each at least that of the one before, and those that are not
/// written between their neighbours.
fn positions(written: &[Option<f64>]) -> Vec<f64> {
    let last = written.len().saturating_sub(1);
    let mut fixed: Vec<(usize, f64)> = Vec::new();
    for (index, position) in written.iter().enumerate() {
        let of_end = match index {
            0 => Some(0.0),
            _ => (index == last).then_some(1.0),
        };
        if let Some(position) = position.or(of_end) {
            let before = fixed.last().map_or(position, |(_, before)| *before);
            fixed.push((index, position.max(before)));
        }
    }
    let between = fixed.windows(2).flat_map(|pair| {
        let [(from, start), (to, end)] = [pair[0], pair[1]];
        (from..to).map(move |index| start + (end - start) * (index - from) as f64 / (to - from) as f64)
    });
    between.chain(fixed.last().map(|(_, end)| *end)).collect()
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
mod tests;
