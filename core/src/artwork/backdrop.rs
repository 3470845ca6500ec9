//! Background blurs: a group of the artwork that shows what lies beneath it, blurred.

use resvg::{
    tiny_skia::{Rect, Transform},
    usvg::Group,
};

use crate::{
    error::Result,
    markup,
    paint::{
        blur,
        composite::Filter,
        geometry::PxRect,
        raster::{Mask, Raster},
    },
};

/// Largest standard deviation, output px: far larger than any canvas, on which it leaves a single colour.
const MAX_SIGMA: f32 = 32_768.0;

/// The standard deviation of a background blur, in the group's units, if the group is one.
pub fn deviation(group: &Group) -> Option<f32> {
    let deviation = group.id().strip_prefix(markup::BACKDROP)?.split('-').next()?.parse::<f32>().ok()?;
    (deviation.is_finite() && deviation > 0.0).then_some(deviation)
}

/// The part of the canvas that a blur shows, and that it reads, output px.
pub fn regions(group: &Group, deviation: f32, transform: Transform, canvas: PxRect) -> (PxRect, PxRect) {
    let shown = group.bounding_box().transform(transform);
    let shown = shown.map_or_else(PxRect::default, around).intersect(&canvas);
    (shown, shown.grow(blur::reach(sigma(deviation, transform))).intersect(&canvas))
}

/// What a blur reads, in the artwork's units.
pub fn source(group: &Group, deviation: f32) -> Option<Rect> {
    let transform = group.abs_transform();
    let rect = group.bounding_box().transform(transform)?;
    // At any scale the boxes of a blur reach less far than this.
    let reach = 4.0 * sigma(deviation, transform) + 2.0;
    Rect::from_ltrb(rect.left() - reach, rect.top() - reach, rect.right() + reach, rect.bottom() + reach)
}

/// Mean of pixels, by channel.
fn mean(pixels: &[[u8; 4]]) -> [u8; 4] {
    let count = pixels.len().max(1) as u64;
    std::array::from_fn(|channel| {
        let sum: u64 = pixels.iter().map(|pixel| u64::from(pixel[channel])).sum();
        ((sum + count / 2) / count) as u8
    })
}

fn sigma(deviation: f32, transform: Transform) -> f32 {
    let (x, y) = transform.get_scale();
    (deviation * (x * y).abs().sqrt()).min(MAX_SIGMA)
}

fn around(rect: Rect) -> PxRect {
    PxRect::around([rect.left(), rect.top(), rect.right(), rect.bottom()])
}

/// Blurs what lies beneath. Beyond the canvas, its edge goes on.
#[derive(Debug)]
pub struct BackdropBlur {
    source: PxRect,
    sigma: f32,
}

impl BackdropBlur {
    /// A blur of the pixels of `source`. `transform` leads from the group's units to output px.
    pub fn new(source: PxRect, deviation: f32, transform: Transform) -> Self {
        Self { source, sigma: sigma(deviation, transform) }
    }
}

impl Filter for BackdropBlur {
    fn source(&self) -> PxRect {
        self.source
    }

    fn apply(&self, mut pixels: Vec<[u8; 4]>) -> Result<Raster> {
        if self.sigma > self.source.width().max(self.source.height()) as f32 {
            // Each pixel shows about as much of all others.
            let mean = mean(&pixels);
            pixels.fill(mean);
            return Ok(Raster::new(self.source, pixels));
        }
        let blurred = |coverage: Vec<u8>| {
            let mut mask = Mask { rect: self.source, coverage };
            blur::blur(&mut mask, self.sigma);
            mask.coverage
        };
        // Share of each pixel's surroundings that lies within the edges: the rest is like what lies within.
        let inside = blurred(vec![255; pixels.len()]);
        let is_opaque = pixels.iter().all(|pixel| pixel[3] == 255);
        // Opaque pixels stay opaque.
        for channel in 0..if is_opaque { 3 } else { 4 } {
            let all = blurred(pixels.iter().map(|pixel| pixel[channel]).collect());
            for (pixel, (value, inside)) in pixels.iter_mut().zip(all.into_iter().zip(&inside)) {
                let inside = u32::from(*inside).max(1);
                pixel[channel] = ((u32::from(value) * 255 + inside / 2) / inside).min(255) as u8;
            }
        }
        Ok(Raster::new(self.source, pixels))
    }
}
