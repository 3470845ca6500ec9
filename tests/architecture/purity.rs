//! The core reaches no edge: neither by a crate it depends on, nor by the standard library, nor by state of the process.

use std::{
    collections::{BTreeMap, VecDeque},
    process::Command,
};

use serde_json::Value;

use crate::source;

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
const STD: [&str; 5] = ["std::fs", "std::env", "std::net", "std::thread", "std::process"];
/// Items of the standard library that are edges.
const ITEMS: [&str; 4] = ["std::time::Instant", "std::time::SystemTime", "std::hash::RandomState", "std::io::stdin"];

/// The shortest chain of normal dependencies from a package to one of these crates.
fn chain(metadata: &Value, from: &str, to: &[&str]) -> Option<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let is_macro =
        |package: &Value| list(&package["targets"]).iter().any(|t| t["kind"] == serde_json::json!(["proc-macro"]));
    let packages: BTreeMap<String, (String, bool)> = list(&metadata["packages"])
        .iter()
        .map(|package| (text(&package["id"]), (text(&package["name"]), is_macro(package))))
        .collect();
    let nodes: BTreeMap<String, Value> =
        list(&metadata["resolve"]["nodes"]).into_iter().map(|node| (text(&node["id"]), node)).collect();
    let start = packages.iter().find(|(_, (name, _))| name == from).map(|(id, _)| id.clone()).expect("the package");
    let mut queue = VecDeque::from([vec![start]]);
    let mut seen = Vec::new();
    while let Some(path) = queue.pop_front() {
        let last = path.last().expect("a package");
        let (name, is_macro) = &packages[last];
        if to.contains(&name.as_str()) {
            return Some(path.iter().map(|id| packages[id].0.as_str()).collect::<Vec<_>>().join(" -> "));
        }
        // A procedural macro runs in the compiler.
        if *is_macro || seen.contains(last) {
            continue;
        }
        seen.push(last.clone());
        for dep in list(&nodes[last]["deps"]) {
            if list(&dep["dep_kinds"]).iter().any(|kind| kind["kind"].is_null()) {
                queue.push_back(path.iter().cloned().chain([text(&dep["pkg"])]).collect());
            }
        }
    }
    None
}

fn metadata() -> Value {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", &target])
        .current_dir(source::root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn the_core_reaches_no_crate_of_the_edges() {
    let metadata = metadata();
    let found: Vec<_> = EDGES.iter().filter_map(|edge| chain(&metadata, "haibao-core", &[edge])).collect();
    assert!(found.is_empty(), "haibao-core must not depend on the edges:\n  {}\n", found.join("\n  "));
    assert_eq!(chain(&metadata, "haibao", &["tokio"]).as_deref(), Some("haibao -> tokio"), "the search finds chains");
}

#[test]
fn the_core_uses_no_edge_of_the_standard_library() {
    let mut found = Vec::new();
    for file in source::files("core/src") {
        for import in file.imports() {
            let path = import.path.join("::");
            if STD.iter().chain(&ITEMS).any(|edge| path == *edge || path.starts_with(&format!("{edge}::"))) {
                found.push(format!("{}: use {path}", file.path));
            }
        }
        let inline = STD.iter().map(|edge| format!("{edge}::")).chain(ITEMS.map(str::to_owned));
        found.extend(inline.filter(|edge| file.text.contains(edge)).map(|edge| format!("{}: {edge}", file.path)));
    }
    assert!(found.is_empty(), "bytes in, bytes out:\n  {}\n", found.join("\n  "));
}

#[test]
fn the_core_has_no_state_of_the_process() {
    const CELLS: [&str; 8] = ["Mutex", "RwLock", "OnceLock", "OnceCell", "Atomic", "RefCell", "Cell<", "static mut"];
    let mut found = Vec::new();
    for file in source::files("core/src") {
        let items = file.text.lines().filter(|line| {
            let line = line.trim_start();
            let line = line.strip_prefix("pub ").unwrap_or(line);
            line.starts_with("static ") || line.starts_with("pub(crate) static ") || line.starts_with("thread_local!")
        });
        let mutable =
            items.filter(|line| line.contains("thread_local!") || CELLS.iter().any(|cell| line.contains(cell)));
        found.extend(mutable.map(|line| format!("{}: {}", file.path, line.trim())));
    }
    assert!(found.is_empty(), "only immutable tables may be static:\n  {}\n", found.join("\n  "));
}
