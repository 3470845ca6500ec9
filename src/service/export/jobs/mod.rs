//! Export service: an uploaded sheet is checked, rendered in chunks by any number of instances, and assembled into one
//! archive.
//!
//! ```text
//! upload -> Prepare -> Chunk, Chunk, ... -> Finish -> Webhook
//! ```
//!
//! Each step is a task in the [`queue`]. The source of truth is the tables of [`crate::store::exports`] and the files
//! below `exports/{id}/`, not the queue. A task does nothing if its work is complete or held by another worker, so tasks
//! are idempotent. The sweeper enqueues new tasks for work that has none.

mod background;
mod chunk;
mod files;
mod finish;
mod prepare;
pub mod queue;
mod sweep;
#[cfg(test)]
mod tests;
mod watchers;
mod webhook;
mod worker;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};

use background::Background;
use queue::{Queue, Task};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::{Semaphore, watch};
pub use watchers::{Sight, Sights, Watcher, Watchers};
pub use webhook::signature;
pub use worker::Workers;

pub use self::files::{ARCHIVE, FAILURES, MANIFEST, path};
use super::super::call::Call;
use crate::{
    blob::Blobs,
    export::{Failure, Reason, sheet::Limits},
    fetch::{self, Fetcher},
    net::lane::Lane,
    store::{
        Store,
        exports::{self, Asked, Export, Progress, State, now},
    },
};
use haibao_core::{
    code::CodeFields,
    encode::Format,
    error::{Error, ErrorKind, Result},
};

/// Maximum number of failures reported individually. `failures.csv` contains all of them.
pub const TOLD: usize = 50;
/// Maximum number of queued chunks per export. Large enough to keep many workers busy; small enough that a small export
/// does not wait behind a large one.
const WINDOW: i64 = 64;
/// Maximum retention of an export after its end, in seconds: 30 days. Paused exports are kept for this time too.
pub const MAX_EXPIRES_IN: u64 = 30 * 86_400;

/// Memory of sheets being checked at the same time, KiB.
const SHEET_MEMORY: u32 = 96 << 10;

/// Settings of exports (`[exports]`).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Number of chunks processed concurrently. -1 (default): two more than the number of drawing threads, so that codes
    /// are fetched ahead of rendering. 0: this instance processes no exports.
    pub workers: i32,
    /// Maximum size of a sheet in bytes. Default: 32 MiB.
    pub max_bytes: usize,
    /// Maximum number of rows in a sheet. Default: 200 000.
    pub max_rows: usize,
    /// Maximum number of active exports across all instances. Default: 20.
    pub max_concurrent: u32,
    /// Default retention of an export after its end, in seconds. Default: 604 800 (one week).
    pub expires_seconds: u64,
    /// Time without a heartbeat after which an instance is considered dead and its chunks are taken over, in seconds.
    /// Default: 15.
    pub lease_seconds: u64,
    /// Secret that signs webhooks. Without it, webhooks are rejected.
    pub webhook_secret: SecretString,
    /// Private endpoints that webhooks may call, each as exact `host:port`. Default: none.
    pub webhook_allow_private: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            workers: -1,
            max_bytes: 32 << 20,
            max_rows: 200_000,
            max_concurrent: 20,
            expires_seconds: 7 * 86_400,
            lease_seconds: 15,
            webhook_secret: SecretString::from(""),
            webhook_allow_private: Vec::new(),
        }
    }
}

/// Options of an export request.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// Template name.
    pub template: String,
    /// Version of the template at the upload. All rows use it, also if the template is edited meanwhile.
    pub version: Option<String>,
    /// Column names by parameter name.
    pub map: Map<String, Value>,
    /// File name pattern.
    pub file_name: Option<String>,
    /// Image format. Default: `png`.
    pub format: Option<String>,
    /// Output pixels per canvas pixel, 1 to 3. Default: 1.
    pub scale: Option<f32>,
    /// Whether one invalid row fails the export, and a poster with findings is a failure.
    pub strict: bool,
    /// Code target and options for rows that do not set them.
    pub code: CodeFields,
    /// Retention after the end of the export, in seconds.
    pub expires_in: Option<u64>,
}

impl Options {
    fn of(export: &Export) -> Self {
        // Serialised by `begin`, so it deserialises.
        serde_json::from_value(export.options.clone()).unwrap_or_default()
    }

    /// Parses the image format.
    ///
    /// # Errors
    /// `format_unsupported`.
    pub fn format(&self) -> Result<Format> {
        match self.format.as_deref() {
            None => Ok(Format::default()),
            Some(name) => name.parse::<Format>().map_err(|why| {
                Error::new(ErrorKind::Invalid, "format_unsupported", why.to_string()).pointer("/format")
            }),
        }
    }
}

/// Export service. One instance per process.
#[derive(Debug)]
pub struct ExportJobs {
    /// Records in the store.
    pub records: exports::ExportStore,
    /// Task queue.
    pub queue: Queue,
    /// Blob store for files.
    pub blobs: Blobs,
    /// Settings.
    pub config: Config,
    /// HTTP client for webhooks.
    pub hooks: Fetcher,
    /// Clients that watch exports.
    pub watchers: Watchers,
    /// Checks and webhooks, beside the workers.
    background: Background,
    /// Parses sheets. One thread, because a sheet can occupy all of its memory limits.
    sheets: Lane,
    /// Memory of sheets being checked, KiB, at most [`SHEET_MEMORY`].
    sheet_memory: Arc<Semaphore>,
    /// Uploads in progress that have no record yet.
    uploads: Arc<AtomicI64>,
    /// Whether the process is shutting down.
    closing: watch::Sender<bool>,
    /// Reason why records cannot be written at present. Reported if not even a pause can be stored, for example because
    /// the disk is full.
    write_error: Mutex<Option<Value>>,
}

/// Room for an upload in progress. Given back when dropped.
#[derive(Debug)]
pub struct UploadPlace(Arc<AtomicI64>);

impl Drop for UploadPlace {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// An export and its progress.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Record of the export.
    pub export: Export,
    /// Progress of its rows.
    pub progress: Progress,
}

impl ExportJobs {
    /// Creates the service without accessing the stores.
    ///
    /// # Errors
    /// Invalid settings.
    pub fn new(store: Store, blobs: Blobs, config: Config) -> Result<Self> {
        let hooks = Fetcher::new(fetch::Config {
            allow_private: config.webhook_allow_private.clone(),
            timeout_ms: webhook::TIMEOUT_MS,
            max_per_host: webhook::MAX_PER_HOST,
            cache_bytes: 0,
            ..fetch::Config::default()
        })?;
        // Unique per process, so that work held under this name belongs to this process.
        let instance = format!("{}-{}", std::process::id(), new_id()?.get(..12).unwrap_or_default());
        let lease = Duration::from_secs(config.lease_seconds.max(1));
        let records = exports::ExportStore::new(store.clone(), instance, lease);
        Ok(Self {
            records,
            queue: Queue::new(store),
            blobs,
            config,
            hooks,
            watchers: Watchers::default(),
            background: Background::default(),
            sheets: Lane::new(1),
            sheet_memory: Arc::new(Semaphore::new(SHEET_MEMORY as usize)),
            uploads: Arc::default(),
            closing: watch::Sender::new(false),
            write_error: Mutex::default(),
        })
    }

    /// Limits of uploaded sheets.
    fn sheet_limits(&self) -> Limits {
        Limits { rows: self.config.max_rows, text: self.config.max_bytes, ..Limits::service() }
    }

    /// Completes when the process starts to shut down. Event streams end then.
    pub async fn closing(&self) {
        // `self` owns the sender, so this cannot fail.
        let _ = self.closing.subscribe().wait_for(|closing| *closing).await;
    }

    /// Whether the process has started to shut down.
    pub fn is_closing(&self) -> bool {
        *self.closing.borrow()
    }

    /// Remembers whether the records can be written.
    fn set_write_error(&self, result: &Result<()>) {
        *self.write_error.lock().unwrap_or_else(PoisonError::into_inner) = result.as_ref().err().map(as_reason);
    }

    /// Reserves an export for a sheet about to be uploaded, and returns its id.
    ///
    /// # Errors
    /// `exports_full` (429) if [`Config::max_concurrent`] exports are active; errors of the store.
    pub async fn open(&self) -> Result<String> {
        let id = new_id()?;
        let expires_at = now() + self.lifetime(&Options::default());
        if self.records.add(&id, expires_at, self.config.max_concurrent.into()).await? {
            return Ok(id);
        }
        Err(self.full())
    }

    /// Reserves room for an export while its sheet is uploaded. Stores nothing: the record is added by [`Self::open`].
    ///
    /// # Errors
    /// `exports_full` (429) if [`Config::max_concurrent`] exports are active, uploads to this process included; errors of
    /// the store.
    pub async fn reserve(&self) -> Result<UploadPlace> {
        let room = i64::from(self.config.max_concurrent) - self.records.active().await?;
        let taken = self.uploads.fetch_update(Relaxed, Relaxed, |uploads| (uploads < room).then_some(uploads + 1));
        taken.map(|_| UploadPlace(Arc::clone(&self.uploads))).map_err(|_| self.full())
    }

    fn full(&self) -> Error {
        let max = self.config.max_concurrent;
        Error::new(ErrorKind::Limited, "exports_full", format!("{max} exports are already active"))
            .hint("wait for one of them to finish, cancel one, or raise `exports.max_concurrent`")
            .retry(haibao_core::error::Retry::After(Duration::from_secs(30)))
    }

    /// Starts an export after its sheet has been uploaded. It belongs to the current [`Call`]'s caller.
    ///
    /// # Errors
    /// `export_lost` (503) if the reservation has expired; errors of the store.
    pub async fn begin(&self, id: &str, options: &Options, sheet: &str, webhook: Option<String>) -> Result<()> {
        let asked = Asked {
            template: options.template.clone(),
            options: json!(options),
            sheet: sheet.to_owned(),
            expires_at: now() + self.lifetime(options),
            webhook,
            owner: Call::current().owner().map(str::to_owned),
        };
        if !self.records.uploaded(id, &asked).await? {
            return Err(Error::new(ErrorKind::Busy, "export_lost", "the upload took too long").hint("upload it again"));
        }
        // If this fails, the sweeper enqueues the task later.
        if let Err(error) = self.queue.push(Task::Prepare { id: id.to_owned(), generation: 0 }, None).await {
            tracing::warn!(message = error.message(), "failed to enqueue a task; the sweeper will retry");
        }
        Ok(())
    }

    /// Removes an export whose upload was aborted.
    pub async fn abandon(&self, id: &str) {
        let removed = self.blobs.remove_all(&path(id, "")).await;
        if let Err(error) = removed.and(self.records.remove(id).await) {
            tracing::warn!(message = error.message(), "failed to remove an aborted upload; the sweeper will retry");
        }
    }

    /// Returns an export and its progress.
    ///
    /// # Errors
    /// `export_unknown` (404); errors of the store.
    pub async fn get(&self, id: &str) -> Result<Seen> {
        let export = if is_id(id) { self.records.get(id).await? } else { None };
        let mut export =
            export.ok_or_else(|| Error::new(ErrorKind::NotFound, "export_unknown", "there is no such export"))?;
        if matches!(export.state, State::Checking | State::Running | State::Finishing) {
            export.reason = self.write_error.lock().unwrap_or_else(PoisonError::into_inner).clone().or(export.reason);
        }
        let progress = match export.state {
            State::Running | State::Paused | State::Finishing => self.records.progress(id).await?,
            _ => Progress { done: export.done, failed: export.failed, ..Progress::default() },
        };
        Ok(Seen { export, progress })
    }

    /// Returns the first failures of an export: those of the check, then those of rendering.
    ///
    /// # Errors
    /// Errors of the store.
    pub async fn failures(&self, export: &Export) -> Result<Vec<Value>> {
        let mut all = export.failures.clone();
        if matches!(export.state, State::Running | State::Paused | State::Finishing) {
            all.extend(self.records.chunk_failures(&export.id, TOLD.saturating_sub(all.len())).await?);
        }
        Ok(all)
    }

    /// Pauses a running export. Chunks in flight are finished.
    ///
    /// # Errors
    /// `export_state` (409) if it is not running; `export_unknown` (404); errors of the store.
    pub async fn pause(&self, id: &str) -> Result<()> {
        let seen = self.get(id).await?;
        if seen.export.state == State::Paused || self.pause_for(id, None).await? {
            return Ok(());
        }
        Err(wrong_state("paused", &seen.export))
    }

    /// Pauses a running export, with a reason unless it is a user's request. Returns whether the export was running. A
    /// paused export is kept for [`MAX_EXPIRES_IN`], because its own retention starts only at its end.
    async fn pause_for(&self, id: &str, reason: Option<&Value>) -> Result<bool> {
        self.records.pause(id, reason, Self::paused_until()).await
    }

    fn paused_until() -> i64 {
        now() + i64::try_from(MAX_EXPIRES_IN * 1000).unwrap_or(i64::MAX / 2)
    }

    /// Resumes a paused export.
    ///
    /// # Errors
    /// `export_state` (409) if it is neither paused nor running; `export_unknown` (404); errors of the store.
    pub async fn resume(&self, id: &str) -> Result<()> {
        let seen = self.get(id).await?;
        if seen.export.state == State::Running {
            return Ok(());
        }
        if seen.export.state != State::Paused || !self.records.resume(id).await? {
            return Err(wrong_state("resumed", &seen.export));
        }
        self.advance(id).await
    }

    /// Cancels an export and removes its files. Workers discard chunks in flight when they finish them.
    ///
    /// # Errors
    /// `export_unknown` (404); errors of the store.
    pub async fn cancel(&self, id: &str) -> Result<()> {
        self.get(id).await?;
        self.records.cancel(id).await?;
        self.blobs.remove_all(&path(id, "")).await
    }

    /// Cleans up after a step whose result was rejected.
    ///
    /// If the export was cancelled or has expired, this removes the files that the step has written since. Otherwise this
    /// process was considered dead and another one has taken the step over; the files then belong to that process.
    async fn abandon_step(&self, id: &str) -> Result<()> {
        let export = self.records.get(id).await?;
        if export.is_none_or(|export| matches!(export.state, State::Cancelled | State::Expired)) {
            return self.blobs.remove_all(&path(id, "")).await;
        }
        tracing::info!(export = id, "another process has taken over a step");
        Ok(())
    }

    /// Enqueues tasks for the next chunks, or for the final step if all chunks are complete.
    async fn advance(&self, id: &str) -> Result<()> {
        for (n, generation) in self.records.queue(id, WINDOW).await? {
            self.queue.push(Task::Chunk { id: id.to_owned(), generation, n }, None).await?;
        }
        if let Some(generation) = self.records.all_done(id).await? {
            self.queue.push(Task::Finish { id: id.to_owned(), generation }, None).await?;
        }
        Ok(())
    }

    /// Retention of an export after its end, in ms.
    fn lifetime(&self, options: &Options) -> i64 {
        let seconds = options.expires_in.unwrap_or(self.config.expires_seconds).min(MAX_EXPIRES_IN);
        i64::try_from(seconds * 1000).unwrap_or(i64::MAX / 2)
    }
}

fn wrong_state(action: &str, export: &Export) -> Error {
    let message = format!("the export is {} and cannot be {action}", export.state.name());
    Error::new(ErrorKind::Conflict, "export_state", message).hint("check its state first")
}

/// Random id of 128 bits in hexadecimal. It is unguessable, because on a service without keys anyone who knows it has full
/// access to the export.
fn new_id() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|e| Error::internal("the system has no random bytes").source(e.to_string()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn is_id(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// JSON representation of a failure, without the row's cells.
fn failure_json(failure: &Failure) -> Value {
    json!({ "row": failure.number, "reasons": failure.reasons })
}

/// Creates a failure reason that concerns no cell.
fn reason(code: &str, message: impl Into<String>) -> Reason {
    Reason { column: String::new(), value: String::new(), code: code.to_owned(), message: message.into() }
}

/// Converts an error to the reason for a pause or failure of an export.
fn as_reason(error: &Error) -> Value {
    json!({ "code": error.code(), "message": error.message(), "hint": error.hint_text(),
            "errors": error.all_findings().iter().take(TOLD).collect::<Vec<_>>() })
}
