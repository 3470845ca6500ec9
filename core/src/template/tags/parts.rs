//! Splits a handlebars source into texts and tags.

use std::ops::Range;

use super::{
    enclosed::{Enclosed, SPACES, enclosed},
    limits::MAX_TAGS,
};

/// Kind of a [`Part`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartKind {
    /// Text outside of tags.
    Text,
    /// `{{name}}`: inserts a value.
    Value,
    /// `{{#if a}}`.
    Open,
    /// `{{else}}` or, not `is_last`, `{{else if a}}`.
    Else {
        /// Whether it holds for everything that is left.
        is_last: bool,
    },
    /// `{{/if}}`.
    Close,
    /// `{{! comment }}`.
    Comment,
}

/// A text or a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// Bytes in the source.
    pub range: Range<usize>,
}

/// Splits a source that the library compiles. The parts of others are unspecified, but cover the source as well: after one tag more
/// than [`MAX_TAGS`], all of it is text.
pub fn parts(source: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let (mut start, mut at, mut tags) = (0, 0, 0);
    while tags <= MAX_TAGS
        && let Some(open) = source[at..].find("{{").map(|found| at + found)
    {
        let slashes = source[start..open].bytes().rev().take_while(|byte| *byte == b'\\').count();
        let braces = source[open..].bytes().take_while(|byte| *byte == b'{').count();
        if slashes == 1 {
            // `\{{` and `\{{{{` are text.
            at = open + if braces < 4 { 2 } else { 4 };
            continue;
        }
        if start < open {
            parts.push(Part { kind: PartKind::Text, range: start..open });
        }
        let inner = source[open + braces..].trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '~');
        let from = source.len() - inner.len();
        let kind = kind(inner);
        let end = match kind {
            PartKind::Comment => from + comment(inner),
            _ => from + tag(inner),
        };
        // The further braces of `{{{name}}}` and `{{{{name}}}}`.
        let end = end + source[end..].bytes().take(braces - 2).take_while(|byte| *byte == b'}').count();
        parts.push(Part { kind, range: open..end });
        (start, at, tags) = (end, end, tags + 1);
    }
    if start < source.len() {
        parts.push(Part { kind: PartKind::Text, range: start..source.len() });
    }
    parts
}

/// Kind of a tag by what follows its braces.
fn kind(inner: &str) -> PartKind {
    let is_end = |rest: &str| rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '~').starts_with("}}");
    match inner.as_bytes().first() {
        Some(b'!') => PartKind::Comment,
        Some(b'#') => PartKind::Open,
        Some(b'/') => PartKind::Close,
        _ => match inner.strip_prefix("else").or_else(|| inner.strip_prefix('^')) {
            Some(rest) => PartKind::Else { is_last: is_end(rest) },
            None => PartKind::Value,
        },
    }
}

/// Length of a comment from its `!`. One that begins with `--` ends with `--`, if anything does.
fn comment(inner: &str) -> usize {
    let end = |text: &str, close: &str| Some(inner.len() - text.len() + text.find(close)? + close.len());
    let long = inner[1..].trim_start_matches(SPACES).strip_prefix("--");
    long.and_then(|text| end(text, "--}}")).or_else(|| end(inner, "}}")).unwrap_or(inner.len())
}

/// Length of a tag from what follows its braces.
fn tag(inner: &str) -> usize {
    let (mut at, mut before) = (0, None);
    while let Some(c) = inner[at..].chars().next() {
        if inner[at..].starts_with("}}") {
            return at + 2;
        }
        at += match enclosed(&inner[at..], before) {
            Some(Enclosed::Literal(length) | Enclosed::Name(length)) => length,
            Some(Enclosed::TooDeep) => inner.len() - at,
            None => c.len_utf8(),
        };
        before = Some(c);
    }
    inner.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_told_from_text() {
        use PartKind::{Close, Comment, Else, Open, Text, Value};
        for (source, expected) in [
            ("", vec![]),
            ("a", vec![(Text, "a")]),
            ("a{{b}}c", vec![(Text, "a"), (Value, "{{b}}"), (Text, "c")]),
            ("{{~ b ~}}{{{c}}}", vec![(Value, "{{~ b ~}}"), (Value, "{{{c}}}")]),
            (r"\{{a}}\\{{b}}", vec![(Text, r"\{{a}}\\"), (Value, "{{b}}")]),
            (r"{{a}}\{{{{b}}", vec![(Value, "{{a}}"), (Text, r"\{{{{b}}")]),
            (
                "{{#if (eq a \"}}\")}}x{{else if b}}y{{~else~}}{{^}}{{/if}}",
                vec![
                    (Open, "{{#if (eq a \"}}\")}}"),
                    (Text, "x"),
                    (Else { is_last: false }, "{{else if b}}"),
                    (Text, "y"),
                    (Else { is_last: true }, "{{~else~}}"),
                    (Else { is_last: true }, "{{^}}"),
                    (Close, "{{/if}}"),
                ],
            ),
            (
                "{{! a }}{{!-- {{b}} --}}{{! -- {{c}} --}}{{!--}}",
                vec![
                    (Comment, "{{! a }}"),
                    (Comment, "{{!-- {{b}} --}}"),
                    (Comment, "{{! -- {{c}} --}}"),
                    (Comment, "{{!--}}"),
                ],
            ),
            ("{{a.[b}}c]}}{{'\\'}}'}}", vec![(Value, "{{a.[b}}c]}}"), (Value, "{{'\\'}}'}}")]),
            (r#"{{eq ["]}}", 1] a}}b"#, vec![(Value, r#"{{eq ["]}}", 1] a}}"#), (Text, "b")]),
            ("{{#if [x']}}'{{len {\"a\":1}}}", vec![(Open, "{{#if [x']}}"), (Text, "'"), (Value, "{{len {\"a\":1}}}")]),
            ("{{a", vec![(Value, "{{a")]),
        ] {
            let found: Vec<_> = parts(source).into_iter().map(|part| (part.kind, &source[part.range])).collect();
            assert_eq!(found, expected, "{source}");
        }
    }

    proptest::proptest! {
        #[test]
        fn parts_cover_any_source(source in "[{}#/!~^a \"'\\\\商\\[\\]-]{0,60}") {
            let mut end = 0;
            for part in parts(&source) {
                proptest::prop_assert!(part.range.start == end && part.range.end > end);
                end = part.range.end;
            }
            proptest::prop_assert_eq!(end, source.len());
        }
    }
}
