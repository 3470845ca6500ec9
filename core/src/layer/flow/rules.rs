//! Rules and properties of containers.

use super::fields::{Container, Flow, FlowPlace};
use crate::{
    error::Finding,
    layer::fields::{Checked, Fields, Within},
    template::{broken::Broken, exprs::Expressions},
};

/// Deepest nesting of containers.
const MAX_DEPTH: usize = 8;
/// Distance beyond all canvases, px at scale 1.
const FARTHEST: f32 = 10_000.0;

impl<L, const COLUMN: bool> Fields<L> for Container<L, COLUMN> {
    type Place = FlowPlace;

    fn expressions(&self, expressions: &mut Expressions) {
        expressions.add("background", self.0.background.as_ref());
    }

    fn child_rules(&self, checked: &Checked<'_>, within: &Within<'_, L>) -> Vec<Broken> {
        if within.depth < MAX_DEPTH {
            return Vec::new();
        }
        let finding = Finding::error("flow_depth", format!("containers nest deeper than {MAX_DEPTH}"));
        vec![Broken::value(checked.pointer, finding)]
    }

    /// What does not fit leaves the container; how far depends on the parameters.
    fn reach(&self, _: [f32; 2]) -> f32 {
        FARTHEST
    }

    fn needs_slot_size(&self) -> bool {
        true
    }

    fn flow(&self) -> Option<&Flow<L>> {
        Some(&self.0)
    }
}
