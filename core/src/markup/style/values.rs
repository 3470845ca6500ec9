//! Reads values of properties, and writes them the way that usvg reads.

use std::borrow::Cow;

use super::{Context, length::Length, transform};
use crate::markup::css::{color, scan::Scanner};

/// What values a property has.
#[derive(Debug, Clone, Copy)]
pub enum Syntax {
    /// A colour.
    Color,
    /// A colour, or what an element paints.
    Paint,
    /// A number from 0 to 1, or a percentage.
    Alpha,
    /// A length, percentage or number.
    Length {
        /// Whether it may be less than zero.
        negative: bool,
        /// Whether a style may leave out the unit, as for the properties of strokes.
        unitless: bool,
        /// Other values.
        words: &'static [&'static str],
    },
    /// A number at least as large.
    Number(f64),
    /// One of some words.
    Words(&'static [&'static str]),
    /// Any text.
    Any,
    /// Several of some words.
    Several(&'static [&'static str]),
    /// Lengths between commas or white space, or `none`.
    Dashes,
    /// The id of an element, or `none`.
    Link,
    /// Data of a path.
    Path,
    /// Something that needs a function of its own.
    Special(fn(&str, &Context<'_>) -> Option<String>),
}

/// Reads a value. `None` when it is invalid.
pub fn read<'a>(syntax: Syntax, value: &'a str, context: &Context<'_>) -> Option<Cow<'a, str>> {
    let mut scanner = Scanner::new(value);
    match syntax {
        Syntax::Color => color::parse(value, context),
        Syntax::Paint => paint(value, context),
        Syntax::Alpha => {
            if value.bytes().all(|b| b.is_ascii_digit() || b == b'.') && value.parse::<f32>().is_ok() {
                return Some(Cow::Borrowed(value));
            }
            let alpha = Length::read(&mut scanner, context)?;
            let whole = matches!(alpha, Length::Number(_) | Length::Percent(_)) && scanner.is_at_end();
            whole.then(|| Cow::Owned(alpha.text()))
        }
        Syntax::Length { negative, unitless, words } => {
            if let Some(word) = word(words, value) {
                return Some(Cow::Borrowed(word));
            }
            let length = Length::read(&mut scanner, context).filter(|_| scanner.is_at_end())?;
            let bare = matches!(length, Length::Number(number) if number != 0.0);
            if (length.number() < 0.0 && !negative) || (bare && !unitless && !context.is_attribute) {
                return None;
            }
            let plain = value.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'%' | b'-'));
            Some(if plain { Cow::Borrowed(value) } else { Cow::Owned(length.text()) })
        }
        Syntax::Number(least) => {
            let number = Length::read(&mut scanner, context).filter(|_| scanner.is_at_end())?;
            matches!(number, Length::Number(number) if number >= least).then(|| Cow::Owned(number.text()))
        }
        Syntax::Words(words) => word(words, value).map(Cow::Borrowed),
        Syntax::Several(words) => {
            let all: Option<Vec<&str>> = value.split_ascii_whitespace().map(|one| word(words, one)).collect();
            all.filter(|all| !all.is_empty()).map(|all| Cow::Owned(all.join(" ")))
        }
        Syntax::Any => (!value.is_empty()).then_some(Cow::Borrowed(value)),
        Syntax::Dashes => dashes(scanner, context).map(Cow::Owned),
        Syntax::Link => match value.eq_ignore_ascii_case("none") {
            true => Some(Cow::Borrowed("none")),
            false => {
                let link = link(&mut scanner)?;
                scanner.is_at_end().then(|| Cow::Owned(link.text()))
            }
        },
        Syntax::Path => transform::path(value, context),
        Syntax::Special(read) => read(value, context).map(Cow::Owned),
    }
}

/// The word as it is written in a list, whatever its case.
pub fn word(words: &'static [&'static str], value: &str) -> Option<&'static str> {
    words.iter().find(|word| word.eq_ignore_ascii_case(value)).copied()
}

/// What a `url()` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link<'a> {
    /// An element of the artwork.
    Id(Cow<'a, str>),
    /// Something else.
    Outside(Cow<'a, str>),
}

impl Link<'_> {
    /// As usvg reads it. What is outside becomes a reference to nothing.
    pub fn text(&self) -> String {
        match self {
            Self::Id(id) if id.contains([' ', ')', '\'', '"', '\\']) => {
                let quote = if id.contains('\'') { '"' } else { '\'' };
                format!("url({quote}#{id}{quote})")
            }
            Self::Id(id) => format!("url(#{id})"),
            Self::Outside(_) => "url(#)".to_owned(),
        }
    }
}

/// The ids in `url(#id)`, as `Link::text` writes them.
pub fn targets(value: &str) -> impl Iterator<Item = &str> {
    // Most values have no brackets.
    let brackets = memchr::memchr_iter(b'(', value.as_bytes());
    let functions = brackets.filter(|at| value.as_bytes()[..*at].ends_with(b"url")).map(|at| &value[at + 1..]);
    functions.filter_map(|text| match text.chars().next() {
        Some(quote @ ('"' | '\'')) => text[1..].strip_prefix('#')?.split(quote).next(),
        _ => text.strip_prefix('#')?.split(')').next(),
    })
}

/// The id in `url(#id)`, if the value is nothing else, and the id has no characters with a meaning in CSS.
pub fn plain_target(value: &str) -> Option<&str> {
    let id = value.strip_prefix("url(#")?.strip_suffix(')')?;
    id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':')).then_some(id)
}

/// Reads `url(...)`.
pub fn link<'a>(scanner: &mut Scanner<'a>) -> Option<Link<'a>> {
    let mut next = *scanner;
    let (name, mut args) = next.function()?;
    if name != "url" {
        return None;
    }
    args.gap();
    let target = match args.peek() {
        Some('"' | '\'') => match args.string()? {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        },
        _ => {
            let plain = args.rest().trim();
            // Without quotation marks these void the value.
            if plain.contains([' ', '\t', '\n', '\r', '"', '\'', '(']) {
                return None;
            }
            Cow::Borrowed(plain)
        }
    };
    *scanner = next;
    Some(match target {
        Cow::Borrowed(text) => match text.strip_prefix('#') {
            Some(id) => Link::Id(Cow::Borrowed(id)),
            None => Link::Outside(target),
        },
        Cow::Owned(text) => match text.strip_prefix('#') {
            Some(id) => Link::Id(Cow::Owned(id.to_owned())),
            None => Link::Outside(Cow::Owned(text)),
        },
    })
}

fn paint<'a>(value: &'a str, context: &Context<'_>) -> Option<Cow<'a, str>> {
    if let Some(word) = word(&["none", "context-fill", "context-stroke"], value) {
        return Some(Cow::Borrowed(word));
    }
    if !value.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("url(")) {
        return color::parse(value, context);
    }
    if plain_target(value).is_some() {
        return Some(Cow::Borrowed(value));
    }
    let mut scanner = Scanner::new(value);
    let link = link(&mut scanner)?;
    scanner.gap();
    let fallback = match scanner.rest().trim() {
        "" => return Some(Cow::Owned(link.text())),
        none if none.eq_ignore_ascii_case("none") => Cow::Borrowed("none"),
        color => color::parse(color, context)?,
    };
    // What is outside is never found.
    Some(Cow::Owned(match link {
        Link::Outside(_) => fallback.into_owned(),
        Link::Id(_) => format!("{} {fallback}", link.text()),
    }))
}

fn dashes(mut scanner: Scanner<'_>, context: &Context<'_>) -> Option<String> {
    scanner.gap();
    if scanner.rest().trim().eq_ignore_ascii_case("none") {
        return Some("none".to_owned());
    }
    let mut all = Vec::new();
    while !scanner.is_at_end() {
        scanner.gap();
        let length = Length::read(&mut scanner, context).filter(|length| length.number() >= 0.0)?;
        all.push(length.text());
        let separated = scanner.comma() || scanner.gap();
        if !separated && !scanner.is_at_end() && !context.is_attribute {
            return None;
        }
    }
    (!all.is_empty()).then(|| all.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(syntax: Syntax, value: &str) -> Option<String> {
        super::read(syntax, value, &Context::default()).map(Cow::into_owned)
    }

    #[test]
    fn paints_name_elements_and_colors() {
        for (css, paint) in [
            ("url(#a)", "url(#a)"),
            ("url( '#a' )", "url(#a)"),
            ("URL(\"#a b)\") red", "url('#a b)') #ff0000"),
            ("url(#a) none", "url(#a) none"),
            ("url(other.svg#a) blue", "#0000ff"),
            ("url(other.svg#a)", "url(#)"),
            ("None", "none"),
            ("context-fill", "context-fill"),
        ] {
            assert_eq!(read(Syntax::Paint, css).as_deref(), Some(paint), "{css}");
        }
        for css in ["", "url(#a) x", "rgb(", "red blue"] {
            assert_eq!(read(Syntax::Paint, css), None, "{css}");
        }
    }

    #[test]
    fn lengths_need_units_only_in_styles() {
        let length = Syntax::Length { negative: false, unitless: false, words: &["auto"] };
        let attribute = Context { is_attribute: true, ..Context::default() };
        assert_eq!(read(length, "12"), None);
        assert_eq!(super::read(length, "12", &attribute).as_deref(), Some("12"));
        assert_eq!(read(length, "0").as_deref(), Some("0"));
        assert_eq!(read(length, "1.5px").as_deref(), Some("1.5"));
        assert_eq!(read(length, "AUTO").as_deref(), Some("auto"));
        assert_eq!(read(length, "-1px"), None);
    }

    #[test]
    fn dashes_are_lists() {
        assert_eq!(read(Syntax::Dashes, "4, 2 1px").as_deref(), Some("4 2 1"));
        assert_eq!(read(Syntax::Dashes, "none").as_deref(), Some("none"));
        assert_eq!(read(Syntax::Dashes, "4,,2"), None);
        assert_eq!(read(Syntax::Dashes, "-4"), None);
    }
}
