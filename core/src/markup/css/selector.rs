//! Selectors (Selectors 4) of style sheets in artwork.

use std::borrow::Cow;

use super::scan::Scanner;

/// Maximum depth of selectors in `:not()` and `:is()`.
const MAX_DEPTH: usize = 8;
/// Maximum number of compounds in a selector.
const MAX_COMPOUNDS: usize = 32;
/// Pseudo-classes that match nothing in a still picture without a user.
const NEVER: [&str; 18] = [
    "hover",
    "focus",
    "active",
    "visited",
    "link",
    "any-link",
    "target",
    "focus-within",
    "focus-visible",
    "disabled",
    "enabled",
    "checked",
    "playing",
    "paused",
    "fullscreen",
    "defined",
    "host",
    "target-within",
];

/// Compounds with their combinators, and the specificity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector<'a> {
    /// From left to right. A compound's combinator joins it to the one before.
    pub compounds: Vec<(Combinator, Compound<'a>)>,
    /// Ids, then classes, then types: 10 bits each.
    pub specificity: u32,
}

/// How a compound relates to the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Combinator {
    /// White space.
    Descendant,
    /// `>`
    Child,
    /// `+`
    Next,
    /// `~`
    Later,
}

/// Conditions on one element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compound<'a> {
    /// Element name.
    pub tag: Option<Cow<'a, str>>,
    /// Ids, all of which the element must have.
    pub ids: Vec<Cow<'a, str>>,
    /// Classes.
    pub classes: Vec<Cow<'a, str>>,
    /// Attributes.
    pub attributes: Vec<AttributeTest<'a>>,
    /// Pseudo-classes.
    pub pseudo: Vec<Pseudo<'a>>,
}

/// `[name operator value]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeTest<'a> {
    /// The attribute's name.
    pub name: Cow<'a, str>,
    /// `=`, `~`, `|`, `^`, `$` or `*`; a space when the attribute need only exist.
    pub operator: char,
    /// The value.
    pub value: Cow<'a, str>,
    /// Whether case is ignored.
    pub ignores_case: bool,
}

/// A pseudo-class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pseudo<'a> {
    /// `:root`
    Root,
    /// `:empty`
    Empty,
    /// `:nth-child(an+b)` and its relatives.
    Nth {
        /// Factor.
        a: i32,
        /// Summand.
        b: i32,
        /// Counted from the last sibling.
        from_end: bool,
        /// Counted among siblings with the same name.
        of_type: bool,
    },
    /// `:not()`
    Not(Vec<Selector<'a>>),
    /// `:is()` and `:where()`
    Is(Vec<Selector<'a>>),
    /// Matches nothing.
    Never,
}

/// Parses a list of selectors. `None` when one of them is invalid or unknown, which voids the whole rule.
pub fn parse(text: &str) -> Option<Vec<Selector<'_>>> {
    list(Scanner::new(text), 0)
}

fn list(mut scanner: Scanner<'_>, depth: usize) -> Option<Vec<Selector<'_>>> {
    let mut all = Vec::new();
    loop {
        all.push(selector(&mut scanner, depth)?);
        if !scanner.comma() {
            return scanner.is_at_end().then_some(all);
        }
    }
}

fn selector<'a>(scanner: &mut Scanner<'a>, depth: usize) -> Option<Selector<'a>> {
    if depth > MAX_DEPTH {
        return None;
    }
    scanner.gap();
    let (mut compounds, mut specificity, mut combinator) = (Vec::new(), [0u32; 3], Combinator::Descendant);
    loop {
        let compound = compound(scanner, depth, &mut specificity)?;
        compounds.push((combinator, compound));
        if compounds.len() > MAX_COMPOUNDS {
            return None;
        }
        let spaced = scanner.gap();
        combinator = match scanner.peek() {
            Some('>') => Combinator::Child,
            Some('+') => Combinator::Next,
            Some('~') => Combinator::Later,
            None | Some(',') => break,
            _ if spaced => Combinator::Descendant,
            _ => return None,
        };
        if combinator != Combinator::Descendant {
            scanner.at += 1;
            scanner.gap();
        }
    }
    let [ids, classes, types] = specificity.map(|count| count.min(1023));
    Some(Selector { compounds, specificity: ids << 20 | classes << 10 | types })
}

fn compound<'a>(scanner: &mut Scanner<'a>, depth: usize, specificity: &mut [u32; 3]) -> Option<Compound<'a>> {
    let mut compound = Compound::default();
    let start = scanner.at;
    loop {
        match scanner.peek() {
            Some('#') => {
                scanner.at += 1;
                compound.ids.push(Some(scanner.name()).filter(|name| !name.is_empty())?);
                specificity[0] += 1;
            }
            Some('.') => {
                scanner.at += 1;
                compound.classes.push(scanner.ident()?);
                specificity[1] += 1;
            }
            Some('[') => {
                compound.attributes.push(attribute(scanner)?);
                specificity[1] += 1;
            }
            Some(':') => {
                scanner.at += 1;
                if scanner.eat(':') {
                    // A pseudo-element, which artwork never draws.
                    scanner.component();
                    compound.pseudo.push(Pseudo::Never);
                    specificity[2] += 1;
                } else {
                    compound.pseudo.push(pseudo(scanner, depth, specificity)?);
                }
            }
            Some('*' | '|') if scanner.at == start => {
                scanner.eat('*');
                tag(scanner, &mut compound, specificity)?;
            }
            Some(_) if scanner.at == start => {
                compound.tag = Some(scanner.ident()?);
                specificity[2] += 1;
                tag(scanner, &mut compound, specificity)?;
            }
            _ => return (scanner.at > start).then_some(compound),
        }
    }
}

/// The name after a namespace prefix: `svg|rect`. Artwork has elements of one namespace.
fn tag<'a>(scanner: &mut Scanner<'a>, compound: &mut Compound<'a>, specificity: &mut [u32; 3]) -> Option<()> {
    if scanner.eat('|') {
        specificity[2] -= u32::from(compound.tag.take().is_some());
        if !scanner.eat('*') {
            compound.tag = Some(scanner.ident()?);
            specificity[2] += 1;
        }
    }
    Some(())
}

fn attribute<'a>(scanner: &mut Scanner<'a>) -> Option<AttributeTest<'a>> {
    scanner.eat('[');
    scanner.gap();
    let mut name = scanner.ident()?;
    if scanner.rest().starts_with('|') && !scanner.rest().starts_with("|=") {
        scanner.at += 1;
        name = scanner.ident()?;
    }
    scanner.gap();
    let mut test = AttributeTest { name, operator: ' ', value: Cow::Borrowed(""), ignores_case: false };
    if scanner.eat(']') {
        return Some(test);
    }
    test.operator = scanner.peek().filter(|c| "=~|^$*".contains(*c))?;
    scanner.at += 1;
    if test.operator != '=' && !scanner.eat('=') {
        return None;
    }
    scanner.gap();
    test.value = match scanner.peek()? {
        '"' | '\'' => scanner.string()?,
        _ => scanner.ident()?,
    };
    scanner.gap();
    if let Some(flag) = scanner.ident() {
        test.ignores_case = flag.eq_ignore_ascii_case("i");
        scanner.gap();
    }
    scanner.eat(']').then_some(test)
}

fn pseudo<'a>(scanner: &mut Scanner<'a>, depth: usize, specificity: &mut [u32; 3]) -> Option<Pseudo<'a>> {
    if let Some((name, inner)) = scanner.function() {
        let highest = |all: &[Selector<'_>]| all.iter().map(|one| one.specificity).max().unwrap_or_default();
        let mut add = |bits: u32| {
            for (index, shift) in [20, 10, 0].into_iter().enumerate() {
                specificity[index] += bits >> shift & 1023;
            }
        };
        return match name.as_str() {
            "not" => {
                let all = list(inner, depth + 1)?;
                add(highest(&all));
                Some(Pseudo::Not(all))
            }
            "is" | "matches" | "-webkit-any" | "-moz-any" => {
                let all = list(inner, depth + 1)?;
                add(highest(&all));
                Some(Pseudo::Is(all))
            }
            "where" => Some(Pseudo::Is(list(inner, depth + 1)?)),
            _ => {
                let rest = name.strip_prefix("nth-")?;
                let (from_end, rest) = rest.strip_prefix("last-").map_or((false, rest), |rest| (true, rest));
                let of_type = match rest {
                    "child" => false,
                    "of-type" => true,
                    _ => return None,
                };
                let (a, b) = formula(inner.text)?;
                specificity[1] += 1;
                Some(Pseudo::Nth { a, b, from_end, of_type })
            }
        };
    }
    let name = scanner.ident()?.to_ascii_lowercase();
    specificity[1] += 1;
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
    Some(match name.as_str() {
        "root" | "scope" => Pseudo::Root,
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

/// `an+b`, `odd`, `even` or a number.
fn formula(text: &str) -> Option<(i32, i32)> {
    let text: String = text.trim().to_ascii_lowercase();
    match text.as_str() {
        "odd" => return Some((2, 1)),
        "even" => return Some((2, 0)),
        _ => {}
    }
    let number = |text: &str| -> Option<i32> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        (!digits.contains(char::is_whitespace)).then(|| digits.parse().ok())?
    };
    let Some((a, b)) = text.split_once('n') else { return Some((0, number(&text)?)) };
    let a = match a {
        "" | "+" => 1,
        "-" => -1,
        a => number(a)?,
    };
    let b = b.trim();
    let b = match b.strip_prefix(['+', '-']).map(str::trim_start) {
        Some(digits) if !digits.starts_with(|c: char| c.is_ascii_digit()) => return None,
        Some(digits) if b.starts_with('-') => number(digits)?.checked_neg()?,
        Some(digits) => number(digits)?,
        None if b.is_empty() => 0,
        None => return None,
    };
    Some((a, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn specificity(text: &str) -> Option<Vec<[u32; 3]>> {
        let of = |bits: u32| [bits >> 20, bits >> 10 & 1023, bits & 1023];
        Some(parse(text)?.into_iter().map(|one| of(one.specificity)).collect())
    }

    #[test]
    fn selectors_have_a_specificity() {
        assert_eq!(specificity("a, .b > c#d[e]"), Some(vec![[0, 0, 1], [1, 2, 1]]));
        assert_eq!(specificity("*:not(.a, #b) x:where(#c)"), Some(vec![[1, 0, 1]]));
        assert_eq!(specificity("svg|rect:nth-child( 2n + 1 )"), Some(vec![[0, 1, 1]]));
        assert_eq!(specificity("a+b~c"), Some(vec![[0, 0, 3]]));
        assert_eq!(specificity("a:only-child::before"), Some(vec![[0, 1, 2]]));
    }

    #[test]
    fn formulas_are_read() {
        for (text, formula) in
            [("odd", (2, 1)), ("3", (0, 3)), ("-n+3", (-1, 3)), ("2n - 1", (2, -1)), ("n", (1, 0)), ("+2n", (2, 0))]
        {
            assert_eq!(super::formula(text), Some(formula), "{text}");
        }
        for text in ["", "x", "2 n", "n+ +1", "- n"] {
            assert_eq!(super::formula(text), None, "{text}");
        }
    }

    #[test]
    fn invalid_selectors_void_the_rule() {
        for text in ["", "a,", "a >", "> a", "a:unknown", "a..b", "[a=]", "a:not()", "a b]", "a:has(b)", "1a"] {
            assert_eq!(parse(text), None, "{text}");
        }
        let deep = format!("{}a{}", ":not(".repeat(1000), ")".repeat(1000));
        assert_eq!(parse(&deep), None);
        assert_eq!(parse(&"a+".repeat(100_000)), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(css in "[a-c{}()'\":;#*|=~>+\\[\\]., \\\\not]{0,60}") {
            parse(&css);
        }
    }
}
