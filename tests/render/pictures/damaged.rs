//! JPEGs and PNGs with damaged or missing pixels: what browsers show of them is drawn, with a warning.

use haibao_core::paint::picture::Picture;

use super::{faults, message, sample, template};

/// JPEGs with damaged pixels: bytes are missing, wrong, or a marker.
fn damaged_jpegs() -> Vec<(&'static str, Vec<u8>)> {
    let (baseline, progressive) = (sample("baseline.jpg"), sample("progressive.jpg"));
    let middle = baseline.len() * 2 / 3;
    let without = |jpeg: &[u8], count: usize| {
        let at = jpeg.len() * 2 / 3;
        [&jpeg[..at], &jpeg[at + count..]].concat()
    };
    vec![
        ("short", without(&baseline, 300)),
        ("short, progressive", without(&progressive, 120)),
        ("a marker", [&baseline[..middle], b"\xff\xd3", &baseline[middle + 2..]].concat()),
        ("an early end", [&baseline[..baseline.len() * 9 / 10], b"\xff\xd9"].concat()),
    ]
}

#[test]
fn damaged_jpegs_are_drawn_with_a_warning() {
    for (name, jpeg) in damaged_jpegs() {
        for scale in [1.0, 0.5] {
            let picture = Picture::decode_for(&jpeg, |_| scale).unwrap_or_else(|error| panic!("{name}: {error}"));
            let found: Vec<_> = picture.faults().iter().map(|fault| fault.code).collect();
            assert_eq!(found, ["picture_damaged"], "{name} at {scale}");
        }
        let template = template(&jpeg, true);
        let found: Vec<_> = template.warnings().iter().map(|finding| finding.code).collect();
        assert_eq!(found, ["picture_damaged"], "{name} in artwork");
    }
    for name in ["baseline.jpg", "progressive.jpg"] {
        assert_eq!(faults(&sample(name)), [""; 0], "{name}");
    }
}

#[test]
fn an_early_end_does_not_make_up_for_missing_rows() {
    let jpeg = sample("baseline.jpg");
    for share in [4, 5] {
        let cut = &jpeg[..jpeg.len() * share / 10];
        let ended = [cut, b"\xff\xd9"].concat();
        for bytes in [cut, &ended] {
            assert!(message(bytes).contains("truncated"), "{share} tenths: {}", message(bytes));
        }
        // Browsers fill it.
        let picture = Picture::decode_small(&ended).expect("decodes");
        assert!(picture.upright().iter().all(|pixel| pixel[3] == 255), "{share} tenths");
        assert_eq!(picture.faults().iter().map(|fault| fault.code).collect::<Vec<_>>(), ["picture_damaged"]);
    }
}

#[test]
fn a_cut_jpeg_in_artwork_is_drawn_as_far_as_it_goes() {
    let jpeg = sample("baseline.jpg");
    let cut = Picture::decode_small(&jpeg[..jpeg.len() * 2 / 3]).expect("decodes");
    let rows: Vec<bool> =
        cut.upright().chunks(cut.width() as usize).map(|row| row.iter().all(|pixel| pixel[3] == 255)).collect();
    let drawn = rows.iter().filter(|is_drawn| **is_drawn).count();
    assert!((16..70).contains(&drawn) && rows[..drawn].iter().all(|is_drawn| *is_drawn), "{drawn} rows");
    let template = template(&jpeg[..jpeg.len() * 2 / 3], true);
    let found: Vec<_> = template.warnings().iter().map(|finding| finding.code).collect();
    assert_eq!(found, ["picture_truncated"]);
}

#[test]
fn a_cut_png_is_drawn_as_far_as_it_goes() {
    let png = sample("rgb.png");
    let expected = Picture::decode(&png).expect("decodes").upright();
    // Rows that are drawn; the others are transparent.
    let rows = |picture: &Picture| {
        let pixels = picture.upright();
        let drawn = pixels.iter().take_while(|pixel| pixel[3] == 255).count();
        assert!(pixels[..drawn] == expected[..drawn] && pixels[drawn..].iter().all(|pixel| *pixel == [0; 4]));
        assert_eq!(drawn % 48, 0);
        drawn / 48
    };
    let (mut of_layer, mut of_artwork) = (Vec::new(), Vec::new());
    for length in (60..png.len() - 12).step_by(7) {
        let cut = &png[..length];
        if let Ok(picture) = Picture::decode(cut) {
            assert_eq!(faults(cut), ["picture_truncated"]);
            of_layer.push(rows(&picture));
        }
        if let Ok(picture) = Picture::decode_small(cut) {
            of_artwork.push(rows(&picture));
        }
    }
    assert!(of_layer.iter().all(|rows| *rows >= 32) && of_layer[0] < 36, "{of_layer:?}");
    assert!(of_artwork.is_sorted() && of_artwork[0] < 10 && of_artwork.len() > of_layer.len(), "{of_artwork:?}");
    // With an end, although pixels are missing.
    let data = png.windows(4).position(|window| window == b"IDAT").expect("pixels");
    let length = u32::from_be_bytes(*png[data - 4..].first_chunk().expect("a length"));
    let mut short = png[..data + 4 + length as usize / 2].to_vec();
    short[data - 4..data].copy_from_slice(&(length / 2).to_be_bytes());
    let checksum = crc32fast::hash(&short[data..]);
    short.extend(checksum.to_be_bytes());
    short.extend(&png[png.len() - 12..]);
    let picture = Picture::decode_small(&short).expect("decodes");
    assert!((1..36).contains(&rows(&picture)));
    assert_eq!(picture.faults().iter().map(|fault| fault.code).collect::<Vec<_>>(), ["picture_damaged"]);
    assert!(message(&short).contains("(PNG) is damaged"), "{}", message(&short));
}

#[test]
fn a_png_with_wrong_bytes_is_drawn_up_to_them() {
    let png = sample("rgb.png");
    let expected = Picture::decode(&png).expect("decodes").upright();
    let data = png.windows(4).position(|window| window == b"IDAT").expect("pixels") + 4;
    let length = u32::from_be_bytes(*png[data - 8..].first_chunk().expect("a length")) as usize;
    let mut damaged = 0;
    // The data ends with a checksum of four bytes.
    for at in (data + length / 2..data + length - 4).step_by(3) {
        let cut = Picture::decode_small(&png[..at]).expect("decodes").upright();
        let sound = cut.iter().take_while(|pixel| pixel[3] == 255).count();
        let mut wrong = png.clone();
        wrong[at] ^= 0x5a;
        let picture = Picture::decode_small(&wrong).unwrap_or_else(|error| panic!("{at}: {error}"));
        assert!(picture.upright()[..sound] == expected[..sound], "{at}");
        damaged += usize::from(picture.faults().iter().any(|fault| fault.code == "picture_damaged"));
        // A layer may lack an eighth of 36 rows.
        if sound >= 32 * 48 {
            assert!(Picture::decode(&wrong).expect("decodes").upright()[..sound] == expected[..sound], "{at}");
        }
    }
    assert!(damaged > 0);
}
