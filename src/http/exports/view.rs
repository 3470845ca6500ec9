//! JSON representation of exports.

use axum::{
    Json,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::super::openapi::schemas::absent;
use crate::{
    export::{failures, outline},
    language::Language,
    service::{
        check::SHEET_MEDIA_TYPE,
        export::{
            jobs::{ExportJobs, ExportStatus, FAILURES_XLSX, MAX_REPORTED_FAILURES, failure_json, path},
            preview::Preview,
        },
    },
    store::exports::{ExportProgress, ExportState, now},
};
use haibao_core::{
    error::{Message, Result},
    template::Template,
};

/// Maximum length of a cell in a preview, characters.
const MAX_CELL: usize = 200;
/// Window of the current rate, ms.
const RATE_WINDOW: i64 = ExportProgress::RECENT;

/// JSON response that must not be cached.
pub(super) fn no_store(value: impl Serialize) -> Response {
    let mut response = Json(value).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// An export without its failed rows. Times are Unix times in s.
#[derive(Serialize, JsonSchema)]
pub(super) struct Export {
    id: String,
    pub(super) state: ExportState,
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
    /// How the sheet is read: header, ignored columns, units, hidden rows; absent in the list, and while it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<Map<String, Value>>>", transform = absent)]
    notices: Option<Vec<Value>>,
    /// First failed rows; absent in the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<Map<String, Value>>>", transform = absent)]
    failures: Option<Vec<Value>>,
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
    failures_xlsx: Option<String>,
}

/// A sheet before its export.
#[derive(Serialize, JsonSchema)]
pub(super) struct SheetPreview {
    /// Rows of the sheet.
    rows: usize,
    /// Row with the names of the columns; 0 in JSON.
    header: u64,
    /// Columns with what they set.
    columns: Vec<PreviewColumn>,
    /// Parameters of the template, which columns can be mapped to.
    params: Vec<PreviewParam>,
    /// Why the columns do not fit the template. Nothing can be exported then.
    #[schemars(with = "Vec<Map<String, Value>>")]
    errors: Vec<Value>,
    /// How the sheet is read.
    #[schemars(with = "Vec<Map<String, Value>>")]
    notices: Vec<Value>,
    /// Rows that were checked, from the first one.
    checked: usize,
    /// Invalid ones of them.
    invalid: usize,
    /// Reasons of the first invalid rows.
    #[schemars(with = "Vec<Map<String, Value>>")]
    failures: Vec<Value>,
    /// First rows, with a text for each column.
    first: Vec<PreviewRow>,
    /// Rows on the contact sheet: the first ones, and those most likely to look bad.
    drawn: Vec<DrawnRow>,
    /// Contact sheet with sample codes, a `data:` URI.
    posters: Option<String>,
}

/// A column of a sheet.
#[derive(Serialize, JsonSchema)]
struct PreviewColumn {
    name: String,
    /// The parameter or field that it sets; null if it is ignored.
    sets: Option<String>,
    /// Whether that is known from a mapping of an earlier sheet.
    kept: bool,
    /// The parameter that it may be, by a similar name, to be confirmed with `map`; otherwise null.
    likely: Option<String>,
}

/// A parameter of a template.
#[derive(Serialize, JsonSchema)]
struct PreviewParam {
    name: String,
    /// In the language of `Accept-Language`, if the template has it.
    title: Option<String>,
    required: bool,
}

/// A row of a sheet.
#[derive(Serialize, JsonSchema)]
struct PreviewRow {
    row: u64,
    cells: Vec<String>,
}

/// A row of which a poster was drawn.
#[derive(Serialize, JsonSchema)]
struct DrawnRow {
    row: u64,
    /// Why it may look bad.
    reasons: Vec<String>,
    /// The same in Chinese.
    reasons_zh: Vec<String>,
}

fn drawn_row(row: u64, reasons: &[Message]) -> DrawnRow {
    let texts = |language: Language| reasons.iter().map(|reason| language.text(reason)).collect();
    DrawnRow { row, reasons: texts(Language::English), reasons_zh: texts(Language::Chinese) }
}

/// The JSON of a preview, with the titles of parameters in a language.
pub(super) fn preview(template: &Template, preview: Preview, language: Language) -> SheetPreview {
    let shown = |(row, cells): (u64, Vec<String>)| PreviewRow {
        row,
        cells: cells.iter().map(|cell| cell.chars().take(MAX_CELL).collect()).collect(),
    };
    let first = preview.first().map(shown).collect();
    let Preview { sheet, rows, targets, likely, kept, errors, notices, checked, bad, drawn, posters } = preview;
    let columns = sheet.columns.into_iter().zip(targets).zip(kept).zip(likely);
    SheetPreview {
        rows,
        header: sheet.header,
        columns: columns.map(|(((name, sets), kept), likely)| PreviewColumn { name, sets, kept, likely }).collect(),
        params: outline::params(template)
            .into_iter()
            .map(|(name, title, required)| PreviewParam {
                name,
                title: title.map(|title| language.title(&title)),
                required,
            })
            .collect(),
        errors: errors.iter().map(Language::both).collect(),
        notices: notices.iter().map(Language::both).collect(),
        checked,
        invalid: bad.len(),
        failures: bad.iter().take(MAX_REPORTED_FAILURES).map(failure_json).collect(),
        first,
        drawn: drawn.into_iter().map(|(row, reasons)| drawn_row(row, &reasons)).collect(),
        posters: posters.map(|sheet| format!("data:{SHEET_MEDIA_TYPE};base64,{}", STANDARD.encode(sheet))),
    }
}

impl Export {
    /// An export with its first failed rows.
    ///
    /// # Errors
    /// `export_unknown`, and errors of the store.
    pub(super) async fn load(exports: &ExportJobs, id: &str) -> Result<Self> {
        let seen = exports.get(id).await?;
        let failures = exports.failures(&seen.export).await?;
        Ok(Self { failures: Some(failures), ..Self::listed(exports, &seen).await })
    }

    /// An export without its failed rows.
    pub(super) async fn listed(exports: &ExportJobs, seen: &ExportStatus) -> Self {
        let mut export = Self::from(seen);
        // Only long lists may lack a workbook, so that others need no look at the files.
        let is_long = !usize::try_from(export.failed).is_ok_and(failures::fits_any_workbook);
        if is_long && export.links.failures_xlsx.is_some() {
            let size = exports.blobs.size(&path(&export.id, FAILURES_XLSX)).await;
            // The link stays while the bucket is away.
            if matches!(size, Ok(None)) {
                export.links.failures_xlsx = None;
            }
        }
        export
    }

    /// An export with its first failed rows, and how its sheet is read.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub(super) async fn load_all(exports: &ExportJobs, id: &str) -> Result<Self> {
        let export = Self::load(exports, id).await?;
        // The state is in the database, and is shown without the bucket, too.
        let notices = exports.notices(id).await.inspect_err(|error| {
            tracing::warn!(export = id, code = error.code(), error = error.message(), "notices cannot be read");
        });
        Ok(Self { notices: notices.ok(), ..export })
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
        let is_done = export.state == ExportState::Done;
        let has_list = is_done || (export.state == ExportState::Failed && failed > 0);
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
                failures_xlsx: (has_list && failed > 0).then(|| format!("{path}/failures.xlsx")),
                itself: path,
            },
            notices: None,
            failures: None,
        }
    }
}

/// Rows per second: over the recent window while it runs, over the whole run once it is done.
fn rate(seen: &ExportStatus) -> Option<f64> {
    let ExportStatus { export, progress } = seen;
    let started = export.started_at?;
    let (rows, from, to) = match export.state {
        ExportState::Running => (progress.recent, started.max(now() - RATE_WINDOW), now()),
        ExportState::Done => (export.done + export.failed, started, export.finished_at?),
        _ => return None,
    };
    let rate = rows as f64 * 1e3 / (to - from).max(1) as f64;
    (rows > 0).then(|| (rate * 10.0).round() / 10.0).filter(|rate| *rate > 0.0)
}
