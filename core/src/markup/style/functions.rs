//! Values that are lists of functions or words: filters, masks, clips, decorations, shadows.

use super::{
    Context,
    length::{Length, angle},
    values::{Link, link, plain_target, word},
};
use crate::markup::css::{color, scan::Scanner};

/// Words of the shorthand `mask`.
#[rustfmt::skip]
const MASK_WORDS: &[&str] = &[
    "match-source", "luminance", "add", "repeat", "no-repeat", "repeat-x", "repeat-y", "space", "round", "border-box",
    "padding-box", "content-box", "fill-box", "stroke-box", "view-box", "no-clip", "auto", "left", "right", "top", "bottom",
    "center", "cover", "contain",
];

/// Maximum number of shadows of a text, of which each draws its letters once more.
const MAX_SHADOWS: usize = 16;
/// White space between parts of a value.
const SPACES: [char; 4] = [' ', '\t', '\n', '\r'];

/// `filter`: functions and links, with lengths in px, and the colour of a shadow before its lengths.
pub fn filter(value: &str, context: &Context<'_>) -> Option<String> {
    if value.eq_ignore_ascii_case("none") {
        return Some("none".to_owned());
    }
    let (mut scanner, mut all) = (Scanner::new(value), Vec::new());
    while !scanner.is_at_end() {
        scanner.gap();
        if let Some(link) = link(&mut scanner) {
            all.push(link.text());
            continue;
        }
        let (name, args) = scanner.function()?;
        all.push(function(&name, args, context)?);
    }
    (!all.is_empty()).then(|| all.join(" "))
}

fn function(name: &str, mut args: Scanner<'_>, context: &Context<'_>) -> Option<String> {
    args.gap();
    let text = match name {
        "blur" => {
            let radius = if args.is_at_end() { 0.0 } else { length(&mut args, context)? };
            (radius >= 0.0).then(|| format!("blur({radius})"))?
        }
        "drop-shadow" => {
            let ([x, y, blur], shade) = shadow(&mut args, context)?;
            format!("drop-shadow({} {x} {y} {blur})", shade.as_deref().unwrap_or("currentColor"))
        }
        "hue-rotate" => {
            let degrees = if args.is_at_end() { 0.0 } else { angle(&mut args, false)? };
            format!("hue-rotate({degrees}deg)")
        }
        "brightness" | "contrast" | "grayscale" | "invert" | "opacity" | "saturate" | "sepia" => {
            let share = match args.is_at_end() {
                true => 1.0,
                false => match Length::read(&mut args, context)? {
                    Length::Number(share) => share,
                    Length::Percent(percent) => percent / 100.0,
                    Length::Px(_) => return None,
                },
            };
            (share >= 0.0).then(|| format!("{name}({share})"))?
        }
        _ => return None,
    };
    args.is_at_end().then_some(text)
}

/// A length in px. Only zero may be without a unit, unless it is in an attribute.
fn length(args: &mut Scanner<'_>, context: &Context<'_>) -> Option<f64> {
    match Length::read(args, context)? {
        Length::Px(px) => Some(px),
        Length::Number(number) if number == 0.0 || context.is_attribute => Some(number),
        _ => None,
    }
}

/// Offsets and blur of a shadow, px, and its colour, which stands before or after all lengths.
fn shadow(args: &mut Scanner<'_>, context: &Context<'_>) -> Option<([f64; 3], Option<String>)> {
    let (mut lengths, mut shade) = (Vec::new(), None);
    while !args.is_at_end() {
        args.gap();
        let mut next = *args;
        if let Some(px) = length(&mut next, context) {
            lengths.push(px);
            *args = next;
        } else {
            let parsed = color::parse(args.until(&SPACES), context)?;
            if shade.replace(parsed.into_owned()).is_some() {
                return None;
            }
        }
    }
    let (2 | 3) = lengths.len() else { return None };
    let blur = lengths.get(2).copied().unwrap_or_default();
    (blur >= 0.0).then(|| ([lengths[0], lengths[1], blur], shade))
}

/// `text-shadow`: for each shadow its offsets and its blur in px and its colour, between commas.
pub fn text_shadow(value: &str, context: &Context<'_>) -> Option<String> {
    if value.eq_ignore_ascii_case("none") {
        return Some("none".to_owned());
    }
    let (mut scanner, mut all) = (Scanner::new(value), Vec::new());
    loop {
        scanner.gap();
        let ([x, y, blur], shade) = shadow(&mut Scanner::new(scanner.until(&[','])), context)?;
        all.push(format!("{x} {y} {blur} {}", shade.as_deref().unwrap_or("currentColor")));
        if !scanner.comma() {
            return (scanner.is_at_end() && all.len() <= MAX_SHADOWS).then(|| all.join(","));
        }
    }
}

/// `mask`: the link. A mask of the artwork has a place and a size of its own, so that those of the shorthand do nothing.
pub fn mask(value: &str, context: &Context<'_>) -> Option<String> {
    if value.eq_ignore_ascii_case("none") {
        return Some("none".to_owned());
    }
    let (mut scanner, mut target) = (Scanner::new(value), None);
    while !scanner.is_at_end() {
        scanner.gap();
        if let Some(link) = link(&mut scanner) {
            if target.replace(link.text()).is_some() {
                return None;
            }
            continue;
        }
        if scanner.eat('/') {
            continue;
        }
        match scanner.ident() {
            Some(part) => drop(word(MASK_WORDS, &part)?),
            None => drop(Length::read(&mut scanner, context)?),
        }
    }
    target
}

/// `clip-path`: a link, or a shape and a box, which are drawn by a later pass.
pub fn clip_path(value: &str, _: &Context<'_>) -> Option<String> {
    if value.eq_ignore_ascii_case("none") {
        return Some("none".to_owned());
    }
    let mut scanner = Scanner::new(value);
    if let Some(link) = link(&mut scanner) {
        return scanner.is_at_end().then(|| link.text());
    }
    let (mut shape, mut area) = (None, None);
    while !scanner.is_at_end() {
        scanner.gap();
        let start = scanner.at;
        if let Some((name, _)) = scanner.function() {
            word(&["inset", "circle", "ellipse", "polygon", "path", "rect", "xywh"], &name)?;
            if shape.replace(&scanner.text[start..scanner.at]).is_some() {
                return None;
            }
        } else {
            let boxes =
                &["fill-box", "stroke-box", "view-box", "border-box", "padding-box", "content-box", "margin-box"];
            if area.replace(word(boxes, &scanner.ident()?)?).is_some() {
                return None;
            }
        }
    }
    let parts: Vec<&str> = [shape, area].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// `paint-order`, as svgtypes reads it.
pub fn paint_order(value: &str, _: &Context<'_>) -> Option<String> {
    let mut known = Vec::new();
    for part in value.split_ascii_whitespace() {
        let part = word(&["normal", "fill", "stroke", "markers"], part)?;
        if known.contains(&part) || known.contains(&"normal") || (part == "normal" && !known.is_empty()) {
            return None;
        }
        known.push(part);
    }
    (!known.is_empty()).then(|| known.join(" "))
}

/// Styles of decorations that are drawn as solid lines.
pub const DECORATION_STYLES: [&str; 4] = ["double", "dotted", "dashed", "wavy"];

/// `text-decoration`: the lines. Style, colour and thickness have properties of their own.
pub fn decoration(value: &str, context: &Context<'_>) -> Option<String> {
    let (mut scanner, mut lines) = (Scanner::new(value), Vec::new());
    while !scanner.is_at_end() {
        scanner.gap();
        let part = scanner.until(&SPACES);
        let line = word(&["none", "underline", "overline", "line-through", "blink"], part);
        let thickness =
            || Length::read(&mut Scanner::new(part), context).is_some_and(|one| !matches!(one, Length::Number(_)));
        let is_word =
            || word(&["solid", "auto", "from-font"], part).or_else(|| word(&DECORATION_STYLES, part)).is_some();
        let other = || is_word() || color::parse(part, context).is_some() || thickness();
        match line {
            Some(line) => lines.push(line),
            None if other() => {}
            None => return None,
        }
    }
    lines.retain(|line| *line != "blink");
    (!lines.is_empty()).then(|| lines.join(" "))
}

/// `color-scheme`: `dark` if it has the dark scheme and not the light one, which a poster prefers.
pub fn color_scheme(value: &str, _: &Context<'_>) -> Option<String> {
    let mut names: Vec<String> = value.split_ascii_whitespace().map(str::to_ascii_lowercase).collect();
    let all = names.len();
    if names.first().is_some_and(|name| name == "only") {
        names.remove(0);
    } else if names.last().is_some_and(|name| name == "only") {
        names.pop();
    }
    let has = |name: &str| names.iter().any(|known| known == name);
    let is_name = |name: &String| {
        let mut scanner = Scanner::new(name);
        scanner.ident().is_some() && scanner.is_at_end()
    };
    let is_valid = !names.is_empty() && !has("only") && names.iter().all(is_name) && (all == 1 || !has("normal"));
    let scheme = if has("dark") && !has("light") { "dark" } else { "normal" };
    is_valid.then(|| scheme.to_owned())
}

/// Whether a value is a link to outside of the artwork.
pub fn outside(value: &str) -> Option<String> {
    let has_function = memchr::memchr(b'(', value.as_bytes()).is_some();
    if !has_function || plain_target(value).is_some() {
        return None;
    }
    let mut scanner = Scanner::new(value);
    while scanner.peek().is_some() {
        if let Some(link) = link(&mut scanner) {
            if let Link::Outside(target) = link {
                return Some(target.into_owned());
            }
        } else {
            scanner.component();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shadows_are_read_in_any_order() {
        let read = |css: &str| filter(css, &Context::default());
        for css in ["drop-shadow(0 10px 8px rgba(0,0,0,0.6))", "drop-shadow(rgba(0,0,0,.6) 0 10px 8px)"] {
            assert_eq!(read(css).as_deref(), Some("drop-shadow(#00000099 0 10 8)"), "{css}");
        }
        assert_eq!(read("Blur( 2px )url(#a)").as_deref(), Some("blur(2) url(#a)"));
        assert_eq!(read("drop-shadow(1px 2px)").as_deref(), Some("drop-shadow(currentColor 1 2 0)"));
        assert_eq!(read("hue-rotate(.5turn) saturate(150%)").as_deref(), Some("hue-rotate(180deg) saturate(1.5)"));
        for css in
            ["", "blur(-1px)", "blur(2)", "blur(1%)", "drop-shadow(red)", "shine(1)", "drop-shadow(1px 1px red red)"]
        {
            assert_eq!(read(css), None, "{css}");
        }
        let of_text = |css: &str| text_shadow(css, &Context::default());
        assert_eq!(of_text("2px 3px, rgb(255, 0, 0) 0 1px 4px").as_deref(), Some("2 3 0 currentColor,0 1 4 #ff0000"));
        assert_eq!((of_text("NONE").as_deref(), of_text("1px 2px,"), of_text("1px")), (Some("none"), None, None));
        let attribute = Context { is_attribute: true, ..Context::default() };
        assert_eq!(filter("drop-shadow(black 0 10 8)", &attribute).as_deref(), Some("drop-shadow(#000000 0 10 8)"));
    }

    #[test]
    fn shapes_are_read() {
        let context = Context::default();
        assert_eq!(clip_path("inset(10px round 20px)", &context).as_deref(), Some("inset(10px round 20px)"));
        assert_eq!(clip_path("fill-box circle(1px)", &context).as_deref(), Some("circle(1px) fill-box"));
        assert_eq!(clip_path("url('#a')", &context).as_deref(), Some("url(#a)"));
        assert_eq!(clip_path("star()", &context), None);
        assert_eq!(decoration("underline solid red", &context).as_deref(), Some("underline"));
        assert_eq!(decoration("wavy underline 2px", &context).as_deref(), Some("underline"));
        assert_eq!(decoration("underline 2", &context), None);
        for (css, scheme) in [
            ("dark", Some("dark")),
            ("Only Dark", Some("dark")),
            ("dark only", Some("dark")),
            ("dark light", Some("normal")),
            ("sepia", Some("normal")),
            ("normal", Some("normal")),
            ("only", None),
            ("normal dark", None),
            ("dark, light", None),
        ] {
            assert_eq!(color_scheme(css, &context).as_deref(), scheme, "{css}");
        }
        assert_eq!(paint_order("stroke", &context).as_deref(), Some("stroke"));
        assert_eq!(paint_order("stroke stroke", &context), None);
        assert_eq!(mask("url(#a) no-repeat", &context).as_deref(), Some("url(#a)"));
        assert_eq!(outside("blur(1px) url(https://a.cn/#a)").as_deref(), Some("https://a.cn/#a"));
        assert_eq!(outside("url(#a)"), None);
    }
}
