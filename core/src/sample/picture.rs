//! Draws round codes that look like a 小程序码 and encode their payload in the rays.

use std::io;

use image::{
    DynamicImage, ExtendedColorType, ImageEncoder, RgbaImage,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
};
use tiny_skia::{Color, FillRule, LineCap, PathBuilder, Pixmap, Stroke, Transform};

use crate::sample::{
    geometry::{CELLS, Cell, INNER, LOCATOR_UNIT, LOCATORS, PITCH, RADIUS, Rays, SMALL, SMALL_AT},
    mark,
    paint::paint,
    payload::Payload,
};

/// WeChat's minimum and maximum width, in px.
const WIDTHS: (i64, i64) = (280, 1280);
/// JPEG quality, 1 to 100, close to that of WeChat's pictures.
const QUALITY: u8 = 98;

/// Style of a round code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleStyle {
    /// Width and height in px; clamped to 280..=1280. Default 430.
    pub width: i64,
    /// Colour of rays and locators, RGB. Default black.
    pub line_color: [u8; 3],
    /// Use a dark colour that matches the central disc instead of `line_color`.
    pub auto_color: bool,
    /// Draw a PNG with a transparent background instead of a JPEG on white.
    pub is_hyaline: bool,
}

impl Default for SampleStyle {
    fn default() -> Self {
        Self { width: 430, line_color: [0; 3], auto_color: false, is_hyaline: false }
    }
}

impl SampleStyle {
    /// Width after clamping, in px.
    pub fn clamped_width(&self) -> u32 {
        self.width.clamp(WIDTHS.0, WIDTHS.1) as u32
    }
}

/// Draws a code as a PNG if `is_hyaline` is set, otherwise as a JPEG.
///
/// # Errors
/// `InvalidInput` if the payload's scene is illegal.
pub fn draw(payload: &Payload, style: &SampleStyle) -> io::Result<Vec<u8>> {
    let width = style.clamped_width();
    let (rays, cells) = payload.cells().ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidInput, "the scene has an illegal character or is too long")
    })?;
    let mut pixmap = Pixmap::new(width, width).ok_or_else(|| io::Error::other("cannot allocate the picture"))?;
    if !style.is_hyaline {
        pixmap.fill(Color::WHITE);
    }
    let ink = if style.auto_color { mark::SEAL.map(|channel| channel / 2) } else { style.line_color };
    let half = width as f32 / 2.0;
    let to_pixels = Transform::from_row(width as f32 * RADIUS, 0.0, 0.0, width as f32 * RADIUS, half, half);
    draw_rays(&mut pixmap, rays, &cells, ink, to_pixels);
    draw_locators(&mut pixmap, ink, to_pixels);
    mark::draw(&mut pixmap, to_pixels);
    encode(pixmap, style.is_hyaline)
}

/// Encodes a picture as PNG if `transparent`, otherwise as JPEG.
pub(super) fn encode(pixmap: Pixmap, transparent: bool) -> io::Result<Vec<u8>> {
    let (width, height, mut bytes) = (pixmap.width(), pixmap.height(), Vec::new());
    // The libraries convert the pixels: debug builds optimise them.
    let rgba = pixmap.take_demultiplied();
    if transparent {
        PngEncoder::new(&mut bytes).write_image(&rgba, width, height, ExtendedColorType::Rgba8)
    } else {
        let picture = RgbaImage::from_raw(width, height, rgba).ok_or_else(|| io::Error::other("incomplete pixels"))?;
        let rgb = DynamicImage::from(picture).into_rgb8();
        let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
        encoder.write_image(&rgb, width, height, ExtendedColorType::Rgb8)
    }
    .map_err(io::Error::other)?;
    Ok(bytes)
}

/// Draws each run of set cells on a ray as one dash with round ends.
fn draw_rays(pixmap: &mut Pixmap, rays: Rays, cells: &[bool], ink: [u8; 3], to_pixels: Transform) {
    let mut set = vec![[false; CELLS]; rays.count()];
    for (Cell { ray, ring }, bit) in rays.cells().into_iter().zip(cells) {
        set[ray][ring] = *bit;
    }
    let mut path = PathBuilder::new();
    // Round caps extend the line by half its thickness; the rest of the inset widens the gap between dashes.
    let inset = rays.thickness() / 2.0 + PITCH * 0.1;
    for (ray, set) in set.iter().enumerate() {
        let mut ring = 0;
        while ring < CELLS {
            let run = set[ring..].iter().take_while(|set| **set).count();
            if run > 0 {
                let [x, y] = rays.point(ray, INNER + ring as f32 * PITCH + inset);
                path.move_to(x, y);
                let [x, y] = rays.point(ray, INNER + (ring + run) as f32 * PITCH - inset);
                path.line_to(x, y);
            }
            ring += run + 1;
        }
    }
    let stroke = Stroke { width: rays.thickness(), line_cap: LineCap::Round, ..Stroke::default() };
    if let Some(path) = path.finish() {
        pixmap.stroke_path(&path, &paint(ink), &stroke, to_pixels, None);
    }
}

fn draw_locators(pixmap: &mut Pixmap, ink: [u8; 3], to_pixels: Transform) {
    for centre in LOCATORS {
        draw_locator(pixmap, centre, LOCATOR_UNIT, ink, to_pixels);
    }
    draw_locator(pixmap, [SMALL_AT, SMALL_AT], SMALL / 3.5, ink, to_pixels);
}

/// Draws ring and dot; a line through the centre crosses runs of 1:1:3:1:1 units.
fn draw_locator(pixmap: &mut Pixmap, [x, y]: [f32; 2], unit: f32, ink: [u8; 3], to_pixels: Transform) {
    if let Some(ring) = PathBuilder::from_circle(x, y, 3.0 * unit) {
        let stroke = Stroke { width: unit, ..Stroke::default() };
        pixmap.stroke_path(&ring, &paint(ink), &stroke, to_pixels, None);
    }
    if let Some(dot) = PathBuilder::from_circle(x, y, 1.5 * unit) {
        pixmap.fill_path(&dot, &paint(ink), FillRule::Winding, to_pixels, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(style: SampleStyle) -> image::RgbaImage {
        let payload = Payload::from_scene("id=123&type=product", 77).unwrap();
        image::load_from_memory(&draw(&payload, &style).unwrap()).unwrap().to_rgba8()
    }

    #[test]
    fn formats_and_widths_follow_the_style() {
        for (requested, width) in [(i64::MIN, 280), (279, 280), (430, 430), (1281, 1280), (i64::MAX, 1280)] {
            let style = SampleStyle { width: requested, ..SampleStyle::default() };
            assert_eq!(drawn(style).dimensions(), (width, width), "{requested}");
        }
        let payload = Payload::from_scene("a", 7).unwrap();
        let format = |is_hyaline| {
            image::guess_format(&draw(&payload, &SampleStyle { is_hyaline, ..SampleStyle::default() }).unwrap())
                .unwrap()
        };
        assert_eq!([false, true].map(format), [image::ImageFormat::Jpeg, image::ImageFormat::Png]);
        let illegal = Payload { scene: "a b".into(), ..payload };
        assert_eq!(draw(&illegal, &SampleStyle::default()).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn ink_has_the_line_color_and_the_quiet_zone_is_empty() {
        let style = SampleStyle { width: 600, line_color: [20, 60, 160], is_hyaline: true, auto_color: false };
        let picture = drawn(style);
        let mut inks = std::collections::BTreeMap::<[u8; 3], u32>::new();
        for (x, y, pixel) in picture.enumerate_pixels() {
            let [r, g, b, alpha] = pixel.0;
            let distance = (x as f32 - 299.5).hypot(y as f32 - 299.5);
            assert!(distance < 600.0 * RADIUS + 2.0 || alpha == 0, "ink in the quiet zone at {x}, {y}");
            if alpha == 255 {
                *inks.entry([r, g, b]).or_default() += 1;
            }
        }
        let share = |color: [u8; 3]| inks.get(&color).copied().unwrap_or(0) as f32 / (600.0 * 600.0);
        assert!(share([20, 60, 160]) > 0.08, "rays and locators: {}", share([20, 60, 160]));
        assert!(share(mark::SEAL) > 0.07, "the seal: {}", share(mark::SEAL));
        assert!(share([255; 3]) > 0.01, "the text on it: {}", share([255; 3]));
        let auto = drawn(SampleStyle { auto_color: true, ..style });
        assert!(!auto.pixels().any(|pixel| pixel.0 == [20, 60, 160, 255]), "auto_color overrides line_color");
    }
}
