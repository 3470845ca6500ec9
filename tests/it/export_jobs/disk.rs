//! Tests of a full disk: the export reports it, completed rows are kept, and the export continues once there is room.

use super::*;
use crate::support::Disk;

/// Checks that an export's reason is one of `codes` with a hint about disk space.
fn assert_disk_full(export: &Value, codes: &[&str]) {
    let reason = &export["reason"];
    assert!(codes.contains(&reason["code"].as_str().unwrap_or_default()), "{export:#}");
    let hint = reason["hint"].as_str().unwrap_or_default();
    assert!(hint.contains("space") && reason["message"].is_string(), "{export:#}");
}

fn resume(node: &Node, id: &str) {
    let resumed = node.ask("POST", &format!("/v1/exports/{id}/resume"));
    assert_eq!((resumed.status, &resumed.json()["reason"]), (200, &Value::Null), "{}", resumed.text());
}

fn assert_complete(fixture: &Fixture, node: &Node, id: &str, rows: usize) {
    let export = node.until_state(id, "done");
    assert_eq!((&export["done"], &export["failed"]), (&json!(rows), &json!(0)), "{export:#}");
    assert_rows(&node.archive(id), rows, &[]);
    assert_tidy(fixture, id);
}

#[test]
fn disk_full_during_rendering_pauses_the_export() {
    const ROWS: usize = 160;
    let fixture = Fixture::new();
    // Only the blob store is on this disk, so the pause can be stored.
    let Some(disk) = Disk::mount(&fixture.data().join("blobs"), "64m") else { return };
    let node = fixture.start(&[]);
    let id = node.begin(&small(), &sheet(ROWS));
    node.until(&id, "begun", |export| export["done"].as_i64() > Some(0));
    disk.fill();
    let export = node.until_state(&id, "paused");
    assert_disk_full(&export, &["store_failed"]);
    // Failing chunks remove their files, which would make room for a sheet. Wait for them, then fill the disk again.
    let (parts, start) = (fixture.data().join("blobs/.part"), Instant::now());
    while files(&parts) != ["lock"] {
        assert!(start.elapsed() < Duration::from_secs(20), "partial files are left: {:?}", files(&parts));
        thread::sleep(Duration::from_millis(20));
    }
    disk.fill();
    let problem = node.upload(&small(), "a.csv", sheet(3000).as_bytes()).problem(500, "store_failed");
    assert!(problem["hint"].as_str().expect("a hint").contains("space"), "{problem:#}");
    disk.make_room();
    resume(&node, &id);
    assert_complete(&fixture, &node, &id, ROWS);
}

#[test]
fn disk_full_for_the_database_is_reported_and_the_export_continues_by_itself() {
    const ROWS: usize = 160;
    let fixture = Fixture::new();
    let Some(disk) = Disk::mount(&fixture.data(), "64m") else { return };
    let node = fixture.start(&[]);
    let id = node.begin(&small(), &sheet(ROWS));
    node.until(&id, "begun", |export| export["done"].as_i64() > Some(0));
    disk.fill();
    let export = node.until(&id, "reported", |export| !export["reason"].is_null());
    assert_disk_full(&export, &["store_failed"]);
    disk.make_room();
    // A pause may nevertheless have been stored.
    let export = node
        .until(&id, "paused or without a reason", |export| export["state"] == "paused" || export["reason"].is_null());
    if export["state"] == "paused" {
        resume(&node, &id);
    }
    assert_complete(&fixture, &node, &id, ROWS);
}

#[test]
fn disk_full_during_archive_assembly_pauses_the_export() {
    const ROWS: usize = 320;
    let fixture = Fixture::new();
    // Room for the posters of a chunk, one of ten.
    let Some(disk) = Disk::mount(&fixture.temporary(), "4m") else { return };
    let node = fixture.start(&[("HAIBAO_EXPORTS__WORKERS", "1")]);
    let id = node.begin(&small(), &sheet(ROWS));
    let export = node.until_state(&id, "paused");
    assert_disk_full(&export, &["disk_failed"]);
    assert_eq!(export["done"], ROWS, "all rows are rendered: {export:#}");
    disk.resize("64m");
    let calls = fixture.wechat.counters().code_calls;
    resume(&node, &id);
    assert_complete(&fixture, &node, &id, ROWS);
    assert_eq!(fixture.wechat.counters().code_calls, calls, "nothing is rendered again");
}

#[test]
fn disk_full_during_the_check_fails_the_export() {
    let fixture = Fixture::new();
    let Some(disk) = Disk::mount(&fixture.data().join("blobs"), "16m") else { return };
    let idle = fixture.start(&[("HAIBAO_EXPORTS__WORKERS", "0")]);
    let id = idle.begin(&small(), &sheet(3000));
    disk.fill();
    let node = fixture.start(&[]);
    let export = node.until_state(&id, "failed");
    assert_disk_full(&export, &["store_failed"]);
    disk.make_room();
    let again = node.begin(&small(), &sheet(30));
    node.until_state(&again, "done");
    assert_tidy(&fixture, &again);
}

#[test]
fn check_waiting_for_disk_space_is_reported_and_continues_by_itself() {
    const ROWS: usize = 64;
    let fixture = Fixture::new();
    let Some(disk) = Disk::mount(&fixture.data(), "16m") else { return };
    let idle = fixture.start(&[("HAIBAO_EXPORTS__WORKERS", "0")]);
    let id = idle.begin(&small(), &sheet(ROWS));
    disk.fill();
    drop(idle);
    let node = fixture.start(&[]);
    let export = node.until(&id, "reported", |export| !export["reason"].is_null());
    assert_disk_full(&export, &["store_failed", "store_unusable"]);
    disk.make_room();
    // The failure may nevertheless have been stored.
    if export["state"] == "checking" {
        assert_complete(&fixture, &node, &id, ROWS);
    }
}
