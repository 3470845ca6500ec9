//! Trying a template: its samples and made-up parameters are composed, and everything that somebody should look at is
//! collected.

mod cases;
mod codes;
mod sheet;

use std::{collections::BTreeSet, sync::Arc};

use image::RgbImage;
use serde::Serialize;
use serde_json::Value;

pub use cases::{Case, cases};
pub use sheet::sheet;

use super::{App, CodeFrom, ComposeRequest, Composed, compose};
use haibao_core::{
    error::{Error, Finding, Kind, Result},
    paint::geometry::PxRect,
    render::{PlacedLayer, Rendered},
    template::{Template, schema::resolve},
};

/// What became of one case.
#[derive(Debug)]
pub struct Tried {
    /// Its name.
    pub name: String,
    /// The poster; none when it could not be made.
    pub poster: Option<RgbImage>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
}

/// A finding, and the cases that have it.
#[derive(Debug, Serialize)]
pub struct Found {
    /// The finding, as the first of the cases has it.
    #[serde(flatten)]
    pub finding: Finding,
    /// Names of the cases.
    pub cases: Vec<String>,
}

/// Tries a template with every case.
///
/// # Errors
/// Those of the service itself; what is wrong with the template or a poster is a finding.
pub async fn check(app: &App, template: &Arc<Template>) -> Result<Vec<Tried>> {
    let mut tried = Vec::new();
    for Case { name, params } in cases(template) {
        let request = ComposeRequest::new(template.id.as_str(), params);
        let usual = name == "sample usual";
        tried.push(try_one(app, template, name, request, usual).await?);
    }
    Ok(tried)
}

/// Tries one poster, with a sample in the place of its code. In `usual` ones no text may be cut.
///
/// # Errors
/// As [`check`].
pub async fn try_one(
    app: &App,
    template: &Template,
    name: String,
    request: ComposeRequest,
    usual: bool,
) -> Result<Tried> {
    let request = ComposeRequest { code_from: CodeFrom::Sample, ..request };
    match compose(app, request.clone()).await {
        Ok(composed) => {
            let mut findings = judged(template, &composed.rendered, usual);
            let poster = decoded(&composed.rendered)?;
            let larger = codes::scale(&composed.plan, &composed.rendered);
            findings.extend(if larger == 1.0 {
                codes::misread(&composed.plan, &composed.rendered, &poster)
            } else {
                let scale = (request.scale * larger).min(3.0);
                let Composed { plan, rendered, .. } = compose(app, ComposeRequest { scale, ..request }).await?;
                codes::misread(&plan, &rendered, &decoded(&rendered)?)
            });
            Ok(Tried { name, poster: Some(poster), findings })
        }
        Err(error) if error.kind() == Kind::Internal => Err(error),
        Err(error) => Ok(Tried { name, poster: None, findings: told(&error) }),
    }
}

/// The same finding of several cases is one.
pub fn grouped(tried: &[Tried]) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    for one in tried {
        for finding in &one.findings {
            let same =
                |found: &&mut Found| (found.finding.code, &found.finding.pointer) == (finding.code, &finding.pointer);
            match all.iter_mut().find(same) {
                Some(found) if found.cases.contains(&one.name) => {}
                Some(found) => found.cases.push(one.name.clone()),
                None => all.push(Found { finding: finding.clone(), cases: vec![one.name.clone()] }),
            }
        }
    }
    all
}

/// The findings that count, and those that only boxes show.
fn judged(template: &Template, rendered: &Rendered, usual: bool) -> Vec<Finding> {
    let free = free_texts(template);
    let wanted = |finding: &&Finding| {
        // A long name may be cut where the layout says so; a price never, and the usual sample shows what is usual.
        let cut = finding.code == "text_truncated" && !usual;
        !cut || !layer_of(finding).is_some_and(|layer| free.contains(layer))
    };
    let mut findings: Vec<Finding> = rendered.findings.iter().filter(wanted).cloned().collect();
    findings.extend(misplaced(rendered));
    findings
}

/// Text that leaves the canvas or lies on the code.
fn misplaced(rendered: &Rendered) -> Vec<Finding> {
    let mut findings = Vec::new();
    let canvas = PxRect::new(0, 0, rendered.width, rendered.height);
    for text in rendered.layers.iter().filter(|layer| !layer.text.is_empty()) {
        let PlacedLayer { pointer, ink, rect, .. } = text;
        // What lies far outside is not drawn at all.
        let seen = if ink.is_empty() { rect } else { ink };
        if seen.intersect(&canvas).is_empty() || !ink.is_empty() && ink.intersect(&canvas) != *ink {
            let finding = Finding::warning("text_outside", "the text leaves the canvas").pointer(pointer);
            findings.push(finding.hint("move its box, or make it smaller"));
        }
        for code in rendered.layers.iter().filter(|layer| layer.is_code) {
            if !code.ink.intersect(ink).is_empty() {
                let message =
                    format!("the text lies on the code of layer {}", code.pointer.trim_start_matches("/layers/"));
                let finding = Finding::error("text_on_code", message).pointer(pointer);
                findings.push(finding.hint("leave the code a place of its own"));
            }
        }
    }
    findings
}

/// Helpers whose argument is a number, whatever its name: an element of a list is an `item`.
const NUMBERS: [&str; 2] = ["money", "number"];

/// Layers whose text may be cut: the layout says after how many lines, and no number is in it.
fn free_texts(template: &Template) -> BTreeSet<String> {
    let mut numbers = BTreeSet::new();
    let document = template.params().document();
    named_numbers(document, document, &mut numbers);
    let layers = template.layout.all_layers().into_iter();
    let is_number = |source: &str| NUMBERS.iter().chain(&numbers).any(|name| names(source, name));
    let free = layers.filter(|(pointer, layer)| {
        let sources = layer.expressions(pointer).into_sources();
        let mut texts = sources.iter().filter(|(pointer, _)| pointer.ends_with("/text"));
        layer.kind.limits_text() && !texts.any(|(_, source)| is_number(source))
    });
    free.map(|(pointer, _)| pointer).collect()
}

/// The names of all numbers within a part of a schema, those of elements and members included.
fn named_numbers<'s>(document: &'s Value, schema: &'s Value, numbers: &mut BTreeSet<&'s str>) {
    for (name, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let kind = resolve(document, schema).get("type").and_then(Value::as_str);
        if matches!(kind, Some("integer" | "number")) {
            numbers.insert(name);
        }
        named_numbers(document, schema, numbers);
    }
    // What is referred to is looked at where it stands: references may go round in a circle.
    let parts = schema.get("$defs").and_then(Value::as_object).into_iter().flat_map(|parts| parts.values());
    schema.get("items").into_iter().chain(parts).for_each(|part| named_numbers(document, part, numbers));
}

/// Whether handlebars use a parameter.
fn names(source: &str, name: &str) -> bool {
    let tags = source.split("{{").skip(1).filter_map(|rest| rest.split("}}").next());
    let words =
        |tag: &str| tag.split(|c: char| !(c.is_alphanumeric() || c == '_')).map(str::to_owned).collect::<Vec<_>>();
    tags.flat_map(words).any(|word| word == name)
}

fn layer_of(finding: &Finding) -> Option<&str> {
    let pointer = finding.pointer.as_deref()?;
    pointer.strip_suffix("/text").or_else(|| pointer.strip_suffix("/spans"))
}

fn told(error: &Error) -> Vec<Finding> {
    match error.all_findings() {
        [] => vec![error.as_finding()],
        all => all.to_vec(),
    }
}

fn decoded(rendered: &Rendered) -> Result<RgbImage> {
    let decoded = image::load_from_memory(&rendered.bytes);
    let decoded = decoded.map_err(|e| Error::new(Kind::Internal, "internal", "the poster is no PNG").source(e))?;
    Ok(decoded.into_rgb8())
}

#[cfg(test)]
mod tests;
