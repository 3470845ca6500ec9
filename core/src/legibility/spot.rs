//! What the legibility gate examines.

use crate::code::barcode::BarcodeFormat;

/// A code in a poster: the region of the finished poster around it, and the same region with only the code.
#[derive(Debug, Clone, Copy)]
pub struct Spot<'a> {
    /// Pixels of the poster, opaque, row by row.
    pub finished: &'a [[u8; 4]],
    /// Pixels of the code alone, premultiplied; transparent where it draws nothing.
    pub alone: &'a [[u8; 4]],
    /// Row length, px.
    pub width: usize,
    /// Square of the code within the region, `[x0, y0, x1, y1]`; the end is exclusive. The rectangle of the bars of a
    /// barcode, with or without its quiet zones.
    pub square: [usize; 4],
    /// Form of the code.
    pub form: Form<'a>,
    /// Diameter of the picture in its centre, px; 0 when there is none.
    pub center: f32,
}

impl<'a> Spot<'a> {
    /// Row `y` of the finished pixels.
    pub(super) fn row(&self, y: usize) -> &'a [[u8; 4]] {
        &self.finished[y * self.width..(y + 1) * self.width]
    }
}

/// Form of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form<'a> {
    /// A mini-program code: rays around a disc that scanners do not read.
    Round,
    /// A QR code and its expected content, if known.
    Square(Option<&'a str>),
    /// A barcode and its expected value.
    Barcode {
        /// Symbology that the gate reads.
        format: BarcodeFormat,
        /// What a scanner is to read; with the check digit of an EAN-13.
        value: &'a str,
    },
}
