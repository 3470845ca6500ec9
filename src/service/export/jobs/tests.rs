//! The rules under which the queue's library is safe, on each engine.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use apalis::prelude::{BackendExt, BoxDynError, WorkerBuilder, WorkerBuilderExt, WorkerError};
use sqlx::Row;

use super::{
    queue::{Engine, HEARTBEAT, MISSED, Pulse, Queue, Task},
    worker::OneAtATime,
    *,
};
use crate::store::testing;

mod takeover;

fn task(n: i64, generation: i64) -> Task {
    Task::Chunk { id: "0".repeat(32), generation, n }
}

/// Runs tasks with one worker until `done` of them are; answers how many ran at the same time at the most.
async fn work(queue: &Queue, name: &str, done: usize) -> usize {
    let (running, most, count) =
        (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let until = async move {
        let _ = stopped.await;
        Ok::<(), WorkerError>(())
    };
    let (now, highest, counted) = (Arc::clone(&running), Arc::clone(&most), Arc::clone(&count));
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
    let worker = match queue.engine().await.unwrap().clone() {
        Engine::Sqlite(storage) => spawn!(storage.poll_with_strategy(Pulse::default())),
        Engine::Postgres(postgres) => spawn!(postgres.storage.poll_with_strategy(Pulse::default())),
    };
    let start = Instant::now();
    while count.load(Ordering::SeqCst) < done {
        assert!(start.elapsed() < Duration::from_secs(30), "{} of {done} tasks ran", count.load(Ordering::SeqCst));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let _ = stop.send(());
    worker.await.unwrap().unwrap();
    assert_eq!(count.load(Ordering::SeqCst), done, "each once");
    most.load(Ordering::SeqCst)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_taken_once_and_a_worker_does_one_task_at_a_time() {
    for engine in testing::Engine::all().await {
        println!("{}", engine.name);
        let queue = Queue::new(engine.store());
        for n in [1, 2, 3, 1, 2, 3] {
            queue.push(task(n, 0), None).await.unwrap_or_else(|e| panic!("a key that is known is no error: {e}"));
        }
        let keys = queue.live(&[]).await.unwrap();
        assert_eq!(keys.len(), 3, "{keys:?}");
        let name = format!("{}/0.0", new_id().unwrap());
        assert_eq!(work(&queue, &name, 3).await, 1, "at the same time");
        assert_eq!(queue.counts().await.unwrap().into_iter().collect::<Vec<_>>(), [("Done".to_owned(), 3)]);

        // Its key stays used: only another generation runs again.
        queue.push(task(1, 0), None).await.unwrap();
        assert_eq!(queue.live(&[]).await.unwrap().len(), 0);
        queue.push(task(1, 1), None).await.unwrap();
        assert_eq!(work(&queue, &format!("{}/0.0", new_id().unwrap()), 1).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_of_dead_workers_do_not_count_and_are_removed() {
    for engine in testing::Engine::all().await {
        println!("{}", engine.name);
        let queue = Queue::new(engine.store());
        queue.push(task(1, 0), None).await.unwrap();
        // A worker that dies with its task in hand.
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
        let worker = match queue.engine().await.unwrap().clone() {
            Engine::Sqlite(storage) => spawn!(storage.poll_with_strategy(Pulse::default())),
            Engine::Postgres(postgres) => spawn!(postgres.storage.poll_with_strategy(Pulse::default())),
        };
        let mut taken = taken;
        tokio::time::timeout(Duration::from_secs(20), taken.recv()).await.unwrap().expect("it takes its task");
        worker.abort();
        assert_eq!(queue.live(&["dead".into()]).await.unwrap().len(), 1, "while it lives");
        assert_eq!(queue.live(&["dea".into(), "other".into()]).await.unwrap().len(), 0);
        queue.prune(&["dead".into()]).await.unwrap();
        assert_eq!(queue.live(&["dead".into()]).await.unwrap().len(), 1, "what lives stays");
        // Its process lives, and goes on with another worker.
        queue.ended("dead/0.1");
        assert_eq!(queue.live(&["dead".into()]).await.unwrap().len(), 1, "another worker's end");
        queue.ended("dead/0.0");
        assert_eq!(queue.live(&["dead".into()]).await.unwrap().len(), 0, "what it had taken is lost");
        queue.prune(&["dead".into()]).await.unwrap();
        assert!(queue.counts().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn the_queue_on_sqlite_is_a_file_of_its_own_that_is_synced() {
    let engine = testing::Engine::sqlite();
    let queue = Queue::new(engine.store());
    let Engine::Sqlite(storage) = queue.engine().await.unwrap() else { panic!("it is SQLite") };
    for (pragma, expected) in [("PRAGMA synchronous", 1), ("PRAGMA foreign_keys", 1)] {
        let row = sqlx::query(pragma).fetch_one(storage.pool()).await.unwrap();
        assert_eq!(row.get::<i64, _>(0), expected, "{pragma}");
    }
    let data = engine.folder.path().join("data");
    assert!(data.join("jobs.db").exists() && data.join("haibao.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_that_are_over_are_pruned_when_they_are_old() {
    let engine = testing::Engine::sqlite();
    let queue = Queue::new(engine.store());
    queue.push(task(1, 0), None).await.unwrap();
    work(&queue, "one/0.0", 1).await;
    queue.prune(&[]).await.unwrap();
    assert_eq!(queue.counts().await.unwrap()["Done"], 1, "young ones keep their keys");
    let Engine::Sqlite(storage) = queue.engine().await.unwrap() else { panic!("it is SQLite") };
    let sql = "UPDATE Jobs SET done_at = done_at - 1000";
    sqlx::query(sql).execute(storage.pool()).await.unwrap();
    queue.prune(&[]).await.unwrap();
    assert!(queue.counts().await.unwrap().is_empty());
}

#[test]
fn workers_are_taken_for_dead_long_after_the_longest_chunk_and_no_two_processes_have_a_name() {
    assert!(HEARTBEAT * u32::try_from(MISSED).unwrap() > chunk::LONGEST);
    let folder = tempfile::tempdir().unwrap();
    let name = || {
        let exports =
            Exports::new(Store::open(folder.path()), Blobs::folder(folder.path()), Config::default()).unwrap();
        exports.records.instance().to_owned()
    };
    let (one, two) = (name(), name());
    assert!(one != two && !one.contains('/'), "{one} {two}");
}

#[tokio::test]
async fn what_an_export_waits_for_is_told_by_its_record_and_by_what_the_records_refuse() {
    let folder = tempfile::tempdir().unwrap();
    let exports =
        Exports::new(Store::open(folder.path()), Blobs::folder(folder.path().join("blobs")), Config::default())
            .unwrap();
    let id = exports.open().await.unwrap();
    exports.begin(&id, &Options::default(), "a.csv", None).await.unwrap();
    let told = async || exports.get(&id).await.unwrap().export.reason.map(|reason| reason["code"].clone());
    assert_eq!(told().await, None);
    exports.records.claim(&id, State::Checking, 0).await.unwrap().unwrap();
    exports.records.release(&id, 0, true, Some(&json!({ "code": "noted" }))).await.unwrap();
    assert_eq!(told().await, Some("noted".into()));
    exports.written(&Err(Error::new(Kind::Internal, "no_room", "no room")));
    assert_eq!(told().await, Some("no_room".into()), "the record cannot say it");
    exports.written(&Ok(()));
    assert_eq!(told().await, Some("noted".into()));
}

/// What a chunk costs beside its drawing is told, too: `HAIBAO_TEST_FULL=1 tests/servers cargo test --release --lib
/// every_chunk_comes -- --nocapture`.
#[tokio::test(flavor = "multi_thread")]
async fn every_chunk_comes_once_beyond_the_window_too() {
    let chunks = if std::env::var_os("HAIBAO_TEST_FULL").is_some() { 300 } else { WINDOW + 6 };
    for engine in testing::Engine::all().await {
        let blobs = Blobs::folder(engine.folder.path().join("blobs"));
        let exports = Arc::new(Exports::new(engine.store(), blobs, Config::default()).unwrap());
        let id = exports.open().await.unwrap();
        exports.begin(&id, &Options::default(), "a.csv", None).await.unwrap();
        exports.records.claim(&id, State::Checking, 0).await.unwrap().unwrap();
        let checked = crate::store::exports::Checked { total: 1, bad: 0, new_codes: 0, failures: Vec::new() };
        exports.records.checked(&id, 0, chunks, &checked).await.unwrap().unwrap();
        let (done, told) = tokio::sync::mpsc::unbounded_channel::<i64>();
        let worker = Arc::clone(&exports);
        let handler = move |task: Task| {
            let (exports, done) = (Arc::clone(&worker), done.clone());
            async move {
                let Task::Chunk { id, generation, n } = task else { return Ok::<(), BoxDynError>(()) };
                let claim = exports.records.claim_chunk(&id, n, generation).await?.ok_or("it is free")?;
                let result = exports::ChunkResult { files: claim.attempt, done: 32, failed: 0, failures: Vec::new() };
                exports.records.record(&id, n, &result).await?;
                exports.go_on(&id).await?;
                done.send(n)?;
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
        exports.go_on(&id).await.unwrap();
        let first = start.elapsed();
        let worker = match exports.queue.engine().await.unwrap().clone() {
            Engine::Sqlite(storage) => spawn!(storage.poll_with_strategy(Pulse::default())),
            Engine::Postgres(postgres) => spawn!(postgres.storage.poll_with_strategy(Pulse::default())),
        };
        let start = Instant::now();
        let (mut told, mut came) = (told, Vec::new());
        for _ in 0..chunks {
            let n = tokio::time::timeout(Duration::from_secs(60), told.recv()).await;
            came.push(n.unwrap_or_else(|_| panic!("{}: only {came:?} came", engine.name)).unwrap());
        }
        let each = start.elapsed() / u32::try_from(chunks).unwrap();
        came.sort_unstable();
        assert_eq!(came, (0..chunks).collect::<Vec<_>>(), "{}", engine.name);
        println!("{}: {each:?} a chunk, with one worker; the first {WINDOW} tasks in {first:?}", engine.name);
        worker.abort();
    }
}
