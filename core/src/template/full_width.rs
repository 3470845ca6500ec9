//! Full-width punctuation in JSON, as Chinese keyboards write it.

use std::ops::Range;

/// Full-width characters, and what JSON has instead.
const PAIRS: [(char, char); 13] = [
    ('，', ','),
    ('、', ','),
    ('：', ':'),
    ('；', ','),
    ('“', '"'),
    ('”', '"'),
    ('＂', '"'),
    ('‘', '"'),
    ('’', '"'),
    ('｛', '{'),
    ('｝', '}'),
    ('［', '['),
    ('］', ']'),
];

/// A full-width character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FullWidth {
    /// Character as written, such as `：` or `“`.
    pub character: char,
    /// The ASCII character to write.
    pub ascii: char,
    /// Position in bytes.
    pub offset: usize,
}

/// The full-width punctuation at which the parser of a JSON text failed: in the token that it refused, or next to it.
/// `token`: its bytes.
pub fn find(text: &str, token: Range<usize>) -> Option<FullWidth> {
    let refused = text.get(token.clone())?;
    // Strings, and what contains them, may have it.
    let inside = if refused.contains(['"', '\n']) { "" } else { refused }.char_indices();
    let rest = &text[token.start..];
    let next = rest.trim_start();
    let next = next.chars().next().map(|next_char| (rest.len() - next.len(), next_char));
    next.into_iter().chain(inside).find_map(|(at, character)| {
        let (_, ascii) = PAIRS.iter().find(|(wide, _)| *wide == character)?;
        Some(FullWidth { character, ascii: *ascii, offset: token.start + at })
    })
}

#[cfg(test)]
mod tests {
    use crate::template::{json::Document, source::SourceFile};

    /// Code, and the text that the finding marks, or its message if that is empty.
    fn found(text: &str) -> String {
        let findings = Document::parse(SourceFile { file: "layout.json", text }).expect_err("invalid");
        let place = findings[0].place.as_ref().expect("a place");
        format!("{}:{} {}", place.line, place.column, findings[0].message)
    }

    #[test]
    fn punctuation_outside_of_strings_is_found() {
        for (text, character, column) in [
            ("{\"a\"：1}", '：', 5),
            ("{“a”: 1}", '“', 2),
            ("{\"a，\\\"：\": 1， \"b\": 2}", '，', 12),
            ("/* ： */ ｛}", '｛', 9),
            ("{\"a\": true， \"b\": 2}", '，', 11),
            ("{\"a\": \"b\" ， \"b\": 2}", '，', 11),
            ("[1、2]", '、', 3),
        ] {
            let expected = format!("1:{column} `{character}` is a full-width character");
            assert!(found(text).starts_with(&expected), "{text}: {}", found(text));
        }
    }

    #[test]
    fn long_tokens_take_no_longer_than_their_length() {
        // Work that grows with the square of the length would take many minutes.
        assert!(!found(&format!("[{}", "a".repeat(400_000))).contains("full-width"));
    }

    #[test]
    fn a_missing_quotation_mark_keeps_its_place() {
        for (text, line) in [
            ("{ \"title: 1, \"name\": \"你好，世界\" }", 1),
            ("{\n\"title\": \"春日,\n\"name\": \"你好，世界\"\n}", 3),
            ("{ \"a\": \"你好，世界\", \"b\" 1 }", 1),
            ("{ \"a\": \"你好，世界\"", 1),
            ("// 注释，\n/* 说明：*/ { \"a\": \"“引用”，\"", 2),
        ] {
            let found = found(text);
            assert!(found.starts_with(&format!("{line}:")) && !found.contains("full-width"), "{text}: {found}");
        }
    }
}
