//! Media queries (Media Queries 4) of a poster: a coloured screen of the artwork's size, light, without a pointer.

use super::{
    conditions::{all, any, joined},
    context::Context,
    length::Length,
    scan::Scanner,
};

/// Maximum depth of brackets in a query.
const MAX_DEPTH: usize = 8;

/// Features with the value that they have.
const FEATURES: [(&str, &str); 21] = [
    ("prefers-color-scheme", "light"),
    ("prefers-reduced-motion", "no-preference"),
    ("prefers-reduced-transparency", "no-preference"),
    ("prefers-reduced-data", "no-preference"),
    ("prefers-contrast", "no-preference"),
    ("forced-colors", "none"),
    ("inverted-colors", "none"),
    ("scripting", "none"),
    ("hover", "none"),
    ("any-hover", "none"),
    ("pointer", "none"),
    ("any-pointer", "none"),
    ("color-gamut", "srgb"),
    ("dynamic-range", "standard"),
    ("video-dynamic-range", "standard"),
    ("update", "none"),
    ("display-mode", "browser"),
    ("overflow-block", "none"),
    ("overflow-inline", "none"),
    ("scan", "progressive"),
    ("environment-blending", "opaque"),
];
/// Features that are numbers.
const NUMBERS: [(&str, f64); 4] = [("color", 8.0), ("color-index", 0.0), ("monochrome", 0.0), ("grid", 0.0)];

/// Whether a list of media queries applies to a poster of this width and height in px. `None` if it depends on something
/// that is not known here.
pub fn media(prelude: &str, size: [f64; 2]) -> Option<bool> {
    let text = prelude.to_ascii_lowercase();
    let mut scanner = Scanner::new(&text);
    if scanner.is_at_end() {
        return Some(true);
    }
    let mut result = Some(false);
    loop {
        let query = scanner.until(&[',']);
        result = any(result, self::query(query.trim(), size));
        if !scanner.eat(',') {
            return result;
        }
    }
}

fn query(text: &str, size: [f64; 2]) -> Option<bool> {
    if text.is_empty() {
        return None;
    }
    let mut scanner = Scanner::new(text);
    let mut word = scanner;
    let (negated, start) = match word.ident().as_deref() {
        Some("not") if !word.is_at_end() && !word.rest().trim_start().starts_with('(') => (true, word),
        Some("only") => (false, word),
        _ => (false, scanner),
    };
    scanner = start;
    scanner.gap();
    if scanner.peek() == Some('(') || scanner.clone().ident().as_deref() == Some("not") {
        return condition(scanner, size, 0);
    }
    let kind = match scanner.ident()?.as_ref() {
        "all" | "screen" => Some(true),
        // Print, and types that do not exist.
        _ => Some(false),
    };
    scanner.gap();
    let rest = if scanner.is_at_end() {
        Some(true)
    } else {
        scanner.ident().filter(|word| word == "and")?;
        condition(scanner, size, 0)
    };
    all(kind, rest).map(|holds| holds != negated)
}

/// Features in brackets, joined by `and`, `or` and `not`.
fn condition(scanner: Scanner<'_>, size: [f64; 2], depth: usize) -> Option<bool> {
    if depth > MAX_DEPTH {
        return None;
    }
    let operand = |scanner: &mut Scanner<'_>| {
        let start = scanner.at;
        if scanner.peek() != Some('(') {
            return None;
        }
        scanner.component();
        let inner = scanner.text[start + 1..scanner.at].strip_suffix(')')?.trim();
        let is_condition = inner.starts_with('(') || inner.starts_with("not");
        Some(if is_condition { condition(Scanner::new(inner), size, depth + 1) } else { feature(inner, size) })
    };
    joined(scanner, operand).flatten()
}

fn feature(text: &str, size: [f64; 2]) -> Option<bool> {
    if let Some((name, value)) = text.split_once(':') {
        let (name, value) = (name.trim(), value.trim());
        let webkit = name.strip_prefix("-webkit-").unwrap_or(name);
        let (name, order) = match (webkit.strip_prefix("min-"), webkit.strip_prefix("max-")) {
            (Some(name), _) => (name, ">="),
            (_, Some(name)) => (name, "<="),
            _ => (webkit, "="),
        };
        if let Some((_, own)) = FEATURES.iter().find(|(known, _)| *known == name) {
            return Some(*own == value);
        }
        if name == "orientation" {
            return Some(value == if size[0] > size[1] { "landscape" } else { "portrait" });
        }
        return compare(number(name, size)?, order, read(value)?);
    }
    if !text.contains(['<', '>', '=']) {
        let name = text.trim();
        return match FEATURES.iter().find(|(known, _)| *known == name) {
            Some((_, own)) => Some(!matches!(*own, "none" | "no-preference")),
            None if name == "orientation" => Some(true),
            None => number(name, size).map(|number| number != 0.0),
        };
    }
    // `1px <= width <= 9px`: each comparison must hold.
    let (mut sides, mut orders, mut rest) = (Vec::new(), Vec::new(), text);
    while let Some(at) = rest.find(['<', '>', '=']) {
        let length = if rest[at + 1..].starts_with('=') { 2 } else { 1 };
        sides.push(rest[..at].trim());
        orders.push(&rest[at..at + length]);
        rest = &rest[at + length..];
    }
    sides.push(rest.trim());
    let value = |side: &str| number(side, size).or_else(|| read(side));
    let mut result = Some(true);
    for (pair, order) in sides.windows(2).zip(orders) {
        result = all(result, compare(value(pair.first()?)?, order, value(pair.last()?)?));
    }
    result
}

fn compare(a: f64, order: &str, b: f64) -> Option<bool> {
    Some(match order {
        "<" => a < b,
        "<=" => a <= b + 1e-6,
        ">" => a > b,
        ">=" => a >= b - 1e-6,
        "=" => (a - b).abs() < 1e-6,
        _ => return None,
    })
}

fn number(name: &str, [width, height]: [f64; 2]) -> Option<f64> {
    Some(match name {
        "width" | "device-width" | "inline-size" => width,
        "height" | "device-height" | "block-size" => height,
        "aspect-ratio" | "device-aspect-ratio" => width / height,
        "resolution" | "device-pixel-ratio" => 1.0,
        _ => NUMBERS.iter().find(|(known, _)| *known == name)?.1,
    })
}

/// A length in px, a resolution in px per px, a ratio or a number.
fn read(value: &str) -> Option<f64> {
    if let Some((a, b)) = value.split_once('/') {
        return Some(a.trim().parse::<f64>().ok()? / b.trim().parse::<f64>().ok()?);
    }
    let mut scanner = Scanner::new(value);
    let mut resolution = scanner;
    let number = match resolution.dimension() {
        Some((number, "dppx" | "x")) => number,
        Some((number, "dpi")) => number / 96.0,
        Some((number, "dpcm")) => number * 2.54 / 96.0,
        _ => {
            let length = Length::read(&mut scanner, &Context::default())?;
            return (scanner.is_at_end() && !matches!(length, Length::Percent(_))).then(|| length.number());
        }
    };
    resolution.is_at_end().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_those_of_a_poster() {
        for (query, applies) in [
            ("", Some(true)),
            ("all", Some(true)),
            ("print", Some(false)),
            ("not print", Some(true)),
            ("only screen and (color)", Some(true)),
            ("print, screen", Some(true)),
            ("(prefers-color-scheme: dark)", Some(false)),
            ("(prefers-color-scheme:light)", Some(true)),
            ("(prefers-reduced-motion)", Some(false)),
            ("(min-width: 600px)", Some(true)),
            ("(min-width: 601px)", Some(false)),
            ("(max-width:37.5em) and (orientation:portrait)", Some(true)),
            ("(400px <= width < 600px)", Some(false)),
            ("(width >= 600px)", Some(true)),
            ("(aspect-ratio: 3/4)", Some(true)),
            ("(min-resolution: 2dppx)", Some(false)),
            ("(-webkit-min-device-pixel-ratio: 1)", Some(true)),
            ("not ((color) and (hover: hover))", Some(true)),
            ("(hover) or (monochrome) or (color)", Some(true)),
            ("not screen and (min-width: 1px)", Some(false)),
            ("print and (shiny: 3)", Some(false)),
            ("(shiny: 3)", None),
            ("(min-width: 5%)", None),
            ("(color) and (width > 1px) or (color)", None),
            ("screen and not (grid)", Some(true)),
            ("(color) and not (grid)", None),
            ("not (grid) and (color)", None),
            ("(color) and(color)", None),
            ("(", None),
        ] {
            assert_eq!(media(query, [600.0, 800.0]), applies, "{query}");
        }
        let deep = format!("{}(color){}", "(".repeat(60), ")".repeat(60));
        assert_eq!(media(&deep, [1.0, 1.0]), None);
    }
}
