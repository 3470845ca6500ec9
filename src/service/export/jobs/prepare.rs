//! Reads and checks a sheet, and splits its rows into chunks.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;

use super::{ExportJobs, MAX_REPORTED_FAILURES, Options, SHEET_MEMORY, Task, as_reason, failure_json, files};
use crate::{
    export::{
        CHUNK, Failure, failures,
        rows::{self, Checker, RowCheck, Sorter},
        sheet::{Format, Sheet},
    },
    service::{
        App,
        export::{Spec, estimate, tries::is_store_busy},
        pool::{Kind, Need},
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
const MAX_ATTEMPTS: i64 = 4;
/// Interval at which a running check looks whether its export was cancelled or taken over.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Checks an export's sheet, unless this has been done or is being done by another worker.
pub(super) async fn run(app: &Arc<App>, id: &str) -> Result<()> {
    let exports = &app.exports;
    // The step may have waited for its lane, and have been renewed meanwhile.
    let Some(export) = exports.records.get(id).await? else { return Ok(()) };
    let generation = export.generation;
    let Some(attempt) = exports.records.claim(id, State::Checking, generation).await? else { return Ok(()) };
    let none = records::CheckResult { total: 0, bad: 0, new_codes: 0, failures: Vec::new() };
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
            tracing::warn!(export = id, error = error.message(), "failed to check a sheet, retrying later");
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
                Err(error) if error.kind() == ErrorKind::NotFound => app.template(name).await?,
                result => result?,
            }
        }
    };
    Ok(Spec { template, format: options.format()?, scale: options.scale.unwrap_or(1.0), strict: options.strict })
}

/// An error, and what the check has found until then.
pub(super) type PrepareError = (Error, records::CheckResult);

/// Checks the sheet and stores its rows. Returns whether this process still held the step at the end.
pub(super) async fn prepare(app: &Arc<App>, export: &Export, generation: i64) -> Result<bool, PrepareError> {
    let mut found = records::CheckResult { total: 0, bad: 0, new_codes: 0, failures: Vec::new() };
    let (exports, id) = (&app.exports, &export.id);
    let checked = check(app, export, generation).await.map_err(|error| (error, found.clone()))?;
    // Cancelled meanwhile, or taken over by another process.
    let Some(checked) = checked else { return Ok(false) };
    let CheckedSheet { columns, rows, bad, codes } = checked;
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
struct CheckedSheet {
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
        Ok(Self {
            count: all.len(),
            first: all.iter().take(MAX_REPORTED_FAILURES).map(failure_json).collect(),
            lines,
            csv,
        })
    }
}

/// Checks a sheet and stores its valid rows in chunks. `None` if this process has lost the step.
///
/// The sheet is parsed on a thread of its lane, and its rows are checked on the CPU pool, a chunk at a time: no thread
/// waits for another, and other work gets its turn in between.
async fn check(app: &Arc<App>, export: &Export, generation: i64) -> Result<Option<CheckedSheet>> {
    let (exports, id) = (&app.exports, &export.id);
    let Spec { template, format, scale, .. } = spec(app, export).await?;
    let options = Options::of(export);
    let limits = exports.sheet_limits();
    // Large sheets one after another. Taken before the sheet is read. The semaphore is never closed.
    let memory = sheet_memory(exports, id).await?;
    let _memory = Arc::clone(&exports.sheet_memory).acquire_many_owned(memory).await;
    let bytes = exports.file(id, files::SHEET).await?;
    let name = export.sheet.clone();
    let sheet = exports.sheets.run(move || Sheet::read(&bytes, Format::of(&name, &bytes)?, &limits)).await??;
    let text = |column: Value| column.as_str().map_or_else(|| column.to_string(), str::to_owned);
    let row_options = rows::Options {
        map: options.map.into_iter().map(|(param, column)| (param, text(column))).collect(),
        file_name: options.file_name,
        extension: format.extension().to_owned(),
        code: options.code,
        scale,
    };
    let (mut sorter, sheet) = (Sorter::new(&row_options), Arc::new(sheet));
    let checker = Checker::new(Arc::clone(&sheet), template, Arc::clone(app.renderer.fonts()), row_options)?;
    let checker = Arc::new(checker);
    let batch = |first: usize| {
        let checker = Arc::clone(&checker);
        app.pool.run(Need::of(Kind::Other), move |_| Ok(checker.check(first..first + CHUNK)))
    };
    let mut batches = stream::iter((0..sheet.rows.len()).step_by(CHUNK)).map(batch).buffered(app.pool.workers());
    let (mut rows, mut bad, mut codes) = (0, Vec::new(), HashSet::new());
    let (mut chunk, mut n) = (Vec::with_capacity(CHUNK), 0);
    let mut looked = Instant::now();
    while let Some(outcomes) = batches.try_next().await? {
        for outcome in outcomes {
            match sorter.sort(outcome) {
                RowCheck::Bad(failure) => bad.push(failure),
                RowCheck::Good(row, code) => {
                    rows += 1;
                    codes.extend(code);
                    chunk.push(row);
                }
            }
        }
        if chunk.len() >= CHUNK {
            let rest = chunk.split_off(CHUNK);
            exports.put(id, &files::rows(n), files::to_lines(&chunk)?).await?;
            (chunk, n) = (rest, n + 1);
        }
        if looked.elapsed() > LOOK_INTERVAL {
            let current = exports.records.get(id).await?;
            if current.is_none_or(|export| export.state != State::Checking || export.generation != generation) {
                return Ok(None);
            }
            looked = Instant::now();
        }
    }
    if !chunk.is_empty() {
        exports.put(id, &files::rows(n), files::to_lines(&chunk)?).await?;
    }
    let columns = sheet.columns.clone();
    let bad = files::blocking(move || Bad::new(&columns, &bad)).await??;
    Ok(Some(CheckedSheet { columns: sheet.columns.clone(), rows, bad, codes }))
}

/// Permits of [`ExportJobs::sheet_memory`] for checking a sheet. An XLSX may hold far more than its size.
async fn sheet_memory(exports: &ExportJobs, id: &str) -> Result<u32> {
    let key = files::path(id, files::SHEET);
    let size = exports.blobs.size(&key).await?.unwrap_or_default();
    let head = exports.blobs.get_range(&key, 0..2).await?.unwrap_or_default();
    let kib = (size / 1024).saturating_mul(if head.starts_with(b"PK") { 64 } else { 4 });
    Ok(u32::try_from(kib).unwrap_or(SHEET_MEMORY).clamp(1, SHEET_MEMORY))
}

impl ExportJobs {
    /// Reads the column names of an export's sheet.
    pub(super) async fn columns(&self, id: &str) -> Result<Vec<String>> {
        self.json(id, files::COLUMNS).await
    }
}
