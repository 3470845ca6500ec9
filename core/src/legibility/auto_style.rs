//! Automatic colour and plate of a code, chosen from the pixels beneath it.
//!
//! Colours come from a small palette: each colour is a separate code requested from WeChat, so posters with similar
//! backgrounds share one.

use std::collections::BTreeMap;

use super::{
    light::{LIGHT, Mean, ratio},
    limits::{CONTRAST, OCCLUDED, OCCLUDED_TILE},
    measure::MIN_PIXELS,
    modules::TILES,
};
use crate::{code::CodeStyle, style::Color};

/// The pixels beneath and around a code, before the code is drawn.
#[derive(Debug, Clone)]
pub struct Backdrop {
    /// Opaque pixels, row by row.
    pub pixels: Vec<[u8; 4]>,
    /// Row length, px.
    pub width: usize,
    /// Circle of a round code's picture, which includes the quiet zone: the middle and the radius, px from the corner of the first
    /// pixel. The pixels beyond are ignored. `None` for other codes.
    pub circle: Option<([f32; 2], f32)>,
}

/// Properties of a code that may be chosen automatically.
#[derive(Debug, Clone, Copy)]
pub struct StyleRequest {
    /// Fixed colour; `None` to choose one.
    pub color: Option<Color>,
    /// Colour of the plate that may be drawn; `None` when the plate is not automatic.
    pub plate: Option<Color>,
}

/// Palette of hues 30 degrees apart, starting at red. Each hue has a colour of relative luminance 0.075 (8.4:1 on white)
/// and one of 0.028 (13:1 on white).
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
/// Chroma below which a colour counts as grey, 0 to 255. The hue of such a colour is noise.
const MIN_CHROMA: f32 = 16.0;
/// Safety factor relative to the limits of the legibility check, because antialiased edges reduce the contrast.
const SAFETY_FACTOR: f32 = 1.15;

/// Chooses the styles of codes, keyed by layer index. All codes with an automatic colour get the same colour, because they
/// are the same code.
pub fn choose_styles(codes: &[(usize, Backdrop, StyleRequest)]) -> BTreeMap<usize, CodeStyle> {
    let measured: Vec<Measured> =
        codes.iter().map(|(_, backdrop, request)| Measured::of(backdrop, request.plate)).collect();
    let automatic =
        || codes.iter().zip(&measured).filter(|((.., request), _)| request.color.is_none()).map(|(_, own)| own);
    let candidates = automatic().next().map(|measured| palette(measured.mean)).unwrap_or_default();
    // A plate is drawn only when no colour is legible without one.
    let bare = candidates.iter().find(|color| automatic().all(|measured| measured.bare.is_legible(**color)));
    let plated =
        || candidates.iter().find(|color| automatic().all(|measured| measured.best(**color).is_legible(**color)));
    let color = bare.copied().or_else(|| plated().copied()).unwrap_or(Color::BLACK);
    let style = |((position, _, request), measured): (&(usize, Backdrop, StyleRequest), &Measured)| {
        let color = request.color.unwrap_or(color);
        let tiles = measured.best(color);
        let style = CodeStyle {
            line_color: request.color.is_none().then_some(color),
            plate: measured.plated.as_ref().map(|_| !measured.bare.is_legible(color)),
            contrast: tiles.contrast(luminance_of(color)),
        };
        (*position, style)
    };
    codes.iter().zip(&measured).map(style).collect()
}

/// Candidate colours for a backdrop with this mean, the most colourful first and black last.
fn palette(mean: [f32; 3]) -> Vec<Color> {
    let [r, g, b] = mean;
    let (max, min) = (r.max(g).max(b), r.min(g).min(b));
    let chroma = max - min;
    if chroma < MIN_CHROMA {
        return vec![Color::BLACK];
    }
    // HSV hue in sixths of the circle.
    let sixth = match max {
        v if v == r => (g - b) / chroma,
        v if v == g => (b - r) / chroma + 2.0,
        _ => (r - g) / chroma + 4.0,
    };
    let index = (sixth * 2.0).round().rem_euclid(12.0) as usize;
    let of = |[r, g, b]: [u8; 3]| Color { r, g, b, a: 255 };
    PALETTE.get(index).into_iter().flatten().copied().map(of).chain([Color::BLACK]).collect()
}

/// Luminance of a backdrop without and with the plate.
struct Measured {
    /// Mean of each channel, 0 to 255.
    mean: [f32; 3],
    bare: Tiles,
    plated: Option<Tiles>,
}

impl Measured {
    fn of(backdrop: &Backdrop, plate: Option<Color>) -> Self {
        let mut sum = [0.0; 3];
        for pixel in &backdrop.pixels {
            sum.iter_mut().zip(pixel).for_each(|(sum, c)| *sum += f64::from(*c));
        }
        let count = backdrop.pixels.len().max(1) as f64;
        Self {
            mean: sum.map(|sum| (sum / count) as f32),
            bare: Tiles::of(backdrop, |pixel| pixel),
            plated: plate.map(|plate| Tiles::of(backdrop, |pixel| composite(pixel, plate))),
        }
    }

    /// The backdrop without the plate if the colour is legible on it, otherwise with the plate.
    fn best(&self, color: Color) -> &Tiles {
        self.plated.as_ref().filter(|_| !self.bare.is_legible(color)).unwrap_or(&self.bare)
    }
}

/// Composites a colour that may be translucent over an opaque pixel.
fn composite(pixel: [u8; 4], Color { r, g, b, a }: Color) -> [u8; 4] {
    let mix = |under: u8, over: u8| {
        ((u16::from(over) * u16::from(a) + u16::from(under) * (255 - u16::from(a)) + 127) / 255) as u8
    };
    [mix(pixel[0], r), mix(pixel[1], g), mix(pixel[2], b), 255]
}

/// Luminance of the pixels of a backdrop, by tile.
struct Tiles(Vec<Vec<f32>>);

impl Tiles {
    fn of(backdrop: &Backdrop, transform: impl Fn([u8; 4]) -> [u8; 4]) -> Self {
        let mut tiles = vec![Vec::new(); TILES * TILES];
        let (width, height) = (backdrop.width, backdrop.pixels.len() / backdrop.width.max(1));
        let tile = |at: usize, length: usize| at * TILES / length.max(1);
        let is_beyond = |x: usize, y: usize| {
            let from_middle = |at: usize, middle: f32| at as f32 + 0.5 - middle;
            backdrop
                .circle
                .is_some_and(|(middle, radius)| from_middle(x, middle[0]).hypot(from_middle(y, middle[1])) > radius)
        };
        for (y, row) in backdrop.pixels.chunks_exact(width.max(1)).enumerate() {
            for (x, pixel) in row.iter().enumerate() {
                if is_beyond(x, y) {
                    continue;
                }
                tiles[tile(y, height) * TILES + tile(x, width)].push(LIGHT.of(transform(*pixel)));
            }
        }
        tiles.retain(|tile| tile.len() >= MIN_PIXELS as usize);
        Self(tiles)
    }

    /// Contrast of a luminance with the darkest tile, 1 to 21.
    fn contrast(&self, dark: f32) -> f32 {
        let light = self.0.iter().map(|tile| mean(tile)).fold(f32::INFINITY, f32::min);
        if light.is_finite() { ratio(dark, light.max(dark)) } else { 1.0 }
    }

    /// Whether a code of this colour is legible on the backdrop: no tile is too dark, and few pixels are dark enough to be
    /// mistaken for modules.
    fn is_legible(&self, color: Color) -> bool {
        let dark = luminance_of(color);
        if self.contrast(dark) < CONTRAST.0 * SAFETY_FACTOR {
            return false;
        }
        let (sum, count) = self.0.iter().flatten().fold((0.0, 0), |(sum, count), light| (sum + light, count + 1));
        let middle = ((dark + 0.05) * (sum / count.max(1) as f32 + 0.05)).sqrt() - 0.05;
        let spots = |tile: &Vec<f32>| tile.iter().filter(|light| **light < middle).count();
        let share = |spots: usize, of: usize| spots as f32 / of.max(1) as f32 * SAFETY_FACTOR;
        share(self.0.iter().map(spots).sum(), count) < OCCLUDED.0
            && self.0.iter().all(|tile| share(spots(tile), tile.len()) < OCCLUDED_TILE.0)
    }
}

fn mean(tile: &[f32]) -> f32 {
    let mut mean = Mean::default();
    tile.iter().for_each(|light| mean.add(*light));
    mean.value()
}

fn luminance_of(Color { r, g, b, .. }: Color) -> f32 {
    LIGHT.of([r, g, b, 255])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backdrop(pixel: impl Fn(usize, usize) -> [u8; 3]) -> Backdrop {
        let pixels = (0..100 * 100).map(|i| {
            let [r, g, b] = pixel(i % 100, i / 100);
            [r, g, b, 255]
        });
        Backdrop { pixels: pixels.collect(), width: 100, circle: Some(([50.0, 50.0], 47.0)) }
    }

    fn style(pixel: impl Fn(usize, usize) -> [u8; 3], color: Option<Color>, plate: Option<Color>) -> CodeStyle {
        choose_styles(&[(3, backdrop(pixel), StyleRequest { color, plate })])[&3]
    }

    #[test]
    fn palette_colours_are_dark_and_map_to_themselves() {
        for (index, colors) in PALETTE.iter().enumerate() {
            let [r, g, b] = colors[0].map(f32::from);
            let found = palette([r, g, b]);
            assert_eq!([found[0].r, found[0].g, found[0].b], colors[0], "hue {index}");
            for (color, max) in colors.iter().zip([0.08, 0.032]) {
                let [r, g, b] = *color;
                let light = LIGHT.of([r, g, b, 255]);
                assert!(light < max, "{color:?} has a luminance of {light}");
            }
        }
    }

    #[test]
    fn the_colour_follows_the_backdrop_while_it_is_legible() {
        let pink = style(|_, _| [255, 214, 220], None, Some(Color::white()));
        let color = pink.line_color.expect("chosen");
        assert!(color.r > 2 * color.g && color.r > 2 * color.b, "red on pink: {color}");
        assert_eq!(pink.plate, Some(false));
        let medium = style(|_, _| [150, 185, 240], None, None).line_color.expect("chosen");
        assert!(medium.b > medium.r && medium != color, "the darker blue: {medium}");
        assert_eq!(style(|_, _| [250, 250, 248], None, None).line_color, Some(Color::BLACK), "black on grey");
        let dark = style(|_, _| [30, 34, 90], None, None);
        assert_eq!(
            (dark.line_color, dark.plate),
            (Some(Color::BLACK), None),
            "black when no colour is legible without a plate"
        );
    }

    #[test]
    fn a_plate_is_drawn_where_the_code_is_illegible() {
        let plate = Some(Color::white());
        let black = |pixel: &dyn Fn(usize, usize) -> [u8; 3]| style(pixel, Some(Color::BLACK), plate);
        assert_eq!(black(&|_, _| [255, 255, 255]).plate, Some(false));
        let dark = black(&|_, _| [40, 60, 50]);
        assert_eq!((dark.plate, dark.line_color), (Some(true), None));
        assert!(dark.contrast > 20.0, "on the plate: {dark:?}");
        let shaded = |x: usize, _: usize| if x < 22 { [60; 3] } else { [255; 3] };
        assert_eq!(black(&shaded).plate, Some(true), "dark on one side");
        let spots = |x: usize, y: usize| if (x / 4 + y / 4).is_multiple_of(12) { [10; 3] } else { [255; 3] };
        assert_eq!(black(&spots).plate, Some(true), "spots like modules");
        let corner = |x: usize, y: usize| if x < 8 && y < 8 { [0; 3] } else { [255; 3] };
        assert_eq!(black(&corner).plate, Some(false), "corners are ignored for a round code");
        let round_plate = |radius: f32| {
            move |x: usize, y: usize| {
                let is_plate = (x as f32 - 49.5).hypot(y as f32 - 49.5) < radius;
                if is_plate { [255; 3] } else { [14, 21, 37] }
            }
        };
        assert_eq!(black(&round_plate(47.5)).plate, Some(false), "a round plate of the code's size");
        assert_eq!(black(&round_plate(42.0)).plate, Some(true), "a round plate that is too small");
        let photo = style(|_, _| [20, 40, 110], None, plate);
        let color = photo.line_color.expect("chosen");
        assert!(photo.plate == Some(true) && color.b > color.r, "hue of the photo on the plate: {photo:?}");
        let translucent = Some(Color { a: 40, ..Color::white() });
        assert!(
            style(|_, _| [10; 3], Some(Color::BLACK), translucent).contrast < 3.0,
            "a translucent plate hardly helps"
        );
    }

    #[test]
    fn codes_of_one_poster_share_a_colour() {
        let pale = (1, backdrop(|_, _| [255, 214, 220]), StyleRequest { color: None, plate: None });
        let deep = (2, backdrop(|_, _| [150, 130, 130]), StyleRequest { color: None, plate: None });
        let both = choose_styles(&[pale.clone(), deep]);
        assert_eq!(both[&1].line_color, both[&2].line_color);
        assert!(luminance_of(both[&1].line_color.expect("chosen")) < 0.04, "legible on the darker backdrop: {both:?}");
    }
}
