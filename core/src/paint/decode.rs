//! Decodes pictures within limits.

use std::{
    io::Cursor,
    panic::{AssertUnwindSafe, catch_unwind},
};

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, metadata::Orientation};

use super::{
    header::{self, Header},
    jpeg::{
        self, Decoded,
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
/// Share of a JPEG's rows that may be missing in a layer.
const MAX_MISSING: f64 = 0.125;

/// What a picture is drawn by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Layer,
    /// A single px may be stretched, and rows without data are transparent, as in browsers.
    Artwork,
}

impl Picture {
    /// Decodes JPEG (including grayscale and CMYK), PNG, WebP or the first frame of a GIF. Detects the format from the
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

    /// As [`Picture::decode`], for artwork: a picture of a single px may be stretched, and a JPEG may end anywhere.
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
        check_size(&header, if used == Purpose::Artwork { 1 } else { MIN_SIDE })?;
        let decoded = || match format {
            ImageFormat::Jpeg => jpeg(bytes, &header, used, scale),
            ImageFormat::Png => png(bytes, &header),
            ImageFormat::Gif => gif(bytes, &header),
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
    let is_missing = f64::from(decoded.missing_rows) > f64::from(decoded.size.1) * MAX_MISSING;
    if (is_missing && !is_cut) || (is_cut && decoded.whole_rows == 0) {
        return Err(invalid(words::picture_truncated()));
    }
    let (pixels, channels, conversion) = match decoded.channels {
        _ if is_cut && frame.count == 1 => (Pixels::Rgba(cut(&decoded)), Channels::Grey, None),
        _ if is_cut => (Pixels::Rgba(cut(&decoded)), Channels::Rgb, None),
        4 => (Pixels::Cmyk(decoded.pixels), Channels::InvertedCmyk, Some(Conversion::Multiply)),
        _ if frame.count == 1 => (Pixels::Rgb(decoded.pixels), Channels::Grey, None),
        _ => (Pixels::Rgb(decoded.pixels), Channels::Rgb, None),
    };
    let picture = Picture { conversion, is_usual: frame.is_plain(), ..Picture::of(decoded.size, orientation, pixels) };
    let picture = picture.with((!frame.has_end).then(|| words::picture_without_end("JPEG")));
    Ok(match segments::icc(bytes, profile::MAX_BYTES) {
        Some(icc) => picture.colored(profile::icc(&icc, channels)),
        None => picture,
    })
}

/// The pixels of a JPEG whose end is missing, transparent where browsers show none.
fn cut(decoded: &Decoded) -> Vec<u8> {
    let whole = (decoded.size.0 * decoded.whole_rows) as usize;
    let mut pixels: Vec<u8> =
        decoded.pixels.as_chunks().0[..whole].iter().flat_map(|&[r, g, b]| [r, g, b, 255]).collect();
    pixels.resize((decoded.size.0 * decoded.size.1) as usize * 4, 0);
    pixels
}

fn png(bytes: &[u8], header: &Header) -> Result<Picture> {
    let read = png::read(bytes);
    let picture = match other(&read.bytes, ImageFormat::Png, header) {
        Err(_) if read.has_no_end => return Err(invalid(words::picture_truncated_png())),
        picture => picture?,
    };
    let picture = picture
        .with(read.has_wrong_checksum.then(words::picture_checksum))
        .with(read.has_no_end.then(|| words::picture_without_end("PNG")));
    Ok(match read.colors {
        // `cICP` precedes a profile.
        Some(colors) => Picture { conversion: None, ..picture }.colored(profile::png(colors)),
        None => picture,
    })
}

fn gif(bytes: &[u8], header: &Header) -> Result<Picture> {
    let enlarged = header::gif_enlarged(bytes);
    let picture = other(enlarged.as_deref().unwrap_or(bytes), ImageFormat::Gif, header)?;
    // The first frame may be smaller than the screen, which usvg does not know.
    Ok(Picture { is_usual: false, ..picture })
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
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;
    use crate::paint::picture::decoded_bytes;

    fn encode(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        picture.into().write_to(&mut out, format).expect("encodes");
        out.into_inner()
    }

    fn halves(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, _| if x < width / 2 { Rgb([200, 10, 10]) } else { Rgb([10, 10, 200]) })
    }

    fn code_of(bytes: &[u8]) -> &'static str {
        Picture::decode(bytes).map(|_| "ok").unwrap_or_else(|e| e.code())
    }

    #[test]
    fn every_format_is_decoded() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
            assert_eq!(code_of(&encode(halves(40, 20), format)), "ok", "{format:?}");
        }
        assert_eq!(code_of(&encode(image::GrayImage::new(20, 20), ImageFormat::Jpeg)), "ok");
        assert_eq!(code_of(&encode(image::DynamicImage::new_rgb16(20, 20), ImageFormat::Png)), "ok");
    }

    #[test]
    fn unusable_pictures_have_error_codes() {
        let jpeg = encode(halves(400, 300), ImageFormat::Jpeg);
        assert_eq!(code_of(b"  <!doctype html><html>"), "picture_web_page");
        assert_eq!(code_of(b"%PDF-1.7"), "picture_format");
        assert_eq!(code_of(b""), "picture_broken");
        assert_eq!(code_of(&jpeg[..jpeg.len() / 2]), "picture_broken");
        let png = encode(halves(400, 300), ImageFormat::Png);
        assert_eq!(code_of(&png[..png.len() / 2]), "picture_broken");
        assert_eq!(code_of(&encode(halves(1, 1), ImageFormat::Png)), "picture_small");
        assert_eq!(code_of(&encode(RgbImage::new(20_000, 10), ImageFormat::Png)), "picture_large");
    }

    #[test]
    fn a_decompression_bomb_is_rejected_before_decoding() {
        // A PNG header that declares 16 000 x 16 000 px, followed by almost no data.
        let mut png = encode(halves(16, 16), ImageFormat::Png);
        png[16..24].copy_from_slice(&[0, 0, 0x3e, 0x80, 0, 0, 0x3e, 0x80]);
        let crc = crc32fast::hash(&png[12..29]);
        png[29..33].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(code_of(&png), "picture_large");
        for side in [u32::MAX, i32::MAX.cast_unsigned(), 1 << 24] {
            png[16..24].copy_from_slice(&[side.to_be_bytes(), side.to_be_bytes()].concat());
            assert_eq!((code_of(&png), decoded_bytes(&png)), ("picture_large", 0), "{side}");
        }
    }

    #[test]
    fn the_largest_sides_of_a_png_are_rejected() {
        for color in [2, 6] {
            let mut png = encode(halves(16, 16), ImageFormat::Png);
            png[16..24].copy_from_slice(&[0xff; 8]);
            (png[24], png[25]) = (16, color);
            assert_eq!((decoded_bytes(&png), code_of(&png)), (0, "picture_large"));
        }
    }

    /// A JPEG whose frame header declares another kind and size.
    fn declared(kind: u8, side: u16) -> Vec<u8> {
        let mut jpeg = encode(halves(64, 64), ImageFormat::Jpeg);
        let at = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).expect("a baseline JPEG");
        jpeg[at + 1] = kind;
        let side = side.to_be_bytes();
        jpeg[at + 5..at + 9].copy_from_slice(&[side[0], side[1], side[0], side[1]]);
        jpeg
    }

    #[test]
    fn the_limit_of_pixels_follows_the_memory_that_a_format_takes() {
        let gif = |side: u16| {
            let mut gif = encode(halves(16, 16), ImageFormat::Gif);
            gif[6..10].copy_from_slice(&[side.to_le_bytes(), side.to_le_bytes()].concat());
            gif
        };
        let (baseline, progressive) = (0xc0, 0xc2);
        for (name, small, large) in [
            ("baseline", declared(baseline, 7100), declared(baseline, 7200)),
            ("progressive", declared(progressive, 3600), declared(progressive, 4000)),
            ("GIF", gif(3500), gif(3600)),
        ] {
            assert!((1..=MAX_DECODED_BYTES).contains(&decoded_bytes(&small)), "{name}: {}", decoded_bytes(&small));
            assert_eq!((decoded_bytes(&large), code_of(&large)), (0, "picture_large"), "{name}");
        }
        assert_eq!(decoded_bytes(b"GIF89a"), 0);
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
            let bytes = decoded_bytes(&encode(halves(400, 300), format));
            assert!((400 * 300 * 3..=400 * 300 * 12).contains(&bytes), "{format:?}: {bytes}");
        }
    }

    /// As [`declared`], with the sampling factors of each component.
    fn sampled(side: u16, factors: &[u8]) -> Vec<u8> {
        let jpeg = declared(0xc2, side);
        let at = jpeg.windows(2).position(|pair| pair == [0xff, 0xc2]).expect("a progressive JPEG");
        let scan = jpeg.windows(2).position(|pair| pair == [0xff, 0xda]).expect("a scan");
        let count = factors.len() as u8;
        let components = (1..).zip(factors).flat_map(|(id, factors)| [id, *factors, 0]);
        let parameters = (1..=count).flat_map(|id| [id, 0]);
        let head = [&jpeg[..at + 2], &[0, 8 + 3 * count], &jpeg[at + 4..at + 9], &[count]].concat();
        let frame = head.into_iter().chain(components);
        let scan =
            [0xff, 0xda, 0, 6 + 2 * count, count].into_iter().chain(parameters).chain(jpeg[scan + 11..].to_vec());
        frame.chain(scan).collect()
    }

    #[test]
    fn the_limit_of_a_progressive_jpeg_depends_on_its_components_alone() {
        // Documented in docs/http.md. None is refused that is smaller than one that is accepted.
        for (name, factors, megapixels) in [
            ("grey", &[0x11][..], 33),
            ("4:2:0", &[0x22, 0x11, 0x11], 26),
            ("4:2:2", &[0x21, 0x11, 0x11], 21),
            ("4:4:4", &[0x11, 0x11, 0x11], 14),
            ("CMYK", &[0x11, 0x11, 0x11, 0x11], 11),
        ] {
            let is_accepted = |megapixels: f64| decoded_bytes(&sampled((megapixels * 1e6).sqrt() as u16, factors)) > 0;
            let accepted: Vec<_> = (1..100).map(|half| is_accepted(f64::from(half) / 2.0)).collect();
            let limit = accepted.iter().position(|is_accepted| !is_accepted).expect("a limit");
            assert_eq!((limit / 2, accepted[limit..].contains(&true)), (megapixels, false), "{name}");
        }
    }

    #[test]
    fn a_frame_larger_than_its_gif_is_counted() {
        let mut gif = encode(halves(16, 16), ImageFormat::Gif);
        let at = gif.windows(9).position(|w| w == [0x2c, 0, 0, 0, 0, 16, 0, 16, 0]).expect("a frame");
        let mut framed = |side: u16| {
            gif[at + 5..at + 9].copy_from_slice(&[side.to_le_bytes(), side.to_le_bytes()].concat());
            (decoded_bytes(&gif), code_of(&gif))
        };
        // The pixels are missing.
        assert_eq!(framed(3500), (8 * 3500 * 3500, "picture_broken"));
        assert_eq!(framed(3600), (0, "picture_large"));
    }

    #[test]
    fn a_huge_colour_profile_is_dropped() {
        // 64 MiB of zeros as iCCP, between IHDR and IDAT.
        let mut packed = b"profile\0\0".to_vec();
        let mut zlib = flate2::write::ZlibEncoder::new(&mut packed, flate2::Compression::fast());
        std::io::Write::write_all(&mut zlib, &vec![0; 64 << 20]).expect("deflates");
        zlib.finish().expect("deflates");
        let mut chunk = [b"iCCP", &packed[..]].concat();
        let crc = crc32fast::hash(&chunk);
        chunk.splice(0..0, (packed.len() as u32).to_be_bytes());
        chunk.extend(crc.to_be_bytes());
        let mut png = encode(halves(16, 16), ImageFormat::Png);
        png.splice(33..33, chunk);
        let profile = open(&png, ImageFormat::Png).and_then(|mut decoder| decoder.icc_profile()).expect("opens");
        assert_eq!(profile.map(|p| p.len()), None, "the profile is dropped before it is fully inflated");
        assert_eq!(code_of(&png), "ok", "the picture itself is fine");
    }

    #[test]
    fn exif_orientation_is_applied() {
        // An APP1 segment with orientation 6 (rotate clockwise by 90 degrees) after SOI.
        let jpeg = encode(halves(64, 32), ImageFormat::Jpeg);
        let tiff = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let mut turned = jpeg[..2].to_vec();
        turned.extend([0xff, 0xe1]);
        turned.extend((tiff.len() as u16 + 2).to_be_bytes());
        turned.extend(tiff);
        turned.extend(&jpeg[2..]);
        let picture = Picture::decode(&turned).expect("decodes");
        assert_eq!((picture.width(), picture.height()), (32, 64));
        let pixels = picture.part((32, 64), [0.0, 0.0, 32.0, 64.0]).expect("fits");
        assert!(pixels[16][0] > 150 && pixels[63 * 32 + 16][2] > 150, "red is on top after rotation");
    }
}
