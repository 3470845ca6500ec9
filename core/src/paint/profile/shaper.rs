//! RGB profiles of three curves and a matrix: those of screens, cameras and phones.

use moxcms::{ColorProfile, ToneReprCurve};

/// Bits of a linear value.
const LINEAR_BITS: u32 = 14;
const LINEAR_MAX: i32 = (1 << LINEAR_BITS) - 1;
/// Bits behind the point of a coefficient.
const MATRIX_BITS: u32 = 12;
/// Largest coefficient. Those of real profiles are below 4.
const MAX_COEFFICIENT: f64 = 8.0;

/// Curves, a matrix and sRGB's inverse curve.
#[derive(Debug, Clone)]
pub struct Shaper {
    /// Linear values of the levels of red, green and blue.
    curves: [[i32; 256]; 3],
    matrix: [[i32; 3]; 3],
    /// Levels of linear values.
    levels: Vec<u8>,
}

impl Shaper {
    /// `None` for a profile of another kind.
    pub fn new(profile: &ColorProfile) -> Option<Self> {
        if !profile.is_matrix_shaper() {
            return None;
        }
        let curves = [&profile.red_trc, &profile.green_trc, &profile.blue_trc];
        let [Some(red), Some(green), Some(blue)] = curves.map(|curve| curve.as_ref().and_then(linear)) else {
            return None;
        };
        let matrix = profile.transform_matrix(&ColorProfile::new_srgb()).v;
        let fixed =
            |value: f64| (value.clamp(-MAX_COEFFICIENT, MAX_COEFFICIENT) * f64::from(1 << MATRIX_BITS)).round() as i32;
        Some(Self { curves: [red, green, blue], matrix: matrix.map(|row| row.map(fixed)), levels: levels() })
    }

    /// Converts pixels; alpha stays.
    pub fn apply(&self, pixels: &mut [[u8; 4]]) {
        let [red, green, blue] = &self.curves;
        for pixel in pixels {
            let [r, g, b, _] = pixel.map(usize::from);
            let linear = [red[r], green[g], blue[b]];
            for (channel, row) in pixel.iter_mut().zip(&self.matrix) {
                let sum = row[0] * linear[0] + row[1] * linear[1] + row[2] * linear[2];
                let value = ((sum + (1 << (MATRIX_BITS - 1))) >> MATRIX_BITS).clamp(0, LINEAR_MAX);
                *channel = self.levels[value as usize];
            }
        }
    }
}

/// The linear values of a curve's levels.
fn linear(curve: &ToneReprCurve) -> Option<[i32; 256]> {
    let evaluator = curve.make_linear_evaluator().ok()?;
    let value = |level: usize| evaluator.evaluate_value(level as f32 / 255.0).clamp(0.0, 1.0);
    Some(std::array::from_fn(|level| (value(level) * LINEAR_MAX as f32).round() as i32))
}

/// sRGB's levels of all linear values: IEC 61966-2-1.
fn levels() -> Vec<u8> {
    let linear = |level: f64| {
        let value = level / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    let mut levels = Vec::with_capacity(1 << LINEAR_BITS);
    for level in 0..=255_u8 {
        // A level ends halfway to the next one.
        let end = (linear(f64::from(level) + 0.5) * f64::from(LINEAR_MAX)).ceil() as usize;
        levels.resize(if level == 255 { 1 << LINEAR_BITS } else { end }, level);
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_of_srgb_survives() {
        let shaper = Shaper::new(&ColorProfile::new_srgb()).expect("a matrix");
        let before: Vec<[u8; 4]> = (0..=255).map(|level| [level, 255 - level, level / 2, level]).collect();
        let mut after = before.clone();
        shaper.apply(&mut after);
        for (before, after) in before.iter().zip(&after) {
            assert!(before.iter().zip(after).all(|(a, b)| a.abs_diff(*b) <= 1), "{before:?} became {after:?}");
        }
    }
}
