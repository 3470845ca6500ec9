//! Colour profiles: pixels of other colour spaces become sRGB. The profiles are read by a library; pixels are converted
//! here, since the library takes 12 s of the time to build when it is optimised.

mod chunks;
mod grid;
mod shaper;

use moxcms::{ColorProfile, DataColorSpace, Layout, ParsingOptions, RenderingIntent, TransformOptions};

pub use self::chunks::{PngColors, png};
use self::{
    grid::Grid,
    shaper::{MatrixShaper, Narrowing},
};

/// Maximum size of a profile, bytes. Those of printers have one or two megabytes.
pub const MAX_BYTES: usize = 4 << 20;
/// Difference per channel up to which a profile is sRGB, levels of 255: its curve may be a rounded table.
const TOLERANCE: u8 = 2;

/// What the channels of a picture mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channels {
    /// Red, green and blue.
    Rgb,
    /// Grey, as red, green and blue.
    Grey,
    /// Cyan, magenta, yellow and black; 255 is no ink.
    InvertedCmyk,
}

/// A conversion of pixels to sRGB.
#[derive(Debug, Clone)]
pub enum Conversion {
    /// RGB by curves and a matrix.
    Shaper(Box<MatrixShaper>),
    /// RGB or CMYK by a grid of colours.
    Grid(Grid),
    /// Grey levels, each with its colour.
    Grey(Box<[[u8; 3]; 256]>),
    /// CMYK without a profile, as browsers do.
    Multiply,
}

/// A profile that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unusable;

/// The conversion for an ICC profile. `None` for sRGB.
///
/// # Errors
/// A damaged profile, or one for other channels.
pub fn icc(profile: &[u8], channels: Channels) -> Result<Option<Conversion>, Unusable> {
    if profile.len() > MAX_BYTES {
        return Err(Unusable);
    }
    let options = ParsingOptions { max_profile_size: MAX_BYTES, ..ParsingOptions::default() };
    let profile = ColorProfile::new_from_slice_with_options(profile, options).map_err(|_| Unusable)?;
    conversion(&profile, channels)
}

fn conversion(profile: &ColorProfile, channels: Channels) -> Result<Option<Conversion>, Unusable> {
    // As in Chromium, whatever the intent of the profile is.
    let rendering_intent = match &profile.lut_a_to_b_perceptual {
        None if profile.lut_a_to_b_colorimetric.is_some() => RenderingIntent::RelativeColorimetric,
        _ => RenderingIntent::Perceptual,
    };
    let options = TransformOptions { rendering_intent, ..TransformOptions::default() };
    let grid = |channels, layout| {
        let transform = profile.create_transform_16bit(layout, &Narrowing::space(), Layout::Rgb, options);
        transform.ok().and_then(|transform| Grid::new(channels, &*transform)).ok_or(Unusable)
    };
    let has_table = profile.lut_a_to_b_perceptual.is_some() || profile.lut_a_to_b_colorimetric.is_some();
    match (profile.color_space, channels) {
        (DataColorSpace::Rgb, Channels::Rgb | Channels::Grey) => {
            let conversion = match MatrixShaper::new(profile).filter(|_| !has_table) {
                Some(shaper) => Conversion::Shaper(Box::new(shaper)),
                None => Conversion::Grid(grid(3, Layout::Rgb)?),
            };
            Ok((!is_identity(&conversion)).then_some(conversion))
        }
        (DataColorSpace::Gray, Channels::Grey) => {
            let all: Vec<u8> = (0..=255).collect();
            let mut table = [[0; 3]; 256];
            let transform =
                profile.create_transform_8bit(Layout::Gray, &ColorProfile::new_srgb(), Layout::Rgb, options);
            let converted = transform.and_then(|transform| transform.transform(&all, table.as_flattened_mut()));
            converted.map_err(|_| Unusable)?;
            let is_identity = table.iter().zip(0_u8..).all(|(rgb, grey)| rgb[0].abs_diff(grey) <= TOLERANCE);
            Ok((!is_identity).then(|| Conversion::Grey(Box::new(table))))
        }
        (DataColorSpace::Cmyk, Channels::InvertedCmyk) => Ok(Some(Conversion::Grid(grid(4, Layout::Rgba)?))),
        _ => Err(Unusable),
    }
}

/// Whether the colours of a grid stay as they are.
fn is_identity(conversion: &Conversion) -> bool {
    let steps = || (0..=255).step_by(51);
    let mut pixels: Vec<[u8; 4]> =
        steps().flat_map(|r| steps().flat_map(move |g| steps().map(move |b| [r, g, b, 255]))).collect();
    let before = pixels.clone();
    conversion.apply(&mut pixels);
    pixels.iter().flatten().zip(before.iter().flatten()).all(|(a, b)| a.abs_diff(*b) <= TOLERANCE)
}

impl Conversion {
    /// Converts pixels that are not premultiplied. Those of CMYK become opaque.
    pub fn apply(&self, pixels: &mut [[u8; 4]]) {
        match self {
            Self::Shaper(shaper) => shaper.apply(pixels),
            Self::Grid(grid) => grid.apply(pixels),
            Self::Grey(table) => {
                for pixel in pixels {
                    let [r, g, b] = table[usize::from(pixel[0])];
                    *pixel = [r, g, b, pixel[3]];
                }
            }
            Self::Multiply => {
                let times = |ink: u8, black: u8| ((u32::from(ink) * u32::from(black) + 127) / 255) as u8;
                for pixel in pixels {
                    let [c, m, y, k] = *pixel;
                    *pixel = [times(c, k), times(m, k), times(y, k), 255];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(profile: &ColorProfile, pixel: [u8; 4]) -> Option<[u8; 4]> {
        let encoded = profile.encode().expect("encodes");
        let is_grey = pixel[..3].iter().all(|channel| *channel == pixel[0]);
        let channels = if is_grey { Channels::Grey } else { Channels::Rgb };
        let conversion = icc(&encoded, channels).expect("a usable profile")?;
        let mut pixels = [pixel];
        conversion.apply(&mut pixels);
        Some(pixels[0])
    }

    #[track_caller]
    fn assert_near(found: Option<[u8; 4]>, expected: [u8; 4]) {
        let found = found.expect("a conversion");
        assert!(found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 1), "{found:?}, expected {expected:?}");
    }

    #[test]
    fn wide_gamuts_become_srgb() {
        assert_near(converted(&ColorProfile::new_display_p3(), [230, 30, 40, 9]), [251, 0, 19, 9]);
        assert_near(converted(&ColorProfile::new_adobe_rgb(), [230, 30, 40, 255]), [255, 24, 36, 255]);
        // Greys stay grey.
        for grey in [0, 3, 50, 128, 255] {
            assert_near(converted(&ColorProfile::new_display_p3(), [grey, grey, grey, 255]), [grey, grey, grey, 255]);
        }
    }

    #[test]
    fn srgb_needs_no_conversion() {
        assert_eq!(converted(&ColorProfile::new_srgb(), [230, 30, 40, 255]), None);
    }

    #[test]
    fn a_grey_profile_is_a_table() {
        let found = converted(&ColorProfile::new_gray_with_gamma(1.0), [55, 55, 55, 255]).expect("a conversion");
        assert!(found[0].abs_diff(128) <= 1 && found[0] == found[1] && found[0] == found[2], "{found:?}");
    }

    #[test]
    fn damaged_profiles_and_those_of_other_channels_are_refused() {
        let encoded = ColorProfile::new_display_p3().encode().expect("encodes");
        for cut in [0, 20, 130, 200, encoded.len() - 40] {
            assert!(icc(&encoded[..cut], Channels::Rgb).is_err(), "{cut}");
        }
        assert!(icc(&encoded, Channels::InvertedCmyk).is_err());
        let grey = ColorProfile::new_gray_with_gamma(1.0).encode().expect("encodes");
        assert!(icc(&grey, Channels::Rgb).is_err() && icc(&grey, Channels::Grey).is_ok());
        assert!(icc(&vec![0; MAX_BYTES + 1], Channels::Rgb).is_err());
    }

    #[test]
    fn cmyk_without_a_profile_is_multiplied() {
        let mut pixels = [[255, 255, 255, 255], [255, 0, 0, 255], [255, 255, 255, 128], [200, 100, 50, 0]];
        Conversion::Multiply.apply(&mut pixels);
        assert_eq!(pixels, [[255; 4], [255, 0, 0, 255], [128, 128, 128, 255], [0, 0, 0, 255]]);
    }
}
