//! Planning of rectangles.

use super::fields::Shape;
use crate::{
    layer::content::{BYTES_PER_PIXEL, Content, Resolve},
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

    fn pixel_bytes(&self, area: f64) -> f64 {
        let is_plain = self.border.is_none() && (self.background.is_none() || self.border_radius.is_zero());
        if is_plain { 0.0 } else { BYTES_PER_PIXEL * area }
    }

    fn shadow(&self) -> Option<(BoxShadow, f32)> {
        self.box_shadow.map(|shadow| (shadow, 0.0))
    }

    fn is_box(&self) -> bool {
        true
    }
}
