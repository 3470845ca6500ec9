//! Tests of the output and its compatibility with other programs.

use std::{path::Path, process::Command};

use sha2::{Digest, Sha256};

use super::{Fixture, files, members, sheet, table};
use crate::support::payload;

#[test]
fn archive_and_folder_have_the_same_posters_with_correct_codes() {
    let fixture = Fixture::new();
    for (rows, posters) in [(1, "poster"), (70, "posters")] {
        fixture.write("rows.csv", &sheet(rows));
        let (zip, folder) = (format!("out{rows}.zip"), format!("out{rows}"));
        let stdout = fixture.done(&["--rows", "rows.csv", "-o", &zip, "--name", "{{nick}}"]);
        assert_eq!(stdout, format!("{rows} of {rows} {posters} in {zip}\n"));
        fixture.done(&["--rows", "rows.csv", "-o", &folder, "--name", "{{nick}}"]);
        let in_archive = members(&fixture.read(&zip));
        let in_folder = files(&fixture.path().join(&folder));
        assert_eq!(in_archive.len(), rows + 1, "the posters and the manifest");
        assert_eq!(in_archive.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(), in_folder);
        let manifest = table(&in_folder["manifest.csv"]);
        assert_eq!(manifest.len(), rows);
        for (n, line) in manifest.iter().enumerate() {
            let (name, bytes) = &in_archive[n];
            assert_eq!((name, name), (&format!("第{n}位.png"), &line["file"]), "in row order");
            assert_eq!(payload(bytes).scene, format!("id=n{n}"), "{name} has another row's code");
            assert_eq!((&line["row"], &line["scene"]), (&(n + 2).to_string(), &format!("id=n{n}")));
            assert_eq!(line["bytes"], bytes.len().to_string());
            let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(line["sha256"], digest);
        }
        assert!(!fixture.path().join(format!("{zip}.part")).exists() && !in_folder.contains_key(".haibao-export"));
    }
}

#[test]
fn equal_rows_give_separate_posters_and_share_one_code() {
    let fixture = Fixture::new();
    fixture.write("rows.csv", "nick,id\n小满,7\n小满,7\n小满,7\n");
    fixture.done(&["--rows", "rows.csv", "-o", "out.zip", "--name", "{{nick}}"]);
    let names: Vec<String> = members(&fixture.read("out.zip")).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["小满.png", "小满 (2).png", "小满 (3).png", "manifest.csv"]);
    assert_eq!(fixture.wechat.counters().code_calls, 1);
}

#[test]
fn output_is_reproducible() {
    let fixture = Fixture::new();
    fixture.write("rows.csv", &sheet(40));
    fixture.done(&["--rows", "rows.csv", "-o", "a.zip"]);
    fixture.done(&["--rows", "rows.csv", "-o", "b.zip"]);
    assert!(fixture.read("a.zip") == fixture.read("b.zip"), "two runs differ");
}

#[test]
fn common_programs_read_the_archive() {
    let fixture = Fixture::new();
    fixture.write("rows.csv", &sheet(35));
    fixture.done(&["--rows", "rows.csv", "-o", "out.zip", "--name", "{{nick}}"]);
    let programs: [&[&str]; 3] =
        [&["unzip", "-tq", "out.zip"], &["python3", "-m", "zipfile", "-t", "out.zip"], &["jar", "xf", "out.zip"]];
    for program in programs {
        if run(fixture.path(), program).is_none() {
            eprintln!("skipped: {} is not installed", program[0]);
        }
    }
    if let Some(listing) = run(fixture.path(), &["python3", "-m", "zipfile", "-l", "out.zip"]) {
        assert!(listing.contains("第34位.png"), "{listing}");
    }
    // Extracted by jar above.
    let extracted = fixture.path().join("第34位.png");
    if run(fixture.path(), &["jar", "--version"]).is_some() {
        assert_eq!(payload(&std::fs::read(extracted).expect("a file extracted by jar")).scene, "id=n34");
    }
}

/// Runs a program, which must succeed. Returns its output, or `None` if it is not installed.
fn run(folder: &Path, arguments: &[&str]) -> Option<String> {
    let result = Command::new(arguments[0]).args(&arguments[1..]).current_dir(folder).env("LC_ALL", "C.UTF-8").output();
    let output = result.ok()?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "{arguments:?}: {text}");
    Some(text)
}
