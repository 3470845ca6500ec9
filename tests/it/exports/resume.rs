//! Tests of resuming stopped runs.

use std::{
    fs,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{Fixture, files, members, sheet};
use crate::support::{Random, talk};

fn start(mut command: Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts")
}

/// Kills runs at random times and resumes them until they complete. The output must equal that of an uninterrupted run.
#[test]
fn killed_runs_neither_lose_nor_duplicate_rows() {
    const KILLS: usize = 10;
    let fixture = Fixture::tiny();
    fixture.write("rows.csv", &sheet(400));
    let arguments = |output: &'static str| ["--rows", "rows.csv", "-o", output, "--resume"];
    let begin = Instant::now();
    fixture.done(&arguments("whole.zip"));
    let took = begin.elapsed();
    fixture.done(&arguments("whole"));
    let (expected_archive, expected_folder) = (fixture.read("whole.zip"), files(&fixture.path().join("whole")));
    let (mut random, mut killed) = (Random::new(), 0);
    for output in ["out.zip", "out"].into_iter().cycle() {
        let at = fixture.path().join(output);
        let mut starts = 0;
        loop {
            starts += 1;
            let mut child = start(fixture.command(&arguments(output)));
            thread::sleep(random.time(took));
            let status = child.try_wait().expect("a status");
            if status.is_some_and(|status| status.success()) {
                break;
            }
            assert_eq!(status, None, "run {starts} failed");
            killed += 1;
            child.kill().expect("killed");
            child.wait().expect("exited");
        }
        if output == "out" {
            assert!(files(&at) == expected_folder, "the folder differs after {starts} runs");
            fs::remove_dir_all(&at).expect("removed");
        } else {
            assert!(fixture.read(output) == expected_archive, "the archive differs after {starts} runs");
            fs::remove_file(&at).expect("removed");
        }
        assert!(!fixture.path().join("out.zip.part").exists(), "the work folder is left");
        if killed >= KILLS {
            break;
        }
    }
}

/// Waits until the first rows are complete.
fn wait_for_first_rows(fixture: &Fixture, output: &str) {
    let start = Instant::now();
    let journal = fixture.path().join(format!("{output}.part/journal"));
    while fs::metadata(&journal).map_or(0, |m| m.len()) == 0 {
        assert!(start.elapsed() < Duration::from_secs(60), "no row is complete");
        thread::sleep(Duration::from_millis(2));
    }
}

#[cfg(unix)]
#[test]
fn sigint_stops_cleanly_with_a_resume_hint() {
    let fixture = Fixture::tiny();
    fixture.write("rows.csv", &sheet(3000));
    let mut command = fixture.command(&["--rows", "rows.csv", "-o", "out.zip"]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    wait_for_first_rows(&fixture, "out.zip");
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill runs").success());
    let output = child.wait_with_output().expect("it ends");
    let stderr = talk(&output);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("stopped after") && stderr.contains("--resume"), "{stderr}");
    assert!(!fixture.path().join("out.zip").exists());

    let without = fixture.fails(&["--rows", "rows.csv", "-o", "out.zip"]);
    assert!(without.contains("unfinished") && without.contains("--resume"), "{without}");
    fixture.write("rows.csv", &sheet(2999));
    let other = fixture.fails(&["--rows", "rows.csv", "-o", "out.zip", "--resume"]);
    assert!(other.contains("different rows"), "{other}");
    fixture.write("rows.csv", &sheet(3000));
    let rest = fixture.run(&["--rows", "rows.csv", "-o", "out.zip", "--resume"]);
    assert_eq!(rest.status.code(), Some(0), "{}", talk(&rest));
    assert!(talk(&rest).contains("of 3000 rows are done, resuming"), "{}", talk(&rest));
    assert_eq!(members(&fixture.read("out.zip")).len(), 3001);
}
