//! Finds the three large locators of a code in a picture.

use crate::sample::{
    geometry::{LOCATOR_AT, LOCATOR_UNIT},
    plane::Plane,
};

/// Minimum and maximum unit of a locator that one level of the search detects, in px. Each level halves the picture.
const UNITS: (f32, f32) = (2.4, 9.0);
/// Maximum length of a run that is followed, in px: longer than those of the largest locator of a level.
const MAX_RUN: usize = 36;
/// Half width of the window of the local threshold, in px: a little more than the largest locator of a level.
const REACH: usize = 36;
/// Levels of the search. The last one detects codes of about 1500 px.
const LEVELS: u32 = 4;
/// Maximum number of candidate rings; a busy photo has dozens of false ones.
const MAX_RINGS: usize = 80;
/// Maximum number of rings per level, to bound the time for any picture.
const MAX_RINGS_PER_LEVEL: usize = 1000;

/// Candidate for a locator. Lengths in px of the full-size picture.
#[derive(Debug, Clone, Copy)]
struct Ring {
    x: f32,
    y: f32,
    unit: f32,
    /// Number of rows in which it was detected.
    votes: u32,
}

/// The three locators of one code, in px: top left, top right, bottom left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    corners: [[f32; 2]; 3],
    /// Approximate radius of the code, in px.
    pub(super) radius: f32,
}

impl Frame {
    /// Maps a point of the code (in radii) to the picture (in px).
    pub(super) fn to_pixels(self, [u, v]: [f32; 2]) -> [f32; 2] {
        let [corner, right, below] = self.corners;
        let (s, t) = ((u + LOCATOR_AT) / (2.0 * LOCATOR_AT), (v + LOCATOR_AT) / (2.0 * LOCATOR_AT));
        [0, 1].map(|i| corner[i] + s * (right[i] - corner[i]) + t * (below[i] - corner[i]))
    }

    /// The frame shifted by an offset in px.
    pub(super) fn moved(mut self, dx: f32, dy: f32) -> Self {
        self.corners = self.corners.map(|[x, y]| [x + dx, y + dy]);
        self
    }
}

/// All triples of rings that may belong to one code, those of the most frequently detected rings first.
pub(super) fn frames(plane: &Plane) -> Vec<Frame> {
    let mut rings = Vec::new();
    let mut level = plane.clone();
    for n in 0..LEVELS {
        let scale = (1u32 << n) as f32;
        for ring in find_rings(&level) {
            let centre = |at: f32| (at + 0.5) * scale - 0.5;
            let ring = Ring { x: centre(ring.x), y: centre(ring.y), unit: ring.unit * scale, ..ring };
            // A finer level has already detected this ring, more precisely.
            if !rings.iter().any(|r| is_same(r, &ring)) {
                rings.push(refined(plane, ring));
            }
        }
        level = level.halved();
    }
    rings.sort_by_key(|ring| std::cmp::Reverse(ring.votes));
    rings.truncate(MAX_RINGS);
    let mut frames = Vec::new();
    for corner in &rings {
        for right in &rings {
            frames.extend(rings.iter().filter_map(|below| frame(corner, right, below)));
        }
    }
    frames
}

fn is_same(a: &Ring, b: &Ring) -> bool {
    (a.x - b.x).hypot(a.y - b.y) < 2.0 * a.unit.max(b.unit)
}

/// A frame if the three rings have the same size, form a right angle, and are as far apart as that size requires.
fn frame(corner: &Ring, right: &Ring, below: &Ring) -> Option<Frame> {
    let unit = (corner.unit + right.unit + below.unit) / 3.0;
    let (ax, ay) = (right.x - corner.x, right.y - corner.y);
    let (bx, by) = (below.x - corner.x, below.y - corner.y);
    let (a, b) = (ax.hypot(ay), bx.hypot(by));
    let expected = 2.0 * LOCATOR_AT / LOCATOR_UNIT * unit;
    let fits = [corner, right, below].iter().all(|ring| (ring.unit / unit - 1.0).abs() < 0.25)
        && (a / b - 1.0).abs() < 0.08
        && (a / expected - 1.0).abs() < 0.25
        && (ax * bx + ay * by).abs() < 0.08 * a * b
        // Clockwise: rejects mirrored codes.
        && ax * by - ay * bx > 0.0;
    fits.then(|| Frame {
        corners: [corner, right, below].map(|ring| [ring.x, ring.y]),
        radius: (a + b) / (4.0 * LOCATOR_AT),
    })
}

/// Finds places where the row and the column through the middle both have runs of 1:1:3:1:1.
fn find_rings(plane: &Plane) -> Vec<Ring> {
    let dark = plane.dark(REACH);
    let mut rings: Vec<Ring> = Vec::new();
    let is_dark = |x: usize, y: usize| dark[y * plane.width + x];
    let mut runs = Vec::new();
    for y in 0..plane.height {
        runs.clear();
        let mut start = 0;
        for x in 1..=plane.width {
            if x == plane.width || is_dark(x, y) != is_dark(start, y) {
                runs.push((start, x - start));
                start = x;
            }
        }
        for five in runs.windows(5).filter(|five| is_dark(five[0].0, y)) {
            let Some(unit) = unit_of([0, 1, 2, 3, 4].map(|i| five[i].1)) else { continue };
            let middle = five[2].0 + five[2].1 / 2;
            let Some((top, across)) = cut(plane.height, y, |y| is_dark(middle, y)) else { continue };
            if (across / unit - 1.0).abs() > 0.35 {
                continue;
            }
            let ring = Ring {
                x: five[2].0 as f32 + (five[2].1 as f32 - 1.0) / 2.0,
                y: top,
                unit: (unit + across) / 2.0,
                votes: 1,
            };
            let is_full = rings.len() >= MAX_RINGS_PER_LEVEL;
            match rings.iter_mut().find(|known| is_same(known, &ring)) {
                Some(known) => {
                    let n = known.votes as f32;
                    let mean = |a: f32, b: f32| (a * n + b) / (n + 1.0);
                    (known.x, known.y) = (mean(known.x, ring.x), mean(known.y, ring.y));
                    (known.unit, known.votes) = (mean(known.unit, ring.unit), known.votes + 1);
                }
                None if is_full => {}
                None => rings.push(ring),
            }
        }
    }
    rings
}

/// Middle and unit of the five runs around a dark pixel in a line of pixels.
fn cut(len: usize, at: usize, is_dark: impl Fn(usize) -> bool) -> Option<(f32, f32)> {
    let mut runs = [0; 5];
    let (mut first, mut last) = (at, at);
    for run in [2, 1, 0] {
        while first > 0 && runs[run] < MAX_RUN && is_dark(first - 1) == (run != 1) {
            first -= 1;
            runs[run] += 1;
        }
    }
    for run in [2, 3, 4] {
        while last + 1 < len && runs[run] < MAX_RUN && is_dark(last + 1) == (run != 3) {
            last += 1;
            runs[run] += 1;
        }
    }
    runs[2] += 1;
    let start = first + runs[0] + runs[1];
    Some((start as f32 + (runs[2] as f32 - 1.0) / 2.0, unit_of(runs)?))
}

/// The unit in px, if five runs measure 1:1:3:1:1.
fn unit_of(runs: [usize; 5]) -> Option<f32> {
    let unit = runs.iter().sum::<usize>() as f32 / 7.0;
    let slack = (unit * 0.5).max(1.1);
    let fits = |i: usize, units: f32| (runs[i] as f32 - units * unit).abs() <= slack * units.sqrt();
    (UNITS.0..UNITS.1).contains(&unit).then_some(())?;
    [(0, 1.0), (1, 1.0), (2, 3.0), (3, 1.0), (4, 1.0)].iter().all(|(i, units)| fits(*i, *units)).then_some(unit)
}

/// Moves a ring's centre to the centroid of the dot, weighted by darkness, for sub-pixel precision.
fn refined(plane: &Plane, ring: Ring) -> Ring {
    let (mut x, mut y) = (ring.x, ring.y);
    for _ in 0..2 {
        let reach = 2.0 * ring.unit;
        let step = (ring.unit / 4.0).min(1.0);
        let steps = (reach / step).ceil() as i32;
        let points = || {
            (-steps..=steps)
                .flat_map(move |i| (-steps..=steps).map(move |j| (i as f32 * step, j as f32 * step)))
                .filter(move |(dx, dy)| dx.hypot(*dy) <= reach)
        };
        let light = points().map(|(dx, dy)| plane.sample(x + dx, y + dy)).fold(0.0, f32::max);
        let (mut sum, mut sum_x, mut sum_y) = (0.0, 0.0, 0.0);
        for (dx, dy) in points() {
            let weight = light - plane.sample(x + dx, y + dy);
            (sum, sum_x, sum_y) = (sum + weight, sum_x + weight * dx, sum_y + weight * dy);
        }
        if sum > 0.0 {
            (x, y) = (x + sum_x / sum, y + sum_y / sum);
        }
    }
    Ring { x, y, ..ring }
}
