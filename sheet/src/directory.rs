//! Bounds of a ZIP archive's directory, before the archive is opened.
//!
//! The parser keeps every member that the directory has, and allocates for as many as the end record declares. This counts what it
//! could find by the signatures of the records, wherever they are: a damaged archive may have several directories.

use std::io::{self, Read};

use memchr::memmem;

/// Longest part of a record that is read, and distance of the locator before the end record, bytes.
const CONTEXT: usize = 64;
/// Size of the pieces in which a file is read, bytes.
const PIECE: u64 = 1 << 20;
/// Size of a member's record without its texts, bytes (4.3.12).
const RECORD: u64 = 46;

/// What the directories of an archive have at most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DirectoryBounds {
    /// Members, as found or as declared beyond 65 535.
    pub members: u64,
    /// Records of the members with their names, extra fields and comments, bytes.
    pub bytes: u64,
    /// Members that ZIP64 end records declare.
    declared: u64,
    /// Whether an end record has the locator of a ZIP64 one.
    has_locator: bool,
}

impl DirectoryBounds {
    /// The directories of an archive in memory.
    pub fn of(archive: &[u8]) -> Self {
        let mut found = Self::default();
        found.look(archive, 0, archive.len());
        found.complete()
    }

    /// The directories of a file.
    ///
    /// # Errors
    /// Errors of reading.
    pub fn read(mut file: impl Read) -> io::Result<Self> {
        let mut found = Self::default();
        // Bytes before `from` have been looked at; they are context.
        let (mut window, mut from) = (Vec::new(), 0);
        loop {
            let is_end = file.by_ref().take(PIECE).read_to_end(&mut window)? == 0;
            let to = if is_end { window.len() } else { window.len().saturating_sub(CONTEXT) }.max(from);
            found.look(&window, from, to);
            if is_end {
                return Ok(found.complete());
            }
            let passed = to.saturating_sub(CONTEXT);
            window.drain(..passed);
            from = to - passed;
        }
    }

    /// Adds the records that start at `from..to` of a window.
    fn look(&mut self, window: &[u8], from: usize, to: usize) {
        for at in memmem::find_iter(&window[from..], b"PK").map(|at| from + at).take_while(|at| *at < to) {
            let record = &window[at..];
            match record.get(2..4) {
                Some([1, 2]) => {
                    self.members += 1;
                    self.bytes += RECORD + [28, 30, 32].iter().map(|at| number::<2>(record, *at)).sum::<u64>();
                }
                Some([5, 6]) => self.has_locator |= at >= 20 && window[at - 20..].starts_with(b"PK\x06\x07"),
                Some([6, 6]) => self.declared = self.declared.max(number::<8>(record, 32)),
                _ => {}
            }
        }
    }

    fn complete(mut self) -> Self {
        // Without a locator, nothing refers to a ZIP64 record, and the bytes may be part of a member.
        if self.has_locator {
            self.members = self.members.max(self.declared);
        }
        self
    }
}

/// A little-endian number of a record; 0 beyond its end.
fn number<const N: usize>(record: &[u8], at: usize) -> u64 {
    let bytes = record.get(at..at + N).unwrap_or_default();
    bytes.iter().rev().fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn archive(names: &[String]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        for name in names {
            zip.start_file(name.as_str(), options).expect("room");
            zip.write_all(&[7; 1000]).expect("room");
        }
        zip.finish().expect("room").into_inner()
    }

    #[test]
    fn members_are_counted_in_memory_and_in_files_of_any_length() {
        for count in [0, 1, 3, 3000] {
            let names: Vec<_> = (0..count).map(|n| format!("图片/{n:05}.jpg")).collect();
            let archive = archive(&names);
            let found = DirectoryBounds::of(&archive);
            assert_eq!(found.members, count as u64);
            assert!(found.bytes >= (count * (46 + names.first().map_or(0, String::len))) as u64, "{found:?}");
            // Pieces end at other places.
            for before in [0, 1, (1 << 20) - 30, (1 << 20) - 2, 3 << 20] {
                let file = [vec![b'P'; before], archive.clone()].concat();
                assert_eq!(
                    DirectoryBounds::read(&file[..]).expect("it can be read"),
                    found,
                    "{count} after {before} bytes"
                );
            }
        }
    }

    #[test]
    fn what_a_zip64_record_declares_counts() {
        let mut archive = archive(&["a.jpg".to_owned()]);
        let end = archive.len() - 22;
        let mut record = b"PK\x06\x06".to_vec();
        record.resize(56, 0);
        record[32..40].copy_from_slice(&(1_u64 << 40).to_le_bytes());
        let mut locator = b"PK\x06\x07".to_vec();
        locator.resize(20, 0);
        // Nothing refers to it.
        archive.splice(end..end, record.clone());
        assert_eq!(DirectoryBounds::of(&archive).members, 1);
        let end = archive.len() - 22;
        archive.splice(end..end, locator);
        assert_eq!(DirectoryBounds::of(&archive).members, 1 << 40);
        assert_eq!(DirectoryBounds::read(&archive[..]).expect("it can be read").members, 1 << 40);
    }
}
