//! Rules and properties of containers.

use super::{
    fields::{Container, Flow, FlowPlace},
    words,
};
use crate::{
    error::Wording,
    layer::fields::{Fields, RuleContext, SlotSize, Within},
    template::{broken::Broken, exprs::Expressions},
};

/// Maximum nesting of containers.
const MAX_DEPTH: usize = 8;
/// Distance beyond all canvases, px at scale 1.
const MAX_REACH: f32 = 10_000.0;

impl<L, const COLUMN: bool> Fields<L> for Container<L, COLUMN> {
    type Place = FlowPlace;
    // Rows and columns share them: listed once.
    const WORDS: &'static [&'static Wording] = if COLUMN { words::ROWS } else { &[] };

    fn expressions(&self, expressions: &mut Expressions) {
        expressions.add("background", self.0.background.as_ref());
    }

    fn child_rules(&self, checked: &RuleContext<'_>, within: &Within<'_, L>) -> Vec<Broken> {
        if within.depth < MAX_DEPTH {
            return Vec::new();
        }
        vec![Broken::value(checked.pointer, words::flow_depth(MAX_DEPTH))]
    }

    /// Children may overflow the container; how far depends on the parameters.
    fn reach(&self, _: SlotSize) -> f32 {
        MAX_REACH
    }

    fn needs_slot_size(&self) -> bool {
        true
    }

    fn flow(&self) -> Option<&Flow<L>> {
        Some(&self.0)
    }
}
