//! Legibility of codes, measured on the pixels of the finished poster.
//!
//! WeChat publishes no minimum size, quiet zone or contrast, so this module defines its own limits. A round code has at
//! most 72 rays, so at a side of 110 px each ray gets about 5 px of the circumference. The contrast limits are those of
//! WCAG 2.2 (3:1 for graphical objects in 1.4.11, 4.5:1 for text in 1.4.3). The quiet zone of a QR code is 4 modules
//! (ISO/IEC 18004).

mod ground;
mod measure;
mod square;

pub use self::ground::{Ground, Wish, looks};
use self::measure::{Measured, TILES, WorstTile, painted_over};
use crate::error::{Finding, Severity};

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
        let message = "the code has no dark modules: nothing of it can be seen";
        let finding = Finding::error("code_contrast", message).hint("give it another line_color, or a plate");
        return Report { side: 0, contrast: 1.0, covered: 0.0, disturbed: 0.0, findings: vec![finding] };
    };
    let Measured { side, contrast, covered, worst_tile, disturbed, module, inverted } = measured;
    let mut findings = Vec::new();
    let mut add = |limit: Option<Severity>, code: &'static str, message: String, hint: &str| {
        let Some(severity) = limit else { return };
        findings.push(Finding { severity, ..Finding::error(code, message) }.hint(hint));
    };
    let below = |value: f32, (warning, error): Limits<f32>| match value {
        v if v < error => Some(Severity::Error),
        v if v < warning => Some(Severity::Warning),
        _ => None,
    };
    let above = |value: f32, (warning, error): Limits<f32>| below(-value, (-warning, -error));
    match spot.form {
        Form::Round => add(
            below(side as f32, (SIDE.0 as f32, SIDE.1 as f32)),
            "code_small",
            format!("the code is {side} px wide, at least {} are needed to tell its rays apart", SIDE.0),
            "make its box larger, or raise the scale",
        ),
        Form::Square(_) => add(
            below(module, MODULE),
            "code_small",
            format!("the code's modules are {module:.1} px wide, at least {} are needed", MODULE.0),
            "make its box larger, raise the scale, or let it say less",
        ),
    }
    if inverted {
        let message = "the code is lighter than what lies beneath it; scanners look for dark on light".to_owned();
        add(Some(Severity::Error), "code_inverted", message, "give it a dark line_color, or a light plate");
    } else {
        let limit = below(contrast, CONTRAST);
        let message = format!("the code's contrast falls to {contrast:.1}:1, at least {}:1 is needed", CONTRAST.0);
        let hint = if limit.is_some() && painted_over(spot) > COVERED.0 {
            "something is drawn over the code: move it, or draw the code above it"
        } else {
            "choose a darker line_color, or put a light plate under it"
        };
        add(limit, "code_contrast", message, hint);
        // Without contrast, coverage and quiet zone cannot be measured.
        if limit != Some(Severity::Error) {
            let hint = "move what lies over it, or draw the code above it";
            let (total, tile) = (above(covered, COVERED), above(worst_tile.share, COVERED_TILE));
            let message = if tile > total {
                covered_there(worst_tile)
            } else {
                format!("{:.1} % of the code is covered", covered * 100.0)
            };
            add(total.max(tile), "code_covered", message, hint);
            let message = format!("{:.0} % of the quiet zone around the code is not quiet", disturbed * 100.0);
            let hint = "leave a light ring around it, or give it a plate with padding";
            add(above(disturbed, DISTURBED), "code_quiet_zone", message, hint);
        }
    }
    if let Form::Square(expected) = spot.form
        && !inverted
        && let Some(message) = square::unreadable(spot, expected)
    {
        let hint = match findings.is_empty() {
            true => "make its box larger, or raise the scale",
            false => "see the findings beside this one; a plate with padding helps most",
        };
        findings.push(Finding::error("code_unreadable", message).hint(hint));
    }
    Report { side, contrast, covered, disturbed, findings }
}

/// Message for a code that is covered in one place.
fn covered_there(WorstTile { share, is_dark, tile }: WorstTile) -> String {
    let part = |at: usize, names: [&'static str; 3]| match at.cmp(&(TILES / 2)) {
        std::cmp::Ordering::Less => names[0],
        std::cmp::Ordering::Equal => names[1],
        std::cmp::Ordering::Greater => names[2],
    };
    let (down, across) = (part(tile / TILES, ["upper", "", "lower"]), part(tile % TILES, ["left", "", "right"]));
    let place = match (down, across) {
        ("", "") => "middle".to_owned(),
        ("", side) | (side, "") => format!("{side} part"),
        (down, across) => format!("{down} {across} part"),
    };
    let modules = if is_dark { "dark" } else { "light" };
    format!("the code is covered in its {place}: {:.0} % of the {modules} modules there", share * 100.0)
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
