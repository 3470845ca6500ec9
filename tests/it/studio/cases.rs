//! The cases of `haibao check` in the studio, versions of templates, and formats of previews.

use std::fs;

use serde_json::{Value, json};

use super::{CHINESE, JSON, draft, editing, file, open, params, path, text, write};
use crate::support::{Node, Response, Service, TEMPLATE, run, send, wait_for};

fn check(node: &Node, body: &Value, headers: &[(&str, &str)]) -> Response {
    let path = format!("{}/cases", path(TEMPLATE));
    send(node.addr, "POST", &path, &[&[JSON], headers].concat(), body.to_string().as_bytes())
}

fn names(cases: &Value) -> Vec<&str> {
    cases.as_array().expect("cases").iter().map(|case| case["name"].as_str().expect("a name")).collect()
}

#[test]
fn cases_are_those_of_the_command_line() {
    let service = editing();
    let path = format!("{}/cases", path(TEMPLATE));
    let got = service.get(&path);
    assert_eq!((got.status, got.header("cache-control")), (200, "no-store"), "{}", got.text());
    let cases = got.json();
    let all = names(&cases);
    assert!(all.contains(&"sample usual") && all.contains(&"longest") && all.contains(&"hostile"), "{all:?}");
    let printed = run(service.folder.path(), &["check", TEMPLATE, "--format", "json"]);
    let report: Value = serde_json::from_slice(&printed.stdout).expect("JSON");
    let mut expected = Vec::new();
    for found in report["templates"][0]["findings"].as_array().expect("findings") {
        for case in found["cases"].as_array().expect("cases") {
            expected.push((case.as_str().expect("a name"), found["code"].as_str().expect("a code")));
        }
    }
    let mut found = Vec::new();
    for case in cases.as_array().expect("cases") {
        let name = case["name"].as_str().expect("a name");
        let findings = case["findings"].as_array().expect("findings");
        found.extend(findings.iter().map(|one| (name, one["code"].as_str().expect("a code"))));
        assert_eq!(case["boxes"].as_array().map(Vec::len), Some(findings.len()), "{case:#}");
        assert!(case["params"].is_object() && case["about"].is_string(), "{case:#}");
    }
    for list in [&mut expected, &mut found] {
        list.sort_unstable();
        list.dedup();
    }
    assert_eq!(found, expected);
    // Its parameters draw its poster.
    let longest = cases.as_array().into_iter().flatten().find(|case| case["name"] == "longest").expect("a case");
    draft(&service, "preview", &json!({ "params": longest["params"] }), &[]).poster();
    assert_eq!(service.wechat.counters().code_calls, 0, "no code was fetched");
}

#[test]
fn cases_of_a_draft_have_the_boxes_of_what_is_wrong() {
    let service = editing();
    // The title extends beyond the canvas.
    let layout = text(&service, "layout.json").0.replace("\"at\": \"#title\"", "\"box\": [600, 20, 630, 124]");
    let body = json!({ "files": { "layout.json": layout }, "only": ["longest", "nothing"] });
    let cases = check(&service, &body, &[]).json();
    assert_eq!(names(&cases), ["longest"]);
    let case = &cases[0];
    assert_eq!(
        (&case["title"], &case["about"]),
        (&json!("longest"), &json!("the longest texts and the largest numbers"))
    );
    let outside = case["findings"].as_array().expect("findings").iter().position(|one| one["pointer"] == "/layers/1");
    let outside = outside.unwrap_or_else(|| panic!("the text is outside the canvas: {case:#}"));
    assert_eq!(case["boxes"][outside], json!([600, 20, 630, 124]), "{case:#}");
    let chinese = check(&service, &body, &[CHINESE]).json();
    assert_eq!((&chinese[0]["name"], &chinese[0]["title"]), (&json!("longest"), &json!("最长")));
    // Without the check, nothing is drawn.
    let quick = check(&service, &json!({ "check": false }), &[]).json();
    let quick = quick.as_array().expect("cases");
    assert!(quick.len() > 10 && quick.iter().all(|case| case["findings"].is_null() && case["boxes"] == json!([])));
    // A draft that is no template, and fields that are wrong.
    let broken = json!({ "files": { "layout.json": "{}" } });
    let problem = check(&service, &broken, &[]).problem(422, "template_invalid");
    assert!(
        problem["findings"][0]["excerpt"].is_string() || problem["findings"][0]["message"].is_string(),
        "{problem:#}"
    );
    for body in [json!({ "only": "longest" }), json!({ "check": 1 }), json!({ "files": { "x.json": "" } })] {
        check(&service, &body, &[]).problem(422, "request_invalid");
    }
}

#[test]
fn a_version_is_drawn_as_it_was() {
    let service = editing();
    let versions = |node: &Node| node.get(&format!("{}/versions", path(TEMPLATE))).json();
    let first = open(&service, TEMPLATE)["version"].as_str().expect("a version").to_owned();
    wait_for("the version is stored", || versions(&service).as_array().is_some_and(|all| !all.is_empty()));
    let before = draft(&service, "preview", &json!({ "params": params() }), &[]).poster().to_vec();
    let (layout, hash) = text(&service, "layout.json");
    let other = layout.replace("\"#24352f\"", "\"#902010\"");
    let tag = format!("\"{hash}\"");
    assert_eq!(write::put(&service, TEMPLATE, "layout.json", &[("If-Match", &tag)], &other).status, 200);
    wait_for("both are stored", || versions(&service).as_array().is_some_and(|all| all.len() == 2));
    let listed = versions(&service);
    assert!(listed.as_array().into_iter().flatten().any(|one| one["version"] == first.as_str()), "{listed:#}");
    assert!(listed[0]["seen_at"].as_u64().is_some_and(|seen| seen > 1_700_000_000), "{listed:#}");
    let after = draft(&service, "preview", &json!({ "params": params() }), &[]).poster().to_vec();
    let pinned = draft(&service, "preview", &json!({ "params": params(), "version": first }), &[]).poster().to_vec();
    assert!(pinned == before && after != before);
    let unknown = json!({ "params": params(), "version": "0000000000000000" });
    draft(&service, "preview", &unknown, &[]).problem(404, "template_version_unknown");
    let template = open(&service, TEMPLATE);
    assert!(
        fs::read(service.folder.path().join("templates/my/layout.json")).is_ok()
            && file(&template, "layout.json")["text"] == other
    );
}

#[test]
fn previews_have_the_formats_of_posters() {
    let service = Service::start();
    let document = service.get("/openapi.json").json();
    let schemas = &document["components"]["schemas"];
    let formats = &schemas["DraftBody"]["properties"]["format"]["enum"];
    assert!(formats.as_array().is_some_and(|names| names.contains(&json!("png"))), "{schemas:#}");
    draft(&service, "preview", &json!({ "params": params(), "format": "png" }), &[]).poster();
    let problem = draft(&service, "preview", &json!({ "params": params(), "format": "gif" }), &[]);
    problem.problem(422, "request_invalid");
    let explained = draft(&service, "explain", &json!({ "params": params() }), &[]).json();
    let code = &explained["codes"][0];
    let layer = explained["layers"].as_array().into_iter().flatten().find(|layer| layer["layer"] == code["layer"]);
    assert_eq!(layer.expect("the layer of the code")["box"], code["box"], "{explained:#}");
}
