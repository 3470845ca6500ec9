//! Quiet zone of a code: its width, and whether it is free.

use super::{
    light::LIGHT,
    modules::centre,
    spot::{Form, Spot},
};
use crate::code::barcode::BarcodeFormat;

/// Quiet zone of a round code, as a fraction of its side. Not wider than the margin built into an opaque code.
const ROUND_ZONE: f32 = 0.02;
/// Quiet zone of a QR code, modules (ISO/IEC 18004, 6.3.8).
const SQUARE_ZONE: f32 = 4.0;

/// Required width of the quiet zone, px.
pub(super) fn zone(form: Form<'_>, side: f32, module: f32) -> f32 {
    match form {
        Form::Round => side * ROUND_ZONE,
        Form::Square(_) => module * SQUARE_ZONE,
        Form::Barcode { format, .. } => module * format.quiet_zones().into_iter().max().unwrap_or(0) as f32,
    }
}

/// Width of the surroundings that [`examine`](super::examine) needs around a code of `side` px, px. A QR code has at least
/// 21 modules per side.
pub fn margin(form: Form<'_>, side: u32) -> u32 {
    let modules = if let Form::Barcode { format, .. } = form { format.min_modules() } else { 21 };
    zone(form, side as f32, side as f32 / modules as f32).ceil() as u32 + 3
}

/// Fraction of the quiet zones left and right of a barcode that is dark or outside of the poster, 0 to 1. Skips the pixels
/// beside the first and the last bar, which may be antialiased.
pub(super) fn disturbed_beside(
    spot: &Spot<'_>,
    ink: [usize; 4],
    format: BarcodeFormat,
    module: f32,
    middle_light: f32,
) -> f32 {
    let light = &*LIGHT;
    let [left, right] = format.quiet_zones().map(|zone| (module * zone as f32 - 0.5) as i64);
    let (start, end) = (ink[0] as i64, ink[2] as i64);
    let (mut total, mut dark) = (0u32, 0u32);
    for y in ink[1]..ink[3] {
        let row = spot.row(y);
        for x in (start - left..start - 1).chain(end + 1..end + right) {
            let pixel = usize::try_from(x).ok().and_then(|x| row.get(x));
            total += 1;
            dark += u32::from(!pixel.is_some_and(|pixel| light.of(*pixel) >= middle_light));
        }
    }
    dark as f32 / total.max(1) as f32
}

/// Fraction of the quiet zone around the ink that is dark or outside of the poster, 0 to 1. `ink_radius` is used for round
/// codes only.
pub(super) fn disturbed(spot: &Spot<'_>, ink: [usize; 4], ink_radius: f32, zone: f32, middle_light: f32) -> f32 {
    let height = spot.finished.len() / spot.width.max(1);
    let (light, middle) = (&*LIGHT, centre(ink));
    // Skips one pixel, because the ends of rays are antialiased; the radius is that of the centres of pixels.
    let (inner, outer) = (ink_radius + 1.5, ink_radius + 1.5 + zone.round());
    let ends = ink.map(|v| v as i64);
    // The edges of a QR code are known to half a px. Pixels that may be antialiased edges of its ink or of its own margin
    // are not part of the quiet zone.
    let (touching, around) = match spot.form {
        Form::Round => (0, zone.round() as i64 + 2),
        _ => (1, (zone - 0.5) as i64),
    };
    let inside = [ends[0] - touching, ends[1] - touching, ends[2] + touching, ends[3] + touching];
    let (mut total, mut dark) = (0u32, 0u32);
    for y in ends[1] - around..ends[3] + around {
        let from_middle = (y as f32 + 0.5 - middle.1).powi(2);
        // Skips pixels that certainly belong to the code.
        let hole = match spot.form {
            Form::Round => {
                let half = ((inner - 1.0).powi(2) - from_middle).max(0.0).sqrt();
                let [from, to] = [middle.0 - half, middle.0 + half].map(|x| x - 0.5);
                (from.ceil() as i64, to.floor().max(from.ceil()) as i64)
            }
            _ if (inside[1]..inside[3]).contains(&y) => (inside[0], inside[2]),
            _ => (ends[2], ends[2]),
        };
        let (left, right) = (ends[0] - around, ends[2] + around);
        for x in (left..hole.0.clamp(left, right)).chain(hole.1.clamp(left, right)..right) {
            let is_ring = match spot.form {
                Form::Round => {
                    let from_middle = (x as f32 + 0.5 - middle.0).powi(2) + from_middle;
                    (inner.powi(2)..outer.powi(2)).contains(&from_middle)
                }
                _ => true,
            };
            if is_ring {
                let pixel = usize::try_from(y).ok().filter(|y| *y < height).and_then(|y| {
                    let x = usize::try_from(x).ok()?;
                    spot.row(y).get(x)
                });
                total += 1;
                dark += u32::from(!pixel.is_some_and(|pixel| light.of(*pixel) >= middle_light));
            }
        }
    }
    dark as f32 / total.max(1) as f32
}
