//! Completes the pixels of a PNG whose data ends early or is damaged: browsers draw the rows before.

use std::io::Write;

use flate2::{Compression, Decompress, FlushDecompress, Status, write::ZlibEncoder};

use super::{SIGNATURE, chunk, header};

/// Bytes that pixels grow by. What the header declares is allocated only as far as there is data.
const STEP: usize = 1 << 16;

/// A PNG whose missing rows are empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completed {
    /// The file.
    pub bytes: Vec<u8>,
    /// Number of rows that have data.
    pub rows: u32,
}

/// Completes a file. `None` without a whole row, and for interlaced ones, whose rows come in several passes.
pub fn completed(bytes: &[u8]) -> Option<Completed> {
    let start = bytes.get(SIGNATURE.len() + 8..)?.first_chunk::<13>()?;
    let [width, height] =
        [0, 4].map(|at| u64::from(u32::from_be_bytes([start[at], start[at + 1], start[at + 2], start[at + 3]])));
    let [depth, color, _, _, interlace] = [start[8], start[9], start[10], start[11], start[12]];
    let channels = match color {
        0 | 3 => 1,
        4 => 2,
        2 => 3,
        6 => 4,
        _ => return None,
    };
    if interlace != 0 || !matches!(depth, 1 | 2 | 4 | 8 | 16) {
        return None;
    }
    // Each row begins with its filter.
    let row = usize::try_from(1 + (width * channels * u64::from(depth)).div_ceil(8)).ok()?;
    let size = row.checked_mul(usize::try_from(height).ok()?)?;
    let (mut completed, data) = parts(bytes)?;
    let mut pixels = inflated(&data, size);
    let rows = pixels.len() / row;
    if rows == 0 {
        return None;
    }
    pixels.truncate(rows * row);
    pixels.resize(size, 0);
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&pixels).ok()?;
    drop(pixels);
    chunk(&mut completed, b"IDAT", &encoder.finish().ok()?);
    chunk(&mut completed, b"IEND", b"");
    Some(Completed { bytes: completed, rows: rows as u32 })
}

/// What precedes the pixels, and their compressed data.
fn parts(bytes: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (mut before, mut data) = (SIGNATURE.to_vec(), Vec::new());
    let mut at = SIGNATURE.len();
    while let Some((length, kind)) = header(bytes, at) {
        let end = (at + 8).saturating_add(length);
        let next = end.saturating_add(4);
        match kind {
            b"IDAT" => data.extend_from_slice(bytes.get(at + 8..end.min(bytes.len()))?),
            b"IEND" => break,
            _ if data.is_empty() => before.extend_from_slice(bytes.get(at..next)?),
            _ => {}
        }
        at = next;
    }
    Some((before, data))
}

/// What compressed data expands to, up to `size` bytes, as far as it is sound.
fn inflated(data: &[u8], size: usize) -> Vec<u8> {
    let (mut decoder, mut out) = (Decompress::new(true), Vec::new());
    while out.len() < size {
        let (read, written) = (decoder.total_in(), out.len());
        out.reserve(STEP);
        let rest = data.get(read as usize..).unwrap_or_default();
        let status = decoder.decompress_vec(rest, &mut out, FlushDecompress::None);
        let is_stuck = decoder.total_in() == read && out.len() == written;
        if is_stuck || !matches!(status, Ok(Status::Ok | Status::BufError)) {
            break;
        }
    }
    out.truncate(size);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 30;
    const HEIGHT: usize = 40;

    fn png(interlace: u8) -> Vec<u8> {
        let mut start = [0; 13];
        (start[3], start[7], start[8], start[12]) = (WIDTH as u8, HEIGHT as u8, 8, interlace);
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::none());
        encoder.write_all(&[0; (WIDTH + 1) * HEIGHT]).expect("writes");
        let mut bytes = SIGNATURE.to_vec();
        chunk(&mut bytes, b"IHDR", &start);
        chunk(&mut bytes, b"tEXt", b"a\0b");
        chunk(&mut bytes, b"IDAT", &encoder.finish().expect("ends"));
        bytes
    }

    #[test]
    fn rows_before_the_end_of_the_data_are_kept() {
        let whole = png(0);
        let expected = completed(&whole).expect("rows");
        assert_eq!(expected.rows, HEIGHT as u32);
        let mut rows = Vec::new();
        for cut in [0, 4, 200, 700, 1100] {
            let cut = completed(&whole[..whole.len() - cut]).expect("rows");
            // Empty rows are what these pixels are.
            assert_eq!(cut.bytes, expected.bytes);
            rows.push(cut.rows);
        }
        assert!(rows.is_sorted_by(|a, b| a >= b) && rows[4] < 10, "{rows:?}");
        assert_eq!(completed(&whole[..70]), None, "no row");
        assert_eq!(completed(&png(1)), None, "interlaced");
        assert_eq!(completed(b"\x89PNG"), None);
    }
}
