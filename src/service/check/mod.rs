//! Template check: composes posters with the template's samples and generated parameters, and collects all findings.

mod cases;
mod codes;
mod sheet;
mod thumb;

use std::{collections::BTreeSet, sync::Arc};

use image::RgbImage;
use serde::Serialize;
use serde_json::Value;

pub use cases::{Case, case_about, case_label, cases};
pub use sheet::{SHEET_MEDIA_TYPE, sheet};

use super::{
    App, CodeFrom, ComposeRequest, Composed,
    compose::compose_of,
    pool::{CancelToken, Kind, Need},
};
use crate::{export::outline, words};
use haibao_core::{
    error::{Error, ErrorKind, Finding, Result},
    legibility::text_size,
    paint::geometry::PxRect,
    plan::Plan,
    render::{PlacedLayer, Rendered},
    template::{Template, params::resolve},
    words::is_truncation,
};

/// Result of one case.
#[derive(Debug)]
pub struct CaseResult {
    /// Name of the case.
    pub name: String,
    /// Thumbnail of the poster for the contact sheet; `None` if it could not be composed.
    pub poster: Option<RgbImage>,
    /// Problems found.
    pub findings: Vec<Finding>,
    /// Names of the parameters that a generated case leaves empty.
    pub left_empty: Vec<String>,
    /// Boxes of the drawn layers by their pointers, px of the poster.
    pub boxes: Vec<(String, PxRect)>,
}

impl CaseResult {
    /// Box of the layer that a finding is about, px of the poster.
    pub fn box_of(&self, finding: &Finding) -> Option<&PxRect> {
        let pointer = finding.pointer.as_deref()?;
        let is_of =
            |layer: &str| pointer.strip_prefix(layer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let boxes = self.boxes.iter().filter(|(layer, _)| is_of(layer));
        // The innermost one: layers may be in others.
        boxes.rev().max_by_key(|(layer, _)| layer.len()).map(|(_, rect)| rect)
    }
}

/// A finding and the cases in which it occurs.
#[derive(Debug, Serialize)]
pub struct Found {
    /// The finding of the first of these cases.
    #[serde(flatten)]
    pub finding: Finding,
    /// Names of the cases.
    pub cases: Vec<String>,
    /// Names of the parameters that are empty in all of these cases, if they are generated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_empty: Vec<String>,
}

/// Composes a template with every case.
///
/// # Errors
/// Internal errors of the service; `busy` and `deadline`. Problems of the template or a poster are findings.
pub async fn check(app: &App, template: &Arc<Template>) -> Result<Vec<CaseResult>> {
    let mut tried = without_posters(template);
    for case in cases(template) {
        tried.push(try_case(app, template, case).await?);
    }
    Ok(tried)
}

/// Composes a template with one case.
///
/// # Errors
/// As [`check`].
pub async fn try_case(app: &App, template: &Arc<Template>, case: Case) -> Result<CaseResult> {
    let Case { name, params, left_empty } = case;
    let request = ComposeRequest::new(template.id.as_str(), params);
    let look = Look { is_usual: name == "sample usual", reads_small: true };
    Ok(CaseResult { left_empty, ..try_one(app, template, name, request, look).await? })
}

/// Composes the poster of a row with a sample code, once. Any truncated text is a finding. Codes that are too small for the
/// decoder are not read: that takes a second, larger drawing of several times the cost, and [`check`] reads them.
///
/// # Errors
/// As [`check`].
pub async fn try_row(app: &App, template: &Arc<Template>, name: String, request: ComposeRequest) -> Result<CaseResult> {
    try_one(app, template, name, request, Look { is_usual: true, reads_small: false }).await
}

/// Problems for which no poster is drawn: titles that several parameters have, so that a column of a sheet could be any of them, and
/// values of the schema that the artwork cannot have.
pub fn without_posters(template: &Template) -> Vec<CaseResult> {
    let twice = outline::ambiguous_titles(template).into_iter();
    let titles: Vec<Finding> = twice.map(|(title, names)| words::title_twice(words::quote(&title), names)).collect();
    let all = [(cases::TITLES, titles), (cases::VALUES, template.schema_warnings())].into_iter();
    let all = all.filter(|(_, findings)| !findings.is_empty()).map(|(name, findings)| CaseResult {
        name: name.to_owned(),
        poster: None,
        findings,
        left_empty: Vec::new(),
        boxes: Vec::new(),
    });
    all.collect()
}

/// What is looked for in a poster.
#[derive(Debug, Clone, Copy)]
struct Look {
    /// Whether any truncated text is a finding.
    is_usual: bool,
    /// Whether small codes are read from a larger poster.
    reads_small: bool,
}

/// Composes one poster of a template with a sample code.
async fn try_one(
    app: &App,
    template: &Arc<Template>,
    name: String,
    request: ComposeRequest,
    Look { is_usual, reads_small }: Look,
) -> Result<CaseResult> {
    let request = ComposeRequest { code_from: CodeFrom::Sample, ..request };
    match compose_of(app, Arc::clone(template), request.clone()).await {
        Ok(composed) => {
            let mut findings = relevant_findings(template, &composed.rendered, is_usual);
            findings.extend(small_texts(&composed.plan, &composed.rendered));
            let boxes = composed.rendered.layers.iter().map(|layer| (layer.pointer.clone(), layer.rect)).collect();
            let factor = codes::scale(&composed.plan, &composed.rendered);
            let (poster, misread) = looked_at(app, composed, factor == 1.0).await?;
            findings.extend(misread);
            if factor != 1.0 && reads_small {
                let scale = (request.scale * factor).min(3.0);
                let larger = compose_of(app, Arc::clone(template), ComposeRequest { scale, ..request }).await?;
                findings.extend(looked_at(app, larger, true).await?.1);
            }
            Ok(CaseResult { name, poster: Some(poster), findings, left_empty: Vec::new(), boxes })
        }
        Err(error) if is_of_service(&error) => Err(error),
        Err(error) => {
            let findings = error_findings(&error);
            Ok(CaseResult { name, poster: None, findings, left_empty: Vec::new(), boxes: Vec::new() })
        }
    }
}

/// Whether an error says nothing about the poster: the service failed, or is overloaded. A picture that is late has a finding.
fn is_of_service(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Internal | ErrorKind::Busy => true,
        ErrorKind::Deadline => error.all_findings().is_empty(),
        _ => false,
    }
}

/// Groups equal findings (same code, pointer and place) of different cases.
pub fn grouped(tried: &[CaseResult]) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    for one in tried {
        for finding in &one.findings {
            let key = |finding: &Finding| (finding.code, finding.pointer.clone(), finding.place.clone());
            let same = |found: &&mut Found| key(&found.finding) == key(finding);
            match all.iter_mut().find(same) {
                Some(found) if found.cases.contains(&one.name) => {}
                Some(found) => {
                    found.cases.push(one.name.clone());
                    found.left_empty.retain(|name| one.left_empty.contains(name));
                }
                None => all.push(Found {
                    finding: finding.clone(),
                    cases: vec![one.name.clone()],
                    left_empty: one.left_empty.clone(),
                }),
            }
        }
    }
    all
}

/// The relevant findings of the renderer, and those derived from the layers' boxes.
fn relevant_findings(template: &Template, rendered: &Rendered, is_usual: bool) -> Vec<Finding> {
    let truncatable = truncatable_texts(template);
    let is_relevant = |finding: &&Finding| {
        // Truncation is accepted where the layout sets `max_lines`, but not for numbers or in the usual sample.
        let is_truncation = is_truncation(finding) && !is_usual;
        !is_truncation || !layer_of(finding).is_some_and(|layer| truncatable.contains(layer))
    };
    let mut findings: Vec<Finding> = rendered.findings.iter().filter(is_relevant).cloned().collect();
    findings.extend(misplaced(rendered));
    findings
}

/// Finds text that extends beyond the canvas or overlaps a code.
fn misplaced(rendered: &Rendered) -> Vec<Finding> {
    let mut findings = Vec::new();
    let canvas = PxRect::new(0, 0, rendered.width, rendered.height);
    for text in rendered.layers.iter().filter(|layer| !layer.text.is_empty()) {
        let PlacedLayer { pointer, ink, rect, .. } = text;
        // Text far outside the canvas is not drawn and has no ink.
        let extent = if ink.is_empty() { rect } else { ink };
        if extent.intersect(&canvas).is_empty() || !ink.is_empty() && ink.intersect(&canvas) != *ink {
            findings.push(words::text_outside().pointer(pointer));
        }
        for code in rendered.layers.iter().filter(|layer| layer.is_code) {
            if !code.ink.intersect(ink).is_empty() {
                let layer = code.pointer.trim_start_matches("/layers/");
                findings.push(words::text_on_code(layer).pointer(pointer));
            }
        }
    }
    findings
}

/// Finds text that is too small to be read.
fn small_texts(plan: &Plan, rendered: &Rendered) -> Vec<Finding> {
    let drawn = rendered.layers.iter().filter(|layer| !layer.text.is_empty());
    let found = drawn.filter_map(|layer| {
        let text = plan.layers.get(layer.position)?.kind.text()?;
        // Signs and emoji are recognised at smaller sizes.
        let read = text.spans.iter().filter(|span| span.text.contains(char::is_alphanumeric));
        let size = read.map(|span| span.font_size).reduce(f32::min)?;
        Some(text_size(size, layer.zoom, plan.canvas.width as f32)?.pointer(&layer.pointer))
    });
    found.collect()
}

/// Helpers that take a number. Their use marks a number even if the argument's name does not, as for `item` in a list.
const NUMBER_HELPERS: [&str; 2] = ["money", "number"];

/// Layers whose text may be truncated: those with `max_lines` and without numbers.
fn truncatable_texts(template: &Template) -> BTreeSet<String> {
    let mut numbers = BTreeSet::new();
    let document = template.params().document();
    collect_numbers(document, document, &mut numbers);
    let layers = template.layout.all_layers().into_iter();
    let is_number = |source: &str| NUMBER_HELPERS.iter().chain(&numbers).any(|name| uses(source, name));
    let truncatable = layers.filter(|(pointer, layer)| {
        let sources = layer.expressions(pointer).into_sources();
        let mut texts = sources.iter().filter(|(pointer, _)| pointer.ends_with("/text"));
        layer.kind.limits_text() && !texts.any(|(_, source)| is_number(source))
    });
    truncatable.map(|(pointer, _)| pointer).collect()
}

/// Collects the names of all numeric properties in a schema, including nested ones.
fn collect_numbers<'s>(document: &'s Value, schema: &'s Value, numbers: &mut BTreeSet<&'s str>) {
    for (name, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let kind = resolve(document, schema).get("type").and_then(Value::as_str);
        if matches!(kind, Some("integer" | "number")) {
            numbers.insert(name);
        }
        collect_numbers(document, schema, numbers);
    }
    // Visit definitions directly instead of following references, which may be recursive.
    let parts = schema.get("$defs").and_then(Value::as_object).into_iter().flat_map(|parts| parts.values());
    schema.get("items").into_iter().chain(parts).for_each(|part| collect_numbers(document, part, numbers));
}

/// Whether a Handlebars template uses a parameter.
fn uses(source: &str, name: &str) -> bool {
    let tags = source.split("{{").skip(1).filter_map(|rest| rest.split("}}").next());
    let words =
        |tag: &str| tag.split(|c: char| !(c.is_alphanumeric() || c == '_')).map(str::to_owned).collect::<Vec<_>>();
    tags.flat_map(words).any(|word| word == name)
}

fn layer_of(finding: &Finding) -> Option<&str> {
    let pointer = finding.pointer.as_deref()?;
    pointer.strip_suffix("/text").or_else(|| pointer.strip_suffix("/spans"))
}

fn error_findings(error: &Error) -> Vec<Finding> {
    match error.all_findings() {
        [] => vec![error.as_finding()],
        all => all.to_vec(),
    }
}

/// Decodes a poster on the CPU pool: its thumbnail, and if asked for the codes in it that cannot be read.
async fn looked_at(app: &App, composed: Composed, with_codes: bool) -> Result<(RgbImage, Vec<Finding>)> {
    /// The PNG's rows, and what the code readers make of them.
    const BYTES_PER_PIXEL: u64 = 8;
    let pixels = u64::from(composed.rendered.width) * u64::from(composed.rendered.height);
    // Its file counts as the input of a job from here on: a task that waits for memory must not hold any.
    let Composed { rendered, plan, held, .. } = composed;
    drop(held);
    let bytes = rendered.bytes.len() as u64;
    let need = Need { bytes, memory: BYTES_PER_PIXEL * pixels, ..Need::of(Kind::Other) };
    let look = move |_: &CancelToken<'_>| {
        let decoded = image::load_from_memory(&rendered.bytes);
        let decoded = decoded.map_err(|e| Error::internal("cannot decode the rendered PNG").source(e))?.into_rgb8();
        let misread = if with_codes { codes::misread(&plan, &rendered, &decoded) } else { Vec::new() };
        let thumb = thumb::thumb(&decoded)?;
        Ok((thumb, misread))
    };
    app.pool.run(need, look).await
}

#[cfg(test)]
mod tests;
