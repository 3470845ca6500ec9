//! Whether a code can be scanned, judged by the finished poster's pixels.
//!
//! No figure of WeChat's is published for size, quiet zone or contrast. The limits here are ours: a round code has at
//! most 72 rays, so a side of 110 px gives each about 5 px of its ring; the contrast is WCAG 2.2's (1.4.11 asks 3:1 of
//! what must be recognised, 1.4.3 asks 4.5:1 of what must be read); a QR code's quiet zone is 4 modules (ISO/IEC 18004).

mod ground;
mod measure;
mod square;

pub use self::ground::{Ground, Wish, looks};
use self::measure::{Measured, TILES, Worst, painted_over};
use crate::error::{Finding, Severity};

/// A code as it stands in a poster: a part of the finished pixels around it, and the same part with the code alone.
#[derive(Debug, Clone, Copy)]
pub struct Spot<'a> {
    /// The poster's pixels, opaque, row by row.
    pub finished: &'a [[u8; 4]],
    /// The code's own pixels, premultiplied; transparent where it draws nothing.
    pub alone: &'a [[u8; 4]],
    /// Pixels of a row.
    pub width: usize,
    /// `[x0, y0, x1, y1]` of the code's square within them; the end is excluded.
    pub square: [usize; 4],
    /// What kind of code it is.
    pub form: Form<'a>,
    /// Diameter in px of what is meant to stand in its middle; 0 when nothing is.
    pub center: f32,
}

/// The shapes of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form<'a> {
    /// A mini-program code: rays around a disc that scanners do not read.
    Round,
    /// A QR code, and what it says, when that is known.
    Square(Option<&'a str>),
}

/// What was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Side of the code's ink, output px.
    pub side: usize,
    /// Contrast of light against dark modules where it is lowest, 1 to 21 (WCAG 2.2, relative luminance).
    pub contrast: f32,
    /// Part of the modules' pixels, outside of a round code's disc, that are covered, 0 to 1.
    pub covered: f32,
    /// Part of the quiet zone's pixels that are as dark as modules, or outside of the poster, 0 to 1.
    pub disturbed: f32,
    /// What is wrong: `code_small`, `code_contrast`, `code_inverted`, `code_covered`, `code_quiet_zone`,
    /// `code_unreadable`.
    pub findings: Vec<Finding>,
}

/// Two limits: below (or above) the first a scan may fail, beyond the second it will.
type Limits<T> = (T, T);

const SIDE: Limits<usize> = (110, 80);
/// Least px of a QR code's module.
const MODULE: Limits<f32> = (3.0, 2.0);
const CONTRAST: Limits<f32> = (4.5, 3.0);
const COVERED: Limits<f32> = (0.015, 0.05);
/// Of one of 25 tiles.
const COVERED_TILE: Limits<f32> = (0.3, 0.7);
const DISTURBED: Limits<f32> = (0.01, 0.10);

/// Measures a code.
pub fn examine(spot: &Spot<'_>) -> Report {
    let Some(measured) = Measured::of(spot) else {
        let message = "the code has no dark modules: nothing of it can be seen";
        let finding = Finding::error("code_contrast", message).hint("give it another line_color, or a plate");
        return Report { side: 0, contrast: 1.0, covered: 0.0, disturbed: 0.0, findings: vec![finding] };
    };
    let Measured { side, contrast, covered, covered_most, disturbed, module, inverted } = measured;
    let mut findings = Vec::new();
    let mut add = |limit: Option<Severity>, code: &'static str, message: String, hint: &str| {
        let Some(severity) = limit else { return };
        findings.push(Finding { severity, ..Finding::error(code, message) }.hint(hint));
    };
    let below = |value: f32, (may, will): Limits<f32>| match value {
        v if v < will => Some(Severity::Error),
        v if v < may => Some(Severity::Warning),
        _ => None,
    };
    let above = |value: f32, (may, will): Limits<f32>| below(-value, (-may, -will));
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
        // Where there is no contrast, everything looks covered.
        if limit != Some(Severity::Error) {
            let hint = "move what lies over it, or draw the code above it";
            let (whole, tile) = (above(covered, COVERED), above(covered_most.share, COVERED_TILE));
            let message = if tile > whole {
                covered_there(covered_most)
            } else {
                format!("{:.1} % of the code is covered", covered * 100.0)
            };
            add(whole.max(tile), "code_covered", message, hint);
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

/// A code that is covered in one place.
fn covered_there(Worst { share, is_dark, tile }: Worst) -> String {
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

/// How far around a code of `side` px its surroundings decide, px.
pub fn margin(form: Form<'_>, side: u32) -> u32 {
    measure::margin(form, side)
}

/// The form of a code of which only the picture is known: a QR code when it reads as one.
pub fn form(alone: &[[u8; 4]], width: usize) -> Form<'static> {
    if square::read_alone(alone, width).is_some() { Form::Square(None) } else { Form::Round }
}

#[cfg(test)]
mod tests;
