//! Resizes pictures to pixels. The kernels stand in a crate of their own: see `core/resize/lib.rs`.

pub use haibao_resize::{Crop, cmyk, premultiplied, rgb, straight};

use crate::{
    error::{Error, ErrorKind},
    paint::raster,
    words,
};

/// Resizes RGBA bytes to premultiplied pixels. Colours of transparent pixels do not bleed.
///
/// # Errors
/// When `crop` begins outside of `from` or the number of bytes does not match it.
pub fn rgba(bytes: &[u8], from: (u32, u32), to: (u32, u32), crop: Crop) -> haibao_resize::Result<Vec<[u8; 4]>> {
    let mut pixels = straight(bytes, from, to, crop)?;
    pixels.iter_mut().for_each(|pixel| *pixel = raster::premultiplied(*pixel));
    Ok(pixels)
}

/// `picture_resize`, an internal error.
pub fn failed(error: haibao_resize::Error) -> Error {
    Error::new(ErrorKind::Internal, "picture_resize", words::picture_resize()).source(error.to_string())
}
