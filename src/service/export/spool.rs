//! Checked rows in a temporary file until they are drawn: those of a large sheet would take hundreds of megabytes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Seek, Write},
};

use crate::{causes, export::SheetRow, words};
use haibao_core::error::{Domain, Error, ErrorKind, Result};

/// Rows being written.
#[derive(Debug)]
pub struct RowWriter {
    file: BufWriter<File>,
    line: Vec<u8>,
    count: usize,
}

impl RowWriter {
    /// An empty file.
    ///
    /// # Errors
    /// [`Domain::Disk`] if it cannot be created.
    pub fn new() -> Result<Self> {
        let file = tempfile::tempfile().map_err(failed)?;
        Ok(Self { file: BufWriter::new(file), line: Vec::new(), count: 0 })
    }

    /// Adds a row. Returns it as it is written.
    ///
    /// # Errors
    /// [`Domain::Disk`].
    pub fn add(&mut self, row: &SheetRow) -> Result<&[u8]> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, row).map_err(|error| failed(error.into()))?;
        self.line.push(b'\n');
        self.file.write_all(&self.line).map_err(failed)?;
        self.count += 1;
        Ok(&self.line)
    }

    /// The rows that were added.
    ///
    /// # Errors
    /// [`Domain::Disk`].
    pub fn finish(self) -> Result<SpooledRows> {
        let file = self.file.into_inner().map_err(|error| failed(error.into_error()))?;
        let mut rows = SpooledRows { file: BufReader::new(file), line: Vec::new(), count: self.count };
        rows.rewind()?;
        Ok(rows)
    }
}

/// Rows that are read one after another.
#[derive(Debug)]
pub struct SpooledRows {
    file: BufReader<File>,
    line: Vec<u8>,
    count: usize,
}

impl SpooledRows {
    /// Number of all rows.
    pub fn total(&self) -> usize {
        self.count
    }

    /// Continues with the first row.
    ///
    /// # Errors
    /// [`Domain::Disk`].
    pub fn rewind(&mut self) -> Result<()> {
        self.file.rewind().map_err(failed)
    }

    /// The rows at some positions, from 0. Continues with the first row.
    ///
    /// # Errors
    /// [`Domain::Disk`].
    pub fn find(&mut self, positions: impl IntoIterator<Item = usize>) -> Result<BTreeMap<usize, SheetRow>> {
        self.rewind()?;
        let (mut found, mut next) = (BTreeMap::new(), 0);
        for position in positions.into_iter().collect::<BTreeSet<_>>() {
            self.leave_out(position - next)?;
            if let Some(row) = self.next() {
                found.insert(position, row?);
            }
            next = position + 1;
        }
        self.rewind()?;
        Ok(found)
    }

    /// Leaves out the next rows.
    ///
    /// # Errors
    /// [`Domain::Disk`].
    pub fn leave_out(&mut self, rows: usize) -> Result<()> {
        (0..rows).try_for_each(|_| self.file.skip_until(b'\n').map(drop)).map_err(failed)
    }
}

impl Iterator for SpooledRows {
    type Item = Result<SheetRow>;

    fn next(&mut self) -> Option<Self::Item> {
        self.line.clear();
        match self.file.read_until(b'\n', &mut self.line) {
            Ok(0) => None,
            Ok(_) => Some(serde_json::from_slice(&self.line).map_err(|error| failed(error.into()))),
            Err(error) => Some(Err(failed(error))),
        }
    }
}

/// An error of the temporary files of rows.
pub(super) fn failed(error: io::Error) -> Error {
    Error::of(ErrorKind::Internal, words::rows_unkept(causes::io(&error))).domain(Domain::Disk).source(error)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(number: u64) -> SheetRow {
        let params = json!({ "title": format!("a\n{number}"), "share": 0.1 + 0.2, "list": [number, null] });
        SheetRow {
            number,
            cells: vec![format!("a\n{number}"), String::new()],
            params: params.as_object().cloned().expect("an object"),
            code: Default::default(),
            file: format!("{number}.png"),
        }
    }

    #[test]
    fn rows_are_read_as_they_were_written() {
        let mut writer = RowWriter::new().expect("a file");
        let all: Vec<SheetRow> = (2..502).map(row).collect();
        for row in &all {
            let line = writer.add(row).expect("written");
            assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1, "one line");
        }
        let mut rows = writer.finish().expect("finished");
        assert_eq!(rows.total(), 500);
        assert_eq!(rows.by_ref().collect::<Result<Vec<_>>>().expect("read"), all);
        assert!(rows.next().is_none(), "the end");
        rows.rewind().expect("rewound");
        rows.leave_out(100).expect("left out");
        assert_eq!(rows.next().expect("a row").expect("read"), all[100]);
        let found = rows.find([7, 499, 3, 7, 500]).expect("found");
        assert_eq!(found.keys().copied().collect::<Vec<_>>(), [3, 7, 499]);
        assert!(found.iter().all(|(at, row)| *row == all[*at]), "{found:?}");
        assert_eq!(rows.next().expect("a row").expect("read"), all[0], "from the first row on");
        rows.leave_out(1000).expect("left out");
        assert!(rows.next().is_none(), "beyond the end");
    }
}
