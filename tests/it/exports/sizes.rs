//! Tests of large sheets. 10 000 rows take half a minute on one core; 200 000 rows take minutes and 1 GB of disk:
//!
//! ```sh
//! HAIBAO_TEST_FULL=1 cargo test --test it exports::sizes -- --nocapture
//! ```

use std::{
    fs::{self, File},
    io::Read,
    process::{Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::Fixture;
use crate::support::is_full;

#[test]
fn ten_thousand_rows_are_exported() {
    // By default, use fewer rows to save time.
    exported(if is_full() { 10_000 } else { 2000 });
}

#[test]
fn two_hundred_thousand_rows_are_exported_in_bounded_memory() {
    if !is_full() {
        return;
    }
    let peak = exported(200_000);
    assert!(peak < 300 << 10, "{peak} KiB");
}

#[test]
fn rows_that_are_checked_are_not_kept_in_memory() {
    let fixture = Fixture::tiny();
    // Both have more rows than are checked at a time.
    let [few, many] = [3000, 11_000].map(|rows| {
        fixture.write("rows.csv", &sheet(rows));
        let (status, peak) = run(&fixture, &["--rows", "rows.csv", "--dry-run"]);
        assert!(status.success(), "{}", String::from_utf8_lossy(&fixture.read("stderr")));
        peak
    });
    let each = many.saturating_sub(few) * 1024 / 8000;
    assert!(each < 1000, "{each} bytes of memory for a row whose cells have 20");
}

/// Rows of the tiny template.
fn sheet(rows: usize) -> String {
    let lines = (0..rows).map(|n| format!("第{n}位,n{n},r{n}.png\n"));
    std::iter::once("昵称,id,file_name\n".to_owned()).chain(lines).collect()
}

/// Runs an export, whose messages go to the file `stderr`. Returns its peak memory in KiB, or 0 on systems without `/proc`.
fn run(fixture: &Fixture, arguments: &[&str]) -> (ExitStatus, u64) {
    let mut command = fixture.command(arguments);
    let stderr = File::create(fixture.path().join("stderr")).expect("a file");
    let mut child = command.stdout(Stdio::null()).stderr(stderr).spawn().expect("the binary starts");
    let mut peak = 0;
    loop {
        peak = peak_memory(child.id()).unwrap_or(peak);
        if let Some(status) = child.try_wait().expect("a status") {
            return (status, peak);
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Exports rows of the tiny template. Returns the peak memory in KiB, as [`run`].
fn exported(rows: usize) -> u64 {
    let fixture = Fixture::tiny();
    fixture.write("rows.csv", &sheet(rows));
    let begin = Instant::now();
    let (status, peak) = run(&fixture, &["--rows", "rows.csv", "-o", "out.zip"]);
    let took = begin.elapsed();
    assert!(status.success(), "{}", String::from_utf8_lossy(&fixture.read("stderr")));
    let path = fixture.path().join("out.zip");
    let size = fs::metadata(&path).expect("an archive").len();
    println!("{rows} rows: {took:?}, peak memory {peak} KiB, {size} bytes");

    let mut archive = zip::ZipArchive::new(File::open(&path).expect("an archive")).expect("a ZIP file");
    assert_eq!(archive.len(), rows + 1, "the posters and the manifest");
    let mut poster = Vec::new();
    for n in 0..rows {
        let mut member = archive.by_index(n).expect("a member");
        assert_eq!(member.name().expect("UTF-8"), format!("r{n}.png"), "each row once, in row order");
        poster.clear();
        member.read_to_end(&mut poster).expect("a valid checksum");
        assert!(poster.starts_with(b"\x89PNG\r\n\x1a\n") && poster.ends_with(b"IEND\xae\x42\x60\x82"), "r{n}.png");
    }
    for program in [&["unzip", "-tqq", "out.zip"][..], &["python3", "-m", "zipfile", "-t", "out.zip"]] {
        let Ok(output) = Command::new(program[0]).args(&program[1..]).current_dir(fixture.path()).output() else {
            println!("skipped: {} is not installed", program[0]);
            continue;
        };
        let text = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{program:?}: {}", String::from_utf8_lossy(&text));
    }
    println!("verified in {:?}", begin.elapsed() - took);
    peak
}

/// Peak resident memory of a process in KiB.
fn peak_memory(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
