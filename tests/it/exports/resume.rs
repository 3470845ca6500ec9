//! A run that was stopped, by anything, goes on.

use std::{
    fs,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{Place, files, members, sheet};
use crate::support::{Random, talk};

fn start(mut command: Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts")
}

/// Runs are killed and go on until they are complete, again and again; what comes out is what an undisturbed run made.
#[test]
fn kill_9_at_any_moment_costs_no_row_and_doubles_none() {
    const KILLS: usize = 10;
    let place = Place::tiny();
    place.write("rows.csv", &sheet(400));
    let arguments = |output: &'static str| ["--rows", "rows.csv", "-o", output, "--resume"];
    let begin = Instant::now();
    place.done(&arguments("whole.zip"));
    let took = begin.elapsed();
    place.done(&arguments("whole"));
    let (whole, whole_folder) = (place.read("whole.zip"), files(&place.path().join("whole")));
    let (mut random, mut killed) = (Random::new(), 0);
    for output in ["out.zip", "out"].into_iter().cycle() {
        let at = place.path().join(output);
        let mut starts = 0;
        loop {
            starts += 1;
            let mut child = start(place.command(&arguments(output)));
            thread::sleep(random.time(took));
            let status = child.try_wait().expect("a status");
            if status.is_some_and(|status| status.success()) {
                break;
            }
            assert_eq!(status, None, "run {starts} failed");
            killed += 1;
            child.kill().expect("killed");
            child.wait().expect("gone");
        }
        if output == "out" {
            assert!(files(&at) == whole_folder, "the folder differs after {starts} runs");
            fs::remove_dir_all(&at).expect("removed");
        } else {
            assert!(place.read(output) == whole, "the archive differs after {starts} runs");
            fs::remove_file(&at).expect("removed");
        }
        assert!(!place.path().join("out.zip.part").exists(), "the work folder is left");
        if killed >= KILLS {
            break;
        }
    }
}

/// Waits until some rows are done.
fn under_way(place: &Place, output: &str) {
    let patience = Instant::now();
    let journal = place.path().join(format!("{output}.part/journal"));
    while fs::metadata(&journal).map_or(0, |m| m.len()) == 0 {
        assert!(patience.elapsed() < Duration::from_secs(60), "no row is done");
        thread::sleep(Duration::from_millis(2));
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_run_cleanly_and_says_how_to_go_on() {
    let place = Place::tiny();
    place.write("rows.csv", &sheet(3000));
    let mut command = place.command(&["--rows", "rows.csv", "-o", "out.zip"]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    under_way(&place, "out.zip");
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill runs").success());
    let output = child.wait_with_output().expect("it ends");
    let said = talk(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("stopped after") && said.contains("--resume"), "{said}");
    assert!(!place.path().join("out.zip").exists());

    let without = place.fails(&["--rows", "rows.csv", "-o", "out.zip"]);
    assert!(without.contains("did not finish") && without.contains("--resume"), "{without}");
    place.write("rows.csv", &sheet(2999));
    let other = place.fails(&["--rows", "rows.csv", "-o", "out.zip", "--resume"]);
    assert!(other.contains("the rows differ"), "{other}");
    place.write("rows.csv", &sheet(3000));
    let rest = place.run(&["--rows", "rows.csv", "-o", "out.zip", "--resume"]);
    assert_eq!(rest.status.code(), Some(0), "{}", talk(&rest));
    assert!(talk(&rest).contains("of 3000 rows are done, resuming"), "{}", talk(&rest));
    assert_eq!(members(&place.read("out.zip")).len(), 3001);
}
