//! Link writer: one task per process. Pending links are written in one transaction, so a thousand concurrent requests
//! wait for a few disk syncs instead of a thousand.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::{
    Db, Tx,
    db::is_conflict,
    link::{Edge, Link, Put},
    scans::Scans,
    sql,
};
use crate::words;
use haibao_core::error::{Error, Result};

/// Maximum jobs per transaction, and capacity of the job queue. A full queue blocks its callers.
const BATCH: usize = 256;
/// Maximum attempts with new ids when an id is taken. A single collision is already extremely unlikely.
const MAX_ATTEMPTS: usize = 4;
/// How long an expired link is still reported as expired, s: 30 days.
const KEEP_EXPIRED: i64 = 30 * 86_400;
/// Maximum number of links purged per batch.
const PURGE: i64 = 100;

/// A link to write.
#[derive(Debug)]
pub(super) struct LinkWrite {
    hash: [u8; 32],
    payload: Arc<str>,
    expires_at: Option<i64>,
    count_scans: bool,
    owner: Option<Box<str>>,
}

impl LinkWrite {
    pub(super) fn new(payload: &str, expires_at: Option<i64>, count_scans: bool, owner: Option<&str>) -> Self {
        Self { hash: hash(payload), payload: payload.into(), expires_at, count_scans, owner: owner.map(Into::into) }
    }
}

/// Handle of the writer task.
#[derive(Debug)]
pub(super) struct Writer(mpsc::Sender<Job>);

#[derive(Debug)]
enum Job {
    Put(LinkWrite, oneshot::Sender<Result<Put>>),
    Flush(oneshot::Sender<()>),
}

impl Writer {
    /// Starts the task. It ends when the handle is dropped.
    pub(super) fn start(db: Db, scans: Arc<Scans>, edge: Edge) -> Self {
        let (sender, receiver) = mpsc::channel(BATCH);
        tokio::spawn(run(receiver, Task { db, scans, edge }));
        Self(sender)
    }

    /// Writes a link. It is durable when this returns.
    pub(super) async fn put(&self, entry: LinkWrite) -> Result<Put> {
        let (reply, replied) = oneshot::channel();
        self.0.send(Job::Put(entry, reply)).await.map_err(|_| stopped())?;
        replied.await.map_err(|_| stopped())?
    }

    /// Writes pending scan counts. Best effort: errors are logged.
    pub(super) async fn flush(&self) {
        let (reply, replied) = oneshot::channel();
        if self.0.send(Job::Flush(reply)).await.is_ok() {
            let _ = replied.await;
        }
    }
}

fn stopped() -> Error {
    Error::internal(words::store_stopped()).hint(words::restart())
}

struct Task {
    db: Db,
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
        let (mut puts, mut flushes) = (Vec::new(), Vec::new());
        for job in jobs {
            match job {
                // The caller was cancelled.
                Job::Put(_, reply) if reply.is_closed() => {}
                Job::Put(entry, reply) => puts.push((entry, reply)),
                Job::Flush(reply) => flushes.push(reply),
            }
        }
        // A fixed order prevents deadlocks between processes that write the same links.
        puts.sort_by_key(|(entry, _)| entry.hash);
        let (entries, replies): (Vec<_>, Vec<_>) = puts.into_iter().unzip();
        match task.write(&entries).await {
            Ok(links) => replies.into_iter().zip(links).for_each(|(reply, put)| drop(reply.send(Ok(put)))),
            Err(error) => {
                warn(&error, "short links cannot be written");
                replies.into_iter().for_each(|reply| drop(reply.send(Err(error.clone()))));
            }
        }
        if task.scans.is_due() || !flushes.is_empty() {
            task.write_scans().await;
        }
        for reply in flushes {
            let _ = reply.send(());
        }
    }
}

fn warn(error: &Error, what: &str) {
    tracing::warn!(code = error.code(), error = error.message(), "{what}");
}

impl Task {
    /// Writes links in one transaction, durable when this returns. Retries with new ids if an id is taken.
    async fn write(&self, entries: &[LinkWrite]) -> Result<Vec<Put>> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let now = (self.edge.now)();
        let mut attempt = 1;
        let links = loop {
            match self.attempt(entries, now).await {
                // The statement updates a known payload, so a conflict can only be a taken id.
                Err(error) if is_conflict(&error) && attempt < MAX_ATTEMPTS => attempt += 1,
                result => break result?,
            }
        };
        // Outside the transaction: it would lock links in another order.
        let purged = self.db.run(sql::PURGE_LINKS, &[(now - KEEP_EXPIRED).into(), PURGE.into()]).await;
        purged.map_or_else(|error| warn(&error, "expired links cannot be removed"), drop);
        Ok(links)
    }

    async fn attempt(&self, entries: &[LinkWrite], now: i64) -> Result<Vec<Put>> {
        let mut tx = self.db.begin().await?;
        let mut links = Vec::with_capacity(entries.len());
        for entry in entries {
            links.push(self.put(&mut tx, entry, now).await?);
        }
        tx.commit().await?;
        Ok(links)
    }

    async fn put(&self, tx: &mut Tx, entry: &LinkWrite, now: i64) -> Result<Put> {
        let id = (self.edge.id)()?;
        let values = [
            id.as_str().into(),
            entry.hash[..].into(),
            (&*entry.payload).into(),
            now.into(),
            entry.expires_at.into(),
            i64::from(entry.count_scans).into(),
            entry.owner.as_deref().into(),
        ];
        let row = tx.one(sql::PUT_LINK, &values).await?;
        let missing = || Error::internal("the store returned no link");
        let link = Link::read(&row.ok_or_else(missing)?)?;
        Ok(Put { created: link.id == id, link })
    }

    /// Writes pending scan counts. They stay pending after a failure.
    async fn write_scans(&self) {
        let mut scans = self.scans.all();
        if scans.is_empty() {
            return;
        }
        scans.sort();
        let result = self.add(&scans).await;
        self.scans.settle(if result.is_ok() { &scans } else { &[] });
        result.unwrap_or_else(|error| warn(&error, "scans cannot be written"));
    }

    async fn add(&self, scans: &[(String, i64)]) -> Result<()> {
        let mut tx = self.db.begin().await?;
        for (id, count) in scans {
            tx.run(sql::ADD_SCANS, &[id.as_str().into(), (*count).into()]).await?;
        }
        tx.commit().await
    }
}

/// The key of a payload: its BLAKE3 hash.
pub(super) fn hash(payload: &str) -> [u8; 32] {
    *blake3::hash(payload.as_bytes()).as_bytes()
}
