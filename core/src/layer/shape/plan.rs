//! Planning of rectangles.

use super::fields::Shape;
use crate::{
    layer::content::{Content, Resolve},
    plan::resolver::Resolver,
    style::{Border, BoxShadow, Color, Radius},
};

/// A resolved rectangle. Lengths in px at scale 1.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedShape {
    /// Fill.
    pub background: Option<Color>,
    /// Corners.
    pub border_radius: Radius,
    /// Line inside the edge.
    pub border: Option<Border>,
    /// Shadow under the box.
    pub box_shadow: Option<BoxShadow>,
    /// Opacity, 0 to 1.
    pub opacity: f32,
}

impl Resolve for Shape {
    type Planned = PlannedShape;

    fn resolve(&self, pointer: &str, resolver: &mut Resolver<'_>) -> Option<PlannedShape> {
        Some(PlannedShape {
            background: resolver.background(pointer, self.background.as_ref()),
            border_radius: self.border_radius,
            border: self.border,
            box_shadow: self.box_shadow,
            opacity: self.opacity,
        })
    }
}

impl Content for PlannedShape {
    const KIND: &'static str = "shape";

    /// False for a spacer.
    fn has_ink(&self) -> bool {
        self.background.is_some() || self.border.is_some() || self.box_shadow.is_some()
    }

    fn has_pixels(&self) -> bool {
        let is_rounded = self.background.is_some() && !self.border_radius.is_zero();
        self.border.is_some() || self.box_shadow.is_some() || is_rounded
    }

    fn is_box(&self) -> bool {
        true
    }
}
