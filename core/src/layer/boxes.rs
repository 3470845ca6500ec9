//! Boxes with fill, border, corners, shadow and rotation, as shapes, pictures and plates have them.

use std::sync::Arc;

use super::placer::{Placement, Placer};
use crate::{
    artwork::silhouette::Silhouette,
    error::{Error, ErrorKind, Message, Result},
    paint::{
        blur,
        geometry::PxRect,
        list::Paint,
        raster::{Mask, Raster, premultiply},
        rotate, rounded_rect,
    },
    style::{Border, BoxShadow, Color, Radius},
    words,
};

/// Fill, border, opacity and rotation of a box.
#[derive(Debug, Clone)]
pub(crate) struct BoxStyle {
    pub background: Option<Color>,
    pub border: Option<Border>,
    pub border_radius: Radius,
    /// Silhouette that masks the box, instead of rounded corners.
    pub mask: Option<Arc<Silhouette>>,
    pub opacity: f32,
    /// Degrees clockwise about the box's centre.
    pub rotate: f32,
}

impl BoxStyle {
    /// A box without fill, border and rounded corners.
    pub const PLAIN: Self =
        Self { background: None, border: None, border_radius: Radius::Px(0.0), mask: None, opacity: 1.0, rotate: 0.0 };
}

impl Placer<'_, '_> {
    /// Rejects a box that is far larger than the canvas. When it is drawn, its layer is no longer known.
    ///
    /// # Errors
    /// `box_size`, with the layer's pointer.
    pub(crate) fn check_box(&self, layer: Placement<'_>) -> Result<()> {
        within(self.px(layer.rect), self.canvas(), words::part_box).map(drop).map_err(|e| e.pointer(layer.pointer))
    }

    /// Adds a box without a picture, if it has fill or border.
    pub(crate) fn plain_box(&mut self, style: BoxStyle, rect: [f32; 4]) {
        if style.background.is_none() && style.border.is_none() {
            return;
        }
        let (rect, scale) = (self.px(rect), self.plan.scale);
        let key = self.key("box").data(&(rect, &style)).finish();
        let (canvas, bounds) = (self.canvas(), rotate::bounds(rect, rotate::middle(rect), style.rotate));
        self.lazy(key, bounds, move || {
            let visible = within(rect, canvas, words::part_box)?;
            Ok(Paint::Raster(boxed(visible, canvas, &style, scale, None)))
        });
    }

    /// Adds the shadow of a box, rotated with it. It is clipped inside of the box, even if the box is translucent (CSS
    /// Backgrounds 3, section 7.1).
    pub(crate) fn shadow(&mut self, shadow: BoxShadow, style: &BoxStyle, rect: [f32; 4]) {
        let [x, y, width, height] = rect;
        let BoxShadow { spread, .. } = shadow;
        let grown = [x + shadow.x - spread, y + shadow.y - spread, width + 2.0 * spread, height + 2.0 * spread];
        if grown[2] <= 0.0 || grown[3] <= 0.0 {
            return;
        }
        let (px, scale) = (self.px(grown), self.plan.scale);
        let sigma = shadow.blur * scale / 2.0;
        let radii =
            rounded_rect::radii(style.border_radius.spread(spread), scale, px.width() as f32, px.height() as f32);
        let color = premultiply(shadow.color, style.opacity);
        let own = self.px(rect);
        let (degrees, about) = (style.rotate, rotate::middle(own));
        // Under an opaque box, the shadow is hidden, but blends with the antialiased edges.
        let is_solid = style.opacity >= 1.0 && style.background.is_some_and(|color| color.a == 255);
        let hole = (!is_solid)
            .then(|| (own, rounded_rect::radii(style.border_radius, scale, own.width() as f32, own.height() as f32)));
        let canvas = self.canvas();
        let key = self.key("shadow").data(&(px, radii, sigma, color, hole, canvas));
        let bounds = px.grow(blur::reach(sigma));
        let drawn = move |clip: PxRect| -> Result<Mask> {
            let mut mask = rounded_rect::shadow(within(px, canvas, words::part_shadow)?, &radii, sigma, clip);
            if let Some((own, radii)) = hole {
                rounded_rect::cut(&mut mask, within(own, canvas, words::part_box)?, &radii);
            }
            Ok(mask)
        };
        if rotate::is_still(degrees) {
            return self.lazy(key.finish(), bounds, move || Ok(Paint::Mask(drawn(canvas)?, color)));
        }
        let key = key.data(&(about, degrees)).finish();
        self.lazy(key, rotate::bounds(bounds, about, degrees), move || {
            // The part that is on the canvas after rotation, and the px that its edges interpolate.
            let mask = drawn(rotate::bounds(canvas, about, -degrees).grow(2))?;
            let covered = |cover: &u8| color.map(|c| ((u16::from(c) * u16::from(*cover) + 127) / 255) as u8);
            let raster = Raster::new(mask.rect, mask.coverage.iter().map(covered).collect());
            Ok(Paint::Raster(rotate::rotate(&raster, about, degrees, canvas)))
        });
    }
}

/// Rejects a box with sides of more than four canvases, which would need too much memory.
pub(crate) fn within(rect: PxRect, canvas: PxRect, part: fn() -> Message) -> Result<PxRect> {
    if rect.width() <= canvas.width().saturating_mul(4) && rect.height() <= canvas.height().saturating_mul(4) {
        return Ok(rect);
    }
    let (w, h) = (rect.width(), rect.height());
    Err(Error::of(ErrorKind::Invalid, words::box_size(part(), w, h)))
}

/// Draws a box: background, picture, border, masked by its corners or silhouette, rotated. `picture` has the box's
/// size.
pub(crate) fn boxed(
    rect: PxRect,
    canvas: PxRect,
    style: &BoxStyle,
    scale: f32,
    picture: Option<Vec<[u8; 4]>>,
) -> Raster {
    let (width, height) = (rect.width(), rect.height());
    let radii = rounded_rect::radii(style.border_radius, scale, width as f32, height as f32);
    let mut pixels = match (picture, style.background) {
        (Some(picture), None) => picture,
        (Some(picture), Some(background)) => over(picture, premultiply(background, 1.0)),
        (None, Some(background)) => vec![premultiply(background, 1.0); width as usize * height as usize],
        (None, None) => vec![[0; 4]; width as usize * height as usize],
    };
    // The border is drawn over the whole picture and both are masked together, so that the picture does not shine
    // through at the antialiased edge.
    if let Some(border) = style.border.filter(|border| border.width > 0.0) {
        let color = premultiply(border.color, 1.0);
        let inner = rounded_rect::inner_coverage(width, height, border.width * scale, &radii);
        for (pixel, inner) in pixels.iter_mut().zip(inner).filter(|(_, inner)| *inner < 255) {
            let part = |c: u8, share: u8| (u16::from(c) * u16::from(share) + 127) / 255;
            let line = color.map(|c| part(c, 255 - inner) as u8);
            for (under, over) in pixel.iter_mut().zip(line) {
                *under = (u16::from(over) + part(*under, 255 - line[3])).min(255) as u8;
            }
        }
    }
    let coverage = match &style.mask {
        Some(mask) => Some(mask.coverage(width, height)),
        None => rounded_rect::is_rounded(&radii).then(|| rounded_rect::coverage(width, height, &radii)),
    };
    if let Some(coverage) = coverage {
        for (pixel, cover) in pixels.iter_mut().zip(coverage) {
            match cover {
                255 => {}
                0 => *pixel = [0; 4],
                cover => *pixel = pixel.map(|c| ((u16::from(c) * u16::from(cover) + 127) / 255) as u8),
            }
        }
    }
    if style.opacity < 1.0 {
        let opacity = (style.opacity.clamp(0.0, 1.0) * 256.0) as u16;
        for pixel in &mut pixels {
            *pixel = pixel.map(|c| ((u16::from(c) * opacity) >> 8) as u8);
        }
    }
    let raster = Raster::new(rect, pixels);
    if rotate::is_still(style.rotate) {
        return raster;
    }
    rotate::rotate(&raster, rotate::middle(rect), style.rotate, canvas)
}

/// Composites a picture over a colour.
fn over(mut picture: Vec<[u8; 4]>, background: [u8; 4]) -> Vec<[u8; 4]> {
    for pixel in &mut picture {
        let rest = 255 - u16::from(pixel[3]);
        for (to, under) in pixel.iter_mut().zip(background) {
            *to = (u16::from(*to) + (u16::from(under) * rest + 127) / 255).min(255) as u8;
        }
    }
    picture
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_picture_shines_through_from_under_its_border() {
        let rect = PxRect::new(0, 0, 60, 60);
        for (radius, width) in [(Radius::Half, 4.0), (Radius::Px(14.0), 2.5), (Radius::Px(0.0), 3.0)] {
            let border = Some(Border { width, color: Color::white() });
            let style = BoxStyle { border, border_radius: radius, ..BoxStyle::PLAIN };
            let raster = boxed(rect, rect, &style, 1.0, Some(vec![[0, 0, 0, 255]; 60 * 60]));
            let cut = rounded_rect::coverage(60, 60, &rounded_rect::radii(radius, 1.0, 60.0, 60.0));
            let inner = rounded_rect::inner_coverage(60, 60, width, &rounded_rect::radii(radius, 1.0, 60.0, 60.0));
            for ((pixel, cut), inner) in raster.pixels.iter().zip(cut).zip(inner) {
                assert!(pixel[3].abs_diff(cut) <= 1, "{radius:?}: as opaque as the box covers: {pixel:?}, {cut}");
                if inner == 0 {
                    assert_eq!(pixel[0], pixel[3], "{radius:?}: white alone under the line: {pixel:?}");
                }
            }
            assert_eq!(raster.pixels[30 * 60 + 30], [0, 0, 0, 255], "{radius:?}: the picture inside");
            assert_eq!(raster.pixels[30 * 60 + 1], [255; 4], "{radius:?}: the line at the left");
        }
        let thick = BoxStyle { border: Some(Border { width: 40.0, color: Color::white() }), ..BoxStyle::PLAIN };
        let raster = boxed(rect, rect, &thick, 1.0, Some(vec![[0, 0, 0, 255]; 60 * 60]));
        assert!(raster.pixels.iter().all(|pixel| *pixel == [255; 4]), "a line thicker than the box fills it");
    }
}
