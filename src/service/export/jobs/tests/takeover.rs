//! Two processes at the same step: one was silent for too long, was taken for dead, and goes on nevertheless.

use std::{sync::Arc, time::Duration};

use tempfile::TempDir;

use super::super::{
    chunk::{keep, run as draw_chunk},
    finish, prepare, *,
};
use crate::{
    service::{
        App,
        export::{Drawn, tests::app},
    },
    store::exports::Exports as Records,
    wechat::emulator::Emulator,
};

/// An export whose sheet has arrived, and what must live as long.
struct Way {
    app: Arc<App>,
    id: String,
    _kept: (Emulator, TempDir),
}

impl Way {
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
        let options = Options { template: "my".into(), ..Options::default() };
        exports.begin(&id, &options, "a.jsonl", None).await.expect("it begins");
        Self { app, id, _kept: (wechat, folder) }
    }

    fn exports(&self) -> &Exports {
        &self.app.exports
    }

    async fn export(&self) -> Export {
        self.exports().records.get(&self.id).await.expect("a store").expect("it is there")
    }

    /// Another process makes a new task for the step, as it sees this one no more; and this one takes it.
    async fn taken_over(&self) -> i64 {
        let store = self.exports().records.store().clone();
        let other = Records::new(store, "other".into(), Duration::from_millis(1));
        tokio::time::sleep(Duration::from_millis(5)).await;
        let Export { state, generation, .. } = self.export().await;
        other.renew(&self.id, state, generation).await.expect("a store").expect("its owner is silent")
    }

    async fn check(&self) {
        prepare::run(&self.app, &self.id, self.export().await.generation).await.expect("it is checked");
        assert_eq!(self.export().await.state, State::Running);
    }

    async fn draw(&self, chunks: i64) {
        for n in 0..chunks {
            draw_chunk(&self.app, &self.id, n, 0).await.expect("it is drawn");
        }
    }

    async fn files(&self) -> Vec<String> {
        self.exports().blobs.list(&path(&self.id, "")).await.expect("a disk")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_another_process_took_over_leaves_the_files_and_adds_no_chunks() {
    let way = Way::begin(40).await;
    way.exports().records.claim(&way.id, State::Checking, 0).await.expect("a store").expect("free");
    let before = way.export().await;
    way.taken_over().await;
    way.check().await;
    let files = way.files().await;
    assert!(!prepare::prepare(&way.app, &before, 0).await.expect("it is checked"), "it does not count");
    way.exports().let_go(&way.id).await.expect("a disk");
    assert_eq!(way.files().await, files, "they are the other one's");
    way.draw(2).await;
    let export = way.export().await;
    assert_eq!((export.state, export.total), (State::Finishing, 40));
    finish::run(&way.app, &way.id, export.generation).await.expect("it ends");
    assert_eq!((way.export().await.state, way.export().await.done), (State::Done, 40));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_another_process_finished_is_neither_removed_nor_replaced() {
    let way = Way::begin(3).await;
    way.check().await;
    way.draw(1).await;
    let exports = way.exports();
    let before = way.export().await;
    exports.records.claim(&way.id, State::Finishing, before.generation).await.expect("a store").expect("free");
    let columns = exports.file(&way.id, files::COLUMNS).await.expect("it is there");
    let generation = way.taken_over().await;
    finish::run(&way.app, &way.id, generation).await.expect("it ends");
    let done = way.export().await;
    let archive = exports.file(&way.id, ARCHIVE).await.expect("it is there");
    assert_eq!((done.state, done.done, done.archive_bytes), (State::Done, 3, archive.len() as i64));

    // What it had read before the other one cleaned up.
    for (name, bytes) in [(files::COLUMNS, columns), (files::BAD, bytes::Bytes::new())] {
        exports.put(&way.id, name, bytes).await.expect("a disk");
    }
    let error = finish::finish(exports, &before, before.generation).await.expect_err("the chunks are gone");
    assert_eq!(error.code(), "file_missing");
    exports.let_go(&way.id).await.expect("a disk");
    assert_eq!(exports.file(&way.id, ARCHIVE).await.expect("it is there"), archive);

    exports.cancel(&way.id).await.expect("it can be ended");
    exports.put(&way.id, ARCHIVE, archive).await.expect("a disk");
    exports.let_go(&way.id).await.expect("a disk");
    assert_eq!(way.files().await, Vec::<String>::new(), "of an export that was ended nothing stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_whose_answer_was_lost_is_kept_with_its_posters() {
    let way = Way::begin(3).await;
    way.check().await;
    let exports = way.exports();
    assert_eq!(exports.records.queue(&way.id, 9).await.expect("a store"), [], "it has its task");
    exports.records.claim_chunk(&way.id, 0, 0).await.expect("a store").expect("free");
    let spec = Arc::new(prepare::spec(&way.app, &way.export().await).await.expect("a template"));
    let rows = exports.lines(&way.id, &files::rows(0)).await.expect("rows");
    let drawn: Drawn = crate::service::export::draw(&way.app, &spec, 0, rows).await.expect("drawn");
    assert!(keep(exports, &way.id, 0, 7, &drawn).await.expect("kept"), "the first");
    assert!(!keep(exports, &way.id, 0, 8, &drawn).await.expect("kept"), "another attempt");
    assert!(
        keep(exports, &way.id, 0, 7, &drawn).await.expect("kept"),
        "the same again, as nobody told that it was kept"
    );
    exports.go_on(&way.id).await.expect("a store");
    assert!(keep(exports, &way.id, 0, 7, &drawn).await.expect("kept"), "also when the export has gone on");
    finish::run(&way.app, &way.id, way.export().await.generation).await.expect("it ends");
    assert_eq!(way.export().await.state, State::Done, "{:?}", way.export().await.reason);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_whose_rows_are_gone_pauses_the_export_and_says_so() {
    let way = Way::begin(3).await;
    way.check().await;
    let exports = way.exports();
    exports.blobs.remove(&path(&way.id, &files::rows(0))).await.expect("a disk");
    draw_chunk(&way.app, &way.id, 0, 0).await.expect("it is given back");
    let export = way.export().await;
    let reason = export.reason.expect("it says why");
    assert_eq!((export.state, &reason["code"]), (State::Paused, &json!("file_missing")));
    assert!(export.expires_at > exports::now() + 29 * 86_400_000, "a pause is no end");
    assert_eq!(way.exports().records.unheld(&way.id).await.expect("a store"), [(0, 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_whose_files_are_lost_are_drawn_again() {
    let way = Way::begin(70).await;
    way.check().await;
    way.draw(3).await;
    let exports = way.exports();
    let winners = exports.records.winners(&way.id).await.expect("a store");
    exports.blobs.remove(&path(&way.id, &files::part(0, winners[0]))).await.expect("a disk");
    exports.blobs.remove(&path(&way.id, &files::record(1, winners[1]))).await.expect("a disk");
    finish::run(&way.app, &way.id, way.export().await.generation).await.expect("it goes back");
    let progress = exports.records.progress(&way.id).await.expect("a store");
    assert_eq!((way.export().await.state, progress.finished, progress.done), (State::Running, 1, 6));
    for n in [0, 1] {
        draw_chunk(&way.app, &way.id, n, 1).await.expect("it is drawn");
    }
    // Shorter than its record says.
    let winners = exports.records.winners(&way.id).await.expect("a store");
    exports.put(&way.id, &files::part(2, winners[2]), "short").await.expect("a disk");
    finish::run(&way.app, &way.id, way.export().await.generation).await.expect("it goes back");
    assert_eq!(way.export().await.state, State::Running);
    draw_chunk(&way.app, &way.id, 2, 1).await.expect("it is drawn");
    finish::run(&way.app, &way.id, way.export().await.generation).await.expect("it ends");
    assert_eq!((way.export().await.state, way.export().await.done), (State::Done, 70));
}
