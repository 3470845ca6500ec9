//! Completes the pixels of a PNG whose data ends early or is damaged: browsers draw the rows before, and of an interlaced one
//! the passes before.

use std::io::Write;

use flate2::{Compression, Decompress, FlushDecompress, Status, write::ZlibEncoder};

use super::{SIGNATURE, chunk, header};

/// Bytes that are expanded at a time.
const STEP: usize = 1 << 16;
/// The last of the filters of rows (PNG specification, 9.2).
const LAST_FILTER: u8 = 4;

/// Steps of the columns and rows of a pass, px, and its first column and row.
type Grid = ([usize; 2], [usize; 2]);
/// All pixels at once.
const WHOLE: [Grid; 1] = [([1, 1], [0, 0])];
/// The passes of an interlaced file (PNG specification, 8.2).
const ADAM7: [Grid; 7] = [
    ([8, 8], [0, 0]),
    ([8, 8], [4, 0]),
    ([4, 8], [0, 4]),
    ([4, 4], [2, 0]),
    ([2, 4], [0, 2]),
    ([2, 2], [1, 0]),
    ([1, 2], [0, 1]),
];

/// A PNG whose missing rows are empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completed {
    /// The file.
    pub bytes: Vec<u8>,
    /// Which of its pixels have data.
    pub passes: Passes,
}

/// The passes of a file, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passes(Vec<Pass>);

/// Rows of a pass.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pass {
    grid: Grid,
    /// Number of its columns.
    columns: usize,
    /// Length of a row, with its filter, bytes.
    length: usize,
    /// Number of its rows.
    height: usize,
    /// Number of its rows that have data.
    rows: usize,
}

impl Pass {
    /// `depth`: bits of a pixel.
    fn new(grid: Grid, [width, height]: [usize; 2], depth: usize) -> Option<Self> {
        let ([step, row_step], [start, row_start]) = grid;
        let columns = width.saturating_sub(start).div_ceil(step);
        // A pass without columns has no rows either.
        let height = if columns > 0 { height.saturating_sub(row_start).div_ceil(row_step) } else { 0 };
        let length = columns.checked_mul(depth)?.div_ceil(8) + 1;
        Some(Self { grid, columns, length, height, rows: 0 })
    }

    /// The pixel of this pass that is drawn here until later passes have one that is nearer. `None` without data.
    fn source(&self, x: usize, y: usize) -> Option<[usize; 2]> {
        let ([step, row_step], [start, row_start]) = self.grid;
        let (along, down) = (x % step, y % row_step);
        let is_covered = along >= start && down >= row_start && y / row_step < self.rows;
        is_covered.then(|| [x - along + start, y - down + row_start])
    }
}

impl Passes {
    /// Bytes of all rows.
    fn size(&self) -> Option<usize> {
        self.0.iter().try_fold(0, |sum: usize, pass| sum.checked_add(pass.length.checked_mul(pass.height)?))
    }

    /// Bytes of the rows that have data. They precede all others.
    fn sound(&self) -> usize {
        self.0.iter().map(|pass| pass.length * pass.rows).sum()
    }

    /// Number of pixels that have data.
    fn pixels(&self) -> usize {
        self.0.iter().map(|pass| pass.columns * pass.rows).sum()
    }

    /// Counts the whole rows before the data ends or is damaged. Damaged data goes on for a while with wrong bytes, until a
    /// row begins with a filter that there is not.
    fn count(&mut self, data: &[u8], size: usize) {
        // Bytes of the row that are still to come.
        let (mut current, mut left) = (0, 0);
        inflate(data, size, |mut part| {
            while let Some(first) = part.first() {
                while self.0.get(current).is_some_and(|pass| pass.rows == pass.height) {
                    current += 1;
                }
                let Some(pass) = self.0.get_mut(current) else { return false };
                if left == 0 {
                    if *first > LAST_FILTER {
                        return false;
                    }
                    left = pass.length;
                }
                let read = left.min(part.len());
                part = &part[read..];
                left -= read;
                pass.rows += usize::from(left == 0);
            }
            true
        });
    }

    /// Draws RGBA pixels without data as browsers do: larger ones of the passes before, or transparent ones.
    pub fn fill(&self, pixels: &mut [u8], width: usize) {
        for at in 0..pixels.len() / 4 {
            let (x, y) = (at % width, at / width);
            match self.0.iter().rev().find_map(|pass| pass.source(x, y)) {
                // It has data, so it stays.
                Some([column, row]) if (column, row) == (x, y) => {}
                Some([column, row]) => {
                    let from = 4 * (row * width + column);
                    pixels.copy_within(from..from + 4, 4 * at);
                }
                None => pixels[4 * at..4 * at + 4].fill(0),
            }
        }
    }
}

/// Completes a file. `None` if fewer than `share` of its pixels have data, or none.
pub fn completed(bytes: &[u8], share: f64) -> Option<Completed> {
    let start = bytes.get(SIGNATURE.len() + 8..)?.first_chunk::<13>()?;
    let side = |at: usize| usize::try_from(u32::from_be_bytes(*start.get(at..)?.first_chunk()?)).ok();
    let [width, height] = [side(0)?, side(4)?];
    let [depth, color, _, _, interlace] = [start[8], start[9], start[10], start[11], start[12]];
    let channels = match color {
        0 | 3 => 1,
        4 => 2,
        2 => 3,
        6 => 4,
        _ => return None,
    };
    let grids = match interlace {
        0 => &WHOLE[..],
        1 => &ADAM7[..],
        _ => return None,
    };
    if !matches!(depth, 1 | 2 | 4 | 8 | 16) {
        return None;
    }
    let passes = grids.iter().map(|grid| Pass::new(*grid, [width, height], channels * usize::from(depth)));
    let mut passes = Passes(passes.collect::<Option<_>>()?);
    let size = passes.size()?;
    let (mut completed, data) = parts(bytes)?;
    passes.count(&data, size);
    let (pixels, sound) = (passes.pixels(), passes.sound());
    if pixels == 0 || (pixels as f64) < width as f64 * height as f64 * share {
        return None;
    }
    // The pixels are never in memory as a whole.
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    let mut is_written = inflate(&data, sound, |part| encoder.write_all(part).is_ok());
    let (empty, mut missing) = (vec![0_u8; STEP], size - sound);
    while missing > 0 && is_written {
        let part = &empty[..missing.min(STEP)];
        is_written = encoder.write_all(part).is_ok();
        missing -= part.len();
    }
    chunk(&mut completed, b"IDAT", &encoder.finish().ok().filter(|_| is_written)?);
    chunk(&mut completed, b"IEND", b"");
    Some(Completed { bytes: completed, passes })
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
    use crate::paint::picture::Picture;

    const WIDTH: usize = 30;
    const HEIGHT: usize = 40;

    fn png() -> Vec<u8> {
        with_pixels(0, &[0; (WIDTH + 1) * HEIGHT])
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
        let whole = png();
        let mut rows = Vec::new();
        for cut in [0, 4, 200, 700, 1100] {
            let cut = completed(&whole[..whole.len() - cut], 0.0).expect("rows");
            // Empty rows are what these pixels are.
            assert_eq!(pixels(&cut), [0; (WIDTH + 1) * HEIGHT]);
            rows.push(cut.passes.0[0].rows);
        }
        assert!(rows.is_sorted_by(|a, b| a >= b) && rows[0] == HEIGHT && rows[4] < 10, "{rows:?}");
        let cut = &whole[..whole.len() - 700];
        let share = |rows: usize| rows as f64 / HEIGHT as f64;
        assert!(completed(cut, share(rows[3])).is_some() && completed(cut, share(rows[3] + 1)).is_none());
        assert_eq!(completed(&whole[..70], 0.0), None, "no row");
        assert_eq!(completed(b"\x89PNG", 0.0), None);
    }

    #[test]
    fn rows_before_an_unknown_filter_are_kept() {
        let row = WIDTH + 1;
        for wrong in [0, 1, 20, HEIGHT - 1] {
            let mut damaged = vec![4; row * HEIGHT];
            damaged[row * wrong] = 5;
            let found = completed(&with_pixels(0, &damaged), 0.0);
            assert_eq!(found.as_ref().map(|found| found.passes.0[0].rows), (wrong > 0).then_some(wrong));
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
            let mut passes = Passes(vec![Pass::new(WHOLE[0], [1023, 192], 8).expect("fits")]);
            passes.count(&data, 3 * STEP);
            assert_eq!(passes.0[0].rows, rows, "{at}");
        }
    }

    /// The grey of a pixel of the interlaced file.
    fn grey(x: usize, y: usize) -> u8 {
        (x * 7 + y * 5) as u8
    }

    fn interlaced() -> Vec<u8> {
        let mut pixels = Vec::new();
        for ([step, row_step], [start, row_start]) in ADAM7 {
            for y in (row_start..HEIGHT).step_by(row_step) {
                pixels.push(0);
                pixels.extend((start..WIDTH).step_by(step).map(|x| grey(x, y)));
            }
        }
        with_pixels(1, &pixels)
    }

    #[test]
    fn passes_before_the_end_of_the_data_are_drawn() {
        let whole = interlaced();
        let mut counts = Vec::new();
        for cut in (4..whole.len() - 100).step_by(37) {
            let file = &whole[..whole.len() - cut];
            let Some(Completed { passes, .. }) = completed(file, 0.0) else { continue };
            let picture = Picture::decode_small(file).unwrap_or_else(|error| panic!("{cut}: {error}"));
            assert_eq!(picture.faults().iter().map(|fault| fault.code).collect::<Vec<_>>(), ["picture_truncated"]);
            // Each pixel of a pass, as large as the ones that are missing to its right and below.
            let mut expected = vec![[0; 4]; WIDTH * HEIGHT];
            for (pass, ([step, row_step], [start, row_start])) in passes.0.iter().zip(ADAM7) {
                for y in (row_start..HEIGHT).step_by(row_step).take(pass.rows) {
                    for x in (start..WIDTH).step_by(step) {
                        for row in y..HEIGHT.min(y + row_step - row_start) {
                            for column in x..WIDTH.min(x + step - start) {
                                let grey = grey(x, y);
                                expected[row * WIDTH + column] = [grey, grey, grey, 255];
                            }
                        }
                    }
                }
            }
            assert!(picture.upright() == expected, "{cut}");
            // A layer may lack an eighth.
            let is_drawn = passes.pixels() * 8 >= WIDTH * HEIGHT * 7;
            assert_eq!(Picture::decode(file).is_ok(), is_drawn, "{cut}");
            counts.push(passes.pixels());
        }
        assert!(counts.is_sorted_by(|a, b| a >= b) && counts[0] == WIDTH * HEIGHT, "{counts:?}");
        assert!(counts.last().is_some_and(|count| *count < WIDTH * HEIGHT / 16), "{counts:?}");
    }

    #[test]
    fn narrow_interlaced_files_have_no_empty_passes() {
        let passes = ADAM7.map(|grid| Pass::new(grid, [1, 3], 8).expect("fits"));
        assert_eq!(passes.each_ref().map(|pass| pass.height), [1, 0, 0, 0, 1, 0, 1]);
        assert_eq!(passes.each_ref().map(|pass| pass.columns), [1, 0, 1, 0, 1, 0, 1]);
    }
}
