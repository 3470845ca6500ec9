//! Legibility of codes, measured on the pixels of the finished poster.
//!
//! WeChat publishes no minimum size, quiet zone or contrast, so this module defines its own limits. A round code has at
//! most 72 rays, so at a side of 110 px each ray gets about 5 px of the circumference. The contrast limits are those of
//! WCAG 2.2 (3:1 for graphical objects in 1.4.11, 4.5:1 for text in 1.4.3). The quiet zone of a QR code is 4 modules
//! (ISO/IEC 18004).

mod ground;
mod measure;
mod square;

use std::cmp::Ordering::{Equal, Greater, Less};

pub use self::ground::{Ground, Wish, looks};
use self::measure::{Measured, TILES, WorstTile, painted_over};
use crate::{
    error::{Finding, Severity},
    words,
};

/// A code in a poster: the region of the finished poster around it, and the same region with only the code.
#[derive(Debug, Clone, Copy)]
pub struct Spot<'a> {
    /// Pixels of the poster, opaque, row by row.
    pub finished: &'a [[u8; 4]],
    /// Pixels of the code alone, premultiplied; transparent where it draws nothing.
    pub alone: &'a [[u8; 4]],
    /// Row length, px.
    pub width: usize,
    /// Square of the code within the region, `[x0, y0, x1, y1]`; the end is exclusive.
    pub square: [usize; 4],
    /// Form of the code.
    pub form: Form<'a>,
    /// Diameter of the picture in its centre, px; 0 when there is none.
    pub center: f32,
}

/// Form of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form<'a> {
    /// A mini-program code: rays around a disc that scanners do not read.
    Round,
    /// A QR code and its expected content, if known.
    Square(Option<&'a str>),
}

/// Measurements and findings for a code.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Side of the code's ink, px of the output.
    pub side: usize,
    /// Lowest local contrast between dark and light modules, 1 to 21 (WCAG 2.2). Below 1 when the code is inverted.
    pub contrast: f32,
    /// Fraction of module pixels that are covered, 0 to 1. Excludes the disc of a round code.
    pub covered: f32,
    /// Fraction of quiet zone pixels that are as dark as modules or outside of the poster, 0 to 1.
    pub disturbed: f32,
    /// Findings: `code_small`, `code_contrast`, `code_inverted`, `code_covered`, `code_quiet_zone`,
    /// `code_unreadable`.
    pub findings: Vec<Finding>,
}

/// Two limits: beyond the first, scanning may fail (warning); beyond the second, it will fail (error).
type Limits<T> = (T, T);

/// Side of a round code, px.
const SIDE: Limits<usize> = (110, 80);
/// Module of a QR code, px.
const MODULE: Limits<f32> = (3.0, 2.0);
/// Contrast ratio.
const CONTRAST: Limits<f32> = (4.5, 3.0);
/// Covered fraction of the code.
const COVERED: Limits<f32> = (0.015, 0.05);
/// Covered fraction of the dark or light modules of one of 25 tiles.
const COVERED_TILE: Limits<f32> = (0.3, 0.7);
/// Disturbed fraction of the quiet zone.
const DISTURBED: Limits<f32> = (0.01, 0.10);

/// Measures a code and checks the measurements against the limits.
pub fn examine(spot: &Spot<'_>) -> Report {
    let Some(measured) = Measured::of(spot) else {
        let findings = vec![words::code_invisible()];
        return Report { side: 0, contrast: 1.0, covered: 0.0, disturbed: 0.0, findings };
    };
    let Measured { side, contrast, covered, worst_tile, disturbed, module, inverted } = measured;
    let mut findings = Vec::new();
    let mut add = |limit: Option<Severity>, finding: Finding| {
        findings.extend(limit.map(|severity| finding.severity(severity)));
    };
    let below = |value: f32, (warning, error): Limits<f32>| match value {
        v if v < error => Some(Severity::Error),
        v if v < warning => Some(Severity::Warning),
        _ => None,
    };
    let above = |value: f32, (warning, error): Limits<f32>| below(-value, (-warning, -error));
    match spot.form {
        Form::Round => add(below(side as f32, (SIDE.0 as f32, SIDE.1 as f32)), words::code_small(side, SIDE.0)),
        Form::Square(_) => add(below(module, MODULE), words::code_modules_small(format_args!("{module:.1}"), MODULE.0)),
    }
    if inverted {
        add(Some(Severity::Error), words::code_inverted());
    } else {
        let limit = below(contrast, CONTRAST);
        let hint = (limit.is_some() && painted_over(spot) > COVERED.0).then(words::code_drawn_over);
        add(limit, words::code_contrast(format_args!("{contrast:.1}"), CONTRAST.0).with_hint(hint));
        // Without contrast, coverage and quiet zone cannot be measured.
        if limit != Some(Severity::Error) {
            let (total, tile) = (above(covered, COVERED), above(worst_tile.share, COVERED_TILE));
            let finding = if tile > total {
                covered_there(worst_tile)
            } else {
                words::code_covered(format_args!("{:.1}", covered * 100.0))
            };
            add(total.max(tile), finding);
            let percent = format!("{:.0}", disturbed * 100.0);
            add(above(disturbed, DISTURBED), words::code_quiet_zone(percent));
        }
    }
    if let Form::Square(expected) = spot.form
        && !inverted
        && let Some(finding) = square::unreadable(spot, expected)
    {
        let hint = (!findings.is_empty()).then(words::code_other_findings);
        findings.push(finding.with_hint(hint));
    }
    Report { side, contrast, covered, disturbed, findings }
}

/// Finding for a code that is covered in one place.
fn covered_there(WorstTile { share, is_dark, tile }: WorstTile) -> Finding {
    let middle = TILES / 2;
    let part = match ((tile / TILES).cmp(&middle), (tile % TILES).cmp(&middle)) {
        (Less, Less) => words::part_upper_left(),
        (Less, Equal) => words::part_upper(),
        (Less, Greater) => words::part_upper_right(),
        (Equal, Less) => words::part_left(),
        (Equal, Equal) => words::part_middle(),
        (Equal, Greater) => words::part_right(),
        (Greater, Less) => words::part_lower_left(),
        (Greater, Equal) => words::part_lower(),
        (Greater, Greater) => words::part_lower_right(),
    };
    let percent = format!("{:.0}", share * 100.0);
    match is_dark {
        true => words::code_dark_covered(part, percent),
        false => words::code_light_covered(part, percent),
    }
}

/// Width of the surroundings that [`examine`] needs around a code of `side` px, px.
pub fn margin(form: Form<'_>, side: u32) -> u32 {
    measure::margin(form, side)
}

/// Detects the form of a code from its pixels: a QR code if it decodes as one, otherwise a round code.
pub fn form(alone: &[[u8; 4]], width: usize) -> Form<'static> {
    if square::read_alone(alone, width).is_some() { Form::Square(None) } else { Form::Round }
}

#[cfg(test)]
mod tests;
