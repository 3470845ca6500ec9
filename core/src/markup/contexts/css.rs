//! Where in a style a text would be inserted, and whether a text stays within the value of a declaration.

use super::context::Context;

/// A style as far as it has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Css {
    /// Whether it is a `<style>`.
    is_sheet: bool,
    /// Number of open blocks.
    depth: u32,
    /// Number of open brackets.
    brackets: u32,
    /// Whether a declaration's colon was read, but not its end.
    is_value: bool,
    mode: Mode,
    /// The byte before.
    last: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Plain,
    Quoted(u8),
    Comment,
}

impl Css {
    /// The content of a `<style>`.
    pub fn sheet() -> Self {
        Self { is_sheet: true, depth: 0, brackets: 0, is_value: false, mode: Mode::Plain, last: 0 }
    }

    /// The value of `style`.
    pub fn declarations() -> Self {
        Self { is_sheet: false, depth: 1, ..Self::sheet() }
    }

    /// Reads the next byte.
    pub fn read(&mut self, byte: u8) {
        let last = std::mem::replace(&mut self.last, byte);
        if last == b'\\' && self.mode != Mode::Comment {
            self.last = 0;
            return;
        }
        match (self.mode, byte) {
            (Mode::Comment, b'/') if last == b'*' => (self.mode, self.last) = (Mode::Plain, 0),
            (Mode::Comment, _) => {}
            (Mode::Quoted(quote), _) => {
                if byte == quote || byte == b'\n' {
                    self.mode = Mode::Plain;
                }
            }
            (Mode::Plain, b'*') if last == b'/' => (self.mode, self.last) = (Mode::Comment, 0),
            (Mode::Plain, b'"' | b'\'') => self.mode = Mode::Quoted(byte),
            (Mode::Plain, b'(' | b'[') => self.brackets += 1,
            (Mode::Plain, b')' | b']') => self.brackets = self.brackets.saturating_sub(1),
            (Mode::Plain, b'{') => (self.depth, self.brackets, self.is_value) = (self.depth + 1, 0, false),
            (Mode::Plain, b'}') => {
                (self.depth, self.brackets, self.is_value) = (self.depth.saturating_sub(1), 0, false);
            }
            (Mode::Plain, b';') if self.brackets == 0 => self.is_value = false,
            (Mode::Plain, b':') if self.brackets == 0 && self.depth > 0 => self.is_value = true,
            (Mode::Plain, _) => {}
        }
    }

    /// Where a text would be inserted now.
    pub fn context(&self) -> Context {
        match self.mode {
            Mode::Comment => Context::Comment,
            _ if self.is_value => Context::StyleValue,
            _ if self.is_sheet => Context::StyleSheet,
            _ => Context::Value,
        }
    }

    /// Whether the same may follow as after what another one has read.
    pub fn agrees_with(&self, other: &Self) -> bool {
        let escapes = |css: &Self| css.last == b'\\' && css.mode != Mode::Comment;
        self.mode == other.mode && self.is_sheet == other.is_sheet && escapes(self) == escapes(other)
    }

    /// Continues after either of two texts. What only one of them has opened counts as closed.
    pub fn join(&mut self, other: &Self) {
        self.depth = self.depth.min(other.depth);
        self.brackets = self.brackets.min(other.brackets);
        self.is_value &= other.is_value;
    }
}

/// What makes a text more than a part of a declaration's value, in quotation marks or not: it would end the value, or what
/// follows would belong to it. Stricter than CSS.
pub fn intruder(text: &str) -> Option<&str> {
    let (mut open, mut quote) = (Vec::new(), None);
    for (at, c) in text.char_indices() {
        let found = &text[at..at + c.len_utf8()];
        let pair = text.get(at..at + 2).filter(|pair| matches!(*pair, "/*" | "*/"));
        if pair.is_some() {
            return pair;
        }
        match c {
            // A line break ends a string.
            ';' | '{' | '}' | '\\' | '\n' | '\r' => return Some(found),
            // It begins `!important`, of which several parameters may have parts.
            '!' if quote.is_none() && open.is_empty() => return Some(found),
            '(' | ')' | '[' | ']' if quote.is_some() => return Some(found),
            '"' | '\'' => match quote {
                None => quote = Some((at, c)),
                Some((_, known)) if known == c => quote = None,
                Some(_) => return Some(found),
            },
            '(' | '[' => open.push((at, if c == '(' { ')' } else { ']' })),
            ')' | ']' if open.pop().is_none_or(|(_, close)| close != c) => return Some(found),
            _ => {}
        }
    }
    let unclosed = quote.map(|(at, _)| at).or_else(|| open.last().map(|(at, _)| *at))?;
    text.get(unclosed..=unclosed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_within_their_declarations() {
        for value in [
            "",
            "red",
            "#f00",
            "rgb(1, 2, 3)",
            "url(#a)",
            "url('#a')",
            "\"Noto Sans SC\", serif",
            "a/b",
            "12px",
            "calc(1px*(2 + 3))",
            "红色",
            "a:b",
            "<&>",
            "\"a!\", serif",
            "url(a!b)",
        ] {
            assert_eq!(intruder(value), None, "{value}");
        }
        for (value, found) in [
            ("red;fill:blue", ";"),
            ("red}*{fill:blue", "}"),
            ("{", "{"),
            ("red/*", "/*"),
            ("*/red", "*/"),
            ("\\", "\\"),
            ("a\nb", "\n"),
            ("a\r", "\r"),
            ("red !important", "!"),
            ("red ! IMPORTANT", "!"),
            ("red!", "!"),
            ("\"a", "\""),
            ("it's", "'"),
            ("\"it's\"", "'"),
            ("\";}a{\"", ";"),
            ("rgb(1", "("),
            (")", ")"),
            ("(]", "]"),
            ("\"(\"", "("),
        ] {
            assert_eq!(intruder(value), Some(found), "{value}");
        }
    }

    #[test]
    fn values_are_told_from_selectors_and_names() {
        let context = |css: Css, text: &str| {
            let mut css = css;
            text.bytes().for_each(|byte| css.read(byte));
            css.context()
        };
        for (text, expected) in [
            ("", Context::StyleSheet),
            ("a:hover", Context::StyleSheet),
            ("@media (x:", Context::StyleSheet),
            ("a{", Context::StyleSheet),
            ("a{b", Context::StyleSheet),
            ("a{b:", Context::StyleValue),
            ("a{b:\"c;", Context::StyleValue),
            ("a{b:url(c;", Context::StyleValue),
            ("a{b:c;", Context::StyleSheet),
            ("a{b:c}", Context::StyleSheet),
            ("a{b:c/*", Context::Comment),
            ("a{b:/*/*/c", Context::StyleValue),
            ("a{--b:\\;", Context::StyleValue),
        ] {
            assert_eq!(context(Css::sheet(), text), expected, "{text}");
        }
        for (text, expected) in [
            ("", Context::Value),
            ("fill:", Context::StyleValue),
            ("fill:red;", Context::Value),
            ("/*", Context::Comment),
        ] {
            assert_eq!(context(Css::declarations(), text), expected, "{text}");
        }
    }
}
