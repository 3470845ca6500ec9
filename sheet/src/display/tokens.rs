//! The parts of a number format.

/// A part of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// Copied.
    Text(String),
    /// In square brackets, without them, in lower case.
    Bracket(String),
    /// A run of one letter, in lower case, and its length.
    Letters(char, usize),
    /// `AM/PM`, `A/P` or 上午/下午: what it shows in the morning and in the afternoon.
    Half(String, String),
    /// Another sign.
    Sign(char),
}

/// The sections of a format, for positive numbers, negative ones, zero and texts.
pub(super) fn sections(code: &str) -> Vec<Vec<Token>> {
    let (mut sections, mut rest) = (vec![Vec::new()], code);
    while let Some(c) = rest.chars().next() {
        let halves = ["AM/PM", "am/pm", "A/P", "上午/下午"].iter().find(|half| rest.starts_with(**half));
        let after = &rest[c.len_utf8()..];
        let (token, next) = match c {
            ';' => {
                sections.push(Vec::new());
                rest = after;
                continue;
            }
            '"' => {
                let (text, next) = after.split_once('"').unwrap_or((after, ""));
                (Token::Text(text.to_owned()), next)
            }
            '\\' | '!' => {
                let end = after.chars().next().map_or(0, char::len_utf8);
                (Token::Text(after[..end].to_owned()), &after[end..])
            }
            // A space as wide as the next character, and one that fills the cell.
            '_' | '*' => {
                let end = after.chars().next().map_or(0, char::len_utf8);
                (Token::Text(String::new()), &after[end..])
            }
            '[' => {
                let (inner, next) = after.split_once(']').unwrap_or((after, ""));
                (Token::Bracket(inner.to_lowercase()), next)
            }
            _ if let Some(half) = halves => {
                let (am, pm) = half.split_once('/').unwrap_or_default();
                (Token::Half(am.to_owned(), pm.to_owned()), &rest[half.len()..])
            }
            c if c.is_ascii_alphabetic() => {
                let end = rest.find(|other: char| !other.eq_ignore_ascii_case(&c)).unwrap_or(rest.len());
                (Token::Letters(c.to_ascii_lowercase(), end), &rest[end..])
            }
            c => (Token::Sign(c), after),
        };
        if let Some(section) = sections.last_mut() {
            section.push(token);
        }
        rest = next;
    }
    sections
}
