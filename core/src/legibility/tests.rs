//! Legible codes pass, and each kind of fault gets its own finding.

use image::{RgbaImage, imageops};

use super::*;
use crate::{
    code::{CodeNeed, Opens, qr},
    sample::{self, Payload, SAMPLE_APPID, SampleStyle},
};

/// A round code of `side` px.
fn round(side: u32, line_color: [u8; 3], is_hyaline: bool) -> RgbaImage {
    let digest = Payload::digest_of(SAMPLE_APPID, "pages/a", "release");
    let payload = Payload::from_scene("id=8801&u=u1024", digest).expect("a scene");
    let style = SampleStyle { width: 430, line_color, auto_color: false, is_hyaline };
    let code = image::load_from_memory(&sample::draw(&payload, &style).expect("a code")).expect("a picture");
    code.resize_exact(side, side, imageops::FilterType::CatmullRom).into_rgba8()
}

fn square(text: &str, side: u32) -> RgbaImage {
    let need = CodeNeed { width: side, is_hyaline: true, ..CodeNeed::new("", Opens::Qr { text: text.to_owned() }) };
    image::load_from_memory(&qr::draw(&need, text).expect("a code")).expect("a picture").to_rgba8()
}

/// Examines a code with a margin over the pixels of `backdrop`, partly occluded by the pixels of `above`.
fn examined(
    code: &RgbaImage,
    margin: u32,
    backdrop: impl Fn(u32, u32) -> [u8; 3],
    above: impl Fn(u32, u32) -> Option<[u8; 3]>,
    form: Form<'_>,
) -> Report {
    let (width, height) = (code.width() + 2 * margin, code.height() + 2 * margin);
    let (mut finished, mut alone) = (Vec::new(), Vec::new());
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        let inside = |v: u32, length: u32| v.checked_sub(margin).filter(|v| *v < length);
        let [r, g, b, a] = match (inside(x, code.width()), inside(y, code.height())) {
            (Some(x), Some(y)) => code.get_pixel(x, y).0,
            _ => [0; 4],
        };
        let times = |c: u8, a: u8| (u16::from(c) * u16::from(a) / 255) as u8;
        let own = [times(r, a), times(g, a), times(b, a), a];
        let under = backdrop(x, y);
        let over = |i: usize| own[i].saturating_add(times(under[i], 255 - a));
        let [r, g, b] = above(x, y).unwrap_or([over(0), over(1), over(2)]);
        finished.push([r, g, b, 255]);
        alone.push(own);
    }
    let at = margin as usize;
    let square = [at, at, at + code.width() as usize, at + code.height() as usize];
    examine(&Spot { finished: &finished, alone: &alone, width: width as usize, square, form, center: 0.0 })
}

fn plain(color: [u8; 3]) -> impl Fn(u32, u32) -> [u8; 3] {
    move |_, _| color
}

fn nothing(_: u32, _: u32) -> Option<[u8; 3]> {
    None
}

fn codes(report: &Report) -> Vec<(&'static str, Severity)> {
    report.findings.iter().map(|f| (f.code, f.severity)).collect()
}

#[test]
fn codes_on_light_and_coloured_backdrops_pass() {
    for (line, backdrop) in
        [([0; 3], [255; 3]), ([0; 3], [250, 240, 225]), ([140, 20, 30], [255, 236, 230]), ([0, 60, 40], [230, 200, 90])]
    {
        for side in [120, 150, 280, 430] {
            let report = examined(&round(side, line, true), 30, plain(backdrop), nothing, Form::Round);
            assert_eq!(codes(&report), [], "{line:?} on {backdrop:?} at {side} px: {report:?}");
        }
    }
    let opaque = examined(&round(200, [0; 3], false), 30, plain([120, 0, 0]), nothing, Form::Round);
    assert_eq!(codes(&opaque), [], "its own white margin is the quiet zone: {opaque:?}");
    let text = "https://example.com/h5/goods?id=8801";
    let report = examined(&square(text, 280), 10, plain([255, 250, 240]), nothing, Form::Square(Some(text)));
    assert_eq!(codes(&report), [], "{report:?}");
}

#[test]
fn each_fault_has_its_own_code() {
    use Severity::{Error, Warning};
    let small = |side| codes(&examined(&round(side, [0; 3], true), 20, plain([255; 3]), nothing, Form::Round));
    assert_eq!(small(100), [("code_small", Warning)]);
    assert_eq!(small(60).first(), Some(&("code_small", Error)));

    let on =
        |line, backdrop: [u8; 3]| codes(&examined(&round(200, line, true), 20, plain(backdrop), nothing, Form::Round));
    assert_eq!(on([0; 3], [60, 60, 60]), [("code_contrast", Error)]);
    assert_eq!(on([0; 3], [110, 110, 110]), [("code_contrast", Warning)]);
    assert_eq!(on([255; 3], [30, 30, 30]), [("code_inverted", Error)]);

    // Dark background in one corner only.
    let corner = |x: u32, y: u32| if x < 90 && y < 90 { [40, 40, 40] } else { [255; 3] };
    let report = examined(&round(200, [0; 3], true), 20, corner, nothing, Form::Round);
    assert!(codes(&report).contains(&("code_contrast", Error)), "{report:?}");

    let badge = |x: u32, y: u32| (x < 70 && y < 70).then_some([255, 255, 255]);
    let report = examined(&round(200, [0; 3], true), 20, plain([255; 3]), badge, Form::Round);
    assert!(codes(&report).iter().any(|(code, _)| *code == "code_covered"), "{report:?}");

    let frame = |x: u32, y: u32| (!(24..216).contains(&x) || !(24..216).contains(&y)).then_some([0, 0, 0]);
    let report = examined(&round(200, [0; 3], true), 20, plain([255; 3]), frame, Form::Round);
    assert!(codes(&report).iter().any(|(code, _)| *code == "code_quiet_zone"), "{report:?}");
}

/// Whether a pixel lies beyond a circle around the middle, as a part of the circle in the code's square.
fn beyond(side: u32, margin: u32, part: f32) -> impl Fn(u32, u32) -> bool + Copy {
    let (middle, radius) = ((side + 2 * margin) as f32 / 2.0, side as f32 / 2.0 * part);
    move |x, y| (x as f32 + 0.5 - middle).hypot(y as f32 + 0.5 - middle) > radius
}

/// Night blue of a dark design.
const NIGHT: [u8; 3] = [14, 21, 37];

#[test]
fn the_corners_around_a_round_code_do_not_matter() {
    let margin = 30;
    for (side, part) in [120, 143, 200, 280].into_iter().flat_map(|side| [1.0, 1.04, 1.1, 1.3].map(|part| (side, part)))
    {
        let beyond = beyond(side, margin, part);
        let plate = |x: u32, y: u32| if beyond(x, y) { NIGHT } else { [255; 3] };
        let clip = |x: u32, y: u32| beyond(x, y).then_some(NIGHT);
        for is_hyaline in [true, false] {
            let code = round(side, [0; 3], is_hyaline);
            let on_plate = examined(&code, margin, plate, nothing, Form::Round);
            assert_eq!(codes(&on_plate), [], "{side} px, transparent {is_hyaline}, plate of {part}: {on_plate:?}");
            let clipped = examined(&code, margin, plain([255; 3]), clip, Form::Round);
            assert_eq!(codes(&clipped), [], "{side} px, transparent {is_hyaline}, clip of {part}: {clipped:?}");
        }
    }
    // Another layer in a corner of the square.
    let corner = |x: u32, y: u32| (x > 210 && y > 210).then_some([20; 3]);
    let report = examined(&round(200, [0; 3], true), margin, plain([255; 3]), corner, Form::Round);
    assert_eq!(codes(&report), [], "{report:?}");
}

/// A file whose corners are transparent, although the ground of the code is white.
#[test]
fn an_opaque_round_code_may_be_cut_to_a_circle() {
    for side in [120, 200, 280] {
        let mut code = round(side, [0; 3], false);
        let beyond = beyond(side, 0, 1.0);
        for (x, y, pixel) in code.enumerate_pixels_mut() {
            pixel.0[3] = if beyond(x, y) { 0 } else { 255 };
        }
        for backdrop in [NIGHT, [255; 3], [120, 0, 0]] {
            let report = examined(&code, 20, plain(backdrop), nothing, Form::Round);
            assert_eq!(codes(&report), [], "{side} px on {backdrop:?}: {report:?}");
        }
        let bar = |x: u32, y: u32| (x.abs_diff(y) < side / 16).then_some([255; 3]);
        let report = examined(&code, 20, plain(NIGHT), bar, Form::Round);
        assert!(codes(&report).iter().any(|(code, _)| *code == "code_covered"), "{side} px: {report:?}");
    }
}

#[test]
fn faults_within_a_round_codes_disc_are_found() {
    let margin = 30;
    for side in [120, 143, 200, 280] {
        let code = round(side, [0; 3], true);
        let of = |report: &Report| report.findings.iter().map(|finding| finding.code).collect::<Vec<_>>();
        for part in [0.9, 0.8] {
            let beyond = beyond(side, margin, part);
            let plate = |x: u32, y: u32| if beyond(x, y) { NIGHT } else { [255; 3] };
            let on_plate = examined(&code, margin, plate, nothing, Form::Round);
            let clip = |x: u32, y: u32| beyond(x, y).then_some(NIGHT);
            for report in [on_plate, examined(&code, margin, plain([255; 3]), clip, Form::Round)] {
                let error = report.findings.iter().find(|finding| finding.severity == Severity::Error);
                assert!(error.is_some(), "{side} px, {part}: {report:?}");
            }
        }
        // Below the disc, over the rays; from the middle, in parts of the radius.
        let at = |v: u32| (v as f32 + 0.5 - margin as f32) / side as f32 * 2.0 - 1.0;
        for color in [[255; 3], [20; 3]] {
            let bar = |x: u32, y: u32| (at(x).abs() < 1.2 && (0.5..0.62).contains(&at(y))).then_some(color);
            let report = examined(&code, margin, plain([255; 3]), bar, Form::Round);
            // A dark bar may leave too little contrast to measure what it covers.
            let found = of(&report)
                .into_iter()
                .any(|code| code == "code_covered" || (color[0] == 20 && code == "code_contrast"));
            assert!(found, "{side} px, {color:?}: {report:?}");
        }
        let beside = |x: u32, y: u32| (at(x) > 0.95 && at(y).abs() < 0.2).then_some([20; 3]);
        let report = examined(&code, margin, plain([255; 3]), beside, Form::Round);
        assert_eq!(of(&report), ["code_quiet_zone"], "{side} px: {report:?}");
        let beyond = beyond(side, margin, 1.1);
        let dark_plate = |x: u32, y: u32| if beyond(x, y) { [255; 3] } else { [40; 3] };
        let report = examined(&code, margin, dark_plate, nothing, Form::Round);
        assert_eq!(of(&report), ["code_contrast"], "{side} px: {report:?}");
    }
}

#[test]
fn a_logo_in_a_round_codes_disc_is_allowed() {
    let logo = |x: u32, y: u32| (x.abs_diff(120).pow(2) + y.abs_diff(120).pow(2) < 44 * 44).then_some([20, 120, 60]);
    let report = examined(&round(200, [0; 3], true), 20, plain([255; 3]), logo, Form::Round);
    assert_eq!(codes(&report), [], "{report:?}");
}

#[test]
fn a_qr_code_is_decoded() {
    let text = "https://example.com/h5/goods?id=8801";
    let code = square(text, 280);
    let other = examined(&code, 10, plain([255; 3]), nothing, Form::Square(Some("https://example.com/else")));
    assert_eq!(codes(&other), [("code_unreadable", Severity::Error)]);
    // Level M corrects up to 15 %: a patch in the middle is corrected but reported; half of the code is not correctable.
    let half = |x: u32, _: u32| (x > 150).then_some([255; 3]);
    let report = examined(&code, 10, plain([255; 3]), half, Form::Square(Some(text)));
    assert!(codes(&report).contains(&("code_unreadable", Severity::Error)), "{report:?}");
    let patch = |x: u32, y: u32| ((130..165).contains(&x) && (130..165).contains(&y)).then_some([255; 3]);
    let report = examined(&code, 10, plain([255; 3]), patch, Form::Square(Some(text)));
    assert!(!codes(&report).iter().any(|(code, _)| *code == "code_unreadable"), "{report:?}");
    assert!(report.occluded > 0.0);
}

#[test]
fn an_invisible_code_is_an_error() {
    let nothing_there = RgbaImage::new(200, 200);
    let report = examined(&nothing_there, 10, plain([255; 3]), nothing, Form::Round);
    assert_eq!(codes(&report), [("code_contrast", Severity::Error)]);
}

/// Faults of random position, size and colour beyond the limits are always found.
#[test]
fn random_faults_are_found() {
    let mut numbers = crate::testing::Random::new(20_260_401);
    let mut random = |min: u32, max: u32| numbers.next(min, max);
    for round_at in 0..10 {
        let (side, margin) = (random(124, 240), random(12, 40));
        let light = [random(215, 255) as u8, random(215, 255) as u8, random(190, 255) as u8];
        let code = round(side, [0, random(0, 50) as u8, random(0, 70) as u8], true);
        let case = format!("round {round_at}: {side} px, margin {margin}");
        let sound = examined(&code, margin, plain(light), nothing, Form::Round);
        assert_eq!(codes(&sound), [], "{case}: {sound:?}");

        // A patch in the colour of the backdrop between the disc and the edge, two ninths of the side wide, at any angle.
        let (angle, region) = (f64::from(random(0, 359)).to_radians(), f64::from(side + 2 * margin));
        let from_middle = f64::from(side) * 0.36;
        let (px, py) = (region / 2.0 + from_middle * angle.cos(), region / 2.0 + from_middle * angle.sin());
        let half = f64::from(side) / 9.0;
        let patched = |x: u32, y: u32| (f64::from(x) - px).abs() < half && (f64::from(y) - py).abs() < half;
        let occluded = examined(&code, margin, plain(light), |x, y| patched(x, y).then_some(light), Form::Round);
        assert!(occluded.occluded > sound.occluded, "{case}: {occluded:?}");
        assert!(
            codes(&occluded).iter().any(|(code, _)| *code == "code_covered"),
            "{case}, at {px}, {py}: {occluded:?}"
        );

        // A dark bar that touches the ink on a random side.
        let (edge, near) = (random(0, 3), margin + (side - sound.side as u32) / 2);
        let bar = |x: u32, y: u32| {
            let last = side + 2 * margin - 1;
            let from_edge = [x, y, last - x, last - y][edge as usize];
            (from_edge < near).then_some([10; 3])
        };
        let disturbed = examined(&code, margin, plain(light), bar, Form::Round);
        assert!(
            codes(&disturbed).iter().any(|(code, _)| *code == "code_quiet_zone"),
            "{case}, side {edge}: {disturbed:?}"
        );

        // A shadow over one quarter.
        let quarter = random(0, 3);
        let shadow = random(20, 45) as u8;
        let middle = side / 2 + margin;
        let backdrop = |x: u32, y: u32| {
            let at = u32::from(x >= middle) + 2 * u32::from(y >= middle);
            if at == quarter { [shadow; 3] } else { light }
        };
        let shaded = examined(&code, margin, backdrop, nothing, Form::Round);
        assert!(shaded.contrast < 3.0, "{case}, quarter {quarter}: {shaded:?}");
        assert_eq!(codes(&shaded).first(), Some(&("code_contrast", Severity::Error)), "{case}: {shaded:?}");
    }
}

/// Integral and fractional module widths from the smallest legible one: no finding except `code_small`.
#[test]
fn a_clean_code_of_any_size_passes() {
    let texts = ["https://a.cn/1", "https://example.com/h5/goods?id=8801&from=u1024", "1"];
    let mut wrong = Vec::new();
    for (at, (text, is_hyaline)) in texts.into_iter().zip([true, false, true]).enumerate() {
        let opens = Opens::Qr { text: text.to_owned() };
        let drawn = qr::draw(&CodeNeed { width: 280, is_hyaline, ..CodeNeed::new("", opens) }, text).expect("a code");
        let picture = crate::paint::picture::Picture::decode(&drawn).expect("a picture");
        // Decoding takes tens of ms in a debug build, so each size is tested with one of the texts. Up to 130 px, where modules
        // are narrow, every size; above, every tenth.
        let sides = (90..=130).chain((140..=260).step_by(10));
        for side in sides.skip(at).step_by(3) {
            let pixels = picture.part((side, side), [0.0, 0.0, 280.0, 280.0]).expect("resized");
            let straight = pixels.iter().flat_map(|[r, g, b, a]| match a {
                0 => [0; 4],
                // Black or opaque, so premultiplied and straight alpha are equal.
                _ => [*r, *g, *b, *a],
            });
            let code = RgbaImage::from_raw(side, side, straight.collect()).expect("a picture");
            let backdrop = if is_hyaline { [255; 3] } else { [20, 40, 30] };
            let report = examined(&code, 12, plain(backdrop), nothing, Form::Square(Some(text)));
            let other: Vec<_> = report.findings.iter().filter(|f| f.code != "code_small").collect();
            if !other.is_empty() {
                wrong.push(format!("{text} at {side} px, transparent {is_hyaline}: {other:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of 54:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn messages_and_hints_match_the_cause() {
    let hint = |report: &Report, code: &str| {
        let finding = report.findings.iter().find(|finding| finding.code == code);
        finding.and_then(|finding| finding.hint.clone()).unwrap_or_else(|| panic!("no {code}: {report:?}"))
    };
    let code = round(200, [0; 3], true);
    let red = |x: u32, y: u32| ((20..220).contains(&x) && (20..150).contains(&y)).then_some([200, 20, 20]);
    let over = examined(&code, 20, plain([255; 3]), red, Form::Round);
    assert!(hint(&over, "code_contrast").contains("over the code"), "{over:?}");
    let under = examined(&code, 20, plain([60; 3]), nothing, Form::Round);
    assert!(hint(&under, "code_contrast").contains("line_color"), "{under:?}");

    // A spot within one tile.
    let spot = |x: u32, y: u32| ((170..196).contains(&x) && (60..86).contains(&y)).then_some([255; 3]);
    let report = examined(&code, 20, plain([255; 3]), spot, Form::Round);
    let occluded = report.findings.iter().find(|finding| finding.code == "code_covered").expect("a finding");
    assert!(occluded.message.contains("in its upper right part: "), "{report:?}");
    assert!(!occluded.message.contains("0.") && occluded.message.contains(" % of the dark modules"), "{report:?}");
}
