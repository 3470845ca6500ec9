//! Resizes RGB, RGBA and CMYK pixels.
//!
//! fast_image_resize compiles its kernels into the crate that calls it, for both instruction sets and each precision: a
//! third of what the core's one codegen unit would hold. Its typed API is used: the generic entry point would compile code
//! for every pixel type.

use std::fmt;

use fast_image_resize::{
    FilterType, ImageView, MulDiv, PixelTrait, ResizeAlg, ResizeOptions, Resizer,
    images::{TypedImage, TypedImageRef},
    pixels::{U8x3, U8x4},
};

/// A part of a picture: left, top, width, height in px.
pub type Crop = [f64; 4];

/// A size or a part that does not fit the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Resizes RGB bytes to opaque pixels. Downscaling prefilters (Catmull-Rom over the whole footprint).
///
/// A picture that becomes narrower is resized horizontally first. The library starts with the vertical pass, which is
/// slower and would run over the full width.
///
/// # Errors
/// When `crop` begins outside of `from` or the number of bytes does not match it.
pub fn rgb(bytes: &[u8], from: (u32, u32), to: (u32, u32), crop: Crop) -> Result<Vec<[u8; 4]>> {
    let [left, top, width, height] = crop;
    let source = source::<U8x3>(bytes, from)?;
    let first = top.max(0.0).floor();
    let rows = (top + height).ceil().min(f64::from(from.1)) - first;
    // Zeroed memory from the system is free; the library would fill its own buffer pixel by pixel.
    let zeroed = |(width, height): (u32, u32)| vec![0; width as usize * height as usize * 3];
    let mut resized = zeroed(to);
    let mut target = target(&mut resized, to)?;
    if width > f64::from(to.0) && rows >= 1.0 {
        let size = (to.0, rows as u32);
        let mut narrow = zeroed(size);
        resize(&source, &mut self::target(&mut narrow, size)?, &cropped([left, first, width, rows], from))?;
        let below = cropped([0.0, top - first, f64::from(to.0), height], size);
        resize(&self::source(&narrow, size)?, &mut target, &below)?;
    } else {
        resize(&source, &mut target, &cropped(crop, from))?;
    }
    Ok(resized.as_chunks().0.iter().map(|&[r, g, b]| [r, g, b, 255]).collect())
}

/// Resizes RGBA bytes to pixels that are not premultiplied. Colours of transparent pixels do not bleed.
///
/// # Errors
/// As [`rgb`].
pub fn straight(bytes: &[u8], from: (u32, u32), to: (u32, u32), crop: Crop) -> Result<Vec<[u8; 4]>> {
    // Exact where nothing is resized: premultiplied pixels of low alpha have lost levels.
    if let Some(pixels) = copied(bytes.as_chunks().0, from, to, crop) {
        return Ok(pixels);
    }
    let alpha = MulDiv::new();
    if is_large(bytes, to, crop) {
        let mut pixels =
            in_strips(bytes, from, to, crop, |strip| alpha.multiply_alpha_inplace_typed(strip).map_err(failed))?;
        alpha.divide_alpha_inplace_typed(&mut target::<U8x4>(pixels.as_flattened_mut(), to)?).map_err(failed)?;
        return Ok(pixels);
    }
    let mut premultiplied = vec![0; bytes.len()];
    let mut premultiplied = target(&mut premultiplied, from)?;
    alpha.multiply_alpha_typed(&source::<U8x4>(bytes, from)?, &mut premultiplied).map_err(failed)?;
    let mut pixels = vec![[0; 4]; to.0 as usize * to.1 as usize];
    let mut target = target(pixels.as_flattened_mut(), to)?;
    resize(&premultiplied, &mut target, &cropped(crop, from))?;
    alpha.divide_alpha_inplace_typed(&mut target).map_err(failed)?;
    Ok(pixels)
}

/// A part of whole pixels, in its own size.
fn copied(
    pixels: &[[u8; 4]],
    from: (u32, u32),
    to: (u32, u32),
    [left, top, width, height]: Crop,
) -> Option<Vec<[u8; 4]>> {
    if [left, top].iter().any(|edge| edge.fract() != 0.0) || [width, height] != [f64::from(to.0), f64::from(to.1)] {
        return None;
    }
    let columns = left as usize..left as usize + to.0 as usize;
    let rows = pixels.chunks(from.0.max(1) as usize).skip(top as usize).take(to.1 as usize);
    let rows = rows.map(|row| row.get(columns.clone())).collect::<Option<Vec<_>>>()?;
    (rows.len() == to.1 as usize).then(|| rows.concat())
}

/// Resizes CMYK bytes, each channel separately.
///
/// # Errors
/// As [`rgb`].
pub fn cmyk(bytes: &[u8], from: (u32, u32), to: (u32, u32), crop: Crop) -> Result<Vec<[u8; 4]>> {
    if is_large(bytes, to, crop) {
        return in_strips(bytes, from, to, crop, |_| Ok(()));
    }
    channels(bytes.to_vec(), from, to, &cropped(crop, from))
}

/// Bytes of four channels from which a picture that becomes narrower is resized in strips: a second picture of its size would
/// double the memory that it takes.
const LARGE: usize = 16 << 20;
/// Rows of a strip.
const STRIP: usize = 64;

fn is_large(bytes: &[u8], to: (u32, u32), [.., width, _]: Crop) -> bool {
    bytes.len() >= LARGE && width > f64::from(to.0)
}

/// Resizes four channels separately, strip by strip to the new width, then to the new height. `prepare` changes a copy of each
/// strip.
fn in_strips(
    bytes: &[u8],
    from: (u32, u32),
    to: (u32, u32),
    [left, top, width, height]: Crop,
    prepare: impl Fn(&mut TypedImage<'_, U8x4>) -> Result<()>,
) -> Result<Vec<[u8; 4]>> {
    if bytes.len() != from.0 as usize * from.1 as usize * 4 {
        return Err(Error("the number of bytes is not that of the size".to_owned()));
    }
    let first = top.max(0.0).floor();
    let rows = (top + height).ceil().min(f64::from(from.1)) - first;
    if rows < 1.0 {
        return Err(Error("the part is not within the picture".to_owned()));
    }
    let (first_row, row_count, row_bytes) = (first as usize, rows as usize, from.0 as usize * 4);
    let mut narrow = vec![0; to.0 as usize * row_count * 4];
    let mut strip = Vec::with_capacity(STRIP * row_bytes);
    for (at, narrow) in narrow.chunks_mut(STRIP * to.0 as usize * 4).enumerate() {
        let count = STRIP.min(row_count - at * STRIP);
        let start = (first_row + at * STRIP) * row_bytes;
        strip.clear();
        strip.extend_from_slice(&bytes[start..start + count * row_bytes]);
        let size = (from.0, count as u32);
        let mut image = target::<U8x4>(&mut strip, size)?;
        prepare(&mut image)?;
        let part = cropped([left, 0.0, width, f64::from(size.1)], size);
        resize(&image, &mut target(narrow, (to.0, size.1))?, &part)?;
    }
    let size = (to.0, row_count as u32);
    channels(narrow, size, to, &cropped([0.0, top - first, f64::from(to.0), height], size))
}

/// Resizes premultiplied pixels, each channel separately.
///
/// # Errors
/// As [`rgb`].
pub fn premultiplied(pixels: Vec<[u8; 4]>, from: (u32, u32), to: (u32, u32)) -> Result<Vec<[u8; 4]>> {
    let mut pixels = channels(pixels.into_flattened(), from, to, &ResizeOptions::new())?;
    // The filter may return a channel that exceeds alpha by one level.
    for pixel in &mut pixels {
        *pixel = pixel.map(|channel| channel.min(pixel[3]));
    }
    Ok(pixels)
}

/// Resizes four channels separately. The bytes are owned because the kernels are compiled for each type of source: one
/// that can be written to is the one that the library itself uses for premultiplied pixels.
fn channels(mut bytes: Vec<u8>, from: (u32, u32), to: (u32, u32), options: &ResizeOptions) -> Result<Vec<[u8; 4]>> {
    let mut pixels = vec![[0; 4]; to.0 as usize * to.1 as usize];
    let mut target = target(pixels.as_flattened_mut(), to)?;
    resize(&self::target::<U8x4>(&mut bytes, from)?, &mut target, options)?;
    Ok(pixels)
}

fn source<P: PixelTrait>(bytes: &[u8], (width, height): (u32, u32)) -> Result<TypedImageRef<'_, P>> {
    TypedImageRef::from_buffer(width, height, bytes).map_err(failed)
}

/// Crops a picture of this size. The library rejects a part that exceeds the picture even by a rounding error.
fn cropped([left, top, width, height]: Crop, (whole_width, whole_height): (u32, u32)) -> ResizeOptions {
    let within = |start: f64, length: f64, whole: u32| length.min(f64::from(whole) - start);
    ResizeOptions::new().crop(left, top, within(left, width, whole_width), within(top, height, whole_height))
}

fn target<P: PixelTrait>(bytes: &mut [u8], (width, height): (u32, u32)) -> Result<TypedImage<'_, P>> {
    TypedImage::from_buffer(width, height, bytes).map_err(failed)
}

/// Resizes each channel separately.
fn resize<P: PixelTrait>(
    source: &impl ImageView<Pixel = P>,
    target: &mut TypedImage<'_, P>,
    options: &ResizeOptions,
) -> Result<()> {
    let options = options.resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom)).use_alpha(false);
    Resizer::new().resize_typed(source, target, &options).map_err(failed)
}

fn failed(error: impl fmt::Display) -> Error {
    Error(error.to_string())
}
