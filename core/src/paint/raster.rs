//! Pixels and masks that are blended into bands, and the blending itself.
//!
//! Blending is tiny-skia's 8-bit source-over, term by term (`div255` rounds as its low-precision pipeline does). A segment
//! that is drawn separately and blended here therefore equals the pixels that resvg draws for the whole artwork. Where
//! resvg uses the float pipeline (filters, patterns), the two differ by at most one level.

use tiny_skia::{BlendMode, FilterQuality, PixmapMut, PixmapPaint, PixmapRef, Transform};

use crate::{
    paint::{blend, geometry::PxRect},
    style::Color,
};

/// `v / 255` as computed by tiny-skia's low-precision pipeline, for `v` up to 255 * 255.
#[inline]
fn div255(v: u16) -> u16 {
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

/// Premultiplied RGBA pixels at a position on the canvas.
#[derive(Debug, Clone, PartialEq)]
pub struct Raster {
    /// Position and size, output px.
    pub rect: PxRect,
    /// `rect.width() * rect.height()` pixels, row by row.
    pub pixels: Vec<[u8; 4]>,
    /// Per row, the longest run (start, end) of opaque pixels, which is copied instead of blended.
    opaque: Vec<(u32, u32)>,
}

impl Raster {
    /// Creates a raster from premultiplied pixels.
    ///
    /// `pixels` must hold `rect.width() * rect.height()` entries; missing ones are transparent.
    pub fn new(rect: PxRect, mut pixels: Vec<[u8; 4]>) -> Self {
        let width = rect.width() as usize;
        pixels.resize(width * rect.height() as usize, [0; 4]);
        let opaque = match width {
            0 => Vec::new(),
            width => pixels.chunks_exact(width).map(longest_opaque_run).collect(),
        };
        Self { rect, pixels, opaque }
    }

    /// Copies the part of a canvas within `clip`, without the transparent rows and columns around it. `None` when all of
    /// it is transparent.
    pub fn from_pixmap(pixmap: &tiny_skia::Pixmap, clip: PxRect) -> Option<Self> {
        let clip = clip.intersect(&PxRect::new(0, 0, pixmap.width(), pixmap.height()));
        if clip.is_empty() {
            return None;
        }
        let (pixels, _) = pixmap.data().as_chunks::<4>();
        let row = |y: i32| {
            let start = y as usize * pixmap.width() as usize;
            &pixels[start + clip.x0 as usize..start + clip.x1 as usize]
        };
        let inked = |y: &i32| row(*y).iter().any(|p| p[3] != 0);
        let top = (clip.y0..clip.y1).find(inked)?;
        let bottom = (clip.y0..clip.y1).rev().find(inked)? + 1;
        let (mut left, mut right) = (clip.width() as usize, 0);
        for y in top..bottom {
            let row = row(y);
            left = row[..left].iter().position(|p| p[3] != 0).unwrap_or(left);
            right = row[right..].iter().rposition(|p| p[3] != 0).map_or(right, |at| right + at + 1);
        }
        let (width, height) = ((right - left) as u32, (bottom - top) as u32);
        let mut kept = Vec::with_capacity((width * height) as usize);
        (top..bottom).for_each(|y| kept.extend_from_slice(&row(y)[left..right]));
        Some(Self::new(PxRect::new(clip.x0 + left as i32, top, width, height), kept))
    }

    /// Moved by `x`, `y` px.
    #[must_use]
    pub fn shifted(self, x: i32, y: i32) -> Self {
        Self { rect: self.rect.shift(x, y), ..self }
    }

    /// Memory size in bytes.
    pub fn bytes(&self) -> usize {
        self.pixels.len() * 4 + self.opaque.len() * 8
    }

    /// Blends the rows within the target, moved by `x`, `y` px, at an opacity of 0 to 255.
    pub fn draw_at(&self, target: &mut Target<'_>, x: i32, y: i32, opacity: u8) {
        let rect = self.rect.shift(x, y);
        let hit = rect.intersect(&target.clip);
        let width = rect.width() as usize;
        if hit.is_empty() {
            return;
        }
        for y in hit.y0..hit.y1 {
            let start = (y - rect.y0) as usize * width;
            let source = &self.pixels[start + (hit.x0 - rect.x0) as usize..start + (hit.x1 - rect.x0) as usize];
            for (to, &from) in target.row(y, hit.x0, hit.x1).iter_mut().zip(source) {
                cover_pixel(to, from, opacity);
            }
        }
    }

    /// Blends the rows within the target.
    pub fn draw(&self, target: &mut Target<'_>) {
        let hit = self.rect.intersect(&target.clip);
        if hit.is_empty() {
            return;
        }
        let width = self.rect.width() as usize;
        let (from, to) = ((hit.x0 - self.rect.x0) as usize, (hit.x1 - self.rect.x0) as usize);
        for y in hit.y0..hit.y1 {
            let row = (y - self.rect.y0) as usize;
            let source = &self.pixels[row * width..(row + 1) * width];
            let (a, b) = self.opaque[row];
            let (a, b) = ((a as usize).clamp(from, to), (b as usize).clamp(from, to));
            let line = target.row(y, hit.x0, hit.x1);
            blend_row(&mut line[..a - from], &source[from..a]);
            line[a - from..b - from].copy_from_slice(&source[a..b]);
            blend_row(&mut line[b - from..], &source[b..to]);
        }
    }
}

fn longest_opaque_run(row: &[[u8; 4]]) -> (u32, u32) {
    // Most rows of a photo are opaque; testing a whole row at once is many times faster than pixel by pixel.
    if row.iter().fold(255, |all, pixel| all & pixel[3]) == 255 {
        return (0, row.len() as u32);
    }
    let (mut best, mut start) = ((0, 0), 0);
    for (i, pixel) in row.iter().enumerate() {
        if pixel[3] != 255 {
            start = i + 1;
        } else if i + 1 - start > best.1 - best.0 {
            best = (start, i + 1);
        }
    }
    (best.0 as u32, best.1 as u32)
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

/// Blends a rectangle of one premultiplied colour.
pub fn fill(target: &mut Target<'_>, rect: PxRect, color: [u8; 4]) {
    let hit = rect.intersect(&target.clip);
    if hit.is_empty() || color[3] == 0 {
        return;
    }
    let row = vec![color; hit.width() as usize];
    for y in hit.y0..hit.y1 {
        blend_row(target.row(y, hit.x0, hit.x1), &row);
    }
}

/// Coverage at a position on the canvas.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Mask {
    /// Position and size, output px.
    pub rect: PxRect,
    /// `rect.width() * rect.height()` values, row by row.
    pub coverage: Vec<u8>,
}

impl Mask {
    /// Memory size in bytes.
    pub fn bytes(&self) -> usize {
        self.coverage.len()
    }

    /// Coverage of the pixels `x0..x1` of row `y`, which must lie within the mask.
    pub(super) fn row(&self, y: i32, x0: i32, x1: i32) -> &[u8] {
        let start = (y - self.rect.y0) as usize * self.rect.width() as usize;
        &self.coverage[start + (x0 - self.rect.x0) as usize..start + (x1 - self.rect.x0) as usize]
    }

    /// The rows from `y0` to `y1`, which must lie within the mask.
    pub fn of_rows(mut self, y0: i32, y1: i32) -> Self {
        let width = self.rect.width() as usize;
        self.coverage.truncate((y1 - self.rect.y0) as usize * width);
        self.coverage.drain(..(y0 - self.rect.y0) as usize * width);
        self.rect = PxRect { y0, y1, ..self.rect };
        self
    }

    /// Adds an antialiased rectangle `[x0, y0, x1, y1]`, output px.
    pub fn add_rect(&mut self, rect: [f32; 4]) {
        let bounds = PxRect::around(rect).intersect(&self.rect);
        let width = bounds.width() as usize;
        if width > 0 {
            self.add(bounds, |at| {
                rect_coverage(rect, bounds.x0 + (at % width) as i32, bounds.y0 + (at / width) as i32)
            });
        }
    }

    /// Creates a mask without coverage.
    pub fn empty(rect: PxRect) -> Self {
        Self { rect, coverage: vec![0; rect.width() as usize * rect.height() as usize] }
    }

    /// Adds the coverage of the pixels of `rect`, given by row-major index. Pixels outside the mask are ignored. Each pixel
    /// keeps its largest coverage, so that overlapping shapes act as one.
    pub fn add(&mut self, rect: PxRect, coverage: impl Fn(usize) -> u8) {
        let hit = rect.intersect(&self.rect);
        if hit.is_empty() {
            return;
        }
        let (own, other) = (self.rect.width() as usize, rect.width() as usize);
        for y in hit.y0..hit.y1 {
            let to = (y - self.rect.y0) as usize * own + (hit.x0 - self.rect.x0) as usize;
            let from = (y - rect.y0) as usize * other + (hit.x0 - rect.x0) as usize;
            for (at, to) in self.coverage[to..to + hit.width() as usize].iter_mut().enumerate() {
                *to = (*to).max(coverage(from + at));
            }
        }
    }

    /// Blends a premultiplied colour per pixel through the mask. `color` takes `x` and `y` in output px.
    pub fn draw_with(&self, target: &mut Target<'_>, color: impl Fn(i32, i32) -> [u8; 4]) {
        let hit = self.rect.intersect(&target.clip);
        if hit.is_empty() {
            return;
        }
        let width = self.rect.width() as usize;
        for y in hit.y0..hit.y1 {
            let start = (y - self.rect.y0) as usize * width;
            let source =
                &self.coverage[start + (hit.x0 - self.rect.x0) as usize..start + (hit.x1 - self.rect.x0) as usize];
            for ((x, to), &cover) in (hit.x0..).zip(target.row(y, hit.x0, hit.x1)).zip(source) {
                if cover > 0 {
                    cover_pixel(to, color(x, y), cover);
                }
            }
        }
    }

    /// Blends a premultiplied colour through the mask, moved by `x`, `y` px.
    pub fn draw(&self, target: &mut Target<'_>, x: i32, y: i32, color: [u8; 4]) {
        let rect = self.rect.shift(x, y);
        let hit = rect.intersect(&target.clip);
        if hit.is_empty() {
            return;
        }
        let width = rect.width() as usize;
        for y in hit.y0..hit.y1 {
            let start = (y - rect.y0) as usize * width;
            let source = &self.coverage[start + (hit.x0 - rect.x0) as usize..start + (hit.x1 - rect.x0) as usize];
            for (to, &cover) in target.row(y, hit.x0, hit.x1).iter_mut().zip(source) {
                cover_pixel(to, color, cover);
            }
        }
    }
}

/// Source-over of a premultiplied colour at a coverage.
#[inline]
pub(super) fn cover_pixel(to: &mut [u8; 4], color: [u8; 4], cover: u8) {
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

/// The rows of a band while it is drawn.
#[derive(Debug)]
pub struct Target<'a> {
    frame: PxRect,
    clip: PxRect,
    pixels: &'a mut [[u8; 4]],
}

impl<'a> Target<'a> {
    /// Creates a target for the part `frame` of the canvas: `frame.width() * frame.height()` premultiplied pixels.
    /// Drawing is clipped to `clip`.
    pub fn new(frame: PxRect, clip: PxRect, pixels: &'a mut [[u8; 4]]) -> Self {
        let clip = clip.intersect(&frame);
        Self { frame, clip, pixels }
    }

    /// The rectangle to which drawing is clipped.
    pub fn clip(&self) -> PxRect {
        self.clip
    }

    /// Blends premultiplied pixels of `rect`, which must lie within the clip, as tiny-skia does.
    pub(super) fn blend(&mut self, rect: PxRect, pixels: &[[u8; 4]], blend_mode: BlendMode, opacity: f32) {
        if blend::is_own(blend_mode) {
            let rows = pixels.chunks_exact(rect.width() as usize);
            for (y, row) in (rect.y0..).zip(rows) {
                blend::blend(self.row(y, rect.x0, rect.x1), row, blend_mode, opacity);
            }
            return;
        }
        let source = PixmapRef::from_bytes(pixels.as_flattened(), rect.width(), rect.height());
        let (width, height) = (self.frame.width(), self.frame.height());
        let target = PixmapMut::from_bytes(self.pixels.as_flattened_mut(), width, height);
        if let Some((source, mut target)) = source.zip(target) {
            let paint = PixmapPaint { opacity, blend_mode, quality: FilterQuality::Nearest };
            let (x, y) = (rect.x0 - self.frame.x0, rect.y0 - self.frame.y0);
            target.draw_pixmap(x, y, source, &paint, Transform::identity(), None);
        }
    }

    /// Pixels `x0..x1` of row `y`, which must lie within the clip.
    pub(super) fn row(&mut self, y: i32, x0: i32, x1: i32) -> &mut [[u8; 4]] {
        let start = (y - self.frame.y0) as usize * self.frame.width() as usize;
        &mut self.pixels[start + (x0 - self.frame.x0) as usize..start + (x1 - self.frame.x0) as usize]
    }

    /// Blends an antialiased rectangle `[x0, y0, x1, y1]`, output px, in a premultiplied colour.
    pub fn fill_rect(&mut self, [x0, y0, x1, y1]: [f32; 4], color: [u8; 4]) {
        let hit = PxRect::around([x0, y0, x1, y1]).intersect(&self.clip);
        for y in hit.y0..hit.y1 {
            for (x, to) in (hit.x0..).zip(self.row(y, hit.x0, hit.x1)) {
                cover_pixel(to, color, rect_coverage([x0, y0, x1, y1], x, y));
            }
        }
    }
}

/// Coverage of a pixel by a rectangle, 0 to 255.
fn rect_coverage([x0, y0, x1, y1]: [f32; 4], x: i32, y: i32) -> u8 {
    let share = |at: i32, from: f32, to: f32| ((at as f32 + 1.0).min(to) - (at as f32).max(from)).clamp(0.0, 1.0);
    (share(y, y0, y1) * share(x, x0, x1) * 255.0 + 0.5) as u8
}

/// Multiplies the colour channels by alpha.
pub fn premultiplied([r, g, b, a]: [u8; 4]) -> [u8; 4] {
    [mul255(r, a), mul255(g, a), mul255(b, a), a]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(raster: &Raster, rows: std::ops::Range<i32>) -> Vec<[u8; 4]> {
        let clip = PxRect { x0: 0, y0: rows.start, x1: 4, y1: rows.end };
        let mut pixels = vec![[255; 4]; 4 * rows.len()];
        raster.draw(&mut Target::new(clip, clip, &mut pixels));
        pixels
    }

    #[test]
    fn drawing_is_clipped_to_the_band() {
        let raster = Raster::new(PxRect::new(-1, -1, 3, 3), vec![[10, 20, 30, 255]; 9]);
        let all = draw(&raster, 0..4);
        assert_eq!(all[0], [10, 20, 30, 255]);
        assert_eq!(all[1], [10, 20, 30, 255]);
        assert_eq!(all[2], [255; 4]);
        assert_eq!(all[8], [255; 4]);
        assert_eq!(draw(&raster, 2..4), vec![[255; 4]; 8]);
    }

    #[test]
    fn half_covered_black_on_white_is_grey() {
        let mask = Mask { rect: PxRect::new(0, 0, 1, 1), coverage: vec![128] };
        let mut pixels = vec![[255; 4]; 4];
        let clip = PxRect::new(0, 0, 4, 1);
        mask.draw(&mut Target::new(clip, clip, &mut pixels), 2, 0, [0, 0, 0, 255]);
        assert_eq!(pixels[2], [127, 127, 127, 255]);
        assert_eq!(pixels[1], [255; 4]);
    }

    #[test]
    fn blending_matches_tiny_skia_within_one_level() {
        use tiny_skia::{Pixmap, PremultipliedColorU8};
        let colors = (0..=255u8).flat_map(|a| [0, a / 3, a].map(|c| [c, a - c, c / 2, a]));
        let source: Vec<[u8; 4]> = colors.collect();
        let width = source.len() as u32;
        let mut ours: Vec<[u8; 4]> = (0..width).map(|i| [(i * 7) as u8, (i * 3) as u8, (i % 251) as u8, 255]).collect();
        let rect = PxRect::new(0, 0, width, 1);
        let to_pixmap = |pixels: &[[u8; 4]]| {
            let mut pixmap = Pixmap::new(width, 1).expect("size");
            for (to, &[r, g, b, a]) in pixmap.pixels_mut().iter_mut().zip(pixels) {
                *to = PremultipliedColorU8::from_rgba(r, g, b, a).expect("premultiplied");
            }
            pixmap
        };
        let mut theirs = to_pixmap(&ours);
        let paint = PixmapPaint { opacity: 1.0, blend_mode: BlendMode::SourceOver, quality: FilterQuality::Nearest };
        theirs.draw_pixmap(0, 0, to_pixmap(&source).as_ref(), &paint, Transform::identity(), None);
        Raster::new(rect, source).draw(&mut Target::new(rect, rect, &mut ours));
        let differ = ours.as_flattened().iter().zip(theirs.data()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(differ <= Some(1), "differs by {differ:?} levels");
    }
}
