//! Where everything stands in the picture, shared by the one who draws and the one who reads.
//!
//! Lengths are in units of the code's radius, the origin is its centre, y grows downwards. Bits stand in *cells*: each
//! ray is cut into [`CELLS`] of them, and a run of set cells is drawn as one rounded dash.

use std::f32::consts::TAU;

/// Radius of the code as a part of the picture's width; what is left is the quiet zone.
pub(super) const RADIUS: f32 = 0.47;
/// Where the rays begin, in radii.
pub(super) const INNER: f32 = 0.5;
/// Cells of a ray.
pub(super) const CELLS: usize = 8;
/// Length of a cell, in radii.
pub(super) const PITCH: f32 = (1.0 - INNER) / CELLS as f32;
/// Radius of the centre's disc, in radii.
pub(super) const DISC: f32 = 0.425;

/// Distance of the large locators' centres from the origin along both axes, in radii.
pub(super) const LOCATOR_AT: f32 = 0.566;
/// Thickness of a locator's ring, in radii. A straight cut through the centre meets ring, gap, dot, gap and ring at
/// 1:1:3:1:1 of it.
pub(super) const LOCATOR_UNIT: f32 = 0.05;
/// Outer radius of a locator, in radii.
pub(super) const LOCATOR: f32 = 3.5 * LOCATOR_UNIT;
/// Distance of the small locator's centre from the origin along both axes, in radii.
pub(super) const SMALL_AT: f32 = 0.602;
/// Outer radius of the small locator, in radii.
pub(super) const SMALL: f32 = 0.088;

/// The large locators' centres: top left, top right, bottom left.
pub(super) const LOCATORS: [[f32; 2]; 3] =
    [[-LOCATOR_AT, -LOCATOR_AT], [LOCATOR_AT, -LOCATOR_AT], [-LOCATOR_AT, LOCATOR_AT]];

/// How many rays a code has: WeChat's three counts, by the length of the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rays {
    /// 36.
    Few,
    /// 54.
    Some,
    /// 72.
    Many,
}

impl Rays {
    /// From few to many.
    pub(super) const ALL: [Self; 3] = [Self::Few, Self::Some, Self::Many];

    /// The number.
    pub(super) fn count(self) -> usize {
        match self {
            Self::Few => 36,
            Self::Some => 54,
            Self::Many => 72,
        }
    }

    /// Thickness of a dash in radii: about half the room that a ray has where it begins.
    pub(super) fn thickness(self) -> f32 {
        match self {
            Self::Few => 0.046,
            Self::Some => 0.034,
            Self::Many => 0.026,
        }
    }

    /// Direction of a ray, in radians. No ray points straight up: one half step lies between, so that the picture is
    /// its own mirror image, as a person expects of something round.
    pub(super) fn angle(self, ray: usize) -> f32 {
        (ray as f32 + 0.5) * TAU / self.count() as f32
    }

    /// The cells that carry bits, in the order of the bits: ring by ring from the outside, so that the inner rings,
    /// which suffer most when a code is shrunk, spoil few bytes and not a bit of each.
    pub(super) fn cells(self) -> Vec<Cell> {
        let mut cells = Vec::with_capacity(self.count() * CELLS);
        for ring in (0..CELLS).rev() {
            cells.extend((0..self.count()).map(|ray| Cell { ray, ring }).filter(|cell| !self.is_blocked(*cell)));
        }
        cells
    }

    /// The middle of a cell.
    pub(super) fn middle(self, cell: Cell) -> [f32; 2] {
        self.point(cell.ray, INNER + (cell.ring as f32 + 0.5) * PITCH)
    }

    /// The point of a ray at a distance from the centre.
    pub(super) fn point(self, ray: usize, distance: f32) -> [f32; 2] {
        let (sin, cos) = self.angle(ray).sin_cos();
        [cos * distance, sin * distance]
    }

    /// Whether a locator, or the clear ring around it, covers a cell.
    fn is_blocked(self, cell: Cell) -> bool {
        let clear = |centre: [f32; 2], radius: f32| {
            [0.15, 0.5, 0.85].iter().all(|part| {
                let [x, y] = self.point(cell.ray, INNER + (cell.ring as f32 + part) * PITCH);
                (x - centre[0]).hypot(y - centre[1]) > radius + LOCATOR_UNIT + self.thickness() / 2.0
            })
        };
        !(LOCATORS.iter().all(|centre| clear(*centre, LOCATOR)) && clear([SMALL_AT, SMALL_AT], SMALL))
    }
}

/// One cell of one ray.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Cell {
    /// From 0, clockwise from the right.
    pub(super) ray: usize,
    /// From 0, from the inside.
    pub(super) ring: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_keep_clear_of_the_locators_and_of_each_other() {
        for rays in Rays::ALL {
            let cells = rays.cells();
            for cell in &cells {
                let [x, y] = rays.middle(*cell);
                for [cx, cy] in LOCATORS {
                    assert!((x - cx).hypot(y - cy) > LOCATOR + LOCATOR_UNIT, "{rays:?} {cell:?} touches a locator");
                }
            }
            let between = TAU * INNER / rays.count() as f32;
            assert!(rays.thickness() < 0.6 * between, "{rays:?}: dashes of neighbours run together");
        }
    }
}
