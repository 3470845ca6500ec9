//! Types of numbers and mathematical functions (CSS Values 4, section 10).

use super::components::Component;

/// Type of a number: the exponent of each of the [`UNITS`].
pub type Kind = [i8; 7];

/// A plain number.
pub const NUMBER: Kind = [0; 7];
/// A length.
pub const LENGTH: Kind = base(0);
/// An angle.
pub const ANGLE: Kind = base(1);
/// A time.
pub const TIME: Kind = base(2);
/// A resolution.
pub const RESOLUTION: Kind = base(3);
/// A share of the space that is left in a grid.
pub const FLEX: Kind = base(5);
/// A percentage of something that is no length.
pub const PERCENT: Kind = base(6);

/// Units of each type.
#[rustfmt::skip]
const UNITS: [&[&str]; 7] = [
    &[
        "px", "cm", "mm", "q", "in", "pt", "pc", "em", "rem", "ex", "rex", "ch", "rch", "cap", "rcap", "ic", "ric", "lh", "rlh",
        "vw", "vh", "vi", "vb", "vmin", "vmax", "svw", "svh", "svi", "svb", "svmin", "svmax", "lvw", "lvh", "lvi", "lvb",
        "lvmin", "lvmax", "dvw", "dvh", "dvi", "dvb", "dvmin", "dvmax", "cqw", "cqh", "cqi", "cqb", "cqmin", "cqmax",
    ],
    &["deg", "grad", "rad", "turn"],
    &["s", "ms"],
    &["dpi", "dpcm", "dppx", "x"],
    &["hz", "khz"],
    &["fr"],
    &["%"],
];
/// Words that are numbers.
const CONSTANTS: [&str; 5] = ["e", "pi", "infinity", "-infinity", "nan"];
/// Strategies of `round()`.
const ROUNDING: [&str; 4] = ["nearest", "up", "down", "to-zero"];

/// Name, least and largest number of arguments, their types unless any will do, and the type of the result unless it is that
/// of the arguments.
type Function = (&'static str, usize, usize, &'static [Kind], Option<Kind>);

const FUNCTIONS: [Function; 26] = [
    ("-webkit-calc", 1, 1, &[], None),
    ("abs", 1, 1, &[], None),
    ("acos", 1, 1, &[NUMBER], Some(ANGLE)),
    ("asin", 1, 1, &[NUMBER], Some(ANGLE)),
    ("atan", 1, 1, &[NUMBER], Some(ANGLE)),
    ("atan2", 2, 2, &[], Some(ANGLE)),
    ("calc", 1, 1, &[], None),
    ("clamp", 3, 3, &[], None),
    ("cos", 1, 1, &[NUMBER, ANGLE], Some(NUMBER)),
    ("exp", 1, 1, &[NUMBER], None),
    ("hypot", 1, usize::MAX, &[], None),
    ("log", 1, 2, &[NUMBER], None),
    ("max", 1, usize::MAX, &[], None),
    ("min", 1, usize::MAX, &[], None),
    ("mod", 2, 2, &[], None),
    ("pow", 2, 2, &[NUMBER], None),
    ("progress", 3, 3, &[], Some(NUMBER)),
    ("random", 2, 3, &[], None),
    ("rem", 2, 2, &[], None),
    ("round", 1, 2, &[], None),
    ("sibling-count", 0, 0, &[], None),
    ("sibling-index", 0, 0, &[], None),
    ("sign", 1, 1, &[], Some(NUMBER)),
    ("sin", 1, 1, &[NUMBER, ANGLE], Some(NUMBER)),
    ("sqrt", 1, 1, &[NUMBER], None),
    ("tan", 1, 1, &[NUMBER, ANGLE], Some(NUMBER)),
];

/// What the numbers of a value are.
pub struct Math<'m> {
    /// The type of percentages.
    pub percent: Kind,
    /// The types of words and functions that only some values know.
    pub other: &'m dyn Fn(&Component<'_>) -> Option<Kind>,
}

const fn base(at: usize) -> Kind {
    let mut kind = NUMBER;
    kind[at] = 1;
    kind
}

impl Math<'_> {
    /// The type of a number with a unit.
    pub fn literal(&self, unit: &str) -> Option<Kind> {
        match UNITS.iter().position(|units| units.contains(&unit)) {
            Some(at) if base(at) == PERCENT => Some(self.percent),
            Some(at) => Some(base(at)),
            None => unit.is_empty().then_some(NUMBER),
        }
    }

    /// The type of a function, or of a word that is a number here. `None` when it is invalid.
    pub fn kind(&self, one: &Component<'_>) -> Option<Kind> {
        let known = || match one {
            Component::Function(name, inner) => {
                FUNCTIONS.into_iter().find(|known| known.0 == name).and_then(|known| self.call(known, inner))
            }
            _ => None,
        };
        (self.other)(one).or_else(known)
    }

    fn call(&self, (name, min, max, kinds, gives): Function, inner: &[Component<'_>]) -> Option<Kind> {
        let mut arguments: Vec<&[Component<'_>]> = match inner {
            [] => Vec::new(),
            _ => inner.split(|one| *one == Component::Mark(',')).collect(),
        };
        let is_option = |word: &str| match name {
            "round" => is_in(&ROUNDING, word),
            "random" => word.starts_with("--"),
            _ => false,
        };
        if matches!(arguments.first(), Some([Component::Word(word)]) if is_option(word)) {
            arguments.remove(0);
        }
        if !(min..=max).contains(&arguments.len()) {
            return None;
        }
        if name == "clamp" {
            let is_none =
                |one: &[Component<'_>]| matches!(one, [Component::Word(word)] if word.eq_ignore_ascii_case("none"));
            // The bounds.
            for at in [2, 0] {
                if is_none(arguments[at]) {
                    arguments.remove(at);
                }
            }
        }
        let all: Vec<Kind> = arguments.iter().map(|one| self.sum(one)).collect::<Option<_>>()?;
        let first = all.first().copied().unwrap_or(NUMBER);
        // Without a step, `round()` rounds numbers only.
        let kinds = if name == "round" && all.len() == 1 { &[NUMBER] } else { kinds };
        let is_valid = all.iter().all(|kind| *kind == first) && (kinds.is_empty() || kinds.contains(&first));
        is_valid.then(|| gives.unwrap_or(first))
    }

    /// The type of a calculation, as in `calc()`.
    pub fn sum(&self, all: &[Component<'_>]) -> Option<Kind> {
        let mut terms = all.split(|one| matches!(one, Component::Mark('+' | '-')));
        let first = self.product(terms.next()?)?;
        terms.all(|term| self.product(term) == Some(first)).then_some(first)
    }

    fn product(&self, all: &[Component<'_>]) -> Option<Kind> {
        let (first, rest) = all.split_first()?;
        let mut product = self.value(first)?;
        for pair in rest.chunks(2) {
            let [Component::Mark(operator @ ('*' | '/')), factor] = pair else { return None };
            for (exponent, by) in product.iter_mut().zip(self.value(factor)?) {
                *exponent = if *operator == '*' { exponent.checked_add(by) } else { exponent.checked_sub(by) }?;
            }
        }
        Some(product)
    }

    fn value(&self, one: &Component<'_>) -> Option<Kind> {
        match one {
            Component::Number { unit, .. } => self.literal(unit),
            Component::Word(word) if is_in(&CONSTANTS, word) => Some(NUMBER),
            Component::Function(name, inner) if name == "(" => self.sum(inner),
            _ => self.kind(one),
        }
    }
}

/// Whether a word is one of these, in any case.
pub fn is_in(words: &[&str], word: &str) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::{super::components::components, *};

    fn kind(text: &str) -> Option<Kind> {
        let all = components(text)?;
        Math { percent: LENGTH, other: &|_| None }.kind(all.first()?)
    }

    #[test]
    fn types_are_calculated() {
        for (text, expected) in [
            ("calc(1px + 2%*(1 + e))", LENGTH),
            ("calc(1px/2px*3s)", TIME),
            ("min(1,2,3)", NUMBER),
            ("clamp(none,1px,none)", LENGTH),
            ("round(up,1px,2px)", LENGTH),
            ("round(1.5)", NUMBER),
            ("atan2(1px,2px)", ANGLE),
            ("sin(calc(1deg + asin(1)))", NUMBER),
            ("random(--a,1px,2px)", LENGTH),
            ("sibling-index()", NUMBER),
        ] {
            assert_eq!(kind(text), Some(expected), "{text}");
        }
        for text in [
            "calc()",
            "calc(1px + 1)",
            "calc(1px*)",
            "calc(1px 1px)",
            "clamp(1px,none,2px)",
            "round(1px)",
            "sin(1px)",
            "min(1px,)",
            "shiny(1)",
            "calc(foo)",
        ] {
            assert_eq!(kind(text), None, "{text}");
        }
        assert_eq!(kind(&format!("calc(1{})", "*1px".repeat(200))), None);
    }
}
