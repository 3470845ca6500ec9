//! Values that are lists of functions: filters, masks, clips, fonts, decorations.

use super::{
    Context,
    length::{Length, angle},
    values::{Link, link, word},
};
use crate::markup::css::{color, scan::Scanner};

/// Words of the shorthand `mask`.
#[rustfmt::skip]
const MASK_WORDS: &[&str] = &[
    "match-source", "luminance", "add", "repeat", "no-repeat", "repeat-x", "repeat-y", "space", "round", "border-box",
    "padding-box", "content-box", "fill-box", "stroke-box", "view-box", "no-clip", "auto", "left", "right", "top", "bottom",
    "center", "cover", "contain",
];

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
    let length = |args: &mut Scanner<'_>| match Length::read(args, context)? {
        Length::Px(px) => Some(px),
        Length::Number(number) if number == 0.0 || context.is_attribute => Some(number),
        _ => None,
    };
    let text = match name {
        "blur" => {
            let radius = if args.is_at_end() { 0.0 } else { length(&mut args)? };
            (radius >= 0.0).then(|| format!("blur({radius})"))?
        }
        "drop-shadow" => {
            let (mut lengths, mut shade) = (Vec::new(), None);
            while !args.is_at_end() {
                args.gap();
                let mut next = args;
                // The colour stands before or after all lengths.
                if let Some(px) = length(&mut next) {
                    lengths.push(px);
                    args = next;
                } else {
                    let parsed = color::parse(args.until(&SPACES), context.color)?;
                    if shade.replace(parsed.into_owned()).is_some() {
                        return None;
                    }
                }
            }
            let (2 | 3) = lengths.len() else { return None };
            let blur = lengths.get(2).copied().unwrap_or_default();
            let shade = shade.as_deref().unwrap_or("currentColor");
            (blur >= 0.0).then(|| format!("drop-shadow({shade} {} {} {blur})", lengths[0], lengths[1]))?
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

/// Whether `text-decoration` gives its lines a colour, or a style or thickness that is not drawn.
pub fn decoration_is_partial(value: &str) -> bool {
    const DRAWN: [&str; 9] =
        ["none", "underline", "overline", "line-through", "blink", "solid", "auto", "from-font", "currentcolor"];
    let mut scanner = Scanner::new(value);
    while !scanner.is_at_end() {
        scanner.gap();
        if word(&DRAWN, scanner.until(&SPACES)).is_none() {
            return true;
        }
    }
    false
}

/// `text-decoration`: the lines. Style, colour and thickness have properties of their own.
pub fn decoration(value: &str, context: &Context<'_>) -> Option<String> {
    let (mut scanner, mut lines) = (Scanner::new(value), Vec::new());
    while !scanner.is_at_end() {
        scanner.gap();
        let part = scanner.until(&SPACES);
        let line = word(&["none", "underline", "overline", "line-through", "blink"], part);
        let other =
            || word(&["solid", "auto", "from-font"], part).is_some() || color::parse(part, context.color).is_some();
        match line {
            Some(line) => lines.push(line),
            None if other() => {}
            None => return None,
        }
    }
    lines.retain(|line| *line != "blink");
    (!lines.is_empty()).then(|| lines.join(" "))
}

/// `font-weight`: words, and numbers from 1 to 1000.
pub fn weight(value: &str, context: &Context<'_>) -> Option<String> {
    if let Some(word) = word(&["normal", "bold", "bolder", "lighter"], value) {
        return Some(word.to_owned());
    }
    let mut scanner = Scanner::new(value);
    match Length::read(&mut scanner, context)? {
        Length::Number(weight) if (1.0..=1000.0).contains(&weight) && scanner.is_at_end() => {
            Some(weight.round().to_string())
        }
        _ => None,
    }
}

/// `font-style`, without the angle of `oblique`.
pub fn slant(value: &str, _: &Context<'_>) -> Option<String> {
    let mut scanner = Scanner::new(value);
    let style = word(&["normal", "italic", "oblique"], &scanner.ident()?)?;
    scanner.gap();
    if style == "oblique" && !scanner.is_at_end() {
        angle(&mut scanner, false)?;
    }
    scanner.is_at_end().then(|| style.to_owned())
}

/// `font-stretch`: words, and percentages as the nearest of them.
pub fn stretch(value: &str, _: &Context<'_>) -> Option<String> {
    const WORDS: [(&str, f64); 9] = [
        ("ultra-condensed", 50.0),
        ("extra-condensed", 62.5),
        ("condensed", 75.0),
        ("semi-condensed", 87.5),
        ("normal", 100.0),
        ("semi-expanded", 112.5),
        ("expanded", 125.0),
        ("extra-expanded", 150.0),
        ("ultra-expanded", 200.0),
    ];
    if let Some((word, _)) = WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(value)) {
        return Some((*word).to_owned());
    }
    let (percent, "%") = Scanner::new(value).dimension()? else { return None };
    let nearest = WORDS.iter().min_by(|a, b| (a.1 - percent).abs().total_cmp(&(b.1 - percent).abs()));
    nearest.filter(|_| percent >= 0.0).map(|(word, _)| (*word).to_owned())
}

/// The longhands of `font`. `None` when it is invalid.
pub fn font(value: &str) -> Option<Vec<(&'static str, &str)>> {
    let mut scanner = Scanner::new(value);
    let mut all = vec![("font-style", "normal"), ("font-variant", "normal"), ("font-weight", "normal")];
    all.push(("font-stretch", "normal"));
    loop {
        scanner.gap();
        let part = scanner.until(&[' ', '\t', '\n', '\r', '/']);
        let lower = part.to_ascii_lowercase();
        let next = scanner.rest().trim_start();
        match lower.as_str() {
            "" => return None,
            "normal" => continue,
            "italic" | "oblique" => all[0].1 = part,
            "small-caps" => all[1].1 = part,
            "bold" | "bolder" | "lighter" => all[2].1 = part,
            _ if lower.ends_with("condensed") || lower.ends_with("expanded") => all[3].1 = part,
            _ if lower.parse::<f64>().is_ok_and(|n| n >= 1.0)
                && next.starts_with(|c| c != '/')
                && all[2].1 == "normal" =>
            {
                all[2].1 = part;
            }
            _ => {
                all.push(("font-size", part));
                break;
            }
        }
    }
    scanner.gap();
    if scanner.eat('/') {
        scanner.gap();
        scanner.until(&SPACES);
    }
    let family = scanner.rest().trim();
    all.push(("font-family", Some(family).filter(|family| !family.is_empty())?));
    Some(all)
}

/// Whether a value is a link to outside of the artwork.
pub fn outside(value: &str) -> Option<String> {
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
        let attribute = Context { is_attribute: true, ..Context::default() };
        assert_eq!(filter("drop-shadow(black 0 10 8)", &attribute).as_deref(), Some("drop-shadow(#000000 0 10 8)"));
    }

    #[test]
    fn shapes_and_fonts_are_read() {
        let context = Context::default();
        assert_eq!(clip_path("inset(10px round 20px)", &context).as_deref(), Some("inset(10px round 20px)"));
        assert_eq!(clip_path("fill-box circle(1px)", &context).as_deref(), Some("circle(1px) fill-box"));
        assert_eq!(clip_path("url('#a')", &context).as_deref(), Some("url(#a)"));
        assert_eq!(clip_path("star()", &context), None);
        let expected = [
            ("font-style", "italic"),
            ("font-variant", "normal"),
            ("font-weight", "600"),
            ("font-stretch", "normal"),
            ("font-size", "12px"),
            ("font-family", "\"A B\", sans-serif"),
        ];
        assert_eq!(font("italic 600 12px/1.5 \"A B\", sans-serif").as_deref(), Some(&expected[..]));
        assert_eq!(font("12px"), None);
        assert_eq!(weight("350", &context).as_deref(), Some("350"));
        assert_eq!(stretch("80%", &context).as_deref(), Some("condensed"));
        assert_eq!(decoration("underline solid red", &context).as_deref(), Some("underline"));
        assert_eq!(paint_order("stroke", &context).as_deref(), Some("stroke"));
        assert_eq!(paint_order("stroke stroke", &context), None);
        assert_eq!(mask("url(#a) no-repeat", &context).as_deref(), Some("url(#a)"));
        assert_eq!(outside("blur(1px) url(https://a.cn/#a)").as_deref(), Some("https://a.cn/#a"));
        assert_eq!(outside("url(#a)"), None);
    }
}
