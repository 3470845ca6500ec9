//! Conditions of `@supports`. They hold for what browsers know, so that the same rules apply; what is not drawn is noted
//! where these rules use it.

use super::{
    conditions::joined,
    scan::Scanner,
    selector::{self, Namespaces},
};
use crate::markup::style;

/// Maximum depth of brackets in a condition.
const MAX_DEPTH: usize = 8;

/// Arguments for which a function of a condition holds, as in Chromium.
#[rustfmt::skip]
const FUNCTIONS: [(&str, &[&str]); 3] = [
    ("at-rule", &[
        "@-webkit-keyframes", "@container", "@counter-style", "@font-face", "@font-feature-values", "@font-palette-values",
        "@function", "@import", "@keyframes", "@layer", "@media", "@namespace", "@page", "@position-try", "@property",
        "@scope", "@starting-style", "@supports", "@view-transition",
    ]),
    ("font-format", &["collection", "opentype", "truetype", "woff", "woff2"]),
    ("font-tech", &[
        "color-cbdt", "color-colrv0", "color-colrv1", "color-sbix", "features-aat", "features-opentype", "palettes",
        "variations",
    ]),
];

/// Whether a condition holds. `namespaces`: those of the style sheet, for `selector()`. `None` when it cannot be read.
pub fn supports(text: &str, namespaces: &Namespaces) -> Option<bool> {
    condition(Scanner::new(text), namespaces, 0)
}

fn condition(scanner: Scanner<'_>, namespaces: &Namespaces, depth: usize) -> Option<bool> {
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
            function(&name, args.text.trim(), namespaces)
        } else {
            let start = scanner.at;
            (scanner.peek() == Some('(')).then(|| scanner.component())?;
            let inner = scanner.text[start + 1..scanner.at].strip_suffix(')')?.trim();
            match inner.split_once(':') {
                Some((name, value)) if !inner.starts_with('(') && name.trim().bytes().all(is_name) => {
                    style::supports(&name.trim().to_ascii_lowercase(), value.trim())
                }
                _ => condition(Scanner::new(inner), namespaces, depth + 1)?,
            }
        };
        Some(Some(own != negated))
    };
    joined(scanner, operand).flatten()
}

fn function(name: &str, argument: &str, namespaces: &Namespaces) -> bool {
    if name == "selector" {
        return selector::is_known(argument, namespaces);
    }
    let known = FUNCTIONS.iter().find(|(function, _)| *function == name).map_or(&[][..], |(_, known)| *known);
    known.contains(&argument.to_ascii_lowercase().as_str())
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_hold_for_what_browsers_know() {
        for (text, holds) in [
            ("(fill: red)", Some(true)),
            ("not (fill: red)", Some(false)),
            ("(fill: color(display-p3 1 0 0)) and (opacity: 50%)", Some(true)),
            ("(fill: shiny) or (--x: 1)", Some(true)),
            ("(display: grid)", Some(true)),
            ("(foo: bar)", Some(false)),
            ("selector(a > b)", Some(true)),
            ("selector(a >)", Some(false)),
            ("selector(:has(a))", Some(true)),
            ("not selector( :has(a) )", Some(false)),
            ("selector(:shiny)", Some(false)),
            ("not selector(a, b)", Some(true)),
            ("selector(:shiny) or (fill: red)", Some(true)),
            ("((fill: red) and (not (foo: bar)))", Some(true)),
            ("font-tech(color-COLRv1)", Some(true)),
            ("font-format(svg)", Some(false)),
            ("at-rule(@layer)", Some(true)),
            ("not shiny(a)", Some(true)),
            ("(mask: linear-gradient(red, blue))", Some(true)),
            ("(transform: perspective(1px))", Some(true)),
            ("(font: 12px a) and (marker: none)", Some(true)),
            ("(foo: var(--x))", Some(false)),
            ("(kerning: auto) or (-inkscape-stroke: none)", Some(false)),
            ("(fill: red) and", None),
            ("fill: red", None),
        ] {
            assert_eq!(supports(text, &Namespaces::default()), holds, "{text}");
        }
    }
}
