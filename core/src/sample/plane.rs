//! One channel of a picture, with sampling and local thresholding.

use image::RgbaImage;

/// Channel of a picture. Dark ink is visible in the brightness, coloured ink in at least one of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channel {
    Brightness,
    Red,
    Green,
    Blue,
}

impl Channel {
    pub(super) const ALL: [Self; 4] = [Self::Brightness, Self::Green, Self::Blue, Self::Red];

    fn of(self, [r, g, b, a]: [u8; 4]) -> u8 {
        let value = match self {
            Self::Brightness => (299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b)) / 1000,
            Self::Red => r.into(),
            Self::Green => g.into(),
            Self::Blue => b.into(),
        };
        // Blend with a white background.
        ((value * u32::from(a) + 255 * (255 - u32::from(a))) / 255) as u8
    }
}

/// Values of one channel, 0 (dark) to 255, row by row.
#[derive(Debug, Clone)]
pub(super) struct Plane {
    pub(super) width: usize,
    pub(super) height: usize,
    values: Vec<u8>,
}

impl Plane {
    /// Extracts one channel of the region `[x, y, width, height]` in px, clipped to the picture.
    pub(super) fn new(image: &RgbaImage, [x, y, width, height]: [u32; 4], channel: Channel) -> Self {
        let (x, y) = (x.min(image.width()), y.min(image.height()));
        let (width, height) = (width.min(image.width() - x) as usize, height.min(image.height() - y) as usize);
        let stride = image.width() as usize * 4;
        let mut values = Vec::with_capacity(width * height);
        for row in image.as_raw().chunks_exact(stride.max(4)).skip(y as usize).take(height) {
            let pixels = row.chunks_exact(4).skip(x as usize).take(width);
            values.extend(pixels.map(|p| channel.of([p[0], p[1], p[2], p[3]])));
        }
        Self { width, height, values }
    }

    /// The plane at half the width and height; each value is the mean of four.
    pub(super) fn halved(&self) -> Self {
        let (width, height) = (self.width / 2, self.height / 2);
        let mut values = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                let sum: u32 = [(0, 0), (1, 0), (0, 1), (1, 1)]
                    .iter()
                    .map(|(dx, dy)| u32::from(self.at(2 * x + dx, 2 * y + dy)))
                    .sum();
                values.push((sum / 4) as u8);
            }
        }
        Self { width, height, values }
    }

    /// Value of a pixel, which must be inside the plane.
    pub(super) fn at(&self, x: usize, y: usize) -> u8 {
        self.values[y * self.width + x]
    }

    /// Bilinear sample at a point; (0, 0) is the centre of the first pixel. 255 outside the plane.
    pub(super) fn sample(&self, x: f32, y: f32) -> f32 {
        if !(x >= 0.0 && y >= 0.0 && x <= self.width as f32 - 1.0 && y <= self.height as f32 - 1.0) {
            return 255.0;
        }
        let (left, top) = (x as usize, y as usize);
        let (right, bottom) = ((left + 1).min(self.width - 1), (top + 1).min(self.height - 1));
        let (dx, dy) = (x - left as f32, y - top as f32);
        let mix = |a: u8, b: u8, part: f32| f32::from(a) + (f32::from(b) - f32::from(a)) * part;
        let (upper, lower) =
            (mix(self.at(left, top), self.at(right, top), dx), mix(self.at(left, bottom), self.at(right, bottom), dx));
        upper + (lower - upper) * dy
    }

    /// Which pixels are darker than the mean of their surroundings, within `reach` px in each direction.
    pub(super) fn dark(&self, reach: usize) -> Vec<bool> {
        // Summed-area table: the sum of any window takes four look-ups.
        let stride = self.width + 1;
        let mut sums = vec![0u32; stride * (self.height + 1)];
        for y in 0..self.height {
            let mut row = 0;
            for x in 0..self.width {
                row += u32::from(self.at(x, y));
                sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1].wrapping_add(row);
            }
        }
        let mut dark = Vec::with_capacity(self.values.len());
        for y in 0..self.height {
            let (top, bottom) = (y.saturating_sub(reach), (y + reach + 1).min(self.height));
            for x in 0..self.width {
                let (left, right) = (x.saturating_sub(reach), (x + reach + 1).min(self.width));
                // Modulo 2^32, which the sum of a window of a few thousand pixels cannot exceed.
                let sum = sums[bottom * stride + right]
                    .wrapping_sub(sums[top * stride + right])
                    .wrapping_sub(sums[bottom * stride + left])
                    .wrapping_add(sums[top * stride + left]);
                let area = ((bottom - top) * (right - left)) as u32;
                // The margin suppresses noise on an even background.
                dark.push((u32::from(self.at(x, y)) + MARGIN) * area < sum);
            }
        }
        dark
    }
}

/// How much darker than its surroundings a pixel must be, 0 to 255.
const MARGIN: u32 = 8;
