//! CSS of artwork, split into rules and declarations exactly as usvg's parser (simplecss) does, including its recovery
//! after errors: [`super::references`] must not miss a declaration that usvg applies.

/// A property's name and value.
pub(super) type Declaration<'a> = (&'a str, &'a str);

/// A rule of a style sheet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rule<'a> {
    /// Selectors as written.
    pub selector: &'a str,
    pub declarations: Vec<Declaration<'a>>,
}

/// Rules of a style sheet, without at-rules. `None` when a selector has an unclosed string, bracket or comment: it may hide
/// a brace from one of two parsers.
pub(super) fn rules(text: &str) -> Option<Vec<Rule<'_>>> {
    let (mut reader, mut rules) = (Reader { rest: text }, Vec::new());
    while reader.gap() && !reader.rest.is_empty() {
        reader.statement(&mut rules)?;
    }
    Some(rules)
}

/// Declarations of a `style` attribute, up to the first syntax error.
pub(super) fn declarations(text: &str) -> impl Iterator<Item = Declaration<'_>> {
    let mut reader = Reader { rest: text };
    std::iter::from_fn(move || {
        let declaration = reader.declaration();
        if declaration.is_none() {
            reader.rest = "";
        }
        declaration
    })
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// Skips white space and comments. False when a comment is not closed.
    fn gap(&mut self) -> bool {
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r', '\x0c']);
            let Some(comment) = self.rest.strip_prefix("/*") else { return true };
            let Some((_, rest)) = comment.split_once("*/") else {
                self.rest = "";
                return false;
            };
            self.rest = rest;
        }
    }

    fn eat(&mut self, c: char) -> bool {
        let rest = self.rest.strip_prefix(c);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Skips up to the next of some characters, or to the end.
    fn skip_to(&mut self, stop: impl Fn(char) -> bool) {
        self.rest = &self.rest[self.rest.find(stop).unwrap_or(self.rest.len())..];
    }

    fn ident(&mut self) -> Option<&'a str> {
        let is_start = |c: char| c == '_' || c.is_ascii_alphabetic() || c > '\u{ed}';
        let start = self.rest;
        self.eat('-');
        if self.rest.starts_with(|c: char| !is_start(c)) {
            return None;
        }
        self.skip_to(|c: char| !(is_start(c) || c == '-' || c.is_ascii_digit()));
        let name = &start[..start.len() - self.rest.len()];
        (!name.is_empty()).then_some(name)
    }

    /// A part of a value. False at its end, or at a syntax error.
    fn term(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else { return false };
        match first {
            '#' => {
                self.eat('#');
                if self.ident().is_none() {
                    self.skip_to(|c| !c.is_ascii_hexdigit());
                }
            }
            '+' | '-' | '0'..='9' | '.' => {
                self.eat(first);
                self.skip_to(|c| !c.is_ascii_digit());
                if self.eat('.') {
                    self.skip_to(|c| !c.is_ascii_digit());
                }
                if !self.eat('%') {
                    self.ident();
                }
            }
            '\'' | '"' => return self.string(first),
            ',' => {
                self.eat(',');
            }
            _ => {
                if self.ident().is_none() {
                    return false;
                }
                // A function's arguments are not tokenised.
                if self.rest.starts_with('(') {
                    self.skip_to(|c| c == ')');
                    return self.eat(')');
                }
            }
        }
        true
    }

    fn string(&mut self, quote: char) -> bool {
        let mut previous = quote;
        for (at, c) in self.rest.char_indices().skip(1) {
            if c == quote && previous != '\\' {
                self.rest = &self.rest[at + 1..];
                return true;
            }
            previous = c;
        }
        self.rest = "";
        false
    }

    fn declaration(&mut self) -> Option<Declaration<'a>> {
        self.gap().then_some(())?;
        // A hack for old browsers.
        self.eat('*');
        let name = self.ident()?;
        (self.gap() && self.eat(':') && self.gap()).then_some(())?;
        let (start, mut end) = (self.rest, self.rest);
        while self.term() {
            end = self.rest;
            self.gap().then_some(())?;
        }
        let value = start[..start.len() - end.len()].trim();
        self.gap().then_some(())?;
        if self.eat('!') {
            self.gap().then_some(())?;
            self.rest = self.rest.strip_prefix("important").unwrap_or(self.rest);
            self.gap().then_some(())?;
        }
        while self.eat(';') {
            self.gap().then_some(())?;
        }
        (!value.is_empty()).then_some((name, value))
    }

    /// Skips to the end of a block that is open. Braces in strings and comments count, too.
    fn skip_block(&mut self) {
        let mut depth = 0usize;
        for (at, c) in self.rest.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => {
                    self.rest = &self.rest[at + 1..];
                    return;
                }
                '}' => depth -= 1,
                _ => {}
            }
        }
        self.rest = "";
    }

    fn statement(&mut self, rules: &mut Vec<Rule<'a>>) -> Option<()> {
        if self.eat('@') {
            if self.ident().is_some() {
                self.skip_to(|c| c == ';' || c == '{');
                if !self.eat(';') && self.eat('{') {
                    self.skip_block();
                }
            }
            return Some(());
        }
        let start = self.rest;
        self.skip_to(|c| c == '{');
        let selector = &start[..start.len() - self.rest.len()];
        is_closed(selector).then_some(())?;
        self.eat('{');
        let mut declarations = Vec::new();
        while !self.rest.is_empty() && !self.rest.starts_with('}') {
            match self.declaration() {
                Some(declaration) => declarations.push(declaration),
                None => {
                    self.skip_block();
                    break;
                }
            }
        }
        self.eat('}');
        rules.push(Rule { selector: selector.trim(), declarations });
        Some(())
    }
}

/// Whether every string, bracket and comment of a selector is closed.
fn is_closed(selector: &str) -> bool {
    let mut reader = Reader { rest: selector };
    while let Some(c) = reader.rest.chars().next() {
        let closed = match c {
            '/' if reader.rest.starts_with("/*") => reader.gap(),
            '\'' | '"' => reader.string(c),
            '(' => {
                reader.skip_to(|c| c == ')');
                reader.eat(')')
            }
            _ => reader.eat(c),
        };
        if !closed {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(css: &str) -> Vec<(&str, Vec<Declaration<'_>>)> {
        rules(css).expect("well-formed").into_iter().map(|rule| (rule.selector, rule.declarations)).collect()
    }

    #[test]
    fn rules_and_declarations_are_split() {
        let css = "/* a { */ .a, #b > rect { fill : url(#a;}b) ; *stroke:red !important }\n@media print { c { fill: red } }\
                   @import 'x'; d{marker/**/:/**/none}";
        let expected =
            [(".a, #b > rect", vec![("fill", "url(#a;}b)"), ("stroke", "red")]), ("d", vec![("marker", "none")])];
        assert_eq!(all(css), expected);
        assert_eq!(
            all("a { b: '}' \"\\\"\" 1.5e3 -2px 50% #f00, c(d e) }"),
            [("a", vec![("b", "'}' \"\\\"\" 1.5e3 -2px 50% #f00, c(d e)")])]
        );
        assert_eq!(all(""), []);
        assert_eq!(all("a { b: c"), [("a", vec![("b", "c")])], "an unclosed block");
    }

    #[test]
    fn errors_skip_the_rest_of_a_block() {
        assert_eq!(all("a { b: c; d { e: f } g: h } i { j: k }"), [("a", vec![("b", "c")]), ("i", vec![("j", "k")])]);
        assert_eq!(all("a { b: 'c } d { e: f }"), [("a", vec![])], "an unclosed string");
        assert_eq!(all("a { b: c; /* } d { e: f }"), [("a", vec![])], "an unclosed comment");
        let style = |text: &'static str| declarations(text).collect::<Vec<_>>();
        assert_eq!(style("a:b;;c:d"), [("a", "b"), ("c", "d")]);
        assert_eq!(style("a:b; $ c:d"), [("a", "b")]);
        assert_eq!(style("/*;*/ a: /*;*/ url( '#b;' )"), [("a", "url( '#b;' )")]);
    }

    #[test]
    fn selectors_that_may_hide_a_brace_are_rejected() {
        for css in ["a, ' { b: c }", "a[x=\"{\"] { b: c }", "a /* { */ { b: c }", "a:lang({) { b: c }"] {
            assert_eq!(rules(css), None, "{css}");
        }
        assert_eq!(all("a[x=\"'\"] /* b */ { b: c }").len(), 1);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(css in "[a-c{}()'\":;#*/@!,. \\-]{0,60}") {
            rules(&css);
            assert!(declarations(&css).count() <= css.len());
        }
    }
}
