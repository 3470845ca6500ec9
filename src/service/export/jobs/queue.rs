//! Task queue, based on apalis. With SQLite it uses a separate file next to the store; with Postgres it uses the store's
//! database.
//!
//! Tasks are only hints that there is work. The tables of [`crate::store::exports`] determine what has to be done, who
//! does it, and what is complete. A task may therefore run twice, late, or never (the sweeper then enqueues a new one).

#[cfg_attr(not(feature = "cluster"), path = "queue/sqlite_only.rs")]
mod backends;
mod engine;
#[cfg(feature = "cluster")]
mod postgres;
mod sqlite;
mod task;

use std::{
    collections::{BTreeMap, HashSet},
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use apalis::prelude::{PollSnapshot, PollStrategy};
use sqlx::Row;
use tokio::{sync::OnceCell, time::Sleep};

pub(super) use backends::{Engine, on_engine};
pub(super) use engine::{HEARTBEAT, MAX_MISSED_HEARTBEATS};
use engine::{PushError, unavailable};
pub use task::Task;

use crate::{store::Store, words};
use haibao_core::error::{Domain, Error, ErrorKind, Result};

/// Polling interval of a worker while there is work.
const BUSY_INTERVAL: Duration = Duration::from_millis(50);
/// Polling interval of an idle worker.
const IDLE_INTERVAL: Duration = Duration::from_millis(250);
/// Time after its last task during which a worker still polls at [`BUSY_INTERVAL`].
const BUSY_PERIOD: Duration = Duration::from_secs(2);
/// Time that finished tasks are kept, in seconds. During this time their keys prevent duplicates.
const TASK_RETENTION: i64 = 120;
/// Time that dead workers are kept, in seconds.
const WORKER_RETENTION: i64 = 2 * HEARTBEAT.as_secs().cast_signed() * MAX_MISSED_HEARTBEATS.cast_signed() as i64;

/// Task queue, lazily initialised on first use.
#[derive(Debug)]
pub struct Queue {
    store: Store,
    opened: OnceCell<Engine>,
    /// Workers of this process that have ended. Tasks that they had taken but not started are lost.
    ended: Mutex<HashSet<String>>,
}

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
        self.opened.get_or_try_init(|| backends::open(&self.store)).await
    }

    /// Closes the storage after the statements in progress; later ones fail.
    pub(crate) async fn close(&self) {
        if let Some(engine) = self.opened.get() {
            on_engine!(engine, open => open.pool.close().await);
        }
    }

    /// Enqueues a task, optionally delayed. A task with a known key is ignored.
    ///
    /// # Errors
    /// `store_busy`, `store_failed`.
    pub async fn push(&self, task: Task, after: Option<Duration>) -> Result<()> {
        let pushed = on_engine!(self.engine().await?, open => open.push(&task, after).await);
        pushed.map_err(|e| match e {
            PushError::Database(e) => unavailable(e),
            PushError::Rejected(why) => rejected(&why),
        })
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
        on_engine!(self.engine().await?, open => {
            let rows = sqlx::query(open.sql.active).bind(&open.name).fetch_all(&open.pool).await.map_err(unavailable)?;
            rows.iter()
                .map(|row| Ok(ActiveTask { id: row.try_get(0)?, key: row.try_get(1)?, worker: row.try_get(2)? }))
                .collect::<sqlx::Result<_>>()
        })
        .map_err(unavailable)
    }

    /// Number of tasks by apalis status. For tests.
    ///
    /// # Errors
    /// `store_busy`, `store_failed`.
    pub async fn counts(&self) -> Result<BTreeMap<String, i64>> {
        on_engine!(self.engine().await?, open => {
            let rows = sqlx::query(open.sql.counts).bind(&open.name).fetch_all(&open.pool).await.map_err(unavailable)?;
            rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<sqlx::Result<_>>()
        })
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
            on_engine!(self.engine().await?, open => {
                sqlx::query(open.sql.delete).bind(&id).execute(&open.pool).await.map_err(unavailable)?;
            });
        }
        // Ended workers take no new tasks, and their old ones have been deleted.
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).retain(|worker| !ended.contains(worker));
        let now = crate::store::exports::now() / 1000;
        on_engine!(self.engine().await?, open => {
            for (sql, before) in
                [(open.sql.prune_tasks, now - TASK_RETENTION), (open.sql.prune_workers, now - WORKER_RETENTION)]
            {
                sqlx::query(sql).bind(&open.name).bind(before).execute(&open.pool).await.map_err(unavailable)?;
            }
        });
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

fn rejected(why: &str) -> Error {
    Error::of(ErrorKind::Internal, words::queue_rejected(words::cause_said(why))).domain(Domain::Store)
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
