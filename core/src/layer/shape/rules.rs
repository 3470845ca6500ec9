//! Properties of rectangles.

use super::fields::Shape;
use crate::{
    layer::{
        fields::{Fields, SlotSize, shadow_reach},
        place::PlaceFields,
    },
    template::exprs::Expressions,
};

impl<L> Fields<L> for Shape {
    type Place = PlaceFields;

    const IS_SPACER: bool = true;

    fn expressions(&self, expressions: &mut Expressions) {
        expressions.add("background", self.background.as_ref());
    }

    fn reach(&self, _: SlotSize) -> f32 {
        shadow_reach(self.box_shadow)
    }
}
