//! Size of a picture and the memory that decoding it takes, from its header alone. Allocates nothing.

use image::ImageFormat;

use super::jpeg::frame::Frame;

/// What the header of a picture declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Width in px, before the EXIF orientation is applied.
    pub width: u32,
    /// Height in px.
    pub height: u32,
    /// Memory for decoding, bytes: the pixels and the decoder's own buffers, without those of a fixed size.
    pub memory: u64,
    /// Whether it is decoded at half its width and height: a JPEG of more than 12.5 megapixels, or one that takes too much memory at
    /// its full size.
    pub is_halved: bool,
}

/// Maximum memory for decoding a picture, bytes: a PNG of 25 megapixels. Formats whose decoders need more bytes per pixel have
/// fewer pixels. A baseline JPEG of the largest size takes less, since it is decoded at half its size.
pub const MAX_DECODED_BYTES: u64 = 100_000_000;
/// Maximum number of pixels of a JPEG that is decoded at its full size: a photo of 12 megapixels.
const MAX_FULL_SIZE: u64 = 12_500_000;

impl Header {
    /// Reads the header; `None` if it is damaged or truncated.
    pub fn read(bytes: &[u8], format: ImageFormat) -> Option<Self> {
        match format {
            ImageFormat::Jpeg => jpeg(bytes),
            ImageFormat::Png => png(bytes),
            ImageFormat::WebP => webp(bytes),
            ImageFormat::Gif => gif(bytes),
            _ => None,
        }
    }

    /// Number of pixels.
    pub fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    fn of(width: u32, height: u32, bytes_per_pixel: u64) -> Self {
        // Sides of a PNG have 32 bits.
        let pixels = u64::from(width) * u64::from(height);
        Self { width, height, memory: pixels.saturating_mul(bytes_per_pixel), is_halved: false }
    }
}

fn u16_le(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?).into())
}

fn u32_be(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_le(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u24_le(bytes: &[u8], at: usize) -> Option<u32> {
    let [a, b, c] = *bytes.get(at..)?.first_chunk()?;
    Some(u32::from_le_bytes([a, b, c, 0]))
}

/// The memory of the pixels, and of the coefficients if they are kept until the last scan.
fn jpeg(bytes: &[u8]) -> Option<Header> {
    let frame = Frame::read(bytes)?;
    // Grey is converted to RGB in a second buffer.
    let full = Header::of(frame.width, frame.height, if matches!(frame.count, 1 | 4) { 4 } else { 3 });
    // 16 bits per coefficient.
    let coefficients = if frame.keeps_coefficients() { 2 * frame.samples() } else { 0 };
    let is_halved = full.pixels() > MAX_FULL_SIZE || full.memory + coefficients > MAX_DECODED_BYTES;
    let pixels = if is_halved { full.memory / 4 } else { full.memory };
    Some(Header { memory: pixels + coefficients, is_halved, ..full })
}

/// PNG specification, 11.2.1 IHDR.
fn png(bytes: &[u8]) -> Option<Header> {
    let (width, height) = (u32_be(bytes, 16)?, u32_be(bytes, 20)?);
    let (depth, color) = (*bytes.get(24)?, *bytes.get(25)?);
    let sample = if depth == 16 { 2 } else { 1 };
    // Anything but 8-bit RGB(A) is converted in a second buffer. A palette may have transparency.
    let bytes_per_pixel = match (color, sample) {
        (0, 1) if !precedes_pixels(bytes, b"tRNS") => 1 + 3,
        (2 | 3 | 6, 1) => 4,
        (2, _) => 6 + 3,
        (6, _) => 8 + 4,
        (_, sample) => 2 * sample + 4,
    };
    // The canvas that the first frame of an animation is drawn on, if the pixels are not that frame.
    let canvas = if precedes_pixels(bytes, b"acTL") && !precedes_pixels(bytes, b"fcTL") { 4 } else { 0 };
    Some(Header::of(width, height, bytes_per_pixel + canvas))
}

/// Whether a PNG has a chunk of this kind before its pixels. Assumed of one that is damaged or has too many chunks.
fn precedes_pixels(bytes: &[u8], wanted: &[u8; 4]) -> bool {
    const MAX_CHUNKS: usize = 10_000;
    let mut at = 8_usize;
    for _ in 0..MAX_CHUNKS {
        let (Some(size), Some(kind)) = (u32_be(bytes, at), bytes.get(at + 4..at + 8)) else { return true };
        match kind {
            kind if kind == wanted => return true,
            b"IDAT" => return false,
            // Its length, name and checksum.
            _ => at = at.saturating_add(size as usize).saturating_add(12).min(bytes.len()),
        }
    }
    true
}

/// RFC 9649: a simple lossy or lossless file, or an extended one.
fn webp(bytes: &[u8]) -> Option<Header> {
    match bytes.get(12..16)? {
        // Planes at 1.5 bytes, and the pixels.
        b"VP8 " => vp8_size(bytes, 20).map(|(width, height)| Header::of(width, height, 5)),
        b"VP8L" => vp8l_size(bytes, 20).map(|(width, height)| Header::of(width, height, 8)),
        b"VP8X" => webp_extended(bytes),
        _ => None,
    }
}

/// An extended WebP. `None` if its first picture has another size than declared: some decoders allocate it before they
/// compare.
fn webp_extended(bytes: &[u8]) -> Option<Header> {
    let flags = bytes.get(20)?;
    let (is_animated, has_alpha) = (flags & 0x02 != 0, flags & 0x10 != 0);
    let canvas = (u24_le(bytes, 24)? + 1, u24_le(bytes, 27)? + 1);
    let bytes_per_pixel = match (is_animated, has_alpha) {
        // The canvas, a frame and its parts.
        (true, _) => 20,
        (false, true) => 11,
        (false, false) => 8,
    };
    let (mut at, mut declared, mut is_frame, mut after_alpha) = (12, canvas, false, false);
    loop {
        let (kind, size) = (bytes.get(at..at + 4)?, u32_le(bytes, at + 4)? as usize);
        let data = at + 8;
        at = data.checked_add(size)?.checked_add(size & 1)?;
        let actual = match kind {
            b"ANMF" if is_animated && !is_frame => {
                declared = (u24_le(bytes, data + 6)? + 1, u24_le(bytes, data + 9)? + 1);
                (at, is_frame) = (data + 16, true);
                continue;
            }
            b"ALPH" if is_frame && !after_alpha => {
                after_alpha = true;
                continue;
            }
            b"VP8L" if is_animated == is_frame && !after_alpha => vp8l_size(bytes, data)?,
            b"VP8 " if is_animated == is_frame => vp8_size(bytes, data)?,
            // In a frame, what follows the transparency is decoded as VP8.
            _ if after_alpha => vp8_size(bytes, data)?,
            _ => continue,
        };
        return (actual == declared).then_some(Header::of(canvas.0, canvas.1, bytes_per_pixel));
    }
}

/// RFC 6386, 9.1: the size of a lossy picture.
fn vp8_size(bytes: &[u8], at: usize) -> Option<(u32, u32)> {
    Some((u16_le(bytes, at + 6)? & 0x3fff, u16_le(bytes, at + 8)? & 0x3fff))
}

/// RFC 9649, 3.4: the size of a lossless picture.
fn vp8l_size(bytes: &[u8], at: usize) -> Option<(u32, u32)> {
    let bits = u32_le(bytes, at + 1)?;
    Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
}

/// GIF89a, 18 and 20: the logical screen, enlarged to the first frame as browsers do; both have their own pixels.
fn gif(bytes: &[u8]) -> Option<Header> {
    let frame = GifFrame::read(bytes)?;
    let (right, bottom) = (frame.left + frame.width, frame.top + frame.height);
    let screen = Header::of(u16_le(bytes, 6)?.max(right), u16_le(bytes, 8)?.max(bottom), 4);
    let own = Header::of(frame.width, frame.height, 4);
    Some(Header { memory: screen.memory + own.memory.max(screen.memory), ..screen })
}

/// The first frame of a GIF, px.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GifFrame {
    /// Bytes before its descriptor.
    pub at: usize,
    /// Bytes before what follows its data. `None` if the data is truncated.
    pub end: Option<usize>,
    /// Distance from the left edge of the screen, px.
    pub left: u32,
    /// Distance from the top of the screen, px.
    pub top: u32,
    /// Width, px.
    pub width: u32,
    /// Height, px.
    pub height: u32,
    /// Whether its rows come in four passes.
    pub is_interlaced: bool,
    /// Whether one of its colours is transparent.
    pub has_transparency: bool,
}

impl GifFrame {
    /// Reads the descriptor of the first frame; `None` if it is damaged or truncated.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
        let mut at = 13 + table(*bytes.get(10)?);
        let mut has_transparency = false;
        // Extensions: a label, and blocks up to an empty one.
        while *bytes.get(at)? == 0x21 {
            if bytes.get(at + 1) == Some(&0xf9) {
                has_transparency = *bytes.get(at + 3)? & 1 == 1;
            }
            at = end_of_blocks(bytes, at + 2)?;
        }
        if bytes[at] != 0x2c {
            return None;
        }
        let [left, top, width, height] = [1, 3, 5, 7].map(|offset| u16_le(bytes, at + offset));
        let flags = *bytes.get(at + 9)?;
        // Its table and the size of its codes are before the data.
        let end = end_of_blocks(bytes, at + 11 + table(flags));
        let is_interlaced = flags & 0x40 != 0;
        Some(Self { at, end, left: left?, top: top?, width: width?, height: height?, is_interlaced, has_transparency })
    }
}

/// The end of the blocks of data at a position, after an empty one. `None` if they are truncated.
fn end_of_blocks(bytes: &[u8], mut at: usize) -> Option<usize> {
    while let size @ 1.. = usize::from(*bytes.get(at)?) {
        at += size + 1;
    }
    Some(at + 1)
}
