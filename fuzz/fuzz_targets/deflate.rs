//! PNG and its deflate encoder: an independent inflater reads the same rows, checksums included, and decoders read the
//! same pixels.
#![no_main]

use std::{io::Read, sync::Arc};

use flate2::read::DeflateDecoder;
use haibao_core::encode::Format;
use libfuzzer_sys::fuzz_target;

/// Maximum number of pixels.
const MAX_PIXELS: usize = 16_384;
/// Maximum number of bands: each has its own table, which takes most of the time.
const MAX_BANDS: usize = 32;

/// Pixels from bytes: copies of them, or runs, which a fuzzer would not find by itself.
fn pixels(mode: u8, bytes: &[u8]) -> Vec<[u8; 4]> {
    let pixel = |part: &[u8]| [part[0], *part.get(1).unwrap_or(&0), *part.get(2).unwrap_or(&0), 255];
    let mut all = Vec::new();
    match mode % 4 {
        0 => all.extend(bytes.chunks(3).map(pixel)),
        1 => all.extend(bytes.iter().map(|byte| [*byte; 4])),
        2 => {
            for run in bytes.chunks(4) {
                let count = usize::from(*run.get(3).unwrap_or(&1));
                all.extend(std::iter::repeat_n(pixel(run), (count * count / 8).max(1)));
            }
        }
        // Skewed frequencies make long codes: each byte twice as often as the one before.
        _ => {
            for (at, byte) in bytes.iter().enumerate().take(64) {
                all.extend((0..1_usize << (at % 14)).map(|i| [*byte, byte.wrapping_mul(i as u8), 0, 255]));
            }
        }
    }
    all.truncate(MAX_PIXELS);
    all
}

/// The data of the IDAT chunks. Every chunk's CRC is checked.
fn zlib_stream(png: &[u8]) -> Vec<u8> {
    let mut rest = png.strip_prefix(b"\x89PNG\r\n\x1a\n").expect("a signature");
    let mut data = Vec::new();
    while !rest.is_empty() {
        let length = u32::from_be_bytes(*rest.first_chunk().expect("a length")) as usize;
        let (kind, body) = (&rest[4..8], &rest[8..8 + length]);
        let crc = u32::from_be_bytes(*rest[8 + length..].first_chunk().expect("a CRC"));
        assert_eq!(crc, crc32fast::hash(&rest[4..8 + length]), "CRC of {kind:?}");
        if kind == b"IDAT" {
            data.extend_from_slice(body);
        }
        rest = &rest[12 + length..];
    }
    data
}

/// Adler-32 (RFC 1950, section 8.2).
fn adler(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    b << 16 | a
}

// Mode, width, rows of a band, and the pixels.
fuzz_target!(|data: &[u8]| {
    let &[mode, width, rows, ref bytes @ ..] = data else { return };
    let mut pixels = pixels(mode, bytes);
    let width = usize::from(width).max(1);
    pixels.truncate(pixels.len() / width * width);
    if pixels.is_empty() {
        return;
    }
    let height = pixels.len() / width;
    let rows = usize::from(rows).max(height.div_ceil(MAX_BANDS));
    let mut encoder = Format::Png.encoder();
    let band = |part: &[[u8; 4]]| Arc::new(encoder.band(part, width as u32));
    let bands: Vec<_> = pixels.chunks(width * rows).map(band).collect();
    let fresh = Format::Png.encoder().band(&pixels[..(width * rows).min(pixels.len())], width as u32);
    assert_eq!(fresh, *bands[0], "a band depends on its pixels alone");
    let png = Format::Png.encoder().assemble(width as u32, height as u32, &bands);

    let stream = zlib_stream(&png);
    let (body, checksum) = stream[2..].split_at(stream.len() - 6);
    let mut raw = Vec::new();
    let mut inflater = DeflateDecoder::new(body);
    inflater.read_to_end(&mut raw).expect("deflate data");
    assert_eq!(inflater.total_in(), body.len() as u64, "nothing follows the last block");
    assert_eq!(raw.len(), (width * 3 + 1) * height);
    assert_eq!(checksum, adler(&raw).to_be_bytes());
    // 12 bits per byte at most, and a table and chunk per band.
    assert!(stream.len() <= raw.len() * 3 / 2 + 512 * bands.len() + 64, "{} of {}", stream.len(), raw.len());

    let decoded = image::load_from_memory(&png).expect("a PNG").into_rgb8();
    let expected: Vec<u8> = pixels.iter().flat_map(|pixel| pixel[..3].to_vec()).collect();
    assert!(decoded.into_raw() == expected, "other pixels");
});
