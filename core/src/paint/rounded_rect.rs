//! Rounded rectangles: outline and coverage.

use tiny_skia::{FillRule, Path, PathBuilder, Transform};

use crate::style::Radius;

/// Distance of a quarter circle's control points from its ends, as a share of the radius.
const KAPPA: f32 = 0.552_284_8;

/// Corner radii in px, (horizontal, vertical): top left, top right, bottom right, bottom left.
pub type Corners = [(f32, f32); 4];

/// Corner radii in output px. If the two radii along a side exceed its length, all radii are reduced by the same factor
/// (CSS Backgrounds 3, section 5.5).
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

/// Whether any corner is rounded.
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
    // Distance of the control points from the corner.
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

/// Coverage of a rounded rectangle of `width` x `height` px, row by row.
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

/// Coverage of the area inside a border of `line` px along the rounded edge, row by row.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Corners that are not rounded.
    const SHARP: Corners = [(0.0, 0.0); 4];

    #[test]
    fn a_circle_does_not_cover_the_corners() {
        let mask = coverage(40, 40, &radii(Radius::Half, 1.0, 40.0, 40.0));
        assert_eq!((mask[0], mask[39], mask[20 * 40 + 20]), (0, 0, 255));
        assert_eq!(coverage(4, 4, &SHARP), vec![255; 16]);
    }

    #[test]
    fn each_corner_has_its_own_radius_and_oversized_radii_shrink_together() {
        let corners = radii(Radius::Corners([10.0, 0.0, 20.0, 0.0]), 2.0, 100.0, 100.0);
        assert_eq!(corners, [(20.0, 20.0), (0.0, 0.0), (40.0, 40.0), (0.0, 0.0)]);
        let mask = coverage(100, 100, &corners);
        assert_eq!((mask[0], mask[99], mask[9999], mask[9900]), (0, 255, 0, 255));
        assert_eq!(radii(Radius::Corners([30.0, 90.0, 0.0, 0.0]), 1.0, 60.0, 200.0)[..2], [(15.0, 15.0), (45.0, 45.0)]);
        assert_eq!(radii(Radius::Px(999.0), 1.0, 60.0, 40.0), [(20.0, 20.0); 4], "a pill");
    }
}
