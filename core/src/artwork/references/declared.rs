//! The ids that an element's properties refer to, from attributes, `style` and style sheets.

use std::{collections::HashMap, rc::Rc};

use resvg::usvg::roxmltree::Node;

use crate::{
    artwork::css::{self, Declaration},
    error::{Finding, Result},
    words,
};

/// Maximum number of references that come from style rules, or from several elements with the same id.
const MAX_MATCHES: usize = 1_000_000;
/// Inherited properties that may contain a reference (SVG 2, appendix F).
const INHERITED: [&str; 6] = ["fill", "stroke", "marker", "marker-start", "marker-mid", "marker-end"];
/// Value of a property that is taken from the parent.
const INHERIT: &str = "inherit";
/// Namespaces of attributes that usvg reads, besides none.
const NAMESPACES: [&str; 3] =
    ["http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink", "http://www.w3.org/XML/1998/namespace"];
/// White space before an id.
pub(super) const SPACES: [char; 4] = [' ', '\t', '\n', '\r'];

/// An id, and the element whose declaration refers to it.
pub(super) type Target<'a> = (&'a str, usize);

/// Ids that the inherited properties of an element may refer to.
#[derive(Clone, Default)]
pub(super) struct Inherited<'a> {
    /// By property, sorted and each id once, with the outermost element that declares it.
    pub targets: [Rc<[Target<'a>]>; INHERITED.len()],
}

impl<'a> Inherited<'a> {
    /// Applies the declarations of an element to the properties of its parent. Returns the ids that its other properties
    /// refer to.
    pub fn declare(
        &mut self,
        node: Node<'a, '_>,
        sheets: &Sheets<'a>,
        budget: &mut Budget,
    ) -> Result<Vec<&'a str>, Box<Finding>> {
        let mut own = Vec::new();
        let mut found: [Vec<Target<'a>>; INHERITED.len()] = Default::default();
        let mut replaced = [false; INHERITED.len()];
        let mut add = |name: &str, value: &'a str, budget: &mut Budget| -> Result<Option<usize>, Box<Finding>> {
            let Some(index) = INHERITED.iter().position(|known| *known == name) else {
                own.extend(targets(value));
                return Ok(None);
            };
            if value == INHERIT {
                // `marker` inherits from `marker-start`, so all properties count.
                budget.spend(self.targets.iter().map(|targets| targets.len()).sum())?;
                found[index].extend(self.targets.iter().flat_map(|targets| targets.iter()));
            }
            found[index].extend(targets(value).map(|id| (id, node.id().get_usize())));
            Ok(Some(index))
        };
        for (name, value) in sheets.matching(&node) {
            budget.spend(1)?;
            add(name, value, budget)?;
        }
        let attributes = node.attributes().filter(|one| one.namespace().is_none_or(|name| NAMESPACES.contains(&name)));
        let attributes = attributes.map(|attribute| (attribute.name(), attribute.value()));
        for (name, value) in attributes.chain(css::declarations(node.attribute("style").unwrap_or_default())) {
            if let Some(index) = add(name, value, budget)? {
                replaced[index] = true;
            }
        }
        for ((known, mut found), replaced) in self.targets.iter_mut().zip(found).zip(replaced) {
            if !replaced && found.is_empty() {
                continue;
            }
            if !replaced {
                budget.spend(known.len())?;
                found.extend(known.iter());
            }
            found.sort_unstable();
            found.dedup_by_key(|(id, _)| *id);
            *known = found.into();
        }
        Ok(own)
    }
}

/// Bounds the references: how many more than one for each declaration there may be.
pub(super) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(MAX_MATCHES)
    }
}

impl Budget {
    pub fn spend(&mut self, matches: usize) -> Result<(), Box<Finding>> {
        self.0 = self.0.checked_sub(matches).ok_or_else(|| Box::new(words::artwork_many_references()))?;
        Ok(())
    }
}

/// Declarations of style sheets that contain a reference, by the words of their selectors: element names, ids, classes.
#[derive(Default)]
pub(super) struct Sheets<'a> {
    by_word: HashMap<&'a str, Vec<Declaration<'a>>>,
    /// Declarations of rules with other selectors, taken to match every element.
    universal: Vec<Declaration<'a>>,
}

impl<'a> Sheets<'a> {
    /// Adds a style sheet.
    pub fn read(&mut self, text: &'a str, budget: &mut Budget) -> Result<(), Box<Finding>> {
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_') || !c.is_ascii();
        for rule in css::rules(text).ok_or_else(|| Box::new(words::artwork_style_selector()))? {
            let refers = |(_, value): &Declaration<'_>| *value == INHERIT || targets(value).next().is_some();
            for one in rule.declarations.into_iter().filter(refers) {
                if rule.selector.contains(['*', '[', ':']) {
                    self.universal.push(one);
                    continue;
                }
                for word in rule.selector.split(|c| !is_word(c)).filter(|word| !word.is_empty()) {
                    budget.spend(1)?;
                    self.by_word.entry(word).or_default().push(one);
                }
            }
        }
        Ok(())
    }

    /// Declarations that may apply to an element; a superset of those that do.
    fn matching(&self, node: &Node<'_, '_>) -> impl Iterator<Item = Declaration<'a>> {
        let classes = node.attribute("class").unwrap_or_default().split_ascii_whitespace();
        let words = std::iter::once(node.tag_name().name()).chain(node.attribute("id")).chain(classes);
        words.filter_map(|word| self.by_word.get(word)).flatten().chain(&self.universal).copied()
    }
}

/// The ids in `url(#id)`, read as svgtypes does: every character is allowed, except for the delimiter.
fn targets(value: &str) -> impl Iterator<Item = &str> {
    let functions = value.match_indices("url(").map(|(at, name)| value[at + name.len()..].trim_start_matches(SPACES));
    functions.filter_map(|text| match text.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let id = text[1..].trim_start_matches(SPACES).strip_prefix('#')?;
            id.split(quote).next().map(str::trim_end)
        }
        _ => text.strip_prefix('#')?.split([' ', ')']).next(),
    })
}
