//! An export on this machine's disk: an archive or a folder, and what is needed to go on after anything.
//!
//! While it runs there is a work folder (`OUT.zip.part`, or `.haibao-export` in the folder) with
//!
//! - `export.json`: what is exported ([`Fingerprint`]); locked by the process that is at work;
//! - `journal`: a line for each chunk that is done, each with its checksum (`journal.rs`);
//! - the archive as far as it is, or the posters of the chunk that is under way.
//!
//! A chunk's posters are on the disk before its line is, so a line tells the truth whenever the power goes. Chunks are
//! done in their order, so a run that goes on has nothing to look for: it cuts off what stands behind the last chunk
//! that is whole, and continues there. The archive takes its name when it is complete.

mod files;
mod fingerprint;
mod journal;
mod sink;

use std::{
    fs,
    path::{Path, PathBuf},
};

use files::{failed, replace, sync_folder};
pub use fingerprint::Fingerprint;
use journal::Journal;
use sink::Sink;

use super::Outcome;
use crate::export::{
    CHUNK, Failure, Record, failures,
    manifest::{self, Manifest},
};
use haibao_core::error::{Error, Kind, Result};

/// What is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A ZIP file.
    Zip(PathBuf),
    /// A folder.
    Folder(PathBuf),
}

impl Target {
    /// A ZIP file when the name ends so, else a folder.
    pub fn of(path: PathBuf) -> Self {
        let is_zip = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip"));
        if is_zip && !path.is_dir() { Self::Zip(path) } else { Self::Folder(path) }
    }

    /// The archive or the folder.
    pub fn path(&self) -> &Path {
        match self {
            Self::Zip(path) | Self::Folder(path) => path,
        }
    }

    /// The folder that is there while the export is not complete.
    pub fn work(&self) -> PathBuf {
        match self {
            Self::Zip(path) => added(path, ".part"),
            Self::Folder(path) => path.join(".haibao-export"),
        }
    }

    /// Where the list of failures lies: beside an archive, in a folder.
    pub fn failures(&self) -> PathBuf {
        match self {
            Self::Zip(path) => path.with_extension(failures::NAME),
            Self::Folder(path) => path.join(failures::NAME),
        }
    }
}

fn added(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// An export under way.
#[derive(Debug)]
pub struct Work {
    target: Target,
    /// Keeps other processes off.
    lock: fs::File,
    journal: Journal,
    sink: Sink,
    /// Rows of the whole export.
    total: usize,
    state: State,
    /// The chunk that is under way.
    current: Record,
}

/// What is done: all chunks up to one.
#[derive(Debug, Default)]
struct State {
    chunks: u64,
    rows: usize,
    posters: usize,
    manifest: Manifest,
    failed: Vec<Failure>,
}

/// What an export came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Posters that were made, by earlier runs too.
    pub posters: usize,
    /// Rows that have none.
    pub failed: usize,
}

impl Work {
    /// Begins, or goes on where an earlier run stopped when `resume` says so. `total` is the number of rows.
    ///
    /// # Errors
    /// `export_unfinished` when there is an earlier run's work and `resume` is false; `export_differs` with all that
    /// differs when that was another export; `export_running` when another process is at it; `output_failed`.
    pub fn open(target: Target, fingerprint: &Fingerprint, total: usize, resume: bool) -> Result<Self> {
        let work = target.work();
        fs::create_dir_all(&work).map_err(|e| failed(&work, &e))?;
        let lock = files::lock(&work)?;
        match Fingerprint::read(&work)? {
            Some(_) if !resume => {
                let message = format!("{} holds the work of an export that did not finish", work.display());
                return Err(Error::new(Kind::Invalid, "export_unfinished", message)
                    .hint("go on with --resume, or remove that folder to begin anew"));
            }
            Some(earlier) => earlier.same_as(fingerprint)?,
            None => create(&target, &work, fingerprint)?,
        }
        let mut opened = read(&target, &work)?;
        if opened.1.is_named() && opened.2.rows < total {
            // Somebody removed or changed the archive.
            create(&target, &work, fingerprint)?;
            opened = read(&target, &work)?;
        }
        let (journal, sink, state) = opened;
        let current = record(state.chunks);
        Ok(Self { target, lock, journal, sink, total, state, current })
    }

    /// How many rows are done, from the first on.
    pub fn done(&self) -> usize {
        self.state.rows
    }

    /// What was made so far.
    pub fn summary(&self) -> Summary {
        Summary { posters: self.state.posters, failed: self.state.failed.len() }
    }

    /// Takes the next row's outcome; they come in the rows' order. After each [`CHUNK`] rows, and the last, all that was
    /// taken is safe on the disk.
    ///
    /// # Errors
    /// `output_failed`: no room, no rights.
    pub fn add(&mut self, outcome: Outcome) -> Result<()> {
        match outcome {
            Outcome::Done { done, bytes, .. } => {
                self.sink.put(&done, &bytes)?;
                self.current.done.push(done);
            }
            Outcome::Failed(failure) => self.current.failed.push(failure),
        }
        let rows = self.current.done.len() + self.current.failed.len();
        if rows == CHUNK || self.state.rows + rows == self.total {
            self.sink.commit(&self.current.done)?;
            self.journal.add(&self.current)?;
            let next = record(self.current.chunk + 1);
            self.state.enter(std::mem::replace(&mut self.current, next));
        }
        Ok(())
    }

    /// Adds the lists and gives the export its name; the work folder is gone then. `bad` are the rows that were never
    /// tried, `columns` those of the sheet.
    ///
    /// # Errors
    /// `output_failed`; the work stays, and can be gone on with.
    pub fn finish(self, columns: &[String], bad: Vec<Failure>) -> Result<Summary> {
        let Self { target, lock, journal, mut sink, state, .. } = self;
        let State { posters, manifest, mut failed, .. } = state;
        failed.extend(bad);
        failed.sort_by_key(|failure| failure.number);
        let summary = Summary { posters, failed: failed.len() };
        let list = (!failed.is_empty()).then(|| failures::write(columns, &failed));
        let work = target.work();
        if let Some(list) = &list {
            replace(&work, &target.failures(), list)?;
        }
        if !sink.is_named() {
            let lists = [Some((manifest::NAME, manifest.bytes())), list.map(|list| (failures::NAME, list))];
            sink.finish(&target, lists.into_iter().flatten().collect())?;
        }
        drop((journal, sink));
        fs::remove_dir_all(&work).map_err(|e| failed_to_remove(&work, &e))?;
        drop(lock);
        Ok(summary)
    }
}

impl State {
    /// A chunk that is done.
    fn enter(&mut self, record: Record) {
        self.chunks += 1;
        self.rows += record.done.len() + record.failed.len();
        self.posters += record.done.len();
        record.done.iter().for_each(|done| self.manifest.add(done));
        self.failed.extend(record.failed);
    }
}

/// Begins the work folder. Whatever is in it is no part of this export.
fn create(target: &Target, work: &Path, fingerprint: &Fingerprint) -> Result<()> {
    files::empty(work)?;
    Sink::create(target, work)?;
    replace(work, &work.join(fingerprint::NAME), &fingerprint.bytes())?;
    sync_folder(work)?;
    work.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(Ok(()), sync_folder)
}

/// Finds what is done, and cuts off the rest.
fn read(target: &Target, work: &Path) -> Result<(Journal, Sink, State)> {
    let (lines, mut journal) = Journal::open(work)?;
    let mut sink = Sink::open(target, work)?;
    let (mut state, mut end) = (State::default(), 0);
    for line in lines {
        if line.record.chunk != state.chunks || !sink.holds(&line.record)? {
            break;
        }
        end = line.end;
        state.enter(line.record);
    }
    if !sink.is_named() {
        journal.cut(end)?;
        sink.cut()?;
    }
    Ok((journal, sink, state))
}

fn record(chunk: u64) -> Record {
    Record { chunk, done: Vec::new(), failed: Vec::new() }
}

fn failed_to_remove(work: &Path, error: &std::io::Error) -> Error {
    let message = format!("the export is complete, but {} cannot be removed: {error}", work.display());
    Error::new(Kind::Internal, "output_failed", message).hint("remove it")
}

#[cfg(test)]
mod tests;
