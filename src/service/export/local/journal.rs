//! Append-only journal with one line per completed chunk. A line torn by a crash or a full disk fails its checksum; that
//! line and all following ones are ignored.

use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use super::files::{output_failed, sync_folder};
use crate::export::ChunkRecord;
use haibao_core::error::Result;

const NAME: &str = "journal";
/// Length of a line's checksum in hexadecimal digits.
const CHECKSUM_DIGITS: usize = 16;

/// Journal opened for appending.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
}

/// A valid line.
pub(super) struct Line {
    pub record: ChunkRecord,
    /// Offset of the next line, in bytes.
    pub end: u64,
}

impl Journal {
    /// Opens the journal, creating it if needed, and returns an iterator over its valid lines.
    pub fn open(work: &Path) -> Result<(impl Iterator<Item = Line> + use<>, Self)> {
        let path = work.join(NAME);
        let open = || OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let (file, lines) = open().and_then(|file| Ok((file, open()?))).map_err(|e| output_failed(&path, &e))?;
        sync_folder(work)?;
        Ok((lines_of(BufReader::new(lines)), Self { path, file }))
    }

    /// The valid lines, from the first one.
    pub fn lines(&self) -> Result<impl Iterator<Item = Line> + use<>> {
        let file = File::open(&self.path).map_err(|e| output_failed(&self.path, &e))?;
        Ok(lines_of(BufReader::new(file)))
    }

    /// Truncates the journal at the end of the last line to keep, and continues writing there.
    pub fn truncate(&mut self, end: u64) -> Result<()> {
        let truncate = |file: &mut File| file.set_len(end).and_then(|()| file.seek(SeekFrom::Start(end)));
        truncate(&mut self.file).map(drop).map_err(|e| output_failed(&self.path, &e))
    }

    /// Appends a line and syncs it to disk.
    pub fn add(&mut self, record: &ChunkRecord) -> Result<()> {
        // Serialising a record cannot fail: it consists of strings and numbers.
        let text = serde_json::to_string(record).unwrap_or_default();
        let line = format!("{} {text}\n", checksum(text.as_bytes()));
        let write = |file: &mut File| file.write_all(line.as_bytes()).and_then(|()| file.sync_data());
        write(&mut self.file).map_err(|e| output_failed(&self.path, &e))
    }
}

fn checksum(text: &[u8]) -> String {
    blake3::hash(text).to_hex()[..CHECKSUM_DIGITS].to_owned()
}

fn lines_of(mut reader: impl BufRead) -> impl Iterator<Item = Line> {
    let (mut line, mut end) = (Vec::new(), 0);
    std::iter::from_fn(move || {
        line.clear();
        let length = reader.read_until(b'\n', &mut line).unwrap_or(0);
        let text = line.strip_suffix(b"\n")?;
        let (sum, text) = text.split_at_checked(CHECKSUM_DIGITS)?;
        let text = text.strip_prefix(b" ")?;
        let record = (checksum(text).as_bytes() == sum).then(|| serde_json::from_slice(text).ok())??;
        end += length as u64;
        Some(Line { record, end })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(chunk: u64) -> ChunkRecord {
        ChunkRecord { chunk, done: Vec::new(), failed: Vec::new() }
    }

    #[test]
    fn journal_ends_at_a_truncated_or_modified_line() {
        let mut text = Vec::new();
        for chunk in 0..3 {
            let line = serde_json::to_string(&record(chunk)).expect("plain");
            text.extend(format!("{} {line}\n", checksum(line.as_bytes())).into_bytes());
        }
        let ends: Vec<u64> = lines_of(&text[..]).map(|line| line.end).collect();
        assert_eq!((ends.len(), ends[2]), (3, text.len() as u64));
        for cut in 0..text.len() {
            let valid = ends.iter().filter(|end| **end <= cut as u64).count();
            assert_eq!(lines_of(&text[..cut]).count(), valid, "cut at {cut}");
            let mut changed = text.clone();
            changed[cut] ^= 1;
            assert_eq!(lines_of(&changed[..]).count(), valid, "changed at {cut}");
        }
    }
}
