//! What lies beneath a code decides its colour, and whether it needs a plate.
//!
//! The colours come from a small table: every colour is another code that WeChat must be asked for, and posters over
//! similar grounds share one.

use std::collections::BTreeMap;

use super::{
    CONTRAST, COVERED, COVERED_TILE,
    measure::{LEAST, Mean, TILES, ratio, relative_luminance},
};
use crate::{code::Look, style::Color};

/// The pixels beneath a code and around it, before it is drawn.
#[derive(Debug, Clone)]
pub struct Ground {
    /// Opaque pixels, row by row.
    pub pixels: Vec<[u8; 4]>,
    /// Pixels of a row.
    pub width: usize,
    /// Whether the code is round, so that the corners do not matter.
    pub is_round: bool,
}

/// What a code leaves to be decided.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// Its colour; none when it is to be chosen.
    pub color: Option<Color>,
    /// Colour of the plate that may be drawn.
    pub plate: Option<Color>,
}

/// Hues of the palette, 30 degrees apart, red first: each as a colour of relative luminance 0.075 (on white 8.4:1) and
/// one of 0.028 (13:1).
const PALETTE: [[[u8; 3]; 2]; 12] = [
    [[147, 35, 35], [87, 25, 25]],
    [[110, 68, 26], [64, 42, 19]],
    [[80, 80, 19], [48, 48, 14]],
    [[53, 86, 20], [33, 52, 15]],
    [[21, 90, 21], [16, 54, 16]],
    [[21, 89, 55], [15, 53, 34]],
    [[20, 86, 86], [15, 52, 52]],
    [[30, 79, 128], [22, 48, 75]],
    [[50, 50, 207], [34, 34, 118]],
    [[106, 40, 171], [63, 29, 98]],
    [[132, 31, 132], [78, 23, 78]],
    [[142, 33, 87], [84, 24, 54]],
];
/// Largest difference of two channels of a grey, 0 to 255: the hue of less is an accident.
const GREY: f32 = 16.0;
/// What is decided keeps away from the limits of the gate by this factor: smoothed edges cost some contrast.
const RESERVE: f32 = 1.15;

/// Decides the looks of codes, each with its layer's position. Those whose colour is to be chosen get the same one: they
/// are one code.
pub fn looks(codes: &[(usize, Ground, Wish)]) -> BTreeMap<usize, Look> {
    let seen: Vec<Seen> = codes.iter().map(|(_, ground, wish)| Seen::of(ground, wish.plate)).collect();
    let chosen = || codes.iter().zip(&seen).filter(|((.., wish), _)| wish.color.is_none()).map(|(_, seen)| seen);
    let candidates = chosen().next().map(|seen| palette(seen.mean)).unwrap_or_default();
    // A plate is drawn only when no colour does without.
    let bare = candidates.iter().find(|color| chosen().all(|seen| seen.bare.bears(**color)));
    let plated = || candidates.iter().find(|color| chosen().all(|seen| seen.best(**color).bears(**color)));
    let color = bare.copied().or_else(|| plated().copied()).unwrap_or(Color::BLACK);
    let look = |((position, _, wish), seen): (&(usize, Ground, Wish), &Seen)| {
        let color = wish.color.unwrap_or(color);
        let tiles = seen.best(color);
        let look = Look {
            line_color: wish.color.is_none().then_some(color),
            plate: seen.plated.as_ref().map(|_| !seen.bare.bears(color)),
            contrast: tiles.contrast(luminance_of(color)),
        };
        (*position, look)
    };
    codes.iter().zip(&seen).map(look).collect()
}

/// Colours for a ground of this mean, the most colourful first.
fn palette(mean: [f32; 3]) -> Vec<Color> {
    let [r, g, b] = mean;
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    let chroma = most - least;
    if chroma < GREY {
        return vec![Color::BLACK];
    }
    // HSV's hue in sixths of the circle.
    let sixth = match most {
        v if v == r => (g - b) / chroma,
        v if v == g => (b - r) / chroma + 2.0,
        _ => (r - g) / chroma + 4.0,
    };
    let index = (sixth * 2.0).round().rem_euclid(12.0) as usize;
    let of = |[r, g, b]: [u8; 3]| Color { r, g, b, a: 255 };
    PALETTE.get(index).into_iter().flatten().copied().map(of).chain([Color::BLACK]).collect()
}

/// A ground as it is, and under the plate.
struct Seen {
    /// Mean of each channel, 0 to 255.
    mean: [f32; 3],
    bare: Tiles,
    plated: Option<Tiles>,
}

impl Seen {
    fn of(ground: &Ground, plate: Option<Color>) -> Self {
        let mut sum = [0.0; 3];
        for pixel in &ground.pixels {
            sum.iter_mut().zip(pixel).for_each(|(sum, c)| *sum += f64::from(*c));
        }
        let count = ground.pixels.len().max(1) as f64;
        Self {
            mean: sum.map(|sum| (sum / count) as f32),
            bare: Tiles::of(ground, |pixel| pixel),
            plated: plate.map(|plate| Tiles::of(ground, |pixel| under(pixel, plate))),
        }
    }

    /// The ground that a colour is drawn on.
    fn best(&self, color: Color) -> &Tiles {
        self.plated.as_ref().filter(|_| !self.bare.bears(color)).unwrap_or(&self.bare)
    }
}

/// A pixel under a colour that may be translucent.
fn under(pixel: [u8; 4], Color { r, g, b, a }: Color) -> [u8; 4] {
    let mix = |under: u8, over: u8| {
        ((u16::from(over) * u16::from(a) + u16::from(under) * (255 - u16::from(a)) + 127) / 255) as u8
    };
    [mix(pixel[0], r), mix(pixel[1], g), mix(pixel[2], b), 255]
}

/// Luminance of a ground's pixels, by tile.
struct Tiles(Vec<Vec<f32>>);

impl Tiles {
    fn of(ground: &Ground, seen: impl Fn([u8; 4]) -> [u8; 4]) -> Self {
        let mut tiles = vec![Vec::new(); TILES * TILES];
        let (width, height) = (ground.width, ground.pixels.len() / ground.width.max(1));
        let tile = |at: usize, length: usize| at * TILES / length.max(1);
        let from_middle = |at: usize, length: usize| (at as f32 + 0.5) / length as f32 * 2.0 - 1.0;
        for (y, row) in ground.pixels.chunks_exact(width.max(1)).enumerate() {
            for (x, pixel) in row.iter().enumerate() {
                if ground.is_round && from_middle(x, width).hypot(from_middle(y, height)) > 1.0 {
                    continue;
                }
                tiles[tile(y, height) * TILES + tile(x, width)].push(relative_luminance(seen(*pixel)));
            }
        }
        tiles.retain(|tile| tile.len() >= LEAST as usize);
        Self(tiles)
    }

    /// Contrast of a luminance where it is lowest, 1 to 21.
    fn contrast(&self, dark: f32) -> f32 {
        let light = self.0.iter().map(|tile| mean(tile)).fold(f32::INFINITY, f32::min);
        if light.is_finite() { ratio(dark, light.max(dark)) } else { 1.0 }
    }

    /// Whether a code of this colour can be read on it: neither too dark anywhere, nor with spots like modules.
    fn bears(&self, color: Color) -> bool {
        let dark = luminance_of(color);
        if self.contrast(dark) < CONTRAST.0 * RESERVE {
            return false;
        }
        let (sum, count) = self.0.iter().flatten().fold((0.0, 0), |(sum, count), light| (sum + light, count + 1));
        let middle = ((dark + 0.05) * (sum / count.max(1) as f32 + 0.05)).sqrt() - 0.05;
        let spots = |tile: &Vec<f32>| tile.iter().filter(|light| **light < middle).count();
        let share = |spots: usize, of: usize| spots as f32 / of.max(1) as f32 * RESERVE;
        share(self.0.iter().map(spots).sum(), count) < COVERED.0
            && self.0.iter().all(|tile| share(spots(tile), tile.len()) < COVERED_TILE.0)
    }
}

fn mean(tile: &[f32]) -> f32 {
    let mut mean = Mean::default();
    tile.iter().for_each(|light| mean.add(*light));
    mean.value()
}

fn luminance_of(Color { r, g, b, .. }: Color) -> f32 {
    relative_luminance([r, g, b, 255])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ground(pixel: impl Fn(usize, usize) -> [u8; 3]) -> Ground {
        let pixels = (0..100 * 100).map(|i| {
            let [r, g, b] = pixel(i % 100, i / 100);
            [r, g, b, 255]
        });
        Ground { pixels: pixels.collect(), width: 100, is_round: true }
    }

    fn look(pixel: impl Fn(usize, usize) -> [u8; 3], color: Option<Color>, plate: Option<Color>) -> Look {
        looks(&[(3, ground(pixel), Wish { color, plate })])[&3]
    }

    #[test]
    fn the_palette_is_dark_and_of_the_hue_that_it_is_chosen_for() {
        for (index, colors) in PALETTE.iter().enumerate() {
            let [r, g, b] = colors[0].map(f32::from);
            let again = palette([r, g, b]);
            assert_eq!([again[0].r, again[0].g, again[0].b], colors[0], "hue {index}");
            for (color, most) in colors.iter().zip([0.08, 0.032]) {
                let [r, g, b] = *color;
                let light = relative_luminance([r, g, b, 255]);
                assert!(light < most, "{color:?} has a luminance of {light}");
            }
        }
    }

    #[test]
    fn the_colour_follows_the_ground_while_it_can_be_read() {
        let pink = look(|_, _| [255, 214, 220], None, Some(Color::white()));
        let color = pink.line_color.expect("chosen");
        assert!(color.r > 2 * color.g && color.r > 2 * color.b, "red on pink: {color}");
        assert_eq!(pink.plate, Some(false));
        let middling = look(|_, _| [150, 185, 240], None, None).line_color.expect("chosen");
        assert!(middling.b > middling.r && middling != color, "the darker blue: {middling}");
        assert_eq!(look(|_, _| [250, 250, 248], None, None).line_color, Some(Color::BLACK), "no hue, no colour");
        let dark = look(|_, _| [30, 34, 90], None, None);
        assert_eq!((dark.line_color, dark.plate), (Some(Color::BLACK), None), "nothing helps but a plate");
    }

    #[test]
    fn a_plate_comes_where_the_code_could_not_be_read() {
        let plate = Some(Color::white());
        let black = |pixel: &dyn Fn(usize, usize) -> [u8; 3]| look(pixel, Some(Color::BLACK), plate);
        assert_eq!(black(&|_, _| [255, 255, 255]).plate, Some(false));
        let dark = black(&|_, _| [40, 60, 50]);
        assert_eq!((dark.plate, dark.line_color), (Some(true), None));
        assert!(dark.contrast > 20.0, "on the plate: {dark:?}");
        let shaded = |x: usize, _: usize| if x < 22 { [60; 3] } else { [255; 3] };
        assert_eq!(black(&shaded).plate, Some(true), "dark at one side");
        let spots = |x: usize, y: usize| if (x / 4 + y / 4).is_multiple_of(12) { [10; 3] } else { [255; 3] };
        assert_eq!(black(&spots).plate, Some(true), "spots like modules");
        let corner = |x: usize, y: usize| if x < 8 && y < 8 { [0; 3] } else { [255; 3] };
        assert_eq!(black(&corner).plate, Some(false), "a round code leaves the corner free");
        let photo = look(|_, _| [20, 40, 110], None, plate);
        let color = photo.line_color.expect("chosen");
        assert!(photo.plate == Some(true) && color.b > color.r, "the photo's hue on the plate: {photo:?}");
        let glass = Some(Color { a: 40, ..Color::white() });
        assert!(look(|_, _| [10; 3], Some(Color::BLACK), glass).contrast < 3.0, "a plate of glass hardly helps");
    }

    #[test]
    fn codes_of_one_poster_share_a_colour() {
        let pale = (1, ground(|_, _| [255, 214, 220]), Wish { color: None, plate: None });
        let deep = (2, ground(|_, _| [150, 130, 130]), Wish { color: None, plate: None });
        let both = looks(&[pale.clone(), deep]);
        assert_eq!(both[&1].line_color, both[&2].line_color);
        assert!(luminance_of(both[&1].line_color.expect("chosen")) < 0.04, "dark enough for the darker: {both:?}");
    }
}
