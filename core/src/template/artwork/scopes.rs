//! Finds the parameter that a tag of the artwork inserts.

use crate::template::{helpers::is_helper, json::escape};

/// What a name leads to: the steps from the parameters.
#[derive(Debug, Clone, Default)]
struct Base {
    steps: Vec<String>,
    /// Whether it is an element of the list that the steps lead to, or within one.
    is_element: bool,
}

/// A block.
#[derive(Debug)]
struct Scope {
    /// What names within lead to, if the block sets that.
    base: Option<Base>,
    /// Names of `as |name index|`.
    names: Vec<String>,
    /// Whether `../` leaves it.
    is_context: bool,
}

/// The blocks around a tag.
#[derive(Debug, Default)]
pub struct Scopes {
    open: Vec<Scope>,
}

impl Scopes {
    /// Enters a block. `words`: those of its tag, `each`, `items`.
    pub fn enter(&mut self, words: &[&str]) {
        let scope = match words {
            [helper @ ("each" | "with"), path, rest @ ..] => {
                let base =
                    self.find(path).map(|base| Base { is_element: base.is_element || *helper == "each", ..base });
                let names = rest.iter().skip_while(|word| **word != "as").skip(1).map(|word| (*word).to_owned());
                Scope { base, names: names.collect(), is_context: true }
            }
            _ => Scope { base: None, names: Vec::new(), is_context: false },
        };
        self.open.push(scope);
    }

    /// Leaves the innermost block.
    pub fn leave(&mut self) {
        self.open.pop();
    }

    /// JSON pointer to the parameter that a tag inserts, or to the list that has it. `words`: those of the tag, `money`, `price`.
    pub fn pointer(&self, words: &[&str]) -> Option<String> {
        let arguments = match words {
            [_] => words,
            [_, arguments @ ..] => arguments,
            [] => return None,
        };
        let paths = arguments.iter().filter(|word| words.len() == 1 || is_path(word));
        let base = paths.filter_map(|word| self.find(word)).find(|base| !base.steps.is_empty())?;
        Some(base.steps.iter().fold("/params".to_owned(), |pointer, step| format!("{pointer}/{}", escape(step))))
    }

    fn find(&self, path: &str) -> Option<Base> {
        let mut rest = path;
        if let Some(below) = rest.strip_prefix("@root") {
            return Some(below_of(Base::default(), below));
        }
        if rest.starts_with('@') {
            return None;
        }
        let mut ups = 0;
        while let Some(above) = rest.strip_prefix("..") {
            rest = above.strip_prefix('/').unwrap_or(above);
            ups += 1;
        }
        let first = rest.split(['.', '/']).next().unwrap_or_default();
        let named = self.open.iter().rev().find(|scope| ups == 0 && scope.names.iter().any(|name| name == first));
        if let Some(scope) = named {
            return Some(below_of(scope.base.clone()?, &rest[first.len()..]));
        }
        let base = match self.open.iter().rev().filter(|scope| scope.is_context).nth(ups) {
            Some(scope) => scope.base.clone()?,
            None => Base::default(),
        };
        Some(below_of(base, rest.strip_prefix("this").filter(|rest| !rest.starts_with(is_name)).unwrap_or(rest)))
    }
}

/// Whether an argument is a path, and no number, literal or helper.
fn is_path(word: &str) -> bool {
    let is_literal = ["true", "false", "null"].contains(&word) || is_helper(word);
    !is_literal && !word.starts_with(|c: char| c.is_ascii_digit() || c == '-')
}

fn is_name(c: char) -> bool {
    !matches!(c, '.' | '/')
}

fn below_of(mut base: Base, path: &str) -> Base {
    // The position in a list is not known.
    if !base.is_element {
        let steps = path.split(['.', '/']).map(|step| step.trim_matches(['[', ']']));
        base.steps.extend(steps.filter(|step| !step.is_empty()).map(str::to_owned));
    }
    base
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_lead_to_parameters() {
        let find = |blocks: &[&str], tag: &str| {
            let mut scopes = Scopes::default();
            for block in blocks {
                scopes.enter(&block.split(' ').collect::<Vec<_>>());
            }
            scopes.pointer(&tag.split(' ').collect::<Vec<_>>())
        };
        for (blocks, tag, expected) in [
            (&[][..], "title", Some("/params/title")),
            (&[], "shop.name", Some("/params/shop/name")),
            (&[], "list.0", Some("/params/list/0")),
            (&[], "this.title", Some("/params/title")),
            (&[], "thistle", Some("/params/thistle")),
            (&[], "a~b", Some("/params/a~0b")),
            (&[], "money price", Some("/params/price")),
            (&[], "truncate title 12", Some("/params/title")),
            (&[], "default len title", Some("/params/title")),
            (&[], "eq 1 true", None),
            (&["if a"], "title", Some("/params/title")),
            (&["each items"], "name", Some("/params/items")),
            (&["each items"], "this", Some("/params/items")),
            (&["each items"], "@index", None),
            (&["each items"], "../title", Some("/params/title")),
            (&["each items", "if a"], "../title", Some("/params/title")),
            (&["each items"], "@root.title", Some("/params/title")),
            (&["each items as item i"], "item.name", Some("/params/items")),
            (&["each items as item i", "with title"], "item.name", Some("/params/items")),
            (&["with shop"], "name", Some("/params/shop/name")),
            (&["with shop", "each goods"], "name", Some("/params/shop/goods")),
            (&["with shop", "each goods"], "../name", Some("/params/shop/name")),
        ] {
            assert_eq!(find(blocks, tag).as_deref(), expected, "{blocks:?} {tag}");
        }
    }
}
