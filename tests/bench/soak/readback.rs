//! Reads back what a finished poster shows: which code and which photo.

use haibao_core::sample::{self, Payload, SAMPLE_APPID};
use image::{GenericImageView, RgbImage, RgbaImage, imageops::crop_imm};

use super::assets::Photos;

/// `[x, y, width, height]`, px.
pub type Box4 = [u32; 4];

/// What the code of a poster opens.
#[derive(Debug, Clone)]
pub enum Code {
    /// A code from WeChat for this page with this scene.
    Round { page: &'static str, scene: String },
    /// A QR code with this text.
    Qr(String),
}

/// What a poster must show.
#[derive(Debug, Clone)]
pub struct Content {
    pub code: Code,
    /// `None`: the entire picture.
    pub code_box: Option<Box4>,
    /// Mark of the photo and its box.
    pub photo: Option<(u32, Box4)>,
}

/// Compares a poster with what it must show.
pub fn check(png: &[u8], content: &Content) -> Result<(), String> {
    let image = image::load_from_memory_with_format(png, image::ImageFormat::Png).map_err(|e| e.to_string())?;
    let image = image.into_rgb8();
    let code_box = content.code_box.unwrap_or([0, 0, image.width(), image.height()]);
    let [x, y, width, height] = code_box;
    if x + width > image.width() || y + height > image.height() {
        return Err(format!("the poster is {} x {} px", image.width(), image.height()));
    }
    match &content.code {
        Code::Round { page, scene } => round(&image, code_box, page, scene)?,
        Code::Qr(text) => qr(&image, code_box, text)?,
    }
    let Some((expected, place)) = content.photo else { return Ok(()) };
    let found = mark(&image, place);
    if found != expected { Err(format!("the poster shows photo {found} instead of {expected}")) } else { Ok(()) }
}

fn round(image: &RgbImage, [x, y, width, height]: Box4, page: &str, scene: &str) -> Result<(), String> {
    let part = RgbaImage::from_fn(width, height, |dx, dy| {
        let [r, g, b] = image.get_pixel(x + dx, y + dy).0;
        image::Rgba([r, g, b, 255])
    });
    let found = sample::decode(&part).map_err(|e| format!("{e}; expected {scene:?}"))?;
    let expected = Payload::from_scene(scene, Payload::digest_of(SAMPLE_APPID, page, "release"));
    if Some(&found) != expected.as_ref() {
        return Err(format!("the code has the scene {:?} instead of {scene:?}", found.scene));
    }
    Ok(())
}

/// Reads a QR code with rqrr, which shares no code with haibao.
fn qr(image: &RgbImage, [x, y, width, height]: Box4, text: &str) -> Result<(), String> {
    let part = crop_imm(image, x, y, width, height);
    let grey = |at_x, at_y| image::Pixel::to_luma(&part.get_pixel(at_x as u32, at_y as u32)).0[0];
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width as usize, height as usize, grey);
    let grids = prepared.detect_grids();
    let grid = grids.first().ok_or_else(|| format!("no QR code; expected {text:?}"))?;
    let (_, found) = grid.decode().map_err(|e| e.to_string())?;
    if found == text { Ok(()) } else { Err(format!("the code has the text {found:?} instead of {text:?}")) }
}

fn mark(image: &RgbImage, [x, y, width, height]: Box4) -> u32 {
    let bit = |(bit, at_x, at_y): (u32, f32, f32)| {
        let pixel = image.get_pixel(x + (at_x * width as f32) as u32, y + (at_y * height as f32) as u32);
        u32::from(pixel.0[1] > 127) << bit
    };
    Photos::places().map(bit).sum()
}
