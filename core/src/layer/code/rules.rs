//! Rules and properties of codes.

use super::{
    fields::{Code, CodePlace},
    words,
};
use crate::{
    error::Wording,
    layer::{
        fields::{Fields, RuleContext, Sizing, SlotSize, Within},
        place::BoxPx,
    },
    template::{
        broken::{Broken, source},
        exprs::Expressions,
    },
};

impl<L> Fields<L> for Code {
    type Place = CodePlace;
    const WORDS: &'static [&'static Wording] = words::ROWS;

    fn expressions(&self, expressions: &mut Expressions) {
        expressions.add("line_color", self.line_color.as_ref());
        expressions.add("src", self.src.as_ref());
        expressions.add("center/src", self.center.as_ref().map(|center| &center.src));
    }

    fn rules(&self, RuleContext { pointer, rect, files }: &RuleContext<'_>) -> Vec<Broken> {
        let own = self.src.as_ref().and_then(|src| source(pointer, "src", src, files));
        let center = self.center.as_ref().and_then(|center| source(pointer, "center/src", &center.src, files));
        [plate(pointer, self, *rect), own, center].into_iter().flatten().collect()
    }

    fn child_rules(&self, RuleContext { pointer, .. }: &RuleContext<'_>, within: &Within<'_, L>) -> Vec<Broken> {
        if !within.repeated {
            return Vec::new();
        }
        vec![Broken::value(*pointer, words::repeat_code())]
    }

    fn sizing(&self) -> Sizing {
        Sizing::Given { finding: words::code_size, aspect_ratio: Some(1.0) }
    }

    fn reach(&self, _: SlotSize) -> f32 {
        0.0
    }

    /// The code is requested in the drawn size.
    fn needs_slot_size(&self) -> bool {
        true
    }

    fn code(&self) -> Option<&Code> {
        Some(self)
    }
}

/// Checks that the plate's padding leaves room for the code in a box.
pub(crate) fn plate(pointer: &str, code: &Code, rect: Option<BoxPx>) -> Option<Broken> {
    let (plate, [_, _, width, height]) = (code.plate.as_ref()?, rect?);
    (plate.padding * 2.0 >= width.min(height))
        .then(|| Broken::value(format!("{pointer}/plate/padding"), words::plate_padding(plate.padding)))
}

/// Checks that all code layers, given with their pointers, have the same appearance: they show one picture.
pub(crate) fn same_look<'a>(mut layers: impl Iterator<Item = (&'a str, &'a Code)>) -> Vec<Broken> {
    let Some((first, like)) = layers.next() else { return Vec::new() };
    let first = first.trim_start_matches("/layers/");
    let mut broken = Vec::new();
    for (pointer, code) in layers {
        let differs = [
            ("is_hyaline", code.is_hyaline != like.is_hyaline),
            ("auto_color", code.auto_color != like.auto_color),
            ("line_color", code.line_color != like.line_color),
        ];
        for (name, _) in differs.iter().filter(|(_, differs)| *differs) {
            broken.push(Broken::value(format!("{pointer}/{name}"), words::code_differs(name, first)));
        }
    }
    broken
}
