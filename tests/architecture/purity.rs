//! The core and the reader of sheets reach no edge: neither by a crate they depend on, nor by the standard library, nor by state of
//! the process.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    process::Command,
    sync::LazyLock,
};

use serde_json::Value;

use crate::source::{self, SourceFile};

/// Crates of the edges: network, databases, async runtimes, randomness.
const EDGES: [&str; 14] = [
    "apalis",
    "axum",
    "fastrand",
    "getrandom",
    "hyper",
    "mio",
    "opendal",
    "rand",
    "reqwest",
    "rustls",
    "sqlx",
    "tempfile",
    "tokio",
    "ureq",
];
/// Modules of the standard library that are edges.
const STD: [&str; 6] = ["std::fs", "std::env", "std::net", "std::os", "std::thread", "std::process"];
/// Items of the standard library that are edges.
const ITEMS: [&str; 8] = [
    "std::time::Instant",
    "std::time::SystemTime",
    "std::time::UNIX_EPOCH",
    "std::collections::hash_map::RandomState",
    "std::hash::RandomState",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
];
/// Macros that write to the streams of the process.
const MACROS: [&str; 5] = ["print!", "println!", "eprint!", "eprintln!", "dbg!"];
/// Types of the statics in pure crates: tables that are immutable once they are made.
const TABLES: [&str; 7] = [
    "Wording",
    "$crate::error::Wording",
    "&[&$crate::error::Wording]",
    "Field",
    "LazyLock<Light>",
    "LazyLock<Checks>",
    "LazyLock<Validator>",
];

/// The shortest chain of normal dependencies from a package to one of these crates.
fn chain(metadata: &Value, from: &str, to: &[&str]) -> Option<String> {
    let proc_macro = serde_json::json!(["proc-macro"]);
    let is_macro = |package: &Value| list(&package["targets"]).iter().any(|target| target["kind"] == proc_macro);
    let packages: BTreeMap<&str, (&str, bool)> = list(&metadata["packages"])
        .iter()
        .map(|package| (text(&package["id"]), (text(&package["name"]), is_macro(package))))
        .collect();
    let nodes: BTreeMap<&str, &Value> =
        list(&metadata["resolve"]["nodes"]).iter().map(|node| (text(&node["id"]), node)).collect();
    let start = packages.iter().find(|(_, (name, _))| *name == from).map(|(id, _)| *id).expect("the package");
    let mut queue = VecDeque::from([vec![start]]);
    let mut seen = BTreeSet::new();
    while let Some(path) = queue.pop_front() {
        let last = *path.last().expect("a package");
        let (name, is_macro) = packages[last];
        if to.contains(&name) {
            return Some(path.iter().map(|id| packages[id].0).collect::<Vec<_>>().join(" -> "));
        }
        // A procedural macro runs in the compiler.
        if is_macro || !seen.insert(last) {
            continue;
        }
        for dep in list(&nodes[last]["deps"]) {
            if list(&dep["dep_kinds"]).iter().any(|kind| kind["kind"].is_null()) {
                queue.push_back(path.iter().copied().chain([text(&dep["pkg"])]).collect());
            }
        }
    }
    None
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What cargo says about all packages. Asked once.
static METADATA: LazyLock<Value> = LazyLock::new(metadata);

fn metadata() -> Value {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let output = Command::new(cargo)
        .args([
            "metadata",
            "--format-version",
            "1",
            "--all-features",
            "--locked",
            "--offline",
            "--filter-platform",
            &target,
        ])
        .current_dir(source::root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn the_core_reaches_no_crate_of_the_edges() {
    // One search for all of them, as it finds none.
    let found = chain(&METADATA, "haibao-core", &EDGES);
    assert_eq!(found, None, "haibao-core must not depend on the edges");
    assert_eq!(chain(&METADATA, "haibao", &["tokio"]).as_deref(), Some("haibao -> tokio"), "the search finds chains");
}

#[test]
fn the_reader_of_sheets_reaches_no_crate_of_the_edges() {
    // The crate `zip` always has it, for archives that are written with a password.
    let edges: Vec<&str> = EDGES.into_iter().filter(|name| *name != "getrandom").collect();
    assert_eq!(chain(&METADATA, "haibao-sheet", &edges), None, "haibao-sheet must not depend on the edges");
    let found = chain(&METADATA, "haibao-sheet", &["haibao"]);
    assert_eq!(found, None, "haibao-sheet knows nothing of exports");
}

/// The manifests of the core and of the reader of sheets name no crate of the edges either, whether optional, for another system, or for a build script.
#[test]
fn pure_manifests_name_no_crate_of_the_edges() {
    let packages = METADATA["packages"].as_array().expect("packages");
    for name in ["haibao-core", "haibao-resize", "haibao-sheet", "ahash"] {
        let package = packages.iter().find(|package| package["name"] == name).expect("a pure crate");
        let dependencies = package["dependencies"].as_array().expect("dependencies");
        let named = dependencies.iter().filter(|dependency| dependency["kind"] != "dev");
        let found: Vec<_> =
            named.filter_map(|dependency| dependency["name"].as_str()).filter(|n| EDGES.contains(n)).collect();
        assert!(found.is_empty(), "the manifest of {name} names {found:?}");
        let targets = package["targets"].as_array().expect("targets");
        let is_script = |target: &Value| target["kind"] == serde_json::json!(["custom-build"]);
        assert!(!targets.iter().any(is_script), "{name}: a build script reads files and the environment");
    }
}

#[test]
fn pure_crates_use_no_edge_of_the_standard_library() {
    let found: Vec<_> =
        source::pure().flat_map(|file| edges(file).into_iter().map(|edge| format!("{}: {edge}", file.path))).collect();
    assert!(found.is_empty(), "bytes in, bytes out:\n  {}\n", found.join("\n  "));
}

/// The edges of the standard library that a file uses, or could use unseen through a glob import.
fn edges(file: &SourceFile) -> Vec<String> {
    let is_edge = |path: &str| {
        STD.iter().chain(&ITEMS).any(|edge| path == *edge || path.starts_with(&format!("{edge}::")))
            || path.starts_with("std::") && path.ends_with("::*")
    };
    let mut found: Vec<_> =
        file.paths().iter().map(|import| import.path.join("::")).filter(|path| is_edge(path)).collect();
    let words = file.text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '!'));
    found.extend(words.filter(|word| MACROS.contains(word)).map(str::to_owned));
    found
}

#[test]
fn edges_are_found_however_they_are_written() {
    for text in [
        "use std::fs;",
        "pub use std::fs::File;",
        "use std::{fmt, fs as files};",
        "use std as s;\nfn f() { s::fs::read(x) }",
        "use std::time;\nfn f() { time::Instant::now() }",
        "use std::time::*;",
        "use std::io;\nfn f() { io::stdout() }",
        "use std::os::unix::net::UnixStream;",
        "fn f() { ::std::env::var(x) }",
        "use std::collections::hash_map::RandomState;",
        "fn f() { println!(\"{x}\") }",
    ] {
        let file = SourceFile::new(String::new(), Vec::new(), text.to_owned());
        assert!(!edges(&file).is_empty(), "{text}");
    }
    let text =
        "use std::{io::{self, Cursor}, time::Duration};\nfn f() -> io::Result<()> { write!(x, \"print\") }".to_owned();
    assert!(edges(&SourceFile::new(String::new(), Vec::new(), text)).is_empty());
}

#[test]
fn pure_crates_have_no_state_of_the_process() {
    let mut found = Vec::new();
    for file in source::pure() {
        let unknown = statics(&file.text).into_iter().filter(|ty| !TABLES.contains(&ty.as_str()));
        found.extend(unknown.map(|ty| format!("{}: static of type {ty}", file.path)));
        let local = file.text.lines().filter(|line| line.contains("thread_local!"));
        found.extend(local.map(|line| format!("{}: {}", file.path, line.trim())));
    }
    assert!(
        found.is_empty(),
        "only immutable tables may be static; add their types to TABLES:\n  {}\n",
        found.join("\n  ")
    );
}

/// The types of the statics in a source. A static has a name; the lifetime `'static` has none.
fn statics(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let starts = words.iter().enumerate().filter(|(_, word)| **word == "static");
    let types = starts.map(|(at, _)| {
        let item = words[at + 1..].join(" ");
        let end = item.find(['=', ';']).unwrap_or(item.len());
        let (name, ty) = item[..end].split_once(':').unwrap_or(("", &item[..end]));
        if name.starts_with("mut ") { format!("mut {}", ty.trim()) } else { ty.trim().to_owned() }
    });
    types.collect()
}

#[test]
fn statics_are_found_however_they_are_written() {
    let text = "pub(super) static A: Mutex<u8> = x;\nfn f(_: &'static str) {\n    static B:\n        OnceLock<u8> = y;\n}\n\
                static mut C: u8 = 0;\n";
    assert_eq!(statics(text), ["Mutex<u8>", "OnceLock<u8>", "mut u8"]);
}

#[test]
fn pure_crates_consist_of_the_files_that_these_tests_read() {
    let mut found = Vec::new();
    for file in source::pure() {
        let elsewhere = ["include!(", "include! (", "#[path", ", path = \"", "extern crate "];
        found.extend(
            elsewhere.iter().filter(|word| file.text.contains(**word)).map(|word| format!("{}: {word}", file.path)),
        );
    }
    assert!(found.is_empty(), "code from elsewhere is not checked:\n  {}\n", found.join("\n  "));
}
