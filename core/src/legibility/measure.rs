//! Measurements of a code in a finished poster: size, contrast, occluded modules and the quiet zone.

use super::{
    light::{LIGHT, Mean, RED_LIGHT, ratio},
    modules::{Modules, PixelKind, TILES, side},
    quiet_zone::{disturbed, disturbed_beside, zone},
    spot::{Form, Spot},
};

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
    /// Contrast in the red light of many barcode scanners; equal to `contrast` for other codes.
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

impl Measured {
    /// Measures a code. `None` when it has no dark modules.
    pub fn of(spot: &Spot<'_>) -> Option<Self> {
        let (modules, ink, ink_radius) = Modules::measurable(spot)?;
        let side = if let Form::Barcode { .. } = spot.form { ink[2] - ink[0] } else { side(ink) };
        let module = modules.module(spot.form, ink);

        let light = &*LIGHT;
        // Integer sums do not depend on the order, so the compiler can vectorise them.
        let quantize = |light: f32| (light * LUMINANCE_LEVELS + 0.5) as u16;
        let lights: Vec<u16> =
            (ink[1]..ink[3]).flat_map(|y| &spot.row(y)[ink[0]..ink[2]]).map(|p| quantize(light.of(*p))).collect();
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
        let pixels = alone.iter().zip(&spot.row(y)[ink[0]..ink[2]]);
        for ((alone, finished), kind) in pixels.zip(modules.row(y, ink)) {
            if alone[3] == 255 && *kind != PixelKind::Edge {
                total += 1;
                different += u32::from(alone.iter().zip(finished).any(|(a, b)| a.abs_diff(*b) > TOLERANCE));
            }
        }
    }
    different as f32 / total.max(1) as f32
}
