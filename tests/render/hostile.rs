//! Hostile pictures: every one is decoded or refused with a documented code, within its memory and in bounded time.

use std::time::{Duration, Instant};

use haibao_core::paint::picture::{self, MAX_DECODED_BYTES, MAX_SIDE, MIN_SIDE, Picture};

use self::random::Random;
use crate::kit::hostile::{self, SAMPLES, sample, with_size};

#[path = "../it/support/random.rs"]
#[expect(dead_code, reason = "delays are not needed here")]
mod random;

/// Longest time for one picture. The largest pictures that are decoded take less than a second.
const MAX_TIME: Duration = Duration::from_secs(10);

/// Outcome of a picture: `ok`, or the code of its error. Prints those that take long.
fn outcome(name: &str, bytes: &[u8]) -> &'static str {
    let start = Instant::now();
    let memory = picture::decoded_bytes(bytes);
    assert!(memory <= MAX_DECODED_BYTES, "{name}: {memory} bytes");
    let result = Picture::decode(bytes).and_then(|picture| {
        let (width, height) = (picture.width(), picture.height());
        assert!((1..=MAX_SIDE).contains(&width) && (1..=MAX_SIDE).contains(&height), "{name}: {width} x {height}");
        picture.part((8, 8), [0.0, 0.0, f64::from(width), f64::from(height)])
    });
    let code = result.map_or_else(|error| error.code(), |_| "ok");
    assert!(start.elapsed() < MAX_TIME, "{name}: {code} after {:?}", start.elapsed());
    if start.elapsed() > Duration::from_millis(300) {
        println!("{name}: {:?}", start.elapsed());
    }
    let known = ["ok", "picture_broken", "picture_format", "picture_large", "picture_small", "picture_web_page"];
    assert!(known.contains(&code), "{name}: {code}");
    code
}

#[test]
fn whole_pictures_are_decoded() {
    for (name, bytes) in SAMPLES {
        assert_eq!(outcome(name, bytes), "ok", "{name}");
    }
}

#[test]
fn truncated_pictures_are_refused() {
    for (name, bytes) in SAMPLES {
        let codes: Vec<_> =
            (0..50).map(|n| outcome(&format!("{n}/50 of {name}"), &bytes[..bytes.len() * n / 50])).collect();
        // Animations have more frames than the first, which is drawn. A JPEG may lack an eighth of its rows and two rows of
        // blocks, a progressive one what refines it. A PNG or GIF may lack an eighth of its rows.
        let refused = match *name {
            name if name.starts_with("animated") => 0,
            "baseline.jpg" => 25,
            "progressive.jpg" => 10,
            name if name.ends_with(".png") || name.ends_with(".gif") => 40,
            _ => codes.len(),
        };
        assert!(!codes[..refused].contains(&"ok"), "truncations of {name} pass: {codes:?}");
    }
}

#[test]
fn headers_that_lie_are_refused() {
    let sizes = [0, 1, 7, 8, 71, 72, 73, 95, 97, 192, 900, 16_001, 65_535, 0x00ff_ffff, 0x7fff_ffff, u32::MAX];
    for (name, _) in SAMPLES {
        let own = if *name == "rgb.png" { (48, 36) } else { (96, 72) };
        // One side lies, or both do.
        let wrong = sizes.iter().flat_map(|side| [(*side, own.1), (own.0, *side), (*side, *side)]);
        for (width, height) in wrong.filter(|size| *size != own) {
            let Some(bytes) = with_size(name, width, height) else { continue };
            let code = outcome(&format!("{name} as {width} x {height}"), &bytes);
            let expected: &[_] = match () {
                // The screen of a GIF grows to its first frame.
                () if name.ends_with("gif") && width.max(height).max(own.0) > MAX_SIDE => &["picture_large"],
                () if name.ends_with("gif") => &["picture_small", "picture_broken", "ok"],
                () if width < MIN_SIDE || height < MIN_SIDE => &["picture_small", "picture_broken"],
                () if width > MAX_SIDE || height > MAX_SIDE => &["picture_large", "picture_broken"],
                // The frame of a GIF may be smaller than its screen, and what is missing at the end of a picture may be
                // empty.
                () => &["picture_large", "picture_broken", "ok"],
            };
            assert!(expected.contains(&code), "{name} as {width} x {height}: {code}");
        }
    }
}

#[test]
fn bombs_are_bounded() {
    for (name, bytes) in hostile::bombs() {
        outcome(&name, &bytes);
    }
}

#[test]
fn unknown_orientations_are_ignored() {
    for (name, bytes) in hostile::orientations() {
        assert_eq!(outcome(&name, &bytes), "ok", "{name}");
        let picture = Picture::decode(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!([(96, 72), (72, 96)].contains(&(picture.width(), picture.height())), "{name}");
    }
}

#[test]
fn files_of_two_formats_are_only_pictures() {
    for (name, bytes) in hostile::polyglots() {
        outcome(&name, &bytes);
    }
}

#[test]
fn damaged_pictures_do_no_harm() {
    let mut random = Random::new();
    for (name, _) in SAMPLES {
        for n in 0..80 {
            let mut bytes = sample(name);
            for _ in 0..=random.below(8) {
                // Half of the flips hit the headers.
                let end = if random.below(2) == 0 { bytes.len().min(200) } else { bytes.len() };
                let at = random.below(end as u64) as usize;
                bytes[at] ^= 1 << random.below(8);
            }
            outcome(&format!("{name}, damage {n}"), &bytes);
        }
    }
}
