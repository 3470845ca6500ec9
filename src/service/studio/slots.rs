//! Slots of a new template: which shapes of an artwork become layers, and of what.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    proposals::{Format, Meaning, SlotKind},
    proposed::{format_of, proposals},
};
use crate::words;
use haibao_core::{
    artwork::shapes::Shape,
    error::{Error, ErrorKind, Finding, Result},
    render::Shapes,
};

/// Maximum number of slots.
const MAX_SLOTS: usize = 60;
/// Maximum length of the name of a parameter, characters.
const MAX_PARAM: usize = 40;

/// A shape of an artwork that becomes a layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// Id of the shape.
    pub id: String,
    /// What fills it.
    pub kind: SlotKind,
    /// Name of the parameter that it shows: letters, digits and `_`. That of a code is the `id` in its scene.
    pub param: String,
    /// Whether the parameter is required. Default: as parameters of this name usually are.
    #[serde(default)]
    pub required: Option<bool>,
}

/// What a shape proposes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Index of the shape.
    pub shape: usize,
    /// The slot.
    pub slot: Slot,
    /// Type of the parameter.
    pub format: Format,
}

/// The slots that shapes propose by their names, each with a parameter of its own.
pub fn proposed(shapes: &Shapes) -> Vec<Proposal> {
    let size = [shapes.canvas.width as f32, shapes.canvas.height as f32];
    let mut taken = BTreeSet::new();
    let proposal = |(at, meaning): (usize, &Meaning)| {
        let Shape { id, .. } = &shapes.shapes[at];
        let mut names =
            std::iter::once(meaning.param.to_owned()).chain((2..).map(|n| format!("{}_{n}", meaning.param)));
        let param = names.find(|name| taken.insert(name.clone())).unwrap_or_default();
        let required = Some(meaning.is_required && param == meaning.param);
        let slot = Slot { id: id.clone(), kind: meaning.kind, param, required };
        Proposal { shape: at, slot, format: format_of(meaning, &shapes.shapes[at], &shapes.shapes) }
    };
    proposals(&shapes.shapes, size).into_iter().map(proposal).take(MAX_SLOTS).collect()
}

/// Checks the chosen slots.
///
/// # Errors
/// `request_invalid` with a finding for each unknown shape, invalid or repeated name and second code, at `/from/slots/N`.
pub fn check(shapes: &Shapes, slots: &[Slot]) -> Result<()> {
    let mut findings: Vec<Finding> = Vec::new();
    let (mut used, mut params, mut has_code) = (BTreeSet::new(), BTreeSet::new(), false);
    for (index, slot) in slots.iter().enumerate() {
        let mut fault = |member: &str, finding: Finding| {
            findings.push(finding.pointer(format!("/from/slots/{index}/{member}")));
        };
        let shown: String = slot.id.chars().take(60).collect();
        if !shapes.shapes.iter().any(|shape| shape.id == slot.id) {
            fault("id", words::shape_unknown(words::quote(&shown)));
        } else if !used.insert(slot.id.as_str()) {
            fault("id", words::shape_twice(words::quote(&shown)));
        }
        let shown: String = slot.param.chars().take(60).collect();
        if !is_name(&slot.param) {
            fault("param", words::slot_param(words::quote(&shown), MAX_PARAM));
        } else if !params.insert(slot.param.as_str()) {
            fault("param", words::slot_param_twice(words::quote(&shown)));
        }
        if slot.kind == SlotKind::Code && std::mem::replace(&mut has_code, true) {
            fault("kind", words::slot_second_code());
        }
    }
    if slots.len() > MAX_SLOTS {
        findings.push(words::slots_many(MAX_SLOTS).pointer("/from/slots"));
    }
    if findings.is_empty() { Ok(()) } else { Err(Error::findings(ErrorKind::Invalid, "request_invalid", findings)) }
}

/// Whether a parameter may have this name: expressions name it without quotation marks.
fn is_name(param: &str) -> bool {
    /// Names that mean something else in expressions.
    const RESERVED: [&str; 6] = ["this", "else", "true", "false", "null", "undefined"];
    let is_first = |c: char| c.is_ascii_alphabetic() || c == '_';
    param.len() <= MAX_PARAM
        && param.starts_with(is_first)
        && param.chars().all(|c| is_first(c) || c.is_ascii_digit())
        && !RESERVED.contains(&param)
}
