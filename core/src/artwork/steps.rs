//! Artwork as pixels, in the order of drawing: segments, slots, and groups with both.

use std::{
    fmt::Debug,
    sync::{Arc, Weak},
};

use crate::{
    artwork::silhouette::Silhouettes,
    error::Finding,
    paint::{cache::Weigh, composite::Composite, geometry::PxRect, segment::Segment},
};

/// The artwork of a poster, rasterised.
#[derive(Debug)]
pub struct Artwork {
    /// Segments, slots and groups in the order of drawing.
    pub steps: Vec<Step>,
    /// Shapes that mask pictures, by element id.
    pub silhouettes: Silhouettes,
    /// Warnings about its texts, for each poster.
    pub findings: Vec<Finding>,
}

/// A part of the artwork.
#[derive(Debug, Clone)]
pub enum Step {
    /// Static pixels. The first segment is the whole artwork on the canvas's background; the others repeat parts of it
    /// around slots that something lies over.
    Segment(Arc<Segment>),
    /// An element that a layer replaces.
    Slot {
        /// The element's id.
        id: String,
        /// Its box in px of the canvas at scale 1.
        rect: [f32; 4],
        /// Pixels outside of which the layer is not drawn, output px.
        clip: Option<PxRect>,
    },
    /// A group that is blended as one.
    Group(GroupStep),
}

/// A group that is blended as one.
#[derive(Debug, Clone)]
pub struct GroupStep {
    /// Id of its element; empty if it has none.
    pub element: String,
    /// Names of its effects.
    pub effects: Vec<&'static str>,
    /// How it is blended.
    pub composite: Arc<Composite>,
    /// Its content, in the order of drawing.
    pub steps: Vec<Step>,
    /// Whether its pixels are those that lie beneath it.
    pub shows_beneath: bool,
}

/// A part of an artwork that posters keep until they are drawn.
pub trait SharedPart: Debug + Send + Sync {
    /// Memory size in bytes.
    fn bytes(&self) -> usize;
}

impl SharedPart for Segment {
    fn bytes(&self) -> usize {
        Self::bytes(self)
    }
}

impl SharedPart for Composite {
    fn bytes(&self) -> usize {
        Self::bytes(self)
    }
}

impl Artwork {
    /// Its segments and masks, those of groups included.
    pub fn parts(&self) -> Vec<Weak<dyn SharedPart>> {
        let mut all = Vec::new();
        collect(&self.steps, &mut all);
        all
    }
}

fn collect(steps: &[Step], all: &mut Vec<Weak<dyn SharedPart>>) {
    for step in steps {
        match step {
            Step::Segment(segment) => all.push(Arc::<Segment>::downgrade(segment)),
            Step::Slot { .. } => {}
            Step::Group(group) => {
                all.push(Arc::<Composite>::downgrade(&group.composite));
                collect(&group.steps, all);
            }
        }
    }
}

impl Step {
    fn bytes(&self) -> usize {
        match self {
            Self::Segment(segment) => segment.bytes(),
            Self::Slot { id, .. } => id.len() + 64,
            Self::Group(group) => group.composite.bytes() + group.steps.iter().map(Self::bytes).sum::<usize>(),
        }
    }
}

impl Weigh for Artwork {
    fn weigh(&self) -> usize {
        self.steps.iter().map(Step::bytes).sum()
    }
}
