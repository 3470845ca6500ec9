//! Gaussian blur of coverage.

use crate::paint::raster::Mask;

/// Smallest sigma for which three box blurs approximate the Gaussian, within 6 % and at a fraction of its cost
/// (Filter Effects 1, section 9.6, `feGaussianBlur`).
const MIN_BOX_SIGMA: f32 = 2.0;

/// Distance in px that a blur spreads ink beyond its edge.
pub fn reach(sigma: f32) -> i32 {
    match sigma < MIN_BOX_SIGMA {
        true => (sigma * 3.0).ceil().max(0.0) as i32,
        false => i32::try_from(box_width(sigma) / 2).unwrap_or(i32::MAX).saturating_mul(3).saturating_add(1),
    }
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
        gaussian(mask.coverage.as_chunks_mut::<1>().0, width as usize, sigma);
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

/// Blurs pixels of `N` interleaved channels in rows of `width` by a Gaussian of standard deviation `sigma` px, cut off at
/// two standard deviations. Pixels beyond the edge equal the nearest ones at the edge.
pub fn gaussian<const N: usize>(pixels: &mut [[u8; N]], width: usize, sigma: f32) {
    if sigma <= 0.0 || pixels.is_empty() || width == 0 {
        return;
    }
    let kernel = kernel(sigma);
    let (half, height) = (kernel.len() / 2, pixels.len() / width);
    let mut sums = vec![[0.0_f32; N]; width];
    // `taps` gives the pixel of each kernel weight; adding one weight to a whole row at a time vectorises.
    let add = |sums: &mut [[f32; N]], row: &[[u8; N]], weight: f32, at: &dyn Fn(usize) -> usize| {
        for (x, sum) in sums.iter_mut().enumerate() {
            sum.iter_mut().zip(row[at(x)]).for_each(|(sum, channel)| *sum += f32::from(channel) * weight);
        }
    };
    let mut rows = Vec::with_capacity(pixels.len());
    for row in pixels.chunks_exact(width) {
        sums.fill([0.0; N]);
        for (tap, weight) in kernel.iter().enumerate() {
            add(&mut sums, row, *weight, &|x| (x + tap).saturating_sub(half).min(width - 1));
        }
        rows.extend(sums.iter().map(|sum| sum.map(|channel| channel as u8)));
    }
    for (y, out) in pixels.chunks_exact_mut(width).enumerate() {
        sums.fill([0.0; N]);
        for (tap, weight) in kernel.iter().enumerate() {
            let from = (y + tap).saturating_sub(half).min(height - 1);
            add(&mut sums, &rows[from * width..(from + 1) * width], *weight, &|x| x);
        }
        // `as` saturates at 0 and 255.
        out.iter_mut().zip(&sums).for_each(|(pixel, sum)| *pixel = sum.map(|channel| channel as u8));
    }
}

/// Weights of a Gaussian, normalised; an odd number of them.
fn kernel(sigma: f32) -> Vec<f32> {
    let radius = (2.0 * sigma).ceil() as i32;
    let density =
        |x: f32| (sigma * (2.0 * std::f32::consts::PI).sqrt()).recip() * (-x.powi(2) / (2.0 * sigma.powi(2))).exp();
    let mut kernel: Vec<f32> = (-radius..=radius).map(|x| density(x.abs() as f32)).collect();
    let sum: f32 = kernel.iter().sum();
    kernel.iter_mut().for_each(|weight| *weight /= sum);
    kernel
}

/// The mean of each px, `before` px before it and `after` px after it in its row.
fn rows(from: &[u8], to: &mut [u8], width: usize, before: usize, after: usize) {
    let factor = factor(before + after + 1);
    for start in (0..from.len()).step_by(width) {
        let (above, to) = to.split_at_mut(start);
        let (row, to) = (&from[start..start + width], &mut to[..width]);
        // Straight edges make most rows equal to the one above.
        if let Some(last) = start.checked_sub(width)
            && from[last..start] == *row
        {
            to.copy_from_slice(&above[last..]);
            continue;
        }
        let mut sum: u32 = row[..after.min(width)].iter().map(|&c| u32::from(c)).sum();
        for (x, to) in to.iter_mut().enumerate() {
            sum += row.get(x + after).map_or(0, |&c| u32::from(c));
            *to = mean(sum, factor);
            sum -= x.checked_sub(before).map_or(0, |x| u32::from(row[x]));
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
        let (above, out) = to.split_at_mut(y * width);
        let out = &mut out[..width];
        let entering = (y + after < height).then(|| row(y + after));
        let leaving = y.checked_sub(before + 1).map(row);
        // Within a straight shape, most boxes have the same sums as those above.
        if y > 0 && entering == leaving {
            out.copy_from_slice(&above[(y - 1) * width..]);
            continue;
        }
        if let Some(row) = entering {
            sums.iter_mut().zip(row).for_each(|(sum, &c)| *sum += u32::from(c));
        }
        if let Some(row) = leaving {
            sums.iter_mut().zip(row).for_each(|(sum, &c)| *sum -= u32::from(c));
        }
        out.iter_mut().zip(&*sums).for_each(|(to, &sum)| *to = mean(sum, factor));
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
    use crate::paint::geometry::PxRect;

    #[test]
    fn three_boxes_are_close_to_a_gaussian() {
        for sigma in [2.0, 3.3, 6.0, 12.5] {
            let reach = reach(sigma);
            let mut mask = Mask::empty(PxRect::new(0, 0, 60, 40).grow(reach));
            mask.add(PxRect::new(0, 0, 60, 40), |_| 255);
            let mut exact = mask.coverage.clone();
            gaussian(exact.as_chunks_mut::<1>().0, mask.rect.width() as usize, sigma);
            blur(&mut mask, sigma);
            let worst = mask.coverage.iter().zip(exact).map(|(a, b)| a.abs_diff(b)).max();
            assert!(worst <= Some(15), "sigma {sigma}: differs by {worst:?} of 255");
        }
    }

    #[test]
    fn equal_rows_are_blurred_as_others() {
        const WIDTH: usize = 40;
        let row = |kind: usize| (0..WIDTH).map(move |x| if (x / 7) % 3 == kind { 255 } else { (x * kind) as u8 });
        let kinds = [0, 0, 1, 1, 1, 1, 1, 1, 1, 0, 2, 0];
        let (from, height) = (kinds.into_iter().flat_map(row).collect::<Vec<u8>>(), kinds.len());
        for (before, after) in [(1, 1), (2, 1), (3, 3), (60, 60)] {
            let expected =
                |pixels: &mut dyn Iterator<Item = u8>| mean(pixels.map(u32::from).sum(), factor(before + after + 1));
            let near = |at: usize, end: usize| at.saturating_sub(before)..end.min(at + after + 1);
            let (mut across, mut down) = (vec![0; from.len()], vec![0; from.len()]);
            rows(&from, &mut across, WIDTH, before, after);
            columns(&from, &mut down, &mut [0; WIDTH], height, before, after);
            for (at, (across, down)) in across.into_iter().zip(down).enumerate() {
                let (x, y) = (at % WIDTH, at / WIDTH);
                assert_eq!(across, expected(&mut near(x, WIDTH).map(|x| from[y * WIDTH + x])), "{x}, {y} across");
                assert_eq!(down, expected(&mut near(y, height).map(|y| from[y * WIDTH + x])), "{x}, {y} down");
            }
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
