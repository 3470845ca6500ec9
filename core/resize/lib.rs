//! Resizes RGB, RGBA and CMYK pixels.
//!
//! fast_image_resize compiles its kernels into the crate that calls it, for both instruction sets and each precision: a
//! third of what the core's one codegen unit would hold. Its typed API is used with one type of pixel and of picture: each other
//! one would compile them once more.

use std::{fmt, ops::Range};

use fast_image_resize::{
    FilterType, MulDiv, ResizeAlg, ResizeOptions, Resizer,
    images::{TypedImage, TypedImageRef},
    pixels::U8x4,
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
/// # Errors
/// When `crop` begins outside of `from` or the number of bytes does not match it.
pub fn rgb(bytes: &[u8], from: (u32, u32), to: (u32, u32), crop: Crop) -> Result<Vec<[u8; 4]>> {
    if bytes.len() != from.0 as usize * from.1 as usize * 3 {
        return Err(Error("the number of bytes is not that of the size".to_owned()));
    }
    let mut pixels = if crop[2] > f64::from(to.0) || bytes.len() >= LARGE {
        let row_bytes = from.0 as usize * 3;
        in_strips(from, to, crop, |rows, strip| {
            widen(&bytes[rows.start * row_bytes..rows.end * row_bytes], strip);
            Ok(())
        })?
    } else {
        let mut wide = vec![0; from.0 as usize * from.1 as usize * 4];
        widen(bytes, &mut wide);
        channels(wide, from, to, &cropped(crop, from, to.0))?
    };
    // A sum of rounded weights is not always one.
    pixels.iter_mut().for_each(|pixel| pixel[3] = 255);
    Ok(pixels)
}

/// Copies pixels of three bytes to pixels of four. Kernels of four channels take a third of the time of those of three, and one
/// type of pixel compiles half as long as two. Four pixels are three words: fewer loads and stores than byte by byte.
fn widen(from: &[u8], to: &mut [u8]) {
    let (quads, rest) = from.as_chunks::<12>();
    let (wide, rest_wide) = to.split_at_mut(quads.len() * 16);
    for (quad, wide) in quads.iter().zip(wide.as_chunks_mut::<16>().0) {
        let word = |at: usize| u32::from_le_bytes([quad[at], quad[at + 1], quad[at + 2], quad[at + 3]]);
        let (first, second, third) = (word(0), word(4), word(8));
        let pixels = [first, first >> 24 | second << 8, second >> 16 | third << 16, third >> 8];
        for (pixel, wide) in pixels.iter().zip(wide.as_chunks_mut::<4>().0) {
            *wide = (pixel | 0xff00_0000).to_le_bytes();
        }
    }
    for (&[r, g, b], wide) in rest.as_chunks().0.iter().zip(rest_wide.as_chunks_mut().0) {
        *wide = [r, g, b, 255];
    }
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
        let copy = rows_of(bytes, from)?;
        let mut pixels = in_strips(from, to, crop, |rows, strip| {
            let size = (from.0, rows.len() as u32);
            copy(rows, strip);
            alpha.multiply_alpha_inplace_typed(&mut target(strip, size)?).map_err(failed)
        })?;
        alpha.divide_alpha_inplace_typed(&mut target(pixels.as_flattened_mut(), to)?).map_err(failed)?;
        return Ok(pixels);
    }
    let mut premultiplied = vec![0; bytes.len()];
    let mut premultiplied = target(&mut premultiplied, from)?;
    let source = TypedImageRef::<U8x4>::from_buffer(from.0, from.1, bytes).map_err(failed)?;
    alpha.multiply_alpha_typed(&source, &mut premultiplied).map_err(failed)?;
    let mut pixels = vec![[0; 4]; to.0 as usize * to.1 as usize];
    let mut target = target(pixels.as_flattened_mut(), to)?;
    resize(&premultiplied, &mut target, &cropped(crop, from, to.0))?;
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
        let copy = rows_of(bytes, from)?;
        return in_strips(from, to, crop, |rows, strip| {
            copy(rows, strip);
            Ok(())
        });
    }
    channels(bytes.to_vec(), from, to, &cropped(crop, from, to.0))
}

/// Bytes from which a picture is resized in strips: a second picture of its size would double the memory that it takes.
const LARGE: usize = 16 << 20;
/// Rows of a strip.
const STRIP: usize = 64;

fn is_large(bytes: &[u8], to: (u32, u32), [.., width, _]: Crop) -> bool {
    bytes.len() >= LARGE && width > f64::from(to.0)
}

/// Copies rows of a picture of four bytes a pixel.
fn rows_of(bytes: &[u8], from: (u32, u32)) -> Result<impl Fn(Range<usize>, &mut [u8])> {
    let row_bytes = from.0 as usize * 4;
    if bytes.len() != from.1 as usize * row_bytes {
        return Err(Error("the number of bytes is not that of the size".to_owned()));
    }
    Ok(move |rows: Range<usize>, strip: &mut [u8]| {
        strip.copy_from_slice(&bytes[rows.start * row_bytes..rows.end * row_bytes]);
    })
}

/// Resizes four channels separately, strip by strip to the new width, then to the new height: the library starts with the
/// vertical pass, which is slower and would run over the full width. `fill` writes the pixels of the rows to a strip.
fn in_strips(
    from: (u32, u32),
    to: (u32, u32),
    [left, top, width, height]: Crop,
    mut fill: impl FnMut(Range<usize>, &mut [u8]) -> Result<()>,
) -> Result<Vec<[u8; 4]>> {
    let first = top.max(0.0).floor();
    let rows = (top + height).ceil().min(f64::from(from.1)) - first;
    if rows < 1.0 {
        return Err(Error("the part is not within the picture".to_owned()));
    }
    let (first_row, row_count) = (first as usize, rows as usize);
    let mut narrow = vec![0; to.0 as usize * row_count * 4];
    let mut strip = vec![0; STRIP.min(row_count) * from.0 as usize * 4];
    for (at, narrow) in narrow.chunks_mut(STRIP * to.0 as usize * 4).enumerate() {
        let count = STRIP.min(row_count - at * STRIP);
        let start = first_row + at * STRIP;
        let strip = &mut strip[..count * from.0 as usize * 4];
        fill(start..start + count, strip)?;
        let size = (from.0, count as u32);
        let part = cropped([left, 0.0, width, f64::from(size.1)], size, to.0);
        resize(&target(strip, size)?, &mut target(narrow, (to.0, size.1))?, &part)?;
    }
    let size = (to.0, row_count as u32);
    channels(narrow, size, to, &cropped([0.0, top - first, f64::from(to.0), height], size, to.0))
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
    resize(&self::target(&mut bytes, from)?, &mut target, options)?;
    Ok(pixels)
}

/// Distance from a whole number within which the library's weights may be zero, px.
const NEAR: f64 = 1e-6;
/// What a part is made narrower by at each side, px: far less than a level of colour.
const INSET: f64 = 1e-4;

/// Crops a picture of this size to a part that becomes `to` px wide. The library rejects a part that exceeds the picture even by a
/// rounding error.
fn cropped([left, top, width, height]: Crop, (whole_width, whole_height): (u32, u32), to: u32) -> ResizeOptions {
    let within = |start: f64, length: f64, whole: u32| length.min(f64::from(whole) - start);
    let (width, height) = (within(left, width, whole_width), within(top, height, whole_height));
    let inset = inset(left, width, whole_width, to);
    ResizeOptions::new().crop(left + inset, top, width - 2.0 * inset, height)
}

/// How much narrower a part must be at each side. The library takes the columns from the first one of the first pixel to the last one of
/// the last pixel. Of an enlarged part, these pixels use only one column if their centres are exactly those of columns, and others use
/// columns beside it: the library would read outside of its memory.
fn inset(left: f64, width: f64, whole: u32, to: u32) -> f64 {
    if to < 2 || width >= f64::from(to) {
        return 0.0;
    }
    let is_whole = |centre: f64| (centre - centre.round()).abs() < NEAR;
    let is_safe = |inset: &f64| {
        let half = (width - 2.0 * inset) / f64::from(to) / 2.0;
        let (first, last) = (left + inset + half - 0.5, left + width - inset - half - 0.5);
        // At the edges of the picture there is nothing beside it.
        let is_first_short = is_whole(first) && first > 0.5;
        let is_last_short = is_whole(last) && last < f64::from(whole) - 1.5;
        !is_first_short && !is_last_short
    };
    let step = INSET.min(width / 8.0);
    [0.0, step, 2.0 * step].into_iter().find(is_safe).unwrap_or(step)
}

fn target(bytes: &mut [u8], (width, height): (u32, u32)) -> Result<TypedImage<'_, U8x4>> {
    TypedImage::from_buffer(width, height, bytes).map_err(failed)
}

/// Resizes each channel separately.
fn resize(source: &TypedImage<'_, U8x4>, target: &mut TypedImage<'_, U8x4>, options: &ResizeOptions) -> Result<()> {
    let options = options.resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom)).use_alpha(false);
    Resizer::new().resize_typed(source, target, &options).map_err(failed)
}

fn failed(error: impl fmt::Display) -> Error {
    Error(error.to_string())
}
