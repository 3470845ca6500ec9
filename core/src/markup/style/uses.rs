//! Variables of elements that `<use>` draws elsewhere.

use super::vars::Vars;
use crate::{
    markup::{
        notes::Notes,
        tree::{Document, NodeId},
    },
    words,
};

/// Maximum number of variables that are compared between places where an element is drawn.
const MAX_COMPARED: usize = 1_000_000;

/// Notes the first `<use>` whose variables would decide how the element that it draws looks: here they are those of the
/// place where that element stands. `has_vars`: elements whose values have variables.
pub fn note<'v>(
    document: &Document<'_>,
    has_vars: &mut [bool],
    vars: impl Fn(NodeId) -> Option<&'v Vars>,
    notes: &mut Notes,
) {
    if !has_vars.contains(&true) {
        return;
    }
    // Of elements and what they contain: children come after their parents.
    for id in (1..has_vars.len()).rev() {
        if let (true, Some(parent)) = (has_vars[id], document.nodes[id].parent) {
            has_vars[parent] = true;
        }
    }
    let (ids, mut steps) = (document.ids(), MAX_COMPARED);
    for (id, node) in document.nodes.iter().enumerate().filter(|(_, node)| node.name == "use") {
        let target = node.target().and_then(|target| ids.get(target));
        let Some(&target) = target.filter(|target| has_vars[**target]) else { continue };
        let around = document.nodes[target].parent.and_then(&vars);
        let differs = matches!((vars(id), around), (Some(own), Some(around)) if own.differs(around, &mut steps));
        if differs {
            // The same is noted once.
            return notes.add(node.range.clone(), words::css_variable_use());
        }
    }
}
