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
pub(super) const TILES: usize = 5;
/// Fewest pixels of either kind that a tile needs to be counted.
pub(super) const LEAST: u32 = 12;

/// Steps of luminance that are told apart, the most that 16 bits hold.
const FINE: f32 = 65_535.0;

/// All that is measured.
pub(super) struct Measured {
    pub side: usize,
    pub contrast: f32,
    pub covered: f32,
    /// The same of the worst tile, dark and light modules apart.
    pub covered_most: Worst,
    pub disturbed: f32,
    /// Width of a module of a QR code, px.
    pub module: f32,
    pub inverted: bool,
}

/// The tile that is covered most.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Worst {
    /// Part of its dark, or of its light modules' pixels, 0 to 1.
    pub share: f32,
    /// Whether it is the dark modules that are covered.
    pub is_dark: bool,
    /// Its number, row by row.
    pub tile: usize,
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
pub(super) struct Mean {
    sum: f32,
    count: u32,
}

impl Mean {
    pub fn add(&mut self, value: f32) {
        self.sum += value;
        self.count += 1;
    }

    fn join(&mut self, other: Self) {
        self.sum += other.sum;
        self.count += other.count;
    }

    pub fn value(self) -> f32 {
        self.sum / self.count.max(1) as f32
    }
}

/// Relative luminance that an 8-bit sRGB channel adds, red, green and blue (IEC 61966-2-1; WCAG 2.2).
struct Light([[f32; 256]; 3]);

static LIGHT: LazyLock<Light> = LazyLock::new(|| {
    Light([0.2126, 0.7152, 0.0722].map(|weight| {
        std::array::from_fn(|value| {
            let c = value as f32 / 255.0;
            weight * if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        })
    }))
});

impl Light {
    /// Relative luminance, 0 to 1.
    fn of(&self, [r, g, b, _]: [u8; 4]) -> f32 {
        let Self([red, green, blue]) = self;
        red[usize::from(r)] + green[usize::from(g)] + blue[usize::from(b)]
    }
}

/// Relative luminance of an opaque pixel, 0 to 1.
pub(super) fn relative_luminance(pixel: [u8; 4]) -> f32 {
    LIGHT.of(pixel)
}

/// Contrast of two luminances (WCAG 2.2), less than 1 when `dark` is the lighter.
pub(super) fn ratio(dark: f32, light: f32) -> f32 {
    (light + 0.05) / (dark + 0.05)
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
        let (modules, ink, reach) = Modules::counted(spot)?;
        let side = side(ink);
        let module = match spot.form {
            Form::Round => 0.0,
            Form::Square(_) => {
                // A smoothed edge belongs to the finder pattern by half.
                let width = |kind: &Kind| if *kind == Kind::Edge { 0.5 } else { 1.0 };
                let finder = modules.row(ink[1], ink).iter().take_while(|k| **k != Kind::Light);
                finder.map(width).sum::<f32>() / FINDER
            }
        };

        let light = &*LIGHT;
        // Sums of whole numbers are the same in any order, so that the compiler may add many pixels at once.
        let fine = |light: f32| (light * FINE + 0.5) as u16;
        let lights: Vec<u16> =
            (ink[1]..ink[3]).flat_map(|y| &row(spot, y)[ink[0]..ink[2]]).map(|p| fine(light.of(*p))).collect();
        let tiles = || modules.tiles(ink, &lights);
        let mut sums = [[Mean::default(); 2]; TILES * TILES];
        for (tile, kinds, lights) in tiles() {
            for (sum, kind) in sums[tile].iter_mut().zip([Kind::Dark, Kind::Light]) {
                let of = |light: u16, is: bool| if is { u32::from(light) } else { 0 };
                let light: u32 = kinds.iter().zip(lights).map(|(one, light)| of(*light, *one == kind)).sum();
                let count = kinds.iter().map(|one| u32::from(*one == kind)).sum();
                sum.join(Mean { sum: light as f32 / FINE, count });
            }
        }
        let whole = sums.iter().fold([Mean::default(); 2], |mut all, tile| {
            all.iter_mut().zip(tile).for_each(|(all, mean)| all.join(*mean));
            all
        });
        let [dark, bright] = whole.map(Mean::value);
        // The modules have one colour; what lies beneath them may not.
        let grounds = sums.iter().map(|[_, light]| light).filter(|light| light.count >= LEAST);
        let contrast = grounds.map(|light| ratio(dark, light.value())).fold(ratio(dark, bright), f32::min);

        // Halfway between the two in contrast, not in light: the eye and cameras see ratios.
        let middle_light = ((dark + 0.05) * (bright + 0.05)).sqrt() - 0.05;
        let middle = fine(middle_light);
        let mut below = [[0u32; 2]; TILES * TILES];
        for (tile, kinds, lights) in tiles() {
            for (sum, kind) in below[tile].iter_mut().zip([Kind::Dark, Kind::Light]) {
                let both = kinds.iter().zip(lights).map(|(one, light)| u32::from((*one == kind) & (*light < middle)));
                *sum += both.sum::<u32>();
            }
        }
        // Dark modules that are not below, and light ones that are.
        let wrong = |tile: usize| [sums[tile][0].count - below[tile][0], below[tile][1]];
        let share = |wrong: u32, of: u32| wrong as f32 / of.max(1) as f32;
        let (mut all, mut covered_most) = ((0, 0), Worst::default());
        for (tile, own) in sums.iter().enumerate() {
            for ((wrong, sum), is_dark) in wrong(tile).into_iter().zip(own).zip([true, false]) {
                all = (all.0 + wrong, all.1 + sum.count);
                let share = share(wrong, sum.count);
                if sum.count >= LEAST && share > covered_most.share {
                    covered_most = Worst { share, is_dark, tile };
                }
            }
        }
        let covered = share(all.0, all.1);
        let disturbed = disturbed(spot, ink, reach, zone(spot.form, side as f32, module), middle_light);
        Some(Self { side, contrast, covered, covered_most, disturbed, module, inverted: bright < dark })
    }
}

/// Part of the code's opaque pixels, outside of its disc, that something else was drawn over, 0 to 1.
pub(super) fn painted_over(spot: &Spot<'_>) -> f32 {
    /// Levels of a channel by which a pixel may differ from the code's own.
    const SAME: u8 = 24;
    let Some((modules, ink, _)) = Modules::counted(spot) else { return 0.0 };
    let (mut seen, mut other) = (0u32, 0u32);
    for y in ink[1]..ink[3] {
        let alone = &spot.alone[y * spot.width + ink[0]..y * spot.width + ink[2]];
        let pixels = alone.iter().zip(&row(spot, y)[ink[0]..ink[2]]);
        for ((alone, finished), kind) in pixels.zip(modules.row(y, ink)) {
            if alone[3] == 255 && *kind != Kind::Edge {
                seen += 1;
                other += u32::from(alone.iter().zip(finished).any(|(a, b)| a.abs_diff(*b) > SAME));
            }
        }
    }
    other as f32 / seen.max(1) as f32
}

/// Side of a square around the ink, px.
fn side(ink: [usize; 4]) -> usize {
    (ink[2] - ink[0]).max(ink[3] - ink[1])
}

/// Width of the quiet zone, px.
fn zone(form: Form<'_>, side: f32, module: f32) -> f32 {
    match form {
        Form::Round => side * ROUND_ZONE,
        Form::Square(_) => module * SQUARE_ZONE,
    }
}

/// How far around a code of `side` px its surroundings are looked at, px. A QR code has at least 21 modules a side.
pub(super) fn margin(form: Form<'_>, side: u32) -> u32 {
    zone(form, side as f32, side as f32 / 21.0).ceil() as u32 + 3
}

/// A row of the finished pixels.
fn row<'a>(spot: &Spot<'a>, y: usize) -> &'a [[u8; 4]] {
    &spot.finished[y * spot.width..(y + 1) * spot.width]
}

/// What the pixels of the code's square are.
struct Modules {
    kinds: Vec<Kind>,
    square: [usize; 4],
}

impl Modules {
    fn of(spot: &Spot<'_>) -> Self {
        Self { kinds: kinds(spot), square: spot.square }
    }

    /// The modules that count, with [`Modules::ink`]: what stands in the middle of a code, and a round code's disc, are
    /// left out. None when the code has no dark modules at all.
    fn counted(spot: &Spot<'_>) -> Option<(Self, [usize; 4], f32)> {
        let mut modules = Self::of(spot);
        let (ink, reach) = modules.ink()?;
        // One px more: the ring's edge is smoothed.
        let center = if spot.center > 0.0 { spot.center / 2.0 + 1.0 } else { 0.0 };
        let disc = if spot.form == Form::Round { center.max(side(ink) as f32 * DISC) } else { center };
        modules.forget(centre(ink), disc);
        Some((modules, ink, reach))
    }

    /// The pixels of row `y` between the left and right end of `within`.
    fn row(&self, y: usize, within: [usize; 4]) -> &[Kind] {
        let [x0, y0, x1, _] = self.square;
        let start = (y - y0) * (x1 - x0);
        &self.kinds[start + within[0] - x0..start + within[2] - x0]
    }

    /// `[x0, y0, x1, y1]` around the dark pixels, and how far from its middle they reach: rays may reach farther between
    /// the axes than on them.
    fn ink(&self) -> Option<([usize; 4], f32)> {
        let [x0, y0, _, y1] = self.square;
        let dark = |kind: &Kind| *kind == Kind::Dark;
        let ends: Vec<[usize; 3]> = (y0..y1)
            .filter_map(|y| {
                let row = self.row(y, self.square);
                Some([y, x0 + row.iter().position(dark)?, x0 + row.iter().rposition(dark)?])
            })
            .collect();
        let ([top, ..], [bottom, ..]) = (ends.first()?, ends.last()?);
        let left = ends.iter().map(|end| end[1]).min()?;
        let right = ends.iter().map(|end| end[2]).max()?;
        let ink = [left, *top, right + 1, bottom + 1];
        let middle = centre(ink);
        let reach = ends.iter().flat_map(|[y, from, to]| [(*from, *y), (*to, *y)]);
        Some((ink, reach.map(|(x, y)| distance(middle, x, y)).fold(0.0, f32::max).sqrt()))
    }

    /// Counts nothing any more within `radius` px of the middle.
    fn forget(&mut self, middle: (f32, f32), radius: f32) {
        let [x0, y0, x1, y1] = self.square;
        for y in y0..y1 {
            let half = (radius.powi(2) - (y as f32 - middle.1).powi(2)).max(0.0).sqrt();
            // `as` saturates.
            let [from, to] = [middle.0 - half, middle.0 + half].map(|x| (x.ceil() as usize).clamp(x0, x1) - x0);
            let start = (y - y0) * (x1 - x0);
            self.kinds[start + from..start + to].fill(Kind::Edge);
        }
    }

    /// The rows of each tile: its number, what its pixels are, and their light.
    fn tiles<'a>(
        &'a self,
        ink: [usize; 4],
        lights: &'a [u16],
    ) -> impl Iterator<Item = (usize, &'a [Kind], &'a [u16])> + 'a {
        let (width, height) = (ink[2] - ink[0], ink[3] - ink[1]);
        (0..height).flat_map(move |y| {
            let kinds = self.row(ink[1] + y, ink);
            let lights = &lights[y * width..(y + 1) * width];
            (0..TILES).map(move |tile| {
                let (from, to) = ((tile * width).div_ceil(TILES), ((tile + 1) * width).div_ceil(TILES));
                (y * TILES / height * TILES + tile, &kinds[from..to], &lights[from..to])
            })
        })
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

/// The part of the ring around the ink that is dark, or does not exist. A round code's ink ends `reach` px from its
/// middle.
fn disturbed(spot: &Spot<'_>, ink: [usize; 4], reach: f32, zone: f32, middle_light: f32) -> f32 {
    let height = spot.finished.len() / spot.width.max(1);
    let (light, middle) = (&*LIGHT, centre(ink));
    // One pixel is left out: the ends of rays are smoothed.
    let (inner, outer) = (reach + 1.0, reach + 1.0 + zone.round());
    let ends = ink.map(|v| v as i64);
    // A QR code's ends are known to half a px: what may be a smoothed edge, of its ink or of its own light margin, is no
    // part of the ring.
    let (touching, around) = match spot.form {
        Form::Square(_) => (1, (zone - 0.5) as i64),
        Form::Round => (0, zone.round() as i64 + 2),
    };
    let inside = [ends[0] - touching, ends[1] - touching, ends[2] + touching, ends[3] + touching];
    let (mut seen, mut dark) = (0u32, 0u32);
    for y in ends[1] - around..ends[3] + around {
        let from_middle = (y as f32 - middle.1).powi(2);
        // What certainly belongs to the code is passed over.
        let hole = match spot.form {
            Form::Square(_) if (inside[1]..inside[3]).contains(&y) => (inside[0], inside[2]),
            Form::Square(_) => (ends[2], ends[2]),
            Form::Round => {
                let half = ((inner - 1.0).powi(2) - from_middle).max(0.0).sqrt();
                ((middle.0 - half).ceil() as i64, (middle.0 + half).floor() as i64)
            }
        };
        let (left, right) = (ends[0] - around, ends[2] + around);
        for x in (left..hole.0.clamp(left, right)).chain(hole.1.clamp(left, right)..right) {
            let is_ring = match spot.form {
                Form::Square(_) => true,
                Form::Round => {
                    let from_middle = (x as f32 - middle.0).powi(2) + from_middle;
                    (inner.powi(2)..outer.powi(2)).contains(&from_middle)
                }
            };
            if is_ring {
                let pixel = usize::try_from(y).ok().filter(|y| *y < height).and_then(|y| {
                    let x = usize::try_from(x).ok()?;
                    row(spot, y).get(x)
                });
                seen += 1;
                dark += u32::from(!pixel.is_some_and(|pixel| light.of(*pixel) >= middle_light));
            }
        }
    }
    dark as f32 / seen.max(1) as f32
}

fn centre([x0, y0, x1, y1]: [usize; 4]) -> (f32, f32) {
    ((x0 + x1) as f32 / 2.0, (y0 + y1) as f32 / 2.0)
}

fn distance(middle: (f32, f32), x: usize, y: usize) -> f32 {
    (x as f32 - middle.0).powi(2) + (y as f32 - middle.1).powi(2)
}
