//! The square code of `createwxaqrcode`: a QR code that any reader reads.

use std::io;

use qrcode::{Color, EcLevel, QrCode};
use tiny_skia::{FillRule, PathBuilder, Pixmap, Rect, Transform};

use crate::sample::{
    geometry::DISC,
    mark,
    paint::paint,
    picture::{Style, encode},
};

/// Modules that stay white on each side (ISO/IEC 18004).
const QUIET: usize = 4;
/// Size of the seal as a part of the picture: level Q repairs ten times as much as it covers.
const SEAL: f32 = 0.2;

/// What the code of a path says. The host is reserved (RFC 2606), so scanning it leads nowhere.
pub fn content(appid: &str, path: &str) -> String {
    format!("https://wxa.invalid/{appid}/{path}")
}

/// Draws it as a JPEG.
///
/// # Errors
/// When the content is too long, which 128 bytes of path are not.
pub fn draw(content: &str, width: i64) -> io::Result<Vec<u8>> {
    let code = QrCode::with_error_correction_level(content, EcLevel::Q).map_err(io::Error::other)?;
    let width = Style { width, ..Style::default() }.clamped_width();
    let mut pixmap = Pixmap::new(width, width).ok_or_else(|| io::Error::other("no memory for the picture"))?;
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
    encode(&pixmap, false)
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
