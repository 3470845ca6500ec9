//! Folders of the core import lower floors only, and know the kinds of layers through one list.

use std::fs;

use crate::{
    imports::Modules,
    source::{self, SourceFile},
};

/// The floors of the core, lowest first: a folder (or file) imports only from its own floor's predecessors.
const FLOORS: [&str; 18] = [
    "number",
    "error",
    "words",
    "style",
    "asset",
    "encode",
    "scene",
    "code",
    "legibility",
    "sample",
    "text",
    "markup",
    "template",
    "json",
    "plan",
    "paint",
    "artwork",
    "render",
];
/// Holds the parts of each layer kind for the floors of `template`, `plan` and `render`, in the place of its own of each.
const KINDS: &str = "layer";
/// The floors that use the kinds.
const USERS: [&str; 3] = ["template", "plan", "render"];
/// Files outside of `layer/` that name a kind, each with the kind and the reason.
const NAMED: [(&str, &str, &str); 5] = [
    ("core/src/plan/arrange.rs", "code", "a code layer in a container is planned with its box"),
    ("core/src/plan/poster.rs", "code", "all code layers of a poster show one code, which is planned after the layers"),
    (
        "core/src/plan/resolver.rs",
        "code",
        "all code layers of a poster show one code, which is planned after the layers",
    ),
    ("core/src/template/load.rs", "code", "all code layers of a template must look the same"),
    ("core/src/template/load/layers.rs", "code", "all code layers of a template must look the same"),
];

/// The paths that a file imports or uses, from the crate's root.
fn paths(modules: &Modules<'_>, file: &SourceFile) -> Vec<Vec<String>> {
    file.paths().iter().filter_map(|import| modules.absolute(&file.module, &import.path)).collect()
}

/// Imports of a file that its floor does not allow.
fn faults(modules: &Modules<'_>, file: &SourceFile) -> Vec<String> {
    let floor = |folder: &str| FLOORS.iter().position(|own| *own == folder);
    // The crate's own file declares the floors.
    let Some(own) = file.module.first() else { return Vec::new() };
    let own_floor = floor(own);
    assert!(own_floor.is_some() || own == KINDS, "{} stands on no floor: add {own} to FLOORS", file.path);
    let is_allowed = |target: &str| match own_floor {
        _ if target == own => true,
        // The parts of a kind belong to the floors below the renderer.
        None => target != "render",
        Some(_) if target == KINDS => USERS.contains(&own.as_str()),
        Some(own) => floor(target).is_none_or(|target| target <= own),
    };
    let targets = paths(modules, file).into_iter().map(|path| path.first().cloned());
    let fault = |target: Option<String>| match target.as_deref() {
        None | Some("*") => Some(format!("{} imports the whole crate", file.path)),
        Some(target) => (!is_allowed(target)).then(|| format!("{} imports crate::{target}", file.path)),
    };
    targets.filter_map(fault).collect()
}

#[test]
fn folders_of_the_core_import_lower_floors_only() {
    let files = source::files("core/src");
    let modules = Modules::new(files);
    let found: Vec<_> = files.iter().flat_map(|file| faults(&modules, file)).collect();
    assert!(found.is_empty(), "imports from a higher floor:\n  {}\n", found.join("\n  "));
}

#[test]
fn imports_from_a_higher_floor_are_found() {
    let file = |path: &str, text: &str| {
        SourceFile::new(format!("{path}.rs"), path.split('/').map(str::to_owned).collect(), text.to_owned())
    };
    let of = |path: &str, text: &str| {
        let names = ["text", "template", "layer", "render", "words"];
        let files: Vec<_> = names.map(|name| file(name, "")).into_iter().chain([file(path, text)]).collect();
        let modules = Modules::new(&files);
        faults(&modules, files.last().expect("a file")).len()
    };
    for (path, text) in [
        ("text/a", "use crate::template::A;"),
        ("text/a", "use crate::layer::A;"),
        ("paint/a", "fn f() { crate::layer::text::f(); }"),
        ("layer/a", "use crate::{render::A, text};"),
        ("layer/text/draw", "use super::super::super::render::A;"),
        ("text/a", "use crate::*;"),
    ] {
        assert_eq!(of(path, text), 1, "{path}: {text}");
    }
    for (path, text) in [
        ("text/a", "use crate::{text::B, words};"),
        ("template/a", "use crate::layer::A;"),
        ("render/a", "use crate::layer::A;"),
        ("layer/a", "use crate::{layer::B, paint::C, template::D, artwork::E};"),
    ] {
        assert_eq!(of(path, text), 0, "{path}: {text}");
    }
}

/// A new kind is its folder and a line of the list: nothing else names it.
#[test]
fn kinds_are_named_in_their_folders_only() {
    let list = fs::read_to_string(source::root().join("core/src/layer/kinds.rs")).expect("the list");
    let entries = list.lines().filter_map(|line| line.trim().strip_suffix(',')?.split_once(": "));
    let kinds: Vec<_> = entries.map(|(kind, _)| kind).collect();
    assert!(kinds.len() >= 7 && kinds.contains(&"code"), "{kinds:?}");
    let mut named = Vec::new();
    let (core, edges) = (source::files("core/src"), source::files("src"));
    let modules = Modules::new(core);
    for file in core.iter().filter(|file| file.module.first().is_some_and(|own| own != KINDS)) {
        for path in paths(&modules, file) {
            if let [KINDS, kind, ..] = path.iter().map(String::as_str).collect::<Vec<_>>()[..]
                && kinds.contains(&kind)
            {
                named.push((file.path.clone(), kind.to_owned()));
            }
        }
    }
    for file in edges {
        for import in file.paths() {
            let path: Vec<_> = import.path.iter().map(String::as_str).collect();
            if let ["haibao_core", KINDS, kind, ..] = path[..]
                && kinds.contains(&kind)
            {
                named.push((file.path.clone(), kind.to_owned()));
            }
        }
    }
    // What all kinds share asks for what a kind wants, not which kind it is.
    let is_shared = |module: &[String]| match module {
        [own, file] => own == KINDS && !["kinds", "flow"].contains(&file.as_str()) && !kinds.contains(&file.as_str()),
        _ => false,
    };
    for file in core.iter().filter(|file| is_shared(&file.module)) {
        let quoted = kinds.iter().filter(|kind| file.text.contains(&format!("\"{kind}\"")));
        named.extend(quoted.map(|kind| (file.path.clone(), (*kind).to_owned())));
    }
    named.sort();
    named.dedup();
    let expected = NAMED.map(|(file, kind, _)| (file.to_owned(), kind.to_owned()));
    assert_eq!(named, expected, "a kind is used through the enums of core/src/layer, or named in NAMED with a reason");
}
