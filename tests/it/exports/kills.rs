//! kill -9 at random moments of one export into an archive, from its first moment to its last: what comes out is, byte by
//! byte, what an undisturbed run makes, and nothing is left over.
//!
//! 400 rows and 8 kills; with `HAIBAO_TEST_FULL=1` 2000 rows and 20 kills, which takes a minute or two.

use std::{
    fs,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{Place, files, members};
use crate::support::{Random, is_full, payload};

/// Rows of a chunk, each of which is a line of the journal.
const CHUNK: usize = 32;
/// Codes of all rows: a poster whose code is drawn already takes a fifth of the time.
const CODES: usize = 100;

#[test]
fn an_export_that_is_killed_again_and_again_is_whole() {
    let (rows, kills) = if is_full() { (2000, 20) } else { (400, 8) };
    let place = Place::with([120, 140], &json!([{ "type": "code", "box": [5, 25, 110, 110] }]));
    let lines = (0..rows).map(|n| format!("第{n}位,n{},r{n}.png\n", n % CODES));
    place.write("rows.csv", &std::iter::once("昵称,id,file_name\n".to_owned()).chain(lines).collect::<String>());
    let before = files(place.path()).into_keys().collect::<Vec<_>>();
    let begin = Instant::now();
    place.done(&["--rows", "rows.csv", "-o", "whole.zip"]);
    println!("undisturbed: {:?}", begin.elapsed());

    // After so many chunks and so long; those at the end come as the archive is completed.
    let mut random = Random::new();
    let (last, begin) = ((rows / CHUNK) as u64, Instant::now());
    let mut moments: Vec<(u64, Duration)> = vec![(0, random.time(Duration::from_millis(300)))];
    moments.extend((1..kills).map(|_| (random.below(last + 1), random.time(Duration::from_millis(200)))));
    moments.sort();
    for (at, (chunks, after)) in moments.into_iter().enumerate() {
        let mut child = start(&place);
        while journal(&place) < chunks && child.try_wait().expect("a status").is_none() {
            thread::sleep(Duration::from_millis(2));
        }
        thread::sleep(after);
        match child.try_wait().expect("a status") {
            None => {
                child.kill().expect("killed");
                child.wait().expect("gone");
                println!("kill {at} at {:?}: {} chunks of {}", begin.elapsed(), journal(&place), last + 1);
            }
            Some(status) => {
                assert!(status.success(), "run {at} failed");
                println!("kill {at} came after the end, at {:?}", begin.elapsed());
                break;
            }
        }
    }
    if !place.path().join("out.zip").exists() || place.path().join("out.zip.part").exists() {
        assert!(start(&place).wait().expect("it ends").success());
    }
    println!("done in {:?}", begin.elapsed());

    let whole = place.read("whole.zip");
    assert!(place.read("out.zip") == whole, "the archive differs from that of an undisturbed run");
    let inside = members(&whole);
    assert_eq!(inside.len(), rows + 1, "the posters and the manifest");
    thread::scope(|scope| {
        let half = inside.len() / 2;
        for (first, part) in [(0, &inside[..half]), (half, &inside[half..rows])] {
            scope.spawn(move || {
                for (n, (name, poster)) in (first..).zip(part) {
                    assert_eq!(name, &format!("r{n}.png"), "each row once, in their order");
                    assert_eq!(
                        payload(poster).scene,
                        format!("id=n{}", n % CODES),
                        "{name} carries another row's code"
                    );
                }
            });
        }
    });
    let mut after = files(place.path()).into_keys().collect::<Vec<_>>();
    after.retain(|name| !["out.zip", "whole.zip", "data"].contains(&name.as_str()));
    assert_eq!(after, before, "something is left over");
    let half = files(&place.path().join("data/blobs/.part")).into_keys().collect::<Vec<_>>();
    assert_eq!(half, ["lock"], "half files are left over");
}

fn start(place: &Place) -> Child {
    let mut command = place.command(&["--rows", "rows.csv", "-o", "out.zip", "--resume"]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts")
}

/// Chunks that are done.
fn journal(place: &Place) -> u64 {
    let text = fs::read(place.path().join("out.zip.part/journal")).unwrap_or_default();
    text.iter().filter(|byte| **byte == b'\n').count() as u64
}
