//! A paragraph as positioned and coloured glyphs, drawn plainly or with effects: stroke, shadow, opacity.

use crate::paint::{
    blur,
    cache::Weigh,
    geometry::PxRect,
    glyph::DrawnGlyph,
    gradient::Ramp,
    raster::{Mask, Raster, Target},
};
use crate::text::Paragraph;

/// A drawn paragraph.
#[derive(Debug)]
pub struct Ink {
    /// Its glyphs and decorations, by span.
    pub parts: Vec<Part>,
    /// Its glyphs as stroked outlines.
    pub strokes: Vec<DrawnGlyph>,
    /// Bounds of the ink of parts and strokes, output px.
    pub bounds: PxRect,
    /// The layout it was drawn from.
    pub paragraph: Paragraph,
}

/// What one span draws.
#[derive(Debug)]
pub struct Part {
    /// Colour or gradient.
    pub fill: Paint,
    /// Glyphs.
    pub glyphs: Vec<DrawnGlyph>,
    /// Decoration lines: `[x0, y0, x1, y1]` in output px.
    pub rules: Vec<[f32; 4]>,
}

/// Fill of a part.
#[derive(Debug)]
pub enum Paint {
    /// One premultiplied colour.
    Color([u8; 4]),
    /// A gradient.
    Ramp(Ramp),
}

/// Effects of a paragraph. With any of them, the paragraph is drawn to its own raster, which is then blended.
#[derive(Debug, Clone, Copy)]
pub struct Effects {
    /// Premultiplied colour of the stroke.
    pub stroke: Option<[u8; 4]>,
    /// The shadow.
    pub shadow: Option<Shadow>,
    /// Opacity of the whole paragraph, 0 to 1.
    pub opacity: f32,
}

/// A blurred copy under a paragraph.
#[derive(Debug, Clone, Copy)]
pub struct Shadow {
    /// Offset to the right, output px.
    pub x: i32,
    /// Offset down, output px.
    pub y: i32,
    /// Standard deviation of the Gaussian blur, output px.
    pub sigma: f32,
    /// Premultiplied colour.
    pub color: [u8; 4],
}

impl Weigh for Ink {
    fn weigh(&self) -> usize {
        let paragraph = &self.paragraph;
        let glyphs = self.strokes.len() + self.parts.iter().map(|part| part.glyphs.len()).sum::<usize>();
        let ramps = self.parts.iter().filter(|part| matches!(part.fill, Paint::Ramp(_))).count();
        size_of::<Self>()
            + glyphs * size_of::<DrawnGlyph>()
            + self.parts.len() * size_of::<Part>()
            + ramps * Ramp::BYTES
            + paragraph.glyphs.len() * 20
            + paragraph.lines.len() * 40
            + paragraph.fonts.len() * 24
            + paragraph.text.len()
    }
}

impl Ink {
    /// Blends glyphs and decorations, without effects.
    pub fn draw(&self, target: &mut Target<'_>) {
        self.parts.iter().for_each(|part| part.draw(target));
    }

    /// Bounds of its ink, effects included, output px.
    pub fn reach(&self, effects: &Effects) -> PxRect {
        let shadow = effects.shadow.map(|shadow| {
            let blurred = self.bounds.grow(blur::reach(shadow.sigma));
            if self.bounds.is_empty() { self.bounds } else { blurred.shift(shadow.x, shadow.y) }
        });
        shadow.map_or(self.bounds, |shadow| self.bounds.union(&shadow))
    }

    /// Draws it with its effects and returns the pixels of `region`.
    pub fn raster(&self, effects: &Effects, region: PxRect) -> Raster {
        let mut pixels = vec![[0; 4]; region.width() as usize * region.height() as usize];
        let mut target = Target::new(region, region, &mut pixels);
        if let Some(shadow) = effects.shadow {
            // The part that casts a shadow into the region.
            let reach = blur::reach(shadow.sigma);
            let casting = region.shift(-shadow.x, -shadow.y).grow(reach).intersect(&self.bounds.grow(reach));
            let mut mask = Mask::empty(casting);
            self.strokes
                .iter()
                .chain(self.parts.iter().flat_map(|part| &part.glyphs))
                .for_each(|it| it.cover(&mut mask));
            self.parts.iter().flat_map(|part| &part.rules).for_each(|rule| mask.add_rect(*rule));
            blur::blur(&mut mask, shadow.sigma);
            mask.draw(&mut target, shadow.x, shadow.y, shadow.color);
        }
        if let Some(color) = effects.stroke {
            // Drawn as one shape, so that overlapping translucent strokes do not darken each other.
            let mut mask = Mask::empty(self.bounds.intersect(&region));
            self.strokes.iter().for_each(|glyph| glyph.cover(&mut mask));
            mask.draw(&mut target, 0, 0, color);
        }
        self.draw(&mut target);
        if effects.opacity < 1.0 {
            let opacity = (effects.opacity.clamp(0.0, 1.0) * 255.0).round() as u16;
            for pixel in &mut pixels {
                *pixel = pixel.map(|c| ((u16::from(c) * opacity + 127) / 255) as u8);
            }
        }
        Raster::new(region, pixels)
    }
}

impl Part {
    fn draw(&self, target: &mut Target<'_>) {
        match &self.fill {
            Paint::Color(color) => {
                self.glyphs.iter().for_each(|glyph| glyph.draw(target, *color));
                self.rules.iter().for_each(|rule| target.fill_rect(*rule, *color));
            }
            Paint::Ramp(ramp) => {
                let mut mask = Mask::empty(self.bounds().intersect(&target.clip()));
                for glyph in &self.glyphs {
                    // A colour glyph keeps its own colours.
                    if glyph.is_colored() { glyph.draw(target, [255; 4]) } else { glyph.cover(&mut mask) }
                }
                self.rules.iter().for_each(|rule| mask.add_rect(*rule));
                mask.draw_with(target, |x, y| ramp.at(x, y));
            }
        }
    }

    /// Bounds of its ink, output px.
    pub fn bounds(&self) -> PxRect {
        let rules = self.rules.iter().map(|rule| PxRect::around(*rule));
        let all = self.glyphs.iter().map(DrawnGlyph::bounds).chain(rules);
        all.fold(PxRect::default(), |all, one| all.union(&one))
    }
}
