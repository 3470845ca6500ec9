//! Cuts artwork at its slots: walks usvg's tree, finds the slots and collects the nodes between them. A group whose effect
//! applies to a slot becomes a part with parts of its own.

use std::collections::BTreeMap;

use resvg::{
    tiny_skia::{Rect, Transform},
    usvg::{BlendMode, Group, Node, Tree},
};

use super::{
    backdrop, coverage,
    extent::{blends, ink, outset, seen, union},
    filter,
};
use crate::{
    error::{Error, ErrorKind, Finding, Result},
    paint::geometry::{PxRect, canvas_size},
    plan::PlannedCanvas,
    words,
    words::quote,
};

/// Maximum number of nodes and slots that a node is compared with, to bound the time with many nodes over a slot.
const MAX_COMPARED: usize = 2000;
/// Maximum number of groups with effects around a slot. Each takes a buffer while a band is drawn.
const MAX_GROUPS: usize = 16;
/// Distance in px within which an edge counts as that of a pixel: rounding of coordinates.
const PX_TOLERANCE: f32 = 1e-3;

/// A part of the artwork.
pub enum Part<'a> {
    /// Nodes, drawn in order.
    Nodes(Vec<Drawn<'a>>),
    /// An element that a layer replaces.
    Slot {
        id: String,
        /// Its box in px of the canvas at scale 1.
        rect: [f32; 4],
        /// Where the layer may draw, in the artwork's units. `None`: anywhere.
        ink: Option<Rect>,
        /// Pixels outside of which the layer is not drawn, output px.
        clip: Option<PxRect>,
    },
    /// A group that is composited as one.
    Group(Isolated<'a>),
}

/// A node that is drawn.
pub struct Drawn<'a> {
    pub node: &'a Node,
    /// Absolute transform of its parent.
    pub transform: Transform,
    /// Pixels outside of which it is not drawn, output px.
    pub clip: Option<PxRect>,
}

/// A group that is composited as one.
pub struct Isolated<'a> {
    pub group: &'a Group,
    /// What it contains.
    pub content: GroupContent<'a>,
    /// Where it may draw, in the artwork's units. `None`: anywhere.
    pub ink: Option<Rect>,
    /// Pixels outside of which it is not drawn, output px.
    pub clip: Option<PxRect>,
}

/// Content of a group that is composited as one.
pub enum GroupContent<'a> {
    /// What is drawn into the group before its effects are applied.
    Parts(Vec<Part<'a>>),
    /// The group itself, if it contains no slot: only its blend mode needs what is beneath.
    Node(Drawn<'a>),
    /// What lies beneath the group, blurred by this standard deviation in the group's units.
    Backdrop(f32),
}

/// Artwork, cut at its slots.
pub struct Cut<'a> {
    /// Parts in the order of drawing. The first one always holds nodes, possibly none.
    pub parts: Vec<Part<'a>>,
    /// Where nodes blend with what is beneath them: the root isolates them from the canvas's background.
    pub blends: Blends,
}

/// Where the nodes lie that blend with what is beneath them, outside of groups that isolate them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Blends {
    /// Nowhere.
    No,
    /// In the first part only.
    Below,
    /// In later parts, too, over the layers in slots.
    OverSlots,
}

impl Part<'_> {
    /// Ids and boxes of its slots.
    pub fn collect_slots(self, slots: &mut BTreeMap<String, [f32; 4]>) {
        match self {
            Part::Nodes(_) => {}
            Part::Slot { id, rect, .. } => drop(slots.insert(id, rect)),
            Part::Group(group) => {
                if let GroupContent::Parts(parts) = group.content {
                    parts.into_iter().for_each(|part| part.collect_slots(slots));
                }
            }
        }
    }

    /// Whether this part holds nodes and one of them may draw within `touch`.
    pub fn has_nodes_at(&self, touch: Rect) -> bool {
        !matches!(self, Part::Slot { .. }) && self.is_touched(touch)
    }

    /// Whether this part may draw within `touch`.
    fn is_touched(&self, touch: Rect) -> bool {
        match self {
            Part::Nodes(nodes) => nodes.iter().any(|drawn| ink(drawn.node).intersect(&touch).is_some()),
            Part::Slot { ink: own, .. } | Part::Group(Isolated { ink: own, .. }) => {
                own.is_none_or(|own| own.intersect(&touch).is_some())
            }
        }
    }

    /// Adds its bounds to `all`. `None`: anywhere.
    fn join(&self, all: &mut Option<Option<Rect>>) {
        let mut add = |one: Option<Rect>| {
            *all = Some(match *all {
                None => one,
                Some(all) => all.zip(one).and_then(|(all, one)| union(all, one)),
            });
        };
        match self {
            Part::Nodes(nodes) => nodes.iter().for_each(|drawn| add(outset(ink(drawn.node), 1.0))),
            Part::Slot { ink, .. } | Part::Group(Isolated { ink, .. }) => add(*ink),
        }
    }
}

/// Canvas px at scale 1 per unit of the artwork, horizontally and vertically.
pub fn scaling(tree: &Tree, canvas: PlannedCanvas) -> (f32, f32) {
    let across = canvas.width as f32 / tree.size().width();
    (across, if canvas.tallest.is_some() { across } else { canvas.height as f32 / tree.size().height() })
}

/// Cuts a tree at its slots for drawing at a scale: ids, each with the px at scale 1 by which its layer may draw outside
/// the slot's box.
///
/// # Errors
/// `artwork_invalid` with every finding: `artwork_size`, `slot_missing`, `slot_empty`, `slot_grouped`.
pub fn cut<'a>(tree: &'a Tree, canvas: PlannedCanvas, scale: f32, slots: &BTreeMap<&'a str, f32>) -> Result<Cut<'a>> {
    Cutter::new(tree, canvas, scale, slots).cut(tree, canvas)
}

/// State of the walk that cuts a tree at its slots.
struct Cutter<'a> {
    /// Slots that are not found yet.
    pending: BTreeMap<&'a str, f32>,
    ratio: (f32, f32),
    scale: f32,
    canvas: PxRect,
    /// Parts of the group that is open.
    parts: Vec<Part<'a>>,
    /// Clip of the slots that are walked, output px.
    clip: Option<PxRect>,
    /// Clip of the nodes that are walked, output px; none if they do not reach beyond it.
    node_clip: Option<PxRect>,
    /// Number of groups with effects around the elements that are walked.
    depth: usize,
    blends: Blends,
    findings: Vec<Finding>,
}

impl<'a> Cutter<'a> {
    fn new(tree: &'a Tree, canvas: PlannedCanvas, scale: f32, slots: &BTreeMap<&'a str, f32>) -> Self {
        let (width, height) = canvas_size(canvas, scale);
        Self {
            pending: slots.clone(),
            ratio: scaling(tree, canvas),
            scale,
            canvas: PxRect::new(0, 0, width, height),
            parts: vec![Part::Nodes(Vec::new())],
            clip: None,
            node_clip: None,
            depth: 0,
            blends: Blends::No,
            findings: Vec::new(),
        }
    }

    fn cut(mut self, tree: &'a Tree, canvas: PlannedCanvas) -> Result<Cut<'a>> {
        let (x, y) = self.ratio;
        if (x / y - 1.0).abs() > 0.01 {
            let (w, h) = (tree.size().width(), tree.size().height());
            self.findings.push(words::artwork_size(w, h, canvas.width, canvas.height));
        }
        self.walk(tree.root());
        for id in std::mem::take(&mut self.pending).into_keys() {
            self.findings.push(words::slot_missing(quote(id)));
        }
        if self.findings.is_empty() {
            Ok(Cut { parts: self.parts, blends: self.blends })
        } else {
            Err(Error::findings(ErrorKind::Invalid, "artwork_invalid", self.findings))
        }
    }

    fn walk(&mut self, group: &'a Group) {
        for node in group.children() {
            if let Some(reach) = self.pending.remove(node.id()) {
                match node {
                    Node::Group(own) if own.should_isolate() => self.isolate(own, |cut| cut.slot(node, reach)),
                    _ => self.slot(node, reach),
                }
                continue;
            }
            if let Node::Group(inner) = node
                && let Some(deviation) = backdrop::deviation(inner)
            {
                let (content, ink) = (GroupContent::Backdrop(deviation), backdrop::source(inner, deviation));
                self.parts.push(Part::Group(Isolated { group: inner, content, ink, clip: self.clip }));
                continue;
            }
            match node {
                Node::Group(inner) if self.contains_slot(inner) => {
                    if inner.should_isolate() {
                        self.isolate(inner, |cut| cut.walk(inner));
                    } else {
                        self.walk(inner);
                    }
                }
                _ => self.push(node, group.abs_transform()),
            }
        }
    }

    /// Walks a group with effects around a slot: as a part of its own, unless its only effect is a clip at the edges of
    /// pixels.
    fn isolate(&mut self, group: &'a Group, walk: impl FnOnce(&mut Self)) {
        if let Some(clip) = self.plain_clip(group) {
            let outer = (self.clip, self.node_clip);
            let all = self.clip.map_or(clip, |outer| outer.intersect(&clip));
            self.clip = (!all.covers(&self.canvas)).then_some(all);
            self.node_clip = self.clip.filter(|clip| group.children().iter().any(|node| !self.is_within(node, *clip)));
            walk(self);
            (self.clip, self.node_clip) = outer;
            return;
        }
        if self.depth >= MAX_GROUPS {
            self.refuse(group, |id| words::slot_nested(id, MAX_GROUPS));
        }
        if let Some(primitive) = filter::unsupported(group) {
            self.refuse(group, |id| words::slot_filtered(id, primitive));
        }
        if self.depth == 0 && group.blend_mode() != BlendMode::Normal {
            self.blends = Blends::OverSlots;
        }
        let outer_parts = std::mem::replace(&mut self.parts, vec![Part::Nodes(Vec::new())]);
        let outer_clips = (self.clip.take(), self.node_clip.take());
        self.depth += 1;
        walk(self);
        self.depth -= 1;
        let parts = std::mem::replace(&mut self.parts, outer_parts);
        (self.clip, self.node_clip) = outer_clips;
        let mut ink = None;
        parts.iter().for_each(|part| part.join(&mut ink));
        let ink = seen(group, ink.flatten());
        self.parts.push(Part::Group(Isolated { group, content: GroupContent::Parts(parts), ink, clip: self.clip }));
    }

    /// The clip of a group that has no other effect, if it covers whole pixels and nothing in the group needs to be
    /// isolated: clipping each element is then the same as clipping the group. Edges at or beyond the canvas's are open.
    fn plain_clip(&self, group: &Group) -> Option<PxRect> {
        let is_plain = group.opacity().get() >= 1.0
            && group.blend_mode() == BlendMode::Normal
            && group.mask().is_none()
            && group.filters().is_empty();
        if !is_plain || group.children().iter().any(blends) {
            return None;
        }
        let Some(clip) = group.clip_path() else { return Some(open(self.canvas)) };
        let rect = coverage::rect(clip, group.abs_transform())?;
        let (x, y) = (self.ratio.0 * self.scale, self.ratio.1 * self.scale);
        let whole = |edge: f32| ((edge - edge.round()).abs() < PX_TOLERANCE).then(|| edge.round() as i32);
        let low = |edge: f32, end: i32| {
            if edge < end as f32 + PX_TOLERANCE { Some(open(self.canvas).x0) } else { whole(edge) }
        };
        let high = |edge: f32, end: i32| {
            if edge > end as f32 - PX_TOLERANCE { Some(open(self.canvas).x1) } else { whole(edge) }
        };
        Some(PxRect {
            x0: low(rect.left() * x, self.canvas.x0)?,
            y0: low(rect.top() * y, self.canvas.y0)?,
            x1: high(rect.right() * x, self.canvas.x1)?,
            y1: high(rect.bottom() * y, self.canvas.y1)?,
        })
    }

    /// Whether a node draws nothing outside of these pixels.
    fn is_within(&self, node: &Node, clip: PxRect) -> bool {
        let (rect, x, y) = (ink(node), self.ratio.0 * self.scale, self.ratio.1 * self.scale);
        let edge = |at: i32, by: f32| at as f32 + by * PX_TOLERANCE;
        rect.left() * x >= edge(clip.x0, -1.0)
            && rect.top() * y >= edge(clip.y0, -1.0)
            && rect.right() * x <= edge(clip.x1, 1.0)
            && rect.bottom() * y <= edge(clip.y1, 1.0)
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
                Part::Slot { .. } | Part::Group(_) => 1,
            };
            // Nothing lies below the first part. A node may always stay above what it was not compared with.
            if index == 0 || compared > MAX_COMPARED || ink.is_none_or(|ink| part.is_touched(ink)) {
                break;
            }
        }
        let is_blended = blends(node);
        if is_blended && lowest != Some(0) {
            return self.blend(node, transform, ink);
        }
        if is_blended && self.depth == 0 {
            self.blends = self.blends.max(Blends::Below);
        }
        let drawn = Drawn { node, transform, clip: self.node_clip };
        match lowest.and_then(|index| self.parts.get_mut(index)) {
            Some(Part::Nodes(nodes)) => nodes.push(drawn),
            _ => self.parts.push(Part::Nodes(vec![drawn])),
        }
    }

    /// Adds a node that blends with a layer beneath it.
    fn blend(&mut self, node: &'a Node, transform: Transform, ink: Option<Rect>) {
        let Node::Group(group) = node else { return };
        if group.blend_mode() == BlendMode::Normal {
            return group.children().iter().for_each(|child| self.push(child, group.abs_transform()));
        }
        if self.depth == 0 {
            self.blends = Blends::OverSlots;
        }
        let drawn = Drawn { node, transform, clip: self.node_clip };
        self.parts.push(Part::Group(Isolated { group, content: GroupContent::Node(drawn), ink, clip: self.clip }));
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
        self.parts.push(Part::Slot { id, rect, ink, clip: self.clip });
    }

    fn contains_slot(&self, group: &Group) -> bool {
        group.children().iter().any(|node| {
            self.pending.contains_key(node.id())
                || matches!(node, Node::Group(inner) if backdrop::deviation(inner).is_some() || self.contains_slot(inner))
        })
    }

    /// Reports the slots in a group.
    fn refuse(&mut self, group: &Group, finding: impl Fn(String) -> Finding + Copy) {
        for node in group.children() {
            if self.pending.remove(node.id()).is_some() {
                self.findings.push(finding(quote(node.id())));
            }
            if let Node::Group(inner) = node {
                self.refuse(inner, finding);
            }
        }
    }
}

/// The canvas without limits.
fn open(canvas: PxRect) -> PxRect {
    canvas.grow(i32::MAX / 4)
}
