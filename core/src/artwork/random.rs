//! Random artwork, with numbers that make no sense: it is read or refused, and usvg does not panic.

use std::{collections::BTreeMap, fmt::Write};

use base64::Engine;

use super::svg::{self, Widths};
use crate::{error::Error, testing::Random};

const SHAPES: &str = "rect circle ellipse line polyline polygon path image text";
const PRIMITIVES: &str = "feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap \
    feDropShadow feFlood feGaussianBlur feImage feMerge feMorphology feOffset feSpecularLighting feTile feTurbulence";
const LIGHTS: &str = "fePointLight feSpotLight feDistantLight feFuncA feMergeNode";
const USUAL: &str = "0 1 -1 2 10 50 100 33.3 -20 .5 .1 .25 1.5 300.00003 -0 50% 120% -10%";
/// Numbers at the limits of what is computed.
const UNUSUAL: &str =
    ".001% 1e-3 1e-5 1e-7 3e-5 1e-20 1e-30 1e-38 1e-45 1e3 1e4 1e5 1e7 1e9 -1e9 3e9 1e12 1e20 1e38 -1e38 1e39 1e300";
/// Attributes whose values are numbers.
const NUMERIC: &str = "x y width height cx cy r rx ry x1 y1 x2 y2 fx fy fr stroke-width stroke-dashoffset stroke-miterlimit opacity \
    fill-opacity stroke-opacity offset stop-opacity markerWidth markerHeight refX refY stdDeviation dx dy radius \
    baseFrequency numOctaves seed scale surfaceScale diffuseConstant specularConstant specularExponent k1 k2 k3 k4 \
    divisor bias targetX targetY order slope intercept amplitude exponent azimuth elevation z font-size pathLength";
const REFERENCES: &str = "fill stroke clip-path mask filter marker-mid marker-end";
const TRANSFORMS: &str = "transform gradientTransform patternTransform";
/// Other attributes, with some of their values.
const WORDS: [(&str, &[&str]); 26] = [
    ("gradientUnits", &["userSpaceOnUse", "objectBoundingBox"]),
    ("patternUnits", &["userSpaceOnUse", "objectBoundingBox"]),
    ("patternContentUnits", &["userSpaceOnUse", "objectBoundingBox"]),
    ("clipPathUnits", &["userSpaceOnUse", "objectBoundingBox"]),
    ("maskUnits", &["userSpaceOnUse", "objectBoundingBox"]),
    ("maskContentUnits", &["userSpaceOnUse", "objectBoundingBox"]),
    ("filterUnits", &["userSpaceOnUse", "objectBoundingBox"]),
    ("primitiveUnits", &["userSpaceOnUse", "objectBoundingBox"]),
    ("markerUnits", &["userSpaceOnUse", "strokeWidth"]),
    ("orient", &["auto", "auto-start-reverse", "45", "1e39"]),
    ("spreadMethod", &["pad", "reflect", "repeat"]),
    ("preserveAspectRatio", &["none", "xMinYMax slice", "xMaxYMin meet"]),
    ("operator", &["in", "out", "over", "arithmetic", "dilate", "erode", "xor"]),
    ("mode", &["multiply", "screen", "color-dodge"]),
    ("type", &["matrix", "saturate", "hueRotate", "luminanceToAlpha", "table", "discrete", "linear", "gamma"]),
    ("values", &[".5", "", "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0", "1e39"]),
    ("tableValues", &["0 1", "1", "", "1e39 -1"]),
    ("kernelMatrix", &["1 0 0 0 0 0 0 0 -1", "1 1 1 1", "1e39 1e39 1e39 1e39", "1"]),
    ("edgeMode", &["none", "wrap", "duplicate"]),
    ("in", &["SourceGraphic", "SourceAlpha", "a", "b"]),
    ("in2", &["SourceGraphic", "SourceAlpha", "a", "b"]),
    ("result", &["a", "b"]),
    ("overflow", &["visible", "hidden"]),
    ("stroke-dasharray", &["4 2", "1e-9", "0", "1e39", "3"]),
    ("fill-rule", &["evenodd"]),
    ("mask-type", &["alpha", "luminance"]),
];

/// Writes artwork.
struct Writer {
    random: Random,
    text: String,
    /// Elements that may still be written.
    left: u32,
}

impl Writer {
    fn index(&mut self, count: usize) -> usize {
        self.random.next(0, count as u32 - 1) as usize
    }

    /// One of the words of a text.
    fn word<'a>(&mut self, all: &'a str) -> &'a str {
        let count = all.split_ascii_whitespace().count();
        all.split_ascii_whitespace().nth(self.index(count)).unwrap_or_default()
    }

    fn one_in(&mut self, share: u32) -> bool {
        self.random.next(1, share) == 1
    }

    fn number(&mut self) -> &'static str {
        // Most are usual ones, so that something is drawn.
        if self.one_in(6) { self.word(UNUSUAL) } else { self.word(USUAL) }
    }

    fn numbers(&mut self, count: u32) -> String {
        let all: Vec<&str> = (0..count).map(|_| self.number().trim_end_matches('%')).collect();
        all.join(" ")
    }

    fn open(&mut self, name: &str) {
        let _ = write!(self.text, "<{name} id=\"e{}\"", self.random.next(0, 12));
        for _ in 0..self.random.next(2, 7) {
            let (name, value) = match self.random.next(0, 9) {
                0..=4 => (self.word(NUMERIC), self.number().to_owned()),
                5 | 6 => {
                    let (name, values) = WORDS[self.index(WORDS.len())];
                    (name, values[self.index(values.len())].to_owned())
                }
                7 => {
                    let name = self.word(TRANSFORMS);
                    let (function, count) =
                        [("scale", 2), ("translate", 2), ("rotate", 1), ("skewX", 1), ("matrix", 6)][self.index(5)];
                    (name, format!("{function}({})", self.numbers(count)))
                }
                8 => ("viewBox", self.numbers(4)),
                _ => {
                    let name = self.word(REFERENCES);
                    (name, format!("url(#e{})", self.random.next(0, 12)))
                }
            };
            // An attribute may stand once.
            let start = self.text.rfind('<').unwrap_or_default();
            if !self.text[start..].contains(&format!(" {name}=")) {
                let _ = write!(self.text, " {name}=\"{value}\"");
            }
        }
    }

    fn element(&mut self, depth: u32, picture: &str) {
        self.left = self.left.saturating_sub(1);
        let kind = self.random.next(0, 19);
        let name = match kind {
            _ if depth > 4 || self.left == 0 => self.word(SHAPES),
            0..=7 => self.word(SHAPES),
            8 | 9 => "g",
            10 => "svg",
            11 => "symbol",
            12 => "use",
            13 => "pattern",
            14 => "clipPath",
            15 => "mask",
            16 => "marker",
            17 => self.word("linearGradient radialGradient"),
            _ => "filter",
        };
        self.open(name);
        let _ = match name {
            "path" => {
                let (a, b, c) = (self.numbers(2), self.numbers(6), self.numbers(2));
                write!(self.text, " d=\"M{a}C{b}L{c}A9 {a} 0 1 0 {c}z\">")
            }
            "polyline" | "polygon" => {
                let points = self.numbers(6);
                write!(self.text, " points=\"{points}\">")
            }
            "image" => write!(self.text, " href=\"{picture}\">"),
            "use" => write!(self.text, " href=\"#e{}\">", self.random.next(0, 12)),
            _ => write!(self.text, ">"),
        };
        let children = self.random.next(1, 3);
        match name {
            "text" => self.text.push_str("字a"),
            "linearGradient" | "radialGradient" => {
                for _ in 0..children {
                    let (offset, opacity) = (self.number(), self.number());
                    let _ = write!(self.text, "<stop offset=\"{offset}\" stop-opacity=\"{opacity}\"/>");
                }
            }
            "filter" => {
                for _ in 0..children {
                    let primitive = self.word(PRIMITIVES);
                    self.open(primitive);
                    let light = self.word(LIGHTS);
                    self.text.push('>');
                    self.open(light);
                    let _ = write!(self.text, "/></{primitive}>");
                }
            }
            _ if SHAPES.split(' ').any(|shape| shape == name) || name == "use" => {}
            _ => (0..children).for_each(|_| self.element(depth + 1, picture)),
        }
        let _ = write!(self.text, "</{name}>");
    }
}

fn artwork(seed: u64, picture: &str) -> String {
    let text = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100\" height=\"100\">".to_owned();
    let mut writer = Writer { random: Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)), text, left: 24 };
    while writer.left > 0 {
        writer.element(0, picture);
    }
    writer.text + "</svg>"
}

/// A picture of 1 x 3000 px.
fn picture() -> String {
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbaImage::new(1, 3000).write_to(&mut png, image::ImageFormat::Png).expect("a picture");
    format!("data:image/png;base64,{}", base64::engine::general_purpose::STANDARD.encode(png.into_inner()))
}

#[test]
fn random_artwork_is_read_or_refused() {
    let (picture, fonts) = (picture(), crate::testing::fonts());
    let widths = Widths { canvas: Some(100), output: Some(300) };
    let mut read = 0;
    for seed in 0..75 {
        match svg::read(&artwork(seed, &picture), &BTreeMap::new(), &fonts, widths) {
            Ok(_) => read += 1,
            Err(error) => {
                let message = Error::from(error).message().to_owned();
                assert!(!message.contains("is not understood"), "seed {seed}: a panic of usvg");
            }
        }
    }
    assert!(read > 25, "{read} are read");
}
