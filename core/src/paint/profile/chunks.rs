//! Colour spaces that chunks of a PNG declare without an ICC profile: PNG specification, 11.3.2.

use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, ColorPrimaries, ColorProfile, MatrixCoefficients, ToneReprCurve,
    TransferCharacteristics,
};

use super::{Channels, Conversion, Unusable, conversion};

/// The colour space of a PNG.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PngColors {
    /// `cICP`: primaries, transfer function, matrix, range.
    pub cicp: Option<[u8; 4]>,
    /// `gAMA`: 100 000 divided by the exponent of the curve.
    pub gamma: Option<u32>,
    /// `cHRM`: x and y of white, red, green and blue, times 100 000.
    pub chromaticities: Option<[u32; 8]>,
}

/// sRGB's `cHRM` and `gAMA`.
const SRGB_CHROMATICITIES: [u32; 8] = [31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000];
const SRGB_GAMMA: u32 = 45_455;
/// Differences up to which values are those of sRGB.
const CHROMATICITY_TOLERANCE: u32 = 500;
const GAMMA_TOLERANCE: u32 = 2_300;

/// The conversion for the chunks of a PNG. `None` for sRGB.
///
/// # Errors
/// Values that make no sense, and high dynamic range.
pub fn png(colors: PngColors) -> Result<Option<Conversion>, Unusable> {
    if let Some(values) = colors.cicp {
        return conversion(&coded(values)?, Channels::Rgb);
    }
    let gamma = colors.gamma.filter(|gamma| gamma.abs_diff(SRGB_GAMMA) > GAMMA_TOLERANCE);
    let chromaticities = colors.chromaticities.filter(|own| {
        own.iter().zip(SRGB_CHROMATICITIES).any(|(own, known)| own.abs_diff(known) > CHROMATICITY_TOLERANCE)
    });
    if gamma.is_none() && chromaticities.is_none() {
        return Ok(None);
    }
    let mut profile = ColorProfile::new_srgb();
    if let Some(values) = chromaticities {
        if values.iter().any(|value| *value > 100_000) || values.iter().skip(1).step_by(2).any(|y| *y == 0) {
            return Err(Unusable);
        }
        let [white, red, green, blue] = std::array::from_fn(|index| {
            Chromaticity::new(values[2 * index] as f32 / 100_000.0, values[2 * index + 1] as f32 / 100_000.0)
        });
        profile.update_rgb_colorimetry(white.to_xyyb(), ColorPrimaries { red, green, blue });
    }
    if let Some(gamma) = gamma {
        // Beyond these exponents, a picture is black and white.
        if !(10_000..=1_000_000).contains(&gamma) {
            return Err(Unusable);
        }
        let curve = Some(ToneReprCurve::Parametric(vec![100_000.0 / gamma as f32]));
        (profile.red_trc, profile.green_trc, profile.blue_trc) = (curve.clone(), curve.clone(), curve);
    }
    conversion(&profile, Channels::Rgb)
}

/// The profile of a `cICP` chunk.
fn coded([primaries, transfer, matrix, range]: [u8; 4]) -> Result<ColorProfile, Unusable> {
    let color_primaries = CicpColorPrimaries::try_from(primaries).map_err(|_| Unusable)?;
    let transfer_characteristics = TransferCharacteristics::try_from(transfer).map_err(|_| Unusable)?;
    let is_hdr = matches!(transfer_characteristics, TransferCharacteristics::Smpte2084 | TransferCharacteristics::Hlg);
    if is_hdr || matrix != 0 || range != 1 {
        return Err(Unusable);
    }
    let profile = ColorProfile::new_from_cicp(CicpProfile {
        color_primaries,
        transfer_characteristics,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    });
    if profile.red_trc.is_some() { Ok(profile) } else { Err(Unusable) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(colors: PngColors, pixel: [u8; 4]) -> Option<[u8; 4]> {
        let mut pixels = [pixel];
        png(colors).expect("usable chunks")?.apply(&mut pixels);
        Some(pixels[0])
    }

    #[test]
    fn cicp_of_display_p3_is_converted() {
        let colors = PngColors { cicp: Some([12, 13, 0, 1]), ..PngColors::default() };
        let [r, g, b, _] = converted(colors, [230, 30, 40, 255]).expect("a conversion");
        assert!(r.abs_diff(252) <= 1 && g <= 1 && b.abs_diff(19) <= 1, "{r} {g} {b}");
        assert_eq!(converted(PngColors { cicp: Some([1, 13, 0, 1]), ..colors }, [1, 2, 3, 4]), None);
        for cicp in [[9, 16, 0, 1], [9, 18, 0, 1], [12, 13, 6, 1], [12, 13, 0, 0], [2, 13, 0, 1], [0, 0, 0, 1]] {
            assert!(png(PngColors { cicp: Some(cicp), ..colors }).is_err(), "{cicp:?}");
        }
    }

    #[test]
    fn gamma_and_chromaticities_are_converted() {
        let linear = PngColors { gamma: Some(100_000), ..PngColors::default() };
        let [r, g, _, _] = converted(linear, [55, 128, 0, 255]).expect("a conversion");
        assert!(r.abs_diff(128) <= 1 && g.abs_diff(188) <= 1, "{r} {g}");
        let p3 = [31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000];
        let wide = PngColors { chromaticities: Some(p3), gamma: Some(45_455), cicp: None };
        let [r, g, b, _] = converted(wide, [230, 30, 40, 255]).expect("a conversion");
        assert!(r.abs_diff(252) <= 2 && g <= 2 && b.abs_diff(19) <= 2, "{r} {g} {b}");
        let srgb = PngColors { gamma: Some(45_455), chromaticities: Some(SRGB_CHROMATICITIES), cicp: None };
        assert_eq!(converted(srgb, [1, 2, 3, 4]), None);
        for gamma in [0, 1, u32::MAX] {
            assert!(png(PngColors { gamma: Some(gamma), ..linear }).is_err(), "{gamma}");
        }
        for chromaticities in [[0; 8], [u32::MAX; 8]] {
            assert!(png(PngColors { chromaticities: Some(chromaticities), ..linear }).is_err());
        }
    }
}
