//! Records of a stream of BIFF ([MS-XLS] 2.1.4): a type, a length and data. All reads are checked: a damaged file yields `None`,
//! never a panic.

/// Types of records, [MS-XLS] 2.3.
pub mod kind {
    pub const BOF: u16 = 0x0809;
    pub const EOF: u16 = 0x000a;
    pub const FILE_PASS: u16 = 0x002f;
    pub const CODE_PAGE: u16 = 0x0042;
    pub const DATE_1904: u16 = 0x0022;
    pub const CONTINUE: u16 = 0x003c;
    pub const FORMAT: u16 = 0x041e;
    pub const XF: u16 = 0x00e0;
    pub const BOUND_SHEET: u16 = 0x0085;
    pub const SST: u16 = 0x00fc;
    pub const DRAWING_GROUP: u16 = 0x00eb;
    pub const COLUMN_INFO: u16 = 0x007d;
    pub const MERGED_CELLS: u16 = 0x00e5;
    pub const ROW: u16 = 0x0208;
    pub const NUMBER: u16 = 0x0203;
    pub const LABEL: u16 = 0x0204;
    pub const RSTRING: u16 = 0x00d6;
    pub const BOOL_ERR: u16 = 0x0205;
    pub const STRING: u16 = 0x0207;
    pub const RK: u16 = 0x027e;
    pub const MUL_RK: u16 = 0x00bd;
    pub const LABEL_SST: u16 = 0x00fd;
    pub const FORMULA: u16 = 0x0006;
    pub const WINDOW_2: u16 = 0x023e;
    pub const LINK: u16 = 0x01b8;
}

/// One record of the BIFF stream of an .xls file.
#[derive(Debug, Clone, Copy)]
pub struct Record<'s> {
    pub kind: u16,
    pub data: &'s [u8],
    /// Where the next record begins in the stream.
    pub next: usize,
}

/// The record at an offset of a stream. `None` at the end, and if the record is cut off.
pub fn at(stream: &[u8], offset: usize) -> Option<Record<'_>> {
    let (kind, length) = (u16_at(stream, offset)?, usize::from(u16_at(stream, offset + 2)?));
    let start = offset + 4;
    let data = stream.get(start..start + length)?;
    Some(Record { kind, data, next: start + length })
}

/// The data of a record and of the records that continue it.
pub fn with_continuations<'s>(stream: &'s [u8], record: Record<'s>) -> Vec<&'s [u8]> {
    let (mut parts, mut next) = (vec![record.data], record.next);
    while let Some(more) = at(stream, next).filter(|more| more.kind == kind::CONTINUE) {
        parts.push(more.data);
        next = more.next;
    }
    parts
}

pub fn u16_at(data: &[u8], offset: usize) -> Option<u16> {
    Some(u16::from_le_bytes(data.get(offset..)?.first_chunk().copied()?))
}

pub fn u32_at(data: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_le_bytes(data.get(offset..)?.first_chunk().copied()?))
}

pub fn f64_at(data: &[u8], offset: usize) -> Option<f64> {
    Some(f64::from_le_bytes(data.get(offset..)?.first_chunk().copied()?))
}

/// The number of an RkNumber ([MS-XLS] 2.5.217): an integer or the upper half of a double, divided by 100 or not.
pub fn rk_at(data: &[u8], offset: usize) -> Option<f64> {
    let bits = u32_at(data, offset)?;
    let number = match bits & 2 {
        0 => f64::from_bits(u64::from(bits & !3) << 32),
        _ => f64::from(bits.cast_signed() >> 2),
    };
    Some(if bits & 1 == 0 { number } else { number / 100.0 })
}
