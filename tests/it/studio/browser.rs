//! The studio in Chromium: the walk of docs/studio.md, many templates, and large artwork.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use haibao::wechat::emulator::Options;

use crate::{
    pages::is_browser_missing,
    support::{Node, Service, scaffold_with, talk, workspace},
};

/// Maximum size of a picture of the document, bytes.
const MAX_PICTURE: u64 = 150_000;

/// A script of tests/browser with the address of a service.
fn script(name: &str, node: &Node) -> Command {
    let path = format!("{}/tests/browser/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new("node");
    command.arg(path).arg(format!("http://{}", node.addr));
    command
}

fn passes(command: &mut Command, node: &Node) {
    let output = command.output().expect("node runs");
    assert!(output.status.success(), "{}\n{}", talk(&output), node.log());
}

/// Names of the files in a folder.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect()
}

#[test]
fn a_designer_takes_the_walk_of_the_document() {
    if is_browser_missing() {
        return;
    }
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let shots = PathBuf::from(concat!(env!("CARGO_TARGET_TMPDIR"), "/studio-walk"));
    let _ = fs::remove_dir_all(&shots);
    for language in ["en", "zh"] {
        let folder = tempfile::tempdir().expect("a folder");
        let node = Node::run(&["studio", "--addr", "127.0.0.1:0"], folder.path(), "http://127.0.0.1:1", &[]);
        let mut command = script("studio-walk.js", &node);
        passes(command.arg(folder.path().join("templates")).arg(language).arg(&shots), &node);
    }
    let made = names(&shots);
    for name in &made {
        let size = fs::metadata(shots.join(name)).expect("a file").len();
        assert!(size < MAX_PICTURE, "{name} has {size} bytes");
    }
    if env::var_os("HAIBAO_GOLDEN").is_some_and(|value| value == "accept") {
        for name in &made {
            fs::copy(shots.join(name), docs.join("studio").join(name)).expect("a copy");
        }
    }
    assert_eq!(
        names(&docs.join("studio")),
        made,
        "accept them with HAIBAO_GOLDEN=accept, and remove those that are left"
    );
    for (page, language) in [("studio.md", "en"), ("zh/studio.md", "zh")] {
        let text = fs::read_to_string(docs.join(page)).expect("a page");
        for name in made.iter().filter(|name| name.ends_with(&format!(".{language}.webp"))) {
            assert!(text.contains(&format!("studio/{name})")), "{page} does not show {name}");
        }
    }
}

#[test]
fn the_studio_has_room_for_many_templates_and_large_artwork() {
    const COUNT: usize = 200;
    if is_browser_missing() {
        return;
    }
    let folder = workspace();
    for n in 1..COUNT {
        let name = format!("autumn-{n}");
        let title = |title: &str| format!("\"title\": \"{title}\"");
        scaffold_with(folder.path(), &name, "layout.json", &title(&name), &title(&format!("Autumn {n}")));
    }
    let service = Service::with(&[("HAIBAO_STUDIO__EDIT", "true")], Options::default(), folder);
    let mut command = script("studio-large.js", &service);
    command.arg(service.folder.path().join("templates")).arg(COUNT.to_string());
    passes(command.arg(concat!(env!("CARGO_TARGET_TMPDIR"), "/studio")), &service);
}

#[test]
fn the_studio_is_used_with_the_keyboard_alone() {
    if is_browser_missing() {
        return;
    }
    let service = Service::set(&[("HAIBAO_STUDIO__EDIT", "true")]);
    passes(script("studio-keys.js", &service).arg(service.folder.path().join("templates")), &service);
}
