//! Custom properties, and `var()` in values (CSS Variables 1).

use std::{
    collections::{BTreeMap, HashMap},
    rc::Rc,
};

use crate::markup::css::scan::Scanner;

/// Maximum bytes of a value with its variables replaced.
const MAX_VALUE: usize = 16 * 1024;
/// Maximum number of references to variables within each other.
const MAX_DEPTH: usize = 32;
/// Maximum bytes of all replaced values of an artwork.
const MAX_TOTAL: usize = 8 * 1024 * 1024;

/// Bytes that a replacement counts for at least, since values may be empty.
const MIN_COST: usize = 64;

/// Custom properties of an element.
pub type Vars = Rc<Scope>;

/// Custom properties that an element declares, and those that it inherits.
#[derive(Debug, Default)]
pub struct Scope {
    /// By name. `None`: without a value, though the parent may have one.
    own: HashMap<String, Option<String>>,
    parent: Option<Vars>,
}

impl Scope {
    fn get(&self, name: &str) -> Option<&String> {
        let mut scopes = std::iter::successors(Some(self), |scope| scope.parent.as_deref());
        scopes.find_map(|scope| scope.own.get(name))?.as_ref()
    }

    /// All values by name. Takes as many steps from `steps`; `None` when there are no more.
    fn all(&self, steps: &mut usize) -> Option<HashMap<&str, &str>> {
        let mut all = HashMap::new();
        for scope in std::iter::successors(Some(self), |scope| scope.parent.as_deref()) {
            *steps = steps.checked_sub(scope.own.len() + 1)?;
            for (name, value) in &scope.own {
                all.entry(name.as_str()).or_insert(value.as_deref());
            }
        }
        Some(all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
    }

    /// Whether values differ from those of another scope, as far as `steps` allows to compare them.
    pub fn differs(self: &Rc<Self>, other: &Rc<Self>, steps: &mut usize) -> bool {
        !Rc::ptr_eq(self, other) && matches!((self.all(steps), other.all(steps)), (Some(a), Some(b)) if a != b)
    }
}

/// Replaces variables, within a limit for the whole artwork.
#[derive(Debug, Default)]
pub struct Replacer {
    spent: usize,
}

/// Whether a value refers to a variable.
pub fn refers(value: &str) -> bool {
    // Most values are data of paths.
    let mut brackets = memchr::memchr_iter(b'(', value.as_bytes());
    brackets.any(|at| at >= 3 && value.as_bytes()[at - 3..at].eq_ignore_ascii_case(b"var"))
}

/// Whether a custom property has the value of the parent.
fn is_inherited(value: &str) -> bool {
    ["inherit", "unset", "revert", "revert-layer"].iter().any(|word| word.eq_ignore_ascii_case(value.trim()))
}

impl Replacer {
    /// Adds the custom properties that an element declares to those of its parent. Those that refer to themselves, or to
    /// nothing, are left out.
    pub fn declare(&mut self, parent: &Vars, own: &BTreeMap<String, &str>) -> Vars {
        if own.is_empty() {
            return parent.clone();
        }
        let mut scope = Scope { own: HashMap::new(), parent: Some(parent.clone()) };
        for (name, value) in own.iter().filter(|(_, value)| !is_inherited(value)) {
            self.spent += MIN_COST;
            if self.spent > MAX_TOTAL {
                break;
            }
            let mut open = vec![name.as_str()];
            let value = match value.eq_ignore_ascii_case("initial") {
                true => None,
                false => self.resolve(value, &mut Lookup { own: Some(own), known: parent, open: &mut open }),
            };
            scope.own.insert(name.clone(), value);
        }
        Rc::new(scope)
    }

    /// Replaces the variables of a value. `None` when one has no value and no fallback, or the text grows too long.
    pub fn replace(&mut self, value: &str, vars: &Vars) -> Option<String> {
        self.resolve(value, &mut Lookup { own: None, known: vars, open: &mut Vec::new() })
    }

    fn resolve(&mut self, value: &str, lookup: &mut Lookup<'_, '_>) -> Option<String> {
        self.spent = self.spent.saturating_add(value.len());
        if lookup.open.len() > MAX_DEPTH || self.spent > MAX_TOTAL {
            return None;
        }
        let mut text = String::with_capacity(value.len());
        let mut scanner = Scanner::new(value);
        let mut done = 0;
        while let Some(c) = scanner.peek() {
            let at = scanner.at;
            match c {
                '"' | '\'' => drop(scanner.string()),
                _ if scanner.ident().is_some() => {
                    let is_var =
                        scanner.text[at..scanner.at].eq_ignore_ascii_case("var") && scanner.peek() == Some('(');
                    if !is_var {
                        continue;
                    }
                    scanner.at = at;
                    let (_, mut args) = scanner.function()?;
                    text.push_str(&value[done..at]);
                    done = scanner.at;
                    args.gap();
                    let name = args.ident().filter(|name| name.starts_with("--"))?;
                    args.gap();
                    let fallback = args.eat(',').then(|| args.rest().trim());
                    let found = self.lookup(&name, lookup);
                    text.push_str(&match (found, fallback) {
                        (Some(found), _) => found,
                        (None, Some(fallback)) => {
                            // Counts as a step, since fallbacks nest.
                            lookup.open.push("");
                            let fallback = self.resolve(fallback, lookup);
                            lookup.open.pop();
                            fallback?
                        }
                        (None, None) => return None,
                    });
                    if text.len() > MAX_VALUE {
                        return None;
                    }
                }
                _ => scanner.at = at + c.len_utf8(),
            }
        }
        text.push_str(&value[done..]);
        self.spent += text.len().saturating_sub(value.len()) + MIN_COST;
        (text.len() <= MAX_VALUE && self.spent <= MAX_TOTAL).then(|| text.trim().to_owned())
    }

    fn lookup(&mut self, name: &str, lookup: &mut Lookup<'_, '_>) -> Option<String> {
        let Some((name, value)) = lookup.own.and_then(|own| own.get_key_value(name)).filter(|own| !is_inherited(own.1))
        else {
            return lookup.known.get(name).cloned();
        };
        if lookup.open.contains(&name.as_str()) {
            return None;
        }
        let mut open = lookup.open.clone();
        open.push(name);
        self.resolve(value, &mut Lookup { own: lookup.own, known: lookup.known, open: &mut open })
    }
}

/// Where variables are looked up.
struct Lookup<'l, 'o> {
    /// Variables that the element declares, not yet replaced.
    own: Option<&'l BTreeMap<String, &'o str>>,
    known: &'l Scope,
    /// Names that are being replaced.
    open: &'l mut Vec<&'l str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replace(own: &[(&str, &'static str)], value: &str) -> Option<String> {
        let own = own.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        let vars = Replacer::default().declare(&Vars::default(), &own);
        Replacer::default().replace(value, &vars)
    }

    #[test]
    fn variables_are_replaced() {
        let own = [("--a", "red"), ("--b", "var(--a)"), ("--e", "")];
        for (value, replaced) in [
            ("var(--a)", "red"),
            ("VAR( --b )", "red"),
            ("rgb(var(--x, 1) 2 3)", "rgb(1 2 3)"),
            ("var(--x, var(--y, var(--a)))", "red"),
            ("var(--e) 1", "1"),
            ("'var(--a)'", "'var(--a)'"),
            ("url(#a) var(--x,)", "url(#a)"),
        ] {
            assert_eq!(replace(&own, value).as_deref(), Some(replaced), "{value}");
        }
        for value in ["var(--x)", "var(a)", "var()"] {
            assert_eq!(replace(&own, value), None, "{value}");
        }
    }

    #[test]
    fn values_are_inherited_without_copies() {
        let of = |own: &[(&str, &'static str)]| own.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        let mut replacer = Replacer::default();
        let outer = replacer.declare(&Vars::default(), &of(&[("--a", "1"), ("--b", "2"), ("--c", "3")]));
        let inner = replacer.declare(&outer, &of(&[("--b", "initial"), ("--c", "inherit"), ("--d", "var(--c)")]));
        assert_eq!(
            replacer.replace("var(--a) var(--b, none) var(--c) var(--d)", &inner).as_deref(),
            Some("1 none 3 3")
        );
        assert_eq!(inner.own.len(), 2);
        let same = replacer.declare(&outer, &of(&[("--a", "1")]));
        assert!(!same.differs(&outer, &mut 99) && inner.differs(&outer, &mut 99) && !inner.differs(&outer, &mut 2));
    }

    #[test]
    fn cycles_and_bombs_have_no_value() {
        assert_eq!(replace(&[("--a", "var(--b)"), ("--b", "var(--a)")], "var(--a, green)").as_deref(), Some("green"));
        let many = [
            ("--a", "0123456789012345678901234567890123456789"),
            ("--b", "var(--a)var(--a)var(--a)var(--a)var(--a)var(--a)var(--a)var(--a)"),
            ("--c", "var(--b)var(--b)var(--b)var(--b)var(--b)var(--b)var(--b)var(--b)"),
            ("--d", "var(--c)var(--c)var(--c)var(--c)var(--c)var(--c)var(--c)var(--c)"),
            ("--e", "var(--d)var(--d)var(--d)var(--d)var(--d)var(--d)var(--d)var(--d)"),
        ];
        assert_eq!(replace(&many, "var(--e, short)").as_deref(), Some("short"));
        let mut nested = vec![("--v0".to_owned(), String::new())];
        nested.extend((1..28).map(|n| (format!("--v{n}"), format!("var(--v{0},)var(--v{0},)", n - 1))));
        let nested = nested.iter().map(|(name, value)| (name.clone(), value.as_str())).collect();
        let mut replacer = Replacer::default();
        replacer.declare(&Vars::default(), &nested);
        assert!(replacer.spent < 2 * MAX_TOTAL);
        let deep = format!("{}1{}", "var(--x,".repeat(200), ")".repeat(200));
        assert_eq!(replace(&[], &deep), None);
    }
}
