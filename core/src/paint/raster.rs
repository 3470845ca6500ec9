//! Pixels and masks that are blended into bands, and the blending itself.
//!
//! Blending is tiny-skia's 8-bit source-over, term by term (`div255` rounds as its low-precision pipeline does). A segment
//! that is drawn separately and blended here therefore equals the pixels that resvg draws for the whole artwork. Where
//! resvg uses the float pipeline (filters, patterns), the two differ by at most one level.

pub use super::{
    mask::Mask,
    pixel::{blend_row, mul255, over, premultiplied, premultiply},
    target::{Target, fill},
};
use crate::paint::{geometry::PxRect, pixel::cover_pixel};

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
        let hit = rect.intersect(&target.clip());
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
        let hit = self.rect.intersect(&target.clip());
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

#[cfg(test)]
mod tests {
    use tiny_skia::{BlendMode, FilterQuality, PixmapPaint, Transform};

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
