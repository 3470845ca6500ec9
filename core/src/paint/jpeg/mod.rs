//! Decodes JPEGs. Those of the usual kind, at full size, by the fastest decoder; all others by libjpeg, which browsers use.
//!
//! Measured with 1200 x 1200 px, 4:2:0, quality 88, ms: zune-jpeg 3.1, jpeg-decoder 4.7, libjpeg without assembler 5.3, and
//! 2.3 at half size. Of 511 unusual files, zune-jpeg draws 247 wrong or not at all, jpeg-decoder 9, libjpeg 2: an
//! arithmetic-coded one, and some pixels of a damaged one.

pub mod frame;
pub mod segments;

use std::{
    cell::Cell,
    io::{BufRead, Cursor, Read},
};

use image::{DynamicImage, ImageDecoder, ImageReader};
use mozjpeg::{ColorSpace, Decompress, decompress::DecompressStarted};

use self::frame::Frame;

/// Pixels of a JPEG.
pub struct Decoded {
    /// Width and height, px.
    pub size: (u32, u32),
    /// Bytes of the pixels.
    pub pixels: Vec<u8>,
    /// Bytes per pixel: 3 for RGB, 4 for CMYK, where 255 is no ink.
    pub channels: usize,
    /// Rows of which there is no data, px; at least.
    pub missing_rows: u32,
    /// Rows that browsers show if the end is missing, px: up to the first blocks without all of their data.
    pub whole_rows: u32,
}

/// Decodes a picture at `eighths` of its size: 1, 2, 4 or 8. `None` if it is damaged.
///
/// libjpeg reports fatal errors by unwinding, so the caller must catch panics.
pub fn decode(bytes: &[u8], frame: &Frame, eighths: u8) -> Option<Decoded> {
    if eighths == 8
        && frame.is_plain()
        && let Some(pixels) = plain(bytes, frame)
    {
        return Some(Decoded {
            size: (frame.width, frame.height),
            pixels,
            channels: 3,
            missing_rows: 0,
            whole_rows: frame.height,
        });
    }
    let ended = Cell::new(false);
    let mut decoder = Decompress::builder().from_reader(MemoryReader { rest: bytes, ended: &ended }).ok()?;
    decoder.scale(eighths);
    let is_cmyk = matches!(decoder.color_space(), ColorSpace::JCS_CMYK | ColorSpace::JCS_YCCK);
    let (space, channels) = if is_cmyk { (ColorSpace::JCS_CMYK, 4) } else { (ColorSpace::JCS_RGB, 3) };
    rows(decoder.to_colorspace(space).ok()?, channels, &ended, frame, eighths)
}

fn plain(bytes: &[u8], frame: &Frame) -> Option<Vec<u8>> {
    let decoder = ImageReader::with_format(Cursor::new(bytes), image::ImageFormat::Jpeg).into_decoder().ok()?;
    if decoder.dimensions() != (frame.width, frame.height) {
        return None;
    }
    Some(match DynamicImage::from_decoder(decoder).ok()? {
        DynamicImage::ImageRgb8(rgb) => rgb.into_raw(),
        other => other.into_rgb8().into_raw(),
    })
}

fn rows(
    mut decoder: DecompressStarted<MemoryReader<'_>>,
    channels: usize,
    ended: &Cell<bool>,
    frame: &Frame,
    eighths: u8,
) -> Option<Decoded> {
    let (width, height) = (decoder.width(), decoder.height());
    // It may find another frame than the one that was checked.
    let scaled = |side: u32| (side as usize * usize::from(eighths)).div_ceil(8);
    if (width, height) != (scaled(frame.width), scaled(frame.height)) {
        return None;
    }
    let mut pixels = vec![0; width * height * channels];
    // The decoder reads two rows of blocks ahead.
    let ahead = 2 * frame.coded_rows().min(32) as usize * height / (frame.height as usize).max(1);
    let (mut missing_rows, mut whole_rows) = (0, height);
    for (row, line) in pixels.chunks_exact_mut(width * channels).enumerate() {
        decoder.read_scanlines_into::<u8>(line).ok()?;
        // With many scans, all of them are read before the first row.
        if ended.get() && whole_rows == height && !frame.keeps_coefficients() {
            missing_rows = (height - row).saturating_sub(ahead) as u32;
            whole_rows = row;
        }
    }
    Some(Decoded { size: (width as u32, height as u32), pixels, channels, missing_rows, whole_rows: whole_rows as u32 })
}

/// A file in memory that tells whether more was read than there is. libjpeg then continues as if the rest were flat.
struct MemoryReader<'a> {
    rest: &'a [u8],
    ended: &'a Cell<bool>,
}

impl Read for MemoryReader<'_> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        self.rest.read(to)
    }
}

impl BufRead for MemoryReader<'_> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        if self.rest.is_empty() {
            self.ended.set(true);
        }
        Ok(self.rest)
    }

    fn consume(&mut self, amount: usize) {
        self.rest.consume(amount);
    }
}
