//! The API document: it matches the router, the readers of bodies and the templates.

use std::collections::{BTreeMap, BTreeSet};

use haibao_core::template::validator::Validator;
use serde_json::{Value, json};

use crate::support::{Node, Service, send};

fn document(service: &Node) -> Value {
    service.get("/openapi.json").json()
}

/// A validator for a schema of the document.
fn validator(document: &Value, name: &str) -> Validator {
    let schema = json!({ "$ref": format!("#/components/schemas/{name}"), "components": document["components"] });
    Validator::compile(schema).unwrap_or_else(|fault| panic!("{name}: {}", fault.message.text()))
}

/// Path with its parameters filled in.
fn example(path: &str) -> String {
    path.replace("{id}", "none").replace("{file}", "none.png")
}

#[test]
fn every_route_is_documented_with_its_methods() {
    let service = Service::start();
    let document = document(&service);
    let paths = document["paths"].as_object().expect("paths");
    assert!(paths.len() > 25, "{} paths", paths.len());
    for (path, methods) in paths {
        // No route has this method, so the response lists those that it has.
        let response = send(service.addr, "TRACE", &example(path), &[], b"");
        assert_eq!(response.status, 405, "{path} is documented, but the router does not know it");
        let allowed: BTreeSet<String> =
            response.header("allow").split(',').map(|method| method.trim().to_lowercase()).collect();
        let mut documented: BTreeSet<String> = methods.as_object().expect("methods").keys().cloned().collect();
        if documented.contains("get") {
            documented.insert("head".to_owned());
        }
        assert_eq!(documented, allowed, "{path}");
    }
    let known = service.get("/nothing").problem(404, "path_unknown")["hint"].as_str().expect("a hint").to_owned();
    for path in known.trim_start_matches("known paths: ").split(", ").filter(|path| path.starts_with('/')) {
        assert!(paths.contains_key(path), "{path} is routed, but not documented");
    }
}

#[test]
fn references_resolve_and_ids_are_unique() {
    let service = Service::start();
    let document = document(&service);
    assert_eq!(document["openapi"], "3.1.0");
    let mut targets = BTreeSet::new();
    references(&document, &mut targets);
    assert!(targets.len() > 40, "{targets:?}");
    for target in &targets {
        let pointer = target.strip_prefix('#').unwrap_or_else(|| panic!("{target} leaves the document"));
        assert!(document.pointer(pointer).is_some(), "{target} does not exist");
    }
    let mut ids = BTreeSet::new();
    let methods = document["paths"].as_object().expect("paths").values();
    for operation in methods.flat_map(|methods| methods.as_object().expect("methods").values()) {
        let id = operation["operationId"].as_str().expect("an id");
        assert!(ids.insert(id), "{id} occurs twice");
        assert!(operation["summary"].is_string() && operation["tags"][0].is_string(), "{id}");
        assert!(operation["responses"].as_object().is_some_and(|all| !all.is_empty()), "{id}");
    }
    for name in document["components"]["schemas"].as_object().expect("schemas").keys() {
        assert!(targets.contains(&format!("#/components/schemas/{name}")), "the schema {name} is not used");
        validator(&document, name);
    }
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get("$ref").and_then(Value::as_str).map(str::to_owned));
            object.values().for_each(|value| references(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

/// An unknown field makes the service list the fields that it reads.
#[test]
fn schemas_of_bodies_have_the_fields_that_are_read() {
    let service = Service::start();
    let document = document(&service);
    let mut checked = 0;
    for (path, methods) in document["paths"].as_object().expect("paths") {
        let media = &methods["post"]["requestBody"]["content"]["application/json"];
        if media.is_null() || path.starts_with("/api/") {
            continue;
        }
        let name = media["schema"]["$ref"].as_str().and_then(|target| target.rsplit('/').next()).expect("a reference");
        let schema = &document["components"]["schemas"][name];
        let schema = match schema["oneOf"][0]["$ref"].as_str() {
            Some(target) => document.pointer(&target[1..]).expect("it resolves"),
            None => schema,
        };
        let known = known_fields(&service, path, &json!({ "zzzzzzzz": 1 }), "/zzzzzzzz");
        let described = names(&schema["properties"]);
        assert_eq!(known, described, "POST {path}");
        assert_eq!(schema["additionalProperties"], false, "POST {path}");
        checked += 1;
    }
    assert!(checked >= 4, "{checked} bodies");
    let body = json!({ "template": "my", "code": { "zzzzzzzz": 1 } });
    let code = known_fields(&service, "/v1/posters", &body, "/code/zzzzzzzz");
    assert_eq!(code, names(&document["components"]["schemas"]["CodeFields"]["properties"]));
}

fn names(properties: &Value) -> BTreeSet<String> {
    properties.as_object().expect("properties").keys().cloned().collect()
}

fn known_fields(service: &Service, path: &str, body: &Value, pointer: &str) -> BTreeSet<String> {
    let response =
        send(service.addr, "POST", path, &[("Content-Type", "application/json")], body.to_string().as_bytes());
    let problem = response.problem(422, "request_invalid");
    let errors = problem["errors"].as_array().expect("errors");
    let finding = errors.iter().find(|error| error["pointer"] == pointer);
    let hint = finding.and_then(|finding| finding["hint"].as_str()).unwrap_or_else(|| panic!("{path}: {problem:#}"));
    hint.trim_start_matches("known fields: ").split(", ").map(str::to_owned).collect()
}

#[test]
fn schemas_of_templates_agree_with_the_service() {
    let service = Service::start();
    let document = document(&service);
    let requests = validator(&document, "PosterBody");
    let accepts = |body: &Value| requests.violations(body).is_empty();
    let list = service.get("/v1/templates").json();
    for id in list.as_array().expect("a list").iter().map(|entry| entry["id"].as_str().expect("an id")) {
        let one = service.get(&format!("/v1/templates/{id}")).json();
        for (name, params) in one["samples"].as_object().expect("samples") {
            let body = json!({ "template": id, "params": params, "scale": 2, "code": { "env_version": "trial" } });
            let violations = requests.violations(&body);
            let texts: Vec<_> = violations.iter().map(|violation| violation.message.text()).collect();
            assert!(violations.is_empty(), "{id} {name}: {texts:?}");
            let pinned = format!("{id}@{}", one["version"].as_str().expect("a version"));
            assert!(accepts(&json!({ "template": pinned, "params": params })), "{pinned}");
            assert!(!accepts(&json!({ "template": id, "params": { "zzzzzzzz": 1 } })), "{id}");
        }
    }
    let cases = [
        (json!({ "template": "my", "params": { "title": "x" } }), true),
        (json!({ "template": "my", "params": { "title": "x" }, "strict": null, "code": null }), true),
        (json!({ "template": "my", "params": {} }), false),
        (json!({ "template": "my", "params": { "title": 1 } }), false),
        (json!({ "template": "mi", "params": { "title": "x" } }), false),
        (json!({ "params": { "title": "x" } }), false),
        (json!({ "template": "my", "params": { "title": "x" }, "scale": 7 }), false),
        (json!({ "template": "my", "params": { "title": "x" }, "format": "bmp" }), false),
        (json!({ "template": "my", "params": { "title": "x" }, "code": { "pages": "a" } }), false),
        (json!({ "template": "my", "params": { "title": "x" }, "code": { "scene": { "a": 1 } } }), true),
    ];
    for (body, expected) in cases {
        let status = service.post(&body).status;
        assert_eq!((accepts(&body), status == 200), (expected, expected), "{body}: {status}");
    }
    let tag = service.get("/openapi.json").header("etag").to_owned();
    let again = send(service.addr, "GET", "/openapi.json", &[("If-None-Match", &tag)], b"");
    assert_eq!(again.status, 304);
}

/// Problems of each status list the codes that it may have.
#[test]
fn problems_list_their_codes() {
    let document = haibao::http::document();
    let responses = document["components"]["responses"].as_object().expect("responses");
    let codes = responses.values().map(|response| {
        let narrowed = &response["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"];
        let codes = narrowed["code"]["enum"].as_array().expect("codes").iter().filter_map(Value::as_str);
        (narrowed["status"]["const"].as_u64().expect("a status"), codes.collect())
    });
    let codes: BTreeMap<u64, BTreeSet<&str>> = codes.collect();
    let some =
        [(404, "template_unknown"), (422, "param_missing"), (422, "scene_too_long"), (502, "wechat_ip"), (503, "busy")];
    for (status, code) in some {
        assert!(codes[&status].contains(code), "{status} {code}");
    }
    for page in ["/docs", "/docs.js", "/docs.css"] {
        assert!(document["paths"][page]["get"].is_object(), "{page}");
    }
}
