//! Style sheets and `style` attributes, split into rules and declarations (CSS Syntax 3), with at-rules resolved.

mod at_rules;
mod reader;

use std::{borrow::Cow, ops::Range};

pub use self::reader::{declarations, rules};
use super::{layers::Layers, selector::Parents};

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
    /// Index of its selectors in [`StyleSheet::lists`].
    pub list: usize,
    /// Declarations in order.
    pub declarations: Vec<Declaration<'a>>,
    /// Index of its cascade layer.
    pub layer: Option<usize>,
}

/// Position of CSS text in the source.
#[derive(Debug, Clone)]
pub struct SourceSpan {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// Whether the text is written as it is read, without entities and CDATA in between.
    pub exact: bool,
}

impl SourceSpan {
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

/// The rules of style sheets.
#[derive(Debug, Default)]
pub struct StyleSheet<'a> {
    /// Lists of selectors, one of which must match. Declarations around nested rules share one.
    pub lists: Vec<Parents<'a>>,
    /// Rules in order.
    pub rules: Vec<Rule<'a>>,
    /// Cascade layers.
    pub layers: Layers,
}

#[cfg(test)]
mod tests;
