//! Rows that cannot be drawn, and what stops a run.

use super::{Place, members, sheet, table};
use crate::support::{Disk, Pictures, payload, talk};

#[test]
fn a_row_that_cannot_be_drawn_is_listed_and_the_others_are_drawn() {
    let (place, pictures) = (Place::new(), Pictures::start());
    let row = |n: usize, photo: &str| format!("第{n}位,n{n},{}\n", pictures.url(photo));
    let photos = ["good.jpg", "page.html", "bomb.png", "good.jpg", "nothing.jpg"];
    let rows: String = photos.iter().enumerate().map(|(n, photo)| row(n, photo)).collect();
    place.write("rows.csv", &format!("nick,id,photo\n{rows}"));
    let mut command = place.command(&["--rows", "rows.csv", "-o", "out.zip"]);
    let output = command.env("HAIBAO_ASSETS__ALLOW_PRIVATE", pictures.0.to_string()).output().expect("it runs");
    let said = talk(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "2 of 5 posters in out.zip\n");
    assert!(said.contains("3 of 5 rows have no poster"), "{said}");
    let inside = members(&place.read("out.zip"));
    assert_eq!(inside.len(), 4, "two posters and two lists");
    assert_eq!(payload(&inside[1].1).scene, "id=n3");
    let failures = table(&place.read("out.failures.csv"));
    let numbers: Vec<&str> = failures.iter().map(|row| row["_row"].as_str()).collect();
    assert_eq!(numbers, ["3", "4", "6"]);
    assert!(failures.iter().all(|row| row["_reason"].starts_with("photo: ")), "{failures:?}");
}

#[test]
fn what_every_row_would_meet_ends_the_run_at_once_and_it_goes_on_when_that_is_repaired() {
    let place = Place::new();
    place.write("rows.csv", &sheet(100));
    let arguments = ["--rows", "rows.csv", "-o", "out.zip"];
    let wrong = place.command(&arguments).env("HAIBAO_APPS__DEFAULT__SECRET", "wrong").output().expect("it runs");
    let said = talk(&wrong);
    assert_eq!(wrong.status.code(), Some(1), "{said}");
    assert!(said.contains("--resume"), "{said}");
    assert!(!place.path().join("out.failures.csv").exists(), "it is no row's failure");
    assert!(place.wechat.counters().token_calls < 20, "{:?}", place.wechat.counters());
    let all = [&arguments[..], &["--resume"]].concat();
    assert_eq!(place.done(&all), "100 of 100 posters in out.zip\n");
}

#[test]
fn a_full_disk_is_told_and_nothing_that_was_done_is_lost() {
    let place = Place::tiny();
    let at = place.path().join("disk");
    for output in ["disk/out.zip", "disk/out"] {
        let Some(disk) = Disk::mount(&at, "300k") else { return };
        place.write("rows.csv", &sheet(300));
        let said = place.fails(&["--rows", "rows.csv", "-o", output]);
        assert!(said.contains("cannot write") && said.contains("make room"), "{said}");
        assert!(!place.path().join("disk/out.zip").exists(), "half an archive has the whole one's name");
        disk.resize("64m");
        let rest = place.run(&["--rows", "rows.csv", "-o", output, "--resume"]);
        assert_eq!(rest.status.code(), Some(0), "{}", talk(&rest));
        assert!(talk(&rest).contains("of 300 rows are done, resuming"), "{}", talk(&rest));
        let names = match output {
            "disk/out" => super::files(&place.path().join(output)).into_keys().collect::<Vec<_>>(),
            _ => members(&place.read(output)).into_iter().map(|(name, _)| name).collect(),
        };
        assert_eq!(names.len(), 301, "{names:?}");
    }
}
