//! Artwork: every finding has a position that exists; artwork that is accepted can be drawn, with layers in its slots and
//! in its silhouettes.
#![no_main]

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use haibao_core::{
    code::CodeFields,
    plan::{self, Request},
    render,
};
use haibao_fuzz::{check_error, check_findings, check_params_error, draw, fonts, templates};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

/// A layout with the layers that fit the artwork's ids.
fn layout(svg: &str) -> Value {
    let mut layers = vec![json!({ "type": "shape", "box": [8, 8, 24, 24], "background": "#c338" })];
    for (id, layer) in [
        ("slot", json!({ "type": "image", "at": "#slot", "src": "assets/photo.png" })),
        ("words", json!({ "type": "text", "at": "#words", "text": "{{title}}", "font_size": 20 })),
        ("mask", json!({ "type": "image", "box": [0, 0, 100, 100], "mask": "#mask", "src": "assets/photo.png" })),
    ] {
        if svg.contains(&format!("id=\"{id}\"")) {
            layers.push(layer);
        }
    }
    json!({
        "title": "artwork", "canvas": { "width": 160, "height": 120 }, "artwork": "artwork.svg", "layers": layers,
        "params": { "type": "object", "properties": { "title": { "type": "string" }, "price": { "type": "integer" } } },
    })
}

fuzz_target!(|data: &[u8]| {
    let Ok(svg) = std::str::from_utf8(data) else { return };
    let photo = templates().iter().find_map(|(_, files)| files.get("assets/plain.png"));
    let layout = layout(svg);
    let files: BTreeMap<String, Bytes> = BTreeMap::from([
        ("artwork.svg".to_owned(), Bytes::copy_from_slice(svg.as_bytes())),
        ("assets/photo.png".to_owned(), photo.expect("a picture").clone()),
        ("layout.json".to_owned(), layout.to_string().into()),
        ("samples/usual.json".to_owned(), Bytes::from_static("{\"title\":\"商品 <&\\\"\",\"price\":1280}".as_bytes())),
    ]);
    let fonts = fonts();
    let template = match render::compile("artwork", files.clone(), &fonts) {
        Ok(template) => Arc::new(template),
        Err(error) => return check_error(&error, |name| files.get(name).map(|bytes| &bytes[..]), Some(&layout)),
    };
    for params in template.samples().values().cloned().chain([json!({}), json!({ "title": "]]>-->'" })]) {
        let request = Request { params, code: CodeFields::default(), scale: 1.0 };
        let whole = json!({ "params": request.params, "code": {}, "scale": 1 });
        let drawn = plan::plan(template.clone(), &request, &fonts).map(|plan| draw(&plan).expect("no code"));
        match drawn.and_then(|drawn| drawn) {
            Ok(poster) => check_findings(&poster.findings),
            // The artwork of other parameters may be invalid.
            Err(error) if template.artwork_varies() => check_params_error(&error, &whole, &layout),
            Err(error) => panic!("accepted, but not drawn: {error} {:?}", error.all_findings()),
        }
        if !template.artwork_varies() {
            return;
        }
    }
});
