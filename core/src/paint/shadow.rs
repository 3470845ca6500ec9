//! Blurred shadows of rounded rectangles.

use tiny_skia::{FillRule, Transform};

use crate::paint::{
    blur,
    geometry::PxRect,
    raster::{Mask, mul255},
    rounded_rect::{Corners, coverage, outline},
};

/// A tile is downscaled by the factor `sigma / DOWNSCALE_SIGMA`, rounded down to an integer of at least 1, then blurred.
const DOWNSCALE_SIGMA: f32 = 8.0;

/// The blurred coverage of a rounded box within `clip`. Only the corners are blurred; the edges between them repeat one
/// row and one column (a nine-patch), at a hundredth of the cost of blurring the whole box. A strong blur has no detail,
/// so it is made at a reduced size: the cost does not grow with `sigma`.
pub fn blurred(rect: PxRect, radii: &Corners, sigma: f32, clip: PxRect) -> Mask {
    let tile = Tile::of(rect, radii, sigma);
    let all = rect.grow(tile.reach);
    let seen = all.intersect(&clip);
    if seen.is_empty() {
        return Mask::default();
    }
    let source = |at: i32, full: u32, tile: u32| {
        let (at, before, after) = (at.max(0).unsigned_abs(), tile / 2, tile - tile / 2 - 1);
        if at < before {
            at
        } else if at >= full - after {
            tile - (full - at)
        } else {
            before
        }
    };
    let columns: Vec<_> = (seen.x0..seen.x1)
        .map(|x| tile.place(source(x - all.x0, all.width(), tile.width), tile.mask.rect.width()))
        .collect();
    let mut coverage = Vec::with_capacity(columns.len() * seen.height() as usize);
    let mut last = None;
    for y in seen.y0..seen.y1 {
        let row = source(y - all.y0, all.height(), tile.height);
        if last == Some(row) {
            coverage.extend_from_within(coverage.len() - columns.len()..);
        } else {
            tile.row(tile.place(row, tile.mask.rect.height()), &columns, &mut coverage);
            last = Some(row);
        }
    }
    Mask { rect: seen, coverage }
}

/// Removes a rounded rectangle from a mask: a shadow is drawn only outside its box (CSS Backgrounds 3, section 7.1).
pub fn cut(mask: &mut Mask, rect: PxRect, radii: &Corners) {
    let (own, hit) = (mask.rect, rect.intersect(&mask.rect));
    if hit.is_empty() {
        return;
    }
    let hole = coverage(rect.width(), rect.height(), radii);
    for y in hit.y0..hit.y1 {
        let start = |of: PxRect| (y - of.y0) as usize * of.width() as usize + (hit.x0 - of.x0) as usize;
        let (to, from, width) = (start(own), start(rect), hit.width() as usize);
        for (to, hole) in mask.coverage[to..to + width].iter_mut().zip(&hole[from..from + width]) {
            *to = mul255(*to, 255 - hole);
        }
    }
}

/// The blurred corners of a box, with one row and one column between them.
struct Tile {
    /// Distance in px that the blur spreads beyond the box.
    reach: i32,
    /// Width in output px.
    width: u32,
    /// Height in output px.
    height: u32,
    /// Output px per value of the mask, in each direction.
    downscale: u32,
    mask: Mask,
}

impl Tile {
    fn of(rect: PxRect, radii: &Corners, sigma: f32) -> Self {
        let reach = blur::reach(sigma);
        // `as` saturates; sigmas have a limit.
        let downscale = ((sigma / DOWNSCALE_SIGMA) as u32).max(1);
        // Enlarging the tile interpolates between neighbours, so the strip between two corners must be wider.
        let beyond = reach.unsigned_abs() + if downscale > 1 { downscale } else { 0 };
        let patch = |side: u32, radius: f32| side.min(2 * (radius.ceil() as u32 + beyond) + 1);
        let max_radius = |axis: fn(&(f32, f32)) -> f32| radii.iter().map(axis).fold(0.0, f32::max);
        let inner = [patch(rect.width(), max_radius(|r| r.0)), patch(rect.height(), max_radius(|r| r.1))];
        let [width, height] = inner.map(|side| side + 2 * reach.unsigned_abs());
        let small = |length: f32| length / downscale as f32;
        let size = PxRect::new(0, 0, width.div_ceil(downscale), height.div_ceil(downscale));
        let mut mask = Mask::empty(size);
        let [x, y, w, h] = [reach as f32, reach as f32, inner[0] as f32, inner[1] as f32].map(small);
        let path = outline([x, y, w, h], &radii.map(|(rx, ry)| (small(rx), small(ry))));
        if let Some((path, mut drawn)) = path.zip(tiny_skia::Mask::new(size.width(), size.height())) {
            drawn.fill_path(&path, FillRule::Winding, true, Transform::identity());
            mask.coverage = drawn.take();
        }
        blur::blur(&mut mask, small(sigma));
        Self { reach, width, height, downscale, mask }
    }

    /// Indices of the two of `count` values around an output px, and its distance from the first in units of
    /// 1 / `(2 * downscale)`.
    fn place(&self, at: u32, count: u32) -> (usize, usize, u32) {
        let from_first = (2 * at + 1).saturating_sub(self.downscale);
        let (first, rest) = (from_first / (2 * self.downscale), from_first % (2 * self.downscale));
        (first.min(count - 1) as usize, (first + 1).min(count - 1) as usize, rest)
    }

    /// Appends a row of output px.
    fn row(&self, (top, bottom, down): (usize, usize, u32), columns: &[(usize, usize, u32)], to: &mut Vec<u8>) {
        let width = self.mask.rect.width() as usize;
        let row = |y: usize| &self.mask.coverage[y * width..(y + 1) * width];
        let (top, bottom, step) = (row(top), row(bottom), 2 * self.downscale);
        if self.downscale == 1 {
            to.extend(columns.iter().map(|(x, ..)| top[*x]));
            return;
        }
        let mixed: Vec<u32> = top
            .iter()
            .zip(bottom)
            .map(|(top, bottom)| u32::from(*top) * (step - down) + u32::from(*bottom) * down)
            .collect();
        let mix = |(left, right, across): &(usize, usize, u32)| {
            let sum = mixed[*left] * (step - across) + mixed[*right] * across;
            ((sum + step * step / 2) / (step * step)) as u8
        };
        to.extend(columns.iter().map(mix));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{paint::rounded_rect::radii, style::Radius};

    /// Corners that are not rounded.
    const SHARP: Corners = [(0.0, 0.0); 4];

    /// Reference: blurs the whole box at full size.
    fn reference(rect: PxRect, corners: &Corners, sigma: f32) -> Mask {
        let mut mask = Mask::empty(rect.grow(blur::reach(sigma)));
        let inner = coverage(rect.width(), rect.height(), corners);
        mask.add(rect, |at| inner[at]);
        blur::blur(&mut mask, sigma);
        mask
    }

    const ANYWHERE: PxRect = PxRect { x0: -9999, y0: -9999, x1: 9999, y1: 9999 };

    fn max_difference(a: &Mask, b: &Mask) -> u8 {
        assert_eq!(a.rect, b.rect);
        a.coverage.iter().zip(&b.coverage).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
    }

    #[test]
    fn a_tiled_shadow_matches_a_full_blur() {
        let corners = [(12.0, 12.0), (0.0, 0.0), (20.0, 20.0), (4.0, 4.0)];
        for (sigma, max) in [(0.0, 0), (0.7, 1), (6.0, 1), (15.9, 1), (16.0, 5), (40.0, 5), (90.0, 5)] {
            for (width, height) in [(200, 120), (301, 77), (40, 40), (640, 1)] {
                let rect = PxRect::new(5, -7, width, height);
                let corners = if height > 60 { corners } else { SHARP };
                let (tiled, reference) = (blurred(rect, &corners, sigma, ANYWHERE), reference(rect, &corners, sigma));
                let difference = max_difference(&tiled, &reference);
                assert!(difference <= max, "sigma {sigma}, {width}x{height}: differs by {difference}");
            }
        }
    }

    #[test]
    fn the_cost_of_a_shadow_does_not_grow_with_its_blur() {
        let rect = PxRect::new(0, 0, 3000, 3000);
        for sigma in [8.0, 15.9, 16.0, 50.0, 100.0, 300.0, 1000.0] {
            let tile = Tile::of(rect, &SHARP, sigma);
            let values = tile.mask.coverage.len();
            assert!(values <= 220 * 220, "sigma {sigma}: {values} values are blurred");
        }
        let canvas = PxRect::new(0, 0, 60, 40);
        let mask = blurred(rect, &SHARP, 300.0, canvas);
        assert_eq!((mask.rect, mask.coverage.len()), (canvas, 60 * 40), "only the visible part is computed");
        let all = blurred(PxRect::new(10, 4, 90, 50), &SHARP, 5.0, ANYWHERE);
        let part = blurred(PxRect::new(10, 4, 90, 50), &SHARP, 5.0, canvas);
        for (at, value) in part.coverage.iter().enumerate() {
            let (x, y) = (part.rect.x0 + at as i32 % 60, part.rect.y0 + at as i32 / 60);
            let place = (y - all.rect.y0) * all.rect.width() as i32 + x - all.rect.x0;
            assert_eq!(*value, all.coverage[place as usize], "at {x}, {y}");
        }
    }

    #[test]
    fn a_shadow_is_removed_within_its_box() {
        let (rect, corners) = (PxRect::new(20, 10, 50, 40), radii(Radius::Px(12.0), 1.0, 50.0, 40.0));
        let mut mask = blurred(rect.shift(3, 5), &corners, 6.0, ANYWHERE);
        let full = mask.clone();
        cut(&mut mask, rect, &corners);
        let hole = coverage(50, 40, &corners);
        for (at, (value, full)) in mask.coverage.iter().zip(&full.coverage).enumerate() {
            let width = mask.rect.width() as usize;
            let (x, y) = (mask.rect.x0 + (at % width) as i32 - rect.x0, mask.rect.y0 + (at / width) as i32 - rect.y0);
            let inside = (0..50).contains(&x) && (0..40).contains(&y);
            match if inside { hole[(y * 50 + x) as usize] } else { 0 } {
                0 => assert_eq!(value, full, "outside, at {x}, {y}"),
                255 => assert_eq!(*value, 0, "inside, at {x}, {y}"),
                _ => assert!(value <= full, "at the edge, at {x}, {y}"),
            }
        }
    }
}
