//! ZIP writer for stored (uncompressed) members, following PKWARE APPNOTE 6.3.10. Archives are written sequentially.
//!
//! A local header does not contain the member's offset. An archive can therefore be assembled by concatenating the
//! members of all chunks as they were written after rendering, followed by the central directory. Members are not
//! compressed, because posters already are. All timestamps are 1980-01-01, so equal members give equal bytes.

use crate::words;
use haibao_core::error::{Error, ErrorKind, Result};

/// 1980-01-01 in MS-DOS format, the earliest date that ZIP can represent (4.4.6).
const DATE: u16 = 0x0021;
/// General purpose flag: names are UTF-8 (4.4.4, bit 11).
const UTF8: u16 = 1 << 11;
/// Version needed to extract (4.4.3.2): 2.0, or 4.5 for ZIP64.
const VERSION: u16 = 20;
const VERSION_ZIP64: u16 = 45;
/// "Version made by" (4.4.2). The upper byte 3 means Unix, so the external attributes contain a file mode.
const MADE_BY: u16 = 3 << 8 | VERSION_ZIP64;
/// Regular file with mode 0644.
const MODE: u32 = 0o100_644;

/// Central directory of an archive that is being written.
#[derive(Debug, Default, Clone)]
pub struct CentralDirectory {
    headers: Vec<u8>,
    members: u64,
    offset: u64,
}

impl CentralDirectory {
    /// Appends a member and returns its local header. The caller writes the header, then the member's bytes.
    ///
    /// # Errors
    /// `archive_member` if the name is longer than 65535 bytes, or the member is 4 GiB or larger.
    pub fn add(&mut self, name: &str, bytes: u64, crc32: u32) -> Result<Vec<u8>> {
        let local = header(name, bytes, crc32)?;
        // `header` has checked that the size fits.
        let size = bytes as u32;
        let offset = u32::try_from(self.offset).ok().filter(|offset| *offset != u32::MAX);
        let version = if offset.is_some() { VERSION } else { VERSION_ZIP64 };
        let mut out = Fields(&mut self.headers);
        out.u32(0x0201_4b50).u16(MADE_BY).u16(version).u16(UTF8).u16(0).u16(0).u16(DATE);
        out.u32(crc32).u32(size).u32(size).u16(name.len() as u16);
        // Lengths of the extra field and comment, disk number, internal and external attributes, local header offset.
        out.u16(if offset.is_some() { 0 } else { 12 }).u16(0).u16(0).u16(0).u32(MODE << 16);
        out.u32(offset.unwrap_or(u32::MAX)).bytes(name.as_bytes());
        if offset.is_none() {
            // ZIP64 extra field (4.5.3) with the offset, the only value that exceeds 32 bits.
            out.u16(1).u16(8).u64(self.offset);
        }
        self.members += 1;
        self.offset += local.len() as u64 + bytes;
        Ok(local)
    }

    /// Offset of the next member, equal to the size in bytes of all members and their local headers so far.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns the central directory and its end records, which follow the last member.
    pub fn end(self) -> Vec<u8> {
        let Self { headers: mut out, members, offset } = self;
        let size = out.len() as u64;
        let end = offset + size;
        let mut fields = Fields(&mut out);
        if members >= u64::from(u16::MAX) || offset >= u64::from(u32::MAX) || size >= u64::from(u32::MAX) {
            // ZIP64 end of central directory record (4.3.14) and its locator (4.3.15).
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

/// Local file header of a member. It does not depend on the member's offset in the archive.
///
/// # Errors
/// As [`CentralDirectory::add`].
pub fn header(name: &str, bytes: u64, crc32: u32) -> Result<Vec<u8>> {
    let shown = || format!("{name:.60?}");
    let length =
        u16::try_from(name.len()).map_err(|_| Error::of(ErrorKind::TooLarge, words::member_name_long(shown())))?;
    let size = u32::try_from(bytes).ok().filter(|size| *size != u32::MAX);
    let size = size.ok_or_else(|| Error::of(ErrorKind::TooLarge, words::member_large(shown())))?;
    let mut out = Vec::with_capacity(30 + name.len());
    let mut fields = Fields(&mut out);
    fields.u32(0x0403_4b50).u16(VERSION).u16(UTF8).u16(0).u16(0).u16(DATE);
    fields.u32(crc32).u32(size).u32(size).u16(length).u16(0).bytes(name.as_bytes());
    Ok(out)
}

/// Writes little-endian integers.
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
        let (mut directory, mut out) = (CentralDirectory::default(), Vec::new());
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
    fn zip_crate_reads_every_member_with_a_valid_checksum() {
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
        /// Zero bytes followed by the end of an archive; fields: number of zeros, end, read position.
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
        let mut directory = CentralDirectory::default();
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
    fn oversized_names_and_members_are_rejected() {
        let error = CentralDirectory::default().add(&"a".repeat(65_536), 1, 0).expect_err("too long");
        assert_eq!(error.code(), "archive_member");
        assert!(CentralDirectory::default().add("a", 4 << 30, 0).is_err());
    }
}
