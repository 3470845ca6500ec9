//! Style sheets and `style` attributes, split into rules and declarations (CSS Syntax 3), with at-rules resolved.

use std::{borrow::Cow, ops::Range};

use super::{
    layers::Layers,
    media::media,
    scan::Scanner,
    selector::{self, Parents},
    supports::supports,
};
use crate::{
    markup::{
        budget::{Budget, Cost},
        notes::Notes,
        tree::SVG,
    },
    words,
    words::quote,
};

/// Maximum depth of rules within each other.
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
    /// Index of its selectors in [`Sheet::lists`].
    pub list: usize,
    /// Declarations in order.
    pub declarations: Vec<Declaration<'a>>,
    /// Index of its cascade layer.
    pub layer: Option<usize>,
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
        let written = source.get(range.clone()).unwrap_or_default();
        // Most often all of it, or all before the quotation mark of an attribute.
        let ends = |after: usize| {
            let at = written.len().checked_sub(text.len() + after)?;
            written.as_bytes()[at..].starts_with(text.as_bytes()).then_some(at)
        };
        match ends(1).or_else(|| ends(0)).or_else(|| written.find(text)) {
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
    // Declarations have no selectors, and are as many as the text is long.
    let budget = Budget::default();
    let mut reader = Reader { scanner: Scanner::new(text), origin, size: [0.0; 2], budget: &budget, notes };
    let mut all = Vec::new();
    while reader.scanner.peek().is_some() {
        reader.declarations(&mut all);
        // A stray brace.
        reader.scanner.eat('}');
    }
    all
}

/// The rules of style sheets.
#[derive(Debug, Default)]
pub struct Sheet<'a> {
    /// Lists of selectors, one of which must match. Declarations around nested rules share one.
    pub lists: Vec<Parents<'a>>,
    /// Rules in order.
    pub rules: Vec<Rule<'a>>,
    /// Cascade layers.
    pub layers: Layers,
}

/// Reads the rules of a style sheet. `size`: that of the artwork in px, for media queries. Ends when `budget` is exceeded.
pub fn rules<'a>(
    text: &'a str,
    origin: &Origin,
    size: [f64; 2],
    budget: &Budget,
    notes: &mut Notes,
    sheet: &mut Sheet<'a>,
) {
    let mut reader = Reader { scanner: Scanner::new(text), origin, size, budget, notes };
    reader.block(sheet, &Around { parents: None, layer: None, depth: 0 });
}

/// Context of a block: parent selectors, layer, depth.
#[derive(Clone)]
struct Around {
    /// Index of the rule's selectors.
    parents: Option<usize>,
    /// The cascade layer.
    layer: Option<usize>,
    /// Number of blocks.
    depth: usize,
}

struct Reader<'a, 'n> {
    scanner: Scanner<'a>,
    origin: &'n Origin,
    size: [f64; 2],
    budget: &'n Budget,
    notes: &'n mut Notes,
}

impl<'a> Reader<'a, '_> {
    /// Reads rules, and within a rule declarations, up to the `}` of their block.
    fn block(&mut self, sheet: &mut Sheet<'a>, around: &Around) {
        let mut declarations = Vec::new();
        let flush = |declarations: &mut Vec<Declaration<'a>>, sheet: &mut Sheet<'a>| {
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
                    let stops: &[char] = if around.parents.is_some() { &['{', '}', ';'] } else { &['{', '}'] };
                    let prelude = self.scanner.until(stops);
                    // A brace of handlebars.
                    if self.scanner.rest().starts_with("{{") && around.parents.is_some() {
                        self.scanner.component();
                        continue;
                    }
                    if !self.scanner.eat('{') {
                        if around.depth == 0 {
                            self.scanner.eat('}');
                        }
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
                    let selectors = selector::parse(prelude, parents);
                    if selectors.is_none() {
                        self.note(start, prelude, words::css_selector(shown(prelude)));
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

    fn at_rule(&mut self, sheet: &mut Sheet<'a>, around: &Around) {
        let start = self.scanner.at;
        self.scanner.eat('@');
        let name = self.scanner.ident().unwrap_or_default().to_ascii_lowercase();
        let prelude = self.scanner.until(&['{', ';', '}']).trim();
        let written = &self.scanner.text[start..self.scanner.at];
        let is_block = self.scanner.peek() == Some('{');
        let mut inside = Around { depth: around.depth + 1, ..around.clone() };
        let applies = match name.as_str() {
            "media" => {
                let applies = media(prelude, self.size);
                if applies.is_none() {
                    self.note(start, written, words::css_media(quote(prelude)));
                }
                applies == Some(true)
            }
            "supports" => {
                let applies = supports(prelude);
                if applies.is_none() {
                    self.note(start, written, words::css_at_rule("@supports"));
                }
                applies == Some(true)
            }
            "layer" => {
                let names = prelude.split(',').map(str::trim).filter(|name| !name.is_empty() || is_block);
                let layers: Option<Vec<usize>> = names.map(|name| sheet.layers.declare(around.layer, name)).collect();
                match layers {
                    Some(layers) => {
                        inside.layer = layers.last().copied();
                        true
                    }
                    None => {
                        self.note(start, written, words::css_layers());
                        false
                    }
                }
            }
            "property" => {
                self.property(sheet, prelude);
                return;
            }
            "charset"
            // Text in a font that is not there is reported separately.
            | "font-face"
            | "page"
            | "starting-style"
            | "counter-style"
            | "font-feature-values"
            | "font-palette-values"
            | "view-transition"
            | "position-try"
            | "viewport"
            | "-ms-viewport" => false,
            "namespace" => {
                // Names without a prefix are those of another language than SVG.
                let is_default = prelude.starts_with(['"', '\'']) || prelude.to_ascii_lowercase().starts_with("url(");
                if is_default && !prelude.contains(SVG) {
                    self.note(start, written, words::css_at_rule("@namespace"));
                }
                false
            }
            "import" => {
                self.note(start, written, words::css_import());
                false
            }
            "keyframes" | "-webkit-keyframes" => {
                self.note(start, written, words::artwork_animation("@keyframes"));
                false
            }
            _ => {
                self.note(start, written, words::css_at_rule(format!("@{name}")));
                false
            }
        };
        if !self.scanner.eat(';') && is_block {
            if applies && around.depth < MAX_DEPTH {
                self.scanner.eat('{');
                self.block(sheet, &inside);
                self.scanner.eat('}');
            } else {
                self.scanner.component();
            }
        }
    }

    /// The initial value of a registered custom property, as a declaration of the root that all others override.
    fn property(&mut self, sheet: &mut Sheet<'a>, name: &'a str) {
        if !self.scanner.eat('{') {
            return;
        }
        while !matches!(self.scanner.peek(), None | Some('}')) {
            match self.declaration() {
                Some(Some(one)) if one.name == "initial-value" && name.starts_with("--") => {
                    let declarations = vec![Declaration { name: Cow::Borrowed(name), ..one }];
                    if !self.budget.spend(Cost::Conditions, 1) {
                        return;
                    }
                    sheet.lists.push(selector::parse(":where(:root)", None).unwrap_or_default().into());
                    let layer = Some(Layers::LOWEST);
                    sheet.rules.push(Rule { list: sheet.lists.len() - 1, declarations, layer });
                }
                Some(_) => {}
                None => self.scanner.component(),
            }
            while self.scanner.gap() || self.scanner.eat(';') {}
        }
        self.scanner.eat('}');
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
            if !written.contains("{{") {
                let text = if skipped.is_empty() { written } else { skipped };
                self.note(start, text, words::css_rule_unread(shown(written)));
            }
        }
    }

    /// Reads a declaration, up to its semicolon; `Some(None)` when it has no value. `None` when something else is next, such
    /// as a nested rule.
    fn declaration(&mut self) -> Option<Option<Declaration<'a>>> {
        let (start, mut next) = (self.scanner.at, self.scanner);
        let name = next.ident()?;
        next.gap();
        next.eat(':').then_some(())?;
        let mut block = next;
        let mut written = block.until(&[';', '{', '}']);
        if block.peek() == Some('{') {
            if !block.rest().starts_with("{{") && !name.starts_with("--") {
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
        let range = self.origin.place(start..self.scanner.at);
        let is_declared = !value.is_empty() || name.starts_with("--");
        Some(is_declared.then_some(Declaration { name, value, important, range }))
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

/// The first line of a piece of CSS, quoted and shortened.
fn shown(text: &str) -> crate::error::Argument {
    let line = text.trim().lines().next().unwrap_or_default();
    quote(&line.chars().take(60).collect::<String>()).into()
}

#[cfg(test)]
mod tests;
