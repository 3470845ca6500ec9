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
        raster::{Mask, Raster, mul255, over, premultiply},
        rotate, rounded_rect, shadow,
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

    /// The premultiplied colour of a box that has nothing else, so that it needs no pixels of its own.
    fn only_color(&self) -> Option<[u8; 4]> {
        let is_plain = self.border.is_none() && self.mask.is_none() && rotate::is_still(self.rotate);
        let color = self.background.filter(|_| is_plain && self.border_radius.is_zero())?;
        Some(with_opacity(premultiply(color, 1.0), self.opacity))
    }

    /// The canvas that [`boxed`] clips the box to, a part of its key; none if it does not depend on the canvas.
    pub fn clip(&self, canvas: PxRect) -> Option<PxRect> {
        (!rotate::is_still(self.rotate)).then_some(canvas)
    }
}

impl Placer<'_, '_> {
    /// The output px of a layer's box, or of its shadow.
    ///
    /// # Errors
    /// `box_size`, with the layer's pointer, if a side is longer than four canvases, which would need too much memory.
    pub(crate) fn checked_px(&self, pointer: &str, rect: [f32; 4], part: fn() -> Message) -> Result<PxRect> {
        let (px, canvas) = (self.px(rect), self.canvas());
        if px.width() <= canvas.width().saturating_mul(4) && px.height() <= canvas.height().saturating_mul(4) {
            return Ok(px);
        }
        Err(Error::of(ErrorKind::Invalid, words::box_size(part(), px.width(), px.height())).pointer(pointer))
    }

    /// Adds a layer's box without a picture, if it has fill or border.
    ///
    /// # Errors
    /// `box_size`.
    pub(crate) fn plain_box(&mut self, style: BoxStyle, layer: Placement<'_>) -> Result<()> {
        let (rect, scale) = (self.checked_px(layer.pointer, layer.rect, words::part_box)?, self.plan.scale);
        if style.background.is_none() && style.border.is_none() {
            return Ok(());
        }
        let canvas = self.canvas();
        let key = self.key("box").data(&(rect, &style, style.clip(canvas))).finish();
        if let Some(color) = style.only_color() {
            self.lazy(key, rect, move || Ok(Paint::Fill(rect, color)));
            return Ok(());
        }
        let bounds = rotate::bounds(rect, rotate::middle(rect), style.rotate);
        self.lazy(key, bounds, move || Ok(Paint::Raster(boxed(rect, canvas, &style, scale, None))));
        Ok(())
    }

    /// Adds the shadow of a layer's box, rotated with it. It is not drawn inside the box, even if the box is translucent
    /// (CSS Backgrounds 3, section 7.1).
    ///
    /// # Errors
    /// `box_size`.
    pub(crate) fn shadow(&mut self, shadow: BoxShadow, style: &BoxStyle, layer: Placement<'_>) -> Result<()> {
        let own = self.checked_px(layer.pointer, layer.rect, words::part_box)?;
        let [x, y, width, height] = layer.rect;
        let BoxShadow { spread, .. } = shadow;
        let grown = [x + shadow.x - spread, y + shadow.y - spread, width + 2.0 * spread, height + 2.0 * spread];
        if grown[2] <= 0.0 || grown[3] <= 0.0 {
            return Ok(());
        }
        let (px, scale) = (self.checked_px(layer.pointer, grown, words::part_shadow)?, self.plan.scale);
        let sigma = shadow.blur * scale / 2.0;
        let radii =
            rounded_rect::radii(style.border_radius.spread(spread), scale, px.width() as f32, px.height() as f32);
        let color = premultiply(shadow.color, style.opacity);
        let (degrees, about) = (style.rotate, rotate::middle(own));
        // Under an opaque box, the shadow is hidden, but blends with the antialiased edges.
        let is_solid = style.opacity >= 1.0 && style.background.is_some_and(|color| color.a == 255);
        let hole = (!is_solid)
            .then(|| (own, rounded_rect::radii(style.border_radius, scale, own.width() as f32, own.height() as f32)));
        let canvas = self.canvas();
        let key = self.key("shadow").data(&(px, radii, sigma, color, hole, canvas));
        let bounds = px.grow(blur::reach(sigma));
        let drawn = move |clip: PxRect| -> Mask {
            let mut mask = shadow::blurred(px, &radii, sigma, clip);
            if let Some((own, radii)) = hole {
                shadow::cut(&mut mask, own, &radii);
            }
            mask
        };
        if rotate::is_still(degrees) {
            self.lazy(key.finish(), bounds, move || Ok(Paint::Mask(drawn(canvas), color)));
            return Ok(());
        }
        let key = key.data(&(about, degrees)).finish();
        self.lazy(key, rotate::bounds(bounds, about, degrees), move || {
            // The part that is on the canvas after rotation, and the px that its edges interpolate.
            let mask = drawn(rotate::bounds(canvas, about, -degrees).grow(2));
            let pixels = mask.coverage.iter().map(|cover| color.map(|c| mul255(c, *cover))).collect();
            let raster = Raster::new(mask.rect, pixels);
            Ok(Paint::Raster(rotate::rotate(&raster, about, degrees, canvas)))
        });
        Ok(())
    }
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
        (Some(mut picture), Some(background)) => {
            let background = premultiply(background, 1.0);
            picture.iter_mut().for_each(|pixel| *pixel = over(*pixel, background));
            picture
        }
        (None, Some(background)) => vec![premultiply(background, 1.0); width as usize * height as usize],
        (None, None) => vec![[0; 4]; width as usize * height as usize],
    };
    // The border is drawn over the whole picture and both are masked together, so that the picture does not shine
    // through at the antialiased edge.
    if let Some(border) = style.border.filter(|border| border.width > 0.0) {
        let color = premultiply(border.color, 1.0);
        let inner = rounded_rect::inner_coverage(width, height, border.width * scale, &radii);
        for (pixel, inner) in pixels.iter_mut().zip(inner).filter(|(_, inner)| *inner < 255) {
            *pixel = over(color.map(|c| mul255(c, 255 - inner)), *pixel);
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
                cover => *pixel = pixel.map(|c| mul255(c, cover)),
            }
        }
    }
    if style.opacity < 1.0 {
        pixels.iter_mut().for_each(|pixel| *pixel = with_opacity(*pixel, style.opacity));
    }
    let raster = Raster::new(rect, pixels);
    if rotate::is_still(style.rotate) {
        return raster;
    }
    rotate::rotate(&raster, rotate::middle(rect), style.rotate, canvas)
}

/// A premultiplied colour with opacity, 0 to 1.
fn with_opacity(color: [u8; 4], opacity: f32) -> [u8; 4] {
    let opacity = (opacity.clamp(0.0, 1.0) * 256.0) as u16;
    color.map(|c| ((u16::from(c) * opacity) >> 8) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paint::raster::{self, Target};

    #[test]
    fn a_box_of_one_color_has_the_pixels_of_its_raster() {
        let (rect, area) = (PxRect::new(3, -4, 20, 30), PxRect::new(0, 0, 30, 20));
        for (alpha, opacity) in [(255, 1.0), (255, 0.5), (130, 1.0), (90, 0.3), (200, 0.0)] {
            let background = Some(Color { r: 200, g: 90, b: 30, a: alpha });
            let style = BoxStyle { background, opacity, ..BoxStyle::PLAIN };
            let color = style.only_color().expect("nothing but a colour");
            let [mut one, mut other] = [(); 2].map(|()| vec![[40, 80, 120, 255]; area.area() as usize]);
            raster::fill(&mut Target::new(area, area, &mut one), rect, color);
            boxed(rect, area, &style, 1.0, None).draw(&mut Target::new(area, area, &mut other));
            assert!(one == other, "{alpha} {opacity}");
        }
        let border = Some(Border { width: 1.0, color: Color::white() });
        let background = Some(Color::white());
        for style in [
            BoxStyle { border, ..BoxStyle::PLAIN },
            BoxStyle { border, background, ..BoxStyle::PLAIN },
            BoxStyle { border_radius: Radius::Half, background, ..BoxStyle::PLAIN },
            BoxStyle { rotate: 5.0, background, ..BoxStyle::PLAIN },
        ] {
            assert_eq!(style.only_color(), None);
        }
    }

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
