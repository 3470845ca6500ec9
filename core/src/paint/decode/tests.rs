//! Pictures of every format, limits by their headers, and faults.

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
    let scan = [0xff, 0xda, 0, 6 + 2 * count, count].into_iter().chain(parameters).chain(jpeg[scan + 11..].to_vec());
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

#[test]
fn a_grey_png_may_have_as_many_pixels_as_a_coloured_one() {
    // Documented in docs/http.md.
    let chunk = |kind: &[u8; 4], data: &[u8]| [&(data.len() as u32).to_be_bytes()[..], kind, data, &[0; 4]].concat();
    for (name, color, depth, is_transparent, megapixels) in [
        ("grey", 0, 8, false, 25.0),
        ("black and white", 0, 1, false, 25.0),
        ("RGB", 2, 8, false, 25.0),
        ("palette", 3, 8, false, 25.0),
        ("RGBA", 6, 8, false, 25.0),
        ("grey with a transparent colour", 0, 8, true, 16.6),
        ("grey with alpha", 4, 8, false, 16.6),
    ] {
        let is_accepted = |megapixels: f64| {
            let side = ((megapixels * 1e6).sqrt() as u32).to_be_bytes();
            let header = [&side[..], &side, &[depth, color, 0, 0, 0]].concat();
            let transparency = if is_transparent { chunk(b"tRNS", &[0, 0]) } else { Vec::new() };
            let data = chunk(b"IDAT", &[]);
            let png = [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &header), &transparency, &data].concat();
            decoded_bytes(&png) > 0
        };
        assert!(is_accepted(megapixels - 0.1) && !is_accepted(megapixels + 0.2), "{name}");
    }
}
