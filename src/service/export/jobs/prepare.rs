//! Reading and checking a sheet: rows into chunks.

use std::{collections::HashSet, sync::Arc};

use bytes::Bytes;
use serde_json::Value;
use tokio::{sync::mpsc, task::JoinHandle};

use super::{Exports, Options, TOLD, Task, as_reason, files, told};
use crate::{
    export::{
        CHUNK, Failure, Row, failures,
        rows::{self, Outcome},
        sheet::{Format, Limits, Sheet},
    },
    service::{
        App,
        export::{Spec, estimate},
    },
    store::{
        exports as records,
        exports::{Export, State},
    },
};
use haibao_core::{
    code::CodeNeed,
    error::{Error, Kind, Result},
};

/// Attempts after which a sheet is given up: each of them ended with its process.
const MOST: i64 = 8;

/// Checks an export's sheet, if nobody did and nobody does.
pub(super) async fn run(app: &Arc<App>, id: &str, generation: i64) -> Result<()> {
    let exports = &app.exports;
    let Some(attempt) = exports.records.claim(id, State::Checking, generation).await? else { return Ok(()) };
    let Some(export) = exports.records.get(id).await? else { return Ok(()) };
    let none = records::Checked { total: 0, bad: 0, new_codes: 0, failures: Vec::new() };
    let prepared = async {
        if attempt > MOST {
            return Err((
                Error::new(Kind::Internal, "sheet_crashed", "reading the sheet ends the process"),
                none.clone(),
            ));
        }
        prepare(app, &export, generation).await
    };
    match prepared.await {
        Ok(true) => exports.go_on(id).await,
        Ok(false) => exports.let_go(id).await,
        // A full disk does not pass by itself: that is a reason to fail.
        Err((error, _)) if error.code() == "store_busy" => {
            tracing::warn!(export = id, message = error.message(), "a sheet cannot be checked yet");
            exports.records.release(id, generation, true, Some(&as_reason(&error))).await.map(drop)
        }
        Err((error, checked)) => {
            let expires_at = records::now() + exports.lifetime(&Options::of(&export));
            if !exports.records.fail(id, generation, &as_reason(&error), expires_at, &checked).await? {
                return exports.let_go(id).await;
            }
            exports.blobs.remove_all(&files::path(id, "rows/")).await?;
            if export.webhook.is_some() {
                exports.queue.push(Task::Webhook { id: id.to_owned(), attempt: 0 }, None).await?;
            }
            Ok(())
        }
    }
}

/// What is the same for every row.
pub(super) async fn spec(app: &App, export: &Export) -> Result<Spec> {
    let options = Options::of(export);
    Ok(Spec {
        template: app.template(&export.template).await?,
        format: options.format()?,
        scale: options.scale.unwrap_or(1.0),
        strict: options.strict,
    })
}

pub(super) type Refused = (Error, records::Checked);

/// Answers whether the export is still this process's.
pub(super) async fn prepare(app: &Arc<App>, export: &Export, generation: i64) -> Result<bool, Refused> {
    let mut found = records::Checked { total: 0, bad: 0, new_codes: 0, failures: Vec::new() };
    let (exports, id) = (&app.exports, &export.id);
    let read = async {
        let sheet = exports.file(id, files::SHEET).await?;
        let (chunks, mut checked) = mpsc::channel(2);
        let task = check(app, export, sheet, chunks).await?;
        while let Some((n, rows)) = checked.recv().await {
            exports.put(id, &files::rows(n), rows).await?;
        }
        // What is left of the work when a file cannot be kept ends by itself: nobody takes its chunks.
        task.await.map_err(|e| Error::new(Kind::Internal, "internal", "reading the sheet failed").source(e))?
    };
    let Checked { columns, rows, bad, codes } = read.await.map_err(|error| (error, found.clone()))?;
    found.total = (rows + bad.count).cast_signed() as i64;
    found.bad = bad.count.cast_signed() as i64;
    found.failures = bad.told;
    let write = async {
        exports.put(id, files::COLUMNS, Value::from(columns).to_string()).await?;
        exports.put(id, files::BAD, bad.lines).await?;
        exports.put(id, files::FAILURES, bad.list).await
    };
    write.await.map_err(|error| (error, found.clone()))?;
    let count = bad.count;
    if (Options::of(export).strict && count > 0) || rows == 0 {
        let message = match rows {
            0 => format!("all of the {count} rows are bad"),
            _ => format!("{count} rows are bad, and `strict` refuses the sheet"),
        };
        let error = Error::new(Kind::Invalid, "rows_invalid", message);
        return Err((error.hint("repair what failures.csv names, and upload that"), found));
    }
    found.new_codes = estimate(&app.coder, &codes, false).await.total().cast_signed();
    let chunks = rows.div_ceil(CHUNK).cast_signed() as i64;
    let begun = exports.records.checked(id, generation, chunks, &found).await;
    Ok(begun.map_err(|error| (error, found))?.is_some())
}

/// What a sheet holds. Its rows have gone to their chunks.
struct Checked {
    columns: Vec<String>,
    /// Rows that can be drawn.
    rows: usize,
    bad: Bad,
    codes: HashSet<CodeNeed>,
}

/// The rows that failed, as they are kept.
struct Bad {
    count: usize,
    /// The first ones.
    told: Vec<Value>,
    /// All of them, [`files::BAD`].
    lines: Vec<u8>,
    /// All of them, [`files::FAILURES`].
    list: Vec<u8>,
}

impl Bad {
    fn new(columns: &[String], all: &[Failure]) -> Result<Self> {
        let (lines, list) = (files::to_lines(all)?, failures::write(columns, all));
        Ok(Self { count: all.len(), told: all.iter().take(TOLD).map(told).collect(), lines, list })
    }
}

/// Checks a sheet on a thread of its own, which takes seconds for many rows, and hands on each chunk when it is full: its
/// number, and its rows as they are kept.
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
    let asked = rows::Options {
        map: options.map.into_iter().map(|(param, column)| (param, text(column))).collect(),
        file_name: options.file_name,
        ending: options.format.unwrap_or_else(|| "png".to_owned()),
        code: options.code,
        scale,
    };
    Ok(tokio::task::spawn_blocking(move || {
        let sheet = Sheet::read(&sheet, Format::of(&name, &sheet)?, &limits)?;
        let (mut rows, mut bad, mut codes) = (0, Vec::new(), HashSet::new());
        let gone = || Error::new(Kind::Internal, "internal", "nobody takes the rows any more");
        let (mut chunk, mut n) = (Vec::with_capacity(CHUNK), 0);
        let mut hand_on = |chunk: &mut Vec<Row>| {
            let lines = files::to_lines(chunk)?;
            chunk.clear();
            n += 1;
            chunks.blocking_send((n - 1, lines)).map_err(|_| gone())
        };
        rows::each(&sheet, &template, &fonts, &asked, |outcome| {
            match outcome {
                Outcome::Bad(failure) => bad.push(failure),
                Outcome::Good(row, code) => {
                    rows += 1;
                    codes.extend(code);
                    chunk.push(row);
                    if chunk.len() == CHUNK {
                        return hand_on(&mut chunk);
                    }
                }
            }
            Ok(())
        })?;
        if !chunk.is_empty() {
            hand_on(&mut chunk)?;
        }
        let bad = Bad::new(&sheet.columns, &bad)?;
        Ok(Checked { columns: sheet.columns, rows, bad, codes })
    }))
}

impl Exports {
    /// The columns of an export's sheet.
    pub(super) async fn columns(&self, id: &str) -> Result<Vec<String>> {
        self.json(id, files::COLUMNS).await
    }
}
