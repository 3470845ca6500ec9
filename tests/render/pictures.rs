//! Unusual pictures: each one is drawn as browsers draw it, or refused by name.

use haibao_core::paint::picture::Picture;
use moxcms::ColorProfile;

use crate::kit::hostile::sample;

macro_rules! picture {
    ($name:literal) => {
        include_bytes!(concat!("../vectors/pictures/", $name))
    };
}

fn pixels(bytes: &[u8]) -> Vec<[u8; 4]> {
    let picture = Picture::decode(bytes).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((picture.width(), picture.height()), (96, 72));
    picture.upright()
}

/// Mean difference per channel from `baseline.jpg`, levels.
fn distance(bytes: &[u8]) -> f64 {
    let (found, expected) = (pixels(bytes), pixels(&sample("baseline.jpg")));
    let sum: u64 = found.iter().flatten().zip(expected.iter().flatten()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / (found.len() * 3) as f64
}

fn faults(bytes: &[u8]) -> Vec<&'static str> {
    let picture = Picture::decode(bytes).unwrap_or_else(|error| panic!("{error}"));
    picture.faults().iter().map(|fault| fault.code).collect()
}

fn message(bytes: &[u8]) -> String {
    Picture::decode(bytes).map(|_| String::new()).unwrap_or_else(|error| error.to_string())
}

/// A JPEG with a segment after its first marker.
fn with_segment(jpeg: &[u8], marker: u8, data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xff, marker], &length, data, &jpeg[2..]].concat()
}

#[test]
fn unusual_jpegs_are_drawn_alike() {
    for (name, bytes) in [
        ("non-interleaved", &picture!("non-interleaved.jpg")[..]),
        ("inverted sampling", picture!("inverted-sampling.jpg")),
        ("thirds", picture!("thirds.jpg")),
        ("mixed sampling", picture!("mixed-sampling.jpg")),
        ("CMYK", picture!("cmyk.jpg")),
    ] {
        let distance = distance(bytes);
        assert!(distance < 12.0, "{name}: {distance}");
        assert_eq!(faults(bytes), [""; 0], "{name}");
    }
}

#[test]
fn an_adobe_marker_does_not_overrule_jfif() {
    let adobe = with_segment(&sample("baseline.jpg"), 0xee, b"Adobe\0\x64\0\0\0\0\0");
    // A JFIF marker comes first.
    let jfif = [&adobe[..2], b"\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0", &adobe[2..]].concat();
    assert!(distance(&jfif) < 1.5, "{}", distance(&jfif));
}

#[test]
fn what_follows_a_jpeg_is_ignored() {
    let jpeg = sample("baseline.jpg");
    for tail in [&jpeg[..], &jpeg[..700], &[0; 300], b"\xff\xda\0\x08", b"PK\x03\x04"] {
        let bytes = [&jpeg[..], tail].concat();
        assert_eq!((pixels(&bytes) == pixels(&jpeg), faults(&bytes)), (true, vec![]));
    }
}

#[test]
fn a_jpeg_without_its_end_is_drawn_with_a_warning() {
    let jpeg = sample("baseline.jpg");
    for tail in [&b""[..], &[0; 16], &[0xff; 3]] {
        let bytes = [&jpeg[..jpeg.len() - 2], tail].concat();
        assert!(distance(&bytes) < 1.5, "{}", distance(&bytes));
        assert_eq!(faults(&bytes), ["picture_truncated"]);
    }
    assert!(message(&jpeg[..jpeg.len() / 2]).contains("truncated"));
    let progressive = sample("progressive.jpg");
    assert_eq!(faults(&progressive[..progressive.len() - 20]), ["picture_truncated"]);
}

#[test]
fn what_browsers_do_not_show_is_named() {
    assert!(message(picture!("arithmetic.jpg")).contains("arithmetic-coded"));
    let mut deep = sample("baseline.jpg");
    let frame = deep.windows(2).position(|pair| pair == [0xff, 0xc0]).expect("a frame");
    (deep[frame + 1], deep[frame + 4]) = (0xc1, 12);
    assert!(message(&deep).contains("12-bit"), "{}", message(&deep));
    assert!(message(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic").contains("HEIC"));
    assert!(message(b"\0\0\0\x20ftypavif\0\0\0\0").contains("AVIF"));
}

#[test]
fn smaller_sizes_of_a_jpeg_look_alike() {
    let jpeg = sample("baseline.jpg");
    let whole = Picture::decode(&jpeg).expect("decodes");
    for (scale, width, height) in [(0.6, 96, 72), (0.5, 48, 36), (0.3, 48, 36), (0.25, 24, 18), (0.1, 12, 9)] {
        let small = Picture::decode_for(&jpeg, |_| scale).expect("decodes");
        assert_eq!((small.width(), small.height()), (width, height), "{scale}");
        let part = |picture: &Picture| {
            let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
            picture.part((12, 9), [0.0, 0.0, width, height]).expect("fits")
        };
        let (found, expected) = (part(&small), part(&whole));
        let far = found.iter().flatten().zip(expected.iter().flatten()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(far <= Some(40), "{scale}: {far:?}");
    }
}

#[test]
fn colour_profiles_are_applied_and_broken_ones_ignored() {
    let profile = ColorProfile::new_display_p3().encode().expect("encodes");
    let segment = |profile: &[u8]| [b"ICC_PROFILE\0\x01\x01", profile].concat();
    let jpeg = sample("baseline.jpg");
    let converted = with_segment(&jpeg, 0xe2, &segment(&profile));
    assert!(distance(&converted) > 1.0, "{}", distance(&converted));
    assert_eq!(faults(&converted), [""; 0]);
    let srgb = ColorProfile::new_srgb().encode().expect("encodes");
    assert!(pixels(&with_segment(&jpeg, 0xe2, &segment(&srgb))) == pixels(&jpeg));
    let broken = with_segment(&jpeg, 0xe2, &segment(&profile[..200]));
    assert_eq!((pixels(&broken) == pixels(&jpeg), faults(&broken)), (true, vec!["picture_profile"]));
}

#[test]
fn tolerated_faults_of_a_png_are_told() {
    let png = sample("rgb.png");
    let expected = Picture::decode(&png).expect("decodes").upright();
    let data = png.windows(4).position(|window| window == b"IDAT").expect("pixels");
    let length = u32::from_be_bytes(*png[data - 4..].first_chunk().expect("a length")) as usize;
    let mut checksum = png.clone();
    checksum[data + 4 + length] ^= 1;
    for (bytes, code) in [
        (&checksum[..], "picture_checksum"),
        (&png[..png.len() - 12], "picture_truncated"),
        (&png[..png.len() - 1], "picture_truncated"),
    ] {
        assert_eq!(faults(bytes), [code]);
        assert!(Picture::decode(bytes).expect("decodes").upright() == expected);
    }
    assert!(message(&png[..png.len() / 2]).contains("(PNG) is truncated"));
}

#[test]
fn a_gif_grows_to_its_first_frame() {
    let mut gif = sample("palette.gif");
    let expected = pixels(&gif);
    gif[6..10].copy_from_slice(&[40, 0, 30, 0]);
    assert!(pixels(&gif) == expected);
}
