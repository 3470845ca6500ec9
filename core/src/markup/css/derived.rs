//! Colours of CSS Color 5 that are made of others: relative colours, `light-dark()`, `calc()` in their numbers, and the
//! colours of the system.

use std::fmt::Write;

use color::{ColorSpaceTag, DynamicColor};

use super::{context::Context, length::Length, scan::Scanner};

/// The system's colours, as Chromium has them in the light and in the dark scheme.
const SYSTEM: [(&str, [&str; 2]); 12] = [
    ("activetext", ["#ff0000", "#ff0000"]),
    ("buttonface", ["#efefef", "#6b6b6b"]),
    ("buttontext", ["#000000", "#ffffff"]),
    ("canvas", ["#ffffff", "#121212"]),
    ("canvastext", ["#000000", "#ffffff"]),
    ("field", ["#ffffff", "#3b3b3b"]),
    ("fieldtext", ["#000000", "#ffffff"]),
    ("graytext", ["#808080", "#808080"]),
    ("linktext", ["#0000ee", "#9e9eff"]),
    ("mark", ["#ffff00", "#ffff00"]),
    ("marktext", ["#000000", "#000000"]),
    ("visitedtext", ["#551a8b", "#d0adf0"]),
];

/// A colour of the system.
pub fn system(name: &str, is_dark: bool) -> Option<&'static str> {
    let (_, colors) = SYSTEM.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    Some(colors[usize::from(is_dark)])
}

/// The channels of a function with the largest value of the first three as it is written.
fn channels(name: &str) -> Option<(ColorSpaceTag, [&'static str; 3], f64)> {
    Some(match name {
        "rgb" | "rgba" => (ColorSpaceTag::Srgb, ["r", "g", "b"], 255.0),
        "hsl" | "hsla" => (ColorSpaceTag::Hsl, ["h", "s", "l"], 1.0),
        "hwb" => (ColorSpaceTag::Hwb, ["h", "w", "b"], 1.0),
        "lab" => (ColorSpaceTag::Lab, ["l", "a", "b"], 1.0),
        "lch" => (ColorSpaceTag::Lch, ["l", "c", "h"], 1.0),
        "oklab" => (ColorSpaceTag::Oklab, ["l", "a", "b"], 1.0),
        "oklch" => (ColorSpaceTag::Oklch, ["l", "c", "h"], 1.0),
        _ => return None,
    })
}

/// The colour space that the first argument of `color()` names. `None` if CSS has none of this name.
pub fn space(name: &str) -> Option<ColorSpaceTag> {
    Some(match name {
        "srgb" => ColorSpaceTag::Srgb,
        "srgb-linear" => ColorSpaceTag::LinearSrgb,
        "display-p3" => ColorSpaceTag::DisplayP3,
        "a98-rgb" => ColorSpaceTag::A98Rgb,
        "prophoto-rgb" => ColorSpaceTag::ProphotoRgb,
        "rec2020" => ColorSpaceTag::Rec2020,
        "xyz" | "xyz-d65" => ColorSpaceTag::XyzD65,
        "xyz-d50" => ColorSpaceTag::XyzD50,
        _ => return None,
    })
}

/// A colour function without `from` and `calc()`. `origin` reads the colour after `from`. `None` when it is invalid.
pub fn plain(name: &str, mut args: Scanner<'_>, origin: impl Fn(&str) -> Option<DynamicColor>) -> Option<String> {
    args.gap();
    let mut values: Vec<(&'static str, f64)> = Vec::new();
    let mut prefix = String::new();
    let mut next = args;
    let is_relative = next.ident().is_some_and(|word| word.eq_ignore_ascii_case("from"));
    if is_relative {
        args = next;
        args.gap();
        let from = origin(args.until(&[' ', '\t', '\n', '\r']))?;
        args.gap();
        let (space, names, scale) = match name {
            "color" => {
                let name = args.ident()?.to_ascii_lowercase();
                let _ = write!(prefix, "{name} ");
                let names = if name.starts_with("xyz") { ["x", "y", "z"] } else { ["r", "g", "b"] };
                (space(&name)?, names, 1.0)
            }
            name => channels(name)?,
        };
        let [a, b, c, alpha] = from.convert(space).components.map(f64::from);
        values.extend(names.into_iter().zip([a, b, c].map(|channel| channel * scale)));
        values.push(("alpha", alpha));
    }
    let mut text = format!("{name}({prefix}");
    let mut has_alpha = false;
    while !args.is_at_end() {
        args.gap();
        if let Some(separator) = args.peek().filter(|c| matches!(c, '/' | ',')) {
            args.at += 1;
            has_alpha |= separator == '/';
            text.push(separator);
            continue;
        }
        let part = args.until(&[' ', '\t', '\n', '\r', '/', ',']);
        let known = values.iter().find(|(name, _)| name.eq_ignore_ascii_case(part));
        match known {
            Some((_, value)) => drop(write!(text, " {value:.6}")),
            None if part.contains('(') => {
                let part = replaced(part, &values);
                let mut inner = Scanner::new(&part);
                let number = Length::read(&mut inner, &Context::default()).filter(|_| inner.is_at_end())?;
                let _ = write!(text, " {}", number.text());
            }
            None => drop(write!(text, " {part}")),
        }
    }
    if let Some((_, alpha)) = values.last().filter(|_| !has_alpha) {
        let _ = write!(text, " / {alpha:.6}");
    }
    text.push(')');
    Some(text)
}

/// Replaces the names of channels in a calculation.
fn replaced(text: &str, values: &[(&str, f64)]) -> String {
    let (mut scanner, mut out) = (Scanner::new(text), String::with_capacity(text.len()));
    while let Some(c) = scanner.peek() {
        let start = scanner.at;
        // The unit of a number is no name.
        if let Some((_, _)) = scanner.dimension() {
            out.push_str(&text[start..scanner.at]);
        } else if let Some(word) = scanner.ident() {
            match values.iter().find(|(name, _)| name.eq_ignore_ascii_case(&word)) {
                Some((_, value)) => drop(write!(out, "{value:.6}")),
                None => out.push_str(&text[start..scanner.at]),
            }
        } else {
            scanner.at += c.len_utf8();
            out.push(c);
        }
    }
    out
}
