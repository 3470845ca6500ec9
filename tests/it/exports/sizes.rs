//! Sheets of many rows. That of 10 000 rows takes half a minute of a core, that of 200 000 minutes and a gigabyte of disk:
//!
//! ```sh
//! HAIBAO_TEST_FULL=1 cargo test --test it exports::sizes -- --nocapture
//! ```

use std::{
    fs::{self, File},
    io::Read,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::Place;
use crate::support::is_full;

#[test]
fn ten_thousand_rows_are_whole() {
    // A fifth of them says the same of all but the time.
    exported(if is_full() { 10_000 } else { 2000 });
}

#[test]
fn two_hundred_thousand_rows_are_whole_and_take_no_more_memory() {
    if !is_full() {
        return;
    }
    let peak = exported(200_000);
    // The rows themselves take the most of it.
    assert!(peak < 600 << 10, "{peak} KiB");
}

/// Exports that many rows of a tiny poster; answers the most memory, KiB (0 where the system does not tell).
fn exported(rows: usize) -> u64 {
    let place = Place::tiny();
    let lines = (0..rows).map(|n| format!("第{n}位,n{n},r{n}.png\n"));
    place.write("rows.csv", &std::iter::once("昵称,id,file_name\n".to_owned()).chain(lines).collect::<String>());
    let begin = Instant::now();
    let mut command = place.command(&["--rows", "rows.csv", "-o", "out.zip"]);
    let said = File::create(place.path().join("said")).expect("a file");
    let mut child = command.stdout(Stdio::null()).stderr(said).spawn().expect("the binary starts");
    let mut peak = 0;
    let status = loop {
        peak = most_memory(child.id()).unwrap_or(peak);
        if let Some(status) = child.try_wait().expect("a status") {
            break status;
        }
        thread::sleep(Duration::from_millis(20));
    };
    let took = begin.elapsed();
    assert!(status.success(), "{}", String::from_utf8_lossy(&place.read("said")));
    let path = place.path().join("out.zip");
    let size = fs::metadata(&path).expect("an archive").len();
    println!("{rows} rows: {took:?}, {peak} KiB of memory at most, {size} bytes");

    let mut archive = zip::ZipArchive::new(File::open(&path).expect("an archive")).expect("a ZIP file");
    assert_eq!(archive.len(), rows + 1, "the posters and the manifest");
    let mut poster = Vec::new();
    for n in 0..rows {
        let mut member = archive.by_index(n).expect("a member");
        assert_eq!(member.name().expect("UTF-8"), format!("r{n}.png"), "each row once, in their order");
        poster.clear();
        member.read_to_end(&mut poster).expect("its checksum is right");
        assert!(poster.starts_with(b"\x89PNG\r\n\x1a\n") && poster.ends_with(b"IEND\xae\x42\x60\x82"), "r{n}.png");
    }
    for program in [&["unzip", "-tqq", "out.zip"][..], &["python3", "-m", "zipfile", "-t", "out.zip"]] {
        let Ok(output) = Command::new(program[0]).args(&program[1..]).current_dir(place.path()).output() else {
            println!("{} is not installed: left out", program[0]);
            continue;
        };
        let said = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{program:?}: {}", String::from_utf8_lossy(&said));
    }
    println!("read in {:?}", begin.elapsed() - took);
    peak
}

/// The most memory that a process had, KiB.
fn most_memory(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
