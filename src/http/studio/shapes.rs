//! `GET /v1/studio/templates/{id}/shapes`: elements of the artwork that layers can be bound to.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
    http::header,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::super::{caching::unknown_file, problem::Problem};
use crate::service::{App, studio};
use haibao_core::artwork::shapes::Shape;

/// An element of the artwork that a layer can be bound to.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ArtworkShape {
    /// Its id; `at` of a layer is `#` and this.
    id: String,
    /// Its kind in SVG, such as `rect`.
    tag: String,
    /// Its name in the design tool; null if the file has none.
    name: Option<String>,
    /// Box in px of the canvas: x, y, width, height.
    #[serde(rename = "box")]
    rect: [f32; 4],
    /// Box of what is seen of it, if clips or masks leave less; otherwise null.
    seen: Option<[f32; 4]>,
}

impl From<Shape> for ArtworkShape {
    fn from(Shape { id, tag, label, rect, seen, .. }: Shape) -> Self {
        // Hundredths of a px are precise enough.
        let rounded = |rect: [f32; 4]| rect.map(|px| (px * 100.0).round() / 100.0);
        Self { id, tag, name: label, rect: rounded(rect), seen: seen.map(rounded) }
    }
}

/// Lists the elements.
pub(super) async fn shapes(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let Path(id) = path.map_err(unknown_file)?;
    let all: Vec<ArtworkShape> = studio::shapes(&app, &id).await?.into_iter().map(ArtworkShape::from).collect();
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(all)).into_response())
}
