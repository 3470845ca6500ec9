//! Colour profiles of pictures: the picture is drawn whatever its profile is, and one that cannot be used changes no pixel.
#![no_main]

use std::io::Write;

use flate2::{Compression, write::ZlibEncoder};
use haibao_core::paint::picture::Picture;
use haibao_fuzz::check_findings;
use libfuzzer_sys::fuzz_target;

const SIDE: u32 = 16;

/// A PNG chunk (PNG, 5.3).
fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let crc = crc32fast::hash(&[&kind[..], content].concat());
    [&(content.len() as u32).to_be_bytes()[..], kind, content, &crc.to_be_bytes()].concat()
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// A PNG of all hues, with chunks before its pixels.
fn png(grey: bool, chunks: &[u8]) -> Vec<u8> {
    let mut rows = Vec::new();
    for y in 0..SIDE {
        rows.push(0);
        for x in 0..SIDE {
            let pixel = [(x * 17) as u8, (y * 17) as u8, ((x + y) * 8) as u8];
            rows.extend(if grey { &pixel[..1] } else { &pixel[..] });
        }
    }
    let side = SIDE.to_be_bytes();
    let head = [&side[..], &side, &[8, if grey { 0 } else { 2 }, 0, 0, 0]].concat();
    let pixels = chunk(b"IDAT", &deflated(&rows));
    [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &head), chunks, &pixels, &chunk(b"IEND", b"")].concat()
}

fn pixels(picture: &Picture) -> Vec<[u8; 4]> {
    let side = f64::from(SIDE);
    picture.part((SIDE, SIDE), [0.0, 0.0, side, side]).expect("the whole picture")
}

// A letter that selects where the colours are described, and the description.
fuzz_target!(|data: &[u8]| {
    let Some((kind, content)) = data.split_first() else { return };
    let grey = kind.is_ascii_uppercase();
    let chunks = match kind.to_ascii_lowercase() {
        b'g' => chunk(b"gAMA", content),
        b'h' => chunk(b"cHRM", content),
        b'b' => {
            let (chrm, gama) = content.split_at(content.len().min(32));
            [chunk(b"cHRM", chrm), chunk(b"gAMA", gama)].concat()
        }
        b'c' => chunk(b"cICP", content),
        _ => chunk(b"iCCP", &[&b"profile\0\0"[..], &deflated(content)].concat()),
    };
    let plain = Picture::decode(&png(grey, b"")).expect("a PNG");
    let Ok(picture) = Picture::decode(&png(grey, &chunks)) else { panic!("a profile makes the picture unusable") };
    check_findings(picture.faults());
    let converted = pixels(&picture);
    assert!(converted.iter().all(|[.., a]| *a == 255), "opaque");
    if picture.faults().iter().any(|finding| finding.code == "picture_profile") {
        assert!(converted == pixels(&plain), "an unusable profile changes pixels");
    }
});
