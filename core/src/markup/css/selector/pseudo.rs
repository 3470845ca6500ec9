//! Pseudo-classes without selectors in them.

use super::{Combinator, Compound, Pseudo, Selector};
use crate::markup::css::formula;

/// Pseudo-classes that match nothing in a still picture without a user.
const NEVER: [&str; 12] = [
    "hover",
    "focus",
    "active",
    "visited",
    "target",
    "focus-within",
    "focus-visible",
    "disabled",
    "enabled",
    "checked",
    "fullscreen",
    "host",
];

/// The pseudo-class `:nth-child()` or a relative of it.
pub fn nth(function: &str, argument: &str) -> Option<Pseudo<'static>> {
    let rest = function.strip_prefix("nth-")?;
    let (from_end, rest) = rest.strip_prefix("last-").map_or((false, rest), |rest| (true, rest));
    let of_type = match rest {
        "child" => false,
        "of-type" => true,
        _ => return None,
    };
    let (a, b) = formula::read(argument)?;
    Some(Pseudo::Nth { a, b, from_end, of_type })
}

/// A pseudo-class without an argument. `None` for unknown ones.
pub fn named(name: &str) -> Option<Pseudo<'static>> {
    let first = |from_end, of_type| Pseudo::Nth { a: 0, b: 1, from_end, of_type };
    let both = |of_type| {
        let test = |from_end| Selector {
            compounds: vec![(
                Combinator::Descendant,
                Compound { pseudo: vec![first(from_end, of_type)], ..Compound::default() },
            )],
            specificity: 0,
        };
        // Neither is not the first, nor not the last.
        let not = |from_end| Selector {
            compounds: vec![(
                Combinator::Descendant,
                Compound { pseudo: vec![Pseudo::Not(vec![test(from_end)])], ..Compound::default() },
            )],
            specificity: 0,
        };
        Pseudo::Not(vec![not(false), not(true)])
    };
    Some(match name {
        "root" | "scope" => Pseudo::Root,
        "link" | "any-link" => Pseudo::Link,
        // Every element of SVG is.
        "defined" => Pseudo::Not(Vec::new()),
        "empty" => Pseudo::Empty,
        "first-child" => first(false, false),
        "last-child" => first(true, false),
        "first-of-type" => first(false, true),
        "last-of-type" => first(true, true),
        "only-child" => both(false),
        "only-of-type" => both(true),
        "before" | "after" | "first-line" | "first-letter" => Pseudo::Never,
        name if NEVER.contains(&name) => Pseudo::Never,
        _ => return None,
    })
}
