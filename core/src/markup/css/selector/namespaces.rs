//! Namespaces of a style sheet.

use std::collections::HashMap;

use crate::markup::css::scan::Scanner;

/// The namespaces that `@namespace` rules declare.
#[derive(Debug, Default)]
pub struct Namespaces {
    /// Whether they are that of SVG, by prefix. Without a prefix: that of names without one.
    declared: HashMap<String, bool>,
}

impl Namespaces {
    /// Reads what follows `@namespace`: an optional prefix, and an address. `svg`: the address of SVG. Invalid rules declare nothing.
    pub fn declare(&mut self, text: &str, svg: &str) {
        let mut scanner = Scanner::new(text);
        let prefix = if scanner.clone().function().is_none() { scanner.ident() } else { None };
        scanner.gap();
        let address = if matches!(scanner.peek(), Some('"' | '\'')) {
            scanner.string()
        } else {
            scanner.function().filter(|(name, _)| name == "url").and_then(|(_, mut inner)| {
                inner.gap();
                inner.string().or_else(|| Some(inner.rest().trim().into()))
            })
        };
        if let Some(address) = address.filter(|_| scanner.is_at_end()) {
            self.declared.insert(prefix.unwrap_or_default().into_owned(), address == svg);
        }
    }

    /// Whether the namespace of a prefix is that of SVG. `None` when it is not declared.
    pub fn is_svg(&self, prefix: &str) -> Option<bool> {
        self.declared.get(prefix).copied()
    }

    /// Whether names without a prefix are those of SVG.
    pub fn is_svg_by_default(&self) -> bool {
        self.declared.get("").copied().unwrap_or(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces_are_declared() {
        let mut all = Namespaces::default();
        assert!(all.is_svg_by_default());
        for text in [
            "s 'urn:svg'",
            "t url(urn:svg)",
            "u url( \"urn:svg\" )",
            "x 'urn:x'",
            "url(urn:x)",
            "v urn",
            "w 'urn:svg' x",
        ] {
            all.declare(text, "urn:svg");
        }
        assert_eq!(
            ["s", "t", "u", "x", "v", "w", "S"].map(|prefix| all.is_svg(prefix)),
            [Some(true), Some(true), Some(true), Some(false), None, None, None]
        );
        assert!(!all.is_svg_by_default());
        all.declare("'urn:svg'", "urn:svg");
        assert!(all.is_svg_by_default());
    }
}
