//! Names files that are no pictures of a supported format, so that a finding tells what to convert.

use crate::{error::Finding, words};

/// Sizes of the header that follows that of a BMP's file, bytes.
const BMP_HEADERS: [u8; 7] = [12, 40, 52, 56, 64, 108, 124];
/// Signature of a PNG, and its first chunk as Xcode writes it for apps.
const CGBI: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x04CgBI";

/// Whether a PNG is one for iOS apps. Its pixels are compressed otherwise, in another order, and no browser shows it.
pub fn is_for_apps(bytes: &[u8]) -> bool {
    bytes.starts_with(CGBI)
}

/// What a file that begins with `<` contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Markup {
    /// An `<svg` is near its start.
    Svg,
    /// Most likely a web page.
    WebPage,
}

/// The markup in a file, by its first 4 KiB: a byte order mark and white space may precede it. `None` for other files.
pub fn markup(bytes: &[u8]) -> Option<Markup> {
    /// Bytes that are looked at: a text begins with few spaces.
    const MAX: usize = 4096;
    /// Bytes of the text among which `<svg` is, after declarations and comments.
    const MAX_TAG: usize = 1000;
    let start = &bytes[..bytes.len().min(MAX)];
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    if text.first() != Some(&b'<') {
        return None;
    }
    let is_svg = text[..text.len().min(MAX_TAG)].windows(4).any(|tag| tag.eq_ignore_ascii_case(b"<svg"));
    Some(if is_svg { Markup::Svg } else { Markup::WebPage })
}

/// The finding for a file that is not a supported picture.
pub fn finding(bytes: &[u8]) -> Finding {
    if markup(bytes).is_some() {
        return words::picture_web_page();
    }
    named(bytes).unwrap_or_else(words::picture_format)
}

/// The finding for a format that is known, but not supported.
pub fn named(bytes: &[u8]) -> Option<Finding> {
    Some(match bytes {
        _ if is_for_apps(bytes) => words::picture_for_apps(),
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => match brand.get(..4)? {
            b"avif" | b"avis" => words::picture_avif(),
            b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => words::picture_heic(),
            _ => words::picture_video(),
        },
        [b'B', b'M', ..] if is_bmp(bytes) => words::picture_bmp(),
        [b'I', b'I', b'*' | b'+', 0, ..] | [b'M', b'M', 0, b'*' | b'+', ..] => words::picture_tiff(),
        [0xff, 0x0a, ..] | [0, 0, 0, 0x0c, b'J', b'X', b'L', b' ', ..] => words::picture_other("JPEG XL"),
        [0xff, 0x4f, 0xff, 0x51, ..] | [0, 0, 0, 0x0c, b'j', b'P', b' ', b' ', ..] => words::picture_other("JPEG 2000"),
        [0, 0, 1, 0, count, 0, ..] if *count > 0 => words::picture_other("ICO"),
        [b'8', b'B', b'P', b'S', ..] => words::picture_other("PSD"),
        [b'%', b'P', b'D', b'F', ..] => words::picture_document("PDF"),
        [b'%', b'!', b'P', b'S', ..] | [0xc5, 0xd0, 0xd3, 0xc6, ..] => words::picture_document("EPS"),
        _ => return None,
    })
}

/// Whether a file that begins with `BM` has the header of a bitmap.
fn is_bmp(bytes: &[u8]) -> bool {
    matches!(bytes.get(14..18), Some([size, 0, 0, 0]) if BMP_HEADERS.contains(size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_named() {
        let bmp = [&b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0"[..], &[40, 0, 0, 0]].concat();
        let files: [(&[u8], &str); 14] = [
            (&bmp, "BMP"),
            (b"II*\0\x08\0\0\0", "TIFF"),
            (b"MM\0*\0\0\0\x08", "TIFF"),
            (b"MM\0+\0\x08\0\0", "TIFF"),
            (b"%PDF-1.7", "PDF"),
            (b"%!PS-Adobe-3.0 EPSF-3.0", "EPS"),
            (b"8BPS\0\x01", "PSD"),
            (b"\0\0\x01\0\x01\0\x10\x10", "ICO"),
            (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
            (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
            (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
            (b"\0\0\0\x1cftypavif\0\0\0\0", "AVIF"),
            (b"\0\0\0\x14ftypqt  \0\0\0\0", "video"),
            (b"\x89PNG\r\n\x1a\n\0\0\0\x04CgBI\x50\0\x20\x02", "iOS apps"),
        ];
        for (bytes, name) in files {
            let finding = finding(bytes);
            assert_eq!((finding.code, finding.message.contains(name)), ("picture_format", true), "{}", finding.message);
            assert!(finding.hint.is_some_and(|hint| !hint.is_empty()), "{name}");
        }
        for bytes in [&b"BMW"[..], b"BM and nothing of a bitmap", b"text", b"\0\0\x01\0\0\0", b"\x89PNG\r\n\x1a\n"] {
            assert_eq!(named(bytes), None, "{bytes:?}");
        }
        assert_eq!(finding(b"\xef\xbb\xbf <html>").code, "picture_web_page");
    }

    #[test]
    fn markup_is_known_by_its_start() {
        let late = |length: usize| [vec![b' '; length], b"<svg>".to_vec()].concat();
        let after = |length: usize| [b"<!--".to_vec(), vec![b'x'; length], b"--><svg>".to_vec()].concat();
        for (bytes, expected) in [
            (b"\xef\xbb\xbf\r\n <html>".to_vec(), Some(Markup::WebPage)),
            (b"<?xml version='1.0'?><SVG>".to_vec(), Some(Markup::Svg)),
            (late(4000), Some(Markup::Svg)),
            (late(1 << 20), None),
            (after(900), Some(Markup::Svg)),
            (after(1000), Some(Markup::WebPage)),
            (b"a <svg>".to_vec(), None),
            (Vec::new(), None),
        ] {
            assert_eq!(markup(&bytes), expected, "{:?}", &bytes[..bytes.len().min(20)]);
        }
    }
}
