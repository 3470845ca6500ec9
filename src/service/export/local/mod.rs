//! Crash-safe export to the local disk, as an archive or a folder.
//!
//! While an export is unfinished, there is a work folder (`OUT.zip.part`, or `.haibao-export` in the output folder):
//!
//! - `lock`: locked by the running process;
//! - `export.json`: the inputs of the export ([`Fingerprint`]);
//! - `journal`: one line with a checksum per completed chunk (`journal.rs`), from which the lists are made at the end;
//! - the partial archive, or the posters of the current chunk.
//!
//! Posters are synced before their chunk's journal line is written, so the journal is correct even after a power loss.
//! Chunks complete in order. To resume, a run truncates the output after the last intact chunk and continues there. The
//! archive is renamed to its final name when it is complete.

mod files;
mod fingerprint;
mod journal;
mod sink;
mod target;

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use files::{List, output_failed, replace, sync_folder};
pub use fingerprint::Fingerprint;
use journal::Journal;
use sink::Sink;
pub use target::ExportTarget;

use super::{
    RowResult,
    bad::{BadRows, Lists},
    spool,
    undrawn::Merged,
};
use crate::export::{
    CHUNK, ChunkRecord, failures,
    manifest::{self, Manifest},
};
use crate::{causes, words};
use haibao_core::error::{Domain, Error, ErrorKind, Result};

/// An export in progress.
#[derive(Debug)]
pub struct LocalExport {
    target: ExportTarget,
    /// Held to exclude other processes.
    lock: File,
    journal: Journal,
    sink: Sink,
    /// Total number of rows.
    total: usize,
    state: State,
    /// Record of the incomplete chunk.
    current: ChunkRecord,
}

/// Totals of the completed chunks.
#[derive(Debug, Default)]
struct State {
    chunks: u64,
    rows: usize,
    posters: usize,
    failed: usize,
}

/// Result of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Number of posters, including those of earlier runs.
    pub posters: usize,
    /// Number of rows without a poster.
    pub failed: usize,
}

impl LocalExport {
    /// Starts an export of `total` rows, or resumes an unfinished one if `resume` is true.
    ///
    /// # Errors
    /// `export_unfinished` if there is an unfinished run and `resume` is false; `export_differs` if that run had other
    /// inputs; `export_running` if another process is writing to the target; `output_failed`.
    pub fn open(target: ExportTarget, fingerprint: &Fingerprint, total: usize, resume: bool) -> Result<Self> {
        let work = target.work();
        fs::create_dir_all(&work).map_err(|e| output_failed(&work, &e))?;
        let lock = files::lock(&work)?;
        match Fingerprint::read(&work)? {
            Some(_) if !resume => {
                return Err(Error::of(ErrorKind::Invalid, words::export_unfinished(work.display())));
            }
            Some(earlier) => earlier.ensure_equal(fingerprint)?,
            None => create(&target, &work, fingerprint)?,
        }
        let mut opened = read(&target, &work)?;
        if opened.1.is_named() && opened.2.rows < total {
            // The archive was removed or modified after it was renamed: start over.
            create(&target, &work, fingerprint)?;
            opened = read(&target, &work)?;
        }
        let (journal, sink, state) = opened;
        let current = record(state.chunks);
        Ok(Self { target, lock, journal, sink, total, state, current })
    }

    /// Number of completed rows, counted from the first.
    pub fn done(&self) -> usize {
        self.state.rows
    }

    /// Totals of the completed chunks.
    pub fn summary(&self) -> Summary {
        Summary { posters: self.state.posters, failed: self.state.failed }
    }

    /// The lists of all rows without a poster: those that could not be drawn, and those that failed the check (`bad`, as JSON
    /// Lines). `columns` are those of the sheet.
    ///
    /// # Errors
    /// `output_failed` if the journal cannot be read; as [`BadRows::add`].
    pub fn failures(&self, columns: &[String], bad: File) -> Result<BadRows> {
        let mut merged = Merged::new(columns.to_vec(), bad)?;
        for record in self.records()? {
            merged = merged.add(record.failed)?;
        }
        merged.all()
    }

    /// The completed chunks.
    fn records(&self) -> Result<impl Iterator<Item = ChunkRecord> + use<>> {
        let chunks = self.state.chunks;
        Ok(self.journal.lines()?.map(|line| line.record).take_while(move |record| record.chunk < chunks))
    }

    /// Adds the outcome of the next row, in row order. Outcomes become durable after each [`CHUNK`] rows and after the
    /// last row.
    ///
    /// # Errors
    /// `output_failed` if the output cannot be written.
    pub fn add(&mut self, outcome: RowResult) -> Result<()> {
        match outcome {
            RowResult::Done { done, bytes, .. } => {
                self.sink.put(&done, &bytes)?;
                self.current.done.push(done);
            }
            RowResult::Failed(failure) => self.current.failed.push(failure),
        }
        let rows = self.current.done.len() + self.current.failed.len();
        if rows == CHUNK || self.state.rows + rows == self.total {
            self.sink.commit(&self.current.done)?;
            self.journal.add(&self.current)?;
            let next = record(self.current.chunk + 1);
            self.state.add(&std::mem::replace(&mut self.current, next));
        }
        Ok(())
    }

    /// Writes the lists, completes the output and removes the work folder. `failed` are those of [`Self::failures`].
    /// Lists that an earlier export to this place left, and this one does not have, are removed: they would be taken for this one's.
    ///
    /// # Errors
    /// `output_failed`, and `disk_failed` for temporary files. The work folder remains, and the export can be resumed.
    pub fn finish(self, failed: Lists) -> Result<Summary> {
        let mut manifest = Manifest::default();
        for record in self.records()? {
            record.done.iter().for_each(|done| manifest.add(done));
        }
        let summary = Summary { posters: self.state.posters, failed: failed.count };
        let Self { target, lock, journal, mut sink, .. } = self;
        let lists = lists(manifest, failed).map_err(spool::failed)?;
        let work = target.work();
        for (name, path) in [(failures::NAME, target.failures()), (failures::WORKBOOK, target.workbook())] {
            match lists.iter().find(|list| list.name == name) {
                Some(list) => replace(&work, &path, list.content().map_err(|e| output_failed(&path, &e))?)?,
                None => files::remove(&path)?,
            }
        }
        if !sink.is_named() {
            sink.finish(&target, &lists)?;
        }
        drop((journal, sink));
        fs::remove_dir_all(&work).map_err(|e| failed_to_remove(&work, &e))?;
        drop(lock);
        Ok(summary)
    }
}

impl State {
    /// Adds a completed chunk.
    fn add(&mut self, record: &ChunkRecord) {
        self.chunks += 1;
        self.rows += record.done.len() + record.failed.len();
        self.posters += record.done.len();
        self.failed += record.failed.len();
    }
}

/// The lists of an export: the manifest, and those of the rows without a poster, if there are any.
fn lists(manifest: Manifest, failed: Lists) -> io::Result<Vec<List>> {
    let mut lists = vec![List::new(manifest::NAME, &manifest.bytes())?];
    if failed.count > 0 {
        lists.push(List::of(failures::NAME, failed.csv)?);
        lists.extend(failed.workbook.map(|book| List::new(failures::WORKBOOK, &book)).transpose()?);
    }
    Ok(lists)
}

/// Initialises the work folder, removing its previous contents.
fn create(target: &ExportTarget, work: &Path, fingerprint: &Fingerprint) -> Result<()> {
    files::clear(work)?;
    Sink::create(target, work)?;
    replace(work, &work.join(fingerprint::NAME), fingerprint.bytes().as_slice())?;
    sync_folder(work)?;
    work.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(Ok(()), sync_folder)
}

/// Reads the completed chunks and truncates everything after them.
fn read(target: &ExportTarget, work: &Path) -> Result<(Journal, Sink, State)> {
    let (lines, mut journal) = Journal::open(work)?;
    let mut sink = Sink::open(target, work)?;
    let (mut state, mut end) = (State::default(), 0);
    for line in lines {
        if line.record.chunk != state.chunks || !sink.contains(&line.record)? {
            break;
        }
        end = line.end;
        state.add(&line.record);
    }
    if !sink.is_named() {
        journal.truncate(end)?;
        sink.truncate()?;
    }
    Ok((journal, sink, state))
}

fn record(chunk: u64) -> ChunkRecord {
    ChunkRecord { chunk, done: Vec::new(), failed: Vec::new() }
}

fn failed_to_remove(work: &Path, error: &std::io::Error) -> Error {
    Error::of(ErrorKind::Internal, words::work_left(work.display(), causes::io(error))).domain(Domain::Output)
}

#[cfg(test)]
mod tests;
