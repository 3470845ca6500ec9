//! Scenes: what is encoded decodes to the same parameters, and what is decoded can be encoded again.
#![no_main]

use haibao_core::scene::{self, MAX_LENGTH, SCANCODE_TIME, Scene};
use haibao_fuzz::{error_code, mutate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use serde_json::{Map, Value};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| { mutate(data, size, max_size, seed, 0) });

/// Parameters as a page receives them: without null, scalars as text.
fn texts(params: &Map<String, Value>) -> Map<String, Value> {
    let present = params.iter().filter(|(_, value)| !value.is_null());
    let text = |value: &Value| match value {
        Value::Number(_) | Value::Bool(_) => value.to_string().into(),
        other => other.clone(),
    };
    present.map(|(name, value)| (name.clone(), text(value))).collect()
}

fn encode(params: &Map<String, Value>) {
    let expected = texts(params);
    match scene::encode(params) {
        Ok(Scene::Text(text)) => {
            assert!(scene::check(&text).is_ok(), "an encoded scene is not legal: {text:?}");
            let decoded = scene::decode(&text);
            assert_eq!((decoded.params, decoded.short_id), (expected.clone(), None), "{text:?}");
            let launch = scene::launch_parameter(&text);
            let sent = launch.strip_prefix("scene=").expect("a parameter of the page");
            assert_eq!(scene::decode(sent).params, expected, "{sent:?}");
        }
        Ok(Scene::Long(payload)) => {
            assert!(payload.len() <= scene::MAX_PAYLOAD);
            let Ok(Value::Object(kept)) = serde_json::from_str(&payload) else { panic!("not an object: {payload}") };
            assert_eq!(kept, expected);
            assert_eq!(scene::payload(&kept).expect("it was encoded"), payload, "a payload is canonical");
        }
        Err(error) => assert!(["scene_empty", "scene_too_large"].contains(&error_code(&error)), "{error}"),
    }
    if let Some(text) = scene::readable(params) {
        assert_eq!(scene::decode(&text).params, expected, "{text:?}");
    }
}

// A scene as WeChat passes it, which may also be a JSON object of parameters.
fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let is_legal = text.chars().all(scene::is_legal) && (1..=MAX_LENGTH).contains(&text.chars().count());
    match scene::check(text) {
        Ok(()) => assert!(is_legal),
        Err(error) => {
            assert!(!is_legal);
            error_code(&error);
        }
    }
    let decoded = scene::decode(text);
    match &decoded.short_id {
        Some(id) => assert!(!id.is_empty() && decoded.params.is_empty()),
        None => encode(&decoded.params),
    }
    assert!(!decoded.params.contains_key(SCANCODE_TIME) || text.contains('~'));
    if is_legal {
        assert_eq!(scene::decode(&scene::launch_parameter(text)["scene=".len()..]), decoded);
        if !text.contains('&') {
            assert_eq!(scene::decode(&scene::short(text)).short_id.as_deref(), Some(text));
        }
    }
    if let Ok(Value::Object(params)) = serde_json::from_str(text) {
        encode(&params);
    }
});
