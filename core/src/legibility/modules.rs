//! Dark and light modules of a code, classified by the code's own pixels.

use super::{
    light::{Light, Mean, luma, on_white, ratio},
    spot::{Form, Spot},
};
use crate::code::barcode::BarcodeFormat;

/// Radius of the disc in the middle of a round code, as a fraction of its side. Scanners do not read the disc, and
/// merchants place logos there.
const DISC: f32 = 0.24;
/// Side of the finder pattern of a QR code, modules (ISO/IEC 18004, 6.3.3).
const FINDER: f32 = 7.0;
/// Tiles per side. Contrast is measured per tile, so that a shadow over one corner does not disappear in the mean.
pub(super) const TILES: usize = 5;

/// Kind of a pixel of the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PixelKind {
    Dark,
    Light,
    /// An antialiased edge between the two, or a pixel that is not measured.
    Edge,
}

/// Kinds of the pixels in the code's square.
pub(super) struct Modules {
    kinds: Vec<PixelKind>,
    square: [usize; 4],
}

impl Modules {
    /// The modules to measure, and the result of [`Modules::ink`]. Excludes the centre picture of a code, and of a round code
    /// its disc and the corners of its square beyond the ends of the rays. `None` when the code has no dark modules.
    pub fn measurable(spot: &Spot<'_>) -> Option<(Self, [usize; 4], f32)> {
        let mut modules = Self { kinds: kinds(spot), square: spot.square };
        let (mut ink, ink_radius) = modules.ink()?;
        if let Form::Barcode { .. } = spot.form {
            ink[3] = modules.bars_end(ink);
        }
        // One extra px, because the ring around the centre picture is antialiased.
        let center = if spot.center > 0.0 { spot.center / 2.0 + 1.0 } else { 0.0 };
        let disc = if spot.form == Form::Round { center.max(side(ink) as f32 * DISC) } else { center };
        modules.exclude(centre(ink), disc);
        if spot.form == Form::Round {
            modules.exclude_beyond(centre(ink), ink_radius + 0.5);
        }
        Some((modules, ink, ink_radius))
    }

    /// The pixels of row `y` between the left and right edge of `within`.
    pub fn row(&self, y: usize, within: [usize; 4]) -> &[PixelKind] {
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

    /// Width of a module, px; 0 for round codes.
    pub fn module(&self, form: Form<'_>, ink: [usize; 4]) -> f32 {
        match form {
            Form::Round => 0.0,
            Form::Barcode { format, .. } => self.barcode_module(format, ink),
            Form::Square(_) => {
                // An antialiased edge counts as half a pixel of the finder pattern.
                let width = |kind: &PixelKind| if *kind == PixelKind::Edge { 0.5 } else { 1.0 };
                let finder = self.row(ink[1], ink).iter().take_while(|k| **k != PixelKind::Light);
                finder.map(width).sum::<f32>() / FINDER
            }
        }
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
    pub fn contrast(&self, spot: &Spot<'_>, ink: [usize; 4], light: &Light) -> f32 {
        let mut means = [Mean::default(); 2];
        for y in ink[1]..ink[3] {
            for (kind, pixel) in self.row(y, ink).iter().zip(&spot.row(y)[ink[0]..ink[2]]) {
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
        for y in self.square[1]..self.square[3] {
            let [_, inside, _] = self.cut(y, middle, radius);
            inside.fill(PixelKind::Edge);
        }
    }

    /// Excludes the pixels further than `radius` px from the middle from measurement.
    fn exclude_beyond(&mut self, middle: (f32, f32), radius: f32) {
        for y in self.square[1]..self.square[3] {
            let [left, _, right] = self.cut(y, middle, radius);
            left.fill(PixelKind::Edge);
            right.fill(PixelKind::Edge);
        }
    }

    /// The pixels of row `y` at the left of a circle, within it and at its right.
    fn cut(&mut self, y: usize, middle: (f32, f32), radius: f32) -> [&mut [PixelKind]; 3] {
        let [x0, y0, x1, _] = self.square;
        let half = (radius.powi(2) - (y as f32 + 0.5 - middle.1).powi(2)).max(0.0).sqrt();
        // Float to integer casts saturate.
        let [from, to] = [-half, half].map(|half| ((middle.0 + half - 0.5).ceil() as usize).clamp(x0, x1) - x0);
        let start = (y - y0) * (x1 - x0);
        let (left, rest) = self.kinds[start..start + x1 - x0].split_at_mut(from);
        let (inside, right) = rest.split_at_mut(to - from);
        [left, inside, right]
    }

    /// Rows of each tile: tile index, pixel kinds and luminances.
    pub fn tiles<'a>(
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
    // In quarters of the opacity of the strongest pixel: all modules of a code may be translucent.
    let strongest = pixels().map(|p| u32::from(p[3])).max().unwrap_or(0);
    let quarters = |p: [u8; 4]| (u32::from(p[3]) * 4).checked_div(strongest).unwrap_or(0);
    // In a code with a transparent background, opacity defines the dark modules, regardless of their colour.
    if strongest > 0 && has_clear_ground(spot, |p| quarters(p) < 1) {
        let kind = |p: [u8; 4]| match quarters(p) {
            3.. => PixelKind::Dark,
            0 => PixelKind::Light,
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

/// Whether more than a tenth of a code is transparent. Of a round code, only the circle within its visible pixels counts,
/// because an opaque picture may be cut to a circle.
fn has_clear_ground(spot: &Spot<'_>, is_clear: impl Fn([u8; 4]) -> bool) -> bool {
    let [x0, y0, x1, y1] = spot.square;
    let row = |y: usize| &spot.alone[y * spot.width + x0..y * spot.width + x1];
    if spot.form != Form::Round {
        let clear: usize = (y0..y1).map(|y| row(y).iter().filter(|p| is_clear(**p)).count()).sum();
        return clear * 10 > (x1 - x0) * (y1 - y0);
    }
    let visible = |p: &[u8; 4]| !is_clear(*p);
    let ends: Vec<[usize; 3]> = (y0..y1)
        .filter_map(|y| Some([y, row(y).iter().position(visible)?, row(y).iter().rposition(visible)?]))
        .collect();
    let (Some([top, ..]), Some([bottom, ..])) = (ends.first(), ends.last()) else { return true };
    let left = ends.iter().map(|end| end[1]).min().unwrap_or(0);
    let right = ends.iter().map(|end| end[2]).max().unwrap_or(0);
    let (middle, radius) = (centre([left, *top, right + 1, bottom + 1]), (right - left).min(bottom - top) as f32 / 2.0);
    let (mut total, mut clear) = (0, 0);
    for y in *top..=*bottom {
        for (x, pixel) in row(y).iter().enumerate() {
            if distance_squared(middle, x, y) < radius.powi(2) {
                total += 1;
                clear += usize::from(is_clear(*pixel));
            }
        }
    }
    clear * 10 > total
}

/// Side of the smallest square around the ink, px.
pub(super) fn side(ink: [usize; 4]) -> usize {
    (ink[2] - ink[0]).max(ink[3] - ink[1])
}

pub(super) fn centre([x0, y0, x1, y1]: [usize; 4]) -> (f32, f32) {
    ((x0 + x1) as f32 / 2.0, (y0 + y1) as f32 / 2.0)
}

/// Square of the distance of a pixel's centre from the middle.
fn distance_squared(middle: (f32, f32), x: usize, y: usize) -> f32 {
    (x as f32 + 0.5 - middle.0).powi(2) + (y as f32 + 0.5 - middle.1).powi(2)
}
