//! Luminance and contrast of pixels.

use std::sync::LazyLock;

/// Contribution of each 8-bit sRGB channel (red, green, blue) to a luminance (IEC 61966-2-1).
pub(super) struct Light([[f32; 256]; 3]);

/// Relative luminance (WCAG 2.2).
pub(super) static LIGHT: LazyLock<Light> = LazyLock::new(|| Light::new([0.2126, 0.7152, 0.0722]));
/// Luminance in red light.
pub(super) static RED_LIGHT: LazyLock<Light> = LazyLock::new(|| Light::new([1.0, 0.0, 0.0]));

impl Light {
    fn new(weights: [f32; 3]) -> Self {
        Self(weights.map(|weight| {
            std::array::from_fn(|value| {
                let c = value as f32 / 255.0;
                weight * if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
            })
        }))
    }

    /// Luminance of an opaque pixel, 0 to 1.
    pub fn of(&self, [r, g, b, _]: [u8; 4]) -> f32 {
        let Self([red, green, blue]) = self;
        red[usize::from(r)] + green[usize::from(g)] + blue[usize::from(b)]
    }
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

/// Running mean of luminance.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mean {
    pub sum: f32,
    pub count: u32,
}

impl Mean {
    pub fn add(&mut self, value: f32) {
        self.sum += value;
        self.count += 1;
    }

    pub fn join(&mut self, other: Self) {
        self.sum += other.sum;
        self.count += other.count;
    }

    pub fn value(self) -> f32 {
        self.sum / self.count.max(1) as f32
    }
}
