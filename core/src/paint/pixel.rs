//! Arithmetic of premultiplied pixels, as tiny-skia's low-precision pipeline does it.

use crate::style::Color;

/// `v / 255` as computed by tiny-skia's low-precision pipeline, for `v` up to 255 * 255.
#[inline]
pub fn div255(v: u16) -> u16 {
    (v + 255) >> 8
}

/// `a * b / 255`, rounded to nearest.
#[inline]
pub fn mul255(a: u8, b: u8) -> u8 {
    ((u16::from(a) * u16::from(b) + 127) / 255) as u8
}

/// Source-over of premultiplied colours within a layer, rounded to nearest. Blending into bands rounds as tiny-skia.
#[inline]
pub fn over(source: [u8; 4], under: [u8; 4]) -> [u8; 4] {
    let rest = 255 - source[3];
    std::array::from_fn(|i| source[i].saturating_add(mul255(under[i], rest)))
}

/// Premultiplies a colour, after multiplying its alpha by `opacity` (0 to 1).
pub fn premultiply(color: Color, opacity: f32) -> [u8; 4] {
    let a = f32::from(color.a) / 255.0 * opacity.clamp(0.0, 1.0);
    let channel = |c: u8| (f32::from(c) * a + 0.5) as u8;
    [channel(color.r), channel(color.g), channel(color.b), (a * 255.0 + 0.5) as u8]
}

/// Source-over of premultiplied pixels.
pub fn blend_row(target: &mut [[u8; 4]], source: &[[u8; 4]]) {
    for (to, from) in target.iter_mut().zip(source) {
        match from[3] {
            0 => {}
            255 => *to = *from,
            alpha => {
                let rest = 255 - u16::from(alpha);
                for (t, f) in to.iter_mut().zip(from) {
                    *t = (u16::from(*f) + div255(u16::from(*t) * rest)).min(255) as u8;
                }
            }
        }
    }
}

/// Source-over of a premultiplied colour at a coverage.
#[inline]
pub fn cover_pixel(to: &mut [u8; 4], color: [u8; 4], cover: u8) {
    if cover == 0 {
        return;
    }
    let cover = u16::from(cover);
    let scaled = color.map(|c| div255(u16::from(c) * cover));
    let rest = 255 - scaled[3];
    for (t, s) in to.iter_mut().zip(scaled) {
        *t = (s + div255(u16::from(*t) * rest)).min(255) as u8;
    }
}

/// Multiplies the colour channels by alpha.
pub fn premultiplied([r, g, b, a]: [u8; 4]) -> [u8; 4] {
    [mul255(r, a), mul255(g, a), mul255(b, a), a]
}
