//! Size of a picture and the memory that decoding it takes, from its header alone. Allocates nothing.

use image::ImageFormat;

/// What the header of a picture declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Width in px, before the EXIF orientation is applied.
    pub width: u32,
    /// Height in px.
    pub height: u32,
    /// Memory for decoding, bytes: the pixels and the decoder's own buffers, without those of a fixed size.
    pub memory: u64,
    /// Whether it is decoded at half its width and height: a JPEG of more than 12.5 megapixels.
    pub is_halved: bool,
}

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

fn u16_be(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?).into())
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

/// ITU T.81, B.2.2 and B.2.3: the frame header (SOF) and the first scan header (SOS).
fn jpeg(bytes: &[u8]) -> Option<Header> {
    let mut at = 2;
    let mut frame = None;
    loop {
        // Decoders skip anything up to the next marker, and fill bytes.
        let marker = bytes.get(at..)?.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xff))? + at;
        let (kind, segment) = (bytes[marker + 1], marker + 2);
        match kind {
            // Markers without a segment.
            0x01 | 0xd0..=0xd8 => {
                at = segment;
                continue;
            }
            0xc0..=0xcf if !matches!(kind, 0xc4 | 0xc8 | 0xcc) => frame = Some((kind, segment)),
            0xda => {
                let (kind, frame) = frame?;
                return jpeg_frame(bytes, frame, kind == 0xc2, u32::from(*bytes.get(segment + 2)?));
            }
            _ => {}
        }
        at = segment + u16_be(bytes, segment)?.max(2) as usize;
    }
}

/// A frame whose first scan has this number of components.
fn jpeg_frame(bytes: &[u8], at: usize, is_progressive: bool, in_scan: u32) -> Option<Header> {
    let (height, width) = (u16_be(bytes, at + 3)?, u16_be(bytes, at + 5)?);
    let count = u32::from(*bytes.get(at + 7)?);
    // Grey is converted to RGB in a second buffer.
    let mut header = Header::of(width, height, if count == 1 { 4 } else { 3 });
    header.is_halved = header.pixels() > MAX_FULL_SIZE && matches!(count, 1 | 3);
    if header.is_halved {
        // The planes, at 3 bytes if nothing is subsampled, and the pixels.
        header.memory = header.pixels() * 6 / 4;
    }
    if !is_progressive && in_scan == count {
        return Some(header);
    }
    // The coefficients of all blocks are kept until the last scan: 16 bits per sample.
    let factors = bytes.get(at + 8..at + 8 + 3 * count as usize)?.as_chunks::<3>().0;
    let factors = || factors.iter().map(|[_, factor, _]| (u64::from(factor >> 4), u64::from(factor & 15)));
    let (h, v) = factors().fold((1, 1), |(h, v), (own_h, own_v)| (own_h.max(h), own_v.max(v)));
    let samples: u64 = factors().map(|(own_h, own_v)| (header.pixels() * own_h * own_v).div_ceil(h * v)).sum();
    Some(Header { memory: header.memory + 2 * samples, ..header })
}

/// PNG specification, 11.2.1 IHDR.
fn png(bytes: &[u8]) -> Option<Header> {
    let (width, height) = (u32_be(bytes, 16)?, u32_be(bytes, 20)?);
    let (depth, color) = (*bytes.get(24)?, *bytes.get(25)?);
    let sample = if depth == 16 { 2 } else { 1 };
    // Anything but 8-bit RGB(A) is converted in a second buffer. A palette may have transparency.
    let bytes_per_pixel = match (color, sample) {
        (2 | 3 | 6, 1) => 4,
        (2, _) => 6 + 3,
        (6, _) => 8 + 4,
        (_, sample) => 2 * sample + 4,
    };
    Some(Header::of(width, height, bytes_per_pixel))
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

/// GIF89a, 18 and 20: the logical screen, and the first frame, which is decoded apart from it and may be larger.
fn gif(bytes: &[u8]) -> Option<Header> {
    let screen = Header::of(u16_le(bytes, 6)?, u16_le(bytes, 8)?, 4);
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let mut at = 13 + table(*bytes.get(10)?);
    // Extensions: a label, and blocks up to an empty one.
    while *bytes.get(at)? == 0x21 {
        at += 2;
        while let size @ 1.. = usize::from(*bytes.get(at)?) {
            at += size + 1;
        }
        at += 1;
    }
    let is_frame = bytes[at] == 0x2c;
    let frame = Header::of(u16_le(bytes, at + 5)?, u16_le(bytes, at + 7)?, 4);
    is_frame.then_some(Header { memory: screen.memory + frame.memory.max(screen.memory), ..screen })
}
