//! Explains a composed poster: every layer with its box, lines and source, the measured codes and the duration of each
//! stage, as JSON or drawn over the poster.

mod overlay;

use serde_json::{Value, json};

pub use self::overlay::{FORMAT as OVERLAY_FORMAT, overlay};
use super::Composed;
use haibao_core::{
    asset::AssetSource,
    layer::Role,
    paint::geometry::PxRect,
    render::{PlacedGroup, PlacedLayer, Rendered},
    text::{FontRun, FontSet},
};

/// Maximum length of a reported text or source, characters.
const MAX_SHOWN: usize = 80;
/// Maximum number of font runs reported per text.
const MAX_RUNS: usize = 64;

/// Explains a poster as JSON: `{width, height, bands, layers, groups, codes, times_ms, findings}`; boxes are `[x, y, width,
/// height]` in px of the poster.
pub fn explain(composed: &Composed, fonts: &FontSet) -> Value {
    let rendered = &composed.rendered;
    let times = composed.times.stages().map(|(name, took)| (name.to_owned(), json!(took.as_secs_f64() * 1e3)));
    json!({
        "width": rendered.width,
        "height": rendered.height,
        "bands": { "drawn": rendered.bands_drawn, "known": rendered.bands_known },
        "layers": rendered.layers.iter().enumerate().map(|(number, placed)| layer(composed, fonts, number, placed))
            .collect::<Vec<_>>(),
        "groups": rendered.groups.iter().enumerate().map(|(number, placed)| group(composed, number, placed))
            .collect::<Vec<_>>(),
        "codes": codes(rendered),
        "times_ms": times.into_iter().collect::<serde_json::Map<_, _>>(),
        "findings": rendered.findings,
    })
}

/// The measurements of each code, with the layer that it belongs to.
fn codes(rendered: &Rendered) -> Vec<Value> {
    let own: Vec<_> = rendered.layers.iter().filter(|layer| layer.is_code).collect();
    let measured = rendered.codes.iter().enumerate().map(|(number, code)| {
        let mut report = json!({
            "side": code.side,
            "contrast": code.contrast,
            "covered": code.occluded,
            "disturbed": code.disturbed,
        });
        // A layer has one code.
        if let Some(layer) = own.get(number).filter(|_| own.len() == rendered.codes.len()) {
            report["layer"] = layer.pointer.as_str().into();
            report["box"] = json!(x_y_width_height(&layer.rect));
        }
        report
    });
    measured.collect()
}

fn layer(composed: &Composed, fonts: &FontSet, number: usize, placed: &PlacedLayer) -> Value {
    let plan = &composed.plan;
    let fonts = plan.template.fonts_or(fonts);
    let took = composed.layer_times.get(number).copied().unwrap_or_default();
    let mut report = json!({
        "layer": placed.pointer,
        "type": placed.kind,
        "box": x_y_width_height(&placed.rect),
        "ink": x_y_width_height(&placed.ink),
        "ms": took.as_secs_f64() * 1e3,
    });
    let Some(kind) = plan.layers.get(placed.position).map(|layer| &layer.kind) else { return report };
    if let Some(text) = kind.text() {
        report["text"] = shown(&text.spans.iter().map(|span| span.text.as_str()).collect::<String>()).into();
        report["lines"] = placed.lines.into();
        report["zoom"] = placed.zoom.into();
        report["truncated"] = placed.truncated.into();
        report["fonts"] = runs(placed, fonts).into();
    }
    if kind.shows_picture() {
        match plan.code.as_ref().filter(|_| kind.shows_code()) {
            Some(need) => {
                report["code"] = json!({ "kind": need.opens.kind(), "width": need.width, "app": need.app });
            }
            None => {
                let content = kind.needs().into_iter().find(|need| need.role == Role::CONTENT);
                report["source"] = content.map(|need| source(need.source)).into();
            }
        }
        report["from"] = composed.origins.get(&placed.position).copied().into();
    }
    if let Some(style) = composed.code_styles.get(&placed.position) {
        report["decided"] = json!(style);
    }
    report
}

/// A group of the artwork that is composited as one with its layers, and its cost.
fn group(composed: &Composed, number: usize, placed: &PlacedGroup) -> Value {
    let took = composed.group_times.get(number).copied().unwrap_or_default();
    let layers = composed.rendered.layers.get(placed.layers.clone()).unwrap_or_default();
    json!({
        "element": placed.element,
        "effects": placed.effects,
        "box": x_y_width_height(&placed.bounds),
        "layers": layers.iter().map(|layer| &layer.pointer).collect::<Vec<_>>(),
        "pixels": placed.pixels,
        "ms": took.as_secs_f64() * 1e3,
    })
}

/// Displayed form of a picture's source.
fn source(source: &AssetSource) -> String {
    match source {
        // Omit the query: it may contain a signature.
        AssetSource::Url(url) => shown(url.split(['?', '#']).next().unwrap_or_default()),
        AssetSource::Data(uri) => format!("data: of {} bytes", uri.len()),
        AssetSource::File(name) => name.clone(),
        AssetSource::Upload(hash) => format!("asset:{hash}"),
    }
}

/// Font runs of a text, each with family and weight.
fn runs(placed: &PlacedLayer, fonts: &FontSet) -> Vec<Value> {
    let run = |run: &FontRun| {
        let face = fonts.face(run.face)?;
        let text = placed.text.get(run.range.clone()).unwrap_or_default();
        Some(json!({ "family": &*face.family, "weight": face.weight, "text": shown(text) }))
    };
    placed.fonts.iter().take(MAX_RUNS).filter_map(run).collect()
}

fn x_y_width_height(rect: &PxRect) -> [i64; 4] {
    [i64::from(rect.x0), i64::from(rect.y0), i64::from(rect.width()), i64::from(rect.height())]
}

fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(MAX_SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
