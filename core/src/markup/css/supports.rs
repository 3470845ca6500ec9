//! Conditions of `@supports`: what is drawn here is supported.

use super::{conditions::joined, scan::Scanner, selector};
use crate::markup::style;

/// Maximum depth of brackets in a condition.
const MAX_DEPTH: usize = 8;

/// Whether a condition holds. `None` when it cannot be read.
pub fn supports(text: &str) -> Option<bool> {
    condition(Scanner::new(text), 0)
}

fn condition(scanner: Scanner<'_>, depth: usize) -> Option<bool> {
    if depth > MAX_DEPTH {
        return None;
    }
    let operand = |scanner: &mut Scanner<'_>| {
        let mut next = *scanner;
        let negated =
            next.ident().is_some_and(|word| word.eq_ignore_ascii_case("not")) && !next.rest().starts_with('(');
        if negated {
            *scanner = next;
            scanner.gap();
        }
        let own = if let Some((name, args)) = scanner.function() {
            name == "selector" && selector::parse(args.text, None).is_some()
        } else {
            let start = scanner.at;
            (scanner.peek() == Some('(')).then(|| scanner.component())?;
            let inner = scanner.text[start + 1..scanner.at].strip_suffix(')')?.trim();
            match inner.split_once(':') {
                Some((name, value)) if !inner.starts_with('(') && name.trim().bytes().all(is_name) => {
                    style::supports(&name.trim().to_ascii_lowercase(), value.trim())
                }
                _ => condition(Scanner::new(inner), depth + 1)?,
            }
        };
        Some(Some(own != negated))
    };
    joined(scanner, operand).flatten()
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_hold_for_what_is_drawn() {
        for (text, holds) in [
            ("(fill: red)", Some(true)),
            ("not (fill: red)", Some(false)),
            ("(fill: color(display-p3 1 0 0)) and (opacity: 50%)", Some(true)),
            ("(fill: shiny) or (--x: 1)", Some(true)),
            ("(display: grid)", Some(true)),
            ("(foo: bar)", Some(false)),
            ("selector(a > b)", Some(true)),
            ("selector(a >)", Some(false)),
            ("((fill: red) and (not (foo: bar)))", Some(true)),
            ("font-tech(color-COLRv1)", Some(false)),
            ("(fill: red) and", None),
            ("fill: red", None),
        ] {
            assert_eq!(supports(text), holds, "{text}");
        }
    }
}
