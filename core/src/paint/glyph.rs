//! Glyphs as masks (outlines) or pixels (colour emoji), cached.

use std::sync::Arc;

use ab_glyph::{Font, Glyph, GlyphId, GlyphImageFormat, OutlineCurve, PxScale, point};
use tiny_skia::{FillRule, LineJoin, Path, PathBuilder, Stroke, Transform};

use crate::{
    paint::{
        cache::{Cache, Weigh},
        geometry::PxRect,
        raster::{Mask, Raster, Target},
        resize,
    },
    text::{Face, FontSet},
};

/// Subpixel positions of a glyph along its line. Across the line, glyphs are placed on whole pixels.
const SUBPIXEL_STEPS: f32 = 4.0;
/// Maximum number of pixels of a stroked or rotated glyph: a letter of 3000 px with the widest stroke.
const MAX_PIXELS: u64 = 20_000_000;

/// Appearance of a glyph. Lengths in output px.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GlyphStyle {
    /// Index of its face in the font set.
    pub face: u16,
    /// Glyph id in the face.
    pub id: u16,
    /// Font size.
    pub size: f32,
    /// Rotated by 90 degrees, clockwise about its origin.
    pub turned: bool,
    /// Set in a vertical line: its subpixel position is vertical, not horizontal.
    pub down: bool,
    /// Width of the stroke along its outline, drawn instead of the fill. 0: fill.
    pub stroke: f32,
}

/// Cache key: the appearance of a glyph and its subpixel position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GlyphKey {
    /// [`Face::id`]: font sets of templates have other faces at the same index.
    face: u64,
    id: u16,
    /// Font size in output px, as `f32` bits.
    size: u32,
    /// Stroke width in output px, as `f32` bits.
    stroke: u32,
    turned: bool,
    down: bool,
    step: u8,
}

/// Pixels of a glyph, relative to its origin.
#[derive(Debug)]
pub enum GlyphInk {
    /// Nothing, such as a space.
    None,
    /// Coverage of an outline.
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

/// A glyph at a position on the canvas.
#[derive(Debug, Clone)]
pub struct DrawnGlyph {
    ink: Arc<GlyphInk>,
    x: i32,
    y: i32,
}

impl Weigh for DrawnGlyph {
    fn weigh(&self) -> usize {
        self.ink.weigh()
    }
}

impl DrawnGlyph {
    /// Gets a glyph from the cache, or draws it. `x`, `y`: its origin in output px.
    pub fn get(cache: &Cache<GlyphKey, GlyphInk>, fonts: &FontSet, style: GlyphStyle, x: f32, y: f32) -> Self {
        let (along, across) = if style.down { (y, x) } else { (x, y) };
        let quarter = (along * SUBPIXEL_STEPS).round();
        let whole = (quarter / SUBPIXEL_STEPS).floor();
        let GlyphStyle { face, id, size, turned, down, stroke } = style;
        let face = fonts.face(face).map_or(0, |face| face.id);
        let step = (quarter - whole * SUBPIXEL_STEPS) as u8;
        let key = GlyphKey { face, id, size: size.to_bits(), stroke: stroke.to_bits(), turned, down, step };
        let ink = cache.get_or(key, || draw(fonts, style, f32::from(step) / SUBPIXEL_STEPS));
        let (along, across) = (whole as i32, across.round() as i32);
        if down { Self { ink, x: across, y: along } } else { Self { ink, x: along, y: across } }
    }

    /// Bounds of its ink, output px.
    pub fn bounds(&self) -> PxRect {
        match &*self.ink {
            GlyphInk::None => PxRect::default(),
            GlyphInk::Mask(mask) => mask.rect.shift(self.x, self.y),
            GlyphInk::Color(raster) => raster.rect.shift(self.x, self.y),
        }
    }

    /// Adds its coverage to a mask; for a colour glyph, its alpha.
    pub fn cover(&self, mask: &mut Mask) {
        match &*self.ink {
            GlyphInk::None => {}
            GlyphInk::Mask(own) => mask.add(own.rect.shift(self.x, self.y), |at| own.coverage[at]),
            GlyphInk::Color(own) => mask.add(own.rect.shift(self.x, self.y), |at| own.pixels[at][3]),
        }
    }

    /// Whether it is a colour glyph.
    pub fn is_colored(&self) -> bool {
        matches!(&*self.ink, GlyphInk::Color(_))
    }

    /// Blends it in a premultiplied colour. A colour glyph keeps its own colours and takes only the alpha.
    pub fn draw(&self, target: &mut Target<'_>, color: [u8; 4]) {
        match &*self.ink {
            GlyphInk::None => {}
            GlyphInk::Mask(mask) => mask.draw(target, self.x, self.y, color),
            GlyphInk::Color(raster) => raster.draw_at(target, self.x, self.y, color[3]),
        }
    }
}

fn draw(fonts: &FontSet, style: GlyphStyle, fraction: f32) -> GlyphInk {
    let Some(face) = fonts.face(style.face) else { return GlyphInk::None };
    let id = GlyphId(style.id);
    let shift = if style.down { (0.0, fraction) } else { (fraction, 0.0) };
    if style.turned || style.stroke > 0.0 {
        if let Some(path) = path(face, id, style, shift) {
            return fill(&path).map_or(GlyphInk::None, GlyphInk::Mask);
        }
    } else {
        let scale = PxScale::from(style.size * face.scale_per_size);
        if let Some(outlined) = face.font.outline_glyph(Glyph { id, scale, position: point(shift.0, shift.1) }) {
            return GlyphInk::Mask(coverage(&outlined));
        }
    }
    // Bitmap glyphs have no outline to stroke.
    let strike = if style.stroke > 0.0 { None } else { strike(&face.font, id, style.size) };
    strike.map_or(GlyphInk::None, |picture| GlyphInk::Color(if style.turned { turn(&picture) } else { picture }))
}

fn coverage(outlined: &ab_glyph::OutlinedGlyph) -> Mask {
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
    Mask { rect, coverage }
}

/// The outline of a glyph in font units, y up. `None` for spaces and colour glyphs.
pub fn outline(face: &Face, id: u16) -> Option<Path> {
    let outline = face.font.outline(GlyphId(id))?;
    let mut path = PathBuilder::new();
    let mut end = None;
    for curve in &outline.curves {
        let (from, to) = match curve {
            OutlineCurve::Line(from, to) | OutlineCurve::Quad(from, _, to) | OutlineCurve::Cubic(from, _, _, to) => {
                (*from, *to)
            }
        };
        if end != Some(from) {
            if end.is_some() {
                path.close();
            }
            path.move_to(from.x, from.y);
        }
        match curve {
            OutlineCurve::Line(..) => path.line_to(to.x, to.y),
            OutlineCurve::Quad(_, a, _) => path.quad_to(a.x, a.y, to.x, to.y),
            OutlineCurve::Cubic(_, a, b, _) => path.cubic_to(a.x, a.y, b.x, b.y, to.x, to.y),
        }
        end = Some(to);
    }
    path.close();
    path.finish()
}

/// A colour glyph as a PNG.
#[derive(Debug, Clone, Copy)]
pub struct Bitmap<'f> {
    /// The file.
    pub png: &'f [u8],
    /// Left edge, top edge (y down), width and height, relative to the glyph's origin, in font sizes.
    pub rect: [f32; 4],
}

/// The largest picture of a colour glyph. `None` for glyphs that are no pictures.
pub fn bitmap(face: &Face, id: u16) -> Option<Bitmap<'_>> {
    let image = face.font.glyph_raster_image2(GlyphId(id), u16::MAX)?;
    if !matches!(image.format, GlyphImageFormat::Png) || image.pixels_per_em == 0 {
        return None;
    }
    let (em, height) = (f32::from(image.pixels_per_em), f32::from(image.height));
    let top = -(image.origin.y + height);
    Some(Bitmap { png: image.data, rect: [image.origin.x, top, f32::from(image.width), height].map(|px| px / em) })
}

/// The outline in output px, rotated and stroked as `style` says.
fn path(face: &Face, id: GlyphId, style: GlyphStyle, shift: (f32, f32)) -> Option<Path> {
    let scale = style.size / face.units_per_em;
    // In font units y points up. Rotating clockwise by 90 degrees turns right into down and up into right.
    let transform = if style.turned {
        Transform::from_row(0.0, scale, scale, 0.0, shift.0, shift.1)
    } else {
        Transform::from_row(scale, 0.0, 0.0, -scale, shift.0, shift.1)
    };
    let path = outline(face, id.0)?.transform(transform)?;
    if style.stroke <= 0.0 {
        return Some(path);
    }
    // Round joins: a mitre at a sharp corner would stick out.
    path.stroke(&Stroke { width: style.stroke, line_join: LineJoin::Round, ..Stroke::default() }, 1.0)
}

fn fill(path: &Path) -> Option<Mask> {
    let bounds = path.bounds();
    let (x, y) = (bounds.left().floor(), bounds.top().floor());
    let (width, height) = ((bounds.right().ceil() - x) as u32, (bounds.bottom().ceil() - y) as u32);
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return None;
    }
    let mut mask = tiny_skia::Mask::new(width, height)?;
    mask.fill_path(path, FillRule::Winding, true, Transform::from_translate(-x, -y));
    Some(Mask { rect: PxRect::new(x as i32, y as i32, width, height), coverage: mask.take() })
}

/// Rotates by 90 degrees, clockwise about the origin.
fn turn(raster: &Raster) -> Raster {
    let PxRect { x0, y1, .. } = raster.rect;
    let (width, height) = (raster.rect.width() as usize, raster.rect.height() as usize);
    let pixel = |x: usize, y: usize| raster.pixels[(height - 1 - x) * width + y];
    let pixels = (0..width).flat_map(|y| (0..height).map(move |x| pixel(x, y))).collect();
    Raster::new(PxRect::new(-y1, x0, height as u32, width as u32), pixels)
}

/// A bitmap glyph (CBDT), resized to the font size.
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
