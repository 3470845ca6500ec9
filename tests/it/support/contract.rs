//! Checks every response that a test receives against the API document: status, content type and JSON body.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
};

use haibao_core::template::validator::Validator;
use serde_json::{Value, json};

use super::Response;

static DOCUMENT: LazyLock<&Value> = LazyLock::new(haibao::http::document);
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Fails the test if the document does not allow the response. Unknown paths and methods are not documented.
pub fn check(method: &str, path: &str, response: &Response) {
    let path = path.split('?').next().unwrap_or_default();
    let is_head = method == "HEAD";
    if method == "OPTIONS" {
        // Preflight requests are answered for all paths.
        return;
    }
    let Some((template, methods)) = find(path) else { return };
    let operation = &methods[if is_head { "get".to_owned() } else { method.to_lowercase() }];
    let place = format!("{method} {template}: {}", response.status);
    if operation.is_null() || response.status == 405 {
        assert!([405, 404].contains(&response.status), "{place} for a method that is not documented");
        return;
    }
    // A path that is not UTF-8 matches no route.
    let mut documented = &operation["responses"][response.status.to_string()];
    assert!(!documented.is_null(), "{place} is not documented: {}", response.text());
    if let Some(target) = documented["$ref"].as_str() {
        documented = DOCUMENT.pointer(&target[1..]).expect("the reference resolves");
    }
    let Some(content) = documented["content"].as_object() else {
        assert!(response.body.is_empty(), "{place} has an undocumented body");
        return;
    };
    if is_head {
        return;
    }
    let media_type = response.header("content-type").split(';').next().unwrap_or_default().trim();
    if media_type == "text/html" && content.contains_key("application/problem+json") {
        // Browsers that navigate get a page instead of a problem.
        return;
    }
    let media = content.get(media_type).unwrap_or_else(|| panic!("{place} with {media_type:?} is not documented"));
    if media_type.ends_with("json") && media["schema"]["type"] != "string" {
        let body: Value = serde_json::from_slice(&response.body).unwrap_or_else(|e| panic!("{place}: {e}"));
        let violations = validator(&media["schema"]).violations(&body);
        let violations: Vec<_> = violations.iter().map(|v| format!("{}: {}", v.pointer, v.message.text())).collect();
        assert!(violations.is_empty(), "{place} does not match its schema: {violations:#?}\n{body:#}");
    }
}

/// The documented path that a path matches: one without parameters first.
fn find(path: &str) -> Option<(&'static str, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object().expect("paths");
    let matching = |template: &str, methods: &Value| {
        let (mut given, segments): (Vec<_>, Vec<_>) = (path.split('/').collect(), template.split('/').collect());
        let operations = methods.as_object().into_iter().flat_map(|methods| methods.values());
        let mut parameters = operations.filter_map(|operation| operation["parameters"].as_array()).flatten();
        if parameters.any(|parameter| parameter["x-slashes"] == true) {
            // The last parameter is the rest of the path.
            given.truncate(segments.len());
        }
        given.len() == segments.len()
            && given.iter().zip(&segments).all(|(given, segment)| {
                given == segment
                    || segment.strip_prefix('{').is_some_and(|rest| rest.ends_with('}')) && !given.is_empty()
            })
    };
    let mut all: Vec<_> = paths.iter().filter(|(template, methods)| matching(template, methods)).collect();
    all.sort_by_key(|(template, _)| template.matches('{').count());
    all.first().map(|(template, methods)| (template.as_str(), *methods))
}

fn validator(schema: &Value) -> Arc<Validator> {
    let mut validators = VALIDATORS.lock().expect("no panic");
    let compile = || {
        let schema = json!({ "allOf": [schema], "components": DOCUMENT["components"] });
        Arc::new(Validator::compile(schema).unwrap_or_else(|fault| panic!("{}", fault.message.text())))
    };
    Arc::clone(validators.entry(schema.to_string()).or_insert_with(compile))
}
