//! Hostile pictures: damaged, with lying headers, bombs, and files of two formats.

use std::io::Write;

/// A named picture.
pub type Sample = (String, Vec<u8>);

macro_rules! samples {
    ($($name:literal)*) => { &[$(($name, include_bytes!(concat!("../vectors/pictures/", $name)))),*] };
}

/// Valid pictures of 96 x 72 px (`rgb.png`: 48 x 36 px).
pub const SAMPLES: &[(&str, &[u8])] = samples!(
    "baseline.jpg" "progressive.jpg" "rgb.png" "palette.png" "lossy.webp" "lossless.webp" "alpha.webp" "animated.webp"
    "animated-alpha.webp" "palette.gif" "animated.gif"
);

/// The sample with this name.
pub fn sample(name: &str) -> Vec<u8> {
    SAMPLES.iter().find(|(known, _)| *known == name).map(|(_, bytes)| bytes.to_vec()).expect("a sample")
}

/// A sample whose header declares another size. `None` if the format cannot express it.
pub fn with_size(name: &str, width: u32, height: u32) -> Option<Vec<u8>> {
    let mut bytes = sample(name);
    let (short_width, short_height) = (u16::try_from(width).ok(), u16::try_from(height).ok());
    match name.rsplit('.').next() {
        Some("jpg") => {
            let at = frame(&bytes);
            bytes[at + 5..at + 7].copy_from_slice(&short_height?.to_be_bytes());
            bytes[at + 7..at + 9].copy_from_slice(&short_width?.to_be_bytes());
        }
        Some("png") => {
            bytes[16..20].copy_from_slice(&width.to_be_bytes());
            bytes[20..24].copy_from_slice(&height.to_be_bytes());
            let crc = crc32fast::hash(&bytes[12..29]);
            bytes[29..33].copy_from_slice(&crc.to_be_bytes());
        }
        Some("gif") => {
            bytes[6..8].copy_from_slice(&short_width?.to_le_bytes());
            bytes[8..10].copy_from_slice(&short_height?.to_le_bytes());
        }
        _ => match &bytes[12..16] {
            b"VP8X" => {
                bytes[24..27].copy_from_slice(&width.checked_sub(1)?.to_le_bytes()[..3]);
                bytes[27..30].copy_from_slice(&height.checked_sub(1)?.to_le_bytes()[..3]);
            }
            b"VP8L" => {
                let size = width.checked_sub(1)? | height.checked_sub(1)? << 14;
                bytes[21..25].copy_from_slice(&size.to_le_bytes());
            }
            _ => {
                bytes[26..28].copy_from_slice(&short_width?.to_le_bytes());
                bytes[28..30].copy_from_slice(&short_height?.to_le_bytes());
            }
        },
    }
    Some(bytes)
}

/// Position of a JPEG's frame header.
fn frame(jpeg: &[u8]) -> usize {
    jpeg.windows(2).position(|pair| matches!(pair, [0xff, 0xc0 | 0xc2])).expect("a frame header")
}

/// Small files that claim or expand to much more. Those that can be decoded have a megapixel or two: in debug builds the
/// decoders are slow.
pub fn bombs() -> Vec<Sample> {
    let mut all = Vec::new();
    let mut add = |name: &str, bytes: Vec<u8>| all.push((name.to_owned(), bytes));
    for (name, width, height) in [
        ("rgb.png", 6000, 6000),
        ("rgb.png", 16_000, 2400),
        ("rgb.png", 0x7fff_ffff, 0x7fff_ffff),
        ("palette.png", 6000, 6000),
        ("baseline.jpg", 1000, 1000),
        ("baseline.jpg", 65_535, 65_535),
        ("progressive.jpg", 1000, 1000),
        ("lossy.webp", 1000, 1000),
        ("lossless.webp", 1000, 1000),
        ("lossless.webp", 16_384, 16_384),
        ("alpha.webp", 4000, 3000),
        ("animated.webp", 1000, 1000),
        ("animated.webp", 1 << 24, 1 << 24),
        ("palette.gif", 1000, 1000),
        ("palette.gif", 65_535, 65_535),
    ] {
        add(&format!("{name} of {width} x {height}"), with_size(name, width, height).expect("a size"));
    }
    add("a frame of 6000 x 6000 px in a small GIF", gif_with_frame(6000, 6000));
    add("a frame of 65 535 x 65 535 px in a small GIF", gif_with_frame(65_535, 65_535));
    for name in ["alpha.webp", "animated.webp", "animated-alpha.webp"] {
        add(&format!("{name} with a larger picture inside"), with_inner_size(name, 16_000));
    }
    add("a GIF of 8000 frames", gif_of_frames(8000));
    add("a PNG of zeros", zeros(1500, 1500));
    let much = deflated(64 << 20);
    add("64 MiB as iCCP", with_chunk(b"iCCP", &[&b"profile\0\0"[..], &much].concat()));
    add("64 MiB as zTXt", with_chunk(b"zTXt", &[&b"Comment\0\0"[..], &much].concat()));
    add("64 MiB as iTXt", with_chunk(b"iTXt", &[&b"Comment\0\x01\0\0\0"[..], &much].concat()));
    add("4 MiB as eXIf", with_chunk(b"eXIf", &vec![b'M'; 4 << 20]));
    add("100 000 empty chunks", with_chunks(b"teXt", b"", 100_000));
    add("a profile of 220 segments", jpeg_with(&profile(220)));
    add("200 segments of EXIF", jpeg_with(&vec![(0xe1, exif(1, 3, 1)); 200]));
    add("14 MB of comments", jpeg_with(&vec![(0xfe, vec![b'x'; 65_533]); 220]));
    add("a progressive JPEG of 5000 scans", with_scans("progressive.jpg", 96, 72, 5000));
    add("a progressive JPEG of 1000 x 1000 px and 1000 scans", with_scans("progressive.jpg", 1000, 1000, 1000));
    all
}

/// JPEGs whose EXIF has an orientation that does not exist, or is damaged.
pub fn orientations() -> Vec<Sample> {
    let mut all: Vec<_> = [0_u16, 9, 255, 256, 0xffff]
        .into_iter()
        .map(|value| (format!("orientation {value}"), jpeg_with(&[(0xe1, exif(value, 3, 1))])))
        .collect();
    for (name, exif) in [
        ("of another type", exif(6, 2, 1)),
        ("of an unknown type", exif(6, 0xffff, 1)),
        ("with four billion values", exif(6, 3, u32::MAX)),
        ("in a directory beyond the end", [&b"Exif\0\0MM\0*"[..], &[0xff; 4], b"\0\x01"].concat()),
        ("in a directory that contains itself", [&b"Exif\0\0MM\0*"[..], &[0, 0, 0, 0], b"\xff\xff"].concat()),
        ("without a directory", b"Exif\0\0MM\0*".to_vec()),
        ("of neither byte order", b"Exif\0\0XX\0*\0\0\0\x08\0\x01".to_vec()),
    ] {
        all.push((format!("orientation {name}"), jpeg_with(&[(0xe1, exif)])));
    }
    all
}

/// Files that are valid in two formats: a picture and a script, a page or an archive.
pub fn polyglots() -> Vec<Sample> {
    let script = b"=1;/*\0*/alert(document.domain)//";
    let page = b"<!doctype html><html><script>alert(document.domain)</script></html>";
    let zip = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let joined = |name: &str, tail: &[u8]| [sample(name), tail.to_vec()].concat();
    vec![
        ("GIF and JavaScript".to_owned(), [&b"GIF89a"[..], script].concat()),
        ("GIF, then JavaScript".to_owned(), joined("palette.gif", script)),
        ("JPEG, then HTML".to_owned(), joined("baseline.jpg", page)),
        ("HTML in a comment of a JPEG".to_owned(), jpeg_with(&[(0xfe, page.to_vec())])),
        ("PNG, then ZIP".to_owned(), joined("rgb.png", zip)),
        ("HTML in a text of a PNG".to_owned(), with_chunk(b"tEXt", &[&b"Comment\0"[..], page].concat())),
        ("WebP, then PDF".to_owned(), joined("lossy.webp", b"%PDF-1.7\n%%EOF")),
        ("JPEG, then another JPEG".to_owned(), joined("baseline.jpg", &sample("baseline.jpg"))),
        ("a PNG named as GIF".to_owned(), [&b"GIF89a"[..], &sample("rgb.png")[6..]].concat()),
        ("SVG".to_owned(), b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>".to_vec()),
        ("SVG after a declaration".to_owned(), b"\xef\xbb\xbf<?xml version=\"1.0\"?><svg/>".to_vec()),
        ("HTML".to_owned(), page.to_vec()),
        ("ZIP".to_owned(), zip.to_vec()),
        ("a playlist".to_owned(), b"#EXTM3U\nfile:///etc/passwd".to_vec()),
        ("a script of ImageMagick".to_owned(), b"push graphic-context\nfill 'url(http://127.0.0.1/)'".to_vec()),
    ]
}

fn deflated(zeros: usize) -> Vec<u8> {
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    let part = vec![0; 1 << 20];
    (0..zeros >> 20).for_each(|_| zlib.write_all(&part).expect("deflates"));
    zlib.write_all(&part[..zeros & 0xf_ffff]).expect("deflates");
    zlib.finish().expect("deflates")
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [kind, data].concat();
    [&(data.len() as u32).to_be_bytes()[..], &body, &crc32fast::hash(&body).to_be_bytes()].concat()
}

/// A PNG with another chunk after its header.
fn with_chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    with_chunks(kind, data, 1)
}

fn with_chunks(kind: &[u8; 4], data: &[u8], count: usize) -> Vec<u8> {
    let mut png = sample("rgb.png");
    png.splice(33..33, chunk(kind, data).repeat(count));
    png
}

/// A valid grey PNG of zeros.
fn zeros(width: u32, height: u32) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    let data = deflated((width as usize + 1) * height as usize);
    [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &header), &chunk(b"IDAT", &data), &chunk(b"IEND", b"")].concat()
}

/// A JPEG with other segments (marker, content) at its start.
fn jpeg_with(segments: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut jpeg = sample("baseline.jpg");
    let all = segments
        .iter()
        .flat_map(|(marker, data)| [&[0xff, *marker][..], &(data.len() as u16 + 2).to_be_bytes(), data].concat());
    jpeg.splice(2..2, all.collect::<Vec<_>>());
    jpeg
}

/// EXIF with one entry, the orientation.
fn exif(value: u16, kind: u16, count: u32) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12".to_vec();
    exif.extend(kind.to_be_bytes());
    exif.extend(count.to_be_bytes());
    exif.extend(value.to_be_bytes());
    exif.extend([0; 6]);
    exif
}

/// A colour profile in this many segments.
fn profile(count: u8) -> Vec<(u8, Vec<u8>)> {
    let segment = |number| [&b"ICC_PROFILE\0"[..], &[number, count], &vec![0; 65_000]].concat();
    (1..=count).map(|number| (0xe2, segment(number))).collect()
}

/// A JPEG whose last scan is repeated.
fn with_scans(name: &str, width: u32, height: u32, count: usize) -> Vec<u8> {
    let mut jpeg = with_size(name, width, height).expect("a size");
    let start = jpeg.windows(2).rposition(|pair| pair == [0xff, 0xda]).expect("a scan");
    let end = jpeg.windows(2).rposition(|pair| pair == [0xff, 0xd9]).expect("an end");
    let scan = jpeg[start..end].repeat(count);
    jpeg.splice(end..end, scan);
    jpeg
}

/// A GIF of 96 x 72 px whose frame declares another size.
fn gif_with_frame(width: u16, height: u16) -> Vec<u8> {
    let mut gif = sample("palette.gif");
    let at = gif_frame(&gif);
    gif[at + 5..at + 7].copy_from_slice(&width.to_le_bytes());
    gif[at + 7..at + 9].copy_from_slice(&height.to_le_bytes());
    gif
}

/// An extended WebP whose first lossy picture declares another size than its canvas or frame.
fn with_inner_size(name: &str, side: u16) -> Vec<u8> {
    let mut webp = sample(name);
    let at = webp.windows(4).position(|kind| kind == b"VP8 ").expect("a lossy picture") + 8;
    webp[at + 6..at + 8].copy_from_slice(&side.to_le_bytes());
    webp[at + 8..at + 10].copy_from_slice(&side.to_le_bytes());
    webp
}

fn gif_of_frames(count: usize) -> Vec<u8> {
    let mut gif = sample("palette.gif");
    let at = gif_frame(&gif);
    let frame = gif[at..gif.len() - 1].to_vec();
    let end = gif.len() - 1;
    gif.splice(end..end, frame.repeat(count - 1));
    gif
}

/// Position of the first image descriptor.
fn gif_frame(gif: &[u8]) -> usize {
    let table = if gif[10] & 0x80 != 0 { 3 << ((gif[10] & 7) + 1) } else { 0 };
    let mut at = 13 + table;
    while gif[at] == 0x21 {
        at += 2;
        while gif[at] != 0 {
            at += usize::from(gif[at]) + 1;
        }
        at += 1;
    }
    assert_eq!(gif[at], 0x2c, "an image descriptor");
    at
}
