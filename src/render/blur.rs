//! Gaussian blur of coverage.

use imageproc::{filter::gaussian_blur_f32, image::GrayImage};

use super::raster::Mask;

/// Smallest sigma for which three box blurs approximate the Gaussian, within 6 % and at a fraction of its cost
/// (Filter Effects 1, section 9.6, `feGaussianBlur`).
const MIN_BOX_SIGMA: f32 = 2.0;

/// Distance in px that a blur spreads ink beyond its edge.
pub fn reach(sigma: f32) -> i32 {
    if sigma < MIN_BOX_SIGMA { (sigma * 3.0).ceil().max(0.0) as i32 } else { 3 * (box_width(sigma) as i32 / 2) + 1 }
}

fn box_width(sigma: f32) -> usize {
    (sigma * 3.0 * (2.0 * std::f32::consts::PI).sqrt() / 4.0 + 0.5).floor() as usize
}

/// Blurs a mask in place. Ink closer than [`reach`] px to the mask's edges is cut off there.
pub fn blur(mask: &mut Mask, sigma: f32) {
    let (width, height) = (mask.rect.width(), mask.rect.height());
    if sigma <= 0.0 || mask.coverage.is_empty() {
        return;
    }
    if sigma < MIN_BOX_SIGMA {
        if let Some(image) = GrayImage::from_raw(width, height, std::mem::take(&mut mask.coverage)) {
            mask.coverage = gaussian_blur_f32(&image, sigma).into_raw();
        }
        return;
    }
    let (width, height, size) = (width as usize, height as usize, box_width(sigma));
    // A box of even size is half a px off centre: shift one left, one right, and centre a third that is 1 px larger.
    let half = size / 2;
    let boxes = if size % 2 == 1 { [(half, half); 3] } else { [(half, half - 1), (half - 1, half), (half, half)] };
    let mut other = vec![0; mask.coverage.len()];
    for (before, after) in boxes {
        rows(&mask.coverage, &mut other, width, before, after);
        std::mem::swap(&mut mask.coverage, &mut other);
    }
    let mut sums = vec![0; width];
    for (before, after) in boxes {
        columns(&mask.coverage, &mut other, &mut sums, height, before, after);
        std::mem::swap(&mut mask.coverage, &mut other);
    }
}

/// Box blur along rows: writes the mean of each px, the `before` px before it and the `after` px after it.
fn rows(from: &[u8], to: &mut [u8], width: usize, before: usize, after: usize) {
    let factor = factor(before + after + 1);
    for (from, to) in from.chunks_exact(width).zip(to.chunks_exact_mut(width)) {
        let mut sum: u32 = from[..after.min(width)].iter().map(|&c| u32::from(c)).sum();
        for (x, to) in to.iter_mut().enumerate() {
            sum += from.get(x + after).map_or(0, |&c| u32::from(c));
            *to = mean(sum, factor);
            sum -= x.checked_sub(before).map_or(0, |x| u32::from(from[x]));
        }
    }
}

/// Box blur along columns. Processes one row at a time, with a running sum per column.
fn columns(from: &[u8], to: &mut [u8], sums: &mut [u32], height: usize, before: usize, after: usize) {
    let width = sums.len();
    let factor = factor(before + after + 1);
    let row = |y: usize| &from[y * width..(y + 1) * width];
    sums.fill(0);
    for y in 0..after.min(height) {
        sums.iter_mut().zip(row(y)).for_each(|(sum, &c)| *sum += u32::from(c));
    }
    for y in 0..height {
        if y + after < height {
            sums.iter_mut().zip(row(y + after)).for_each(|(sum, &c)| *sum += u32::from(c));
        }
        let out = &mut to[y * width..(y + 1) * width];
        out.iter_mut().zip(&*sums).for_each(|(to, &sum)| *to = mean(sum, factor));
        if let Some(y) = y.checked_sub(before) {
            sums.iter_mut().zip(row(y)).for_each(|(sum, &c)| *sum -= u32::from(c));
        }
    }
}

/// 2^32 / `count`, rounded up: replaces the division in [`mean`] by a multiplication.
fn factor(count: usize) -> u64 {
    (1u64 << 32).div_ceil(count as u64)
}

fn mean(sum: u32, factor: u64) -> u8 {
    ((u64::from(sum) * factor + (1 << 31)) >> 32).min(255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::geometry::PxRect;

    #[test]
    fn three_boxes_are_close_to_a_gaussian() {
        for sigma in [2.0, 3.3, 6.0, 12.5] {
            let reach = reach(sigma);
            let mut mask = Mask::empty(PxRect::new(0, 0, 60, 40).grow(reach));
            mask.add(PxRect::new(0, 0, 60, 40), |_| 255);
            let image = GrayImage::from_raw(mask.rect.width(), mask.rect.height(), mask.coverage.clone());
            let exact = gaussian_blur_f32(&image.expect("an image"), sigma);
            blur(&mut mask, sigma);
            let worst = mask.coverage.iter().zip(exact.as_raw()).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(worst <= Some(15), "sigma {sigma}: differs by {worst:?} of 255");
        }
    }

    #[test]
    fn ink_ends_at_the_reach() {
        for sigma in [0.4, 1.9, 2.0, 2.5, 7.0, 30.0] {
            let reach = reach(sigma);
            let mut mask = Mask::empty(PxRect::new(0, 0, 1, 1).grow(reach + 3));
            mask.add(PxRect::new(0, 0, 1, 1), |_| 255);
            blur(&mut mask, sigma);
            let width = mask.rect.width() as usize;
            let edge = |at: usize| at < 3 || at >= width - 3;
            let outside =
                mask.coverage.iter().enumerate().find(|(at, c)| **c > 0 && (edge(at % width) || edge(at / width)));
            assert_eq!(outside, None, "sigma {sigma}, reach {reach}");
        }
    }
}
