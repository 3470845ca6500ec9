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

/// Custom properties of an element, by name. Inherited ones are shared.
pub type Vars = Rc<HashMap<String, String>>;

/// Replaces variables, within a limit for the whole artwork.
#[derive(Debug, Default)]
pub struct Replacer {
    spent: usize,
}

/// Whether a value refers to a variable.
pub fn refers(value: &str) -> bool {
    value.as_bytes().windows(4).any(|window| window.eq_ignore_ascii_case(b"var("))
}

impl Replacer {
    /// Adds the custom properties that an element declares to those of its parent. Those that refer to themselves, or to
    /// nothing, are left out.
    pub fn declare(&mut self, parent: &Vars, own: &BTreeMap<String, &str>) -> Vars {
        if own.is_empty() {
            return parent.clone();
        }
        let mut all: HashMap<String, String> = (**parent).clone();
        for (name, value) in own {
            match value.trim().to_ascii_lowercase().as_str() {
                "inherit" | "unset" | "revert" | "revert-layer" => continue,
                _ => drop(all.remove(name)),
            }
        }
        let parent = all.clone();
        for (name, value) in own.iter().filter(|(_, value)| !value.eq_ignore_ascii_case("initial")) {
            let mut open = vec![name.as_str()];
            if let Some(value) = self.resolve(value, &mut Lookup { own: Some(own), known: &parent, open: &mut open }) {
                all.insert(name.clone(), value);
            }
        }
        Rc::new(all)
    }

    /// Replaces the variables of a value. `None` when one has no value and no fallback, or the text grows too long.
    pub fn replace(&mut self, value: &str, vars: &Vars) -> Option<String> {
        self.resolve(value, &mut Lookup { own: None, known: vars, open: &mut Vec::new() })
    }

    fn resolve(&mut self, value: &str, lookup: &mut Lookup<'_, '_>) -> Option<String> {
        if lookup.open.len() > MAX_DEPTH {
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
        self.spent += text.len() + 1;
        (text.len() <= MAX_VALUE && self.spent <= MAX_TOTAL).then(|| text.trim().to_owned())
    }

    fn lookup(&mut self, name: &str, lookup: &mut Lookup<'_, '_>) -> Option<String> {
        let Some((name, value)) = lookup.own.and_then(|own| own.get_key_value(name)) else {
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
    /// Those that the element declares, not yet replaced.
    own: Option<&'l BTreeMap<String, &'o str>>,
    known: &'l HashMap<String, String>,
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
        let deep = format!("{}1{}", "var(--x,".repeat(200), ")".repeat(200));
        assert_eq!(replace(&[], &deep), None);
    }
}
