//! The one task that writes. What waits is written in one transaction: a thousand links that are asked for at once
//! wait for a few syncs of the disk, not for a thousand.

use std::sync::Arc;

use sqlx::{Row, Sqlite, SqlitePool, Transaction};
use tokio::sync::{mpsc, oneshot};

use super::{
    failed,
    links::{Edge, Link, Put},
    scans::Scans,
    sql,
};
use crate::error::{Error, Kind, Result};

/// Most jobs of one transaction, and most that wait before those who ask wait themselves.
const BATCH: usize = 256;
/// Attempts with new ids after one that is taken: each is as unlikely as a guess.
const ATTEMPTS: usize = 4;
/// How long a link that has expired is still known as such, s: 30 days.
const KEEP_EXPIRED: i64 = 30 * 86_400;
/// Links that one transaction may purge.
const PURGE: i64 = 100;

/// What shall be a link.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) payload: Arc<str>,
    pub(super) expires_at: Option<i64>,
    pub(super) count_scans: bool,
}

/// Asks the task.
#[derive(Debug)]
pub(super) struct Writer(mpsc::Sender<Job>);

#[derive(Debug)]
enum Job {
    Put(Entry, oneshot::Sender<Result<Put>>),
    Flush(oneshot::Sender<()>),
}

impl Writer {
    /// Starts the task; it ends with this.
    pub(super) fn start(pool: SqlitePool, scans: Arc<Scans>, edge: Edge) -> Self {
        let (sender, receiver) = mpsc::channel(BATCH);
        tokio::spawn(run(receiver, Task { pool, scans, edge }));
        Self(sender)
    }

    /// Writes a link; it is on the disk when this returns.
    pub(super) async fn put(&self, entry: Entry) -> Result<Put> {
        let (answer, answered) = oneshot::channel();
        self.0.send(Job::Put(entry, answer)).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }

    /// Writes the scans that are counted so far, as well as that is possible.
    pub(super) async fn flush(&self) {
        let (answer, answered) = oneshot::channel();
        if self.0.send(Job::Flush(answer)).await.is_ok() {
            let _ = answered.await;
        }
    }
}

fn stopped() -> Error {
    Error::new(Kind::Internal, "internal", "the store has stopped").hint("restart the process")
}

struct Task {
    pool: SqlitePool,
    scans: Arc<Scans>,
    edge: Edge,
}

async fn run(mut receiver: mpsc::Receiver<Job>, task: Task) {
    loop {
        let mut jobs = Vec::new();
        tokio::select! {
            count = receiver.recv_many(&mut jobs, BATCH) => if count == 0 { return },
            () = task.scans.due() => {}
        }
        let (mut entries, mut waiting, mut flushed) = (Vec::new(), Vec::new(), Vec::new());
        for job in jobs {
            match job {
                // Whoever has gone away needs no link.
                Job::Put(_, answer) if answer.is_closed() => {}
                Job::Put(entry, answer) => {
                    entries.push(entry);
                    waiting.push(answer);
                }
                Job::Flush(answer) => flushed.push(answer),
            }
        }
        let scans = if task.scans.is_due() || !flushed.is_empty() { task.scans.all() } else { Vec::new() };
        let result = task.write(&entries, &scans).await;
        if !scans.is_empty() {
            task.scans.settle(if result.is_ok() { &scans } else { &[] });
        }
        match result {
            Ok(links) => waiting.into_iter().zip(links).for_each(|(answer, put)| drop(answer.send(Ok(put)))),
            Err(error) => {
                tracing::warn!(code = error.code(), message = error.message(), "short links are not written");
                waiting.into_iter().for_each(|answer| drop(answer.send(Err(error.clone()))));
            }
        }
        for answer in flushed {
            let _ = answer.send(());
        }
    }
}

impl Task {
    /// One transaction, durable when this returns.
    async fn write(&self, entries: &[Entry], scans: &[(String, i64)]) -> Result<Vec<Put>> {
        for _ in 1..ATTEMPTS {
            match self.attempt(entries, scans).await {
                Err(Failure::Taken) => {}
                Err(Failure::Other(error)) => return Err(error),
                Ok(links) => return Ok(links),
            }
        }
        self.attempt(entries, scans).await.map_err(|failure| match failure {
            Failure::Taken => Error::new(Kind::Internal, "internal", "every new id of a short link is taken"),
            Failure::Other(error) => error,
        })
    }

    async fn attempt(&self, entries: &[Entry], scans: &[(String, i64)]) -> Result<Vec<Put>, Failure> {
        if entries.is_empty() && scans.is_empty() {
            return Ok(Vec::new());
        }
        let now = (self.edge.now)();
        let mut transaction = self.pool.begin_with(sql::BEGIN).await?;
        let mut links = Vec::with_capacity(entries.len());
        for entry in entries {
            links.push(self.put(&mut transaction, entry, now).await?);
        }
        for (id, count) in scans {
            sqlx::query(sql::ADD_SCANS).bind(id).bind(count).execute(&mut *transaction).await?;
        }
        let purge = sqlx::query(sql::PURGE_LINKS).bind(now - KEEP_EXPIRED).bind(PURGE);
        purge.execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(links)
    }

    async fn put(&self, to: &mut Transaction<'_, Sqlite>, entry: &Entry, now: i64) -> Result<Put, Failure> {
        let id = (self.edge.id)().map_err(Failure::Other)?;
        let query = sqlx::query(sql::PUT_LINK)
            .bind(&id)
            .bind(hash(&entry.payload))
            .bind(&*entry.payload)
            .bind(now)
            .bind(entry.expires_at)
            .bind(i64::from(entry.count_scans));
        let row = query.fetch_one(&mut **to).await?;
        let created = row.try_get::<&str, _>("id")? == id;
        Ok(Put { link: Link::read(&row)?, created })
    }
}

/// What a payload is known by.
pub(super) fn hash(payload: &str) -> Vec<u8> {
    blake3::hash(payload.as_bytes()).as_bytes().to_vec()
}

enum Failure {
    /// An id is another link's.
    Taken,
    Other(Error),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        // Of a payload that is known the statement makes an update: only the id can be taken.
        if error.as_database_error().is_some_and(|e| e.is_unique_violation()) {
            return Self::Taken;
        }
        Self::Other(failed(error))
    }
}
