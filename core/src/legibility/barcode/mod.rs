//! Reads the barcodes in finished pixels: horizontal scan lines, edges, symbols, checksum.
//!
//! Shares the symbol tables with the encoder and nothing else.

mod code128;
mod ean13;
mod edges;

use std::ops::Range;

use self::edges::{Edge, edges};
use super::{
    light::{LIGHT, Mean, luma, ratio},
    spot::Spot,
};
use crate::{
    code::barcode::BarcodeFormat,
    error::Finding,
    words::{self, quote},
};

/// Number of scan lines.
const LINES: usize = 15;
/// Smallest fraction of the scan lines that must read the expected value.
const MIN_READ: f32 = 0.5;
/// Quiet zones wider than this are not measured further, modules.
const MAX_QUIET: f32 = 99.0;

/// A barcode that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct BarcodeReading {
    /// Symbology.
    pub format: BarcodeFormat,
    /// The value that a scanner transmits; with the check digit of an EAN-13.
    pub value: String,
    /// Width of a module, px.
    pub module: f32,
    /// First and last edge, px.
    pub span: [f32; 2],
    /// Lowest contrast of a scan line's bars and spaces, 1 to 21 (WCAG 2.2).
    pub contrast: f32,
    /// Smallest widths of the light areas at the left and the right, modules; at most 99.
    pub quiet_zones: [f32; 2],
    /// Fraction of the scan lines that read it, 0 to 1.
    pub lines: f32,
}

impl BarcodeReading {
    /// Whether both quiet zones are as wide as the format requires, to within half a module.
    pub fn has_quiet_zones(&self) -> bool {
        self.quiet_zones.iter().zip(self.format.quiet_zones()).all(|(found, needed)| found + 0.5 >= needed as f32)
    }
}

/// Reads the barcodes of a picture on scan lines through these rows, the most frequently read one first. `pixels` are
/// opaque, row by row.
pub fn read(pixels: &[[u8; 4]], width: usize, rows: Range<usize>) -> Vec<BarcodeReading> {
    let mut found: Vec<(BarcodeReading, usize)> = Vec::new();
    for line in 0..LINES {
        let y = rows.start + (rows.len() * (2 * line + 1)) / (2 * LINES);
        let Some(row) = pixels.get(y * width..(y + 1) * width).filter(|_| rows.contains(&y)) else { continue };
        for reading in read_line(row) {
            match found.iter_mut().find(|(one, _)| (one.format, &one.value) == (reading.format, &reading.value)) {
                Some((one, count)) => {
                    *count += 1;
                    one.contrast = one.contrast.min(reading.contrast);
                    let zones = one.quiet_zones.iter_mut().zip(reading.quiet_zones);
                    zones.for_each(|(zone, other)| *zone = zone.min(other));
                }
                None => found.push((reading, 1)),
            }
        }
    }
    found.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    found.into_iter().map(|(reading, count)| BarcodeReading { lines: count as f32 / LINES as f32, ..reading }).collect()
}

/// The barcodes of one row.
fn read_line(row: &[[u8; 4]]) -> Vec<BarcodeReading> {
    let lumas: Vec<f32> = row.iter().map(|pixel| f32::from(luma(*pixel))).collect();
    let edges = edges(&lumas);
    let runs: Vec<f32> = edges.iter().zip(edges.iter().skip(1)).map(|(a, b)| b.at - a.at).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < runs.len() {
        let read = |format: BarcodeFormat| {
            let (value, count) = match format {
                BarcodeFormat::Code128 => code128::read(&runs[at..]),
                BarcodeFormat::Ean13 => ean13::read(&runs[at..]),
            }?;
            Some((reading(format, value, row, &edges, at..at + count), count))
        };
        let formats = [BarcodeFormat::Code128, BarcodeFormat::Ean13];
        match formats.into_iter().filter(|_| edges[at].is_dark).find_map(read) {
            Some((reading, count)) => {
                found.push(reading);
                at += count;
            }
            None => at += 1,
        }
    }
    found
}

/// Measures a barcode that has these runs of a row.
fn reading(
    format: BarcodeFormat,
    value: String,
    row: &[[u8; 4]],
    edges: &[Edge],
    runs: Range<usize>,
) -> BarcodeReading {
    let span = [edges[runs.start].at, edges[runs.end].at];
    let width = span[1] - span[0];
    let module = match format {
        // Symbols of six runs and 11 modules each, and the last bar of two modules.
        BarcodeFormat::Code128 => width / ((runs.len() / 6) as f32 * 11.0 + 2.0),
        BarcodeFormat::Ean13 => width / format.min_modules() as f32,
    };
    let mut means = [Mean::default(); 2];
    for run in runs.clone() {
        let middle = f32::midpoint(edges[run].at, edges[run + 1].at) as usize;
        if let Some(pixel) = row.get(middle) {
            means[usize::from(!edges[run].is_dark)].add(LIGHT.of(*pixel));
        }
    }
    let before = runs.start.checked_sub(1).and_then(|edge| edges.get(edge)).map_or(0.0, |edge| edge.at);
    let after = edges.get(runs.end + 1).map_or(row.len() as f32, |edge| edge.at);
    let quiet_zones = [span[0] - before, after - span[1]].map(|zone| (zone / module).min(MAX_QUIET));
    let contrast = ratio(means[0].value(), means[1].value());
    BarcodeReading { format, value, module, span, contrast, quiet_zones, lines: 0.0 }
}

/// Reads the barcode in the finished poster on lines through its bars. Returns a message if it cannot be read or has
/// another format or value. `ink` is the rectangle of its bars.
pub(super) fn unreadable(spot: &Spot<'_>, ink: [usize; 4], format: BarcodeFormat, value: &str) -> Option<Finding> {
    let mut readings = read(spot.finished, spot.width, ink[1]..ink[3]);
    // Other barcodes of the poster may be beside this one.
    readings.retain(|reading| reading.span[0] < ink[2] as f32 && reading.span[1] > ink[0] as f32);
    let expected = readings.iter().find(|reading| (reading.format, &*reading.value) == (format, value));
    let other = readings.iter().find(|reading| (reading.format, &*reading.value) != (format, value));
    let name = format.name();
    match (expected, other) {
        (_, Some(other)) => {
            Some(words::barcode_other_content(quote(&other.value), other.format.name(), quote(value), name))
        }
        (Some(reading), None) if reading.lines >= MIN_READ => None,
        (Some(reading), None) => {
            Some(words::barcode_partly_readable(name, quote(value), format_args!("{:.0}", reading.lines * 100.0)))
        }
        (None, None) => Some(words::barcode_unreadable(name, quote(value))),
    }
}

#[cfg(test)]
mod tests;
