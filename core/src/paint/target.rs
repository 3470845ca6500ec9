//! The rows of a band, and shapes of one colour that are blended into them.

use tiny_skia::{BlendMode, FilterQuality, PixmapMut, PixmapPaint, PixmapRef, Transform};

use crate::paint::{
    blend,
    geometry::PxRect,
    pixel::{blend_row, cover_pixel},
};

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

/// Coverage of a pixel by a rectangle, 0 to 255.
pub fn rect_coverage([x0, y0, x1, y1]: [f32; 4], x: i32, y: i32) -> u8 {
    let share = |at: i32, from: f32, to: f32| ((at as f32 + 1.0).min(to) - (at as f32).max(from)).clamp(0.0, 1.0);
    (share(y, y0, y1) * share(x, x0, x1) * 255.0 + 0.5) as u8
}
