//! A disk that is full: it is said where people look, nothing that was done is lost, and the work goes on when there is
//! room.

use super::*;
use crate::support::Disk;

/// Checks that an export is paused, or over, for want of room, and says so.
fn assert_told(export: &Value, codes: &[&str]) {
    let reason = &export["reason"];
    assert!(codes.contains(&reason["code"].as_str().unwrap_or_default()), "{export:#}");
    let hint = reason["hint"].as_str().unwrap_or_default();
    assert!(hint.contains("room") && reason["message"].is_string(), "{export:#}");
}

fn resume(node: &Node, id: &str) {
    let resumed = node.ask("POST", &format!("/v1/exports/{id}/resume"));
    assert_eq!((resumed.status, &resumed.json()["reason"]), (200, &Value::Null), "{}", resumed.text());
}

fn assert_whole(place: &Place, node: &Node, id: &str, rows: usize) {
    let export = node.until_state(id, "done");
    assert_eq!((&export["done"], &export["failed"]), (&json!(rows), &json!(0)), "{export:#}");
    assert_rows(&node.archive(id), rows, &[]);
    assert_tidy(place, id);
}

#[test]
fn a_disk_that_gets_full_while_rows_are_drawn_pauses_the_export() {
    const ROWS: usize = 160;
    let place = Place::new();
    // Of files alone: a note can be made.
    let Some(disk) = Disk::mount(&place.data().join("blobs"), "64m") else { return };
    let node = place.start(&[]);
    let id = node.begin(&small(), &sheet(ROWS));
    node.until(&id, "begun", |export| export["done"].as_i64() > Some(0));
    disk.fill();
    let export = node.until_state(&id, "paused");
    assert_told(&export, &["store_failed"]);
    // Chunks that were in hand take what they wrote away when they fail, which leaves room for a sheet.
    let (parts, start) = (place.data().join("blobs/.part"), Instant::now());
    while files(&parts) != ["lock"] {
        assert!(start.elapsed() < Duration::from_secs(20), "left over: {:?}", files(&parts));
        thread::sleep(Duration::from_millis(20));
    }
    disk.fill();
    let problem = node.upload(&small(), "a.csv", sheet(3000).as_bytes()).problem(500, "store_failed");
    assert!(problem["hint"].as_str().expect("a hint").contains("room"), "{problem:#}");
    disk.make_room();
    resume(&node, &id);
    assert_whole(&place, &node, &id, ROWS);
}

#[test]
fn a_disk_without_room_for_any_note_is_told_too_and_the_export_goes_on_by_itself() {
    const ROWS: usize = 160;
    let place = Place::new();
    let Some(disk) = Disk::mount(&place.data(), "64m") else { return };
    let node = place.start(&[]);
    let id = node.begin(&small(), &sheet(ROWS));
    node.until(&id, "begun", |export| export["done"].as_i64() > Some(0));
    disk.fill();
    let export = node.until(&id, "told", |export| !export["reason"].is_null());
    assert_told(&export, &["store_failed"]);
    disk.make_room();
    // Some of the notes may have found room nevertheless.
    let export = node.until(&id, "clear", |export| export["state"] == "paused" || export["reason"].is_null());
    if export["state"] == "paused" {
        resume(&node, &id);
    }
    assert_whole(&place, &node, &id, ROWS);
}

#[test]
fn a_disk_that_is_full_when_the_archive_is_put_together_pauses_the_export() {
    const ROWS: usize = 64;
    let place = Place::new();
    let Some(disk) = Disk::mount(&place.temporary(), "64k") else { return };
    let node = place.start(&[]);
    let id = node.begin(&small(), &sheet(ROWS));
    let export = node.until_state(&id, "paused");
    assert_told(&export, &["disk_failed"]);
    assert_eq!(export["done"], ROWS, "all rows are drawn");
    disk.resize("64m");
    let calls = place.wechat.counters().code_calls;
    resume(&node, &id);
    assert_whole(&place, &node, &id, ROWS);
    assert_eq!(place.wechat.counters().code_calls, calls, "nothing is drawn again");
}

#[test]
fn a_disk_that_is_full_when_a_sheet_is_checked_ends_the_export() {
    let place = Place::new();
    let Some(disk) = Disk::mount(&place.data().join("blobs"), "16m") else { return };
    let idle = place.start(&[("HAIBAO_EXPORTS__WORKERS", "0")]);
    let id = idle.begin(&small(), &sheet(3000));
    disk.fill();
    let node = place.start(&[]);
    let export = node.until_state(&id, "failed");
    assert_told(&export, &["store_failed"]);
    disk.make_room();
    let again = node.begin(&small(), &sheet(30));
    node.until_state(&again, "done");
    assert_tidy(&place, &again);
}

#[test]
fn a_sheet_that_waits_for_room_on_the_disk_says_so_and_goes_on_by_itself() {
    const ROWS: usize = 64;
    let place = Place::new();
    let Some(disk) = Disk::mount(&place.data(), "16m") else { return };
    let idle = place.start(&[("HAIBAO_EXPORTS__WORKERS", "0")]);
    let id = idle.begin(&small(), &sheet(ROWS));
    disk.fill();
    drop(idle);
    let node = place.start(&[]);
    let export = node.until(&id, "told", |export| !export["reason"].is_null());
    assert_told(&export, &["store_failed", "store_unusable"]);
    disk.make_room();
    // The end may have found room for its note nevertheless.
    if export["state"] == "checking" {
        assert_whole(&place, &node, &id, ROWS);
    }
}
