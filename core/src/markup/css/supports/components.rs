//! Component values (CSS Syntax 3): what the value of a declaration consists of.

use std::borrow::Cow;

use crate::markup::css::scan::Scanner;

/// Maximum depth of functions and blocks within each other.
const MAX_DEPTH: usize = 16;

/// A component value.
#[derive(Debug, Clone, PartialEq)]
pub enum Component<'a> {
    /// An identifier.
    Word(Cow<'a, str>),
    /// A number.
    Number {
        /// Without the unit.
        value: f64,
        /// Lower case, `%`, or empty.
        unit: String,
        /// Whether it is written without a fraction and an exponent.
        is_integer: bool,
    },
    /// A string without its quotes.
    Text(Cow<'a, str>),
    /// The name after `#`.
    Hash(Cow<'a, str>),
    /// `url()`
    Url,
    /// A function by its name in lower case, or a block by its bracket.
    Function(String, Vec<Component<'a>>),
    /// Another character, such as a comma. A plus or a minus has white space around it.
    Mark(char),
}

/// Reads all component values. `None` when the text is no value of any declaration.
pub fn components(text: &str) -> Option<Vec<Component<'_>>> {
    all(Scanner::new(text), 0)
}

fn all(mut scanner: Scanner<'_>, depth: usize) -> Option<Vec<Component<'_>>> {
    if depth > MAX_DEPTH {
        return None;
    }
    let mut all = Vec::new();
    loop {
        let is_spaced = scanner.gap();
        let Some(c) = scanner.peek() else { return Some(all) };
        all.push(one(&mut scanner, c, is_spaced, depth)?);
    }
}

/// Reads one that begins with a character.
fn one<'a>(scanner: &mut Scanner<'a>, c: char, is_spaced: bool, depth: usize) -> Option<Component<'a>> {
    let start = scanner.at;
    if matches!(c, '"' | '\'') {
        return scanner.string().map(Component::Text);
    }
    if let Some(value) = scanner.number() {
        let is_integer = !scanner.text[start..scanner.at].contains(['.', 'e', 'E']);
        let unit = match scanner.eat('%') {
            true => "%".to_owned(),
            false => scanner.ident().unwrap_or_default().to_ascii_lowercase(),
        };
        return Some(Component::Number { value, unit, is_integer });
    }
    let mut next = *scanner;
    if let Some(word) = next.ident() {
        if next.peek() != Some('(') {
            *scanner = next;
            return Some(Component::Word(word));
        }
        let (name, inner) = scanner.function()?;
        return match name == "url" && !inner.text.trim_start().starts_with(['"', '\'']) {
            true => is_target(inner.text).then_some(Component::Url),
            false => Some(Component::Function(name, self::all(inner, depth + 1)?)),
        };
    }
    if let Some((open, close)) = [("(", ')'), ("[", ']'), ("{", '}')].into_iter().find(|(open, _)| open.starts_with(c))
    {
        scanner.component();
        let inner = &scanner.text[start + 1..scanner.at];
        let inner = inner.strip_suffix(close).unwrap_or(inner);
        return Some(Component::Function(open.to_owned(), self::all(Scanner::new(inner), depth + 1)?));
    }
    scanner.at = start + c.len_utf8();
    let is_sign = matches!(c, '+' | '-');
    match c {
        '#' => Some(Component::Hash(scanner.name())).filter(|hash| *hash != Component::Hash(Cow::Borrowed(""))),
        ')' | ']' | '}' => None,
        ';' if depth == 0 => None,
        _ if is_sign && !(is_spaced && scanner.rest().starts_with(|c: char| c.is_ascii_whitespace())) => None,
        _ => Some(Component::Mark(c)),
    }
}

/// Whether a text is what `url()` may contain without quotation marks.
fn is_target(text: &str) -> bool {
    !text.trim().contains(|c: char| c.is_ascii_whitespace() || matches!(c, '"' | '\'' | '('))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_read() {
        let word = |name: &'static str| Component::Word(Cow::Borrowed(name));
        let number = |value, unit: &str, is_integer| Component::Number { value, unit: unit.to_owned(), is_integer };
        for (text, all) in [
            ("a /**/ b", vec![word("a"), word("b")]),
            ("1PX 5% .5", vec![number(1.0, "px", true), number(5.0, "%", true), number(0.5, "", false)]),
            ("1px-2px", vec![number(1.0, "px-2px", true)]),
            ("'a'/#b", vec![Component::Text("a".into()), Component::Mark('/'), Component::Hash("b".into())]),
            (
                "url(a) URL( 'a' )",
                vec![Component::Url, Component::Function("url".into(), vec![Component::Text("a".into())])],
            ),
            (
                "F(a, [b])",
                vec![Component::Function(
                    "f".into(),
                    vec![word("a"), Component::Mark(','), Component::Function("[".into(), vec![word("b")])],
                )],
            ),
            ("f(;)", vec![Component::Function("f".into(), vec![Component::Mark(';')])]),
            ("1 - -2", vec![number(1.0, "", true), Component::Mark('-'), number(-2.0, "", true)]),
        ] {
            assert_eq!(components(text).as_ref(), Some(&all), "{text}");
        }
        let deep = format!("{}a{}", "f(".repeat(1000), ")".repeat(1000));
        for text in ["a)", "[a)", "a;b", "1 -(2)", "1 +a", "url(a b)", "#", "'a\n'", &deep] {
            assert_eq!(components(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(css in "[a-c{}()'\":;#*/@!,. \\\\\n\\-+0-9%url]{0,60}") {
            components(&css);
        }
    }
}
