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
mod lifecycle;
mod options;
mod prepare;
pub mod queue;
mod sweep;
#[cfg(test)]
mod tests;
mod webhook;
mod worker;

use std::{
    collections::HashMap,
    ops::RangeInclusive,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use background::Background;
use queue::{Queue, Task};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{Notify, watch};
pub use webhook::signature;
pub use worker::Workers;

pub use self::{
    files::{ARCHIVE, FAILURES, FAILURES_XLSX, MANIFEST, PICTURES, path},
    options::ExportOptions,
    prepare::SheetRoom,
};
use crate::{
    blob::Blobs,
    export::Failure,
    fetch::{self, Fetcher},
    language::Language,
    net::{
        fair::Shares,
        lane::{Lane, Work},
    },
    outside,
    service::{pool::MAX_RESERVED, watchers::Watchers},
    store::{
        Store,
        exports::{self, Export, ExportProgress},
    },
    words,
};
use haibao_core::error::{Domain, Error, ErrorKind, Result};
use haibao_sheet::Limits;

/// Timeout per attempt of a webhook, ms.
const WEBHOOK_TIMEOUT_MS: u64 = 5_000;
/// Maximum number of concurrent webhooks to one host.
const MAX_WEBHOOKS_PER_HOST: usize = 2;

/// Maximum number of failures reported individually. `failures.csv` contains all of them.
pub const MAX_REPORTED_FAILURES: usize = super::bad::MAX_FIRST;
/// Maximum number of queued chunks per export. Large enough to keep many workers busy; small enough that a small export
/// does not wait behind a large one.
const WINDOW: i64 = 64;
/// Maximum retention of an export after its end, in seconds: 30 days. Paused exports are kept for this time too.
pub const MAX_EXPIRES_IN: u64 = 30 * 86_400;

/// Length of the secret of webhooks, bytes. The shortest one holds the 128 bits that cannot be guessed if its bytes are random;
/// HMAC-SHA-256 gains nothing from more than 64.
const WEBHOOK_SECRET_BYTES: RangeInclusive<usize> = 16..=256;

/// Memory of sheets being checked at the same time, KiB.
const SHEET_MEMORY: u32 = (MAX_RESERVED >> 10) as u32;
/// The part of it that one sheet takes at most, KiB. The rest is for small ones, so that a large one need not wait until none is checked.
const LARGEST_SHEET: u32 = SHEET_MEMORY / 5 * 4;

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
    /// Maximum number of active exports across all instances. One key leaves a part of them to others: a quarter if no
    /// other key has any. Default: 20.
    pub max_concurrent: u32,
    /// Default retention of an export after its end, in seconds. Default: 604 800 (one week).
    pub expires_seconds: u64,
    /// Time without a heartbeat after which an instance is considered dead and its chunks are taken over, in seconds.
    /// Default: 15.
    pub lease_seconds: u64,
    /// Secret that signs webhooks, 16 to 256 bytes. Empty (default): webhooks are rejected.
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

impl Config {
    /// # Errors
    /// `setting_invalid` if the secret of webhooks is too short or too long. The message does not contain it.
    pub(crate) fn check(&self) -> Result<()> {
        let length = self.webhook_secret.expose_secret().len();
        if length == 0 || WEBHOOK_SECRET_BYTES.contains(&length) {
            return Ok(());
        }
        let finding = words::webhook_secret_length(*WEBHOOK_SECRET_BYTES.start(), *WEBHOOK_SECRET_BYTES.end());
        let findings = vec![finding.pointer("/exports/webhook_secret")];
        Err(Error::findings(ErrorKind::Invalid, "setting_invalid", findings).domain(Domain::Settings))
    }
}

/// Export service. One instance per process.
#[derive(Debug)]
pub struct ExportJobs {
    /// Exports and their chunks in the database: what has to be done and who does it.
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
    /// Parses sheets. They wait for their turn and for memory before.
    sheets: Lane,
    /// Memory of sheets being checked, KiB, at most [`SHEET_MEMORY`].
    sheet_memory: Shares,
    /// Uploads in progress that have no record yet.
    uploads: UploadCounts,
    /// Notified when an export is cancelled by this process.
    cancelled: Notify,
    /// Whether the process is shutting down.
    closing: watch::Sender<bool>,
    /// Reason why records cannot be written at present. Reported if not even a pause can be stored, for example because
    /// the disk is full.
    write_error: Mutex<Option<Value>>,
}

/// Number of uploads in progress by caller, of those that have any.
type UploadCounts = Arc<Mutex<HashMap<Arc<str>, i64>>>;

/// Room for an upload in progress. Given back when dropped.
#[derive(Debug)]
pub struct UploadPlace {
    uploads: UploadCounts,
    caller: Arc<str>,
}

impl Drop for UploadPlace {
    fn drop(&mut self) {
        let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = uploads.get_mut(&self.caller) {
            *own -= 1;
            if *own == 0 {
                uploads.remove(&self.caller);
            }
        }
    }
}

/// An export and its progress.
#[derive(Debug, Clone)]
pub struct ExportStatus {
    /// Record of the export.
    pub export: Export,
    /// Progress of its rows.
    pub progress: ExportProgress,
}

impl ExportJobs {
    /// Creates the service without accessing the stores.
    ///
    /// # Errors
    /// Invalid settings.
    pub fn new(store: Store, blobs: Blobs, config: Config) -> Result<Self> {
        config.check()?;
        let hooks = Fetcher::new(fetch::Config {
            allow_private: config.webhook_allow_private.clone(),
            timeout_ms: WEBHOOK_TIMEOUT_MS,
            max_per_host: MAX_WEBHOOKS_PER_HOST,
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
            sheets: Lane::of(Work::Sheets),
            sheet_memory: Shares::new(SHEET_MEMORY),
            uploads: Arc::default(),
            cancelled: Notify::new(),
            closing: watch::Sender::new(false),
            write_error: Mutex::default(),
        })
    }

    /// Lane in which sheets are read.
    pub(crate) fn sheets(&self) -> &Lane {
        &self.sheets
    }

    /// Limits of an uploaded sheet of `bytes`. Its memory is estimated from that size, so that it must not expand without bound: cells
    /// alike are compressed to a fiftieth, zeros to a thousandth.
    pub(crate) fn sheet_limits(&self, bytes: usize) -> Limits {
        const EXPANSION: u64 = 128;
        const SMALLEST: u64 = 8 << 20;
        let service = Limits::service();
        let unpacked = service.unpacked.min((bytes as u64).saturating_mul(EXPANSION).saturating_add(SMALLEST));
        Limits { rows: self.config.max_rows, text: self.config.max_bytes, unpacked, ..service }
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
pub(crate) fn failure_json(failure: &Failure) -> Value {
    json!({ "row": failure.number, "reasons": failure.reasons })
}

/// Converts an error to the reason for a pause or failure of an export, which callers read.
fn as_reason(error: &Error) -> Value {
    let error = &outside::logged(error);
    let chinese = Language::Chinese.error(error.clone());
    json!({ "code": error.code(), "message": error.message(), "hint": error.hint_text(),
            "message_zh": chinese.message(), "hint_zh": chinese.hint_text(),
            "errors": error.all_findings().iter().take(MAX_REPORTED_FAILURES).map(Language::both).collect::<Vec<_>>() })
}
