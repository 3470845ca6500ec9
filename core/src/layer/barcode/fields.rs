//! Fields of barcodes.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    code::barcode::BarcodeFormat,
    layer::place::BoxPx,
    style::{Color, Radius},
    template::expr::Expr,
};

/// Position of a barcode, as the JSON Schema describes it.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read as `PlaceFields`")]
pub struct BarcodePlace {
    /// `#id` of the SVG element whose box and place in the order this layer takes. The box of a rotated element is its
    /// axis-aligned bounding box; its rotation is not applied to the layer.
    #[serde(default)]
    at: Option<String>,
    /// The box, with `at` instead of that of the element. The bars are centred in it, with their quiet zones; a module is the largest whole
    /// number of output px that fits.
    #[serde(default, rename = "box")]
    rect: Option<BoxPx>,
    /// Drawn only when this is neither empty, `false` nor `0`.
    #[serde(default)]
    when: Option<Expr<String>>,
}

/// A barcode for scanners at a till: a card number, a coupon.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Barcode {
    /// What a scanner reads. Code 128: up to 80 ASCII characters. EAN-13: 12 digits, or 13 with their check digit.
    pub value: Expr<String>,
    /// `code128` or `ean13`. Default `code128`.
    #[serde(default)]
    pub format: BarcodeFormat,
    /// Colour of bars and digits; scanners need dark on light. Default `#000`.
    #[serde(default = "black")]
    pub color: Expr<Color>,
    /// Colour of the box, with the quiet zones; `#0000` for none. Default `#fff`.
    #[serde(default = "white")]
    pub background: Expr<Color>,
    /// Corner radius of the box in px, or `"50%"`. Default 0.
    #[serde(default)]
    pub border_radius: Radius,
    /// Whether the value is written below the bars. Default false.
    #[serde(default)]
    pub digits: bool,
    /// Largest font size of `digits` in px, 1 to 1000; they are smaller where the bars are. Default: from the bars' width.
    #[serde(default)]
    #[schemars(range(min = 1.0, max = 1000.0))]
    pub font_size: Option<f32>,
}

fn white() -> Expr<Color> {
    Expr::value(Color::white())
}

fn black() -> Expr<Color> {
    Expr::value(Color::BLACK)
}
