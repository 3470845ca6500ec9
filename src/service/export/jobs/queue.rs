//! The queue of tasks, by apalis: on SQLite in a file of its own beside the store's, on Postgres in the store's database.
//!
//! The queue only says that somebody should look: what is to be done, by whom, and whether it is done already stands in
//! the tables of [`crate::store::exports`]. A task may run twice, late, or never (the sweeper makes a new one).

use std::{
    collections::{BTreeMap, HashSet},
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use apalis::prelude::{PollSnapshot, PollStrategy, TaskBuilder, TaskSink, TaskSinkError};
use apalis_postgres::PostgresStorage;
use apalis_sqlite::SqliteStorage;
use serde::{Deserialize, Serialize};
use sqlx::{
    ConnectOptions, PgPool, Row, SqlitePool,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::{sync::OnceCell, time::Sleep};

use crate::store::Store;
use haibao_core::error::{Error, Kind, Result, Retry};

/// The file in the data folder: the library's table of migrations clashes with the store's own.
const FILE: &str = "jobs.db";
/// The pause between a worker's looks while there is work, and when there was none of late.
const BUSY: Duration = Duration::from_millis(50);
const IDLE: Duration = Duration::from_millis(250);
/// How long ago the last task counts as work.
const LATELY: Duration = Duration::from_secs(2);
/// A worker tells that it lives, and one that does not for so long has lost its tasks. The sweeper is there much earlier;
/// that this is far above the longest chunk keeps tasks that wait for WeChat's quota from running twice.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(20);
pub(super) const MISSED: usize = 90;
/// How long a task that has run is kept, s: its key keeps the same task from running again.
const KEPT: i64 = 120;
/// How long a worker that is gone is remembered, s.
const WORKERS_KEPT: i64 = 2 * HEARTBEAT.as_secs().cast_signed() * MISSED.cast_signed() as i64;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Read and check the sheet.
    Prepare {
        /// The export.
        id: String,
        /// Of the export.
        generation: i64,
    },
    /// Draw a chunk.
    Chunk {
        /// The export.
        id: String,
        /// Of the chunk.
        generation: i64,
        /// Its number.
        n: i64,
    },
    /// Put the archive together.
    Finish {
        /// The export.
        id: String,
        /// Of the export.
        generation: i64,
    },
    /// Tell somebody that it is over.
    Webhook {
        /// The export.
        id: String,
        /// From 0.
        attempt: i64,
    },
}

impl Task {
    /// No two tasks with one key are taken into the queue. A key stays used when its task is done: hence the generation.
    pub fn key(&self) -> String {
        match self {
            Self::Prepare { id, generation } => format!("{id}/prepare/{generation}"),
            Self::Chunk { id, generation, n } => format!("{id}/{n}/{generation}"),
            Self::Finish { id, generation } => format!("{id}/finish/{generation}"),
            Self::Webhook { id, attempt } => format!("{id}/webhook/{attempt}"),
        }
    }
}

/// The queue. Nothing is made before the first task.
#[derive(Debug)]
pub struct Queue {
    store: Store,
    opened: OnceCell<Engine>,
    /// Workers of this process that have ended. A task that one of them had taken, and not begun, nobody does.
    ended: Mutex<HashSet<String>>,
}

/// The open queue.
#[derive(Debug, Clone)]
pub(super) enum Engine {
    Sqlite(SqliteStorage<Task>),
    Postgres(Postgres),
}

/// Postgres' storage has no `Debug`.
#[derive(Clone)]
pub(super) struct Postgres {
    pub(super) storage: PostgresStorage<Task>,
    pool: PgPool,
    /// Name of the queue: two services may share a database under two schemas.
    name: String,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Postgres").field(&self.name).finish()
    }
}

/// Name of the queue on SQLite.
const NAME: &str = "exports";

impl Queue {
    /// The queue beside a store.
    pub fn new(store: Store) -> Self {
        Self { store, opened: OnceCell::new(), ended: Mutex::default() }
    }

    /// A worker of this process has ended.
    pub(super) fn ended(&self, worker: &str) {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).insert(worker.to_owned());
    }

    /// The open queue, made when it is not there.
    pub(super) async fn engine(&self) -> Result<&Engine> {
        self.opened.get_or_try_init(|| open(&self.store)).await
    }

    /// Adds a task that runs at once, or after a time; one whose key is known is left out.
    ///
    /// # Errors
    /// `store_busy`, `store_failed`.
    pub async fn push(&self, task: Task, after: Option<Duration>) -> Result<()> {
        let built = TaskBuilder::new(task.clone()).idempotency_key(task.key()).max_attempts(1);
        let built = if let Some(after) = after { built.run_after(after) } else { built }.build();
        match self.engine().await?.clone() {
            Engine::Sqlite(mut storage) => storage.push_task(built).await.map_err(|e| match e {
                TaskSinkError::PushError(apalis_sqlite::Error::Database(e)) => failed(e),
                other => unexpected(other.to_string()),
            }),
            // One at a time: a key that is known fails the whole statement here.
            Engine::Postgres(mut postgres) => match postgres.storage.push_task(built).await {
                Err(TaskSinkError::PushError(apalis_postgres::Error::Database(e)))
                    if e.as_database_error().is_some_and(|e| e.is_unique_violation()) =>
                {
                    Ok(())
                }
                Err(TaskSinkError::PushError(apalis_postgres::Error::Database(e))) => Err(failed(e)),
                Err(other) => Err(unexpected(other.to_string())),
                Ok(()) => Ok(()),
            },
        }
    }

    /// The keys of the tasks that will run, or run: those that wait, and those of workers of these instances; but for
    /// workers of this process that have ended.
    ///
    /// # Errors
    /// `store_busy`, `store_failed`.
    pub async fn live(&self, instances: &[String]) -> Result<HashSet<String>> {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let taken = self.taken().await?.into_iter();
        Ok(taken.filter(|task| lives(task, instances, &ended)).filter_map(|task| task.key).collect())
    }

    /// Tasks that are not over.
    async fn taken(&self) -> Result<Vec<Taken>> {
        macro_rules! read {
            ($rows:expr) => {
                $rows
                    .await
                    .map_err(failed)?
                    .iter()
                    .map(|row| Ok(Taken { id: row.try_get(0)?, key: row.try_get(1)?, worker: row.try_get(2)? }))
                    .collect::<sqlx::Result<_>>()
                    .map_err(failed)
            };
        }
        match self.engine().await? {
            Engine::Sqlite(storage) => {
                let sql = "SELECT id, idempotency_key, lock_by FROM Jobs \
                           WHERE job_type = $1 AND status IN ('Pending', 'Queued', 'Running')";
                read!(sqlx::query(sql).bind(NAME).fetch_all(storage.pool()))
            }
            Engine::Postgres(postgres) => {
                let sql = "SELECT id, idempotency_key, lock_by FROM apalis.jobs \
                           WHERE job_type = $1 AND status IN ('Pending', 'Queued', 'Running')";
                read!(sqlx::query(sql).bind(&postgres.name).fetch_all(&postgres.pool))
            }
        }
    }

    /// How many tasks there are by their status, as the library names it. For tests.
    ///
    /// # Errors
    /// `store_busy`, `store_failed`.
    pub async fn counts(&self) -> Result<BTreeMap<String, i64>> {
        let read = |name: sqlx::Result<String>, count: sqlx::Result<i64>| Ok((name?, count?));
        match self.engine().await? {
            Engine::Sqlite(storage) => {
                let sql = "SELECT status, COUNT(*) FROM Jobs WHERE job_type = $1 GROUP BY status";
                let rows = sqlx::query(sql).bind(NAME).fetch_all(storage.pool()).await.map_err(failed)?;
                rows.iter().map(|row| read(row.try_get(0), row.try_get(1))).collect::<sqlx::Result<_>>()
            }
            Engine::Postgres(postgres) => {
                let sql = "SELECT status, COUNT(*) FROM apalis.jobs WHERE job_type = $1 GROUP BY status";
                let rows = sqlx::query(sql).bind(&postgres.name).fetch_all(&postgres.pool).await.map_err(failed)?;
                rows.iter().map(|row| read(row.try_get(0), row.try_get(1))).collect::<sqlx::Result<_>>()
            }
        }
        .map_err(failed)
    }

    /// Removes tasks that are over, those of workers that died (the sweeper has made new ones), and workers that are gone:
    /// the library keeps them for ever.
    ///
    /// # Errors
    /// `store_busy`, `store_failed`.
    pub async fn prune(&self, instances: &[String]) -> Result<()> {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for id in self.taken().await?.into_iter().filter(|task| !lives(task, instances, &ended)).map(|task| task.id) {
            match self.engine().await? {
                Engine::Sqlite(storage) => {
                    let sql = "DELETE FROM Jobs WHERE id = $1 AND status IN ('Queued', 'Running')";
                    sqlx::query(sql).bind(&id).execute(storage.pool()).await.map_err(failed).map(drop)?;
                }
                Engine::Postgres(postgres) => {
                    let sql = "DELETE FROM apalis.jobs WHERE id = $1 AND status IN ('Queued', 'Running')";
                    sqlx::query(sql).bind(&id).execute(&postgres.pool).await.map_err(failed).map(drop)?;
                }
            }
        }
        // They take no more, and have none left.
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).retain(|worker| !ended.contains(worker));
        let now = crate::store::exports::now() / 1000;
        match self.engine().await? {
            Engine::Sqlite(storage) => {
                let jobs = "DELETE FROM Jobs WHERE job_type = $1 AND status IN ('Done', 'Failed', 'Killed') \
                            AND COALESCE(done_at, run_at) < $2";
                sqlx::query(jobs).bind(NAME).bind(now - KEPT).execute(storage.pool()).await.map_err(failed)?;
                let workers = "DELETE FROM Workers WHERE worker_type = $1 AND last_seen < $2 \
                               AND id NOT IN (SELECT lock_by FROM Jobs WHERE lock_by IS NOT NULL)";
                sqlx::query(workers)
                    .bind(NAME)
                    .bind(now - WORKERS_KEPT)
                    .execute(storage.pool())
                    .await
                    .map_err(failed)?;
            }
            Engine::Postgres(Postgres { pool, name, .. }) => {
                let jobs = "DELETE FROM apalis.jobs WHERE job_type = $1 AND status IN ('Done', 'Failed', 'Killed') \
                            AND COALESCE(done_at, run_at) < to_timestamp(CAST($2 AS BIGINT))";
                sqlx::query(jobs).bind(name).bind(now - KEPT).execute(pool).await.map_err(failed)?;
                let workers = "DELETE FROM apalis.workers WHERE worker_type = $1 \
                               AND last_seen < to_timestamp(CAST($2 AS BIGINT)) \
                               AND id NOT IN (SELECT lock_by FROM apalis.jobs WHERE lock_by IS NOT NULL)";
                sqlx::query(workers).bind(name).bind(now - WORKERS_KEPT).execute(pool).await.map_err(failed)?;
            }
        }
        Ok(())
    }
}

/// A task that waits or runs.
struct Taken {
    id: String,
    key: Option<String>,
    /// `{instance}/{number}`; none while it waits.
    worker: Option<String>,
}

/// Whether a task waits, or its worker is one of these instances' and has not ended.
fn lives(task: &Taken, instances: &[String], ended: &HashSet<String>) -> bool {
    let of = |worker: &str, id: &String| worker.strip_prefix(id).is_some_and(|rest| rest.starts_with('/'));
    let own = |worker: &str| !ended.contains(worker) && instances.iter().any(|id| of(worker, id));
    task.worker.as_deref().is_none_or(own)
}

/// Opens the queue and makes its tables.
async fn open(store: &Store) -> Result<Engine> {
    let unusable = |why: String| {
        Error::new(Kind::Internal, "store_unusable", format!("cannot open the queue of jobs: {why}")).hint(
            "`data` must be a folder that this process may write to; a Postgres user must be able to make the \
                   schema apalis and the extension hstore, or somebody makes them before",
        )
    };
    // The store makes the folder, and waits until a database that is starting is there.
    store.db().await?;
    if let Some(options) = store.postgres() {
        // The library's tables are in a schema of their own, and its list of migrations must be the same for everybody.
        let shared = options.clone().options([("search_path", "public")]).disable_statement_logging();
        let pool = PgPoolOptions::new().max_connections(6).acquire_timeout(Duration::from_secs(5));
        let pool = pool.connect_with(shared).await.map_err(|e| unusable(e.to_string()))?;
        PostgresStorage::migrations().run(&pool).await.map_err(|e| unusable(e.to_string()))?;
        let mut own = options.clone().connect().await.map_err(|e| unusable(e.to_string()))?;
        let schema = sqlx::query("SELECT CAST(current_schema() AS TEXT)").fetch_one(&mut own).await.map_err(failed)?;
        let name = format!("{NAME}/{}", schema.try_get::<String, _>(0).map_err(failed)?);
        // One task at a time, so that none waits behind another and loses its worker; no second write to lock it.
        let config = apalis_postgres::Config::default()
            .queue(&name)
            .batch_size(1)
            .lock_tasks(false)
            .heartbeat_interval(HEARTBEAT)
            .missed_heartbeats(MISSED);
        let storage = PostgresStorage::new(&pool).with_config(config);
        return Ok(Engine::Postgres(Postgres { storage, pool, name }));
    }
    let folder = store.folder().map(|folder| folder.join(FILE)).unwrap_or_default();
    let options = SqliteConnectOptions::new()
        .filename(&folder)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // The file is never broken. The last tasks may be lost with the power: the sweeper makes them anew.
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(5))
        .disable_statement_logging();
    // One connection: one writer, and no worker ever meets another's lock.
    let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
    let pool: SqlitePool = pool.connect_with(options).await.map_err(|e| unusable(e.to_string()))?;
    // Not `setup`, which switches syncing off.
    SqliteStorage::migrations().run(&pool).await.map_err(|e| unusable(e.to_string()))?;
    let config = apalis_sqlite::Config::default()
        .queue(NAME)
        .batch_size(1)
        .lock_tasks(false)
        .heartbeat_interval(HEARTBEAT)
        .missed_heartbeats(MISSED);
    Ok(Engine::Sqlite(SqliteStorage::new(&pool).with_config(config)))
}

fn failed(error: sqlx::Error) -> Error {
    Error::new(Kind::Busy, "store_busy", format!("the queue of jobs cannot be used now: {error}"))
        .hint("try again; check the disk's room, or that the database runs")
        .retry(Retry::After(Duration::from_secs(1)))
        .source(error)
}

fn unexpected(why: String) -> Error {
    Error::new(Kind::Internal, "store_failed", format!("the queue of jobs does not take a task: {why}"))
}

/// When a worker looks for a task: often while there is work, else seldom.
#[derive(Debug, Default)]
pub(super) struct Pulse(Option<Pin<Box<Sleep>>>);

impl PollStrategy for Pulse {
    fn poll_drive(&mut self, cx: &mut Context<'_>, snapshot: &PollSnapshot) -> Poll<Option<()>> {
        let busy = snapshot.total_ready > 0 && snapshot.idle_for_less_than(LATELY);
        let mut ready = Poll::Pending;
        loop {
            let pause = self.0.get_or_insert_with(|| Box::pin(tokio::time::sleep(if busy { BUSY } else { IDLE })));
            if pause.as_mut().poll(cx).is_pending() {
                return ready;
            }
            // The next pause is polled, too: else nobody would wake the worker after it.
            self.0 = None;
            ready = Poll::Ready(Some(()));
        }
    }
}
