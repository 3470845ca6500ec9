//! Rust sources as far as these tests read them: files as modules, without what only test builds compile (`#[cfg(test)]`).

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{LazyLock, OnceLock},
};

use crate::paths::Import;

/// One file of a crate.
pub struct SourceFile {
    /// Path from the repository's root, such as `core/src/text/shape.rs`.
    pub path: String,
    /// Module path without `crate`, such as `["text", "shape"]`.
    pub module: Vec<String>,
    /// The text without comments and without tests.
    pub text: String,
    /// What [`SourceFile::paths`] returns, found once.
    pub(crate) paths: OnceLock<Vec<Import>>,
}

impl SourceFile {
    pub fn new(path: String, module: Vec<String>, text: String) -> Self {
        Self { path, module, text, paths: OnceLock::new() }
    }
}

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository")
}

/// Files that declare the modules of their own folder.
const ROOTS: [&str; 3] = ["mod", "lib", "main"];

/// The files of a crate, `core/src`, `sheet/src` or `src`, without modules that are compiled for tests only. Read once.
pub fn files(folder: &str) -> &'static [SourceFile] {
    static CORE: LazyLock<Vec<SourceFile>> = LazyLock::new(|| read("core/src"));
    static SHEET: LazyLock<Vec<SourceFile>> = LazyLock::new(|| read("sheet/src"));
    static EDGES: LazyLock<Vec<SourceFile>> = LazyLock::new(|| read("src"));
    let found: &[SourceFile] = match folder {
        "core/src" => &CORE,
        "sheet/src" => &SHEET,
        "src" => &EDGES,
        _ => panic!("{folder} is no crate"),
    };
    assert!(found.len() > 20, "{folder} holds {} files", found.len());
    found
}

fn read(folder: &str) -> Vec<SourceFile> {
    let mut found = Vec::new();
    walk(&root().join(folder), folder, &mut Vec::new(), &[], &mut found);
    found
}

/// The files of what takes bytes and gives bytes or rows: the core, the crate that it resizes pictures with, the one that stands in
/// for `ahash` below it, and the reader of sheets.
pub fn pure() -> impl Iterator<Item = &'static SourceFile> {
    static BELOW: LazyLock<[Vec<SourceFile>; 2]> = LazyLock::new(|| ["core/resize", "core/ahash"].map(read));
    assert!(BELOW.iter().all(|files| !files.is_empty()), "each folder has sources");
    files("core/src").iter().chain(files("sheet/src")).chain(BELOW.iter().flatten())
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
            found.push(SourceFile::new(format!("{name}/{file}"), module, without_tests(&read(path))));
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
        // The item under it, or the field or match arm: up to the end of a line of its own indentation.
        let indent = line.len() - line.trim_start().len();
        for line in lines.by_ref() {
            let is_own = line.len() - line.trim_start().len() == indent;
            if is_own && !line.trim_start().starts_with("#[") && line.trim_end().ends_with([';', '}', ',']) {
                break;
            }
        }
    }
    kept
}

#[test]
fn modules_are_test_code_only_under_the_attribute() {
    let text = "mod testing;\n#[cfg(test)]\n#[allow(dead_code)]\npub(crate) mod kit;\n#[cfg(test)]\nmod tests;\n\
                #[cfg(test)]\nmod inline {\n}\nmod plain;\n";
    assert_eq!(test_modules(text), ["kit", "tests"]);
}

#[test]
fn test_code_ends_with_its_item() {
    for item in ["mod empty {}", "fn f(\n    a: u8,\n) {\n    a;\n}", "#[allow(\n    dead_code,\n)]\nconst A: u8 = 1;"]
    {
        assert_eq!(
            without_tests(&format!("#[cfg(test)]\n{item}\nlet kept = 1;\n}}\n")),
            "let kept = 1;\n}\n",
            "{item}"
        );
    }
    let field = "struct S {\n    #[cfg(test)]\n    a: u8,\n    b: u8,\n}\n";
    assert_eq!(without_tests(field), "struct S {\n    b: u8,\n}\n");
}
