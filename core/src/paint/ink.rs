//! A paragraph as positioned and coloured glyphs, drawn plainly or with effects: stroke, shadow, opacity.

use crate::{
    paint::{
        blur,
        cache::Weigh,
        geometry::PxRect,
        glyph::DrawnGlyph,
        gradient::Ramp,
        raster::{Mask, Raster, Target, mul255},
    },
    text::{FontRun, Line, Paragraph, PlacedGlyph, Rule},
};

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
    pub fill: InkFill,
    /// Glyphs with their positions in output px.
    pub glyphs: Vec<DrawnGlyph>,
    /// Decoration lines: `[x0, y0, x1, y1]` in output px.
    pub rules: Vec<[f32; 4]>,
}

/// Fill of a part.
#[derive(Debug)]
pub enum InkFill {
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
    /// Shadow, drawn below all parts. `None`: the text has none.
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

/// Share of a glyph's pixels that counts as a text's: the glyph cache holds most of them anyway.
const GLYPH_SHARE: usize = 4;

impl Weigh for Ink {
    fn weigh(&self) -> usize {
        let paragraph = &self.paragraph;
        let pixels: usize = self.glyphs().map(|glyph| size_of::<DrawnGlyph>() + glyph.weigh() / GLYPH_SHARE).sum();
        let ramps = self.parts.iter().filter(|part| matches!(part.fill, InkFill::Ramp(_))).count();
        let rules: usize = self.parts.iter().map(|part| size_of_val(&*part.rules)).sum();
        let missing: usize = paragraph.missing.iter().map(|cluster| size_of::<String>() + cluster.len()).sum();
        size_of::<Self>()
            + pixels
            + self.parts.len() * size_of::<Part>()
            + ramps * Ramp::BYTES
            + rules
            + missing
            + paragraph.glyphs.len() * size_of::<PlacedGlyph>()
            + paragraph.lines.len() * size_of::<Line>()
            + paragraph.fonts.len() * size_of::<FontRun>()
            + paragraph.rules.len() * size_of::<Rule>()
            + paragraph.text.len()
    }
}

impl Ink {
    /// Glyphs and their strokes.
    fn glyphs(&self) -> impl Iterator<Item = &DrawnGlyph> {
        self.strokes.iter().chain(self.parts.iter().flat_map(|part| &part.glyphs))
    }

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
            self.glyphs().for_each(|glyph| glyph.cover(&mut mask));
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
            let opacity = (effects.opacity.clamp(0.0, 1.0) * 255.0).round() as u8;
            for pixel in &mut pixels {
                *pixel = pixel.map(|c| mul255(c, opacity));
            }
        }
        Raster::new(region, pixels)
    }
}

impl Part {
    fn draw(&self, target: &mut Target<'_>) {
        match &self.fill {
            InkFill::Color(color) => {
                self.glyphs.iter().for_each(|glyph| glyph.draw(target, *color));
                self.rules.iter().for_each(|rule| target.fill_rect(*rule, *color));
            }
            InkFill::Ramp(ramp) => {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{paint::glyph::GlyphStyle, testing};

    #[test]
    fn a_text_weighs_a_share_of_the_glyphs_that_it_keeps_alive() {
        let context = crate::paint::context::Context::new(testing::fonts(), [0; 32], 0, 0);
        let style = GlyphStyle { face: 0, id: 40, size: 400.0, turned: false, down: false, stroke: 0.0 };
        let glyphs = vec![context.glyph(context.fonts(), style, 0.0, 0.0); 10];
        let (bounds, paragraph) = (glyphs[0].bounds(), Paragraph::default());
        let pixels = bounds.width() as usize * bounds.height() as usize;
        assert!(pixels > 10_000, "{bounds:?}");
        let parts = vec![Part { fill: InkFill::Color([0; 4]), glyphs, rules: Vec::new() }];
        let ink = Ink { parts, strokes: Vec::new(), bounds, paragraph };
        assert!(ink.weigh() > 10 * pixels / GLYPH_SHARE, "{} of {pixels} px each", ink.weigh());
    }
}
