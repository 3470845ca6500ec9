//! Tests of rows that cannot be rendered, and of errors that stop a run.

use super::{Fixture, members, sheet, table};
use crate::support::{Disk, Pictures, payload, talk};

#[test]
fn failed_rows_are_listed_and_others_are_rendered() {
    let (fixture, pictures) = (Fixture::new(), Pictures::start());
    let row = |n: usize, photo: &str| format!("第{n}位,n{n},{}\n", pictures.url(photo));
    let photos = ["good.jpg", "page.html", "bomb.png", "good.jpg", "nothing.jpg"];
    let rows: String = photos.iter().enumerate().map(|(n, photo)| row(n, photo)).collect();
    fixture.write("rows.csv", &format!("nick,id,photo\n{rows}"));
    let mut command = fixture.command(&["--rows", "rows.csv", "-o", "out.zip"]);
    let output = command.env("HAIBAO_ASSETS__ALLOW_PRIVATE", pictures.0.to_string()).output().expect("it runs");
    let stderr = talk(&output);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "2 of 5 posters in out.zip\n");
    assert!(stderr.contains("3 of 5 rows have no poster"), "{stderr}");
    let archive_members = members(&fixture.read("out.zip"));
    assert_eq!(archive_members.len(), 5, "two posters and three lists");
    assert_eq!(payload(&archive_members[1].1).scene, "id=n3");
    let failures = table(&fixture.read("out.failures.csv"));
    let numbers: Vec<&str> = failures.iter().map(|row| row["_row"].as_str()).collect();
    assert_eq!(numbers, ["3", "4", "6"]);
    assert!(failures.iter().all(|row| row["_reason"].starts_with("photo: ")), "{failures:?}");
}

#[test]
fn fatal_error_stops_the_run_which_can_be_resumed() {
    let fixture = Fixture::new();
    fixture.write("rows.csv", &sheet(100));
    let arguments = ["--rows", "rows.csv", "-o", "out.zip"];
    let wrong = fixture.command(&arguments).env("HAIBAO_APPS__DEFAULT__SECRET", "wrong").output().expect("it runs");
    let stderr = talk(&wrong);
    assert_eq!(wrong.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("--resume"), "{stderr}");
    assert!(!fixture.path().join("out.failures.csv").exists(), "a fatal error is not a failure of a row");
    assert!(fixture.wechat.counters().token_calls < 20, "{:?}", fixture.wechat.counters());
    let resume = [&arguments[..], &["--resume"]].concat();
    assert_eq!(fixture.done(&resume), "100 of 100 posters in out.zip\n");
}

#[test]
fn full_disk_is_reported_and_completed_rows_are_kept() {
    let fixture = Fixture::tiny();
    let at = fixture.path().join("disk");
    for output in ["disk/out.zip", "disk/out"] {
        let Some(disk) = Disk::mount(&at, "300k") else { return };
        fixture.write("rows.csv", &sheet(300));
        let stderr = fixture.fails(&["--rows", "rows.csv", "-o", output]);
        assert!(stderr.contains("cannot write") && stderr.contains("free disk space"), "{stderr}");
        assert!(!fixture.path().join("disk/out.zip").exists(), "a partial archive has the final name");
        disk.resize("64m");
        let rest = fixture.run(&["--rows", "rows.csv", "-o", output, "--resume"]);
        assert_eq!(rest.status.code(), Some(0), "{}", talk(&rest));
        assert!(talk(&rest).contains("of 300 rows are done, resuming"), "{}", talk(&rest));
        let names = match output {
            "disk/out" => super::files(&fixture.path().join(output)).into_keys().collect::<Vec<_>>(),
            _ => members(&fixture.read(output)).into_iter().map(|(name, _)| name).collect(),
        };
        assert_eq!(names.len(), 301, "{names:?}");
    }
}
