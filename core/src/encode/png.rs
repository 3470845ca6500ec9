//! PNG assembled from bands. Each band is encoded as one complete IDAT chunk that does not depend on its neighbours, so
//! cached bands can be combined with new ones.
//!
//! The concatenated chunk data is one zlib stream (RFC 1950): each band is raw deflate data (RFC 1951) that ends with an
//! empty, byte-aligned stored block without the final bit, and the last chunk ends the stream. The first row of a band
//! uses the Sub filter, which needs no row above; the others use Paeth (PNG, third edition, section 9).

use std::{io::Cursor, sync::Arc};

use bytes::Bytes;

use super::{
    band::{BandEncoder, EncodedBand, Properties, RowReader},
    deflate::Deflate,
};
use crate::error::{Error, Result};

/// Constants of the format.
pub(super) const PROPERTIES: Properties =
    Properties { name: "png", extension: "png", media_type: "image/png", version: 2 };

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
/// zlib header: deflate, 32 KiB window, fastest level, no dictionary (RFC 1950, section 2.2).
const ZLIB_HEADER: [u8; 2] = [0x78, 0x01];
/// An empty block with fixed Huffman codes and the final bit (RFC 1951, section 3.2.3).
const FINAL_BLOCK: [u8; 2] = [0x03, 0x00];
const ADLER_MOD: u32 = 65_521;

/// Band encoder with reusable buffers.
#[derive(Debug, Default)]
pub struct Encoder {
    deflate: Deflate,
    rows: Vec<u8>,
}

impl BandEncoder for Encoder {
    /// One IDAT chunk of RGB rows. Alpha is dropped because posters are opaque. The checksum is the Adler-32 of the
    /// filtered rows.
    fn band(&mut self, pixels: &[[u8; 4]], width: u32) -> EncodedBand {
        self.filter(pixels, width as usize);
        let checksum = simd_adler32::adler32(&self.rows.as_slice());
        let length = self.rows.len() as u64;
        EncodedBand { bytes: chunk(*b"IDAT", self.deflate.pack(&self.rows)).into(), checksum, length }
    }

    fn assemble(&mut self, width: u32, height: u32, bands: &[Arc<EncodedBand>]) -> Bytes {
        assemble(width, height, bands)
    }
}

impl Encoder {
    fn filter(&mut self, pixels: &[[u8; 4]], width: usize) {
        let stride = width * 3;
        // Every byte is written below.
        self.rows.resize((stride + 1) * (pixels.len() / width.max(1)), 0);
        let (mut above, mut row) = (vec![0; stride], vec![0; stride]);
        let lines = pixels.chunks_exact(width.max(1)).zip(self.rows.chunks_exact_mut(stride + 1));
        for (index, (line, filtered)) in lines.enumerate() {
            for (to, [r, g, b, _]) in row.as_chunks_mut::<3>().0.iter_mut().zip(line) {
                *to = [*r, *g, *b];
            }
            let (kind, filtered) = filtered.split_at_mut(1);
            if index == 0 {
                kind[0] = 1;
                filtered[..3].copy_from_slice(&row[..3]);
                let rest = row[3..].iter().zip(&row);
                filtered[3..].iter_mut().zip(rest).for_each(|(to, (this, left))| *to = this.wrapping_sub(*left));
            } else {
                kind[0] = 4;
                paeth(&row, &above, filtered);
            }
            std::mem::swap(&mut above, &mut row);
        }
    }
}

/// The Paeth filter (PNG, third edition, section 9.4), in a form that compilers vectorise. Most of the time of a debug build goes
/// here: there, iterators and calls take three times as long as this loop.
fn paeth(row: &[u8], above: &[u8], filtered: &mut [u8]) {
    let (first, filtered) = filtered.split_at_mut(3);
    for (to, (this, up)) in first.iter_mut().zip(row.iter().zip(above)) {
        *to = this.wrapping_sub(*up);
    }
    let length = filtered.len();
    let (row, left, above, corner) = (&row[3..][..length], &row[..length], &above[3..][..length], &above[..length]);
    let mut at = 0;
    while at < length {
        let (a, b, c) = (left[at] as i16, above[at] as i16, corner[at] as i16);
        let (pa, pb, pc) = (b - c, a - c, a + b - 2 * c);
        let (pa, pb) = (if pa < 0 { -pa } else { pa }, if pb < 0 { -pb } else { pb });
        let pc = if pc < 0 { -pc } else { pc };
        let up_or_corner = if pb <= pc { above[at] } else { corner[at] };
        let predicted = if pa <= pb && pa <= pc { left[at] } else { up_or_corner };
        filtered[at] = row[at].wrapping_sub(predicted);
        at += 1;
    }
}

/// A PNG chunk: length, type, data, CRC.
fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() + 12);
    out.extend_from_slice(&(data.len() as u32).to_be_bytes());
    out.extend_from_slice(&kind);
    out.extend_from_slice(data);
    let crc = crc32fast::hash(&out[4..]);
    out.extend_from_slice(&crc.to_be_bytes());
    out
}

/// Assembles bands, ordered from top to bottom, into a PNG file.
fn assemble(width: u32, height: u32, bands: &[Arc<EncodedBand>]) -> Bytes {
    let mut header = Vec::with_capacity(13);
    header.extend_from_slice(&width.to_be_bytes());
    header.extend_from_slice(&height.to_be_bytes());
    // Bit depth 8, RGB, deflate, adaptive filtering, not interlaced.
    header.extend_from_slice(&[8, 2, 0, 0, 0]);
    let adler = bands.iter().fold(1, |adler, band| adler_combine(adler, band.checksum, band.length));
    let mut end = FINAL_BLOCK.to_vec();
    end.extend_from_slice(&adler.to_be_bytes());
    let size: usize = bands.iter().map(|band| band.bytes.len()).sum();
    let mut out = Vec::with_capacity(size + 128);
    out.extend_from_slice(&SIGNATURE);
    out.extend(chunk(*b"IHDR", &header));
    out.extend(chunk(*b"sRGB", &[0]));
    out.extend(chunk(*b"IDAT", &ZLIB_HEADER));
    for band in bands {
        out.extend_from_slice(&band.bytes);
    }
    out.extend(chunk(*b"IDAT", &end));
    out.extend(chunk(*b"IEND", &[]));
    out.into()
}

/// Adler-32 of two concatenated parts, computed from their checksums (RFC 1950, section 8.2: both sums are linear).
fn adler_combine(first: u32, second: u32, second_length: u64) -> u32 {
    let split = |adler: u32| (u64::from(adler & 0xffff), u64::from(adler >> 16));
    let ((a1, b1), (a2, b2)) = (split(first), split(second));
    let modulus = u64::from(ADLER_MOD);
    let length = second_length % modulus;
    let a = (a1 + a2 + modulus - 1) % modulus;
    let b = (b1 + b2 + length * (a1 + modulus - 1)) % modulus;
    ((b as u32) << 16) | a as u32
}

/// Reads the rows of a file that [`Encoder`] made: 8-bit RGB.
///
/// # Errors
/// `internal` for another file.
pub(super) fn rows(file: &[u8]) -> Result<Rows<'_>> {
    png::Decoder::new(Cursor::new(file)).read_info().map(Rows).map_err(unreadable)
}

/// Rows of a file.
pub(super) struct Rows<'a>(png::Reader<Cursor<&'a [u8]>>);

impl RowReader for Rows<'_> {
    fn next_row(&mut self) -> Result<Option<&[[u8; 3]]>> {
        let row = self.0.next_row().map_err(unreadable)?;
        Ok(row.map(|row| row.data().as_chunks().0))
    }
}

fn unreadable(error: png::DecodingError) -> Error {
    Error::internal("the poster is no PNG").source(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(width: u32, height: u32) -> Vec<[u8; 4]> {
        let mut state = 0x2545_f491_u32;
        let pixel = |i: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let smooth = (i % width * 255 / width) as u8;
            if i / width < height / 2 { [smooth, smooth / 2, 9, 255] } else { (state | 0xff).to_be_bytes() }
        };
        (0..width * height).map(pixel).collect()
    }

    fn encoded(pixels: &[[u8; 4]], width: u32, rows: usize) -> Bytes {
        let mut encoder = Encoder::default();
        let band = |part: &[[u8; 4]]| Arc::new(encoder.band(part, width));
        let bands: Vec<Arc<EncodedBand>> = pixels.chunks(width as usize * rows).map(band).collect();
        assemble(width, (pixels.len() / width as usize) as u32, &bands)
    }

    #[test]
    fn any_band_height_decodes_to_the_same_pixels() {
        for (width, height) in [(1, 1), (3, 70), (201, 97)] {
            let pixels = noise(width, height);
            let plain: Vec<u8> = pixels.iter().flat_map(|p| p[..3].to_vec()).collect();
            for rows in [1, 7, 32, 1000] {
                let png = encoded(&pixels, width, rows);
                let decoded = image::load_from_memory(&png).expect("a PNG").into_rgb8();
                assert_eq!(decoded.dimensions(), (width, height));
                assert!(decoded.into_raw() == plain, "{width}x{height} in bands of {rows} rows");
            }
        }
    }

    #[test]
    fn combined_checksums_equal_the_checksum_of_the_whole() {
        let bytes: Vec<u8> = (0..200_000_u32).map(|i| (i.wrapping_mul(i) >> 7) as u8).collect();
        for at in [0, 1, 65_521, 131_042, 200_000] {
            let (a, b) = bytes.split_at(at);
            let sum = |part: &[u8]| simd_adler32::adler32(&part);
            assert_eq!(adler_combine(sum(a), sum(b), b.len() as u64), sum(&bytes), "split at {at}");
        }
    }

    #[test]
    fn a_reused_encoder_produces_the_same_bytes() {
        let (first, second) = (noise(50, 40), vec![[7, 7, 7, 255]; 50 * 40]);
        let mut encoder = Encoder::default();
        let fresh = encoder.band(&second, 50);
        encoder.band(&first, 50);
        assert_eq!(encoder.band(&second, 50), fresh);
    }
}
