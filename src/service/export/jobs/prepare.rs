//! Reads and checks a sheet, and splits its rows into chunks.

use std::{collections::HashSet, sync::Arc};

use bytes::Bytes;
use serde_json::Value;
use tokio::{sync::mpsc, task::JoinHandle};

use super::{ExportJobs, Options, TOLD, Task, as_reason, failure_json, files};
use crate::{
    export::{
        CHUNK, Failure, SheetRow, failures,
        rows::{self, RowCheck},
        sheet::{Format, Limits, Sheet},
    },
    service::{
        App,
        export::{Spec, estimate, tries::is_store_busy},
    },
    store::{
        exports as records,
        exports::{Export, State},
    },
};
use haibao_core::{
    code::CodeNeed,
    error::{Error, ErrorKind, Result},
};

/// Maximum number of attempts. Only attempts that ended with a crash or panic count.
const MAX_ATTEMPTS: i64 = 8;

/// Checks an export's sheet, unless this has been done or is being done by another worker.
pub(super) async fn run(app: &Arc<App>, id: &str, generation: i64) -> Result<()> {
    let exports = &app.exports;
    let Some(attempt) = exports.records.claim(id, State::Checking, generation).await? else { return Ok(()) };
    let Some(export) = exports.records.get(id).await? else { return Ok(()) };
    let none = records::Checked { total: 0, bad: 0, new_codes: 0, failures: Vec::new() };
    let prepared = async {
        if attempt > MAX_ATTEMPTS {
            return Err((
                Error::new(ErrorKind::Internal, "sheet_crashed", "reading the sheet crashes the process"),
                none.clone(),
            ));
        }
        prepare(app, &export, generation).await
    };
    match prepared.await {
        Ok(true) => exports.advance(id).await,
        Ok(false) => exports.abandon_step(id).await,
        // Only unavailability is retried. A full disk is not transient and fails the export.
        Err((error, _)) if is_store_busy(&error) => {
            tracing::warn!(export = id, message = error.message(), "failed to check a sheet, retrying later");
            exports.records.release(id, generation, true, Some(&as_reason(&error))).await.map(drop)
        }
        Err((error, checked)) => {
            let expires_at = records::now() + exports.lifetime(&Options::of(&export));
            if !exports.records.fail(id, generation, &as_reason(&error), expires_at, &checked).await? {
                return exports.abandon_step(id).await;
            }
            exports.blobs.remove_all(&files::path(id, "rows/")).await?;
            if export.webhook.is_some() {
                exports.queue.push(Task::Webhook { id: id.to_owned(), attempt: 0 }, None).await?;
            }
            Ok(())
        }
    }
}

/// Settings shared by all rows.
pub(super) async fn spec(app: &App, export: &Export) -> Result<Spec> {
    let options = Options::of(export);
    let name = &export.template;
    let template = match &options.version {
        None => app.template(name).await?,
        Some(version) => {
            let name = name.split('@').next().unwrap_or_default();
            match app.template(&format!("{name}@{version}")).await {
                // An edit came before the version was stored.
                Err(error) if error.code() == "template_version_unknown" => app.template(name).await?,
                result => result?,
            }
        }
    };
    Ok(Spec { template, format: options.format()?, scale: options.scale.unwrap_or(1.0), strict: options.strict })
}

/// An error, and what the check has found until then.
pub(super) type PrepareError = (Error, records::Checked);

/// Checks the sheet and stores its rows. Returns whether this process still held the step at the end.
pub(super) async fn prepare(app: &Arc<App>, export: &Export, generation: i64) -> Result<bool, PrepareError> {
    let mut found = records::Checked { total: 0, bad: 0, new_codes: 0, failures: Vec::new() };
    let (exports, id) = (&app.exports, &export.id);
    let read = async {
        let sheet = exports.file(id, files::SHEET).await?;
        let (chunks, mut checked) = mpsc::channel(2);
        let task = check(app, export, sheet, chunks).await?;
        while let Some((n, rows)) = checked.recv().await {
            exports.put(id, &files::rows(n), rows).await?;
        }
        // If storing a file fails, dropping the receiver makes the check task stop.
        task.await.map_err(|e| Error::internal("reading the sheet failed").source(e))?
    };
    let Checked { columns, rows, bad, codes } = read.await.map_err(|error| (error, found.clone()))?;
    found.total = (rows + bad.count).cast_signed() as i64;
    found.bad = bad.count.cast_signed() as i64;
    found.failures = bad.first;
    let write = async {
        exports.put(id, files::COLUMNS, Value::from(columns).to_string()).await?;
        exports.put(id, files::BAD, bad.lines).await?;
        exports.put(id, files::FAILURES, bad.csv).await
    };
    write.await.map_err(|error| (error, found.clone()))?;
    let count = bad.count;
    if (Options::of(export).strict && count > 0) || rows == 0 {
        let message = match rows {
            0 => format!("all {count} rows are invalid"),
            _ => format!("{count} rows are invalid, and `strict` is set"),
        };
        let error = Error::new(ErrorKind::Invalid, "rows_invalid", message);
        return Err((error.hint("correct the rows listed in failures.csv and upload that file"), found));
    }
    found.new_codes = estimate(&app.coder, &codes, false).await.total().cast_signed();
    let chunks = rows.div_ceil(CHUNK).cast_signed() as i64;
    let begun = exports.records.checked(id, generation, chunks, &found).await;
    Ok(begun.map_err(|error| (error, found))?.is_some())
}

/// Result of the check. The rows themselves have been passed on in chunks.
struct Checked {
    columns: Vec<String>,
    /// Number of valid rows.
    rows: usize,
    bad: Bad,
    codes: HashSet<CodeNeed>,
}

/// Invalid rows in serialised form.
struct Bad {
    count: usize,
    /// JSON of the first ones.
    first: Vec<Value>,
    /// Contents of [`files::BAD`].
    lines: Vec<u8>,
    /// Contents of [`files::FAILURES`].
    csv: Vec<u8>,
}

impl Bad {
    fn new(columns: &[String], all: &[Failure]) -> Result<Self> {
        let (lines, csv) = (files::to_lines(all)?, failures::write(columns, all));
        Ok(Self { count: all.len(), first: all.iter().take(TOLD).map(failure_json).collect(), lines, csv })
    }
}

/// Checks a sheet on a blocking thread, because large sheets take seconds. Sends each full chunk as its index and its
/// rows in JSON Lines.
async fn check(
    app: &Arc<App>,
    export: &Export,
    sheet: Bytes,
    chunks: mpsc::Sender<(i64, Vec<u8>)>,
) -> Result<JoinHandle<Result<Checked>>> {
    let Spec { template, scale, .. } = spec(app, export).await?;
    let options = Options::of(export);
    let limits = Limits { rows: app.exports.config.max_rows, ..Limits::default() };
    let (name, fonts) = (export.sheet.clone(), Arc::clone(app.renderer.fonts()));
    let text = |column: Value| column.as_str().map_or_else(|| column.to_string(), str::to_owned);
    let row_options = rows::Options {
        map: options.map.into_iter().map(|(param, column)| (param, text(column))).collect(),
        file_name: options.file_name,
        extension: options.format.unwrap_or_else(|| "png".to_owned()),
        code: options.code,
        scale,
    };
    Ok(tokio::task::spawn_blocking(move || {
        let sheet = Sheet::read(&sheet, Format::of(&name, &sheet)?, &limits)?;
        let (mut rows, mut bad, mut codes) = (0, Vec::new(), HashSet::new());
        let closed = || Error::internal("the receiver of the rows was dropped");
        let (mut chunk, mut n) = (Vec::with_capacity(CHUNK), 0);
        let mut send = |chunk: &mut Vec<SheetRow>| {
            let lines = files::to_lines(chunk)?;
            chunk.clear();
            n += 1;
            chunks.blocking_send((n - 1, lines)).map_err(|_| closed())
        };
        rows::each(&sheet, &template, &fonts, &row_options, |outcome| {
            match outcome {
                RowCheck::Bad(failure) => bad.push(failure),
                RowCheck::Good(row, code) => {
                    rows += 1;
                    codes.extend(code);
                    chunk.push(row);
                    if chunk.len() == CHUNK {
                        return send(&mut chunk);
                    }
                }
            }
            Ok(())
        })?;
        if !chunk.is_empty() {
            send(&mut chunk)?;
        }
        let bad = Bad::new(&sheet.columns, &bad)?;
        Ok(Checked { columns: sheet.columns, rows, bad, codes })
    }))
}

impl ExportJobs {
    /// Reads the column names of an export's sheet.
    pub(super) async fn columns(&self, id: &str) -> Result<Vec<String>> {
        self.json(id, files::COLUMNS).await
    }
}
