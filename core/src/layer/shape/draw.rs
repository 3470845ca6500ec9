//! Drawing of rectangles.

use std::sync::Arc;

use super::plan::PlannedShape;
use crate::{
    error::Result,
    layer::{
        boxes::BoxStyle,
        placer::{Draw, Placement, Placer},
    },
    paint::ink::Ink,
};

impl Draw for PlannedShape {
    fn draw<'a>(&'a self, layer: Placement<'a>, placer: &mut Placer<'a, '_>) -> Result<Option<Arc<Ink>>> {
        let style = BoxStyle {
            background: self.background,
            border: self.border,
            border_radius: self.border_radius,
            opacity: self.opacity,
            ..BoxStyle::PLAIN
        };
        if let Some(shadow) = self.box_shadow {
            placer.shadow(shadow, &style, layer)?;
        }
        placer.plain_box(style, layer)?;
        Ok(None)
    }
}
