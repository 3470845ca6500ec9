//! Selectors (Selectors 4) of style sheets in artwork.

mod known;
mod namespaces;
mod parse;
mod parts;
mod pseudo;

use std::{borrow::Cow, rc::Rc};

pub use self::{known::is_known, namespaces::Namespaces, parse::parse};

/// Compounds with their combinators, and the specificity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector<'a> {
    /// From left to right. A compound's combinator joins it to the one before.
    pub compounds: Vec<(Combinator, Compound<'a>)>,
    /// Ids, then classes, then types: 10 bits each.
    pub specificity: u32,
}

/// A list of selectors, which nested rules share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parents<'a> {
    all: Rc<[Selector<'a>]>,
    /// The highest specificity among them.
    specificity: u32,
}

impl<'a> From<Vec<Selector<'a>>> for Parents<'a> {
    fn from(all: Vec<Selector<'a>>) -> Self {
        Self { specificity: highest(&all), all: all.into() }
    }
}

impl<'a> std::ops::Deref for Parents<'a> {
    type Target = [Selector<'a>];

    fn deref(&self) -> &Self::Target {
        &self.all
    }
}

/// The most compounds and conditions that a list of selectors may have, by its text.
pub fn conditions(text: &str) -> usize {
    let mut after_space = true;
    let starts = |b: u8| {
        let is_space = b.is_ascii_whitespace();
        let begins = b",.:#[(>+~&*".contains(&b) || (is_space && !after_space);
        after_space = is_space;
        begins
    };
    1 + text.bytes().map(starts).filter(|starts| *starts).count()
}

/// How a compound relates to the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Combinator {
    /// White space.
    Descendant,
    /// `>`
    Child,
    /// `+`
    Next,
    /// `~`
    Later,
}

/// Conditions on one element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compound<'a> {
    /// Element name.
    pub tag: Option<Cow<'a, str>>,
    /// Ids, all of which the element must have.
    pub ids: Vec<Cow<'a, str>>,
    /// Classes, all of which the element must have.
    pub classes: Vec<Cow<'a, str>>,
    /// Conditions on attributes, all of which must hold.
    pub attributes: Vec<AttributeTest<'a>>,
    /// Pseudo-classes, all of which must match.
    pub pseudo: Vec<Pseudo<'a>>,
}

/// `[name operator value]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeTest<'a> {
    /// The attribute's name.
    pub name: Cow<'a, str>,
    /// `=`, `~`, `|`, `^`, `$` or `*`; a space when the attribute need only exist.
    pub operator: char,
    /// The value to compare with, without quotes. Empty when the attribute need only exist.
    pub value: Cow<'a, str>,
    /// Whether case is ignored.
    pub ignores_case: bool,
}

/// A pseudo-class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pseudo<'a> {
    /// `:root`
    Root,
    /// `:link` and `:any-link`
    Link,
    /// `:empty`
    Empty,
    /// `:nth-child(an+b)` and its relatives.
    Nth {
        /// Factor.
        a: i32,
        /// Summand.
        b: i32,
        /// Counted from the last sibling.
        from_end: bool,
        /// Counted among siblings with the same name.
        of_type: bool,
    },
    /// `:not()`
    Not(Vec<Selector<'a>>),
    /// `:is()` and `:where()`
    Is(Vec<Selector<'a>>),
    /// `&`: the element that the rule around a nested one matches.
    Parent(Parents<'a>),
    /// Matches nothing.
    Never,
}

fn highest(all: &[Selector<'_>]) -> u32 {
    all.iter().map(|one| one.specificity).max().unwrap_or_default()
}

#[cfg(test)]
mod tests;
