//! Cuts artwork at its slots: walks usvg's tree, finds the slots and collects the nodes between them.

use std::collections::BTreeMap;

use resvg::{
    tiny_skia::{Rect, Transform},
    usvg::{self, Node, Tree},
};

use crate::{
    error::{Error, ErrorKind, Finding, Result},
    plan::Canvas,
    words,
    words::quote,
};

/// Maximum number of nodes and slots that a node is compared with, to bound the time with many nodes over a slot.
const MAX_COMPARED: usize = 2000;

/// A part of the artwork.
pub enum Part<'a> {
    /// Nodes, each with the absolute transform of its parent.
    Nodes(Vec<(&'a Node, Transform)>),
    /// An element that a layer replaces.
    Slot {
        /// Its id.
        id: String,
        /// Its box in px of the canvas at scale 1.
        rect: [f32; 4],
        /// Where the layer may draw, in the artwork's units. `None`: anywhere.
        ink: Option<Rect>,
    },
}

impl Part<'_> {
    /// Id and box, if this is a slot.
    pub fn into_slot(self) -> Option<(String, [f32; 4])> {
        match self {
            Part::Nodes(_) => None,
            Part::Slot { id, rect, .. } => Some((id, rect)),
        }
    }

    /// Whether this part holds nodes and one of them may draw within `touch`.
    pub fn has_nodes_at(&self, touch: Rect) -> bool {
        matches!(self, Part::Nodes(_)) && self.is_touched(touch)
    }

    /// Whether this part may draw within `touch`.
    fn is_touched(&self, touch: Rect) -> bool {
        match self {
            Part::Nodes(nodes) => nodes.iter().any(|(node, _)| ink(node).intersect(&touch).is_some()),
            Part::Slot { ink: own, .. } => own.is_none_or(|own| own.intersect(&touch).is_some()),
        }
    }
}

/// Canvas px at scale 1 per unit of the artwork, horizontally and vertically.
pub fn scaling(tree: &Tree, canvas: Canvas) -> (f32, f32) {
    let across = canvas.width as f32 / tree.size().width();
    (across, if canvas.tallest.is_some() { across } else { canvas.height as f32 / tree.size().height() })
}

/// Cuts a tree at its slots: ids, each with the px at scale 1 by which its layer may draw outside the slot's box. The
/// first part always holds nodes, possibly none.
///
/// # Errors
/// `artwork_invalid` with every finding: `artwork_size`, `slot_missing`, `slot_empty`, `slot_grouped`.
pub fn cut<'a>(tree: &'a Tree, canvas: Canvas, slots: &BTreeMap<&'a str, f32>) -> Result<Vec<Part<'a>>> {
    Cut::new(tree, canvas, slots).map(|cut| cut.parts)
}

/// State of the walk that cuts a tree at its slots.
struct Cut<'a> {
    /// Slots that are not found yet.
    pending: BTreeMap<&'a str, f32>,
    ratio: (f32, f32),
    parts: Vec<Part<'a>>,
    findings: Vec<Finding>,
}

impl<'a> Cut<'a> {
    fn new(tree: &'a Tree, canvas: Canvas, slots: &BTreeMap<&'a str, f32>) -> Result<Self> {
        let parts = vec![Part::Nodes(Vec::new())];
        let mut cut = Self { pending: slots.clone(), ratio: scaling(tree, canvas), parts, findings: Vec::new() };
        let (x, y) = cut.ratio;
        if (x / y - 1.0).abs() > 0.01 {
            let (w, h) = (tree.size().width(), tree.size().height());
            cut.findings.push(words::artwork_size(w, h, canvas.width, canvas.height));
        }
        cut.walk(tree.root());
        for id in std::mem::take(&mut cut.pending).into_keys() {
            cut.findings.push(words::slot_missing(quote(id)));
        }
        if cut.findings.is_empty() {
            Ok(cut)
        } else {
            Err(Error::findings(ErrorKind::Invalid, "artwork_invalid", cut.findings))
        }
    }

    fn walk(&mut self, group: &'a usvg::Group) {
        for node in group.children() {
            if let Some(reach) = self.pending.remove(node.id()) {
                self.slot(node, reach);
                continue;
            }
            match node {
                Node::Group(inner) if self.contains_slot(inner) => {
                    if let Some((own, reach)) = self.take_wrapped_slot(inner) {
                        self.slot(own, reach);
                    } else if inner.should_isolate() {
                        self.refuse(inner);
                    } else {
                        self.walk(inner);
                    }
                }
                _ => self.push(node, group.abs_transform()),
            }
        }
    }

    /// Adds a node to the lowest part of nodes that it can move to without passing anything that it touches.
    fn push(&mut self, node: &'a Node, transform: Transform) {
        // Antialiased edges reach one px further.
        let ink = outset(ink(node), 1.0);
        let (mut lowest, mut compared) = (None, 0);
        for (index, part) in self.parts.iter().enumerate().rev() {
            compared += match part {
                Part::Nodes(nodes) => {
                    lowest = Some(index);
                    nodes.len()
                }
                Part::Slot { .. } => 1,
            };
            // Nothing lies below the first part. A node may always stay above what it was not compared with.
            if index == 0 || compared > MAX_COMPARED || ink.is_none_or(|ink| part.is_touched(ink)) {
                break;
            }
        }
        match lowest.and_then(|index| self.parts.get_mut(index)) {
            Some(Part::Nodes(nodes)) => nodes.push((node, transform)),
            _ => self.parts.push(Part::Nodes(vec![(node, transform)])),
        }
    }

    fn slot(&mut self, node: &Node, reach: f32) {
        let rect = node.abs_bounding_box();
        let id = node.id().to_owned();
        if rect.width() <= 0.0 || rect.height() <= 0.0 {
            self.findings.push(words::slot_empty(quote(&id)));
        }
        let (x, y) = self.ratio;
        let ink = outset(rect, reach / x + 1.0);
        let rect = [rect.x() * x, rect.y() * y, rect.width() * x, rect.height() * y];
        self.parts.push(Part::Slot { id, rect, ink });
    }

    fn contains_slot(&self, group: &usvg::Group) -> bool {
        group.children().iter().any(|node| {
            self.pending.contains_key(node.id()) || matches!(node, Node::Group(inner) if self.contains_slot(inner))
        })
    }

    /// usvg wraps a shape that has an effect in an unnamed group. A slot of this form is replaced together with its
    /// effect.
    fn take_wrapped_slot(&mut self, group: &'a usvg::Group) -> Option<(&'a Node, f32)> {
        match group.children() {
            [only] if group.id().is_empty() => self.pending.remove(only.id()).map(|reach| (only, reach)),
            _ => None,
        }
    }

    fn refuse(&mut self, group: &usvg::Group) {
        for node in group.children() {
            if self.pending.remove(node.id()).is_some() {
                self.findings.push(words::slot_grouped(quote(node.id())));
            }
            if let Node::Group(inner) = node {
                self.refuse(inner);
            }
        }
    }
}

/// Bounds of what a node may draw, in the artwork's units.
fn ink(node: &Node) -> Rect {
    match node {
        Node::Group(group) => group.abs_layer_bounding_box().to_rect(),
        other => other.abs_stroke_bounding_box(),
    }
}

fn outset(rect: Rect, by: f32) -> Option<Rect> {
    Rect::from_ltrb(rect.left() - by, rect.top() - by, rect.right() + by, rect.bottom() + by)
}
