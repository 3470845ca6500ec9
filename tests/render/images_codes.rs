//! QR codes, given codes, plates, and pictures in the centre of codes.

use std::{collections::BTreeMap, io::Cursor, sync::Arc};

use bytes::Bytes;
use haibao_core::{
    code::{CodeNeed, Opens, qr},
    encode::Format,
    error::Severity,
    render::{Config, Rendered, Renderer},
    scene::Scene,
    template::Template,
};
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

use crate::{
    golden::{assert_all_same, compare},
    kit,
};

/// An avatar of 96 px, dark and colourful enough to disturb modules.
fn avatar() -> Vec<u8> {
    let picture = RgbImage::from_fn(96, 96, |x, y| {
        let (dx, dy) = (x as i32 - 48, y as i32 - 44);
        let face = dx * dx + dy * dy < 500;
        let coat = y > 62 && dx.abs() < 20 + (y as i32 - 62) / 2;
        Rgb(if face {
            [228, 178, 142]
        } else if coat {
            [32, 60, 120]
        } else {
            [236, 120, 60]
        })
    });
    png(&picture)
}

fn png(picture: &RgbImage) -> Vec<u8> {
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png).expect("encodes");
    png.into_inner()
}

fn template(code: &Value, layer: &Value, side: u32) -> Arc<Template> {
    let mut layer = layer.clone();
    (layer["type"], layer["box"]) = (json!("code"), json!([8, 8, side - 16, side - 16]));
    let mut layout = json!({
        "title": "codes", "canvas": { "width": side, "height": side, "background": "#f4f1ea" }, "layers": [layer]
    });
    if code.is_object() {
        layout["code"] = code.clone();
    }
    let need = CodeNeed { width: 300, ..CodeNeed::new("", Opens::Qr { text: String::new() }) };
    let given = qr::draw(&need, "https://example.com/given").expect("a code");
    let files = [
        ("layout.json", layout.to_string().into_bytes()),
        ("assets/avatar.png", avatar()),
        ("assets/code.png", given),
        ("assets/broken.png", avatar()[..200].to_vec()),
    ];
    let files = files.map(|(name, bytes)| (name.to_owned(), Bytes::from(bytes)));
    kit::compile("codes", BTreeMap::from(files))
}

fn drawn(code: &Value, layer: &Value, side: u32) -> Rendered {
    let plan = kit::plan(&template(code, layer, side), json!({}), 1.0);
    let rendered = Renderer::new(kit::fonts(), Config::default()).render(&plan, &kit::gather(&plan), Format::Png);
    rendered.unwrap_or_else(|e| panic!("{e} {:#?}", e.all_findings()))
}

fn codes(rendered: &Rendered) -> Vec<&'static str> {
    rendered.findings.iter().map(|f| f.code).collect()
}

fn center(src: &str) -> Value {
    json!({ "center": { "src": src } })
}

#[test]
fn codes_match_the_goldens() {
    let qr = json!({ "kind": "qr", "text": "https://example.com/a?id=7" });
    let scene = json!({ "page": "pages/a", "scene": "id=7" });
    let mut failures = Vec::new();
    let plate = json!({ "padding": 10, "border_radius": [0, 40, 0, 40], "background": "#fffbe8" });
    for (name, code, layer, side) in [
        ("code/plate", &scene, json!({ "line_color": "#7a1f2b", "plate": plate }), 172),
        ("code/kind", &qr, json!({ "line_color": "#24352f" }), 196),
        ("code/center", &scene, center("assets/avatar.png"), 196),
        ("code/center-qr", &qr, center("assets/avatar.png"), 196),
    ] {
        let rendered = drawn(code, &layer, side);
        assert_eq!(codes(&rendered), [""; 0], "{name}: {:#?}", rendered.findings);
        assert!(rendered.bytes.len() <= 20 * 1024, "{name} has {} bytes", rendered.bytes.len());
        failures.extend(compare(name, &rendered.bytes).err());
    }
    assert_all_same(&failures);
}

/// A round code on a dark design: on a round plate of its own, on one of the artwork, in a circle that clips both, and of a
/// file that is cut to a circle.
#[test]
fn round_codes_on_round_plates_pass() {
    let need = CodeNeed::unlimited("default", "pages/a", Scene::Text("id=7".to_owned()));
    let given = haibao_core::sample::code(&need).expect("a code");
    let mut cut = image::load_from_memory(&given.bytes).expect("a picture").into_rgba8();
    let middle = cut.width() as f32 / 2.0;
    for (x, y, pixel) in cut.enumerate_pixels_mut() {
        let from_middle = (x as f32 + 0.5 - middle).hypot(y as f32 + 0.5 - middle);
        pixel.0[3] = if from_middle > middle { 0 } else { 255 };
    }
    let mut cut_png = Cursor::new(Vec::new());
    cut.write_to(&mut cut_png, ImageFormat::Png).expect("encodes");
    let check = |artwork: &str, layer: &Value| {
        let mut layer = layer.clone();
        layer["type"] = json!("code");
        let mut layout = json!({
            "title": "codes", "canvas": { "width": 400, "height": 400, "background": "#0e1525" },
            "artwork": "artwork.svg", "layers": [layer]
        });
        if layer.get("src").is_none() {
            layout["code"] = json!({ "page": "pages/a", "scene": "id=7" });
        }
        let svg = format!(
            r#"<svg width="400" height="400" viewBox="0 0 400 400" xmlns="http://www.w3.org/2000/svg">{artwork}</svg>"#
        );
        let files = [
            ("layout.json", layout.to_string().into_bytes()),
            ("artwork.svg", svg.into_bytes()),
            ("assets/cut.png", cut_png.get_ref().clone()),
        ];
        let files = files.map(|(name, bytes)| (name.to_owned(), Bytes::from(bytes)));
        let plan = kit::plan(&kit::compile("codes", BTreeMap::from(files)), json!({}), 1.0);
        let rendered = Renderer::new(kit::fonts(), Config::default()).render(&plan, &kit::gather(&plan), Format::Png);
        rendered.unwrap_or_else(|e| panic!("{e} {:#?}", e.all_findings())).findings
    };
    let plain = json!({ "box": [100, 100, 200, 200] });
    let plated = json!({ "box": [100, 100, 200, 200], "plate": { "border_radius": "50%" } });
    assert_eq!(check("", &plated), [], "a plate of the layer");
    assert_eq!(check("", &json!({ "box": [100, 100, 200, 200], "src": "assets/cut.png" })), [], "cut to a circle");
    let slot = json!({ "at": "#code" });
    for radius in [100, 104, 110, 130] {
        let circle = format!(r##"<circle cx="200" cy="200" r="{radius}" fill="#fff"/>"##);
        assert_eq!(check(&circle, &plain), [], "a plate of {radius} px");
        let below = format!(r#"{circle}<circle id="code" cx="200" cy="200" r="100"/>"#);
        assert_eq!(check(&below, &slot), [], "a plate of {radius} px below a slot");
        let clipped = format!(
            r##"<clipPath id="c">{circle}</clipPath><g clip-path="url(#c)">{circle}<rect id="code" x="100" y="100" width="200" height="200"/></g>"##
        );
        assert_eq!(check(&clipped, &slot), [], "a clip of {radius} px");
        let opaque = json!({ "at": "#code", "is_hyaline": false });
        assert_eq!(check(&clipped, &opaque), [], "a clip of {radius} px around an opaque code");
    }
    for radius in [80, 90] {
        let circle = format!(r##"<circle cx="200" cy="200" r="{radius}" fill="#fff"/>"##);
        let findings = check(&circle, &plain);
        assert!(findings.iter().any(|f| f.severity == Severity::Error), "a plate of {radius} px: {findings:#?}");
    }
}

/// Codes with short and long content stay readable with a centre picture.
#[test]
fn codes_with_a_centre_are_readable() {
    for length in [1, 20, 60, 120, 200] {
        let text = format!("https://example.com/{}", "a7".repeat(length / 2));
        for hyaline in [true, false] {
            let mut layer = center("assets/avatar.png");
            layer["is_hyaline"] = hyaline.into();
            let rendered = drawn(&json!({ "kind": "qr", "text": text }), &layer, 316);
            assert_eq!(
                kit::qr::read(&rendered.bytes).as_ref(),
                Some(&text),
                "{length} characters, transparent {hyaline}"
            );
            assert_eq!(codes(&rendered), [""; 0], "{length}: {:#?}", rendered.findings);
        }
    }
    for scene in ["1", "id=123&type=product", "abcdefghijklmnopqrstuvwxyz012345"] {
        let rendered = drawn(&json!({ "scene": scene }), &center("assets/avatar.png"), 316);
        let picture = image::load_from_memory(&rendered.bytes).expect("decodes").into_rgba8();
        let decoded = haibao_core::sample::decode(&picture).unwrap_or_else(|e| panic!("{scene}: {e}"));
        assert_eq!(decoded.scene, scene);
        assert_eq!(codes(&rendered), [""; 0], "{scene}: {:#?}", rendered.findings);
    }
}

#[test]
fn a_broken_centre_is_omitted_with_a_warning() {
    let code = json!({ "kind": "qr", "text": "https://example.com/a" });
    let rendered = drawn(&code, &center("assets/broken.png"), 196);
    assert_eq!(codes(&rendered), ["picture_broken"]);
    assert_eq!(rendered.findings[0].pointer.as_deref(), Some("/layers/0/center/src"));
    assert!(rendered.bytes == drawn(&code, &json!({}), 196).bytes, "identical to a code without a centre");
}

#[test]
fn a_given_code_is_drawn_and_checked_by_its_form() {
    let rendered = drawn(&Value::Null, &json!({ "src": "assets/code.png", "plate": { "padding": 8 } }), 196);
    assert_eq!(codes(&rendered), [""; 0], "{:#?}", rendered.findings);
    assert_eq!(kit::qr::read(&rendered.bytes).as_deref(), Some("https://example.com/given"));
    let small = drawn(&Value::Null, &json!({ "src": "assets/code.png" }), 60);
    assert!(codes(&small).contains(&"code_small"), "{:#?}", small.findings);
}
