//! Photos, avatars and codes: pixels within limits, upright and in sRGB.

use image::{ImageFormat, metadata::Orientation};

use crate::{
    asset::unsupported,
    error::{Domain, Error, ErrorKind, Finding, Result},
    paint::{
        header::Header,
        orient,
        profile::{Conversion, Unusable},
        raster,
        resize::{self, Crop},
    },
    words,
};

pub use crate::paint::header::MAX_DECODED_BYTES;

/// Minimum side in px. Tracking pixels and placeholders are 1 px wide; photos and avatars never are this small.
pub const MIN_SIDE: u32 = 8;
/// Maximum side in px.
pub const MAX_SIDE: u32 = 16_000;
/// Maximum number of pixels. A 50-megapixel phone photo passes.
pub const MAX_PIXELS: u64 = 51_000_000;

/// A decoded picture.
#[derive(Debug)]
pub struct Picture {
    /// Width and height as decoded, px.
    pub(super) stored: (u32, u32),
    pub(super) orientation: Orientation,
    pub(super) pixels: Pixels,
    /// How its colours become sRGB, if they are not.
    pub(super) conversion: Option<Conversion>,
    pub(super) faults: Vec<Finding>,
    /// Whether other decoders draw the file alike: nothing was tolerated, turned or converted.
    pub(super) is_usual: bool,
}

#[derive(Debug)]
pub(super) enum Pixels {
    Rgb(Vec<u8>),
    Rgba(Vec<u8>),
    /// 255 is no ink.
    Cmyk(Vec<u8>),
}

/// A part of a picture, not turned by its EXIF orientation. Not premultiplied, in sRGB.
#[derive(Debug)]
pub struct StoredPart {
    /// Its pixels by rows.
    pub pixels: Vec<u8>,
    /// Number of channels of a pixel: 3 without transparency, or 4.
    pub channels: usize,
    /// Width and height, px.
    pub size: (u32, u32),
    /// How it is turned to be upright.
    pub orientation: Orientation,
}

impl Picture {
    /// Width in px, upright.
    pub fn width(&self) -> u32 {
        orient::size(self.orientation, self.stored).0
    }

    /// Height in px, upright.
    pub fn height(&self) -> u32 {
        orient::size(self.orientation, self.stored).1
    }

    /// Faults that were tolerated, as warnings.
    pub fn faults(&self) -> &[Finding] {
        &self.faults
    }

    /// Whether other decoders, which know no orientation, colour profile or fault, draw it alike.
    pub fn is_usual(&self) -> bool {
        let is_upright = self.orientation == Orientation::NoTransforms;
        self.is_usual && is_upright && self.conversion.is_none() && self.faults.is_empty()
    }

    /// Resizes a part of the picture to `to` px. Returns premultiplied pixels. Downscaling prefilters (Catmull-Rom over
    /// the whole footprint) to avoid aliasing. Colours are converted afterwards, when there are fewer pixels.
    ///
    /// # Errors
    /// `picture_resize` when `crop` is not within the picture, an internal error.
    pub fn part(&self, to: (u32, u32), crop: Crop) -> Result<Vec<[u8; 4]>> {
        let (to, crop) = (orient::size(self.orientation, to), orient::crop(self.orientation, crop, self.stored));
        let mut resized = match &self.pixels {
            Pixels::Rgb(bytes) => resize::rgb(bytes, self.stored, to, crop),
            Pixels::Rgba(bytes) if self.conversion.is_none() => resize::rgba(bytes, self.stored, to, crop),
            Pixels::Rgba(bytes) => resize::straight(bytes, self.stored, to, crop),
            Pixels::Cmyk(bytes) => resize::cmyk(bytes, self.stored, to, crop),
        }
        .map_err(resize::failed)?;
        if let Some(conversion) = &self.conversion {
            conversion.apply(&mut resized);
            if matches!(self.pixels, Pixels::Rgba(_)) {
                resized.iter_mut().for_each(|pixel| *pixel = raster::premultiplied(*pixel));
            }
        }
        Ok(orient::upright(self.orientation, resized, to))
    }

    /// All pixels, upright and not premultiplied.
    pub fn upright(&self) -> Vec<[u8; 4]> {
        let mut pixels = Vec::with_capacity(self.stored.0 as usize * self.stored.1 as usize);
        for row in orient::rows(self.orientation, self.stored) {
            match &self.pixels {
                Pixels::Rgb(bytes) => {
                    let (stored, _) = bytes.as_chunks::<3>();
                    pixels.extend(row.map(|at| {
                        let [r, g, b] = stored[at];
                        [r, g, b, 255]
                    }));
                }
                Pixels::Rgba(bytes) | Pixels::Cmyk(bytes) => {
                    let (stored, _) = bytes.as_chunks::<4>();
                    pixels.extend(row.map(|at| stored[at]));
                }
            }
        }
        if let Some(conversion) = &self.conversion {
            conversion.apply(&mut pixels);
        }
        pixels
    }

    /// The pixels of an upright part within the picture: left, top, width and height. They stay turned, and take no memory beside that
    /// of the picture.
    pub fn into_part(self, part: [u32; 4]) -> StoredPart {
        let (mut bytes, channels) = match self.pixels {
            Pixels::Rgb(bytes) => (bytes, 3),
            Pixels::Rgba(bytes) | Pixels::Cmyk(bytes) => (bytes, 4),
        };
        let [left, top, width, height] =
            orient::crop(self.orientation, part.map(f64::from), self.stored).map(|px| px as usize);
        let (stored, kept) = (self.stored.0 as usize * channels, width * channels);
        for row in 0..height {
            // Never behind where it is: what is overwritten has been moved.
            let start = (top + row) * stored + left * channels;
            bytes.copy_within(start..start + kept, row * kept);
        }
        bytes.truncate(height * kept);
        if let Some(conversion) = &self.conversion {
            let mut pixels = Vec::with_capacity(width);
            for row in bytes.chunks_exact_mut(kept.max(1)) {
                pixels.clear();
                let stored = row.chunks_exact(channels);
                pixels.extend(stored.map(|pixel| [pixel[0], pixel[1], pixel[2], *pixel.get(3).unwrap_or(&255)]));
                conversion.apply(&mut pixels);
                for (pixel, converted) in row.chunks_exact_mut(channels).zip(&pixels) {
                    pixel.copy_from_slice(&converted[..channels]);
                }
            }
        }
        let size = orient::size(self.orientation, (part[2], part[3]));
        StoredPart { pixels: bytes, channels, size, orientation: self.orientation }
    }

    pub(super) fn of(stored: (u32, u32), orientation: Option<Orientation>, pixels: Pixels) -> Self {
        let orientation = orientation.unwrap_or(Orientation::NoTransforms);
        Self { stored, orientation, pixels, conversion: None, faults: Vec::new(), is_usual: true }
    }

    /// Applies the result of reading a colour profile. One that cannot be used is ignored, as browsers do.
    pub(super) fn colored(mut self, conversion: std::result::Result<Option<Conversion>, Unusable>) -> Self {
        match conversion {
            Ok(conversion) => self.conversion = conversion.or(self.conversion),
            Err(Unusable) => self.faults.push(words::picture_profile()),
        }
        self
    }

    /// Adds a tolerated fault.
    pub(super) fn with(mut self, fault: Option<Finding>) -> Self {
        self.faults.extend(fault);
        self
    }
}

/// Memory that decoding a picture takes, bytes, from its header; 0 for what [`Picture::decode`] rejects by its header.
pub fn decoded_bytes(bytes: &[u8]) -> u64 {
    let header = format(bytes).and_then(|format| Header::read(bytes, format));
    header.filter(|header| check_size(header, MIN_SIDE).is_ok()).map_or(0, |header| header.memory)
}

/// Checks what the header declares, before anything is allocated.
pub(super) fn check_size(header: &Header, min_side: u32) -> Result<()> {
    let Header { width, height, memory, .. } = *header;
    if width < min_side || height < min_side {
        return Err(invalid(words::picture_small(width, height, min_side)));
    }
    let too_large = |max_pixels| Err(invalid(words::picture_large(width, height, MAX_SIDE, max_pixels / 1_000_000)));
    if width > MAX_SIDE || height > MAX_SIDE {
        return too_large(MAX_PIXELS);
    }
    // Bytes per pixel depend on the format.
    let max_pixels = (MAX_DECODED_BYTES * header.pixels() / memory.max(1)).min(MAX_PIXELS);
    if header.pixels() > max_pixels { too_large(max_pixels) } else { Ok(()) }
}

pub(super) fn invalid(finding: Finding) -> Error {
    Error::of(ErrorKind::Invalid, finding).domain(Domain::Picture)
}

/// Detects a supported format by its signature.
pub(super) fn format(bytes: &[u8]) -> Option<ImageFormat> {
    let format = image::guess_format(bytes).ok().filter(|_| !unsupported::is_for_apps(bytes))?;
    matches!(format, ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP | ImageFormat::Gif).then_some(format)
}

/// Whether a picture can be drawn, and the faults that were tolerated. Cached for recent pictures, so that a poster whose
/// bands are all cached need not decode them again.
pub type PictureCheck = std::result::Result<Vec<Finding>, Finding>;

/// Whether an error means that the picture itself is unusable.
pub fn is_picture_error(error: &Error) -> bool {
    error.is_from(Domain::Picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_the_same_in_the_memory_of_the_picture() {
        let size = (7, 5);
        let bytes = |channels: u32| (0..size.0 * size.1 * channels).map(|n| (n * 7 % 251) as u8).collect::<Vec<_>>();
        let grey = || Conversion::Grey(Box::new(std::array::from_fn(|level| [level as u8 / 2; 3])));
        for orientation in (1..=8).filter_map(Orientation::from_exif) {
            for (name, conversion) in
                [("RGB", None), ("RGBA", None), ("RGB", Some(())), ("RGBA", Some(())), ("CMYK", None)]
            {
                let (pixels, channels, conversion) = match name {
                    "RGB" => (Pixels::Rgb(bytes(3)), 3, conversion.map(|()| grey())),
                    "RGBA" => (Pixels::Rgba(bytes(4)), 4, conversion.map(|()| grey())),
                    _ => (Pixels::Cmyk(bytes(4)), 4, Some(Conversion::Multiply)),
                };
                let mut picture = Picture::of(size, Some(orientation), pixels);
                picture.conversion = conversion;
                let ([left, top, width, height], columns) = ([2, 1, 3, 4], picture.width() as usize);
                let upright = picture.upright();
                let rows = upright.chunks_exact(columns).skip(top as usize).take(height as usize);
                let expected: Vec<_> =
                    rows.flat_map(|row| &row[left as usize..(left + width) as usize]).copied().collect();

                let memory = size.0 as usize * size.1 as usize * channels;
                let part = picture.into_part([left, top, width, height]);
                assert_eq!(part.channels, channels, "{orientation:?}, {name}");
                assert!(part.pixels.capacity() <= memory, "{orientation:?}, {name}: {} bytes", part.pixels.capacity());
                let pixels = if channels == 3 { Pixels::Rgb(part.pixels) } else { Pixels::Rgba(part.pixels) };
                let part = Picture::of(part.size, Some(part.orientation), pixels);
                assert_eq!((part.width(), part.height()), (width, height), "{orientation:?}, {name}");
                assert_eq!(part.upright(), expected, "{orientation:?}, {name}");
            }
        }
    }
}
