//! Rules and properties of barcodes.

use super::{
    fields::{Barcode, BarcodePlace},
    words,
};
use crate::{
    code::barcode,
    error::Wording,
    layer::fields::{Fields, RuleContext, Sizing, SlotSize},
    template::{broken::Broken, expr::Expr, exprs::Expressions},
};

impl<L> Fields<L> for Barcode {
    type Place = BarcodePlace;

    const WORDS: &'static [&'static Wording] = words::ROWS;

    fn expressions(&self, expressions: &mut Expressions) {
        expressions.add("value", Some(&self.value));
        expressions.add("color", Some(&self.color));
        expressions.add("background", Some(&self.background));
    }

    /// A value that is known when the template is loaded.
    fn rules(&self, RuleContext { pointer, .. }: &RuleContext<'_>) -> Vec<Broken> {
        let Expr::Value(value) = &self.value else { return Vec::new() };
        let error = barcode::EncodedBarcode::new(self.format, value).err();
        error.map(|error| Broken::value(format!("{pointer}/value"), error.as_finding())).into_iter().collect()
    }

    fn sizing(&self) -> Sizing {
        Sizing::Given { finding: words::barcode_size, aspect_ratio: None }
    }

    fn reach(&self, _: SlotSize) -> f32 {
        0.0
    }
}
