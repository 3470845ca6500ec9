//! Draws nodes of artwork: with resvg, but for two kinds of groups. Of those whose only effect is a blur or a drop shadow,
//! resvg's filter blurs four channels of the whole region and keeps up to five copies of it; most blurs are shadows of one
//! colour, of which only the coverage needs blurring. Those with a blend mode that mixes channels, and the groups around
//! them, are blended by [`blend`].

use resvg::{
    tiny_skia::{Pixmap, PixmapPaint, Transform},
    usvg::{
        BlendMode, Group, Node,
        filter::{ColorInterpolation, DropShadow, Filter, GaussianBlur, Input, Kind},
    },
};

use super::{coverage, effects};
use crate::{
    paint::{
        blend, blur,
        geometry::PxRect,
        raster::{self, Mask, Target},
    },
    style::Color,
};

/// The effect of a group that is drawn here.
#[derive(Debug, Clone, Copy)]
pub enum Effect<'a> {
    /// `feGaussianBlur` of the group.
    Blur(&'a GaussianBlur, ColorInterpolation),
    /// `feDropShadow` of the group, in sRGB.
    Shadow(&'a DropShadow),
}

/// The effect of a group, if it has no other one.
pub fn effect(group: &Group) -> Option<Effect<'_>> {
    let [filter] = group.filters() else { return None };
    let is_only = group.clip_path().is_none() && group.mask().is_none() && group.blend_mode() == BlendMode::Normal;
    let effect = if is_only { primitive(filter)? } else { return None };
    let is_drawn = matches!(effect, Effect::Blur(..)) || group.opacity().get() == 1.0;
    is_drawn.then_some(effect)
}

/// The effect that a filter consists of, if it has one primitive.
fn primitive(filter: &Filter) -> Option<Effect<'_>> {
    let [primitive] = filter.primitives() else { return None };
    if primitive.rect() != filter.rect() {
        return None;
    }
    match primitive.kind() {
        Kind::GaussianBlur(blur) if *blur.input() == Input::SourceGraphic && blur.std_dev_x() == blur.std_dev_y() => {
            Some(Effect::Blur(blur, primitive.color_interpolation()))
        }
        Kind::DropShadow(shadow)
            if *shadow.input() == Input::SourceGraphic
                && primitive.color_interpolation() == ColorInterpolation::SRGB
                && shadow.std_dev_x() == shadow.std_dev_y() =>
        {
            Some(Effect::Shadow(shadow))
        }
        _ => None,
    }
}

/// Whether a node is such a group, or contains one outside of other effects.
fn contains(node: &Node) -> bool {
    let Node::Group(group) = node else { return false };
    match group.should_isolate() {
        true => effect(group).is_some() || mixes(node),
        false => group.children().iter().any(contains),
    }
}

/// Whether a node is blended by a mode that mixes channels, or contains such a node outside of filters.
fn mixes(node: &Node) -> bool {
    let Node::Group(group) = node else { return false };
    group.filters().is_empty()
        && (blend::is_own(effects::blend_mode(group.blend_mode())) || group.children().iter().any(mixes))
}

/// Draws a node at its position. `transform` is that of its parent.
pub fn draw(node: &Node, transform: Transform, pixmap: &mut Pixmap) {
    if let Node::Group(group) = node
        && contains(node)
    {
        match effect(group) {
            None if group.should_isolate() && mixes(node) => return draw_blended(group, transform, pixmap),
            Some(_) if draw_effect(group, transform, pixmap) => return,
            Some(_) => {}
            None => {
                let inside = transform.pre_concat(group.transform());
                return group.children().iter().for_each(|child| draw(child, inside, pixmap));
            }
        }
    }
    // resvg moves a node's box to the origin; translating by the box's position undoes that.
    if let Some(rect) = node.abs_layer_bounding_box() {
        resvg::render_node(node, transform.pre_translate(rect.x(), rect.y()), &mut pixmap.as_mut());
    }
}

/// Draws a group without filters: its content, covered by its clip and mask, blended as one.
fn draw_blended(group: &Group, transform: Transform, pixmap: &mut Pixmap) {
    let transform = transform.pre_concat(group.transform());
    let canvas = PxRect::new(0, 0, pixmap.width(), pixmap.height());
    let Some(ink) = group.layer_bounding_box().transform(transform) else { return };
    let rect = PxRect::around([ink.left(), ink.top(), ink.right(), ink.bottom()]).grow(1).intersect(&canvas);
    let Some(mut layer) = Pixmap::new(rect.width(), rect.height()) else { return };
    let inside = transform.post_translate(-rect.x0 as f32, -rect.y0 as f32);
    group.children().iter().for_each(|child| draw(child, inside, &mut layer));
    if let Some(mask) = coverage::of(group, transform, rect, draw) {
        let pixels = layer.data_mut().as_chunks_mut::<4>().0;
        for (pixel, cover) in pixels.iter_mut().zip(mask.coverage) {
            *pixel = pixel.map(|channel| raster::mul255(channel, cover));
        }
    }
    let (mode, opacity) = (effects::blend_mode(group.blend_mode()), group.opacity().get());
    if !blend::is_own(mode) {
        let paint = PixmapPaint { opacity, blend_mode: mode, ..PixmapPaint::default() };
        return pixmap.draw_pixmap(rect.x0, rect.y0, layer.as_ref(), &paint, Transform::identity(), None);
    }
    let width = canvas.width() as usize;
    let (from, to) = (layer.data().as_chunks::<4>().0, pixmap.data_mut().as_chunks_mut::<4>().0);
    let rows = to.chunks_exact_mut(width).skip(rect.y0 as usize);
    for (row, from) in rows.zip(from.chunks_exact(rect.width() as usize)) {
        blend::blend(&mut row[rect.x0 as usize..rect.x1 as usize], from, mode, opacity);
    }
}

/// Draws a group with its effect. Returns false, with nothing drawn, for transforms and colours that only resvg handles.
fn draw_effect(group: &Group, transform: Transform, pixmap: &mut Pixmap) -> bool {
    let transform = transform.pre_concat(group.transform());
    let Some(own) = group.filters().first().and_then(|filter| Own::of(filter, transform)) else { return false };
    let canvas = PxRect::new(0, 0, pixmap.width(), pixmap.height());
    let rect = own.source(canvas);
    let Some(mut layer) = Pixmap::new(rect.width(), rect.height()) else { return true };
    let inside = transform.post_translate(-rect.x0 as f32, -rect.y0 as f32);
    group.children().iter().for_each(|child| draw(child, inside, &mut layer));
    own.draw(&mut layer, rect, group.opacity().get(), pixmap)
}

/// A blur or a drop shadow at a place in output px.
#[derive(Debug)]
pub struct Own {
    /// The filter's region, output px.
    region: PxRect,
    /// Standard deviation, output px.
    sigma: f32,
    /// Offset of the shadow, output px.
    offset: (i32, i32),
    /// Premultiplied colour of the shadow; `None` for a blur.
    shadow: Option<[u8; 4]>,
    /// Colour space of the blur.
    space: ColorInterpolation,
}

impl Own {
    /// The effect that a filter consists of; `None` for filters and transforms that only resvg handles. `transform` leads
    /// from the group's units to output px.
    pub fn of(filter: &Filter, transform: Transform) -> Option<Self> {
        let is_upright = transform.kx == 0.0 && transform.ky == 0.0 && transform.sx > 0.0;
        if !is_upright || (transform.sx / transform.sy - 1.0).abs() > 0.01 {
            return None;
        }
        let region = region(filter, transform)?;
        let scale = transform.sx;
        Some(match primitive(filter)? {
            Effect::Blur(blur, space) => {
                Self { region, sigma: blur.std_dev_x().get() * scale, offset: (0, 0), shadow: None, space }
            }
            Effect::Shadow(shadow) => {
                let round = |v: f32| (v * scale).round() as i32;
                let color = shadow.color();
                let color = Color { r: color.red, g: color.green, b: color.blue, a: 255 };
                Self {
                    region,
                    sigma: shadow.std_dev_x().get() * scale,
                    offset: (round(shadow.dx()), round(shadow.dy())),
                    shadow: Some(raster::premultiply(color, shadow.opacity().get())),
                    space: ColorInterpolation::SRGB,
                }
            }
        })
    }

    /// Whether [`Own::draw`] draws pixels of several colours.
    pub fn draws_any_color(&self) -> bool {
        self.space == ColorInterpolation::SRGB
    }

    /// The part of the region that can show on the canvas, itself or by its blur.
    fn source(&self, canvas: PxRect) -> PxRect {
        let seen = canvas.grow(blur::reach(self.sigma));
        self.region.intersect(&seen.union(&seen.shift(-self.offset.0, -self.offset.1)))
    }

    /// Draws pixels of a group, which lie at `rect`, with the effect. Returns false, with nothing drawn, for colours that only
    /// resvg handles.
    pub fn draw(&self, layer: &mut Pixmap, rect: PxRect, opacity: f32, pixmap: &mut Pixmap) -> bool {
        let shown = self.region.intersect(&PxRect::new(0, 0, pixmap.width(), pixmap.height()));
        let (sigma, offset) = (self.sigma, self.offset);
        if let Some(color) = self.shadow {
            let mask = blurred(layer, rect, 3, sigma);
            mask.draw(&mut target(pixmap, shown), offset.0, offset.1, color);
            pixmap.draw_pixmap(rect.x0, rect.y0, layer.as_ref(), &PixmapPaint::default(), Transform::identity(), None);
            return true;
        }
        match only_color(layer) {
            Some(color) => {
                let mask = blurred(layer, rect, 3, sigma);
                mask.draw(&mut target(pixmap, shown), 0, 0, raster::premultiply(color, opacity));
            }
            None if !self.draws_any_color() => return false,
            None => {
                for channel in 0..4 {
                    let mask = blurred(layer, rect, channel, sigma);
                    let pixels = layer.data_mut().as_chunks_mut::<4>().0;
                    pixels.iter_mut().zip(mask.coverage).for_each(|(pixel, value)| pixel[channel] = value);
                }
                let paint = PixmapPaint { opacity, ..PixmapPaint::default() };
                pixmap.draw_pixmap(rect.x0, rect.y0, layer.as_ref(), &paint, Transform::identity(), None);
            }
        }
        true
    }
}

/// The filter's region in px of the canvas.
fn region(filter: &Filter, transform: Transform) -> Option<PxRect> {
    let rect = filter.rect().transform(transform)?;
    Some(PxRect::around([rect.left(), rect.top(), rect.right(), rect.bottom()]))
}

/// A blurred channel of a layer.
fn blurred(layer: &Pixmap, rect: PxRect, channel: usize, sigma: f32) -> Mask {
    let coverage = layer.data().as_chunks::<4>().0.iter().map(|pixel| pixel[channel]).collect();
    let mut mask = Mask { rect, coverage };
    blur::blur(&mut mask, sigma);
    mask
}

/// The colour of all pixels of a layer, opaque, if they differ by their coverage only.
fn only_color(layer: &Pixmap) -> Option<Color> {
    let pixels = layer.data().as_chunks::<4>().0;
    let [r, g, b, a] = *pixels.iter().max_by_key(|pixel| pixel[3])?;
    let full = |channel: u8| {
        let alpha = u16::from(a.max(1));
        ((u16::from(channel) * 255 + alpha / 2) / alpha).min(255) as u8
    };
    let color = Color { r: full(r), g: full(g), b: full(b), a: 255 };
    let is_of = |pixel: &[u8; 4]| {
        let expected = raster::premultiplied([color.r, color.g, color.b, pixel[3]]);
        pixel.iter().zip(expected).all(|(channel, expected)| channel.abs_diff(expected) <= 1)
    };
    pixels.iter().all(is_of).then_some(color)
}

fn target(pixmap: &mut Pixmap, clip: PxRect) -> Target<'_> {
    let frame = PxRect::new(0, 0, pixmap.width(), pixmap.height());
    Target::new(frame, clip, pixmap.data_mut().as_chunks_mut::<4>().0)
}
