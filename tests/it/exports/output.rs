//! What comes out, and that other programs read it.

use std::{path::Path, process::Command};

use sha2::{Digest, Sha256};

use super::{Place, files, members, sheet, table};
use crate::support::payload;

#[test]
fn an_archive_and_a_folder_hold_the_same_posters_each_with_its_rows_code() {
    let place = Place::new();
    for rows in [1, 70] {
        place.write("rows.csv", &sheet(rows));
        let (zip, folder) = (format!("out{rows}.zip"), format!("out{rows}"));
        let said = place.done(&["--rows", "rows.csv", "-o", &zip, "--name", "{{nick}}"]);
        assert_eq!(said, format!("{rows} of {rows} posters in {zip}\n"));
        place.done(&["--rows", "rows.csv", "-o", &folder, "--name", "{{nick}}"]);
        let inside = members(&place.read(&zip));
        let beside = files(&place.path().join(&folder));
        assert_eq!(inside.len(), rows + 1, "the posters and the manifest");
        assert_eq!(inside.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(), beside);
        let manifest = table(&beside["manifest.csv"]);
        assert_eq!(manifest.len(), rows);
        for (n, line) in manifest.iter().enumerate() {
            let (name, bytes) = &inside[n];
            assert_eq!((name, name), (&format!("第{n}位.png"), &line["file"]), "in the order of the rows");
            assert_eq!(payload(bytes).scene, format!("id=n{n}"), "{name} carries another row's code");
            assert_eq!((&line["row"], &line["scene"]), (&(n + 2).to_string(), &format!("id=n{n}")));
            assert_eq!(line["bytes"], bytes.len().to_string());
            let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(line["sha256"], digest);
        }
        assert!(!place.path().join(format!("{zip}.part")).exists() && !beside.contains_key(".haibao-export"));
    }
}

#[test]
fn equal_rows_are_drawn_each_and_their_code_is_asked_for_once() {
    let place = Place::new();
    place.write("rows.csv", "nick,id\n小满,7\n小满,7\n小满,7\n");
    place.done(&["--rows", "rows.csv", "-o", "out.zip", "--name", "{{nick}}"]);
    let names: Vec<String> = members(&place.read("out.zip")).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["小满.png", "小满 (2).png", "小满 (3).png", "manifest.csv"]);
    assert_eq!(place.wechat.counters().code_calls, 1);
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let place = Place::new();
    place.write("rows.csv", &sheet(40));
    place.done(&["--rows", "rows.csv", "-o", "a.zip"]);
    place.done(&["--rows", "rows.csv", "-o", "b.zip"]);
    assert!(place.read("a.zip") == place.read("b.zip"), "two runs differ");
}

#[test]
fn the_programs_that_people_have_open_the_archive() {
    let place = Place::new();
    place.write("rows.csv", &sheet(35));
    place.done(&["--rows", "rows.csv", "-o", "out.zip", "--name", "{{nick}}"]);
    let programs: [&[&str]; 3] =
        [&["unzip", "-tq", "out.zip"], &["python3", "-m", "zipfile", "-t", "out.zip"], &["jar", "xf", "out.zip"]];
    for program in programs {
        if reads(place.path(), program).is_none() {
            eprintln!("{} is not installed: skipped", program[0]);
        }
    }
    if let Some(said) = reads(place.path(), &["python3", "-m", "zipfile", "-l", "out.zip"]) {
        assert!(said.contains("第34位.png"), "{said}");
    }
    // What jar unpacked.
    let unpacked = place.path().join("第34位.png");
    if reads(place.path(), &["jar", "--version"]).is_some() {
        assert_eq!(payload(&std::fs::read(unpacked).expect("unpacked by Java")).scene, "id=n34");
    }
}

/// What a program says; none when there is no such program. It must succeed.
fn reads(folder: &Path, arguments: &[&str]) -> Option<String> {
    let run = Command::new(arguments[0]).args(&arguments[1..]).current_dir(folder).env("LC_ALL", "C.UTF-8").output();
    let output = run.ok()?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    Some(said)
}
