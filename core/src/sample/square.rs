//! Square code of `createwxaqrcode`: a standard QR code.

use std::io;

use qrcode::{Color, EcLevel, QrCode};
use tiny_skia::{FillRule, PathBuilder, Pixmap, Rect, Transform};

use crate::sample::{
    geometry::DISC,
    mark,
    paint::paint,
    picture::{SampleStyle, encode},
};

/// Width of the quiet zone, in modules (ISO/IEC 18004).
const QUIET: usize = 4;
/// Scale of the seal: radii in units of this fraction of the picture's width. The seal covers about a tenth of what
/// error correction level Q can restore.
const SEAL: f32 = 0.2;

/// Content of the code for a path. The top-level domain is reserved (RFC 2606), so the URL never resolves.
pub fn content(appid: &str, path: &str) -> String {
    format!("https://wxa.invalid/{appid}/{path}")
}

/// Draws the code as a JPEG.
///
/// # Errors
/// If the content is too long for a QR code. A path of up to 128 bytes fits.
pub fn draw(content: &str, width: i64) -> io::Result<Vec<u8>> {
    let code = QrCode::with_error_correction_level(content, EcLevel::Q).map_err(io::Error::other)?;
    let width = SampleStyle { width, ..SampleStyle::default() }.clamped_width();
    let mut pixmap = Pixmap::new(width, width).ok_or_else(|| io::Error::other("cannot allocate the picture"))?;
    pixmap.fill(tiny_skia::Color::WHITE);
    let modules = code.width();
    let edge = |module: usize| ((QUIET + module) as f32 * width as f32 / (modules + 2 * QUIET) as f32).round();
    for (i, color) in code.to_colors().into_iter().enumerate() {
        let (x, y) = (i % modules, i / modules);
        if color == Color::Dark
            && let Some(rect) = Rect::from_ltrb(edge(x), edge(y), edge(x + 1), edge(y + 1))
        {
            pixmap.fill_rect(rect, &paint([0; 3]), Transform::identity(), None);
        }
    }
    let (half, size) = (width as f32 / 2.0, width as f32 * SEAL);
    let to_pixels = Transform::from_row(size, 0.0, 0.0, size, half, half);
    if let Some(margin) = PathBuilder::from_circle(0.0, 0.0, DISC * 1.09) {
        pixmap.fill_path(&margin, &paint([255; 3]), FillRule::Winding, to_pixels, None);
    }
    mark::draw(&mut pixmap, to_pixels);
    encode(pixmap, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_is_in_the_picture() {
        for (path, width) in [("pages/index/index?id=1", 430), (&"长".repeat(42)[..], 280), ("a", 5000)] {
            let content = content("wx0123456789abcdef", path);
            let picture = image::load_from_memory(&draw(&content, width).unwrap()).unwrap().to_luma8();
            assert_eq!(picture.width(), picture.height());
            let code = QrCode::with_error_correction_level(&content, EcLevel::Q).unwrap();
            let (side, all) = (code.width() as f32, (code.width() + 2 * QUIET) as f32);
            let mut wrong = 0;
            for (i, color) in code.to_colors().into_iter().enumerate() {
                let at = |n: usize| ((n + QUIET) as f32 + 0.5) / all * picture.width() as f32;
                let pixel = picture.get_pixel(at(i % code.width()) as u32, at(i / code.width()) as u32);
                wrong += u32::from((pixel.0[0] < 128) != (color == Color::Dark));
            }
            assert!(wrong as f32 <= side * side * 0.04, "{path}: {wrong} of {side}^2 modules are wrong");
        }
    }
}
