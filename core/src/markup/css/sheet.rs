//! Style sheets and `style` attributes, split into rules and declarations (CSS Syntax 3), with at-rules resolved.

use std::{borrow::Cow, ops::Range};

use super::{
    scan::Scanner,
    selector::{self, Selector},
};
use crate::{markup::notes::Notes, words, words::quote};

/// Maximum depth of at-rules within each other.
const MAX_DEPTH: usize = 8;

/// A property's name and value.
#[derive(Debug, Clone)]
pub struct Declaration<'a> {
    /// Name, in lower case unless it is a custom property.
    pub name: Cow<'a, str>,
    /// Value as written, without `!important`.
    pub value: &'a str,
    /// Whether it is `!important`.
    pub important: bool,
    /// Bytes in the source.
    pub range: Range<usize>,
}

/// Selectors and what they declare.
#[derive(Debug)]
pub struct Rule<'a> {
    /// Selectors, one of which must match.
    pub selectors: Vec<Selector<'a>>,
    /// Declarations in order.
    pub declarations: Vec<Declaration<'a>>,
}

/// Where CSS text stands in the source.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// Whether the text is written as it is read, without entities and CDATA in between.
    pub exact: bool,
}

impl Origin {
    /// Position of text of the source: in `range`, or, with entities, the whole range.
    pub fn of(source: &str, text: &str, range: Range<usize>) -> Self {
        match source.get(range.clone()).and_then(|written| written.find(text)) {
            Some(at) => Self { range: range.start + at..range.start + at + text.len(), exact: true },
            None => Self { range, exact: false },
        }
    }

    fn place(&self, range: Range<usize>) -> Range<usize> {
        if self.exact { self.range.start + range.start..self.range.start + range.end } else { self.range.clone() }
    }
}

/// Reads the declarations of a `style` attribute.
pub fn declarations<'a>(text: &'a str, origin: &Origin, notes: &mut Notes) -> Vec<Declaration<'a>> {
    let mut reader = Reader { scanner: Scanner::new(text), origin, notes };
    let mut all = Vec::new();
    while reader.scanner.peek().is_some() {
        reader.declarations(&mut all);
        // A stray brace.
        reader.scanner.eat('}');
    }
    all
}

/// Reads the rules of a style sheet.
pub fn rules<'a>(text: &'a str, origin: &Origin, notes: &mut Notes, rules: &mut Vec<Rule<'a>>) {
    Reader { scanner: Scanner::new(text), origin, notes }.rules(rules, 0);
}

struct Reader<'a, 'n> {
    scanner: Scanner<'a>,
    origin: &'n Origin,
    notes: &'n mut Notes,
}

impl<'a> Reader<'a, '_> {
    fn rules(&mut self, rules: &mut Vec<Rule<'a>>, depth: usize) {
        loop {
            self.scanner.gap();
            let start = self.scanner.at;
            match self.scanner.peek() {
                None => return,
                Some('}') if depth > 0 => return,
                Some('@') => self.at_rule(rules, depth),
                _ if self.scanner.rest().starts_with("<!--") => self.scanner.at += 4,
                _ if self.scanner.rest().starts_with("-->") => self.scanner.at += 3,
                Some(_) => {
                    let prelude = self.scanner.until(&['{', '}']);
                    if !self.scanner.eat('{') {
                        self.scanner.eat('}');
                        self.note(start, prelude, words::css_rule_unread(shown(prelude)));
                        continue;
                    }
                    let mut declarations = Vec::new();
                    self.declarations(&mut declarations);
                    self.scanner.eat('}');
                    match selector::parse(prelude) {
                        Some(selectors) => rules.push(Rule { selectors, declarations }),
                        None => self.note(start, prelude, words::css_selector(shown(prelude))),
                    }
                }
            }
        }
    }

    fn at_rule(&mut self, rules: &mut Vec<Rule<'a>>, depth: usize) {
        let start = self.scanner.at;
        self.scanner.eat('@');
        let name = self.scanner.ident().unwrap_or_default().to_ascii_lowercase();
        let prelude = self.scanner.until(&['{', ';', '}']).trim();
        let applies = match name.as_str() {
            "media" => media(prelude),
            "supports" | "layer" => None,
            _ => Some(false),
        };
        let applies_at = &self.scanner.text[start..self.scanner.at];
        match (name.as_str(), applies) {
            (_, Some(true)) | ("media", _) | ("charset" | "namespace" | "page", _) => {}
            ("import", _) => self.note(start, applies_at, words::css_import()),
            ("font-face", _) => self.note(start, applies_at, words::css_font_face()),
            ("keyframes" | "-webkit-keyframes", _) => {
                self.note(start, applies_at, words::artwork_animation("@keyframes"))
            }
            _ => self.note(start, applies_at, words::css_at_rule(format!("@{name}"))),
        }
        if name == "media" && applies.is_none() {
            self.note(start, applies_at, words::css_media(quote(prelude)));
        }
        if !self.scanner.eat(';') && self.scanner.peek() == Some('{') {
            if applies == Some(true) && depth < MAX_DEPTH {
                self.scanner.eat('{');
                self.rules(rules, depth + 1);
                self.scanner.eat('}');
            } else {
                self.scanner.component();
            }
        }
    }

    /// Reads declarations up to the `}` of their block.
    fn declarations(&mut self, all: &mut Vec<Declaration<'a>>) {
        loop {
            self.scanner.gap();
            let start = self.scanner.at;
            match self.scanner.peek() {
                None | Some('}') => return,
                Some(';') => {
                    self.scanner.eat(';');
                    continue;
                }
                Some(_) => {}
            }
            let name = self.scanner.ident();
            self.scanner.gap();
            if let Some(name) = name
                && self.scanner.eat(':')
            {
                let written = self.scanner.until(&[';', '}']);
                let end = self.scanner.at;
                let (value, important) = important(written);
                let name = match name.starts_with("--") || !name.bytes().any(|b| b.is_ascii_uppercase()) {
                    true => name,
                    false => Cow::Owned(name.to_ascii_lowercase()),
                };
                let range = self.origin.place(start..end);
                if !value.is_empty() || name.starts_with("--") {
                    all.push(Declaration { name, value, important, range });
                }
                continue;
            }
            // Something else: up to the next declaration, or a nested rule.
            let skipped = self.scanner.until(&[';', '{', '}']);
            let nested = self.scanner.peek() == Some('{');
            if nested {
                self.scanner.component();
            }
            let written = &self.scanner.text[start..self.scanner.at];
            if !written.contains("{{") {
                let text = if skipped.is_empty() { written } else { skipped };
                self.note(start, text, words::css_rule_unread(shown(written)));
            }
        }
    }

    fn note(&mut self, start: usize, text: &str, finding: crate::error::Finding) {
        if !text.contains("{{") {
            let end = start + text.trim_end().len().max(1);
            self.notes.add(self.origin.place(start..end), finding);
        }
    }
}

/// Splits `!important` off a value.
fn important(written: &str) -> (&str, bool) {
    let value = written.trim();
    if let Some((value, flag)) = value.rsplit_once('!')
        && flag.trim().eq_ignore_ascii_case("important")
    {
        return (value.trim_end(), true);
    }
    (value, false)
}

/// Whether a list of media queries applies to a poster: a coloured screen, light, without motion. `None` if it depends on
/// something else, such as the width of a window.
pub fn media(prelude: &str) -> Option<bool> {
    let text = prelude.to_ascii_lowercase();
    let mut result = Some(text.trim().is_empty());
    for query in text.split(',').map(str::trim).filter(|query| !query.is_empty()) {
        let (query, negated) = query.strip_prefix("not ").map_or((query, false), |rest| (rest.trim(), true));
        let query = query.strip_prefix("only ").map_or(query, str::trim);
        let mut own = Some(true);
        for part in query.split(" and ").map(str::trim) {
            let part: String = part.split_whitespace().collect();
            let holds = match part.as_str() {
                "all"
                | "screen"
                | "(color)"
                | "(prefers-color-scheme:light)"
                | "(scripting:none)"
                | "(prefers-reduced-motion:reduce)"
                | "(prefers-reduced-motion)"
                | "(prefers-contrast:no-preference)" => Some(true),
                "print"
                | "speech"
                | "tty"
                | "tv"
                | "projection"
                | "handheld"
                | "braille"
                | "embossed"
                | "aural"
                | "(prefers-color-scheme:dark)"
                | "(prefers-reduced-motion:no-preference)"
                | "(monochrome)" => Some(false),
                _ => None,
            };
            own = match (own, holds) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
        }
        let own = own.map(|own| own != negated);
        result = match (result, own) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        };
    }
    result
}

/// The first line of a piece of CSS, quoted and shortened.
fn shown(text: &str) -> crate::error::Argument {
    let line = text.trim().lines().next().unwrap_or_default();
    quote(&line.chars().take(60).collect::<String>()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Number of selectors, and declarations.
    type Plain = (usize, Vec<(String, String, bool)>);

    fn read(css: &str) -> (Vec<Plain>, Vec<&'static str>) {
        let (mut all, mut notes) = (Vec::new(), Notes::default());
        let origin = Origin { range: 0..css.len(), exact: true };
        rules(css, &origin, &mut notes, &mut all);
        let plain = |one: &Declaration<'_>| (one.name.to_string(), one.value.to_owned(), one.important);
        let all = all.iter().map(|rule| (rule.selectors.len(), rule.declarations.iter().map(plain).collect()));
        (all.collect(), notes.into_vec().iter().map(|note| note.finding.code).collect())
    }

    fn values(css: &str) -> Vec<String> {
        let (rules, _) = read(css);
        rules.into_iter().flat_map(|rule| rule.1).map(|(name, value, _)| format!("{name}={value}")).collect()
    }

    #[test]
    fn rules_and_declarations_are_split() {
        let css = "/* a { */ .a, #b > rect { fill : url(#a;}b) ; Stroke:red !important }\n@media print { c { fill: red } }\
                   d{marker/**/:none}";
        let own = |name: &str, value: &str, important| (name.to_owned(), value.to_owned(), important);
        let expected = vec![
            (2, vec![own("fill", "url(#a;}b)", false), own("stroke", "red", true)]),
            (1, vec![own("marker", "none", false)]),
        ];
        assert_eq!(read(css), (expected, vec![]));
        assert_eq!(values("a { b: '}' \"\\\"\" }"), ["b='}' \"\\\"\""]);
        assert_eq!(values("a { b: c"), ["b=c"], "an unclosed block");
        assert_eq!(values("a { --X: {y;z} ; --w:; }"), ["--X={y;z}", "--w="]);
    }

    #[test]
    fn errors_skip_one_declaration() {
        assert_eq!(values("a { b: c; d e; g: h } i { j: k }"), ["b=c", "g=h", "j=k"]);
        assert_eq!(values("a { b: c; &:hover { e: f } g: h }"), ["b=c", "g=h"]);
        assert_eq!(values("} a { b: c }"), ["b=c"]);
        assert_eq!(read("a { b c }").1, ["css_syntax"]);
        assert_eq!(read("a:has(b) { b: c }").1, ["css_selector"]);
    }

    #[test]
    fn media_queries_are_those_of_a_poster() {
        for (query, applies) in [
            ("", Some(true)),
            ("all", Some(true)),
            ("print", Some(false)),
            ("not print", Some(true)),
            ("only screen and (color)", Some(true)),
            ("print, screen", Some(true)),
            ("(prefers-color-scheme: dark)", Some(false)),
            ("(min-width: 600px)", None),
            ("print and (min-width: 600px)", Some(false)),
        ] {
            assert_eq!(media(query), applies, "{query}");
        }
        assert_eq!(values("@media all { @media screen { a { b: c } } } d { e: f }"), ["b=c", "e=f"]);
    }

    #[test]
    fn at_rules_are_told() {
        for (css, code) in [
            ("@import 'a.css'; a { b: c }", "css_unsupported"),
            ("@font-face { font-family: x; src: url(a.woff) } a { b: c }", "css_unsupported"),
            ("@keyframes x { from { fill: red } } a { b: c }", "artwork_animation"),
            ("@media (min-width: 9px) { z { y: x } } a { b: c }", "css_unsupported"),
            ("@supports (fill: red) { z { y: x } } a { b: c }", "css_unsupported"),
        ] {
            assert_eq!(read(css).1, [code], "{css}");
            assert_eq!(values(css), ["b=c"], "{css}");
        }
    }
}
