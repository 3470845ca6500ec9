//! Barcodes are read by an independent reader, zbar.

use std::{path::Path, process::Command};

use haibao_core::code::barcode::{Barcode, BarcodeFormat};
use image::{GrayImage, Luma};

/// Draws a barcode with its quiet zones, `module` px per module.
fn draw(barcode: &Barcode, module: u32, path: &Path) {
    let size = [barcode.width() as u32 * module, 60];
    let layout = barcode.layout(size, None).expect("laid out");
    assert_eq!(layout.module, module);
    let mut picture = GrayImage::from_pixel(size[0], size[1], Luma([255]));
    let ([left, top, width, _], pixels) = layout.pixels([0, 0, 0, 255]);
    for (at, pixel) in (0..).zip(pixels) {
        picture.put_pixel(left + at % width, top + at / width, Luma([255 - pixel[3]]));
    }
    picture.save(path).expect("saved");
}

/// What zbar reads in a picture: the format and the value.
fn zbar(path: &Path) -> String {
    let output = Command::new("zbarimg")
        .args(["-q", "-Sdisable", "-Scode128.enable", "-Sean13.enable"])
        .arg(path)
        .output()
        .unwrap_or_else(|e| panic!("zbarimg of zbar-tools is needed by this test, tests/run installs it: {e}"));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn an_independent_reader_reads_the_same_values() {
    let dir = tempfile::tempdir().expect("a folder");
    let seed: u64 = std::env::var("HAIBAO_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_270_305);
    let mut state = seed;
    let mut random = |min: u32, max: u32| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        min + ((state >> 33) as u32) % (max - min + 1)
    };
    let fixed = ["1", "42", "12345", "VIP-0042", "A1234567b", "a\tb", "\u{1}\u{1f}x\u{7f}", "M-2027/01 #7"];
    let mut cases: Vec<(BarcodeFormat, String)> = fixed.map(|value| (BarcodeFormat::Code128, value.to_owned())).into();
    for _ in 0..30 {
        let digits = (0..12).map(|_| char::from(b'0' + random(0, 9) as u8)).collect();
        cases.push((BarcodeFormat::Ean13, digits));
        let length = random(2, 24);
        let text = (0..length).map(|_| {
            let is_digit = random(0, 2) > 0;
            let (first, last) = if is_digit { (b'0', b'9') } else { (b' ', b'~') };
            char::from(random(first.into(), last.into()) as u8)
        });
        cases.push((BarcodeFormat::Code128, text.collect()));
    }
    for (index, (format, value)) in cases.into_iter().enumerate() {
        let barcode = Barcode::new(format, &value).expect("encoded");
        let path = dir.path().join(format!("{index}.png"));
        draw(&barcode, 2, &path);
        let name = if format == BarcodeFormat::Ean13 { "EAN-13" } else { "CODE-128" };
        assert_eq!(zbar(&path), format!("{name}:{}\n", barcode.value), "HAIBAO_SEED={seed}: {value:?}");
    }
}
