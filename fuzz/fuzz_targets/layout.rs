//! layout.json: every finding has a position that exists; a template that is accepted can be planned and drawn.
#![no_main]

use std::sync::Arc;

use bytes::Bytes;
use haibao_core::{
    code::CodeFields,
    plan::{self, Request},
    render,
};
use haibao_fuzz::{
    check_error, check_findings, check_params_error, draw, fonts, is_small, light_template, mutate, one_in,
    parse_layout,
};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use serde_json::json;

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| { mutate(data, size, max_size, seed, 1) });

// A letter that selects a starter template, whose other files are used, and a layout.json.
fuzz_target!(|data: &[u8]| {
    let Some(((id, files), layout)) = light_template(data) else { return };
    let mut files = files.clone();
    files.insert("layout.json".to_owned(), Bytes::copy_from_slice(layout));
    let root = parse_layout(layout);
    let fonts = fonts();
    let template = match render::compile(id, files.clone(), &fonts) {
        Ok(template) => Arc::new(template),
        Err(error) => {
            let text = |name: &str| files.get(name).map(|bytes| &bytes[..]);
            return check_error(&error, text, root.as_ref());
        }
    };
    let samples = template.samples().values().cloned();
    for params in [json!({})].into_iter().chain(samples.take(2)) {
        let request = Request { params, code: CodeFields::default(), scale: 1.0 };
        let layout = root.clone().unwrap_or_default();
        let whole = json!({ "params": request.params, "code": {}, "scale": 1 });
        match plan::plan(template.clone(), &request, &fonts) {
            Ok(plan) if is_small(&plan) && one_in(4, data) => match draw(&plan) {
                Some(Ok(poster)) => check_findings(&poster.findings),
                Some(Err(error)) => check_params_error(&error, &whole, &layout),
                None => {}
            },
            Ok(plan) => check_findings(&plan.findings),
            Err(error) => check_params_error(&error, &whole, &layout),
        }
    }
});
