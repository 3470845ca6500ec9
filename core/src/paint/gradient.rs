//! Linear gradients (CSS Images 3, section 3.1).

use crate::{
    paint::raster::premultiply,
    style::{Color, Gradient},
};

/// Number of precomputed colours along a gradient: more than the eye can distinguish.
const COLORS: usize = 1024;

/// A gradient over a box, evaluated per pixel.
#[derive(Debug)]
pub struct Ramp {
    colors: Vec<[u8; 4]>,
    /// Index of the colour at a pixel's centre: `x * across + y * down + offset`.
    across: f32,
    down: f32,
    offset: f32,
}

impl Ramp {
    /// Memory size in bytes.
    pub const BYTES: usize = COLORS * 4;

    /// Creates a gradient over `[x, y, width, height]` in output px. The gradient line is long enough for the corners to
    /// have the first and the last colour.
    pub fn new(gradient: &Gradient, [x, y, width, height]: [f32; 4]) -> Self {
        let (sin, cos) = gradient.angle.to_radians().sin_cos();
        let length = ((width * sin).abs() + (height * cos).abs()).max(1e-3);
        let last = (COLORS - 1) as f32;
        let (across, down) = (sin / length * last, -cos / length * last);
        let (middle_x, middle_y) = (x + width / 2.0 - 0.5, y + height / 2.0 - 0.5);
        let offset = last / 2.0 - middle_x * across - middle_y * down;
        let colors = (0..COLORS).map(|at| color(gradient, at as f32 / last)).collect();
        Self { colors, across, down, offset }
    }

    /// Premultiplied colour of a pixel.
    pub fn at(&self, x: i32, y: i32) -> [u8; 4] {
        let index = x as f32 * self.across + y as f32 * self.down + self.offset;
        // `as` saturates.
        self.colors[((index + 0.5) as usize).min(COLORS - 1)]
    }
}

/// Premultiplied colour at a position from 0 to 1. Interpolates premultiplied colours.
fn color(gradient: &Gradient, position: f32) -> [u8; 4] {
    let after = gradient.stops.partition_point(|stop| stop.0 <= position);
    let (Some(first), Some(last)) = (gradient.stops.first(), gradient.stops.last()) else {
        return premultiply(Color::BLACK, 1.0);
    };
    let before = after.checked_sub(1).and_then(|at| gradient.stops.get(at)).unwrap_or(first);
    let next = gradient.stops.get(after).unwrap_or(last);
    let span = next.0 - before.0;
    let share = if span > 0.0 { (position - before.0) / span } else { 0.0 };
    let (a, b) = (premultiply(before.1, 1.0), premultiply(next.1, 1.0));
    std::array::from_fn(|i| (f32::from(a[i]) + (f32::from(b[i]) - f32::from(a[i])) * share + 0.5) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::style::Stop;

    const RED: Color = Color { r: 255, g: 0, b: 0, a: 255 };
    const BLUE: Color = Color { r: 0, g: 0, b: 255, a: 255 };

    fn ramp(angle: f32, stops: Vec<Stop>) -> Ramp {
        Ramp::new(&Gradient { angle, stops }, [10.0, 20.0, 100.0, 40.0])
    }

    #[test]
    fn a_gradient_runs_along_its_angle_from_edge_to_edge() {
        let right = ramp(90.0, vec![Stop(0.0, RED), Stop(1.0, BLUE)]);
        assert!(right.at(10, 0)[0] > 252 && right.at(109, 99)[2] > 252);
        assert_eq!((right.at(60, 20), right.at(-500, 0)), (right.at(60, 59), [255, 0, 0, 255]));
        let down = ramp(180.0, vec![Stop(0.0, RED), Stop(1.0, BLUE)]);
        assert!(down.at(60, 20)[0] > 250 && down.at(60, 59)[2] > 250, "{:?} {:?}", down.at(60, 20), down.at(60, 59));
        let up = ramp(0.0, vec![Stop(0.0, RED), Stop(1.0, BLUE)]);
        assert!(up.at(60, 59)[0] > 250);
    }

    #[test]
    fn stops_may_coincide_and_need_not_reach_the_ends() {
        let hard = ramp(90.0, vec![Stop(0.5, RED), Stop(0.5, BLUE)]);
        assert_eq!(
            (hard.at(10, 0), hard.at(58, 0), hard.at(62, 0)),
            ([255, 0, 0, 255], [255, 0, 0, 255], [0, 0, 255, 255])
        );
    }
}
