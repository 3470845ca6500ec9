//! Codes whose colour and plate are chosen from the pixels beneath them.

use std::{collections::BTreeMap, io::Cursor};

use bytes::Bytes;
use haibao_core::{
    code::CodeStyle,
    encode::Format,
    plan::Plan,
    render::{Config, Rendered, Renderer},
};
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

use crate::{
    golden::{assert_all_same, compare},
    kit,
};

const SIDE: u32 = 190;

/// A poster of one picture with an unlimited code above it.
fn planned(backdrop: impl Fn(u32, u32) -> [u8; 3], code: &Value, scale: f32) -> Plan {
    planned_of(&json!({ "page": "pages/a", "scene": "id=7" }), backdrop, code, scale)
}

/// Like [`planned`], for any kind of code.
fn planned_of(target: &Value, backdrop: impl Fn(u32, u32) -> [u8; 3], code: &Value, scale: f32) -> Plan {
    let mut png = Cursor::new(Vec::new());
    let picture = RgbImage::from_fn(SIDE, SIDE, |x, y| Rgb(backdrop(x, y)));
    picture.write_to(&mut png, ImageFormat::Png).expect("encodes");
    let mut layer = json!({ "type": "code", "box": [15, 15, 160, 160] });
    layer.as_object_mut().expect("an object").extend(code.as_object().expect("an object").clone());
    let layout = json!({
        "title": "auto", "canvas": { "width": SIDE, "height": SIDE }, "code": target,
        "layers": [{ "type": "image", "box": [0, 0, SIDE, SIDE], "src": "assets/backdrop.png" }, layer],
    });
    let files = [("layout.json", layout.to_string().into_bytes()), ("assets/backdrop.png", png.into_inner())];
    let files = files.map(|(name, bytes)| (name.to_owned(), Bytes::from(bytes)));
    kit::plan(&kit::compile("auto", BTreeMap::from(files)), json!({}), scale)
}

fn drawn(plan: &Plan) -> (Rendered, CodeStyle) {
    let gathered = kit::gather(plan);
    let rendered = Renderer::new(kit::fonts(), Config::default()).render(plan, &gathered, Format::Png);
    (rendered.unwrap_or_else(|e| panic!("{e} {:#?}", e.all_findings())), gathered.code_styles[&1])
}

fn light(x: u32, y: u32) -> [u8; 3] {
    [255 - (y / 24) as u8, 222 - (x / 24) as u8, 226]
}

fn dark(x: u32, y: u32) -> [u8; 3] {
    [14 + (x / 16) as u8, 26, 66 + (y / 6) as u8]
}

/// Light and dark patches as small as modules, like leaves in sunlight.
fn busy(x: u32, y: u32) -> [u8; 3] {
    let wave = (x as f32 / 5.0).sin() * (y as f32 / 7.0).cos() + (x as f32 / 17.0 + y as f32 / 11.0).sin();
    let light = (wave * 60.0 + 120.0) as u8 / 90 * 90;
    [light / 2, light, light / 3]
}

#[test]
fn surroundings_of_a_qr_code_do_not_require_a_plate() {
    let frame =
        |x: u32, y: u32| if (15..175).contains(&x) && (15..175).contains(&y) { [250, 248, 240] } else { [20; 3] };
    let target = json!({ "kind": "qr", "text": "https://example.com" });
    let (rendered, style) = drawn(&planned_of(&target, frame, &json!({ "plate": "auto" }), 1.0));
    assert_eq!((style.plate, rendered.findings), (Some(false), Vec::new()), "{style:?}");
}

#[test]
fn codes_on_any_backdrop_are_legible_and_match_the_goldens() {
    let auto = json!({
        "line_color": "auto", "plate": { "show": "auto", "padding": 10, "border_radius": 16, "background": "#fffdf6" }
    });
    let mut failures = Vec::new();
    type Picture = fn(u32, u32) -> [u8; 3];
    let backdrops: [(&str, Picture, bool); 3] = [("light", light, false), ("dark", dark, true), ("busy", busy, true)];
    for (name, backdrop, plate) in backdrops {
        for scale in [1.0, 2.0] {
            let (rendered, style) = drawn(&planned(backdrop, &auto, scale));
            assert_eq!(rendered.findings, [], "{name} at {scale}");
            assert_eq!(style.plate, Some(plate), "{name} at {scale}: {style:?}");
            assert!(style.contrast > 5.0, "{name} at {scale}: {style:?}");
            let picture = image::load_from_memory(&rendered.bytes).expect("decodes").into_rgba8();
            let decoded = haibao_core::sample::decode(&picture).unwrap_or_else(|e| panic!("{name} at {scale}: {e}"));
            assert_eq!(decoded.scene, "id=7", "{name} at {scale}");
            if scale == 1.0 {
                failures.extend(compare(&format!("code/auto-{name}"), &rendered.bytes).err());
            }
        }
    }
    assert_all_same(&failures);
}

#[test]
fn the_same_backdrops_fail_without_auto() {
    for backdrop in [dark, busy] {
        let plan = planned(backdrop, &json!({}), 1.0);
        assert!(!plan.is_auto());
        let rendered = Renderer::new(kit::fonts(), Config::default());
        let rendered = rendered.render(&plan, &kit::gather(&plan), Format::Png).expect("renders");
        assert!(!rendered.findings.is_empty(), "expected findings without automatic plate and colour");
    }
}

#[test]
fn plate_auto_is_white_and_drawn_only_if_needed() {
    let (with, style) = drawn(&planned(dark, &json!({ "plate": "auto" }), 1.0));
    assert_eq!((style.plate, style.line_color), (Some(true), None));
    assert_eq!(with.findings, []);
    let picture = image::load_from_memory(&with.bytes).expect("decodes").into_rgb8();
    assert_eq!(picture.get_pixel(16, 16).0, [255; 3], "the plate fills the box");
    let (without, style) = drawn(&planned(light, &json!({ "plate": "auto" }), 1.0));
    assert_eq!(style.plate, Some(false));
    let picture = image::load_from_memory(&without.bytes).expect("decodes").into_rgb8();
    assert_eq!(picture.get_pixel(16, 16).0, light(16, 16), "nothing is drawn under the code");
}

/// The picture of a square code includes its quiet zone of 4 modules, so a plate without padding suffices.
#[test]
fn square_codes_on_plates_have_a_quiet_zone() {
    for target in [json!({ "kind": "square", "path": "p/i?x=1" }), json!({ "kind": "qr", "text": "https://a.cn/1" })] {
        for backdrop in [dark, busy] {
            for side in (100..=170).step_by(14) {
                let layer = json!({ "plate": "auto", "box": [10, 10, side, side] });
                let (rendered, style) = drawn(&planned_of(&target, backdrop, &layer, 1.0));
                assert_eq!(style.plate, Some(true), "{target} of {side} px");
                let other = rendered.findings.iter().find(|finding| finding.code != "code_small");
                assert_eq!(other, None, "{target} of {side} px");
            }
        }
    }
}

/// Posters with nearly equal backdrops use the same code.
#[test]
fn similar_backdrops_share_a_code() {
    let auto = json!({ "line_color": "auto" });
    let need = |shift: u8| {
        let plan = planned(move |x, y| light(x, y).map(|c| c.saturating_sub(shift)), &auto, 1.0);
        drawn(&plan).1.line_color
    };
    let first = need(0).expect("chosen");
    for shift in 1..6 {
        assert_eq!(need(shift), Some(first), "darker by {shift}");
    }
}
