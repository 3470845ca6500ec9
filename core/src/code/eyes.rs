//! Finds the eyes of a code: concentric shapes in its top left, top right and bottom left corner. They tell the picture of a code
//! from any other. Only their place and rough proportions count, because WeChat documents no others.

use image::RgbaImage;

/// Shape of the eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EyeShape {
    /// Circles, of round codes.
    Round,
    /// Squares, of QR codes.
    Square,
}

/// Values below which a pixel may be ink. The last one is for light ink.
const THRESHOLDS: [u8; 3] = [128, 200, 235];
/// Minimum and maximum width of an eye, as a share of the picture's.
const WIDTHS: (f32, f32) = (0.03, 0.35);
/// An eye is in a corner that is this share of the picture wide and high.
const CORNER: f32 = 0.42;
/// Minimum and maximum shares of an eye's ring, gap and dot in a line through its centre. They are 1/7, 1/7 and 3/7 in QR codes.
const RING: (f32, f32) = (0.06, 0.26);
const GAP: (f32, f32) = (0.05, 0.26);
const DOT: (f32, f32) = (0.25, 0.62);
/// Pictures of twice this width or more are searched in steps of more than one row, which are less than the dot of the smallest eye.
const ROWS: usize = 140;
/// Maximum number of candidates in a corner.
const MAX_CANDIDATES: usize = 24;

/// Centre and width of an eye, px.
#[derive(Debug, Clone, Copy)]
struct Eye {
    x: f32,
    y: f32,
    width: f32,
}

/// The shape of the eyes of a square picture. `None` if there are none.
pub fn find(picture: &RgbaImage) -> Option<EyeShape> {
    let values = values(picture);
    THRESHOLDS.iter().find_map(|threshold| {
        let ink: Vec<bool> = values.iter().map(|value| value < threshold).collect();
        Ink { pixels: &ink, side: picture.width() as usize }.shape()
    })
}

/// How light the pixels are, 0 to 255: the darkest channel, so that coloured ink is dark. On a transparent background, where any
/// ink is visible, how transparent they are.
fn values(picture: &RgbaImage) -> Vec<u8> {
    let is_transparent = picture.pixels().next().is_some_and(|corner| corner.0[3] < 128);
    let value = |[r, g, b, a]: [u8; 4]| match is_transparent {
        true => 255 - a,
        false => r.min(g).min(b),
    };
    picture.pixels().map(|pixel| value(pixel.0)).collect()
}

/// Whether all pixels of a picture are nearly equal.
pub fn is_blank(picture: &RgbaImage) -> bool {
    const MAX_DIFFERENCE: u8 = 16;
    let Some(first) = picture.pixels().next() else { return true };
    picture.pixels().all(|pixel| pixel.0.iter().zip(first.0).all(|(a, b)| a.abs_diff(b) <= MAX_DIFFERENCE))
}

/// Ink of a square picture.
struct Ink<'p> {
    pixels: &'p [bool],
    side: usize,
}

impl Ink<'_> {
    fn at(&self, x: usize, y: usize) -> bool {
        self.pixels[y * self.side + x]
    }

    fn shape(&self) -> Option<EyeShape> {
        let [corners, rights, belows] = self.candidates();
        let is_near = |a: f32, b: f32, width: f32| (a - b).abs() < width / 2.0;
        let belong = |a: &Eye, b: &Eye, c: &Eye| {
            let width = (a.width + b.width + c.width) / 3.0;
            [a, b, c].iter().all(|eye| (eye.width / width - 1.0).abs() < 0.25)
                && is_near(a.y, b.y, width)
                && is_near(a.x, c.x, width)
                && is_near(b.x - a.x, c.y - a.y, width)
                && b.x - a.x > 1.5 * width
        };
        let pairs = corners.iter().flat_map(|a| rights.iter().map(move |b| (a, b)));
        let mut triples = pairs.flat_map(|(a, b)| belows.iter().map(move |c| [a, b, c]));
        triples.find(|[a, b, c]| belong(a, b, c)).map(|eyes| self.shape_of(eyes))
    }

    /// The corners of square eyes are ink.
    fn shape_of(&self, eyes: [&Eye; 3]) -> EyeShape {
        let is_ink = |x: f32, y: f32| {
            let within = |at: f32| (at.round().max(0.0) as usize).min(self.side - 1);
            self.at(within(x), within(y))
        };
        let reach = |eye: &Eye| eye.width * 0.42;
        let corners = eyes.iter().flat_map(|eye| {
            [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)]
                .map(|(x, y)| (eye.x + x * reach(eye), eye.y + y * reach(eye)))
        });
        if corners.filter(|(x, y)| is_ink(*x, *y)).count() >= 9 { EyeShape::Square } else { EyeShape::Round }
    }

    /// Eyes in the top left, top right and bottom left corner.
    fn candidates(&self) -> [Vec<Eye>; 3] {
        let mut found = [const { Vec::<Eye>::new() }; 3];
        let near = CORNER * self.side as f32;
        let far = self.side as f32 - near;
        let mut runs = Vec::new();
        // Every eye is many rows high.
        for y in (0..self.side).step_by((self.side / ROWS).max(1)) {
            runs.clear();
            let mut start = 0;
            for run in self.pixels[y * self.side..][..self.side].chunk_by(|a, b| a == b) {
                runs.push((start, run.len()));
                start += run.len();
            }
            for five in runs.windows(5).filter(|five| self.at(five[0].0, y)) {
                let lengths = [0, 1, 2, 3, 4].map(|run| five[run].1);
                if !self.is_eye(lengths) {
                    continue;
                }
                let (start, length) = five[2];
                let corner = match (start as f32, y as f32) {
                    (x, y) if x < near && y < near => 0,
                    (x, y) if x > far && y < near => 1,
                    (x, y) if x < near && y > far => 2,
                    _ => continue,
                };
                let across = lengths.iter().sum::<usize>() as f32;
                let Some((middle, height)) = self.cut(start + length / 2, y) else { continue };
                let eye = Eye { x: start as f32 + (length as f32 - 1.0) / 2.0, y: middle, width: across.max(height) };
                let is_known = |known: &Eye| (known.x - eye.x).abs().max((known.y - eye.y).abs()) < 2.0;
                let known = &mut found[corner];
                if (height / across - 1.0).abs() < 0.3 && known.len() < MAX_CANDIDATES && !known.iter().any(is_known) {
                    known.push(eye);
                }
            }
        }
        found
    }

    /// Whether five runs of ink, ground, ink, ground and ink are a line through an eye.
    fn is_eye(&self, runs: [usize; 5]) -> bool {
        let width = runs.iter().sum::<usize>() as f32;
        let share = |run: usize, (min, max): (f32, f32)| (min..=max).contains(&(runs[run] as f32 / width));
        let alike = |a: usize, b: usize| runs[a].abs_diff(runs[b]) as f32 <= 0.3 * runs[a].max(runs[b]) as f32 + 2.0;
        (WIDTHS.0..=WIDTHS.1).contains(&(width / self.side as f32))
            && [(0, RING), (1, GAP), (2, DOT), (3, GAP), (4, RING)].iter().all(|(run, range)| share(*run, *range))
            && alike(0, 4)
            && alike(1, 3)
    }

    /// Middle and height of the eye around a pixel of its dot, in its column.
    fn cut(&self, x: usize, y: usize) -> Option<(f32, f32)> {
        let (mut runs, mut first, mut last) = ([0; 5], y, y);
        for run in [2, 1, 0] {
            while first > 0 && self.at(x, first - 1) == (run != 1) {
                first -= 1;
                runs[run] += 1;
            }
        }
        for run in [2, 3, 4] {
            while last + 1 < self.side && self.at(x, last + 1) == (run != 3) {
                last += 1;
                runs[run] += 1;
            }
        }
        runs[2] += 1;
        let middle = (first + runs[0] + runs[1]) as f32 + (runs[2] as f32 - 1.0) / 2.0;
        self.is_eye(runs).then_some((middle, (last + 1 - first) as f32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        code::{CodeNeed, Opens},
        sample,
        scene::Scene,
    };

    fn drawn(need: &CodeNeed) -> RgbaImage {
        let asset = sample::code(need).expect("a code");
        image::load_from_memory(&asset.bytes).expect("a picture").into_rgba8()
    }

    #[test]
    fn codes_of_all_sizes_and_styles_have_eyes() {
        let scene = Scene::Text("id=123&type=product".to_owned());
        let round = CodeNeed::unlimited("default", "pages/detail/detail", scene);
        let square =
            CodeNeed { opens: Opens::Square { path: format!("pages/a?id={}", "9".repeat(110)) }, ..round.clone() };
        let styles = [
            (None, false),
            (Some([7, 193, 96]), false),
            (Some([255, 200, 0]), false),
            (Some([255; 3]), true),
            (None, true),
        ];
        let paths = ["a".to_owned(), "pages/a?id=".to_owned() + &"9".repeat(110)];
        // The smallest code has all styles, each of the others some, and together they have all.
        for (at, width) in [280, 300, 430, 700, 1280].into_iter().enumerate() {
            let is_tried = |style: usize, count: usize| at == 0 || (at + style).is_multiple_of(count);
            for (_, (line_color, is_hyaline)) in styles.iter().enumerate().filter(|(style, _)| is_tried(*style, 3)) {
                let need = CodeNeed { width, line_color: *line_color, is_hyaline: *is_hyaline, ..round.clone() };
                assert_eq!(find(&drawn(&need)), Some(EyeShape::Round), "{width} {line_color:?} {is_hyaline}");
            }
            for (_, path) in paths.iter().enumerate().filter(|(path, _)| is_tried(*path, 2)) {
                let need = CodeNeed { width, opens: Opens::Square { path: path.clone() }, ..square.clone() };
                let picture = drawn(&need);
                assert_eq!(find(&picture), Some(EyeShape::Square), "{width} {:?}", need.opens);
                assert!(!is_blank(&picture));
            }
        }
    }

    #[test]
    fn other_pictures_have_none() {
        let side = 430;
        let noise = RgbaImage::from_fn(side, side, |x, y| {
            image::Rgba([(x * 7) as u8, (y * 5) as u8, ((x * y * 31) >> 3) as u8, 255])
        });
        let need = CodeNeed::unlimited("default", "p", Scene::Text("a".to_owned()));
        let turned = image::imageops::rotate180(&drawn(&need));
        let mut covered = drawn(&need);
        for (x, y) in (0..140).flat_map(|x| (0..140).map(move |y| (x, y))) {
            covered.put_pixel(x, y, image::Rgba([255; 4]));
        }
        let stripes = RgbaImage::from_fn(side, side, |x, _| image::Rgba([if x % 20 < 10 { 0 } else { 255 }; 4]));
        for (picture, name) in [(noise, "noise"), (turned, "turned"), (covered, "covered"), (stripes, "stripes")] {
            assert_eq!(find(&picture), None, "{name}");
        }
        let white = RgbaImage::from_pixel(side, side, image::Rgba([250; 4]));
        assert!(is_blank(&white) && find(&white).is_none());
    }
}
