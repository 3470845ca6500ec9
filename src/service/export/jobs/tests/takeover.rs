//! Tests of two processes working on the same step, because one of them was considered dead but continues.

use std::{sync::Arc, time::Duration};

use tempfile::TempDir;

use super::super::{
    chunk::{run as draw_chunk, save},
    finish, prepare, *,
};
use crate::{
    service::{
        App,
        export::{DrawnChunk, tests::app},
    },
    store::exports::{ExportState, ExportStore as Records},
    wechat::emulator::Emulator,
};

/// A started export.
struct Fixture {
    app: Arc<App>,
    id: String,
    /// Resources that must outlive the export.
    _resources: (Emulator, TempDir),
}

impl Fixture {
    async fn begin(rows: usize) -> Self {
        let (app, spec, wechat, folder) = app().await;
        let mut sheet = String::new();
        for n in 0..rows {
            let mut params = spec.template.samples()["usual"].clone();
            params["id"] = format!("n{}", n % 3).into();
            sheet += &format!("{params}\n");
        }
        let exports = &app.exports;
        let id = exports.open().await.expect("room");
        exports.put(&id, files::SHEET, sheet.into_bytes()).await.expect("a disk");
        let options = ExportOptions { template: "my".into(), ..ExportOptions::default() };
        exports.begin(&id, &options, "a.jsonl", None).await.expect("started");
        Self { app, id, _resources: (wechat, folder) }
    }

    fn exports(&self) -> &ExportJobs {
        &self.app.exports
    }

    async fn export(&self) -> Export {
        self.exports().records.get(&self.id).await.expect("a store").expect("it exists")
    }

    /// Makes another process enqueue a new task for the step, as if this one had died. Returns its generation.
    async fn take_over(&self) -> i64 {
        let store = self.exports().records.store().clone();
        let other = Records::new(store, "other".into(), Duration::from_millis(1));
        tokio::time::sleep(Duration::from_millis(5)).await;
        let Export { state, generation, .. } = self.export().await;
        other.renew(&self.id, state, generation).await.expect("a store").expect("its owner has no heartbeat")
    }

    /// Another process claims the step and is killed. Returns the number of attempts.
    async fn crash(&self) -> i64 {
        let store = self.exports().records.store().clone();
        let other = Records::new(store, "killed".into(), Duration::from_millis(1));
        let Export { state, generation, .. } = self.export().await;
        other.claim(&self.id, state, generation).await.expect("a store").expect("no live process holds it")
    }

    async fn check(&self) {
        prepare::run(&self.app, &self.id).await.expect("checked");
        assert_eq!(self.export().await.state, ExportState::Running);
    }

    async fn draw(&self, chunks: i64) {
        for n in 0..chunks {
            draw_chunk(&self.app, &self.id, n, 0).await.expect("rendered");
        }
    }

    async fn files(&self) -> Vec<String> {
        self.exports().blobs.list(&path(&self.id, "")).await.expect("a disk")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn check_that_was_taken_over_keeps_files_and_adds_no_chunks() {
    let fixture = Fixture::begin(40).await;
    fixture.exports().records.claim(&fixture.id, ExportState::Checking, 0).await.expect("a store").expect("free");
    let before = fixture.export().await;
    fixture.take_over().await;
    fixture.check().await;
    let files = fixture.files().await;
    assert!(!prepare::prepare(&fixture.app, &before, 0).await.expect("checked"), "the result is rejected");
    fixture.exports().abandon_step(&fixture.id).await.expect("a disk");
    assert_eq!(fixture.files().await, files, "they belong to the other process");
    fixture.draw(2).await;
    let export = fixture.export().await;
    assert_eq!((export.state, export.total), (ExportState::Finishing, 40));
    finish::run(&fixture.app, &fixture.id, export.generation).await.expect("finished");
    assert_eq!((fixture.export().await.state, fixture.export().await.done), (ExportState::Done, 40));
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_that_killed_their_process_count() {
    let fixture = Fixture::begin(3).await;
    for attempt in 1..=3 {
        assert_eq!(fixture.crash().await, attempt);
    }
    fixture.check().await;
    fixture.draw(1).await;
    // The next step counts its own.
    for attempt in 1..=20 {
        assert_eq!(fixture.crash().await, attempt);
    }
    let generation = fixture.export().await.generation;
    finish::run(&fixture.app, &fixture.id, generation).await.expect("failed for good");
    let export = fixture.export().await;
    let reason = export.reason.expect("a reason");
    assert_eq!((export.state, &reason["code"], export.total), (ExportState::Failed, &json!("archive_crashed"), 3));
    assert!(fixture.files().await.iter().all(|file| !file.contains("chunks/")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_that_kills_every_process_fails() {
    let fixture = Fixture::begin(3).await;
    for attempt in 1..=4 {
        assert_eq!(fixture.crash().await, attempt);
    }
    prepare::run(&fixture.app, &fixture.id).await.expect("failed for good");
    let export = fixture.export().await;
    let reason = export.reason.expect("a reason");
    assert_eq!((export.state, &reason["code"]), (ExportState::Failed, &json!("sheet_crashed")));
    assert!(fixture.files().await.iter().all(|file| !file.contains("rows/")));
}

#[tokio::test(flavor = "multi_thread")]
async fn archive_of_another_process_is_neither_removed_nor_replaced() {
    let fixture = Fixture::begin(3).await;
    fixture.check().await;
    fixture.draw(1).await;
    let exports = fixture.exports();
    let before = fixture.export().await;
    exports
        .records
        .claim(&fixture.id, ExportState::Finishing, before.generation)
        .await
        .expect("a store")
        .expect("free");
    let columns = exports.file(&fixture.id, files::COLUMNS).await.expect("it exists");
    let generation = fixture.take_over().await;
    finish::run(&fixture.app, &fixture.id, generation).await.expect("finished");
    let done = fixture.export().await;
    let archive = exports.file(&fixture.id, ARCHIVE).await.expect("it exists");
    assert_eq!((done.state, done.done, done.archive_bytes), (ExportState::Done, 3, archive.len() as i64));

    // Restore what this process had read before the other one cleaned up.
    for (name, bytes) in [(files::COLUMNS, columns), (files::BAD, bytes::Bytes::new())] {
        exports.put(&fixture.id, name, bytes).await.expect("a disk");
    }
    let error = finish::finish(&fixture.app, &before, before.generation).await.expect_err("the chunks are gone");
    assert_eq!(error.code(), "file_missing");
    exports.abandon_step(&fixture.id).await.expect("a disk");
    assert_eq!(exports.file(&fixture.id, ARCHIVE).await.expect("it exists"), archive);

    exports.cancel(&fixture.id).await.expect("cancelled");
    exports.put(&fixture.id, ARCHIVE, archive).await.expect("a disk");
    exports.abandon_step(&fixture.id).await.expect("a disk");
    assert_eq!(fixture.files().await, Vec::<String>::new(), "files of a cancelled export remain");
}

#[tokio::test(flavor = "multi_thread")]
async fn saving_a_record_again_after_a_lost_response_succeeds() {
    let fixture = Fixture::begin(3).await;
    fixture.check().await;
    let exports = fixture.exports();
    assert_eq!(exports.records.queue(&fixture.id, 9).await.expect("a store"), [], "the chunk already has a task");
    exports.records.claim_chunk(&fixture.id, 0, 0).await.expect("a store").expect("free");
    let spec = Arc::new(prepare::spec(&fixture.app, &fixture.export().await).await.expect("a template"));
    let rows = exports.lines(&fixture.id, &files::rows(0)).await.expect("rows");
    let drawn = crate::service::export::draw(&fixture.app, &spec, 0, rows).await.expect("drawn");
    let drawn: Arc<DrawnChunk> = Arc::new(drawn);
    assert!(save(exports, &fixture.id, 0, 7, &drawn).await.expect("saved"), "the first attempt");
    assert!(!save(exports, &fixture.id, 0, 8, &drawn).await.expect("saved"), "another attempt");
    assert!(save(exports, &fixture.id, 0, 7, &drawn).await.expect("saved"), "the first again, after a lost response");
    exports.advance(&fixture.id).await.expect("a store");
    assert!(save(exports, &fixture.id, 0, 7, &drawn).await.expect("saved"), "even after the export has advanced");
    finish::run(&fixture.app, &fixture.id, fixture.export().await.generation).await.expect("finished");
    assert_eq!(fixture.export().await.state, ExportState::Done, "{:?}", fixture.export().await.reason);
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_rows_pause_the_export_with_a_reason() {
    let fixture = Fixture::begin(3).await;
    fixture.check().await;
    let exports = fixture.exports();
    exports.blobs.remove(&path(&fixture.id, &files::rows(0))).await.expect("a disk");
    draw_chunk(&fixture.app, &fixture.id, 0, 0).await.expect("released");
    let export = fixture.export().await;
    let reason = export.reason.expect("a reason");
    assert_eq!((export.state, &reason["code"]), (ExportState::Paused, &json!("file_missing")));
    assert!(export.expires_at > exports::now() + 29 * 86_400_000, "retention starts only at the end");
    assert_eq!(fixture.exports().records.unheld(&fixture.id).await.expect("a store"), [(0, 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_with_missing_files_are_rendered_again() {
    let fixture = Fixture::begin(70).await;
    fixture.check().await;
    fixture.draw(3).await;
    let exports = fixture.exports();
    let winners = exports.records.winners(&fixture.id).await.expect("a store");
    exports.blobs.remove(&path(&fixture.id, &files::part(0, winners[0]))).await.expect("a disk");
    exports.blobs.remove(&path(&fixture.id, &files::record(1, winners[1]))).await.expect("a disk");
    finish::run(&fixture.app, &fixture.id, fixture.export().await.generation).await.expect("reopened");
    let progress = exports.records.progress(&fixture.id).await.expect("a store");
    assert_eq!((fixture.export().await.state, progress.finished, progress.done), (ExportState::Running, 1, 6));
    for n in [0, 1] {
        draw_chunk(&fixture.app, &fixture.id, n, 1).await.expect("rendered");
    }
    // A part that is shorter than its record says.
    let winners = exports.records.winners(&fixture.id).await.expect("a store");
    exports.put(&fixture.id, &files::part(2, winners[2]), "short").await.expect("a disk");
    finish::run(&fixture.app, &fixture.id, fixture.export().await.generation).await.expect("reopened");
    assert_eq!(fixture.export().await.state, ExportState::Running);
    draw_chunk(&fixture.app, &fixture.id, 2, 1).await.expect("rendered");
    finish::run(&fixture.app, &fixture.id, fixture.export().await.generation).await.expect("finished");
    assert_eq!((fixture.export().await.state, fixture.export().await.done), (ExportState::Done, 70));
}
