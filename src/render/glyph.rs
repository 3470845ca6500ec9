//! Glyphs as masks (outlines) or pictures (colour emoji), cached.

use std::sync::Arc;

use ab_glyph::{Font, Glyph, GlyphId, GlyphImageFormat, PxScale, point};

use super::{
    cache::{Cache, Weigh},
    geometry::PxRect,
    raster::{Mask, Raster, Target},
    resize,
};
use crate::text::FontSet;

/// Positions of a glyph between two pixels that are told apart, horizontally. Lines stand on whole pixels.
const STEPS: f32 = 4.0;

/// A glyph at a size and a fraction of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GlyphKey {
    face: u16,
    id: u16,
    /// Bits of the size in output px.
    size: u32,
    step: u8,
}

/// What a glyph looks like, relative to its origin.
#[derive(Debug)]
pub enum GlyphInk {
    /// Nothing: a space.
    None,
    /// An outline's coverage.
    Mask(Mask),
    /// A colour glyph.
    Color(Raster),
}

impl Weigh for GlyphInk {
    fn weigh(&self) -> usize {
        64 + match self {
            Self::None => 0,
            Self::Mask(mask) => mask.bytes(),
            Self::Color(raster) => raster.bytes(),
        }
    }
}

/// A glyph at its place on the canvas.
#[derive(Debug, Clone)]
pub struct DrawnGlyph {
    ink: Arc<GlyphInk>,
    x: i32,
    y: i32,
}

impl DrawnGlyph {
    /// Takes a glyph from the cache, or makes it. `x`, `y`: its origin in output px; `size`: font size in output px.
    pub fn get(
        cache: &Cache<GlyphKey, GlyphInk>,
        fonts: &FontSet,
        (face, id): (u16, u16),
        size: f32,
        x: f32,
        y: f32,
    ) -> Self {
        let quarter = (x * STEPS).round();
        let whole = (quarter / STEPS).floor();
        let step = (quarter - whole * STEPS) as u8;
        let key = GlyphKey { face, id, size: size.to_bits(), step };
        let ink = cache.get_or(key, || draw(fonts, key, size));
        Self { ink, x: whole as i32, y: y.round() as i32 }
    }

    /// Where it leaves ink.
    pub fn bounds(&self) -> PxRect {
        match &*self.ink {
            GlyphInk::None => PxRect::default(),
            GlyphInk::Mask(mask) => mask.rect.shift(self.x, self.y),
            GlyphInk::Color(raster) => raster.rect.shift(self.x, self.y),
        }
    }

    /// Blends it in a premultiplied colour (colour glyphs have their own, and take its opacity).
    pub fn draw(&self, target: &mut Target<'_>, color: [u8; 4]) {
        match &*self.ink {
            GlyphInk::None => {}
            GlyphInk::Mask(mask) => mask.draw(target, self.x, self.y, color),
            GlyphInk::Color(raster) => raster.draw_at(target, self.x, self.y, color[3]),
        }
    }
}

fn draw(fonts: &FontSet, key: GlyphKey, size: f32) -> GlyphInk {
    let Some(face) = fonts.face(key.face) else { return GlyphInk::None };
    let id = GlyphId(key.id);
    let scale = PxScale::from(size * face.scale_per_size);
    let fraction = f32::from(key.step) / STEPS;
    let glyph = Glyph { id, scale, position: point(fraction, 0.0) };
    if let Some(outlined) = face.font.outline_glyph(glyph) {
        let bounds = outlined.px_bounds();
        let rect = PxRect::new(
            bounds.min.x as i32,
            bounds.min.y as i32,
            bounds.width().ceil() as u32,
            bounds.height().ceil() as u32,
        );
        let (width, height) = (rect.width() as usize, rect.height() as usize);
        let mut coverage = vec![0; width * height];
        outlined.draw(|x, y, c| {
            if let Some(at) = coverage.get_mut(y as usize * width + x as usize) {
                *at = (c.clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
            }
        });
        return GlyphInk::Mask(Mask { rect, coverage });
    }
    strike(&face.font, id, size).map_or(GlyphInk::None, GlyphInk::Color)
}

/// A bitmap glyph (CBDT), shrunk to the size.
fn strike(font: &impl Font, id: GlyphId, size: f32) -> Option<Raster> {
    let image = font.glyph_raster_image2(id, size.ceil().min(f32::from(u16::MAX)) as u16)?;
    if !matches!(image.format, GlyphImageFormat::Png) || image.pixels_per_em == 0 {
        return None;
    }
    let picture = image::load_from_memory_with_format(image.data, image::ImageFormat::Png).ok()?.into_rgba8();
    let ratio = size / f32::from(image.pixels_per_em);
    let width = (picture.width() as f32 * ratio).round().max(1.0) as u32;
    let height = (picture.height() as f32 * ratio).round().max(1.0) as u32;
    // ttf-parser gives the strike's lower left corner, y up (OpenType, CBLC bitmap metrics).
    let left = (image.origin.x * ratio).round() as i32;
    let top = -((image.origin.y + picture.height() as f32) * ratio).round() as i32;
    let from = picture.dimensions();
    let whole = [0.0, 0.0, f64::from(from.0), f64::from(from.1)];
    let pixels = resize::rgba(picture.as_raw(), from, (width, height), whole).ok()?;
    Some(Raster::new(PxRect::new(left, top, width, height), pixels))
}
