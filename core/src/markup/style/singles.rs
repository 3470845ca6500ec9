//! Properties beside `transform`: its origin, and single transforms.

use super::{
    Context,
    length::Length,
    transform::{is_bare, list, turn},
};
use crate::markup::css::scan::Scanner;

/// White space between parts of a value, and the comma, which may be within functions only.
const SEPARATORS: [char; 6] = [' ', '\t', '\n', '\r', '\x0c', ','];

/// What a part of `transform-origin` is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Side {
    Across,
    Down,
    Center,
    Length(Length),
}

/// `transform-origin`: two lengths, as words, px or percentages, and a third one, which changes nothing in the plane.
pub fn origin(value: &str, context: &Context<'_>) -> Option<String> {
    let mut scanner = Scanner::new(value);
    let mut all: Vec<(String, Side)> = Vec::new();
    while !scanner.is_at_end() {
        scanner.gap();
        if let Some(word) = scanner.clone().ident()
            && scanner.clone().function().is_none()
        {
            scanner.ident();
            let (share, side) = match word.to_ascii_lowercase().as_str() {
                "left" => ("0%", Side::Across),
                "right" => ("100%", Side::Across),
                "top" => ("0%", Side::Down),
                "bottom" => ("100%", Side::Down),
                "center" => ("50%", Side::Center),
                _ => return None,
            };
            all.push((share.to_owned(), side));
        } else {
            let length = Length::read(&mut scanner, context)?;
            (context.is_attribute || !is_bare(&length)).then_some(())?;
            all.push((length.text(), Side::Length(length)));
        }
    }
    let is_flat = |depth: Option<&(String, Side)>| {
        depth.is_none_or(|(_, depth)| matches!(depth, Side::Length(Length::Px(_) | Length::Number(_))))
    };
    match &all[..] {
        [(y, Side::Down)] => Some(format!("50% {y}")),
        [(x, _)] => Some(format!("{x} 50%")),
        [a, b, depth @ ..] if depth.len() < 2 && is_flat(depth.first()) => match (a.1, b.1) {
            // In the other order, both are words.
            (Side::Down, Side::Across | Side::Center) | (Side::Center, Side::Across) => {
                Some(format!("{} {}", b.0, a.0))
            }
            (Side::Down, _) | (_, Side::Across) => None,
            _ => Some(format!("{} {}", a.0, b.0)),
        },
        _ => None,
    }
}

/// Parts between white space. `None` with a comma among them.
fn parts(value: &str) -> Option<Vec<&str>> {
    let (mut scanner, mut all) = (Scanner::new(value), Vec::new());
    while !scanner.is_at_end() {
        scanner.gap();
        all.push(scanner.until(&SEPARATORS));
        (scanner.peek() != Some(',')).then_some(())?;
    }
    Some(all)
}

/// `translate`, as a function of `transform`.
pub fn translate(value: &str, context: &Context<'_>) -> Option<String> {
    single("translate", value, context)
}

/// `scale`, as a function of `transform`.
pub fn scale(value: &str, context: &Context<'_>) -> Option<String> {
    single("scale", value, context)
}

fn single(name: &str, value: &str, context: &Context<'_>) -> Option<String> {
    if value.eq_ignore_ascii_case("none") {
        return Some("none".to_owned());
    }
    let parts = parts(value)?;
    let space = if parts.len() > 2 { "3d" } else { "" };
    list(&format!("{name}{space}({})", parts.join(",")), context)
}

/// `rotate`, as a function of `transform`.
pub fn rotate(value: &str, context: &Context<'_>) -> Option<String> {
    if value.eq_ignore_ascii_case("none") {
        return Some("none".to_owned());
    }
    let parts = parts(value)?;
    // The angle stands before or after the axis.
    let is_angle = |part: &&str| part.parse::<f64>().is_err() && turn(Scanner::new(part), context).is_some();
    let (angle, axis) = match &parts[..] {
        [angle, axis @ ..] if is_angle(angle) => (angle, axis),
        [axis @ .., angle] if is_angle(angle) => (angle, axis),
        _ => return None,
    };
    match axis {
        [] => list(&format!("rotate({angle})"), context),
        [z] if z.eq_ignore_ascii_case("z") => list(&format!("rotate({angle})"), context),
        [x, y, z] => list(&format!("rotate3d({x},{y},{z},{angle})"), context),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_have_two_sides() {
        for (css, svg) in [
            ("center", "50% 50%"),
            ("top", "50% 0%"),
            ("bottom right", "100% 100%"),
            ("10px 20%", "10 20%"),
            ("left 5px", "0% 5"),
            ("5px top", "5 0%"),
            ("center left", "0% 50%"),
            ("top center", "50% 0%"),
            ("0 0 0", "0 0"),
            ("5px 6px 7px", "5 6"),
        ] {
            assert_eq!(origin(css, &Context::default()).as_deref(), Some(svg), "{css}");
        }
        for css in [
            "left left",
            "top 5px",
            "5px left",
            "5px,5px",
            "5px, 5px",
            "5px,",
            "5 5",
            "5px 5px 5%",
            "5px 5px,5px",
            "1px 2px 3px 4px",
            "",
        ] {
            assert_eq!(origin(css, &Context::default()), None, "{css}");
        }
        let attribute = Context { is_attribute: true, ..Context::default() };
        assert_eq!((origin("5 6", &attribute).as_deref(), origin("5,6", &attribute)), (Some("5 6"), None));
    }

    #[test]
    fn single_transforms_have_no_commas() {
        let context = Context::default();
        for (read, svg) in [
            (rotate("45deg", &context), Some("rotate(45)")),
            (rotate("Z 45deg", &context), Some("rotate(45)")),
            (rotate("45deg 0 0 -1", &context), Some("rotate(-45)")),
            (rotate("0", &context), None),
            (rotate("0 0 45deg", &context), None),
            (translate("5px 6px", &context), Some("translate(5 6)")),
            (translate("calc(1px + 2px)", &context), Some("translate(3 0)")),
            (translate("5px 6px 7px", &context), Some("translate(5 6)")),
            (translate("5px 6px 7%", &context), None),
            (translate("5px,6px", &context), None),
            (translate("5px 6px 7px 8px", &context), None),
            (scale("2 50%", &context), Some("scale(2 0.5)")),
            (scale("1 2 3", &context), Some("scale(1 2)")),
            (scale("1, 2", &context), None),
        ] {
            assert_eq!(read.as_deref(), svg);
        }
    }
}
