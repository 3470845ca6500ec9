//! `POST /v1/studio/artworks` and `POST /v1/studio/templates`: what an SVG consists of, and new templates.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    super::{
        body::{JsonBody, Members},
        created::created,
        excerpt::Excerpt,
        fields::{BodyFields, fields},
        media,
        posters::{self, picture},
        problem::Problem,
    },
    draft::broken,
};
use crate::{
    language::Language,
    service::{
        App,
        studio::{self, Format, ListedArtwork, Origin, Proposal, Slot, SlotKind},
    },
    words,
};
use haibao_core::{
    artwork::shapes::Shape,
    encode,
    error::{Error, ErrorKind},
};

fields! {
    /// A new template.
    pub(super) struct NewTemplate {
        /// Its name: 1 to 64 of `a-z`, `0-9` and `-`.
        name(required): String, want_template_name;
        /// The template that it is a copy of, or an SVG. Default: a small template to start from.
        from: TemplateOrigin, want_origin;
    }
}

/// Where the files of a new template come from.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::http) enum TemplateOrigin {
    /// Name of a template, which is copied.
    Template(String),
    /// An SVG with its slots.
    Artwork(ArtworkOrigin),
}

/// An SVG that becomes the artwork of a template.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct ArtworkOrigin {
    /// The text of the SVG.
    svg: String,
    /// Its slots. Default: those that it proposes.
    #[serde(default)]
    slots: Option<Vec<Slot>>,
    /// The template's title. Default: its name.
    #[serde(default)]
    title: Option<String>,
}

/// An artwork, taken apart.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct StudioArtwork {
    /// Width of its canvas, px.
    width: u32,
    /// Height of its canvas, px.
    height: u32,
    /// Elements that may become slots, those with ids first.
    shapes: Vec<ListedShape>,
    /// What is not drawn as it was designed.
    findings: Vec<LocatedFinding>,
}

/// An element that may become a slot.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ListedShape {
    /// Its id. Elements without one get it when they become slots.
    id: String,
    /// Name of the element, such as `rect`.
    tag: String,
    /// Name of its layer, or a text's content. May be empty.
    name: String,
    /// Left, top, width and height, px of the canvas.
    #[serde(rename = "box")]
    rect: [f32; 4],
    /// Whether it looks like a text that was exported as outlines.
    outlined: bool,
    /// Ids of the elements around it, from inside out. A slot has no slots within it.
    within: Vec<String>,
    /// The slot that its name proposes; null if it proposes none.
    proposal: Option<ProposedSlot>,
}

/// What a shape proposes.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ProposedSlot {
    kind: SlotKind,
    /// Name of the parameter.
    param: String,
    /// Type of the parameter.
    format: Format,
    /// Whether the parameter is required.
    required: bool,
}

/// A finding about an artwork.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct LocatedFinding {
    finding: Excerpt,
    /// Left, top, width and height of the element that it is about, px of the canvas; null if it is unknown.
    #[serde(rename = "box")]
    rect: Option<[f32; 4]>,
}

/// A template that was created.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct CreatedTemplate {
    id: String,
    /// What is noteworthy about it.
    findings: Vec<Excerpt>,
}

impl StudioArtwork {
    fn of(artwork: ListedArtwork, language: Language) -> Self {
        let ListedArtwork { width, height, shapes, proposals, findings } = artwork;
        let shape = |(at, shape): (usize, Shape)| {
            let proposal = proposals.iter().find(|proposal| proposal.shape == at).map(ProposedSlot::of);
            let Shape { id, tag, name, rect, is_outlined, within, .. } = shape;
            // Tenths of px are exact enough to choose a shape.
            let rect = rect.map(|length| (length * 10.0).round() / 10.0);
            ListedShape { id, tag, name, rect, outlined: is_outlined, within, proposal }
        };
        Self {
            width,
            height,
            shapes: shapes.into_iter().enumerate().map(shape).collect(),
            findings: findings
                .into_iter()
                .flat_map(|(finding, rect)| {
                    let located = move |finding| LocatedFinding { finding, rect };
                    Excerpt::all(&[finding], language).into_iter().map(located)
                })
                .collect(),
        }
    }
}

impl ProposedSlot {
    fn of(proposal: &Proposal) -> Self {
        let Slot { kind, param, required, .. } = proposal.slot.clone();
        Self { kind, param, format: proposal.format, required: required.unwrap_or(false) }
    }
}

/// Takes an SVG apart, or draws it.
pub(super) async fn artworks(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    media::check_encoding(&headers)?;
    let svg = body.map_err(|_| Error::of(ErrorKind::Malformed, words::body_unreadable()))?;
    let uncached = [(header::CACHE_CONTROL, "no-store")];
    if media::preferred(&headers, &["application/json", encode::Format::default().media_type()]) == 1 {
        let composed = studio::draw_artwork(&app, svg).await.map_err(|error| broken(error, &headers))?;
        return Ok((uncached, picture(&composed)).into_response());
    }
    let artwork = studio::list_artwork(&app, svg).await.map_err(|error| broken(error, &headers))?;
    Ok((uncached, axum::Json(StudioArtwork::of(artwork, Language::of_client(&headers)))).into_response())
}

/// Creates a template.
pub(super) async fn templates(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let (name, origin) = read(body)?;
    let made = studio::create_template(&app, &name, origin).await.map_err(|error| broken(error, &headers))?;
    let findings = Excerpt::all(&made.findings, Language::of_client(&headers));
    let location = format!("/v1/studio/templates/{name}");
    Ok(created(&location, true, CreatedTemplate { id: name, findings }))
}

fn read(body: Value) -> Result<(String, Origin), Problem> {
    let mut members = Members::of(body, "");
    let NewTemplate { name, from } = NewTemplate::read(&mut members);
    posters::check(members)?;
    let origin = match from {
        None => Origin::Blank,
        Some(TemplateOrigin::Template(id)) => Origin::Starter(id),
        Some(TemplateOrigin::Artwork(ArtworkOrigin { svg, slots, title })) => {
            Origin::Artwork { svg: svg.into(), slots, title }
        }
    };
    Ok((name.unwrap_or_default(), origin))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_origin_of_a_template_is_a_name_or_an_svg() {
        let slot = json!({ "id": "a", "kind": "text", "param": "title" });
        for (body, expected) in [
            (json!({ "name": "a" }), Some("Blank")),
            (json!({ "name": "a", "from": "coupon" }), Some("Starter")),
            (json!({ "name": "a", "from": { "svg": "<svg/>" } }), Some("Artwork")),
            (json!({ "name": "a", "from": { "svg": "<svg/>", "slots": [slot], "title": "A" } }), Some("Artwork")),
            (json!({ "from": "coupon" }), None),
            (json!({ "name": "a", "from": 1 }), None),
            (json!({ "name": "a", "from": {} }), None),
            (
                json!({ "name": "a", "from": { "svg": "", "slots": [{ "id": "a", "kind": "video", "param": "b" }] } }),
                None,
            ),
            (json!({ "name": "a", "form": "coupon" }), None),
        ] {
            let origin = read(body.clone()).ok().map(|(_, origin)| format!("{origin:?}"));
            let is_expected = match (&origin, expected) {
                (Some(origin), Some(expected)) => origin.starts_with(expected),
                (None, None) => true,
                _ => false,
            };
            assert!(is_expected, "{body}: {origin:?}");
        }
    }
}
