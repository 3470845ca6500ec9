//! Legibility of codes, measured on the pixels of the finished poster, and of texts by their size.
//!
//! WeChat publishes no minimum size, quiet zone or contrast, so this module defines its own limits. A round code has at
//! most 72 rays, so at a side of 110 px each ray gets about 5 px of the circumference. The contrast limits are those of
//! WCAG 2.2 (3:1 for graphical objects in 1.4.11, 4.5:1 for text in 1.4.3). The quiet zone of a QR code is 4 modules
//! (ISO/IEC 18004); those of barcodes are 10 modules (Code 128, ISO/IEC 15417), or 11 and 7 (EAN-13, ISO/IEC 15420).

mod auto_style;
mod barcode;
mod light;
mod limits;
mod measure;
mod modules;
mod quiet_zone;
mod spot;
mod square;
mod text;

use std::cmp::Ordering::{Equal, Greater, Less};

pub use self::{
    auto_style::{Backdrop, StyleRequest, choose_styles},
    barcode::{BarcodeReading, read},
    quiet_zone::margin,
    spot::{Form, Spot},
    text::{smallest_text, text_size},
};
use self::{
    limits::{BAR_HEIGHT, CONTRAST, DISTURBED, Limits, MIN_BAR_MODULES, MODULE, OCCLUDED, OCCLUDED_TILE, SIDE},
    measure::{Measured, WorstTile, painted_over},
    modules::TILES,
};
use crate::{
    error::{Finding, Severity},
    words,
};

/// Measurements and findings for a code.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Side of the code's ink, or width of a barcode's, px of the output.
    pub side: usize,
    /// Lowest local contrast between dark and light modules, 1 to 21 (WCAG 2.2). Below 1 when the code is inverted.
    pub contrast: f32,
    /// Fraction of module pixels that are occluded, 0 to 1. Excludes the disc of a round code.
    pub occluded: f32,
    /// Fraction of quiet zone pixels that are as dark as modules or outside of the poster, 0 to 1.
    pub disturbed: f32,
    /// Findings: `code_small`, `code_contrast`, `code_inverted`, `code_covered`, `code_quiet_zone`,
    /// `code_unreadable`.
    pub findings: Vec<Finding>,
}

/// Measures a code and checks the measurements against the limits.
pub fn examine(spot: &Spot<'_>) -> Report {
    let is_barcode = matches!(spot.form, Form::Barcode { .. });
    let Some(measured) = Measured::of(spot) else {
        let finding = if is_barcode { words::barcode_invisible() } else { words::code_invisible() };
        return Report { side: 0, contrast: 1.0, occluded: 0.0, disturbed: 0.0, findings: vec![finding] };
    };
    let Measured { ink, side, contrast, red_contrast, occluded, worst_tile, disturbed, module, inverted } = measured;
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
        Form::Square(_) | Form::Barcode { .. } => {
            add(below(module, MODULE), words::code_modules_small(below_limit(module), MODULE.0));
        }
    }
    if is_barcode {
        let (height, [warning, error]) =
            (ink[3] - ink[1], [BAR_HEIGHT.0, BAR_HEIGHT.1].map(|share| share * side as f32));
        let limits = (warning, error.max(MIN_BAR_MODULES * module));
        add(below(height as f32, limits), words::barcode_low(height, limits.0.max(limits.1).ceil()));
    }
    if inverted {
        let hint = is_barcode.then(words::barcode_colors);
        add(Some(Severity::Error), words::code_inverted().with_hint(hint));
    } else {
        let limit = below(contrast, CONTRAST);
        let hint = if limit.is_some() && painted_over(spot) > OCCLUDED.0 {
            Some(words::code_drawn_over())
        } else {
            is_barcode.then(words::barcode_colors)
        };
        add(limit, words::code_contrast(below_limit(contrast), CONTRAST.0).with_hint(hint));
        if is_barcode && limit.is_none() && red_contrast < CONTRAST.1 {
            add(Some(Severity::Warning), words::barcode_red_contrast(below_limit(red_contrast)));
        }
        // Without contrast, coverage and quiet zone cannot be measured.
        if limit != Some(Severity::Error) {
            let (total, tile) = (above(occluded, OCCLUDED), above(worst_tile.share, OCCLUDED_TILE));
            let finding = if tile > total {
                occluded_there(worst_tile)
            } else {
                words::code_covered(format_args!("{:.1}", occluded * 100.0))
            };
            add(total.max(tile), finding);
            let hint = is_barcode.then(words::barcode_quiet_zone);
            let percent = format!("{:.0}", disturbed * 100.0);
            add(above(disturbed, DISTURBED), words::code_quiet_zone(percent).with_hint(hint));
        }
    }
    let unreadable = match spot.form {
        _ if inverted => None,
        Form::Round => None,
        Form::Square(expected) => square::unreadable(spot, expected),
        Form::Barcode { format, value } => barcode::unreadable(spot, ink, format, value),
    };
    if let Some(finding) = unreadable {
        let hint = match findings.is_empty() {
            true => None,
            false if is_barcode => Some(words::barcode_other_findings()),
            false => Some(words::code_other_findings()),
        };
        findings.push(finding.with_hint(hint));
    }
    Report { side, contrast, occluded, disturbed, findings }
}

/// A value below a limit, rounded down to one decimal, so that it never looks equal to the limit.
fn below_limit(value: f32) -> String {
    format!("{:.1}", (value * 10.0).floor() / 10.0)
}

/// Finding for a code that is occluded in one place.
fn occluded_there(WorstTile { share, is_dark, tile }: WorstTile) -> Finding {
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

/// Detects the form of a code from its pixels: a QR code if it decodes as one, otherwise a round code.
pub fn form(alone: &[[u8; 4]], width: usize) -> Form<'static> {
    if square::read_alone(alone, width).is_some() { Form::Square(None) } else { Form::Round }
}

#[cfg(test)]
mod tests;
