//! Shadows of translucent boxes, and boxes that are too large.

use std::io::Cursor;

use haibao_core::{
    asset::Asset,
    encode::Format,
    layer::Role,
    plan::ResolvedAssets,
    render::{Config, Renderer},
};
use image::{ImageFormat, RgbImage};
use serde_json::{Value, json};

use crate::kit;

const BACKDROP: [u8; 3] = [0x88, 0xcc, 0xff];

/// Draws a box of 120 x 60 px at (40, 40) with a shadow and the properties `more`.
fn drawn(more: &Value) -> RgbImage {
    let mut shape = json!({
        "type": "shape", "box": [40, 40, 120, 60], "border_radius": 12,
        "box_shadow": { "y": 4, "blur": 16, "color": "#000a" }
    });
    shape.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let backdrop = json!({ "type": "shape", "box": [0, 0, 220, 140], "background": "#88ccff" });
    let plan = kit::plan_of([220, 140], json!([backdrop, shape]), 1.0);
    let rendered = Renderer::new(kit::fonts(), Config::default()).render(&plan, &kit::gather(&plan), Format::Png);
    let rendered = rendered.unwrap_or_else(|e| panic!("{e} {:#?}", e.all_findings()));
    image::load_from_memory(&rendered.bytes).expect("decodes").into_rgb8()
}

/// The middle, and two points near the edge where the shadow would be strong.
const INSIDE: [(u32, u32); 3] = [(100, 70), (100, 95), (46, 70)];

fn assert_near(picture: &RgbImage, (x, y): (u32, u32), expected: [u8; 3], what: &str) {
    let actual = picture.get_pixel(x, y).0;
    assert!(
        actual.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 2),
        "{what}: {actual:?} at {x}, {y}, expected {expected:?}"
    );
}

#[test]
fn a_shadow_is_not_visible_through_its_box() {
    // The backdrop under 50 % white.
    let half = BACKDROP.map(|c| u8::midpoint(c, 255));
    for (what, more, expected) in [
        ("translucent background", json!({ "background": "#ffffff80" }), half),
        ("border only", json!({ "border": { "width": 2, "color": "#ffffff" } }), BACKDROP),
        ("half opacity", json!({ "background": "#ffffff", "opacity": 0.5 }), half),
    ] {
        let picture = drawn(&more);
        INSIDE.into_iter().for_each(|at| assert_near(&picture, at, expected, what));
        let below = picture.get_pixel(100, 103).0;
        assert!(below[2] < 225, "{what}: no shadow below the box: {below:?}");
    }
}

#[test]
fn a_shadow_continues_under_antialiased_corners() {
    let picture = drawn(&json!({ "background": "#222222" }));
    for (x, y) in (40..56).flat_map(|x| (84..100).map(move |y| (x, y))) {
        let pixel = picture.get_pixel(x, y).0;
        assert!(pixel[2] < 225, "gap in the shadow at {x}, {y}: {pixel:?}");
    }
    assert_near(&picture, (100, 70), [0x22; 3], "the box");
}

#[test]
fn boxes_far_larger_than_the_canvas_report_their_layer() {
    let mut picture = Cursor::new(Vec::new());
    RgbImage::new(8, 8).write_to(&mut picture, ImageFormat::Png).expect("encodes");
    let picture = Asset::new(picture.into_inner());
    let (large, src) = (json!([0, 0, 900, 900]), "https://example.com/a.png");
    for layer in [
        json!({ "type": "shape", "box": large, "background": "#000" }),
        json!({ "type": "shape", "box": [0, 0, 9, 9], "box_shadow": { "spread": 400, "color": "#000" } }),
        json!({ "type": "image", "box": large, "src": src }),
        json!({ "type": "barcode", "box": large, "value": "1" }),
        json!({ "type": "code", "box": large, "src": src }),
        json!({ "type": "code", "box": large, "src": src, "plate": { "padding": 440 } }),
    ] {
        let plan = kit::plan_of([100, 100], json!([layer]), 1.0);
        let mut assets = ResolvedAssets::default();
        assets.insert(0, Role::CONTENT, picture.clone());
        let rendered = Renderer::new(kit::fonts(), Config::default()).render(&plan, &assets, Format::Png);
        let error = rendered.map(|_| ()).expect_err("a box that is too large");
        let findings: Vec<_> = error.all_findings().iter().map(|f| (f.code, f.pointer.as_deref())).collect();
        assert_eq!(findings, [("box_size", Some("/layers/0"))], "{layer}");
    }
}
