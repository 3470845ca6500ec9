//! Barcodes: the legibility gate reads in the finished poster what the encoder wrote, with its quiet zones.
#![no_main]

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use haibao_core::{
    code::{
        CodeFields,
        barcode::{BarcodeFormat, EncodedBarcode},
    },
    plan::{self, Request},
    render,
    template::Template,
};
use haibao_fuzz::{check_findings, check_params_error, draw, error_code, fonts};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

const FORMATS: [(BarcodeFormat, &str); 2] = [(BarcodeFormat::Code128, "code128"), (BarcodeFormat::Ean13, "ean13")];

static TEMPLATES: LazyLock<Vec<(Arc<Template>, Value)>> = LazyLock::new(|| {
    let compiled = FORMATS.iter().map(|(_, name)| {
        let layout = json!({
            "title": "barcode", "canvas": { "width": 1000, "height": 48 },
            "params": { "type": "object", "properties": { "value": { "type": "string" } } },
            "layers": [{ "type": "barcode", "box": [0, 0, 1000, 48], "format": name, "value": "{{value}}" }],
        });
        let files = BTreeMap::from([("layout.json".to_owned(), layout.to_string().into())]);
        (Arc::new(render::compile(name, files, &fonts()).expect("a valid template")), layout)
    });
    compiled.collect()
});

fuzz_target!(|data: &[u8]| {
    let Ok(value) = std::str::from_utf8(data) else { return };
    for ((format, _), (template, layout)) in FORMATS.iter().zip(TEMPLATES.iter()) {
        let encoded = EncodedBarcode::new(*format, value);
        match &encoded {
            Ok(barcode) => {
                assert!(barcode.modules.len() >= format.min_modules());
                let dark: usize = barcode.bars().iter().map(ExactSizeIterator::len).sum();
                assert_eq!(dark, barcode.modules.iter().filter(|module| **module).count());
            }
            Err(error) => assert!(error_code(error).starts_with("barcode_"), "{error}"),
        }
        let whole = json!({ "params": { "value": value } });
        let request = Request { params: whole["params"].clone(), code: CodeFields::default(), scale: 1.0 };
        match plan::plan(template.clone(), &request, &fonts()) {
            Ok(plan) => {
                assert!(encoded.is_ok(), "planned, but not encoded: {value:?}");
                match draw(&plan).expect("no code") {
                    Ok(poster) => {
                        check_findings(&poster.findings);
                        // A long barcode is too low in this box.
                        let is_known = |code: &str| code == "code_small";
                        assert!(poster.findings.iter().all(|finding| is_known(finding.code)), "{:?}", poster.findings);
                    }
                    Err(error) => {
                        assert_eq!(error.code(), "barcode_narrow");
                        check_params_error(&error, &whole, layout);
                    }
                }
            }
            Err(error) => check_params_error(&error, &whole, layout),
        }
    }
});
