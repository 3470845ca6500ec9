//! Geometry of the emulator's round codes, shared by drawing and decoding.
//!
//! Lengths are in units of the code's radius; the origin is the centre, and y points down. Each ray is divided into
//! `CELLS` *cells* of one bit each. A run of set cells is drawn as one rounded dash.

use std::f32::consts::TAU;

/// Radius of the code as a fraction of the picture's width; the rest is the quiet zone.
pub(super) const RADIUS: f32 = 0.47;
/// Inner end of the rays, in radii.
pub(super) const INNER: f32 = 0.5;
/// Number of cells per ray.
pub(super) const CELLS: usize = 8;
/// Length of a cell, in radii.
pub(super) const PITCH: f32 = (1.0 - INNER) / CELLS as f32;
/// Radius of the central disc, in radii.
pub(super) const DISC: f32 = 0.425;

/// Distance of the large locators' centres from the origin along each axis, in radii.
pub(super) const LOCATOR_AT: f32 = 0.566;
/// Thickness of a locator's ring, in radii. A line through the centre crosses ring, gap, dot, gap and ring with widths
/// of 1:1:3:1:1 units.
pub(super) const LOCATOR_UNIT: f32 = 0.05;
/// Outer radius of a locator, in radii.
pub(super) const LOCATOR: f32 = 3.5 * LOCATOR_UNIT;
/// Distance of the small locator's centre from the origin along each axis, in radii.
pub(super) const SMALL_AT: f32 = 0.602;
/// Outer radius of the small locator, in radii.
pub(super) const SMALL: f32 = 0.088;

/// The large locators' centres: top left, top right, bottom left.
pub(super) const LOCATORS: [[f32; 2]; 3] =
    [[-LOCATOR_AT, -LOCATOR_AT], [LOCATOR_AT, -LOCATOR_AT], [-LOCATOR_AT, LOCATOR_AT]];

/// Number of rays of a code: one of WeChat's three counts, depending on the length of the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rays {
    /// 36 rays.
    Few,
    /// 54 rays.
    Medium,
    /// 72 rays.
    Many,
}

impl Rays {
    /// In ascending order.
    pub(super) const ALL: [Self; 3] = [Self::Few, Self::Medium, Self::Many];

    /// The number of rays.
    pub(super) fn count(self) -> usize {
        match self {
            Self::Few => 36,
            Self::Medium => 54,
            Self::Many => 72,
        }
    }

    /// Thickness of a dash, in radii: about half the distance between rays at their inner ends.
    pub(super) fn thickness(self) -> f32 {
        match self {
            Self::Few => 0.046,
            Self::Medium => 0.034,
            Self::Many => 0.026,
        }
    }

    /// Direction of a ray, in radians. Offset by half a step, so that the layout of the rays is mirror-symmetric.
    pub(super) fn angle(self, ray: usize) -> f32 {
        (ray as f32 + 0.5) * TAU / self.count() as f32
    }

    /// The cells that carry bits, in bit order: ring by ring from the outside. Shrinking a code damages the inner rings
    /// most; in this order the damage is confined to few bytes.
    pub(super) fn cells(self) -> Vec<Cell> {
        let mut cells = Vec::with_capacity(self.count() * CELLS);
        for ring in (0..CELLS).rev() {
            cells.extend((0..self.count()).map(|ray| Cell { ray, ring }).filter(|cell| !self.is_blocked(*cell)));
        }
        cells
    }

    /// Centre of a cell.
    pub(super) fn middle(self, cell: Cell) -> [f32; 2] {
        self.point(cell.ray, INNER + (cell.ring as f32 + 0.5) * PITCH)
    }

    /// Point on a ray at a distance from the centre of the code.
    pub(super) fn point(self, ray: usize, distance: f32) -> [f32; 2] {
        let (sin, cos) = self.angle(ray).sin_cos();
        [cos * distance, sin * distance]
    }

    /// Whether a locator, or the clear margin around it, covers a cell.
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
    /// Index of the ray: 0 is the first one clockwise from the right.
    pub(super) ray: usize,
    /// Index of the ring, from the inside.
    pub(super) ring: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_do_not_overlap_locators_or_neighbours() {
        for rays in Rays::ALL {
            let cells = rays.cells();
            for cell in &cells {
                let [x, y] = rays.middle(*cell);
                for [cx, cy] in LOCATORS {
                    assert!((x - cx).hypot(y - cy) > LOCATOR + LOCATOR_UNIT, "{rays:?} {cell:?} touches a locator");
                }
            }
            let between = TAU * INNER / rays.count() as f32;
            assert!(rays.thickness() < 0.6 * between, "{rays:?}: neighbouring dashes overlap");
        }
    }
}
