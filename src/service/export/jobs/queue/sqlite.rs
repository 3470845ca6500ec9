//! Storage of the queue in a SQLite file. Not apalis-sqlite: its statements need sqlx's macros, with which SQLite and sqlx
//! are built twice.

use std::{
    convert::Infallible,
    path::Path,
    task::{Context, Poll},
    time::Duration,
};

use apalis::prelude::{Backend, Codec, TaskBuilder, TaskId, WorkerContext};
use apalis_core::backend::{
    BackendConfig,
    finalize::Ephemeral,
    persistence::{Persisted, Persistence, TaskEvent, TaskPersistLayer},
};
use sqlx::{
    ConnectOptions, Row, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{
    engine::{HEARTBEAT, MAX_MISSED_HEARTBEATS, NAME, PushError, Statements, unusable},
    task::Task,
};
use crate::{data_folder, store::exports};
use haibao_core::error::Result;

/// File name in the data folder. Separate from the store: writes neither wait for those of the store nor are synced like them.
const FILE: &str = "jobs.db";

/// Queue in a SQLite file.
#[derive(Debug, Clone)]
pub(in super::super) struct Sqlite {
    pub(in super::super) storage: TaskStorage,
    pub(in super::super) pool: SqlitePool,
    pub(super) name: String,
    pub(super) sql: &'static Statements,
}

/// Status names are apalis's. A task is identified by its key.
const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS workers (id TEXT PRIMARY KEY NOT NULL, last_seen INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS tasks (
    key TEXT PRIMARY KEY NOT NULL,
    task TEXT NOT NULL,
    run_at INTEGER NOT NULL,
    status TEXT NOT NULL DEFAULT 'Pending',
    worker TEXT REFERENCES workers (id),
    done_at INTEGER
);
CREATE INDEX IF NOT EXISTS tasks_pending ON tasks (run_at) WHERE status = 'Pending';
CREATE INDEX IF NOT EXISTS tasks_worker ON tasks (worker) WHERE worker IS NOT NULL;";

/// The file has one queue, so its name, `$1`, is not used.
const SQLITE: Statements = Statements {
    active: "SELECT key, key, worker FROM tasks WHERE status IN ('Pending', 'Queued')",
    counts: "SELECT status, COUNT(*) FROM tasks GROUP BY status",
    delete: "DELETE FROM tasks WHERE key = $1 AND status = 'Queued'",
    prune_tasks: "DELETE FROM tasks WHERE done_at < $2",
    prune_workers: "DELETE FROM workers WHERE last_seen < $2 \
                    AND id NOT IN (SELECT worker FROM tasks WHERE worker IS NOT NULL)",
};

/// Opens the file in the data folder and creates its tables.
pub(super) async fn open(folder: &Path) -> Result<Sqlite> {
    let file = &folder.join(FILE);
    data_folder::open_file(file).map_err(unusable)?;
    let options = SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        // Cannot corrupt the file. The last tasks may be lost in a power failure; the sweeper enqueues them again.
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(5))
        .disable_statement_logging();
    // A single connection, so that workers never contend for the write lock.
    let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
    let pool = pool.connect_with(options).await.map_err(unusable)?;
    sqlx::raw_sql(SCHEMA).execute(&pool).await.map_err(unusable)?;
    let storage = TaskStorage(Persisted::new(Tasks(pool.clone())));
    Ok(Sqlite { storage, pool, name: NAME.to_owned(), sql: &SQLITE })
}

impl Sqlite {
    /// Enqueues a task, optionally delayed. A task with a known key is ignored.
    pub(super) async fn push(&self, task: &Task, after: Option<Duration>) -> Result<(), PushError> {
        let json = serde_json::to_string(task).map_err(|e| PushError::Rejected(e.to_string()))?;
        // Without a delay at any time, also if the clock is set back.
        let run_at = after.map_or(0, |after| now() + after.as_secs().cast_signed());
        let sql = "INSERT INTO tasks (key, task, run_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        sqlx::query(sql).bind(task.key()).bind(json).bind(run_at).execute(&self.pool).await?;
        Ok(())
    }
}

fn now() -> i64 {
    exports::now() / 1000
}

/// The tables, as apalis's workers use them.
#[derive(Debug, Clone)]
pub(in super::super) struct Tasks(SqlitePool);

type Fetched = apalis::prelude::Task<Task>;

impl Persistence for Tasks {
    type Compact = Task;
    type Response = ();
    type Error = sqlx::Error;

    async fn register(&mut self, worker: &WorkerContext) -> sqlx::Result<()> {
        let sql = "INSERT INTO workers (id, last_seen) VALUES ($1, $2)";
        sqlx::query(sql).bind(worker.name()).bind(now()).execute(&self.0).await.map(drop)
    }

    /// A worker that has been forgotten fails here, and is started again.
    async fn heartbeat(&mut self, worker: &WorkerContext) -> sqlx::Result<()> {
        let now = now();
        let sql = "UPDATE workers SET last_seen = $2 WHERE id = $1";
        if sqlx::query(sql).bind(worker.name()).bind(now).execute(&self.0).await?.rows_affected() == 0 {
            return Err(sqlx::Error::RowNotFound);
        }
        let dead = HEARTBEAT.as_secs().cast_signed() * MAX_MISSED_HEARTBEATS.cast_signed() as i64;
        let sql = "UPDATE tasks SET status = 'Pending', worker = NULL \
                   WHERE status = 'Queued' AND worker IN (SELECT id FROM workers WHERE last_seen <= $1)";
        sqlx::query(sql).bind(now - dead).execute(&self.0).await.map(drop)
    }

    /// One task, so that no task waits behind another in a worker.
    async fn fetch_next(&mut self, worker: &WorkerContext) -> sqlx::Result<Vec<Fetched>> {
        let sql = "UPDATE tasks SET status = 'Queued', worker = $1 WHERE rowid = (SELECT rowid FROM tasks \
                   WHERE status = 'Pending' AND run_at <= $2 ORDER BY run_at, rowid LIMIT 1) RETURNING key, task";
        let row = sqlx::query(sql).bind(worker.name()).bind(now()).fetch_optional(&self.0).await?;
        let Some(row) = row else { return Ok(Vec::new()) };
        let task = serde_json::from_str(row.try_get(1)?).map_err(|e| sqlx::Error::Decode(e.into()))?;
        let id = TaskId::from_string(row.try_get::<String, _>(0)?);
        Ok(vec![TaskBuilder::new(task).task_id(id).max_attempts(1).build()])
    }

    async fn reenqueue_abandoned(&mut self, tasks: Vec<Fetched>, worker: &WorkerContext) -> sqlx::Result<u64> {
        let sql = "UPDATE tasks SET status = 'Pending', worker = NULL \
                   WHERE key = $1 AND worker = $2 AND status = 'Queued'";
        let mut count = 0;
        for task in tasks {
            let key = task.args.key();
            count += sqlx::query(sql).bind(key).bind(worker.name()).execute(&self.0).await?.rows_affected();
        }
        Ok(count)
    }

    async fn handle_events(&mut self, events: Vec<TaskEvent<()>>, worker: &WorkerContext) -> sqlx::Result<()> {
        let sql = "UPDATE tasks SET status = $3, done_at = $4 WHERE key = $1 AND worker = $2";
        for event in events {
            if let TaskEvent::Complete(ended) = event {
                let (key, status) = (ended.task_id.to_string(), ended.status.to_string());
                sqlx::query(sql).bind(key).bind(worker.name()).bind(status).bind(now()).execute(&self.0).await?;
            }
        }
        Ok(())
    }

    /// Tasks are pushed through [`Sqlite::push`].
    async fn push_tasks(&mut self, _tasks: Vec<Fetched>) -> sqlx::Result<()> {
        Ok(())
    }
}

/// [`Tasks`] as an apalis backend.
#[derive(Debug, Clone)]
pub(in super::super) struct TaskStorage(Persisted<Tasks>);

impl Backend for TaskStorage {
    type Task = Fetched;
    type Error = sqlx::Error;

    fn poll_ready(&mut self, cx: &mut Context<'_>, worker: &WorkerContext) -> Poll<sqlx::Result<()>> {
        self.0.poll_ready(cx, worker, HEARTBEAT)
    }

    fn poll_next(&mut self, cx: &mut Context<'_>, worker: &WorkerContext) -> Poll<Option<sqlx::Result<Fetched>>> {
        self.0.poll_next(cx, worker)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, worker: &WorkerContext) -> Poll<sqlx::Result<()>> {
        self.0.poll_close(cx, worker)
    }
}

impl BackendConfig for TaskStorage {
    type Args = Task;
    type Id = TaskId;
    type Kind = Ephemeral;
    type Config = ();
    type Layer = TaskPersistLayer<NoResult, ()>;

    fn config(&self) -> &() {
        &()
    }

    fn middleware(&mut self, _worker: &mut WorkerContext) -> Self::Layer {
        self.0.layer(NoResult, 1).persist_results(true)
    }
}

/// Codec of results: tasks have none.
#[derive(Debug, Clone)]
pub(in super::super) struct NoResult;

impl Codec<()> for NoResult {
    type Compact = ();
    type Error = Infallible;

    fn encode(&self, (): &()) -> Result<(), Infallible> {
        Ok(())
    }

    fn decode(&self, (): &()) -> Result<(), Infallible> {
        Ok(())
    }
}
