use std::io::{Cursor, Read};

use bytes::Bytes;

use super::*;
use crate::export::{Done, Failure, Reason};

fn fingerprint(rows: &str) -> Fingerprint {
    let text = |text: &str| text.to_owned();
    Fingerprint {
        haibao: text("1"),
        template: text("a 1"),
        fonts: text("f"),
        rows: text(rows),
        options: text("image/png"),
    }
}

/// Outcome of row `n`, from 0. Every tenth row fails.
fn outcome(n: usize) -> RowResult {
    let number = n as u64 + 2;
    if n % 10 == 9 {
        let reason = Reason::of(&haibao_core::error::Finding::error("x", haibao_core::error::Message::verbatim("no")));
        return RowResult::Failed(Failure { number, cells: vec![n.to_string()], reasons: vec![reason] });
    }
    let bytes = Bytes::from(format!("poster {n} ").repeat(n % 7 + 1));
    let done = Done {
        number,
        file: format!("{n}.png"),
        scene: None,
        bytes: bytes.len() as u64,
        crc32: crc32fast::hash(&bytes),
        sha256: String::new(),
        findings: Vec::new(),
    };
    RowResult::Done { done, bytes, drawing: std::time::Duration::ZERO }
}

fn open(target: &ExportTarget, total: usize, resume: bool) -> Result<LocalExport> {
    LocalExport::open(target.clone(), &fingerprint("r"), total, resume)
}

fn run(mut work: LocalExport, to: usize) -> LocalExport {
    for n in work.done()..to {
        work.add(outcome(n)).expect("taken");
    }
    work
}

fn finish(work: LocalExport) -> Summary {
    let bad = tempfile::tempfile().expect("a file");
    let lists = work.failures(&["n".to_owned()], bad).and_then(|all| all.finish(&failures::PicturesBySource::new()));
    work.finish(lists.expect("lists")).expect("finished")
}

/// Names and contents of all files of an export, sorted.
fn content(target: &ExportTarget) -> Vec<(String, Vec<u8>)> {
    let path = target.path();
    let mut all: Vec<(String, Vec<u8>)> = match target {
        ExportTarget::Zip(_) => {
            let mut read = zip::ZipArchive::new(Cursor::new(fs::read(path).expect("an archive"))).expect("a ZIP file");
            let member = |at: usize, read: &mut zip::ZipArchive<_>| {
                let mut member = read.by_index(at).expect("a member");
                let mut bytes = Vec::new();
                member.read_to_end(&mut bytes).expect("its checksum is right");
                (member.name().expect("UTF-8").into_owned(), bytes)
            };
            (0..read.len()).map(|at| member(at, &mut read)).collect()
        }
        ExportTarget::Folder(_) => {
            let file = |entry: fs::DirEntry| {
                (entry.file_name().into_string().expect("UTF-8"), fs::read(entry.path()).expect("a file"))
            };
            fs::read_dir(path).expect("a folder").map(|entry| file(entry.expect("an entry"))).collect()
        }
    };
    all.sort();
    assert!(!target.work().exists(), "the work folder is left");
    all
}

fn targets(folder: &Path) -> [ExportTarget; 2] {
    [ExportTarget::of(folder.join("out.zip")), ExportTarget::of(folder.join("out"))]
}

#[test]
fn archive_and_folder_have_equal_contents() {
    let folder = tempfile::tempdir().expect("a folder");
    let [zip, plain] = targets(folder.path());
    for total in [0, 1, CHUNK, 70] {
        for target in [&zip, &plain] {
            let _ = fs::remove_dir_all(target.path());
            let summary = finish(run(open(target, total, false).expect("started"), total));
            assert_eq!(summary, Summary { posters: total - total / 10, failed: total / 10 });
        }
        assert_eq!(content(&zip), content(&plain), "{total} rows");
        let lists = 1 + 2 * usize::from(total >= 10);
        assert_eq!(content(&zip).len(), total - total / 10 + lists, "{total} rows");
    }
    assert!(folder.path().join("out.failures.csv").is_file() && folder.path().join("out.failures.xlsx").is_file());
}

#[test]
fn run_resumes_from_any_point_and_after_truncated_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let total = 100;
    for target in targets(folder.path()) {
        finish(run(open(&target, total, false).expect("started"), total));
        let whole = fs::read(target.path()).unwrap_or_default();
        let expected = content(&target);
        for stop in (0..=total).step_by(10) {
            let before = run(open(&target, total, false).expect("started"), stop);
            assert_eq!(before.done(), if stop == total { total } else { stop / CHUNK * CHUNK });
            drop(before);
            // Truncate the journal or a poster.
            let work = target.work();
            if stop % 3 == 1 {
                let journal = work.join("journal");
                let bytes = fs::read(&journal).expect("a journal");
                fs::write(&journal, &bytes[..bytes.len() * 2 / 3]).expect("a truncated file");
            }
            if stop % 3 == 2 {
                let (archive, poster) = (work.join("archive"), target.path().join("33.png"));
                let path = if archive.exists() { archive } else { poster };
                if let Ok(bytes) = fs::read(&path) {
                    fs::write(&path, &bytes[..bytes.len() / 2]).expect("a truncated file");
                }
            }
            assert_eq!(open(&target, total, false).expect_err("an unfinished export").code(), "export_unfinished");
            let after = open(&target, total, true).expect("resumed");
            assert!(after.done() <= stop, "{} of {stop}", after.done());
            finish(run(after, total));
            assert_eq!(content(&target), expected, "stopped at {stop}");
            assert_eq!(fs::read(target.path()).unwrap_or_default(), whole, "stopped at {stop}");
        }
    }
}

#[test]
fn run_stopped_after_renaming_the_archive_is_complete() {
    let folder = tempfile::tempdir().expect("a folder");
    let [target, _] = targets(folder.path());
    let mut work = run(open(&target, 40, false).expect("started"), 40);
    work.sink.finish(&target, &[]).expect("named");
    drop(work);
    let before = fs::read(target.path()).expect("an archive");
    let again = open(&target, 40, true).expect("resumed");
    assert_eq!(again.done(), 40, "nothing is rendered again");
    finish(again);
    assert_eq!(fs::read(target.path()).expect("an archive"), before);
    // If the partial archive is missing, the export starts over. The file with the final name is kept until the end.
    let work = run(open(&target, 40, false).expect("started"), 36);
    drop(work);
    fs::remove_file(target.work().join("archive")).expect("removed");
    let again = open(&target, 40, true).expect("resumed");
    assert_eq!(again.done(), 0);
    assert_eq!(fs::read(target.path()).expect("an archive"), before);
    finish(run(again, 40));
    assert_eq!(content(&target).len(), 36 + 3);
}

#[test]
fn lists_of_an_earlier_export_are_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    for target in targets(folder.path()) {
        finish(run(open(&target, 20, false).expect("started"), 20));
        assert!(target.failures().is_file() && target.workbook().is_file(), "two rows have no poster");
        assert!(target.has_list(&target.workbook()) && !target.has_list(target.path()), "only the lists are lists");
        finish(run(open(&target, 9, false).expect("started"), 9));
        assert!(!target.failures().exists(), "every row has a poster, but there is a list of an earlier export");
        assert!(!target.workbook().exists(), "every row has a poster, but there is a workbook of an earlier export");
    }
}

#[test]
fn different_inputs_and_concurrent_processes_are_rejected() {
    let folder = tempfile::tempdir().expect("a folder");
    let [target, _] = targets(folder.path());
    let work = run(open(&target, 40, false).expect("started"), 36);
    assert_eq!(open(&target, 40, true).expect_err("another process is writing").code(), "export_running");
    drop(work);
    let other = LocalExport::open(target.clone(), &fingerprint("others"), 40, true).expect_err("other rows");
    assert_eq!((other.code(), other.all_findings().len()), ("export_differs", 1));
    assert!(other.all_findings()[0].message.contains("different rows"), "{other:?}");
    assert_eq!(open(&target, 40, true).expect("the same again").done(), 32);
}
