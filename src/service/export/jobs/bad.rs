//! The lists of rows without a poster, in temporary files: those of a large sheet would take hundreds of megabytes.

use std::{
    fs::File,
    io::{BufWriter, Write},
};

use serde_json::Value;

use super::{super::drawn::disk_failed as failed, MAX_REPORTED_FAILURES, failure_json};
use crate::export::{Failure, failures};
use haibao_core::error::Result;

/// Lists being written, in the order of the rows.
pub(super) struct BadRows {
    columns: Vec<String>,
    count: usize,
    first: Vec<Value>,
    lines: BufWriter<File>,
    csv: failures::Writer<BufWriter<File>>,
    /// All rows, as long as a workbook can have them.
    few: Vec<Failure>,
}

/// Finished lists.
pub(super) struct Lists {
    /// Number of rows.
    pub count: usize,
    /// JSON of the first ones.
    pub first: Vec<Value>,
    /// Contents of [`BAD`](super::files::BAD).
    pub lines: File,
    /// Contents of [`FAILURES`](super::files::FAILURES).
    pub csv: File,
    /// Contents of [`FAILURES_XLSX`](super::files::FAILURES_XLSX).
    pub workbook: Option<Vec<u8>>,
}

impl BadRows {
    /// Empty lists of a sheet with these columns.
    ///
    /// # Errors
    /// [`Domain::Disk`](haibao_core::error::Domain::Disk) if no temporary file can be created.
    pub fn new(columns: Vec<String>) -> Result<Self> {
        let file = || tempfile::tempfile().map(BufWriter::new).map_err(failed);
        let csv = failures::Writer::new(file()?, &columns).map_err(failed)?;
        Ok(Self { columns, count: 0, first: Vec::new(), lines: file()?, csv, few: Vec::new() })
    }

    /// Adds rows. Writes to the disk.
    ///
    /// # Errors
    /// [`Domain::Disk`](haibao_core::error::Domain::Disk) if they cannot be written.
    pub fn add(&mut self, rows: impl IntoIterator<Item = Failure>) -> Result<()> {
        for row in rows {
            serde_json::to_writer(&mut self.lines, &row).map_err(|e| failed(e.into()))?;
            self.lines.write_all(b"\n").and_then(|()| self.csv.add(&row)).map_err(failed)?;
            self.count += 1;
            if self.first.len() < MAX_REPORTED_FAILURES {
                self.first.push(failure_json(&row));
            }
            if failures::fits_workbook(&self.columns, self.count) {
                self.few.push(row);
            } else {
                self.few = Vec::new();
            }
        }
        Ok(())
    }

    /// The rows of the workbook; none if it would be too large.
    pub fn few(&self) -> &[Failure] {
        &self.few
    }

    /// The finished lists. Makes the workbook with the pictures of cells, which may take seconds.
    ///
    /// # Errors
    /// As [`BadRows::add`].
    pub fn finish(self, pictures: &failures::PicturesBySource) -> Result<Lists> {
        let unbuffered = |file: BufWriter<File>| file.into_inner().map_err(|e| failed(e.into_error()));
        let Self { columns, count, first, lines, csv, few } = self;
        let workbook = (few.len() == count).then(|| failures::workbook(&columns, &few, pictures)).flatten();
        Ok(Lists { count, first, lines: unbuffered(lines)?, csv: unbuffered(csv.into_inner())?, workbook })
    }
}
