//! Exports as a service: a sheet is uploaded, checked, drawn chunk by chunk on any number of instances, and put into one
//! archive.
//!
//! ```text
//! upload -> Prepare -> Chunk, Chunk, ... -> Finish -> Webhook
//! ```
//!
//! Each arrow is a task of the [`queue`]; what is true stands in the tables of [`crate::store::exports`] and in files below
//! `exports/{id}/`. A task does nothing when its work is done or somebody else's, so every task may run any number of
//! times; the sweeper makes new ones for work that nobody does.

mod chunk;
mod files;
mod finish;
mod options;
mod prepare;
pub mod queue;
mod sweep;
#[cfg(test)]
mod tests;
mod webhook;
mod worker;

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use queue::{Queue, Task};
use serde_json::{Value, json};
use tokio::sync::watch;
pub use webhook::signature;
pub use worker::Workers;

pub use self::{
    files::{ARCHIVE, FAILURES, MANIFEST, path},
    options::{Config, MAX_EXPIRES_IN, Options},
};
use crate::{
    blob::Blobs,
    export::{Failure, Reason},
    fetch::{self, Fetcher},
    store::{
        Store,
        exports::{self, Asked, Export, Progress, State, now},
    },
};
use haibao_core::error::{Error, Kind, Result};

/// Failures that are told one by one; all of them stand in `failures.csv`.
pub const TOLD: usize = 50;
/// Chunks of one export that have a task at the same time: enough for many workers, and few enough that a small export
/// does not wait behind a large one.
const WINDOW: i64 = 64;
/// All exports. One for the process.
#[derive(Debug)]
pub struct Exports {
    /// Their records.
    pub records: exports::Exports,
    /// Their tasks.
    pub queue: Queue,
    /// Their files.
    pub blobs: Blobs,
    /// The settings.
    pub config: Config,
    /// Sends webhooks.
    pub hooks: Fetcher,
    /// Whether the process is about to end.
    closing: watch::Sender<bool>,
    /// Why nothing can be written to the records now, as a reason. Where not even a pause can be noted, this tells of it.
    trouble: Mutex<Option<Value>>,
}

/// An export and how far it is.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Its record.
    pub export: Export,
    /// What is done.
    pub progress: Progress,
}

impl Exports {
    /// The exports of a store and its files. Nothing is read or made yet.
    ///
    /// # Errors
    /// Settings that cannot be used.
    pub fn new(store: Store, blobs: Blobs, config: Config) -> Result<Self> {
        let hooks = Fetcher::new(fetch::Config {
            allow_private: config.webhook_allow_private.clone(),
            timeout_ms: webhook::TIMEOUT_MS,
            cache_bytes: 0,
            ..fetch::Config::default()
        })?;
        // A name that no process had before: what is held by it is this process's.
        let instance = format!("{}-{}", std::process::id(), new_id()?.get(..12).unwrap_or_default());
        let lease = Duration::from_secs(config.lease_seconds.max(1));
        let records = exports::Exports::new(store.clone(), instance, lease);
        Ok(Self {
            records,
            queue: Queue::new(store),
            blobs,
            config,
            hooks,
            closing: watch::Sender::new(false),
            trouble: Mutex::default(),
        })
    }

    /// Ready when the process is about to end: whoever only watches goes then.
    pub async fn closing(&self) {
        // The sender lives as long as this.
        let _ = self.closing.subscribe().wait_for(|closing| *closing).await;
    }

    /// Notes whether the records can be written.
    fn written(&self, result: &Result<()>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = result.as_ref().err().map(as_reason);
    }

    /// Makes room for an export whose sheet is about to arrive: its id.
    ///
    /// # Errors
    /// `exports_full` (429) when as many as may be are at work; those of the store.
    pub async fn open(&self) -> Result<String> {
        let id = new_id()?;
        let expires_at = now() + self.lifetime(&Options::default());
        if self.records.add(&id, expires_at, self.config.at_once.into()).await? {
            return Ok(id);
        }
        Err(self.full())
    }

    /// # Errors
    /// `exports_full` when as many as may be are at work.
    pub async fn check_room(&self) -> Result<()> {
        if self.records.active().await? < i64::from(self.config.at_once) { Ok(()) } else { Err(self.full()) }
    }

    fn full(&self) -> Error {
        let most = self.config.at_once;
        Error::new(Kind::Limited, "exports_full", format!("{most} exports are at work already"))
            .hint("wait until one of them is over, cancel one, or raise `exports.at_once`")
            .retry(haibao_core::error::Retry::After(Duration::from_secs(30)))
    }

    /// The sheet has arrived: the work begins.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn begin(&self, id: &str, options: &Options, sheet: &str, webhook: Option<String>) -> Result<()> {
        let asked = Asked {
            template: options.template.clone(),
            options: json!(options),
            sheet: sheet.to_owned(),
            expires_at: now() + self.lifetime(options),
            webhook,
        };
        if !self.records.uploaded(id, &asked).await? {
            return Err(Error::new(Kind::Busy, "export_lost", "the upload took too long").hint("upload it again"));
        }
        // The sweeper finds it when this fails.
        if let Err(error) = self.queue.push(Task::Prepare { id: id.to_owned(), generation: 0 }, None).await {
            tracing::warn!(message = error.message(), "a task is not queued now");
        }
        Ok(())
    }

    /// Gives an upload up that broke off.
    pub async fn abandon(&self, id: &str) {
        let removed = self.blobs.remove_all(&path(id, "")).await;
        if let Err(error) = removed.and(self.records.remove(id).await) {
            tracing::warn!(message = error.message(), "an upload that broke off is left to the sweeper");
        }
    }

    /// An export and how far it is.
    ///
    /// # Errors
    /// `export_unknown` (404); those of the store.
    pub async fn get(&self, id: &str) -> Result<Seen> {
        let export = if is_id(id) { self.records.get(id).await? } else { None };
        let mut export =
            export.ok_or_else(|| Error::new(Kind::NotFound, "export_unknown", "there is no such export"))?;
        // What the record says it waits for is told, too: it was written when that could be.
        if matches!(export.state, State::Checking | State::Running | State::Finishing)
            && let Some(trouble) = self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
        {
            export.reason = Some(trouble);
        }
        let progress = match export.state {
            State::Running | State::Paused | State::Finishing => self.records.progress(id).await?,
            _ => Progress { done: export.done, failed: export.failed, ..Progress::default() },
        };
        Ok(Seen { export, progress })
    }

    /// The first failures of an export: of the check, then of the work.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn failures(&self, export: &Export) -> Result<Vec<Value>> {
        let mut all = export.failures.clone();
        if matches!(export.state, State::Running | State::Paused | State::Finishing) {
            all.extend(self.records.chunk_failures(&export.id, TOLD.saturating_sub(all.len())).await?);
        }
        Ok(all)
    }

    /// Pauses an export that runs. Chunks in hand are finished.
    ///
    /// # Errors
    /// `export_state` (409) when it does not run; `export_unknown`.
    pub async fn pause(&self, id: &str) -> Result<()> {
        let seen = self.get(id).await?;
        if seen.export.state == State::Paused || self.pause_for(id, None).await? {
            return Ok(());
        }
        Err(wrong_state("paused", &seen.export))
    }

    /// Pauses an export that runs, for a reason or because somebody wants it; answers whether it ran. It is kept for as
    /// long as any: whatever its life after the end is, that has not begun.
    async fn pause_for(&self, id: &str, reason: Option<&Value>) -> Result<bool> {
        self.records.pause(id, reason, Self::paused_until()).await
    }

    fn paused_until() -> i64 {
        now() + i64::try_from(MAX_EXPIRES_IN * 1000).unwrap_or(i64::MAX / 2)
    }

    /// Lets an export go on that is paused.
    ///
    /// # Errors
    /// As [`Exports::pause`].
    pub async fn resume(&self, id: &str) -> Result<()> {
        let seen = self.get(id).await?;
        if seen.export.state == State::Running {
            return Ok(());
        }
        if seen.export.state != State::Paused || !self.records.resume(id).await? {
            return Err(wrong_state("resumed", &seen.export));
        }
        self.go_on(id).await
    }

    /// Ends an export and removes all of it. What workers have in hand goes when they are done with it.
    ///
    /// # Errors
    /// `export_unknown`; those of the store.
    pub async fn cancel(&self, id: &str) -> Result<()> {
        self.get(id).await?;
        self.records.cancel(id).await?;
        self.blobs.remove_all(&path(id, "")).await
    }

    /// What is left to do for a step whose result does not count. Somebody ended the export: what the step wrote since
    /// goes. Or this process was taken for dead, and another one does the step or did it: then the files are that one's.
    async fn let_go(&self, id: &str) -> Result<()> {
        let export = self.records.get(id).await?;
        if export.is_none_or(|export| matches!(export.state, State::Cancelled | State::Expired)) {
            return self.blobs.remove_all(&path(id, "")).await;
        }
        tracing::info!(export = id, "another process has taken a step over");
        Ok(())
    }

    /// Gives tasks to the next chunks, or to the last step when all are done.
    async fn go_on(&self, id: &str) -> Result<()> {
        for (n, generation) in self.records.queue(id, WINDOW).await? {
            self.queue.push(Task::Chunk { id: id.to_owned(), generation, n }, None).await?;
        }
        if let Some(generation) = self.records.all_done(id).await? {
            self.queue.push(Task::Finish { id: id.to_owned(), generation }, None).await?;
        }
        Ok(())
    }

    /// How long an export is kept after its end, ms.
    fn lifetime(&self, options: &Options) -> i64 {
        let seconds = options.expires_in.unwrap_or(self.config.expires_seconds).min(MAX_EXPIRES_IN);
        i64::try_from(seconds * 1000).unwrap_or(i64::MAX / 2)
    }
}

fn wrong_state(wanted: &str, export: &Export) -> Error {
    let message = format!("the export is {} and cannot be {wanted}", export.state.name());
    Error::new(Kind::Invalid, "export_state", message).hint("look at its state first")
}

/// 128 random bits in hexadecimal digits: who knows an export may do everything with it.
fn new_id() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|e| {
        Error::new(Kind::Internal, "internal", "the system gives no random bytes").source(e.to_string())
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn is_id(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A failure as it is told: without the row's cells.
fn told(failure: &Failure) -> Value {
    json!({ "row": failure.number, "reasons": failure.reasons })
}

/// An error as the reason of a failure.
fn reason(code: &str, message: impl Into<String>) -> Reason {
    Reason { column: String::new(), value: String::new(), code: code.to_owned(), message: message.into() }
}

/// An error as the reason of a pause or an end.
fn as_reason(error: &Error) -> Value {
    json!({ "code": error.code(), "message": error.message(), "hint": error.hint_text(),
            "errors": error.all_findings().iter().take(TOLD).collect::<Vec<_>>() })
}

/// Whether the store or the files are away, so that the same work is done later.
fn is_away(error: &Error) -> bool {
    error.code().starts_with("store_") || error.code().starts_with("blob_")
}
