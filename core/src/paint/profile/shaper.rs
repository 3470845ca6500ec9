//! RGB profiles of three curves and a matrix: those of screens, cameras and phones, and the colours of others on their way to
//! sRGB.
//!
//! A pixel takes five look-ups and one addition: the linear values of the three channels are the parts of one integer.

use moxcms::{ColorProfile, ToneReprCurve};

/// Most bits of a linear value from 0 to 1. A step is a fifth of the darkest level of sRGB.
const MAX_BITS: u32 = 14;
/// Bits of a part, which also holds what lies beyond 0 and 1.
const PART_BITS: u32 = 16;
/// What a part is above its linear value.
const BIAS: usize = 3 << 13;
/// Largest coefficient. Those of real profiles are below 4.
const MAX_COEFFICIENT: f64 = 8.0;

/// Bits of a channel whose linear value is looked up on the way from wider colours.
const WIDE_BITS: u32 = 12;

/// Curves and a matrix, and sRGB's inverse curve.
#[derive(Debug, Clone)]
pub struct MatrixShaper {
    /// What red and green contribute to the linear values of sRGB's channels, by their levels.
    pairs: Box<[i64; 1 << 16]>,
    /// What blue contributes.
    blue: [i64; 256],
    /// sRGB levels, indexed by a part.
    levels: Box<[u8; 1 << PART_BITS]>,
}

impl MatrixShaper {
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
        let matrix = matrix.map(|row| row.map(|value| value.clamp(-MAX_COEFFICIENT, MAX_COEFFICIENT)));
        let bits = (1..=MAX_BITS).rev().find(|bits| matrix.iter().all(|row| fits(row, *bits)))?;
        let unit = f64::from((1 << bits) - 1) as f32;
        let column = |channel: usize| matrix.map(|row| row[channel] as f32 * unit);
        let (by_red, by_green, by_blue) = (column(0), column(1), column(2));
        let pair = |(red, green): (f32, f32)| {
            packed(std::array::from_fn(|part| by_red[part] * red + by_green[part] * green + BIAS as f32))
        };
        let all = green.iter().flat_map(|green| red.iter().map(|red| (*red, *green)));
        Some(Self {
            pairs: all.map(pair).collect::<Vec<i64>>().try_into().ok()?,
            blue: blue.map(|blue| packed(by_blue.map(|by| by * blue))),
            levels: levels(bits),
        })
    }

    /// Converts pixels; alpha stays.
    pub fn apply(&self, pixels: &mut [[u8; 4]]) {
        let levels = &*self.levels;
        for pixel in pixels {
            let all = u32::from_le_bytes(*pixel);
            let (pair, blue) = (usize::from(all as u16), usize::from((all >> 16) as u8));
            let linear = self.pairs[pair].wrapping_add(self.blue[blue]);
            let level = |part: u32| levels[usize::from((linear >> (PART_BITS * part)) as u16)];
            [pixel[0], pixel[1], pixel[2]] = [level(0), level(1), level(2)];
        }
    }
}

/// Whether parts hold whatever a row of the matrix sums up to, in steps of so many bits.
fn fits(row: &[f64; 3], bits: u32) -> bool {
    let sum = |sign: f64| row.iter().map(|value| (value * sign).max(0.0)).sum::<f64>() * f64::from(1 << bits) + 2.0;
    sum(-1.0) < BIAS as f64 && sum(1.0) < ((1 << PART_BITS) - BIAS) as f64
}

/// Values as parts of an integer. A negative one borrows from the part above it, which a sum gives back.
fn packed(parts: [f32; 3]) -> i64 {
    // Rounded without a call.
    let [low, middle, high] = parts.map(|part| (part + 65_536.5) as i64 - 65_536);
    low + (middle << PART_BITS) + (high << (2 * PART_BITS))
}

/// The linear values of a curve's levels.
fn linear(curve: &ToneReprCurve) -> Option<[f32; 256]> {
    let evaluator = curve.make_linear_evaluator().ok()?;
    Some(std::array::from_fn(|level| evaluator.evaluate_value(level as f32 / 255.0).clamp(0.0, 1.0)))
}

/// Converts colours of a wider space to sRGB, and cuts off those beyond it.
#[derive(Debug, Clone)]
pub struct Narrowing {
    /// Linear values by the upper bits of a channel.
    linear: Box<[f32; 1 << WIDE_BITS]>,
    matrix: [[f32; 3]; 3],
    /// sRGB levels, indexed by a part.
    levels: Box<[u8; 1 << PART_BITS]>,
}

impl Narrowing {
    /// The wider space: the primaries of BT.2020, which hold the colours of printers, and sRGB's curve.
    pub fn space() -> ColorProfile {
        let (mut space, srgb) = (ColorProfile::new_bt2020(), ColorProfile::new_srgb());
        (space.red_trc, space.green_trc, space.blue_trc) = (srgb.red_trc, srgb.green_trc, srgb.blue_trc);
        space
    }

    /// Prepares the conversion from [`Self::space`].
    pub fn prepare() -> Self {
        let last = f64::from((1 << WIDE_BITS) - 1);
        Self {
            linear: Box::new(std::array::from_fn(|upper| decoded(upper as f64 / last) as f32)),
            matrix: Self::space()
                .transform_matrix(&ColorProfile::new_srgb())
                .v
                .map(|row| row.map(|value| value as f32)),
            levels: levels(MAX_BITS),
        }
    }

    /// The levels of a colour, whose channels are 65535 for 1.
    pub fn levels(&self, color: [u16; 3]) -> [u8; 3] {
        let unit = f64::from((1 << MAX_BITS) - 1) as f32;
        let [red, green, blue] = color.map(|channel| self.linear[usize::from(channel >> (u16::BITS - WIDE_BITS))]);
        self.matrix.map(|row| {
            let linear = row[0] * red + row[1] * green + row[2] * blue;
            self.levels[usize::from((BIAS as f32 + linear * unit + 0.5) as u16)]
        })
    }
}

/// The linear value of sRGB's curve: IEC 61966-2-1.
fn decoded(value: f64) -> f64 {
    if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

/// sRGB's levels of linear values with so many bits.
fn levels(bits: u32) -> Box<[u8; 1 << PART_BITS]> {
    let linear = |level: f64| decoded(level / 255.0);
    let mut levels = Box::new([0; 1 << PART_BITS]);
    let mut start = 0;
    for level in 0..=255_u8 {
        // A level ends halfway to the next one.
        let end = match level {
            255 => levels.len(),
            _ => BIAS + (linear(f64::from(level) + 0.5) * f64::from((1 << bits) - 1)).ceil() as usize,
        };
        levels[start..end].fill(level);
        start = end;
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_of_srgb_survives() {
        let shaper = MatrixShaper::new(&ColorProfile::new_srgb()).expect("a matrix");
        let before: Vec<[u8; 4]> = (0..=255).map(|level| [level, 255 - level, level / 2, level]).collect();
        let mut after = before.clone();
        shaper.apply(&mut after);
        for (before, after) in before.iter().zip(&after) {
            assert!(before.iter().zip(after).all(|(a, b)| a.abs_diff(*b) <= 1), "{before:?} became {after:?}");
        }
    }

    #[test]
    fn colors_beyond_srgb_are_clipped() {
        for profile in [ColorProfile::new_display_p3(), ColorProfile::new_pro_photo_rgb(), ColorProfile::new_bt2020()] {
            let shaper = MatrixShaper::new(&profile).expect("a matrix");
            let mut pixels = [[255, 0, 0, 7], [0, 255, 0, 7], [0, 0, 255, 7], [0, 0, 0, 7], [255; 4]];
            shaper.apply(&mut pixels);
            let [red, green, blue, black, white] = pixels;
            assert!(red[0] == 255 && green[1] == 255 && blue[2] == 255 && red[1] == 0 && green[0] == 0, "{pixels:?}");
            assert_eq!((black, white), ([0, 0, 0, 7], [255; 4]));
        }
    }
}
