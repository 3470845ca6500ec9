//! Shared helpers for golden tests, render tests and benchmarks: posters of the starter templates without a network.

#![allow(dead_code, reason = "each test binary uses a subset")]

use std::{collections::BTreeMap, path::Path, sync::Arc};

use haibao::{
    code::{CodeNeed, Opens, qr},
    plan::{self, Asset, CodeRequest, Gathered, LayerKind, Plan, Source},
    render::{Config, Renderer},
    scene::Scene,
    service::Catalog,
    template::Template,
    text::FontSet,
    wechat::emulator::{self, Payload},
};
use serde_json::{Value, json};

/// The starter templates.
pub const TEMPLATES: [&str; 10] = [
    "product-share",
    "group-buy",
    "event-invite",
    "coupon",
    "course-enroll",
    "festival-greeting",
    "house-listing",
    "job-opening",
    "member-card",
    "travel-route",
];
/// Samples of each starter template.
pub const SAMPLES: [&str; 3] = ["usual", "longest", "poorest"];

/// Loads a template from the `templates` folder of this repository.
pub fn template(id: &str) -> Arc<Template> {
    let catalog = Catalog::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"), FontSet::embedded());
    catalog.get(id).unwrap_or_else(|e| panic!("template {id}: {e} {:#?}", e.all_findings()))
}

/// Parameters of a sample.
pub fn sample(template: &Template, name: &str) -> Value {
    template.samples().get(name).unwrap_or_else(|| panic!("{} has no sample {name}", template.id)).clone()
}

/// Plans a poster.
pub fn plan(template: &Arc<Template>, params: Value, scale: f32) -> Plan {
    let request = plan::Request { params, code: CodeRequest::default(), scale };
    let planned = plan::plan(template.clone(), &request, &FontSet::embedded());
    planned.unwrap_or_else(|e| panic!("{e} {:#?}", e.all_findings()))
}

/// Plans a poster of `layers` on a white canvas, without parameters.
pub fn plan_of([width, height]: [u32; 2], layers: Value, scale: f32) -> Plan {
    let layout = json!({ "title": "layers", "canvas": { "width": width, "height": height }, "layers": layers });
    let files = BTreeMap::from([("layout.json".to_owned(), layout.to_string().into_bytes().into())]);
    let template = Template::load("layers", files).unwrap_or_else(|e| panic!("{e} {:#?}", e.all_findings()));
    plan(&Arc::new(template), json!({}), scale)
}

/// Draws a code as the WeChat emulator does, or with the built-in QR encoder.
pub fn code(need: &CodeNeed) -> Vec<u8> {
    if let Opens::Qr { text } | Opens::Square { path: text } = &need.opens {
        return qr::draw(need, text).expect("a code is drawn");
    }
    let Some((page, Scene::Text(scene))) = need.page_and_scene() else { panic!("samples must not need a short link") };
    let digest = Payload::digest_of(emulator::SAMPLE_APPID, page, "release");
    let payload = Payload::from_scene(scene, digest).expect("the plan checked the scene");
    let style = emulator::Style {
        width: need.width.into(),
        line_color: need.line_color.unwrap_or([0; 3]),
        auto_color: need.auto_color,
        is_hyaline: need.is_hyaline,
    };
    emulator::draw(&payload, &style).expect("a code is drawn")
}

/// Resolves the assets of a plan: files of the template, and the code.
pub fn gather(plan: &Plan) -> Gathered {
    let file = |source: &Source| match source {
        Source::File(name) => plan.template.files.get(name).cloned().map(Asset::new),
        other => panic!("samples must not fetch {other:?}"),
    };
    let asset = |layer: &plan::Layer| match &layer.kind {
        LayerKind::Image(image) => image.source.as_ref().and_then(file),
        LayerKind::Code(own) => own.given.as_ref().and_then(|given| file(&given.source)),
        _ => None,
    };
    let center = |layer: &plan::Layer| match &layer.kind {
        LayerKind::Code(own) => own.center.as_ref().and_then(|center| file(&center.picture.source)),
        _ => None,
    };
    let centers = plan.layers.iter().enumerate().filter_map(|(at, layer)| Some((at, center(layer)?)));
    let assets = plan.layers.iter().map(asset).collect();
    let mut gathered = Gathered { centers: centers.collect(), assets, ..Gathered::default() };
    let mut need = plan.code.clone();
    if plan.is_auto() {
        let renderer = Renderer::new(FontSet::embedded(), Config::default());
        gathered.looks = renderer.looks(plan, &gathered).unwrap_or_else(|e| panic!("{e} {:#?}", e.all_findings()));
        let chosen = gathered.looks.values().find_map(|look| look.line_color).map(|c| [c.r, c.g, c.b]);
        need = need.map(|need| CodeNeed { line_color: chosen.or(need.line_color), ..need });
    }
    gathered.put_code(plan, need.map(|need| Asset::new(code(&need))));
    gathered
}
