//! Planning of barcodes.

use super::fields;
use crate::{
    code::barcode::EncodedBarcode,
    layer::content::{BYTES_PER_PIXEL, Content, Resolve},
    plan::resolver::Resolver,
    style::{Color, Radius},
};

/// A barcode. Lengths in px at scale 1.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedBarcode {
    /// The encoded value.
    pub barcode: EncodedBarcode,
    /// Colour of bars and digits.
    pub color: Color,
    /// Colour of the box.
    pub background: Color,
    /// Corners of the box.
    pub border_radius: Radius,
    /// Whether the value is written below the bars.
    pub digits: bool,
    /// Largest font size of the digits.
    pub font_size: Option<f32>,
}

impl Resolve for fields::Barcode {
    type Planned = PlannedBarcode;

    fn resolve(&self, pointer: &str, resolver: &mut Resolver<'_>) -> Option<PlannedBarcode> {
        let own = format!("{pointer}/value");
        let value = resolver.text(&own, &self.value);
        let color = resolver.value(&format!("{pointer}/color"), &self.color);
        let background = resolver.value(&format!("{pointer}/background"), &self.background);
        let barcode = match EncodedBarcode::new(self.format, &value?) {
            Ok(barcode) => barcode,
            Err(error) => {
                let blamed = resolver.blame(&own, self.value.source());
                resolver.findings.push(error.as_finding().pointer(blamed));
                return None;
            }
        };
        let Self { border_radius, digits, font_size, .. } = *self;
        Some(PlannedBarcode { barcode, color: color?, background: background?, border_radius, digits, font_size })
    }
}

impl Content for PlannedBarcode {
    const KIND: &'static str = "barcode";

    /// The bars, and a box with corners.
    fn pixel_bytes(&self, area: f64) -> f64 {
        let layers = if self.border_radius.is_zero() { 1.0 } else { 2.0 };
        layers * BYTES_PER_PIXEL * area
    }
}
