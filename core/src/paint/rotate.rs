//! Rotates drawn boxes about a point.

use crate::paint::{geometry::PxRect, raster::Raster};

/// Whether rotating by this angle changes nothing.
pub fn is_still(degrees: f32) -> bool {
    degrees % 360.0 == 0.0
}

/// Centre of a rectangle.
pub fn middle(rect: PxRect) -> (f32, f32) {
    ((rect.x0 as f32 + rect.x1 as f32) / 2.0, (rect.y0 as f32 + rect.y1 as f32) / 2.0)
}

/// Bounds of a rectangle rotated about a point, including its antialiased edges.
pub fn bounds(rect: PxRect, about: (f32, f32), degrees: f32) -> PxRect {
    if is_still(degrees) {
        return rect;
    }
    let (sin, cos) = sin_cos(degrees);
    let corners = [(rect.x0, rect.y0), (rect.x1, rect.y0), (rect.x0, rect.y1), (rect.x1, rect.y1)].map(|(x, y)| {
        let (x, y) = (x as f32 - about.0, y as f32 - about.1);
        (about.0 + x * cos - y * sin, about.1 + x * sin + y * cos)
    });
    let fold = |pick: fn((f32, f32)) -> f32, better: fn(f32, f32) -> f32| corners.map(pick).into_iter().reduce(better);
    let min = |pick| fold(pick, f32::min).unwrap_or_default().floor() as i32;
    let max = |pick| fold(pick, f32::max).unwrap_or_default().ceil() as i32;
    PxRect { x0: min(|p| p.0), y0: min(|p| p.1), x1: max(|p| p.0), y1: max(|p| p.1) }.grow(1)
}

/// Rotates pixels clockwise about a point; only pixels within `clip` are computed. Each pixel is interpolated from its
/// 4 x 4 neighbours (Catmull-Rom), so that edges are antialiased and the picture stays sharp.
pub fn rotate(raster: &Raster, about: (f32, f32), degrees: f32, clip: PxRect) -> Raster {
    let rect = bounds(raster.rect, about, degrees).intersect(&clip);
    if rect.is_empty() {
        return Raster::new(PxRect::default(), Vec::new());
    }
    let (sin, cos) = sin_cos(degrees);
    let mut pixels = Vec::with_capacity(rect.width() as usize * rect.height() as usize);
    for y in rect.y0..rect.y1 {
        for x in rect.x0..rect.x1 {
            let (dx, dy) = (x as f32 + 0.5 - about.0, y as f32 + 0.5 - about.1);
            let from_x = about.0 + dx * cos + dy * sin - raster.rect.x0 as f32;
            let from_y = about.1 - dx * sin + dy * cos - raster.rect.y0 as f32;
            pixels.push(sample(raster, from_x - 0.5, from_y - 0.5));
        }
    }
    Raster::new(rect, pixels)
}

/// Sine and cosine, exact at multiples of 90 degrees.
fn sin_cos(degrees: f32) -> (f32, f32) {
    match degrees.rem_euclid(360.0) {
        0.0 => (0.0, 1.0),
        90.0 => (1.0, 0.0),
        180.0 => (0.0, -1.0),
        270.0 => (-1.0, 0.0),
        other => other.to_radians().sin_cos(),
    }
}

/// Interpolated premultiplied colour at a position; (0, 0) is the centre of the first pixel. Everything outside the raster
/// is transparent.
fn sample(raster: &Raster, x: f32, y: f32) -> [u8; 4] {
    let (width, height) = (raster.rect.width() as i32, raster.rect.height() as i32);
    let (left, top) = (x.floor(), y.floor());
    let (first_x, first_y) = (left as i32 - 1, top as i32 - 1);
    if first_x <= -4 || first_y <= -4 || first_x >= width || first_y >= height {
        return [0; 4];
    }
    let (across, down) = (weights(x - left), weights(y - top));
    let mut sum = [0.0; 4];
    for (row, down) in (first_y..).zip(down).filter(|(row, _)| (0..height).contains(row)) {
        let line = &raster.pixels[(row * width) as usize..((row + 1) * width) as usize];
        for (column, across) in (first_x..).zip(across).filter(|(column, _)| (0..width).contains(column)) {
            let pixel = line[column as usize];
            for (sum, channel) in sum.iter_mut().zip(pixel) {
                *sum += across * down * f32::from(channel);
            }
        }
    }
    let alpha = (sum[3] + 0.5).clamp(0.0, 255.0);
    // `as` truncates; a channel must not exceed alpha.
    [0, 1, 2, 3].map(|i| (sum[i] + 0.5).clamp(0.0, alpha) as u8)
}

/// Weights of four neighbours for a position `t` (0 to 1) after the second one (Keys 1981, a = -1/2).
fn weights(t: f32) -> [f32; 4] {
    [
        t * (-0.5 + t * (1.0 - 0.5 * t)),
        1.0 + t * t * (-2.5 + 1.5 * t),
        t * (0.5 + t * (2.0 - 1.5 * t)),
        t * t * (-0.5 + 0.5 * t),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raster(width: u32, height: u32) -> Raster {
        let pixels = (0..width * height).map(|i| [(i * 7 % 200) as u8, (i * 3 % 100) as u8, 9, 255]).collect();
        Raster::new(PxRect::new(10, 20, width, height), pixels)
    }

    const CANVAS: PxRect = PxRect { x0: 0, y0: 0, x1: 200, y1: 200 };

    #[test]
    fn a_quarter_turn_moves_whole_pixels() {
        let raster = raster(6, 4);
        let about = middle(raster.rect);
        let turned = rotate(&raster, about, 90.0, CANVAS);
        // The top left pixel moves to the top right of a box of 4 x 6 px about (13, 22).
        let at = |x: i32, y: i32| {
            let (x, y) = ((x - turned.rect.x0) as usize, (y - turned.rect.y0) as usize);
            turned.pixels[y * turned.rect.width() as usize + x]
        };
        assert_eq!(at(14, 19), raster.pixels[0]);
        assert_eq!(at(11, 24), raster.pixels[23]);
        assert_eq!((at(10, 19), at(15, 19)), ([0; 4], [0; 4]));
        for degrees in [-270.0, 450.0 - 360.0] {
            assert_eq!(rotate(&raster, about, degrees, CANVAS), turned, "{degrees} degrees");
        }
    }

    #[test]
    fn drawing_stays_within_the_bounds_and_the_clip() {
        let raster = Raster::new(PxRect::new(60, 60, 80, 40), vec![[200, 100, 50, 255]; 3200]);
        for degrees in [1.0_f32, 17.0, 45.0, 133.7, -30.0] {
            let turned = rotate(&raster, (100.0, 80.0), degrees, CANVAS);
            let bounds = bounds(raster.rect, (100.0, 80.0), degrees);
            assert_eq!(turned.rect, bounds.intersect(&CANVAS));
            let wide = rotate(&raster, (100.0, 80.0), degrees, CANVAS.grow(100));
            let ink: f32 = wide.pixels.iter().map(|p| f32::from(p[3]) / 255.0).sum();
            assert!((ink - 3200.0).abs() < 30.0, "{degrees}: {ink} px of ink");
            let on_edge = |i: usize| {
                let (w, h) = (turned.rect.width() as usize, turned.rect.height() as usize);
                let (x, y) = (i % w, i / w);
                x == 0 || x == w - 1 || y == 0 || y == h - 1
            };
            let leaks = turned.pixels.iter().enumerate().filter(|(i, p)| on_edge(*i) && p[3] > 8).count();
            assert_eq!(leaks, 0, "{degrees}: ink on the edge of its bounds");
            assert!(turned.pixels.iter().all(|p| p[..3].iter().all(|c| *c <= p[3])), "{degrees}: not premultiplied");
        }
        let away = rotate(&raster, (-500.0, 80.0), 180.0, CANVAS);
        assert!(away.pixels.is_empty());
    }
}
