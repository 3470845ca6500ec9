//! Full-width punctuation in JSON, as Chinese keyboards write it.

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

/// A full-width character outside of strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FullWidth {
    /// The character.
    pub character: char,
    /// The ASCII character to write.
    pub ascii: char,
    /// Position in bytes.
    pub offset: usize,
}

/// The first full-width punctuation of a JSON text outside of strings and comments.
pub fn find(text: &str) -> Option<FullWidth> {
    let mut characters = text.char_indices().peekable();
    while let Some((offset, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        match (character, next) {
            ('"', _) => {
                while let Some((_, inner)) = characters.next() {
                    match inner {
                        '\\' => {
                            let _ = characters.next();
                        }
                        '"' => break,
                        _ => {}
                    }
                }
            }
            ('/', Some('/')) => {
                let _ = characters.by_ref().find(|(_, inner)| *inner == '\n');
            }
            ('/', Some('*')) => {
                let mut last = ' ';
                let is_end = |(_, inner): &(usize, char)| std::mem::replace(&mut last, *inner) == '*' && *inner == '/';
                let _ = characters.by_ref().skip(1).find(is_end);
            }
            _ => {
                if let Some((_, ascii)) = PAIRS.iter().find(|(wide, _)| *wide == character) {
                    return Some(FullWidth { character, ascii: *ascii, offset });
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_outside_of_strings_is_found() {
        let found = |text: &str| find(text).map(|found| (found.character, found.ascii, found.offset));
        assert_eq!(found("{\"a\"：1}"), Some(('：', ':', 4)));
        assert_eq!(found("{“a”: 1}"), Some(('“', '"', 1)));
        assert_eq!(found("{\"a，\\\"：\": 1， \"b\": 2}"), Some(('，', ',', 15)));
        assert_eq!(found("// 注释，\n/* 说明：*/ { \"a\": \"“引用”，\" }"), None);
        assert_eq!(found("/* ： */ ｛}"), Some(('｛', '{', 10)));
        for text in ["", "{", "\"，", "/*，", "//，"] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
