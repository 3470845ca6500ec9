//! A blur or a drop shadow, drawn on the pixels of a group.

use resvg::{
    tiny_skia::{Pixmap, PixmapPaint, Transform},
    usvg::filter::{ColorInterpolation, Filter},
};

use super::kind::{Effect, primitive};
use crate::{
    paint::{
        blur,
        geometry::PxRect,
        raster::{self, Mask, Target},
    },
    style::Color,
};

/// Part of the longer side of a layer that is the largest room beside an edge.
const MAX_ROOM: i32 = 4;
/// Largest offset of a shadow, px.
const MAX_OFFSET: f32 = 1e9;

/// A blur or a drop shadow at a place in output px.
#[derive(Debug)]
pub struct OwnEffect {
    /// The filter's region, output px.
    pub(super) region: PxRect,
    /// Standard deviation, output px.
    pub(super) sigma: f32,
    /// Offset of the shadow, output px.
    offset: (i32, i32),
    /// Premultiplied colour of the shadow; `None` for a blur.
    pub(super) shadow: Option<[u8; 4]>,
    /// Colour space of the blur.
    space: ColorInterpolation,
    /// Whether a shadow is drawn without what casts it.
    pub(super) is_alone: bool,
}

impl OwnEffect {
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

    /// Whether [`OwnEffect::draw`] draws pixels of several colours.
    pub fn draws_any_color(&self) -> bool {
        self.space == ColorInterpolation::SRGB
    }

    /// The part of the region that can show on the canvas, itself or by its blur.
    pub(super) fn source(&self, canvas: PxRect) -> PxRect {
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
        let offset = self.offset;
        if let Some(color) = self.shadow {
            let mask = self.blurred(layer, rect, 3);
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
                let mask = self.blurred(layer, rect, 3);
                mask.draw(&mut target(pixmap, shown), 0, 0, raster::premultiply(color, opacity));
            }
            None if !self.draws_any_color() => return false,
            None => {
                for channel in 0..4 {
                    let mask = self.blurred(layer, rect, channel).of_rows(rect.y0, rect.y1);
                    let (stride, start) = (mask.rect.width() as usize, (rect.x0 - mask.rect.x0) as usize);
                    let pixels = layer.data_mut().as_chunks_mut::<4>().0;
                    let rows = pixels.chunks_exact_mut(rect.width() as usize);
                    for (row, values) in rows.zip(mask.coverage.chunks_exact(stride)) {
                        row.iter_mut().zip(&values[start..]).for_each(|(pixel, value)| pixel[channel] = *value);
                    }
                }
                let paint = PixmapPaint { opacity, ..PixmapPaint::default() };
                pixmap.draw_pixmap(rect.x0, rect.y0, layer.as_ref(), &paint, Transform::identity(), None);
            }
        }
        true
    }

    /// The coverage of a channel, blurred; larger than `rect` where ink lies at an edge of the region. A blur is several boxes:
    /// what one spreads beyond the edge, the next one spreads back.
    fn blurred(&self, layer: &Pixmap, rect: PxRect, channel: usize) -> Mask {
        let coverage = layer.data().as_chunks::<4>().0.iter().map(|pixel| pixel[channel]).collect();
        let mut mask = Mask { rect, coverage };
        let around = self.room(&mask);
        if around != rect {
            let ink = std::mem::replace(&mut mask, Mask::empty(around)).coverage;
            mask.add(rect, |at| ink[at]);
        }
        blur::blur(&mut mask, self.sigma);
        mask
    }

    /// The rectangle of a mask, with room beside the edges of the region at which ink lies.
    fn room(&self, mask: &Mask) -> PxRect {
        let PxRect { x0, y0, x1, y1 } = mask.rect;
        let side = mask.rect.width().max(mask.rect.height()) as i32;
        // The last box spreads back nothing.
        let room = (blur::reach(self.sigma) / 3 * 2 + 2).min(side / MAX_ROOM);
        let has_ink = |part: PxRect| {
            let part = part.intersect(&mask.rect);
            let stride = mask.rect.width() as usize;
            let (start, end) = ((part.x0 - x0) as usize, (part.x1 - x0) as usize);
            let mut rows = (part.y0..part.y1).map(|y| (y - y0) as usize * stride);
            rows.any(|row| mask.coverage[row + start..row + end].iter().any(|value| *value > 0))
        };
        let grows = |is_edge: bool, part: PxRect| if is_edge && has_ink(part) { room } else { 0 };
        PxRect {
            x0: x0 - grows(x0 == self.region.x0, PxRect { x1: x0 + room, ..mask.rect }),
            y0: y0 - grows(y0 == self.region.y0, PxRect { y1: y0 + room, ..mask.rect }),
            x1: x1 + grows(x1 == self.region.x1, PxRect { x0: x1 - room, ..mask.rect }),
            y1: y1 + grows(y1 == self.region.y1, PxRect { y0: y1 - room, ..mask.rect }),
        }
    }
}

/// The filter's region in px of the canvas.
fn region(filter: &Filter, transform: Transform) -> Option<PxRect> {
    let rect = filter.rect().transform(transform)?;
    Some(PxRect::around([rect.left(), rect.top(), rect.right(), rect.bottom()]))
}

/// The colour of all pixels of a layer, opaque, if they differ by their coverage only.
fn only_color(layer: &Pixmap) -> Option<Color> {
    let pixels = layer.data().as_chunks::<4>().0;
    let opaque = pixels.iter().rfind(|pixel| pixel[3] == 255);
    let [r, g, b, a] = *opaque.or_else(|| pixels.iter().max_by_key(|pixel| pixel[3]))?;
    let full = |channel: u8| {
        let alpha = u16::from(a.max(1));
        ((u16::from(channel) * 255 + alpha / 2) / alpha).min(255) as u8
    };
    let color = Color { r: full(r), g: full(g), b: full(b), a: 255 };
    let is_of = |pixel: &[u8; 4]| {
        let expected = raster::premultiplied([color.r, color.g, color.b, pixel[3]]);
        pixel.iter().zip(expected).all(|(channel, expected)| channel.abs_diff(expected) <= 1)
    };
    // Most pixels are equal to the one before.
    let mut last = [0; 4];
    let is_only = pixels.iter().all(|pixel| std::mem::replace(&mut last, *pixel) == *pixel || is_of(pixel));
    is_only.then_some(color)
}

fn target(pixmap: &mut Pixmap, clip: PxRect) -> Target<'_> {
    let frame = PxRect::new(0, 0, pixmap.width(), pixmap.height());
    Target::new(frame, clip, pixmap.data_mut().as_chunks_mut::<4>().0)
}
