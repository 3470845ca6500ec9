//! Links that pin a version of a template.

use std::fs;

use serde_json::json;

use super::{KEY, link, post};
use crate::support::{Service, wait_for};

const SETTINGS: [(&str, &str); 2] = [("HAIBAO_LINKS__KEYS", KEY), ("HAIBAO_CATALOG__RELOAD_MS", "100")];

#[test]
fn a_link_keeps_the_replaced_version_that_it_pins() {
    let mut service = Service::set(&SETTINGS);
    let layout = service.folder.path().join("templates/my/layout.json");
    let original = fs::read_to_string(&layout).expect("a file");
    wait_for("readiness", || service.get("/readyz").json()["ready"] == true);
    let version =
        |service: &Service| service.get("/v1/templates/my").json()["version"].as_str().expect("a version").to_owned();
    let old = version(&service);
    let stored = service.folder.path().join(format!("data/blobs/templates/my/{old}.seen"));
    wait_for("the stored version", || stored.exists());
    let expected = service.post(&json!({ "template": "my", "params": { "title": "a" } }));
    fs::write(&layout, original.replace("\"font_size\": ", "\"font_size\": 1")).expect("a file");
    wait_for("the reload", || version(&service) != old);

    // It was replaced so long ago that the next sweep would remove it.
    fs::write(&stored, b"1000").expect("a file");
    let path = link(&service, &json!({ "template": format!("my@{old}"), "params": { "title": "a" } }));
    assert_ne!(fs::read(&stored).expect("a file"), b"1000", "its life is that of the link from now on");
    // A sweep comes at the start.
    service.restart(&SETTINGS);
    wait_for("readiness", || service.get("/readyz").json()["ready"] == true);
    assert!(service.get(&path).poster() == expected.poster());

    fs::remove_file(stored.with_extension("zip")).expect("a file");
    service.restart(&SETTINGS);
    let body = json!({ "template": format!("my@{old}"), "params": { "title": "a" } });
    post(&service, "/v1/posters/links", &body).problem(404, "template_version_unknown");
}
