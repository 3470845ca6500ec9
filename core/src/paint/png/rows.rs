//! Completes the pixels of a PNG whose data ends early or is damaged: browsers draw the rows before.

use std::io::Write;

use flate2::{Compression, Decompress, FlushDecompress, Status, write::ZlibEncoder};

use super::{SIGNATURE, chunk, header};

/// Bytes that are expanded at a time.
const STEP: usize = 1 << 16;
/// The last of the filters of rows (PNG specification, 9.2).
const LAST_FILTER: u8 = 4;

/// A PNG whose missing rows are empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completed {
    /// The file.
    pub bytes: Vec<u8>,
    /// Number of rows that have data.
    pub rows: u32,
}

/// Completes a file. `None` with fewer whole rows than `fewest` or none, and for interlaced ones, whose rows come in several
/// passes.
pub fn completed(bytes: &[u8], fewest: u32) -> Option<Completed> {
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
    let rows = sound_rows(&data, row, size);
    if rows < fewest.max(1) as usize {
        return None;
    }
    // The pixels are never in memory as a whole.
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    let mut is_written = inflate(&data, rows * row, |part| encoder.write_all(part).is_ok());
    let (empty, mut missing) = (vec![0_u8; STEP], size - rows * row);
    while missing > 0 && is_written {
        let part = &empty[..missing.min(STEP)];
        is_written = encoder.write_all(part).is_ok();
        missing -= part.len();
    }
    chunk(&mut completed, b"IDAT", &encoder.finish().ok().filter(|_| is_written)?);
    chunk(&mut completed, b"IEND", b"");
    Some(Completed { bytes: completed, rows: rows as u32 })
}

/// Number of whole rows before the data ends or is damaged. Damaged data goes on for a while with wrong bytes, until a row
/// begins with a filter that there is not.
fn sound_rows(data: &[u8], row: usize, size: usize) -> usize {
    let (mut count, mut end) = (0, 0);
    inflate(data, size, |part| {
        let start = end;
        end += part.len();
        // The rows that begin in this part.
        let first = start.div_ceil(row);
        let begun = (first..end.div_ceil(row)).take_while(|number| part[number * row - start] <= LAST_FILTER);
        let sound = first + begun.count();
        count = sound.min(end / row);
        sound * row >= end
    });
    count
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

/// Passes on what compressed data expands to, up to `size` bytes, as far as it is sound. Ends, and returns false, as soon as
/// `take` does.
fn inflate(data: &[u8], size: usize, mut take: impl FnMut(&[u8]) -> bool) -> bool {
    let (mut decoder, mut buffer) = (Decompress::new(true), vec![0_u8; STEP]);
    let mut left = size;
    while left > 0 {
        let (read, written) = (decoder.total_in(), decoder.total_out());
        let rest = data.get(read as usize..).unwrap_or_default();
        let status = decoder.decompress(rest, &mut buffer, FlushDecompress::None);
        let part = &buffer[..left.min((decoder.total_out() - written) as usize)];
        left -= part.len();
        if !part.is_empty() && !take(part) {
            return false;
        }
        let is_stuck = decoder.total_in() == read && part.is_empty();
        if is_stuck || !matches!(status, Ok(Status::Ok | Status::BufError)) {
            break;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 30;
    const HEIGHT: usize = 40;

    fn png(interlace: u8) -> Vec<u8> {
        with_pixels(interlace, &[0; (WIDTH + 1) * HEIGHT])
    }

    /// A PNG with these pixels, with the filters of their rows.
    fn with_pixels(interlace: u8, pixels: &[u8]) -> Vec<u8> {
        let mut start = [0; 13];
        (start[3], start[7], start[8], start[12]) = (WIDTH as u8, HEIGHT as u8, 8, interlace);
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::none());
        encoder.write_all(pixels).expect("writes");
        let mut bytes = SIGNATURE.to_vec();
        chunk(&mut bytes, b"IHDR", &start);
        chunk(&mut bytes, b"tEXt", b"a\0b");
        chunk(&mut bytes, b"IDAT", &encoder.finish().expect("ends"));
        bytes
    }

    /// The pixels of a completed file.
    fn pixels(completed: &Completed) -> Vec<u8> {
        let (mut all, (_, data)) = (Vec::new(), parts(&completed.bytes).expect("chunks"));
        inflate(&data, usize::MAX, |part| {
            all.extend_from_slice(part);
            true
        });
        all
    }

    #[test]
    fn rows_before_the_end_of_the_data_are_kept() {
        let whole = png(0);
        let mut rows = Vec::new();
        for cut in [0, 4, 200, 700, 1100] {
            let cut = completed(&whole[..whole.len() - cut], 1).expect("rows");
            // Empty rows are what these pixels are.
            assert_eq!(pixels(&cut), [0; (WIDTH + 1) * HEIGHT]);
            rows.push(cut.rows);
        }
        assert!(rows.is_sorted_by(|a, b| a >= b) && rows[0] == HEIGHT as u32 && rows[4] < 10, "{rows:?}");
        let cut = &whole[..whole.len() - 700];
        assert!(completed(cut, rows[3]).is_some() && completed(cut, rows[3] + 1).is_none());
        assert_eq!(completed(&whole[..70], 0), None, "no row");
        assert_eq!(completed(&png(1), 1), None, "interlaced");
        assert_eq!(completed(b"\x89PNG", 1), None);
    }

    #[test]
    fn rows_before_an_unknown_filter_are_kept() {
        let row = WIDTH + 1;
        for wrong in [0, 1, 20, HEIGHT - 1] {
            let mut damaged = vec![4; row * HEIGHT];
            damaged[row * wrong] = 5;
            let found = completed(&with_pixels(0, &damaged), 1);
            assert_eq!(found.as_ref().map(|found| found.rows), (wrong > 0).then_some(wrong as u32));
            if let Some(found) = found {
                damaged[row * wrong..].fill(0);
                assert_eq!(pixels(&found), damaged);
            }
        }
        // Rows that begin in several parts.
        let long = vec![0; 3 * STEP];
        for (at, rows) in [(3 * STEP, 192), (STEP - 1, 64), (STEP, 64), (2 * STEP + 1024, 129)] {
            let mut damaged = long.clone();
            damaged.iter_mut().skip(at).for_each(|byte| *byte = 9);
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(&damaged).expect("writes");
            let data = encoder.finish().expect("ends");
            assert_eq!(sound_rows(&data, 1024, 3 * STEP), rows, "{at}");
        }
    }
}
