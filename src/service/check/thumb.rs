//! Thumbnails of posters for contact sheets.

use image::RgbImage;

use haibao_core::{
    error::{Error, Result},
    paint::resize,
};

/// Width of a thumbnail, px.
pub const WIDTH: u32 = 240;
/// Maximum height of a thumbnail, px. Taller posters are scaled down further.
const MAX_HEIGHT: u32 = 430;

/// Downscales a poster with a prefilter. resvg alone would skip pixels.
pub(super) fn thumb(poster: &RgbImage) -> Result<RgbImage> {
    let (width, height) = poster.dimensions();
    let scale = (f64::from(WIDTH) / f64::from(width)).min(f64::from(MAX_HEIGHT) / f64::from(height));
    let to = |side: u32| ((f64::from(side) * scale).round() as u32).max(1);
    let (to_width, to_height) = (to(width), to(height));
    let whole = [0.0, 0.0, f64::from(width), f64::from(height)];
    let pixels = resize::rgb(poster.as_raw(), (width, height), (to_width, to_height), whole).map_err(resize::failed)?;
    let bytes = pixels.into_iter().flat_map(|[r, g, b, _]| [r, g, b]).collect();
    RgbImage::from_raw(to_width, to_height, bytes).ok_or_else(|| Error::internal("cannot downscale a poster"))
}
