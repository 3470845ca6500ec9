//! The archive: a ZIP file of stored members (PKWARE's APPNOTE 6.3.10), written from front to back.
//!
//! A member's local header says nothing of its place, so the archive of an export is its chunks' members one after the
//! other, as they were written when they were drawn, and a directory behind them. Nothing is copied or packed again at
//! the end, whatever the size: posters are compressed already. The same members give the same bytes, for every time
//! stamp is that of ZIP's first day.

use haibao_core::error::{Error, Kind, Result};

/// 1980-01-01 as MS-DOS writes a date: the earliest that a ZIP file can hold (4.4.6).
const DATE: u16 = 0x0021;
/// Names are UTF-8 (4.4.4, bit 11).
const UTF8: u16 = 1 << 11;
/// What readers must know (4.4.3.2): 2.0 is what every one does, 4.5 is zip64.
const VERSION: u16 = 20;
const VERSION_ZIP64: u16 = 45;
/// Made on Unix (3, upper byte), so that the attributes hold a mode (4.4.2).
const MADE_BY: u16 = 3 << 8 | VERSION_ZIP64;
/// A plain file that its owner may write and everybody may read.
const MODE: u32 = 0o100_644;

/// The directory of an archive that is being written: which members there are, and where.
#[derive(Debug, Default, Clone)]
pub struct Directory {
    headers: Vec<u8>,
    members: u64,
    offset: u64,
}

impl Directory {
    /// Adds a member behind those that are there, and answers its local header: what stands in the archive directly
    /// before its bytes.
    ///
    /// # Errors
    /// `archive_member` when the name has more than 65535 bytes or the member 4 GiB or more.
    pub fn add(&mut self, name: &str, bytes: u64, crc32: u32) -> Result<Vec<u8>> {
        let local = header(name, bytes, crc32)?;
        // The sizes were checked by `header`.
        let size = bytes as u32;
        let place = u32::try_from(self.offset).ok().filter(|at| *at != u32::MAX);
        let version = if place.is_some() { VERSION } else { VERSION_ZIP64 };
        let mut out = Fields(&mut self.headers);
        out.u32(0x0201_4b50).u16(MADE_BY).u16(version).u16(UTF8).u16(0).u16(0).u16(DATE);
        out.u32(crc32).u32(size).u32(size).u16(name.len() as u16);
        // Length of the extra field, of the comment, the disk, internal and external attributes, the place.
        out.u16(if place.is_some() { 0 } else { 12 }).u16(0).u16(0).u16(0).u32(MODE << 16);
        out.u32(place.unwrap_or(u32::MAX)).bytes(name.as_bytes());
        if place.is_none() {
            // The place alone does not fit (4.5.3).
            out.u16(1).u16(8).u64(self.offset);
        }
        self.members += 1;
        self.offset += local.len() as u64 + bytes;
        Ok(local)
    }

    /// Where the next member begins: bytes of all members so far.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// What stands behind the last member.
    pub fn end(self) -> Vec<u8> {
        let Self { headers: mut out, members, offset } = self;
        let size = out.len() as u64;
        let end = offset + size;
        let mut fields = Fields(&mut out);
        if members >= u64::from(u16::MAX) || offset >= u64::from(u32::MAX) || size >= u64::from(u32::MAX) {
            // 4.3.14 and 4.3.15: the large record, and where it stands.
            fields.u32(0x0606_4b50).u64(44).u16(MADE_BY).u16(VERSION_ZIP64).u32(0).u32(0);
            fields.u64(members).u64(members).u64(size).u64(offset);
            fields.u32(0x0706_4b50).u32(0).u64(end).u32(1);
        }
        let short = |n: u64| u16::try_from(n).unwrap_or(u16::MAX);
        let long = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        fields.u32(0x0605_4b50).u16(0).u16(0).u16(short(members)).u16(short(members));
        fields.u32(long(size)).u32(long(offset)).u16(0);
        out
    }
}

/// What stands directly before a member's bytes; it does not depend on the member's place.
///
/// # Errors
/// As [`Directory::add`].
pub fn header(name: &str, bytes: u64, crc32: u32) -> Result<Vec<u8>> {
    let refused = |what: &str| Error::new(Kind::TooLarge, "archive_member", format!("{name:.60?} {what}"));
    let length = u16::try_from(name.len()).map_err(|_| refused("is too long a name for a ZIP file"))?;
    let size = u32::try_from(bytes).ok().filter(|size| *size != u32::MAX);
    let size = size.ok_or_else(|| refused("has 4 GiB or more"))?;
    let mut out = Vec::with_capacity(30 + name.len());
    let mut fields = Fields(&mut out);
    fields.u32(0x0403_4b50).u16(VERSION).u16(UTF8).u16(0).u16(0).u16(DATE);
    fields.u32(crc32).u32(size).u32(size).u16(length).u16(0).bytes(name.as_bytes());
    Ok(out)
}

/// Writes numbers, least byte first.
struct Fields<'a>(&'a mut Vec<u8>);

impl Fields<'_> {
    fn u16(&mut self, n: u16) -> &mut Self {
        self.bytes(&n.to_le_bytes())
    }

    fn u32(&mut self, n: u32) -> &mut Self {
        self.bytes(&n.to_le_bytes())
    }

    fn u64(&mut self, n: u64) -> &mut Self {
        self.bytes(&n.to_le_bytes())
    }

    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;

    fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
        let (mut directory, mut out) = (Directory::default(), Vec::new());
        for (name, bytes) in members {
            let header = directory.add(name, bytes.len() as u64, crc32fast::hash(bytes)).expect("a member");
            out.extend(header);
            out.extend_from_slice(bytes);
            assert_eq!(directory.offset(), out.len() as u64);
        }
        out.extend(directory.end());
        out
    }

    #[test]
    fn another_reader_finds_every_member_and_its_checksum() {
        let members = [("门店-1.png", &b"one"[..]), ("b.png", b""), ("c👍🏽.png", b"three")];
        let mut read = zip::ZipArchive::new(Cursor::new(archive(&members))).expect("a ZIP file");
        assert_eq!(read.len(), 3);
        for (index, (name, bytes)) in members.iter().enumerate() {
            let mut member = read.by_index(index).expect("a member");
            assert_eq!(member.name().expect("UTF-8"), *name);
            let mut got = Vec::new();
            member.read_to_end(&mut got).expect("its checksum is right");
            assert_eq!(&got, bytes);
        }
        let none = zip::ZipArchive::new(Cursor::new(archive(&[]))).expect("an empty ZIP file");
        assert!(none.is_empty());
    }

    #[test]
    fn more_than_65535_members_can_be_read() {
        let names: Vec<String> = (0..70_000).map(|i| format!("{i}.png")).collect();
        let members: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
        let mut read = zip::ZipArchive::new(Cursor::new(archive(&members))).expect("a ZIP file of zip64");
        assert_eq!(read.len(), 70_000);
        assert_eq!(read.by_index(69_999).expect("the last").name().expect("UTF-8"), "69999.png");
    }

    #[test]
    fn a_member_beyond_4_gib_can_be_read() {
        /// 4 GiB of nothing, and an archive's end behind it.
        struct Sparse(u64, Vec<u8>, u64);
        impl Read for Sparse {
            fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
                if self.2 < self.0 {
                    let n = to.len().min((self.0 - self.2) as usize);
                    to[..n].fill(0);
                    self.2 += n as u64;
                    return Ok(n);
                }
                let n = (&self.1[(self.2 - self.0) as usize..]).read(to)?;
                self.2 += n as u64;
                Ok(n)
            }
        }
        impl std::io::Seek for Sparse {
            fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
                let all = self.0 + self.1.len() as u64;
                let at = match to {
                    std::io::SeekFrom::Start(at) => Some(at),
                    std::io::SeekFrom::End(by) => all.checked_add_signed(by),
                    std::io::SeekFrom::Current(by) => self.2.checked_add_signed(by),
                };
                self.2 = at.ok_or(std::io::ErrorKind::InvalidInput)?;
                Ok(self.2)
            }
        }
        let mut directory = Directory::default();
        for _ in 0..3 {
            directory.add("nothing", 2 << 30, 0).expect("a member");
        }
        let before = directory.offset();
        let mut end = directory.add("last.png", 4, crc32fast::hash(b"last")).expect("a member");
        end.extend(b"last");
        end.extend(directory.end());
        let mut read = zip::ZipArchive::new(Sparse(before, end, 0)).expect("a ZIP file of zip64");
        let mut member = read.by_name("last.png").expect("the last");
        let mut got = String::new();
        member.read_to_string(&mut got).expect("its checksum is right");
        assert_eq!(got, "last");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let error = Directory::default().add(&"a".repeat(65_536), 1, 0).expect_err("too long");
        assert_eq!(error.code(), "archive_member");
        assert!(Directory::default().add("a", 4 << 30, 0).is_err());
    }
}
