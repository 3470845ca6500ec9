//! Masks: coverage that is blended into bands in a colour.

use crate::paint::{
    geometry::PxRect,
    pixel::cover_pixel,
    target::{Target, rect_coverage},
};

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
        let hit = self.rect.intersect(&target.clip());
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
        let hit = rect.intersect(&target.clip());
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
