//! Resizes RGB and RGBA pixels. Uses the library's typed API: its generic entry point would compile code for every pixel
//! type into this crate.

use fast_image_resize::{
    FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer,
    images::{TypedImage, TypedImageRef},
    pixels::{U8x3, U8x4},
};

use crate::{
    error::{Error, ErrorKind, Result},
    paint::raster,
};

/// A part of a picture: left, top, width, height in px.
pub type Crop = [f64; 4];

/// Resizes RGB bytes to opaque pixels. Downscaling prefilters (Catmull-Rom over the whole footprint).
///
/// A picture that becomes narrower is resized horizontally first. The library starts with the vertical pass, which is
/// slower and would run over the full width.
///
/// # Errors
/// `picture_resize`, an internal error, when `crop` begins outside of `from` or the number of bytes does not match it.
pub fn rgb(bytes: &[u8], from: (u32, u32), to: (u32, u32), crop: Crop) -> Result<Vec<[u8; 4]>> {
    let [left, top, width, height] = crop;
    let source = source::<U8x3>(bytes, from)?;
    let first = top.max(0.0).floor();
    let rows = (top + height).ceil().min(f64::from(from.1)) - first;
    let resized = if width > f64::from(to.0) && rows >= 1.0 {
        let size = (to.0, rows as u32);
        let narrow = resize(&source, size, cropped([left, first, width, rows], from))?;
        let below = cropped([0.0, top - first, f64::from(to.0), height], size);
        resize(&self::source::<U8x3>(&narrow, size)?, to, below)?
    } else {
        resize(&source, to, cropped(crop, from))?
    };
    Ok(resized.as_chunks().0.iter().map(|&[r, g, b]| [r, g, b, 255]).collect())
}

/// Resizes RGBA bytes to premultiplied pixels. Colours of transparent pixels do not bleed.
///
/// # Errors
/// As [`rgb`].
pub fn rgba(bytes: &[u8], from: (u32, u32), to: (u32, u32), crop: Crop) -> Result<Vec<[u8; 4]>> {
    let mut pixels = straight(bytes, from, to, crop)?;
    pixels.iter_mut().for_each(|pixel| *pixel = raster::premultiplied(*pixel));
    Ok(pixels)
}

/// As [`rgba`], but the result is not premultiplied.
///
/// # Errors
/// As [`rgb`].
pub fn straight(bytes: &[u8], from: (u32, u32), to: (u32, u32), crop: Crop) -> Result<Vec<[u8; 4]>> {
    let resized = resize(&source::<U8x4>(bytes, from)?, to, cropped(crop, from))?;
    Ok(resized.as_chunks().0.to_vec())
}

/// Resizes CMYK bytes, each channel separately.
///
/// # Errors
/// As [`rgb`].
pub fn cmyk(bytes: &[u8], from: (u32, u32), to: (u32, u32), crop: Crop) -> Result<Vec<[u8; 4]>> {
    let resized = resize(&source::<U8x4>(bytes, from)?, to, cropped(crop, from).use_alpha(false))?;
    Ok(resized.as_chunks().0.to_vec())
}

/// Resizes premultiplied pixels, each channel separately.
///
/// # Errors
/// As [`rgb`].
pub fn premultiplied(bytes: &[u8], from: (u32, u32), to: (u32, u32)) -> Result<Vec<[u8; 4]>> {
    let options = ResizeOptions::new().use_alpha(false);
    let resized = resize(&source::<U8x4>(bytes, from)?, to, options)?;
    // The filter may return a channel that exceeds alpha by one level.
    Ok(resized.as_chunks().0.iter().map(|pixel: &[u8; 4]| pixel.map(|c| c.min(pixel[3]))).collect())
}

fn source<P: PixelTrait>(bytes: &[u8], (width, height): (u32, u32)) -> Result<TypedImageRef<'_, P>> {
    TypedImageRef::from_buffer(width, height, bytes).map_err(|e| failed(e.to_string()))
}

/// Crops a picture of this size. The library rejects a part that exceeds the picture even by a rounding error.
fn cropped([left, top, width, height]: Crop, (whole_width, whole_height): (u32, u32)) -> ResizeOptions {
    let within = |start: f64, length: f64, whole: u32| length.min(f64::from(whole) - start);
    ResizeOptions::new().crop(left, top, within(left, width, whole_width), within(top, height, whole_height))
}

/// Resizes to `to` px and returns the bytes.
fn resize<P: PixelTrait>(source: &TypedImageRef<'_, P>, to: (u32, u32), options: ResizeOptions) -> Result<Vec<u8>> {
    // Zeroed memory from the system is free; the library would fill its own buffer pixel by pixel.
    let mut bytes = vec![0; to.0 as usize * to.1 as usize * size_of::<P>()];
    let mut target = TypedImage::<P>::from_buffer(to.0, to.1, &mut bytes).map_err(|e| failed(e.to_string()))?;
    let options = options.resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    Resizer::new().resize_typed(source, &mut target, &options).map_err(|e| failed(e.to_string()))?;
    Ok(bytes)
}

fn failed(what: String) -> Error {
    Error::new(ErrorKind::Internal, "picture_resize", "a picture could not be resized")
        .hint("this is a fault of haibao; its log says more")
        .source(what)
}
