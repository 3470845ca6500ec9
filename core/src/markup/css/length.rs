//! Lengths, numbers and angles of CSS values, with `calc()`.

use super::{context::Context, scan::Scanner};

/// Maximum depth of brackets in `calc()`.
const MAX_DEPTH: usize = 16;
/// Sizes of letters in the default font, Noto Sans SC, in font sizes: the width of `0`, and the heights of `x` and of capitals.
const ZERO: f64 = 0.555;
const X_HEIGHT: f64 = 0.543;
const CAPITALS: f64 = 0.733;
/// Height of its lines, in font sizes.
const LINE: f64 = 1.448;

/// A number of px, a share of something, or a plain number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Length {
    /// px.
    Px(f64),
    /// Percent.
    Percent(f64),
    /// Without a unit.
    Number(f64),
}

impl Length {
    /// Reads a length, a percentage or a number.
    pub fn read(scanner: &mut Scanner<'_>, context: &Context<'_>) -> Option<Self> {
        if let Some((name, args)) = scanner.clone().function()
            && matches!(name.as_str(), "calc" | "min" | "max" | "clamp")
        {
            scanner.function();
            return calculation(&name, args, context, 0);
        }
        let (number, unit) = scanner.dimension()?;
        Self::of(number, unit, context)
    }

    fn of(number: f64, unit: &str, context: &Context<'_>) -> Option<Self> {
        let px = match unit.to_ascii_lowercase().as_str() {
            "" => return Some(Self::Number(number)),
            "%" => return Some(Self::Percent(number)),
            "px" => 1.0,
            "in" => 96.0,
            "cm" => 96.0 / 2.54,
            "mm" => 96.0 / 25.4,
            "q" => 96.0 / 101.6,
            "pt" => 4.0 / 3.0,
            "pc" => 16.0,
            "em" => context.font_size,
            "rem" => context.root_font_size,
            "ch" => ZERO * context.font_size,
            "rch" => ZERO * context.root_font_size,
            "ex" => X_HEIGHT * context.font_size,
            "rex" => X_HEIGHT * context.root_font_size,
            "cap" => CAPITALS * context.font_size,
            "rcap" => CAPITALS * context.root_font_size,
            "ic" => context.font_size,
            "ric" => context.root_font_size,
            "lh" => LINE * context.font_size,
            "rlh" => LINE * context.root_font_size,
            "vw" | "svw" | "lvw" | "dvw" | "vi" => context.screen[0] / 100.0,
            "vh" | "svh" | "lvh" | "dvh" | "vb" => context.screen[1] / 100.0,
            "vmin" => context.screen[0].min(context.screen[1]) / 100.0,
            "vmax" => context.screen[0].max(context.screen[1]) / 100.0,
            _ => return None,
        };
        Some(Self::Px(number * px))
    }

    /// px, when a percentage is a share of `whole`.
    pub fn resolve(self, whole: f64) -> f64 {
        match self {
            Self::Px(px) | Self::Number(px) => px,
            Self::Percent(percent) => percent * whole / 100.0,
        }
    }

    /// The number without its unit.
    pub fn number(self) -> f64 {
        match self {
            Self::Px(number) | Self::Percent(number) | Self::Number(number) => number,
        }
    }

    /// As an attribute of SVG.
    pub fn text(self) -> String {
        match self {
            Self::Px(px) | Self::Number(px) => px.to_string(),
            Self::Percent(percent) => format!("{percent}%"),
        }
    }

    fn with(self, number: f64) -> Self {
        match self {
            Self::Px(_) => Self::Px(number),
            Self::Percent(_) => Self::Percent(number),
            Self::Number(_) => Self::Number(number),
        }
    }

    fn is_like(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }
}

/// `calc()`, `min()`, `max()` and `clamp()` of values of one kind. Lengths and percentages are of one kind when it is known
/// what the percentages are shares of.
fn calculation(name: &str, mut args: Scanner<'_>, context: &Context<'_>, depth: usize) -> Option<Length> {
    if depth > MAX_DEPTH {
        return None;
    }
    let mut all = vec![sum(&mut args, context, depth)?];
    while args.comma() {
        all.push(sum(&mut args, context, depth)?);
    }
    if let Some(whole) = context.whole.filter(|_| all.iter().any(|one| matches!(one, Length::Px(_)))) {
        all.iter_mut()
            .filter(|one| matches!(one, Length::Percent(_)))
            .for_each(|one| *one = Length::Px(one.resolve(whole)));
    }
    let first = *all.first()?;
    if !args.is_at_end() || !all.iter().all(|one| one.is_like(first)) {
        return None;
    }
    let numbers = || all.iter().map(|one| one.number());
    match (name, &all[..]) {
        ("calc" | "", [one]) => Some(*one),
        ("min", _) => Some(first.with(numbers().fold(f64::INFINITY, f64::min))),
        ("max", _) => Some(first.with(numbers().fold(f64::NEG_INFINITY, f64::max))),
        ("clamp", [low, value, high]) => Some(first.with(value.number().min(high.number()).max(low.number()))),
        _ => None,
    }
}

fn sum(args: &mut Scanner<'_>, context: &Context<'_>, depth: usize) -> Option<Length> {
    let mut total = product(args, context, depth)?;
    loop {
        let mut next = *args;
        let is_spaced = next.gap();
        let sign = match next.peek() {
            Some('+') => 1.0,
            Some('-') => -1.0,
            _ => return Some(total),
        };
        next.at += 1;
        // Without spaces around it, the sign is that of a number.
        if !is_spaced || !next.gap() {
            return None;
        }
        let term = product(&mut next, context, depth)?;
        let px =
            |one: Length| context.whole.filter(|_| !matches!(one, Length::Number(_))).map(|whole| one.resolve(whole));
        if let (false, Some(a), Some(b)) = (term.is_like(total), px(total), px(term)) {
            total = Length::Px(a + sign * b);
        } else if !term.is_like(total) {
            // Nothing plus something; a number is neither a length nor a percentage.
            if matches!((total, term), (Length::Number(_), _) | (_, Length::Number(_))) {
                return None;
            }
            total = match (total.number() == 0.0, term.number() == 0.0) {
                (true, _) => term.with(sign * term.number()),
                (_, true) => total,
                _ => return None,
            };
        } else {
            total = total.with(total.number() + sign * term.number());
        }
        *args = next;
    }
}

fn product(args: &mut Scanner<'_>, context: &Context<'_>, depth: usize) -> Option<Length> {
    let mut total = term(args, context, depth)?;
    loop {
        let mut next = *args;
        next.gap();
        let divides = match next.peek() {
            Some('*') => false,
            Some('/') => true,
            _ => return Some(total),
        };
        next.at += 1;
        let factor = term(&mut next, context, depth)?;
        total = match (total, factor, divides) {
            (total, Length::Number(by), true) if by != 0.0 => total.with(total.number() / by),
            (total, Length::Number(by), false) => total.with(total.number() * by),
            (Length::Number(by), other, false) => other.with(other.number() * by),
            _ => return None,
        };
        *args = next;
    }
}

fn term(args: &mut Scanner<'_>, context: &Context<'_>, depth: usize) -> Option<Length> {
    args.gap();
    if args.peek() == Some('(') {
        let start = args.at;
        args.component();
        let inner = args.text[start + 1..args.at].strip_suffix(')')?;
        return calculation("", Scanner::new(inner), context, depth + 1);
    }
    if let Some((name, inner)) = args.clone().function() {
        args.function();
        return calculation(&name, inner, context, depth + 1);
    }
    let (number, unit) = args.dimension()?;
    Length::of(number, unit, context)
}

/// Reads an angle in degrees. Only zero may be without a unit, unless `bare` allows it.
pub fn angle(scanner: &mut Scanner<'_>, bare: bool) -> Option<f64> {
    if let Some((name, args)) = scanner.clone().function()
        && name == "calc"
    {
        scanner.function();
        let mut inner = args;
        let value = angle(&mut inner, bare)?;
        return inner.is_at_end().then_some(value);
    }
    let (number, unit) = scanner.dimension()?;
    Some(match unit.to_ascii_lowercase().as_str() {
        "deg" => number,
        "grad" => number * 0.9,
        "rad" => number.to_degrees(),
        "turn" => number * 360.0,
        "" if bare || number == 0.0 => number,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_calculated() {
        let context = Context::default();
        for (text, length) in [
            ("2em", Length::Px(32.0)),
            ("calc(10px + 2 * 3px)", Length::Px(16.0)),
            ("calc((10% - 4%) / 2)", Length::Percent(3.0)),
            ("min(3px, 1in)", Length::Px(3.0)),
            ("clamp(1px, 9px, 4px)", Length::Px(4.0)),
            ("calc(0px + 5%)", Length::Percent(5.0)),
            ("1in", Length::Px(96.0)),
            ("50vw", Length::Px(50.0)),
            ("10CH", Length::Px(88.8)),
            ("100ex", Length::Px(868.8)),
            ("2ric", Length::Px(32.0)),
        ] {
            let read = Length::read(&mut Scanner::new(text), &context).expect(text);
            assert!(read.is_like(length) && (read.number() - length.number()).abs() < 1e-9, "{text}: {read:?}");
        }
        for text in [
            "1foo",
            "calc(1px + 1%)",
            "calc(1px * 1px)",
            "calc(1px / 0)",
            "calc()",
            "calc(1px -2px)",
            "calc(1px+2px)",
            "calc(0 + 5px)",
            "x",
        ] {
            assert_eq!(Length::read(&mut Scanner::new(text), &context), None, "{text}");
        }
        let screen = Context { viewport: [24.0; 2], screen: [400.0, 200.0], ..Context::default() };
        for (text, px) in [("5vw", 20.0), ("5vh", 10.0), ("5vmin", 10.0), ("5vmax", 20.0), ("calc(1vw + 1vh)", 6.0)] {
            let read = Length::read(&mut Scanner::new(text), &screen);
            assert_eq!(read, Some(Length::Px(px)), "{text} is a share of the artwork, not of a viewBox");
        }
        let known = Context { whole: Some(200.0), ..Context::default() };
        for (text, px) in [("calc(10% + 5px)", 25.0), ("calc(5px - 10%)", -15.0), ("min(50%, 80px)", 80.0)] {
            assert_eq!(Length::read(&mut Scanner::new(text), &known), Some(Length::Px(px)), "{text}");
        }
        let deep = format!("calc({}1px{})", "(".repeat(500), ")".repeat(500));
        assert_eq!(Length::read(&mut Scanner::new(&deep), &context), None);
    }

    #[test]
    fn angles_are_degrees() {
        for (text, degrees) in [("90deg", 90.0), ("100grad", 90.0), (".25turn", 90.0), ("0", 0.0)] {
            assert_eq!(angle(&mut Scanner::new(text), false), Some(degrees), "{text}");
        }
        assert_eq!(angle(&mut Scanner::new("90"), false), None);
        assert_eq!(angle(&mut Scanner::new("90"), true), Some(90.0));
    }
}
