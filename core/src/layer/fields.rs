//! The trait of layer fields in layout.json: expressions, rules, and properties used by loading and planning.

use schemars::JsonSchema;

use super::{
    code::fields::Code,
    flow::{fields::Flow, item::FlexItem},
    place::BoxPx,
};
use crate::{
    error::{Finding, Wording},
    style::BoxShadow,
    template::{assets::FilePaths, broken::Broken, exprs::Expressions},
};

/// Fields of one kind of layer in layout.json. `L` is the layer of any kind, which containers hold.
pub trait Fields<L> {
    /// How the JSON Schema describes `at`, `box` and `when`: [`super::PlaceFields`], unless help texts or forms differ.
    type Place: JsonSchema;

    /// The kind's own table of words.
    const WORDS: &'static [&'static Wording] = &[];

    /// Fields of which one must be given, so that a faulty one cannot be left out while the others are checked.
    const ALTERNATIVES: &'static [&'static str] = &[];

    /// Whether a layer of this kind in a container needs no fields, and without any draws nothing.
    const IS_SPACER: bool = false;

    /// Adds the strings that may use parameters, except `when` and those of children.
    fn expressions(&self, expressions: &mut Expressions);

    /// The rules that JSON Schema cannot express, except those of the place and of children.
    fn rules(&self, _: &RuleContext<'_>) -> Vec<Broken> {
        Vec::new()
    }

    /// The rules for a layer of this kind in a container, except [`Fields::sizing`].
    fn child_rules(&self, _: &RuleContext<'_>, _: &Within<'_, L>) -> Vec<Broken> {
        Vec::new()
    }

    /// How a layer of this kind gets its size in a container.
    fn sizing(&self) -> Sizing {
        Sizing::Content
    }

    /// Distance by which ink may extend beyond the box of a slot, px at scale 1.
    fn reach(&self, slot: SlotSize) -> f32;

    /// Whether planning needs the size of the slot that the layer takes.
    fn needs_slot_size(&self) -> bool {
        false
    }

    /// The container, if the kind is one.
    fn flow(&self) -> Option<&Flow<L>> {
        None
    }

    /// The code layer, if the kind is that.
    fn code(&self) -> Option<&Code> {
        None
    }

    /// Id (without `#`) of the artwork's element whose silhouette masks the layer.
    fn mask(&self) -> Option<&str> {
        None
    }

    /// Whether the fields limit the lines of a text, so that truncating it is intended.
    fn limits_text(&self) -> bool {
        false
    }
}

/// Width and height of a slot, px at scale 1. Both are the same unless parameters may change the artwork.
#[derive(Debug, Clone, Copy)]
pub struct SlotSize {
    /// Smallest size.
    pub min: [f32; 2],
    /// Largest size.
    pub max: [f32; 2],
}

/// What the rules of a layer refer to.
#[derive(Debug, Clone, Copy)]
pub struct RuleContext<'a> {
    /// Its JSON pointer.
    pub pointer: &'a str,
    /// Its `box`, if it has one.
    pub rect: Option<BoxPx>,
    /// Files of the template's folder.
    pub files: &'a FilePaths,
}

/// Position of a layer within containers.
#[derive(Debug)]
pub struct Within<'a, L> {
    /// The container.
    pub flow: &'a Flow<L>,
    /// How the layer takes part in it.
    pub item: &'a FlexItem,
    /// Number of containers around the layer.
    pub depth: usize,
    /// Whether one of them, or the layer itself, is repeated.
    pub repeated: bool,
}

/// How a layer gets its size in a container.
#[derive(Debug, Clone, Copy)]
pub enum Sizing {
    /// Its content has a size, or it needs none.
    Content,
    /// It needs an explicit size.
    Given {
        /// The finding if the size is missing.
        finding: fn() -> Finding,
        /// Width divided by height, unless the layer has an `aspect_ratio`.
        aspect_ratio: Option<f32>,
    },
}

/// Distance by which a shadow may extend beyond its box, px.
pub fn shadow_reach(shadow: Option<BoxShadow>) -> f32 {
    shadow.map_or(0.0, |s| s.x.abs().max(s.y.abs()) + s.spread.max(0.0) + f32::ceil(s.blur * 1.5))
}
