//! Decodes pictures within limits.

use std::{
    io::Cursor,
    panic::{AssertUnwindSafe, catch_unwind},
};

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, metadata::Orientation};

use super::{
    gif,
    header::{GifFrame, Header},
    jpeg::{
        self,
        frame::{Coding, Frame, Rare},
        segments,
    },
    orient,
    picture::{MAX_DECODED_BYTES, MIN_SIDE, Picture, Pixels, check_size, format, invalid},
    png,
    profile::{self, Channels, Conversion},
};
use crate::{
    asset::unsupported,
    error::{Error, Message, Result},
    words,
};

/// Maximum bytes of a PNG's ancillary chunks: a colour profile of a few hundred bytes may inflate to gigabytes.
const MAX_PNG_ANCILLARY: u64 = 32 << 20;

/// Maximum number of a JPEG's scans. Photos have about ten; each one takes the time of a pass over all pixels.
const MAX_SCANS: usize = 100;
/// Share of the rows of a JPEG or GIF, or of the pixels of a PNG, that may be missing in a layer.
const MAX_MISSING: f64 = 0.125;

/// What a picture is drawn by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Layer,
    /// A single px may be stretched, and rows without data are transparent, as in browsers.
    Artwork,
}

impl Picture {
    /// Decodes JPEG (including grayscale and CMYK), PNG, WebP or the first frame of an animation. Detects the format from the
    /// bytes, applies the EXIF orientation and converts colours to sRGB. A JPEG of more than 12.5 megapixels is decoded at
    /// half its width and height.
    ///
    /// # Errors
    /// `picture_web_page`, `picture_format`, `picture_small` (a side under 8 px), `picture_large` (a side over 16 000 px,
    /// over 51 megapixels, or over [`MAX_DECODED_BYTES`]), `picture_truncated`, `picture_broken`.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        Self::decode_for(bytes, |_| 1.0)
    }

    /// As [`Picture::decode`], but a JPEG may be decoded at a half, a quarter or an eighth of its width and height if that
    /// suffices. `scale` returns the factor at which a picture of a size is drawn.
    ///
    /// # Errors
    /// As [`Picture::decode`].
    pub fn decode_for(bytes: &[u8], scale: impl FnOnce((u32, u32)) -> f64) -> Result<Self> {
        Self::within(bytes, Purpose::Layer, scale)
    }

    /// As [`Picture::decode`], for artwork: a picture of a single px may be stretched, and a JPEG, PNG or GIF may end
    /// anywhere.
    ///
    /// # Errors
    /// As [`Picture::decode`], but `picture_small` only without pixels, and `picture_truncated` only before the first
    /// row.
    pub fn decode_small(bytes: &[u8]) -> Result<Self> {
        Self::within(bytes, Purpose::Artwork, |_| 1.0)
    }

    fn within(bytes: &[u8], used: Purpose, scale: impl FnOnce((u32, u32)) -> f64) -> Result<Self> {
        if bytes.is_empty() {
            return Err(invalid(words::picture_no_bytes()));
        }
        let Some(format) = format(bytes) else { return Err(invalid(unsupported::finding(bytes))) };
        // Before the decoder opens it: some decoders allocate the pixels first.
        let header = Header::read(bytes, format).ok_or_else(|| broken(format))?;
        if format == ImageFormat::Jpeg && header.height == 0 {
            return Err(invalid(words::picture_late_height()));
        }
        check_size(&header, if used == Purpose::Artwork { 1 } else { MIN_SIDE })?;
        let decoded = || match format {
            ImageFormat::Jpeg => jpeg(bytes, &header, used, scale),
            ImageFormat::Png => png(bytes, &header, used),
            ImageFormat::Gif => gif(bytes, &header, used),
            _ => other(bytes, format, &header),
        };
        // Decoders may have bugs that damaged pictures trigger, and libjpeg reports errors by unwinding. Nothing of theirs
        // outlives a panic.
        catch_unwind(AssertUnwindSafe(decoded)).unwrap_or_else(|_| Err(broken(format)))
    }
}

/// Name of a kind of JPEG.
fn coding(rare: Rare) -> Message {
    match rare {
        Rare::Lossless => words::jpeg_lossless(),
        Rare::Hierarchical => words::jpeg_hierarchical(),
        Rare::Arithmetic => words::jpeg_arithmetic(),
        Rare::Deep => words::jpeg_deep(),
    }
}

fn jpeg(bytes: &[u8], header: &Header, used: Purpose, scale: impl FnOnce((u32, u32)) -> f64) -> Result<Picture> {
    let broken = || broken(ImageFormat::Jpeg);
    let frame = Frame::read(bytes).ok_or_else(broken)?;
    match frame.coding {
        Coding::Unsupported(rare) => return Err(invalid(words::picture_coding(coding(rare)))),
        _ if frame.scans > MAX_SCANS => return Err(broken()),
        _ if !frame.has_end && !frame.is_begun() => return Err(invalid(words::picture_truncated())),
        _ => {}
    }
    let orientation = segments::exif(bytes).and_then(Orientation::from_exif_chunk);
    let size = orient::size(orientation.unwrap_or(Orientation::NoTransforms), (frame.width, frame.height));
    let eighths = match scale(size) {
        share if share <= 0.125 => 1,
        share if share <= 0.25 => 2,
        share if share <= 0.5 || header.is_halved => 4,
        _ => 8,
    };
    let decoded = jpeg::decode(bytes, &frame, eighths).ok_or_else(broken)?;
    let is_cut = used == Purpose::Artwork && decoded.channels == 3 && decoded.whole_rows < decoded.size.1;
    // In artwork, what is missing before an end is drawn as in browsers.
    let is_missing = f64::from(decoded.missing_rows) > f64::from(decoded.size.1) * MAX_MISSING
        && (used == Purpose::Layer || !frame.has_end);
    if (is_missing && !is_cut) || (is_cut && decoded.whole_rows == 0) {
        return Err(invalid(words::picture_truncated()));
    }
    let whole = (decoded.size.0 * decoded.whole_rows) as usize;
    let (pixels, channels, conversion) = match decoded.channels {
        _ if is_cut && frame.count == 1 => (Pixels::Rgba(with_alpha(decoded.pixels, whole)), Channels::Grey, None),
        _ if is_cut => (Pixels::Rgba(with_alpha(decoded.pixels, whole)), Channels::Rgb, None),
        4 => (Pixels::Cmyk(decoded.pixels), Channels::InvertedCmyk, Some(Conversion::Multiply)),
        _ if frame.count == 1 => (Pixels::Rgb(decoded.pixels), Channels::Grey, None),
        _ => (Pixels::Rgb(decoded.pixels), Channels::Rgb, None),
    };
    let picture = Picture { conversion, is_usual: decoded.is_usual, ..Picture::of(decoded.size, orientation, pixels) };
    let picture = picture
        .with((!frame.has_end).then(|| words::picture_without_end("JPEG")))
        .with(decoded.is_damaged.then(|| words::picture_damaged("JPEG")));
    Ok(match segments::icc(bytes, profile::MAX_BYTES) {
        Some(icc) => picture.colored(profile::icc(&icc, channels)),
        None => picture,
    })
}

/// RGB pixels with alpha, in the same memory: opaque ones, followed by transparent ones.
fn with_alpha(mut pixels: Vec<u8>, opaque: usize) -> Vec<u8> {
    let size = pixels.len() / 3 * 4;
    pixels.reserve_exact(size - pixels.len());
    pixels.resize(size, 0);
    for px in (0..opaque).rev() {
        let [r, g, b] = [0, 1, 2].map(|channel| pixels[3 * px + channel]);
        pixels[4 * px..4 * px + 4].copy_from_slice(&[r, g, b, 255]);
    }
    pixels[4 * opaque..].fill(0);
    pixels
}

fn png(bytes: &[u8], header: &Header, used: Purpose) -> Result<Picture> {
    let read = png::read(bytes);
    let (frame, is_malformed) = match png::first_frame(&read.bytes) {
        Ok(frame) => (frame, false),
        Err(png::Malformed) => (None, true),
    };
    let still = if is_malformed { png::still(&read.bytes) } else { Vec::new() };
    let (file, own) = match &frame {
        Some(frame) => (&frame.bytes[..], Header { width: frame.place[2], height: frame.place[3], ..*header }),
        None if is_malformed => (&still[..], *header),
        None => (&*read.bytes, *header),
    };
    let mut is_partial = false;
    let picture = match other(file, ImageFormat::Png, &own) {
        Err(error) if error.code() == words::picture_broken::CODE => {
            is_partial = true;
            let refused = if read.has_no_end { invalid(words::picture_truncated_png()) } else { error };
            partial(file, &own, used).ok_or(refused)?
        }
        picture => picture?,
    };
    let picture = match frame {
        Some(frame) => {
            let size = (header.width, header.height);
            let pixels = Pixels::Rgba(on_canvas(rgba(picture.pixels), frame.place, size));
            Picture { stored: size, pixels, is_usual: false, ..picture }
        }
        None => picture,
    };
    let picture = picture
        .with(read.has_wrong_checksum.then(words::picture_checksum))
        .with(read.has_no_end.then(|| words::picture_without_end("PNG")))
        .with((is_malformed || is_partial && !read.has_no_end).then(|| words::picture_damaged("PNG")));
    Ok(match read.colors {
        // `cICP` precedes a profile.
        Some(colors) => Picture { conversion: None, ..picture }.colored(profile::png(colors)),
        None => picture,
    })
}

/// A PNG whose pixels end early or are damaged: its rows or passes before, as browsers draw it. The rest is transparent.
fn partial(bytes: &[u8], header: &Header, used: Purpose) -> Option<Picture> {
    let share = match used {
        Purpose::Layer => 1.0 - MAX_MISSING,
        Purpose::Artwork => 0.0,
    };
    let png::Completed { bytes, passes } = png::completed(bytes, share)?;
    let picture = other(&bytes, ImageFormat::Png, header).ok()?;
    drop(bytes);
    let mut pixels = rgba(picture.pixels);
    passes.fill(&mut pixels, header.width as usize);
    Some(Picture { pixels: Pixels::Rgba(pixels), ..picture })
}

/// Pixels with alpha.
fn rgba(pixels: Pixels) -> Vec<u8> {
    match pixels {
        Pixels::Rgb(pixels) => {
            let count = pixels.len() / 3;
            with_alpha(pixels, count)
        }
        Pixels::Rgba(pixels) | Pixels::Cmyk(pixels) => pixels,
    }
}

/// RGBA pixels of a frame on a canvas of this width and height in px, which contains it. `place`: its left edge, top edge, width and
/// height on the canvas.
fn on_canvas(pixels: Vec<u8>, place: [u32; 4], (width, height): (u32, u32)) -> Vec<u8> {
    if place == [0, 0, width, height] {
        return pixels;
    }
    let [left, top, own_width, _] = place.map(|px| px as usize);
    let mut canvas = vec![0; width as usize * height as usize * 4];
    let rows = canvas.chunks_exact_mut(width as usize * 4).skip(top);
    for (to, from) in rows.zip(pixels.chunks_exact((own_width * 4).max(1))) {
        to[left * 4..(left + own_width) * 4].copy_from_slice(from);
    }
    canvas
}

/// The first frame of a GIF, as far as its data goes.
fn gif(bytes: &[u8], header: &Header, used: Purpose) -> Result<Picture> {
    let broken = || broken(ImageFormat::Gif);
    let frame = GifFrame::read(bytes).ok_or_else(broken)?;
    let own = gif::alone(bytes, &frame);
    let mut decoder = open(&own, ImageFormat::Gif).map_err(|error| broken().source(error))?;
    if decoder.dimensions() != (frame.width, frame.height) {
        return Err(broken());
    }
    let icc = decoder.icc_profile().ok().flatten();
    let (mut pixels, mut is_cut) = (gif::unread(&frame), false);
    if let Err(error) = decoder.read_image(&mut pixels) {
        let missing = gif::missing_rows(&pixels, &frame);
        let is_refused = used == Purpose::Layer && f64::from(missing) > f64::from(frame.height) * MAX_MISSING;
        if is_refused || missing == frame.height {
            return Err(broken().source(error));
        }
        gif::repeat_rows(&mut pixels, &frame);
        is_cut = true;
    }
    let is_damaged = gif::clear(&mut pixels) || is_cut;
    let size = (header.width, header.height);
    let place = [frame.left, frame.top, frame.width, frame.height];
    let picture = Picture::of(size, None, Pixels::Rgba(on_canvas(pixels, place, size)));
    // The first frame may be smaller than the screen, which usvg does not know.
    let picture = Picture { is_usual: false, ..picture }.with(is_damaged.then(|| words::picture_damaged("GIF")));
    Ok(match icc {
        Some(icc) => picture.colored(profile::icc(&icc, Channels::Rgb)),
        None => picture,
    })
}

fn other(bytes: &[u8], format: ImageFormat, header: &Header) -> Result<Picture> {
    let failed = |error: image::ImageError| match error {
        image::ImageError::Limits(_) => invalid(words::picture_memory()),
        error => broken(format).source(error),
    };
    let mut decoder = open(bytes, format).map_err(failed)?;
    let stored = decoder.dimensions();
    if stored != (header.width, header.height) {
        return Err(broken(format));
    }
    let orientation = decoder.orientation().map_err(failed)?;
    let icc = decoder.icc_profile().ok().flatten();
    let channels = if decoder.color_type().has_color() { Channels::Rgb } else { Channels::Grey };
    let pixels = match DynamicImage::from_decoder(decoder).map_err(failed)? {
        DynamicImage::ImageRgb8(rgb) => Pixels::Rgb(rgb.into_raw()),
        other if other.color().has_alpha() => Pixels::Rgba(other.into_rgba8().into_raw()),
        other => Pixels::Rgb(other.into_rgb8().into_raw()),
    };
    let picture = Picture::of(stored, Some(orientation), pixels);
    Ok(match icc {
        Some(icc) => picture.colored(profile::icc(&icc, channels)),
        None => picture,
    })
}

/// Opens a decoder whose memory is limited to what the largest picture needs.
fn open(bytes: &[u8], format: ImageFormat) -> image::ImageResult<impl ImageDecoder> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = image::Limits::default();
    // A second bound besides the header's. The PNG decoder does not count the pixels.
    limits.max_alloc = Some(if format == ImageFormat::Png { MAX_PNG_ANCILLARY } else { MAX_DECODED_BYTES });
    reader.limits(limits);
    reader.into_decoder()
}

fn name(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::Png => "PNG",
        ImageFormat::WebP => "WebP",
        _ => "GIF",
    }
}

fn broken(format: ImageFormat) -> Error {
    invalid(words::picture_broken(name(format)))
}

#[cfg(test)]
mod tests;
