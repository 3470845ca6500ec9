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

/// sRGB's `gAMA`.
const SRGB_GAMMA: u32 = 45_455;
/// Difference up to which a `gAMA` without `cHRM` is that of sRGB.
const GAMMA_TOLERANCE: u32 = 2_300;

/// Transfer functions of BT.709, 601 and 2020 (ITU-T H.273). Browsers show them as displays do, by the exponent of BT.1886.
const VIDEO: [u8; 4] = [1, 6, 14, 15];
const VIDEO_EXPONENT: f32 = 2.4;

/// The conversion for the chunks of a PNG. `None` for sRGB.
///
/// # Errors
/// Values that make no sense, and high dynamic range.
pub fn png(colors: PngColors) -> Result<Option<Conversion>, Unusable> {
    if let Some(values) = colors.cicp {
        return conversion(&coded(values)?, Channels::Rgb);
    }
    // As in browsers: primaries count only with an exponent, which is then exact.
    let chromaticities = colors.chromaticities.filter(|_| colors.gamma.is_some());
    let is_exact = chromaticities.is_some();
    let gamma = colors.gamma.filter(|gamma| is_exact || gamma.abs_diff(SRGB_GAMMA) > GAMMA_TOLERANCE);
    let Some(gamma) = gamma else { return Ok(None) };
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
    // Beyond these exponents, a picture is black and white.
    if !(10_000..=1_000_000).contains(&gamma) {
        return Err(Unusable);
    }
    let curve = Some(ToneReprCurve::Parametric(vec![100_000.0 / gamma as f32]));
    (profile.red_trc, profile.green_trc, profile.blue_trc) = (curve.clone(), curve.clone(), curve);
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
    let mut profile = ColorProfile::new_from_cicp(CicpProfile {
        color_primaries,
        transfer_characteristics,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    });
    // The primaries are not known.
    if profile.red_trc.is_none() {
        return Err(Unusable);
    }
    if VIDEO.contains(&transfer) {
        let curve = Some(ToneReprCurve::Parametric(vec![VIDEO_EXPONENT]));
        (profile.red_trc, profile.green_trc, profile.blue_trc) = (curve.clone(), curve.clone(), curve);
        profile.cicp = None;
    }
    Ok(profile)
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
        // As Chromium draws them.
        for (cicp, pixel, expected) in [
            ([1, 1, 0, 1], [128, 128, 128], [121, 121, 121]),
            ([1, 6, 0, 1], [128, 128, 128], [121, 121, 121]),
            ([1, 14, 0, 1], [128, 128, 128], [121, 121, 121]),
            ([1, 15, 0, 1], [128, 128, 128], [121, 121, 121]),
            ([1, 8, 0, 1], [128, 128, 128], [188, 188, 188]),
            ([1, 4, 0, 1], [128, 128, 128], [129, 129, 129]),
            ([1, 5, 0, 1], [128, 128, 128], [106, 106, 106]),
            ([9, 14, 0, 1], [200, 100, 50], [239, 63, 5]),
        ] {
            let [r, g, b] = pixel;
            let found = converted(PngColors { cicp: Some(cicp), ..colors }, [r, g, b, 255]).expect("a conversion");
            assert!(found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 2), "{cicp:?}: {found:?}");
        }
        let hdr = [[9, 16, 0, 1], [9, 18, 0, 1]];
        let unknown = [[2, 13, 0, 1], [0, 0, 0, 1], [2, 1, 0, 1], [0, 6, 0, 1]];
        for cicp in hdr.into_iter().chain(unknown).chain([[12, 13, 6, 1], [12, 13, 0, 0]]) {
            assert!(coded(cicp).is_err(), "{cicp:?}");
            assert!(png(PngColors { cicp: Some(cicp), ..colors }).is_err(), "{cicp:?}");
        }
    }

    #[test]
    fn gamma_and_chromaticities_are_converted() {
        let linear = PngColors { gamma: Some(100_000), ..PngColors::default() };
        let [r, g, _, _] = converted(linear, [55, 128, 0, 255]).expect("a conversion");
        assert!(r.abs_diff(128) <= 1 && g.abs_diff(188) <= 1, "{r} {g}");
        // As Chromium draws them.
        let p3 = Some([31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000]);
        let srgb = Some([31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000]);
        for (gamma, chromaticities, pixel, expected) in [
            (Some(45_455), p3, [230, 30, 40], Some([252, 0, 8])),
            (Some(45_455), p3, [20, 30, 60], Some([8, 24, 60])),
            (Some(45_455), srgb, [20, 30, 60], Some([12, 24, 57])),
            (Some(55_556), None, [20, 30, 60], Some([26, 40, 77])),
            (Some(45_455), None, [20, 30, 60], None),
            (None, p3, [230, 30, 40], None),
        ] {
            let [r, g, b] = pixel;
            let found = converted(PngColors { gamma, chromaticities, cicp: None }, [r, g, b, 255]);
            let is_near = match (found, expected) {
                (Some(found), Some(expected)) => found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 2),
                (found, expected) => found.is_none() && expected.is_none(),
            };
            assert!(is_near, "{gamma:?} {chromaticities:?}: {found:?}, expected {expected:?}");
        }
        for gamma in [0, 1, u32::MAX] {
            assert!(png(PngColors { gamma: Some(gamma), ..linear }).is_err(), "{gamma}");
        }
        for chromaticities in [[0; 8], [u32::MAX; 8]] {
            assert!(png(PngColors { chromaticities: Some(chromaticities), ..linear }).is_err());
        }
    }
}
