//! Colours of CSS Color 4 and 5, mapped to sRGB by clipping, as browsers do.

use std::borrow::Cow;

use color::{ColorSpaceTag, DynamicColor, HueDirection, Srgb, parse_color};

use super::{context::Context, derived, scan::Scanner};

/// Maximum depth of colours in each other.
pub(super) const MAX_DEPTH: usize = 8;

/// Reads a colour as `#rrggbb`, `#rrggbbaa`, `currentColor` or a name that usvg knows. `context`: has the value of
/// `color`, for mixtures with it, and the colour scheme. `None` when it is not a colour.
pub fn parse<'a>(value: &'a str, context: &Context<'_>) -> Option<Cow<'a, str>> {
    let digits = value.strip_prefix('#').unwrap_or_default();
    if matches!(digits.len(), 3 | 6) && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Some(Cow::Borrowed(value));
    }
    if value.eq_ignore_ascii_case("currentcolor") {
        return Some(Cow::Borrowed("currentColor"));
    }
    Some(Cow::Owned(text(dynamic(value, context, 0)?.to_alpha_color::<Srgb>().to_rgba8().to_u8_array())))
}

/// A colour of sRGB as `#rrggbb` or `#rrggbbaa`.
pub fn text([r, g, b, a]: [u8; 4]) -> String {
    match a {
        255 => format!("#{r:02x}{g:02x}{b:02x}"),
        a => format!("#{r:02x}{g:02x}{b:02x}{a:02x}"),
    }
}

/// Reads a colour of any space. `depth`: that of colours around it.
pub(super) fn dynamic(value: &str, context: &Context<'_>, depth: usize) -> Option<DynamicColor> {
    let value = value.trim();
    if depth > MAX_DEPTH {
        return None;
    }
    if value.eq_ignore_ascii_case("currentcolor") {
        let plain = Context { color: "#000", ..*context };
        return match context.color.eq_ignore_ascii_case("currentcolor") {
            true => None,
            false => dynamic(context.color, &plain, depth + 1),
        };
    }
    if let Some((name, mut args)) = Scanner::new(value).function() {
        match name.as_str() {
            "color-mix" => return mix(args, context, depth),
            "light-dark" => {
                let light = dynamic(args.until(&[',']), context, depth + 1)?;
                let dark = args.comma().then(|| dynamic(args.rest(), context, depth + 1))??;
                return Some(if context.is_dark { dark } else { light });
            }
            _ if args.text.contains('(')
                || args.text.trim_start().get(..5).is_some_and(|start| start.eq_ignore_ascii_case("from ")) =>
            {
                let plain = derived::plain(&name, args, |origin| dynamic(origin, context, depth + 1))?;
                return parsed(&plain);
            }
            _ => {}
        }
    }
    if let Some(color) = derived::system(value, context.is_dark) {
        return parsed(color);
    }
    parsed(value)
}

fn parsed(value: &str) -> Option<DynamicColor> {
    // Infinite and missing numbers are not read.
    let color = parse_color(value).ok()?;
    color.components.iter().all(|one| one.is_finite()).then_some(color)
}

/// `color-mix(in SPACE [DIRECTION hue], COLOR [P%], COLOR [P%])`
fn mix(mut args: Scanner<'_>, context: &Context<'_>, depth: usize) -> Option<DynamicColor> {
    let method = args.until(&[',']);
    let mut words = method.split_ascii_whitespace();
    if !words.next()?.eq_ignore_ascii_case("in") {
        return None;
    }
    let space = match words.next()?.to_ascii_lowercase().as_str() {
        "lab" => ColorSpaceTag::Lab,
        "lch" => ColorSpaceTag::Lch,
        "hsl" => ColorSpaceTag::Hsl,
        "hwb" => ColorSpaceTag::Hwb,
        "oklab" => ColorSpaceTag::Oklab,
        "oklch" => ColorSpaceTag::Oklch,
        name => derived::space(name)?,
    };
    let direction = match words.next().map(str::to_ascii_lowercase).as_deref() {
        None | Some("shorter") => HueDirection::Shorter,
        Some("longer") => HueDirection::Longer,
        Some("increasing") => HueDirection::Increasing,
        Some("decreasing") => HueDirection::Decreasing,
        _ => return None,
    };
    let mut side = || {
        args.comma().then_some(())?;
        let text = args.until(&[',']).trim();
        // The percentage stands before or after the colour.
        let mut share = None;
        let mut color = Vec::new();
        let mut parts = Scanner::new(text);
        while parts.peek().is_some() {
            let mut number = parts;
            match number.dimension() {
                Some((percent, "%")) if share.is_none() => {
                    share = Some((0.0..=100.0).contains(&percent).then_some(percent)?);
                    parts = number;
                }
                _ => {
                    let start = parts.at;
                    parts.until(&[' ', '\t', '\n', '\r']);
                    color.push(&parts.text[start..parts.at]);
                }
            }
            parts.gap();
        }
        Some((dynamic(&color.join(" "), context, depth + 1)?, share))
    };
    let ((first, p), (second, q)) = (side()?, side()?);
    let (p, q) = match (p, q) {
        (None, None) => (50.0, 50.0),
        (Some(p), None) => (p, 100.0 - p),
        (None, Some(q)) => (100.0 - q, q),
        (Some(p), Some(q)) => (p, q),
    };
    if p + q <= 0.0 || !args.is_at_end() {
        return None;
    }
    let mixed = first.interpolate(second, space, direction).eval((q / (p + q)) as f32);
    Some(mixed.multiply_alpha(((p + q) / 100.0).min(1.0) as f32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_become_srgb() {
        let green = Context { color: "#0f0", ..Context::default() };
        for (css, srgb) in [
            ("#E5393C", "#E5393C"),
            ("#abcd", "#aabbccdd"),
            ("Red", "#ff0000"),
            ("transparent", "#00000000"),
            ("rgb(255 0 0 / 50%)", "#ff000080"),
            ("rgba(0,0,0,.6)", "#00000099"),
            ("rgb(100%, 0%, 0%)", "#ff0000"),
            ("hsl(120deg 100% 25%)", "#008000"),
            ("hsla(240, 100%, 50%, 1)", "#0000ff"),
            ("hwb(0 0% 0%)", "#ff0000"),
            ("color(srgb 1 0.5 0)", "#ff8000"),
            ("color(display-p3 1 0 0)", "#ff0000"),
            ("color(display-p3 0.8980 0.2235 0.2353)", "#f91931"),
            ("oklch(62.8% 0.2577 29.23)", "#ff0000"),
            ("lab(54.29 80.8 69.89)", "#ff0000"),
            ("color-mix(in srgb, red, blue)", "#800080"),
            ("color-mix(in srgb, red 25%, blue)", "#4000bf"),
            ("color-mix(in srgb, 30% red, blue 30%)", "#80008099"),
            ("color-mix(in srgb, currentColor, white)", "#80ff80"),
            ("light-dark(red, blue)", "#ff0000"),
            ("rgb(from #0000ff r 200 b)", "#00c8ff"),
            ("rgb(from red r g b / calc(alpha / 2))", "#ff000080"),
            ("hsl(from #0a0 calc(h + 120) s l)", "#0000aa"),
            ("color(from #ff8000 srgb r g 1)", "#ff80ff"),
            ("rgb(calc(10 * 5) 160 calc(255 - 200))", "#32a037"),
            ("CanvasText", "#000000"),
            ("CURRENTCOLOR", "currentColor"),
        ] {
            assert_eq!(parse(css, &green).as_deref(), Some(srgb), "{css}");
        }
        for css in [
            "",
            "#12",
            "#ggg",
            "rgb(1 2)",
            "redd",
            "color(nope 1 1 1)",
            "color-mix(red, blue)",
            "url(#a)",
            "1",
            "light-dark(red)",
            "rgb(from x r g b)",
            "rgb(from red r g q)",
        ] {
            assert_eq!(parse(css, &Context::default()), None, "{css}");
        }
        let deep = format!("{}red{}", "color-mix(in srgb, red, ".repeat(50), ")".repeat(50));
        assert_eq!(parse(&deep, &Context::default()), None);
    }

    #[test]
    fn colors_follow_the_scheme() {
        let dark = Context { is_dark: true, ..Context::default() };
        for (css, srgb) in [
            ("light-dark(red, blue)", Some("#0000ff")),
            ("color-mix(in srgb, light-dark(red, blue), light-dark(red, blue))", Some("#0000ff")),
            ("light-dark(x, blue)", None),
            ("Canvas", Some("#121212")),
            ("canvastext", Some("#ffffff")),
            ("LinkText", Some("#9e9eff")),
        ] {
            assert_eq!(parse(css, &dark).as_deref(), srgb, "{css}");
        }
    }
}
