//! Export records.

use serde_json::Value;

use crate::{store::DbRow, words};
use haibao_core::error::{Domain, Error, ErrorKind, Result};

/// State of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportState {
    /// The sheet is being uploaded. The export is not listed yet.
    Uploading,
    /// The sheet is being read and checked.
    Checking,
    /// Posters are being drawn.
    Running,
    /// The archive is being assembled.
    Finishing,
    /// The archive can be downloaded.
    Done,
    /// Paused until resumed.
    Paused,
    /// Cancelled by a request.
    Cancelled,
    /// Ended by a permanent error.
    Failed,
    /// Its lifetime has ended and its files are removed.
    Expired,
}

impl ExportState {
    /// All states.
    pub const ALL: [Self; 9] = [
        Self::Uploading,
        Self::Checking,
        Self::Running,
        Self::Finishing,
        Self::Done,
        Self::Paused,
        Self::Cancelled,
        Self::Failed,
        Self::Expired,
    ];

    /// Name in the database and in the HTTP API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uploading => "uploading",
            Self::Checking => "checking",
            Self::Running => "running",
            Self::Finishing => "finishing",
            Self::Done => "done",
            Self::Paused => "paused",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }

    /// Whether the state is final, apart from expiry.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled | Self::Failed | Self::Expired)
    }
}

/// An export. Times are ms since 1970-01-01 UTC.
#[derive(Debug, Clone, PartialEq)]
pub struct Export {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Current state.
    pub state: ExportState,
    /// Why it is paused, waiting or failed: `{code, message, hint?}`.
    pub reason: Option<Value>,
    /// Name of the template.
    pub template: String,
    /// Options of the request.
    pub options: Value,
    /// File name of the sheet.
    pub sheet: String,
    /// When it was created.
    pub created_at: i64,
    /// When the check ended and drawing started.
    pub started_at: Option<i64>,
    /// When it ended.
    pub finished_at: Option<i64>,
    /// When it expires and its files are removed.
    pub expires_at: i64,
    /// Generation of the current step: only the task with this generation may work on it.
    pub generation: i64,
    /// Number of attempts at the current step.
    pub attempts: i64,
    /// Number of rows of the sheet.
    pub total: i64,
    /// Number of rows that failed the check.
    pub bad: i64,
    /// Estimated number of codes to request from WeChat.
    pub new_codes: i64,
    /// Number of posters. Set when the export is done.
    pub done: i64,
    /// Number of rows that could not be drawn. Set when the export is done.
    pub failed: i64,
    /// The first failures: of the check only, and of all steps once the export is done.
    pub failures: Vec<Value>,
    /// Size of the archive, bytes.
    pub archive_bytes: i64,
    /// Content hash of the archive.
    pub archive_hash: String,
    /// URL to notify when the export ends.
    pub webhook: Option<String>,
    /// `pending`, `sent` or `failed`. `None` before the export ends.
    pub webhook_state: Option<String>,
    /// Number of webhook attempts.
    pub webhook_attempts: i64,
    /// Name of the key that started it. `None`: started without a key.
    pub owner: Option<String>,
}

impl Export {
    pub(super) fn read(row: &DbRow) -> Result<Self> {
        let name: String = row.get("state")?;
        let state = ExportState::ALL.into_iter().find(|state| state.name() == name);
        let state =
            state.ok_or_else(|| Error::of(ErrorKind::Internal, words::export_state_unknown()).domain(Domain::Store))?;
        let json = |text: Option<String>| text.and_then(|text| serde_json::from_str::<Value>(&text).ok());
        let failures: String = row.get("failures")?;
        Ok(Self {
            id: row.get("id")?,
            state,
            reason: json(row.get("reason")?),
            template: row.get("template")?,
            options: json(Some(row.get("options")?)).unwrap_or_default(),
            sheet: row.get("sheet")?,
            created_at: row.get("created_at")?,
            started_at: row.get("started_at")?,
            finished_at: row.get("finished_at")?,
            expires_at: row.get("expires_at")?,
            generation: row.get("generation")?,
            attempts: row.get("attempts")?,
            total: row.get("total")?,
            bad: row.get("bad")?,
            new_codes: row.get("new_codes")?,
            done: row.get("done")?,
            failed: row.get("failed")?,
            failures: serde_json::from_str(&failures).unwrap_or_default(),
            archive_bytes: row.get("archive_bytes")?,
            archive_hash: row.get("archive_hash")?,
            webhook: row.get("webhook")?,
            webhook_state: row.get("webhook_state")?,
            webhook_attempts: row.get("webhook_attempts")?,
            owner: row.get("owner")?,
        })
    }
}

/// The request of an export, known once the sheet is uploaded.
#[derive(Debug, Clone)]
pub struct ExportRequest {
    /// Name of the template.
    pub template: String,
    /// Options of the request.
    pub options: Value,
    /// File name of the sheet.
    pub sheet: String,
    /// When it expires if it does not end before, ms since 1970-01-01 UTC.
    pub expires_at: i64,
    /// URL to notify when the export ends.
    pub webhook: Option<String>,
    /// Name of the key that started it. `None`: started without a key.
    pub owner: Option<String>,
}

/// Result of the check of a sheet.
#[derive(Debug, Clone)]
pub struct CheckResult {
    /// Number of rows of the sheet.
    pub total: i64,
    /// Number of rows that failed.
    pub bad: i64,
    /// Estimated number of codes to request from WeChat.
    pub new_codes: i64,
    /// The first failures.
    pub failures: Vec<Value>,
}

/// Result of a finished export.
#[derive(Debug, Clone)]
pub struct Finished {
    /// When it expires, ms since 1970-01-01 UTC.
    pub expires_at: i64,
    /// Number of posters.
    pub done: i64,
    /// Number of rows without a poster.
    pub failed: i64,
    /// The first failures.
    pub failures: Vec<Value>,
    /// Size of the archive, bytes.
    pub bytes: i64,
    /// Content hash of the archive.
    pub hash: String,
}
