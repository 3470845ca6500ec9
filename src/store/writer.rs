//! The one task of the process that writes links. What waits is written in one transaction: a thousand links that are
//! asked for at once wait for a few syncs of the disk, not for a thousand.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::{
    CONFLICT, Db, Tx,
    links::{Edge, Link, Put},
    scans::Scans,
    sql,
};
use haibao_core::error::{Error, Kind, Result};

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
    hash: [u8; 32],
    payload: Arc<str>,
    expires_at: Option<i64>,
    count_scans: bool,
}

impl Entry {
    pub(super) fn new(payload: &str, expires_at: Option<i64>, count_scans: bool) -> Self {
        Self { hash: hash(payload), payload: payload.into(), expires_at, count_scans }
    }
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
    pub(super) fn start(db: Db, scans: Arc<Scans>, edge: Edge) -> Self {
        let (sender, receiver) = mpsc::channel(BATCH);
        tokio::spawn(run(receiver, Task { db, scans, edge }));
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
        let (mut asked, mut flushed) = (Vec::new(), Vec::new());
        for job in jobs {
            match job {
                // Whoever has gone away needs no link.
                Job::Put(_, answer) if answer.is_closed() => {}
                Job::Put(entry, answer) => asked.push((entry, answer)),
                Job::Flush(answer) => flushed.push(answer),
            }
        }
        // Processes that write the same links at once must not wait for each other in a ring.
        asked.sort_by_key(|(entry, _)| entry.hash);
        let (entries, waiting): (Vec<_>, Vec<_>) = asked.into_iter().unzip();
        match task.write(&entries).await {
            Ok(links) => waiting.into_iter().zip(links).for_each(|(answer, put)| drop(answer.send(Ok(put)))),
            Err(error) => {
                warn(&error, "short links are not written");
                waiting.into_iter().for_each(|answer| drop(answer.send(Err(error.clone()))));
            }
        }
        if task.scans.is_due() || !flushed.is_empty() {
            task.count().await;
        }
        for answer in flushed {
            let _ = answer.send(());
        }
    }
}

fn warn(error: &Error, what: &str) {
    tracing::warn!(code = error.code(), message = error.message(), "{what}");
}

impl Task {
    /// One transaction, durable when this returns.
    async fn write(&self, entries: &[Entry]) -> Result<Vec<Put>> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let now = (self.edge.now)();
        let mut attempt = 1;
        let links = loop {
            match self.attempt(entries, now).await {
                // Of a payload that is known the statement makes an update: only an id can be taken.
                Err(error) if error.code() == CONFLICT && attempt < ATTEMPTS => attempt += 1,
                result => break result?,
            }
        };
        // Not in the transaction, which touches links in another order.
        let purged = self.db.run(sql::PURGE_LINKS, &[(now - KEEP_EXPIRED).into(), PURGE.into()]).await;
        purged.map_or_else(|error| warn(&error, "links that have expired are not removed"), drop);
        Ok(links)
    }

    async fn attempt(&self, entries: &[Entry], now: i64) -> Result<Vec<Put>> {
        let mut tx = self.db.begin().await?;
        let mut links = Vec::with_capacity(entries.len());
        for entry in entries {
            links.push(self.put(&mut tx, entry, now).await?);
        }
        tx.commit().await?;
        Ok(links)
    }

    async fn put(&self, tx: &mut Tx, entry: &Entry, now: i64) -> Result<Put> {
        let id = (self.edge.id)()?;
        let values = [
            id.as_str().into(),
            entry.hash[..].into(),
            (&*entry.payload).into(),
            now.into(),
            entry.expires_at.into(),
            i64::from(entry.count_scans).into(),
        ];
        let row = tx.one(sql::PUT_LINK, &values).await?;
        let missing = || Error::new(Kind::Internal, "internal", "the store answered no link");
        let link = Link::read(&row.ok_or_else(missing)?)?;
        Ok(Put { created: link.id == id, link })
    }

    /// Writes the scans that are counted so far; those that cannot be written wait on.
    async fn count(&self) {
        let mut scans = self.scans.all();
        if scans.is_empty() {
            return;
        }
        scans.sort();
        let result = self.add(&scans).await;
        self.scans.settle(if result.is_ok() { &scans } else { &[] });
        result.unwrap_or_else(|error| warn(&error, "scans are not written"));
    }

    async fn add(&self, scans: &[(String, i64)]) -> Result<()> {
        let mut tx = self.db.begin().await?;
        for (id, count) in scans {
            tx.run(sql::ADD_SCANS, &[id.as_str().into(), (*count).into()]).await?;
        }
        tx.commit().await
    }
}

/// What a payload is known by.
pub(super) fn hash(payload: &str) -> [u8; 32] {
    *blake3::hash(payload.as_bytes()).as_bytes()
}
