//! One-dimensional barcodes, as modules: Code 128 and EAN-13.

mod code128;
mod ean13;
mod layout;
pub mod tables;

use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::{
    code128::MAX_CHARACTERS,
    layout::{BarcodeLayout, PlacedLabel, Rect},
};
use crate::error::Result;

/// Format of a barcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BarcodeFormat {
    /// Code 128 (ISO/IEC 15417): up to 80 ASCII characters, digits take half of the width.
    #[default]
    Code128,
    /// EAN-13 (ISO/IEC 15420): a number of 12 digits and its check digit. A UPC-A number is one with a leading 0.
    Ean13,
}

impl BarcodeFormat {
    /// Widths of the quiet zones at the left and the right, in modules (ISO/IEC 15417; GS1 General Specifications,
    /// 5.2).
    pub fn quiet_zones(self) -> [usize; 2] {
        match self {
            Self::Code128 => [10, 10],
            Self::Ean13 => [11, 7],
        }
    }

    /// Smallest number of modules of a barcode, without its quiet zones.
    pub fn min_modules(self) -> usize {
        match self {
            // Start, one symbol and check symbol of 11 modules each; stop of 13.
            Self::Code128 => 46,
            Self::Ean13 => 95,
        }
    }

    /// Name for messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Code128 => "Code 128",
            Self::Ean13 => "EAN-13",
        }
    }
}

/// An encoded barcode. Positions are modules from the first bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedBarcode {
    /// Symbology.
    pub format: BarcodeFormat,
    /// What a scanner reads: the value, with the check digit of an EAN-13.
    pub value: String,
    /// Modules from the first to the last bar, `true` for dark; without quiet zones.
    pub modules: Vec<bool>,
    /// Modules of the guard patterns, whose bars extend downwards between the digits. Empty for Code 128.
    pub guards: Vec<Range<usize>>,
    /// Human-readable text below the bars.
    pub labels: Vec<Label>,
}

/// A part of the human-readable text. It is centred in its span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Printable ASCII.
    pub text: String,
    /// Modules from the first bar; negative in the left quiet zone.
    pub span: Range<i32>,
}

impl EncodedBarcode {
    /// Encodes a value.
    ///
    /// # Errors
    /// `barcode_empty`, `barcode_character`, `barcode_length` or `barcode_check_digit`, without a pointer.
    pub fn new(format: BarcodeFormat, value: &str) -> Result<Self> {
        let label = |text: &str, span| Label { text: text.to_owned(), span };
        Ok(match format {
            BarcodeFormat::Code128 => {
                let modules = code128::modules(value)?;
                let printable: String = value.chars().filter(|c| matches!(c, ' '..='~')).collect();
                let [left, right] = format.quiet_zones().map(|zone| zone as i32);
                let whole = label(printable.trim(), -left..modules.len() as i32 + right);
                let labels = Some(whole).filter(|label| !label.text.is_empty()).into_iter().collect();
                Self { format, value: value.to_owned(), modules, guards: Vec::new(), labels }
            }
            BarcodeFormat::Ean13 => {
                let value = ean13::complete(value)?;
                let modules = ean13::modules(&value);
                // The first digit has no bars of its own and stands beside the left guard (GS1 General Specifications,
                // 5.2); the others stand below their bars.
                let spans = [(0..1, -11..0), (1..7, 3..45), (7..13, 50..92)];
                let labels =
                    spans.into_iter().map(|(part, span)| label(value.get(part).unwrap_or_default(), span)).collect();
                Self { format, value, modules, guards: ean13::GUARDS.to_vec(), labels }
            }
        })
    }

    /// Width with both quiet zones, in modules.
    pub fn width(&self) -> usize {
        self.modules.len() + self.format.quiet_zones().iter().sum::<usize>()
    }

    /// Bars, as modules.
    pub fn bars(&self) -> Vec<Range<usize>> {
        let mut bars: Vec<Range<usize>> = Vec::new();
        for (at, _) in self.modules.iter().enumerate().filter(|(_, dark)| **dark) {
            match bars.last_mut() {
                Some(bar) if bar.end == at => bar.end = at + 1,
                _ => bars.push(at..at + 1),
            }
        }
        bars
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ean13_has_its_digits_around_the_guards() {
        let barcode = EncodedBarcode::new(BarcodeFormat::Ean13, "400399415548").expect("encoded");
        let labels: Vec<&str> = barcode.labels.iter().map(|label| &*label.text).collect();
        assert_eq!(labels, ["4", "003994", "155486"]);
        assert_eq!((barcode.value.as_str(), barcode.modules.len(), barcode.width()), ("4003994155486", 95, 113));
        assert_eq!(barcode.bars().len(), 30);
        let guards: usize =
            barcode.guards.iter().map(|guard| guard.clone().filter(|at| barcode.modules[*at]).count()).sum();
        assert_eq!(guards, 6);
    }

    #[test]
    fn code128_shows_its_printable_characters() {
        let labels = |value| EncodedBarcode::new(BarcodeFormat::Code128, value).expect("encoded").labels;
        assert_eq!(labels("VIP-0042")[0].text, "VIP-0042");
        assert_eq!(labels("a\tb\n")[0].text, "ab");
        assert_eq!(labels("\n"), []);
        assert_eq!(EncodedBarcode::new(BarcodeFormat::Code128, "1").expect("encoded").modules.len(), 46);
    }
}
