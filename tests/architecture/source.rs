//! Rust sources as far as these tests read them: files as modules, their `use` statements, without what only test builds
//! compile (`#[cfg(test)]`).

use std::{
    fs,
    path::{Path, PathBuf},
};

/// One file of a crate.
pub struct SourceFile {
    /// Path from the repository's root, such as `core/src/text/shape.rs`.
    pub path: String,
    /// Module path without `crate`, such as `["text", "shape"]`.
    pub module: Vec<String>,
    /// The text without comments and without tests.
    pub text: String,
}

/// One imported name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Path as written, such as `["super", "shape", "Mark"]`.
    pub path: Vec<String>,
    /// Name that it has here; `*` for all.
    pub name: String,
    /// Whether it is exported again.
    pub is_reexport: bool,
}

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository")
}

/// Files that declare the modules of their own folder.
const ROOTS: [&str; 3] = ["mod", "lib", "main"];

/// The files of a crate, `core/src` or `src`, without modules that are compiled for tests only.
pub fn files(folder: &str) -> Vec<SourceFile> {
    let mut found = Vec::new();
    walk(&root().join(folder), folder, &mut Vec::new(), &[], &mut found);
    assert!(found.len() > 20, "{folder} holds {} files", found.len());
    found
}

/// Collects the files of a folder. `tests` are the modules that its declaring file compiles for tests only.
fn walk(folder: &Path, name: &str, module: &mut Vec<String>, tests: &[String], found: &mut Vec<SourceFile>) {
    let mut entries: Vec<_> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    let read = |path: &Path| fs::read_to_string(path).expect("UTF-8");
    let declaring = entries.iter().filter(|path| ROOTS.iter().any(|root| path.ends_with(format!("{root}.rs"))));
    let tests: Vec<String> =
        tests.iter().cloned().chain(declaring.flat_map(|path| test_modules(&read(path)))).collect();
    for path in &entries {
        let file = path.file_name().expect("a name").to_str().expect("UTF-8").to_owned();
        let stem = file.strip_suffix(".rs").unwrap_or(&file);
        if tests.iter().any(|test| test == stem) {
            continue;
        }
        if path.is_dir() {
            let sibling = path.with_extension("rs");
            let tests = if sibling.exists() { test_modules(&read(&sibling)) } else { Vec::new() };
            module.push(file.clone());
            walk(path, &format!("{name}/{file}"), module, &tests, found);
            module.pop();
        } else if stem != file {
            let own = if ROOTS.contains(&stem) { None } else { Some(stem.to_owned()) };
            let module = module.iter().cloned().chain(own).collect();
            found.push(SourceFile { path: format!("{name}/{file}"), module, text: without_tests(&read(path)) });
        }
    }
}

/// Modules in files of their own that a source declares under `#[cfg(test)]`.
fn test_modules(source: &str) -> Vec<String> {
    let mut lines = source.lines().map(str::trim);
    let mut found = Vec::new();
    while lines.by_ref().any(|line| line == "#[cfg(test)]") {
        let item = lines.by_ref().find(|line| !line.starts_with("#[")).unwrap_or_default();
        let declared =
            item.strip_suffix(';').and_then(|item| item.rsplit_once("mod ")).map(|(_, name)| name.to_owned());
        found.extend(declared);
    }
    found
}

/// Code without line comments, and without items under `#[cfg(test)]`.
fn without_tests(source: &str) -> String {
    let mut kept = String::new();
    let mut lines = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    while let Some(line) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            kept.push_str(line);
            kept.push('\n');
            continue;
        }
        // The item under it: up to its `;`, or up to the closing brace of its own indentation.
        let indent = &line[..line.len() - line.trim_start().len()];
        let end = format!("{indent}}}");
        for line in lines.by_ref() {
            let is_attribute = line.trim_start().starts_with("#[");
            if !is_attribute
                && (line == end
                    || line.trim_end().ends_with(';')
                        && line.starts_with(indent)
                        && !line.starts_with(&format!("{indent} ")))
            {
                break;
            }
        }
    }
    kept
}

impl SourceFile {
    /// Every name that the file imports, or uses by a path from `crate` or `super` without importing it.
    pub fn imports(&self) -> Vec<Import> {
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
        all.extend(inline(&code));
        all
    }
}

/// Paths from `crate` or `super` that stand in the code itself.
fn inline(text: &str) -> Vec<Import> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut all = Vec::new();
    for start in ["crate::", "super::"] {
        for (at, _) in text.match_indices(start) {
            // `$crate` of a macro, `pub(in crate::a)`, and steps further on in a path.
            if text[..at].ends_with(|c: char| is_word(c) || c == '$' || c == ':') || text[..at].ends_with("(in ") {
                continue;
            }
            let end = text[at..].find(|c: char| !is_word(c) && c != ':').map_or(text.len(), |end| at + end);
            let path: Vec<_> =
                text[at..end].split("::").take_while(|step| !step.is_empty()).map(str::to_owned).collect();
            let name = path.last().cloned().unwrap_or_default();
            all.push(Import { path, name, is_reexport: false });
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
        if path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let name = alias.map_or_else(|| path.last().cloned().unwrap_or_default(), str::to_owned);
        all.push(Import { path, name, is_reexport });
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

#[test]
fn modules_are_test_code_only_under_the_attribute() {
    let text = "mod testing;\n#[cfg(test)]\n#[allow(dead_code)]\npub(crate) mod kit;\n#[cfg(test)]\nmod tests;\n\
                #[cfg(test)]\nmod inline {\n}\nmod plain;\n";
    assert_eq!(test_modules(text), ["kit", "tests"]);
}

#[test]
fn use_trees_are_expanded_and_paths_in_code_found() {
    let text =
        "use crate::{a::{self, B as C}, d};\npub(crate) use super::e::*;\nlet used = crate::f::g(super::super::h);\n"
            .to_owned();
    let file = SourceFile { path: String::new(), module: Vec::new(), text };
    let seen: Vec<_> = file.imports().into_iter().map(|i| (i.path.join("::"), i.name, i.is_reexport)).collect();
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
