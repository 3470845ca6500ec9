//! Transforms of CSS, written as those of SVG.

use std::{borrow::Cow, fmt::Write};

use super::{
    Context,
    length::{Length, angle},
};
use crate::markup::css::scan::Scanner;

/// `transform`: functions of CSS and SVG. What CSS writes with units, commas or in three dimensions becomes a function of SVG.
pub fn list(value: &str, context: &Context<'_>) -> Option<String> {
    if value.eq_ignore_ascii_case("none") {
        return Some("none".to_owned());
    }
    let (mut scanner, mut text) = (Scanner::new(value), String::new());
    loop {
        while scanner.gap() || scanner.eat(',') {}
        if scanner.peek().is_none() {
            return (!text.is_empty()).then_some(text);
        }
        // SVG 1.1 allows white space before the bracket.
        let mut next = scanner;
        let (name, args) = match next.function() {
            Some(function) => function,
            None => {
                let name = next.ident()?.to_ascii_lowercase();
                next.gap();
                let start = next.at;
                (next.peek() == Some('(')).then(|| next.component())?;
                (name, Scanner::new(next.text[start + 1..next.at].strip_suffix(')')?))
            }
        };
        scanner = next;
        function(&name, args, context, &mut text)?;
    }
}

fn function(name: &str, args: Scanner<'_>, context: &Context<'_>, text: &mut String) -> Option<()> {
    // Attributes have the functions of SVG, without units.
    if context.is_attribute && !matches!(name, "matrix" | "translate" | "scale" | "rotate" | "skewx" | "skewy") {
        return None;
    }
    let px = |length: Option<Length>, whole: f64| length.map(|length| length.resolve(whole));
    let [width, height] = context.viewport;
    let separator = if text.is_empty() { "" } else { " " };
    text.push_str(separator);
    let _ = match name {
        "matrix" => {
            let [a, b, c, d, e, f] = numbers(args, context)?[..] else { return None };
            write!(text, "matrix({a} {b} {c} {d} {e} {f})")
        }
        "translate" | "translatex" | "translatey" | "translate3d" | "translatez" => {
            let all = lengths(args, context, [width, height, 0.0])?;
            if !context.is_attribute && all.iter().any(is_bare) {
                return None;
            }
            let [x, y] = match (name, &all[..]) {
                ("translate", [x]) => [Some(*x), None],
                ("translate", [x, y]) | ("translate3d", [x, y, _]) => [Some(*x), Some(*y)],
                ("translatex", [x]) => [Some(*x), None],
                ("translatey", [y]) => [None, Some(*y)],
                ("translatez", [_]) => [None, None],
                _ => return None,
            };
            write!(text, "translate({} {})", px(x, width).unwrap_or_default(), px(y, height).unwrap_or_default())
        }
        "matrix3d" => {
            // Without perspective, what is drawn lies in the plane.
            let [a, b, _, 0.0, c, d, _, 0.0, _, _, _, 0.0, e, f, _, 1.0] = numbers(args, context)?[..] else {
                return None;
            };
            write!(text, "matrix({a} {b} {c} {d} {e} {f})")
        }
        "rotate3d" => {
            let (axis, turn) = args.text.rsplit_once(',')?;
            let [0.0, 0.0, z] = numbers(Scanner::new(axis), context)?[..] else { return None };
            let degrees = angle(&mut Scanner::new(turn.trim()), false)?;
            write!(text, "rotate({})", if z > 0.0 { degrees } else { -degrees })
        }
        "scale" | "scalex" | "scaley" | "scale3d" | "scalez" => {
            let all = numbers(args, context)?;
            let [x, y] = match (name, &all[..]) {
                ("scale", [both]) => [*both, *both],
                ("scale", [x, y]) | ("scale3d", [x, y, _]) => [*x, *y],
                ("scalex", [x]) => [*x, 1.0],
                ("scaley", [y]) => [1.0, *y],
                ("scalez", [_]) => [1.0, 1.0],
                _ => return None,
            };
            write!(text, "scale({x} {y})")
        }
        "rotate" | "rotatez" => {
            let mut args = args;
            args.gap();
            let degrees = turn(&mut args, context)?;
            let center = match args.is_at_end() {
                true => Vec::new(),
                false => {
                    args.comma();
                    lengths(args, context, [width, height, 0.0])?
                }
            };
            match &center[..] {
                [] => write!(text, "rotate({degrees})"),
                [x, y] if context.is_attribute => {
                    write!(text, "rotate({degrees} {} {})", x.resolve(width), y.resolve(height))
                }
                _ => return None,
            }
        }
        "skewx" | "skewy" | "skew" => {
            let mut args = args;
            args.gap();
            let first = turn(&mut args, context)?;
            let second = if args.comma() { Some(turn(&mut args, context)?) } else { None };
            if !args.is_at_end() {
                return None;
            }
            let tan = |degrees: f64| degrees.to_radians().tan();
            match (name, second) {
                ("skewx", None) => write!(text, "skewX({first})"),
                ("skewy", None) => write!(text, "skewY({first})"),
                ("skew", second) => {
                    write!(text, "matrix(1 {} {} 1 0 0)", tan(second.unwrap_or_default()), tan(first))
                }
                _ => return None,
            }
        }
        _ => return None,
    };
    Some(())
}

fn numbers(args: Scanner<'_>, context: &Context<'_>) -> Option<Vec<f64>> {
    let all = lengths(args, context, [0.0; 3])?;
    all.into_iter()
        .map(|one| match one {
            Length::Number(number) => Some(number),
            Length::Percent(percent) => Some(percent / 100.0),
            Length::Px(_) => None,
        })
        .collect()
}

/// Lengths, of which percentages are shares of `wholes`.
fn lengths(mut args: Scanner<'_>, context: &Context<'_>, wholes: [f64; 3]) -> Option<Vec<Length>> {
    let mut all = Vec::new();
    args.gap();
    while !args.is_at_end() {
        let context = Context { whole: wholes.get(all.len()).copied(), ..*context };
        let length = Length::read(&mut args, &context)?;
        if context.is_attribute && !matches!(length, Length::Number(_)) {
            return None;
        }
        all.push(length);
        if !args.comma() {
            args.gap();
        }
    }
    Some(all)
}

/// Whether a length has no unit, though it needs one.
fn is_bare(length: &Length) -> bool {
    matches!(length, Length::Number(number) if *number != 0.0)
}

/// An angle; a number of degrees in an attribute.
fn turn(args: &mut Scanner<'_>, context: &Context<'_>) -> Option<f64> {
    if context.is_attribute { args.number() } else { angle(args, false) }
}

/// `transform-origin`: two lengths, as words, px or percentages.
pub fn origin(value: &str, context: &Context<'_>) -> Option<String> {
    let mut scanner = Scanner::new(value);
    let mut all: Vec<(String, Option<bool>)> = Vec::new();
    while !scanner.is_at_end() {
        scanner.gap();
        if let Some(word) = scanner.clone().ident()
            && scanner.clone().function().is_none()
        {
            scanner.ident();
            let (share, is_x) = match word.to_ascii_lowercase().as_str() {
                "left" => ("0%", Some(true)),
                "right" => ("100%", Some(true)),
                "top" => ("0%", Some(false)),
                "bottom" => ("100%", Some(false)),
                "center" => ("50%", None),
                _ => return None,
            };
            all.push((share.to_owned(), is_x));
        } else {
            all.push((Length::read(&mut scanner, context)?.text(), None));
        }
    }
    let (x, y) = match &all[..] {
        [(y, Some(false))] => return Some(format!("50% {y}")),
        [(x, _)] => return Some(format!("{x} 50%")),
        [a, b] | [a, b, _] if a.1 == Some(false) || b.1 == Some(true) => (b, a),
        [a, b] | [a, b, _] => (a, b),
        _ => return None,
    };
    (x.1 != Some(false) && y.1 != Some(true)).then(|| format!("{} {}", x.0, y.0))
}

/// `translate`, as a function of `transform`.
pub fn translate(value: &str, context: &Context<'_>) -> Option<String> {
    if value.eq_ignore_ascii_case("none") {
        return Some("none".to_owned());
    }
    list(&format!("translate({})", value.split_whitespace().take(2).collect::<Vec<_>>().join(",")), context)
}

/// `scale`, as a function of `transform`.
pub fn scale(value: &str, context: &Context<'_>) -> Option<String> {
    if value.eq_ignore_ascii_case("none") {
        return Some("none".to_owned());
    }
    list(&format!("scale({})", value.split_whitespace().take(2).collect::<Vec<_>>().join(",")), context)
}

/// `rotate`, as a function of `transform`.
pub fn rotate(value: &str, context: &Context<'_>) -> Option<String> {
    if value.eq_ignore_ascii_case("none") {
        return Some("none".to_owned());
    }
    list(&format!("rotate({})", value.strip_prefix("z ").unwrap_or(value)), context)
}

/// The path of `d: path("...")`; an attribute holds the path itself.
pub fn path<'v>(value: &'v str, context: &Context<'_>) -> Option<Cow<'v, str>> {
    if context.is_attribute {
        return Some(Cow::Borrowed(value));
    }
    if value.eq_ignore_ascii_case("none") {
        return Some(Cow::Borrowed(""));
    }
    let mut scanner = Scanner::new(value);
    let (name, mut args) = scanner.function()?;
    args.gap();
    let path = args.string()?;
    (name == "path" && scanner.is_at_end() && args.is_at_end()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_of_css_become_those_of_svg() {
        let read = |css: &str| list(css, &Context::default());
        for (css, svg) in [
            ("translate(40px,20px)", "translate(40 20)"),
            ("translateX(1in) rotate(.25turn)", "translate(96 0) rotate(90)"),
            ("translate(50%, 10%)", "translate(50 10)"),
            ("scale(1.5) scaleY(2)", "scale(1.5 1.5) scale(1 2)"),
            ("translate3d(1px, 2px, 0) rotateZ(3deg)", "translate(1 2) rotate(3)"),
            ("matrix(1,0,0,1,2,3)", "matrix(1 0 0 1 2 3)"),
            ("skewX(10deg)", "skewX(10)"),
            ("translate(calc(10% + 5px))", "translate(15 0)"),
            ("matrix3d(1,0,0,0,0,1,0,0,0,0,1,0,2,3,0,1)", "matrix(1 0 0 1 2 3)"),
            ("rotate3d(0, 0, 1, 9deg)", "rotate(9)"),
        ] {
            assert_eq!(read(css).as_deref(), Some(svg), "{css}");
        }
        for css in ["", "translate(40)", "rotate(3)", "rotate(3deg, 1px, 1px)", "perspective(1px)", "scale()", "x"] {
            assert_eq!(read(css), None, "{css}");
        }
        let attribute = Context { is_attribute: true, ..Context::default() };
        for (css, svg) in [
            ("translate(1,2),scale(3)", "translate(1 2) scale(3 3)"),
            ("rotate(3 4 5)", "rotate(3 4 5)"),
            ("translate (1-2)", "translate(1 -2)"),
        ] {
            assert_eq!(list(css, &attribute).as_deref(), Some(svg), "{css}");
        }
        for css in ["translate(1px)", "rotate(3deg)", "translateX(3)", "rotate(3 1px 2)", "scale(5%)"] {
            assert_eq!(list(css, &attribute), None, "{css}");
        }
    }

    #[test]
    fn origins_have_two_sides() {
        for (css, svg) in [
            ("center", "50% 50%"),
            ("top", "50% 0%"),
            ("bottom right", "100% 100%"),
            ("10px 20%", "10 20%"),
            ("left 5px", "0% 5"),
            ("0 0 0", "0 0"),
        ] {
            assert_eq!(origin(css, &Context::default()).as_deref(), Some(svg), "{css}");
        }
        assert_eq!(origin("left left", &Context::default()), None);
        assert_eq!(path("path('M0 0h9')", &Context::default()).as_deref(), Some("M0 0h9"));
        assert_eq!(rotate("45deg", &Context::default()).as_deref(), Some("rotate(45)"));
        assert_eq!(translate("5px 6px", &Context::default()).as_deref(), Some("translate(5 6)"));
    }
}
