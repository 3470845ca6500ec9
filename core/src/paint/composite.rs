//! Compositing of a group: the pixels of several items, blended as one onto what is beneath.

use std::fmt::Debug;

use tiny_skia::BlendMode;

use crate::{
    error::Result,
    paint::{
        geometry::PxRect,
        pixel::cover_pixel,
        raster::{Mask, Raster, Target, blend_row, mul255},
    },
};

/// How the pixels of a group are blended.
#[derive(Debug)]
pub struct Composite {
    /// Where the group may draw, output px.
    pub bounds: PxRect,
    /// Coverage by clip paths and masks; nothing is drawn outside of it. `None`: all of `bounds` is covered.
    pub coverage: Option<Mask>,
    /// Opacity, 0 to 1.
    pub opacity: f32,
    /// How the group is blended with what is below it.
    pub blend: BlendMode,
    /// Effect on the pixels before they are covered and blended.
    pub filter: Option<Box<dyn Filter>>,
}

/// An effect that needs the pixels around each pixel.
pub trait Filter: Debug + Send + Sync {
    /// The part of the canvas, and beyond it, whose pixels it needs, output px.
    fn source(&self) -> PxRect;

    /// Filters the premultiplied pixels of [`Filter::source`].
    ///
    /// # Errors
    /// `internal` when the filter cannot be applied.
    fn apply(&self, pixels: Vec<[u8; 4]>) -> Result<Raster>;
}

impl Composite {
    /// A group that is isolated from what is beneath, without effects.
    pub fn isolated(bounds: PxRect) -> Self {
        Self { bounds, coverage: None, opacity: 1.0, blend: BlendMode::SourceOver, filter: None }
    }

    /// Memory size in bytes.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.coverage.as_ref().map_or(0, Mask::bytes)
    }

    /// Blends the pixels of `rect`, which must lie within `bounds` and the target's clip. Changes the pixels.
    pub fn draw(&self, target: &mut Target<'_>, rect: PxRect, pixels: &mut [[u8; 4]]) {
        let width = rect.width() as usize;
        if width == 0 {
            return;
        }
        if self.blend != BlendMode::SourceOver {
            for (y, row) in (rect.y0..).zip(pixels.chunks_exact_mut(width)) {
                self.cover(y, rect, row);
            }
            return target.blend(rect, pixels, self.blend, self.opacity);
        }
        let opacity = (self.opacity.clamp(0.0, 1.0) * 255.0).round() as u8;
        let seen = self.coverage.as_ref().map_or(rect, |mask| mask.rect.intersect(&rect));
        if seen.is_empty() {
            return;
        }
        for y in seen.y0..seen.y1 {
            let start = (y - rect.y0) as usize * width;
            let row = &pixels[start + (seen.x0 - rect.x0) as usize..start + (seen.x1 - rect.x0) as usize];
            let line = target.row(y, seen.x0, seen.x1);
            match self.coverage.as_ref().map(|mask| mask.row(y, seen.x0, seen.x1)) {
                Some(cover) if !is_full(cover) => {
                    for ((to, from), cover) in line.iter_mut().zip(row).zip(cover) {
                        cover_pixel(to, *from, mul255(*cover, opacity));
                    }
                }
                _ if opacity == 255 => blend_row(line, row),
                _ => line.iter_mut().zip(row).for_each(|(to, from)| cover_pixel(to, *from, opacity)),
            }
        }
    }

    /// Multiplies a row of pixels by the coverage.
    fn cover(&self, y: i32, rect: PxRect, row: &mut [[u8; 4]]) {
        let Some(mask) = &self.coverage else { return };
        let seen = mask.rect.intersect(&PxRect { y0: y, y1: y + 1, ..rect });
        if seen.is_empty() {
            return row.fill([0; 4]);
        }
        let (from, to) = ((seen.x0 - rect.x0) as usize, (seen.x1 - rect.x0) as usize);
        row[..from].fill([0; 4]);
        row[to..].fill([0; 4]);
        for (pixel, cover) in row[from..to].iter_mut().zip(mask.row(y, seen.x0, seen.x1)) {
            *pixel = pixel.map(|channel| mul255(channel, *cover));
        }
    }
}

/// A mask without the rows and columns around it that are not covered.
#[must_use]
pub fn trimmed(mask: Mask) -> Mask {
    let (rect, width) = (mask.rect, mask.rect.width() as usize);
    let rows = || mask.coverage.chunks_exact(width.max(1));
    let covered = |row: &[u8]| row.iter().any(|cover| *cover > 0);
    let Some(top) = rows().position(covered) else { return Mask::default() };
    let bottom = rows().rposition(covered).map_or(top, |last| last + 1);
    let (mut left, mut right) = (width, 0);
    for row in rows().take(bottom).skip(top) {
        left = row[..left].iter().position(|cover| *cover > 0).unwrap_or(left);
        right = row.iter().rposition(|cover| *cover > 0).map_or(right, |at| right.max(at + 1));
    }
    let (x, y) = (rect.x0 + left as i32, rect.y0 + top as i32);
    let kept = PxRect::new(x, y, (right - left) as u32, (bottom - top) as u32);
    let coverage = rows().take(bottom).skip(top).flat_map(|row| &row[left..right]).copied().collect();
    Mask { rect: kept, coverage }
}

fn is_full(cover: &[u8]) -> bool {
    cover.iter().fold(255, |all, cover| all & cover) == 255
}
