//! Tests of the queue guarantees that exports rely on, for each storage engine.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use apalis::prelude::{BackendExt, BoxDynError, WorkerBuilder, WorkerBuilderExt, WorkerError};
use futures_util::FutureExt;
use sqlx::{Row, SqlitePool};

use super::{
    queue::{AdaptivePolling, Engine, HEARTBEAT, MAX_MISSED_HEARTBEATS, Queue, Task, on_engine},
    worker::OneAtATime,
    *,
};
use crate::{
    service::{
        call::Call,
        pool::{Kind, MAX_UNREAD, Need},
    },
    store::{exports::ExportState, testing::TestDatabase},
};
use haibao_core::error::{ErrorKind, Message};
use haibao_sheet::{Sheet, SheetFormat};

mod takeover;

fn task(n: i64, generation: i64) -> Task {
    Task::Chunk { id: "0".repeat(32), generation, n }
}

fn sqlite(engine: &Engine) -> &SqlitePool {
    match engine {
        Engine::Sqlite(open) => &open.pool,
        #[cfg(feature = "cluster")]
        Engine::Postgres(_) => panic!("not SQLite"),
    }
}

/// Runs `done` tasks with one worker. Returns the maximum number of tasks that ran concurrently.
async fn work(queue: &Queue, name: &str, done: usize) -> usize {
    let (running, max, count) =
        (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let until = async move {
        let _ = stopped.await;
        Ok::<(), WorkerError>(())
    };
    let (now, highest, counted) = (Arc::clone(&running), Arc::clone(&max), Arc::clone(&count));
    let handler = move |_: Task| {
        let (now, highest, counted) = (Arc::clone(&now), Arc::clone(&highest), Arc::clone(&counted));
        async move {
            highest.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(60)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            counted.fetch_add(1, Ordering::SeqCst);
            Ok::<(), BoxDynError>(())
        }
    };
    macro_rules! spawn {
        ($backend:expr) => {{
            let worker = WorkerBuilder::new(name).backend($backend).layer(OneAtATime::default()).catch_panic();
            tokio::spawn(worker.build(handler).run_until(until))
        }};
    }
    let worker = on_engine!(queue.engine().await.unwrap().clone(), open => {
        spawn!(open.storage.poll_with_strategy(AdaptivePolling::default()))
    });
    let start = Instant::now();
    while count.load(Ordering::SeqCst) < done {
        assert!(start.elapsed() < Duration::from_secs(30), "{} of {done} tasks ran", count.load(Ordering::SeqCst));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let _ = stop.send(());
    worker.await.unwrap().unwrap();
    assert_eq!(count.load(Ordering::SeqCst), done, "each task runs once");
    max.load(Ordering::SeqCst)
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_accepted_once_and_workers_run_one_task_at_a_time() {
    for engine in TestDatabase::all().await {
        println!("{}", engine.name);
        let queue = Queue::new(engine.store());
        for n in [1, 2, 3, 1, 2, 3] {
            queue.push(task(n, 0), None).await.unwrap_or_else(|e| panic!("a duplicate key must not be an error: {e}"));
        }
        let keys = queue.live(&[]).await.unwrap();
        assert_eq!(keys.len(), 3, "{keys:?}");
        let name = format!("{}/0.0", new_id().unwrap());
        assert_eq!(work(&queue, &name, 3).await, 1, "concurrent tasks");
        assert_eq!(queue.counts().await.unwrap().into_iter().collect::<Vec<_>>(), [("Done".to_owned(), 3)]);

        // The key stays in use after the task: only a new generation runs.
        queue.push(task(1, 0), None).await.unwrap();
        assert_eq!(queue.live(&[]).await.unwrap().len(), 0);
        queue.push(task(1, 1), None).await.unwrap();
        assert_eq!(work(&queue, &format!("{}/0.0", new_id().unwrap()), 1).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_of_dead_workers_are_not_live_and_are_pruned() {
    for engine in TestDatabase::all().await {
        println!("{}", engine.name);
        let queue = Queue::new(engine.store());
        queue.push(task(1, 0), None).await.unwrap();
        // A worker that dies while it runs a task.
        let (took, taken) = tokio::sync::mpsc::channel::<()>(1);
        let handler = move |_: Task| {
            let took = took.clone();
            async move {
                let _ = took.send(()).await;
                std::future::pending::<()>().await;
                Ok::<(), BoxDynError>(())
            }
        };
        macro_rules! spawn {
            ($backend:expr) => {
                tokio::spawn(
                    WorkerBuilder::new("dead/0.0").backend($backend).layer(OneAtATime::default()).build(handler).run(),
                )
            };
        }
        let worker = on_engine!(queue.engine().await.unwrap().clone(), open => {
            spawn!(open.storage.poll_with_strategy(AdaptivePolling::default()))
        });
        let mut taken = taken;
        tokio::time::timeout(Duration::from_secs(20), taken.recv()).await.unwrap().expect("the worker takes the task");
        worker.abort();
        assert_eq!(queue.live(&["dead".into()]).await.unwrap().len(), 1, "its instance is live");
        assert_eq!(queue.live(&["dea".into(), "other".into()]).await.unwrap().len(), 0);
        queue.prune(&["dead".into()]).await.unwrap();
        assert_eq!(queue.live(&["dead".into()]).await.unwrap().len(), 1, "live tasks are kept");
        // The process is alive and continues with another worker.
        queue.ended("dead/0.1");
        assert_eq!(queue.live(&["dead".into()]).await.unwrap().len(), 1, "another worker has ended");
        queue.ended("dead/0.0");
        assert_eq!(queue.live(&["dead".into()]).await.unwrap().len(), 0, "tasks of an ended worker are lost");
        queue.prune(&["dead".into()]).await.unwrap();
        assert!(queue.counts().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn sqlite_queue_is_a_separate_synced_file() {
    let engine = TestDatabase::sqlite();
    let queue = Queue::new(engine.store());
    let pool = sqlite(queue.engine().await.unwrap());
    for (pragma, expected) in [("PRAGMA synchronous", 1), ("PRAGMA foreign_keys", 1)] {
        let row = sqlx::query(pragma).fetch_one(pool).await.unwrap();
        assert_eq!(row.get::<i64, _>(0), expected, "{pragma}");
    }
    let data = engine.folder.path().join("data");
    assert!(data.join("jobs.db").exists() && data.join("haibao.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn old_finished_tasks_are_pruned() {
    let engine = TestDatabase::sqlite();
    let queue = Queue::new(engine.store());
    queue.push(task(1, 0), None).await.unwrap();
    work(&queue, "one/0.0", 1).await;
    queue.prune(&[]).await.unwrap();
    assert_eq!(queue.counts().await.unwrap()["Done"], 1, "recent tasks are kept");
    let pool = sqlite(queue.engine().await.unwrap());
    let sql = "UPDATE tasks SET done_at = done_at - 1000";
    sqlx::query(sql).execute(pool).await.unwrap();
    queue.prune(&[]).await.unwrap();
    assert!(queue.counts().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_reason_of_a_waiting_step_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let exports = ExportJobs::new(Store::open(folder.path()), Blobs::folder(folder.path()), Config::default()).unwrap();
    let id = exports.open().await.unwrap();
    exports.begin(&id, &ExportOptions::default(), "a.csv", None).await.unwrap();
    exports.records.claim(&id, ExportState::Checking, 0).await.unwrap().unwrap();
    let reason = json!({ "code": "store_busy" });
    assert!(exports.records.release(&id, 0, true, Some(&reason)).await.unwrap());
    assert_eq!(exports.get(&id).await.unwrap().export.reason, Some(reason.clone()));
    let full = Error::new(ErrorKind::Internal, "store_failed", Message::verbatim("the disk is full"));
    exports.set_write_error(&Err(full));
    assert_eq!(exports.get(&id).await.unwrap().export.reason.unwrap()["code"], "store_failed");
    exports.set_write_error(&Ok(()));
    assert_eq!(exports.get(&id).await.unwrap().export.reason, Some(reason));
}

#[tokio::test]
async fn a_chunk_that_fails_after_its_export_was_cancelled_is_released() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { lease_seconds: 1, ..Config::default() };
    let exports = ExportJobs::new(Store::open(folder.path()), Blobs::folder(folder.path()), config).unwrap();
    let id = exports.open().await.unwrap();
    exports.begin(&id, &ExportOptions::default(), "a.csv", None).await.unwrap();
    exports.records.beat().await.unwrap();
    exports.records.claim(&id, ExportState::Checking, 0).await.unwrap().unwrap();
    let checked = crate::store::exports::CheckResult { total: 1, bad: 0, new_codes: 0, failures: Vec::new() };
    exports.records.checked(&id, 0, 1, &checked).await.unwrap().unwrap();
    exports.records.queue(&id, 9).await.unwrap();
    exports.records.claim_chunk(&id, 0, 0).await.unwrap().expect("free");
    exports.records.cancel(&id).await.unwrap();
    // Cancelled exports are kept for a lease.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    exports.records.beat().await.unwrap();
    assert_eq!(exports.records.removable(0, 9).await.unwrap(), Vec::<String>::new(), "a chunk is held");
    let task = Task::Chunk { id: id.clone(), generation: 0, n: 0 };
    let failed = Err(haibao_core::error::Error::internal("the bucket is busy"));
    worker::settle(&exports, &task, failed).await.expect("the export has ended");
    assert_eq!(exports.records.removable(0, 9).await.unwrap(), [id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sheets_that_are_checked_together_share_a_bound_of_memory() {
    let (app, _, _wechat, _folder) = crate::service::export::tests::app().await;
    let room = |size: u64, head: &'static [u8]| app.exports.room(&app.pool, size, head);
    let soon = Duration::from_secs(20);
    let all = u64::from(SHEET_MEMORY) << 10;
    // A workbook counts as 64 times its size, a text as 4 times.
    for (half, head) in [(all / 64 / 2, b"PK"), (all / 4 / 2, b"a,")] {
        let first = tokio::time::timeout(soon, room(half, head)).await.expect("room");
        let second = tokio::time::timeout(soon, room(half, head)).await.expect("room for both halves");
        assert!(tokio::time::timeout(Duration::from_millis(100), room(1, head)).await.is_err(), "no room for a third");
        drop(first);
        let third = tokio::time::timeout(soon, room(1, head)).await.expect("room again");
        assert!(
            tokio::time::timeout(Duration::from_millis(100), room(half, head)).await.is_err(),
            "less than a half is free"
        );
        drop((second, third));
    }
    let largest = tokio::time::timeout(soon, room(u64::MAX, b"PK")).await.expect("one sheet always has room");
    assert!(tokio::time::timeout(Duration::from_millis(100), room(u64::MAX, b"PK")).await.is_err(), "alone");
    // A sheet that is checked for minutes does not keep the largest waiting.
    drop(largest);
    let small = tokio::time::timeout(soon, room(1, b"PK")).await.expect("room");
    let largest = tokio::time::timeout(soon, room(u64::MAX, b"PK")).await.expect("room beside a small one");
    drop((small, largest));
    // Once it is read, it counts with what it occupies.
    let read = room(u64::MAX, b"PK").await.expect("room");
    let read = app.exports.fit(&app.pool, read, 1 << 20).await.expect("less");
    drop(tokio::time::timeout(soon, room(u64::MAX, b"PK")).await.expect("room beside it"));
    let read = app.exports.fit(&app.pool, read, u64::MAX).await.expect("more");
    assert!(tokio::time::timeout(Duration::from_millis(100), room(u64::MAX, b"PK")).await.is_err(), "it has grown");
    drop(read);
    // Of the sheet of a preview, its first rows are kept.
    let mut kept = room(u64::MAX, b"PK").await.expect("room");
    let sheet = Sheet::read(b"title\na\nb\n", SheetFormat::Csv, &Limits::default()).expect("a sheet");
    kept.keep(&sheet, 1000);
    drop(tokio::time::timeout(soon, room(u64::MAX, b"PK")).await.expect("room beside it"));
    let held = app.pool.depth().memory_bytes;
    kept.keep(&sheet, 1 << 20);
    assert_eq!(app.pool.depth().memory_bytes, held, "a file that counted as less");
    drop(kept);
    // With a deadline, waiting ends before it, with the advice to come again.
    let _held = room(u64::MAX, b"PK").await.expect("room");
    let call = Call::new("other", Duration::from_millis(200));
    let busy = call.scope(room(u64::MAX, b"PK")).await.expect_err("no room in time");
    assert_eq!(busy.code(), "busy");
}

#[tokio::test]
async fn a_job_for_a_sheet_does_not_wait_for_the_rooms_of_sheets() {
    let (app, _, _wechat, _folder) = crate::service::export::tests::app().await;
    let room = |kib: u64| app.exports.room(&app.pool, (kib << 10) / 64, b"PK");
    let largest = room(LARGEST_SHEET.into()).await.expect("room");
    let rest = room((SHEET_MEMORY - LARGEST_SHEET).into()).await.expect("room");
    let need = Need { memory: app.pool.beside_reserved(), ..Need::of(Kind::Other) };
    let finished = app.pool.hold(MAX_UNREAD);
    let job = tokio::time::timeout(Duration::from_secs(20), app.pool.run(need, |_| Ok(1)));
    assert_eq!(job.await.expect("it does not wait for them, nor for finished posters").expect("no deadline"), 1);
    drop(finished);
    let more = Need { memory: need.memory + MAX_UNREAD + (1 << 10), ..need };
    let mut more = Box::pin(app.pool.run(more, |_| Ok(2)));
    assert!((&mut more).now_or_never().is_none(), "there is no more memory");
    drop((largest, rest));
    assert_eq!(more.await.expect("no deadline"), 2);
}

#[tokio::test]
async fn small_workbooks_unpack_to_a_multiple_of_their_size() {
    let (app, _, _wechat, _folder) = crate::service::export::tests::app().await;
    let most = Limits::service().unpacked;
    for (bytes, unpacked) in [(0, 8 << 20), (1 << 20, 136 << 20), (32 << 20, most)] {
        assert_eq!(app.exports.sheet_limits(bytes).unpacked, unpacked, "{bytes} bytes");
    }
}

#[tokio::test]
async fn exports_of_one_key_leave_room_to_others() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { max_concurrent: 8, ..Config::default() };
    let exports = ExportJobs::new(Store::open(folder.path()), Blobs::folder(folder.path()), config).unwrap();
    let open = async |key: &str| Call::new(key, Duration::from_secs(60)).scope(exports.open()).await;
    let reserve = async |key: &str| Call::new(key, Duration::from_secs(60)).scope(exports.reserve()).await;
    let upload = reserve("flood").await.unwrap();
    for _ in 0..5 {
        open("flood").await.unwrap();
    }
    assert_eq!(reserve("flood").await.expect_err("its upload counts").code(), "exports_full");
    drop(upload);
    open("flood").await.expect("three quarters");
    for refused in [open("flood").await.expect_err("full"), reserve("flood").await.expect_err("full")] {
        assert!(refused.message().contains("6 exports of this key"), "{refused}");
    }
    open("shop").await.expect("room for another key");
    let upload = reserve("third").await.expect("room for a third one");
    let refused = reserve("fourth").await.expect_err("no place is free");
    assert!(refused.message().contains("8 exports are already active"), "{refused}");
    drop(upload);
    // Without keys there are no others.
    open("").await.expect("the last place");
    assert_eq!(open("").await.expect_err("full").code(), "exports_full");
}

#[test]
fn worker_timeout_exceeds_the_chunk_timeout_and_instance_names_are_unique() {
    assert!(HEARTBEAT * u32::try_from(MAX_MISSED_HEARTBEATS).unwrap() > chunk::TIMEOUT);
    let folder = tempfile::tempdir().unwrap();
    let name = || {
        let exports =
            ExportJobs::new(Store::open(folder.path()), Blobs::folder(folder.path()), Config::default()).unwrap();
        exports.records.instance().to_owned()
    };
    let (one, two) = (name(), name());
    assert!(one != two && !one.contains('/'), "{one} {two}");
}

/// Measures the overhead of a chunk without rendering. Ignored tests: see CONTRIBUTING.md.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "benchmark"]
async fn cost_of_a_chunk() {
    const CHUNKS: i64 = 300;
    for engine in TestDatabase::all().await {
        let blobs = Blobs::folder(engine.folder.path().join("blobs"));
        let exports = Arc::new(ExportJobs::new(engine.store(), blobs, Config::default()).unwrap());
        let id = exports.open().await.unwrap();
        exports.begin(&id, &ExportOptions::default(), "a.csv", None).await.unwrap();
        exports.records.claim(&id, ExportState::Checking, 0).await.unwrap().unwrap();
        let checked = crate::store::exports::CheckResult { total: 1, bad: 0, new_codes: 0, failures: Vec::new() };
        exports.records.checked(&id, 0, CHUNKS, &checked).await.unwrap().unwrap();
        let (done, finished) = tokio::sync::mpsc::unbounded_channel::<()>();
        let worker = Arc::clone(&exports);
        let handler = move |task: Task| {
            let (exports, done) = (Arc::clone(&worker), done.clone());
            async move {
                let Task::Chunk { id, generation, n } = task else { return Ok::<(), BoxDynError>(()) };
                let claim = exports.records.claim_chunk(&id, n, generation).await?.ok_or("the chunk is not free")?;
                let result = exports::ChunkResult { files: claim.attempt, done: 32, failed: 0, failures: Vec::new() };
                exports.records.record(&id, n, &result).await?;
                exports.advance(&id).await?;
                done.send(())?;
                Ok(())
            }
        };
        macro_rules! spawn {
            ($backend:expr) => {
                tokio::spawn(
                    WorkerBuilder::new("w/0.0").backend($backend).layer(OneAtATime::default()).build(handler).run(),
                )
            };
        }
        let start = Instant::now();
        exports.advance(&id).await.unwrap();
        let first = start.elapsed();
        let worker = on_engine!(exports.queue.engine().await.unwrap().clone(), open => {
            spawn!(open.storage.poll_with_strategy(AdaptivePolling::default()))
        });
        let start = Instant::now();
        let mut finished = finished;
        for _ in 0..CHUNKS {
            tokio::time::timeout(Duration::from_secs(60), finished.recv()).await.unwrap().unwrap();
        }
        let each = start.elapsed() / u32::try_from(CHUNKS).unwrap();
        println!("{}: {each:?} per chunk with one worker; first {WINDOW} tasks enqueued in {first:?}", engine.name);
        worker.abort();
    }
}
