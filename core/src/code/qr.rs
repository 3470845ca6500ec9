//! Plain QR codes (ISO/IEC 18004), for links that do not open a mini-program.

use std::io::Cursor;

use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
use qrcode::{Color, EcLevel, QrCode};

use super::CodeNeed;
use crate::{
    error::{Error, ErrorKind, Result},
    words,
};

/// Quiet zone on each side, modules (ISO/IEC 18004, 6.3.8).
const QUIET_ZONE: u32 = 4;
/// Bytes of the largest code (version 40, level M), of digits, and of digits and capitals.
const MAX_BYTES: usize = 2331;
const MAX_DIGITS: usize = 5596;
const MAX_CAPITALS: usize = 3391;
/// Minimum module width, px. Cameras do not resolve smaller modules reliably.
const MIN_MODULE: u32 = 3;

/// Draws `text` as a square PNG with a side of `need.width` px. Modules are whole px wide; error correction is level M (up
/// to 15 %). Dark modules have the colour `need.line_color`; the rest is white or, with `is_hyaline`, transparent. The
/// output is deterministic.
///
/// # Errors
/// `qr_too_long` with the pointer `/text` when `text` exceeds the capacity of a QR code, or when modules would be smaller
/// than 3 px.
pub fn draw(need: &CodeNeed, text: &str) -> Result<Vec<u8>> {
    let too_long = |finding| Error::of(ErrorKind::Invalid, finding).pointer("/text");
    let code = QrCode::with_error_correction_level(text, EcLevel::M)
        .map_err(|_| too_long(words::qr_capacity(text.len(), capacity(text))))?;
    // At most 177 modules (version 40).
    let modules = code.width() as u32;
    let module = need.width / (modules + 2 * QUIET_ZONE);
    if module < MIN_MODULE {
        let needed = MIN_MODULE * (modules + 2 * QUIET_ZONE);
        return Err(too_long(words::qr_needs_width(text.len(), needed)));
    }
    let [r, g, b] = need.line_color.unwrap_or_default();
    let dark = [r, g, b, 255];
    let light = if need.is_hyaline { [255, 255, 255, 0] } else { [255; 4] };
    let margin = (need.width - module * modules) / 2;
    let colors = code.to_colors();
    let mut pixels = light.repeat((need.width * need.width) as usize);
    let stride = need.width as usize * dark.len();
    for (row, modules) in (margin..).step_by(module as usize).zip(colors.chunks(modules as usize)) {
        let rows = &mut pixels[row as usize * stride..][..module as usize * stride];
        for (x, _) in (margin..).step_by(module as usize).zip(modules).filter(|(_, color)| **color == Color::Dark) {
            rows[x as usize * dark.len()..][..module as usize * dark.len()]
                .copy_from_slice(&dark.repeat(module as usize));
        }
        let (first, others) = rows.split_at_mut(stride);
        others.chunks_mut(stride).for_each(|line| line.copy_from_slice(first));
    }
    let mut png = Cursor::new(Vec::new());
    PngEncoder::new(&mut png)
        .write_image(&pixels, need.width, need.width, ExtendedColorType::Rgba8)
        .map_err(|e| Error::internal("the QR code cannot be written as PNG").source(e))?;
    Ok(png.into_inner())
}

/// Bytes of a text of the same characters that fit into the largest code (ISO/IEC 18004, 7.3 and table 7).
fn capacity(text: &str) -> usize {
    let is_capital = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase() || b" $%*+-./:".contains(&byte);
    match () {
        () if text.bytes().all(|byte| byte.is_ascii_digit()) => MAX_DIGITS,
        () if text.bytes().all(is_capital) => MAX_CAPITALS,
        () => MAX_BYTES,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Opens;

    fn need(width: u32) -> CodeNeed {
        CodeNeed { width, ..CodeNeed::new("", Opens::Qr { text: String::new() }) }
    }

    fn pixels(need: &CodeNeed, text: &str) -> image::RgbaImage {
        image::load_from_memory(&draw(need, text).expect("a code")).expect("a PNG").to_rgba8()
    }

    #[test]
    fn every_module_is_drawn_and_the_quiet_zone_is_light() {
        for (text, width) in [("https://example.com/a?b=1", 430), ("1", 280), (&"长".repeat(300)[..], 1280)] {
            let picture = pixels(&need(width), text);
            assert_eq!(picture.dimensions(), (width, width));
            let code = QrCode::with_error_correction_level(text, EcLevel::M).expect("a code");
            let modules = code.width() as u32;
            let module = width / (modules + 8);
            let margin = (width - module * modules) / 2;
            assert!(margin >= 4 * module, "{margin} px of quiet zone, modules of {module} px");
            for (i, color) in code.to_colors().into_iter().enumerate() {
                let (x, y) = (i as u32 % modules, i as u32 / modules);
                let pixel = picture.get_pixel(margin + x * module + module / 2, margin + y * module + module / 2);
                assert_eq!(pixel.0[0] == 0, color == Color::Dark, "{text} {x},{y}");
            }
            for i in 0..width {
                assert_eq!(picture.get_pixel(i, margin - 1).0, [255; 4]);
                assert_eq!(picture.get_pixel(margin + module * modules, i).0, [255; 4]);
            }
        }
    }

    #[test]
    fn colour_and_transparency_are_applied() {
        let picture = pixels(&CodeNeed { line_color: Some([9, 8, 7]), is_hyaline: true, ..need(280) }, "a");
        assert_eq!(picture.get_pixel(0, 0).0[3], 0);
        assert!(picture.pixels().any(|p| p.0 == [9, 8, 7, 255]));
        assert!(picture.pixels().all(|p| p.0[3] == 0 || p.0 == [9, 8, 7, 255]));
    }

    #[test]
    fn text_that_does_not_fit_is_rejected() {
        for text in ["x".repeat(4000), "x".repeat(2300)] {
            let error = draw(&need(280), &text).expect_err("too long");
            assert_eq!(error.code(), "qr_too_long", "{error}");
        }
        for (sign, most) in [("7", 5596), ("A", 3391), ("a", 2331)] {
            assert!(QrCode::with_error_correction_level(sign.repeat(most), EcLevel::M).is_ok(), "{sign}");
            let error = draw(&need(280), &sign.repeat(most + 1)).expect_err("too long");
            assert!(error.message().contains(&format!("at most {most}")), "{error}");
        }
    }
}
