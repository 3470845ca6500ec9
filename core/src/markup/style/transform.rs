//! Transforms of CSS, written as those of SVG.

use std::{borrow::Cow, fmt::Write};

use super::{
    Context,
    length::{Length, angle},
};
use crate::markup::css::scan::Scanner;

/// `transform`: functions of CSS or, in an attribute, of SVG. What CSS writes with units or in three dimensions becomes a
/// function of SVG.
pub fn list(value: &str, context: &Context<'_>) -> Option<String> {
    if value.eq_ignore_ascii_case("none") {
        return Some("none".to_owned());
    }
    // Attributes have no comments.
    if context.is_attribute && value.contains("/*") {
        return None;
    }
    let (mut scanner, mut text) = (Scanner::new(value), String::new());
    scanner.gap();
    loop {
        let (name, args) = if context.is_attribute { svg_function(&mut scanner)? } else { scanner.function()? };
        function(&name, args, context, &mut text)?;
        // Of SVG alone, there may be a comma between functions.
        let has_comma = context.is_attribute && scanner.comma();
        scanner.gap();
        if !has_comma && scanner.peek().is_none() {
            return Some(text);
        }
    }
}

/// A function of SVG: its name in lower case, although it is case-sensitive, and its arguments. Before the bracket there may
/// be white space.
fn svg_function<'a>(scanner: &mut Scanner<'a>) -> Option<(String, Scanner<'a>)> {
    let name = scanner.ident()?;
    matches!(&*name, "matrix" | "translate" | "scale" | "rotate" | "skewX" | "skewY").then_some(())?;
    scanner.gap();
    let start = scanner.at;
    (scanner.peek() == Some('(')).then(|| scanner.component())?;
    let args = Scanner::new(scanner.text[start + 1..scanner.at].strip_suffix(')')?);
    Some((name.to_ascii_lowercase(), args))
}

fn function(name: &str, args: Scanner<'_>, context: &Context<'_>, text: &mut String) -> Option<()> {
    let px = |length: Option<Length>, whole: f64| length.map(|length| length.resolve(whole));
    let [width, height] = context.viewport;
    let args = arguments(args, context)?;
    let separator = if text.is_empty() { "" } else { " " };
    text.push_str(separator);
    let _ = match name {
        "matrix" => {
            let [a, b, c, d, e, f] = numbers(&args, context, false)?[..] else { return None };
            write!(text, "matrix({a} {b} {c} {d} {e} {f})")
        }
        "translate" | "translatex" | "translatey" | "translate3d" | "translatez" => {
            let all = lengths(&args, context)?;
            let [x, y, z] = match (name, &all[..]) {
                ("translate" | "translatex", [x]) => [Some(*x), None, None],
                ("translate", [x, y]) => [Some(*x), Some(*y), None],
                ("translate3d", [x, y, z]) => [Some(*x), Some(*y), Some(*z)],
                ("translatey", [y]) => [None, Some(*y), None],
                ("translatez", [z]) => [None, None, Some(*z)],
                _ => return None,
            };
            if matches!(z, Some(Length::Percent(_))) {
                return None;
            }
            write!(text, "translate({} {})", px(x, width).unwrap_or_default(), px(y, height).unwrap_or_default())
        }
        "matrix3d" => {
            // Without perspective, what is drawn lies in the plane.
            let [a, b, _, 0.0, c, d, _, 0.0, _, _, _, 0.0, e, f, _, 1.0] = numbers(&args, context, false)?[..] else {
                return None;
            };
            write!(text, "matrix({a} {b} {c} {d} {e} {f})")
        }
        "rotate3d" => {
            let (turned, axis) = args.split_last()?;
            let [0.0, 0.0, z] = numbers(axis, context, false)?[..] else { return None };
            let degrees = turn(*turned, context)?;
            write!(text, "rotate({})", if z > 0.0 { degrees } else { -degrees })
        }
        "scale" | "scalex" | "scaley" | "scale3d" | "scalez" => {
            let all = numbers(&args, context, true)?;
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
        "rotate" if context.is_attribute && args.len() == 3 => {
            let [degrees, x, y] = numbers(&args, context, false)?[..] else { return None };
            write!(text, "rotate({degrees} {x} {y})")
        }
        "rotate" | "rotatez" | "skewx" | "skewy" | "skew" => {
            let all: Vec<f64> = args.iter().map(|one| turn(*one, context)).collect::<Option<_>>()?;
            let tan = |degrees: f64| degrees.to_radians().tan();
            match (name, &all[..]) {
                ("rotate" | "rotatez", [degrees]) => write!(text, "rotate({degrees})"),
                ("skewx", [degrees]) => write!(text, "skewX({degrees})"),
                ("skewy", [degrees]) => write!(text, "skewY({degrees})"),
                ("skew", [x]) => write!(text, "matrix(1 0 {} 1 0 0)", tan(*x)),
                ("skew", [x, y]) => write!(text, "matrix(1 {} {} 1 0 0)", tan(*y), tan(*x)),
                _ => return None,
            }
        }
        _ => return None,
    };
    Some(())
}

/// Arguments between commas; of an attribute numbers, between which there may be a comma.
fn arguments<'a>(mut args: Scanner<'a>, context: &Context<'_>) -> Option<Vec<Scanner<'a>>> {
    let mut all = Vec::new();
    args.gap();
    while all.is_empty() || args.peek().is_some() {
        let start = args.at;
        if context.is_attribute {
            args.number()?;
        } else {
            args.until(&[',']);
        }
        all.push(Scanner::new(&args.text[start..args.at]));
        let has_comma = args.comma();
        args.gap();
        // Something follows.
        if has_comma && args.peek().is_none() {
            return None;
        }
    }
    Some(all)
}

/// Numbers; percentages as shares if they are allowed.
fn numbers(args: &[Scanner<'_>], context: &Context<'_>, has_percentages: bool) -> Option<Vec<f64>> {
    let number = |arg: &Scanner<'_>| match whole(*arg, context)? {
        Length::Number(number) => Some(number),
        Length::Percent(percent) if has_percentages => Some(percent / 100.0),
        Length::Percent(_) | Length::Px(_) => None,
    };
    args.iter().map(number).collect()
}

/// Lengths; percentages are shares of the viewport. Only zero may be without a unit, unless it is in an attribute.
fn lengths(args: &[Scanner<'_>], context: &Context<'_>) -> Option<Vec<Length>> {
    let [width, height] = context.viewport;
    let length = |(arg, side): (&Scanner<'_>, f64)| {
        let length = whole(*arg, &Context { whole: Some(side), ..*context })?;
        (context.is_attribute || !is_bare(&length)).then_some(length)
    };
    args.iter()
        .zip([width, height, 0.0])
        .map(length)
        .collect::<Option<_>>()
        .filter(|all: &Vec<_>| all.len() == args.len())
}

/// An argument that is a length and nothing else.
fn whole(mut arg: Scanner<'_>, context: &Context<'_>) -> Option<Length> {
    arg.gap();
    Length::read(&mut arg, context).filter(|_| arg.is_at_end())
}

/// Whether a length has no unit, though it needs one.
pub fn is_bare(length: &Length) -> bool {
    matches!(length, Length::Number(number) if *number != 0.0)
}

/// An angle in degrees; a number of them in an attribute.
pub fn turn(mut arg: Scanner<'_>, context: &Context<'_>) -> Option<f64> {
    arg.gap();
    let degrees = if context.is_attribute { arg.number() } else { angle(&mut arg, false) };
    degrees.filter(|_| arg.is_at_end())
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
            ("translate( 5px /**/ , 5px )scale(2)", "translate(5 5) scale(2 2)"),
            ("scale(1.5) scaleY(200%)", "scale(1.5 1.5) scale(1 2)"),
            ("translate3d(1px, 2px, 0) rotateZ(3deg)", "translate(1 2) rotate(3)"),
            ("matrix(1,0,0,1,2,3)", "matrix(1 0 0 1 2 3)"),
            ("skewX(10deg)", "skewX(10)"),
            ("translate(calc(10% + 5px))", "translate(15 0)"),
            ("matrix3d(1,0,0,0,0,1,0,0,0,0,1,0,2,3,0,1)", "matrix(1 0 0 1 2 3)"),
            ("rotate3d(0, 0, 1, 9deg)", "rotate(9)"),
            ("skew(0)", "matrix(1 0 0 1 0 0)"),
        ] {
            assert_eq!(read(css).as_deref(), Some(svg), "{css}");
        }
        // As in browsers.
        for css in [
            "",
            "translate(40)",
            "rotate(3)",
            "rotate(3deg, 1px, 1px)",
            "rotate(3deg 1px 1px)",
            "perspective(1px)",
            "scale()",
            "x",
            "translate(50px 50px)",
            "translate(5px,)",
            "translate(,5px)",
            "translate(5px,,5px)",
            "translate(1px,2px,3px)",
            "scale(1 .5)",
            "scale(1-2)",
            "matrix(1 0 0 1 5 5)",
            "matrix(1,0,0,1,5,5,)",
            "matrix(50%,0,0,1,5,5)",
            "translate(1px),scale(2)",
            "translate(1px) , scale(2)",
            ",scale(2)",
            "scale(2),",
            "translate (1px)",
            "skew(1deg 2deg)",
            "skewX(1deg,)",
            "translate3d(1px 2px 0)",
            "translate3d(1px,2px,5%)",
            "translateZ(5%)",
            "scale3d(1,2)",
            "rotate3d(0 0 1 9deg)",
            "none none",
            "scale(2) x",
        ] {
            assert_eq!(read(css), None, "{css}");
        }
    }

    #[test]
    fn attributes_have_the_functions_of_svg() {
        let attribute = Context { is_attribute: true, ..Context::default() };
        for (css, svg) in [
            ("translate(1,2),scale(3)", "translate(1 2) scale(3 3)"),
            ("translate(1 2) , scale(3)rotate(1)", "translate(1 2) scale(3 3) rotate(1)"),
            ("rotate(3 4 5)", "rotate(3 4 5)"),
            ("rotate(3 , 4 , 5)", "rotate(3 4 5)"),
            ("translate (1-2)", "translate(1 -2)"),
            ("translate(\n5.5.5\t)", "translate(5.5 0.5)"),
            ("skewX(+1e1)", "skewX(10)"),
        ] {
            assert_eq!(list(css, &attribute).as_deref(), Some(svg), "{css}");
        }
        // As in browsers.
        for css in [
            "translate(1px)",
            "rotate(3deg)",
            "translateX(3)",
            "rotate(3 1px 2)",
            "scale(5%)",
            "translate(5,)",
            "translate(,5)",
            "translate( ,5)",
            "translate(5,,5)",
            "translate()",
            "translate(1,2,3)",
            "translate(1),,scale(2)",
            ",scale(2)",
            "scale(2),",
            "scale(2) x",
            "scale(2",
            "scale(2,)",
            "rotate(1,2)",
            "rotate(1,2,)",
            "rotate(1,,2,3)",
            "rotate(1 2 3 4)",
            "skewX(1,2)",
            "skewx(1)",
            "SCALE(2)",
            "skew(1)",
            "matrix(1 0 0 1 5)",
            "matrix(1,0,0,1,5,5,)",
            "scale(2)/**/",
            "scale(calc(2))",
            "translate(5.)",
            "translate(+-5)",
            "scale(2);",
            "scale(2)(3)",
            "",
        ] {
            assert_eq!(list(css, &attribute), None, "{css}");
        }
    }

    #[test]
    fn paths_are_read() {
        assert_eq!(path("path('M0 0h9')", &Context::default()).as_deref(), Some("M0 0h9"));
    }
}
