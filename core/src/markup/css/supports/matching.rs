//! Matches values with the grammars of properties, as `CSS.supports()` of Chromium 156 knows them.

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap},
    rc::Rc,
};

use super::{
    components::{Component, components},
    grammar::{self, Grammar},
    math::{ANGLE, FLEX, Kind, LENGTH, Math, NUMBER, PERCENT, RESOLUTION, TIME, is_in},
};
use crate::markup::{
    budget::{Budget, Cost},
    css::{color, context::Context, scan::Scanner},
};

/// Grammars of properties: each stands between the names with a colon and a semicolon.
const PROPERTIES: &str = include_str!("properties.txt");
/// Grammars of types that are no basic ones, alike.
const TYPES: &str = include_str!("types.txt");

/// Bytes of a table that are read in a step.
const STEP_BYTES: usize = 64;

/// The words that every property knows.
const WIDE: [&str; 6] = ["inherit", "initial", "revert", "revert-layer", "revert-rule", "unset"];
/// Functions that are replaced before a value is read.
const SUBSTITUTIONS: [&str; 4] = ["attr", "env", "if", "var"];
/// Types of numbers, each with the type of a percentage in it.
const NUMBERS: [(&str, Kind, Kind); 10] = [
    ("angle", ANGLE, PERCENT),
    ("angle-percentage", ANGLE, ANGLE),
    ("flex", FLEX, PERCENT),
    ("integer", NUMBER, PERCENT),
    ("length", LENGTH, PERCENT),
    ("length-percentage", LENGTH, LENGTH),
    ("number", NUMBER, PERCENT),
    ("percentage", PERCENT, PERCENT),
    ("resolution", RESOLUTION, PERCENT),
    ("time", TIME, PERCENT),
];

/// Whether browsers know a value of a property. False as well when the artwork takes too much.
pub fn is_known(name: &str, value: &str, budget: &Budget) -> bool {
    if name.starts_with("--") {
        return name.len() > 2 && Scanner::new(value).until(&[';']) == value;
    }
    let matcher = Matcher { budget, parsed: RefCell::default() };
    let (Some(grammar), Some(mut all)) = (matcher.named(&format!("'{name}'")), components(value)) else { return false };
    if let [.., Component::Mark('!'), Component::Word(flag)] = &all[..]
        && flag.eq_ignore_ascii_case("important")
    {
        all.truncate(all.len() - 2);
    }
    if all.contains(&Component::Mark('!')) {
        return false;
    }
    let is_wide = matches!(&all[..], [Component::Word(word)] if is_in(&WIDE, word));
    is_wide || matcher.is_replaced(&all).unwrap_or_else(|| matcher.is_whole(&grammar, &all))
}

/// Grammars that were read, by name; with quotation marks, those of properties.
type Parsed = HashMap<String, Option<Rc<Grammar<'static>>>>;

struct Matcher<'b> {
    budget: &'b Budget,
    parsed: RefCell<Parsed>,
}

impl Matcher<'_> {
    /// The grammar of a type, or of a property with quotation marks around its name.
    fn named(&self, name: &str) -> Option<Rc<Grammar<'static>>> {
        if let Some(known) = self.parsed.borrow().get(name) {
            return known.clone();
        }
        let plain = name.trim_matches('\'');
        let table = if plain == name { TYPES } else { PROPERTIES };
        if !self.budget.spend(Cost::Steps, table.len() / STEP_BYTES) {
            return None;
        }
        let mut entries = table.split(';').filter_map(|entry| entry.split_once(':'));
        let found = entries.find(|(names, _)| names.split_ascii_whitespace().any(|one| one == plain));
        let grammar = found.and_then(|(_, text)| grammar::parse(text)).map(Rc::new);
        self.parsed.borrow_mut().insert(name.to_owned(), grammar.clone());
        grammar
    }

    /// Whether functions that are replaced later are valid. `None` when there are none.
    fn is_replaced(&self, all: &[Component<'_>]) -> Option<bool> {
        let mut is_replaced = None;
        for one in all {
            let Component::Function(name, inner) = one else { continue };
            let is_valid = match SUBSTITUTIONS.contains(&name.as_str()) {
                true => Some(
                    self.named("substitution")
                        .is_some_and(|grammar| self.is_whole(&grammar, std::slice::from_ref(one))),
                ),
                false if name.starts_with("--") => Some(true),
                false => self.is_replaced(inner),
            };
            is_replaced = match (is_replaced, is_valid) {
                (Some(a), Some(b)) => Some(a && b),
                (a, b) => a.or(b),
            };
        }
        is_replaced
    }

    fn is_whole(&self, grammar: &Grammar<'static>, all: &[Component<'_>]) -> bool {
        self.ends(grammar, all, 0).contains(&all.len())
    }

    /// Where the components that match end, which start at an index. Several places, as parts may be optional.
    fn ends(&self, grammar: &Grammar<'static>, all: &[Component<'_>], at: usize) -> BTreeSet<usize> {
        if !self.budget.spend(Cost::Steps, 1) {
            return BTreeSet::new();
        }
        let matches = match (grammar, all.get(at)) {
            (Grammar::Sequence(parts), _) => {
                let from = |starts: BTreeSet<usize>, part| {
                    starts.into_iter().flat_map(|at| self.ends(part, all, at)).collect()
                };
                return parts.iter().fold(BTreeSet::from([at]), from);
            }
            (Grammar::One(parts), _) => return parts.iter().flat_map(|part| self.ends(part, all, at)).collect(),
            (Grammar::All(parts), _) => return self.in_any_order(parts, true, all, at),
            (Grammar::Some(parts), _) => return self.in_any_order(parts, false, all, at),
            (Grammar::Repeat { one, min, max, has_commas }, _) => {
                return self.repeated(one, (*min, *max), *has_commas, all, at);
            }
            (Grammar::NotEmpty(part), _) => {
                let mut ends = self.ends(part, all, at);
                ends.remove(&at);
                return ends;
            }
            // A calculation up to the next comma.
            (Grammar::Type("sum", arguments), _) => {
                let comma = all.iter().skip(at).position(|one| *one == Component::Mark(','));
                let end = comma.map_or(all.len(), |comma| at + comma);
                let percent = if arguments.is_empty() { LENGTH } else { PERCENT };
                let math = Math { percent, other: &|one: &Component<'_>| self.other(one, arguments) };
                return (math.sum(&all[at..end]) == Some(LENGTH)).then_some(end).into_iter().collect();
            }
            (Grammar::Type(name, arguments), one) => match self.is_basic(name, arguments, one) {
                Some(matches) => matches,
                None => return self.named(name).map(|grammar| self.ends(&grammar, all, at)).unwrap_or_default(),
            },
            (Grammar::Word(word), Some(Component::Word(one))) => one.eq_ignore_ascii_case(word),
            (Grammar::Mark(mark), Some(Component::Mark(one))) => one == mark,
            (Grammar::Function(name, grammar), Some(Component::Function(one, inner))) => {
                one == name && self.is_whole(grammar, inner)
            }
            (Grammar::Word(_) | Grammar::Mark(_) | Grammar::Function(..), _) => false,
        };
        matches.then_some(at + 1).into_iter().collect()
    }

    fn in_any_order(
        &self,
        parts: &[Grammar<'static>],
        needs_all: bool,
        all: &[Component<'_>],
        at: usize,
    ) -> BTreeSet<usize> {
        let every = (1u32 << parts.len()) - 1;
        // The parts that are used, as bits, and where they end.
        let (mut open, mut seen, mut ends) = (vec![(0, at)], BTreeSet::from([(0, at)]), BTreeSet::new());
        while let Some((used, at)) = open.pop() {
            if used == every || (!needs_all && used != 0) {
                ends.insert(at);
            }
            for (bit, part) in
                parts.iter().enumerate().map(|(index, part)| (1 << index, part)).filter(|(bit, _)| used & bit == 0)
            {
                for end in self.ends(part, all, at) {
                    if (needs_all || end > at) && seen.insert((used | bit, end)) {
                        open.push((used | bit, end));
                    }
                }
            }
        }
        ends
    }

    fn repeated(
        &self,
        part: &Grammar<'static>,
        (min, max): (usize, usize),
        has_commas: bool,
        all: &[Component<'_>],
        at: usize,
    ) -> BTreeSet<usize> {
        let (mut ends, mut last) = (BTreeSet::new(), BTreeSet::from([at]));
        for count in 0..=max {
            if count >= min {
                ends.extend(last.iter().copied());
            }
            if last.is_empty() || count == max {
                break;
            }
            let skip = usize::from(has_commas && count > 0);
            let starts = last
                .into_iter()
                .filter(|at| skip == 0 || all.get(*at) == Some(&Component::Mark(',')))
                .map(|at| at + skip);
            last = starts.flat_map(|at| self.ends(part, all, at).into_iter().filter(move |end| *end > at)).collect();
        }
        ends
    }

    /// Whether a component is of a type that consists of one. `None` for other types.
    fn is_basic(&self, name: &str, arguments: &str, one: Option<&Component<'_>>) -> Option<bool> {
        if let Some((_, kind, percent)) = NUMBERS.into_iter().find(|number| number.0 == name) {
            return Some(one.is_some_and(|one| self.is_number(one, kind, percent, arguments, name == "integer")));
        }
        let word = match one {
            Some(Component::Word(word)) => Some(&**word),
            _ => None,
        };
        Some(match name {
            "any" => one.is_some(),
            "custom-ident" => word.is_some_and(|word| {
                let mut excluded = WIDE.into_iter().chain(["default"]).chain(arguments.split(' '));
                !excluded.any(|one| one.eq_ignore_ascii_case(word))
            }),
            "dashed-ident" => word.is_some_and(|word| word.starts_with("--")),
            "empty" => matches!(one, Some(Component::Text(text)) if text.is_empty()),
            "hex-color" => matches!(one, Some(Component::Hash(digits))
                if matches!(digits.len(), 3 | 4 | 6 | 8) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())),
            "ident" => word.is_some(),
            "named-color" => word.is_some_and(|word| {
                word.bytes().all(|byte| byte.is_ascii_alphabetic()) && color::parse(word, &Context::default()).is_some()
            }),
            "path" => matches!(one, Some(Component::Text(data))
                if !data.is_empty() && svgtypes::PathParser::from(&**data).all(|part| part.is_ok())),
            "string" => matches!(one, Some(Component::Text(_))),
            // Of a feature of a font.
            "tag" => {
                matches!(one, Some(Component::Text(text)) if text.len() == 4 && text.bytes().all(|b| (b' '..=b'~').contains(&b)))
            }
            "url-token" => one == Some(&Component::Url),
            "zero" => matches!(one, Some(Component::Number { value, unit, .. }) if *value == 0.0 && unit.is_empty()),
            _ => return None,
        })
    }

    /// Whether a component is a number of a type. `arguments`: its range, which functions are cut to, and words and functions
    /// that are numbers as well.
    fn is_number(&self, one: &Component<'_>, kind: Kind, percent: Kind, arguments: &str, is_whole: bool) -> bool {
        let math = Math { percent, other: &|one: &Component<'_>| self.other(one, arguments) };
        match one {
            Component::Number { value, unit, is_integer } => {
                let own = math.literal(unit);
                let is_zero = *value == 0.0 && own == Some(NUMBER) && kind == LENGTH;
                (own == Some(kind) || is_zero) && (*is_integer || !is_whole) && range(arguments).contains(value)
            }
            _ => kind != FLEX && math.kind(one) == Some(kind),
        }
    }

    /// The type of a word or a function that is a number because the arguments of a type name it.
    fn other(&self, one: &Component<'_>, arguments: &str) -> Option<Kind> {
        let is_named = |name: &str| arguments.split(' ').any(|known| known.eq_ignore_ascii_case(name));
        match one {
            // What `calc-size()` calculates with.
            Component::Word(word) if is_named(word) => {
                Some(if word.eq_ignore_ascii_case("size") { LENGTH } else { NUMBER })
            }
            Component::Function(name, inner) if is_named(name) => {
                self.named(name).filter(|grammar| self.is_whole(grammar, inner)).map(|_| LENGTH)
            }
            _ => None,
        }
    }
}

/// The range in the arguments of a type: `[0,∞]`.
fn range(arguments: &str) -> std::ops::RangeInclusive<f64> {
    let bounds = arguments.split(' ').find_map(|one| one.strip_prefix('[')?.strip_suffix(']')?.split_once(','));
    let (low, high) = bounds.unwrap_or_default();
    low.parse().unwrap_or(f64::NEG_INFINITY)..=high.parse().unwrap_or(f64::INFINITY)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of an entry of a table, and its grammar.
    fn entries(table: &'static str) -> Vec<(Vec<&'static str>, Grammar<'static>)> {
        let entries = table.split(';').filter_map(|entry| entry.split_once(':'));
        let read = |(names, text): (&'static str, &'static str)| {
            (names.split_ascii_whitespace().collect(), grammar::parse(text).expect(names))
        };
        entries.map(read).collect()
    }

    /// The types that a grammar consists of.
    fn types<'g>(grammar: &'g Grammar<'static>, found: &mut Vec<&'g str>) {
        match grammar {
            Grammar::Word(_) | Grammar::Mark(_) => {}
            Grammar::Type(name, _) => found.push(name),
            Grammar::Function(name, part) => {
                assert!(!name.contains(|c: char| c.is_ascii_uppercase()), "{name}");
                types(part, found);
            }
            Grammar::NotEmpty(part) => types(part, found),
            Grammar::Repeat { one, .. } => types(one, found),
            Grammar::Sequence(parts) | Grammar::All(parts) | Grammar::Some(parts) | Grammar::One(parts) => {
                assert!(
                    parts.len() < 32 || matches!(grammar, Grammar::One(_) | Grammar::Sequence(_)),
                    "more than the bits"
                );
                parts.iter().for_each(|part| types(part, found));
            }
        }
    }

    #[test]
    fn grammars_are_complete() {
        let matcher = Matcher { budget: &Budget::default(), parsed: RefCell::default() };
        for table in [PROPERTIES, TYPES] {
            let all = entries(table);
            let mut names: Vec<&str> = all.iter().flat_map(|(names, _)| names.iter().copied()).collect();
            names.sort_unstable();
            assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
            for (names, grammar) in &all {
                let mut found = Vec::new();
                types(grammar, &mut found);
                for name in found {
                    let is_known =
                        name == "sum" || matcher.is_basic(name, "", None).is_some() || matcher.named(name).is_some();
                    assert!(is_known, "{names:?}: {name}");
                }
            }
        }
    }
}
