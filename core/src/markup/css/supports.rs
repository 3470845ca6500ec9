//! Conditions of `@supports`. They hold for what browsers know, so that the same rules apply; what is not drawn is noted
//! where these rules use it.

mod components;
mod grammar;
mod matching;
mod math;

use super::{
    conditions::joined,
    scan::Scanner,
    selector::{self, Namespaces},
};
use crate::markup::budget::Budget;

/// Maximum depth of brackets in a condition.
const MAX_DEPTH: usize = 8;

/// Arguments for which a function of a condition holds, as in Chromium.
#[rustfmt::skip]
const FUNCTIONS: [(&str, &[&str]); 3] = [
    ("at-rule", &[
        "@-webkit-keyframes", "@annotation", "@bottom-center", "@bottom-left", "@bottom-left-corner", "@bottom-right",
        "@bottom-right-corner", "@character-variant", "@container", "@counter-style", "@font-face", "@font-feature-values",
        "@font-palette-values", "@function", "@historical-forms", "@import", "@keyframes", "@layer", "@left-bottom", "@left-middle",
        "@left-top", "@media", "@namespace", "@ornaments", "@page", "@position-try", "@property", "@right-bottom", "@right-middle",
        "@right-top", "@scope", "@starting-style", "@styleset", "@stylistic", "@supports", "@swash", "@top-center", "@top-left",
        "@top-left-corner", "@top-right", "@top-right-corner", "@view-transition",
    ]),
    ("font-format", &["collection", "opentype", "truetype", "woff", "woff2"]),
    ("font-tech", &[
        "color-cbdt", "color-colrv0", "color-colrv1", "color-sbix", "features-aat", "features-opentype", "palettes",
        "variations",
    ]),
];

/// Whether a condition holds. `namespaces`: those of the style sheet, for `selector()`. `None` when it cannot be read.
pub fn supports(text: &str, namespaces: &Namespaces, budget: &Budget) -> Option<bool> {
    Supports { namespaces, budget }.condition(Scanner::new(text), 0)
}

struct Supports<'s> {
    namespaces: &'s Namespaces,
    budget: &'s Budget,
}

impl Supports<'_> {
    fn condition(&self, scanner: Scanner<'_>, depth: usize) -> Option<bool> {
        if depth > MAX_DEPTH {
            return None;
        }
        let operand = |scanner: &mut Scanner<'_>| {
            if let Some((name, arguments)) = scanner.function() {
                return Some(Some(self.function(&name, arguments.text.trim())));
            }
            let start = scanner.at;
            (scanner.peek() == Some('(')).then(|| scanner.component())?;
            let inner = scanner.text[start + 1..scanner.at].strip_suffix(')')?;
            Some(Some(self.inside(inner, depth)))
        };
        joined(scanner, operand).flatten()
    }

    /// What is in brackets: a declaration, or conditions. Anything else does not hold.
    fn inside(&self, text: &str, depth: usize) -> bool {
        let mut scanner = Scanner::new(text);
        scanner.gap();
        if let Some(name) = scanner.ident() {
            scanner.gap();
            if scanner.eat(':') {
                let name = if name.starts_with("--") { name } else { name.to_ascii_lowercase().into() };
                return matching::is_known(&name, scanner.rest(), self.budget);
            }
        }
        self.condition(Scanner::new(text), depth + 1) == Some(true)
    }

    fn function(&self, name: &str, argument: &str) -> bool {
        if name == "selector" {
            return selector::is_known(argument, self.namespaces);
        }
        let known = FUNCTIONS.iter().find(|(function, _)| *function == name).map_or(&[][..], |(_, known)| *known);
        known.contains(&argument.to_ascii_lowercase().as_str())
    }
}

#[cfg(test)]
mod tests;
