//! Parameters: every pointer of a finding leads into the request or into layout.json; accepted parameters can be drawn.
#![no_main]

use std::sync::{Arc, LazyLock};

use haibao_core::{
    code::CodeFields,
    plan::{self, Request},
    render,
    template::Template,
};
use haibao_fuzz::{check_findings, check_params_error, draw, fonts, mutate, one_in, parse_layout, templates};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use serde::Deserialize;
use serde_json::{Value, json};

/// The starter templates with their layouts.
static TEMPLATES: LazyLock<Vec<(Arc<Template>, Value)>> = LazyLock::new(|| {
    let compiled = templates().iter().map(|(id, files)| {
        let layout = parse_layout(&files["layout.json"]).expect("JSON");
        (Arc::new(render::compile(id, files.clone(), &fonts()).expect("a starter template is valid")), layout)
    });
    compiled.collect()
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| { mutate(data, size, max_size, seed, 1) });

// A letter that selects a starter template, and a poster's request: `{ "params": ..., "code": ..., "scale": ... }`.
fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else { return };
    let (template, layout) = &TEMPLATES[usize::from(first.wrapping_sub(b'a')) % TEMPLATES.len()];
    let Ok(request) = serde_json::from_slice::<Value>(rest) else { return };
    let params = request.get("params").cloned().unwrap_or_default();
    let code = request.get("code").map_or(Ok(CodeFields::default()), CodeFields::deserialize);
    let Ok(code) = code else { return };
    let scale = request.get("scale").and_then(Value::as_f64).unwrap_or(1.0) as f32;
    let whole = json!({ "params": params, "code": request.get("code").cloned().unwrap_or(json!({})), "scale": scale });
    let checked = template.check(&params);
    if let Err(error) = &checked {
        check_params_error(error, &whole, layout);
    }
    match plan::plan(template.clone(), &Request { params, code, scale }, &fonts()) {
        Ok(plan) => {
            assert!(checked.is_ok(), "planned, but the check fails: {:?}", checked.err());
            check_findings(&plan.findings);
            // A poster takes much longer than all checks, so only some are drawn.
            if scale == 1.0 && one_in(200, data) {
                match draw(&plan) {
                    Some(Ok(poster)) => check_findings(&poster.findings),
                    Some(Err(error)) => check_params_error(&error, &whole, layout),
                    None => {}
                }
            }
        }
        Err(error) => check_params_error(&error, &whole, layout),
    }
});
