//! Kills one export to an archive with SIGKILL at random times, from start to end. The output must equal that of an
//! uninterrupted run byte by byte, and no temporary files may be left.
//!
//! Uses 400 rows and 8 kills, or 2000 rows and 20 kills with `HAIBAO_TEST_FULL=1`, which takes one to two minutes.

use std::{
    fs,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{Fixture, files, members};
use crate::support::{Random, is_full, payload};

/// Rows per chunk. The journal has one line per chunk.
const CHUNK: usize = 32;
/// Number of distinct codes. A poster with a cached code takes a fifth of the time.
const CODES: usize = 100;

#[test]
fn repeatedly_killed_export_is_complete() {
    let (rows, kills) = if is_full() { (2000, 20) } else { (400, 8) };
    let fixture = Fixture::with([120, 140], &json!([{ "type": "code", "box": [5, 25, 110, 110] }]));
    let lines = (0..rows).map(|n| format!("第{n}位,n{},r{n}.png\n", n % CODES));
    fixture.write("rows.csv", &std::iter::once("昵称,id,file_name\n".to_owned()).chain(lines).collect::<String>());
    let before = files(fixture.path()).into_keys().collect::<Vec<_>>();
    let begin = Instant::now();
    fixture.done(&["--rows", "rows.csv", "-o", "whole.zip"]);
    println!("uninterrupted: {:?}", begin.elapsed());

    // Each kill happens a random time after a random chunk. Those after the last chunk hit the completion of the archive.
    let mut random = Random::new();
    let (last, begin) = ((rows / CHUNK) as u64, Instant::now());
    let mut moments: Vec<(u64, Duration)> = vec![(0, random.time(Duration::from_millis(300)))];
    moments.extend((1..kills).map(|_| (random.below(last + 1), random.time(Duration::from_millis(200)))));
    moments.sort();
    for (at, (chunks, after)) in moments.into_iter().enumerate() {
        let mut child = start(&fixture);
        while journal(&fixture) < chunks && child.try_wait().expect("a status").is_none() {
            thread::sleep(Duration::from_millis(2));
        }
        thread::sleep(after);
        match child.try_wait().expect("a status") {
            None => {
                child.kill().expect("killed");
                child.wait().expect("exited");
                println!("kill {at} at {:?}: {} of {} chunks", begin.elapsed(), journal(&fixture), last + 1);
            }
            Some(status) => {
                assert!(status.success(), "run {at} failed");
                println!("run finished before kill {at}, at {:?}", begin.elapsed());
                break;
            }
        }
    }
    if !fixture.path().join("out.zip").exists() || fixture.path().join("out.zip.part").exists() {
        assert!(start(&fixture).wait().expect("it ends").success());
    }
    println!("done in {:?}", begin.elapsed());

    let expected = fixture.read("whole.zip");
    assert!(fixture.read("out.zip") == expected, "the archive differs from that of an uninterrupted run");
    let archive_members = members(&expected);
    assert_eq!(archive_members.len(), rows + 1, "the posters and the manifest");
    thread::scope(|scope| {
        let half = archive_members.len() / 2;
        for (first, part) in [(0, &archive_members[..half]), (half, &archive_members[half..rows])] {
            scope.spawn(move || {
                for (n, (name, poster)) in (first..).zip(part) {
                    assert_eq!(name, &format!("r{n}.png"), "each row once, in row order");
                    assert_eq!(payload(poster).scene, format!("id=n{}", n % CODES), "{name} has another row's code");
                }
            });
        }
    });
    let mut after = files(fixture.path()).into_keys().collect::<Vec<_>>();
    after.retain(|name| !["out.zip", "whole.zip", "data"].contains(&name.as_str()));
    assert_eq!(after, before, "temporary files are left");
    let partial = files(&fixture.path().join("data/blobs/.part")).into_keys().collect::<Vec<_>>();
    assert_eq!(partial, ["lock"], "partial files are left");
}

fn start(fixture: &Fixture) -> Child {
    let mut command = fixture.command(&["--rows", "rows.csv", "-o", "out.zip", "--resume"]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts")
}

/// Number of completed chunks.
fn journal(fixture: &Fixture) -> u64 {
    let text = fs::read(fixture.path().join("out.zip.part/journal")).unwrap_or_default();
    text.iter().filter(|byte| **byte == b'\n').count() as u64
}
