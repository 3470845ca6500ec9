//! Barcodes are read by an independent reader, zbar.

use std::{path::Path, process::Command};

use haibao_core::{
    code::barcode::{BarcodeFormat, EncodedBarcode},
    encode::Format,
    render::{self, Config, Rendered, Renderer},
};
use image::{GrayImage, Luma};
use serde_json::{Value, json};

use crate::{
    golden::{assert_all_same, compare},
    kit,
};

/// Draws a barcode with its quiet zones, `module` px per module.
fn draw(barcode: &EncodedBarcode, module: u32, path: &Path) {
    let size = [barcode.width() as u32 * module, 60];
    let layout = barcode.layout(size, None).expect("laid out");
    assert_eq!(layout.module, module);
    let mut picture = GrayImage::from_pixel(size[0], size[1], Luma([255]));
    let ([left, top, width, _], pixels) = (layout.bounds(), layout.pixels([0, 0, 0, 255]));
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
    let seed: u64 = std::env::var("HAIBAO_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_270_305);
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
        let barcode = EncodedBarcode::new(format, &value).expect("encoded");
        let path = dir.path().join(format!("{index}.png"));
        draw(&barcode, 2, &path);
        let name = if format == BarcodeFormat::Ean13 { "EAN-13" } else { "CODE-128" };
        assert_eq!(zbar(&path), format!("{name}:{}\n", barcode.value), "HAIBAO_TEST_SEED={seed}: {value:?}");
    }
}

/// A card with a barcode layer on it.
fn card(barcode: &Value, scale: f32) -> Result<Rendered, haibao_core::error::Error> {
    let mut layer = json!({ "type": "barcode", "box": [30, 60, 340, 110], "background": "#fff", "border_radius": 10 });
    layer.as_object_mut().expect("an object").extend(barcode.as_object().expect("an object").clone());
    let layers = json!([
        { "type": "shape", "box": [0, 0, 400, 196], "background": "#3b2417" },
        { "type": "text", "box": [30, 18, 340, 30], "text": "会员卡 · 到店请出示", "font_size": 20, "color": "#f3e7cf" },
        layer
    ]);
    let plan = kit::plan_of([400, 196], layers, scale);
    Renderer::new(kit::fonts(), Config::default()).render(&plan, &kit::gather(&plan), Format::Png)
}

#[test]
fn posters_carry_barcodes_that_scan() {
    let dir = tempfile::tempdir().expect("a folder");
    let cases = [
        ("ean13", json!({ "format": "ean13", "value": "400399415548", "digits": true }), "EAN-13:4003994155486\n"),
        ("code128", json!({ "value": "VIP-20260042", "digits": true, "color": "#3b2417" }), "CODE-128:VIP-20260042\n"),
        ("code128-bare", json!({ "value": "6222021234567890123" }), "CODE-128:6222021234567890123\n"),
    ];
    let mut failures = Vec::new();
    for (name, barcode, expected) in cases {
        for scale in [1.0, 1.7, 3.0] {
            let rendered = card(&barcode, scale).unwrap_or_else(|e| panic!("{name}: {e} {:#?}", e.all_findings()));
            let errors: Vec<_> = rendered.findings.iter().filter(|f| f.code != "code_small").collect();
            assert!(errors.is_empty(), "{name} at {scale}: {errors:#?}");
            assert_eq!(rendered.codes.len(), 1, "the gate reads it");
            let path = dir.path().join("card.png");
            std::fs::write(&path, &rendered.bytes).expect("written");
            assert_eq!(zbar(&path), expected, "{name} at {scale}");
            if scale == 1.0 {
                failures.extend(compare(&format!("barcode/{name}"), &rendered.bytes).err());
            }
        }
    }
    assert_all_same(&failures);
}

#[test]
fn the_gate_explains_a_barcode_that_does_not_scan() {
    let codes = |barcode: Value| -> Vec<&'static str> {
        card(&barcode, 1.0).expect("rendered").findings.iter().map(|finding| finding.code).collect()
    };
    assert!(codes(json!({ "value": "VIP-0042", "color": "#ddd" })).contains(&"code_contrast"));
    assert!(codes(json!({ "value": "VIP-0042", "color": "#fff", "background": "#000" })).contains(&"code_inverted"));
    let narrow = card(&json!({ "value": "a long value that does not fit into its box" }), 1.0).expect_err("too narrow");
    assert_eq!(narrow.code(), "barcode_narrow");
    assert_eq!(narrow.all_findings()[0].pointer.as_deref(), Some("/layers/2"));
}

#[test]
fn a_wrong_value_is_explained_where_it_is_written() {
    let layout = |value: &str| {
        let layer = json!({ "type": "barcode", "box": [0, 0, 300, 80], "format": "ean13", "value": value });
        json!({ "title": "t", "canvas": { "width": 300, "height": 80 }, "layers": [layer],
            "params": { "type": "object", "properties": { "ean": { "type": "string" } } } })
    };
    let compile = |value: &str| {
        let files = [("layout.json".to_owned(), layout(value).to_string().into_bytes().into())].into();
        render::compile("t", files, &kit::fonts())
    };
    let error = compile("4003994155487").expect_err("a wrong check digit");
    let finding = &error.all_findings()[0];
    assert_eq!((finding.code, finding.pointer.as_deref()), ("barcode_check_digit", Some("/layers/0/value")));
    assert!(finding.message.contains('7') && finding.message.contains('6'), "{}", finding.message);
    assert!(finding.place.is_some() && finding.hint.is_some());

    let template = std::sync::Arc::new(compile("{{ean}}").expect("a template"));
    let request =
        |ean: &str| haibao_core::plan::Request { params: json!({ "ean": ean }), code: Default::default(), scale: 1.0 };
    let plan = |ean: &str| haibao_core::plan::plan(template.clone(), &request(ean), &kit::fonts());
    let error = plan("12345").expect_err("too short");
    let finding = &error.all_findings()[0];
    assert_eq!((finding.code, finding.pointer.as_deref()), ("barcode_length", Some("/params/ean")));
    assert!(plan("4003994155486").is_ok());
}
