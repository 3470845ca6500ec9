//! Loading, editing and removing templates.

use std::{path::Path, time::Duration};

use super::{follow::Followed, *};

fn write(folder: &Path, id: &str) {
    for (path, bytes) in haibao_core::template::scaffold(id).expect("a name") {
        let path = folder.join(id).join(path);
        fs::create_dir_all(path.parent().expect("in a folder")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }
}

/// A folder with the template `mine`, the path of its layout, and the text of that.
fn mine() -> (tempfile::TempDir, std::path::PathBuf, String) {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "mine");
    let layout = folder.path().join("mine/layout.json");
    let good = fs::read_to_string(&layout).expect("a file");
    (folder, layout, good)
}

#[test]
fn all_templates_are_loaded_once_also_beside_broken_and_large_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let own = |id: &str, path: &str| folder.path().join(id).join(path);
    for id in ["broken", "large", "larger", "mine"] {
        write(folder.path(), id);
    }
    fs::write(own("broken", "layout.json"), "{").expect("a file");
    for id in ["large", "larger"] {
        fs::write(own(id, "large.bin"), vec![0; 3 << 20]).expect("a file");
    }
    let catalog = Catalog::new(folder.path(), crate::service::fonts::embedded());
    let all = catalog.all();
    assert!(all.iter().map(|(id, _)| id).eq(&catalog.ids()), "{all:?}");
    for (id, template) in all {
        match template {
            Ok(template) => assert!(catalog.known(&id).is_some_and(|known| Arc::ptr_eq(&known, &template)), "{id}"),
            Err(error) => assert_eq!((id.as_str(), error.code()), ("broken", "template_invalid")),
        }
    }
    assert_eq!(catalog.broken().into_keys().collect::<Vec<_>>(), ["broken"]);
}

#[test]
fn a_folder_template_overrides_the_built_in_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let built_in = Catalog::new(folder.path().join("none"), crate::service::fonts::embedded());
    assert!(built_in.ids().contains("product-share"), "{:?}", built_in.ids());
    assert!(!built_in.ids().contains("art"), "the sources of pictures are not a template");
    write(folder.path(), "product-share");
    let own = Catalog::new(folder.path(), crate::service::fonts::embedded());
    assert_eq!(own.ids(), built_in.ids());
    let version = |catalog: &Catalog| catalog.get("product-share").expect("a template").version;
    assert_ne!(version(&own), version(&built_in));
}

#[test]
fn a_broken_template_works_as_soon_as_it_is_fixed() {
    let (folder, layout, good) = mine();
    fs::write(&layout, good.replace("\"title\"", "\"titel\"")).expect("a file");
    let catalog = Catalog::new(folder.path(), crate::service::fonts::embedded());
    let error = catalog.get("mine").expect_err("it is broken");
    assert_eq!(error.code(), "template_invalid");
    assert!(error.message().contains("\"mine\""), "{error}");
    fs::write(&layout, good).expect("a file");
    let template = catalog.get("mine").expect("it is repaired");
    assert!(template.slot("code").is_some(), "its slots are measured");
}

#[test]
fn samples_of_other_parameters_are_named() {
    let (folder, _, _) = mine();
    let stale = |name: &str, text: &str| {
        fs::write(folder.path().join("mine/samples").join(name), text).expect("a file");
        let catalog = Catalog::new(folder.path(), crate::service::fonts::embedded());
        catalog.get("mine").expect_err("it is broken").hint_text().unwrap_or_default().to_owned()
    };
    assert!(!stale("longest.json", "{").contains("samples/"), "a single fault");
    assert!(stale("poorest.json", "{").contains("rewrite or delete the samples"));
}

#[test]
fn a_broken_template_is_compiled_once_per_edit() {
    let (folder, layout, good) = mine();
    // A long time ago, and all at the same time: only an edit of the time can be noticed.
    let edit = |text: &str, age: u64| {
        fs::write(&layout, text).expect("a file");
        let root = folder.path().join("mine");
        for name in files::read_folder(&root).expect("files").keys() {
            let file = fs::File::options().write(true).open(root.join(name)).expect("a file");
            file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(age)).expect("a time");
        }
    };
    edit(&good.replace("\"title\"", "\"titel\""), 3600);
    let catalog = Catalog::new(folder.path(), crate::service::fonts::embedded());
    let error = catalog.get("mine").expect_err("it is broken");
    let time = fs::metadata(&layout).and_then(|meta| meta.modified()).expect("a time");
    fs::write(&layout, &good).expect("a file");
    let file = fs::File::options().write(true).open(&layout).expect("a file");
    file.set_modified(time).expect("a time");
    let again = catalog.get("mine").expect_err("the files have the same names, sizes and times");
    assert_eq!(again.message(), error.message());
    edit(&good, 1800);
    catalog.get("mine").expect("it is repaired");
    // An edit at the time of the last one might not change the stamp, so such an error is not kept.
    let fresh = Catalog::new(folder.path(), crate::service::fonts::embedded());
    edit(&good.replace("\"title\"", "\"titel\""), 0);
    fresh.get("mine").expect_err("it is broken");
    edit(&good, 0);
    fresh.get("mine").expect("it is repaired");
}

#[test]
fn a_template_without_its_layout_keeps_its_version_until_its_folder_is_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    for id in ["mine", "product-share"] {
        write(folder.path(), id);
    }
    let catalog = Catalog::new(folder.path(), crate::service::fonts::embedded());
    let version = |id: &str| catalog.get(id).map(|template| template.version).ok();
    let before = ["mine", "product-share"].map(version);
    assert!(before.iter().all(Option::is_some), "they are loaded");
    let mut followed = Followed::default();
    let mut poll = || (0..2).for_each(|_| drop(catalog.poll(&mut followed)));
    poll();
    for id in ["mine", "product-share"] {
        fs::remove_file(folder.path().join(id).join(LAYOUT)).expect("removed");
    }
    poll();
    assert_eq!(["mine", "product-share"].map(version), before, "not the built-in one, either");
    assert_eq!(catalog.broken().into_keys().collect::<Vec<_>>(), ["mine", "product-share"]);
    assert!(catalog.ids().contains("mine"), "it is listed");
    for id in ["mine", "product-share"] {
        fs::remove_dir_all(folder.path().join(id)).expect("removed");
    }
    poll();
    assert!(version("mine").is_none() && version("product-share").is_some_and(|now| Some(now) != before[1]));
    assert!(catalog.broken().is_empty());
}

#[tokio::test]
async fn those_who_listen_are_told_of_an_edit_before_the_next_poll() {
    let (folder, layout, good) = mine();
    let catalog = Arc::new(Catalog::new(folder.path(), crate::service::fonts::embedded()));
    let storage = crate::blob::testing::Storage::folder();
    // The first poll after the start would be too late.
    let config = Config { reload_ms: 600_000, ..Config::default() };
    let versions = Arc::new(Versions::new(storage.blobs(), config, Duration::ZERO));
    let following = tokio::spawn(follow(Arc::clone(&catalog), versions, config, |_| ()));
    let before = catalog.find("mine").await.expect("a template").version;
    let mut changes = catalog.listen("mine");
    let state = || (catalog.known("mine").map(|template| template.version), catalog.broken_edit("mine").is_some());
    let mut until = async |what: &str, holds: &dyn Fn() -> bool| {
        while !holds() {
            let changed = tokio::time::timeout(Duration::from_secs(60), changes.changed()).await;
            changed.unwrap_or_else(|_| panic!("{what}")).expect("it is listened to");
        }
    };
    fs::write(&layout, good.replace("\"title\"", "\"titel\"")).expect("a file");
    until("a broken edit", &|| state() == (Some(before), true)).await;
    fs::write(&layout, format!("{good}\n")).expect("a file");
    until("a good edit", &|| state().0.is_some_and(|version| version != before) && !state().1).await;
    following.abort();
}

#[test]
fn names_cannot_escape_the_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "outside");
    let inside = folder.path().join("inside");
    fs::create_dir(&inside).expect("a folder");
    let catalog = Catalog::new(&inside, crate::service::fonts::embedded());
    for name in ["../outside", "..", "", ".", "product-share/", "product-share/../group-buy", "/etc", "a\0b"] {
        let error = catalog.get(name).expect_err(name);
        assert_eq!(error.code(), "template_unknown", "{name:?}");
    }
}
