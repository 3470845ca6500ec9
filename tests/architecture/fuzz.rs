//! Fuzz targets are complete: each file in `fuzz/fuzz_targets` is built, has first inputs and is documented. Compiling them
//! takes minutes and is a step of a release (CONTRIBUTING.md).

use std::{collections::BTreeSet, fs};

use crate::source;

#[test]
fn fuzz_targets_are_listed_everywhere() {
    let text = |path: &str| fs::read_to_string(source::root().join(path)).expect(path);
    let entries = fs::read_dir(source::root().join("fuzz/fuzz_targets")).expect("a folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name().to_str().expect("UTF-8").to_owned());
    let targets: BTreeSet<String> = names.filter_map(|name| Some(name.strip_suffix(".rs")?.to_owned())).collect();
    assert!(targets.len() >= 9, "{targets:?}");
    for (path, start, end) in [
        ("fuzz/Cargo.toml", "path = \"fuzz_targets/", ".rs\""),
        ("fuzz/seeds", "\ndef ", "():\n"),
        ("docs/fuzzing.md", "\n| `", "` | "),
    ] {
        let text = text(path);
        let missing: Vec<_> = targets.iter().filter(|name| !text.contains(&format!("{start}{name}{end}"))).collect();
        assert!(missing.is_empty(), "{path} does not have {missing:?}");
    }
    let manifest = text("fuzz/Cargo.toml");
    assert_eq!(manifest.matches("\n[[bin]]").count(), targets.len(), "fuzz/Cargo.toml has other targets");
}
