//! Task queue, based on apalis. With SQLite it uses a separate file next to the store; with Postgres it uses the store's
//! database.
//!
//! Tasks are only hints that there is work. The tables of [`crate::store::exports`] determine what has to be done, who
//! does it, and what is complete. A task may therefore run twice, late, or never (the sweeper then enqueues a new one).

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

/// File name in the data folder. Separate from the store, because the migration tables of apalis and the store have the
/// same name.
const FILE: &str = "jobs.db";
/// Polling interval of a worker while there is work.
const BUSY_INTERVAL: Duration = Duration::from_millis(50);
/// Polling interval of an idle worker.
const IDLE_INTERVAL: Duration = Duration::from_millis(250);
/// Time after its last task during which a worker still polls at [`BUSY_INTERVAL`].
const BUSY_PERIOD: Duration = Duration::from_secs(2);
/// Interval of the workers' heartbeats to apalis.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(20);
/// Missed heartbeats after which apalis considers a worker dead and releases its tasks. The resulting time is far longer
/// than any chunk takes, so tasks that wait for WeChat's quota do not run twice. The sweeper detects dead workers much
/// earlier.
pub(super) const MAX_MISSED_HEARTBEATS: usize = 90;
/// Time that finished tasks are kept, in seconds. During this time their keys prevent duplicates.
const TASK_RETENTION: i64 = 120;
/// Time that dead workers are kept, in seconds.
const WORKER_RETENTION: i64 = 2 * HEARTBEAT.as_secs().cast_signed() * MAX_MISSED_HEARTBEATS.cast_signed() as i64;

/// A task of the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Read and check the sheet.
    Prepare {
        /// Export id.
        id: String,
        /// Generation of the export.
        generation: i64,
    },
    /// Render a chunk.
    Chunk {
        /// Export id.
        id: String,
        /// Generation of the chunk.
        generation: i64,
        /// Chunk index, from 0.
        n: i64,
    },
    /// Assemble the archive.
    Finish {
        /// Export id.
        id: String,
        /// Generation of the export.
        generation: i64,
    },
    /// Notify the webhook of the end of the export.
    Webhook {
        /// Export id.
        id: String,
        /// Attempt, from 0.
        attempt: i64,
    },
}

impl Task {
    /// Idempotency key: the queue accepts each key once. Keys stay in use after a task has finished, so a new task for
    /// the same work needs a new generation.
    pub fn key(&self) -> String {
        match self {
            Self::Prepare { id, generation } => format!("{id}/prepare/{generation}"),
            Self::Chunk { id, generation, n } => format!("{id}/{n}/{generation}"),
            Self::Finish { id, generation } => format!("{id}/finish/{generation}"),
            Self::Webhook { id, attempt } => format!("{id}/webhook/{attempt}"),
        }
    }
}

/// Task queue, lazily initialised on first use.
#[derive(Debug)]
pub struct Queue {
    store: Store,
    opened: OnceCell<Engine>,
    /// Workers of this process that have ended. Tasks that they had taken but not started are lost.
    ended: Mutex<HashSet<String>>,
}

/// Storage backend of an open queue.
#[derive(Debug, Clone)]
pub(super) enum Engine {
    Sqlite(SqliteStorage<Task>),
    Postgres(Postgres),
}

/// Postgres storage. `Debug` is implemented manually, because `PostgresStorage` does not implement it.
#[derive(Clone)]
pub(super) struct Postgres {
    pub(super) storage: PostgresStorage<Task>,
    pool: PgPool,
    /// Queue name. It contains the schema, because services in different schemas may share a database.
    name: String,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Postgres").field(&self.name).finish()
    }
}

/// Queue name with SQLite.
const NAME: &str = "exports";

impl Queue {
    /// Creates the queue for a store.
    pub fn new(store: Store) -> Self {
        Self { store, opened: OnceCell::new(), ended: Mutex::default() }
    }

    /// Records that a worker of this process has ended.
    pub(super) fn ended(&self, worker: &str) {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).insert(worker.to_owned());
    }

    /// Returns the storage backend, opening it on first use.
    ///
    /// # Errors
    /// `store_unusable`, `store_busy`.
    pub(super) async fn engine(&self) -> Result<&Engine> {
        self.opened.get_or_try_init(|| open(&self.store)).await
    }

    /// Enqueues a task, optionally delayed. A task with a known key is ignored.
    ///
    /// # Errors
    /// `store_busy`, `store_failed`.
    pub async fn push(&self, task: Task, after: Option<Duration>) -> Result<()> {
        let built = TaskBuilder::new(task.clone()).idempotency_key(task.key()).max_attempts(1);
        let built = if let Some(after) = after { built.run_after(after) } else { built }.build();
        match self.engine().await?.clone() {
            Engine::Sqlite(mut storage) => storage.push_task(built).await.map_err(|e| match e {
                TaskSinkError::PushError(apalis_sqlite::Error::Database(e)) => unavailable(e),
                other => rejected(other.to_string()),
            }),
            // Push tasks one by one, because a duplicate key fails the whole statement.
            Engine::Postgres(mut postgres) => match postgres.storage.push_task(built).await {
                Err(TaskSinkError::PushError(apalis_postgres::Error::Database(e)))
                    if e.as_database_error().is_some_and(|e| e.is_unique_violation()) =>
                {
                    Ok(())
                }
                Err(TaskSinkError::PushError(apalis_postgres::Error::Database(e))) => Err(unavailable(e)),
                Err(other) => Err(rejected(other.to_string())),
                Ok(()) => Ok(()),
            },
        }
    }

    /// Keys of live tasks: those that are pending, and those held by workers of `instances`. Tasks held by ended workers
    /// of this process are excluded.
    ///
    /// # Errors
    /// `store_busy`, `store_failed`.
    pub async fn live(&self, instances: &[String]) -> Result<HashSet<String>> {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let active = self.active().await?.into_iter();
        Ok(active.filter(|task| is_live(task, instances, &ended)).filter_map(|task| task.key).collect())
    }

    /// Tasks that have not finished.
    async fn active(&self) -> Result<Vec<ActiveTask>> {
        macro_rules! read {
            ($rows:expr) => {
                $rows
                    .await
                    .map_err(unavailable)?
                    .iter()
                    .map(|row| Ok(ActiveTask { id: row.try_get(0)?, key: row.try_get(1)?, worker: row.try_get(2)? }))
                    .collect::<sqlx::Result<_>>()
                    .map_err(unavailable)
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

    /// Number of tasks by apalis status. For tests.
    ///
    /// # Errors
    /// `store_busy`, `store_failed`.
    pub async fn counts(&self) -> Result<BTreeMap<String, i64>> {
        let read = |name: sqlx::Result<String>, count: sqlx::Result<i64>| Ok((name?, count?));
        match self.engine().await? {
            Engine::Sqlite(storage) => {
                let sql = "SELECT status, COUNT(*) FROM Jobs WHERE job_type = $1 GROUP BY status";
                let rows = sqlx::query(sql).bind(NAME).fetch_all(storage.pool()).await.map_err(unavailable)?;
                rows.iter().map(|row| read(row.try_get(0), row.try_get(1))).collect::<sqlx::Result<_>>()
            }
            Engine::Postgres(postgres) => {
                let sql = "SELECT status, COUNT(*) FROM apalis.jobs WHERE job_type = $1 GROUP BY status";
                let rows =
                    sqlx::query(sql).bind(&postgres.name).fetch_all(&postgres.pool).await.map_err(unavailable)?;
                rows.iter().map(|row| read(row.try_get(0), row.try_get(1))).collect::<sqlx::Result<_>>()
            }
        }
        .map_err(unavailable)
    }

    /// Deletes finished tasks, tasks of dead workers (the sweeper has enqueued replacements), and dead workers. apalis
    /// itself never deletes them.
    ///
    /// # Errors
    /// `store_busy`, `store_failed`.
    pub async fn prune(&self, instances: &[String]) -> Result<()> {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let active = self.active().await?.into_iter();
        for id in active.filter(|task| !is_live(task, instances, &ended)).map(|task| task.id) {
            match self.engine().await? {
                Engine::Sqlite(storage) => {
                    let sql = "DELETE FROM Jobs WHERE id = $1 AND status IN ('Queued', 'Running')";
                    sqlx::query(sql).bind(&id).execute(storage.pool()).await.map_err(unavailable).map(drop)?;
                }
                Engine::Postgres(postgres) => {
                    let sql = "DELETE FROM apalis.jobs WHERE id = $1 AND status IN ('Queued', 'Running')";
                    sqlx::query(sql).bind(&id).execute(&postgres.pool).await.map_err(unavailable).map(drop)?;
                }
            }
        }
        // Ended workers take no new tasks, and their old ones have been deleted.
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).retain(|worker| !ended.contains(worker));
        let now = crate::store::exports::now() / 1000;
        match self.engine().await? {
            Engine::Sqlite(storage) => {
                let jobs = "DELETE FROM Jobs WHERE job_type = $1 AND status IN ('Done', 'Failed', 'Killed') \
                            AND COALESCE(done_at, run_at) < $2";
                sqlx::query(jobs)
                    .bind(NAME)
                    .bind(now - TASK_RETENTION)
                    .execute(storage.pool())
                    .await
                    .map_err(unavailable)?;
                let workers = "DELETE FROM Workers WHERE worker_type = $1 AND last_seen < $2 \
                               AND id NOT IN (SELECT lock_by FROM Jobs WHERE lock_by IS NOT NULL)";
                sqlx::query(workers)
                    .bind(NAME)
                    .bind(now - WORKER_RETENTION)
                    .execute(storage.pool())
                    .await
                    .map_err(unavailable)?;
            }
            Engine::Postgres(Postgres { pool, name, .. }) => {
                let jobs = "DELETE FROM apalis.jobs WHERE job_type = $1 AND status IN ('Done', 'Failed', 'Killed') \
                            AND COALESCE(done_at, run_at) < to_timestamp(CAST($2 AS BIGINT))";
                sqlx::query(jobs).bind(name).bind(now - TASK_RETENTION).execute(pool).await.map_err(unavailable)?;
                let workers = "DELETE FROM apalis.workers WHERE worker_type = $1 \
                               AND last_seen < to_timestamp(CAST($2 AS BIGINT)) \
                               AND id NOT IN (SELECT lock_by FROM apalis.jobs WHERE lock_by IS NOT NULL)";
                sqlx::query(workers)
                    .bind(name)
                    .bind(now - WORKER_RETENTION)
                    .execute(pool)
                    .await
                    .map_err(unavailable)?;
            }
        }
        Ok(())
    }
}

/// A task that is pending or running.
struct ActiveTask {
    id: String,
    key: Option<String>,
    /// Worker name, `{instance}/{index}.{start}`; `None` while the task is pending.
    worker: Option<String>,
}

/// Whether a task is pending, or held by a worker of `instances` that has not ended.
fn is_live(task: &ActiveTask, instances: &[String], ended: &HashSet<String>) -> bool {
    let of = |worker: &str, id: &String| worker.strip_prefix(id).is_some_and(|rest| rest.starts_with('/'));
    let own = |worker: &str| !ended.contains(worker) && instances.iter().any(|id| of(worker, id));
    task.worker.as_deref().is_none_or(own)
}

/// Opens the queue and runs its migrations.
async fn open(store: &Store) -> Result<Engine> {
    let unusable = |why: String| {
        Error::new(Kind::Internal, "store_unusable", format!("cannot open the job queue: {why}")).hint(
            "`data` must be a folder that this process can write to; a Postgres user must be allowed to create the \
                   schema apalis and the extension hstore, unless an administrator has created them",
        )
    };
    // Opening the store creates the folder, and waits for a database that is starting.
    store.db().await?;
    if let Some(options) = store.postgres() {
        // apalis has its own schema. All services of a database must share its migration table, which follows the search
        // path.
        let shared = options.clone().options([("search_path", "public")]).disable_statement_logging();
        let pool = PgPoolOptions::new().max_connections(6).acquire_timeout(Duration::from_secs(5));
        let pool = pool.connect_with(shared).await.map_err(|e| unusable(e.to_string()))?;
        PostgresStorage::migrations().run(&pool).await.map_err(|e| unusable(e.to_string()))?;
        let mut own = options.clone().connect().await.map_err(|e| unusable(e.to_string()))?;
        let schema =
            sqlx::query("SELECT CAST(current_schema() AS TEXT)").fetch_one(&mut own).await.map_err(unavailable)?;
        let name = format!("{NAME}/{}", schema.try_get::<String, _>(0).map_err(unavailable)?);
        // One task per fetch, so that no task waits behind another in a worker. Fetching already locks the task, so
        // `lock_tasks` would be a redundant write.
        let config = apalis_postgres::Config::default()
            .queue(&name)
            .batch_size(1)
            .lock_tasks(false)
            .heartbeat_interval(HEARTBEAT)
            .missed_heartbeats(MAX_MISSED_HEARTBEATS);
        let storage = PostgresStorage::new(&pool).with_config(config);
        return Ok(Engine::Postgres(Postgres { storage, pool, name }));
    }
    let folder = store.folder().map(|folder| folder.join(FILE)).unwrap_or_default();
    let options = SqliteConnectOptions::new()
        .filename(&folder)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // Cannot corrupt the file. The last tasks may be lost in a power failure; the sweeper enqueues them again.
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(5))
        .disable_statement_logging();
    // A single connection, so that workers never contend for the write lock.
    let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
    let pool: SqlitePool = pool.connect_with(options).await.map_err(|e| unusable(e.to_string()))?;
    // `SqliteStorage::setup` would disable syncing, so run only the migrations.
    SqliteStorage::migrations().run(&pool).await.map_err(|e| unusable(e.to_string()))?;
    let config = apalis_sqlite::Config::default()
        .queue(NAME)
        .batch_size(1)
        .lock_tasks(false)
        .heartbeat_interval(HEARTBEAT)
        .missed_heartbeats(MAX_MISSED_HEARTBEATS);
    Ok(Engine::Sqlite(SqliteStorage::new(&pool).with_config(config)))
}

fn unavailable(error: sqlx::Error) -> Error {
    Error::new(Kind::Busy, "store_busy", format!("the job queue is unavailable: {error}"))
        .hint("try again; check that there is room on the disk, or that the database is running")
        .retry(Retry::After(Duration::from_secs(1)))
        .source(error)
}

fn rejected(why: String) -> Error {
    Error::new(Kind::Internal, "store_failed", format!("the job queue rejected a task: {why}"))
}

/// Polling strategy of a worker: frequent while there is work, less frequent when idle.
#[derive(Debug, Default)]
pub(super) struct AdaptivePolling(Option<Pin<Box<Sleep>>>);

impl PollStrategy for AdaptivePolling {
    fn poll_drive(&mut self, cx: &mut Context<'_>, snapshot: &PollSnapshot) -> Poll<Option<()>> {
        let busy = snapshot.total_ready > 0 && snapshot.idle_for_less_than(BUSY_PERIOD);
        let mut ready = Poll::Pending;
        loop {
            let interval = if busy { BUSY_INTERVAL } else { IDLE_INTERVAL };
            let sleep = self.0.get_or_insert_with(|| Box::pin(tokio::time::sleep(interval)));
            if sleep.as_mut().poll(cx).is_pending() {
                return ready;
            }
            // Poll the next sleep too, so that its waker is registered.
            self.0 = None;
            ready = Poll::Ready(Some(()));
        }
    }
}
