//! Reads and checks a sheet, and splits its rows into chunks.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read},
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;

use super::{ExportJobs, ExportOptions, LARGEST_SHEET, Task, as_reason, failure_json, files};
use crate::{
    export::{
        CHUNK, Mapping,
        codes::Codes,
        outline::{columns_by_target, mapped_columns},
        rows::{Checker, RowCheck, Sorter},
    },
    language::Language,
    net::fair::Share,
    service::{
        App,
        call::Call,
        export::{
            SheetSource, Spec,
            bad::{BadRows, Lists},
            estimate, mapping, open,
            opened::on_pool,
            pictures::PictureFiles,
            retried::{MAX_SHARED, of_failures},
            tries::is_store_busy,
        },
        pool::{Held, Kind, Need, Pool, in_time},
    },
    store::{
        exports as records,
        exports::{Export, ExportState},
    },
    words,
};
use haibao_core::{
    error::{Domain, Error, ErrorKind, Result},
    template::Template,
};
use haibao_sheet::Sheet;

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
    let Some(attempt) = exports.records.claim(id, ExportState::Checking, generation).await? else { return Ok(()) };
    let none = records::CheckResult { total: 0, bad: 0, new_codes: 0, failures: Vec::new() };
    let prepared = async {
        if attempt > MAX_ATTEMPTS {
            return Err((Error::of(ErrorKind::Internal, words::sheet_crashed()), none.clone()));
        }
        // Turns and time of the pool count for the key that started the export.
        let call = Call::current().by(export.owner.as_deref().unwrap_or_default());
        call.scope(prepare(app, &export, generation)).await
    };
    // The errors of the step carry what it has found.
    let found = std::sync::Mutex::new(none.clone());
    let work = async {
        prepared.await.map_err(|(error, checked)| {
            *found.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = checked;
            error
        })
    };
    let done = exports.unless_ended(id, work).await.map(Option::unwrap_or_default);
    let checked = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    match done.map_err(|error| (error, checked)) {
        Ok(true) => exports.advance(id).await,
        Ok(false) => exports.abandon_step(id).await,
        // Only unavailability is retried. A full disk is not transient and fails the export.
        Err((error, _)) if is_store_busy(&error) => {
            tracing::warn!(export = id, error = error.message(), "failed to check a sheet, retrying later");
            exports.records.release(id, generation, true, Some(&as_reason(&error))).await.map(drop)
        }
        Err((error, checked)) => {
            let expires_at = records::now() + exports.lifetime(&ExportOptions::of(&export));
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
    let options = ExportOptions::of(export);
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
    Ok(Spec {
        template,
        format: options.format()?,
        scale: options.scale.unwrap_or(1.0),
        strict: options.strict,
        columns: BTreeMap::new(),
    })
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
    found.failures = bad.first.iter().map(failure_json).collect();
    let write = async {
        exports.put(id, files::COLUMNS, Value::from(columns).to_string()).await?;
        exports.blobs.put_file(&files::path(id, files::BAD), &bad.lines).await?;
        if let Some(workbook) = bad.workbook {
            exports.put(id, files::FAILURES_XLSX, workbook).await?;
        }
        exports.blobs.put_file(&files::path(id, files::FAILURES), &bad.csv).await.map(drop)
    };
    write.await.map_err(|error| (error, found.clone()))?;
    let count = bad.count;
    if (ExportOptions::of(export).strict && count > 0) || rows == 0 {
        let finding = match rows {
            0 => words::rows_all_invalid(count),
            _ => words::rows_invalid_strict(count),
        };
        return Err((Error::of(ErrorKind::Invalid, finding), found));
    }
    found.new_codes = estimate(&app.codes, &codes).await.total().cast_signed();
    let chunks = rows.div_ceil(CHUNK).cast_signed() as i64;
    let begun = exports.records.checked(id, generation, chunks, &found).await;
    Ok(begun.map_err(|error| (error, found))?.is_some())
}

/// Memory of a sheet that is checked.
#[derive(Debug)]
pub struct SheetRoom {
    share: Option<Share>,
    held: Held,
    /// KiB.
    units: u32,
}

impl SheetRoom {
    /// Returns all but the memory of checking the rows that are left of a sheet, and of its file.
    pub fn keep(&mut self, sheet: &Sheet, file_bytes: usize) {
        self.shrink_to(in_units(checking(sheet, sheet.rows.len()) + file_bytes as u64));
    }

    /// Returns all but so many KiB. Has no effect if there are fewer.
    fn shrink_to(&mut self, units: u32) {
        self.units = self.units.min(units);
        self.share.iter_mut().for_each(|share| share.shrink_to(self.units));
        self.held.shrink_to(u64::from(self.units) << 10);
    }
}

/// Memory of a sheet in KiB.
fn in_units(bytes: u64) -> u32 {
    u32::try_from(bytes / 1024).unwrap_or(LARGEST_SHEET).clamp(1, LARGEST_SHEET)
}

/// Memory of checking a sheet, bytes, with this many rows in hand: those are copied twice. Of all rows, names and codes are known by their
/// hashes.
fn checking(sheet: &Sheet, in_hand: usize) -> u64 {
    /// About the memory of the hashes of a row, in sets that grow by doubling.
    const HASHES: u64 = 64;
    let (rows, memory) = (sheet.rows.len() as u64, sheet.memory());
    memory + 2 * memory * rows.min(in_hand as u64) / rows.max(1) + HASHES * rows
}

/// Result of the check. The rows themselves have been passed on in chunks.
struct CheckedSheet {
    columns: Vec<String>,
    /// Number of valid rows.
    rows: usize,
    bad: Lists,
    codes: Codes,
}

/// Checks a sheet and stores its valid rows in chunks. `None` if this process has lost the step.
///
/// The sheet is parsed on a thread of its lane. Its columns and rows are checked on the CPU pool, rows a chunk at a time: no thread
/// waits for another, and other work gets its turn in between.
async fn check(app: &Arc<App>, export: &Export, generation: i64) -> Result<Option<CheckedSheet>> {
    let (exports, id) = (&app.exports, &export.id);
    let template = spec(app, export).await?.template;
    let options = ExportOptions::of(export);
    // Large sheets one after another. Taken before the sheet is read.
    let room = exports.sheet_room(&app.pool, id).await?;
    let bytes = exports.file(id, files::SHEET).await?;
    let files = if options.has_pictures { Some(exports.pictures(id).await?) } else { None };
    let limits = exports.sheet_limits(bytes.len());
    let source = SheetSource { name: export.sheet.clone(), bytes, limits, hidden: options.hidden, files };
    let (sheet, row_options) = open(app, &template, source, options.rows()?).await?;
    let in_hand = (app.pool.workers() + 1) * CHUNK;
    let memory = move |sheet: &Sheet, _: &Template, _: &Mapping| Ok(checking(sheet, in_hand));
    let memory = on_pool(app, &sheet, &template, &row_options.mapping, memory).await?;
    let _room = exports.fit(&app.pool, room, memory).await?;
    keep_mapping(app, export, &sheet, &template, &row_options.mapping).await?;
    let targets = on_pool(app, &sheet, &template, &row_options.mapping, columns_by_target).await?;
    exports.put(id, files::TARGETS, serde_json::to_vec(&targets).unwrap_or_default()).await?;
    let (mut sorter, own, fonts) = (Sorter::new(&row_options), Arc::clone(&sheet), Arc::clone(app.renderer.fonts()));
    let checker = app.pool.run(Need::of(Kind::Other), move |_| Checker::new(own, template, fonts, row_options)).await?;
    exports
        .put(
            id,
            files::NOTICES,
            serde_json::to_vec(&checker.notices().iter().map(Language::both).collect::<Vec<_>>()).unwrap_or_default(),
        )
        .await?;
    let checker = Arc::new(checker);
    let batch = |first: usize| {
        let checker = Arc::clone(&checker);
        app.pool.run(Need::of(Kind::Other), move |_| Ok(checker.check(first..first + CHUNK)))
    };
    let mut batches = stream::iter((0..sheet.rows.len()).step_by(CHUNK)).map(batch).buffered(app.pool.workers());
    let (mut rows, mut bad, mut codes) = (0, BadRows::new(sheet.columns.clone())?, Codes::default());
    let (mut chunk, mut n) = (Vec::with_capacity(CHUNK), 0);
    let mut looked = Instant::now();
    while let Some(outcomes) = batches.try_next().await? {
        let mut failed = Vec::new();
        for outcome in outcomes {
            match sorter.sort(outcome) {
                RowCheck::Bad(failure) => failed.push(failure),
                RowCheck::Good(row, code) => {
                    rows += 1;
                    if let Some(code) = code {
                        codes.add(&code);
                    }
                    chunk.push(row);
                }
            }
        }
        if !failed.is_empty() {
            bad = files::blocking(move || bad.add(failed).map(|()| bad)).await??;
        }
        if chunk.len() >= CHUNK {
            let rest = chunk.split_off(CHUNK);
            exports.put_lines(id, &files::rows(n), chunk).await?;
            (chunk, n) = (rest, n + 1);
        }
        if looked.elapsed() > LOOK_INTERVAL {
            let current = exports.records.get(id).await?;
            if current.is_none_or(|export| export.state != ExportState::Checking || export.generation != generation) {
                return Ok(None);
            }
            looked = Instant::now();
        }
    }
    if !chunk.is_empty() {
        exports.put_lines(id, &files::rows(n), chunk).await?;
    }
    let pictures = of_failures(app, bad.few(), MAX_SHARED).await;
    let bad = files::blocking(move || bad.finish(&pictures)).await??;
    Ok(Some(CheckedSheet { columns: sheet.columns.clone(), rows, bad, codes }))
}

/// Keeps the columns that the caller has mapped, for the next sheet.
async fn keep_mapping(
    app: &App,
    export: &Export,
    sheet: &Arc<Sheet>,
    template: &Arc<Template>,
    mapping: &Mapping,
) -> Result<()> {
    if mapping.pairs.is_empty() {
        return Ok(());
    }
    let columns = on_pool(app, sheet, template, mapping, mapped_columns).await?;
    // Also if the check is not called by a step.
    let call = Call::current().by(export.owner.as_deref().unwrap_or_default());
    call.scope(mapping::keep(app, &template.id, columns)).await
}

impl ExportJobs {
    /// Room for a sheet of the store. An XLSX may hold far more than its size.
    async fn sheet_room(&self, pool: &Pool, id: &str) -> Result<SheetRoom> {
        let key = files::path(id, files::SHEET);
        let size = self.blobs.size(&key).await?.unwrap_or_default();
        let head = self.blobs.get_range(&key, 0..2).await?.unwrap_or_default();
        self.room(pool, size, &head).await
    }

    /// Waits for the memory that reading a sheet takes, which is part of the pool's and shared fairly. Given back when dropped.
    ///
    /// # Errors
    /// `busy` if there is none in time.
    pub async fn room(&self, pool: &Pool, size: u64, head: &[u8]) -> Result<SheetRoom> {
        self.take_room(pool, size.saturating_mul(if head.starts_with(b"PK") { 64 } else { 4 })).await
    }

    /// Reads the rest of an uploaded sheet, behind its first bytes, on a thread for sheets: megabytes, which the threads of the
    /// network must not wait for.
    ///
    /// # Errors
    /// `busy` if no thread is free in time. Inner: errors of the file.
    pub async fn read_upload(&self, mut file: File, mut bytes: Vec<u8>) -> Result<io::Result<Vec<u8>>> {
        self.sheets.run(move || file.read_to_end(&mut bytes).map(|_| bytes)).await
    }

    /// Room for what a sheet occupies once it is read, bytes: a file of a kilobyte may have a million cells, a large one few.
    pub(super) async fn fit(&self, pool: &Pool, mut room: SheetRoom, bytes: u64) -> Result<SheetRoom> {
        let units = in_units(bytes);
        if units > room.units {
            // Not in addition: sheets that hold a part while they wait for more could block each other.
            drop(room);
            return self.take_room(pool, bytes).await;
        }
        room.shrink_to(units);
        Ok(room)
    }

    async fn take_room(&self, pool: &Pool, bytes: u64) -> Result<SheetRoom> {
        let units = in_units(bytes);
        let both = async {
            let share = self.sheet_memory.take(&Call::current().sharer(), units, None).await;
            SheetRoom { share, held: pool.reserve(u64::from(units) << 10).await, units }
        };
        in_time(both).await
    }

    /// The pictures beside an export's sheet, in a temporary file.
    async fn pictures(&self, id: &str) -> Result<PictureFiles> {
        let missing = || Error::of(ErrorKind::Internal, words::export_pictures_missing()).domain(Domain::StoredFile);
        let found = self.blobs.get_file(&files::path(id, files::PICTURES)).await?;
        PictureFiles::opened(found.ok_or_else(missing)?).await
    }

    /// Reads the column names of an export's sheet.
    pub(super) async fn columns(&self, id: &str) -> Result<Vec<String>> {
        self.json(id, files::COLUMNS).await
    }
}
