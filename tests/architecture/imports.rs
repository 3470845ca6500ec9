//! No circle of imports between files.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{self, SourceFile};

/// Folders whose files are parts of one thing and may import each other in a circle.
const ONE_THING: [(&str, &str); 2] = [
    ("core/src/text", "shaping, line breaking and placing work on one paragraph and its fonts together"),
    (
        "core/src/markup/bounds",
        "what a filter adds depends on the box that it is applied to, and is a part of the box around",
    ),
];

/// Modules of a crate by path, each with its file and the names that it imports or exports from elsewhere.
pub struct Modules<'a> {
    files: BTreeMap<Vec<String>, &'a SourceFile>,
    names: BTreeMap<(Vec<String>, String), Vec<String>>,
    /// Modules of which a module exports all.
    globs: BTreeMap<Vec<String>, Vec<Vec<String>>>,
}

impl<'a> Modules<'a> {
    pub fn new(files: &'a [SourceFile]) -> Self {
        let mut modules = Self {
            files: files
                .iter()
                .filter(|file| !file.path.ends_with("main.rs"))
                .map(|file| (file.module.clone(), file))
                .collect(),
            names: BTreeMap::new(),
            globs: BTreeMap::new(),
        };
        for file in files {
            for import in file.paths().iter().filter(|import| import.is_statement) {
                let Some(mut path) = modules.absolute(&file.module, &import.path) else { continue };
                if import.name != "*" {
                    modules.names.insert((file.module.clone(), import.name.clone()), path);
                } else if import.is_reexport {
                    path.pop();
                    modules.globs.entry(file.module.clone()).or_default().push(path);
                }
            }
        }
        modules
    }

    /// A path from the crate's root; none when it leads into another crate.
    pub fn absolute(&self, module: &[String], path: &[String]) -> Option<Vec<String>> {
        let mut base = module.to_vec();
        let mut steps = path.iter().peekable();
        match steps.peek().map(|step| step.as_str())? {
            "crate" => {
                base.clear();
                steps.next();
            }
            "self" => drop(steps.next()),
            "super" => {
                while steps.next_if(|step| *step == "super").is_some() {
                    base.pop()?;
                }
            }
            first => {
                let child: Vec<_> = module.iter().cloned().chain([first.to_owned()]).collect();
                self.files.contains_key(&child).then_some(())?;
            }
        }
        base.extend(steps.cloned());
        Some(base)
    }

    /// The file that defines what a path from the crate's root names.
    fn definition(&self, path: &[String], depth: usize) -> Option<&'a SourceFile> {
        if depth > 8 {
            return None;
        }
        for length in (0..=path.len()).rev() {
            let (module, rest) = path.split_at(length);
            let Some(file) = self.files.get(module) else { continue };
            let Some((name, below)) = rest.split_first() else { return Some(file) };
            // A name that a module imports is visible below it.
            if let Some(target) = self.names.get(&(module.to_vec(), name.clone())) {
                let target: Vec<_> = target.iter().chain(below).cloned().collect();
                return self.definition(&target, depth + 1);
            }
            let globs = self.globs.get(module).into_iter().flatten();
            let mut targets = globs.map(|glob| glob.iter().chain(rest).cloned().collect::<Vec<_>>());
            let defining =
                targets.find_map(|target| self.definition(&target, depth + 1).filter(|file| defines(file, name)));
            return Some(defining.unwrap_or(file));
        }
        None
    }
}

/// Whether a file has an item of this name.
fn defines(file: &SourceFile, name: &str) -> bool {
    let keywords = ["fn", "struct", "enum", "trait", "type", "const", "static", "mod"];
    // Most lines do not have the name: only the others are split into words.
    file.text.lines().filter(|line| line.contains(name)).any(|line| {
        let words: Vec<_> = line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect();
        words.windows(2).any(|pair| keywords.contains(&pair[0]) && pair[1] == name)
    })
}

fn circles(files: &[SourceFile]) -> Vec<Vec<String>> {
    let modules = Modules::new(files);
    let mut edges: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for file in files.iter().filter(|file| !file.path.ends_with("main.rs")) {
        let own = edges.entry(&file.path).or_default();
        for import in file.paths().iter().filter(|import| !import.is_reexport) {
            let target = modules.absolute(&file.module, &import.path).and_then(|path| modules.definition(&path, 0));
            own.extend(target.map(|target| target.path.as_str()).filter(|path| *path != file.path));
        }
    }
    strongly_connected(&edges)
}

/// Tarjan's algorithm; components of more than one file.
fn strongly_connected(edges: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<Vec<String>> {
    struct State<'a> {
        edges: &'a BTreeMap<&'a str, BTreeSet<&'a str>>,
        index: BTreeMap<&'a str, usize>,
        low: BTreeMap<&'a str, usize>,
        stack: Vec<&'a str>,
        found: Vec<Vec<String>>,
    }
    fn visit<'a>(state: &mut State<'a>, node: &'a str) {
        let number = state.index.len();
        state.index.insert(node, number);
        state.low.insert(node, number);
        state.stack.push(node);
        for next in state.edges.get(node).into_iter().flatten().copied() {
            if !state.index.contains_key(next) {
                visit(state, next);
                let low = state.low[node].min(state.low[next]);
                state.low.insert(node, low);
            } else if state.stack.contains(&next) {
                let low = state.low[node].min(state.index[next]);
                state.low.insert(node, low);
            }
        }
        if state.low[node] == number {
            let at = state.stack.iter().position(|on| *on == node).expect("on the stack");
            let mut component: Vec<String> = state.stack.split_off(at).into_iter().map(str::to_owned).collect();
            component.sort();
            if component.len() > 1 {
                state.found.push(component);
            }
        }
    }
    let mut state = State { edges, index: BTreeMap::new(), low: BTreeMap::new(), stack: Vec::new(), found: Vec::new() };
    for node in edges.keys() {
        if !state.index.contains_key(node) {
            visit(&mut state, node);
        }
    }
    state.found
}

#[test]
fn files_do_not_import_each_other_in_circles() {
    let is_one_thing = |circle: &[String]| {
        ONE_THING
            .iter()
            .any(|(folder, _)| circle.iter().all(|file| file.rsplit_once('/').is_some_and(|(own, _)| own == *folder)))
    };
    let all = ["core/src", "sheet/src", "src"].into_iter().flat_map(|folder| circles(source::files(folder)));
    let circles: Vec<_> = all.filter(|circle| !is_one_thing(circle)).map(|circle| circle.join("\n    ")).collect();
    assert!(circles.is_empty(), "{} circles of imports:\n  - {}\n", circles.len(), circles.join("\n  - "));
}

#[test]
fn the_emulator_and_the_client_of_wechat_share_no_code() {
    let files = source::files("src");
    let modules = Modules::new(files);
    let mut found = Vec::new();
    for (own, other) in [("emulator", "client"), ("client", "emulator")] {
        let is_in = |module: &[String], part: &str| module.len() > 1 && module[0] == "wechat" && module[1] == part;
        let own: Vec<_> = files.iter().filter(|file| is_in(&file.module, own)).collect();
        assert!(!own.is_empty(), "the folder has files");
        for file in own {
            let paths = file.paths().iter().filter_map(|import| modules.absolute(&file.module, &import.path));
            let is_other = |path: &Vec<String>| {
                is_in(path, other) || modules.definition(path, 0).is_some_and(|file| is_in(&file.module, other))
            };
            found.extend(paths.filter(is_other).map(|path| format!("{}: {path:?}", file.path)));
        }
    }
    assert!(found.is_empty(), "the emulator tests the client:\n  {}\n", found.join("\n  "));
}

#[test]
fn a_circle_is_found() {
    let edges = BTreeMap::from([
        ("a", BTreeSet::from(["b"])),
        ("b", BTreeSet::from(["c", "d"])),
        ("c", BTreeSet::from(["a"])),
        ("d", BTreeSet::new()),
    ]);
    assert_eq!(strongly_connected(&edges), [["a", "b", "c"]]);
}

/// Two files that use each other are a circle however they name each other.
#[test]
fn circles_are_found_however_they_are_written() {
    let file = |path: &str, module: &[&str], text: &str| {
        let module = module.iter().map(|step| (*step).to_owned()).collect();
        SourceFile::new(path.to_owned(), module, text.to_owned())
    };
    for (a, b) in [
        ("use crate::b::B;", "use crate::a::A;"),
        ("use crate::b::B;", "use super::a::A;"),
        ("use crate::b::B;", "fn f() { crate::a::A; }"),
        ("use crate::b::B;", "use crate::{a as other, c};\nfn f() { other::A; }"),
        ("use crate::b::B;", "use super::*;\nfn f() { super::a::A; }"),
        ("use crate::b::B;", "use crate::c::A;"),
        ("use crate::b::B;", "use crate::c::All;"),
        ("use crate::b::B;", "macro_rules! m { () => { $crate::a::A } }"),
    ] {
        let files = [
            file("lib.rs", &[], "mod a;\nmod b;\nmod c;\n"),
            file("a.rs", &["a"], &format!("{a}\npub struct A;\npub struct All;\n")),
            file("b.rs", &["b"], &format!("{b}\npub struct B;\n")),
            file("c.rs", &["c"], "pub use crate::a::A;\npub use crate::a::*;\n"),
        ];
        assert_eq!(circles(&files), [["a.rs", "b.rs"]], "{b}");
    }
    let parent = [
        file("mod.rs", &["a"], "mod b;\npub struct A;\nfn f() { b::run(); }\n"),
        file("b.rs", &["a", "b"], "use super::A;\n"),
    ];
    assert_eq!(circles(&parent), [["b.rs", "mod.rs"]]);
    let imported = [
        file("mod.rs", &["a"], "mod b;\nmod c;\nuse c::C;\nfn f() { b::run(); }\n"),
        file("b.rs", &["a", "b"], "use super::C;\n"),
        file("c.rs", &["a", "c"], "pub struct C;\n"),
    ];
    assert!(circles(&imported).is_empty(), "the name is the child's");
}
