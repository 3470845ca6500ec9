//! Measurements of a code in a finished poster: contrast, occluded modules and the quiet zone.

use std::sync::LazyLock;

use super::spot::{Form, Spot};
use crate::code::barcode::BarcodeFormat;

/// Radius of the disc in the middle of a round code, as a fraction of its side. Scanners do not read the disc, and
/// merchants place logos there.
const DISC: f32 = 0.24;
/// Quiet zone of a round code, as a fraction of its side. Not wider than the margin built into an opaque code.
const ROUND_ZONE: f32 = 0.02;
/// Quiet zone of a QR code, modules (ISO/IEC 18004, 6.3.8).
const SQUARE_ZONE: f32 = 4.0;
/// Side of the finder pattern of a QR code, modules (ISO/IEC 18004, 6.3.3).
const FINDER: f32 = 7.0;
/// Tiles per side. Contrast is measured per tile, so that a shadow over one corner does not disappear in the mean.
pub(super) const TILES: usize = 5;
/// Minimum number of pixels of a kind in a tile for the tile to count.
pub(super) const MIN_PIXELS: u32 = 12;

/// Quantisation levels of luminance: the maximum of 16 bits.
const LUMINANCE_LEVELS: f32 = 65_535.0;

/// Measurements of a code.
pub(super) struct Measured {
    /// Rectangle of the code's ink, `[x0, y0, x1, y1]`; without the extension of a barcode's guard bars.
    pub ink: [usize; 4],
    /// Side of the code's ink, or width of a barcode's, px.
    pub side: usize,
    /// Lowest contrast of any tile, 1 to 21.
    pub contrast: f32,
    /// The same in the red light of many barcode scanners; equal to `contrast` for other codes.
    pub red_contrast: f32,
    /// Fraction of module pixels that are occluded, 0 to 1.
    pub occluded: f32,
    /// The most occluded tile.
    pub worst_tile: WorstTile,
    /// Fraction of quiet zone pixels that are dark or outside of the poster, 0 to 1.
    pub disturbed: f32,
    /// Width of a module, px; 0 for round codes.
    pub module: f32,
    /// Whether the modules are lighter than their background.
    pub inverted: bool,
}

/// The most occluded tile, dark and light modules counted separately.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct WorstTile {
    /// Occluded fraction of the pixels of its dark or light modules, 0 to 1.
    pub share: f32,
    /// Whether `share` is of dark modules.
    pub is_dark: bool,
    /// Tile index in row-major order.
    pub tile: usize,
}

/// Kind of a pixel of the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PixelKind {
    Dark,
    Light,
    /// An antialiased edge between the two, or a pixel that is not measured.
    Edge,
}

/// Running mean of relative luminance.
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

/// Contribution of each 8-bit sRGB channel (red, green, blue) to relative luminance (IEC 61966-2-1; WCAG 2.2).
struct Light([[f32; 256]; 3]);

static LIGHT: LazyLock<Light> = LazyLock::new(|| Light::new([0.2126, 0.7152, 0.0722]));
/// Luminance in red light.
static RED_LIGHT: LazyLock<Light> = LazyLock::new(|| Light::new([1.0, 0.0, 0.0]));

impl Light {
    fn new(weights: [f32; 3]) -> Self {
        Self(weights.map(|weight| {
            std::array::from_fn(|value| {
                let c = value as f32 / 255.0;
                weight * if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
            })
        }))
    }

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

/// Contrast ratio of two luminances (WCAG 2.2). Less than 1 when `dark` is lighter than `light`.
pub(super) fn ratio(dark: f32, light: f32) -> f32 {
    (light + 0.05) / (dark + 0.05)
}

/// Approximate luma, 0 to 255. Cheaper than luminance and sufficient to distinguish dark from light.
pub(super) fn luma([r, g, b, _]: [u8; 4]) -> u8 {
    ((54 * u32::from(r) + 183 * u32::from(g) + 19 * u32::from(b)) >> 8) as u8
}

/// Composites a premultiplied pixel over white.
pub(super) fn on_white(pixel: [u8; 4]) -> [u8; 4] {
    let rest = 255 - pixel[3];
    [0, 1, 2, 3].map(|i| pixel[i].saturating_add(rest))
}

impl Measured {
    /// Measures a code. `None` when it has no dark modules.
    pub fn of(spot: &Spot<'_>) -> Option<Self> {
        let (modules, ink, ink_radius) = Modules::measurable(spot)?;
        let side = if let Form::Barcode { .. } = spot.form { ink[2] - ink[0] } else { side(ink) };
        let module = match spot.form {
            Form::Round => 0.0,
            Form::Barcode { format, .. } => modules.barcode_module(format, ink),
            Form::Square(_) => {
                // An antialiased edge counts as half a pixel of the finder pattern.
                let width = |kind: &PixelKind| if *kind == PixelKind::Edge { 0.5 } else { 1.0 };
                let finder = modules.row(ink[1], ink).iter().take_while(|k| **k != PixelKind::Light);
                finder.map(width).sum::<f32>() / FINDER
            }
        };

        let light = &*LIGHT;
        // Integer sums do not depend on the order, so the compiler can vectorise them.
        let quantize = |light: f32| (light * LUMINANCE_LEVELS + 0.5) as u16;
        let lights: Vec<u16> =
            (ink[1]..ink[3]).flat_map(|y| &row(spot, y)[ink[0]..ink[2]]).map(|p| quantize(light.of(*p))).collect();
        let tiles = || modules.tiles(ink, &lights);
        let mut sums = [[Mean::default(); 2]; TILES * TILES];
        for (tile, kinds, lights) in tiles() {
            for (sum, kind) in sums[tile].iter_mut().zip([PixelKind::Dark, PixelKind::Light]) {
                let of = |light: u16, is: bool| if is { u32::from(light) } else { 0 };
                let light: u32 = kinds.iter().zip(lights).map(|(one, light)| of(*light, *one == kind)).sum();
                let count = kinds.iter().map(|one| u32::from(*one == kind)).sum();
                sum.join(Mean { sum: light as f32 / LUMINANCE_LEVELS, count });
            }
        }
        let totals = sums.iter().fold([Mean::default(); 2], |mut all, tile| {
            all.iter_mut().zip(tile).for_each(|(all, mean)| all.join(*mean));
            all
        });
        let [dark, bright] = totals.map(Mean::value);
        // All dark modules have the same colour, but the background may vary, so only the background is taken per tile.
        let backdrops = sums.iter().map(|[_, light]| light).filter(|light| light.count >= MIN_PIXELS);
        let contrast = backdrops.map(|light| ratio(dark, light.value())).fold(ratio(dark, bright), f32::min);

        let red_contrast = match spot.form {
            Form::Barcode { .. } => modules.contrast(spot, ink, &RED_LIGHT),
            _ => contrast,
        };

        // The geometric mean of both, because perceived contrast is a ratio.
        let middle_light = ((dark + 0.05) * (bright + 0.05)).sqrt() - 0.05;
        let middle = quantize(middle_light);
        let mut below = [[0u32; 2]; TILES * TILES];
        for (tile, kinds, lights) in tiles() {
            for (sum, kind) in below[tile].iter_mut().zip([PixelKind::Dark, PixelKind::Light]) {
                let both = kinds.iter().zip(lights).map(|(one, light)| u32::from((*one == kind) & (*light < middle)));
                *sum += both.sum::<u32>();
            }
        }
        // Dark modules that are not below the threshold, and light modules that are.
        let wrong = |tile: usize| [sums[tile][0].count - below[tile][0], below[tile][1]];
        let share = |wrong: u32, of: u32| wrong as f32 / of.max(1) as f32;
        let (mut all, mut worst_tile) = ((0, 0), WorstTile::default());
        for (tile, own) in sums.iter().enumerate() {
            for ((wrong, sum), is_dark) in wrong(tile).into_iter().zip(own).zip([true, false]) {
                all = (all.0 + wrong, all.1 + sum.count);
                let share = share(wrong, sum.count);
                if sum.count >= MIN_PIXELS && share > worst_tile.share {
                    worst_tile = WorstTile { share, is_dark, tile };
                }
            }
        }
        let occluded = share(all.0, all.1);
        let disturbed = match spot.form {
            Form::Barcode { format, .. } => disturbed_beside(spot, ink, format, module, middle_light),
            _ => disturbed(spot, ink, ink_radius, zone(spot.form, side as f32, module), middle_light),
        };
        let inverted = bright < dark;
        Some(Self { ink, side, contrast, red_contrast, occluded, worst_tile, disturbed, module, inverted })
    }
}

/// Fraction of the code's opaque pixels outside of its disc that another layer was drawn over, 0 to 1.
pub(super) fn painted_over(spot: &Spot<'_>) -> f32 {
    /// Maximum difference per channel from the code's own pixel.
    const TOLERANCE: u8 = 24;
    let Some((modules, ink, _)) = Modules::measurable(spot) else { return 0.0 };
    let (mut total, mut different) = (0u32, 0u32);
    for y in ink[1]..ink[3] {
        let alone = &spot.alone[y * spot.width + ink[0]..y * spot.width + ink[2]];
        let pixels = alone.iter().zip(&row(spot, y)[ink[0]..ink[2]]);
        for ((alone, finished), kind) in pixels.zip(modules.row(y, ink)) {
            if alone[3] == 255 && *kind != PixelKind::Edge {
                total += 1;
                different += u32::from(alone.iter().zip(finished).any(|(a, b)| a.abs_diff(*b) > TOLERANCE));
            }
        }
    }
    different as f32 / total.max(1) as f32
}

/// Side of the smallest square around the ink, px.
fn side(ink: [usize; 4]) -> usize {
    (ink[2] - ink[0]).max(ink[3] - ink[1])
}

/// Required width of the quiet zone, px.
fn zone(form: Form<'_>, side: f32, module: f32) -> f32 {
    match form {
        Form::Round => side * ROUND_ZONE,
        Form::Square(_) => module * SQUARE_ZONE,
        Form::Barcode { format, .. } => module * format.quiet_zones().into_iter().max().unwrap_or(0) as f32,
    }
}

/// Width of the surroundings needed to measure a code of `side` px, px. A QR code has at least 21 modules per side.
pub(super) fn margin(form: Form<'_>, side: u32) -> u32 {
    let modules = if let Form::Barcode { format, .. } = form { format.min_modules() } else { 21 };
    zone(form, side as f32, side as f32 / modules as f32).ceil() as u32 + 3
}

/// A row of the finished pixels.
fn row<'a>(spot: &Spot<'a>, y: usize) -> &'a [[u8; 4]] {
    &spot.finished[y * spot.width..(y + 1) * spot.width]
}

/// Kinds of the pixels in the code's square.
struct Modules {
    kinds: Vec<PixelKind>,
    square: [usize; 4],
}

impl Modules {
    fn of(spot: &Spot<'_>) -> Self {
        Self { kinds: kinds(spot), square: spot.square }
    }

    /// The modules to measure, and the result of [`Modules::ink`]. Excludes the centre picture of a code and the disc of a
    /// round code. `None` when the code has no dark modules.
    fn measurable(spot: &Spot<'_>) -> Option<(Self, [usize; 4], f32)> {
        let mut modules = Self::of(spot);
        let (mut ink, ink_radius) = modules.ink()?;
        if let Form::Barcode { .. } = spot.form {
            ink[3] = modules.bars_end(ink);
        }
        // One extra px, because the ring around the centre picture is antialiased.
        let center = if spot.center > 0.0 { spot.center / 2.0 + 1.0 } else { 0.0 };
        let disc = if spot.form == Form::Round { center.max(side(ink) as f32 * DISC) } else { center };
        modules.exclude(centre(ink), disc);
        Some((modules, ink, ink_radius))
    }

    /// The pixels of row `y` between the left and right edge of `within`.
    fn row(&self, y: usize, within: [usize; 4]) -> &[PixelKind] {
        let [x0, y0, x1, _] = self.square;
        let start = (y - y0) * (x1 - x0);
        &self.kinds[start + within[0] - x0..start + within[2] - x0]
    }

    /// Bounding box `[x0, y0, x1, y1]` of the dark pixels, and the largest distance of a dark pixel from its centre, px.
    /// Diagonal rays may be longer than rays along the axes.
    fn ink(&self) -> Option<([usize; 4], f32)> {
        let [x0, y0, _, y1] = self.square;
        let dark = |kind: &PixelKind| *kind == PixelKind::Dark;
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
        let edges = ends.iter().flat_map(|[y, from, to]| [(*from, *y), (*to, *y)]);
        Some((ink, edges.map(|(x, y)| distance_squared(middle, x, y)).fold(0.0, f32::max).sqrt()))
    }

    /// Last row, exclusive, in which all bars of a barcode are dark: guard bars extend further, and text follows.
    fn bars_end(&self, ink: [usize; 4]) -> usize {
        let dark = |y: usize| self.row(y, ink).iter().filter(|kind| **kind == PixelKind::Dark).count();
        let first = dark(ink[1]);
        // A few px of tolerance, for antialiased edges.
        (ink[1]..ink[3]).find(|y| dark(*y).abs_diff(first) * 50 > first).unwrap_or(ink[3])
    }

    /// Width of a barcode's module, px: the first symbol of a Code 128, from its first bar to the first bar of the next
    /// symbol, has 11 modules.
    fn barcode_module(&self, format: BarcodeFormat, ink: [usize; 4]) -> f32 {
        match format {
            BarcodeFormat::Ean13 => (ink[2] - ink[0]) as f32 / format.min_modules() as f32,
            BarcodeFormat::Code128 => {
                let row = self.row(ink[1], ink);
                let is_start = |x: &usize| row[*x] == PixelKind::Dark && (*x == 0 || row[x - 1] != PixelKind::Dark);
                (0..row.len()).filter(is_start).nth(3).unwrap_or_default() as f32 / 11.0
            }
        }
    }

    /// Contrast of dark and light modules in this light.
    fn contrast(&self, spot: &Spot<'_>, ink: [usize; 4], light: &Light) -> f32 {
        let mut means = [Mean::default(); 2];
        for y in ink[1]..ink[3] {
            for (kind, pixel) in self.row(y, ink).iter().zip(&row(spot, y)[ink[0]..ink[2]]) {
                match kind {
                    PixelKind::Dark => means[0].add(light.of(*pixel)),
                    PixelKind::Light => means[1].add(light.of(*pixel)),
                    PixelKind::Edge => {}
                }
            }
        }
        ratio(means[0].value(), means[1].value())
    }

    /// Excludes the pixels within `radius` px of the middle from measurement.
    fn exclude(&mut self, middle: (f32, f32), radius: f32) {
        let [x0, y0, x1, y1] = self.square;
        for y in y0..y1 {
            let half = (radius.powi(2) - (y as f32 - middle.1).powi(2)).max(0.0).sqrt();
            // Float to integer casts saturate.
            let [from, to] = [middle.0 - half, middle.0 + half].map(|x| (x.ceil() as usize).clamp(x0, x1) - x0);
            let start = (y - y0) * (x1 - x0);
            self.kinds[start + from..start + to].fill(PixelKind::Edge);
        }
    }

    /// Rows of each tile: tile index, pixel kinds and luminances.
    fn tiles<'a>(
        &'a self,
        ink: [usize; 4],
        lights: &'a [u16],
    ) -> impl Iterator<Item = (usize, &'a [PixelKind], &'a [u16])> + 'a {
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

/// Classifies each pixel of the code's square by the code's own pixels.
fn kinds(spot: &Spot<'_>) -> Vec<PixelKind> {
    let [x0, y0, x1, y1] = spot.square;
    let rows = (y0..y1).map(|y| &spot.alone[y * spot.width + x0..y * spot.width + x1]);
    let pixels = || rows.clone().flatten().copied();
    let clear = pixels().filter(|p| p[3] < 64).count();
    // In a code with a transparent background, opacity defines the dark modules, regardless of their colour.
    if clear * 10 > (x1 - x0) * (y1 - y0) {
        let kind = |p: [u8; 4]| match p[3] {
            192.. => PixelKind::Dark,
            0..64 => PixelKind::Light,
            _ => PixelKind::Edge,
        };
        return pixels().map(kind).collect();
    }
    let lumas: Vec<u8> = pixels().map(|p| luma(on_white(p))).collect();
    let (min, max) = lumas.iter().fold((255, 0), |(min, max), v| (min.min(*v), max.max(*v)));
    let middle = (f32::from(min) + f32::from(max)) / 2.0;
    let margin = (f32::from(max) - f32::from(min)) * 0.15;
    let kind = |v: u8| match f32::from(v) {
        v if v < middle - margin => PixelKind::Dark,
        v if v > middle + margin => PixelKind::Light,
        _ => PixelKind::Edge,
    };
    lumas.into_iter().map(kind).collect()
}

/// Fraction of the quiet zones left and right of a barcode that is dark or outside of the poster, 0 to 1. Skips the pixels
/// beside the first and the last bar, which may be antialiased.
fn disturbed_beside(spot: &Spot<'_>, ink: [usize; 4], format: BarcodeFormat, module: f32, middle_light: f32) -> f32 {
    let light = &*LIGHT;
    let [left, right] = format.quiet_zones().map(|zone| (module * zone as f32 - 0.5) as i64);
    let (start, end) = (ink[0] as i64, ink[2] as i64);
    let (mut total, mut dark) = (0u32, 0u32);
    for y in ink[1]..ink[3] {
        let row = row(spot, y);
        for x in (start - left..start - 1).chain(end + 1..end + right) {
            let pixel = usize::try_from(x).ok().and_then(|x| row.get(x));
            total += 1;
            dark += u32::from(!pixel.is_some_and(|pixel| light.of(*pixel) >= middle_light));
        }
    }
    dark as f32 / total.max(1) as f32
}

/// Fraction of the quiet zone around the ink that is dark or outside of the poster, 0 to 1. `ink_radius` is used for round
/// codes only.
fn disturbed(spot: &Spot<'_>, ink: [usize; 4], ink_radius: f32, zone: f32, middle_light: f32) -> f32 {
    let height = spot.finished.len() / spot.width.max(1);
    let (light, middle) = (&*LIGHT, centre(ink));
    // Skips one pixel, because the ends of rays are antialiased.
    let (inner, outer) = (ink_radius + 1.0, ink_radius + 1.0 + zone.round());
    let ends = ink.map(|v| v as i64);
    // The edges of a QR code are known to half a px. Pixels that may be antialiased edges of its ink or of its own margin
    // are not part of the quiet zone.
    let (touching, around) = match spot.form {
        Form::Round => (0, zone.round() as i64 + 2),
        _ => (1, (zone - 0.5) as i64),
    };
    let inside = [ends[0] - touching, ends[1] - touching, ends[2] + touching, ends[3] + touching];
    let (mut total, mut dark) = (0u32, 0u32);
    for y in ends[1] - around..ends[3] + around {
        let from_middle = (y as f32 - middle.1).powi(2);
        // Skips pixels that certainly belong to the code.
        let hole = match spot.form {
            Form::Round => {
                let half = ((inner - 1.0).powi(2) - from_middle).max(0.0).sqrt();
                ((middle.0 - half).ceil() as i64, (middle.0 + half).floor() as i64)
            }
            _ if (inside[1]..inside[3]).contains(&y) => (inside[0], inside[2]),
            _ => (ends[2], ends[2]),
        };
        let (left, right) = (ends[0] - around, ends[2] + around);
        for x in (left..hole.0.clamp(left, right)).chain(hole.1.clamp(left, right)..right) {
            let is_ring = match spot.form {
                Form::Round => {
                    let from_middle = (x as f32 - middle.0).powi(2) + from_middle;
                    (inner.powi(2)..outer.powi(2)).contains(&from_middle)
                }
                _ => true,
            };
            if is_ring {
                let pixel = usize::try_from(y).ok().filter(|y| *y < height).and_then(|y| {
                    let x = usize::try_from(x).ok()?;
                    row(spot, y).get(x)
                });
                total += 1;
                dark += u32::from(!pixel.is_some_and(|pixel| light.of(*pixel) >= middle_light));
            }
        }
    }
    dark as f32 / total.max(1) as f32
}

fn centre([x0, y0, x1, y1]: [usize; 4]) -> (f32, f32) {
    ((x0 + x1) as f32 / 2.0, (y0 + y1) as f32 / 2.0)
}

fn distance_squared(middle: (f32, f32), x: usize, y: usize) -> f32 {
    (x as f32 - middle.0).powi(2) + (y as f32 - middle.1).powi(2)
}
