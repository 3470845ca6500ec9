//! Paths that a source imports or uses: `use` statements, and paths in the code itself.

use std::collections::BTreeMap;

use crate::source::SourceFile;

/// Maximum number of imported names that one path goes through: `use std as s; use s::fs as f; f::read()`.
const MAX_ALIASES: usize = 4;

/// One imported or used name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Path such as `["super", "shape", "Mark"]`. If it begins with a name that the file imports, that name's path is
    /// inserted.
    pub path: Vec<String>,
    /// Name that it has here; `*` for all.
    pub name: String,
    /// Whether it is exported again.
    pub is_reexport: bool,
    /// Whether it is a `use` statement.
    pub is_statement: bool,
}

impl SourceFile {
    /// Every name that the file imports, and every path of at least two steps in its code. The last step of a macro's path
    /// is left out.
    pub fn paths(&self) -> &[Import] {
        self.paths.get_or_init(|| self.find_paths())
    }

    fn find_paths(&self) -> Vec<Import> {
        let (mut all, mut code) = (Vec::new(), String::new());
        let mut rest = self.text.as_str();
        while let Some(at) = next_use(rest) {
            code.push_str(&rest[..at]);
            let start = &rest[at..];
            let end = start.find(';').unwrap_or(start.len());
            let statement = &start[..end];
            let (visibility, tree) = statement.split_once("use ").expect("a use statement");
            let is_reexport = visibility.trim_start().starts_with("pub");
            expand(&tree.split_whitespace().collect::<Vec<_>>().join(" "), &[], is_reexport, &mut all);
            rest = &start[end..];
        }
        code.push_str(rest);
        let names: BTreeMap<String, Vec<String>> =
            all.iter().map(|import: &Import| (import.name.clone(), import.path.clone())).collect();
        all.extend(inline(&code));
        for import in &mut all {
            for _ in 0..MAX_ALIASES {
                let [first, rest @ ..] = &import.path[..] else { break };
                let is_itself = |path: &&Vec<String>| import.is_statement && import.path == **path;
                let Some(path) = names.get(first).filter(|path| path.first() != Some(first) && !is_itself(path)) else {
                    break;
                };
                import.path = path.iter().chain(rest).cloned().collect();
            }
        }
        all
    }
}

/// Paths in the code itself.
fn inline(text: &str) -> Vec<Import> {
    let mut all = Vec::new();
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '$');
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let (before, from) = (&text[..text.len() - rest.len() + start], &rest[start..]);
        let end = from.find(|c: char| !is_part(c)).unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        rest = after;
        if !word.contains("::") {
            continue;
        }
        let mut path: Vec<_> = word.trim_start_matches(['$', ':']).split("::").map(str::to_owned).collect();
        if path.last().is_some_and(String::is_empty) || after.starts_with('!') {
            path.pop();
        }
        let is_visibility = before.ends_with("(in ");
        if path.len() > 1 && !is_visibility && path.iter().all(|step| !step.is_empty() && !step.contains([':', '$'])) {
            let name = path.last().cloned().unwrap_or_default();
            all.push(Import { path, name, is_reexport: false, is_statement: false });
        }
    }
    all
}

/// Where the next statement begins that imports something.
fn next_use(text: &str) -> Option<usize> {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        let after = trimmed.strip_prefix("pub").map_or(trimmed, |rest| match rest.strip_prefix('(') {
            Some(scope) => scope.split_once(')').map_or(rest, |(_, rest)| rest),
            None => rest,
        });
        if after.trim_start().starts_with("use ") {
            return Some(offset);
        }
        offset += line.len();
    }
    None
}

/// Splits a use tree into names.
fn expand(tree: &str, prefix: &[String], is_reexport: bool, all: &mut Vec<Import>) {
    let tree = tree.trim();
    let (head, group) = match tree.find('{') {
        Some(at) => (&tree[..at], Some(tree[at + 1..].trim_end().strip_suffix('}').expect("a closed group"))),
        None => (tree, None),
    };
    let (head, alias) = head.split_once(" as ").map_or((head, None), |(head, alias)| (head, Some(alias.trim())));
    let mut path = prefix.to_vec();
    path.extend(head.split("::").map(str::trim).filter(|step| !step.is_empty()).map(str::to_owned));
    let Some(group) = group else {
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let name = alias.map_or_else(|| path.last().cloned().unwrap_or_default(), str::to_owned);
        all.push(Import { path, name, is_reexport, is_statement: true });
        return;
    };
    let (mut depth, mut start) = (0, 0);
    for (at, c) in group.char_indices().chain([(group.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !group[start..at].trim().is_empty() {
                    expand(&group[start..at], &path, is_reexport, all);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<(String, String, bool)> {
        let file = SourceFile::new(String::new(), Vec::new(), text.to_owned());
        file.paths().iter().map(|i| (i.path.join("::"), i.name.clone(), i.is_reexport)).collect()
    }

    #[test]
    fn use_trees_are_expanded_and_paths_in_code_found() {
        let seen = paths(
            "use crate::{a::{self, B as C}, d};\npub(crate) use super::e::*;\nlet used = crate::f::g(super::super::h);\n",
        );
        let expected = [
            ("crate::a", "a", false),
            ("crate::a::B", "C", false),
            ("crate::d", "d", false),
            ("super::e::*", "*", true),
            ("crate::f::g", "g", false),
            ("super::super::h", "h", false),
        ];
        assert_eq!(seen, expected.map(|(path, name, again)| (path.to_owned(), name.to_owned(), again)));
    }

    #[test]
    fn paths_in_code_are_followed_through_imported_names() {
        for (text, expected) in [
            ("use std as s;\nuse s::fs as f;\nf::read(x)", "std::fs::read"),
            ("use std::{self as s};\ns::env::var(x)", "std::env::var"),
            ("use std::io;\nlet out = io::stdout();", "std::io::stdout"),
            ("let file: ::std::fs::File;", "std::fs::File"),
            ("Vec::<std::fs::File>::new()", "std::fs::File"),
            ("mod child;\nchild::run()", "child::run"),
            ("self::child::run()", "self::child::run"),
            ("$crate::a::b(1)", "crate::a::b"),
            ("crate::a::mac!(1)", "crate::a"),
            ("use crate::a::{self, T};\na::b::f(T::new())", "crate::a::b::f"),
        ] {
            let seen = paths(text);
            assert!(seen.iter().any(|(path, ..)| path == expected), "{text}: {seen:?}");
        }
        assert!(paths("pub(in crate::a) fn f() -> u8 { crate::words! { a } }").is_empty());
    }
}
