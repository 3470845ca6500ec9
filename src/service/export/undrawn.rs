//! Merges the rows that could not be drawn with those that failed the check, chunk by chunk: all of a large sheet would take
//! hundreds of megabytes.

use std::{
    fs::File,
    io::{BufRead, BufReader, Split},
};

use super::{bad::BadRows, spool::failed};
use crate::{export::Failure, words};
use haibao_core::error::{Domain, Error, ErrorKind, Result};

/// Lists of all rows without a poster, being written in the order of the rows.
pub struct Merged {
    all: BadRows,
    /// Rows that failed the check.
    checked: Split<BufReader<File>>,
    /// The next of them.
    next: Option<Failure>,
}

impl Merged {
    /// Begins with the rows that failed the check, as JSON Lines.
    ///
    /// # Errors
    /// As [`Merged::add`].
    pub fn new(columns: Vec<String>, checked: File) -> Result<Self> {
        let checked = BufReader::new(checked).split(b'\n');
        let mut merged = Self { all: BadRows::new(columns)?, checked, next: None };
        merged.read()?;
        Ok(merged)
    }

    /// Adds the rows of the next chunk that could not be drawn.
    ///
    /// # Errors
    /// [`Domain::Disk`](haibao_core::error::Domain::Disk) if they cannot be written, and if the rows of the check cannot be read.
    pub fn add(mut self, mut undrawn: Vec<Failure>) -> Result<Self> {
        undrawn.sort_by_key(|failure| failure.number);
        for failure in undrawn {
            self.add_checked(failure.number)?;
            self.all.add([failure])?;
        }
        Ok(self)
    }

    /// The lists of all rows, to be finished.
    ///
    /// # Errors
    /// As [`Merged::add`].
    pub fn all(mut self) -> Result<BadRows> {
        self.add_checked(u64::MAX)?;
        Ok(self.all)
    }

    /// Adds rows that failed the check, up to this one.
    fn add_checked(&mut self, last: u64) -> Result<()> {
        while let Some(failure) = self.next.take_if(|next| next.number <= last) {
            self.all.add([failure])?;
            self.read()?;
        }
        Ok(())
    }

    fn read(&mut self) -> Result<()> {
        self.next = match self.checked.next() {
            None => None,
            Some(line) => {
                let line = line.map_err(failed)?;
                Some(serde_json::from_slice(&line).map_err(damaged)?)
            }
        };
        Ok(())
    }
}

fn damaged(error: serde_json::Error) -> Error {
    Error::of(ErrorKind::Internal, words::export_part_damaged("bad.jsonl")).domain(Domain::StoredFile).source(error)
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, Write};

    use super::*;

    #[test]
    fn rows_of_the_check_and_of_chunks_are_in_order() {
        let failures = |numbers: &[u64]| -> Vec<Failure> {
            numbers.iter().map(|number| Failure { number: *number, cells: Vec::new(), reasons: Vec::new() }).collect()
        };
        let mut checked = tempfile::tempfile().expect("a file");
        for failure in failures(&[2, 5, 6, 40, 90]) {
            writeln!(checked, "{}", serde_json::to_string(&failure).expect("JSON")).expect("written");
        }
        checked.rewind().expect("a file");
        let mut merged = Merged::new(vec!["a".into()], checked).expect("begun");
        for chunk in [&[][..], &[7, 3, 4], &[50], &[]] {
            merged = merged.add(failures(chunk)).expect("added");
        }
        let lists = merged.all().and_then(|all| all.finish(&Default::default())).expect("finished");
        let numbers: Vec<_> = lists.first.iter().map(|row| row.number).collect();
        assert_eq!((numbers.as_slice(), lists.count), (&[2, 3, 4, 5, 6, 7, 40, 50, 90][..], 9));
    }
}
