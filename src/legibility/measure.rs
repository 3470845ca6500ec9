//! Light and dark of a code's modules, of its background and of the ring around it.

use std::sync::LazyLock;

use super::{Form, Spot};

/// Radius of a round code's disc as a part of its side: scanners do not read it, and merchants put logos there.
const DISC: f32 = 0.24;
/// Width of a round code's quiet zone as a part of its side: no more than the margin that comes with an opaque code.
const ROUND_ZONE: f32 = 0.02;
/// Modules of a QR code's quiet zone (ISO/IEC 18004, 6.3.8), and of the side of its finder pattern (6.3.3).
const SQUARE_ZONE: f32 = 4.0;
const FINDER: f32 = 7.0;
/// The contrast is measured in so many tiles a side: a shadow over one corner must not vanish in the mean.
const TILES: usize = 5;
/// Fewest pixels of either kind that a tile needs to be counted.
const LEAST: u32 = 12;

/// All that is measured.
pub(super) struct Measured {
    pub side: usize,
    pub contrast: f32,
    pub covered: f32,
    /// The same of the worst tile, dark and light modules apart.
    pub covered_most: f32,
    pub disturbed: f32,
    /// Width of a module of a QR code, px.
    pub module: f32,
    pub inverted: bool,
}

/// What a pixel of the code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Dark,
    Light,
    /// Between the two: an edge that was smoothed.
    Edge,
}

/// Sums of linear luminance.
#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    sum: f32,
    count: u32,
}

impl Mean {
    fn add(&mut self, value: f32) {
        self.sum += value;
        self.count += 1;
    }

    fn value(self) -> f32 {
        self.sum / self.count.max(1) as f32
    }
}

/// Linear light of an 8-bit sRGB channel (IEC 61966-2-1; WCAG 2.2, relative luminance).
static LINEAR: LazyLock<[f32; 256]> = LazyLock::new(|| {
    std::array::from_fn(|value| {
        let c = value as f32 / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    })
});

/// Relative luminance, 0 to 1.
fn luminance([r, g, b, _]: [u8; 4]) -> f32 {
    let linear = |c: u8| LINEAR[usize::from(c)];
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

/// Luma, 0 to 255: enough to tell dark from light.
pub(super) fn luma([r, g, b, _]: [u8; 4]) -> u8 {
    ((54 * u32::from(r) + 183 * u32::from(g) + 19 * u32::from(b)) >> 8) as u8
}

/// A premultiplied pixel on white.
pub(super) fn on_white(pixel: [u8; 4]) -> [u8; 4] {
    let rest = 255 - pixel[3];
    [0, 1, 2, 3].map(|i| pixel[i].saturating_add(rest))
}

impl Measured {
    /// None when the code has no dark modules at all.
    pub fn of(spot: &Spot<'_>) -> Option<Self> {
        let [x0, y0, x1, y1] = spot.square;
        let kinds = kinds(spot);
        let at = |x: usize, y: usize| kinds[(y - y0) * (x1 - x0) + x - x0];
        let ink = ink(spot, &at)?;
        let side = (ink[2] - ink[0]).max(ink[3] - ink[1]);
        let module = match spot.form {
            Form::Round => 0.0,
            Form::Square(_) => {
                let run = (ink[0]..ink[2]).take_while(|x| at(*x, ink[1]) != Kind::Light).count();
                run as f32 / FINDER
            }
        };

        let (middle, disc) = (centre(ink), (side as f32 * DISC).powi(2));
        // One px more: the ring's edge is smoothed.
        let center = if spot.center > 0.0 { (spot.center / 2.0 + 1.0).powi(2) } else { 0.0 };
        let disc = if spot.form == Form::Round { disc.max(center) } else { center };
        let unread = |x: usize, y: usize| distance(middle, x, y) < disc;
        let tile = |x: usize, y: usize| {
            (y - ink[1]) * TILES / (ink[3] - ink[1]) * TILES + (x - ink[0]) * TILES / (ink[2] - ink[0])
        };
        let mut tiles = [[Mean::default(); 2]; TILES * TILES];
        for y in ink[1]..ink[3] {
            for x in ink[0]..ink[2] {
                let kind = at(x, y);
                if kind == Kind::Edge || unread(x, y) {
                    continue;
                }
                tiles[tile(x, y)][usize::from(kind == Kind::Light)].add(luminance(spot.finished[y * spot.width + x]));
            }
        }
        let whole = tiles.iter().fold([Mean::default(); 2], |all, tile| {
            [0, 1].map(|i| Mean { sum: all[i].sum + tile[i].sum, count: all[i].count + tile[i].count })
        });
        let ratio = |dark: f32, light: f32| (light + 0.05) / (dark + 0.05);
        let [dark, light] = whole.map(Mean::value);
        // The modules have one colour; what lies beneath them may not.
        let grounds = tiles.iter().map(|[_, light]| light).filter(|light| light.count >= LEAST);
        let contrast = grounds.map(|light| ratio(dark, light.value())).fold(ratio(dark, light), f32::min);

        // Halfway between the two in contrast, not in light: the eye and cameras see ratios.
        let middle_light = ((dark + 0.05) * (light + 0.05)).sqrt() - 0.05;
        let mut wrong = [[Mean::default(); 2]; TILES * TILES];
        for y in ink[1]..ink[3] {
            for x in ink[0]..ink[2] {
                let (kind, seen) = (at(x, y), luminance(spot.finished[y * spot.width + x]));
                if kind != Kind::Edge && !unread(x, y) {
                    let is_wrong = (seen < middle_light) != (kind == Kind::Dark);
                    wrong[tile(x, y)][usize::from(kind == Kind::Light)].add(f32::from(u8::from(is_wrong)));
                }
            }
        }
        let covered = wrong
            .iter()
            .flatten()
            .fold(Mean::default(), |all, mean| Mean { sum: all.sum + mean.sum, count: all.count + mean.count });
        let counted = wrong.iter().flatten().filter(|mean| mean.count >= LEAST);
        let covered_most = counted.map(|mean| mean.value()).fold(0.0, f32::max);
        let zone = match spot.form {
            Form::Round => side as f32 * ROUND_ZONE,
            Form::Square(_) => module * SQUARE_ZONE,
        };
        // Rays may reach farther between the axes than on them.
        let dark_at = (y0..y1).flat_map(|y| (x0..x1).map(move |x| (x, y))).filter(|(x, y)| at(*x, *y) == Kind::Dark);
        let reach = dark_at.map(|(x, y)| distance(middle, x, y)).fold(0.0, f32::max).sqrt();
        let disturbed = disturbed(spot, ink, reach, zone.round() as usize, middle_light);
        Some(Self { side, contrast, covered: covered.value(), covered_most, disturbed, module, inverted: light < dark })
    }
}

/// What each pixel of the code's square is, by the code alone.
fn kinds(spot: &Spot<'_>) -> Vec<Kind> {
    let [x0, y0, x1, y1] = spot.square;
    let rows = (y0..y1).map(|y| &spot.alone[y * spot.width + x0..y * spot.width + x1]);
    let pixels = || rows.clone().flatten().copied();
    let clear = pixels().filter(|p| p[3] < 64).count();
    // A transparent code says by its opacity what is dark, whatever its colour.
    if clear * 10 > (x1 - x0) * (y1 - y0) {
        let kind = |p: [u8; 4]| match p[3] {
            192.. => Kind::Dark,
            0..64 => Kind::Light,
            _ => Kind::Edge,
        };
        return pixels().map(kind).collect();
    }
    let lumas: Vec<u8> = pixels().map(|p| luma(on_white(p))).collect();
    let (least, most) = lumas.iter().fold((255, 0), |(least, most), v| (least.min(*v), most.max(*v)));
    let middle = (f32::from(least) + f32::from(most)) / 2.0;
    let margin = (f32::from(most) - f32::from(least)) * 0.15;
    let kind = |v: u8| match f32::from(v) {
        v if v < middle - margin => Kind::Dark,
        v if v > middle + margin => Kind::Light,
        _ => Kind::Edge,
    };
    lumas.into_iter().map(kind).collect()
}

/// `[x0, y0, x1, y1]` around the dark pixels.
fn ink(spot: &Spot<'_>, at: &impl Fn(usize, usize) -> Kind) -> Option<[usize; 4]> {
    let [x0, y0, x1, y1] = spot.square;
    let mut ink: Option<[usize; 4]> = None;
    for y in y0..y1 {
        for x in (x0..x1).filter(|x| at(*x, y) == Kind::Dark) {
            let [left, top, right, bottom] = ink.unwrap_or([x, y, x, y]);
            ink = Some([left.min(x), top.min(y), right.max(x + 1), bottom.max(y + 1)]);
        }
    }
    ink
}

/// The part of the ring around the ink that is dark, or does not exist. A round code's ink ends `reach` px from its
/// middle.
fn disturbed(spot: &Spot<'_>, ink: [usize; 4], reach: f32, zone: usize, middle_light: f32) -> f32 {
    let height = spot.finished.len() / spot.width.max(1);
    let middle = centre(ink);
    // One pixel is left out: the ends of rays are smoothed.
    let (inner, outer) = ((reach + 1.0).powi(2), (reach + 1.0 + zone as f32).powi(2));
    let mut dark = Mean::default();
    let zone = zone as i64 + 2;
    for y in ink[1] as i64 - zone..ink[3] as i64 + zone {
        for x in ink[0] as i64 - zone..ink[2] as i64 + zone {
            let inside = |v: i64, from: usize, to: usize| v >= from as i64 && v < to as i64;
            let ring = match spot.form {
                Form::Square(_) => !(inside(x, ink[0], ink[2]) && inside(y, ink[1], ink[3])),
                Form::Round => {
                    let from_middle = (x as f32 - middle.0).powi(2) + (y as f32 - middle.1).powi(2);
                    (inner..outer).contains(&from_middle)
                }
            };
            if !ring {
                continue;
            }
            let there = inside(x, 0, spot.width) && inside(y, 0, height);
            let quiet = there && luminance(spot.finished[y as usize * spot.width + x as usize]) >= middle_light;
            dark.add(f32::from(u8::from(!quiet)));
        }
    }
    dark.value()
}

fn centre([x0, y0, x1, y1]: [usize; 4]) -> (f32, f32) {
    ((x0 + x1) as f32 / 2.0, (y0 + y1) as f32 / 2.0)
}

fn distance(middle: (f32, f32), x: usize, y: usize) -> f32 {
    (x as f32 - middle.0).powi(2) + (y as f32 - middle.1).powi(2)
}
