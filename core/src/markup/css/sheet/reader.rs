//! Reader of rules and declarations.

use std::borrow::Cow;

use super::{Declaration, Rule, SourceSpan, StyleSheet};
use crate::{
    markup::{
        budget::{Budget, Cost},
        css::{
            scan::Scanner,
            selector::{self, Namespaces},
        },
        notes::Notes,
        parameter::has_parameter,
    },
    words,
    words::quote,
};

/// Maximum depth of rules within each other.
pub const MAX_DEPTH: usize = 8;

/// Reads the declarations of a `style` attribute.
pub fn declarations<'a>(text: &'a str, span: &SourceSpan, notes: &mut Notes) -> Vec<Declaration<'a>> {
    // Declarations have no selectors, and are as many as the text is long.
    let budget = Budget::default();
    let mut reader = Reader::new(text, span, [0.0; 2], &budget, notes);
    let mut all = Vec::new();
    while reader.scanner.peek().is_some() {
        reader.declarations(&mut all);
        // A stray brace.
        reader.scanner.eat('}');
    }
    all
}

/// Reads the rules of a style sheet. `size`: that of the artwork in px, for media queries. Ends when `budget` is exceeded.
pub fn rules<'a>(
    text: &'a str,
    span: &SourceSpan,
    size: [f64; 2],
    budget: &Budget,
    notes: &mut Notes,
    sheet: &mut StyleSheet<'a>,
) {
    let mut reader = Reader::new(text, span, size, budget, notes);
    reader.block(sheet, &Around { parents: None, layer: None, depth: 0 });
}

/// Context of a block: parent selectors, layer, depth.
#[derive(Clone)]
pub struct Around {
    /// Index of the rule's selectors.
    pub parents: Option<usize>,
    /// The cascade layer.
    pub layer: Option<usize>,
    /// Number of blocks.
    pub depth: usize,
}

pub struct Reader<'a, 'n> {
    pub scanner: Scanner<'a>,
    span: &'n SourceSpan,
    pub size: [f64; 2],
    pub budget: &'n Budget,
    notes: &'n mut Notes,
    /// Those that the style sheet declares.
    pub namespaces: Namespaces,
    /// Whether something came after which `@namespace` is invalid.
    pub has_rules: bool,
}

impl<'a, 'n> Reader<'a, 'n> {
    fn new(text: &'a str, span: &'n SourceSpan, size: [f64; 2], budget: &'n Budget, notes: &'n mut Notes) -> Self {
        let (scanner, namespaces) = (Scanner::new(text), Namespaces::default());
        Self { scanner, span, size, budget, notes, namespaces, has_rules: false }
    }

    /// Reads rules, and within a rule declarations, up to the `}` of their block.
    pub fn block(&mut self, sheet: &mut StyleSheet<'a>, around: &Around) {
        let mut declarations = Vec::new();
        let flush = |declarations: &mut Vec<Declaration<'a>>, sheet: &mut StyleSheet<'a>| {
            if let Some(list) = around.parents.filter(|_| !declarations.is_empty()) {
                let declarations = std::mem::take(declarations);
                sheet.rules.push(Rule { list, declarations, layer: around.layer });
            }
        };
        loop {
            self.scanner.gap();
            let start = self.scanner.at;
            match self.scanner.peek() {
                None => break,
                Some('}') if around.depth > 0 => break,
                Some(';') if around.parents.is_some() => drop(self.scanner.eat(';')),
                Some('@') => {
                    flush(&mut declarations, sheet);
                    self.at_rule(sheet, around);
                }
                _ if around.depth == 0 && self.scanner.rest().starts_with("<!--") => self.scanner.at += 4,
                _ if around.depth == 0 && self.scanner.rest().starts_with("-->") => self.scanner.at += 3,
                Some(_) => {
                    if around.parents.is_some()
                        && let Some(found) = self.declaration()
                    {
                        declarations.extend(found);
                        continue;
                    }
                    // Outside of blocks, a stray brace is part of the next selector, which it makes invalid.
                    let stops: &[char] = match (around.parents, around.depth) {
                        (Some(_), _) => &['{', '}', ';'],
                        (None, 0) => &['{'],
                        (None, _) => &['{', '}'],
                    };
                    let prelude = self.scanner.until(stops);
                    if !self.scanner.eat('{') {
                        let written = &self.scanner.text[start..self.scanner.at];
                        let text = if prelude.is_empty() { written } else { prelude };
                        self.note(start, text, words::css_rule_unread(shown(text)));
                        continue;
                    }
                    flush(&mut declarations, sheet);
                    if !self.budget.spend(Cost::Conditions, selector::conditions(prelude)) {
                        return;
                    }
                    let parents = around.parents.and_then(|list| sheet.lists.get(list));
                    let selectors = selector::parse(prelude, parents, &self.namespaces);
                    self.has_rules |= selectors.is_some();
                    if selectors.is_none() {
                        let finding = match prelude.starts_with('}') {
                            true => words::css_rule_unread(shown(prelude)),
                            false => words::css_selector(shown(prelude)),
                        };
                        self.note(start, prelude, finding);
                    }
                    match selectors.filter(|_| around.depth < MAX_DEPTH) {
                        Some(selectors) => {
                            sheet.lists.push(selectors.into());
                            let parents = Some(sheet.lists.len() - 1);
                            self.block(sheet, &Around { parents, depth: around.depth + 1, ..around.clone() });
                        }
                        None => {
                            self.scanner.at -= 1;
                            self.scanner.component();
                            continue;
                        }
                    }
                    self.scanner.eat('}');
                }
            }
        }
        flush(&mut declarations, sheet);
    }

    /// Reads declarations up to the `}` of their block, or the end.
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
            if let Some(found) = self.declaration() {
                all.extend(found);
                continue;
            }
            // Something else: up to the next declaration.
            let skipped = self.scanner.until(&[';', '{', '}']);
            if self.scanner.peek() == Some('{') {
                self.scanner.component();
            }
            let written = &self.scanner.text[start..self.scanner.at];
            if !has_parameter(written) {
                let text = if skipped.is_empty() { written } else { skipped };
                self.note(start, text, words::css_rule_unread(shown(written)));
            }
        }
    }

    /// Reads a declaration, up to its semicolon; `Some(None)` when it has no value. `None` when something else is next, such
    /// as a nested rule.
    pub fn declaration(&mut self) -> Option<Option<Declaration<'a>>> {
        let (start, mut next) = (self.scanner.at, self.scanner);
        let name = next.ident()?;
        next.gap();
        next.eat(':').then_some(())?;
        let mut block = next;
        let mut written = block.until(&[';', '{', '}']);
        if block.peek() == Some('{') {
            if !name.starts_with("--") {
                return None;
            }
            written = next.until(&[';', '}']);
            block = next;
        }
        self.scanner = block;
        let (value, important) = important(written);
        let name = match name.starts_with("--") || !name.bytes().any(|b| b.is_ascii_uppercase()) {
            true => name,
            false => Cow::Owned(name.to_ascii_lowercase()),
        };
        let range = self.span.place(start..self.scanner.at);
        let is_declared = !value.is_empty() || name.starts_with("--");
        Some(is_declared.then_some(Declaration { name, value, important, range }))
    }

    pub fn note(&mut self, start: usize, text: &str, finding: crate::error::Finding) {
        if !has_parameter(text) {
            let end = start + text.trim_end().len().max(1);
            self.notes.add(self.span.place(start..end), finding);
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

/// The first line of a piece of CSS, quoted and shortened.
fn shown(text: &str) -> crate::error::Argument {
    let line = text.trim().lines().next().unwrap_or_default();
    quote(&line.chars().take(60).collect::<String>()).into()
}
