//! What `POST /v1/posters/explain` responds with, as types of the API document.

#![expect(dead_code, reason = "the types are described, not constructed")]

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::{Map, Value};

use super::super::openapi::schemas::Finding;

/// How a poster is composed.
#[derive(JsonSchema)]
pub(in crate::http) struct Explanation {
    /// px.
    width: u32,
    /// px.
    height: u32,
    bands: Bands,
    /// One object per drawn layer.
    layers: Vec<Map<String, Value>>,
    /// One object per group of the artwork that is composited as one with its layers.
    groups: Vec<Map<String, Value>>,
    /// Measurements of each code.
    codes: Vec<Map<String, Value>>,
    /// ms per stage.
    times_ms: BTreeMap<String, f64>,
    findings: Vec<Finding>,
}

/// Bands of a poster.
#[derive(JsonSchema)]
pub(super) struct Bands {
    /// Drawn for this poster.
    drawn: usize,
    /// Taken from the cache.
    known: usize,
}
