//! Rounded rectangles: their outline, their coverage, their blurred shadow.

use imageproc::{filter::gaussian_blur_f32, image::GrayImage};
use tiny_skia::{FillRule, Path, PathBuilder, Transform};

use super::{geometry::PxRect, raster::Mask};
use crate::template::style::Radius;

/// Control points of a quarter circle lie at this share of the radius.
const KAPPA: f32 = 0.552_284_8;

/// Radii of the corners in px, horizontal and vertical: top left, top right, bottom right, bottom left.
pub type Corners = [(f32, f32); 4];

/// No corner is rounded.
pub const SHARP: Corners = [(0.0, 0.0); 4];

/// Corner radii in output px; where two on one side are longer than it, all become smaller by the same factor (CSS
/// Backgrounds 3, section 5.5).
pub fn radii(radius: Radius, scale: f32, width: f32, height: f32) -> Corners {
    let px = match radius {
        Radius::Half => return [(width / 2.0, height / 2.0); 4],
        Radius::Px(px) => [px; 4],
        Radius::Corners(all) => all,
    };
    let [tl, tr, br, bl] = px.map(|px| (px * scale).max(0.0));
    let sides = [(tl + tr, width), (bl + br, width), (tl + bl, height), (tr + br, height)];
    let room = sides.into_iter().filter(|(sum, _)| *sum > 0.0).map(|(sum, side)| side.max(0.0) / sum);
    let factor = room.fold(1.0_f32, f32::min);
    [tl, tr, br, bl].map(|r| (r * factor, r * factor))
}

/// Whether a corner is rounded.
pub fn is_rounded(corners: &Corners) -> bool {
    corners.iter().any(|(rx, ry)| *rx > 0.0 && *ry > 0.0)
}

/// The outline of a rounded rectangle.
pub fn outline([x, y, width, height]: [f32; 4], corners: &Corners) -> Option<Path> {
    let (right, bottom) = (x + width, y + height);
    let mut path = PathBuilder::new();
    if !is_rounded(corners) {
        path.push_rect(tiny_skia::Rect::from_ltrb(x, y, right, bottom)?);
        return path.finish();
    }
    let [tl, tr, br, bl] = *corners;
    // How far the control points are from the corner.
    let k = |(rx, ry): (f32, f32)| (rx * (1.0 - KAPPA), ry * (1.0 - KAPPA));
    path.move_to(x + tl.0, y);
    path.line_to(right - tr.0, y);
    path.cubic_to(right - k(tr).0, y, right, y + k(tr).1, right, y + tr.1);
    path.line_to(right, bottom - br.1);
    path.cubic_to(right, bottom - k(br).1, right - k(br).0, bottom, right - br.0, bottom);
    path.line_to(x + bl.0, bottom);
    path.cubic_to(x + k(bl).0, bottom, x, bottom - k(bl).1, x, bottom - bl.1);
    path.line_to(x, y + tl.1);
    path.cubic_to(x, y + k(tl).1, x + k(tl).0, y, x + tl.0, y);
    path.close();
    path.finish()
}

/// Coverage of a rounded rectangle that fills `width` x `height` px.
pub fn coverage(width: u32, height: u32, radii: &Corners) -> Vec<u8> {
    let full = || vec![255; width as usize * height as usize];
    if !is_rounded(radii) {
        return full();
    }
    let Some(mut mask) = tiny_skia::Mask::new(width, height) else { return full() };
    if let Some(path) = outline([0.0, 0.0, width as f32, height as f32], radii) {
        mask.fill_path(&path, FillRule::Winding, true, Transform::identity());
    }
    mask.take()
}

/// Coverage of what a line of `line` px inside of the rounded edge leaves free.
pub fn inner_coverage(width: u32, height: u32, line: f32, radii: &Corners) -> Vec<u8> {
    let none = || vec![0; width as usize * height as usize];
    let inner = [line, line, width as f32 - 2.0 * line, height as f32 - 2.0 * line];
    let Some(mut mask) = tiny_skia::Mask::new(width, height).filter(|_| inner[2] > 0.0 && inner[3] > 0.0) else {
        return none();
    };
    if let Some(path) = outline(inner, &radii.map(|(rx, ry)| ((rx - line).max(0.0), (ry - line).max(0.0)))) {
        mask.fill_path(&path, FillRule::Winding, true, Transform::identity());
    }
    mask.take()
}

/// px by which a blur of this sigma is visible beyond its edge: beyond 3 sigma lies 0.1 %.
pub fn blur_reach(sigma: f32) -> u32 {
    (sigma * 3.0).ceil().max(0.0) as u32
}

/// The blurred coverage of a rounded box. Only its corners are blurred: the edges between them repeat one row and one
/// column (a nine-patch), which costs a hundredth of blurring the whole.
pub fn shadow(rect: PxRect, radii: &Corners, sigma: f32) -> Mask {
    let reach = blur_reach(sigma);
    let (width, height) = (rect.width(), rect.height());
    let patch = |side: u32, radius: f32| side.min(2 * (radius.ceil() as u32 + reach) + 1);
    let most = |side: fn(&(f32, f32)) -> f32| radii.iter().map(side).fold(0.0, f32::max);
    let (inner_w, inner_h) = (patch(width, most(|r| r.0)), patch(height, most(|r| r.1)));
    let (tile_w, tile_h) = (inner_w + 2 * reach, inner_h + 2 * reach);
    let mut tile = GrayImage::new(tile_w, tile_h);
    let inner = coverage(inner_w, inner_h, radii);
    for (y, row) in inner.chunks_exact(inner_w as usize).enumerate() {
        let start = (y + reach as usize) * tile_w as usize + reach as usize;
        tile.as_mut()[start..start + row.len()].copy_from_slice(row);
    }
    if sigma > 0.0 {
        tile = gaussian_blur_f32(&tile, sigma);
    }
    let rect = rect.grow(reach as i32);
    let source = |at: u32, full: u32, tile: u32| {
        let (before, after) = (tile / 2, tile - tile / 2 - 1);
        if at < before {
            at
        } else if at >= full - after {
            tile - (full - at)
        } else {
            before
        }
    };
    let (full_w, full_h) = (rect.width(), rect.height());
    let mut out = Vec::with_capacity(full_w as usize * full_h as usize);
    for y in 0..full_h {
        let start = (source(y, full_h, tile_h) * tile_w) as usize;
        let row = &tile.as_raw()[start..start + tile_w as usize];
        let (before, after) = (tile_w as usize / 2, tile_w as usize - tile_w as usize / 2 - 1);
        out.extend_from_slice(&row[..before]);
        out.resize(out.len() + full_w as usize - before - after, row[before]);
        out.extend_from_slice(&row[tile_w as usize - after..]);
    }
    Mask { rect, coverage: out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretched_shadow_equals_a_whole_blur() {
        let rect = PxRect::new(0, 0, 200, 120);
        let corners = [(12.0, 12.0), (0.0, 0.0), (20.0, 20.0), (4.0, 4.0)];
        let mask = shadow(rect, &corners, 6.0);
        let reach = blur_reach(6.0);
        let mut whole = GrayImage::new(200 + 2 * reach, 120 + 2 * reach);
        for (y, row) in coverage(200, 120, &corners).chunks_exact(200).enumerate() {
            for (x, &value) in row.iter().enumerate() {
                whole.put_pixel(x as u32 + reach, y as u32 + reach, imageproc::image::Luma([value]));
            }
        }
        let whole = gaussian_blur_f32(&whole, 6.0);
        assert_eq!((mask.rect.width(), mask.rect.height()), whole.dimensions());
        let worst = mask.coverage.iter().zip(whole.as_raw()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(worst <= Some(1), "differs by {worst:?}");
    }

    #[test]
    fn a_circle_leaves_its_corners_open() {
        let mask = coverage(40, 40, &radii(Radius::Half, 1.0, 40.0, 40.0));
        assert_eq!((mask[0], mask[39], mask[20 * 40 + 20]), (0, 0, 255));
        assert_eq!(coverage(4, 4, &SHARP), vec![255; 16]);
    }

    #[test]
    fn each_corner_has_its_own_radius_and_too_large_ones_shrink_together() {
        let corners = radii(Radius::Corners([10.0, 0.0, 20.0, 0.0]), 2.0, 100.0, 100.0);
        assert_eq!(corners, [(20.0, 20.0), (0.0, 0.0), (40.0, 40.0), (0.0, 0.0)]);
        let mask = coverage(100, 100, &corners);
        assert_eq!((mask[0], mask[99], mask[9999], mask[9900]), (0, 255, 0, 255));
        assert_eq!(radii(Radius::Corners([30.0, 90.0, 0.0, 0.0]), 1.0, 60.0, 200.0)[..2], [(15.0, 15.0), (45.0, 45.0)]);
        assert_eq!(radii(Radius::Px(999.0), 1.0, 60.0, 40.0), [(20.0, 20.0); 4], "a pill");
    }
}
