//! Unusual pictures: each one is drawn as browsers draw it, or refused by name.

mod damaged;
mod gifs;
mod tables;

use std::sync::Arc;

use haibao_core::{encode::Format, paint::picture::Picture, template::Template};
use moxcms::ColorProfile;
use serde_json::json;

use crate::{kit, kit::hostile::sample};

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
    let mut late = sample("baseline.jpg");
    late[frame + 5..frame + 7].fill(0);
    assert!(message(&late).contains("behind its pixels"), "{}", message(&late));
    assert!(message(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic").contains("HEIC"));
    assert!(message(b"").contains("empty"));
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
    // A profile of grey does not fit colours.
    let grey = ColorProfile::new_gray_with_gamma(1.0).encode().expect("encodes");
    let unfit = with_segment(&jpeg, 0xe2, &segment(&grey));
    assert_eq!((pixels(&unfit) == pixels(&jpeg), faults(&unfit)), (true, vec!["picture_profile"]));
    let broken = with_segment(&jpeg, 0xe2, &segment(&profile[..200]));
    assert_eq!((pixels(&broken) == pixels(&jpeg), faults(&broken)), (true, vec!["picture_profile"]));
}

/// A printer's profile with a table of 2 x 2 x 2 x 2 colours (`mft1`, ICC.1:2001-04): all inks are grey.
fn grey_inks() -> Vec<u8> {
    let mut table = b"mft1\0\0\0\0\x04\x03\x02\0".to_vec();
    let matrix = [1, 0, 0, 0, 1, 0, 0, 0, 1_i32];
    table.extend(matrix.iter().flat_map(|one| (one << 16).to_be_bytes()));
    let identity = || 0..=u8::MAX;
    (0..4).for_each(|_| table.extend(identity()));
    for inks in 0..16_u8 {
        let light = 255 - 50 * (inks.count_ones() as u8);
        table.extend([light, 128, 128]);
    }
    (0..3).for_each(|_| table.extend(identity()));
    let mut profile = vec![0; 128];
    let size = (144 + table.len()) as u32;
    for (at, bytes) in [
        (0, size.to_be_bytes()),
        (8, [2, 0x40, 0, 0]),
        (12, *b"prtr"),
        (16, *b"CMYK"),
        (20, *b"Lab "),
        (36, *b"acsp"),
        (68, 0xf6d6_u32.to_be_bytes()),
        (72, 0x1_0000_u32.to_be_bytes()),
        (76, 0xd32d_u32.to_be_bytes()),
    ] {
        profile[at..at + 4].copy_from_slice(&bytes);
    }
    profile.extend(1_u32.to_be_bytes());
    profile.extend(b"A2B0");
    profile.extend(144_u32.to_be_bytes());
    profile.extend((table.len() as u32).to_be_bytes());
    profile.extend(table);
    profile
}

#[test]
fn profiles_of_printers_are_applied() {
    let tint = |pixel: &[u8; 4]| pixel[..3].iter().map(|channel| channel.abs_diff(pixel[0])).max().unwrap_or_default();
    let plain = &picture!("cmyk.jpg")[..];
    let of_half = |pixels: &[[u8; 4]]| {
        let mut tints: Vec<u8> = pixels.iter().map(tint).collect();
        tints.sort_unstable();
        (tints[tints.len() / 2], tints[tints.len() - 1])
    };
    let colourful = of_half(&pixels(plain));
    let printed = with_segment(plain, 0xe2, &[b"ICC_PROFILE\0\x01\x01", &grey_inks()[..]].concat());
    assert_eq!(faults(&printed), [""; 0]);
    let printed = pixels(&printed);
    let grey = of_half(&printed);
    assert!(colourful.0 > 20 && grey.0 <= 2 && grey.1 <= 8, "{colourful:?} {grey:?}");
    let lights: Vec<u8> = printed.iter().map(|pixel| pixel[0]).collect();
    assert!(lights.iter().max() > lights.iter().min().map(|least| least + 60).as_ref(), "the picture is still there");
}

/// A template of artwork, or of a layer, that is this picture as it is.
fn template(picture: &[u8], in_artwork: bool) -> Arc<Template> {
    let (width, height) = (72, 96);
    let layers = match in_artwork {
        true => json!([]),
        false => json!([{ "type": "image", "box": [0, 0, width, height], "src": "assets/a.jpg" }]),
    };
    let image = if in_artwork { "<image width=\"72\" height=\"96\" href=\"assets/a.jpg\"/>" } else { "" };
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\"><rect width=\"9\" height=\"9\"/>{image}</svg>"
    );
    let layout = json!({ "title": "t", "canvas": { "width": width, "height": height }, "artwork": "artwork.svg", "layers": layers });
    let files = [
        ("layout.json", layout.to_string().into_bytes()),
        ("artwork.svg", svg.into_bytes()),
        ("assets/a.jpg", picture.to_vec()),
    ];
    let files = files.map(|(name, bytes)| (name.to_owned(), bytes.into())).into_iter().collect();
    kit::compile("t", files)
}

/// Its poster.
fn poster(picture: &[u8], in_artwork: bool) -> Vec<u8> {
    let template = template(picture, in_artwork);
    assert_eq!(template.warnings(), []);
    let plan = kit::plan(&template, json!({}), 1.0);
    let rendered = kit::renderer().render(&plan, &kit::gather(&plan), Format::Png).expect("renders");
    image::load_from_memory(&rendered.bytes).expect("a picture").into_rgb8().into_raw()
}

#[test]
fn pictures_of_artwork_are_turned_and_converted_as_those_of_layers() {
    // TIFF with one entry: orientation 6, a quarter turn clockwise.
    let turned = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let profile = ColorProfile::new_display_p3().encode().expect("encodes");
    let baseline = sample("baseline.jpg");
    let exif = with_segment(&baseline, 0xe1, turned);
    let both = with_segment(&exif, 0xe2, &[b"ICC_PROFILE\0\x01\x01", &profile[..]].concat());
    let printed = with_segment(picture!("cmyk.jpg"), 0xe2, &[b"ICC_PROFILE\0\x01\x01", &grey_inks()[..]].concat());
    let far = |a: &[u8], b: &[u8]| a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or_default();
    for picture in [&exif, &both, &with_segment(&printed, 0xe1, turned)] {
        let (own, layer) = (poster(picture, true), poster(picture, false));
        assert!(far(&own, &layer) <= 2, "{}", far(&own, &layer));
    }
    assert!(far(&poster(&exif, true), &poster(&both, true)) > 5, "the profile changes colours");
    assert!(far(&poster(&exif, true), &poster(&baseline, true)) > 60, "it is turned");
}

#[test]
fn tolerated_faults_in_artwork_are_told() {
    let jpeg = sample("baseline.jpg");
    let grey = ColorProfile::new_gray_with_gamma(1.0).encode().expect("encodes");
    let unfit = with_segment(&jpeg, 0xe2, &[b"ICC_PROFILE\0\x01\x01", &grey[..]].concat());
    for (picture, code) in [(&unfit[..], "picture_profile"), (&jpeg[..jpeg.len() - 2], "picture_truncated")] {
        let template = template(picture, true);
        let found: Vec<_> = template.warnings().iter().map(|finding| finding.code).collect();
        assert_eq!(found, [code]);
        let finding = &template.warnings()[0];
        assert!(finding.message.starts_with("the artwork's picture \"assets/a.jpg\": "), "{}", finding.message);
        assert!(finding.place.as_ref().is_some_and(|place| place.file == "artwork.svg"), "{finding:?}");
    }
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
fn a_picture_as_a_slot_has_the_place_that_it_is_given() {
    // The picture is wider than its place, into which it is fitted.
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100\" height=\"100\">\
               <image id=\"slot\" x=\"20\" y=\"10\" width=\"40\" height=\"80\" href=\"assets/a.jpg\"/></svg>";
    let layout = json!({ "title": "t", "canvas": { "width": 100, "height": 100 }, "artwork": "artwork.svg",
        "layers": [{ "type": "shape", "at": "#slot", "background": "#ff0000" }] });
    let files = [
        ("layout.json", layout.to_string().into_bytes()),
        ("artwork.svg", svg.as_bytes().to_vec()),
        ("assets/a.jpg", sample("baseline.jpg")),
    ];
    let files = files.map(|(name, bytes)| (name.to_owned(), bytes.into())).into_iter().collect();
    let template = kit::compile("t", files);
    let plan = kit::plan(&template, json!({}), 1.0);
    let rendered = kit::renderer().render(&plan, &kit::gather(&plan), Format::Png).expect("renders");
    let poster = image::load_from_memory(&rendered.bytes).expect("a picture").into_rgb8();
    for (x, y, is_red) in
        [(20, 10, true), (59, 89, true), (40, 11, true), (19, 50, false), (60, 50, false), (40, 9, false)]
    {
        assert_eq!(poster.get_pixel(x, y).0 == [255, 0, 0], is_red, "{x}, {y}");
    }
}
