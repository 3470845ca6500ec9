//! JSON representation of exports.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::super::openapi::schemas::absent;
use crate::{
    service::export::jobs::{ExportJobs, ExportStatus},
    store::exports::{Progress, State, now},
};
use haibao_core::error::Result;

/// Window of the current rate, ms.
const RATE_WINDOW: i64 = Progress::RECENT;

/// An export without its failed rows. Times are Unix times in s.
#[derive(Serialize, JsonSchema)]
pub(super) struct Export {
    id: String,
    #[serde(with = "ExportState")]
    pub(super) state: State,
    /// Why it is paused or failed.
    #[schemars(with = "Option<Map<String, Value>>")]
    reason: Option<Value>,
    template: String,
    /// File name of the sheet.
    sheet: String,
    created_at: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    expires_at: i64,
    rows: i64,
    done: i64,
    failed: i64,
    /// Codes that must be fetched from WeChat.
    #[schemars(with = "Option<i64>")]
    new_codes: i64,
    /// Rows per second.
    rate: Option<f64>,
    seconds_left: Option<f64>,
    /// Size of the archive.
    bytes: Option<i64>,
    links: ExportLinks,
    /// First failed rows; absent in the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<Map<String, Value>>>", transform = absent)]
    failures: Option<Vec<Value>>,
}

/// State of an export.
#[derive(Serialize, JsonSchema)]
#[serde(remote = "State", rename_all = "snake_case")]
#[schemars(rename = "ExportState")]
enum ExportState {
    Uploading,
    Checking,
    Running,
    Finishing,
    Done,
    Paused,
    Cancelled,
    Failed,
    Expired,
}

/// Paths of an export; null until they can be requested.
#[derive(Serialize, JsonSchema)]
struct ExportLinks {
    #[serde(rename = "self")]
    itself: String,
    events: String,
    download: Option<String>,
    manifest: Option<String>,
    failures: Option<String>,
}

impl Export {
    /// An export with its first failed rows.
    ///
    /// # Errors
    /// `export_unknown`, and errors of the store.
    pub(super) async fn load(exports: &ExportJobs, id: &str) -> Result<Self> {
        let seen = exports.get(id).await?;
        let failures = exports.failures(&seen.export).await?;
        Ok(Self { failures: Some(failures), ..Self::from(&seen) })
    }
}

impl From<&ExportStatus> for Export {
    fn from(seen: &ExportStatus) -> Self {
        let ExportStatus { export, progress } = seen;
        let seconds = |ms: i64| ms.div_euclid(1000);
        let failed = export.bad + progress.failed;
        let rate = rate(seen);
        let left = (export.total - progress.done - failed).max(0);
        let path = format!("/v1/exports/{}", export.id);
        let is_done = export.state == State::Done;
        let has_list = is_done || (export.state == State::Failed && failed > 0);
        Self {
            id: export.id.clone(),
            state: export.state,
            reason: export.reason.clone(),
            template: export.template.clone(),
            sheet: export.sheet.clone(),
            created_at: seconds(export.created_at),
            started_at: export.started_at.map(seconds),
            finished_at: export.finished_at.map(seconds),
            expires_at: seconds(export.expires_at),
            rows: export.total,
            done: progress.done,
            failed,
            new_codes: export.new_codes,
            rate,
            seconds_left: rate.map(|rate| (left as f64 / rate).ceil()),
            bytes: is_done.then_some(export.archive_bytes),
            links: ExportLinks {
                events: format!("{path}/events"),
                download: is_done.then(|| format!("{path}/download")),
                manifest: is_done.then(|| format!("{path}/manifest.csv")),
                failures: has_list.then(|| format!("{path}/failures.csv")),
                itself: path,
            },
            failures: None,
        }
    }
}

/// Rows per second: over the recent window while it runs, over the whole run once it is done.
fn rate(seen: &ExportStatus) -> Option<f64> {
    let ExportStatus { export, progress } = seen;
    let started = export.started_at?;
    let (rows, from, to) = match export.state {
        State::Running => (progress.recent, started.max(now() - RATE_WINDOW), now()),
        State::Done => (export.done + export.failed, started, export.finished_at?),
        _ => return None,
    };
    let rate = rows as f64 * 1e3 / (to - from).max(1) as f64;
    (rows > 0).then(|| (rate * 10.0).round() / 10.0).filter(|rate| *rate > 0.0)
}
