//! Bars and human-readable text of a barcode as rectangles of whole px.

use super::{EncodedBarcode, Label};
use crate::{
    error::{Error, ErrorKind, Result},
    words,
};

/// `[x, y, width, height]` in px from the top left corner of the box.
pub type Rect = [u32; 4];

/// Extension of guard bars below the other bars, modules (GS1 General Specifications, 5.2).
const GUARD_EXTENSION: u32 = 5;
/// Height of a line of text, em.
const LINE_HEIGHT: f32 = 1.2;
/// Preferred font size, modules: digits of 8.3 modules, as OCR-B has them in an EAN-13 of nominal size.
const FONT_SIZE: f32 = 11.0;
/// Advance that is assumed for a character, em.
const ADVANCE: f32 = 0.62;

/// A barcode in a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BarcodeLayout {
    /// Width of a module, px.
    pub module: u32,
    /// The bars between their quiet zones, without text and without the extension of guard bars: what a scanner reads.
    pub symbol: Rect,
    /// Dark bars in whole px, from left to right. Guard bars of an EAN-13 extend below [`BarcodeLayout::symbol`].
    pub bars: Vec<Rect>,
    /// Parts of the text.
    pub labels: Vec<PlacedLabel>,
}

/// A part of the human-readable text. It is centred in its rectangle, which is one line high.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedLabel {
    /// Printable ASCII.
    pub text: String,
    /// Room for it; shrink the text if its font is wider.
    pub rect: Rect,
}

impl BarcodeLayout {
    /// The rectangle that the bars fill, guard bars included.
    pub fn bounds(&self) -> Rect {
        let [left, top, width, _] = self.symbol;
        [left, top, width, self.bars.iter().map(|bar| bar[3]).max().unwrap_or(0)]
    }

    /// The pixels of [`BarcodeLayout::bounds`]: bars in this premultiplied colour, transparent between them.
    pub fn pixels(&self, color: [u8; 4]) -> Vec<[u8; 4]> {
        let [left, _, width, height] = self.bounds();
        let row = |y: u32| {
            let mut row = vec![[0; 4]; width as usize];
            for [x, _, width, _] in self.bars.iter().filter(|bar| bar[3] > y) {
                let start = (x - left) as usize;
                row[start..start + *width as usize].fill(color);
            }
            row
        };
        // Guard bars may be higher than the others.
        let rows = self.symbol[3];
        let upper = row(0).repeat(rows as usize);
        upper.into_iter().chain((rows..height).flat_map(row)).collect()
    }
}

impl EncodedBarcode {
    /// Width of a module in a box, px: the largest whole number that leaves room for the quiet zones.
    ///
    /// # Errors
    /// `barcode_narrow` when not even 1 px fits.
    pub fn module(&self, width: u32) -> Result<u32> {
        // At most 80 characters of 22 modules each.
        let modules = self.width() as u32;
        match width / modules {
            0 => Err(Error::of(ErrorKind::Invalid, words::barcode_narrow(modules, width))),
            module => Ok(module),
        }
    }

    /// Font size for modules of this width at which the text fits below its bars, px.
    pub fn font_size(&self, module: u32) -> f32 {
        let room = |label: &Label| label.span.len() as f32 / (label.text.len() as f32 * ADVANCE);
        self.labels.iter().map(room).fold(FONT_SIZE, f32::min) * module as f32
    }

    /// Lays out bars and, with a font size in px, text in a box. Bars are centred and as high as the box and the text
    /// allow.
    ///
    /// # Errors
    /// `barcode_narrow` as in [`EncodedBarcode::module`], `barcode_low` when the text leaves no room for bars.
    pub fn layout(&self, [width, height]: [u32; 2], font_size: Option<f32>) -> Result<BarcodeLayout> {
        let module = self.module(width)?;
        let [quiet, _] = self.format.quiet_zones();
        let left = (width - module * self.width() as u32) / 2 + module * quiet as u32;
        // Float to integer casts saturate.
        let line = font_size.map(|size| (size * LINE_HEIGHT).ceil() as u32).filter(|_| !self.labels.is_empty());
        // At least half a module between bars and text (GS1 General Specifications, 5.2).
        let below = line.map_or(0, |line| line.saturating_add(module.div_ceil(2)));
        let Some(bar_height) = height.checked_sub(below).filter(|height| *height > 0) else {
            return Err(Error::of(ErrorKind::Invalid, words::barcode_no_bars(height, below)));
        };
        let extension = below.min(GUARD_EXTENSION * module);
        let bars = self.bars().into_iter().map(|bar| {
            let is_guard = self.guards.iter().any(|guard| guard.contains(&bar.start));
            let height = bar_height + if is_guard { extension } else { 0 };
            [left + bar.start as u32 * module, 0, bar.len() as u32 * module, height]
        });
        let labels = line.iter().flat_map(|line| {
            self.labels.iter().map(move |label| {
                let x = left.saturating_add_signed(label.span.start * module as i32);
                let rect = [x, height - line, label.span.len() as u32 * module, *line];
                PlacedLabel { text: label.text.clone(), rect }
            })
        });
        Ok(BarcodeLayout {
            module,
            symbol: [left, 0, self.modules.len() as u32 * module, bar_height],
            bars: bars.collect(),
            labels: labels.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::barcode::BarcodeFormat;

    fn ean13() -> EncodedBarcode {
        EncodedBarcode::new(BarcodeFormat::Ean13, "4003994155486").expect("encoded")
    }

    #[test]
    fn bars_are_whole_px_and_centred() {
        let layout = ean13().layout([350, 100], None).expect("laid out");
        assert_eq!(layout.module, 3);
        // 350 - 3 * 113 = 11 px are left over, then 11 modules of quiet zone.
        assert_eq!(layout.symbol, [5 + 33, 0, 285, 100]);
        assert_eq!(layout.bars.first(), Some(&[38, 0, 3, 100]));
        assert_eq!(layout.bars.last(), Some(&[38 + 94 * 3, 0, 3, 100]));
        assert_eq!(layout.labels, []);
    }

    #[test]
    fn guard_bars_extend_between_the_digits() {
        let barcode = ean13();
        let font_size = barcode.font_size(3);
        assert!(font_size > 30.0, "{font_size} px");
        let layout = barcode.layout([339, 160], Some(font_size)).expect("laid out");
        let line = (font_size * 1.2).ceil() as u32;
        assert_eq!(layout.symbol[3], 160 - line - 2);
        let long = layout.bars.iter().filter(|bar| bar[3] == layout.symbol[3] + 15).count();
        assert_eq!((long, layout.bars.len()), (6, 30));
        let rects: Vec<Rect> = layout.labels.iter().map(|label| label.rect).collect();
        let y = 160 - line;
        assert_eq!(rects, [[0, y, 33, line], [33 + 9, y, 126, line], [33 + 150, y, 126, line]]);
        // No bar reaches into the room of a digit.
        for [x, y, width, _] in rects {
            assert!(layout.bars.iter().all(|bar| bar[0] >= x + width || bar[0] + bar[2] <= x || bar[3] < y));
        }
    }

    #[test]
    fn pixels_are_those_of_the_bars() {
        let layout = ean13().layout([250, 60], Some(20.0)).expect("laid out");
        let ([left, top, width, height], pixels) = (layout.bounds(), layout.pixels([9, 9, 9, 255]));
        assert_eq!((left, top, width, height), (12 + 22, 0, 190, layout.symbol[3] + 10));
        for (at, pixel) in (0..).zip(&pixels) {
            let (x, y) = (left + at % width, at / width);
            let is_bar = layout.bars.iter().any(|bar| (bar[0]..bar[0] + bar[2]).contains(&x) && y < bar[3]);
            assert_eq!(*pixel, if is_bar { [9, 9, 9, 255] } else { [0; 4] }, "{x}, {y}");
        }
        assert_eq!(pixels.len() as u32, width * height);
    }

    #[test]
    fn what_does_not_fit_is_explained() {
        let error = ean13().layout([112, 50], None).expect_err("too narrow");
        assert_eq!(error.code(), "barcode_narrow");
        assert!(error.message().contains("113 modules") && error.message().contains("112 px"), "{error}");
        assert_eq!(ean13().layout([113, 1], None).expect("1 px").module, 1);
        assert_eq!(ean13().layout([113, 20], Some(20.0)).expect_err("too low").code(), "barcode_low");
        assert!(ean13().layout([113, 20], Some(f32::INFINITY)).is_err());
    }
}
