//! What the storage backends of the queue share.

use std::time::Duration;

use crate::{causes, words};
use haibao_core::error::{Domain, Error, ErrorKind, Retry};

/// Queue name.
pub(super) const NAME: &str = "exports";
/// Interval of the workers' heartbeats to apalis.
pub(in super::super) const HEARTBEAT: Duration = Duration::from_secs(20);
/// Missed heartbeats after which apalis considers a worker dead and releases its tasks. The resulting time is far longer
/// than any chunk takes, so tasks that wait for WeChat's quota do not run twice. The sweeper detects dead workers much
/// earlier.
pub(in super::super) const MAX_MISSED_HEARTBEATS: usize = 90;

/// Statements on the tables of the tasks. `$1` is the queue's name where not stated otherwise.
pub(super) struct Statements {
    /// Tasks that have not finished.
    pub(super) active: &'static str,
    /// Number of tasks by status.
    pub(super) counts: &'static str,
    /// Deletes the unfinished task with the id `$1`.
    pub(super) delete: &'static str,
    /// Deletes the tasks that finished before `$2`, in seconds.
    pub(super) prune_tasks: &'static str,
    /// Deletes the workers without tasks that were last seen before `$2`, in seconds.
    pub(super) prune_workers: &'static str,
}

impl std::fmt::Debug for Statements {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Statements")
    }
}

/// Failed push of a task.
pub(super) enum PushError {
    Database(sqlx::Error),
    Rejected(String),
}

impl From<sqlx::Error> for PushError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

#[allow(clippy::needless_pass_by_value, reason = "for `map_err`")]
pub(super) fn unusable(error: impl std::error::Error + 'static) -> Error {
    Error::of(ErrorKind::Internal, words::queue_unusable(causes::any(&error))).domain(Domain::Store)
}

pub(super) fn unavailable(error: sqlx::Error) -> Error {
    Error::of(ErrorKind::Busy, words::queue_unavailable(causes::database(&error)))
        .domain(Domain::Store)
        .retry(Retry::After(Duration::from_secs(1)))
        .source(error)
}
