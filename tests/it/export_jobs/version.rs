//! An export uses the version of the template that was current at the upload.

use std::fs;

use super::{Duration, Fixture, Instant, SMALL, sheet, small, thread};

#[test]
fn an_edit_does_not_change_exports_that_were_uploaded_before() {
    let fixture = Fixture::new();
    let reload = ("HAIBAO_CATALOG__RELOAD_MS", "100");
    // Without workers, so that the export waits.
    let waiting = fixture.start(&[reload, ("HAIBAO_EXPORTS__WORKERS", "0")]);
    let version = || waiting.get(&format!("/v1/templates/{SMALL}")).json()["version"].clone();
    let first = version();
    let id = waiting.begin(&small(), &sheet(3));
    let stored = fixture.data().join("blobs/templates").join(SMALL);
    until("the version is stored", || stored.read_dir().is_ok_and(|files| files.count() >= 2));

    let file = fixture.folder.path().join("templates").join(SMALL).join("layout.json");
    let layout = fs::read_to_string(&file).expect("a file");
    fs::write(&file, layout.replace("#fff", "#ffe")).expect("a file");
    until("the edit is in use", || version() != first);
    drop(waiting);

    let service = fixture.start(&[reload]);
    assert_eq!(service.until_state(&id, "done")["template"], SMALL);
    let later = service.begin(&small(), &sheet(3));
    service.until_state(&later, "done");
    let corner = |id: &str| {
        let poster = image::load_from_memory(&service.archive(id)["r1.png"]).expect("a PNG").to_rgb8();
        poster.get_pixel(0, 139).0
    };
    assert_eq!((corner(&id), corner(&later)), ([0xff, 0xff, 0xff], [0xff, 0xff, 0xee]));
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(30), "never: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}
