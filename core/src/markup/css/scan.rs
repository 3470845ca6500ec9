//! Reads CSS text from left to right: the tokens of CSS Syntax 3 that selectors and values are made of.

use std::borrow::Cow;

/// Maximum number of brackets that are open at a time. More are read as unclosed.
const MAX_OPEN: usize = 64;

/// A position in CSS text.
#[derive(Debug, Clone, Copy)]
pub struct Scanner<'a> {
    /// The whole CSS text, also what is before the position.
    pub text: &'a str,
    /// Byte offset of the next character.
    pub at: usize,
}

impl<'a> Scanner<'a> {
    /// Starts at the beginning.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The text that is not yet read.
    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// The next character.
    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Whether everything is read, up to white space and comments.
    pub fn is_at_end(mut self) -> bool {
        self.gap();
        self.at == self.text.len()
    }

    /// Skips a character. False when another one is next.
    pub fn eat(&mut self, c: char) -> bool {
        let eats = self.rest().starts_with(c);
        self.at += if eats { c.len_utf8() } else { 0 };
        eats
    }

    /// Skips white space and comments. Returns whether there were any.
    pub fn gap(&mut self) -> bool {
        let start = self.at;
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r', '\x0c']).len();
            let Some(comment) = self.rest().strip_prefix("/*") else { return self.at > start };
            self.at = comment.find("*/").map_or(self.text.len(), |end| self.at + end + 4);
        }
    }

    /// Skips a comma between white space.
    pub fn comma(&mut self) -> bool {
        let mut next = *self;
        next.gap();
        let eats = next.eat(',');
        if eats {
            next.gap();
            *self = next;
        }
        eats
    }

    /// An identifier, with escapes resolved.
    pub fn ident(&mut self) -> Option<Cow<'a, str>> {
        let rest = self.rest();
        let mut chars = rest.chars();
        let starts = match (chars.next()?, chars.next()) {
            ('-', Some(c)) => c == '-' || c == '\\' || is_name_start(c),
            ('\\', Some(c)) => c != '\n',
            (c, _) => is_name_start(c),
        };
        starts.then(|| self.name())
    }

    /// The characters of a name, which may begin with a digit (`#1a`), with escapes resolved.
    pub fn name(&mut self) -> Cow<'a, str> {
        let rest = self.rest();
        let plain = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        self.at += plain;
        if !rest[plain..].starts_with('\\') {
            return Cow::Borrowed(&rest[..plain]);
        }
        let mut name = rest[..plain].to_owned();
        while let Some(c) = self.peek() {
            if c == '\\' {
                self.at += 1;
                let Some(escaped) = self.escaped() else { break };
                name.push(escaped);
            } else if is_name(c) {
                self.at += c.len_utf8();
                name.push(c);
            } else {
                break;
            }
        }
        Cow::Owned(name)
    }

    /// The character of an escape, after the backslash.
    fn escaped(&mut self) -> Option<char> {
        let rest = self.rest();
        let digits = rest.bytes().take(6).take_while(u8::is_ascii_hexdigit).count();
        if digits == 0 {
            let c = self.peek().filter(|c| *c != '\n')?;
            self.at += c.len_utf8();
            return Some(c);
        }
        self.at += digits;
        if self.peek().is_some_and(|c| c.is_ascii_whitespace()) {
            self.at += 1;
        }
        let code = u32::from_str_radix(&rest[..digits], 16).unwrap_or_default();
        Some(char::from_u32(code).filter(|c| *c != '\0').unwrap_or('\u{fffd}'))
    }

    /// A string with its quotes. `None` when it is not closed on its line.
    pub fn string(&mut self) -> Option<Cow<'a, str>> {
        let quote = self.peek().filter(|c| matches!(c, '"' | '\''))?;
        self.at += 1;
        let start = self.at;
        let mut owned: Option<String> = None;
        while let Some(c) = self.peek() {
            match c {
                '\n' => return None,
                '\\' => {
                    let text = owned.get_or_insert_with(|| self.text[start..self.at].to_owned());
                    self.at += 1;
                    if !self.eat('\n') {
                        let mut next = *self;
                        text.extend(next.escaped());
                        *self = next;
                    }
                    continue;
                }
                c if c == quote => {
                    let text = &self.text[start..self.at];
                    self.at += 1;
                    return Some(owned.map_or(Cow::Borrowed(text), Cow::Owned));
                }
                c => {
                    self.at += c.len_utf8();
                    owned.iter_mut().for_each(|text| text.push(c));
                }
            }
        }
        // CSS closes an open string at the end of the file.
        Some(owned.map_or(Cow::Borrowed(&self.text[start..]), Cow::Owned))
    }

    /// A number, with an exponent only if no unit could be meant by it.
    pub fn number(&mut self) -> Option<f64> {
        let bytes = self.rest().as_bytes();
        let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
        let mut end = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
        let whole = digits(end);
        end += whole;
        let mut fraction = 0;
        if bytes.get(end) == Some(&b'.') {
            fraction = digits(end + 1);
            end += if fraction > 0 { fraction + 1 } else { 0 };
        }
        if whole + fraction == 0 {
            return None;
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            let exponent = if end + 1 + sign <= bytes.len() { digits(end + 1 + sign) } else { 0 };
            end += if exponent > 0 { 1 + sign + exponent } else { 0 };
        }
        let value: f64 = self.rest()[..end].trim_start_matches('+').parse().ok()?;
        self.at += end;
        value.is_finite().then_some(value)
    }

    /// A number and its unit (`px`, `%`, or empty).
    pub fn dimension(&mut self) -> Option<(f64, &'a str)> {
        let number = self.number()?;
        let start = self.at;
        if !self.eat('%') {
            self.at += self.rest().find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(self.rest().len());
        }
        Some((number, &self.text[start..self.at]))
    }

    /// A function: its name in lower case, and its arguments.
    pub fn function(&mut self) -> Option<(String, Scanner<'a>)> {
        let mut next = *self;
        let name = next.ident()?.to_ascii_lowercase();
        if !next.rest().starts_with('(') {
            return None;
        }
        let start = next.at + 1;
        // Skips the name as well, since `url(` is not tokenised.
        self.component();
        let closed = self.text[start..self.at].ends_with(')');
        let end = if closed { self.at - 1 } else { self.at };
        Some((name, Scanner::new(&self.text[start..end])))
    }

    /// Skips one component: a word with its brackets, a string, a block, or a character.
    pub fn component(&mut self) {
        let mut open: Vec<char> = Vec::new();
        loop {
            let Some(c) = self.peek() else { return };
            match c {
                '"' | '\'' => {
                    if self.string().is_none() && open.is_empty() {
                        return;
                    }
                }
                '/' if self.rest().starts_with("/*") => {
                    self.gap();
                }
                '(' | '[' | '{' => {
                    self.at += 1;
                    if open.len() == MAX_OPEN {
                        self.at = self.text.len();
                        return;
                    }
                    open.push(if c == '(' {
                        ')'
                    } else if c == '[' {
                        ']'
                    } else {
                        '}'
                    });
                }
                ')' | ']' | '}' => {
                    self.at += 1;
                    if open.last() == Some(&c) {
                        open.pop();
                    }
                }
                _ => {
                    let start = self.at;
                    if self.ident().is_none() {
                        self.at += c.len_utf8();
                    } else if self.rest().starts_with('(') {
                        if self.text[start..self.at].eq_ignore_ascii_case("url") && self.url() {
                            // Skipped as a whole.
                        } else {
                            continue;
                        }
                    }
                }
            }
            if open.is_empty() {
                return;
            }
        }
    }

    /// Skips the bracket of a `url(` without quotation marks.
    fn url(&mut self) -> bool {
        let inner = self.rest()[1..].trim_start();
        if inner.starts_with(['"', '\'']) {
            return false;
        }
        let mut escaped = false;
        let end = self.rest().find(|c| {
            let closes = c == ')' && !escaped;
            escaped = c == '\\' && !escaped;
            closes
        });
        self.at = end.map_or(self.text.len(), |end| self.at + end + 1);
        true
    }

    /// Reads up to one of some characters outside of brackets and strings, or to the end.
    pub fn until(&mut self, stops: &[char]) -> &'a str {
        let start = self.at;
        while let Some(c) = self.peek() {
            if stops.contains(&c) {
                break;
            }
            self.component();
        }
        &self.text[start..self.at]
    }
}

fn is_name_start(c: char) -> bool {
    c == '_' || c.is_ascii_alphabetic() || !c.is_ascii()
}

fn is_name(c: char) -> bool {
    c == '-' || c.is_ascii_digit() || is_name_start(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_with_escapes() {
        for (text, name) in [("a-b1 c", "a-b1"), ("\\31 23", "123"), ("-x", "-x"), ("--v", "--v"), ("名\\.x", "名.x")]
        {
            assert_eq!(Scanner::new(text).ident().as_deref(), Some(name), "{text}");
        }
        assert_eq!(Scanner::new("1a").ident(), None);
        assert_eq!(Scanner::new("1a").name(), "1a");
    }

    #[test]
    fn numbers_have_units_and_exponents() {
        for (text, number, unit) in
            [("1.5px", 1.5, "px"), (".5%", 0.5, "%"), ("-2e3", -2000.0, ""), ("1em", 1.0, "em"), ("+3", 3.0, "")]
        {
            assert_eq!(Scanner::new(text).dimension(), Some((number, unit)), "{text}");
        }
        assert_eq!(Scanner::new("-").number(), None);
        assert_eq!(Scanner::new("1e999").number(), None);
    }

    #[test]
    fn components_are_skipped_as_a_whole() {
        for (text, rest) in [
            ("a(b;{c}) ; d", " ; d"),
            ("url(a;b'c) ;", " ;"),
            ("url( 'a)' ) ;", " ;"),
            ("\"a;\\\"b\" ;", " ;"),
            ("{ a: '}' /* } */ } x", " x"),
            ("(((", ""),
        ] {
            let mut scanner = Scanner::new(text);
            scanner.component();
            assert_eq!(scanner.rest(), rest, "{text}");
        }
        let mut scanner = Scanner::new("a(;) 'b;' [c;] ; d");
        assert_eq!(scanner.until(&[';']), "a(;) 'b;' [c;] ");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(css in "[a-c{}()'\":;#*/@!,. \\\\\n\\-url]{0,60}") {
            let mut scanner = Scanner::new(&css);
            while scanner.peek().is_some() {
                let at = scanner.at;
                scanner.component();
                proptest::prop_assert!(scanner.at > at);
            }
        }
    }
}
