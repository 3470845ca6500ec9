//! Draws nodes of artwork: with resvg, but for what is painted with patterns and for two kinds of groups. Of those whose only effect is a blur or a drop shadow,
//! resvg's filter blurs four channels of the whole region and keeps up to five copies of it; most blurs are shadows of one
//! colour, of which only the coverage needs blurring. Those with a blend mode that mixes channels, and the groups around
//! them, are blended by [`blend`].

use resvg::{
    tiny_skia::{FilterQuality, Pixmap, PixmapPaint, Transform},
    usvg::{
        BlendMode, Group, Node,
        filter::{ColorInterpolation, DropShadow, Filter, GaussianBlur, Input, Kind},
    },
};

use super::{coverage, effects, lines};
use crate::{
    paint::{
        blend, blur,
        geometry::PxRect,
        raster::{self, Mask, Target},
    },
    style::Color,
};

/// Standard deviation in px from which a blur is drawn at a smaller scale. Below, it reaches less far than two strips.
const COARSE_SIGMA: f32 = 170.0;
/// Largest standard deviation at the smaller scale, px.
const COARSEST: f32 = 85.0;
/// Largest scale of a poster.
const MAX_SCALE: f32 = 4.0;
/// Largest offset of a shadow, px.
const MAX_OFFSET: f32 = 1e9;

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

/// Whether the content of a group may be drawn twice: once at a smaller scale for its shadow, and once as it is. `scale`:
/// from the artwork's units to px of the canvas.
pub fn draws_twice(group: &Group, scale: f64) -> bool {
    let Some(Effect::Shadow(shadow)) = effect(group) else { return false };
    let (x, y) = group.abs_transform().get_scale();
    shadow.std_dev_x().get() * x.max(y) * scale as f32 * MAX_SCALE > COARSE_SIGMA
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
    let Node::Group(group) = node else { return is_tiled(node) };
    match group.should_isolate() {
        true => effect(group).is_some() || mixes(node),
        false => group.children().iter().any(contains),
    }
}

/// Whether a node is painted with a pattern.
fn is_tiled(node: &Node) -> bool {
    matches!(node, Node::Path(path) if lines::is_tiled(path))
}

/// Whether a node is blended by a mode that mixes channels or painted with a pattern, or contains such a node outside of
/// filters.
fn mixes(node: &Node) -> bool {
    let Node::Group(group) = node else { return is_tiled(node) };
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
    if let Node::Path(path) = node
        && lines::is_tiled(path)
    {
        return lines::draw(path, transform, draw, pixmap);
    }
    // resvg moves a node's box to the origin; translating by the box's position undoes that.
    if let Some(rect) = node.abs_layer_bounding_box() {
        resvg::render_node(node, transform.pre_translate(rect.x(), rect.y()), &mut pixmap.as_mut());
    } else if let Node::Path(path) = node {
        lines::stroke(path, transform, draw, pixmap);
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
    if own.sigma > COARSE_SIGMA {
        return draw_coarse(group, &own, transform, pixmap);
    }
    let canvas = PxRect::new(0, 0, pixmap.width(), pixmap.height());
    let rect = own.source(canvas);
    let Some(mut layer) = content(group, rect, transform) else { return true };
    own.draw(&mut layer, rect, group.opacity().get(), pixmap)
}

/// The content of a group in a part of the canvas.
fn content(group: &Group, rect: PxRect, transform: Transform) -> Option<Pixmap> {
    let mut layer = Pixmap::new(rect.width(), rect.height())?;
    let inside = transform.post_translate(-rect.x0 as f32, -rect.y0 as f32);
    group.children().iter().for_each(|child| draw(child, inside, &mut layer));
    Some(layer)
}

/// Draws a group with a wide blur: at a smaller scale, since no detail remains and its layer would be huge.
fn draw_coarse(group: &Group, own: &Own, transform: Transform, pixmap: &mut Pixmap) -> bool {
    let factor = (own.sigma / COARSEST).ceil();
    let by = factor.recip();
    // One px more on each side, for interpolation.
    let small = transform.post_scale(by, by).post_translate(1.0, 1.0);
    let Some(mut coarse) = group.filters().first().and_then(|filter| Own::of(filter, small)) else { return false };
    let side = |px: u32| (px as f32 * by).ceil() as u32 + 2;
    let Some(mut blurred) = Pixmap::new(side(pixmap.width()), side(pixmap.height())) else { return true };
    let rect = coarse.source(PxRect::new(0, 0, blurred.width(), blurred.height()));
    let Some(mut layer) = content(group, rect, small) else { return true };
    coarse.is_alone = true;
    if !coarse.draw(&mut layer, rect, group.opacity().get(), &mut blurred) {
        return false;
    }
    let paint = PixmapPaint { quality: FilterQuality::Bilinear, ..PixmapPaint::default() };
    let back = Transform::from_row(factor, 0.0, 0.0, factor, -factor, -factor);
    pixmap.draw_pixmap(0, 0, blurred.as_ref(), &paint, back, None);
    if own.shadow.is_some() {
        let rect = own.region.intersect(&PxRect::new(0, 0, pixmap.width(), pixmap.height()));
        let Some(layer) = content(group, rect, transform) else { return true };
        pixmap.draw_pixmap(rect.x0, rect.y0, layer.as_ref(), &PixmapPaint::default(), Transform::identity(), None);
    }
    true
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
    /// Whether a shadow is drawn without what casts it.
    is_alone: bool,
}

impl Own {
    /// The effect that a filter consists of; `None` for filters and transforms that only resvg handles. `transform` leads
    /// from the group's units to output px.
    pub fn of(filter: &Filter, transform: Transform) -> Option<Self> {
        let Transform { sx, ky, kx, sy, .. } = transform;
        // Rotations and reflections blur alike in all directions.
        let scale = sx.hypot(ky);
        let is_alike = |x: f32, y: f32| (x - y).abs() <= 0.01 * scale;
        let is_turned = is_alike(sx, sy) && is_alike(kx, -ky);
        let is_reflected = is_alike(sx, -sy) && is_alike(kx, ky);
        if scale <= 0.0 || !(is_turned || is_reflected) {
            return None;
        }
        let region = region(filter, transform)?;
        Some(match primitive(filter)? {
            Effect::Blur(blur, space) => {
                let sigma = blur.std_dev_x().get() * scale;
                Self { region, sigma, offset: (0, 0), shadow: None, space, is_alone: false }
            }
            Effect::Shadow(shadow) => {
                // Far enough to be off any canvas.
                let round = |v: f32| v.round().clamp(-MAX_OFFSET, MAX_OFFSET) as i32;
                let (dx, dy) = (shadow.dx(), shadow.dy());
                let color = shadow.color();
                let color = Color { r: color.red, g: color.green, b: color.blue, a: 255 };
                Self {
                    region,
                    sigma: shadow.std_dev_x().get() * scale,
                    offset: (round(sx * dx + kx * dy), round(ky * dx + sy * dy)),
                    shadow: Some(raster::premultiply(color, shadow.opacity().get())),
                    space: ColorInterpolation::SRGB,
                    is_alone: false,
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
        let reach = blur::reach(self.sigma);
        let seen = canvas.grow(reach);
        // As far as resvg's layers, for shadows of what is far away.
        let limit = canvas.grow(reach.max(canvas.width().max(canvas.height()).saturating_mul(2) as i32));
        self.region.intersect(&seen.union(&seen.shift(-self.offset.0, -self.offset.1))).intersect(&limit)
    }

    /// Draws pixels of a group, which lie at `rect`, with the effect. Returns false, with nothing drawn, for colours that only
    /// resvg handles.
    pub fn draw(&self, layer: &mut Pixmap, rect: PxRect, opacity: f32, pixmap: &mut Pixmap) -> bool {
        let shown = self.region.intersect(&PxRect::new(0, 0, pixmap.width(), pixmap.height()));
        let (sigma, offset) = (self.sigma, self.offset);
        if let Some(color) = self.shadow {
            let mask = blurred(layer, rect, 3, sigma);
            mask.draw(&mut target(pixmap, shown), offset.0, offset.1, color);
            if !self.is_alone {
                pixmap.draw_pixmap(
                    rect.x0,
                    rect.y0,
                    layer.as_ref(),
                    &PixmapPaint::default(),
                    Transform::identity(),
                    None,
                );
            }
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::artwork::svg;

    fn drawn(body: &str) -> Pixmap {
        let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"200\" height=\"100\">{body}</svg>");
        let tree = svg::parse(&svg, &BTreeMap::new(), &crate::testing::fonts()).expect("valid artwork");
        let mut pixmap = Pixmap::new(200, 100).expect("a size");
        tree.root().children().iter().for_each(|node| draw(node, Transform::identity(), &mut pixmap));
        pixmap
    }

    fn at(pixmap: &Pixmap, x: u32, y: u32) -> [u8; 4] {
        pixmap.data().as_chunks::<4>().0[(y * 200 + x) as usize]
    }

    #[test]
    fn wide_blurs_are_drawn_at_a_smaller_scale() {
        let rect = |style: &str| {
            format!(
                "<rect x=\"-500\" y=\"-2000\" width=\"600\" height=\"4000\" fill=\"red\" style=\"filter:{style}\"/>"
            )
        };
        let (fine, coarse) = (drawn(&rect("blur(169px)")), drawn(&rect("blur(171px)")));
        for (x, y) in [(0, 0), (0, 99), (60, 50), (100, 50), (199, 0), (199, 99)] {
            let (fine, coarse) = (at(&fine, x, y), at(&coarse, x, y));
            assert!(fine.iter().zip(coarse).all(|(a, b)| a.abs_diff(b) <= 4), "{x}, {y}: {fine:?} {coarse:?}");
        }
        assert!(at(&coarse, 0, 0)[3] > at(&coarse, 199, 0)[3] + 30);
        let shadow = drawn(&rect("drop-shadow(0 0 171px blue)"));
        assert_eq!((at(&shadow, 50, 50), at(&shadow, 150, 50)[0]), ([255, 0, 0, 255], 0));
        assert!(at(&shadow, 150, 50)[3] > 60, "{:?}", at(&shadow, 150, 50));
    }

    #[test]
    fn huge_blurs_are_drawn() {
        let two =
            "<rect width=\"20\" height=\"99\" fill=\"red\"/><rect x=\"50\" width=\"20\" height=\"99\" fill=\"blue\"/>";
        // Spread over so much, nothing of them is seen.
        for faded in [
            format!("<g style=\"filter:blur(9000px)\">{two}</g>"),
            "<rect width=\"9\" height=\"9\" style=\"filter:blur(100000px)\"/>".to_owned(),
        ] {
            let faded = drawn(&faded);
            for x in [4, 60] {
                assert!(at(&faded, x, 4)[3] <= 2, "{:?}", at(&faded, x, 4));
            }
        }
        let far = drawn(
            "<filter id=\"f\" filterUnits=\"userSpaceOnUse\" x=\"-2000000000\" y=\"0\" width=\"4000000000\" height=\"9\">\
             <feDropShadow dx=\"-1e30\" dy=\"-1e30\" stdDeviation=\"0\" color-interpolation-filters=\"sRGB\"/></filter>\
             <rect width=\"9\" height=\"9\" filter=\"url(#f)\"/>",
        );
        assert_eq!((at(&far, 4, 4), at(&far, 20, 4)), ([0, 0, 0, 255], [0; 4]));
    }
}
