//! Golden pictures of the properties of image layers.

use std::{
    collections::BTreeMap,
    io::Cursor,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use haibao_core::{
    code::CodeFields,
    encode::Format,
    plan,
    render::{Config, PlacedLayer, Renderer},
    template::Template,
};
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::json;

use crate::{
    golden::{assert_all_same, compare},
    kit,
};

/// A landscape of 360 x 160 px: sky, hills, and a person in a red coat at the right.
pub(crate) fn photo() -> Bytes {
    static PHOTO: OnceLock<Bytes> = OnceLock::new();
    PHOTO.get_or_init(|| drawn_photo().into()).clone()
}

fn drawn_photo() -> Vec<u8> {
    let picture = RgbImage::from_fn(360, 160, |x, y| {
        let hill = 105.0 + 14.0 * (x as f32 / 40.0).sin() + 6.0 * (x as f32 / 13.0).cos();
        let (dx, dy) = (x as i32 - 280, y as i32 - 62);
        let face = dx * dx + dy * dy < 260;
        let eye = (dx.abs() - 6).abs() < 2 && (dy + 3).abs() < 2;
        let coat = dx.abs() < 14 + (y as i32 - 78) / 3 && y > 76;
        Rgb(match () {
            () if eye && face => [45, 32, 28],
            () if face => [226, 172, 138],
            () if coat => [196, 40, 44],
            () if y as f32 > hill => [70 + (y / 4) as u8, 120, 78],
            () => [150 + (y / 3) as u8, 190 + (y / 4) as u8, 232],
        })
    });
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png).expect("encodes");
    png.into_inner()
}

/// A template with a canvas of `size` px, these layers and this artwork.
fn template(size: [u32; 2], layers: &serde_json::Value, artwork: &str) -> Arc<Template> {
    let [width, height] = size;
    let layout = json!({
        "title": "images", "artwork": "artwork.svg", "layers": layers,
        "canvas": { "width": width, "height": height, "background": "#f4f1ea" },
        "params": { "type": "object", "properties": { "focus": { "type": "string", "default": "top" } } },
    });
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">{artwork}</svg>"
    );
    let files =
        [("layout.json", layout.to_string().into()), ("artwork.svg", svg.into()), ("assets/photo.png", photo())];
    let files = files.map(|(name, bytes)| (name.to_owned(), bytes));
    kit::compile("images", BTreeMap::from(files))
}

fn layer(rect: [i32; 4], properties: serde_json::Value) -> serde_json::Value {
    let mut layer = json!({ "type": "image", "box": rect, "src": "assets/photo.png" });
    for (name, value) in properties.as_object().expect("an object") {
        layer[name] = value.clone();
    }
    if layer.get("at").is_some() {
        layer.as_object_mut().expect("an object").remove("box");
    }
    layer
}

/// Layers of `width` x 64 px side by side, with gaps of 8 px.
fn row(width: i32, properties: &[serde_json::Value]) -> ([u32; 2], serde_json::Value) {
    let layers = properties.iter().enumerate();
    let boxes = layers.map(|(i, own)| layer([8 + i as i32 * (width + 8), 8, width, 64], own.clone()));
    ([properties.len() as u32 * (width as u32 + 8) + 8, 80], boxes.collect())
}

fn drawn(size: [u32; 2], layers: &serde_json::Value, artwork: &str, scale: f32) -> (Vec<u8>, Vec<PlacedLayer>) {
    let template = template(size, layers, artwork);
    let plan = kit::plan(&template, json!({}), scale);
    let renderer = Renderer::new(kit::fonts(), Config::default());
    let rendered = renderer.render(&plan, &kit::gather(&plan), Format::Png);
    let rendered = rendered.unwrap_or_else(|e| panic!("{e} {:#?}", e.all_findings()));
    assert_eq!(rendered.findings, []);
    (rendered.bytes.to_vec(), rendered.layers)
}

#[test]
fn image_properties_match_the_goldens() {
    let shadow = json!({ "y": 3, "blur": 6, "color": "#0008" });
    let pictures = [
        (
            "object_fit",
            row(
                64,
                &["cover", "contain", "fill", "blur-fill"]
                    .map(|fit| json!({ "object_fit": fit, "background": "#ddd5c4" })),
            ),
        ),
        (
            "object_position",
            row(
                64,
                &[
                    json!({}),
                    json!({ "object_position": "left" }),
                    json!({ "object_position": "90% 50%" }),
                    json!({ "object_position": "attention" }),
                    json!({ "object_position": "{{focus}}", "object_fit": "contain", "background": "#ddd5c4" }),
                ],
            ),
        ),
        (
            "border_radius",
            row(
                96,
                &[
                    json!({ "border_radius": 16 }),
                    json!({ "border_radius": "50%" }),
                    json!({ "border_radius": [0, 32, 8, 20], "border": { "width": 3, "color": "#24352f" }, "box_shadow": shadow }),
                ],
            ),
        ),
        ("blur", row(96, &[json!({ "blur": 1.5 }), json!({ "blur": 8 }), json!({ "blur": 200 })])),
        ("grayscale", row(96, &[json!({ "grayscale": 0.6 }), json!({ "grayscale": 1 })])),
        (
            "brightness",
            row(96, &[json!({ "brightness": 0.5 }), json!({ "brightness": 1.6 }), json!({ "brightness": 0 })]),
        ),
        ("background", row(64, &[json!({ "object_fit": "contain", "background": "#24352f" })])),
        ("border", row(64, &[json!({ "border": { "width": 4, "color": "#c33" } })])),
        (
            "box_shadow",
            row(64, &[json!({ "box_shadow": { "x": 3, "y": 4, "blur": 8, "spread": 1, "color": "#000a" } })]),
        ),
        ("opacity", row(96, &[json!({ "opacity": 0.4 })])),
    ];
    let mut failures = Vec::new();
    for (name, (size, layers)) in pictures {
        let (png, _) = drawn(size, &layers, "", 1.0);
        assert!(png.len() <= 20 << 10, "{name} has {} bytes", png.len());
        failures.extend(compare(&format!("image/{name}"), &png).err());
    }
    let turned = json!([
        layer(
            [30, 24, 90, 60],
            json!({
                "rotate": -12, "border": { "width": 5, "color": "#ffffff" }, "box_shadow": shadow, "border_radius": 4
            })
        ),
        layer([140, 24, 60, 60], json!({ "rotate": 45, "object_position": "attention" })),
    ]);
    failures.extend(compare("image/rotate", &drawn([220, 110], &turned, "", 1.0).0).err());
    let masked = json!([
        layer([0, 0, 1, 1], json!({ "at": "#heart", "mask": "#heart", "object_position": "attention" })),
        layer([116, 10, 90, 60], json!({ "mask": "#heart", "rotate": 20, "background": "#c33" })),
    ]);
    let heart = "<path id=\"heart\" fill=\"none\" d=\"M56 78C10 48 14 12 36 12c12 0 18 10 20 16 2-6 8-16 20-16 22 0 26 36-20 66z\"/>";
    failures.extend(compare("image/mask", &drawn([220, 90], &masked, heart, 1.0).0).err());
    assert_all_same(&failures);
}

/// The ink of a rotated image and its shadow stays within the bounds that determine the affected bands, and artwork above
/// its slot stays above it.
#[test]
fn a_rotated_image_keeps_its_bounds_and_z_order() {
    let at_slot = json!([layer(
        [0, 0, 1, 1],
        json!({
            "at": "#photo", "rotate": 30, "box_shadow": { "x": 6, "y": 6, "blur": 10, "color": "#000" }
        })
    )]);
    let ribbon = "<rect width=\"200\" height=\"200\" fill=\"#f4f1ea\"/><rect id=\"photo\" x=\"60\" y=\"70\" width=\"80\" height=\"60\"/>\
                  <rect x=\"95\" y=\"0\" width=\"10\" height=\"200\" fill=\"#00f\"/>";
    for scale in [1.0, 2.0] {
        let (png, layers) = drawn([200, 200], &at_slot, ribbon, scale);
        let picture = image::load_from_memory(&png).expect("decodes").into_rgb8();
        let ink = layers[0].ink;
        let middle = |x: u32| x >= (95.0 * scale) as u32 && x < (105.0 * scale) as u32;
        for (x, y, pixel) in picture.enumerate_pixels() {
            let (px, py) = (x as i32, y as i32);
            let inside = px >= ink.x0 && px < ink.x1 && py >= ink.y0 && py < ink.y1;
            if middle(x) {
                assert_eq!(pixel.0, [0, 0, 255], "the ribbon is above the image at {x},{y}");
            } else if !inside {
                assert_eq!(pixel.0, [0xf4, 0xf1, 0xea], "ink at {x},{y} outside of {ink:?}");
            }
        }
        let at = |x: f32, y: f32| picture.get_pixel((x * scale) as u32, (y * scale) as u32).0;
        assert_ne!(at(70.0, 100.0), [0xf4, 0xf1, 0xea], "the image is drawn");
        assert_ne!(at(84.0, 62.0), at(116.0, 62.0), "the image is rotated");
    }
}

/// Band height and caches do not change the pixels.
#[test]
fn redrawing_gives_the_same_pixels() {
    let (size, layers) = row(
        64,
        &[
            json!({ "rotate": 33 }),
            json!({ "object_fit": "blur-fill" }),
            json!({ "object_position": "attention", "blur": 3, "grayscale": 0.5 }),
        ],
    );
    let template = template(size, &layers, "");
    let plan = kit::plan(&template, json!({}), 2.0);
    let pixels = |renderer: &Renderer| {
        let png = renderer.render(&plan, &kit::gather(&plan), Format::Png).expect("renders").bytes;
        image::load_from_memory(&png).expect("decodes").into_rgb8()
    };
    let renderer = Renderer::new(kit::fonts(), Config::default());
    let first = pixels(&renderer);
    assert!(first == pixels(&renderer), "drawn from the caches");
    let other = Renderer::new(kit::fonts(), Config { band_rows: 7, paint_bytes: 0, ..Config::default() });
    assert!(first == pixels(&other), "drawn in bands of 7 rows without caches");
}

#[test]
fn findings_of_images_have_pointers() {
    let faults = |own: serde_json::Value| {
        let layout = json!({ "title": "t", "canvas": { "width": 9, "height": 9 }, "artwork": "a.svg", "layers": [layer([0, 0, 9, 9], own)] });
        let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><rect id=\"heart\" width=\"9\" height=\"9\"/></svg>";
        let files = [("layout.json", layout.to_string().into()), ("a.svg", svg.into()), ("assets/photo.png", photo())];
        let files = files.map(|(name, bytes)| (name.to_owned(), bytes));
        let error = haibao_core::render::compile("t", BTreeMap::from(files), &kit::fonts()).expect_err("invalid");
        let finding =
            |f: &haibao_core::error::Finding| (f.code, f.pointer.clone().unwrap_or_default(), f.message.clone());
        error.all_findings().iter().map(finding).collect::<Vec<_>>()
    };
    let one = |own: serde_json::Value| {
        let found = faults(own);
        assert_eq!(found.len(), 1, "{found:#?}");
        found[0].clone()
    };
    let (code, pointer, message) = one(json!({ "object_position": "top left 3px" }));
    assert_eq!((code, pointer.as_str()), ("layout_invalid", "/layers/0/object_position"));
    assert!(message.starts_with("expected a position such as"), "{message}");
    for (own, code, pointer) in [
        (json!({ "mask": "#hart" }), "slot_missing", "/layers/0/mask"),
        (json!({ "mask": "heart" }), "mask_invalid", "/layers/0/mask"),
        (json!({ "mask": "#heart", "border_radius": 4 }), "mask_box", "/layers/0/border_radius"),
        (json!({ "rotate": 361 }), "layout_invalid", "/layers/0/rotate"),
        (json!({ "blur": -1 }), "layout_invalid", "/layers/0/blur"),
        (json!({ "brightness": 4 }), "layout_invalid", "/layers/0/brightness"),
        (json!({ "grayscale": "all" }), "layout_type", "/layers/0/grayscale"),
        (json!({ "object_fit": "blur_fill" }), "layout_invalid", "/layers/0/object_fit"),
        (json!({ "border_radius": [1, 2, 3] }), "layout_invalid", "/layers/0/border_radius"),
    ] {
        let found = one(own);
        assert_eq!((found.0, found.1.as_str()), (code, pointer), "{}", found.2);
    }
    let both = faults(
        json!({ "mask": "#heart", "border": { "width": 1, "color": "#000" }, "box_shadow": { "color": "#000" } }),
    );
    assert_eq!(both.len(), 2, "{both:#?}");
}

/// `object_position` may be a Handlebars expression; its result is validated with the parameters.
#[test]
fn a_position_can_come_from_the_parameters() {
    let (size, layers) = row(64, &[json!({ "object_position": "{{focus}}" })]);
    let template = template(size, &layers, "");
    let request =
        |focus: &str| plan::Request { params: json!({ "focus": focus }), code: CodeFields::default(), scale: 1.0 };
    let planned = |focus: &str| plan::plan(template.clone(), &request(focus), &kit::fonts());
    for valid in ["attention", "center", "right top", "12.5% 100%"] {
        planned(valid).unwrap_or_else(|e| panic!("{valid}: {e}"));
    }
    for invalid in ["middle", "101%", "10px", "top 20%", "left left", "-1% 0%", ""] {
        let error = planned(invalid).expect_err(invalid);
        assert_eq!(error.all_findings()[0].pointer.as_deref(), Some("/params/focus"), "{invalid}");
    }
}
