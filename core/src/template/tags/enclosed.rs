//! Parts of a tag that may have any characters in them: literals, and names in brackets.

use super::limits::MAX_DEPTH;

/// White space between the parts of a tag.
pub const SPACES: [char; 4] = [' ', '\t', '\n', '\r'];

/// Bytes that are read as one, whatever characters they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enclosed {
    /// A string, a list or an object, with its length in bytes.
    Literal(usize),
    /// A name in brackets, `[a b]`, with its length in bytes.
    Name(usize),
    /// A list or an object that nests deeper than [`MAX_DEPTH`].
    TooDeep,
}

/// A literal that nests deeper than [`MAX_DEPTH`].
struct TooDeep;

/// What begins here, as in the grammar of the library. `before`: the character before, in the same tag. `None` for all other
/// characters.
pub fn enclosed(rest: &str, before: Option<char>) -> Option<Enclosed> {
    match rest.chars().next()? {
        // A tag with an unclosed string is invalid.
        '"' | '\'' => Some(Enclosed::Literal(string(rest).unwrap_or(rest.len()))),
        first @ ('[' | '{') => {
            // A path goes on.
            let list = if matches!(before, Some('.' | '/' | '@')) { Ok(None) } else { literal(rest, 0) };
            match list {
                Err(TooDeep) => Some(Enclosed::TooDeep),
                Ok(Some(length)) => Some(Enclosed::Literal(length)),
                Ok(None) if first == '[' => Some(Enclosed::Name(rest.find(']').map_or(rest.len(), |end| end + 1))),
                Ok(None) => None,
            }
        }
        _ => None,
    }
}

/// Length of the literal that begins here, `depth` lists and objects deep.
fn literal(text: &str, depth: usize) -> Result<Option<usize>, TooDeep> {
    match text.bytes().next() {
        Some(b'"' | b'\'') => Ok(string(text)),
        Some(b'[') => list(text, depth, false),
        Some(b'{') => list(text, depth, true),
        _ => Ok(scalar(text)),
    }
}

/// Length of a list, or of an object.
fn list(text: &str, depth: usize, is_object: bool) -> Result<Option<usize>, TooDeep> {
    if depth == MAX_DEPTH {
        return Err(TooDeep);
    }
    let close = if is_object { '}' } else { ']' };
    let (mut at, mut is_first) = (1, true);
    loop {
        at += spaces(&text[at..]);
        if text[at..].starts_with(close) {
            return Ok(Some(at + 1));
        }
        if text[at..].starts_with(',') {
            at += 1;
            at += spaces(&text[at..]);
        } else if !is_first {
            return Ok(None);
        }
        is_first = false;
        if is_object {
            let Some(key) = string(&text[at..]) else { return Ok(None) };
            at += key;
            at += spaces(&text[at..]);
            if !text[at..].starts_with(':') {
                return Ok(None);
            }
            at += 1;
            at += spaces(&text[at..]);
        }
        let Some(length) = literal(&text[at..], depth + 1)? else { return Ok(None) };
        at += length;
    }
}

/// Length of a string with its quotes.
fn string(text: &str) -> Option<usize> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mut characters = text.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        if c == quote {
            return Some(at + 1);
        }
        if c == '\\' {
            match characters.next()?.1 {
                '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' => {}
                'u' => (0..4).try_for_each(|_| characters.next().filter(|(_, c)| c.is_ascii_hexdigit()).map(drop))?,
                _ => return None,
            }
        }
    }
    None
}

/// Length of a number, `true`, `false` or `null`.
fn scalar(text: &str) -> Option<usize> {
    let length = ["true", "false", "null"].iter().find(|word| text.starts_with(**word)).map(|word| word.len());
    let length = length.or_else(|| number(text.as_bytes()))?;
    let is_symbol = |c: char| c.is_ascii_alphanumeric() || !c.is_ascii() || matches!(c, '-' | '_' | '$' | ':');
    (!text[length..].starts_with(is_symbol)).then_some(length)
}

fn number(text: &[u8]) -> Option<usize> {
    let digits = |from: usize| text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let start = usize::from(text.first() == Some(&b'-'));
    let whole = digits(start);
    let mut end = start + whole;
    if text.get(end) == Some(&b'.') {
        end += 1 + digits(end + 1);
    }
    if text.get(end) == Some(&b'E') {
        let sign = usize::from(text.get(end + 1) == Some(&b'-'));
        let exponent = digits(end + 1 + sign);
        end += if exponent > 0 { 1 + sign + exponent } else { 0 };
    }
    (whole > 0).then_some(end)
}

/// Bytes of white space.
fn spaces(text: &str) -> usize {
    text.len() - text.trim_start_matches(SPACES).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_told_from_names() {
        use Enclosed::{Literal, Name};
        for (text, expected) in [
            ("\"a\\\"b\" c", Some(Literal(6))),
            ("'a\"b' c", Some(Literal(5))),
            ("'\\u00e9' c", Some(Literal(8))),
            ("'\\' }}'", Some(Literal(7))),
            ("[a b] c", Some(Name(5))),
            ("[x'] c'", Some(Name(4))),
            ("[1] c", Some(Literal(3))),
            ("[ , -1.5E-2 , true ] c", Some(Literal(20))),
            ("[\"]\", ['}}']] c", Some(Literal(13))),
            ("[1x]] c", Some(Name(4))),
            ("[1,]] c", Some(Name(4))),
            ("[\"a] c", Some(Name(4))),
            ("{ \"a\" : [null], 'b': {} } c", Some(Literal(25))),
            ("{ a }", None),
            ("a", None),
            ("", None),
        ] {
            assert_eq!(enclosed(text, Some(' ')), expected, "{text}");
        }
        for before in ['.', '/', '@'] {
            assert_eq!(enclosed("[\"]\"] c", Some(before)), Some(Name(3)), "{before}");
        }
        let deep = |depth: usize| enclosed(&format!("{}{}", "[".repeat(depth), "]".repeat(depth)), None);
        assert_eq!(deep(MAX_DEPTH), Some(Literal(2 * MAX_DEPTH)));
        assert_eq!(deep(MAX_DEPTH + 1), Some(Enclosed::TooDeep));
        assert_eq!(enclosed(&"[".repeat(100_000), None), Some(Enclosed::TooDeep));
    }
}
