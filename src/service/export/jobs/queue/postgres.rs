//! Storage of the queue in the store's Postgres database.

use std::time::Duration;

use apalis::prelude::{TaskBuilder, TaskSink, TaskSinkError};
use apalis_postgres::PostgresStorage;
use sqlx::{
    ConnectOptions, PgPool, Row,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::{
    engine::{HEARTBEAT, MAX_MISSED_HEARTBEATS, NAME, PushError, Statements, unavailable, unusable},
    task::Task,
};
use haibao_core::error::Result;

/// Postgres storage. `Debug` is implemented manually, because `PostgresStorage` does not implement it.
#[derive(Clone)]
pub(in super::super) struct Postgres {
    pub(in super::super) storage: PostgresStorage<Task>,
    pub(super) pool: PgPool,
    /// Queue name. It contains the schema, because services in different schemas may share a database.
    pub(super) name: String,
    pub(super) sql: &'static Statements,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Postgres").field(&self.name).finish()
    }
}

const POSTGRES: Statements = Statements {
    active: "SELECT id, idempotency_key, lock_by FROM apalis.jobs \
             WHERE job_type = $1 AND status IN ('Pending', 'Queued', 'Running')",
    counts: "SELECT status, COUNT(*) FROM apalis.jobs WHERE job_type = $1 GROUP BY status",
    delete: "DELETE FROM apalis.jobs WHERE id = $1 AND status IN ('Queued', 'Running')",
    prune_tasks: "DELETE FROM apalis.jobs WHERE job_type = $1 AND status IN ('Done', 'Failed', 'Killed') \
                  AND COALESCE(done_at, run_at) < to_timestamp(CAST($2 AS BIGINT))",
    prune_workers: "DELETE FROM apalis.workers WHERE worker_type = $1 \
                    AND last_seen < to_timestamp(CAST($2 AS BIGINT)) \
                    AND id NOT IN (SELECT lock_by FROM apalis.jobs WHERE lock_by IS NOT NULL)",
};

/// Connects to the database and runs apalis's migrations.
pub(super) async fn open(options: &PgConnectOptions) -> Result<Postgres> {
    // apalis has its own schema. All services of a database must share its migration table, which follows the search
    // path.
    let shared = options.clone().options([("search_path", "public")]).disable_statement_logging();
    let pool = PgPoolOptions::new().max_connections(6).acquire_timeout(Duration::from_secs(5));
    let pool = pool.connect_with(shared).await.map_err(unusable)?;
    PostgresStorage::migrations().run(&pool).await.map_err(unusable)?;
    let mut own = options.clone().connect().await.map_err(unusable)?;
    let schema = sqlx::query("SELECT CAST(current_schema() AS TEXT)").fetch_one(&mut own).await.map_err(unavailable)?;
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
    Ok(Postgres { storage, pool, name, sql: &POSTGRES })
}

impl Postgres {
    /// Enqueues a task, optionally delayed. A task with a known key is ignored.
    pub(super) async fn push(&self, task: &Task, after: Option<Duration>) -> Result<(), PushError> {
        let built = TaskBuilder::new(task.clone()).idempotency_key(task.key()).max_attempts(1);
        let built = if let Some(after) = after { built.run_after(after) } else { built }.build();
        // Tasks are pushed one by one, because a known key fails the whole statement.
        match self.storage.clone().push_task(built).await {
            Ok(()) => Ok(()),
            Err(TaskSinkError::PushError(apalis_postgres::Error::Database(e))) => match e.as_database_error() {
                Some(error) if error.is_unique_violation() => Ok(()),
                _ => Err(PushError::Database(e)),
            },
            Err(other) => Err(PushError::Rejected(other.to_string())),
        }
    }
}
