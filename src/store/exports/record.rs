//! What is kept of an export.

use serde_json::Value;

use crate::store::Row;
use haibao_core::error::{Error, Kind, Result};

/// Where an export stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The sheet is on its way; nobody knows the export yet.
    Uploading,
    /// The sheet is read and checked.
    Checking,
    /// Posters are drawn.
    Running,
    /// The archive is put together.
    Finishing,
    /// The archive can be downloaded.
    Done,
    /// It waits for somebody who lets it go on.
    Paused,
    /// Somebody ended it.
    Cancelled,
    /// It cannot be done.
    Failed,
    /// It is over for so long that its files are gone.
    Expired,
}

impl State {
    const ALL: [Self; 9] = [
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

    /// The name, as the database and the HTTP service write it.
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

    /// Whether nothing changes any more by itself.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled | Self::Failed | Self::Expired)
    }
}

/// An export. Times are ms since 1970-01-01 UTC.
#[derive(Debug, Clone, PartialEq)]
pub struct Export {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Where it stands.
    pub state: State,
    /// Why it is paused or has failed: `{code, message, hint?}`.
    pub reason: Option<Value>,
    /// Name of the template.
    pub template: String,
    /// What was asked for.
    pub options: Value,
    /// Name of the sheet.
    pub sheet: String,
    /// When it was asked for.
    pub created_at: i64,
    /// When the first poster could be drawn.
    pub started_at: Option<i64>,
    /// When it was over.
    pub finished_at: Option<i64>,
    /// When its files go.
    pub expires_at: i64,
    /// Which task may do the step of its state.
    pub generation: i64,
    /// How often that was tried.
    pub attempts: i64,
    /// Rows of the sheet.
    pub total: i64,
    /// Rows that failed the check.
    pub bad: i64,
    /// Codes that WeChat must be asked for, as estimated.
    pub new_codes: i64,
    /// Posters, once it is done.
    pub done: i64,
    /// Rows that could not be drawn, once it is done.
    pub failed: i64,
    /// The first failures: of the check, and once it is done of all.
    pub failures: Vec<Value>,
    /// Size of the archive, bytes.
    pub archive_bytes: i64,
    /// Names the archive's content.
    pub archive_hash: String,
    /// Where to tell that it is over.
    pub webhook: Option<String>,
    /// Whether that is still to be done.
    pub webhook_state: Option<String>,
    /// How often it was tried.
    pub webhook_attempts: i64,
}

impl Export {
    pub(super) fn read(row: &Row) -> Result<Self> {
        let name: String = row.get("state")?;
        let state = State::ALL.into_iter().find(|state| state.name() == name);
        let state =
            state.ok_or_else(|| Error::new(Kind::Internal, "store_failed", "an export is in no known state"))?;
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
        })
    }
}

/// What is asked for, once the sheet has arrived.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Name of the template.
    pub template: String,
    /// All options.
    pub options: Value,
    /// Name of the sheet.
    pub sheet: String,
    /// When it expires if nothing happens, ms.
    pub expires_at: i64,
    /// Where to tell that it is over.
    pub webhook: Option<String>,
}

/// What the check found.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Rows of the sheet.
    pub total: i64,
    /// Rows that failed.
    pub bad: i64,
    /// Codes that WeChat must be asked for.
    pub new_codes: i64,
    /// The first failures.
    pub failures: Vec<Value>,
}

/// What the end is.
#[derive(Debug, Clone)]
pub struct Finished {
    /// When its files go, ms.
    pub expires_at: i64,
    /// Posters.
    pub done: i64,
    /// Rows without.
    pub failed: i64,
    /// The first failures.
    pub failures: Vec<Value>,
    /// Size of the archive.
    pub bytes: i64,
    /// Names its content.
    pub hash: String,
}
