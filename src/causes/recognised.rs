//! Finds the row of a sentence that has become English text on its way through a library: a parser of settings or arguments
//! keeps the text of an error, not the error.

use std::sync::LazyLock;

use haibao_core::error::{Argument, Message, Wording, of_counts};

use crate::words;

/// Least number of literal characters of a row that is recognised.
const MIN_LITERAL: usize = 8;

/// A part of a pattern.
#[derive(Debug)]
enum Part {
    Literal(String),
    /// Index of an argument.
    Argument(usize),
}

/// Rows with their parts in each form, those with more literal text first.
static PATTERNS: LazyLock<Vec<(&'static Wording, Vec<Part>)>> = LazyLock::new(|| {
    let literal = |parts: &[Part]| -> usize {
        parts.iter().map(|part| if let Part::Literal(text) = part { text.chars().count() } else { 0 }).sum()
    };
    let of_row = |row: &'static Wording| {
        of_counts(row.message).into_iter().map(move |pattern| (row, parts(&pattern, row.arguments)))
    };
    let all = words::rows().flat_map(of_row);
    let mut all: Vec<_> = all.filter(|(_, parts)| literal(parts) >= MIN_LITERAL).collect();
    all.sort_by_key(|(_, parts)| std::cmp::Reverse(literal(parts)));
    all
});

/// The sentence of a text. `None` if it is that of no row.
pub(crate) fn recognised(text: &str) -> Option<Message> {
    PATTERNS.iter().find_map(|(row, parts)| {
        let values = matched(parts, text, row.arguments.len())?;
        let argument = |value: &str| recognised(value).map_or_else(|| value.into(), Argument::from);
        Some(Message::new(row, values.into_iter().map(argument).collect()))
    })
}

fn parts(pattern: &str, arguments: &[&str]) -> Vec<Part> {
    let (mut parts, mut literal, mut rest) = (Vec::new(), String::new(), pattern);
    while let Some(c) = rest.chars().next() {
        let name = rest.strip_prefix('{').and_then(|inner| inner.split_once('}')).map(|(name, _)| name);
        let argument = name.and_then(|name| arguments.iter().position(|own| *own == name));
        if rest.starts_with("{{") || rest.starts_with("}}") {
            literal.push(c);
            rest = &rest[2..];
        } else if let (Some(index), Some(name)) = (argument, name) {
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(&mut literal)));
            }
            parts.push(Part::Argument(index));
            rest = &rest[name.len() + 2..];
        } else {
            literal.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    parts
}

/// The arguments of a text in a pattern. An argument ends where the literal after it first occurs.
fn matched<'t>(parts: &[Part], text: &'t str, count: usize) -> Option<Vec<&'t str>> {
    let (mut values, mut rest, mut open) = (vec![None; count], text, None::<usize>);
    for (at, part) in parts.iter().enumerate() {
        match part {
            Part::Literal(literal) => {
                let is_last = at + 1 == parts.len();
                let found = if is_last {
                    rest.ends_with(literal).then(|| rest.len() - literal.len())
                } else {
                    rest.find(literal)
                }?;
                match open.take() {
                    Some(index) => *values.get_mut(index)? = Some(&rest[..found]),
                    None if found > 0 => return None,
                    None => {}
                }
                rest = &rest[found + literal.len()..];
            }
            Part::Argument(index) => open = Some(*index),
        }
    }
    match open {
        Some(index) => *values.get_mut(index)? = Some(rest),
        None if !rest.is_empty() => return None,
        None => {}
    }
    values.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    #[test]
    fn texts_are_the_sentences_that_they_were() {
        for message in [
            words::endpoint_invalid(words::quote("a")).words().clone(),
            words::origin_invalid("\"x\"").words().clone(),
            words::text_scene().words().clone(),
            words::file_unreadable("a.csv", words::cause_denied()).words().clone(),
            words::cells_placeholder(1, "\"-\"", "a").words().clone(),
            words::cells_placeholder(3, "\"-\"", "a, b").words().clone(),
        ] {
            let text = message.text();
            let found = recognised(&text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((found.text(), Language::Chinese.text(&found)), (text, Language::Chinese.text(&message)));
        }
        for text in ["", "x", "some words that no row has", "expected"] {
            assert_eq!(recognised(text), None, "{text}");
        }
    }
}
