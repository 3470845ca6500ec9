//! Integer pixel rectangles.

use crate::plan::PlannedCanvas;

/// A rectangle of output px; empty when a side is not positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PxRect {
    /// Left edge, inclusive.
    pub x0: i32,
    /// Top edge, inclusive.
    pub y0: i32,
    /// Right edge, exclusive.
    pub x1: i32,
    /// Bottom edge, exclusive.
    pub y1: i32,
}

impl PxRect {
    /// Creates a rectangle from its top left corner and size.
    pub fn new(x: i32, y: i32, width: u32, height: u32) -> Self {
        Self { x0: x, y0: y, x1: x.saturating_add_unsigned(width), y1: y.saturating_add_unsigned(height) }
    }

    /// Snaps a box in px at scale 1 to the output's pixels, so that straight edges stay sharp. At least 1 x 1 px.
    pub fn snap([x, y, width, height]: [f32; 4], scale: f32) -> Self {
        // `as` saturates; the values are validated to be finite and moderate.
        let round = |v: f32| (v * scale).round() as i32;
        let (x0, y0) = (round(x), round(y));
        Self { x0, y0, x1: round(x + width).max(x0.saturating_add(1)), y1: round(y + height).max(y0.saturating_add(1)) }
    }

    /// The smallest rectangle of whole pixels that contains `[x0, y0, x1, y1]`, output px.
    pub fn around([x0, y0, x1, y1]: [f32; 4]) -> Self {
        Self { x0: x0.floor() as i32, y0: y0.floor() as i32, x1: x1.ceil() as i32, y1: y1.ceil() as i32 }
    }

    /// Width in px.
    pub fn width(&self) -> u32 {
        self.x1.saturating_sub(self.x0).max(0) as u32
    }

    /// Height in px.
    pub fn height(&self) -> u32 {
        self.y1.saturating_sub(self.y0).max(0) as u32
    }

    /// Whether it contains no pixel.
    pub fn is_empty(&self) -> bool {
        self.x1 <= self.x0 || self.y1 <= self.y0
    }

    /// Whether it contains a point.
    pub fn contains(&self, x: f32, y: f32) -> bool {
        x >= self.x0 as f32 && x < self.x1 as f32 && y >= self.y0 as f32 && y < self.y1 as f32
    }

    /// Number of pixels.
    pub fn area(&self) -> u64 {
        u64::from(self.width()) * u64::from(self.height())
    }

    /// Whether every pixel of another rectangle lies within it.
    pub fn covers(&self, other: &Self) -> bool {
        other.is_empty() || self.intersect(other) == *other
    }

    /// The intersection; empty when the rectangles do not overlap.
    pub fn intersect(&self, other: &Self) -> Self {
        Self {
            x0: self.x0.max(other.x0),
            y0: self.y0.max(other.y0),
            x1: self.x1.min(other.x1),
            y1: self.y1.min(other.y1),
        }
    }

    /// The smallest rectangle that contains both.
    pub fn union(&self, other: &Self) -> Self {
        if self.is_empty() {
            return *other;
        }
        if other.is_empty() {
            return *self;
        }
        Self {
            x0: self.x0.min(other.x0),
            y0: self.y0.min(other.y0),
            x1: self.x1.max(other.x1),
            y1: self.y1.max(other.y1),
        }
    }

    /// Grown by `by` px on each side (shrunk when negative).
    pub fn grow(&self, by: i32) -> Self {
        Self {
            x0: self.x0.saturating_sub(by),
            y0: self.y0.saturating_sub(by),
            x1: self.x1.saturating_add(by),
            y1: self.y1.saturating_add(by),
        }
    }

    /// Moved by `x`, `y` px.
    pub fn shift(&self, x: i32, y: i32) -> Self {
        Self {
            x0: self.x0.saturating_add(x),
            y0: self.y0.saturating_add(y),
            x1: self.x1.saturating_add(x),
            y1: self.y1.saturating_add(y),
        }
    }
}

/// Output px of a canvas at a scale.
pub fn canvas_size(canvas: PlannedCanvas, scale: f32) -> (u32, u32) {
    let px = |side: u32| ((side as f32 * scale).round() as u32).max(1);
    (px(canvas.width), px(canvas.height))
}

#[cfg(test)]
mod tests {
    use super::PxRect;

    #[test]
    fn snapped_neighbours_stay_adjacent() {
        let left = PxRect::snap([10.4, 0.0, 20.3, 10.0], 1.0);
        let right = PxRect::snap([30.7, 0.0, 20.0, 10.0], 1.0);
        assert_eq!(left.x1, right.x0);
        assert_eq!(PxRect::snap([5.0, 5.0, 0.1, 0.1], 1.0).width(), 1);
    }

    #[test]
    fn far_away_boxes_saturate() {
        let far = PxRect::snap([3e38, -3e38, 1.0, 1.0], 3.0);
        assert!(far.intersect(&PxRect::new(0, 0, 750, 1334)).is_empty());
    }
}
