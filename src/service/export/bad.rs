//! The lists of rows without a poster, in temporary files: those of a large sheet would take hundreds of megabytes.

use std::{
    fs::File,
    io::{BufWriter, Seek, Write},
};

use super::spool::failed;
use crate::export::{Failure, failures};
use haibao_core::error::Result;

/// Number of the first rows that are kept beside the lists.
pub const MAX_FIRST: usize = 50;

/// Lists being written, in the order of the rows.
#[derive(Debug)]
pub struct BadRows {
    columns: Vec<String>,
    count: usize,
    first: Vec<Failure>,
    lines: BufWriter<File>,
    csv: failures::Writer<BufWriter<File>>,
    /// All rows, as long as a workbook can have them.
    few: Vec<Failure>,
}

/// Finished lists. The files are at their start.
#[derive(Debug)]
pub struct Lists {
    /// Number of rows.
    pub count: usize,
    /// The first ones, at most [`MAX_FIRST`], without their cells.
    pub first: Vec<Failure>,
    /// All rows as JSON Lines.
    pub lines: File,
    /// Contents of [`failures::NAME`].
    pub csv: File,
    /// Contents of [`failures::WORKBOOK`], if it can have all rows.
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
            if self.first.len() < MAX_FIRST {
                self.first.push(Failure { number: row.number, cells: Vec::new(), reasons: row.reasons.clone() });
            }
            if failures::fits_workbook(&self.columns, self.count) {
                self.few.push(row);
            } else {
                self.few = Vec::new();
            }
        }
        Ok(())
    }

    /// Number of rows so far.
    pub fn count(&self) -> usize {
        self.count
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
        let Self { columns, count, first, lines, csv, few } = self;
        let workbook = (few.len() == count).then(|| failures::workbook(&columns, &few, pictures)).flatten();
        Ok(Lists { count, first, lines: complete(lines)?, csv: complete(csv.into_inner())?, workbook })
    }

    /// All rows as JSON Lines, without the other lists.
    ///
    /// # Errors
    /// As [`BadRows::add`].
    pub fn into_lines(self) -> Result<File> {
        complete(self.lines)
    }
}

/// A file that has been written, at its start.
fn complete(file: BufWriter<File>) -> Result<File> {
    let mut file = file.into_inner().map_err(|e| failed(e.into_error()))?;
    file.rewind().map_err(failed)?;
    Ok(file)
}
