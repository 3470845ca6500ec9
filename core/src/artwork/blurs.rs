//! Groups whose only effect is a blur or a drop shadow. resvg's filter blurs four channels of the whole region and keeps up
//! to five copies of it; most blurs are shadows of one colour, of which only the coverage needs blurring.

mod kind;
mod own;

use resvg::{
    tiny_skia::{FilterQuality, Pixmap, PixmapPaint, Transform},
    usvg::Group,
};

use self::kind::Effect;
pub use self::{kind::effect, own::OwnEffect};
use super::coverage::Draw;
use crate::paint::geometry::PxRect;

/// Standard deviation in px from which a blur is drawn at a smaller scale. Below, it reaches less far than two strips.
const COARSE_SIGMA: f32 = 170.0;
/// Largest standard deviation at the smaller scale, px.
const COARSEST: f32 = 85.0;
/// Largest scale of a poster.
const MAX_SCALE: f32 = 4.0;

/// The scale at which the content of a group may be drawn a second time, for its shadow. `None` if it is drawn once. `scale`: from
/// the artwork's units to px of the canvas.
pub fn second_scale(group: &Group, scale: f64) -> Option<f64> {
    let Some(Effect::Shadow(shadow)) = effect(group) else { return None };
    let (x, y) = group.abs_transform().get_scale();
    let sigma = shadow.std_dev_x().get() * x.max(y) * scale as f32 * MAX_SCALE;
    (sigma > COARSE_SIGMA).then(|| f64::from(coarse_factor(sigma)).recip())
}

/// Whether a drop shadow is the only effect of a group.
pub fn is_shadow(group: &Group) -> bool {
    matches!(effect(group), Some(Effect::Shadow(_)))
}

/// Number of px that are one px at the smaller scale.
fn coarse_factor(sigma: f32) -> f32 {
    (sigma / COARSEST).ceil()
}

/// Draws a group with its effect; `draw` draws its children. Returns false, with nothing drawn, for transforms and colours that
/// only resvg handles.
pub fn draw(group: &Group, transform: Transform, draw: Draw, pixmap: &mut Pixmap) -> bool {
    let transform = transform.pre_concat(group.transform());
    let Some(own) = group.filters().first().and_then(|filter| OwnEffect::of(filter, transform)) else { return false };
    if own.sigma > COARSE_SIGMA {
        return draw_coarse(group, &own, transform, draw, pixmap);
    }
    let canvas = PxRect::new(0, 0, pixmap.width(), pixmap.height());
    let rect = own.source(canvas);
    let Some(mut layer) = content(group, rect, transform, draw) else { return true };
    own.draw(&mut layer, rect, group.opacity().get(), pixmap)
}

/// The content of a group in a part of the canvas.
fn content(group: &Group, rect: PxRect, transform: Transform, draw: Draw) -> Option<Pixmap> {
    let mut layer = Pixmap::new(rect.width(), rect.height())?;
    let inside = transform.post_translate(-rect.x0 as f32, -rect.y0 as f32);
    group.children().iter().for_each(|child| draw(child, inside, &mut layer));
    Some(layer)
}

/// Draws a group with a wide blur: at a smaller scale, since no detail remains and its layer would be huge.
fn draw_coarse(group: &Group, own: &OwnEffect, transform: Transform, draw: Draw, pixmap: &mut Pixmap) -> bool {
    let factor = coarse_factor(own.sigma);
    let by = factor.recip();
    // One px more on each side, for interpolation.
    let small = transform.post_scale(by, by).post_translate(1.0, 1.0);
    let Some(mut coarse) = group.filters().first().and_then(|filter| OwnEffect::of(filter, small)) else {
        return false;
    };
    let side = |px: u32| (px as f32 * by).ceil() as u32 + 2;
    let Some(mut blurred) = Pixmap::new(side(pixmap.width()), side(pixmap.height())) else { return true };
    let rect = coarse.source(PxRect::new(0, 0, blurred.width(), blurred.height()));
    let Some(mut layer) = content(group, rect, small, draw) else { return true };
    coarse.is_alone = true;
    if !coarse.draw(&mut layer, rect, group.opacity().get(), &mut blurred) {
        return false;
    }
    let paint = PixmapPaint { quality: FilterQuality::Bilinear, ..PixmapPaint::default() };
    let back = Transform::from_row(factor, 0.0, 0.0, factor, -factor, -factor);
    pixmap.draw_pixmap(0, 0, blurred.as_ref(), &paint, back, None);
    if own.shadow.is_some() {
        let rect = own.region.intersect(&PxRect::new(0, 0, pixmap.width(), pixmap.height()));
        let Some(layer) = content(group, rect, transform, draw) else { return true };
        pixmap.draw_pixmap(rect.x0, rect.y0, layer.as_ref(), &PixmapPaint::default(), Transform::identity(), None);
    }
    true
}

#[cfg(test)]
mod tests;
