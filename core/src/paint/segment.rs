//! Segments of artwork: pixels as they are, or compressed strips of rows. Artwork is mostly flat or smooth, so the
//! differences between rows are mostly zeros, and a large segment takes a fraction of its pixels.

use tiny_skia::Pixmap;

use crate::paint::{
    geometry::PxRect,
    raster::{Raster, Target, blend_row},
};

/// Rows of a compressed strip: those of half a band, and few enough that the pixels stay in the processor's cache.
const ROWS: i32 = 16;

/// Static pixels of the artwork.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Segment {
    /// Bounds of the pixels that are not transparent, output px.
    pub rect: PxRect,
    strips: Vec<Strip>,
}

#[derive(Debug, Clone, PartialEq)]
enum Strip {
    Plain(Raster),
    Packed(Packed),
}

/// How a segment keeps its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// As they are, to be copied.
    Plain,
    /// Compressed, to be decompressed for each band.
    Packed,
}

impl Segment {
    /// Adds the part of a pixmap within `clip` that is not transparent. The pixmap's corner lies at `corner`.
    pub fn add(&mut self, pixmap: &Pixmap, corner: (i32, i32), clip: PxRect, storage: Storage) {
        let (x, y) = corner;
        let cut = |part: PxRect| Raster::from_pixmap(pixmap, part.shift(-x, -y)).map(|raster| raster.shifted(x, y));
        let clip = clip.intersect(&PxRect::new(x, y, pixmap.width(), pixmap.height()));
        if storage == Storage::Plain {
            return self.extend(cut(clip).map(|raster| (raster.rect, Strip::Plain(raster))));
        }
        // Bands have whole strips.
        let first = clip.y0.div_euclid(ROWS) * ROWS;
        for top in (first..clip.y1).step_by(ROWS as usize) {
            let rows = PxRect { y0: top, y1: top + ROWS, ..clip };
            self.extend(cut(rows.intersect(&clip)).map(|raster| (raster.rect, Strip::Packed(Packed::new(&raster)))));
        }
    }

    fn extend(&mut self, strip: Option<(PxRect, Strip)>) {
        if let Some((rect, strip)) = strip {
            self.rect = self.rect.union(&rect);
            self.strips.push(strip);
        }
    }

    /// Whether it has no pixels.
    pub fn is_empty(&self) -> bool {
        self.strips.is_empty()
    }

    /// Memory size in bytes.
    pub fn bytes(&self) -> usize {
        let strips = self.strips.iter().map(|strip| match strip {
            Strip::Plain(raster) => raster.bytes(),
            Strip::Packed(packed) => packed.bytes.len(),
        });
        strips.sum::<usize>() + self.strips.len() * size_of::<Strip>()
    }

    /// Blends the rows within the target.
    pub fn draw(&self, target: &mut Target<'_>) {
        for strip in &self.strips {
            match strip {
                Strip::Plain(raster) => raster.draw(target),
                Strip::Packed(packed) => packed.draw(target),
            }
        }
    }
}

/// Compressed pixels: the first row, and the difference of each other row from the one above.
#[derive(Debug, Clone, PartialEq)]
struct Packed {
    rect: PxRect,
    is_opaque: bool,
    bytes: Box<[u8]>,
}

impl Packed {
    fn new(raster: &Raster) -> Self {
        let pixels = raster.pixels.as_flattened();
        let row = raster.rect.width() as usize * 4;
        let mut rows = pixels.to_vec();
        for (value, above) in rows.iter_mut().skip(row).zip(pixels) {
            *value = value.wrapping_sub(*above);
        }
        let bytes = lz4_flex::block::compress(&rows).into_boxed_slice();
        Self { rect: raster.rect, is_opaque: raster.pixels.iter().all(|pixel| pixel[3] == 255), bytes }
    }

    fn unpack(&self) -> Vec<u8> {
        let row = self.rect.width() as usize * 4;
        let size = row * self.rect.height() as usize;
        // `new` has written it, so that it is complete.
        let mut rows = lz4_flex::block::decompress(&self.bytes, size).unwrap_or_default();
        rows.resize(size, 0);
        for start in (row..size).step_by(row.max(1)) {
            let (above, rest) = rows.split_at_mut(start);
            for (value, above) in rest[..row].iter_mut().zip(&above[start - row..]) {
                *value = value.wrapping_add(*above);
            }
        }
        rows
    }

    fn draw(&self, target: &mut Target<'_>) {
        let hit = self.rect.intersect(&target.clip());
        if hit.is_empty() {
            return;
        }
        let bytes = self.unpack();
        let (pixels, _) = bytes.as_chunks::<4>();
        let width = self.rect.width() as usize;
        for y in hit.y0..hit.y1 {
            let start = (y - self.rect.y0) as usize * width;
            let (from, to) = ((hit.x0 - self.rect.x0) as usize, (hit.x1 - self.rect.x0) as usize);
            let source = &pixels[start + from..start + to];
            let line = target.row(y, hit.x0, hit.x1);
            if self.is_opaque {
                line.copy_from_slice(source);
            } else {
                blend_row(line, source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A gradient with a transparent border, and a part of random translucent pixels.
    fn pixmap() -> Pixmap {
        let mut pixmap = Pixmap::new(70, 90).expect("size");
        let mut seed = 7_u32;
        for (at, pixel) in pixmap.data_mut().as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let (x, y) = (at % 70, at / 70);
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *pixel = match (x, y) {
                (3..66, 5..40) => [x as u8, y as u8, (x + y) as u8, 255],
                (20..50, 40..77) => {
                    let alpha = (seed >> 24) as u8;
                    [alpha / 2, alpha, alpha / 3, alpha]
                }
                _ => [0; 4],
            };
        }
        pixmap
    }

    fn drawn(segment: &Segment, frame: PxRect) -> Vec<[u8; 4]> {
        let mut pixels = vec![[9, 99, 200, 255]; frame.area() as usize];
        segment.draw(&mut Target::new(frame, frame, &mut pixels));
        pixels
    }

    #[test]
    fn compressed_pixels_are_those_that_were_added() {
        let pixmap = pixmap();
        for corner in [(0, 0), (-13, -29)] {
            let (mut plain, mut packed) = (Segment::default(), Segment::default());
            let clip = PxRect { x0: -9, y0: -20, x1: 60, y1: 71 };
            plain.add(&pixmap, corner, clip, Storage::Plain);
            packed.add(&pixmap, corner, clip, Storage::Packed);
            assert_eq!(plain.rect, packed.rect);
            for frame in [PxRect::new(-20, -30, 100, 130), PxRect::new(10, 15, 13, 18), PxRect::new(90, 0, 5, 5)] {
                assert_eq!(drawn(&plain, frame), drawn(&packed, frame), "{frame:?} of {corner:?}");
            }
        }
    }

    #[test]
    fn smooth_pixels_take_a_fraction() {
        let mut pixmap = Pixmap::new(1000, 640).expect("size");
        for (at, pixel) in pixmap.data_mut().as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let (x, y) = (at % 1000, at / 1000);
            *pixel = [(x / 7) as u8, (y / 5) as u8, (x / 9 + y / 4) as u8, 255];
        }
        let mut segment = Segment::default();
        segment.add(&pixmap, (0, 0), PxRect::new(0, 0, 1000, 640), Storage::Packed);
        assert!(segment.bytes() * 8 < pixmap.data().len(), "{} bytes", segment.bytes());
        let mut none = Segment::default();
        none.add(&Pixmap::new(9, 9).expect("size"), (0, 0), PxRect::new(0, 0, 9, 9), Storage::Packed);
        assert!(none.is_empty() && none.rect.is_empty());
    }
}
