//! At-rules: conditions, cascade layers, registered properties, and those that are not supported.

use std::borrow::Cow;

use super::{
    Declaration, Rule, StyleSheet,
    reader::{Around, MAX_DEPTH, Reader},
};
use crate::{
    markup::{
        budget::Cost,
        css::{
            layers::Layers,
            media::media,
            selector::{self, Namespaces},
            supports::supports,
        },
        tree::SVG,
    },
    words,
    words::quote,
};

impl<'a> Reader<'a, '_> {
    /// Reads an at-rule and its block.
    pub fn at_rule(&mut self, sheet: &mut StyleSheet<'a>, around: &Around) {
        let start = self.scanner.at;
        self.scanner.eat('@');
        let name = self.scanner.ident().unwrap_or_default().to_ascii_lowercase();
        let prelude = self.scanner.until(&['{', ';', '}']).trim();
        let written = &self.scanner.text[start..self.scanner.at];
        let is_block = self.scanner.peek() == Some('{');
        self.has_rules |= is_block && !matches!(name.as_str(), "charset" | "import" | "namespace");
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
                let applies = supports(prelude, &self.namespaces, self.budget);
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
                if !self.has_rules && !is_block {
                    self.namespaces.declare(prelude, SVG);
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
    fn property(&mut self, sheet: &mut StyleSheet<'a>, name: &'a str) {
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
                    sheet.lists.push(
                        selector::parse(":where(:root)", None, &Namespaces::default()).unwrap_or_default().into(),
                    );
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
}
